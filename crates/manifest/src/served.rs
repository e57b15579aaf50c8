//! Which kinds an API server of 1.36 serves, beyond those that are modelled.
//!
//! Left out: kinds behind feature gates that are off, and those that only subresources use. Custom resources are never
//! installed, so any other kind is one that kubectl finds no match for.

use podlapse_model::Kind;

const SERVED: &[(&str, &str)] = &[
    ("v1", "Binding Endpoints PodTemplate ComponentStatus"),
    (
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    ),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("authentication.k8s.io/v1", "TokenReview SelfSubjectReview"),
    ("authorization.k8s.io/v1", "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("events.k8s.io/v1", "Event"),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema PriorityLevelConfiguration"),
    ("networking.k8s.io/v1", "Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"),
    ("resource.k8s.io/v1", "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice"),
    ("storage.k8s.io/v1", "CSIDriver CSIStorageCapacity VolumeAttachment VolumeAttributesClass"),
];

/// The group and version that no longer serve a kind, and where it lives now.
const MOVED: &[(&str, &str, &str)] = &[
    ("extensions/v1beta1", "Deployment ReplicaSet DaemonSet", "apps/v1"),
    ("apps/v1beta1", "Deployment StatefulSet", "apps/v1"),
    ("apps/v1beta2", "Deployment ReplicaSet DaemonSet StatefulSet", "apps/v1"),
    ("extensions/v1beta1", "Ingress NetworkPolicy", "networking.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "Ingress IngressClass", "networking.k8s.io/v1"),
    ("batch/v1beta1", "CronJob", "batch/v1"),
    ("batch/v2alpha1", "CronJob", "batch/v1"),
    ("policy/v1beta1", "PodDisruptionBudget", "policy/v1"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", "scheduling.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "StorageClass CSINode", "storage.k8s.io/v1"),
    ("node.k8s.io/v1beta1", "RuntimeClass", "node.k8s.io/v1"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v2"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole ClusterRoleBinding Role RoleBinding", "rbac.authorization.k8s.io/v1"),
];

/// What kubectl makes of an `apiVersion` and `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// A kind that is modelled.
    Modelled(Kind),
    /// A kind that the server has and the engine does not simulate.
    Other,
    /// No match.
    Unknown,
}

fn lists(kinds: &str, kind: &str) -> bool {
    kinds.split(' ').any(|known| known == kind)
}

pub(crate) fn served(api_version: &str, kind: &str) -> Served {
    match Kind::find(api_version, kind) {
        Some(kind) => Served::Modelled(kind),
        None if SERVED.iter().any(|(version, kinds)| *version == api_version && lists(kinds, kind)) => Served::Other,
        None => Served::Unknown,
    }
}

/// Whether `kind` is a served kind in lower case: kubectl finds its resource, and the server does not know the kind.
pub(crate) fn is_lower_case_kind(api_version: &str, kind: &str) -> bool {
    Kind::MODELLED.iter().any(|known| known.api_version() == api_version && known.name().to_lowercase() == kind)
        || SERVED.iter().any(|(version, kinds)| *version == api_version && lists(&kinds.to_lowercase(), kind))
}

/// The API version that a kind of an older one is served under now.
pub(crate) fn moved_to(api_version: &str, kind: &str) -> Option<&'static str> {
    MOVED.iter().find(|(version, kinds, _)| *version == api_version && lists(kinds, kind)).map(|(_, _, to)| *to)
}

/// Whether the objects of a kind that is not modelled live in a namespace.
pub(crate) fn is_namespaced(kind: &str) -> bool {
    lists(
        "Binding Endpoints PodTemplate LocalSubjectAccessReview HorizontalPodAutoscaler Event Ingress NetworkPolicy Role RoleBinding \
         ResourceClaim ResourceClaimTemplate CSIStorageCapacity",
        kind,
    )
}

/// Whether a version is of a group that Kubernetes does not have.
pub(crate) fn is_custom(api_version: &str) -> bool {
    let group = |version: &'static str| version.split_once('/').map_or("", |(group, _)| group);
    let served = SERVED.iter().map(|(version, _)| *version).chain(MOVED.iter().map(|(version, _, _)| *version));
    let mut known = served.chain(Kind::MODELLED.iter().map(|kind| kind.api_version())).map(group);
    api_version.split_once('/').is_some_and(|(own, _)| own.contains('.') && !known.any(|group| group == own))
}
