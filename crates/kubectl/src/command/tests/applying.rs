//! What a change of an object is, and what is none.

use std::sync::Arc;

use podlapse_model::{Kind, SortedMap};
use serde_json::json;

use super::{Cluster, with_pod};

fn apply(cluster: &mut Cluster, text: &str) -> String {
    let files: SortedMap<Arc<str>, Arc<str>> = SortedMap::from([("f.yaml".into(), text.into())]);
    let outcome = cluster.run_with("apply -f f.yaml", None, files);
    outcome.stdout + &outcome.stderr
}

fn deployment(spec: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n{spec}  \
         template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers: [{{name: app, image: nginx{container}}}]\n"
    )
}

fn generation(cluster: &mut Cluster) -> String {
    cluster.run("get deploy web -o jsonpath='{.metadata.generation}'").stdout
}

#[test]
fn what_is_written_in_another_way_is_no_change() {
    let mut cluster = Cluster::new();
    let text = deployment("", ", resources: {limits: {cpu: 1000m, memory: 1024Mi}}, env: []");
    assert_eq!(apply(&mut cluster, &text), "deployment.apps/web created\n");
    // kubectl compares what the file says, the API server what it means.
    assert_eq!(apply(&mut cluster, &text), "deployment.apps/web configured\n");
    assert_eq!(generation(&mut cluster), "1");
    let empty = "patch deploy web --type=merge -p '{\"spec\":{\"template\":{\"spec\":{\"volumes\":[],\"nodeSelector\":{}}}}}'";
    cluster.check(empty, "deployment.apps/web patched (no change)\n", "");
    assert_eq!(generation(&mut cluster), "1");
}

#[test]
fn notes_at_a_deployment_are_a_new_generation() {
    let mut cluster = Cluster::new();
    apply(&mut cluster, &deployment("", ""));
    cluster.check("label deploy web a=b", "deployment.apps/web labeled\n", "");
    assert_eq!(generation(&mut cluster), "1");
    cluster.check("annotate deploy web a=b", "deployment.apps/web annotated\n", "");
    assert_eq!(generation(&mut cluster), "2");
}

#[test]
fn entries_that_change_places_are_a_change() {
    let mut cluster = Cluster::new();
    apply(&mut cluster, &deployment("", ", env: [{name: A, value: a}, {name: B, value: b}]"));
    let text = deployment("", ", env: [{name: B, value: b}, {name: A, value: a}]");
    assert_eq!(apply(&mut cluster, &text), "deployment.apps/web configured\n");
    let names = cluster.run("get deploy web -o jsonpath='{.spec.template.spec.containers[0].env[*].name}'").stdout;
    assert_eq!(names, "B A");
    // The patch says what of the strategy is to stay.
    assert_eq!(apply(&mut cluster, &deployment("  strategy: {type: Recreate}\n", "")), "deployment.apps/web configured\n");
    assert_eq!(cluster.run("get deploy web -o jsonpath='{.spec.strategy}'").stdout, "{\"type\":\"Recreate\"}");
}

#[test]
fn a_patch_with_an_amount_that_is_none_is_refused() {
    let mut cluster = with_pod();
    let patch = "patch pod web --subresource=resize -p '{\"spec\":{\"containers\":[{\"name\":\"app\",\"resources\":{\"limits\":{\"cpu\":\"2x\"}}}]}}'";
    let refused = "The request is invalid: patch: Invalid value: \"map[spec:map[containers:[map[name:app resources:map[limits:map[cpu:2x]]]]]]\": \
                   quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n";
    cluster.check(patch, "", refused);
}

#[test]
fn metadata_comes_with_a_status() {
    let mut cluster = with_pod();
    apply(&mut cluster, &deployment("", ""));
    let patch = |target: &str| {
        format!(
            "patch {target} --subresource=status --type=merge -p '{{\"metadata\":{{\"labels\":{{\"new\":\"l\"}},\"annotations\":{{\"new\":\"a\"}},\
             \"ownerReferences\":[{{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"n\",\"uid\":\"u\"}}]}}}}'"
        )
    };
    let seen = "-o jsonpath='{.metadata.labels.new} {.metadata.annotations.new} {.metadata.ownerReferences[*].name}'";
    for (target, kept) in [("deployment.apps/web", " a n"), ("pod/web", "l a "), ("node/node-1", "l a n")] {
        cluster.check(&patch(target), &format!("{target} patched\n"), "");
        assert_eq!(cluster.run(&format!("get {target} {seen}")).stdout, kept, "{target}");
    }
    let wrong = "patch node node-1 --subresource=status --type=merge -p '{\"metadata\":{\"labels\":{\"a\":\"b c\"}}}'";
    let refused = cluster.run(wrong).stderr;
    assert!(
        refused.starts_with("The Node \"node-1\" is invalid: metadata.labels: Invalid value: \"b c\": a valid label"),
        "{refused}"
    );
}

#[test]
fn a_volume_tells_since_when_it_is_in_its_phase() {
    let mut cluster = Cluster::new();
    let spec = json!({"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}});
    cluster.add(Kind::PersistentVolume, json!({"metadata": {"name": "v"}, "spec": spec}));
    cluster.now = podlapse_model::SimTime::ZERO + podlapse_model::SimDuration::from_secs(60);
    let patch = |status: &str| format!("patch pv v --subresource=status --type=merge -p '{{\"status\":{{{status}}}}}'");
    let since = |cluster: &mut Cluster| cluster.run("get pv v -o jsonpath='{.status.lastPhaseTransitionTime}'").stdout;
    cluster.run(&patch("\"message\":\"x\""));
    assert_eq!(since(&mut cluster), "2026-01-01T00:00:00Z");
    cluster.run(&patch("\"phase\":\"Failed\""));
    assert_eq!(since(&mut cluster), "2026-01-01T00:01:00Z");
    cluster.run(&patch("\"phase\":\"Released\",\"lastPhaseTransitionTime\":\"2025-01-01T00:00:00Z\""));
    assert_eq!(since(&mut cluster), "2025-01-01T00:00:00Z");
}

#[test]
fn what_holds_a_namespace_is_not_for_people() {
    let mut cluster = Cluster::new();
    cluster.check("create ns shop", "namespace/shop created\n", "");
    cluster.check("patch ns shop --type=merge -p '{\"spec\":{\"finalizers\":[]}}'", "namespace/shop patched (no change)\n", "");
    assert_eq!(cluster.run("get ns shop -o jsonpath='{.spec.finalizers}'").stdout, "[\"kubernetes\"]");
}

#[test]
fn an_ingress_counts_its_versions() {
    let mut cluster = Cluster::new();
    cluster.check("create ingress web --rule=a.example/=web:80", "ingress.networking.k8s.io/web created\n", "");
    let generation = |cluster: &mut Cluster| cluster.run("get ingress web -o jsonpath='{.metadata.generation}'").stdout;
    assert_eq!(generation(&mut cluster), "1");
    cluster.run("patch ingress web --type=merge -p '{\"spec\":{\"ingressClassName\":\"nginx\"}}'");
    assert_eq!(generation(&mut cluster), "2");
}
