//! What a cluster printed: `kubectl get nodes,pods -o yaml`, pasted as it is.

use jiff::Timestamp;
use serde_json::Value;

use crate::read::Stream;

/// Whether all objects of a text come from a cluster: the API server has given each of them a uid.
pub(super) fn is_printed(stream: &Stream) -> bool {
    let mut objects = stream.documents.iter().filter(|document| !document.is_empty()).flat_map(|document| {
        let items = document.json.get("items").and_then(Value::as_array).filter(|_| document.kind().ends_with("List"));
        items.map_or_else(|| vec![&document.json], |items| items.iter().collect())
    });
    let has_uid = |object: &Value| object.pointer("/metadata/uid").and_then(Value::as_str).is_some_and(|uid| !uid.is_empty());
    let is_first_printed = objects.next().is_some_and(has_uid);
    is_first_printed && objects.all(has_uid)
}

/// The latest instant that the objects of a text tell of: when they were created, or what their status says. In nanoseconds since the
/// Unix epoch.
pub(super) fn latest(stream: &Stream) -> Option<i128> {
    stream.documents.iter().filter_map(|document| told(&document.json, false)).max()
}

/// `is_inside` says whether the value belongs to something that happened.
fn told(value: &Value, is_inside: bool) -> Option<i128> {
    match value {
        Value::String(text) if is_inside && text.ends_with('Z') => text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond),
        Value::Object(fields) => {
            let is_told = |key: &str| is_inside || matches!(key, "status" | "creationTimestamp");
            fields.iter().filter_map(|(key, value)| told(value, is_told(key))).max()
        }
        Value::Array(items) => items.iter().filter_map(|item| told(item, is_inside)).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_stream;

    #[test]
    fn a_list_with_uids_was_printed_by_a_cluster() {
        let printed = |text: &str| is_printed(&read_stream(text));
        assert!(printed("kind: List\nitems:\n- {kind: Pod, metadata: {uid: a}}\n- {kind: Node, metadata: {uid: b}}\n"));
        assert!(printed("kind: Pod\nmetadata: {uid: a}\n---\n"));
        assert!(!printed("kind: List\nitems:\n- {kind: Pod, metadata: {uid: a}}\n- {kind: Pod, metadata: {name: b}}\n"));
        assert!(!printed("kind: Pod\nmetadata: {name: a}\n"));
        assert!(!printed(""));
    }

    #[test]
    fn its_latest_instant_is_that_of_the_state_that_it_tells() {
        let text = "kind: Pod\nmetadata: {creationTimestamp: '2026-03-01T10:00:00Z', deletionTimestamp: '2026-03-01T10:09:00Z'}\n\
                    status: {containerStatuses: [{state: {running: {startedAt: '2026-03-01T10:00:07Z'}}}]}\n";
        let time: Timestamp = "2026-03-01T10:00:07Z".parse().unwrap();
        assert_eq!(latest(&read_stream(text)), Some(time.as_nanosecond()));
        assert_eq!(latest(&read_stream("kind: Pod\nmetadata: {name: a}\n")), None);
    }
}
