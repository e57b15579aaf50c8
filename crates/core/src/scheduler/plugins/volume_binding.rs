//! Claims must be bound to volumes that the node reaches, or be able to.
//!
//! Models `plugins/volumebinding` (`volume_binding.go`, `binder.go`; v1.36). Not modelled: in-tree migration, VolumeAttributesClass,
//! and scoring by storage capacity (`StorageCapacityScoring` is off).

use std::sync::Arc;

use podlapse_model::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use podlapse_model::api::storage::v1::{CSIStorageCapacity, StorageClass};
use podlapse_model::{
    Metadata, Quantity, Seeker, SortedMap, SortedSet, claim_class, claimed_volume, is_fully_bound, is_reachable, matching_volume,
    requested_storage, volume_class,
};

use super::{Cx, PreFilter};
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::selectors::label_selector;
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
            let volume = claimed_volume(claim);
            return reject(
                format!("persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\"").into(),
            );
        }
        if claim.metadata.deletion_timestamp.is_some() {
            return reject(format!("persistentvolumeclaim \"{name}\" is being deleted").into());
        }
        claims.push(claim.clone());
    }
    let (bound, unbound): (Vec<_>, Vec<_>) = claims.into_iter().partition(|claim| is_fully_bound(claim));
    let is_delayed =
        |claim: &Arc<PersistentVolumeClaim>| claimed_volume(claim).is_empty() && is_delayed_class(cx, claim_class(claim));
    if !unbound.iter().all(is_delayed) {
        return reject("pod has unbound immediate PersistentVolumeClaims".into());
    }
    PreFilter::Run(state(cx, bound, unbound))
}

fn state(cx: Cx<'_>, bound: Vec<Arc<PersistentVolumeClaim>>, mut delayed: Vec<Arc<PersistentVolumeClaim>>) -> State {
    podlapse_model::sort_by_key(&mut delayed, |claim| requested_storage(claim));
    let classes: SortedSet<&str> = delayed.iter().map(|claim| claim_class(claim)).collect();
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
        match cx.listers.volume(claimed_volume(claim)) {
            None => {
                is_any_missing = true;
                break;
            }
            Some(volume) if !is_reachable(volume, node.labels()) => {
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
        match claim.annotation(SELECTED_NODE) {
            Some(selected) if *selected != *node.name => return Delayed::NothingFits,
            Some(_) => plan.provisions.push(claim.clone()),
            None => {}
        }
    }
    let selected = plan.provisions.len();
    for claim in &state.delayed {
        if plan.provisions[..selected].iter().any(|provisioned| Arc::ptr_eq(provisioned, claim)) {
            continue;
        }
        let volumes = state.volumes.get(claim_class(claim)).map(Vec::as_slice).unwrap_or_default();
        match matching_volume(claim, volumes.iter(), Seeker::Node(node.labels()), &chosen) {
            Some(volume) => {
                chosen.insert(volume.name());
                plan.bindings.push((volume.clone(), claim.clone()));
            }
            None => plan.provisions.push(claim.clone()),
        }
    }
    for claim in &plan.provisions {
        let class = cx.listers.storage_class(claim_class(claim));
        match class.filter(|class| can_provision(class, node)) {
            None => return Delayed::NothingFits,
            Some(class) if !has_capacity(cx, class, claim, node) => return Delayed::NoSpace,
            Some(_) => {}
        }
    }
    Delayed::Satisfied
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
    let wanted = requested_storage(claim).value();
    let driver = cx.listers.csi_driver(&class.provisioner);
    if driver.is_none_or(|driver| driver.spec.storage_capacity != Some(true)) {
        return true;
    }
    let class_name = class.name();
    let is_enough = |capacity: &CSIStorageCapacity| {
        let limit = capacity.maximum_volume_size.as_ref().or(capacity.capacity.as_ref());
        let is_near = capacity.node_topology.is_some() && label_selector(capacity.node_topology.as_ref()).matches(node.labels());
        capacity.storage_class_name == class_name && limit.is_some_and(|limit| Quantity::of(limit).value() >= wanted) && is_near
    };
    cx.listers.capacities().any(is_enough)
}
