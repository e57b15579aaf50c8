//! Ports of a Pod that say the same twice, or nearly so.
//!
//! Upstream: `pkg/api/pod/warnings.go` `warningsForPodSpecAndMeta`.

use podlapse_model::api::core::v1::{Container, ContainerPort};
use podlapse_model::go_text::quote;

/// The warnings of all containers, which come with their paths; `path` is that of the Pod.
pub(crate) fn ports(containers: &[(String, &Container)], path: &str, out: &mut Vec<String>) {
    let mut ports = Vec::new();
    for (own, container) in containers {
        port_warnings(container, &format!("{path}{own}"), &mut ports, out);
    }
    port_names(&ports, out);
}

fn port_warnings<'a>(container: &'a Container, path: &str, seen: &mut Vec<(String, &'a ContainerPort)>, out: &mut Vec<String>) {
    for (at, port) in container.ports.iter().flatten().enumerate() {
        let own = format!("{path}.ports[{at}]");
        let text = |field: &'a Option<String>| field.as_deref().unwrap_or_default();
        let (ip, host) = (text(&port.host_ip), port.host_port.unwrap_or_default());
        if host == 0 && !ip.is_empty() {
            let shown = format!(
                "{{Name:{} HostPort:{host} ContainerPort:{} Protocol:{} HostIP:{ip}}}",
                text(&port.name),
                port.container_port,
                text(&port.protocol)
            );
            out.push(format!("{own}: hostIP set without hostPort: {shown}"));
        }
        for (other, found) in &*seen {
            if found.container_port != port.container_port || text(&found.protocol) != text(&port.protocol) {
                continue;
            }
            let (other_ip, other_host) = (text(&found.host_ip), found.host_port.unwrap_or_default());
            let how = if ip == other_ip && host == other_host {
                "duplicate"
            } else if host == 0 || other_host == 0 {
                "overlapping"
            } else if host == other_host && ip.is_empty() != other_ip.is_empty() {
                "dangerously ambiguous"
            } else {
                continue;
            };
            out.push(format!("{own}: {how} port definition with {other}"));
        }
        seen.push((own, port));
    }
}

/// Of ports with one name only the first is found by it.
fn port_names(ports: &[(String, &ContainerPort)], out: &mut Vec<String>) {
    for (at, (own, port)) in ports.iter().enumerate() {
        let Some(name) = port.name.as_ref().filter(|name| !name.is_empty()) else { continue };
        if let Some((first, _)) = ports[..at].iter().find(|(_, other)| other.name.as_ref() == Some(name)) {
            let advice = format!("services and probes that select ports by name will use {first}");
            out.push(format!("{own}: duplicate port name {} with {first}, {advice}", quote(name)));
        }
    }
}
