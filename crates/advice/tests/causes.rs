//! What is offered for each cause, on scenarios that hold nothing else.
#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use podlapse_advice::{Search, Texts, patients};

const NODE: &str = "\
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {disk: ssd}}
status: {allocatable: {cpu: \"4\", memory: 8Gi, pods: \"110\"}}
";

/// A cluster of one node, and whatever else.
fn cluster(more: &str) -> String {
    if more.is_empty() { NODE.to_owned() } else { format!("{NODE}---\n{more}") }
}

/// A Pod with lines of its spec and of its container.
fn pod(spec: &str, container: &str) -> String {
    let indented = |lines: &str, by: &str| lines.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    let head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n";
    let image = if container.contains("image:") { "" } else { "    image: nginx:1.27\n" };
    let own = "  containers:\n  - name: app\n";
    format!("{head}{}{own}{image}{}", indented(spec, "  "), indented(container, "    "))
}

/// The changes that are offered for the first that is stuck, and the lines that the first of them changes.
fn offered(workload: &str, cluster: &str) -> (Vec<String>, String) {
    let texts = Texts { workload: workload.to_owned(), cluster: cluster.to_owned() };
    let checked = podlapse_kubectl::simulate("example", workload, Some(cluster));
    let mut run = checked.value.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    run.run();
    let patient = patients(&run, &texts).remove(0);
    let found = Search::new(&run, &texts, &patient.root).unwrap().all();
    let words = found.iter().map(|tried| {
        let slugs: Vec<&str> = tried.changes.iter().map(|change| change.remedy.slug()).collect();
        format!("{} {:?}", slugs.join("+"), tried.health.reached)
    });
    let lines = found.first().into_iter().flat_map(|tried| &tried.diffs).flat_map(|diff| {
        let removed = diff.removed.iter().map(|line| format!("-{line}\n"));
        removed.chain(diff.added.iter().map(|line| format!("+{line}\n"))).collect::<Vec<_>>()
    });
    (words.collect(), lines.collect())
}

#[track_caller]
fn check(workload: &str, cluster: &str, remedies: &[&str], diff: &str) {
    let (found, lines) = offered(workload, cluster);
    assert_eq!(found, remedies);
    assert_eq!(lines, diff);
}

#[test]
fn the_largest_request_that_fits_is_named() {
    let web = pod("", "resources:\n  requests:\n    cpu: \"6\" # too much\n    memory: 9Gi\n");
    let diff = "-        cpu: \"6\" # too much\n+        cpu: \"4\" # too much\n-        memory: 9Gi\n+        memory: 8Gi\n";
    check(&web, &cluster(""), &["lower-request Well"], diff);
}

#[test]
fn a_taint_is_tolerated_or_taken_away() {
    let tainted = NODE.replace("status:", "spec: {taints: [{key: dedicated, value: db, effect: NoSchedule}]}\nstatus:");
    let diff = "+  tolerations:\n+  - effect: NoSchedule\n+    key: dedicated\n+    value: db\n";
    check(&pod("", ""), &tainted, &["tolerate Well", "untaint Well"], diff);
}

#[test]
fn a_selector_that_no_node_has_is_corrected_dropped_or_met() {
    let remedies = ["selector-value Well", "label-node Well", "drop-selector Well"];
    check(
        &pod("nodeSelector: {disk: sdd}", ""),
        &cluster(""),
        &remedies,
        "-  nodeSelector: {disk: sdd}\n+  nodeSelector: {disk: ssd}\n",
    );
}

#[test]
fn a_cordoned_node_is_uncordoned() {
    let cordoned = NODE.replace("status:", "spec:\n  unschedulable: true\nstatus:");
    check(&pod("", ""), &cordoned, &["uncordon Well"], "-spec:\n-  unschedulable: true\n");
}

#[test]
fn gates_are_opened() {
    check(&pod("schedulingGates:\n- name: a/b", ""), &cluster(""), &["drop-gates Well"], "-  schedulingGates:\n-  - name: a/b\n");
}

#[test]
fn a_host_port_is_left_to_the_pod_that_has_it() {
    let port = "ports:\n- {containerPort: 80, hostPort: 8080}\n";
    let two = format!("{}---\n{}", pod("", port).replace("name: web", "name: first"), pod("", port));
    let diff = "-    - {containerPort: 80, hostPort: 8080}\n+    - {containerPort: 80}\n";
    check(&two, &cluster(""), &["free-host-port Well", "delete-pod Well"], diff);
}

#[test]
fn what_is_not_spread_evenly_is_scheduled_anyway() {
    let spread = "topologySpreadConstraints:\n- maxSkew: 1\n  topologyKey: zone\n  whenUnsatisfiable: DoNotSchedule\n  labelSelector: {}\n";
    let diff = "-    whenUnsatisfiable: DoNotSchedule\n+    whenUnsatisfiable: ScheduleAnyway\n";
    check(&pod(spread, ""), &cluster(""), &["spread-anyway Well"], diff);
}

#[test]
fn a_missing_config_map_is_made_or_made_optional() {
    let web = pod(
        "",
        "envFrom:\n- configMapRef: {name: settings}\nenv:\n- name: A\n  valueFrom: {configMapKeyRef: {name: settings, key: a}}\n",
    );
    let (found, lines) = offered(&web, &cluster(""));
    assert_eq!(found[0], "create-config-map Well");
    assert_eq!(lines, "+---\n+apiVersion: v1\n+kind: ConfigMap\n+metadata: {name: settings}\n+data:\n+  a: value\n");
}

#[test]
fn a_secret_is_named_as_it_is_called() {
    let web = pod("volumes:\n- name: keys\n  secret: {secretName: kyes}\n", "volumeMounts:\n- {name: keys, mountPath: /keys}\n");
    let secret = cluster("apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {a: b}\n");
    let remedies = ["name-reference Well", "create-secret Well", "make-optional Well"];
    check(&web, &secret, &remedies, "-    secret: {secretName: kyes}\n+    secret: {secretName: keys}\n");
}

#[test]
fn a_missing_key_is_added() {
    let web = pod("", "env:\n- name: A\n  valueFrom:\n    configMapKeyRef: {name: settings, key: a}\n");
    let map = cluster("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  b: c\n");
    check(&web, &map, &["add-key Well", "make-optional Well"], "+  a: value\n");
}

#[test]
fn a_claim_gets_its_volume() {
    let web = pod("volumes:\n- name: data\n  persistentVolumeClaim: {claimName: data}\n", "");
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n\
                 spec: {accessModes: [ReadWriteMany], storageClassName: slow, resources: {requests: {storage: 5Gi}}}\n";
    let (found, lines) = offered(&web, &cluster(claim));
    assert_eq!(found, ["create-volume Well"]);
    assert!(lines.contains("+  accessModes: [ReadWriteMany]\n+  capacity: {storage: 5Gi}\n"), "{lines}");
}

#[test]
fn what_admission_asks_for_is_given() {
    let account = pod("serviceAccountName: robot", "");
    assert_eq!(offered(&account, &cluster("")).0, ["create-service-account Well"]);
    let elsewhere = pod("", "").replace("name: web", "name: web\n  namespace: shop");
    assert_eq!(offered(&elsewhere, &cluster("")).0, ["create-namespace Well"]);
    let urgent = pod("priorityClassName: urgent", "");
    assert_eq!(offered(&urgent, &cluster("")).0, ["drop-class Well"]);
    let bounds = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: bounds}\nspec:\n  limits:\n  - {type: Container, max: {cpu: \"1\"}}\n";
    let greedy = pod("", "resources:\n  limits: {cpu: \"2\"}\n");
    check(&greedy, &cluster(bounds), &["within-limits Well"], "-      limits: {cpu: \"2\"}\n+      limits: {cpu: \"1\"}\n");
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: small}\nspec:\n  hard: {requests.cpu: \"1\"}\n";
    assert_eq!(offered(&pod("", ""), &cluster(quota)).0, ["name-resources Well"]);
    let locked =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {pod-security.kubernetes.io/enforce: restricted}}\n";
    assert_eq!(offered(&pod("", ""), &cluster(locked)).0, ["restrict Well"]);
}

#[test]
fn two_causes_need_two_changes() {
    let web = pod("nodeSelector: {disk: sdd}", "image: ngnix:1.27\n");
    let (found, _) = offered(&web, &cluster(""));
    assert_eq!(found[0], "selector-value+image Well");
}

#[test]
fn a_probe_is_not_put_off_beyond_the_end_of_the_run() {
    let web = pod("", "livenessProbe:\n  httpGet: {path: /, port: 80}\n");
    let sick = "apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: 5m\n  behaviors:\n  - runs:\n    - listen:\n      \
                - {port: 80, http: [{path: /, until: 10s}, {path: /, status: 500}]}\n";
    assert_eq!(offered(&web, &cluster(sick)).0, Vec::<String>::new());
}
