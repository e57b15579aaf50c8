//! Probes and lifecycle hooks.
//!
//! Upstream: `validateProbe`, `validateHandler`, `validateLifecycle` in `pkg/apis/core/validation/validation.go`.

use podlapse_model::api::core::v1::{ExecAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

use super::error::Errors;
use super::names::{header_errors, port_name_errors, port_number_errors};

/// The ways to ask a container something, of which exactly one may be set.
#[derive(Default)]
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_port: Option<&'a IntOrString>,
    grpc_port: Option<i32>,
    sleep_seconds: Option<i64>,
}

/// Which of a container's probes it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbeKind {
    Liveness,
    Readiness,
    Startup,
}

pub(super) fn probe(probe: &Probe, kind: ProbeKind, path: &str, out: &mut Errors) {
    let handler = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_port: probe.tcp_socket.as_ref().map(|action| &action.port),
        grpc_port: probe.grpc.as_ref().map(|action| action.port),
        sleep_seconds: None,
    };
    check_handler(&handler, 0, path, out);
    for (field, value) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        out.non_negative(&format!("{path}.{field}"), i64::from(value.unwrap_or_default()));
    }
    let grace_path = format!("{path}.terminationGracePeriodSeconds");
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|seconds| *seconds <= 0) {
        out.invalid(&grace_path, seconds, "must be greater than 0");
    }
    match kind {
        ProbeKind::Liveness | ProbeKind::Startup => {
            let threshold = probe.success_threshold.unwrap_or_default();
            if threshold != 1 {
                out.invalid(&format!("{path}.successThreshold"), threshold, "must be 1");
            }
        }
        ProbeKind::Readiness => {
            if let Some(seconds) = probe.termination_grace_period_seconds {
                out.invalid(&grace_path, seconds, "must not be set for readinessProbes");
            }
        }
    }
}

pub(super) fn lifecycle(lifecycle: &Lifecycle, grace_seconds: i64, path: &str, out: &mut Errors) {
    let hooks = [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)];
    for (field, hook) in hooks {
        if let Some(hook) = hook {
            check_handler(&Handler::from(hook), grace_seconds, &format!("{path}.{field}"), out);
        }
    }
}

impl<'a> From<&'a LifecycleHandler> for Handler<'a> {
    fn from(hook: &'a LifecycleHandler) -> Self {
        Handler {
            exec: hook.exec.as_ref(),
            http_get: hook.http_get.as_ref(),
            tcp_port: hook.tcp_socket.as_ref().map(|action| &action.port),
            grpc_port: None,
            sleep_seconds: hook.sleep.as_ref().map(|action| action.seconds),
        }
    }
}

fn check_handler(handler: &Handler<'_>, grace_seconds: i64, path: &str, out: &mut Errors) {
    let mut count = 0;
    let mut is_first = |field: &str, out: &mut Errors| {
        count += 1;
        if count > 1 {
            out.forbidden(&format!("{path}.{field}"), "may not specify more than 1 handler type");
        }
        count == 1
    };
    if let Some(exec) = handler.exec
        && is_first("exec", out)
        && exec.command.as_ref().is_none_or(Vec::is_empty)
    {
        out.required(&format!("{path}.exec.command"), "");
    }
    if let Some(action) = handler.http_get
        && is_first("httpGet", out)
    {
        http_get(action, &format!("{path}.httpGet"), out);
    }
    if let Some(port) = handler.tcp_port
        && is_first("tcpSocket", out)
    {
        port_number_or_name(port, &format!("{path}.tcpSocket.port"), out);
    }
    if let Some(port) = handler.grpc_port
        && is_first("grpc", out)
    {
        port_number_or_name(&IntOrString::Int(port), &format!("{path}.grpc.port"), out);
    }
    if let Some(seconds) = handler.sleep_seconds
        && is_first("sleep", out)
        && !(0..=grace_seconds).contains(&seconds)
    {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace_seconds})");
        out.invalid(&format!("{path}.sleep"), seconds, &detail);
    }
    if count == 0 {
        out.required(path, "must specify a handler type");
    }
}

fn http_get(action: &HTTPGetAction, path: &str, out: &mut Errors) {
    if action.path.as_deref().unwrap_or_default().is_empty() {
        out.required(&format!("{path}.path"), "");
    }
    port_number_or_name(&action.port, &format!("{path}.port"), out);
    out.one_of(&format!("{path}.scheme"), action.scheme.as_deref().unwrap_or_default(), &["HTTP", "HTTPS"]);
    for header in action.http_headers.iter().flatten() {
        out.each(&format!("{path}.httpHeaders"), &header.name, header_errors(&header.name));
    }
}

fn port_number_or_name(port: &IntOrString, path: &str, out: &mut Errors) {
    match port {
        IntOrString::Int(number) => {
            for message in port_number_errors(i64::from(*number)) {
                out.invalid(path, *number, &message);
            }
        }
        IntOrString::String(name) => out.each(path, name, port_name_errors(name)),
    }
}
