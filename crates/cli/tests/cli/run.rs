//! `podlapse run` and `podlapse kubectl` on the built-in examples.

use crate::common::{file, podlapse, podlapse_with};

const WATCH: &str = "$ kubectl get pods -w";
const EVENTS: &str = "$ kubectl events";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx}]}\n";

/// READY, STATUS and the number of RESTARTS, row by row, each new one once.
fn states(rows: &[String]) -> Vec<String> {
    let mut states: Vec<String> = rows.iter().map(|row| row.split(' ').skip(2).take(3).collect::<Vec<_>>().join(" ")).collect();
    states.dedup();
    states
}

/// The seconds of a time such as `1m24s` at the beginning of a row.
fn seconds(row: &str) -> f64 {
    let time = row.split(' ').next().unwrap();
    if let Some(ms) = time.strip_suffix("ms") {
        return ms.parse::<f64>().unwrap() / 1_000.0;
    }
    let (minutes, seconds) = time.split_once('m').unwrap_or(("0", time));
    let seconds = seconds.trim_end_matches('s');
    minutes.parse::<f64>().unwrap() * 60.0 + if seconds.is_empty() { 0.0 } else { seconds.parse::<f64>().unwrap() }
}

#[test]
fn a_crash_loop_waits_longer_each_time() {
    let ran = podlapse(&["run", "--example", "crash-loop"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("$ kubectl apply -f workload.yaml\npod/crash created\n"));
    let rows = ran.rows(WATCH);
    let states = states(&rows);
    assert_eq!(states[..5], ["0/1 Pending 0", "0/1 ContainerCreating 0", "0/1 Error 0", "0/1 Error 1", "0/1 CrashLoopBackOff 1"]);
    let ends = |restarts: &str| rows.iter().find(|row| row.contains(&format!(" Error {restarts} "))).map(|row| seconds(row));
    for (restarts, (earliest, latest)) in [("2", (12.0, 16.0)), ("3", (32.0, 42.0)), ("4", (72.0, 98.0))] {
        let at = ends(restarts).unwrap();
        assert!((earliest..latest).contains(&at), "restart {restarts} ended at {at}");
    }
    assert!(
        ran.rows(EVENTS).iter().any(|row| row.contains("Warning BackOff pod/crash Back-off restarting failed container app"))
    );
    assert!(ran.ending().starts_with("crash is CrashLoopBackOff on node-1 at 15m, since "));
    assert!(ran.ending().contains("  app, last run: Error, exit code 1\n  Why: The restart has to wait. "));
}

#[test]
fn each_pod_has_its_own_reason_and_one_that_has_finished_its_end() {
    let ran = podlapse(&["run", "--example", "restart-policies"]);
    let ending = ran.ending();
    for paragraph in ending.split("\npod/") {
        let name = paragraph.split(' ').next().unwrap();
        for line in paragraph.lines().filter_map(|line| line.strip_prefix("    Object: pod/")) {
            assert_eq!(line, name, "{paragraph}");
        }
    }
    let never = ending.split("\npod/").find(|paragraph| paragraph.starts_with("never ")).unwrap();
    assert!(never.contains("  Why: The process ended. "), "{never}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| podlapse(&["run", "-e", "crash-loop", "--seed", seed, "--for", "4m"]).stdout;
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

#[test]
fn a_missing_image_is_tried_again_and_again() {
    let ran = podlapse(&["run", "-e", "image-not-found", "--for", "1m"]);
    let states = states(&ran.rows(WATCH));
    let taking_turns = ["0/1 ErrImagePull 0", "0/1 ImagePullBackOff 0", "0/1 ErrImagePull 0", "0/1 ImagePullBackOff 0"];
    assert_eq!(states[2..6], taking_turns, "{states:?}");
    assert!(ran.ending().contains("  Why: The "), "{}", ran.ending());
    assert!(ran.stdout.contains(": not found"));
}

#[test]
fn a_private_registry_wants_a_secret() {
    let ran = podlapse(&["run", "-e", "private-registry-no-secret"]);
    assert!(states(&ran.rows(WATCH)).contains(&"0/1 ImagePullBackOff 0".to_owned()));
    assert!(ran.rows(EVENTS).iter().any(|row| row.contains("Failed to pull image")));
    let ran = podlapse(&["run", "-e", "private-registry-secret"]);
    assert_eq!(states(&ran.rows(WATCH)).last().unwrap(), "1/1 Running 0", "{}", ran.stdout);
}

#[test]
fn a_failing_liveness_probe_restarts_the_container_after_75_seconds() {
    let ran = podlapse(&["run", "-e", "liveness-exec", "--for", "2m"]);
    let rows = ran.rows(WATCH);
    let restarted = rows.iter().find(|row| row.contains(" Running 1 ")).unwrap();
    assert!((73.0..79.0).contains(&seconds(restarted)), "{restarted}");
    assert!(ran.rows(EVENTS).iter().any(|row| row.contains("Liveness probe failed: cat: can't open '/tmp/healthy'")));
    assert!(ran.ending().contains("is Running and ready on node-1 at 2m, since 1m1"), "{}", ran.ending());
    assert!(ran.ending().contains("restarted once"));
}

#[test]
fn a_container_that_cannot_be_configured_is_told_apart() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/conformance/traces/missing-configmap-env");
    let ran = podlapse(&["run", scenario]);
    assert!(ran.ending().contains("  Why: The container's configuration is incomplete. "), "{}", ran.ending());
}

#[test]
fn a_deleted_pod_is_gone() {
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/conformance/traces/delete-grace-5");
    let ran = podlapse(&["run", scenario]);
    assert!(ran.stdout.contains("$ kubectl delete pod stubborn --grace-period=5   at 15s\npod \"stubborn\" deleted"));
    assert_eq!(ran.ending(), "stubborn is gone since 21s.\n");
}

#[test]
fn a_node_selector_that_nothing_matches_leaves_the_pod_pending() {
    let ran = podlapse(&["run", "-e", "node-selector", "--for", "30s"]);
    assert_eq!(states(&ran.rows(WATCH)), ["0/1 Pending 0"]);
    let message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.";
    let event = format!("Warning FailedScheduling pod/nginx {message}");
    assert!(ran.rows(EVENTS).iter().any(|row| row.contains(&event)));
    assert!(ran.ending().contains(message));
    assert!(ran.ending().contains("  Why: No node can take the Pod. "), "{}", ran.ending());
}

#[test]
fn a_run_ends_at_the_state_that_was_asked_for() {
    let ran = podlapse(&["run", "-e", "crash-loop", "--until", "CrashLoopBackOff"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.rows(WATCH).iter().filter(|row| row.contains("CrashLoopBackOff")).count(), 1);
    assert!(ran.rows(WATCH).last().unwrap().contains("CrashLoopBackOff"));
    let ran = podlapse(&["run", "-e", "nginx", "--until", "ready"]);
    assert_eq!(ran.code, 0);
    assert!(ran.ending().starts_with("nginx is Running and ready on node-"), "{}", ran.ending());
    let ran = podlapse(&["run", "-e", "crash-loop", "--until", "Ready", "--for", "1m"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, "podlapse: no Pod was Ready within 1m\n"));
    let ran = podlapse(&["run", "-e", "nginx", "--until", "30s"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("'30s' for '--until <STATE>'") && ran.stderr.contains("--for 30s gives its length"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_manifest_alone_runs_on_one_node() {
    let ran = podlapse_with(&["run", "-", "--until", "Ready"], POD);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("note: no cluster was given: one Ready node"));
    assert_eq!(states(&ran.rows(WATCH)).last().unwrap(), "1/1 Running 0");
}

#[test]
fn what_is_not_simulated_is_named() {
    let cluster = file("limits/cluster.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n");
    let ran = podlapse_with(&["run", "-", "-c", cluster.to_str().unwrap()], POD);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: not simulated: Widget w\n"), "{}", ran.stderr);
}

#[test]
fn other_outputs_hold_the_trace_the_events_and_the_pods() {
    let trace = podlapse(&["run", "-e", "crash-loop", "--for", "1m", "-o", "trace"]);
    let trace: serde_json::Value = serde_json::from_str(&trace.stdout).unwrap();
    assert_eq!(trace["scenario"], "crash-loop");
    assert_eq!(trace["watch"][0]["row"]["status"], "Pending");
    assert!(2 < trace["cri"].as_array().unwrap().len());
    let events = podlapse(&["run", "-e", "crash-loop", "--for", "1m", "-o", "events"]).stdout;
    assert!(2 < events.lines().filter(|line| line.contains("   Started   ")).count());
    let yaml = podlapse(&["run", "-e", "crash-loop", "--for", "1m", "-o", "yaml"]).stdout;
    assert!(yaml.contains("restartCount: 3\n") && yaml.contains("name: crash\n"), "{yaml}");
}

#[test]
fn colours_are_for_terminals() {
    assert!(!podlapse(&["run", "-e", "nginx"]).stdout.contains('\x1b'));
    assert!(podlapse(&["run", "-e", "nginx", "--color", "always"]).stdout.contains("   \x1b[32mRunning\x1b[0m "));
}

#[test]
fn kubectl_answers_as_of_an_instant() {
    let get = |at| podlapse(&["kubectl", "--at", at, "-e", "crash-loop", "--", "get", "pods"]).stdout;
    assert_eq!(
        get("1s"),
        "NAME    READY   STATUS              RESTARTS   AGE\ncrash   0/1     ContainerCreating   0          1s\n"
    );
    assert!(get("1m").split_whitespace().collect::<Vec<_>>().join(" ").contains("crash 0/1 Error 3 ("), "{}", get("1m"));
    let deleted = podlapse(&["kubectl", "--at", "1m", "-e", "crash-loop", "--", "delete", "pod", "crash"]);
    assert_eq!((deleted.code, deleted.stdout.as_str()), (0, "pod \"crash\" deleted from default namespace\n"));
    let missing = podlapse(&["kubectl", "-e", "crash-loop", "--", "get", "pod", "nobody"]);
    assert_eq!(missing.stderr, "Error from server (NotFound): pods \"nobody\" not found\n");
    assert_eq!(missing.code, 1);
}

#[test]
fn kubectl_reads_files_folders_and_standard_input() {
    let map = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let one = file("kubectl-files/one.yaml", &map("one"));
    file("kubectl-files/two.yaml", &map("two"));
    file("kubectl-files/notes.txt", "not a manifest");
    let apply = |path: &str, stdin: &str| podlapse_with(&["kubectl", "-e", "nginx", "--", "apply", "-f", path], stdin);
    assert_eq!(apply(one.to_str().unwrap(), "").stdout, "configmap/one created\n");
    assert_eq!(apply(one.parent().unwrap().to_str().unwrap(), "").stdout, "configmap/one created\nconfigmap/two created\n");
    assert_eq!(apply("-", &map("piped")).stdout, "configmap/piped created\n");
    let own = podlapse(&["kubectl", "-e", "nginx", "--", "apply", "-f", "workload.yaml"]);
    assert_eq!(own.stdout, "pod/nginx unchanged\n");
    let shell = podlapse(&["kubectl", "-e", "nginx", "--", "exec", "nginx", "--", "/bin/sh", "-c", "echo here"]);
    assert_eq!((shell.stdout.as_str(), shell.code), ("here\n", 0), "{}", shell.stderr);
    assert_eq!(apply("nowhere.yaml", "").stderr, "error: the path \"nowhere.yaml\" does not exist\n");
}

#[test]
fn the_scheduler_shows_its_tables() {
    let ran = podlapse(&["schedule", "-e", "node-selector"]);
    let affinity = "NodeAffinity: node(s) didn't match Pod's node affinity/selector";
    assert_eq!(ran.stdout.matches(affinity).count(), 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("pod/nginx goes to node-2\nNODE     FILTER\n"), "{}", ran.stdout);
    let nodes = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: b}\n";
    let ready = "status: {capacity: {cpu: \"4\", memory: 8Gi, pods: \"110\"}}\n";
    let cluster = file("two-nodes.yaml", &nodes.replace("}\n", &format!("}}\n{ready}")));
    let ran = podlapse_with(&["schedule", "-", "-c", cluster.to_str().unwrap(), "--for", "1s"], POD);
    assert!(ran.stdout.contains("NodeResourcesFit") && ran.stdout.contains("TOTAL\n"), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains(", one of 2 with that total\n"), "{}", ran.stdout);
}
