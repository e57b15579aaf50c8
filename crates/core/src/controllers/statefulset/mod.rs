//! StatefulSets: Pods with names that stay, one after the other.
//!
//! Models `pkg/controller/statefulset/stateful_set_control.go` `updateStatefulSet`, `processReplica`, `processCondemned`,
//! `completeRollingUpdate` and `stateful_set_utils.go` `newVersionedStatefulSetPod` (v1.36). Claims are in `statefulset_claims`. Not
//! modelled: repairs of labels and volumes that somebody took from a Pod, and `maxUnavailable`, whose gate is off.

pub(crate) mod claims;

use std::sync::Arc;

use podlapse_model::api::apps::v1::{ControllerRevision, StatefulSet, StatefulSetSpec, StatefulSetStatus};
use podlapse_model::api::core::v1::{Pod, PodTemplateSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Selector};
use serde_json::Value;

use crate::controllers::owned::{
    available_at, claim_pods, is_over, phase, pod_from_template, pod_identity, ready_since, safe_encode,
};
use crate::controllers::revisions::{REVISION_LABEL, claim, current, template_of, truncate};
use crate::controllers::{Act, Plan, Told, View, count};
use crate::store::Request;

/// A set in the middle of a sync.
#[derive(Debug)]
pub(crate) struct Sync<'a> {
    pub(crate) set: &'a StatefulSet,
    pub(crate) spec: &'a StatefulSetSpec,
    pub(crate) view: View<'a>,
    update: String,
    known: Vec<Arc<ControllerRevision>>,
    status: StatefulSetStatus,
    pub(crate) plan: Plan,
}

/// Whether a set goes on with its other Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    Wait,
}

/// What a StatefulSet needs.
pub(crate) fn sync(set: &Arc<StatefulSet>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &set.spec else { return plan };
    let selector = Selector::of_label_selector(Some(&spec.selector)).unwrap_or(Selector::nothing());
    let pods = claim_pods(Kind::StatefulSet, &set.metadata, &selector, view, &mut plan);
    let known = claim(Kind::StatefulSet, &set.metadata, &selector, view, &mut plan);
    let update = update_revision(set, spec, &known, &mut plan);
    let before = set.status.clone().unwrap_or_default();
    let status = StatefulSetStatus {
        observed_generation: set.metadata.generation,
        current_revision: Some(before.current_revision.filter(|name| !name.is_empty()).unwrap_or_else(|| update.clone())),
        update_revision: Some(update.clone()),
        collision_count: Some(0),
        available_replicas: Some(0),
        conditions: before.conditions,
        ..StatefulSetStatus::default()
    };
    let mut sync = Sync { set, spec, view, update, known, status, plan };
    for pod in &pods {
        sync.add_to_status(pod);
    }
    if set.metadata.deletion_timestamp.is_none() {
        sync.act(&pods);
    }
    sync.complete_rolling_update();
    let used: Vec<&str> = pods.iter().filter_map(|pod| revision_of(pod)).collect();
    let status = sync.status;
    let is_live = |name: &str| {
        let is_named = |revision: &Option<String>| revision.as_deref() == Some(name);
        is_named(&status.current_revision) || is_named(&status.update_revision) || used.contains(&name)
    };
    let mut plan = sync.plan;
    truncate(&sync.known, spec.revision_history_limit, is_live, &mut plan);
    if set.status.as_ref() != Some(&status) {
        plan.send(Request::UpdateStatus(StatefulSet { status: Some(status), ..StatefulSet::clone(set) }.into()));
    }
    plan
}

/// The name of the revision of the template as it is now.
fn update_revision(set: &StatefulSet, spec: &StatefulSetSpec, known: &[Arc<ControllerRevision>], plan: &mut Plan) -> String {
    let new = |patch: &Value| {
        let hash = safe_encode(hash(patch));
        let name = format!("{}-{hash}", set.name());
        let mut labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
        labels.insert("controller.kubernetes.io/hash".to_owned(), hash);
        (name, ObjectMeta { labels: Some(labels), ..ObjectMeta::default() })
    };
    let revision = current(Kind::StatefulSet, &set.metadata, &spec.template, known, new, plan);
    revision.name().to_owned()
}

/// The FNV-1 hash of a patch as Go writes it, and of the number of collisions, of which there are none
/// (`HashControllerRevision`).
fn hash(patch: &Value) -> u32 {
    let text = patch.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    text.bytes().chain(*b"0").fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte))
}

fn revision_of(pod: &Pod) -> Option<&str> {
    pod.label(REVISION_LABEL)
}

fn is_going(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

fn is_running_and_ready(pod: &Pod) -> bool {
    phase(pod) == "Running" && ready_since(pod).is_some()
}

fn add(count: &mut Option<i32>, by: i32) {
    *count = Some(count.unwrap_or(0) + by).filter(|count| *count != 0);
}

/// The number at the end of the name of a set's Pod.
pub(crate) fn ordinal(set: &ObjectMeta, pod: &Pod) -> Option<i32> {
    let rest = pod.metadata.name.as_deref()?.strip_prefix(set.name.as_deref()?)?;
    let digits = rest.strip_prefix('-')?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

impl Sync<'_> {
    fn add_to_status(&mut self, pod: &Pod) {
        self.status.replicas += 1;
        if is_running_and_ready(pod) {
            add(&mut self.status.ready_replicas, 1);
            if self.is_available(pod) {
                self.status.available_replicas = Some(self.status.available_replicas.unwrap_or(0) + 1);
            }
        }
        if !is_going(pod) {
            let revision = revision_of(pod);
            if revision == self.status.current_revision.as_deref() {
                add(&mut self.status.current_replicas, 1);
            }
            if revision == Some(self.update.as_str()) {
                add(&mut self.status.updated_replicas, 1);
            }
        }
    }

    fn is_available(&mut self, pod: &Pod) -> bool {
        let at = available_at(pod, self.spec.min_ready_seconds.unwrap_or(0), self.view.wall);
        self.plan.requeue(at.filter(|at| self.view.now < *at));
        is_running_and_ready(pod) && at.is_some_and(|at| at <= self.view.now)
    }

    fn is_monotonic(&self) -> bool {
        self.spec.pod_management_policy.as_deref() != Some("Parallel")
    }

    fn act(&mut self, pods: &[Arc<Pod>]) {
        let is_monotonic = self.is_monotonic();
        let start = self.spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
        let end = start.saturating_add(self.spec.replicas.unwrap_or(1));
        let mut present: Vec<(i32, &Arc<Pod>)> =
            pods.iter().filter_map(|pod| Some((ordinal(&self.set.metadata, pod)?, pod))).collect();
        podlapse_model::sort_by_key(&mut present, |(ordinal, _)| *ordinal);
        let find = |ordinal: i32| present.iter().find(|(at, _)| *at == ordinal).map(|(_, pod)| *pod);
        let (wanted, mut condemned): (Vec<_>, Vec<_>) =
            present.iter().copied().partition(|(ordinal, _)| start <= *ordinal && *ordinal < end);
        let is_unavailable = |sync: &mut Self, pod: &Pod| is_going(pod) || !sync.is_available(pod);
        // A replica that is missing is the first unavailable one as well.
        let is_any_missing = i32::try_from(wanted.len()).is_ok_and(|count| count < end - start);
        let is_any_wanted_unavailable = is_any_missing || wanted.iter().any(|(_, pod)| is_unavailable(self, pod));
        let first_unavailable = condemned.iter().find(|(_, pod)| is_unavailable(self, pod)).map(|(ordinal, _)| *ordinal);
        for ordinal in start..end {
            let next = match find(ordinal) {
                Some(pod) => self.process_replica(ordinal, pod),
                None => self.create(ordinal, start),
            };
            if is_monotonic && next == Next::Wait {
                return;
            }
        }
        condemned.reverse();
        for (ordinal, pod) in &condemned {
            claims::update(self, *ordinal, Some(pod));
        }
        for (ordinal, pod) in condemned {
            let is_first = !is_any_wanted_unavailable && first_unavailable == Some(ordinal);
            if !is_going(pod) {
                if is_monotonic && !is_first && !self.is_available(pod) {
                    return;
                }
                self.delete(pod);
            }
            if is_monotonic {
                return;
            }
        }
        self.roll(&find, start, end);
    }

    fn process_replica(&mut self, ordinal: i32, pod: &Arc<Pod>) -> Next {
        if is_over(pod) {
            // Its successor comes once it has left the API.
            if !is_going(pod) {
                self.delete(pod);
            }
            return Next::Wait;
        }
        if phase(pod) == "Pending" {
            claims::create(self, ordinal, None);
        }
        if self.is_monotonic() && (is_going(pod) || !self.is_available(pod)) {
            return Next::Wait;
        }
        claims::update(self, ordinal, None);
        Next::GoOn
    }

    /// Replaces one Pod of another revision, the last first.
    fn roll<'p>(&mut self, find: &dyn Fn(i32) -> Option<&'p Arc<Pod>>, start: i32, end: i32) {
        let strategy = self.spec.update_strategy.as_ref();
        if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
            return;
        }
        let first = start.saturating_add(self.partition().unwrap_or(0).max(0));
        for ordinal in (first..end).rev() {
            // A Pod that is not there has just been asked for.
            let Some(pod) = find(ordinal) else { return };
            if revision_of(pod) != Some(self.update.as_str()) && !is_going(pod) {
                self.delete(pod);
                add(&mut self.status.current_replicas, -1);
                return;
            }
            if is_going(pod) || !self.is_available(pod) {
                return;
            }
        }
    }

    fn partition(&self) -> Option<i32> {
        self.spec.update_strategy.as_ref()?.rolling_update.as_ref()?.partition
    }

    fn create(&mut self, ordinal: i32, start: i32) -> Next {
        let name = format!("{}-{ordinal}", self.set.name());
        if claims::are_stale(self, ordinal, &name) {
            return Next::Wait;
        }
        let current = self.status.current_revision.clone().unwrap_or_default();
        let is_rolling = self.spec.update_strategy.as_ref().is_none_or(|strategy| strategy.type_.as_deref() != Some("OnDelete"));
        let has_bounds = self.spec.update_strategy.as_ref().is_some_and(|strategy| strategy.rolling_update.is_some());
        let kept = if has_bounds { self.partition() } else { self.status.current_replicas }.unwrap_or(0);
        let revision = if is_rolling && ordinal < start.saturating_add(kept) { current } else { self.update.clone() };
        let template = self.template(&revision);
        let mut pod = pod_from_template(Kind::StatefulSet, &self.set.metadata, &template);
        pod.metadata.name = Some(name.clone());
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), name.clone());
        labels.insert("apps.kubernetes.io/pod-index".to_owned(), ordinal.to_string());
        labels.insert(REVISION_LABEL.to_owned(), revision);
        let spec = pod.spec.get_or_insert_default();
        spec.hostname = Some(name.clone());
        spec.subdomain = self.spec.service_name.clone().filter(|name| !name.is_empty());
        claims::mount(self.set, self.spec, ordinal, spec);
        if claims::create(self, ordinal, Some(&name)) {
            self.ask(Request::Create(pod.into()), "SuccessfulCreate", "FailedCreate", "Create", &name);
        }
        Next::Wait
    }

    /// The template of a revision; that of now where the revision is not known.
    fn template(&self, revision: &str) -> PodTemplateSpec {
        let known = self.known.iter().find(|known| known.metadata.name.as_deref() == Some(revision));
        known.and_then(|known| template_of(known)).unwrap_or_else(|| self.spec.template.clone())
    }

    fn delete(&mut self, pod: &Arc<Pod>) {
        let (key, uid) = pod_identity(pod);
        let name = key.name.to_string();
        self.ask(Request::delete(key, uid), "SuccessfulDelete", "FailedDelete", "Delete", &name);
    }

    fn ask(&mut self, request: Request, done: &'static str, refused: &'static str, verb: &str, pod: &str) {
        let set = self.set.name();
        let done = Told::normal(done, format!("{verb} Pod {pod} in StatefulSet {set} successful"));
        let refused = Told::warning(refused, format!("{verb} Pod {pod} in StatefulSet {set} failed error: "));
        self.plan.acts.push(Act::SendAndTell(Box::new(request), done, Some(refused)));
    }

    /// Once every Pod has the new revision, it is the current one.
    fn complete_rolling_update(&mut self) {
        let strategy = self.spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref());
        let status = &mut self.status;
        let wanted = self.spec.replicas.unwrap_or(1);
        let is_full = |count: Option<i32>| count.unwrap_or(0) == wanted;
        if strategy != Some("OnDelete")
            && status.replicas == wanted
            && is_full(status.updated_replicas)
            && is_full(status.ready_replicas)
        {
            status.current_replicas = count(status.updated_replicas.unwrap_or(0));
            status.current_revision.clone_from(&status.update_revision);
        }
    }
}
