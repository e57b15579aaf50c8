//! Probes that fail: they ask at the wrong place, or too soon.

use podlapse_manifest::Amend;
use serde_json::{Value, json};

use super::{Case, Container, change, items, text};
use crate::change::{Change, Remedy, runs};

/// Ports and paths beyond these are not offered.
const MOST_OFFERED: usize = 3;
/// Seconds and counts that are tried, the smallest first.
const DELAYS: [i64; 3] = [15, 60, 180];
const TIMEOUTS: [i64; 2] = [5, 30];
const FAILURES: [i64; 2] = [6, 30];

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    for container in case.containers() {
        let status = case.status(&container);
        let has_restarted = status.get("restartCount").and_then(Value::as_i64).is_some_and(|count| 0 < count);
        let is_unready = status.get("ready").and_then(Value::as_bool) == Some(false);
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let Some(spec) = container.spec.get(probe) else { continue };
            let is_suspect = if probe == "readinessProbe" { is_unready } else { has_restarted || is_unready };
            if is_suspect {
                places(case, &container, probe, spec, out);
                times(case, &container, probe, spec, out);
            }
        }
    }
}

/// Where the container answers, as far as that is known.
fn places(case: &Case<'_>, container: &Container<'_>, probe: &str, spec: &Value, out: &mut Vec<Change>) {
    let subject = [case.namespace(), case.key.name.as_str(), container.name(), text(container.spec, "/image")];
    let listeners: Vec<_> = runs(&case.run.scenario().simulation, subject).flat_map(|run| &run.listen).collect();
    let about = format!("{} {probe}", container.name());
    for handler in ["httpGet", "tcpSocket", "grpc"] {
        let Some(port) = spec.get(handler).and_then(|handler| handler.get("port")) else { continue };
        let declared = items(container.spec, "/ports").filter_map(|(_, port)| port.get("containerPort")?.as_i64());
        let mut others: Vec<i64> = listeners.iter().map(|listener| i64::from(listener.port)).chain(declared).collect();
        podlapse_model::sort(&mut others);
        others.dedup();
        let shown = port.as_str().map_or_else(|| port.to_string(), str::to_owned);
        for other in others.into_iter().filter(|other| Some(*other) != port.as_i64()).take(MOST_OFFERED) {
            let edit = case.edit(&container.path(&format!("{probe}/{handler}/port")), Amend::Set(other.into()));
            out.push(change(Remedy::ProbePort, &about, [&shown, &other.to_string()], vec![edit]));
        }
    }
    let Some(path) = spec.pointer("/httpGet/path").and_then(Value::as_str) else { return };
    let answers = listeners.iter().flat_map(|listener| &listener.http).filter(|answer| answer.status < 400);
    let mut paths: Vec<&str> = answers.map(|answer| answer.path.as_str()).filter(|other| !other.contains('*')).collect();
    paths.push("/");
    paths.retain(|other| *other != path);
    paths.dedup();
    for other in paths.into_iter().take(MOST_OFFERED) {
        let edit = case.edit(&container.path(&format!("{probe}/httpGet/path")), Amend::Set(other.into()));
        out.push(change(Remedy::ProbePath, &about, [path, other], vec![edit]));
    }
}

fn times(case: &Case<'_>, container: &Container<'_>, probe: &str, spec: &Value, out: &mut Vec<Change>) {
    let about = format!("{} {probe}", container.name());
    // A probe that begins when the run nearly ends is not tried by it.
    let length = case.run.end().as_secs_f64() as i64;
    let mut doses = |remedy: Remedy, field: &str, default: i64, doses: &[i64]| {
        let now = spec.get(field).and_then(Value::as_i64).unwrap_or(default);
        for dose in doses.iter().filter(|dose| now < **dose && (remedy != Remedy::ProbeDelay || **dose * 3 <= length)) {
            let edit = case.edit(&container.path(&format!("{probe}/{field}")), Amend::Set((*dose).into()));
            out.push(change(remedy, &about, [&now.to_string(), &dose.to_string()], vec![edit]));
        }
    };
    doses(Remedy::ProbeTimeout, "timeoutSeconds", 1, &TIMEOUTS);
    if probe != "readinessProbe" {
        doses(Remedy::ProbeDelay, "initialDelaySeconds", 0, &DELAYS);
        doses(Remedy::ProbeFailures, "failureThreshold", 3, &FAILURES);
    }
    let has_startup = container.spec.get("startupProbe").is_some();
    if probe == "livenessProbe" && !has_startup && container.list == "containers" {
        let asks = ["exec", "grpc", "httpGet", "tcpSocket"].into_iter().find_map(|handler| {
            // As it is written, without what the API server adds.
            let written = case.documents.template(case.root);
            let pointer = format!("/spec/{}", container.path(&format!("{probe}/{handler}")));
            Some((handler, written.pointer(&pointer)?.clone()))
        });
        let Some((handler, asks)) = asks else { return };
        let mut startup = json!({"failureThreshold": 30, "periodSeconds": 10});
        startup[handler] = asks;
        let edit = case.edit(&container.path("startupProbe"), Amend::Set(startup));
        out.push(change(Remedy::AddStartupProbe, container.name(), ["", ""], vec![edit]));
    }
}
