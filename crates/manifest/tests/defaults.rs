//! What the API server fills in.

use jiff::Timestamp;
use podlapse_manifest::{default_object, early_warnings, prepare_for_create, submit};
use podlapse_model::Uid;
use serde_json::{Value, json};

fn created(text: &str) -> Value {
    let mut object = submit(text).entries.remove(0).outcome.expect(text);
    default_object(&mut object);
    prepare_for_create(&mut object, &Uid::from("u"), Timestamp::UNIX_EPOCH);
    object.to_json()
}

/// The Pod's resources, the container's resources, and what becomes of the Pod's.
const RESOURCES: &[(&str, &str, &str)] = &[
    ("{limits: {cpu: '1'}}", "{}", r#"{"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}"#),
    (
        "{limits: {cpu: '1', memory: 1Gi}}",
        "{requests: {cpu: 100m}}",
        r#"{"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "1Gi"}}"#,
    ),
    // Without limits nothing is added to the requests.
    ("{requests: {cpu: '1'}}", "{requests: {memory: 1Gi}}", r#"{"requests": {"cpu": "1"}}"#),
    ("{}", "{requests: {memory: 1Gi}}", "{}"),
    (
        "{requests: {cpu: '1'}}",
        "{limits: {cpu: 500m, hugepages-2Mi: 4Mi}}",
        r#"{"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"cpu": "1", "hugepages-2Mi": "4Mi"}}"#,
    ),
    (
        "{requests: {hugepages-2Mi: 8Mi}, limits: {cpu: '1', hugepages-2Mi: 8Mi}}",
        "{limits: {cpu: 500m, hugepages-2Mi: 4Mi}}",
        r#"{"limits": {"cpu": "1", "hugepages-2Mi": "8Mi"}, "requests": {"cpu": "500m", "hugepages-2Mi": "8Mi"}}"#,
    ),
];

#[test]
fn the_resources_of_a_pod_are_completed_from_its_containers() {
    for (pod, container, expected) in RESOURCES {
        let pod = created(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{resources: {pod}, containers: [{{name: c, image: i, resources: \
             {container}}}]}}\n"
        ));
        let expected: Value = serde_json::from_str(expected).expect(expected);
        assert_eq!(pod["spec"]["resources"], expected, "{container}");
    }
}

#[test]
fn a_variable_of_a_file_is_needed() {
    let pod = created(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i, env: [{name: A, valueFrom: {fileKeyRef: \
         {volumeName: v, path: p, key: k}}}]}]}\n",
    );
    assert_eq!(pod["spec"]["containers"][0]["env"][0]["valueFrom"]["fileKeyRef"]["optional"], false);
}

#[test]
fn an_update_that_is_named_is_not_filled_in() {
    let of = |strategy: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: s}}\nspec: {{updateStrategy: {strategy}, selector: {{matchLabels: \
             {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}\n"
        );
        created(&text)["spec"]["updateStrategy"].clone()
    };
    assert_eq!(of("{}"), json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}));
    assert_eq!(of("{type: RollingUpdate}"), json!({"type": "RollingUpdate"}));
    assert_eq!(of("{rollingUpdate: {}}"), json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}));
    assert_eq!(of("{type: OnDelete}"), json!({"type": "OnDelete"}));
}

#[test]
fn a_job_without_labels_has_those_of_its_template() {
    let of = |own: &str, template: &str, spec: &str| {
        let text = format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j{own}}}\nspec: {{{spec}template: {{{template}spec: {{restartPolicy: Never, \
             containers: [{{name: c, image: i}}]}}}}}}\n"
        );
        created(&text)["metadata"]["labels"].clone()
    };
    let labels = "metadata: {labels: {a: b}}, ";
    let all = json!({
        "a": "b", "batch.kubernetes.io/controller-uid": "u", "batch.kubernetes.io/job-name": "j", "controller-uid": "u", "job-name": "j",
    });
    assert_eq!(of("", labels, ""), all);
    assert_eq!(of("", labels, "manualSelector: true, "), json!({"a": "b"}));
    assert_eq!(of(", labels: {a: b}", labels, ""), json!({"a": "b"}));
    assert_eq!(of("", "", ""), Value::Null);
}

#[test]
fn the_annotations_of_app_armor_become_fields_with_a_word_of_warning() {
    const KEY: &str = "container.apparmor.security.beta.kubernetes.io/c";
    let of = |value: &str, spec: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{{KEY}: '{value}'}}}}\nspec: {{{spec}containers: [{{name: c, \
             image: i}}]}}\n"
        );
        let mut object = submit(&text).entries.remove(0).outcome.expect("the text is a Pod");
        default_object(&mut object);
        let said = early_warnings(&object).len();
        (created(&text)["spec"]["containers"][0]["securityContext"]["appArmorProfile"].clone(), said)
    };
    assert_eq!(of("runtime/default", ""), (json!({"type": "RuntimeDefault"}), 1));
    assert_eq!(of("localhost/x", ""), (json!({"type": "Localhost", "localhostProfile": "x"}), 1));
    assert_eq!(of("nonsense", ""), (Value::Null, 1));
    // The Pod says so already, or there is no AppArmor.
    assert_eq!(of("runtime/default", "securityContext: {appArmorProfile: {type: RuntimeDefault}}, "), (Value::Null, 0));
    assert_eq!(of("runtime/default", "os: {name: windows}, "), (Value::Null, 0));
}
