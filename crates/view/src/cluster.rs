//! The nodes at an instant, with the Pods on them in proportion to what they request.

use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{
    Kind, Metadata, Object, ObjectKey, Quantity, ResourceList, ResourceOptions, SortedMap, add_resources, pod_limits,
    pod_requests, resource_list,
};
use serde::Serialize;

use crate::marks::node_status;
use crate::status::{pod_line, wall_clock};
use crate::{RunView, Tone};

/// A Pod as a box on its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodBox {
    /// The Pod.
    #[serde(skip)]
    pub key: ObjectKey,
    /// STATUS as kubectl prints it.
    pub status: String,
    /// The look of its STATUS.
    pub tone: Tone,
    /// Its request of cpu and of memory, in thousandths of what the node can give; 0 once it is finished.
    pub shares: [u32; 2],
    /// The same as amounts.
    pub requests: [String; 2],
}

/// An amount of a resource on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The resource.
    pub name: String,
    /// What the node can give.
    pub allocatable: String,
    /// What the Pods request together, with its share in percent.
    pub requests: (String, i64),
    /// Their limits together, with their share in percent.
    pub limits: (String, i64),
}

/// A node in a list of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeCard {
    /// The node.
    #[serde(skip)]
    pub key: ObjectKey,
    /// STATUS as kubectl prints it.
    pub status: String,
    /// Its look.
    pub tone: Tone,
    /// Its taints, as `key=value:effect`.
    pub taints: Vec<String>,
    /// What is requested of its cpu and memory; what it can give is rounded.
    pub amounts: [Amount; 2],
    /// The Pods on it, those that came first at the front.
    pub pods: Vec<PodBox>,
}

/// The nodes, and the Pods that are on none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// The nodes by name.
    pub nodes: Vec<NodeCard>,
    /// Pods that have no node.
    pub waiting: Vec<PodBox>,
}

/// Everything else that is to be known of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeDetail {
    /// Type, status, reason and whether the status is a good one.
    pub conditions: Vec<(String, String, String, bool)>,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// The images on it, each by its best name, with its size.
    pub images: Vec<(String, String)>,
    /// Every resource that it can give.
    pub amounts: Vec<Amount>,
}

/// The resources that are drawn.
const DRAWN: [&str; 2] = ["cpu", "memory"];

impl RunView {
    /// The nodes as they are after a moment.
    pub fn cluster(&self, moment: usize) -> Cluster {
        let now = wall_clock(self.history().start_time_unix_ns, self.at(moment));
        let (mut waiting, mut on): (Vec<PodBox>, SortedMap<&str, Vec<&Pod>>) = Default::default();
        for object in self.objects_of(Kind::Pod, moment) {
            let Object::Pod(pod) = object else { continue };
            match node_of(pod) {
                Some(name) => on.entry(name).or_default().push(pod),
                None => waiting.push(pod_box(pod, &ResourceList::new(), &now)),
            }
        }
        let nodes = self.objects_of(Kind::Node, moment).map(|node| {
            let mut pods = on.remove(node.name()).unwrap_or_default();
            podlapse_model::sort_by_key(&mut pods, |pod| (started(pod), pod.metadata.name.as_deref()));
            card(node, &pods, node_status(node, self.history().start_time_unix_ns, self.at(moment)), &now)
        });
        Cluster { nodes: nodes.collect(), waiting }
    }

    /// The node that a Pod is on after a moment.
    pub fn node_of(&self, pod: &ObjectKey, moment: usize) -> Option<ObjectKey> {
        let Object::Pod(pod) = self.object(pod, moment)? else { return None };
        node_of(pod).map(|name| ObjectKey::new(Kind::Node, "", name))
    }

    /// What there is to be known of a node after a moment.
    pub fn node_detail(&self, key: &ObjectKey, moment: usize) -> Option<NodeDetail> {
        let Object::Node(node) = self.object(key, moment)? else { return None };
        let pods = self.objects_of(Kind::Pod, moment).filter_map(Object::typed::<Pod>);
        let pods = pods.filter(|pod| node_of(pod) == node.metadata.name.as_deref() && counts(pod));
        let (requests, limits) = sums(pods);
        let allocatable = allocatable(node);
        let status = node.status.as_ref();
        let conditions = status.into_iter().flat_map(|status| status.conditions.iter().flatten());
        let images = status.into_iter().flat_map(|status| status.images.iter().flatten());
        Some(NodeDetail {
            conditions: conditions
                .map(|condition| {
                    let is_good = condition.status == if condition.type_ == "Ready" { "True" } else { "False" };
                    let reason = condition.reason.clone().unwrap_or_default();
                    (condition.type_.clone(), condition.status.clone(), reason, is_good)
                })
                .collect(),
            labels: node.metadata.labels.clone().unwrap_or_default().into_iter().collect(),
            images: images
                .map(|image| {
                    // Names by digest say less to people than those by tag.
                    let names = image.names.as_deref().unwrap_or_default();
                    let name = names.iter().find(|name| !name.contains('@')).or(names.first());
                    (name.cloned().unwrap_or_default(), bytes(image.size_bytes.unwrap_or(0)))
                })
                .collect(),
            amounts: allocatable.keys().map(|name| amount(name, &allocatable, &requests, &limits)).collect(),
        })
    }
}

fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}

fn started(pod: &Pod) -> Option<&Time> {
    pod.status.as_ref()?.start_time.as_ref()
}

/// Whether a Pod still takes room on its node.
fn counts(pod: &Pod) -> bool {
    !matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
}

fn allocatable(node: &Node) -> ResourceList {
    let status = node.status.as_ref();
    let given = status.and_then(|status| status.allocatable.as_ref()).filter(|list| !list.is_empty());
    resource_list(given.or(status.and_then(|status| status.capacity.as_ref())))
}

const OPTIONS: ResourceOptions =
    ResourceOptions { exclude_overhead: false, skip_pod_level: false, use_status: true, non_missing: ResourceList::new() };

fn sums<'a>(pods: impl Iterator<Item = &'a Pod>) -> (ResourceList, ResourceList) {
    let (mut requests, mut limits) = (ResourceList::new(), ResourceList::new());
    let mut count = 0;
    for pod in pods {
        add_resources(&mut requests, &pod_requests(pod, &OPTIONS));
        add_resources(&mut limits, &pod_limits(pod, &OPTIONS));
        count += 1;
    }
    requests.insert("pods".to_owned(), Quantity::new(count, podlapse_model::Format::DecimalSI));
    (requests, limits)
}

fn card(object: &Object, pods: &[&Pod], (status, tone): (String, Tone), now: &Time) -> NodeCard {
    let default = Node::default();
    let node = if let Object::Node(node) = object { node.as_ref() } else { &default };
    let allocatable = allocatable(node);
    let (requests, limits) = sums(pods.iter().copied().filter(|pod| counts(pod)));
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    NodeCard {
        key: ObjectKey::new(Kind::Node, "", node.name()),
        status,
        tone,
        taints: taints
            .map(|taint| {
                let value = taint.value.as_deref().filter(|value| !value.is_empty());
                let value = value.map(|value| format!("={value}")).unwrap_or_default();
                format!("{}{value}:{}", taint.key, taint.effect)
            })
            .collect(),
        amounts: DRAWN.map(|name| {
            let amount = amount(name, &allocatable, &requests, &limits);
            let size = allocatable.get(name).filter(|_| name == "memory").map(Quantity::value);
            Amount { allocatable: size.map_or(amount.allocatable, |size| bytes(size).replace(['B', ' '], "")), ..amount }
        }),
        pods: pods.iter().map(|pod| pod_box(pod, &allocatable, now)).collect(),
    }
}

fn pod_box(pod: &Pod, allocatable: &ResourceList, now: &Time) -> PodBox {
    let (line, tone) = pod_line(pod, now);
    let requests = if counts(pod) { pod_requests(pod, &OPTIONS) } else { ResourceList::new() };
    let namespace = pod.namespace();
    PodBox {
        key: ObjectKey::new(Kind::Pod, namespace, &line.name),
        status: line.status,
        tone,
        shares: DRAWN.map(|name| share(name, &requests, allocatable, 1_000).clamp(0, 1_000) as u32),
        requests: DRAWN.map(|name| shown(name, &requests)),
    }
}

fn amount(name: &str, allocatable: &ResourceList, requests: &ResourceList, limits: &ResourceList) -> Amount {
    let part = |list: &ResourceList| (shown(name, list), share(name, list, allocatable, 100));
    Amount { name: name.to_owned(), allocatable: shown(name, allocatable), requests: part(requests), limits: part(limits) }
}

fn shown(name: &str, list: &ResourceList) -> String {
    list.get(name).map_or_else(|| "0".to_owned(), ToString::to_string)
}

/// An amount in parts of what the node can give, cut off as kubectl does it.
fn share(name: &str, list: &ResourceList, allocatable: &ResourceList, parts: i64) -> i64 {
    let count = |list: &ResourceList| {
        let quantity = list.get(name);
        i128::from(quantity.map_or(0, |quantity| if name == "cpu" { quantity.milli_value() } else { quantity.value() }))
    };
    match count(allocatable) {
        whole if whole <= 0 => 0,
        whole => i64::try_from(count(list) * i128::from(parts) / whole).unwrap_or(i64::MAX),
    }
}

/// A size as people read it, in powers of 1024.
fn bytes(size: i64) -> String {
    let (mut size, mut unit) = (size.max(0) as f64, "B");
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 1_000.0 {
            break;
        }
        (size, unit) = (size / 1_024.0, next);
    }
    let is_whole = (size - size.round()).abs() < 0.05;
    if is_whole || 10.0 <= size { format!("{size:.0} {unit}") } else { format!("{size:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use podlapse_model::Object;
    use serde_json::json;

    use super::*;

    fn node() -> Object {
        let value = json!({
            "metadata": {"name": "node-1"},
            "spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}, {"key": "k", "effect": "NoExecute"}]},
            "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"},
                "conditions": [{"type": "Ready", "status": "True"}]},
        });
        Object::from_json(Kind::Node, value).unwrap()
    }

    fn pod(name: &str, cpu: &str, phase: &str) -> Pod {
        let value = json!({
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": "node-1", "containers": [{"name": "app", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}]},
            "status": {"phase": phase},
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_node_shows_shares_taints_and_no_room_for_finished_pods() {
        let now = wall_clock(0, podlapse_model::SimTime::ZERO);
        let (running, done) = (pod("web", "500m", "Running"), pod("job", "1", "Succeeded"));
        let card = card(&node(), &[&running, &done], node_status(&node(), 0, podlapse_model::SimTime::ZERO), &now);
        assert_eq!(card.taints, ["gpu=yes:NoSchedule", "k:NoExecute"]);
        assert_eq!((card.status.as_str(), card.tone), ("Ready", Tone::Ready));
        assert_eq!(card.amounts[0].requests, ("500m".to_owned(), 25));
        assert_eq!(card.amounts[1].allocatable, "4Gi");
        assert_eq!(card.pods[0].shares, [250, 250]);
        assert_eq!(card.pods[1].shares, [0, 0]);
    }

    #[test]
    fn a_node_without_allocatable_has_no_shares() {
        let now = wall_clock(0, podlapse_model::SimTime::ZERO);
        let empty = Object::from(Node::default());
        let card = card(&empty, &[&pod("web", "500m", "Running")], (String::new(), Tone::Unknown), &now);
        assert_eq!(card.amounts[0].requests.1, 0);
        assert_eq!(card.pods[0].shares, [0, 0]);
    }

    #[test]
    fn sizes_have_few_figures() {
        assert_eq!([bytes(0), bytes(2_202_009), bytes(73_400_320)], ["0 B", "2.1 MiB", "70 MiB"]);
    }
}
