//! StatefulSets: Pods with names that stay, one after the other.
//!
//! Models `pkg/controller/statefulset/stateful_set_control.go` `UpdateStatefulSet`, `updateStatefulSet`, `completeRollingUpdate` and
//! `stateful_set_utils.go` `newVersionedStatefulSetPod` (v1.36). Not modelled: claims of volume claim templates, the history limit of
//! revisions, `maxUnavailable`.

use std::sync::Arc;

use podlapse_model::api::apps::v1::{ControllerRevision, StatefulSet, StatefulSetSpec, StatefulSetStatus};
use podlapse_model::api::core::v1::{Pod, PodTemplateSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::apimachinery::pkg::runtime::RawExtension;
use podlapse_model::{Kind, Object, Selector};
use serde_json::Value;

use super::owned::{
    available_at, claim_pods, controller_reference, is_controlled_by, is_over, phase, pod_from_template, pod_identity,
    ready_since, safe_encode,
};
use super::{Act, Plan, View, count};
use crate::events::EventType;
use crate::store::Request;

const REVISION_LABEL: &str = "controller-revision-hash";

/// A set in the middle of a sync.
struct Sync<'a> {
    set: &'a StatefulSet,
    spec: &'a StatefulSetSpec,
    view: View<'a>,
    update: String,
    status: StatefulSetStatus,
    plan: Plan,
}

/// What a StatefulSet needs.
pub(crate) fn sync(set: &Arc<StatefulSet>, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    let Some(spec) = &set.spec else { return plan };
    let selector = Selector::of_label_selector(Some(&spec.selector)).unwrap_or(Selector::nothing());
    let pods = claim_pods(Kind::StatefulSet, &set.metadata, &selector, view, &mut plan);
    if set.metadata.deletion_timestamp.is_some() {
        return plan;
    }
    let update = update_revision(set, spec, view, &mut plan);
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
    let mut sync = Sync { set, spec, view, update, status, plan };
    for pod in &pods {
        sync.add_to_status(pod);
    }
    sync.act(&pods);
    sync.complete_rolling_update();
    let status = sync.status;
    let mut plan = sync.plan;
    if set.status.as_ref() != Some(&status) {
        plan.send(Request::UpdateStatus(StatefulSet { status: Some(status), ..StatefulSet::clone(set) }.into()));
    }
    plan
}

/// The name of the revision of the template as it is now, which is recorded where it is new.
fn update_revision(set: &StatefulSet, spec: &StatefulSetSpec, view: View<'_>, plan: &mut Plan) -> String {
    let patch = patch(&spec.template);
    let name = format!("{}-{}", set.metadata.name.as_deref().unwrap_or_default(), safe_encode(hash(&patch)));
    let known: Vec<Arc<ControllerRevision>> = revisions(set, view);
    let last = known.iter().map(|revision| revision.revision).max().unwrap_or(0);
    match known.iter().find(|revision| revision.metadata.name.as_deref() == Some(name.as_str())) {
        Some(revision) if revision.revision == last => {}
        Some(revision) => {
            let revision = ControllerRevision { revision: last + 1, ..ControllerRevision::clone(revision) };
            plan.send(Request::Update(revision.into()));
        }
        None => {
            let metadata = ObjectMeta {
                name: Some(name.clone()),
                namespace: set.metadata.namespace.clone(),
                labels: spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()),
                owner_references: Some(vec![controller_reference(Kind::StatefulSet, &set.metadata)]),
                ..ObjectMeta::default()
            };
            let data = Some(RawExtension(patch));
            plan.send(Request::Create(ControllerRevision { metadata, data, revision: last + 1 }.into()));
        }
    }
    name
}

/// What a revision holds: the patch that brings its template back (`getPatch`).
fn patch(template: &PodTemplateSpec) -> Value {
    let mut template = podlapse_model::to_json(template);
    if let Some(fields) = template.as_object_mut() {
        fields.insert("$patch".to_owned(), "replace".into());
    }
    serde_json::json!({ "spec": { "template": template } })
}

/// The FNV-1 hash of a patch as Go writes it, and of the number of collisions, of which there are none
/// (`HashControllerRevision`).
fn hash(patch: &Value) -> u32 {
    let text = patch.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    text.bytes().chain(*b"0").fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte))
}

fn revisions(set: &StatefulSet, view: View<'_>) -> Vec<Arc<ControllerRevision>> {
    let as_revision =
        |object: &Object| if let Object::ControllerRevision(revision) = object { Some(revision.clone()) } else { None };
    let all = view.store.list(Kind::ControllerRevision).filter_map(as_revision);
    all.filter(|revision| is_controlled_by(&revision.metadata, &set.metadata)).collect()
}

fn revision_of(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(REVISION_LABEL).map(String::as_str)
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
            self.count_revision(revision_of(pod), 1);
        }
    }

    fn count_revision(&mut self, revision: Option<&str>, by: i32) {
        if revision == self.status.current_revision.as_deref() {
            add(&mut self.status.current_replicas, by);
        }
        if revision == Some(self.update.as_str()) {
            add(&mut self.status.updated_replicas, by);
        }
    }

    fn is_available(&mut self, pod: &Pod) -> bool {
        let at = available_at(pod, self.spec.min_ready_seconds.unwrap_or(0), self.view.wall);
        self.plan.requeue(at.filter(|at| self.view.now < *at));
        is_running_and_ready(pod) && at.is_some_and(|at| at <= self.view.now)
    }

    fn ordinal(&self, pod: &Pod) -> Option<i32> {
        let rest = pod.metadata.name.as_deref()?.strip_prefix(self.set.metadata.name.as_deref()?)?;
        rest.strip_prefix('-')?.parse().ok()
    }

    fn act(&mut self, pods: &[Arc<Pod>]) {
        let is_monotonic = self.spec.pod_management_policy.as_deref() != Some("Parallel");
        let start = self.spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
        let end = start.saturating_add(self.spec.replicas.unwrap_or(1));
        let mut present: Vec<(i32, &Arc<Pod>)> = pods.iter().filter_map(|pod| Some((self.ordinal(pod)?, pod))).collect();
        present.sort_by_key(|(ordinal, _)| *ordinal);
        let is_wanted = |ordinal: i32| start <= ordinal && ordinal < end;
        let healthy = |pod: &Pod| is_running_and_ready(pod) && !is_going(pod);
        let by_place = |(ordinal, _): &&(i32, &Arc<Pod>)| (!is_wanted(*ordinal), *ordinal);
        let first_unhealthy = present.iter().filter(|(_, pod)| !healthy(pod)).min_by_key(by_place).map(|(ordinal, _)| *ordinal);
        let is_first_missing = (start..end).find(|ordinal| !present.iter().any(|(at, _)| at == ordinal));
        for ordinal in start..end {
            let Some((_, pod)) = present.iter().find(|(at, _)| *at == ordinal) else {
                self.create(ordinal, start);
                if is_monotonic {
                    return;
                }
                continue;
            };
            if is_over(pod) && !is_going(pod) {
                self.delete(pod);
                if is_monotonic {
                    return;
                }
                continue;
            }
            if is_monotonic && (is_going(pod) || !is_running_and_ready(pod) || !self.is_available(pod)) {
                return;
            }
        }
        for (ordinal, pod) in present.iter().rev().filter(|(ordinal, _)| !is_wanted(*ordinal)) {
            if is_going(pod) {
                if is_monotonic {
                    return;
                }
                continue;
            }
            let is_first = is_first_missing.is_none() && first_unhealthy == Some(*ordinal);
            if is_monotonic && !is_running_and_ready(pod) && !is_first {
                return;
            }
            self.delete(pod);
            if is_monotonic {
                return;
            }
        }
        self.roll(&present, start, end);
    }

    /// Replaces one Pod of another revision, the last first.
    fn roll(&mut self, present: &[(i32, &Arc<Pod>)], start: i32, end: i32) {
        let strategy = self.spec.update_strategy.as_ref();
        if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
            return;
        }
        let first = start.max(start.saturating_add(self.partition().unwrap_or(0)));
        for (_, pod) in present.iter().rev().filter(|(ordinal, _)| first <= *ordinal && *ordinal < end) {
            if revision_of(pod) != Some(self.update.as_str()) && !is_going(pod) {
                self.delete(pod);
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

    fn create(&mut self, ordinal: i32, start: i32) {
        let current = self.status.current_revision.clone().unwrap_or_default();
        let is_rolling = self.spec.update_strategy.as_ref().is_none_or(|strategy| strategy.type_.as_deref() != Some("OnDelete"));
        let has_bounds = self.spec.update_strategy.as_ref().is_some_and(|strategy| strategy.rolling_update.is_some());
        let kept = if has_bounds { self.partition() } else { self.status.current_replicas }.unwrap_or(0);
        let revision = if is_rolling && ordinal < start.saturating_add(kept) { current } else { self.update.clone() };
        let template = self.template(&revision);
        let name = format!("{}-{ordinal}", self.set.metadata.name.as_deref().unwrap_or_default());
        let mut pod = pod_from_template(Kind::StatefulSet, &self.set.metadata, &template);
        pod.metadata.name = Some(name.clone());
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), name.clone());
        labels.insert("apps.kubernetes.io/pod-index".to_owned(), ordinal.to_string());
        labels.insert(REVISION_LABEL.to_owned(), revision.clone());
        let spec = pod.spec.get_or_insert_default();
        spec.hostname = Some(name.clone());
        spec.subdomain = self.spec.service_name.clone().filter(|name| !name.is_empty());
        self.status.replicas += 1;
        self.count_revision(Some(&revision), 1);
        self.ask(Request::Create(pod.into()), "SuccessfulCreate", "Create", &name);
    }

    /// The template of a revision; that of now where the revision is not known.
    fn template(&self, revision: &str) -> PodTemplateSpec {
        let known = revisions(self.set, self.view).into_iter().find(|known| known.metadata.name.as_deref() == Some(revision));
        let data = known.and_then(|known| known.data.as_ref()?.0.pointer("/spec/template").cloned());
        data.and_then(|data| podlapse_model::from_json(data).ok()).unwrap_or_else(|| self.spec.template.clone())
    }

    fn delete(&mut self, pod: &Arc<Pod>) {
        let (key, uid) = pod_identity(pod);
        let name = key.name.to_string();
        self.count_revision(revision_of(pod), -1);
        self.ask(Request::Delete { key, uid: Some(uid), grace_seconds: None }, "SuccessfulDelete", "Delete", &name);
    }

    fn ask(&mut self, request: Request, reason: &'static str, verb: &str, pod: &str) {
        let set = self.set.metadata.name.as_deref().unwrap_or_default();
        let message = format!("{verb} Pod {pod} in StatefulSet {set} successful");
        self.plan.acts.push(Act::SendAndTell(Box::new(request), EventType::Normal, reason, message));
    }

    /// Once every Pod has the new revision, it is the current one.
    fn complete_rolling_update(&mut self) {
        let status = &mut self.status;
        let is_full = |count: Option<i32>| count.unwrap_or(0) == status.replicas;
        if is_full(status.updated_replicas) && is_full(status.ready_replicas) {
            status.current_replicas = count(status.updated_replicas.unwrap_or(0));
            status.current_revision.clone_from(&status.update_revision);
        }
    }
}
