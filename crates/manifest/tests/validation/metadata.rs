//! What the API server says of the metadata of objects that no recording has, by its source.

use podlapse_manifest::{default_object, submit, validate};

fn errors(metadata: &str) -> Vec<String> {
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: default, {metadata}}}");
    let mut object = submit(&text).entries.remove(0).outcome.expect("the text is an object of the API");
    default_object(&mut object);
    validate(&object).iter().map(ToString::to_string).collect()
}

#[test]
fn an_object_has_one_controller() {
    let owner = |kind: &str, name: &str| format!("{{apiVersion: apps/v1, kind: {kind}, name: {name}, uid: u, controller: true}}");
    let owners = [owner("ReplicaSet", "a"), owner("Deployment", "b")].join(", ");
    let found = errors(&format!("ownerReferences: [{owners}]"));
    assert_eq!(found.len(), 1);
    let detail =
        "Only one reference can have Controller set to true. Found \"true\" in references for ReplicaSet/a and Deployment/b";
    assert!(found[0].ends_with(detail), "{found:?}");
}

#[test]
fn an_event_owns_nothing() {
    let owned = |version: &str| {
        errors(&format!("ownerReferences: [{{apiVersion: {version}, kind: Event, name: e, uid: u, controller: true}}]"))
    };
    let shown = r#"{"apiVersion":"v1","kind":"Event","name":"e","uid":"u","controller":true}"#;
    let refusal = format!("metadata.ownerReferences: Invalid value: {shown}: /v1, Kind=Event is disallowed from being an owner");
    assert_eq!(owned("v1"), [refusal]);
    assert!(owned("events.k8s.io/v1").is_empty());
}
