//! What a cluster printed goes on where it stood.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use podlapse_core::Simulation;
use podlapse_manifest::Severity;
use podlapse_view::trace;
use serde_json::Value;

/// As `kubectl get nodes,pods -o yaml` prints it, cut down: a Pod that runs since a restart, one that waits for a node, one that has
/// ended, and a node with an image that no registry has.
const PRINTED: &str = r#"
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata: {name: worker, uid: n-1, creationTimestamp: "2026-05-01T08:00:00Z"}
  status:
    allocatable: {cpu: "2", memory: 4Gi, pods: "110"}
    conditions: [{type: Ready, status: "True", lastHeartbeatTime: "2026-05-01T09:59:30Z"}]
- apiVersion: v1
  kind: Pod
  metadata:
    name: web
    namespace: default
    uid: p-1
    creationTimestamp: "2026-05-01T09:00:00Z"
    ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: not-printed, controller: true}]
  spec:
    nodeName: worker
    restartPolicy: Always
    containers: [{name: app, image: "registry.example.com/web:7", env: [{name: A, valueFrom: {configMapKeyRef: {name: gone, key: a}}}]}]
  status:
    phase: Running
    podIP: 10.244.1.2
    startTime: "2026-05-01T09:00:00Z"
    conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-05-01T09:30:02Z"}]
    containerStatuses:
    - name: app
      ready: true
      restartCount: 2
      image: registry.example.com/web:7
      imageID: registry.example.com/web@sha256:abc
      containerID: containerd://c3
      state: {running: {startedAt: "2026-05-01T09:30:01Z"}}
      lastState:
        terminated: {containerID: "containerd://c2", exitCode: 3, reason: Error, startedAt: "2026-05-01T09:10:00Z", finishedAt: "2026-05-01T09:30:00Z"}
- apiVersion: v1
  kind: Pod
  metadata: {name: hungry, namespace: default, uid: p-2, creationTimestamp: "2026-05-01T10:00:00Z"}
  spec: {schedulerName: default-scheduler, containers: [{name: app, image: nginx, resources: {requests: {cpu: "8"}}}]}
  status: {phase: Pending}
- apiVersion: v1
  kind: Pod
  metadata: {name: done, namespace: default, uid: p-3, creationTimestamp: "2026-05-01T09:00:00Z"}
  spec: {nodeName: worker, restartPolicy: Never, containers: [{name: app, image: nginx}]}
  status:
    phase: Succeeded
    containerStatuses: [{name: app, restartCount: 0, containerID: "containerd://d1", state: {terminated: {exitCode: 0, reason: Completed}}}]
"#;

/// The cluster of an example, whose node is another one.
const CLUSTER: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n---\napiVersion: podlapse.dev/v1alpha1\nkind: Simulation\n\
                       spec: {duration: 3m}\n";

fn run(cluster: Option<&str>) -> Simulation {
    let read = podlapse_kubectl::simulate("test", PRINTED, cluster);
    assert!(read.diagnostics.iter().all(|found| found.severity != Severity::Error), "{:?}", read.diagnostics);
    let mut run = read.value.unwrap();
    run.run();
    run
}

/// The rows of a Pod as `STATUS RESTARTS`.
fn rows(trace: &Value, pod: &str) -> Vec<String> {
    let of_pod = trace["watch"].as_array().unwrap().iter().filter(|change| change["row"]["name"] == pod);
    of_pod
        .map(|change| format!("{} {}", change["row"]["status"].as_str().unwrap(), change["row"]["restarts"].as_str().unwrap()))
        .collect()
}

#[test]
fn containers_run_on_and_nothing_is_applied() {
    let run = run(None);
    assert!(run.timeline().commands().is_empty());
    let trace = trace(&run);
    assert_eq!(rows(&trace, "web"), ["Running 2 (30m ago)"]);
    assert_eq!(rows(&trace, "done"), ["Completed 0"]);
    let nodes = trace["final"]["nodes"].as_array().map_or(0, Vec::len);
    assert!(nodes <= 1, "no node joins those that were printed");
}

#[test]
fn what_waits_is_explained_from_the_instant_that_was_printed() {
    let trace = trace(&run(Some(CLUSTER)));
    let told = trace["final"].to_string();
    assert!(told.contains("0/1 nodes are available: 1 Insufficient cpu."), "{told}");
}

#[test]
fn a_crash_loop_waits_on_as_its_status_says() {
    // The container ended a minute and a half ago, so that most of the delay is left.
    let waits = "state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s restarting failed container=app pod=web}}";
    let printed = PRINTED.replace("state: {running: {startedAt: \"2026-05-01T09:30:01Z\"}}", waits).replace(
        "2026-05-01T09:10:00Z\", finishedAt: \"2026-05-01T09:30:00Z",
        "2026-05-01T09:57:59Z\", finishedAt: \"2026-05-01T09:58:00Z",
    );
    let cluster = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone}\ndata: {a: b}\n---\napiVersion: podlapse.dev/v1alpha1\nkind: Simulation\n\
                   spec: {duration: 6m}\n";
    let mut run = podlapse_kubectl::simulate("test", &printed, Some(cluster)).value.unwrap();
    run.run();
    let trace = trace(&run);
    let restarted = trace["watch"].as_array().unwrap().iter().find(|change| {
        change["row"]["name"] == "web" && change["row"]["restarts"].as_str().is_some_and(|restarts| restarts.starts_with('3'))
    });
    let at = restarted.and_then(|change| change["t"].as_f64()).unwrap();
    assert!((170.0..300.0).contains(&at), "{at}");
}

#[test]
fn a_crash_loop_goes_on_counting() {
    let printed = PRINTED
        .replace("state: {running: {startedAt: \"2026-05-01T09:30:01Z\"}}", "state: {waiting: {reason: CrashLoopBackOff}}");
    let cluster = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone}\ndata: {a: b}\n---\napiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: 3m\n  behaviors:\n  - {match: {pod: web}, \
                   runs: [{exitAfter: 1s, exitCode: 3}]}\n";
    let read = podlapse_kubectl::simulate("test", &printed, Some(cluster));
    let mut run = read.value.unwrap();
    run.run();
    let rows = rows(&trace(&run), "web");
    assert!(rows[0].starts_with("CrashLoopBackOff 2"), "{rows:?}");
    assert!(["Running 3", "Error 3", "Running 4"].iter().all(|seen| rows.iter().any(|row| row.starts_with(seen))), "{rows:?}");
}
