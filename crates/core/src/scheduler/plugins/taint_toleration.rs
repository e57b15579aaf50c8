//! Taints keep Pods away that do not tolerate them.
//!
//! Models `plugins/tainttoleration` (v1.36). Not modelled: the operators `Gt` and `Lt`,
//! which are alpha and refused by validation.

use podlapse_model::api::core::v1::{PodSpec, Taint, Toleration};
use podlapse_model::{ComparisonOperators, tolerates};

use super::Cx;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::status::{Plugin, Status};

/// Rejects a node with a taint of effect `NoSchedule` or `NoExecute` that the Pod does not tolerate.
pub(crate) fn filter(cx: Cx<'_>, node: &NodeInfo) -> Option<Status> {
    if is_any_untolerated(cx.pod.spec(), node.taints()) {
        return Some(Status::unresolvable(Plugin::TaintToleration, "node(s) had untolerated taint(s)"));
    }
    None
}

/// How many taints of effect `PreferNoSchedule` the Pod does not tolerate.
pub(crate) fn score(cx: Cx<'_>, node: &NodeInfo) -> i64 {
    let preferred = node.taints().iter().filter(|taint| taint.effect == "PreferNoSchedule");
    let untolerated = preferred.filter(|taint| {
        let mut relevant = tolerations(cx.pod.spec())
            .iter()
            .filter(|toleration| matches!(toleration.effect.as_deref(), None | Some("" | "PreferNoSchedule")));
        !relevant.any(|toleration| tolerates(toleration, taint, ComparisonOperators::Off))
    });
    untolerated.count() as i64
}

/// Whether a `NoSchedule` or `NoExecute` taint among these is not tolerated.
pub(crate) fn is_any_untolerated(spec: Option<&PodSpec>, taints: &[Taint]) -> bool {
    let mut relevant = taints.iter().filter(|taint| taint.effect == "NoSchedule" || taint.effect == "NoExecute");
    relevant.any(|taint| !tolerations_tolerate(spec, taint))
}

/// Whether one of the Pod's tolerations is for this taint.
pub(crate) fn tolerations_tolerate(spec: Option<&PodSpec>, taint: &Taint) -> bool {
    tolerations(spec).iter().any(|toleration| tolerates(toleration, taint, ComparisonOperators::Off))
}

fn tolerations(spec: Option<&PodSpec>) -> &[Toleration] {
    spec.and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default()
}
