//! What may change.

use podlapse_manifest::{Subresource, validate_update};
use podlapse_model::Object;

use super::{object, pod};

fn update_errors(old: &Object, new: &Object) -> Vec<String> {
    let mut first_lines = Vec::new();
    for error in validate_update(new, old, Subresource::None) {
        first_lines.push(error.to_string().lines().next().unwrap_or_default().to_owned());
    }
    first_lines
}

#[test]
fn a_gated_pod_is_told_more_of_its_place_but_nothing_else() {
    const AFFINITY: &str = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [EXPRESSIONS]}]}}}";
    const ONE: &str = "{key: a, operator: Exists}";
    let gated = |rest: &str| pod(&format!("schedulingGates: [{{name: g}}]\n{rest}"), "");
    let term = |expressions: &str| gated(&AFFINITY.replace("EXPRESSIONS", expressions));
    assert!(update_errors(&gated("nodeSelector: {a: b}"), &gated("nodeSelector: {a: b, c: d}")).is_empty());
    assert!(update_errors(&gated(""), &term(ONE)).is_empty());
    assert!(update_errors(&term(ONE), &term(&format!("{ONE}, {{key: b, operator: Exists}}"))).is_empty());
    assert_eq!(
        update_errors(&term(ONE), &term("{key: b, operator: Exists}")),
        ["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: \
             {\"MatchExpressions\":[{\"Key\":\"b\",\"Operator\":\"Exists\",\"Values\":null}],\"MatchFields\":null}: only additions are \
             allowed (no mutations or deletions)"]
    );
    assert_eq!(
        update_errors(&term(ONE), &gated("")),
        ["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Invalid value: null: no \
             additions/deletions to non-empty NodeSelectorTerms list are allowed"]
    );
}

#[test]
fn what_is_fixed_in_other_kinds_stays() {
    let service = |spec: &str| {
        object(&format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{{port: 80}}], {spec}}}"))
    };
    assert_eq!(
        update_errors(&service("clusterIP: 10.0.0.1"), &service("clusterIP: 10.0.0.2")),
        ["spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set"]
    );
    let job = |spec: &str| {
        object(&format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec: {{completionMode: Indexed, {spec}, template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: b}}]}}}}}}"
        ))
    };
    assert_eq!(
        update_errors(&job("completions: 3, parallelism: 3"), &job("completions: 4, parallelism: 3")),
        ["spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism"]
    );
    let volume = |path: &str| {
        object(&format!(
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: v}}\nspec: {{capacity: {{storage: 1Gi}}, accessModes: [ReadWriteOnce], hostPath: {{path: {path}}}}}"
        ))
    };
    assert_eq!(
        update_errors(&volume("/a"), &volume("/b")),
        ["spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation"]
    );
    let class = |policy: &str| {
        object(&format!(
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: c}}\nprovisioner: p\nreclaimPolicy: {policy}"
        ))
    };
    assert_eq!(
        update_errors(&class("Delete"), &class("Keep")),
        [
            "reclaimPolicy: Unsupported value: \"Keep\": supported values: \"Delete\", \"Retain\"",
            "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
        ]
    );
    let node = |id: &str| object(&format!("apiVersion: v1\nkind: Node\nmetadata: {{name: one}}\nspec: {{providerID: {id}}}"));
    assert_eq!(
        update_errors(&node("a"), &node("b")),
        ["spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid"]
    );
}

fn resized(spec: &str, container: &str, new_spec: &str, new_container: &str) -> Vec<String> {
    let (old, new) = (pod(spec, container), pod(new_spec, new_container));
    validate_update(&new, &old, Subresource::Resize).iter().map(ToString::to_string).collect()
}

#[test]
fn init_containers_and_pods_as_a_whole_are_resized_too() {
    let none = "resources: {requests: {cpu: 1}}";
    let init = |amount: u8| {
        format!("initContainers: [{{name: i, image: b, resources: {{requests: {{cpu: {amount}, ephemeral-storage: 1Gi}}}}}}]")
    };
    assert_eq!(resized(&init(1), none, &init(2), none), [""; 0]);
    assert_eq!(
        resized(&init(1), none, &init(2).replace("1Gi", "2Gi"), none),
        ["spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable"]
    );
    assert_eq!(
        resized(&init(1), none, "restartPolicy: Always", none),
        ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"]
    );
    let whole = |list: &str| format!("resources: {{requests: {{{list}}}}}");
    assert_eq!(resized(&whole("cpu: 2"), none, &whole("cpu: 3"), none), [""; 0]);
    assert_eq!(
        resized(&whole("cpu: 2, memory: 1Gi"), none, &whole("cpu: 2"), none),
        ["spec.resources.requests: Forbidden: pod-level resource requests cannot be removed"]
    );
}

#[test]
fn a_suspended_job_is_told_where_to_run_but_not_what() {
    let job = |suspend: bool, metadata: &str, spec: &str, image: &str| {
        object(&format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j, namespace: default}}\nspec:\n  suspend: {suspend}\n  template:\n    \
             metadata: {{{metadata}}}\n    spec: {{restartPolicy: Never, {spec}containers: [{{name: a, image: {image}}}]}}\n"
        ))
    };
    let old = job(true, "", "", "b");
    assert_eq!(update_errors(&old, &job(true, "annotations: {a: b}", "nodeSelector: {disk: ssd}, ", "b")), [""; 0]);
    let refused = [
        (old.clone(), job(true, "", "", "c")),
        (old, job(true, "finalizers: [example.com/a]", "", "b")),
        (job(false, "", "", "b"), job(false, "annotations: {a: b}", "", "b")),
    ];
    for (old, new) in refused {
        let [error] = &update_errors(&old, &new)[..] else { panic!("one field is wrong") };
        assert!(error.starts_with("spec.template: Invalid value: {") && error.ends_with("}: field is immutable"), "{error}");
    }
}
