//! A run in the trace format of the scenario documentation, as recordings of a real cluster are kept.
//!
//! Models what `kubectl get pods,events -w -o json` and a log of the runtime's socket would hold. One entry for each watch event, in
//! order; `t` is seconds since the workload was applied.

use std::sync::Arc;

use podlapse_core::runtime::CallRecord;
use podlapse_core::store::Change;
use podlapse_core::{CommandRecord, LogRecord, Simulation, Timeline};
use podlapse_kubectl::{PodRow, describe_pod, pod_row};
use podlapse_model::api::core::v1::{Event, Node, Pod};
use podlapse_model::{Kind, Metadata, Modelled, Object, ObjectKey, SimTime, SortedMap, Uid};
use serde_json::{Map, Value, json};

/// The trace of what was computed of a run.
pub fn trace(run: &Simulation) -> Value {
    let timeline = run.timeline();
    let steps = timeline.steps();
    json!({
        "kubernetes": "v1.36.3",
        "scenario": run.scenario().name,
        "duration": run.scenario().simulation.duration.as_secs_f64(),
        "watch": watch(run),
        "pods": timeline.changes().filter(|change| change.key.kind == Kind::Pod).map(pod_change).collect::<Vec<Value>>(),
        "events": timeline.changes().filter(|change| SimTime::ZERO <= change.at).filter_map(event).collect::<Vec<Value>>(),
        "nodes": timeline.changes().filter_map(node).collect::<Vec<Value>>(),
        "objects": timeline.changes().filter_map(object).collect::<Vec<Value>>(),
        "logs": logs(timeline),
        "cri": steps.iter().flat_map(|step| &step.calls).map(call).collect::<Vec<Value>>(),
        "actions": actions(run),
        "final": last(run),
    })
}

fn seconds(at: SimTime) -> f64 {
    // Three digits, as a recording has them.
    (at.as_secs_f64() * 1e3).round() / 1e3
}

const fn change_type(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "ADDED",
        (Some(_), Some(_)) => "MODIFIED",
        (Some(_), None) => "DELETED",
    }
}

/// The rows of `kubectl get pods -A -w`. A row in which nothing changed is not printed again, except the last one of a Pod.
fn watch(run: &Simulation) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut printed: SortedMap<Uid, PodRow> = SortedMap::new();
    for change in run.timeline().changes() {
        let Object::Pod(pod) = change.object() else { continue };
        let mut row = pod_row(pod, &run.wall().time(change.at));
        // The age is the printing clock's affair.
        row.age.clear();
        let uid = change.object().uid();
        let is_new = printed.get(&uid) != Some(&row);
        if is_new || change.after.is_none() {
            rows.push(json!({"t": seconds(change.at), "type": change_type(change), "row": row_fields(pod, &row)}));
        }
        printed.insert(uid, row);
    }
    rows
}

fn row_fields(pod: &Pod, row: &PodRow) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| fields.insert(name.to_owned(), value.into());
    put("namespace", pod.namespace());
    put("name", &row.name);
    put("ready", &row.ready);
    put("status", &row.status);
    put("restarts", &row.restarts_cell);
    put("ip", &row.ip);
    put("node", &row.node);
    if row.nominated_node != "<none>" {
        put("nominatedNode", &row.nominated_node);
    }
    if row.readiness_gates != "<none>" {
        put("readinessGates", &row.readiness_gates);
    }
    Value::Object(fields)
}

fn pod_change(change: &Change) -> Value {
    json!({"t": seconds(change.at), "type": change_type(change), "object": change.object().to_json()})
}

fn event(change: &Change) -> Option<Value> {
    let Some(Object::Event(event)) = &change.after else { return None };
    Some(event_entry(change, event))
}

fn event_entry(change: &Change, event: &Event) -> Value {
    let about = &event.involved_object;
    let source = event.source.as_ref();
    let mut entry = json!({
        "t": seconds(change.at),
        "watch": change_type(change),
        "type": event.type_,
        "reason": event.reason,
        "message": event.message,
        "count": event.count.unwrap_or(0),
        "object": format!("{}/{}", about.kind.as_deref().unwrap_or_default(), about.name.as_deref().unwrap_or_default()),
        "source": source.and_then(|source| source.component.clone()).or_else(|| event.reporting_component.clone()),
        "event": event.metadata.name,
        "uid": about.uid,
        "firstTimestamp": event.first_timestamp,
        "lastTimestamp": event.last_timestamp,
    });
    let optional = [
        ("field", about.field_path.clone()),
        ("node", source.and_then(|source| source.host.clone())),
        ("namespace", event.metadata.namespace.clone().filter(|namespace| namespace != "default")),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            entry[name] = value.into();
        }
    }
    entry
}

fn node(change: &Change) -> Option<Value> {
    let Some(Object::Node(node)) = &change.after else { return None };
    Some(node_entry(change, node))
}

fn node_entry(change: &Change, node: &Node) -> Value {
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let by = |field: fn(&podlapse_model::api::core::v1::NodeCondition) -> Value| {
        conditions.clone().map(|condition| (condition.type_.clone(), field(condition))).collect::<Map<String, Value>>()
    };
    json!({
        "t": seconds(change.at),
        "name": node.metadata.name,
        "conditions": by(|condition| condition.status.clone().into()),
        "reasons": by(|condition| condition.reason.clone().into()),
        "taints": node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default(),
        "unschedulable": node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false),
    })
}

/// Whether a kind's changes stand among the trace's objects.
const fn is_traced(kind: Kind) -> bool {
    match kind {
        Kind::Deployment
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::ControllerRevision
        | Kind::Job
        | Kind::CronJob
        | Kind::PodDisruptionBudget
        | Kind::ResourceQuota
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim => true,
        Kind::Namespace
        | Kind::Node
        | Kind::Pod
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::LimitRange
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode
        | Kind::Unmodelled => false,
    }
}

fn object(change: &Change) -> Option<Value> {
    if !is_traced(change.key.kind) {
        return None;
    }
    let object = change.object();
    let value = object.to_json();
    Some(json!({
        "t": seconds(change.at),
        "type": change_type(change),
        "kind": change.key.kind.name(),
        "name": change.key.name.as_str(),
        "uid": object.uid().as_str(),
        "generation": object.metadata().generation,
        "replicas": value["spec"]["replicas"],
        "status": value.get("status").cloned().unwrap_or_else(|| json!({})),
    }))
}

/// Container output by Pod and container.
fn logs(timeline: &Timeline) -> Value {
    let pods: SortedMap<Uid, ObjectKey> = timeline
        .changes()
        .filter(|change| change.key.kind == Kind::Pod)
        .map(|change| (change.object().uid(), change.key.clone()))
        .collect();
    let mut logs: SortedMap<String, Vec<Value>> = SortedMap::new();
    for LogRecord { key, line } in timeline.steps().iter().flat_map(|step| &step.logs) {
        let Some(pod) = pods.get(&key.pod) else { continue };
        let entry = json!({"run": key.attempt, "t": seconds(line.at), "line": &*line.text});
        logs.entry(format!("{}/{}", short_name(pod), key.container)).or_default().push(entry);
    }
    logs.into_iter().collect()
}

/// The name of a Pod, with its namespace unless that is the default one.
fn short_name(key: &ObjectKey) -> String {
    match key.namespace.as_str() {
        "default" => key.name.to_string(),
        namespace => format!("{namespace}/{}", key.name),
    }
}

/// What the user did, in order; of a command that does not end only that it was given.
fn actions(run: &Simulation) -> Vec<Value> {
    let mut actions: Vec<(u32, Value)> =
        run.timeline().commands().into_iter().map(|command| (command.index, action(command))).collect();
    actions.extend(
        run.unfinished().map(|(index, line, at)| (index, json!({"t": seconds(at), "kubectl": line, "unfinished": true}))),
    );
    podlapse_model::sort_by_key(&mut actions, |(index, _)| *index);
    actions.into_iter().map(|(_, action)| action).collect()
}

fn action(command: &CommandRecord) -> Value {
    match &command.line {
        Some(line) => json!({
            "t": seconds(command.typed_at),
            "kubectl": &**line,
            "stdout": command.outcome.stdout,
            "stderr": command.outcome.stderr,
            "exit": command.outcome.exit,
            "took": command.took.as_secs_f64(),
        }),
        None => json!({"t": seconds(command.typed_at)}),
    }
}

fn call(call: &CallRecord) -> Value {
    let mut entry = json!({
        "t": seconds(call.at),
        "call": call.call,
        "pod": &*call.pod.1,
        "container": &*call.container,
        "attempt": call.attempt,
        "took": call.took.as_secs_f64(),
        "error": call.error.as_deref(),
    });
    if !call.detail.is_empty() {
        entry["detail"] = (*call.detail).into();
    }
    if let Some(code) = call.exit_code {
        entry["exitCode"] = code.into();
    }
    entry
}

/// `kubectl get pods -o wide` and `kubectl describe pod` at the end.
fn last(run: &Simulation) -> Value {
    let at = run.end();
    let now = run.wall().time(at);
    let snapshot = run.seek(at);
    let store = snapshot.store();
    let events: Vec<&Event> = store.all().map(Arc::as_ref).collect();
    let mut describe = Map::new();
    for pod in store.all::<Pod>() {
        let about: Vec<&Event> = events.iter().copied().filter(|event| event.involved_object.uid == pod.metadata.uid).collect();
        describe.insert(short_name(&pod.key()), describe_pod(pod, &about, &now).into());
    }
    let pods: Vec<&Object> = store.list(Kind::Pod).filter(|object| object.key().namespace.as_str() == "default").collect();
    let get = if pods.is_empty() {
        "No resources found in default namespace.\n".to_owned()
    } else {
        let options = podlapse_kubectl::TableOptions { wide: true, ..podlapse_kubectl::TableOptions::default() };
        let rows: Vec<Vec<podlapse_kubectl::Cell>> = pods.iter().map(|pod| podlapse_kubectl::row(pod, &now)).collect();
        podlapse_kubectl::table(podlapse_kubectl::columns(Kind::Pod), &rows, &options)
    };
    json!({"get": get, "describe": describe})
}
