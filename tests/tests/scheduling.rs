//! Clusters drawn at random: whatever they hold, the scheduler answers, and its answers keep the rules that no recording is needed for.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use podlapse_core::InstantCluster;
use podlapse_core::scheduler::{Decision, Outcome, Profile, Verdict};
use podlapse_model::{Kind, Object, Quantity};
use serde_json::{Value, json};

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len() as u64) as usize]
    }
}

const ZONES: [&str; 3] = ["a", "b", "c"];
const APPS: [&str; 4] = ["web", "db", "cache", "batch"];

fn node(dice: &mut Dice, index: u64) -> Value {
    let name = format!("n{index}");
    let mut labels = json!({"kubernetes.io/hostname": name, "disk": dice.of(&["ssd", "hdd"]), "size": dice.below(5).to_string()});
    if !dice.one_in(6) {
        labels["topology.kubernetes.io/zone"] = json!(dice.of(&ZONES));
    }
    let taint = json!({"key": dice.of(&["team", "gpu"]), "value": "x", "effect": dice.of(&["NoSchedule", "PreferNoSchedule", "NoExecute"])});
    let mut node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": {},
        "status": {"allocatable": {"cpu": dice.of(&["1", "2", "4", "500m"]), "memory": dice.of(&["2Gi", "8Gi"]), "pods": dice.of(&["2", "5", "110"])}}
    });
    if dice.one_in(4) {
        node["spec"]["taints"] = json!([taint]);
    }
    if dice.one_in(12) {
        node["spec"]["unschedulable"] = json!(true);
    }
    if dice.one_in(5) {
        node["status"]["allocatable"]["nvidia.com/gpu"] = json!("2");
    }
    if dice.one_in(15) {
        node["status"] = json!({});
    }
    if dice.one_in(3) {
        node["status"]["images"] =
            json!([{"names": ["app:1", "registry/app:1"], "sizeBytes": 300_000_000_u64 * (1 + dice.below(4))}]);
    }
    node
}

fn term(dice: &mut Dice) -> Value {
    let key = dice.of(&["kubernetes.io/hostname", "topology.kubernetes.io/zone", "disk", "missing"]);
    json!({"topologyKey": key, "labelSelector": {"matchLabels": {"app": dice.of(&APPS)}}})
}

fn pod(dice: &mut Dice, index: u64, nodes: u64) -> Value {
    let app = dice.of(&APPS);
    let mut requests = json!({"cpu": dice.of(&["0", "100m", "500m", "1500m"]), "memory": dice.of(&["64Mi", "1Gi", "0"])});
    if dice.one_in(8) {
        requests["nvidia.com/gpu"] = json!("1");
    }
    let mut container =
        json!({"name": "c", "image": dice.of(&["app:1", "registry/app:1", "other"]), "resources": {"requests": requests}});
    if dice.one_in(2) {
        container["resources"] = json!({});
    }
    if dice.one_in(8) {
        container["ports"] = json!([{"containerPort": 80, "hostPort": 8080 + dice.below(2)}]);
    }
    let mut spec = json!({"containers": [container], "priorityClassName": format!("class-{}", dice.below(3))});
    if dice.one_in(5) {
        spec["nodeSelector"] = json!({"disk": dice.of(&["ssd", "hdd", "tape"])});
    }
    if dice.one_in(3) {
        let operator = dice.of(&["Exists", "Equal"]);
        let mut toleration = json!({"key": dice.of(&["team", "gpu"]), "operator": operator});
        if operator == "Equal" {
            toleration["value"] = json!("x");
        }
        spec["tolerations"] = json!([toleration]);
    }
    if dice.one_in(3) {
        let kind = dice.of(&["podAffinity", "podAntiAffinity"]);
        let terms = match dice.one_in(2) {
            true => json!({"requiredDuringSchedulingIgnoredDuringExecution": [term(dice)]}),
            false => {
                json!({"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1 + dice.below(100), "podAffinityTerm": term(dice)}]})
            }
        };
        spec["affinity"] = json!({kind: terms});
    }
    if dice.one_in(5) {
        let operator = dice.of(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);
        let values =
            if operator.ends_with("ist") || operator == "Exists" { json!([]) } else { json!([dice.below(5).to_string()]) };
        let expression = json!({"key": "size", "operator": operator, "values": values});
        spec["affinity"]["nodeAffinity"] = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}});
    }
    if dice.one_in(4) {
        let key = dice.of(&["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
        let action = dice.of(&["DoNotSchedule", "ScheduleAnyway"]);
        spec["topologySpreadConstraints"] = json!([{"maxSkew": 1 + dice.below(2), "topologyKey": key, "whenUnsatisfiable": action,
            "labelSelector": {"matchLabels": {"app": app}}}]);
    }
    if dice.one_in(10) {
        spec["priorityClassName"] = json!("class-0-polite");
    }
    if dice.one_in(20) {
        spec["schedulingGates"] = json!([{"name": "a.example/gate"}]);
    }
    if dice.one_in(8) {
        spec["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": dice.of(&["c0", "c1", "none"])}}]);
    }
    if dice.one_in(3) && !spec["schedulingGates"].is_array() {
        spec["nodeName"] = json!(format!("n{}", dice.below(nodes + 1)));
    }
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("p{index}"), "namespace": dice.of(&["default", "other"]), "labels": {"app": app}}, "spec": spec});
    if pod["spec"]["nodeName"].is_string() {
        pod["status"] = json!({"phase": "Running", "startTime": format!("2026-01-01T00:00:{:02}Z", dice.below(60))});
    }
    pod
}

fn objects(dice: &mut Dice) -> Vec<Object> {
    let nodes = dice.below(12);
    let class = |index: u64| json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": format!("class-{index}")}, "value": index * 100});
    let mut values: Vec<(Kind, Value)> = (0..3).map(|index| (Kind::PriorityClass, class(index))).collect();
    let polite = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "class-0-polite"}, "value": 50, "preemptionPolicy": "Never"});
    values.push((Kind::PriorityClass, polite));
    values.extend((0..nodes).map(|index| (Kind::Node, node(dice, index))));
    for index in 0..2 + dice.below(40) {
        values.push((Kind::Pod, pod(dice, index, nodes)));
    }
    for index in 0..2 {
        let class = dice.of(&["late", "now"]);
        values.push((Kind::PersistentVolumeClaim, json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": format!("c{index}"), "namespace": "default"},
            "spec": {"storageClassName": class, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})));
        values.push((
            Kind::PersistentVolume,
            json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": format!("v{index}")},
            "spec": {"storageClassName": "late", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}},
            "status": {"phase": "Available"}}),
        ));
    }
    values.push((
        Kind::StorageClass,
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "late"},
        "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"}),
    ));
    values.push((
        Kind::Service,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}),
    ));
    values.push((
        Kind::PodDisruptionBudget,
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "db", "namespace": "default"}, "spec": {"selector": {"matchLabels": {"app": "db"}}},
        "status": {"disruptionsAllowed": dice.below(2), "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}}),
    ));
    values.into_iter().map(|(kind, value)| Object::from_json(kind, value).unwrap()).collect()
}

fn cluster(objects: Vec<Object>) -> InstantCluster {
    podlapse_kubectl::instant_cluster(Profile { percentage_of_nodes_to_score: 100 }, objects).unwrap()
}

/// What holds of every decision.
fn check(decision: &Decision, names: &BTreeSet<String>) {
    assert_eq!(decision.nodes().count(), names.len());
    match &decision.outcome {
        Outcome::Scheduled(scheduled) => {
            assert!(scheduled.best.contains(&scheduled.node));
            let row = decision.row(&scheduled.node).unwrap();
            assert_eq!(decision.verdicts[row], Verdict::Passed);
            if let Some(scores) = &decision.scores {
                assert_eq!(scores.totals.iter().max().copied(), scheduled.total);
                for (at, total) in scores.totals.iter().enumerate() {
                    assert!(scores.columns.iter().all(|column| (0..=100).contains(&column.normalized[at])), "{decision:?}");
                    assert_eq!(*total, scores.columns.iter().map(|column| column.normalized[at] * column.weight).sum::<i64>());
                }
            }
        }
        Outcome::Failed(failure) if names.is_empty() => assert_eq!(failure.message, "no nodes available to schedule pods"),
        Outcome::Failed(failure) => {
            let prefix = format!("0/{} nodes are available: ", names.len());
            assert!(failure.message.starts_with(&prefix), "{}", failure.message);
            assert!(!failure.plugins.is_empty());
            if let Some(chosen) = failure.preemption.as_ref().and_then(|preemption| preemption.chosen()) {
                assert!(!chosen.victims.is_empty());
                assert_eq!(failure.message.matches("preemption: ").count(), 0);
            }
        }
    }
}

#[test]
fn answers_keep_the_rules_on_random_clusters() {
    for seed in 0..1_500 {
        let mut dice = Dice(seed);
        let objects = objects(&mut dice);
        let names: BTreeSet<String> =
            objects.iter().filter(|object| object.kind() == Kind::Node).map(|object| object.key().name.to_string()).collect();
        let mut first = cluster(objects.clone());
        let mut second = cluster(objects.clone());
        let mut priorities = BTreeMap::new();
        for object in &objects {
            if let Object::Pod(pod) = object {
                // The names of the classes are in the order of their values.
                let class = pod.spec.as_ref().unwrap().priority_class_name.clone();
                priorities.insert(format!("{}/{}", object.key().namespace, object.key().name), class);
            }
        }
        for pod in first.pending().to_vec() {
            if first.pre_enqueue(&pod).is_some() {
                continue;
            }
            let (one, other) = (first.attempt(&pod, &mut |_, _| 0), second.attempt(&pod, &mut |_, _| 0));
            assert_eq!(one, other, "seed {seed}");
            let Some(decision) = one else { continue };
            check(&decision, &names);
            if let Outcome::Failed(failure) = &decision.outcome
                && let Some(chosen) = failure.preemption.as_ref().and_then(|preemption| preemption.chosen())
            {
                for victim in &chosen.victims {
                    assert!(priorities[&victim.to_string()] < priorities[&pod.to_string()], "seed {seed}");
                }
            }
        }
        check_placements(&objects, &first, seed);
    }
}

/// What holds of the Pods that were placed.
fn check_placements(objects: &[Object], cluster: &InstantCluster, seed: u64) {
    let nodes: BTreeMap<String, &Object> = objects
        .iter()
        .filter(|object| object.kind() == Kind::Node)
        .map(|object| (object.key().name.to_string(), object))
        .collect();
    let quantity = |value: &Value| value.as_str().map_or(Quantity::ZERO, |text| Quantity::parse(text).unwrap());
    for key in cluster.pending() {
        let Some(name) = cluster.node_of(key) else { continue };
        let pod = objects.iter().find(|object| object.key() == key.object_key()).unwrap().to_json();
        let node = nodes[&name].to_json();
        for (label, value) in pod["spec"]["nodeSelector"].as_object().into_iter().flatten() {
            assert_eq!(node["metadata"]["labels"][label], *value, "seed {seed}: {key} on {name}");
        }
        let request = &pod["spec"]["containers"][0]["resources"]["requests"];
        for resource in ["cpu", "memory", "nvidia.com/gpu"] {
            let (wanted, given) = (quantity(&request[resource]), quantity(&node["status"]["allocatable"][resource]));
            assert!(wanted <= given, "seed {seed}: {key} on {name} wants more {resource} than there is");
        }
        let tolerates = |taint: &Value| {
            let mut tolerations = pod["spec"]["tolerations"].as_array().into_iter().flatten();
            taint["effect"] == "PreferNoSchedule" || tolerations.any(|toleration| toleration["key"] == taint["key"])
        };
        let taints = node["spec"]["taints"].as_array();
        assert!(taints.is_none_or(|taints| taints.iter().all(tolerates)), "seed {seed}: {key} on {name}");
        assert!(node["spec"]["unschedulable"] != true, "seed {seed}: {key} on {name}");
    }
}
