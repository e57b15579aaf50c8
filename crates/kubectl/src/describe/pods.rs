//! `kubectl describe pod`. Models `describePod` of `k8s.io/kubectl/pkg/describe/describe.go` (v1.36).

use podlapse_model::api::core::v1::{Container, EphemeralContainer, Event, Pod, PodSpec, PodStatus, Toleration};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, QosClass, Selector};

use super::containers::{containers, resources, seccomp};
use super::events::events;
use super::metadata::{annotations, controller, labels, next_line, rfc1123};
use super::volumes::volumes;
use super::writer::{Writer, put};
use crate::duration::age;
use crate::sort::go_sort;

/// The description of a Pod with its events at the instant `now`.
///
/// The events are those about this Pod, in the order in which the API lists them (by namespace and name).
///
/// ```
/// use podlapse_model::api::core::v1::Pod;
/// use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
/// let pod: Pod = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "web", "namespace": "default"},
///     "spec": {"containers": [{"name": "app", "image": "nginx"}]},
/// })).unwrap();
/// let now: Time = serde_json::from_value("2026-01-01T00:00:07Z".into()).unwrap();
/// assert!(podlapse_kubectl::describe_pod(&pod, &[], &now).starts_with("Name:         web\nNamespace:    default\n"));
/// ```
pub fn describe_pod(pod: &Pod, about: &[&Event], now: &Time) -> String {
    pod_text(pod, Some(about), now)
}

/// The description of a Pod, with or without its events.
pub(super) fn pod_text(pod: &Pod, about: Option<&[&Event]>, now: &Time) -> String {
    let mut writer = Writer::default();
    let w = &mut writer;
    let (empty_spec, empty_status) = (PodSpec::default(), PodStatus::default());
    let spec = pod.spec.as_ref().unwrap_or(&empty_spec);
    let status = pod.status.as_ref().unwrap_or(&empty_status);
    head(w, pod, spec, status);
    state(w, pod, spec, status, now);
    if spec.resources.is_some() {
        put!(w, 0, "Resources:\n");
        resources(w, 1, spec.resources.as_ref());
    }
    all_containers(w, pod, spec, status);
    conditions(w, spec, status);
    volumes(w, "", spec.volumes.as_deref().unwrap_or_default());
    let computed = QosClass::of(spec);
    put!(w, 0, "QoS Class:\t{}\n", given(&status.qos_class).unwrap_or(computed.name()));
    labels(w, "Node-Selectors", spec.node_selector.as_ref());
    tolerations(w, "Tolerations", spec.tolerations.as_deref().unwrap_or_default());
    topology_spread(w, "", spec);
    scheduling_group(w, "", spec);
    if let Some(about) = about {
        events(w, about, now);
    }
    writer.finish()
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn head(w: &mut Writer, pod: &Pod, spec: &PodSpec, status: &PodStatus) {
    put!(w, 0, "Name:\t{}\n", pod.name());
    put!(w, 0, "Namespace:\t{}\n", pod.namespace());
    if let Some(priority) = spec.priority {
        put!(w, 0, "Priority:\t{priority}\n");
    }
    if let Some(class) = given(&spec.priority_class_name) {
        put!(w, 0, "Priority Class Name:\t{class}\n");
    }
    if let Some(class) = given(&spec.runtime_class_name) {
        put!(w, 0, "Runtime Class Name:\t{class}\n");
    }
    if let Some(account) = given(&spec.service_account_name) {
        put!(w, 0, "Service Account:\t{account}\n");
    }
    match given(&spec.node_name) {
        None => put!(w, 0, "Node:\t<none>\n"),
        Some(node) => put!(w, 0, "Node:\t{node}/{}\n", status.host_ip.as_deref().unwrap_or_default()),
    }
    if let Some(start) = &status.start_time {
        put!(w, 0, "Start Time:\t{}\n", rfc1123(Some(start)));
    }
    labels(w, "Labels", pod.metadata.labels.as_ref());
    annotations(w, "Annotations", pod.metadata.annotations.as_ref());
}

fn state(w: &mut Writer, pod: &Pod, spec: &PodSpec, status: &PodStatus, now: &Time) {
    let phase = status.phase.as_deref().unwrap_or_default();
    match &pod.metadata.deletion_timestamp {
        Some(at) if !matches!(phase, "Failed" | "Succeeded") => {
            put!(w, 0, "Status:\tTerminating (lasts {})\n", age(Some(at), now));
            let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
            put!(w, 0, "Termination Grace Period:\t{grace}s\n");
        }
        Some(_) | None => put!(w, 0, "Status:\t{phase}\n"),
    }
    if let Some(reason) = given(&status.reason) {
        put!(w, 0, "Reason:\t{reason}\n");
    }
    if let Some(message) = given(&status.message) {
        put!(w, 0, "Message:\t{message}\n");
    }
    if let Some(profile) = spec.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref()) {
        seccomp(w, 0, 0, profile);
    }
    put!(w, 0, "IP:\t{}\n", status.pod_ip.as_deref().unwrap_or_default());
    match status.pod_ips.as_deref().unwrap_or_default() {
        [] => put!(w, 0, "IPs:\t<none>\n"),
        ips => {
            put!(w, 0, "IPs:\n");
            for ip in ips {
                put!(w, 1, "IP:\t{}\n", ip.ip);
            }
        }
    }
    if let Some(controller) = controller(&pod.metadata) {
        put!(w, 0, "Controlled By:\t{controller}\n");
    }
    if let Some(node) = given(&status.nominated_node_name) {
        put!(w, 0, "NominatedNodeName:\t{node}\n");
    }
}

fn all_containers(w: &mut Writer, pod: &Pod, spec: &PodSpec, status: &PodStatus) {
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        containers(w, "", "Init Containers", init, status.init_container_statuses.as_deref().unwrap_or_default(), Some(pod));
    }
    containers(w, "", "Containers", &spec.containers, status.container_statuses.as_deref().unwrap_or_default(), Some(pod));
    let ephemeral: Vec<Container> = spec.ephemeral_containers.iter().flatten().map(as_container).collect();
    if !ephemeral.is_empty() {
        let statuses = status.ephemeral_container_statuses.as_deref().unwrap_or_default();
        containers(w, "", "Ephemeral Containers", &ephemeral, statuses, Some(pod));
    }
}

/// An ephemeral container has the fields of a container; these are the ones that are described.
fn as_container(ephemeral: &EphemeralContainer) -> Container {
    Container {
        name: ephemeral.name.clone(),
        image: ephemeral.image.clone(),
        command: ephemeral.command.clone(),
        args: ephemeral.args.clone(),
        ports: ephemeral.ports.clone(),
        env: ephemeral.env.clone(),
        env_from: ephemeral.env_from.clone(),
        resources: ephemeral.resources.clone(),
        liveness_probe: ephemeral.liveness_probe.clone(),
        readiness_probe: ephemeral.readiness_probe.clone(),
        startup_probe: ephemeral.startup_probe.clone(),
        security_context: ephemeral.security_context.clone(),
        volume_mounts: ephemeral.volume_mounts.clone(),
        volume_devices: ephemeral.volume_devices.clone(),
        ..Container::default()
    }
}

fn conditions(w: &mut Writer, spec: &PodSpec, status: &PodStatus) {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let gates = spec.readiness_gates.as_deref().unwrap_or_default();
    if !gates.is_empty() {
        put!(w, 0, "Readiness Gates:\n  Type\tStatus\n");
    }
    for gate in gates {
        let condition = conditions.iter().find(|condition| condition.type_ == gate.condition_type);
        let status = condition.map_or("<none>", |condition| condition.status.as_str());
        put!(w, 1, "{} \t{status} \n", gate.condition_type);
    }
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n  Type\tStatus\n");
    }
    for condition in conditions {
        put!(w, 1, "{} \t{} \n", condition.type_, condition.status);
    }
}

pub(super) fn tolerations(w: &mut Writer, title: &str, tolerations: &[Toleration]) {
    let mut sorted: Vec<&Toleration> = tolerations.iter().collect();
    go_sort(&mut sorted, |one, other| one.key.as_deref().unwrap_or_default() < other.key.as_deref().unwrap_or_default());
    put!(w, 0, "{title}:\t");
    let mut is_first = true;
    for toleration in sorted {
        next_line(w, &mut is_first);
        put!(w, 0, "{}\n", toleration_text(toleration));
    }
    if is_first {
        put!(w, 0, "<none>\n");
    }
}

fn toleration_text(toleration: &Toleration) -> String {
    let mut text = toleration.key.clone().unwrap_or_default();
    let value = given(&toleration.value);
    if let Some(value) = value {
        text.push_str(&format!("={value}"));
    }
    if let Some(effect) = given(&toleration.effect) {
        text.push_str(&format!(":{effect}"));
    }
    if toleration.operator.as_deref() == Some("Exists") && value.is_none() {
        text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.toleration_seconds {
        text.push_str(&format!(" for {seconds}s"));
    }
    text
}

pub(super) fn topology_spread(w: &mut Writer, space: &str, spec: &PodSpec) {
    let mut constraints: Vec<_> = spec.topology_spread_constraints.iter().flatten().collect();
    go_sort(&mut constraints, |one, other| one.topology_key < other.topology_key);
    if !constraints.is_empty() {
        put!(w, 0, "{space}Topology Spread Constraints:\t");
    }
    let mut is_first = true;
    for constraint in constraints {
        if !std::mem::take(&mut is_first) {
            put!(w, 0, "{space}");
            put!(w, 0, "\t");
        }
        let selector = constraint.label_selector.as_ref();
        let selector = selector.map(|selector| format!(" for selector {}", Selector::format_label_selector(Some(selector))));
        put!(
            w,
            0,
            "{}:{} when max skew {} is exceeded{}\n",
            constraint.topology_key,
            constraint.when_unsatisfiable,
            constraint.max_skew,
            selector.unwrap_or_default()
        );
    }
}

/// `describeSchedulingGroup`.
pub(super) fn scheduling_group(w: &mut Writer, space: &str, spec: &PodSpec) {
    if let Some(group) = &spec.scheduling_group {
        put!(w, 0, "{space}SchedulingGroup:\n");
        put!(w, 1, "PodGroupName:\t{}\n", group.pod_group_name.as_deref().unwrap_or_default());
    }
}
