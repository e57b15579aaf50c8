//! Deployments: one ReplicaSet for each template, of which the newest takes over.
//!
//! Models `pkg/controller/deployment/deployment_controller.go` `syncDeployment` and `sync.go` `getNewReplicaSet`, `isScalingEvent`,
//! `scale`, `cleanupDeployment` (v1.36). Not modelled: the long deprecated rollback annotation, collisions of template hashes.

pub(crate) mod rollout;
pub(crate) mod status;

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_manifest::template_hash;
use podlapse_model::api::apps::v1::{Deployment, DeploymentSpec, ReplicaSet, ReplicaSetSpec};
use podlapse_model::api::core::v1::PodTemplateSpec;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, Uid};

use self::status::{progressing, set_condition, sync_status};
use crate::controllers::owned::{controller_reference, scaled};
use crate::controllers::replicaset::claim_sets;
use crate::controllers::{Plan, View};
use crate::events::EventType;
use crate::store::Request;

pub(crate) const HASH_LABEL: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// What a ReplicaSet does not take over from the annotations of its Deployment.
const OWN_ANNOTATIONS: [&str; 5] = [LAST_APPLIED, REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS];

/// A Deployment in the middle of a sync: the plan so far and the objects as they will be once it is carried out.
#[derive(Debug)]
pub(crate) struct Rollout<'a> {
    pub(crate) deployment: Deployment,
    pub(crate) view: View<'a>,
    pub(crate) new: Option<ReplicaSet>,
    pub(crate) old: Vec<ReplicaSet>,
    pub(crate) plan: Plan,
}

/// What a Deployment needs.
pub(crate) fn sync(deployment: &Arc<Deployment>, view: View<'_>) -> Plan {
    let mut rollout = Rollout::new(deployment, view);
    let is_paused = rollout.spec().paused.unwrap_or(false);
    if deployment.metadata.deletion_timestamp.is_some() {
        sync_status(&mut rollout, false);
        return rollout.plan;
    }
    rollout.check_paused_conditions();
    if is_paused || rollout.is_scaling_event() {
        rollout.find_new_replica_set(false);
        rollout.scale();
        if is_paused {
            rollout.cleanup();
        }
        sync_status(&mut rollout, false);
        return rollout.plan;
    }
    if rollout.is_rolling() {
        rollout::rolling(&mut rollout);
    } else {
        rollout::recreate(&mut rollout);
    }
    sync_status(&mut rollout, true);
    rollout.plan
}

/// How many Pods a set asks for.
pub(crate) fn replicas(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// How many Pods of a set are available.
pub(crate) fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

impl<'a> Rollout<'a> {
    fn new(deployment: &Arc<Deployment>, view: View<'a>) -> Self {
        let mut plan = Plan::default();
        let selector = deployment.spec.as_ref().map(|spec| &spec.selector);
        let mut sets = claim_sets(&deployment.metadata, selector, view, &mut plan);
        // The oldest first, as the set that is found for a template has to be the same one each time.
        podlapse_model::sort_by_key(&mut sets, |set| {
            (set.metadata.creation_timestamp.as_ref().map(|time| time.0), set.metadata.name.clone())
        });
        let template = deployment.spec.as_ref().map(|spec| &spec.template);
        let at = sets.iter().position(|set| {
            let own = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
            own.zip(template).is_some_and(|(own, template)| is_equal_ignoring_hash(own, template))
        });
        let new = at.map(|at| sets.remove(at));
        Rollout { deployment: Deployment::clone(deployment), view, new, old: sets, plan }
    }

    pub(crate) fn spec(&self) -> &DeploymentSpec {
        self.deployment.spec.as_ref().expect("the API server refuses a Deployment without a spec")
    }

    pub(crate) fn wanted(&self) -> i32 {
        self.spec().replicas.unwrap_or(1)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &ReplicaSet> {
        self.old.iter().chain(&self.new)
    }

    fn is_rolling(&self) -> bool {
        self.spec().strategy.as_ref().is_none_or(|strategy| strategy.type_.as_deref() != Some("Recreate"))
    }

    /// `MaxSurge` and `MaxUnavailable`, of which not both can be zero (`ResolveFenceposts`).
    fn fenceposts(&self) -> (i32, i32) {
        let update = self.spec().strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        let wanted = self.wanted();
        let surge = scaled(update.and_then(|update| update.max_surge.as_ref()), wanted, true);
        let unavailable = scaled(update.and_then(|update| update.max_unavailable.as_ref()), wanted, false);
        (surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable })
    }

    fn max_surge(&self) -> i32 {
        if self.is_rolling() { self.fenceposts().0 } else { 0 }
    }

    pub(crate) fn max_unavailable(&self) -> i32 {
        let wanted = self.wanted();
        if self.is_rolling() && wanted != 0 { self.fenceposts().1.min(wanted) } else { 0 }
    }

    /// A paused Deployment makes no progress and is not late.
    fn check_paused_conditions(&mut self) {
        if self.spec().progress_deadline_seconds.is_none() {
            return;
        }
        let status = self.deployment.status.clone().unwrap_or_default();
        let current = progressing(&status);
        if current.is_some_and(|condition| condition.reason.as_deref() == Some("ProgressDeadlineExceeded")) {
            return;
        }
        let is_told = current.is_some_and(|condition| condition.reason.as_deref() == Some("DeploymentPaused"));
        match (self.spec().paused.unwrap_or(false), is_told) {
            (true, false) => self.progress("Unknown", "DeploymentPaused", "Deployment is paused".to_owned()),
            (false, true) => self.progress("Unknown", "DeploymentResumed", "Deployment is resumed".to_owned()),
            (true, true) | (false, false) => {}
        }
    }

    fn progress(&mut self, status: &str, reason: &str, message: String) {
        let now = self.view.wall.time(self.view.now);
        set_condition(self.deployment.status.get_or_insert_default(), "Progressing", status, reason, message, &now);
        self.plan.send(Request::UpdateStatus(self.deployment.clone().into()));
    }

    /// Whether the wanted number differs from the one that the sets were last scaled for.
    fn is_scaling_event(&self) -> bool {
        let wanted = self.wanted();
        let desired = |set: &ReplicaSet| set.annotation(DESIRED_REPLICAS)?.parse::<i32>().ok();
        self.all().filter(|set| replicas(set) > 0).any(|set| desired(set).is_some_and(|desired| desired != wanted))
    }

    /// Brings the set of the current template up to date; where there is none it is created, if that is wanted.
    pub(crate) fn find_new_replica_set(&mut self, creates: bool) {
        let revision = self.old.iter().filter_map(revision).max().unwrap_or(0) + 1;
        if let Some(mut set) = self.new.take() {
            let before = set.clone();
            self.annotate(&mut set.metadata, revision);
            let min_ready_seconds = self.spec().min_ready_seconds;
            set.spec.get_or_insert_default().min_ready_seconds = min_ready_seconds;
            if set != before {
                self.plan.send(Request::Update(set.clone().into()));
            }
            self.set_revision(&set.metadata);
            let has_condition = self.deployment.status.as_ref().is_some_and(|status| progressing(status).is_some());
            if self.spec().progress_deadline_seconds.is_some() && !has_condition {
                let name = set.name();
                self.progress("True", "FoundNewReplicaSet", format!("Found new replica set \"{name}\""));
            }
            self.new = Some(set);
            return;
        }
        if creates {
            self.create_new_replica_set(revision);
        }
    }

    fn create_new_replica_set(&mut self, revision: i64) {
        let collisions = self.deployment.status.as_ref().and_then(|status| status.collision_count);
        let hash = template_hash(&self.spec().template, collisions);
        let owner = &self.deployment.metadata;
        let name = format!("{}-{hash}", owner.name.as_deref().unwrap_or_default());
        let mut template = self.spec().template.clone();
        let with_hash = |labels: Option<BTreeMap<String, String>>| {
            let mut labels = labels.unwrap_or_default();
            labels.insert(HASH_LABEL.to_owned(), hash.clone());
            Some(labels)
        };
        let metadata = template.metadata.get_or_insert_default();
        metadata.labels = with_hash(metadata.labels.take());
        let labels = metadata.labels.clone();
        let mut selector = self.spec().selector.clone();
        selector.match_labels = with_hash(selector.match_labels.take());
        let mut set = ReplicaSet {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: owner.namespace.clone(),
                labels,
                owner_references: Some(vec![controller_reference(Kind::Deployment, owner)]),
                ..ObjectMeta::default()
            },
            spec: Some(ReplicaSetSpec {
                replicas: Some(0),
                min_ready_seconds: self.spec().min_ready_seconds,
                selector,
                template: Some(template),
            }),
            status: None,
        };
        let size = self.new_size(&set);
        set.spec.get_or_insert_default().replicas = Some(size);
        self.annotate(&mut set.metadata, revision);
        self.plan.send(Request::Create(set.clone().into()));
        if size > 0 {
            self.plan.tell(EventType::Normal, "ScalingReplicaSet", format!("Scaled up replica set {name} from 0 to {size}"));
        }
        self.set_revision(&set.metadata);
        self.new = Some(set);
        if self.spec().progress_deadline_seconds.is_some() {
            self.progress("True", "NewReplicaSetCreated", format!("Created new replica set \"{name}\""));
        }
    }

    /// `SetNewReplicaSetAnnotations` and `SetReplicasAnnotations`.
    fn annotate(&self, metadata: &mut ObjectMeta, new_revision: i64) {
        let wanted = self.wanted();
        let surge = self.max_surge();
        let annotations = metadata.annotations.get_or_insert_default();
        for (key, value) in self.deployment.metadata.annotations.iter().flatten() {
            if !OWN_ANNOTATIONS.contains(&key.as_str()) {
                annotations.insert(key.clone(), value.clone());
            }
        }
        let old_revision = annotations.get(REVISION).and_then(|text| text.parse::<i64>().ok());
        if old_revision.is_none_or(|old| old < new_revision) {
            annotations.insert(REVISION.to_owned(), new_revision.to_string());
            if let Some(old) = old_revision {
                let history = annotations.entry(REVISION_HISTORY.to_owned()).or_default();
                if !history.is_empty() {
                    history.push(',');
                }
                history.push_str(&old.to_string());
            }
        }
        annotations.entry(DESIRED_REPLICAS.to_owned()).or_insert_with(|| wanted.to_string());
        annotations.entry(MAX_REPLICAS.to_owned()).or_insert_with(|| (wanted.saturating_add(surge)).to_string());
    }

    fn set_revision(&mut self, set: &ObjectMeta) {
        let Some(revision) = set.annotation(REVISION).map(str::to_owned) else { return };
        if self.deployment.annotation(REVISION) != Some(revision.as_str()) {
            self.deployment.metadata.annotations.get_or_insert_default().insert(REVISION.to_owned(), revision);
            self.plan.send(Request::ReplaceStatus(self.deployment.clone().into()));
        }
    }

    /// How many Pods the new set may ask for now (`NewRSNewReplicas`).
    pub(crate) fn new_size(&self, new: &ReplicaSet) -> i32 {
        if !self.is_rolling() {
            return self.wanted();
        }
        let others: i32 = self.old.iter().map(replicas).sum();
        let current = others.saturating_add(replicas(new));
        let room = self.wanted().saturating_add(self.max_surge()).saturating_sub(current);
        if room <= 0 {
            return replicas(new);
        }
        replicas(new).saturating_add(room.min(self.wanted().saturating_sub(replicas(new))))
    }

    /// Scales a set and tells of it (`scaleReplicaSet`).
    pub(crate) fn scale_set(&mut self, mut set: ReplicaSet, size: i32) -> ReplicaSet {
        let from = replicas(&set);
        let before = set.clone();
        let (wanted, surge) = (self.wanted(), self.max_surge());
        set.spec.get_or_insert_default().replicas = Some(size);
        let annotations = set.metadata.annotations.get_or_insert_default();
        annotations.insert(DESIRED_REPLICAS.to_owned(), wanted.to_string());
        annotations.insert(MAX_REPLICAS.to_owned(), wanted.saturating_add(surge).to_string());
        if set != before {
            self.plan.send(Request::Update(set.clone().into()));
        }
        if size != from {
            let way = if from < size { "up" } else { "down" };
            let name = set.name();
            let message = format!("Scaled {way} replica set {name} from {from} to {size}");
            self.plan.tell(EventType::Normal, "ScalingReplicaSet", message);
        }
        set
    }

    /// Scales without rolling out: the only set, the old ones to nothing, or all in proportion (`scale`).
    fn scale(&mut self) {
        let wanted = self.wanted();
        let active = self.all().filter(|set| replicas(set) > 0).count();
        if active <= 1 {
            if let Some(at) = self.old.iter().position(|set| replicas(set) > 0) {
                let set = self.old.remove(at);
                let set = self.scale_set(set, wanted);
                self.old.insert(at, set);
            } else if let Some(set) = self.new.take() {
                let set = self.scale_set(set, wanted);
                self.new = Some(set);
            } else if let Some(set) = self.old.pop() {
                let set = self.scale_set(set, wanted);
                self.old.push(set);
            }
            return;
        }
        if self.new.as_ref().is_some_and(|set| replicas(set) == wanted && available(set) == wanted) {
            for set in std::mem::take(&mut self.old) {
                let set = if replicas(&set) > 0 { self.scale_set(set, 0) } else { set };
                self.old.push(set);
            }
            return;
        }
        if self.is_rolling() {
            self.scale_in_proportion();
        }
    }

    fn scale_in_proportion(&mut self) {
        let total: i32 = self.all().map(replicas).sum();
        let allowed = if self.wanted() > 0 { self.wanted().saturating_add(self.max_surge()) } else { 0 };
        let mut left = allowed.saturating_sub(total);
        let grows = left > 0;
        let mut sets: Vec<(bool, ReplicaSet)> = std::mem::take(&mut self.old).into_iter().map(|set| (false, set)).collect();
        sets.extend(self.new.take().map(|set| (true, set)));
        // The largest first; among equals the newest when growing, the oldest when shrinking.
        podlapse_model::sort_by(&mut sets, |(_, a), (_, b)| {
            let (one, other) = (&a.metadata.creation_timestamp, &b.metadata.creation_timestamp);
            let by_age = one.as_ref().map(|time| time.0).cmp(&other.as_ref().map(|time| time.0));
            replicas(b).cmp(&replicas(a)).then(if grows { by_age.reverse() } else { by_age })
        });
        let mut sizes: Vec<i32> = Vec::new();
        for (_, set) in &sets {
            let share = if replicas(set) > 0 && left != 0 { self.share(set, allowed) } else { 0 };
            let bounded = if grows { share.clamp(0, left.max(0)) } else { share.clamp(left.min(0), 0) };
            left -= bounded;
            sizes.push(replicas(set).saturating_add(bounded));
        }
        if let Some(first) = sizes.first_mut() {
            *first = first.saturating_add(left).max(0);
        }
        for ((is_new, set), size) in sets.into_iter().zip(sizes) {
            let set = if replicas(&set) > 0 { self.scale_set(set, size) } else { set };
            if is_new {
                self.new = Some(set);
            } else {
                self.old.push(set);
            }
        }
    }

    /// By how many Pods a set grows or shrinks with its Deployment (`getReplicaSetFraction`).
    fn share(&self, set: &ReplicaSet, allowed: i32) -> i32 {
        if self.wanted() == 0 {
            return -replicas(set);
        }
        let annotated = set.annotation(MAX_REPLICAS).and_then(|text| text.parse::<i64>().ok());
        let base = annotated.filter(|base| *base > 0).unwrap_or(i64::from(self.wanted())).max(1);
        let product = i64::from(replicas(set)) * i64::from(allowed);
        let rounded = (2 * product + base).div_euclid(2 * base);
        i32::try_from(rounded).unwrap_or(i32::MAX).saturating_sub(replicas(set))
    }

    /// Deletes the oldest empty sets beyond the history limit.
    pub(crate) fn cleanup(&mut self) {
        let Some(limit) = self.spec().revision_history_limit else { return };
        let mut empty: Vec<&ReplicaSet> = self.old.iter().filter(|set| set.metadata.deletion_timestamp.is_none()).collect();
        let excess = empty.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        podlapse_model::sort_by_key(&mut empty, |set| revision(set));
        let mut requests = Vec::new();
        for set in empty.into_iter().take(excess) {
            let is_settled = set
                .status
                .as_ref()
                .is_some_and(|status| status.replicas == 0 && set.metadata.generation <= status.observed_generation);
            if is_settled && replicas(set) == 0 {
                let object: Object = set.clone().into();
                let (key, uid): (ObjectKey, Uid) = (object.key(), object.uid());
                requests.push(Request::delete(key, uid));
            }
        }
        for request in requests {
            self.plan.send(request);
        }
    }
}

fn revision(set: &ReplicaSet) -> Option<i64> {
    set.annotation(REVISION)?.parse().ok()
}

fn is_equal_ignoring_hash(one: &PodTemplateSpec, other: &PodTemplateSpec) -> bool {
    let without = |template: &PodTemplateSpec| {
        let mut metadata = template.metadata.clone().unwrap_or_default();
        if let Some(labels) = &mut metadata.labels {
            labels.remove(HASH_LABEL);
        }
        metadata
    };
    one.spec == other.spec && without(one) == without(other)
}
