//! DaemonSets: a Pod on every node that can take it.
//!
//! Models `pkg/controller/daemon/daemon_controller.go` `syncDaemonSet`, `podsShouldBeOnNode`, `updateDaemonSetStatus` and `update.go`
//! `constructHistory`, `cleanupHistory` (v1.36). The rolling update is in `update`. Pods whose node is gone are left to the
//! garbage collection of Pods once they were bound.

pub(crate) mod node;
pub(crate) mod update;

use std::sync::Arc;

use podlapse_manifest::template_hash;
use podlapse_model::api::apps::v1::{ControllerRevision, DaemonSet, DaemonSetSpec, DaemonSetStatus};
use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use podlapse_model::{Kind, Metadata, Selector, SimDuration, SortedMap};

use self::node::{Place, add_tolerations, pin, place, target};
use crate::controllers::owned::{available_at, claim_pods, is_over, phase, pod_from_template, pod_identity, ready_since, scaled};
use crate::controllers::revisions::{REVISION_LABEL, claim, current, truncate};
use crate::controllers::{Act, FailedPods, Plan, View, count};
use crate::events::EventType;
use crate::store::{Request, TEMPLATE_GENERATION};

const GENERATION_LABEL: &str = "pod-template-generation";
/// At most so many Pods are created or deleted at a time.
const BURST_REPLICAS: usize = 250;
/// How long a Pod that failed stays, doubling with each one on its node, and the longest.
const BASE_DELAY: SimDuration = SimDuration::from_secs(1);
const MAX_DELAY: SimDuration = SimDuration::from_secs(15 * 60);

/// A DaemonSet in the middle of a sync.
#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub(crate) set: &'a DaemonSet,
    pub(crate) spec: &'a DaemonSetSpec,
    pub(crate) view: View<'a>,
    pub(crate) hash: String,
    /// Every node with what it is to the set.
    pub(crate) nodes: Vec<(&'a Node, Place)>,
    /// The Pods of each node that has some.
    pub(crate) pods: SortedMap<String, Vec<Arc<Pod>>>,
    pub(crate) plan: Plan,
}

/// What a DaemonSet needs.
pub(crate) fn sync(set: &Arc<DaemonSet>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &set.spec else { return plan };
    if spec.selector == LabelSelector::default() {
        let message = "This daemon set is selecting all pods. A non-empty selector is required.".to_owned();
        plan.tell(EventType::Warning, "SelectingAll", message);
        return plan;
    }
    if set.metadata.deletion_timestamp.is_some() {
        return plan;
    }
    let selector = Selector::of_label_selector(Some(&spec.selector)).unwrap_or(Selector::nothing());
    let claimed = claim_pods(Kind::DaemonSet, &set.metadata, &selector, view, &mut plan);
    let own = claim(Kind::DaemonSet, &set.metadata, &selector, view, &mut plan);
    let current = current_revision(set, spec, &own, &mut plan);
    let mut pods: SortedMap<String, Vec<Arc<Pod>>> = SortedMap::new();
    // What is over and on its way out concerns nobody any more.
    for pod in claimed.iter().filter(|pod| !(is_over(pod) && pod.metadata.deletion_timestamp.is_some())) {
        if let Some(node) = target(pod) {
            pods.entry(node.to_owned()).or_default().push(pod.clone());
        }
    }
    for pods in pods.values_mut() {
        podlapse_model::sort_by_key(pods, |pod| age(pod));
    }
    let nodes = view.store.all().map(|node| (Arc::as_ref(node), place(node, set))).collect();
    let hash = current.label(REVISION_LABEL).unwrap_or_default().to_owned();
    let mut sync = Sync { set, spec, view, hash, nodes, pods, plan };
    let acts = sync.plan.acts.len();
    sync.manage();
    // The real controller goes on once it has seen what it just asked for.
    let has_acted = sync.plan.acts.iter().skip(acts).any(|act| matches!(act, Act::CreatePods(_) | Act::DeletePod(..)));
    let strategy = spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref());
    if !has_acted && strategy != Some("OnDelete") {
        update::rolling_update(&mut sync);
    }
    let used: Vec<&str> = claimed.iter().filter_map(|pod| pod.label(REVISION_LABEL)).collect();
    let is_live = |name: &str| {
        let of = |revision: &Arc<ControllerRevision>| revision.label(REVISION_LABEL).map(str::to_owned);
        let hash = own.iter().find(|revision| revision.metadata.name.as_deref() == Some(name)).and_then(of).unwrap_or_default();
        current.metadata.name.as_deref() == Some(name) || used.contains(&hash.as_str())
    };
    truncate(&own, spec.revision_history_limit, is_live, &mut sync.plan);
    sync.update_status();
    sync.plan
}

/// The order in which a node's Pods came: placed ones first, then by time and name.
fn age(pod: &Pod) -> (bool, Option<podlapse_model::apimachinery::pkg::apis::meta::v1::Time>, Option<String>) {
    let is_placed = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).is_some_and(|name| !name.is_empty());
    (!is_placed, pod.metadata.creation_timestamp.clone(), pod.metadata.name.clone())
}

fn current_revision(
    set: &DaemonSet,
    spec: &DaemonSetSpec,
    own: &[Arc<ControllerRevision>],
    plan: &mut Plan,
) -> Arc<ControllerRevision> {
    let collisions = set.status.as_ref().and_then(|status| status.collision_count);
    let new = |_: &serde_json::Value| {
        let hash = template_hash(&spec.template, collisions);
        let mut labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
        labels.insert(REVISION_LABEL.to_owned(), hash.clone());
        let name = format!("{}-{hash}", set.name());
        (name, ObjectMeta { labels: Some(labels), ..ObjectMeta::default() })
    };
    current(Kind::DaemonSet, &set.metadata, &spec.template, own, new, plan)
}

impl Sync<'_> {
    fn generation(&self) -> Option<&str> {
        self.set.annotation(TEMPLATE_GENERATION)
    }

    /// Whether a Pod has the template of now.
    pub(crate) fn is_updated(&self, pod: &Pod) -> bool {
        let generation = self.generation();
        pod.label(REVISION_LABEL) == Some(self.hash.as_str())
            || generation.is_some_and(|generation| pod.label(GENERATION_LABEL) == Some(generation))
    }

    /// Whether a Pod has been ready for as long as it has to; if not yet, the set is looked at again then.
    pub(crate) fn is_available(&mut self, pod: &Pod) -> bool {
        let at = available_at(pod, self.spec.min_ready_seconds.unwrap_or(0), self.view.wall);
        self.plan.requeue(at.filter(|at| self.view.now < *at));
        at.is_some_and(|at| at <= self.view.now)
    }

    /// How many nodes should run a Pod.
    pub(crate) fn desired(&self) -> i32 {
        i32::try_from(self.nodes.iter().filter(|(_, place)| *place == Place::Runs).count()).unwrap_or(i32::MAX)
    }

    /// How many Pods may be missing, and how many may be there beside an old one.
    pub(crate) fn bounds(&self) -> (i32, i32) {
        let update = self.spec.update_strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        let desired = self.desired();
        let unavailable = scaled(update.and_then(|update| update.max_unavailable.as_ref()), desired, true);
        let surge = scaled(update.and_then(|update| update.max_surge.as_ref()), desired, true);
        (if desired > 0 && unavailable == 0 && surge == 0 { 1 } else { unavailable }, surge)
    }

    /// Whether a new Pod may come beside an old one (`AllowsSurge`).
    fn allows_surge(&self) -> bool {
        let is_rolling = self.spec.update_strategy.as_ref().is_none_or(|strategy| strategy.type_.as_deref() != Some("OnDelete"));
        is_rolling && self.bounds().1 > 0
    }

    fn manage(&mut self) {
        let mut create = Vec::new();
        let mut delete = Vec::new();
        for at in 0..self.nodes.len() {
            let (node, place) = self.nodes[at];
            let name = node.name().to_owned();
            match (place, self.pods.get(&name).cloned()) {
                (Place::Runs, None) => create.push(name),
                (Place::Stays | Place::Leaves, None) => {}
                (Place::Runs | Place::Stays, Some(pods)) => self.settle(&name, place, &pods, &mut create, &mut delete),
                (Place::Leaves, Some(pods)) => {
                    delete.extend(pods.into_iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()));
                }
            }
        }
        let is_node = |name: &String| self.nodes.iter().any(|(node, _)| node.metadata.name.as_ref() == Some(name));
        for (_, pods) in self.pods.iter().filter(|(name, _)| !is_node(name)) {
            let is_unbound =
                |pod: &&Arc<Pod>| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).is_none_or(str::is_empty);
            delete.extend(pods.iter().filter(is_unbound).cloned());
        }
        self.sync_nodes(delete, create);
    }

    /// What becomes of the Pods of a node that may have some.
    fn settle(&mut self, node: &str, place: Place, pods: &[Arc<Pod>], create: &mut Vec<String>, delete: &mut Vec<Arc<Pod>>) {
        let mut running = Vec::new();
        for pod in pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
            let who = format!("{}/{} on node {node}", pod.namespace(), pod.name());
            if phase(pod) == "Failed" {
                if self.may_replace(node) {
                    let message = format!("Found failed daemon pod {who}, will try to kill it");
                    self.plan.tell(EventType::Warning, "FailedDaemonPod", message);
                    delete.push(pod.clone());
                }
            } else if phase(pod) == "Succeeded" {
                let message = format!("Found succeeded daemon pod {who}, will try to delete it");
                self.plan.tell(EventType::Normal, "SucceededDaemonPod", message);
                delete.push(pod.clone());
            } else {
                running.push(pod.clone());
            }
        }
        if !self.allows_surge() {
            delete.extend(running.into_iter().skip(1));
            return;
        }
        if running.len() <= 1 {
            if running.is_empty() && place == Place::Runs {
                create.push(node.to_owned());
            }
            return;
        }
        let (mut new, mut old) = (None, None);
        for pod in running {
            let first = if pod.label(REVISION_LABEL) == Some(self.hash.as_str()) { &mut new } else { &mut old };
            match first {
                None => *first = Some(pod),
                Some(_) => delete.push(pod),
            }
        }
        if let (Some(new), Some(old)) = (new, old)
            && (ready_since(&old).is_none() || self.is_available(&new))
        {
            delete.push(old);
        }
    }

    /// Whether the failed Pod of a node may go already; the wait doubles with each.
    fn may_replace(&mut self, node: &str) -> bool {
        let now = self.view.now;
        let generation = self.set.status.as_ref().and_then(|status| status.observed_generation).unwrap_or(0);
        let mut memory = self.plan.memory.clone().unwrap_or_else(|| self.view.memory.cloned().unwrap_or_default());
        let entry = memory.failed_pods.get(node).filter(|entry| entry.generation == generation);
        let delay = match entry {
            Some(entry) if now < entry.at + entry.delay => {
                self.plan.requeue(Some(now + entry.delay));
                return false;
            }
            Some(entry) if now <= entry.at + MAX_DELAY.times(2) => entry.delay.times(2).min(MAX_DELAY),
            Some(_) | None => BASE_DELAY,
        };
        memory.failed_pods.insert(node.to_owned(), FailedPods { generation, at: now, delay });
        self.plan.memory = Some(memory);
        true
    }

    /// Creates Pods on nodes and deletes others.
    pub(crate) fn sync_nodes(&mut self, delete: Vec<Arc<Pod>>, create: Vec<String>) {
        let mut template = self.spec.template.clone();
        add_tolerations(template.spec.get_or_insert_default());
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        if let Some(generation) = self.generation() {
            labels.insert(GENERATION_LABEL.to_owned(), generation.to_owned());
        }
        labels.insert(REVISION_LABEL.to_owned(), self.hash.clone());
        let on = |node: &String| {
            let mut pod = pod_from_template(Kind::DaemonSet, &self.set.metadata, &template);
            pin(pod.spec.get_or_insert_default(), node);
            pod
        };
        let create: Vec<Pod> = create.iter().take(BURST_REPLICAS).map(on).collect();
        if !create.is_empty() {
            self.plan.acts.push(Act::CreatePods(create));
        }
        for pod in delete.iter().take(BURST_REPLICAS) {
            let (key, uid) = pod_identity(pod);
            self.plan.acts.push(Act::DeletePod(key, uid));
        }
    }

    fn update_status(&mut self) {
        let mut status = DaemonSetStatus {
            observed_generation: self.set.metadata.generation,
            desired_number_scheduled: self.desired(),
            collision_count: self.set.status.as_ref().and_then(|status| status.collision_count),
            conditions: self.set.status.as_ref().and_then(|status| status.conditions.clone()),
            ..DaemonSetStatus::default()
        };
        let (mut available, mut updated) = (0, 0);
        for at in 0..self.nodes.len() {
            let (node, place) = self.nodes[at];
            let pods = self.pods.get(node.name());
            let Some(pod) = pods.and_then(|pods| pods.first()).cloned() else { continue };
            match place {
                Place::Stays | Place::Leaves => status.number_misscheduled += 1,
                Place::Runs => {
                    status.current_number_scheduled += 1;
                    if ready_since(&pod).is_some() {
                        status.number_ready += 1;
                        available += i32::from(self.is_available(&pod));
                    }
                    updated += i32::from(self.is_updated(&pod));
                }
            }
        }
        status.number_available = count(available);
        status.number_unavailable = count(status.desired_number_scheduled - available);
        status.updated_number_scheduled = count(updated);
        if self.set.status.as_ref() != Some(&status) {
            self.plan.send(Request::UpdateStatus(DaemonSet { status: Some(status), ..self.set.clone() }.into()));
        }
    }
}

/// Whether a change of a node concerns a DaemonSet.
pub(crate) fn cares(set: &DaemonSet, before: Option<&Node>, after: Option<&Node>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => place(before, set) != place(after, set),
        (None, Some(after)) => place(after, set) == Place::Runs,
        (_, None) => false,
    }
}
