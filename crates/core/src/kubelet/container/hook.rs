//! Lifecycle hooks.
//!
//! Models `pkg/kubelet/lifecycle/handlers.go` `Run` (v1.36): exec, httpGet and sleep; a server may answer an httpGet as it likes, and
//! tcpSocket is none of the three. Not modelled: headers.

use podlapse_model::SimDuration;
use podlapse_model::api::core::v1::{Container, HTTPGetAction, LifecycleHandler, Pod, TCPSocketAction};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::key::pod_format;
use crate::cri::{Call, ContainerId, Dial, DialResult, Reply};
use crate::kubelet::container_spec::container_spec;
use crate::kubelet::probe::outcome::{get_failed, http_url, tcp_refused, unknown_port};

/// Hooks have no timeout of their own.
pub(in crate::kubelet) const NO_TIMEOUT: SimDuration = SimDuration::from_secs(1 << 32);

/// What a hook comes to.
#[derive(Clone, Debug)]
pub(in crate::kubelet) enum HookCall {
    /// A call to the runtime.
    Call(Call),
    /// Time passes.
    Sleep(SimDuration),
    /// It cannot be run, and this is what is said of it.
    Impossible(String),
}

/// The call that a hook makes.
pub(in crate::kubelet) fn hook_call(
    pod: &Pod,
    container: &str,
    id: &ContainerId,
    hook: &LifecycleHandler,
    timeout: SimDuration,
) -> HookCall {
    if let Some(exec) = &hook.exec {
        let command = exec.command.clone().unwrap_or_default();
        return HookCall::Call(Call::ExecSync { id: id.clone(), command, timeout });
    }
    if let Some(get) = &hook.http_get {
        if let Some(refused) = get_refused_at_node(pod, container, get) {
            return HookCall::Impossible(http_failure(pod, container, get, &refused));
        }
        return match named_port(pod, container, &get.port) {
            Ok(port) => {
                let path = get.path.clone().unwrap_or_else(|| "/".to_owned());
                let https = get.scheme.as_deref() == Some("HTTPS");
                HookCall::Call(Call::Dial { id: id.clone(), request: Dial::Http { port, path, https }, timeout })
            }
            Err(error) => HookCall::Impossible(http_failure(pod, container, get, &error)),
        };
    }
    match &hook.sleep {
        Some(sleep) => HookCall::Sleep(SimDuration::from_secs(sleep.seconds.max(0).unsigned_abs())),
        None => HookCall::Impossible("Cannot run handler: invalid handler".to_owned()),
    }
}

/// What the kubelet says of a hook that failed; a Pod's own address is where its servers are.
pub(in crate::kubelet) fn failure(
    pod: &Pod,
    container: &str,
    hook: &LifecycleHandler,
    reply: &Reply,
    pod_ip: &str,
) -> Option<String> {
    match reply {
        Reply::Exec(Ok(result)) if result.exit_code == 0 => None,
        Reply::Exec(result) => {
            let words = hook.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default().join(" ");
            let whose = whose(pod, container);
            Some(match result {
                Ok(result) => format!(
                    "Exec lifecycle hook ([{words}]) {whose} command '{words}' exited with {}: , message: {:?}",
                    result.exit_code, result.output
                ),
                Err(error) => format!("Exec lifecycle hook ([{words}]) {whose} {error}, message: \"\""),
            })
        }
        // A hook that gets plain HTTP instead of TLS asks again in plain HTTP.
        Reply::Dial(DialResult::Http { .. } | DialResult::NotTls) => None,
        Reply::Dial(result) => {
            let get = hook.http_get.as_ref()?;
            let port = named_port(pod, container, &get.port).ok()?;
            let host = get.host.as_deref().filter(|host| !host.is_empty()).unwrap_or(pod_ip);
            let address = format!("{host}:{port}");
            let url = http_url(get.scheme.as_deref() == Some("HTTPS"), &address, get.path.as_deref().unwrap_or("/"));
            Some(http_failure(pod, container, get, &get_failed(&url, &address, result)))
        }
        Reply::Sandbox(_)
        | Reply::Image(_)
        | Reply::Pulled(_)
        | Reply::Created(_)
        | Reply::Done(_)
        | Reply::Files(_)
        | Reply::Usages(_)
        | Reply::Pods(_) => None,
    }
}

/// The error of a request to the loopback host, if it is one.
pub(in crate::kubelet) fn get_refused_at_node(pod: &Pod, container: &str, get: &HTTPGetAction) -> Option<String> {
    let host = get.host.as_deref()?;
    let (dialled, port) = loopback_of_node(pod, container, host, &get.port)?;
    let https = get.scheme.as_deref() == Some("HTTPS");
    let url = http_url(https, &format!("{host}:{port}"), get.path.as_deref().unwrap_or("/"));
    Some(get_failed(&url, &dialled, &DialResult::Refused))
}

/// The error of a connection to the loopback host, if it is one.
pub(in crate::kubelet) fn connect_refused_at_node(pod: &Pod, container: &str, socket: &TCPSocketAction) -> Option<String> {
    loopback_of_node(pod, container, socket.host.as_deref()?, &socket.port).map(|(dialled, _)| tcp_refused(&dialled))
}

/// What is dialled, and its port, where a host is the loopback host of the node, which the kubelet shares with no Pod but those on the
/// host's network.
fn loopback_of_node(pod: &Pod, container: &str, host: &str, port: &IntOrString) -> Option<(String, u16)> {
    let address = match host {
        "127.0.0.1" => host,
        // The name stands for both families, and the error is of the first.
        "localhost" => "[::1]",
        _ => return None,
    };
    if pod.spec.as_ref().and_then(|spec| spec.host_network) == Some(true) {
        return None;
    }
    let port = named_port(pod, container, port).ok()?;
    Some((format!("{address}:{port}"), port))
}

fn http_failure(pod: &Pod, container: &str, get: &HTTPGetAction, error: &str) -> String {
    format!("HTTP lifecycle hook ({}) {} {error}", get.path.as_deref().unwrap_or_default(), whose(pod, container))
}

fn whose(pod: &Pod, container: &str) -> String {
    format!("for Container \"{container}\" in Pod \"{}\" failed - error:", pod_format(pod))
}

/// A port by number, or by its name in the container (`ResolveContainerPort`).
pub(in crate::kubelet) fn port(container: &Container, port: &IntOrString) -> Result<u16, String> {
    let number = match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten().find(|port| port.name.as_deref() == Some(name));
            // A number may have been written as a text.
            match named {
                Some(port) => port.container_port,
                None => name.parse().map_err(|_| unknown_port(name))?,
            }
        }
    };
    u16::try_from(number).ok().filter(|number| *number != 0).ok_or_else(|| format!("invalid port number: {number}"))
}

fn named_port(pod: &Pod, container: &str, wanted: &IntOrString) -> Result<u16, String> {
    container_spec(pod, container).map_or_else(|| Err(String::new()), |container| port(container, wanted))
}
