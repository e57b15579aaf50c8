//! Containers that cannot start, or do not go on running.

use podlapse_manifest::Amend;
use podlapse_model::{Format, Kind, Quantity};
use serde_json::Value;

use super::{Case, Container, change, text};
use crate::change::{Change, Remedy, runs};

const MEBI: u64 = 1 << 20;

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    for container in case.containers() {
        let status = case.status(&container);
        let waiting = text(status, "/state/waiting/message");
        if waiting.contains("runAsNonRoot") {
            let edit = case.edit(&container.path("securityContext/runAsUser"), Amend::Set(1000.into()));
            out.push(change(Remedy::RunAsUser, container.name(), ["", "1000"], vec![edit]));
        }
        let ended = ["/lastState/terminated", "/state/terminated"].into_iter().filter_map(|state| status.pointer(state));
        let ended: Vec<&Value> = ended.collect();
        let reason = |word: &str| ended.iter().any(|ended| text(ended, "/reason") == word);
        if reason("OOMKilled") {
            more_memory(case, &container, out);
        }
        let has_failed = ended.iter().any(|ended| ended.get("exitCode").and_then(Value::as_i64) != Some(0));
        if text(status, "/state/waiting/reason") == "RunContainerError" || reason("StartError") {
            own_program(case, &container, out);
        }
        let has_done_its_work = ended.iter().any(|ended| ended.get("exitCode").and_then(Value::as_i64) == Some(0));
        if has_done_its_work && case.root.kind == Kind::Pod && text(&case.pod, "/spec/restartPolicy") == "Always" {
            let edit = case.edit("restartPolicy", Amend::Set("OnFailure".into()));
            out.push(change(Remedy::RestartPolicy, container.name(), ["Always", "OnFailure"], vec![edit]));
        }
        let is_given_up = text(&case.pod, "/status/phase") == "Failed" && text(&case.pod, "/spec/restartPolicy") == "Never";
        if is_given_up && has_failed {
            let edit = case.edit("restartPolicy", Amend::Set("OnFailure".into()));
            out.push(change(Remedy::RestartPolicy, container.name(), ["Never", "OnFailure"], vec![edit]));
        }
    }
    out.dedup_by(|one, other| one.edits == other.edits);
}

/// As much memory as its behaviour uses; where that is not known, twice and four times as much as now.
fn more_memory(case: &Case<'_>, container: &Container<'_>, out: &mut Vec<Change>) {
    let limit = text(container.spec, "/resources/limits/memory");
    let bytes = Quantity::parse(limit).map_or(0, |limit| limit.value());
    let bytes = u64::try_from(bytes).unwrap_or_default();
    let subject = [case.namespace(), case.key.name.as_str(), container.name(), text(container.spec, "/image")];
    let used = runs(&case.run.scenario().simulation, subject).flat_map(|run| &run.memory).map(|memory| memory.usage).max();
    let doses = match used {
        Some(used) => vec![used, used + MEBI],
        None => vec![bytes * 2, bytes * 4],
    };
    for dose in doses.into_iter().filter(|dose| bytes < *dose) {
        let whole = i64::try_from(dose.div_ceil(MEBI) * MEBI).unwrap_or(i64::MAX);
        let to = Quantity::new(whole, Format::BinarySI).to_string();
        let edit = case.edit(&container.path("resources/limits/memory"), Amend::Set(to.clone().into()));
        out.push(change(Remedy::MemoryLimit, container.name(), [limit, &to], vec![edit]));
    }
}

/// The program of the image instead of the one that was named.
fn own_program(case: &Case<'_>, container: &Container<'_>, out: &mut Vec<Change>) {
    let command = container.spec.pointer("/command").map(Value::to_string);
    if let Some(command) = command {
        let edit = case.edit(&container.path("command"), Amend::Remove);
        out.push(change(Remedy::DropCommand, container.name(), [&command, ""], vec![edit]));
    }
}
