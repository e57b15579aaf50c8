//! A cluster in which the scheduler's requests come true at once: what would happen to these Pods on these nodes, and why.
//!
//! No time passes: a Pod that finds a node is bound before the next one is tried, victims are gone when they are evicted, volumes are
//! made when they are asked for. Decisions of the real scheduler were recorded in the same way, so that both can be compared whole.

use std::sync::Arc;

use podlapse_model::api::core::v1::Namespace;
use podlapse_model::api::core::v1::{ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Modelled, Object, ObjectKey, SimTime, SortedSet};

use crate::kernel::WallClock;
use crate::scheduler::{
    BIND_COMPLETED, Choose, Decision, Effect, Failure, Nomination, Outcome, PodKey, Profile, Scheduler, Status, VolumePlan,
};
use crate::store::{Store, admission};

/// 1 June 2026, at which the first Pod that is bound starts; the others follow a second after one another.
const FIRST_START: WallClock = WallClock { start_unix_ns: 1_780_272_000_000_000_000 };

/// The objects, and the scheduler that sees every change of them.
#[derive(Debug)]
pub struct InstantCluster {
    store: Store,
    scheduler: Scheduler,
    pending: Vec<PodKey>,
    existing: usize,
    bound: u64,
    evicted: Vec<PodKey>,
    /// Pods whose nomination stood in their status when the queue last heard of it. The recorder's queue hears of a Pod when it is
    /// tried and not when its status is written, and only what stands there can be taken away again.
    nominated_in_status: SortedSet<PodKey>,
}

impl InstantCluster {
    /// Creates the objects in order, as the API server would; Pods come last. Those without a node are to be scheduled. The objects are
    /// defaulted, and Pods are as their strategy prepares them.
    ///
    /// # Errors
    /// What admission has against an object, with its index.
    pub fn new(profile: Profile, objects: Vec<Object>) -> Result<InstantCluster, (usize, String)> {
        let mut cluster = InstantCluster {
            store: Store::default(),
            scheduler: Scheduler::new(profile, SimTime::ZERO, FIRST_START),
            pending: Vec::new(),
            existing: 0,
            bound: 0,
            evicted: Vec::new(),
            nominated_in_status: SortedSet::new(),
        };
        let named: SortedSet<String> = objects.iter().filter_map(|object| object.metadata().namespace.clone()).collect();
        for name in named.iter().filter(|name| !name.is_empty()) {
            cluster.put(Object::from(namespace(name)));
        }
        // Admission looks at objects that come later in the file, too.
        let mut objects: Vec<(usize, Object)> = objects.into_iter().enumerate().collect();
        podlapse_model::sort_by_key(&mut objects, |(_, object)| object.kind() == Kind::Pod);
        for (index, object) in objects {
            cluster.create(object).map_err(|message| (index, message))?;
        }
        Ok(cluster)
    }

    fn create(&mut self, mut object: Object) -> Result<(), String> {
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

    /// The Pods to be scheduled, in order.
    pub fn pending(&self) -> &[PodKey] {
        &self.pending
    }

    /// How many Pods had a node from the start.
    pub fn existing(&self) -> usize {
        self.existing
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.store.list(Kind::Node).count()
    }

    /// The Pods that were evicted, in order.
    pub fn evicted(&self) -> &[PodKey] {
        &self.evicted
    }

    /// Whether there is any claim.
    pub fn has_claims(&self) -> bool {
        self.store.list(Kind::PersistentVolumeClaim).next().is_some()
    }

    /// What keeps a Pod from being tried at all.
    pub fn pre_enqueue(&self, pod: &PodKey) -> Option<Status> {
        self.pod(pod).as_ref().and_then(Scheduler::pre_enqueue)
    }

    /// The node that a Pod has.
    pub fn node_of(&self, pod: &PodKey) -> Option<String> {
        let pod = self.store.pod(&pod.namespace, &pod.name)?;
        pod.spec.as_ref()?.node_name.clone().filter(|name| !name.is_empty())
    }

    /// The claims of a Pod as `namespace/name`, with the volume of each.
    pub fn claims_of(&self, key: &PodKey) -> Vec<(String, Option<String>)> {
        let mut claims = Vec::new();
        let Some(pod) = self.pod(key) else { return claims };
        for volume in pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
            let ephemeral = volume.ephemeral.as_ref().map(|_| format!("{}-{}", key.name, volume.name));
            let name = volume.persistent_volume_claim.as_ref().map(|source| source.claim_name.clone()).or(ephemeral);
            let Some(name) = name else { continue };
            let claim = self.store.get(&ObjectKey::new(Kind::PersistentVolumeClaim, &key.namespace, &name));
            if let Some(Object::PersistentVolumeClaim(claim)) = claim {
                claims.push((format!("{}/{name}", key.namespace), claim.spec.as_ref().and_then(|spec| spec.volume_name.clone())));
            }
        }
        claims
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
            self.scheduler.take_moves();
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

    /// Tries a Pod, and makes true what the scheduler asks for. `None` if the Pod is gone or is on a node already.
    pub fn attempt(&mut self, pod: &PodKey, choose: &mut Choose<'_>) -> Option<Decision> {
        if let Some(object) = self.pod(pod) {
            self.hear_of(pod, &object);
        }
        let (decision, effects) = self.scheduler.schedule_one(pod, SimTime::ZERO, choose);
        let decision = decision?;
        if let Outcome::Failed(Failure { preemption: Some(preemption), .. }) = &decision.outcome {
            let victims = preemption.chosen().into_iter().flat_map(|candidate| &candidate.victims);
            self.evicted.extend(victims.cloned());
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
            Effect::Skip { .. } => {}
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
            let key = claim.key();
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
}

fn namespace(name: &str) -> Namespace {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.to_owned());
    namespace.metadata.labels = Some([("kubernetes.io/metadata.name".to_owned(), name.to_owned())].into());
    namespace
}

fn start_time(bound: u64) -> Option<Time> {
    let seconds = i64::try_from(bound).ok()?.checked_mul(1_000_000_000)?;
    Some(FIRST_START.time(SimTime::from_nanos(seconds)))
}
