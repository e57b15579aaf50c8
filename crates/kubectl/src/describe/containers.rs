//! The containers of a Pod. Models `describeContainers` and what it calls.

use std::collections::BTreeMap;

use podlapse_model::Quantity;
use podlapse_model::api::core::v1::{
    Container, ContainerPort, ContainerState, ContainerStatus, EnvVar, EnvVarSource, Pod, ResourceFieldSelector,
    ResourceRequirements, SeccompProfile,
};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

use super::metadata::{capital, rfc1123};
use super::probes::probe;
use super::writer::{Writer, put};

/// Writes a list of containers under its title.
pub(super) fn containers(
    w: &mut Writer,
    space: &str,
    title: &str,
    containers: &[Container],
    statuses: &[ContainerStatus],
    pod: Option<&Pod>,
) {
    put!(w, 0, "{space}{title}:{}\n", if containers.is_empty() { " <none>" } else { "" });
    for container in containers {
        let status = statuses.iter().rev().find(|status| status.name == container.name);
        put!(w, 1, "{}{}:\n", if space.is_empty() { "" } else { " " }, container.name);
        basics(w, container, status);
        words(w, "Command", container.command.as_deref());
        words(w, "Args", container.args.as_deref());
        if let Some(status) = status {
            state(w, "State", status.state.as_ref());
            if let Some(last) = status.last_state.as_ref().filter(|last| last.terminated.is_some()) {
                state(w, "Last State", Some(last));
            }
            put!(w, 2, "Ready:\t{}\n", capital(status.ready));
            put!(w, 2, "Restart Count:\t{}\n", status.restart_count);
        }
        resources(w, 2, container.resources.as_ref());
        for (name, given) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(given) = given {
                put!(w, 2, "{name}:\t{}\n", probe(given));
            }
        }
        env_from(w, container);
        env(w, container, pod);
        mounts(w, container);
    }
}

fn basics(w: &mut Writer, container: &Container, status: Option<&ContainerStatus>) {
    if let Some(status) = status {
        put!(w, 2, "Container ID:\t{}\n", status.container_id.as_deref().unwrap_or_default());
    }
    put!(w, 2, "Image:\t{}\n", container.image.as_deref().unwrap_or_default());
    if let Some(status) = status {
        put!(w, 2, "Image ID:\t{}\n", status.image_id);
    }
    let all = container.ports.as_deref().unwrap_or_default();
    ports(w, "Port", all, |port| port.container_port);
    ports(w, "Host Port", all, |port| port.host_port.unwrap_or_default());
    if let Some(profile) = container.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref()) {
        seccomp(w, 2, 3, profile);
    }
}

fn ports(w: &mut Writer, title: &str, ports: &[ContainerPort], number: impl Fn(&ContainerPort) -> i32) {
    let texts: Vec<String> = ports
        .iter()
        .map(|port| {
            let text = format!("{}/{}", number(port), port.protocol.as_deref().unwrap_or_default());
            match port.name.as_deref() {
                Some(name) if !name.is_empty() => format!("{text} ({name})"),
                Some(_) | None => text,
            }
        })
        .collect();
    match texts.as_slice() {
        [] => put!(w, 2, "{title}:\t<none>\n"),
        [one] => put!(w, 2, "{title}:\t{one}\n"),
        several => put!(w, 2, "{title}s:\t{}\n", several.join(", ")),
    }
}

/// The seccomp profile of a Pod or a container.
pub(super) fn seccomp(w: &mut Writer, level: usize, detail: usize, profile: &SeccompProfile) {
    put!(w, level, "SeccompProfile:\t{}\n", profile.type_);
    if profile.type_ == "Localhost" {
        put!(w, detail, "LocalhostProfile:\t{}\n", profile.localhost_profile.as_deref().unwrap_or_default());
    }
}

fn words(w: &mut Writer, title: &str, words: Option<&[String]>) {
    let words = words.unwrap_or_default();
    if words.is_empty() {
        return;
    }
    put!(w, 2, "{title}:\n");
    for line in words.iter().flat_map(|word| word.split('\n')) {
        put!(w, 3, "{line}\n");
    }
}

fn state(w: &mut Writer, title: &str, state: Option<&ContainerState>) {
    let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let empty = ContainerState::default();
    let state = state.unwrap_or(&empty);
    if let Some(running) = &state.running {
        put!(w, 2, "{title}:\tRunning\n");
        put!(w, 3, "Started:\t{}\n", rfc1123(running.started_at.as_ref()));
    } else if let (Some(terminated), None) = (&state.terminated, &state.waiting) {
        put!(w, 2, "{title}:\tTerminated\n");
        if let Some(reason) = text(&terminated.reason) {
            put!(w, 3, "Reason:\t{reason}\n");
        }
        if let Some(message) = text(&terminated.message) {
            put!(w, 3, "Message:\t{message}\n");
        }
        put!(w, 3, "Exit Code:\t{}\n", terminated.exit_code);
        if let Some(signal) = terminated.signal.filter(|signal| *signal > 0) {
            put!(w, 3, "Signal:\t{signal}\n");
        }
        put!(w, 3, "Started:\t{}\n", rfc1123(terminated.started_at.as_ref()));
        put!(w, 3, "Finished:\t{}\n", rfc1123(terminated.finished_at.as_ref()));
    } else {
        put!(w, 2, "{title}:\tWaiting\n");
        if let Some(reason) = state.waiting.as_ref().and_then(|waiting| text(&waiting.reason)) {
            put!(w, 3, "Reason:\t{reason}\n");
        }
    }
}

/// `describeResources`: limits and requests by name.
pub(super) fn resources(w: &mut Writer, level: usize, resources: Option<&ResourceRequirements>) {
    let Some(resources) = resources else { return };
    for (title, list) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        let Some(list) = list.as_ref().filter(|list| !list.is_empty()) else { continue };
        put!(w, level, "{title}:\n");
        for (name, quantity) in list {
            put!(w, level + 1, "{name}:\t{}\n", Quantity::of(quantity));
        }
    }
}

fn env_from(w: &mut Writer, container: &Container) {
    let sources = container.env_from.as_deref().unwrap_or_default();
    if !sources.is_empty() {
        put!(w, 2, "Environment Variables from:\n");
    }
    for source in sources {
        let (kind, name, optional) = match (&source.config_map_ref, &source.secret_ref) {
            (Some(map), _) => ("ConfigMap", map.name.as_str(), map.optional),
            (None, Some(secret)) => ("Secret", secret.name.as_str(), secret.optional),
            (None, None) => ("", "", None),
        };
        let prefix = match source.prefix.as_deref() {
            Some(prefix) if !prefix.is_empty() => format!(" with prefix '{prefix}'"),
            Some(_) | None => String::new(),
        };
        put!(w, 3, "{name}\t{kind}{prefix}\tOptional: {}\n", optional == Some(true));
    }
}

fn env(w: &mut Writer, container: &Container, pod: Option<&Pod>) {
    let variables = container.env.as_deref().unwrap_or_default();
    put!(w, 2, "Environment:{}\n", if variables.is_empty() { "\t<none>" } else { "" });
    for variable in variables {
        match &variable.value_from {
            Some(source) => env_source(w, variable, source, container, pod),
            None => {
                let mut name = format!("{}:", variable.name);
                for line in variable.value.as_deref().unwrap_or_default().split('\n') {
                    put!(w, 3, "{}\t{line}\n", std::mem::take(&mut name));
                }
            }
        }
    }
}

fn env_source(w: &mut Writer, variable: &EnvVar, source: &EnvVarSource, container: &Container, pod: Option<&Pod>) {
    let name = &variable.name;
    if let Some(field) = &source.field_ref {
        let version = field.api_version.as_deref().unwrap_or_default();
        put!(w, 3, "{name}:\t{} ({version}:{})\n", pod.map_or("", |pod| field_value(pod, &field.field_path)), field.field_path);
    } else if let Some(field) = &source.resource_field_ref {
        put!(w, 3, "{name}:\t{} ({})\n", resource_value(container, field), field.resource);
    } else if let Some(key) = &source.secret_key_ref {
        let optional = key.optional == Some(true);
        put!(w, 3, "{name}:\t<set to the key '{}' in secret '{}'>\tOptional: {optional}\n", key.key, key.name);
    } else if let Some(key) = &source.config_map_key_ref {
        let optional = key.optional == Some(true);
        put!(w, 3, "{name}:\t<set to the key '{}' of config map '{}'>\tOptional: {optional}\n", key.key, key.name);
    }
}

/// The value of a Pod's field; kubectl itself knows only these two paths.
fn field_value<'a>(pod: &'a Pod, path: &str) -> &'a str {
    let value = match path {
        "metadata.name" => &pod.metadata.name,
        "metadata.namespace" => &pod.metadata.namespace,
        _ => &None,
    };
    value.as_deref().unwrap_or_default()
}

/// `ExtractContainerResourceValue`: the quantity in units of the divisor, rounded up.
fn resource_value(container: &Container, field: &ResourceFieldSelector) -> String {
    let Some((side, resource)) = field.resource.split_once('.') else { return String::new() };
    let requirements = container.resources.as_ref();
    let list: Option<&BTreeMap<String, ApiQuantity>> = match side {
        "limits" => requirements.and_then(|resources| resources.limits.as_ref()),
        "requests" => requirements.and_then(|resources| resources.requests.as_ref()),
        _ => return String::new(),
    };
    let is_cpu = resource == "cpu";
    if !is_cpu && resource != "memory" && resource != "ephemeral-storage" && !resource.starts_with("hugepages-") {
        return String::new();
    }
    let amount = |quantity: &Quantity| if is_cpu { quantity.milli_value() } else { quantity.value() };
    let quantity = list.and_then(|list| list.get(resource)).map_or(0, |quantity| amount(&Quantity::of(quantity)));
    let divisor = field.divisor.as_ref().map(Quantity::of).filter(|divisor| !divisor.is_zero());
    let divisor = divisor.map_or(if is_cpu { 1000 } else { 1 }, |divisor| amount(&divisor)).max(1);
    let value = quantity / divisor + i64::from(quantity % divisor > 0);
    if value == 0 && matches!(field.resource.as_str(), "limits.cpu" | "limits.memory") {
        return "node allocatable".to_owned();
    }
    value.to_string()
}

fn mounts(w: &mut Writer, container: &Container) {
    let mut mounts: Vec<_> = container.volume_mounts.iter().flatten().collect();
    podlapse_model::sort_by(&mut mounts, |a, b| a.mount_path.cmp(&b.mount_path));
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    put!(w, 2, "Mounts:{none}\n");
    for mount in mounts {
        let access = if mount.read_only == Some(true) { "ro" } else { "rw" };
        let path = match mount.sub_path.as_deref() {
            Some(path) if !path.is_empty() => format!(",path={path:?}"),
            Some(_) | None => String::new(),
        };
        put!(w, 3, "{} from {} ({access}{path})\n", mount.mount_path, mount.name);
    }
    let mut devices: Vec<_> = container.volume_devices.iter().flatten().collect();
    if !devices.is_empty() {
        podlapse_model::sort_by(&mut devices, |a, b| a.device_path.cmp(&b.device_path));
        put!(w, 2, "Devices:{none}\n");
        for device in devices {
            put!(w, 3, "{} from {}\n", device.device_path, device.name);
        }
    }
}
