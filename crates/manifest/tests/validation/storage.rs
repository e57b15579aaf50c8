//! Claims and volumes, judged as the API server judges them.

use podlapse_manifest::{Subresource, default_object, submit, validate, validate_update};
use podlapse_model::Object;

fn object(text: &str) -> Object {
    let mut object = submit(text).entries.remove(0).outcome.expect(text);
    default_object(&mut object);
    object
}

fn errors(object: &Object) -> Vec<String> {
    validate(object).iter().map(ToString::to_string).collect()
}

fn claim(metadata: &str, spec: &str, status: &str) -> Object {
    object(&format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: c, namespace: default, {metadata}}}\nspec: {{accessModes: \
         [ReadWriteOnce], {spec}}}\nstatus: {{{status}}}\n"
    ))
}

#[test]
fn a_driver_without_a_name_is_told_once() {
    let volume = object(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: \
         {driver: '', volumeHandle: h}}\n",
    );
    assert_eq!(errors(&volume), ["spec.csi.driver: Required value"]);
}

#[test]
fn two_sources_of_data_agree() {
    let spec = "resources: {requests: {storage: 1Gi}}, dataSource: {kind: PersistentVolumeClaim, name: a}, dataSourceRef: {kind: \
                PersistentVolumeClaim, name: b}";
    assert_eq!(errors(&claim("", spec, "")), ["spec: Invalid value: {}: must match dataSourceRef"]);
}

#[test]
fn what_a_claim_is_does_not_change() {
    let update = |old: &Object, new: &Object| -> Vec<String> {
        validate_update(new, old, Subresource::None).iter().map(ToString::to_string).collect()
    };
    let of = |class: &str, status: &str| claim("", &format!("resources: {{requests: {{storage: 1Gi}}}}{class}"), status);
    let bound = "phase: Bound, currentVolumeAttributesClassName: gold";
    let gold = of(", volumeAttributesClassName: gold", bound);
    let path = "spec.volumeAttributesClassName: Forbidden: update to";
    let rule = "is forbidden when status.currentVolumeAttributesClassName is not nil";
    assert_eq!(update(&gold, &of("", bound)), [format!("{path} nil {rule}")]);
    assert_eq!(update(&gold, &of(", volumeAttributesClassName: ''", bound)), [format!("{path} empty string {rule}")]);
    // What did not come about can be taken back.
    assert!(update(&of(", volumeAttributesClassName: gold", "phase: Bound"), &of("", "phase: Bound")).is_empty());

    let annotated = |class: &str, spec: &str| {
        let metadata = format!("annotations: {{volume.beta.kubernetes.io/storage-class: {class}}}");
        claim(&metadata, &format!("resources: {{requests: {{storage: 1Gi}}}}{spec}"), "")
    };
    let moved = "metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: \"b\": field is immutable";
    assert_eq!(update(&annotated("a", ""), &annotated("b", "")), [moved]);
    assert!(update(&annotated("a", ""), &of(", storageClassName: a", "")).is_empty());

    let other = of("", "phase: Bound");
    let found = update(&other, &claim("", "resources: {requests: {storage: 2Gi, cpu: 1}}, volumeName: v", "phase: Bound"));
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert!(found.starts_with("spec: Forbidden: spec is immutable after creation except"), "{found}");
    assert!(!found.contains("\"VolumeName\": \"\"") && found.contains("+   \"cpu\": \"1\","), "{found}");
}
