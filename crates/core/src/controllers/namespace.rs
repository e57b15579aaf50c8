//! Namespaces: what each of them has from the start, and how they go.
//!
//! Models `pkg/controller/namespace/deletion/namespaced_resources_deleter.go` `Delete`, `deleteAllContent` (v1.36),
//! `pkg/controller/serviceaccount/serviceaccounts_controller.go` and `pkg/controller/certificates/rootcacertpublisher`. Not modelled:
//! failures to find out what there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{ConfigMap, Namespace, NamespaceCondition, Pod, ServiceAccount};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, SortedMap};

use super::owned::{is_over, pods_in};
use super::{Plan, View};
use crate::store::{Propagation, Request};

const FINALIZER: &str = "kubernetes";
/// For so long it is expected that finalizers do their work.
const FINALIZER_ESTIMATE: u64 = 15;
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as \
                           the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of \
                           Kubernetes clusters.";

/// The service account and the certificate that every namespace has.
pub(crate) fn supplies(namespace: &str) -> [Object; 2] {
    let metadata =
        |name: &str| ObjectMeta { name: Some(name.to_owned()), namespace: Some(namespace.to_owned()), ..ObjectMeta::default() };
    let mut certificate = metadata("kube-root-ca.crt");
    certificate.annotations = Some(BTreeMap::from([("kubernetes.io/description".to_owned(), DESCRIPTION.to_owned())]));
    let data = BTreeMap::from([("ca.crt".to_owned(), "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned())]);
    [
        ServiceAccount { metadata: metadata("default"), ..ServiceAccount::default() }.into(),
        ConfigMap { metadata: certificate, data: Some(data), ..ConfigMap::default() }.into(),
    ]
}

/// Gives a namespace what it lacks.
pub(crate) fn supply(namespace: &ObjectKey, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let is_there = view.store.get(namespace).is_some_and(|found| found.metadata().deletion_timestamp.is_none());
    for object in supplies(namespace.name.as_str()).into_iter().filter(|_| is_there) {
        if view.store.get(&object.key()).is_none() {
            plan.send(Request::Create(object));
        }
    }
    plan
}

/// What a namespace needs that is being deleted: first its Pods go, then everything else, then it.
pub(crate) fn sync(namespace: &Arc<Namespace>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    if namespace.metadata.deletion_timestamp.is_none() {
        return plan;
    }
    let name = namespace.name();
    let pods: Vec<&Arc<Pod>> = pods_in(view.store, name).collect();
    let content: Vec<(&ObjectKey, &Object)> = match pods.is_empty() {
        false => view.store.iter().filter(|(key, _)| key.namespace.as_str() == name && key.kind == Kind::Pod).collect(),
        true => view.store.iter().filter(|(key, _)| key.namespace.as_str() == name).collect(),
    };
    for (key, object) in &content {
        plan.send(Request::Delete {
            key: (*key).clone(),
            uid: Some(object.uid()),
            grace_seconds: None,
            propagation: Propagation::Background,
        });
    }
    let left: Vec<(&ObjectKey, &Object)> = content.into_iter().filter(|(_, object)| stays(object)).collect();
    let status = with_conditions(namespace, &left, view);
    if left.is_empty() {
        let mut finalized = status;
        finalized.spec.get_or_insert_default().finalizers.get_or_insert_default().retain(|finalizer| finalizer != FINALIZER);
        plan.send(Request::Finalize(finalized.into()));
        return plan;
    }
    if status.status != namespace.status {
        plan.send(Request::UpdateStatus(status.into()));
    }
    let seconds = estimate(namespace, &pods, view).unwrap_or(FINALIZER_ESTIMATE);
    plan.requeue(Some(view.now + SimDuration::from_secs(seconds / 2 + 1)));
    plan
}

/// Whether an object is still there right after its deletion was asked for.
fn stays(object: &Object) -> bool {
    let has_finalizers = object.metadata().finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty());
    let Object::Pod(pod) = object else { return has_finalizers };
    let spec = pod.spec.as_ref();
    let is_placed = spec.and_then(|spec| spec.node_name.as_deref()).is_some_and(|node| !node.is_empty());
    let grace = spec.and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
    has_finalizers || (is_placed && !is_over(pod) && grace != 0)
}

/// For how many seconds Pods may still take their time to end; `None` where that time is over.
fn estimate(namespace: &Namespace, pods: &[&Arc<Pod>], view: View<'_>) -> Option<u64> {
    let grace = |pod: &&&Arc<Pod>| pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(0);
    let longest = pods.iter().filter(|pod| !is_over(pod)).map(|pod| grace(&pod)).max().unwrap_or(0);
    let longest = u64::try_from(longest).ok().filter(|seconds| *seconds > 0)?;
    let since = namespace.metadata.deletion_timestamp.as_ref().map(|time| view.wall.sim_time(time))?;
    (view.now.since(since) < SimDuration::from_secs(longest)).then_some(longest)
}

fn with_conditions(namespace: &Namespace, left: &[(&ObjectKey, &Object)], view: View<'_>) -> Namespace {
    let mut counts: SortedMap<String, usize> = SortedMap::new();
    let mut finalizers: SortedMap<&str, usize> = SortedMap::new();
    for (key, object) in left {
        let resource = match key.kind.group() {
            "" => format!("{}.", key.kind.resource()),
            group => format!("{}.{group}", key.kind.resource()),
        };
        *counts.entry(resource).or_default() += 1;
        for finalizer in object.metadata().finalizers.iter().flatten() {
            *finalizers.entry(finalizer).or_default() += 1;
        }
    }
    let remaining = |resources: &SortedMap<String, usize>| {
        resources
            .iter()
            .map(|(resource, count)| format!("{resource} has {count} resource instances"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let waiting =
        finalizers.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect::<Vec<_>>().join(", ");
    let has_left = !counts.is_empty();
    let told = [
        ("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered".to_owned()),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            false,
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        (
            "NamespaceDeletionContentFailure",
            false,
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".to_owned(),
        ),
        match has_left {
            true => {
                let message = format!("Some resources are remaining: {}", remaining(&counts));
                ("NamespaceContentRemaining", true, "SomeResourcesRemain", message)
            }
            false => ("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed".to_owned()),
        },
        match finalizers.is_empty() {
            false => {
                let message = format!("Some content in the namespace has finalizers remaining: {waiting}");
                ("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", message)
            }
            true => {
                let message = "All content-preserving finalizers finished".to_owned();
                ("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", message)
            }
        },
    ];
    let mut namespace = namespace.clone();
    let conditions = namespace.status.get_or_insert_default().conditions.get_or_insert_default();
    for (type_, value, reason, message) in told {
        let value = if value { "True" } else { "False" };
        let known = conditions.iter().position(|condition| condition.type_ == type_);
        let since = known.and_then(|at| conditions.get(at)).filter(|known| known.status == value);
        let condition = NamespaceCondition {
            type_: type_.to_owned(),
            status: value.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message),
            last_transition_time: since
                .and_then(|known| known.last_transition_time.clone())
                .or_else(|| Some(view.wall.time(view.now))),
        };
        match known {
            Some(at) => conditions[at] = condition,
            None => conditions.push(condition),
        }
    }
    namespace
}
