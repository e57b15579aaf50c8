//! How far Pods came in a run, and which of them are stuck.
//!
//! Pods are judged by what was pasted: a Pod of its own, or the workload whose controllers made it, which is as well as its worst Pod.

use std::sync::Arc;
use std::vec::IntoIter;

use podlapse_core::why::{Fact, Rule};
use podlapse_core::{Actor, Simulation};
use podlapse_model::api::core::v1::{ContainerStatus, Pod};
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime, SortedMap, is_pod_ready};

/// How far a Pod came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// The API server did not let it in.
    Nothing,
    /// It has no node.
    Created,
    /// It has a node.
    Scheduled,
    /// Its containers have run, but it is not ready, or does not stay so.
    Started,
    /// It is ready and stays so, or has done its work.
    Well,
}

/// How far what was pasted came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The stage of the worst Pod.
    pub reached: Reached,
    /// When the last Pod came there.
    pub at: SimTime,
    /// How many Pods are well.
    pub well: usize,
    /// Whether all of them have done their work.
    pub is_completed: bool,
    /// The worst Pod, if there is any.
    pub pod: Option<ObjectKey>,
}

/// What was pasted and does not come to be ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// A Pod, or a workload.
    pub root: ObjectKey,
    /// How far it came.
    pub health: Health,
    /// Its Pods.
    pub pods: Vec<ObjectKey>,
}

/// Pods as young as this at the end of a run have not had their time.
const YOUNG: SimDuration = SimDuration::from_secs(10);

/// An object through a run.
struct Life<'a> {
    object: &'a Object,
    is_gone: bool,
    created: SimTime,
    scheduled: Option<SimTime>,
    started: Option<SimTime>,
    ready: Option<SimTime>,
    restarts: i64,
    /// When it was last restarted, and how long it had run before.
    restarted: Option<(SimTime, SimDuration)>,
}

/// All objects through a run.
pub(crate) struct Lives<'a> {
    lives: SortedMap<&'a ObjectKey, Life<'a>>,
    /// When a probe failed, if that is its last result, by node, container and kind.
    failed_probes: SortedMap<[Arc<str>; 3], SimTime>,
    /// The Pods at the end, by what was pasted.
    members: SortedMap<ObjectKey, Vec<&'a ObjectKey>>,
    end: SimTime,
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    status
        .into_iter()
        .flat_map(|status| status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten()))
}

fn restarts(pod: &Pod) -> i64 {
    statuses(pod).map(|status| i64::from(status.restart_count)).sum()
}

pub(crate) fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

impl<'a> Life<'a> {
    fn new(object: &'a Object, created: SimTime) -> Life<'a> {
        let (scheduled, started, ready) = (None, None, None);
        Life { object, is_gone: false, created, scheduled, started, ready, restarts: 0, restarted: None }
    }

    fn saw(&mut self, pod: &Pod, at: SimTime) {
        let has_node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).is_some_and(|node| !node.is_empty());
        let has_run = phase(pod) == "Running" || statuses(pod).any(|status| status.started == Some(true));
        self.scheduled = self.scheduled.or(has_node.then_some(at));
        self.started = self.started.or((has_run || phase(pod) == "Succeeded").then_some(at));
        self.ready = self.ready.or((is_pod_ready(pod) || phase(pod) == "Succeeded").then_some(at));
        let restarts = restarts(pod);
        if self.restarts < restarts {
            let since = self.restarted.map_or(self.started.unwrap_or(self.created), |(at, _)| at);
            (self.restarts, self.restarted) = (restarts, Some((at, at.since(since))));
        }
    }

    /// `fails`: whether one of its probes fails at the end. What has run longer than before its last restart is over it.
    fn reached(&self, pod: &Pod, fails: bool, end: SimTime) -> (Reached, SimTime) {
        let has_settled = self.restarted.is_none_or(|(at, before)| at + before < end);
        let is_steady = is_pod_ready(pod) && has_settled && !fails;
        match (self.ready, self.started, self.scheduled) {
            (Some(at), _, _) if is_steady || phase(pod) == "Succeeded" => (Reached::Well, at),
            (_, Some(at), _) => (Reached::Started, at),
            (_, None, Some(at)) => (Reached::Scheduled, at),
            (_, None, None) => (Reached::Created, self.created),
        }
    }
}

impl<'a> Lives<'a> {
    pub(crate) fn new(run: &'a Simulation) -> Lives<'a> {
        let mut lives: SortedMap<&ObjectKey, Life<'_>> = SortedMap::new();
        for change in run.timeline().changes() {
            let life = lives.entry(&change.key).or_insert_with(|| Life::new(change.object(), change.at));
            life.is_gone = change.after.is_none();
            life.object = change.object();
            if let Some(Object::Pod(pod)) = &change.after {
                life.saw(pod, change.at);
            }
        }
        let mut failed_probes = SortedMap::new();
        for step in run.timeline().steps() {
            let Actor::Kubelet(node) = &step.actor else { continue };
            for why in &step.why {
                let [Fact::Container(name), Fact::Word(kind), ..] = why.facts.as_slice() else { continue };
                let probe = [node.clone(), name.clone(), kind.clone()];
                if why.rule == Rule::ProbeFailed {
                    failed_probes.insert(probe, step.at);
                } else if why.rule == Rule::ProbeSucceeded {
                    failed_probes.remove(&probe);
                }
            }
        }
        let mut all = Lives { lives, failed_probes, members: SortedMap::new(), end: run.computed_to() };
        let pods: Vec<&ObjectKey> =
            all.lives.iter().filter(|(key, life)| key.kind == Kind::Pod && !life.is_gone).map(|(key, _)| *key).collect();
        for key in pods {
            let root = all.root(key);
            all.members.entry(root).or_default().push(key);
        }
        all
    }

    /// Whether a probe of a Pod that was ready fails at the end.
    fn fails(&self, pod: &Pod, ready: Option<SimTime>) -> bool {
        let spec = pod.spec.as_ref();
        let node = spec.and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
        let names: Vec<&str> =
            spec.into_iter().flat_map(|spec| &spec.containers).map(|container| container.name.as_str()).collect();
        let mut failed = self.failed_probes.iter();
        failed.any(|([there, name, _], at)| **there == *node && names.contains(&&**name) && ready < Some(*at))
    }

    /// What was pasted of which an object is a part.
    pub(crate) fn root(&self, key: &ObjectKey) -> ObjectKey {
        let mut root = key.clone();
        while let Some(life) = self.lives.get(&&root) {
            let owners = life.object.metadata().owner_references.as_deref().unwrap_or_default();
            let Some(owner) = owners.iter().find(|owner| owner.controller == Some(true)) else { break };
            let Some(kind) = Kind::find(&owner.api_version, &owner.kind) else { break };
            let above = ObjectKey::new(kind, root.namespace.as_str(), &owner.name);
            if !self.lives.contains_key(&&above) {
                break;
            }
            root = above;
        }
        root
    }

    /// An object as it was last seen.
    pub(crate) fn object(&self, key: &ObjectKey) -> Option<&'a Object> {
        self.lives.get(&key).map(|life| life.object)
    }

    /// The objects of a kind at the end.
    pub(crate) fn list(&self, kind: Kind) -> IntoIter<&'a Object> {
        let there = self.lives.iter().filter(|(key, life)| key.kind == kind && !life.is_gone);
        there.map(|(_, life)| life.object).collect::<Vec<_>>().into_iter()
    }

    /// The Pods at the end that are a part of something.
    pub(crate) fn pods<'s>(&'s self, root: &ObjectKey) -> impl Iterator<Item = (&'a ObjectKey, &'a Pod)> + use<'s, 'a> {
        self.members(root).map(|(key, pod, _)| (key, pod))
    }

    fn members<'s>(&'s self, root: &ObjectKey) -> impl Iterator<Item = (&'a ObjectKey, &'a Pod, &'s Life<'a>)> + use<'s, 'a> {
        let members = self.members.get(root).into_iter().flatten();
        members.filter_map(|key| {
            let life = self.lives.get(key)?;
            Some((*key, life.object.typed::<Pod>()?, life))
        })
    }

    /// How far something came; `None` where that cannot be said, as of what was deleted.
    pub(crate) fn health(&self, root: &ObjectKey) -> Option<Health> {
        let mut worst = Health { reached: Reached::Well, at: SimTime::ZERO, well: 0, is_completed: true, pod: None };
        let Some(life) = self.lives.get(&root) else { return Some(Health { reached: Reached::Nothing, ..worst }) };
        if life.is_gone || life.object.metadata().deletion_timestamp.is_some() || is_complete(life.object) {
            return None;
        }
        let is_replaced = matches!(root.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet);
        let mut count = 0;
        for (key, pod, life) in self.members(root) {
            let is_young = self.end < life.created + YOUNG && SimTime::ZERO + YOUNG + YOUNG < self.end;
            if is_replaced && phase(pod) == "Failed" {
                continue;
            }
            count += 1;
            if pod.metadata.deletion_timestamp.is_some() || is_young {
                continue;
            }
            let (reached, at) = life.reached(pod, self.fails(pod, life.ready), self.end);
            worst.well += usize::from(reached == Reached::Well);
            worst.is_completed &= phase(pod) == "Succeeded";
            if worst.pod.is_none() || (reached, worst.at) < (worst.reached, at) {
                worst = Health { reached, at, pod: Some(key.clone()), ..worst };
            }
        }
        if worst.reached == Reached::Well && count < wanted(life.object) {
            (worst.reached, worst.is_completed) = (Reached::Nothing, false);
        }
        (0 < count || worst.reached == Reached::Nothing).then_some(worst)
    }
}

fn is_complete(root: &Object) -> bool {
    let Object::Job(job) = root else { return false };
    let conditions = job.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Complete" && condition.status == "True")
}

/// How many Pods a workload asks for at least.
fn wanted(root: &Object) -> usize {
    if !matches!(root.kind(), Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController | Kind::StatefulSet) {
        return 0;
    }
    let replicas = root.part(&["spec", "replicas"]).and_then(|value| value.as_i64());
    usize::try_from(replicas.unwrap_or(1)).unwrap_or_default()
}

/// Everything pasted that is stuck at the end of a run, in the order of the texts.
///
/// ```
/// # use podlapse_advice::{Reached, Texts, patients};
/// let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: ngnix}]}\n";
/// let texts = Texts { workload: pod.to_owned(), ..Texts::default() };
/// let mut run = podlapse_kubectl::simulate("web", pod, None).value.unwrap();
/// run.run();
/// assert_eq!(patients(&run, &texts)[0].health.reached, Reached::Scheduled);
/// ```
pub fn patients(run: &Simulation, texts: &crate::Texts) -> Vec<Patient> {
    let lives = Lives::new(run);
    let documents = crate::causes::Documents::read(texts);
    let mut found: Vec<Patient> = Vec::new();
    for root in documents.roots() {
        let health = lives.health(&root).filter(|health| health.reached < Reached::Well);
        if let Some(health) = health.filter(|_| found.iter().all(|patient| patient.root != root)) {
            let pods = lives.pods(&root).map(|(key, _)| key.clone()).collect();
            found.push(Patient { root, health, pods });
        }
    }
    found
}
