//! The description of any object, with what lies around it in the API.

use podlapse_core::store::Store;
use podlapse_model::api::core::v1::{Event, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use podlapse_model::{Kind, Object, ObjectKey};

use super::writer::Writer;
use super::{config, events, generic, network, nodes, pods, storage, workloads};

/// What a description looks at beside its object.
pub(super) struct Around<'a> {
    pub(super) store: &'a Store,
    pub(super) now: &'a Time,
}

impl<'a> Around<'a> {
    /// The Pods in the namespace of an object.
    pub(super) fn pods(&self, of: &ObjectMeta) -> impl Iterator<Item = &'a Pod> {
        self.store.list(Kind::Pod).filter_map(move |object| match object {
            Object::Pod(pod) if pod.metadata.namespace == of.namespace => Some(pod.as_ref()),
            _ => None,
        })
    }
}

/// The text of `kubectl describe` for an object at the instant `now`.
pub(crate) fn describe_object(object: &Object, store: &Store, now: &Time, shows_events: bool) -> String {
    let about = shows_events.then(|| events_about(object, store));
    let about = about.as_deref();
    match object {
        Object::Pod(pod) => return pods::pod_text(pod, about, now),
        Object::Node(node) => {
            let name = node.metadata.name.as_deref().unwrap_or_default();
            let lease = match store.get(&ObjectKey::new(Kind::Lease, "kube-node-lease", name)) {
                Some(Object::Lease(lease)) => Some(lease.as_ref()),
                Some(_) | None => None,
            };
            let pods: Vec<&Pod> = store.list(Kind::Pod).filter_map(|object| active_on(object, name)).collect();
            return nodes::node_text(node, lease, &pods, about, now);
        }
        _ => {}
    }
    let around = Around { store, now };
    let mut writer = Writer::default();
    let w = &mut writer;
    let with_events = match object {
        Object::Deployment(deployment) => workloads::deployment(w, deployment, &around),
        Object::ReplicaSet(set) => workloads::replica_set(w, set, &around),
        Object::ReplicationController(controller) => workloads::replication_controller(w, controller, &around),
        Object::StatefulSet(set) => workloads::stateful_set(w, set, &around),
        Object::DaemonSet(set) => workloads::daemon_set(w, set, &around),
        Object::Job(job) => workloads::job(w, job),
        Object::CronJob(job) => workloads::cron_job(w, job),
        Object::Service(service) => network::service(w, service, &around),
        Object::EndpointSlice(slice) => network::endpoint_slice(w, slice),
        Object::PersistentVolume(volume) => storage::volume(w, volume, &around),
        Object::PersistentVolumeClaim(claim) => storage::claim(w, claim, &around),
        Object::StorageClass(class) => storage::class(w, class),
        Object::CSINode(node) => storage::csi_node(w, node),
        Object::ConfigMap(map) => config::config_map(w, map),
        Object::Secret(secret) => config::secret(w, secret),
        Object::ServiceAccount(account) => config::service_account(w, account),
        Object::Namespace(namespace) => config::namespace(w, namespace, &around),
        Object::ResourceQuota(quota) => config::quota(w, quota),
        Object::LimitRange(range) => config::limit_range(w, range),
        Object::PodDisruptionBudget(budget) => config::budget(w, budget),
        Object::PriorityClass(class) => config::priority_class(w, class),
        Object::RuntimeClass(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::Event(_)
        | Object::Unmodelled(_)
        | Object::Pod(_)
        | Object::Node(_) => generic::object(w, object),
    };
    if let Some(about) = about.filter(|_| with_events) {
        events::events(w, about, now);
    }
    writer.finish()
}

/// A Pod of the node that has not ended.
fn active_on<'a>(object: &'a Object, node: &str) -> Option<&'a Pod> {
    let Object::Pod(pod) = object else { return None };
    let on_node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node);
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    (on_node && !matches!(phase, "Succeeded" | "Failed")).then_some(pod)
}

/// The events whose involved object is this one. The kubelet writes a node's name in place of its uid, and the uid of a static
/// Pod's file in place of its mirror Pod's.
fn events_about<'a>(object: &Object, store: &'a Store) -> Vec<&'a Event> {
    let key = object.key();
    let uid = object.uid();
    let annotations = object.metadata().annotations.as_ref();
    let mirror = annotations.and_then(|annotations| annotations.get("kubernetes.io/config.mirror")).cloned();
    let wanted = mirror.unwrap_or_else(|| uid.as_str().to_owned());
    let events = store.list(Kind::Event).filter_map(|object| match object {
        Object::Event(event) => Some(event.as_ref()),
        _ => None,
    });
    events
        .filter(|event| {
            let involved = &event.involved_object;
            let its_uid = involved.uid.as_deref().unwrap_or_default();
            involved.kind.as_deref() == Some(key.kind.name())
                && involved.name.as_deref() == Some(key.name.as_str())
                && involved.namespace.as_deref().unwrap_or_default() == key.namespace.as_str()
                && (its_uid == wanted || (key.kind == Kind::Node && its_uid == key.name.as_str()))
        })
        .collect()
}
