//! Pods that wait for something: what moves them, when, and what is said meanwhile. No recording shows these; the sources do.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use podlapse_core::Simulation;
use podlapse_model::{Kind, Object, ObjectKey, SimTime};

/// A run whose Simulation document has these actions.
fn run(seed: u64, workload: &str, cluster: &str, actions: &str) -> Simulation {
    let actions = if actions.is_empty() { String::new() } else { format!("  actions:\n{actions}") };
    let cluster = format!(
        "{cluster}---\napiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: 2m\n  seed: {seed}\n  images: [{{name: nginx, preloaded: ['*']}}]\n{actions}"
    );
    let checked = podlapse_kubectl::simulate("test", workload, Some(&cluster));
    let mut run = checked.value.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    run.run();
    run
}

const SEEDS: [u64; 4] = [1, 2, 7, 40];

fn node(name: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: {name}\n  labels: {{kubernetes.io/hostname: {name}}}\n{more}status:\n  capacity: {{cpu: '2', memory: 4Gi, pods: '110'}}\n---\n"
    )
}

fn pod(name: &str, cpu: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - {{name: app, image: nginx, resources: {{requests: {{cpu: '{cpu}'}}}}}}\n{more}---\n"
    )
}

fn class(name: &str, value: i32, more: &str) -> String {
    format!("apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: {name}}}\nvalue: {value}\n{more}---\n")
}

fn claim(class: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec: {{storageClassName: {class}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n---\n"
    )
}

const USES_CLAIM: &str = "  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n";

fn volume(name: &str, class: &str, size: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}}}\nspec:\n  storageClassName: {class}\n  capacity: {{storage: {size}}}\n  accessModes: [ReadWriteOnce]\n  hostPath: {{path: /mnt/{name}}}\n"
    )
}

/// When a Pod was bound, and where to.
fn bound(run: &Simulation, name: &str) -> Option<(f64, String)> {
    let key = ObjectKey::new(Kind::Pod, "default", name);
    run.timeline().changes().filter(|change| change.key == key).find_map(|change| {
        let Some(Object::Pod(pod)) = &change.after else { return None };
        Some((change.at.as_secs_f64(), pod.spec.as_ref()?.node_name.clone()?))
    })
}

/// The messages of events with a reason about an object, each time one is written.
fn told(run: &Simulation, about: &str, reason: &str) -> Vec<(SimTime, String)> {
    let event = run.timeline().changes().filter_map(|change| match &change.after {
        Some(Object::Event(event)) => Some((change.at, event)),
        Some(_) | None => None,
    });
    event
        .filter(|(_, event)| event.reason.as_deref() == Some(reason) && event.involved_object.name.as_deref() == Some(about))
        .map(|(at, event)| (at, event.message.clone().unwrap_or_default()))
        .collect()
}

fn phase_at(run: &Simulation, kind: Kind, namespace: &str, name: &str, at: f64) -> Option<String> {
    let at = SimTime::from_nanos((at * 1e9) as i64);
    let phase = run.timeline().object_at(&ObjectKey::new(kind, namespace, name), at)?.part(&["status", "phase"])?;
    phase.as_str().map(str::to_owned)
}

fn soon_after(moment: Option<(f64, String)>, action: f64) -> String {
    let (at, node) = moment.expect("it is bound");
    // A Pod that is deleted first is gone up to one and a half seconds later: its end waits for a relist.
    assert!((action..action + 1.5).contains(&at), "bound at {at}, the change was at {action}");
    node
}

#[test]
fn a_pod_is_bound_when_what_kept_it_off_a_node_changes() {
    let apply_node = "  - at: 20s\n    kubectl: apply -f -\n    stdin: |\n      apiVersion: v1\n      kind: Node\n      metadata: {name: two}\n      status: {capacity: {cpu: '8', memory: 4Gi, pods: '110'}}\n";
    let taint = "spec: {taints: [{key: team, value: x, effect: NoSchedule}]}\n";
    let port = pod("first", "0", "").replace("resources:", "ports: [{containerPort: 80, hostPort: 8080}], resources:");
    let other = port.replace("first", "web");
    let alone = "  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {app: x}}, topologyKey: kubernetes.io/hostname}]}}\n";
    let labelled = pod("web", "1", "").replace("{name: web}", "{name: web, labels: {app: x}}");
    let cases = [
        (pod("web", "1", ""), node("one", taint), "  - {at: 20s, kubectl: taint node one team-}\n"),
        (pod("web", "1", ""), node("one", "spec: {unschedulable: true}\n"), "  - {at: 20s, kubectl: uncordon one}\n"),
        (pod("web", "1", "  nodeSelector: {disk: ssd}\n"), node("one", ""), "  - {at: 20s, kubectl: label node one disk=ssd}\n"),
        (pod("first", "2", "") + &pod("web", "1", ""), node("one", ""), "  - {at: 20s, kubectl: delete pod first}\n"),
        (port + &other, node("one", ""), "  - {at: 20s, kubectl: delete pod first}\n"),
        (pod("web", "4", ""), node("one", ""), apply_node),
        // The waiting Pod has no rule of its own; the other one's keeps it off.
        (pod("first", "0", alone) + &labelled, node("one", ""), "  - {at: 20s, kubectl: delete pod first}\n"),
    ];
    for (workload, cluster, actions) in cases {
        for seed in SEEDS {
            let run = run(seed, &workload, &cluster, actions);
            let first = told(&run, "web", "FailedScheduling");
            assert!(first.first().is_some_and(|(at, _)| at.as_secs_f64() < 1.0), "{workload}\n{first:?}");
            soon_after(bound(&run, "web"), 20.0);
        }
    }
}

#[test]
fn gates_are_removed_one_by_one() {
    let remove = |at: u32| {
        format!(
            "  - at: {at}s\n    kubectl: \"patch pod web --type=json -p '[{{\\\"op\\\":\\\"remove\\\",\\\"path\\\":\\\"/spec/schedulingGates/0\\\"}}]'\"\n"
        )
    };
    let workload = pod("web", "1", "  schedulingGates: [{name: a.example/one}, {name: a.example/two}]\n");
    let run = run(1, &workload, &node("one", ""), &(remove(10) + &remove(20)));
    soon_after(bound(&run, "web"), 20.0);
    assert!(told(&run, "web", "FailedScheduling").is_empty());
}

#[test]
fn pods_of_higher_priority_go_first_and_may_be_told_never_to_preempt() {
    let cluster =
        node("one", "") + &class("low", 1, "") + &class("mid", 10, "") + &class("high", 100, "preemptionPolicy: Never\n");
    for seed in SEEDS {
        let low = pod("low", "2", "  priorityClassName: low\n");
        let mid = pod("mid", "2", "  priorityClassName: mid\n")
            .replace("priorityClassName: mid", "priorityClassName: mid\n  preemptionPolicy: Never");
        let high = pod("high", "2", "  priorityClassName: high\n");
        let run = run(seed, &(low + &mid + &high), &cluster, "  - {at: 20s, kubectl: delete pod low}\n");
        soon_after(bound(&run, "high"), 20.0);
        assert_eq!(bound(&run, "mid"), None, "the one of higher priority took the room");
        let said = told(&run, "high", "FailedScheduling");
        assert!(said[0].1.ends_with("preemption: not eligible due to preemptionPolicy=Never."), "{said:?}");
        assert!(told(&run, "low", "Preempted").is_empty());
    }
}

#[test]
fn a_preempting_pod_waits_for_the_grace_of_its_victim() {
    let cluster = node("one", "") + &class("high", 100, "");
    let low = pod("low", "2", "").replace("image: nginx,", "image: nginx, lifecycle: {preStop: {sleep: {seconds: 5}}},");
    let mut actions = "  - at: 20s\n    kubectl: apply -f -\n    stdin: |\n".to_owned();
    for line in pod("high", "2", "  priorityClassName: high\n").trim_end_matches("---\n").lines() {
        actions.push_str(&format!("      {line}\n"));
    }
    for seed in SEEDS {
        let run = run(seed, &low, &cluster, &actions);
        let (at, _) = bound(&run, "high").unwrap();
        assert!((25.0..27.0).contains(&at), "{at}");
        let victim = run.timeline().object_at(&ObjectKey::new(Kind::Pod, "default", "low"), SimTime::from_nanos(22_000_000_000));
        let Some(Object::Pod(victim)) = victim else { panic!("it is still there") };
        let status = victim.status.as_ref().unwrap();
        let target = status.conditions.iter().flatten().find(|condition| condition.type_ == "DisruptionTarget").unwrap();
        assert_eq!(target.reason.as_deref(), Some("PreemptionByScheduler"));
        assert!(status.container_statuses.is_some(), "the scheduler's patch leaves what the kubelet wrote");
        let high = run.timeline().object_at(&ObjectKey::new(Kind::Pod, "default", "high"), SimTime::from_nanos(22_000_000_000));
        let Some(Object::Pod(high)) = high else { panic!("it waits") };
        assert_eq!(high.status.as_ref().unwrap().nominated_node_name.as_deref(), Some("one"));
        let Some(Object::Pod(high)) = run.timeline().object_at(&ObjectKey::new(Kind::Pod, "default", "high"), run.end()) else {
            panic!()
        };
        assert_eq!(high.status.as_ref().unwrap().nominated_node_name, None, "binding ends the nomination");
    }
}

#[test]
fn a_nomination_that_ends_lets_in_the_pod_that_it_kept_off() {
    let cluster = node("one", "") + &class("high", 100, "");
    let low = pod("low", "2", "").replace("image: nginx,", "image: nginx, lifecycle: {preStop: {sleep: {seconds: 29}}},");
    let high = pod("high", "2", "  priorityClassName: high\n").replace("{name: high}", "{name: high, labels: {app: high}}");
    let shy = "  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, \
               labelSelector: {matchLabels: {app: high}}}]}}\n";
    let mut actions = String::new();
    for (at, manifest) in [(20, high), (22, pod("shy", "0", shy))] {
        actions.push_str(&format!("  - at: {at}s\n    kubectl: apply -f -\n    stdin: |\n"));
        for line in manifest.trim_end_matches("---\n").lines() {
            actions.push_str(&format!("      {line}\n"));
        }
    }
    actions.push_str("  - {at: 30s, kubectl: delete pod high}\n");
    for seed in SEEDS {
        let run = run(seed, &low, &cluster, &actions);
        assert!(told(&run, "shy", "FailedScheduling")[0].1.contains("didn't match pod anti-affinity rules"));
        let (at, _) = bound(&run, "shy").unwrap();
        assert!((30.0..31.0).contains(&at), "{at}");
    }
}

#[test]
fn equal_nodes_are_taken_in_the_order_in_which_they_registered() {
    let workload = ["a", "b", "c"].map(|name| pod(name, "100m", "")).concat();
    let cluster: String = ["one", "two", "three"].map(|name| node(name, "")).concat();
    let nodes = |seed: u64| ["a", "b", "c"].map(|name| bound(&run(seed, &workload, &cluster, ""), name).unwrap().1);
    assert_eq!(nodes(1), ["one", "two", "three"], "each kubelet takes as long as the others");
    assert!(SEEDS.iter().any(|seed| nodes(*seed) != nodes(1)), "a slow kubelet comes later");
}

#[test]
fn replicas_spread_evenly_whatever_the_seed() {
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 8\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: app, image: nginx, resources: {requests: {cpu: 100m}}}]}\n";
    let cluster: String = ["one", "two", "three", "four"].map(|name| node(name, "")).concat();
    for seed in SEEDS {
        let run = run(seed, workload, &cluster, "");
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        let snapshot = run.seek(run.end());
        for object in snapshot.store().list(Kind::Pod) {
            let Object::Pod(pod) = object else { continue };
            *counts.entry(pod.spec.as_ref().unwrap().node_name.clone().unwrap_or_default()).or_default() += 1;
        }
        assert_eq!(counts.values().copied().collect::<Vec<_>>(), [2; 4], "seed {seed}: {counts:?}");
    }
}

#[test]
fn a_volume_that_comes_later_is_found_at_the_next_resync() {
    let mut actions = "  - at: 20s\n    kubectl: apply -f -\n    stdin: |\n".to_owned();
    for line in volume("late", "manual", "2Gi").lines() {
        actions.push_str(&format!("      {line}\n"));
    }
    let run = run(1, &(claim("manual") + &pod("web", "1", USES_CLAIM)), &node("one", ""), &actions);
    assert_eq!(phase_at(&run, Kind::PersistentVolume, "", "late", 21.0).as_deref(), Some("Available"));
    let (at, _) = bound(&run, "web").unwrap();
    assert!((21.0..36.0).contains(&at), "{at}");
    assert_eq!(phase_at(&run, Kind::PersistentVolumeClaim, "default", "data", 40.0).as_deref(), Some("Bound"));
    let said = told(&run, "data", "ProvisioningFailed");
    assert!(said.iter().all(|(_, message)| message == "storageclass.storage.k8s.io \"manual\" not found"), "{said:?}");
}

#[test]
fn the_smallest_volume_that_fits_is_bound() {
    let volumes: String = [("large", "9Gi"), ("small", "500Mi"), ("right", "1Gi")]
        .map(|(name, size)| volume(name, "manual", size) + "---\n")
        .concat();
    let run = run(1, &claim("manual"), &(node("one", "") + &volumes), "");
    let phases = ["large", "small", "right"].map(|name| phase_at(&run, Kind::PersistentVolume, "", name, 5.0).unwrap());
    assert_eq!(phases, ["Available", "Available", "Bound"]);
}

#[test]
fn a_claim_of_a_waiting_class_is_bound_on_the_node_of_its_first_pod() {
    let class = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: local}\nprovisioner: kubernetes.io/no-provisioner\nvolumeBindingMode: WaitForFirstConsumer\n---\n";
    let affinity = "  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [two]}]}]}}\n---\n";
    let cluster = node("one", "") + &node("two", "") + class + &volume("disk", "local", "5Gi") + affinity;
    for seed in SEEDS {
        let run = run(seed, &(claim("local") + &pod("web", "1", USES_CLAIM)), &cluster, "");
        let (at, node) = bound(&run, "web").unwrap();
        assert_eq!(node, "two");
        assert!((1.0..1.5).contains(&at), "volumes are looked at once in a second: {at}");
        let said = told(&run, "data", "WaitForFirstConsumer");
        assert_eq!(said[0].1, "waiting for first consumer to be created before binding");
    }
}

#[test]
fn a_driver_makes_the_volume_and_throws_it_away() {
    let cluster = node("one", "")
        + "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: csi.example\n---\n"
        + "apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: csi.example}\nspec: {}\n";
    let actions = "  - {at: 20s, kubectl: delete pod web}\n  - {at: 40s, kubectl: delete pvc data}\n";
    let run = run(1, &(claim("fast") + &pod("web", "1", USES_CLAIM)), &cluster, actions);
    assert!(bound(&run, "web").is_some());
    assert_eq!(told(&run, "data", "ProvisioningSucceeded").len(), 1);
    let left = run.seek(run.end());
    assert_eq!(left.store().list(Kind::PersistentVolume).count(), 0, "its policy is Delete");
}

#[test]
fn a_claim_in_use_goes_when_its_pod_is_gone() {
    let actions = "  - {at: 10s, kubectl: delete pvc data --wait=false}\n  - {at: 30s, kubectl: delete pod web}\n";
    let cluster = node("one", "") + &volume("disk", "manual", "1Gi");
    let run = run(1, &(claim("manual") + &pod("web", "1", USES_CLAIM)), &cluster, actions);
    assert_eq!(phase_at(&run, Kind::PersistentVolumeClaim, "default", "data", 25.0).as_deref(), Some("Bound"));
    assert_eq!(phase_at(&run, Kind::PersistentVolumeClaim, "default", "data", 60.0), None);
    assert_eq!(phase_at(&run, Kind::PersistentVolume, "", "disk", 60.0).as_deref(), Some("Released"));
}
