//! Nodes that the Pod does not want, or that do not want the Pod.

use podlapse_core::scheduler::Plugin;
use podlapse_manifest::{Amend, distance};
use podlapse_model::api::core::v1::{Node, Taint, Toleration};
use podlapse_model::{ComparisonOperators, Kind, Metadata, Object, tolerates};
use serde_json::{Map, Value, json};

use super::{Case, change, items, steps_to, text};
use crate::change::{Change, Remedy};

/// Nodes and values beyond these are not offered.
const MOST_OFFERED: usize = 2;

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    gates(case, out);
    taints(case, out);
    cordons(case, out);
    if case.rejected(Plugin::NodeAffinity).next().is_some() {
        selectors(case, out);
        affinity(case, "nodeAffinity", Remedy::DropNodeAffinity, out);
    }
    if case.rejected(Plugin::InterPodAffinity).next().is_some() {
        affinity(case, "podAffinity", Remedy::DropPodAffinity, out);
        affinity(case, "podAntiAffinity", Remedy::DropPodAntiAffinity, out);
    }
    if case.rejected(Plugin::PodTopologySpread).next().is_some() {
        spread(case, out);
    }
}

fn gates(case: &Case<'_>, out: &mut Vec<Change>) {
    let names: Vec<&str> = items(&case.pod, "/spec/schedulingGates").map(|(_, gate)| text(gate, "/name")).collect();
    if !names.is_empty() {
        let edit = case.edit("schedulingGates", Amend::Remove);
        out.push(change(Remedy::DropGates, &names.join(", "), ["", ""], vec![edit]));
    }
}

fn node<'a>(case: &Case<'a>, name: &str) -> Option<&'a Node> {
    match case.node(name) {
        Some(Object::Node(node)) => Some(node),
        Some(_) | None => None,
    }
}

fn told(taint: &Taint) -> String {
    let value = taint.value.as_deref().filter(|value| !value.is_empty()).map(|value| format!("={value}"));
    format!("{}{}:{}", taint.key, value.unwrap_or_default(), taint.effect)
}

fn taints(case: &Case<'_>, out: &mut Vec<Change>) {
    let tolerations = case.pod.pointer("/spec/tolerations").cloned().unwrap_or_else(|| json!([]));
    let tolerations: Vec<Toleration> = podlapse_model::from_json(tolerations).unwrap_or_default();
    for (name, _) in case.rejected(Plugin::TaintToleration) {
        let taints = node(case, name).and_then(|node| node.spec.as_ref()).and_then(|spec| spec.taints.as_ref());
        let counts = |taint: &&Taint| {
            let is_tolerated = tolerations.iter().any(|toleration| tolerates(toleration, taint, ComparisonOperators::Off));
            taint.effect != "PreferNoSchedule" && !is_tolerated
        };
        let open: Vec<&Taint> = taints.into_iter().flatten().filter(counts).collect();
        let about: Vec<String> = open.iter().map(|taint| told(taint)).collect();
        let about = about.join(", ");
        if open.is_empty() || out.iter().any(|known| known.remedy == Remedy::Tolerate && known.about == about) {
            continue;
        }
        let tolerate = open.iter().map(|taint| {
            let mut toleration = json!({"effect": taint.effect, "key": taint.key});
            match taint.value.as_deref() {
                None | Some("") => toleration["operator"] = "Exists".into(),
                Some(value) => toleration["value"] = value.into(),
            }
            case.edit("tolerations", Amend::Push(toleration))
        });
        out.push(change(Remedy::Tolerate, &about, ["", ""], tolerate.collect::<Vec<_>>()));
        let Some((location, written)) = case.documents.written(Kind::Node, "", name) else { continue };
        let is_open = |taint: &Value| open.iter().any(|open| text(taint, "/key") == open.key);
        let indices: Vec<usize> =
            items(written, "/spec/taints").filter(|(_, taint)| is_open(taint)).map(|(index, _)| index).collect();
        if indices.len() == open.len() {
            // From the last on, so that the others keep their index.

            let edits =
                indices.iter().rev().map(|index| location.edit(steps_to("spec/taints", &index.to_string()), Amend::Remove));
            out.push(change(Remedy::Untaint, name, [&about, ""], edits.collect::<Vec<_>>()));
        }
    }
}

fn cordons(case: &Case<'_>, out: &mut Vec<Change>) {
    for (name, _) in case.rejected(Plugin::NodeUnschedulable).take(MOST_OFFERED) {
        let written = case.documents.written(Kind::Node, "", name);
        if let Some((location, _)) = written.filter(|(_, node)| node.pointer("/spec/unschedulable").is_some()) {
            let edit = location.edit(super::steps("spec/unschedulable"), Amend::Remove);
            out.push(change(Remedy::Uncordon, name, ["", ""], vec![edit]));
        }
    }
}

fn selectors(case: &Case<'_>, out: &mut Vec<Change>) {
    let selector: Map<String, Value> =
        case.pod.pointer("/spec/nodeSelector").and_then(Value::as_object).cloned().unwrap_or_default();
    let rejecting: Vec<&str> = case.rejected(Plugin::NodeAffinity).map(|(name, _)| name).collect();
    let label = |name: &str, key: &str| node(case, name)?.label(key).map(str::to_owned);
    for (key, value) in selector.iter().filter_map(|(key, value)| Some((key, value.as_str()?))) {
        if rejecting.iter().any(|name| label(name, key).as_deref() == Some(value)) {
            continue;
        }
        let edit = |amend: Amend| {
            let mut edit = case.edit("nodeSelector", amend);
            edit.path.push(key.clone());
            edit
        };
        let mut values: Vec<String> = rejecting.iter().filter_map(|name| label(name, key)).collect();
        podlapse_model::sort_by_key(&mut values, |other| (distance(value, other), other.clone()));
        values.dedup();
        for other in values.into_iter().take(MOST_OFFERED) {
            out.push(change(Remedy::SelectorValue, key, [value, &other], vec![edit(Amend::Set(other.clone().into()))]));
        }
        out.push(change(Remedy::DropSelector, &format!("{key}={value}"), ["", ""], vec![edit(Amend::Remove)]));
    }
    for name in rejecting.into_iter().take(MOST_OFFERED) {
        let missing: Vec<(&String, &Value)> =
            selector.iter().filter(|(key, value)| label(name, key).as_deref() != value.as_str()).collect();
        let Some((location, _)) = case.documents.written(Kind::Node, "", name).filter(|_| !missing.is_empty()) else { continue };
        let edits =
            missing.iter().map(|(key, value)| location.edit(steps_to("metadata/labels", key), Amend::Set((*value).clone())));
        let labels: Vec<String> =
            missing.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
        out.push(change(Remedy::LabelNode, name, ["", &labels.join(", ")], edits.collect::<Vec<_>>()));
    }
}

fn affinity(case: &Case<'_>, which: &str, remedy: Remedy, out: &mut Vec<Change>) {
    let path = format!("affinity/{which}/requiredDuringSchedulingIgnoredDuringExecution");
    if case.pod.pointer(&format!("/spec/{path}")).is_some() {
        out.push(change(remedy, case.root.name.as_str(), ["", ""], vec![case.edit(&path, Amend::Remove)]));
    }
}

fn spread(case: &Case<'_>, out: &mut Vec<Change>) {
    for (index, constraint) in items(&case.pod, "/spec/topologySpreadConstraints") {
        if text(constraint, "/whenUnsatisfiable") == "DoNotSchedule" {
            let path = format!("topologySpreadConstraints/{index}/whenUnsatisfiable");
            let edit = case.edit(&path, Amend::Set("ScheduleAnyway".into()));
            out.push(change(Remedy::SpreadAnyway, text(constraint, "/topologyKey"), ["", ""], vec![edit]));
        }
    }
}
