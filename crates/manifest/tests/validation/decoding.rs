//! From texts to objects.

use podlapse_manifest::submit;

fn told(text: &str) -> String {
    let outcome = submit(text).entries.remove(0).outcome;
    outcome.map_or_else(|rejection| rejection.message("pod.yaml"), |object| podlapse_manifest::written(&object).to_string())
}

#[test]
fn a_type_that_reads_itself_hides_the_errors_before_it() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";
    let two = format!("{pod}spec: {{containers: [{{name: 5}}], overhead: {{cpu: x}}}}\n");
    assert!(told(&two).contains("quantities must match the regular expression"));
    let ports = "spec: {containers: [{name: app, image: 5, livenessProbe: {httpGet: {port: true}}}]}\n";
    let wrong = "json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32";
    assert!(told(&format!("{pod}{ports}")).ends_with(wrong));
}

#[test]
fn numbers_beyond_64_bits_are_sent_as_floats() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {activeDeadlineSeconds: 9223372036854775808}\n";
    assert!(told(pod).contains("cannot unmarshal number 9223372036854776000 into"));
    let metadata = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, generation: 9223372036854775808}\n";
    assert!(told(metadata).contains("cannot unmarshal number 9223372036854775808 into"));
}

#[test]
fn types_are_named_as_go_names_them() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {volumes: [{name: a, image: {pullPolicy: 5}}]}\n";
    assert!(told(pod).ends_with("ImageVolumeSource.spec.volumes.VolumeSource.image.pullPolicy of type v1.PullPolicy"));
}

#[test]
fn a_cluster_wide_object_loses_its_namespace() {
    let class = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high, namespace: default}\nvalue: 0\n";
    let plain = r#"{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"high"},"value":0}"#;
    assert_eq!(told(class), plain);
}

#[test]
fn lines_of_base64_are_joined() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: \"YWJj\\nYQ==\\n\"}\n";
    assert!(told(secret).contains(r#""data":{"a":"YWJjYQ=="}"#));
    assert!(told(&secret.replace("YWJj", "YW=J")).ends_with("illegal base64 data at input byte 2"));
}

#[test]
fn the_metadata_of_a_list_s_items_is_read_by_the_server() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: 5}\n";
    let client = "unable to decode \"pod.yaml\": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string";
    assert_eq!(told(pod), client);
    let list = "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: 5}}]\n";
    let server = "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name";
    assert_eq!(told(list), format!("{server} of type string"));
}
