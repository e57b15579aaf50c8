//! An attempt in the fields in which decisions of the real scheduler were recorded.

use podlapse_core::scheduler::{Decision, Failure, Outcome, Preemption, ScoreTable, Status, Verdict};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Map, Value, json};

/// The entry of one attempt.
pub fn recorded(decision: &Decision, number: u32) -> Value {
    let mut entry = Map::new();
    entry.insert("pod".to_owned(), json!(decision.pod.to_string()));
    entry.insert("attempt".to_owned(), number.into());
    if 0 < decision.node_count() {
        entry.insert("preFilter".to_owned(), pre_filter(decision));
    }
    if let Some(trial) = &decision.nominated {
        let mut nominated = json!({"node": trial.node.as_ref(), "passed": trial.status.is_none()});
        if let Some(rejection) = &trial.status {
            nominated["status"] = status(rejection);
        }
        entry.insert("nominated".to_owned(), nominated);
    }
    nodes(decision, &mut entry);
    if let Some(table) = &decision.scores {
        scores(decision, table, &mut entry);
    }
    match &decision.outcome {
        Outcome::Scheduled(scheduled) => {
            let best: Vec<&str> = scheduled.best.iter().map(AsRef::as_ref).collect();
            let result = json!({
                "node": scheduled.node.as_ref(),
                "best": best,
                "total": scheduled.total,
                "feasibleNodes": scheduled.feasible,
                "evaluatedNodes": scheduled.evaluated,
            });
            entry.insert("result".to_owned(), result);
        }
        Outcome::Failed(failed) => failure(failed, &mut entry),
    }
    Value::Object(entry)
}

/// The entry of a Pod that was not tried.
pub fn gated(pod: &str, rejection: &Status) -> Value {
    json!({"pod": pod, "attempt": 1, "preEnqueue": status(rejection)})
}

fn status(status: &Status) -> Value {
    let mut value = json!({"code": status.code.name(), "reasons": status.reasons});
    if let Some(plugin) = status.plugin {
        value["plugin"] = json!(plugin.name());
    }
    value
}

fn names<'a>(plugins: impl IntoIterator<Item = &'a podlapse_core::scheduler::Plugin>) -> Vec<&'static str> {
    let mut names: Vec<&str> = plugins.into_iter().map(|plugin| plugin.name()).collect();
    podlapse_model::sort(&mut names);
    names
}

fn pre_filter(decision: &Decision) -> Value {
    let table = &decision.pre_filter;
    json!({"nodeNames": table.node_names, "skip": names(&table.skip), "status": table.status.as_ref().map(status)})
}

fn nodes(decision: &Decision, entry: &mut Map<String, Value>) {
    let (mut passed, mut failed, mut unseen) = (Vec::new(), Map::new(), Vec::new());
    for (name, verdict) in decision.nodes() {
        match verdict {
            Verdict::Passed => passed.push(name.as_ref()),
            Verdict::Rejected(rejection) => drop(failed.insert(name.to_string(), status(rejection))),
            Verdict::NotEvaluated => unseen.push(name.as_ref()),
        }
    }
    podlapse_model::sort(&mut passed);
    podlapse_model::sort(&mut unseen);
    entry.insert("passed".to_owned(), passed.into());
    entry.insert("failed".to_owned(), Value::Object(failed));
    if !unseen.is_empty() {
        let mut value = json!({"nodes": unseen});
        if let Some(absent) = &decision.absent {
            value["status"] = status(absent);
        }
        entry.insert("notEvaluated".to_owned(), value);
    }
}

fn scores(decision: &Decision, table: &ScoreTable, entry: &mut Map<String, Value>) {
    let mut rows = Map::new();
    for (at, row) in table.rows.iter().enumerate() {
        let mut scores = json!({"total": table.totals[at]});
        for column in &table.columns {
            let (raw, normalized) = (column.raw[at], column.normalized[at]);
            scores[column.plugin.name()] = json!([raw, normalized, normalized * column.weight]);
        }
        rows.insert(decision.node(*row as usize).to_string(), scores);
    }
    entry.insert("scoreSkip".to_owned(), json!(names(&table.skip)));
    entry.insert("scores".to_owned(), Value::Object(rows));
}

fn failure(failure: &Failure, entry: &mut Map<String, Value>) {
    let plugins = names(&failure.plugins);
    let value = json!({"reason": failure.reason.name(), "message": failure.message, "unschedulablePlugins": plugins});
    entry.insert("failure".to_owned(), value);
    if let Some(preemption) = &failure.preemption {
        entry.insert("preemption".to_owned(), dry_run(preemption));
    }
}

fn dry_run(preemption: &Preemption) -> Value {
    let chosen = preemption.chosen();
    let candidates = preemption.candidates.iter().map(|candidate| {
        let value = json!({
            "victims": candidate.victims.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "pdbViolations": candidate.pdb_violations,
            "highestPriority": candidate.highest_priority,
            "sumPriorities": candidate.sum_priorities,
            "earliestStart": candidate.earliest_start.as_ref().map(seconds),
        });
        (candidate.node.to_string(), value)
    });
    let rejected = preemption.rejected.iter().map(|(node, rejection)| (node.to_string(), status(rejection)));
    let victims = chosen.map(|candidate| candidate.victims.iter().map(ToString::to_string).collect::<Vec<_>>());
    json!({
        "nominatedNode": chosen.map_or("", |candidate| candidate.node.as_ref()),
        "victims": victims.unwrap_or_default(),
        "best": preemption.best.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "candidates": candidates.collect::<Map<String, Value>>(),
        "rejected": rejected.collect::<Map<String, Value>>(),
    })
}

fn seconds(time: &Time) -> Value {
    podlapse_model::to_json(time)
}
