//! What is in a cluster before the user does anything.
//!
//! The objects of `cluster.yaml` with what the control plane and the kubelets add: the namespaces with their default service
//! accounts, the Service of the API server, and the status of each node.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Namespace, NamespaceStatus, Node, NodeAddress, NodeCondition, NodeDaemonEndpoints};
use podlapse_model::apimachinery::pkg::api::resource::Quantity;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, SimDuration, SimTime};

use super::{Scenario, api_server};
use crate::controllers::namespace::supplies;
use crate::declared_features::declared_features;
use crate::kernel::{Purpose, Random, WallClock};

/// From the start of a kubelet until its node is registered, at most.
const REGISTRATION: SimDuration = SimDuration::from_secs(1);
/// The node of a scenario that names none.
pub(super) const DEFAULT_NODE: &str = "node-1";

/// All objects, in the order in which they come to be. Those without a uid are still to be created.
pub(super) fn objects(scenario: &Scenario, wall: WallClock, at: SimTime, random: &mut Random) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let declared: Vec<String> = scenario
        .cluster
        .iter()
        .filter(|object| matches!(object, Object::Namespace(_)))
        .map(|object| object.key().name.to_string())
        .collect();
    let built_in = ["default", "kube-node-lease", "kube-public", "kube-system"];
    for name in built_in.into_iter().filter(|name| !declared.iter().any(|declared| declared == name)) {
        objects.push(namespace(name).into());
    }
    objects.extend(scenario.cluster.iter().cloned());
    let namespaces: Vec<String> = objects
        .iter()
        .filter(|object| matches!(object, Object::Namespace(_)))
        .map(|object| object.key().name.to_string())
        .collect();
    for namespace in &namespaces {
        let has_account = |object: &Object| {
            matches!(object, Object::ServiceAccount(_))
                && object.key().namespace.as_str() == namespace
                && object.key().name.as_str() == "default"
        };
        let [account, certificate] = supplies(namespace);
        if !objects.iter().any(has_account) {
            objects.push(account);
        }
        objects.push(certificate);
    }
    for object in api_server::objects() {
        if !objects.iter().any(|declared| declared.key() == object.key()) {
            objects.push(object);
        }
    }
    if !objects.iter().any(|object| matches!(object, Object::Node(_))) {
        objects.push(default_node().into());
    }
    let mut index = 0;
    for object in &mut objects {
        if let Object::Namespace(namespace) = object {
            let finalizers = Arc::make_mut(namespace).spec.get_or_insert_default().finalizers.get_or_insert_default();
            if finalizers.is_empty() {
                finalizers.push("kubernetes".to_owned());
            }
        }
        if let Object::Node(node) = object {
            index += 1;
            complete_node(Arc::make_mut(node), index, wall, at);
        }
        let key = object.key().to_string();
        let is_made_by_others = is_made_by_others(object.kind());
        let metadata = object.metadata_mut();
        if metadata.uid.is_none() && is_made_by_others {
            metadata.uid = Some(random.uid(&key));
        }
        if metadata.creation_timestamp.is_none() {
            metadata.creation_timestamp = Some(wall.time(at));
        }
    }
    objects
}

/// Puts the nodes among the objects into the order in which they register. Their kubelets start one after the other, but some take
/// longer than others. It is the order in which the scheduler knows them, and with which a tie between equal nodes is decided.
pub(super) fn sort_nodes(objects: &mut [Object], random: &mut Random) {
    let is_node = |object: &Object| matches!(object, Object::Node(_));
    let places: Vec<usize> = (0..objects.len()).filter(|at| is_node(&objects[*at])).collect();
    let mut nodes: Vec<(SimDuration, Object)> = places
        .iter()
        .map(|at| {
            let node = objects[*at].clone();
            let takes = random.between(Purpose::NodeRegistration, node.key().name.as_str(), SimDuration::ZERO, REGISTRATION);
            (takes.value, node)
        })
        .collect();
    podlapse_model::sort_by_key(&mut nodes, |(takes, _)| *takes);
    for (at, (_, node)) in places.into_iter().zip(nodes) {
        objects[at] = node;
    }
}

/// Whether objects of a kind come from the control plane or a kubelet. The others the user created before, through the API.
fn is_made_by_others(kind: Kind) -> bool {
    matches!(kind, Kind::Node | Kind::Namespace | Kind::ServiceAccount | Kind::ConfigMap | Kind::Unmodelled)
}

fn named(name: &str, namespace: Option<&str>) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), namespace: namespace.map(str::to_owned), ..ObjectMeta::default() }
}

fn namespace(name: &str) -> Namespace {
    let mut metadata = named(name, None);
    metadata.labels = Some(BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), name.to_owned())]));
    Namespace {
        metadata,
        status: Some(NamespaceStatus { phase: Some("Active".to_owned()), ..NamespaceStatus::default() }),
        ..Namespace::default()
    }
}

/// 8 CPU, 16Gi, 110 Pods.
fn default_node() -> Node {
    let mut node = Node { metadata: named(DEFAULT_NODE, None), ..Node::default() };
    let amount = |text: &str| Quantity(text.to_owned());
    node.status.get_or_insert_default().capacity = Some(BTreeMap::from([
        ("cpu".to_owned(), amount("8")),
        ("ephemeral-storage".to_owned(), amount("100Gi")),
        ("memory".to_owned(), amount("16Gi")),
        ("pods".to_owned(), amount("110")),
    ]));
    node
}

/// What a kubelet reports of its node when it comes up; what the scenario says stays.
fn complete_node(node: &mut Node, index: u32, wall: WallClock, at: SimTime) {
    let name = node.name().to_owned();
    let labels = node.metadata.labels.get_or_insert_default();
    let well_known = [("kubernetes.io/hostname", name.as_str()), ("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")];
    for (key, value) in well_known {
        labels.entry(key.to_owned()).or_insert_with(|| value.to_owned());
    }
    let status = node.status.get_or_insert_default();
    if status.allocatable.is_none() {
        status.allocatable.clone_from(&status.capacity);
    }
    if status.capacity.is_none() {
        status.capacity.clone_from(&status.allocatable);
    }
    if status.addresses.is_none() {
        let ip = format!("192.168.{}.{}", (10 + index) / 256, (10 + index) % 256);
        status.addresses = Some(vec![
            NodeAddress { type_: "InternalIP".to_owned(), address: ip },
            NodeAddress { type_: "Hostname".to_owned(), address: name },
        ]);
    }
    status.daemon_endpoints.get_or_insert_with(NodeDaemonEndpoints::default);
    status.declared_features.get_or_insert_with(declared_features);
    let info = status.node_info.get_or_insert_default();
    let known = [
        (&mut info.architecture, "amd64"),
        (&mut info.container_runtime_version, "containerd://2.1.0"),
        (&mut info.kubelet_version, "v1.36.3"),
        (&mut info.operating_system, "linux"),
    ];
    for (field, value) in known {
        if field.is_empty() {
            *field = value.to_owned();
        }
    }
    let given = status.conditions.get_or_insert_default();
    let reported = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ];
    for (type_, value, reason, message) in reported {
        if given.iter().any(|condition| condition.type_ == type_) {
            continue;
        }
        given.push(NodeCondition {
            type_: type_.to_owned(),
            status: value.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(wall.time(at)),
            last_transition_time: Some(wall.time(at)),
        });
    }
}
