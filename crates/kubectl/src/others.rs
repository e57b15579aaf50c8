//! Resources that the API server has and the engine does not simulate. Models what discovery tells of them.

use podlapse_model::Unmodelled;

/// A resource.
#[derive(Debug)]
pub(crate) struct Other {
    /// The plural.
    pub(crate) resource: &'static str,
    /// Further names, with spaces between.
    pub(crate) short: &'static str,
    pub(crate) api_version: &'static str,
    pub(crate) is_namespaced: bool,
    pub(crate) kind: &'static str,
    /// Whether objects can be listed, and not only created.
    pub(crate) is_kept: bool,
}

impl Other {
    /// The group; empty for the core's.
    pub(crate) fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The resource with its group.
    pub(crate) fn qualified(&self) -> String {
        match self.group() {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }
}

/// The resources of one group: each with its short names, its kind, and whether it is namespaced and kept.
macro_rules! others {
    ($($version:literal: $($resource:literal $short:literal $kind:literal $namespaced:literal $kept:literal),* ;)*) => {
        /// Every resource.
        pub(crate) const OTHERS: &[Other] = &[$($(Other {
            resource: $resource,
            short: $short,
            api_version: $version,
            is_namespaced: $namespaced,
            kind: $kind,
            is_kept: $kept,
        },)*)*];
    };
}

others! {
    "v1": "bindings" "" "Binding" true false, "componentstatuses" "cs" "ComponentStatus" false true,
        "endpoints" "ep" "Endpoints" true true, "podtemplates" "" "PodTemplate" true true;
    "admissionregistration.k8s.io/v1":
        "mutatingadmissionpolicies" "" "MutatingAdmissionPolicy" false true,
        "mutatingadmissionpolicybindings" "" "MutatingAdmissionPolicyBinding" false true,
        "mutatingwebhookconfigurations" "" "MutatingWebhookConfiguration" false true,
        "validatingadmissionpolicies" "" "ValidatingAdmissionPolicy" false true,
        "validatingadmissionpolicybindings" "" "ValidatingAdmissionPolicyBinding" false true,
        "validatingwebhookconfigurations" "" "ValidatingWebhookConfiguration" false true;
    "apiextensions.k8s.io/v1": "customresourcedefinitions" "crd crds" "CustomResourceDefinition" false true;
    "apiregistration.k8s.io/v1": "apiservices" "" "APIService" false true;
    "authentication.k8s.io/v1": "selfsubjectreviews" "" "SelfSubjectReview" false false, "tokenreviews" "" "TokenReview" false false;
    "authorization.k8s.io/v1":
        "localsubjectaccessreviews" "" "LocalSubjectAccessReview" true false,
        "selfsubjectaccessreviews" "" "SelfSubjectAccessReview" false false,
        "selfsubjectrulesreviews" "" "SelfSubjectRulesReview" false false,
        "subjectaccessreviews" "" "SubjectAccessReview" false false;
    "autoscaling/v2": "horizontalpodautoscalers" "hpa" "HorizontalPodAutoscaler" true true;
    "certificates.k8s.io/v1": "certificatesigningrequests" "csr" "CertificateSigningRequest" false true;
    "flowcontrol.apiserver.k8s.io/v1":
        "flowschemas" "" "FlowSchema" false true, "prioritylevelconfigurations" "" "PriorityLevelConfiguration" false true;
    "networking.k8s.io/v1":
        "ingressclasses" "" "IngressClass" false true, "ingresses" "ing" "Ingress" true true,
        "ipaddresses" "ip" "IPAddress" false true, "networkpolicies" "netpol" "NetworkPolicy" true true,
        "servicecidrs" "" "ServiceCIDR" false true;
    "rbac.authorization.k8s.io/v1":
        "clusterrolebindings" "" "ClusterRoleBinding" false true, "clusterroles" "" "ClusterRole" false true,
        "rolebindings" "" "RoleBinding" true true, "roles" "" "Role" true true;
    "resource.k8s.io/v1":
        "deviceclasses" "" "DeviceClass" false true, "resourceclaims" "" "ResourceClaim" true true,
        "resourceclaimtemplates" "" "ResourceClaimTemplate" true true, "resourceslices" "" "ResourceSlice" false true;
    "storage.k8s.io/v1":
        "csidrivers" "" "CSIDriver" false true, "csistoragecapacities" "" "CSIStorageCapacity" true true,
        "volumeattachments" "" "VolumeAttachment" false true, "volumeattributesclasses" "vac" "VolumeAttributesClass" false true;
}

/// The resource of this name: plural, singular or short.
pub(crate) fn named(name: &str) -> Option<&'static Other> {
    let is =
        |other: &&Other| name == other.resource || name == other.kind.to_lowercase() || other.short.split(' ').any(|s| s == name);
    OTHERS.iter().filter(|other| other.is_kept).find(is)
}

/// The resource of an object.
pub(crate) fn of_object(object: &Unmodelled) -> Option<&'static Other> {
    OTHERS
        .iter()
        .find(|other| other.kind == object.kind && other.group() == object.api_version.split_once('/').map_or("", |v| v.0))
}
