//! What becomes of nodes that stop and come back, of their Pods, and of static Pods, in scenarios that no recording shows.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use serde_json::Value;

/// A run as a trace: so many nodes, and what the scenario says beside them.
fn run(workload: &str, nodes: u32, seconds: u64, rest: &str) -> Value {
    let mut cluster = String::new();
    for number in 1..=nodes {
        cluster.push_str(&format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: node-{number}}}\nstatus: {{capacity: {{cpu: \"4\", memory: 8Gi, pods: \
             \"110\"}}}}\n---\n"
        ));
    }
    cluster.push_str(&format!(
        "apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: {seconds}s\n  images:\n  - {{name: nginx:1.27, size: \
         70Mi, preloaded: [\"*\"]}}\n  - {{name: busybox:1.28, size: 1Mi, preloaded: [\"*\"]}}\n{rest}"
    ));
    let read = podlapse_kubectl::simulate("test", workload, Some(&cluster));
    let mut run = read.value.unwrap_or_else(|| panic!("{:?}", read.diagnostics));
    run.run();
    podlapse_view::trace(&run)
}

/// Pods of the first node, each with something of its own in its spec.
fn pods(specs: &[(&str, &str)]) -> String {
    let pod = |(name, spec): &(&str, &str)| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  nodeName: node-1\n{spec}\n  containers: [{{name: app, \
             image: \"nginx:1.27\"}}]\n---\n"
        )
    };
    specs.iter().map(pod).collect()
}

fn patience(seconds: &str) -> String {
    format!("  tolerations: [{{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute{seconds}}}]")
}

/// The rows of a Pod as they appeared: when, READY, STATUS, RESTARTS; a Pod that left has the status `gone`.
fn rows(trace: &Value, name: &str) -> Vec<(f64, String)> {
    let all = trace["watch"].as_array().unwrap().iter().filter(|change| change["row"]["name"] == name);
    let text = |change: &Value, field: &str| change["row"][field].as_str().unwrap_or_default().to_owned();
    all.map(|change| {
        let restarts = text(change, "restarts");
        let row = format!("{} {} {}", text(change, "ready"), text(change, "status"), restarts.split(' ').next().unwrap());
        (change["t"].as_f64().unwrap(), if change["type"] == "DELETED" { "gone".to_owned() } else { row })
    })
    .collect()
}

fn first(trace: &Value, name: &str, row: &str) -> f64 {
    let all = rows(trace, name);
    all.iter().find(|(_, found)| found == row).unwrap_or_else(|| panic!("{name} was never {row:?}: {all:#?}")).0
}

fn last(trace: &Value, name: &str) -> String {
    rows(trace, name).pop().unwrap_or_default().1
}

/// The NoExecute taints of a node: when they came and went.
fn tainted(trace: &Value, node: &str) -> Vec<(f64, bool)> {
    let mut seen: Vec<(f64, bool)> = Vec::new();
    for change in trace["nodes"].as_array().unwrap().iter().filter(|change| change["name"] == node) {
        let is_tainted = change["taints"].as_array().unwrap().iter().any(|taint| taint["effect"] == "NoExecute");
        if seen.last().map_or(is_tainted, |(_, before)| *before != is_tainted) {
            seen.push((change["t"].as_f64().unwrap(), is_tainted));
        }
    }
    seen
}

#[test]
fn pods_of_a_lost_node_leave_when_their_patience_ends_and_are_gone_when_it_returns() {
    let (none, ten) = (patience(", tolerationSeconds: 0"), patience(", tolerationSeconds: 10"));
    let workload = pods(&[("none", &none), ("ten", &ten), ("ever", &patience("")), ("usual", "")]);
    let down_and_up =
        "  actions:\n  - {at: 30s, node: {name: node-1, state: Down}}\n  - {at: 200s, node: {name: node-1, state: Up}}\n";
    let trace = run(&workload, 2, 260, down_and_up);
    let taints = tainted(&trace, "node-1");
    let lost = taints[0].0;
    assert!((65.0..90.0).contains(&lost), "{taints:?}");
    assert!((200.0..206.0).contains(&taints[1].0), "{taints:?}");
    let left = |name: &str| first(&trace, name, "1/1 Terminating 0") - lost;
    assert!(left("none") < 0.1 && (10.0..10.1).contains(&left("ten")));
    assert!((200.0..203.0).contains(&first(&trace, "none", "gone")));
    assert_eq!((last(&trace, "ever").as_str(), last(&trace, "usual").as_str()), ("1/1 Running 0", "1/1 Running 0"));
}

#[test]
fn two_lost_nodes_are_tainted_ten_seconds_apart_and_the_last_of_all_never() {
    let both = "  actions:\n  - {at: 30s, node: {name: node-1, state: Down}}\n  - {at: 30s, node: {name: node-2, state: Down}}\n";
    let trace = run(&pods(&[("web", "")]), 3, 120, both);
    let gap = tainted(&trace, "node-2")[0].0 - tainted(&trace, "node-1")[0].0;
    assert!((9.9..10.2).contains(&gap), "{gap}");
    let trace = run(&pods(&[("web", "")]), 2, 500, both);
    assert!(tainted(&trace, "node-1").is_empty());
    assert_eq!(last(&trace, "web"), "1/1 Running 0");
}

#[test]
fn a_reboot_ends_what_is_never_restarted_and_begins_the_rest_anew() {
    let setup = "  initContainers: [{name: setup, image: \"busybox:1.28\", command: [sh, -c, sleep 2]}]";
    let workload = pods(&[("never", "  restartPolicy: Never"), ("again", "  restartPolicy: OnFailure"), ("init", setup)]);
    let reboot = "  actions:\n  - {at: 30s, node: {name: node-1, state: Down, reboot: true}}\n  - {at: 50s, node: {name: node-1, state: \
                  Up}}\n";
    let trace = run(&workload, 2, 90, reboot);
    assert_eq!(last(&trace, "never"), "0/1 Unknown 0");
    assert_eq!(last(&trace, "again"), "1/1 Running 1");
    let back = first(&trace, "again", "1/1 Running 1");
    assert!((51.0..53.0).contains(&back), "{back}");
    assert!(back + 2.0 < first(&trace, "init", "1/1 Running 1"));
}

#[test]
fn a_node_that_is_shut_down_ends_its_pods_by_priority_and_takes_no_more() {
    let slow = "  terminationGracePeriodSeconds: 30\n  priorityClassName: system-node-critical";
    let mut workload = pods(&[("web", "  terminationGracePeriodSeconds: 60"), ("critical", slow)]);
    workload.push_str("apiVersion: v1\nkind: Pod\nmetadata: {name: done}\nspec: {nodeName: node-1, restartPolicy: Never, containers: [{name: app, image: \"busybox:1.28\", command: [\"true\"]}]}\n");
    let rest = "  behaviors:\n  - {match: {pod: \"*\", image: \"nginx*\"}, runs: [{onSigterm: {ignore: true}}]}\n  actions:\n  - {at: 30s, node: \
                {name: node-1, state: Down, shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s}}\n  - {at: 35s, kubectl: \"apply \
                -f -\", stdin: 'apiVersion: v1\n\n      kind: Pod\n\n      metadata: {name: late}\n\n      spec: {nodeName: node-1, \
                containers: [{name: app, image: \"nginx:1.27\"}]}'}\n  - {at: 120s, node: {name: node-1, state: Up}}\n";
    let trace = run(&workload, 2, 150, rest);
    // The usual Pods have 20 s, of which they use all; only then the critical one has its 10 s.
    assert!((50.0..52.0).contains(&first(&trace, "web", "0/1 Error 0")));
    assert!((60.0..62.5).contains(&first(&trace, "critical", "0/1 Error 0")));
    assert!((35.0..35.5).contains(&first(&trace, "late", "0/1 NodeShutdown 0")));
    // The kubelet of the next boot finds nothing of a Pod that was refused.
    assert_eq!(
        (last(&trace, "done").as_str(), last(&trace, "late").as_str()),
        ("0/1 Completed 0", "0/1 ContainerStatusUnknown 0")
    );
    let message = "Pod was terminated in response to imminent node shutdown.";
    let status = |name: &str| {
        let all = trace["pods"].as_array().unwrap().iter().rev();
        all.map(|change| &change["object"]).find(|pod| pod["metadata"]["name"] == name).unwrap()["status"].clone()
    };
    let web = status("web");
    assert_eq!((&web["phase"], &web["reason"], &web["message"]), (&"Failed".into(), &"Terminated".into(), &message.into()));
    let disrupted =
        web["conditions"].as_array().unwrap().iter().find(|condition| condition["type"] == "DisruptionTarget").unwrap();
    assert_eq!((&disrupted["reason"], &disrupted["message"]), (&"TerminationByKubelet".into(), &message.into()));
    assert_eq!(status("late")["message"], "Pod was rejected: Pod was rejected as the node is shutting down.");
    let nodes = trace["nodes"].as_array().unwrap().iter().filter(|change| change["name"] == "node-1");
    let ready: Vec<(f64, &str)> =
        nodes.map(|change| (change["t"].as_f64().unwrap(), change["conditions"]["Ready"].as_str().unwrap())).collect();
    assert!(ready.iter().any(|(t, status)| (30.0..31.0).contains(t) && *status == "False"), "{ready:?}");
    assert_eq!(ready.last().unwrap().1, "True");
}

#[test]
fn containers_run_on_without_their_kubelet() {
    let restart =
        "  actions:\n  - {at: 30s, node: {name: node-1, state: Down}}\n  - {at: 40s, node: {name: node-1, state: Up}}\n";
    let trace = run(&pods(&[("web", "")]), 2, 90, restart);
    assert_eq!(rows(&trace, "web").into_iter().filter(|(at, _)| 20.0 < *at).count(), 0);
}

#[test]
fn a_deleted_node_comes_back_with_its_kubelet_and_else_its_pods_are_collected() {
    let delete = "  actions:\n  - {at: 20s, kubectl: delete node node-1}\n";
    let trace = run(&pods(&[("web", "")]), 2, 120, delete);
    assert!((60.0..86.0).contains(&first(&trace, "web", "gone")));
    let restarted = format!(
        "{delete}  - {{at: 30s, node: {{name: node-1, state: Down}}}}\n  - {{at: 40s, node: {{name: node-1, state: Up}}}}\n  - {{at: \
         50s, kubectl: get nodes}}\n"
    );
    let trace = run(&pods(&[("web", "")]), 2, 120, &restarted);
    assert_eq!(last(&trace, "web"), "1/1 Running 0");
    let printed = trace["actions"].as_array().unwrap().last().unwrap()["stdout"].as_str().unwrap().to_owned();
    assert!(printed.contains("node-1   Ready"), "{printed}");
}

/// A file of a static Pod, as the block of a scenario that holds it.
fn file(indent: &str, image: &str) -> String {
    format!(
        "{indent}apiVersion: v1\n{indent}kind: Pod\n{indent}metadata: {{name: web}}\n{indent}spec: {{containers: [{{name: app, image: \
         \"{image}\"}}]}}\n"
    )
}

fn static_pods(actions: &str) -> Value {
    let from_start = file("      ", "nginx:1.27");
    let rest = format!("  staticPods:\n  - node: node-1\n    file: web.yaml\n    manifest: |\n{from_start}  actions:\n{actions}");
    run(&pods(&[("other", "")]), 1, 120, &rest)
}

#[test]
fn a_static_pod_of_another_content_waits_for_the_one_before_it() {
    let changed = file("        ", "busybox:1.28").replace("name: app,", "name: app, command: [sleep, \"900\"],");
    let action = format!("  - at: 30s\n    staticPod:\n      node: node-1\n      file: web.yaml\n      manifest: |\n{changed}");
    let trace = static_pods(&action);
    let gone = first(&trace, "web-node-1", "gone");
    assert!((39.9..46.5).contains(&gone), "{gone}");
    assert_eq!(last(&trace, "web-node-1"), "1/1 Running 0");
}

#[test]
fn a_file_that_cannot_be_read_any_more_takes_its_pod_away_at_the_next_round() {
    let trace = static_pods("  - {at: 30s, staticPod: {node: node-1, file: web.yaml, manifest: \"kind: [\"}}\n");
    let stopped = first(&trace, "web-node-1", "0/1 Error 0");
    assert!((30.0..50.5).contains(&stopped), "{stopped}");
    assert_eq!(last(&trace, "web-node-1"), "gone");
}

#[test]
fn a_file_that_goes_while_the_kubelet_is_down_is_missed_when_it_comes_back() {
    let trace = static_pods(
        "  - {at: 30s, node: {name: node-1, state: Down}}\n  - {at: 35s, staticPod: {node: node-1, file: web.yaml, remove: true}}\n  - \
         {at: 60s, node: {name: node-1, state: Up}}\n",
    );
    let gone = first(&trace, "web-node-1", "gone");
    assert!((61.0..66.0).contains(&gone), "{gone}");
}

#[test]
fn a_mirror_that_is_deleted_comes_back_and_its_container_runs_on() {
    let trace = static_pods("  - {at: 30s, kubectl: delete pod web-node-1 --wait=false}\n");
    assert!(first(&trace, "web-node-1", "gone") < 31.0);
    assert_eq!(last(&trace, "web-node-1"), "1/1 Running 0");
    let stopped = trace["cri"].as_array().unwrap().iter().any(|call| call["call"] == "StopContainer");
    assert!(!stopped);
}

#[test]
fn a_lease_is_as_fresh_as_its_kubelet() {
    let renewal = "get lease node-1 -n kube-node-lease -o jsonpath={.spec.renewTime}";
    let rest = format!(
        "  startTime: \"2026-11-21T12:00:00Z\"\n  actions:\n  - {{at: 60s, kubectl: '{renewal}'}}\n  - {{at: 70s, node: {{name: node-1, \
         state: Down}}}}\n  - {{at: 120s, kubectl: '{renewal}'}}\n"
    );
    let trace = run(&pods(&[("web", "")]), 1, 130, &rest);
    let printed: Vec<String> = trace["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|action| action["stdout"].as_str().filter(|text| text.starts_with("2026")).map(str::to_owned))
        .collect();
    assert!(printed[0].starts_with("2026-11-21T12:00:5") && *printed[1] < *"2026-11-21T12:01:10", "{printed:?}");
}

#[test]
fn a_kubelet_puts_right_what_somebody_writes_into_its_nodes_status() {
    let patch =
        r#"{"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Mine"}], "allocatable": {"cpu": "1"}}}"#;
    let write = format!("patch node node-1 --subresource=status -p '{patch}'");
    let label = "label node node-1 kubernetes.io/hostname=other --overwrite";
    let read = "get node node-1 -o jsonpath='{.status.allocatable.cpu},{.status.conditions[?(@.type==\"Ready\")].reason},{.metadata.labels}'";
    let rest = format!(
        "  actions:\n  - {{at: 20s, kubectl: {write:?}}}\n  - {{at: 20s, kubectl: {label:?}}}\n  - {{at: 21s, kubectl: {read:?}}}\n  \
         - {{at: 32s, kubectl: {read:?}}}\n  - {{at: 35s, node: {{name: node-1, state: Down}}}}\n  - {{at: 36s, node: {{name: node-1, \
         state: Up}}}}\n  - {{at: 40s, kubectl: {read:?}}}\n"
    );
    let trace = run(&pods(&[("web", "")]), 1, 50, &rest);
    let actions = trace["actions"].as_array().unwrap().iter();
    let printed: Vec<&str> =
        actions.filter_map(|action| action["stdout"].as_str().filter(|text| text.contains("arch"))).collect();
    assert!(printed[0].starts_with("1,Mine,") && printed[0].contains("\"kubernetes.io/hostname\":\"other\""), "{printed:?}");
    // Labels wait until the kubelet starts again.
    assert!(printed[1].starts_with("4,KubeletReady,") && printed[1].contains("\"other\""), "{printed:?}");
    assert!(printed[2].contains("\"kubernetes.io/hostname\":\"node-1\""), "{printed:?}");
}

#[test]
fn a_kubelet_tells_of_the_containers_that_it_finds_without_their_pod() {
    let actions = "  actions:\n  - {at: 10s, node: {name: node-1, state: Down}}\n  - {at: 20s, kubectl: \"delete pod a --force\"}\n  - \
                   {at: 40s, node: {name: node-1, state: Up}}\n";
    let trace = run(&pods(&[("a", "")]), 1, 60, actions);
    let events = trace["events"].as_array().unwrap();
    let killed: Vec<&Value> = events.iter().filter(|event| event["reason"] == "Killing").collect();
    assert_eq!(killed.len(), 1, "{killed:?}");
    assert_eq!((&killed[0]["object"], &killed[0]["field"]), (&"Pod/a".into(), &"spec.containers{app}".into()));
    assert_eq!(killed[0]["message"], "Stopping container app");
    assert!((40.0..46.0).contains(&killed[0]["t"].as_f64().unwrap()));
}
