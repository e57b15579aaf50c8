//! Lifecycle hooks.
//!
//! Models `pkg/kubelet/lifecycle/handlers.go` `Run` (v1.36): exec, httpGet and sleep. Not modelled: the fallback from HTTPS to HTTP,
//! and tcpSocket, which the real one does nothing for either.

use podlapse_model::SimDuration;
use podlapse_model::api::core::v1::{LifecycleHandler, Pod};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::container_key::pod_format;
use super::pod_worker::container_spec;
use crate::cri::{Call, ContainerId, Dial, DialResult, Reply};

/// What a hook comes to.
#[derive(Clone, Debug)]
pub(super) enum HookCall {
    /// A call to the runtime.
    Call(Call),
    /// Time passes.
    Sleep(SimDuration),
    /// Nothing.
    Nothing,
}

/// The call that a hook makes.
pub(super) fn hook_call(pod: &Pod, container: &str, id: &ContainerId, hook: &LifecycleHandler, timeout: SimDuration) -> HookCall {
    if let Some(exec) = &hook.exec {
        let command = exec.command.clone().unwrap_or_default();
        return HookCall::Call(Call::ExecSync { id: id.clone(), command, timeout });
    }
    if let Some(get) = &hook.http_get {
        let Some(port) = port(pod, container, &get.port) else { return HookCall::Nothing };
        let path = get.path.clone().unwrap_or_else(|| "/".to_owned());
        let https = get.scheme.as_deref() == Some("HTTPS");
        return HookCall::Call(Call::Dial { id: id.clone(), request: Dial::Http { port, path, https }, timeout });
    }
    match &hook.sleep {
        Some(sleep) => HookCall::Sleep(SimDuration::from_secs(sleep.seconds.max(0).unsigned_abs())),
        None => HookCall::Nothing,
    }
}

/// What the kubelet says of a hook that failed.
pub(super) fn failure(pod: &Pod, container: &str, hook: &LifecycleHandler, reply: &Reply) -> Option<String> {
    let whose = format!("for Container \"{container}\" in Pod \"{}\" failed - error:", pod_format(pod));
    match reply {
        Reply::Exec(Ok(result)) if result.exit_code == 0 => None,
        Reply::Exec(result) => {
            let words = hook.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default().join(" ");
            Some(match result {
                Ok(result) => format!(
                    "Exec lifecycle hook ([{words}]) {whose} command '{words}' exited with {}: , message: {:?}",
                    result.exit_code, result.output
                ),
                Err(error) => format!("Exec lifecycle hook ([{words}]) {whose} {error}, message: \"\""),
            })
        }
        Reply::Dial(result) => {
            let path = hook.http_get.as_ref().and_then(|get| get.path.clone()).unwrap_or_default();
            let error = match result {
                DialResult::Http { status, .. } if (200..400).contains(status) => return None,
                DialResult::Connected | DialResult::Grpc(_) => return None,
                DialResult::Http { status, .. } => format!("HTTP probe failed with statuscode: {status}"),
                DialResult::Refused => "connect: connection refused".to_owned(),
                DialResult::TimedOut => "context deadline exceeded".to_owned(),
            };
            Some(format!("HTTP lifecycle hook ({path}) {whose} {error}"))
        }
        Reply::Sandbox(_) | Reply::Image(_) | Reply::Pulled(_) | Reply::Created(_) | Reply::Done(_) | Reply::Pods(_) => None,
    }
}

/// A port by number, or by its name in the container.
pub(super) fn port(pod: &Pod, container: &str, port: &IntOrString) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            let ports = container_spec(pod, container)?.ports.iter().flatten();
            let named =
                ports.filter(|port| port.name.as_deref() == Some(name)).find_map(|port| u16::try_from(port.container_port).ok());
            named.or_else(|| name.parse().ok())
        }
    }
}
