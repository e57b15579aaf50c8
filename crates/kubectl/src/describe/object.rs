//! The description of any object, with what lies around it in the API.

use std::sync::Arc;

use podlapse_core::store::Store;
use podlapse_model::api::core::v1::{Event, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use podlapse_model::{Kind, MIRROR_POD, Metadata, Object, ObjectKey, Unmodelled};
use serde_json::Value;

use super::writer::Writer;
use super::{config, events, generic, network, nodes, others, pods, storage, workloads};

/// What a description looks at beside its object.
pub(super) struct Around<'a> {
    pub(super) store: &'a Store,
    pub(super) now: &'a Time,
}

impl<'a> Around<'a> {
    /// The Pods in the namespace of an object.
    pub(super) fn pods(&self, of: &ObjectMeta) -> impl Iterator<Item = &'a Pod> {
        self.store.all_in(Some(of.namespace.as_deref().unwrap_or_default())).map(Arc::as_ref)
    }
}

/// The text of `kubectl describe` for an object at the instant `now`.
pub(crate) fn describe_object(object: &Object, store: &Store, now: &Time, shows_events: bool) -> String {
    let about = shows_events.then(|| events_about(object, store));
    let about = about.as_deref();
    if let Object::Pod(pod) = object {
        return pods::pod_text(pod, about, now);
    }
    if let Object::Node(node) = object {
        let name = node.name();
        let lease = store.get(&ObjectKey::new(Kind::Lease, "kube-node-lease", name)).and_then(Object::typed);
        let pods: Vec<&Pod> = store.list(Kind::Pod).filter_map(|object| active_on(object, name)).collect();
        let slices: Vec<&Unmodelled> = store.list(Kind::Unmodelled).filter_map(|object| slice_of(object, name)).collect();
        return nodes::node_text(node, lease, &pods, &slices, about, now);
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
        Object::Unmodelled(other) => match others::describe(w, other, &around) {
            Some(with_events) => with_events,
            None => generic::object(w, object),
        },
        Object::RuntimeClass(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::Event(_)
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

/// A ResourceSlice of this node alone.
fn slice_of<'a>(object: &'a Object, node: &str) -> Option<&'a Unmodelled> {
    let Object::Unmodelled(other) = object else { return None };
    let is_own = other.kind == "ResourceSlice" && other.value.pointer("/spec/nodeName").and_then(Value::as_str) == Some(node);
    is_own.then_some(other.as_ref())
}

/// The events whose involved object is this one. The kubelet writes a node's name in place of its uid, of which kubectl asks after it
/// asked for the uid, and the uid of a static Pod's file in place of its mirror Pod's.
fn events_about<'a>(object: &Object, store: &'a Store) -> Vec<&'a Event> {
    let metadata = object.metadata();
    let kind = if let Object::Unmodelled(other) = object { other.kind.as_str() } else { object.kind().name() };
    let name = metadata.name();
    let uid = object.uid();
    let wanted = metadata.annotation(MIRROR_POD).unwrap_or(uid.as_str());
    let events = || store.all::<Event>().map(Arc::as_ref);
    let of = |event: &&Event, wanted: &str| {
        let involved = &event.involved_object;
        // Names tell most events apart, kinds few.
        involved.name.as_deref() == Some(name)
            && involved.kind.as_deref() == Some(kind)
            && involved.namespace.as_deref().unwrap_or_default() == metadata.namespace()
            && involved.uid.as_deref().unwrap_or_default() == wanted
    };
    let mut about: Vec<&Event> = events().filter(|event| of(event, wanted)).collect();
    if object.kind() == Kind::Node && wanted != name {
        about.extend(events().filter(|event| of(event, name)));
    }
    about
}
