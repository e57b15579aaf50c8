//! Claims must be bound to volumes that the node reaches, or be able to.
//!
//! Models `plugins/volumebinding` (`volume_binding.go`, `binder.go`) and `FindMatchingVolume` of
//! `k8s.io/component-helpers/storage/volume` (v1.36). Not modelled: in-tree migration, VolumeAttributesClass, and scoring by storage
//! capacity (`StorageCapacityScoring` is off).

use podlapse_model::{SortedMap, SortedSet};
use std::sync::Arc;

use podlapse_model::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use podlapse_model::api::storage::v1::{CSIStorageCapacity, StorageClass};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{NodeSelector, Quantity};

use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::selectors::{NO_LABELS, label_selector};
use crate::scheduler::status::{Code, Plugin, ReasonText, Status};

/// Says that the binding of a claim is complete.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Names the node for which a claim's volume is to be made.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

/// The Pod's claims by what has to be done for them.
pub(crate) struct State {
    bound: Vec<Arc<PersistentVolumeClaim>>,
    /// Unbound claims of classes with `WaitForFirstConsumer`, smallest first.
    delayed: Vec<Arc<PersistentVolumeClaim>>,
    /// The volumes of the classes of these.
    volumes: SortedMap<String, Vec<Arc<PersistentVolume>>>,
}

/// What is to be done for a Pod's claims on the chosen node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumePlan {
    /// Volumes to be bound to claims.
    pub bindings: Vec<(Arc<PersistentVolume>, Arc<PersistentVolumeClaim>)>,
    /// Claims whose volumes are to be made for the node.
    pub provisions: Vec<Arc<PersistentVolumeClaim>>,
}

impl VolumePlan {
    /// Whether there is nothing to do before the Pod is bound.
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.provisions.is_empty()
    }
}

/// The class that a claim asks for; empty if none.
pub(crate) fn class_name(claim: &PersistentVolumeClaim) -> &str {
    let annotation = claim.metadata.annotations.as_ref().and_then(|all| all.get("volume.beta.kubernetes.io/storage-class"));
    let field = || claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_ref());
    annotation.or_else(field).map_or("", String::as_str)
}

/// Whether claims of this class are bound when a Pod uses them first.
pub(crate) fn is_delayed_class(cx: Cx<'_>, name: &str) -> bool {
    let class = if name.is_empty() { None } else { cx.listers.storage_class(name) };
    class.is_some_and(|class| class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"))
}

/// Skips Pods without claims; rejects claims that are missing or that nobody will bind in time.
pub(crate) fn pre_filter(cx: Cx<'_>) -> PreFilter<State> {
    if cx.pod.claims.is_empty() {
        return PreFilter::Skip;
    }
    let reject = |reason: ReasonText| PreFilter::Reject(Status::unresolvable(Plugin::VolumeBinding, reason));
    let mut claims = Vec::new();
    for claim_ref in &cx.pod.claims {
        let name = &claim_ref.name;
        let Some(claim) = cx.listers.claim(&cx.pod.key.namespace, name) else {
            return reject(match claim_ref.is_ephemeral {
                true => format!("waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\"").into(),
                false => format!("persistentvolumeclaim \"{name}\" not found").into(),
            });
        };
        if claim.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Lost") {
            let volume = volume_name(claim);
            return reject(
                format!("persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\"").into(),
            );
        }
        if claim.metadata.deletion_timestamp.is_some() {
            return reject(format!("persistentvolumeclaim \"{name}\" is being deleted").into());
        }
        claims.push(claim.clone());
    }
    let (bound, unbound): (Vec<_>, Vec<_>) = claims.into_iter().partition(|claim| is_bound(claim));
    let is_delayed =
        |claim: &Arc<PersistentVolumeClaim>| volume_name(claim).is_empty() && is_delayed_class(cx, class_name(claim));
    if !unbound.iter().all(is_delayed) {
        return reject("pod has unbound immediate PersistentVolumeClaims".into());
    }
    PreFilter::Run(state(cx, bound, unbound))
}

fn state(cx: Cx<'_>, bound: Vec<Arc<PersistentVolumeClaim>>, mut delayed: Vec<Arc<PersistentVolumeClaim>>) -> State {
    podlapse_model::sort_by_key(&mut delayed, |claim| requested(claim).map(Quantity::of));
    let classes: SortedSet<&str> = delayed.iter().map(|claim| class_name(claim)).collect();
    let of_class = |class: &str| cx.listers.volumes().filter(|volume| volume_class(volume) == class).cloned().collect();
    let volumes = classes.into_iter().map(|class| (class.to_owned(), of_class(class))).collect();
    State { bound, delayed, volumes }
}

/// Rejects a node that does not reach the bound volumes, or for which the rest cannot be bound.
pub(crate) fn filter(state: &State, cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    plan(state, cx, node).err()
}

/// What to do for the Pod's claims on this node.
pub(crate) fn plan(state: &State, cx: Cx<'_>, node: &NodeInfo) -> Result<VolumePlan, Status> {
    let mut reasons: Vec<ReasonText> = Vec::new();
    let mut is_any_missing = false;
    for claim in &state.bound {
        match cx.listers.volume(volume_name(claim)) {
            None => {
                is_any_missing = true;
                break;
            }
            Some(volume) if !reaches(volume, node) => {
                reasons.push("node(s) didn't match PersistentVolume's node affinity".into());
                break;
            }
            Some(_) => {}
        }
    }
    let mut plan = VolumePlan::default();
    match plan_delayed(state, cx, node, &mut plan) {
        Delayed::Satisfied => {}
        Delayed::NothingFits => reasons.push("node(s) didn't find available persistent volumes to bind".into()),
        Delayed::NoSpace => reasons.push("node(s) did not have enough free storage".into()),
    }
    if is_any_missing {
        reasons.push("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)".into());
    }
    if reasons.is_empty() {
        return Ok(plan);
    }
    Err(Status { plugin: Some(Plugin::VolumeBinding), code: Code::UnschedulableAndUnresolvable, reasons })
}

/// Whether the claims that wait for a Pod can be bound on a node.
enum Delayed {
    Satisfied,
    NothingFits,
    NoSpace,
}

fn plan_delayed(state: &State, cx: Cx<'_>, node: &NodeInfo, plan: &mut VolumePlan) -> Delayed {
    let mut chosen: SortedSet<&str> = SortedSet::new();
    for claim in &state.delayed {
        let selected = claim.metadata.annotations.as_ref().and_then(|all| all.get(SELECTED_NODE));
        match selected {
            Some(selected) if **selected != *node.name => return Delayed::NothingFits,
            Some(_) => plan.provisions.push(claim.clone()),
            None => {}
        }
    }
    let selected = plan.provisions.len();
    for claim in &state.delayed {
        if plan.provisions[..selected].iter().any(|provisioned| Arc::ptr_eq(provisioned, claim)) {
            continue;
        }
        let volumes = state.volumes.get(class_name(claim)).map(Vec::as_slice).unwrap_or_default();
        match find_volume(claim, volumes, node, &chosen) {
            Some(volume) => {
                chosen.insert(volume.metadata.name.as_deref().unwrap_or_default());
                plan.bindings.push((volume.clone(), claim.clone()));
            }
            None => plan.provisions.push(claim.clone()),
        }
    }
    for claim in &plan.provisions {
        let class = cx.listers.storage_class(class_name(claim));
        match class.filter(|class| can_provision(class, node)) {
            None => return Delayed::NothingFits,
            Some(class) if !has_capacity(cx, class, claim, node) => return Delayed::NoSpace,
            Some(_) => {}
        }
    }
    Delayed::Satisfied
}

/// The smallest volume that is free, large enough, fits the claim and is reached by the node; or the one kept for the claim.
fn find_volume<'a>(
    claim: &PersistentVolumeClaim,
    volumes: &'a [Arc<PersistentVolume>],
    node: &NodeInfo,
    taken: &SortedSet<&str>,
) -> Option<&'a Arc<PersistentVolume>> {
    let size = |volume: &PersistentVolume| volume.spec.as_ref()?.capacity.as_ref()?.get("storage").map(Quantity::of);
    let wanted = requested(claim).map_or(Quantity::ZERO, Quantity::of);
    let selector = claim.spec.as_ref().and_then(|spec| spec.selector.as_ref()).map(|selector| label_selector(Some(selector)));
    let mut smallest: Option<(Quantity, &Arc<PersistentVolume>)> = None;
    for volume in volumes {
        let size = size(volume).unwrap_or(Quantity::ZERO);
        let is_taken = taken.contains(volume.metadata.name.as_deref().unwrap_or_default());
        let is_for_other = has_claim(volume) && !is_kept_for(volume, claim);
        if is_taken || is_for_other || size < wanted || mode(volume) != claim_mode(claim) || is_deleted(volume) {
            continue;
        }
        if is_kept_for(volume, claim) {
            return reaches(volume, node).then_some(volume);
        }
        let is_available = volume.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Available");
        let labels = volume.metadata.labels.as_ref().unwrap_or(NO_LABELS);
        let fits = is_available
            && selector.as_ref().is_none_or(|selector| selector.matches(labels))
            && volume_class(volume) == class_name(claim)
            && reaches(volume, node)
            && has_access_modes(volume, claim);
        if fits && smallest.as_ref().is_none_or(|(least, _)| size < *least) {
            smallest = Some((size, volume));
        }
    }
    smallest.map(|(_, volume)| volume)
}

fn requested(claim: &PersistentVolumeClaim) -> Option<&ApiQuantity> {
    claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?.get("storage")
}

fn volume_name(claim: &PersistentVolumeClaim) -> &str {
    claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).unwrap_or_default()
}

fn is_bound(claim: &PersistentVolumeClaim) -> bool {
    let is_complete = claim.metadata.annotations.as_ref().is_some_and(|all| all.contains_key(BIND_COMPLETED));
    !volume_name(claim).is_empty() && is_complete
}

fn volume_class(volume: &PersistentVolume) -> &str {
    let annotation = volume.metadata.annotations.as_ref().and_then(|all| all.get("volume.beta.kubernetes.io/storage-class"));
    let field = || volume.spec.as_ref().and_then(|spec| spec.storage_class_name.as_ref());
    annotation.or_else(field).map_or("", String::as_str)
}

fn has_claim(volume: &PersistentVolume) -> bool {
    volume.spec.as_ref().is_some_and(|spec| spec.claim_ref.is_some())
}

fn is_kept_for(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let Some(of) = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref()) else { return false };
    let is_same_uid = of.uid.as_deref().is_none_or(|uid| uid.is_empty() || Some(uid) == claim.metadata.uid.as_deref());
    of.name == claim.metadata.name && of.namespace == claim.metadata.namespace && is_same_uid
}

fn is_deleted(volume: &PersistentVolume) -> bool {
    volume.metadata.deletion_timestamp.is_some()
}

fn mode(volume: &PersistentVolume) -> &str {
    volume.spec.as_ref().and_then(|spec| spec.volume_mode.as_deref()).unwrap_or("Filesystem")
}

fn claim_mode(claim: &PersistentVolumeClaim) -> &str {
    claim.spec.as_ref().and_then(|spec| spec.volume_mode.as_deref()).unwrap_or("Filesystem")
}

fn has_access_modes(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> bool {
    let offered = volume.spec.as_ref().and_then(|spec| spec.access_modes.as_deref()).unwrap_or_default();
    claim.spec.iter().flat_map(|spec| spec.access_modes.iter().flatten()).all(|mode| offered.contains(mode))
}

/// Whether the volume's node affinity admits the node.
fn reaches(volume: &PersistentVolume, node: &NodeInfo) -> bool {
    let affinity = volume.spec.as_ref().and_then(|spec| spec.node_affinity.as_ref());
    // The check sees the node's labels only, and terms about its name do not count.
    let required = affinity.and_then(|affinity| affinity.required.as_ref());
    required.is_none_or(|required| NodeSelector::new(required).matches("", node.labels()).unwrap_or(false))
}

/// Whether the class makes volumes, and for this node.
fn can_provision(class: &StorageClass, node: &NodeInfo) -> bool {
    let makes = !class.provisioner.is_empty() && class.provisioner != "kubernetes.io/no-provisioner";
    let topologies = class.allowed_topologies.as_deref().unwrap_or_default();
    let labels = node.labels();
    let is_allowed = topologies.iter().any(|term| {
        let expressions = term.match_label_expressions.as_deref().unwrap_or_default();
        let is_met = |key: &str, values: &[String]| labels.get(key).is_some_and(|value| values.contains(value));
        !expressions.is_empty() && expressions.iter().all(|expression| is_met(&expression.key, &expression.values))
    });
    makes && (topologies.is_empty() || is_allowed)
}

/// Whether the driver has told of enough free storage for the node, if it tells at all.
fn has_capacity(cx: Cx<'_>, class: &StorageClass, claim: &PersistentVolumeClaim, node: &NodeInfo) -> bool {
    let Some(wanted) = requested(claim).map(|quantity| Quantity::of(quantity).value()) else { return true };
    let driver = cx.listers.csi_driver(&class.provisioner);
    if driver.is_none_or(|driver| driver.spec.storage_capacity != Some(true)) {
        return true;
    }
    let class_name = class.metadata.name.as_deref().unwrap_or_default();
    let is_enough = |capacity: &CSIStorageCapacity| {
        let limit = capacity.maximum_volume_size.as_ref().or(capacity.capacity.as_ref());
        let is_near = capacity.node_topology.is_some() && label_selector(capacity.node_topology.as_ref()).matches(node.labels());
        capacity.storage_class_name == class_name && limit.is_some_and(|limit| Quantity::of(limit).value() >= wanted) && is_near
    };
    cx.listers.capacities().any(is_enough)
}
