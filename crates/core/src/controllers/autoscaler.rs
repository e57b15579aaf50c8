//! Autoscalers in a cluster that measures nothing: they keep the replicas within their limits and complain.
//!
//! Models `pkg/controller/podautoscaler/horizontal.go` `reconcileAutoscaler` (v1.36) where no metrics server answers. Not modelled:
//! metrics of other APIs than that of resources, and several autoscalers of the same Pods.

use std::sync::Arc;

use podlapse_model::{Kind, Metadata, Object, ObjectKey, SimDuration, Unmodelled};
use serde_json::{Value, json};

use super::{Act, Memory, Plan, Told, View};
use crate::events::EventType;
use crate::store::{Request, Store};

/// From one look to the next, and to the first (`HorizontalPodAutoscalerSyncPeriod`).
const PERIOD: SimDuration = SimDuration::from_secs(15);

/// Whether an object is an autoscaler.
pub(crate) fn is_autoscaler(object: &Unmodelled) -> bool {
    object.kind == "HorizontalPodAutoscaler"
}

/// Looks at the target of an autoscaler whenever it is time.
pub(crate) fn sync(autoscaler: &Unmodelled, view: View<'_>) -> Plan {
    let mut plan = Plan::default();
    match view.memory.and_then(|memory| memory.autoscaler_due) {
        Some(due) if view.now < due => plan.requeue(Some(due)),
        due => {
            let next = view.now + PERIOD;
            plan.memory = Some(Memory { autoscaler_due: Some(next), ..Memory::default() });
            plan.requeue(Some(next));
            if due.is_some() {
                look(autoscaler, view, &mut plan);
            }
        }
    }
    plan
}

fn look(autoscaler: &Unmodelled, view: View<'_>, plan: &mut Plan) {
    let value = &autoscaler.value;
    let mut status = value.get("status").filter(|status| status.is_object()).cloned().unwrap_or_else(|| json!({}));
    let set = |status: &mut Value, type_: &str, truth: &str, reason: &str, message: String| {
        set_condition(status, type_, truth, reason, message, view);
    };
    let target = match target(autoscaler, view.store) {
        Ok(target) => target,
        Err(error) => {
            let message = format!("the HPA controller was unable to get the target's current scale: {error}");
            plan.tell(EventType::Warning, "FailedGetScale", error);
            set(&mut status, "AbleToScale", "False", "FailedGetScale", message);
            return write(autoscaler, status, plan);
        }
    };
    let able = "the HPA controller was able to get the target's current scale".to_owned();
    set(&mut status, "AbleToScale", "True", "SucceededGetScale", able);
    let number = |value: &Value, path: &str, default| value.pointer(path).and_then(Value::as_i64).unwrap_or(default);
    let mut scaled = target.to_json();
    let current = number(&scaled, "/spec/replicas", 1);
    let (min, max) = (number(value, "/spec/minReplicas", 1), number(value, "/spec/maxReplicas", 1));
    status["currentReplicas"] = current.into();
    let (wanted, limit) = match current {
        0 if min != 0 => {
            let message = "scaling is disabled since the replica count of the target is zero".to_owned();
            set(&mut status, "ScalingActive", "False", "ScalingDisabled", message);
            (0, "")
        }
        many if max < many => (max, "above Spec.MaxReplicas"),
        few if few < min => (min, "below Spec.MinReplicas"),
        _ => return complain(autoscaler, status, view, plan),
    };
    if wanted != current {
        scaled["spec"]["replicas"] = wanted.into();
        let size = format!("New size: {wanted}; reason: Current number of replicas {limit}");
        if let Ok(scaled) = Object::from_json(target.kind(), scaled) {
            let refused = Told::warning("FailedRescale", format!("{size}; error: "));
            let done = Told::normal("SuccessfulRescale", size);
            plan.acts.push(Act::SendAndTell(Box::new(Request::Update(scaled)), done, Some(refused)));
        }
        let message = format!("the HPA controller was able to update the target scale to {wanted}");
        set(&mut status, "AbleToScale", "True", "SucceededRescale", message);
        status["lastScaleTime"] = view.wall.time(view.now).0.to_string().into();
    }
    status["desiredReplicas"] = wanted.into();
    status["currentMetrics"] = Value::Null;
    write(autoscaler, status, plan);
}

/// Tells that nothing can be measured.
fn complain(autoscaler: &Unmodelled, mut status: Value, view: View<'_>, plan: &mut Plan) {
    let given = autoscaler.value.pointer("/spec/metrics").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    // Without metrics it is the processor, also in the old version.
    let processor = [json!({"type": "Resource", "resource": {"name": "cpu"}})];
    let metrics = if given.is_empty() { &processor } else { given };
    let Some(faults) = metrics.iter().map(fault).collect::<Option<Vec<Fault>>>() else { return };
    for fault in &faults {
        plan.tell(EventType::Warning, fault.reason, fault.message.clone());
    }
    let Some(first) = faults.first() else { return };
    let message = format!("the HPA was unable to compute the replica count: {}", first.message);
    set_condition(&mut status, "ScalingActive", "False", first.reason, message, view);
    if status["desiredReplicas"].is_null() {
        status["desiredReplicas"] = 0.into();
    }
    status["currentMetrics"] = metrics.iter().map(|_| json!({"type": ""})).collect();
    write(autoscaler, status, plan);
    let (count, title, message) = (faults.len(), &first.title, &first.message);
    let message = format!(
        "invalid metrics ({count} invalid out of {count}), first error is: failed to get {title} metric value: {message}"
    );
    plan.tell(EventType::Warning, "FailedComputeMetricsReplicas", message);
}

/// Why a metric has no value.
struct Fault {
    reason: &'static str,
    title: String,
    message: String,
}

/// What is wrong with a metric of Pods' resources.
fn fault(metric: &Value) -> Option<Fault> {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (source, reason) = match metric.get("type").and_then(Value::as_str) {
        Some("Resource") => (metric.get("resource")?, "FailedGetResourceMetric"),
        Some("ContainerResource") => (metric.get("containerResource")?, "FailedGetContainerResourceMetric"),
        Some(_) | None => return None,
    };
    let resource = text(source, "name");
    let title = match source.get("container").and_then(Value::as_str) {
        Some(container) => format!("{container} container"),
        None => format!("{resource} resource"),
    };
    let what = if source.pointer("/target/averageValue").is_some() { "usage" } else { "utilization" };
    let message = format!(
        "failed to get {resource} {what}: unable to get metrics for resource {resource}: unable to fetch metrics from resource metrics \
         API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    );
    Some(Fault { reason, title, message })
}

/// What is scaled, or what the API server says instead.
fn target<'a>(autoscaler: &Unmodelled, store: &'a Store) -> Result<&'a Object, String> {
    // With what the API server calls their scale where there is none.
    const KINDS: [(Kind, &str); 4] = [
        (Kind::Deployment, "deployments/scale.apps"),
        (Kind::ReplicaSet, "replicasets/scale.apps"),
        (Kind::StatefulSet, "statefulsets.apps"),
        (Kind::ReplicationController, "replicationcontrollers/scale.autoscaling"),
    ];
    let text = |path: &str| autoscaler.value.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let wanted = text("/spec/scaleTargetRef/kind");
    let Some((kind, scale)) = KINDS.into_iter().find(|(kind, _)| kind.name() == wanted) else {
        return Err("the server could not find the requested resource".to_owned());
    };
    let name = text("/spec/scaleTargetRef/name");
    let namespace = autoscaler.namespace();
    store.get(&ObjectKey::new(kind, namespace, name)).ok_or_else(|| format!("{scale} {name:?} not found"))
}

fn write(autoscaler: &Unmodelled, status: Value, plan: &mut Plan) {
    if autoscaler.value.get("status") != Some(&status) {
        let mut changed = autoscaler.clone();
        changed.value["status"] = status;
        plan.send(Request::UpdateStatus(Object::Unmodelled(Arc::new(changed))));
    }
}

/// `setConditionInList`.
fn set_condition(status: &mut Value, type_: &str, truth: &str, reason: &str, message: String, view: View<'_>) {
    let now = || Value::from(view.wall.time(view.now).0.to_string());
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(conditions) = status["conditions"].as_array_mut() else { return };
    let known = conditions.iter().position(|condition| condition["type"] == type_);
    let at = known.unwrap_or_else(|| {
        conditions.push(json!({"type": type_}));
        conditions.len() - 1
    });
    let condition = &mut conditions[at];
    if condition["status"] != truth {
        condition["status"] = truth.into();
        condition["lastTransitionTime"] = now();
    }
    condition["reason"] = reason.into();
    condition["message"] = message.into();
}
