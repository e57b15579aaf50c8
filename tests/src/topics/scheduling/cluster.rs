//! A cluster in which the scheduler's requests come true at once, as the recorder's did.

use std::collections::BTreeSet;
use std::sync::Arc;

use podlapse_core::scheduler::{
    BIND_COMPLETED, Decision, Effect, Failure, Nomination, Outcome, PodKey, Profile, Scheduler, VolumePlan,
};
use podlapse_core::store::{Store, admission};
use podlapse_model::api::core::v1::Namespace;
use podlapse_model::api::core::v1::{ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object, ObjectKey, SimTime};
use serde_json::{Map, Value, json};

/// A Pod that preempts again and again is given up after so many attempts.
const MAX_ATTEMPTS: u32 = 3;

/// The objects, and the scheduler that sees every change of them.
pub struct Cluster {
    store: Store,
    scheduler: Scheduler,
    pending: Vec<PodKey>,
    existing: usize,
    bound: u64,
    evicted: Vec<String>,
    /// Pods whose nomination stood in their status when the queue last heard of it. The recorder's queue hears of a Pod when it is
    /// tried and not when its status is written, and only what stands there can be taken away again.
    nominated_in_status: BTreeSet<PodKey>,
}

impl Cluster {
    /// Creates the objects of a file in order.
    ///
    /// # Errors
    /// An input that does not parse, or that admission refuses.
    pub fn new(text: &str) -> Result<Cluster, String> {
        let profile = Profile { percentage_of_nodes_to_score: 100 };
        let scheduler = Scheduler::new(profile, SimTime::ZERO);
        let mut cluster = Cluster {
            store: Store::default(),
            scheduler,
            pending: Vec::new(),
            existing: 0,
            bound: 0,
            evicted: Vec::new(),
            nominated_in_status: BTreeSet::new(),
        };
        let mut objects: Vec<Object> = Vec::new();
        // A document at a time, because a whole large case is longer than what may be pasted.
        for document in text.split("\n---\n") {
            let submission = podlapse_manifest::submit(document);
            if let Some(end) = &submission.end {
                return Err(format!("the input does not parse: {end:?}"));
            }
            for entry in submission.entries {
                objects.push(entry.outcome.map_err(|error| format!("the input is refused: {error:?}"))?);
            }
        }
        let named: BTreeSet<String> = objects.iter().filter_map(|object| object.metadata().namespace.clone()).collect();
        for name in named.iter().filter(|name| !name.is_empty()) {
            cluster.put(Object::from(namespace(name)));
        }
        // Admission looks at objects that come later in the file, too.
        objects.sort_by_key(|object| object.kind() == Kind::Pod);
        for object in objects {
            cluster.create(object)?;
        }
        Ok(cluster)
    }

    fn create(&mut self, mut object: Object) -> Result<(), String> {
        podlapse_manifest::default_object(&mut object);
        let key = object.key();
        let metadata = object.metadata_mut();
        if metadata.uid.is_none() {
            let parts = ["uid", key.namespace.as_str(), key.name.as_str()];
            metadata.uid = Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-"));
        }
        if let Object::Namespace(namespace) = &mut object {
            let labels = Arc::make_mut(namespace).metadata.labels.get_or_insert_default();
            labels.insert("kubernetes.io/metadata.name".to_owned(), key.name.to_string());
        }
        if let Object::Pod(_) = &object {
            object = as_created(object);
        }
        if let Object::Pod(pod) = &mut object {
            let pod = Arc::make_mut(pod);
            admission::priority(&self.store, pod).map_err(|error| error.to_string())?;
            admission::default_toleration_seconds(pod);
            let has_ended =
                matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"));
            if has_ended {
                return Ok(());
            }
            match pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default() {
                "" => {
                    self.pending.push(PodKey::of(pod));
                    self.hear_of(&PodKey::of(pod), pod);
                }
                _ => self.existing += 1,
            }
        }
        self.put(object);
        Ok(())
    }

    fn hear_of(&mut self, key: &PodKey, pod: &Pod) {
        let nominated = pod.status.as_ref().and_then(|status| status.nominated_node_name.as_deref());
        match nominated.unwrap_or_default() {
            "" => self.nominated_in_status.remove(key),
            _ => self.nominated_in_status.insert(key.clone()),
        };
    }

    fn put(&mut self, object: Object) {
        if let Some(change) = self.store.put(SimTime::ZERO, object) {
            self.scheduler.on_change(change.before.as_ref(), change.after.as_ref(), SimTime::ZERO);
        }
    }

    fn remove(&mut self, key: &ObjectKey) {
        let last = self.store.get(key).cloned();
        if let Some(change) = last.and_then(|last| self.store.remove(SimTime::ZERO, last)) {
            self.scheduler.on_change(change.before.as_ref(), change.after.as_ref(), SimTime::ZERO);
        }
    }

    fn pod(&self, key: &PodKey) -> Option<Pod> {
        self.store.pod(&key.namespace, &key.name).map(|pod| Pod::clone(pod))
    }

    /// Tries a Pod; the smallest name wins among equals.
    fn attempt(&mut self, pod: &PodKey) -> Option<Decision> {
        if let Some(object) = self.pod(pod) {
            self.hear_of(pod, &object);
        }
        let (decision, effects) = self.scheduler.schedule_one(pod, SimTime::ZERO, &mut |_, _| 0)?;
        if let Outcome::Failed(Failure { preemption: Some(preemption), .. }) = &decision.outcome {
            let victims = preemption.chosen().into_iter().flat_map(|candidate| &candidate.victims);
            self.evicted.extend(victims.map(ToString::to_string));
        }
        effects.into_iter().for_each(|effect| self.perform(effect));
        Some(decision)
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Bind { pod, node, volumes, .. } => {
                self.bind_volumes(&volumes);
                let Some(mut object) = self.pod(&pod) else { return };
                object.spec.get_or_insert_default().node_name = Some(node.to_string());
                object.status.get_or_insert_default().start_time = start_time(self.bound);
                self.bound += 1;
                self.put(Object::from(object));
            }
            Effect::Evict { pod, .. } => self.remove(&pod.object_key()),
            Effect::ClearNomination { pod } if self.nominated_in_status.contains(&pod) => self.nominate(&pod, None),
            Effect::ClearNomination { pod } => {
                let unchanged = self.store.get(&pod.object_key()).cloned();
                self.scheduler.on_change(unchanged.as_ref(), unchanged.as_ref(), SimTime::ZERO);
            }
            Effect::Fail { pod, nomination, .. } => match nomination {
                Nomination::Keep => {}
                Nomination::Clear => self.nominate(&pod, None),
                Nomination::Set(node) => self.nominate(&pod, Some(node.to_string())),
            },
        }
    }

    fn nominate(&mut self, pod: &PodKey, node: Option<String>) {
        let Some(mut object) = self.pod(pod) else { return };
        object.status.get_or_insert_default().nominated_node_name = node;
        self.put(Object::from(object));
    }

    /// Plays the persistent-volume controller and the provisioner.
    fn bind_volumes(&mut self, volumes: &VolumePlan) {
        for (volume, claim) in &volumes.bindings {
            self.bind_claim(PersistentVolume::clone(volume), claim);
        }
        for claim in &volumes.provisions {
            let key = Object::PersistentVolumeClaim(claim.clone()).key();
            let mut volume = PersistentVolume::default();
            volume.metadata.name = Some(format!("pvc-{}-{}", key.namespace, key.name));
            let wanted = claim.spec.clone().unwrap_or_default();
            let spec = volume.spec.get_or_insert_default();
            spec.access_modes = wanted.access_modes;
            spec.capacity = wanted.resources.and_then(|resources| resources.requests);
            spec.storage_class_name = wanted.storage_class_name;
            self.bind_claim(volume, claim);
        }
    }

    fn bind_claim(&mut self, mut volume: PersistentVolume, claim: &PersistentVolumeClaim) {
        let mut claim = claim.clone();
        volume.spec.get_or_insert_default().claim_ref = Some(ObjectReference {
            name: claim.metadata.name.clone(),
            namespace: claim.metadata.namespace.clone(),
            uid: claim.metadata.uid.clone(),
            ..ObjectReference::default()
        });
        volume.status.get_or_insert_default().phase = Some("Bound".to_owned());
        claim.spec.get_or_insert_default().volume_name = volume.metadata.name.clone();
        claim.metadata.annotations.get_or_insert_default().insert(BIND_COMPLETED.to_owned(), "yes".to_owned());
        claim.status.get_or_insert_default().phase = Some("Bound".to_owned());
        self.put(Object::from(volume));
        self.put(Object::from(claim));
    }

    fn node_of(&self, pod: &PodKey) -> Option<String> {
        let pod = self.store.pod(&pod.namespace, &pod.name)?;
        pod.spec.as_ref()?.node_name.clone().filter(|name| !name.is_empty())
    }

    fn assigned(&self) -> Value {
        Value::Object(self.pending.iter().map(|pod| (pod.to_string(), json!(self.node_of(pod)))).collect())
    }

    /// Tries every Pod, and those that preempted again.
    pub(super) fn decisions(mut self) -> Map<String, Value> {
        let mut attempts = Vec::new();
        let mut round = self.pending.clone();
        for number in 1..=MAX_ATTEMPTS {
            let mut again = Vec::new();
            for key in &round {
                if let Some(rejection) = self.pod(key).as_ref().and_then(Scheduler::pre_enqueue) {
                    attempts.push(podlapse_view::gated(&key.to_string(), &rejection));
                    continue;
                }
                let Some(decision) = self.attempt(key) else { continue };
                attempts.push(podlapse_view::recorded(&decision, number));
                if let Outcome::Failed(failure) = &decision.outcome
                    && failure.preemption.as_ref().is_some_and(|preemption| preemption.chosen.is_some())
                {
                    again.push(key.clone());
                }
            }
            round = again;
        }
        let assigned = self.assigned();
        let mut output = Map::new();
        if self.store.list(Kind::PersistentVolumeClaim).next().is_some() {
            output.insert("claims".to_owned(), self.claims());
        }
        output.insert("attempts".to_owned(), Value::Array(attempts));
        output.insert("assigned".to_owned(), assigned);
        output.insert("evicted".to_owned(), json!(self.evicted));
        output
    }

    /// The volumes of the claims of the Pods that were scheduled.
    fn claims(&self) -> Value {
        let mut claims = Map::new();
        for key in self.pending.iter().filter(|key| self.node_of(key).is_some()) {
            let Some(pod) = self.pod(key) else { continue };
            for volume in pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
                let ephemeral = volume.ephemeral.as_ref().map(|_| format!("{}-{}", key.name, volume.name));
                let name = volume.persistent_volume_claim.as_ref().map(|source| source.claim_name.clone()).or(ephemeral);
                let Some(name) = name else { continue };
                let claim = self.store.get(&ObjectKey::new(Kind::PersistentVolumeClaim, &key.namespace, &name));
                if let Some(Object::PersistentVolumeClaim(claim)) = claim {
                    let volume = claim.spec.as_ref().and_then(|spec| spec.volume_name.clone());
                    claims.insert(format!("{}/{name}", key.namespace), json!(volume));
                }
            }
        }
        Value::Object(claims)
    }

    /// Tries every pending Pod once, for measuring; answers how many there were.
    pub fn try_each_once(&mut self) -> usize {
        let pending = self.pending.clone();
        pending.iter().filter_map(|key| self.attempt(key)).count()
    }

    /// Tries every Pod once.
    pub(super) fn assignments(mut self) -> Map<String, Value> {
        let mut failed = Map::new();
        for key in &self.pending.clone() {
            let Some(decision) = self.attempt(key) else { continue };
            if let Outcome::Failed(failure) = &decision.outcome {
                failed.insert(key.to_string(), json!(failure.message));
            }
        }
        Map::from_iter([
            ("nodes".to_owned(), json!(self.store.list(Kind::Node).count())),
            ("existing".to_owned(), json!(self.existing)),
            ("pending".to_owned(), json!(self.pending.len())),
            ("assigned".to_owned(), self.assigned()),
            ("failed".to_owned(), Value::Object(failed)),
        ])
    }
}

/// The Pod with what its strategy makes of its spec; metadata and status stay as the file has them, for Pods that are not new.
fn as_created(pod: Object) -> Object {
    let mut created = pod.clone();
    if let Some(Time(now)) = start_time(0) {
        podlapse_manifest::prepare_for_create(&mut created, &pod.uid(), now);
    }
    *created.metadata_mut() = pod.metadata().clone();
    created.keep_status_of(&pod);
    created
}

fn namespace(name: &str) -> Namespace {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.to_owned());
    namespace.metadata.labels = Some([("kubernetes.io/metadata.name".to_owned(), name.to_owned())].into());
    namespace
}

/// Pods that are bound start a second after one another from this day on.
fn start_time(bound: u64) -> Option<Time> {
    let (hours, minutes, seconds) = (bound / 3600, bound / 60 % 60, bound % 60);
    serde_json::from_value(json!(format!("2026-06-01T{hours:02}:{minutes:02}:{seconds:02}Z"))).ok()
}
