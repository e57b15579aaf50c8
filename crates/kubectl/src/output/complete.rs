//! What the API server writes though nothing is there.
//!
//! Models how the types of `k8s.io/api` (v1.36) are encoded: a field that is no pointer and has no `omitempty`, or is a structure, is written
//! even if it is empty, and an empty list or map of labels is not.

use serde_json::{Map, Value, json};

/// Kinds, the path of a part of them, and the fields that this part always has. `a|b` is both of them, `[]` each item.
const ALWAYS: &[(&str, &str, &str)] = &[
    ("Pod Service Node Namespace PersistentVolume PersistentVolumeClaim ResourceQuota Deployment", "", "spec={} status={}"),
    ("StatefulSet DaemonSet Job CronJob Ingress NetworkPolicy HorizontalPodAutoscaler", "", "spec={}"),
    ("Job CronJob Ingress", "", "status={}"),
    ("Event", "", "eventTime= firstTimestamp= lastTimestamp= source={} reportingComponent=\"\" reportingInstance=\"\""),
    ("Pod PersistentVolumeClaim Job", "status.conditions[]", "lastProbeTime= lastTransitionTime="),
    ("Deployment", "status.conditions[]", "lastTransitionTime= lastUpdateTime="),
    ("Node", "status.conditions[]", "lastHeartbeatTime= lastTransitionTime="),
    ("Node", "status", "daemonEndpoints={\"kubeletEndpoint\":{\"Port\":0}}"),
    ("Pod", CONTAINERS, "lastState={} state={}"),
    ("Pod", "status.containerStatuses[]|initContainerStatuses[].state|lastState.terminated", "finishedAt= startedAt="),
    ("Pod", "status.containerStatuses[]|initContainerStatuses[].state|lastState.running", "startedAt="),
    ("Service Ingress", "status", "loadBalancer={}"),
    ("CSINode", "spec.drivers[]", "topologyKeys="),
    ("EndpointSlice", "", "endpoints= ports="),
    ("HorizontalPodAutoscaler", "status", "currentMetrics="),
    ("Role ClusterRole", "", "rules="),
];

const CONTAINERS: &str = "status.containerStatuses[]|initContainerStatuses[]|ephemeralContainerStatuses[]";

/// Adds what is always written, and takes away lists and maps of the metadata that are empty.
pub(super) fn complete(object: &mut Value) {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    if group.contains('.') && !group.ends_with(".k8s.io") {
        // Of a custom resource, what was written is what is there.
        return;
    }
    for (kinds, path, fields) in ALWAYS {
        if kinds.split(' ').any(|other| other == kind) {
            at_each(object, path, fields);
        }
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|_, value| *value != json!([]) && *value != json!({}));
    }
}

fn at_each(value: &mut Value, path: &str, fields: &str) {
    if path.is_empty() {
        if let Some(part) = value.as_object_mut() {
            fill(part, fields);
        }
        return;
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    for name in first.split('|') {
        match (name.strip_suffix("[]"), value.as_object_mut()) {
            (Some(list), Some(part)) => {
                let items = part.get_mut(list).and_then(Value::as_array_mut);
                items.into_iter().flatten().for_each(|item| at_each(item, rest, fields));
            }
            (None, Some(part)) => {
                if let Some(inner) = part.get_mut(name) {
                    at_each(inner, rest, fields);
                }
            }
            (_, None) => {}
        }
    }
}

fn fill(part: &mut Map<String, Value>, fields: &str) {
    for field in fields.split(' ') {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        if !part.contains_key(name) {
            part.insert(name.to_owned(), serde_json::from_str(value).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::complete;

    #[test]
    fn what_the_server_always_writes_is_there() {
        let mut pod = json!({"kind": "Pod", "metadata": {"name": "web", "finalizers": []}, "spec": {}, "status": {
            "conditions": [{"type": "Ready", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            "containerStatuses": [{"name": "app", "lastState": {"terminated": {"exitCode": 1}}}],
        }});
        complete(&mut pod);
        let expected = json!({"kind": "Pod", "metadata": {"name": "web"}, "spec": {}, "status": {
            "conditions": [{"type": "Ready", "lastProbeTime": null, "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            "containerStatuses": [
                {"name": "app", "state": {}, "lastState": {"terminated": {"exitCode": 1, "startedAt": null, "finishedAt": null}}}],
        }});
        assert_eq!(pod, expected);
        let mut service = json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": []}});
        complete(&mut service);
        assert_eq!(service["status"], json!({"loadBalancer": {}}));
    }
}
