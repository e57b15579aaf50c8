//! Containers and init containers.
//!
//! Upstream: `validateContainers`, `validateInitContainers`, `validateContainerCommon` in
//! `pkg/apis/core/validation/validation.go`. Volumes that have an error of their own count as missing for mounts.

use podlapse_model::{SortedMap, SortedSet, is_sidecar};

use podlapse_model::api::core::v1::{
    Container, ContainerPort, EphemeralContainer, PodSpec, ResourceRequirements, VolumeDevice, VolumeMount,
};

use super::error::Errors;
use super::names::{label_errors, port_name_errors, port_number_errors};
use super::probe::{ProbeKind, lifecycle, probe};
use super::volume::{Known, descending_path};
use super::{env, resources, security};

/// The most rules for restarts that a container may have.
const MAX_RESTART_RULES: usize = 20;
/// The most exit codes in one rule.
const MAX_EXIT_CODES: usize = 255;
/// The policy of a container that is restarted to be resized.
const RESTART: &str = "RestartContainer";

/// What the checks of a container need to know of its Pod.
pub(super) struct Surroundings<'a> {
    pub(super) volumes: SortedMap<&'a str, Known>,
    pub(super) claims: SortedSet<String>,
    pub(super) restart_policy: &'a str,
    pub(super) grace_seconds: i64,
    pub(super) uses_host_users: bool,
}

pub(super) fn containers(spec: &PodSpec, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    if spec.containers.is_empty() {
        return out.required(path, "");
    }
    let mut names = SortedSet::new();
    for (at, container) in spec.containers.iter().enumerate() {
        let path = format!("{path}[{at}]");
        common(container, around, &path, out);
        if !names.insert(&container.name) {
            out.duplicate(&format!("{path}.name"), &container.name);
        }
        hooks_and_probes(container, around, &path, out);
        restart_policy(container, &path, out);
    }
    host_ports(&spec.containers, path, out);
}

pub(super) fn init_containers(spec: &PodSpec, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    const DETAIL: &str = "may not be set for init containers without restartPolicy=Always";
    let mut names: SortedSet<&String> = spec.containers.iter().map(|container| &container.name).collect();
    for (at, container) in spec.init_containers.iter().flatten().enumerate() {
        let index_path = format!("{path}[{at}]");
        common(container, around, &index_path, out);
        restart_policy(container, &index_path, out);
        if names.contains(&container.name) {
            out.duplicate(&format!("{index_path}.name"), &container.name);
        } else if !container.name.is_empty() {
            names.insert(&container.name);
        }
        host_ports(std::slice::from_ref(container), path, out);
        if is_sidecar(container) {
            hooks_and_probes(container, around, &index_path, out);
            continue;
        }
        for (field, is_set) in [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ] {
            if is_set {
                out.forbidden(&format!("{index_path}.{field}"), DETAIL);
            }
        }
        for (policy_at, policy) in container.resize_policy.iter().flatten().enumerate() {
            if policy.restart_policy == RESTART {
                let path = format!("{index_path}.resizePolicy[{policy_at}].restartPolicy");
                out.invalid(&path, RESTART, "must not be set to 'RestartContainer' for non-sidecar initContainers");
            }
        }
    }
}

/// Containers for debugging. They come through a subresource of their own, and are checked wherever they stand.
pub(super) fn ephemeral_containers(spec: &PodSpec, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    const DETAIL: &str = "cannot be set for an Ephemeral Container";
    let inits = spec.init_containers.iter().flatten();
    let others: SortedSet<&String> = spec.containers.iter().chain(inits).map(|container| &container.name).collect();
    let mut names = others.clone();
    for (at, found) in spec.ephemeral_containers.iter().flatten().enumerate() {
        let path = format!("{path}[{at}]");
        let container = as_container(found);
        common(&container, around, &path, out);
        untrimmed_image(&container, &path, out);
        if !names.insert(&found.name) {
            out.duplicate(&format!("{path}.name"), &found.name);
        }
        if let Some(target) = found.target_container_name.as_ref().filter(|target| !target.is_empty())
            && !others.contains(target)
        {
            out.not_found(&format!("{path}.targetContainerName"), target, "");
        }
        let has_resources = container.resources.as_ref().is_some_and(|found| *found != ResourceRequirements::default());
        for (field, is_set) in [
            ("ports", container.ports.is_some()),
            ("resources", has_resources),
            ("resizePolicy", container.resize_policy.is_some()),
            ("restartPolicy", container.restart_policy.is_some()),
            ("restartPolicyRules", container.restart_policy_rules.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
            ("lifecycle", container.lifecycle.is_some()),
        ] {
            if is_set {
                out.forbidden(&format!("{path}.{field}"), DETAIL);
            }
        }
        for (at, mount) in container.volume_mounts.iter().flatten().enumerate() {
            for (field, value) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
                if value.as_ref().is_some_and(|value| !value.is_empty()) {
                    out.forbidden(&format!("{path}.volumeMounts[{at}].{field}"), DETAIL);
                }
            }
        }
    }
}

/// An ephemeral container has the fields of a container.
fn as_container(found: &EphemeralContainer) -> Container {
    let found = found.clone();
    Container {
        args: found.args,
        command: found.command,
        env: found.env,
        env_from: found.env_from,
        image: found.image,
        image_pull_policy: found.image_pull_policy,
        lifecycle: found.lifecycle,
        liveness_probe: found.liveness_probe,
        name: found.name,
        ports: found.ports,
        readiness_probe: found.readiness_probe,
        resize_policy: found.resize_policy,
        resources: found.resources,
        restart_policy: found.restart_policy,
        restart_policy_rules: found.restart_policy_rules,
        security_context: found.security_context,
        startup_probe: found.startup_probe,
        stdin: found.stdin,
        stdin_once: found.stdin_once,
        termination_message_path: found.termination_message_path,
        termination_message_policy: found.termination_message_policy,
        tty: found.tty,
        volume_devices: found.volume_devices,
        volume_mounts: found.volume_mounts,
        working_dir: found.working_dir,
    }
}

/// The image of a Pod's container stands without spaces around it; templates have always been let off.
pub(super) fn untrimmed_image(container: &Container, path: &str, out: &mut Errors) {
    let image = container.image.as_deref().unwrap_or_default();
    if image.trim().len() != image.len() {
        out.invalid(&format!("{path}.image"), image, "must not have leading or trailing whitespace");
    }
}

fn hooks_and_probes(container: &Container, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    if let Some(found) = &container.lifecycle {
        lifecycle(found, around.grace_seconds, &format!("{path}.lifecycle"), out);
    }
    for (field, found, kind) in [
        ("livenessProbe", &container.liveness_probe, ProbeKind::Liveness),
        ("readinessProbe", &container.readiness_probe, ProbeKind::Readiness),
        ("startupProbe", &container.startup_probe, ProbeKind::Startup),
    ] {
        if let Some(found) = found {
            probe(found, kind, &format!("{path}.{field}"), out);
        }
    }
}

fn common(container: &Container, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    if container.name.is_empty() {
        out.required(&child("name"), "");
    } else {
        out.each(&child("name"), &container.name, label_errors(&container.name));
    }
    if container.image.as_deref().unwrap_or_default().is_empty() {
        out.required(&child("image"), "");
    }
    let policy = container.termination_message_policy.as_deref().unwrap_or_default();
    out.required_one_of(&child("terminationMessagePolicy"), policy, &["File", "FallbackToLogsOnError"]);
    ports(container.ports.as_deref().unwrap_or_default(), &child("ports"), out);
    env::variables(container.env.as_deref().unwrap_or_default(), &child("env"), out);
    env::sources(container.env_from.as_deref().unwrap_or_default(), &child("envFrom"), out);
    volume_mounts(container, around, &child("volumeMounts"), out);
    volume_devices(container, around, &child("volumeDevices"), out);
    let policy = container.image_pull_policy.as_deref().unwrap_or_default();
    out.required_one_of(&child("imagePullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
    if let Some(found) = &container.resources {
        resources::container(found, &around.claims, &child("resources"), out);
    }
    resize_policy(container, around, &child("resizePolicy"), out);
    if let Some(context) = &container.security_context {
        security::container(context, around.uses_host_users, &child("securityContext"), out);
    }
}

fn ports(ports: &[ContainerPort], path: &str, out: &mut Errors) {
    let mut names = SortedSet::new();
    for (at, port) in ports.iter().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            let errors = port_name_errors(name);
            if !errors.is_empty() {
                out.each(&child("name"), name, errors);
            } else if !names.insert(name) {
                out.duplicate(&child("name"), name);
            }
        }
        if port.container_port == 0 {
            out.required(&child("containerPort"), "");
        }
        for (field, number) in [("containerPort", port.container_port), ("hostPort", port.host_port.unwrap_or_default())] {
            for message in port_number_errors(i64::from(number)).iter().filter(|_| number != 0) {
                out.invalid(&child(field), number, message);
            }
        }
        out.required_one_of(&child("protocol"), port.protocol.as_deref().unwrap_or_default(), &["SCTP", "TCP", "UDP"]);
    }
}

fn host_ports(containers: &[Container], path: &str, out: &mut Errors) {
    let mut taken = SortedSet::new();
    for (at, container) in containers.iter().enumerate() {
        for (port_at, port) in container.ports.iter().flatten().enumerate() {
            let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
            let protocol = port.protocol.as_deref().unwrap_or_default();
            let key = format!("{protocol}/{}/{number}", port.host_ip.as_deref().unwrap_or_default());
            if !taken.insert(key.clone()) {
                out.duplicate(&format!("{path}[{at}].ports[{port_at}].hostPort"), &key);
            }
        }
    }
}

fn restart_policy(container: &Container, path: &str, out: &mut Errors) {
    let policy_path = format!("{path}.restartPolicy");
    let rules = container.restart_policy_rules.as_deref().unwrap_or_default();
    match &container.restart_policy {
        Some(policy) => out.one_of(&policy_path, policy, &["Always", "Never", "OnFailure"]),
        None if !rules.is_empty() => out.required(&policy_path, "must specify restartPolicy when restart rules are used"),
        None => {}
    }
    if rules.len() > MAX_RESTART_RULES {
        out.too_many(&format!("{path}.restartPolicyRules"), rules.len(), MAX_RESTART_RULES);
    }
    for (at, rule) in rules.iter().enumerate() {
        let path = format!("{path}.restartPolicyRules[{at}]");
        out.one_of(&format!("{path}.action"), &rule.action, &["Restart", "RestartAllContainers"]);
        let exit_path = format!("{path}.exitCodes");
        let Some(codes) = &rule.exit_codes else {
            out.required(&exit_path, "must be specified");
            continue;
        };
        out.one_of(&format!("{exit_path}.operator"), &codes.operator, &["In", "NotIn"]);
        let count = codes.values.as_ref().map_or(0, Vec::len);
        if count > MAX_EXIT_CODES {
            out.too_many(&format!("{exit_path}.values"), count, MAX_EXIT_CODES);
        }
    }
}

fn volume_mounts(container: &Container, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    let devices: &[VolumeDevice] = container.volume_devices.as_deref().unwrap_or_default();
    let mut mount_paths = SortedSet::new();
    for (at, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        if mount.name.is_empty() {
            out.required(&child("name"), "");
        }
        if !around.volumes.contains_key(mount.name.as_str()) {
            out.not_found(&child("name"), &mount.name, "");
        }
        if mount.mount_path.is_empty() {
            out.required(&child("mountPath"), "");
        }
        if !mount_paths.insert(&mount.mount_path) {
            out.invalid(&child("mountPath"), &mount.mount_path, "must be unique");
        }
        if devices.iter().any(|device| device.name == mount.name) {
            out.invalid(&child("name"), &mount.name, "must not already exist in volumeDevices");
        }
        if devices.iter().any(|device| device.device_path == mount.mount_path) {
            out.invalid(&child("mountPath"), &mount.mount_path, "must not already exist as a path in volumeDevices");
        }
        let sub_path = mount.sub_path.as_deref().unwrap_or_default();
        descending_path(sub_path, &format!("{path}.subPath"), out);
        if let Some(expression) = mount.sub_path_expr.as_deref().filter(|expression| !expression.is_empty()) {
            if !sub_path.is_empty() {
                let detail = "subPathExpr and subPath are mutually exclusive";
                out.invalid(&child("subPathExpr"), expression, detail);
            }
            descending_path(expression, &format!("{path}.subPathExpr"), out);
        }
        propagation(mount, container, path, out);
    }
}

fn propagation(mount: &VolumeMount, container: &Container, path: &str, out: &mut Errors) {
    if let Some(propagation) = &mount.mount_propagation {
        let path = format!("{path}.mountPropagation");
        out.one_of(&path, propagation, &["Bidirectional", "HostToContainer", "None"]);
        let is_privileged = container.security_context.as_ref().and_then(|context| context.privileged) == Some(true);
        if propagation == "Bidirectional" && !is_privileged {
            out.forbidden(&path, "Bidirectional mount propagation is available only to privileged containers");
        }
    }
    let Some(recursive) = &mount.recursive_read_only else { return };
    let path = format!("{path}.recursiveReadOnly");
    match recursive.as_str() {
        "Disabled" => {}
        "IfPossible" | "Enabled" => {
            if mount.read_only != Some(true) {
                out.forbidden(&path, "may only be specified when readOnly is true");
            }
            if mount.mount_propagation.as_deref().is_some_and(|propagation| propagation != "None") {
                out.forbidden(&path, "may only be specified when mountPropagation is None or not specified");
            }
        }
        other => out.not_supported(&path, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

fn volume_devices(container: &Container, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    let (mut names, mut paths) = (SortedSet::new(), SortedSet::new());
    for (at, device) in container.volume_devices.iter().flatten().enumerate() {
        let child = |field: &str| format!("{path}[{at}].{field}");
        let known = around.volumes.get(device.name.as_str());
        if device.name.is_empty() {
            out.required(&child("name"), "");
        }
        if !device.name.is_empty() && !names.insert(&device.name) {
            out.invalid(&child("name"), &device.name, "must be unique");
        }
        if known.is_some_and(|known| !known.has_claim) {
            let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
            out.invalid(&child("name"), &device.name, detail);
        }
        if known.is_none() {
            out.not_found(&child("name"), &device.name, "");
        }
        if device.device_path.is_empty() {
            out.required(&child("devicePath"), "");
        }
        if paths.contains(&device.device_path) {
            out.invalid(&child("devicePath"), &device.device_path, "must be unique");
        }
        if device.device_path.split('/').any(|part| part == "..") {
            out.invalid(&child("devicePath"), &device.device_path, "can not contain backsteps ('..')");
        } else {
            paths.insert(&device.device_path);
        }
        if mounts.iter().any(|mount| mount.name == device.name) {
            out.invalid(&child("name"), &device.name, "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| mount.mount_path == device.device_path) {
            out.invalid(&child("devicePath"), &device.device_path, "must not already exist as a path in volumeMounts");
        }
    }
}

fn resize_policy(container: &Container, around: &Surroundings<'_>, path: &str, out: &mut Errors) {
    let mut seen = SortedSet::new();
    for (at, policy) in container.resize_policy.iter().flatten().enumerate() {
        if !seen.insert(&policy.resource_name) {
            out.duplicate(&format!("{path}[{at}]"), &policy.resource_name);
        }
        out.required_one_of(path, &policy.resource_name, &["cpu", "memory"]);
        out.required_one_of(path, &policy.restart_policy, &["NotRequired", RESTART]);
        if around.restart_policy == "Never" && policy.restart_policy != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            out.invalid(path, &policy.restart_policy, detail);
        }
    }
}
