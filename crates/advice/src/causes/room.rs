//! No node has room: for what the Pod requests, or for its host ports.

use podlapse_core::scheduler::Plugin;
use podlapse_manifest::Amend;
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Format, Kind, Object, Quantity, ResourceList, ResourceOptions, pod_requests, resource_list};
use serde_json::Value;

use super::{Case, Container, change, items};
use crate::change::{Change, Remedy};
use crate::texts::Edit;

/// Other Pods that are worth doing without.
const MOST_IN_THE_WAY: usize = 2;

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    let missing = missing(case);
    if !missing.is_empty() {
        out.extend(lower_requests(case, &missing));
        out.extend(missing.iter().filter_map(|resource| drop_request(case, resource)));
        out.extend(fewer_replicas(case));
        out.extend(in_the_way(case, |pod| requests(pod).keys().any(|resource| missing.contains(resource))));
    }
    if case.rejected(Plugin::NodePorts).next().is_some() {
        host_ports(case, out);
    }
    if case.rejected(Plugin::PodTopologySpread).next().is_some() || case.rejected(Plugin::InterPodAffinity).next().is_some() {
        out.extend(fewer_replicas(case));
    }
}

/// The resources that some node has too little of.
fn missing(case: &Case<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for reason in case.rejected(Plugin::NodeResourcesFit).flat_map(|(_, status)| &status.reasons) {
        let resource = reason.strip_prefix("Insufficient ").unwrap_or_default();
        if !resource.is_empty() && !found.iter().any(|known| known == resource) {
            found.push(resource.to_owned());
        }
    }
    found
}

fn requests(pod: &podlapse_model::api::core::v1::Pod) -> ResourceList {
    pod_requests(pod, &ResourceOptions::default())
}

/// So many units of a resource: thousandths of a CPU, or whole ones.
fn units(resource: &str, quantity: &Quantity) -> i64 {
    if resource == "cpu" { quantity.milli_value() } else { quantity.value() }
}

/// The most of a resource, in whole units that people write.
fn written(resource: &str, units: i64) -> String {
    const MEBI: i64 = 1 << 20;
    match resource {
        "cpu" => Quantity::new_milli(units, Format::DecimalSI).to_string(),
        "memory" | "ephemeral-storage" if MEBI <= units => Quantity::new(units / MEBI * MEBI, Format::BinarySI).to_string(),
        _ => Quantity::new(units, Format::DecimalSI).to_string(),
    }
}

/// What is free of a resource on each node that only lacks what is missing.
fn free(case: &Case<'_>, resource: &str) -> Vec<i64> {
    let fitting = case.rejected(Plugin::NodeResourcesFit);
    let fitting = fitting.filter(|(_, status)| status.reasons.iter().all(|reason| reason.starts_with("Insufficient ")));
    let of_node = |name: &str| {
        let Some(Object::Node(node)) = case.node(name) else { return 0 };
        let total = resource_list(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
        let used = case.lives.list(Kind::Pod).filter_map(Object::typed::<Pod>);
        let used = used.filter(|pod| !matches!(crate::lives::phase(pod), "Succeeded" | "Failed"));
        let used = used.filter(|pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(name));
        let amount = |list: &ResourceList| list.get(resource).map_or(0, |quantity| units(resource, quantity));
        amount(&total) - used.map(|pod| amount(&requests(pod))).sum::<i64>()
    };
    fitting.map(|(name, _)| of_node(name)).collect()
}

/// The most that each of so many Pods can have.
fn most(free: &[i64], pods: i64) -> i64 {
    let (mut fits, mut fails) = (0, free.iter().copied().max().unwrap_or(0) + 1);
    while fits + 1 < fails {
        let middle = fits + (fails - fits) / 2;
        let room: i64 = free.iter().map(|free| free.max(&0) / middle).sum();
        if pods <= room { fits = middle } else { fails = middle }
    }
    fits
}

/// Ask for the most that fits, of all that is missing at once.
fn lower_requests(case: &Case<'_>, missing: &[String]) -> Option<Change> {
    let waiting = case.lives.pods(case.root).filter(|(_, pod)| pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_none()));
    let waiting = i64::try_from(waiting.count()).unwrap_or(i64::MAX).max(1);
    let (mut about, mut from, mut to, mut edits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for resource in missing {
        let asked = |container: &Container<'_>| -> i64 {
            let requests = container.spec.pointer("/resources/requests").and_then(|list| list.get(resource));
            let quantity = requests.and_then(Value::as_str).and_then(|text| Quantity::parse(text).ok());
            quantity.map_or(0, |quantity| units(resource, &quantity))
        };
        let all: i64 = case.containers().filter(|container| container.list == "containers").map(|each| asked(&each)).sum();
        let largest = case.containers().max_by_key(asked)?;
        let others = (all - asked(&largest)).max(0);
        let most = most(&free(case, resource), waiting) - others;
        if most <= 0 || asked(&largest) <= most {
            return None;
        }
        let lower = written(resource, most);
        let path = largest.path(&format!("resources/requests/{resource}"));
        about.push(format!("{} {resource}", largest.name()));
        from.push(written(resource, asked(&largest)));
        to.push(lower.clone());
        edits.push(case.edit(&path, Amend::Set(Value::from(lower))));
    }
    Some(change(Remedy::LowerRequest, &about.join(", "), [&from.join(", "), &to.join(", ")], edits))
}

/// Ask for none of what no node has at all.
fn drop_request(case: &Case<'_>, resource: &str) -> Option<Change> {
    if matches!(resource, "cpu" | "memory" | "ephemeral-storage") {
        return None;
    }
    let mut edits = Vec::new();
    let mut about = "";
    for container in case.containers() {
        for list in ["limits", "requests"] {
            // A request may come from the limit alone, and then is not written.
            let spec = case.documents.template(case.root);
            let pointer = format!("/spec/{}", container.path(&format!("resources/{list}")));
            if spec.pointer(&pointer).is_some_and(|there| there.get(resource).is_some()) {
                let mut path = case.edit(&container.path(&format!("resources/{list}")), Amend::Remove);
                path.path.push(resource.to_owned());
                edits.push(path);
                about = container.name();
            }
        }
    }
    (!edits.is_empty()).then(|| change(Remedy::DropRequest, about, [resource, ""], edits))
}

/// As many Pods as are well.
pub(super) fn fewer_replicas(case: &Case<'_>) -> Option<Change> {
    let is_scaled =
        matches!(case.root.kind, Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController | Kind::StatefulSet);
    if !is_scaled || case.well == 0 {
        return None;
    }
    let edit = case.edit_root("spec/replicas", Amend::Set(Value::from(case.well)));
    Some(change(Remedy::FewerReplicas, case.root.name.as_str(), ["", &case.well.to_string()], vec![edit]))
}

/// Pods of the texts that take what the Pod needs.
fn in_the_way<'c>(
    case: &'c Case<'_>,
    takes: impl Fn(&podlapse_model::api::core::v1::Pod) -> bool + 'c,
) -> impl Iterator<Item = Change> + 'c {
    let others = case.lives.list(Kind::Pod).filter_map(move |object| {
        let Object::Pod(pod) = object else { return None };
        let key = object.key();
        let is_there = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        let location = case.documents.find(&key).filter(|_| is_there && key != *case.root && takes(pod))?;
        Some(change(Remedy::DeletePod, key.name.as_str(), ["", ""], vec![location.edit(Vec::new(), Amend::Remove)]))
    });
    others.take(MOST_IN_THE_WAY)
}

fn host_ports(case: &Case<'_>, out: &mut Vec<Change>) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut ports = Vec::new();
    for container in case.containers() {
        for (index, port) in items(container.spec, "/ports") {
            if let Some(number) = port.get("hostPort").and_then(Value::as_i64) {
                edits.push(case.edit(&container.path(&format!("ports/{index}/hostPort")), Amend::Remove));
                ports.push(number);
            }
        }
    }
    let shown: Vec<String> = ports.iter().map(i64::to_string).collect();
    if !edits.is_empty() {
        out.push(change(Remedy::FreeHostPort, &shown.join(", "), ["", ""], edits));
    }
    let takes = |pod: &podlapse_model::api::core::v1::Pod| {
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        let mut taken = containers.flat_map(|container| container.ports.iter().flatten()).filter_map(|port| port.host_port);
        taken.any(|port| ports.contains(&i64::from(port)))
    };
    out.extend(in_the_way(case, takes).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_fits_is_shared_by_all_that_wait() {
        assert_eq!(most(&[4_000], 1), 4_000);
        assert_eq!(most(&[4_000, 1_000], 2), 2_000);
        assert_eq!(most(&[4_000, 1_000], 5), 1_000);
        assert_eq!(most(&[0, -5], 1), 0);
        assert_eq!((written("cpu", 3_500), written("memory", (64 << 20) + 5)), ("3500m".to_owned(), "64Mi".to_owned()));
    }
}
