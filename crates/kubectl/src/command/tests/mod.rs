//! Commands against a small API, with the outputs that a real cluster recorded.

mod applying;
mod lines;
mod refusals;
mod roles;
mod services;
mod streams;
mod subresources;

use podlapse_core::client::{ClientView, CommandLanguage, CommandLine, Logs, Outcome, Turn};
use podlapse_core::kernel::{Random, WallClock};
use podlapse_core::store::{ApiContext, Request, Store, apply};
use podlapse_model::simulation::Jitter;
use podlapse_model::{Kind, Object, SimDuration, SimTime, SortedMap};
use serde_json::json;

use super::Kubectl;

pub(super) struct Cluster {
    pub(super) store: Store,
    random: Random,
    now: SimTime,
}

const WALL: WallClock = WallClock { start_unix_ns: 1_767_225_600_000_000_000 };

impl Cluster {
    pub(super) fn new() -> Cluster {
        let mut cluster = Cluster { store: Store::default(), random: Random::new(1, Jitter::None), now: SimTime::ZERO };
        cluster.add(Kind::Namespace, json!({"metadata": {"name": "default"}, "status": {"phase": "Active"}}));
        cluster.add(Kind::ServiceAccount, json!({"metadata": {"name": "default", "namespace": "default"}}));
        cluster.add(Kind::Node, json!({"metadata": {"name": "node-1", "labels": {"disk": "hdd"}}, "spec": {}}));
        cluster
    }

    pub(super) fn add(&mut self, kind: Kind, json: serde_json::Value) {
        self.request(Request::Create(Object::from_json(kind, json).unwrap())).unwrap();
    }

    fn request(&mut self, request: Request) -> Result<Object, podlapse_core::store::ApiError> {
        let mut cx = ApiContext { now: self.now, wall: WALL, random: &mut self.random, warnings: Vec::new(), is_trial: false };
        apply(&mut self.store, request, &mut cx).map(|applied| applied.object)
    }

    /// Runs a command; Pods that are being deleted go while it waits.
    pub(super) fn run(&mut self, line: &str) -> Outcome {
        self.run_with(line, None, SortedMap::new())
    }

    pub(super) fn run_with(
        &mut self,
        line: &str,
        stdin: Option<&str>,
        files: SortedMap<std::sync::Arc<str>, std::sync::Arc<str>>,
    ) -> Outcome {
        let mut command = Kubectl.start(&CommandLine { line: line.into(), stdin: stdin.map(Into::into), files });
        let mut answers = Vec::new();
        for _ in 0..100 {
            let logs = Logs::default();
            let view = ClientView { store: &self.store, now: self.now, wall: WALL, logs: &logs, warnings: &[] };
            match command.resume(&view, std::mem::take(&mut answers)) {
                Turn::Done(outcome) => return outcome,
                Turn::Ask(requests) => answers = requests.into_iter().map(|request| self.request(request)).collect(),
                Turn::Exec(call) => command.ran(Err(format!("container not found ({:?})", call.container))),
                Turn::Wait { until } => {
                    self.now = until.unwrap_or(self.now).min(self.now + SimDuration::from_secs(30));
                    let leaving = |object: &&Object| object.metadata().deletion_timestamp.is_some();
                    let pods: Vec<Object> = self.store.list(Kind::Pod).filter(leaving).cloned().collect();
                    for pod in pods {
                        self.store.remove(self.now, pod);
                    }
                }
            }
        }
        panic!("{line} does not end");
    }

    #[track_caller]
    pub(super) fn check(&mut self, line: &str, stdout: &str, stderr: &str) {
        let outcome = self.run(line);
        let exit = i32::from(["error", "Error", "The "].iter().any(|start| stderr.starts_with(start)));
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.exit), (stdout, stderr, exit), "{line}");
    }
}

pub(super) fn with_pod() -> Cluster {
    let mut cluster = Cluster::new();
    let pod = json!({"metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "nginx:1"}], "nodeName": "node-1", "terminationGracePeriodSeconds": 30}});
    cluster.add(Kind::Pod, pod);
    cluster
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {containers: [{name: app, image: nginx}]}\n";

#[test]
fn deleting_says_what_is_gone_and_waits_for_it() {
    let mut cluster = with_pod();
    cluster.check("delete pod web", "pod \"web\" deleted from default namespace\n", "");
    assert!(cluster.store.pod("default", "web").is_none());
    cluster.check("delete pod missing", "", "Error from server (NotFound): pods \"missing\" not found\n");
    cluster.check("delete node node-1", "node \"node-1\" deleted\n", "");
    cluster.check("delete pods -l app=web", "No resources found\n", "");
    cluster.check("delete pod missing --ignore-not-found", "", "");
    cluster.check("delete pods", "", "error: resource(s) were provided, but no name was specified\n");
    let warning = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The \
                   resource may continue to run on the cluster indefinitely.\n";
    with_pod().check(
        "delete pod -l app=web --field-selector spec.nodeName=node-1 --force --grace-period=0",
        "pod \"web\" force deleted from default namespace\n",
        warning,
    );
}

#[test]
fn selectors_are_read_by_the_server() {
    let refused = |selectors: &str, why: &str| {
        format!("Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match {selectors}: {why}\n")
    };
    let labels = refused(
        "label selector \"a b\", field selector \"\"",
        "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    );
    with_pod().check("get pods -l 'a b'", "", &labels);
    let fields = "label selector \"\", field selector \"status.phase\"";
    let why = "invalid selector: 'status.phase'; can't understand 'status.phase'";
    with_pod().check("get pods --field-selector status.phase", "", &refused(fields, why));
    with_pod().check("get pods --field-selector metadata.name!=web -o name", "", "");
}

#[test]
fn nodes_are_labelled_tainted_and_cordoned() {
    let mut cluster = Cluster::new();
    cluster.check("label node node-1 disktype=ssd", "node/node-1 labeled\n", "");
    cluster.check("label node node-1 disktype=ssd", "node/node-1 not labeled\n", "");
    cluster.check(
        "label node node-1 disktype=hdd",
        "",
        "error: 'disktype' already has a value (ssd), and --overwrite is false\n",
    );
    cluster.check("label node node-1 disktype- disk=hdd", "node/node-1 unlabeled\n", "");
    cluster.check("label node node-1 disk=ssd tier- --overwrite", "label \"tier\" not found.\nnode/node-1 labeled\n", "");
    cluster.check("label node node-1 tier=a disk-", "node/node-1 modified\n", "");
    cluster.check("taint nodes node-1 maintenance=yes:NoExecute", "node/node-1 tainted\n", "");
    cluster.check("taint nodes node-1 maintenance-", "node/node-1 untainted\n", "");
    cluster.check("cordon node-1", "node/node-1 cordoned\n", "");
    cluster.check("cordon node-1", "node/node-1 already cordoned\n", "");
    assert_eq!(cluster.store.node("node-1").unwrap().spec.as_ref().unwrap().unschedulable, Some(true));
    cluster.check("uncordon node-1", "node/node-1 uncordoned\n", "");
    cluster.check("drain node-1 --ignore-daemonsets", "node/node-1 cordoned\nnode/node-1 drained\n", "");
}

#[test]
fn files_are_applied() {
    let mut cluster = Cluster::new();
    let files = SortedMap::from([("workload.yaml".into(), POD.into())]);
    assert_eq!(cluster.run_with("apply -f workload.yaml", None, files.clone()).stdout, "pod/new created\n");
    assert_eq!(cluster.run_with("apply -f workload.yaml", None, files).stdout, "pod/new unchanged\n");
    let changed = POD.replace("image: nginx", "image: nginx:2");
    assert_eq!(cluster.run_with("apply -f -", Some(&changed), SortedMap::new()).stdout, "pod/new configured\n");
    let taken = cluster.run_with("create -f -", Some(POD), SortedMap::new());
    assert_eq!(taken.stderr, "Error from server (AlreadyExists): error when creating \"STDIN\": pods \"new\" already exists\n");
    assert_eq!(taken.exit, 1);
    let ours = format!("apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\n---\n{POD}");
    let with_ours = Cluster::new().run_with("apply -f -", Some(&ours), SortedMap::new());
    assert_eq!((with_ours.stdout.as_str(), with_ours.stderr.as_str()), ("pod/new created\n", ""));
    let files = SortedMap::from([("workload.yaml".into(), POD.replace(", image: nginx", "").into())]);
    let invalid = Cluster::new().run_with("apply -f workload.yaml", None, files);
    assert_eq!(invalid.stderr, "The Pod \"new\" is invalid: spec.containers[0].image: Required value\n");
}

#[test]
fn what_has_no_name_to_ask_by_is_not_applied() {
    let said = |name: &str| {
        let text = POD.replace("name: new", name);
        Cluster::new().run_with("apply -f -", Some(&text), SortedMap::new()).stderr
    };
    let before = |name: &str| {
        format!(
            "error: error when retrieving current configuration of:\nResource: \"/v1, Resource=pods\", GroupVersionKind: \"/v1, \
             Kind=Pod\"\nName: {name:?}, Namespace: \"default\"\nfrom server for: \"STDIN\": "
        )
    };
    assert_eq!(said(""), before("") + "resource name may not be empty\n");
    assert_eq!(said("name: a/b"), before("a/b") + "invalid resource name \"a/b\": [may not contain '/']\n");
    assert_eq!(said("generateName: new-"), "error: from new-: cannot use generate name with apply\n");
    let created = Cluster::new().run_with("create -f -", Some(&POD.replace("name: new", "")), SortedMap::new());
    assert_eq!(created.stderr, "The Pod \"\" is invalid: metadata.name: Required value: name or generateName is required\n");
}

#[test]
fn workloads_are_made_and_changed() {
    let mut cluster = with_pod();
    cluster.check("run nginx --image=nginx:1.27 --port=80", "pod/nginx created\n", "");
    cluster.check("create configmap special-config --from-literal=how=very", "configmap/special-config created\n", "");
    cluster.check("create deployment api --image=nginx:1.27 --replicas=2", "deployment.apps/api created\n", "");
    cluster.check("expose deployment api --port=80", "service/api exposed\n", "");
    cluster.check("create job once --image=busybox:1.28 -- sh -c \"echo hi; sleep 3\"", "job.batch/once created\n", "");
    let scaled = "horizontalpodautoscaler.autoscaling/api autoscaled\n";
    cluster.check("autoscale deployment api --min=2 --max=4 --cpu=80%", scaled, "");
    cluster.check("debug web --image=busybox:1.28 --container=dbg --profile=general -- sh -c \"sleep 10\"", "", "");
    cluster.check("annotate pod nginx note=hello", "pod/nginx annotated\n", "");
    cluster.check("scale deployment api --replicas=5", "deployment.apps/api scaled\n", "");
    cluster.check("set image deployment/api nginx=nginx:1.28", "deployment.apps/api image updated\n", "");
    cluster.check("set image pod/web web=nginx:2", "", "error: unable to find container named \"web\"\n");
    cluster.check("patch pod web --type=merge -p '{\"metadata\":{\"finalizers\":null}}'", "pod/web patched (no change)\n", "");
    let unknown = "Warning: unknown field \"spec.containers[0].imgae\"\n";
    let patch = "patch pod web -p '{\"spec\":{\"containers\":[{\"name\":\"app\",\"imgae\":\"b\"}]}}'";
    cluster.check(patch, "pod/web patched (no change)\n", unknown);
    cluster.check(
        "delete pod nginx web",
        "pod \"nginx\" deleted from default namespace\npod \"web\" deleted from default namespace\n",
        "",
    );
}

#[test]
fn objects_are_shown_in_every_format() {
    let mut cluster = with_pod();
    cluster.check("get po web", "NAME   READY   STATUS    RESTARTS   AGE\nweb    0/1     Pending   0          0s\n", "");
    cluster.check("get pods,nodes -o name", "pod/web\nnode/node-1\n", "");
    cluster.check("get pod web -o jsonpath='{.spec.containers[*].image}'", "nginx:1", "");
    cluster.check("get pods -o custom-columns=N:.metadata.name,X:.spec.none", "N     X\nweb   <none>\n", "");
    cluster.check("get secrets", "", "No resources found in default namespace.\n");
    let labels = "NAME     STATUS    ROLES    AGE   VERSION   LABELS\nnode-1   Unknown   <none>   0s              disk=hdd\n";
    cluster.check("get nodes --show-labels", labels, "");
    assert!(cluster.run("get pod web -o yaml").stdout.starts_with("apiVersion: v1\nkind: Pod\nmetadata:\n"));
    assert!(cluster.run("describe pod we").stdout.starts_with("Name:             web\n"));
}

#[test]
fn wrong_lines_get_the_words_of_kubectl() {
    let mut cluster = with_pod();
    cluster.check("frobnicate", "", "error: unknown command \"frobnicate\" for \"kubectl\"\n");
    cluster.check("get pods --wide", "", "error: unknown flag: --wide\nSee 'kubectl get --help' for usage.\n");
    cluster.check("get foos", "", "error: the server doesn't have a resource type \"foos\"\n");
    cluster.check("get pods web -l a=b", "", "error: name cannot be provided when a selector is specified\n");
    cluster.check("apply -f none.yaml", "", "error: the path \"none.yaml\" does not exist\n");
    cluster.check("logs web", "", "Error from server (BadRequest): container \"app\" in pod \"web\" is not available\n");
}

fn with_workloads() -> Cluster {
    let mut cluster = Cluster::new();
    let pod = |name: &str, owner: &str, volumes: serde_json::Value| {
        json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": name}, "ownerReferences": [{"apiVersion": "apps/v1",
            "kind": owner, "name": name, "uid": "u", "controller": true}]},
            "spec": {"containers": [{"name": "app", "image": "nginx:1"}], "nodeName": "node-1", "volumes": volumes}})
    };
    cluster.add(Kind::DaemonSet, json!({"metadata": {"name": "agent-2lg88", "namespace": "default"}}));
    cluster.add(Kind::Pod, pod("agent-2lg88", "DaemonSet", json!([])));
    cluster.add(Kind::Pod, pod("cache-854f99697-zdctp", "ReplicaSet", json!([{"name": "tmp", "emptyDir": {}}])));
    cluster
}

#[test]
fn draining_refuses_evicts_and_waits() {
    let mut cluster = with_workloads();
    let outcome = cluster.run("drain node-1");
    assert_eq!(outcome.stdout, "node/node-1 cordoned\n");
    let storage = "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/cache-854f99697-zdctp";
    let daemon = "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/agent-2lg88";
    let head = |all: String| {
        format!(
            "error: unable to drain node \"node-1\" due to error: {all}, continuing command...\nThere are pending nodes to be drained:\n node-1\n"
        )
    };
    assert_eq!(outcome.stderr, head(format!("[{storage}, {daemon}]")) + storage + "\n" + daemon + "\n");
    let outcome = cluster.run("drain node-1 --ignore-daemonsets");
    assert_eq!(outcome.stderr, head(storage.to_owned()) + storage + "\n");
    let dry = cluster.run("drain node-1 --ignore-daemonsets --delete-emptydir-data --dry-run=client");
    let told = "node/node-1 already cordoned (dry run)\nevicting pod default/cache-854f99697-zdctp (dry run)\nnode/node-1 drained (dry run)\n";
    assert_eq!((dry.stdout.as_str(), dry.exit), (told, 0));
    let outcome = cluster.run("drain node-1 --ignore-daemonsets --delete-emptydir-data");
    assert_eq!(outcome.stderr, "Warning: ignoring DaemonSet-managed Pods: default/agent-2lg88\n");
    let evicted = "node/node-1 already cordoned\nevicting pod default/cache-854f99697-zdctp\npod/cache-854f99697-zdctp evicted\nnode/node-1 drained\n";
    assert_eq!((outcome.stdout.as_str(), outcome.exit), (evicted, 0));
}

#[test]
fn draining_by_force_tells_of_pods_that_nobody_replaces() {
    let bare = |name: &str, node: &str| {
        json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
            "spec": {"containers": [{"name": "app", "image": "nginx:1"}], "nodeName": node}})
    };
    let cluster = || {
        let mut cluster = Cluster::new();
        cluster.add(Kind::Node, json!({"metadata": {"name": "node-2"}, "spec": {}}));
        cluster.add(Kind::Pod, bare("one", "node-1"));
        cluster.add(Kind::Pod, bare("two", "node-2"));
        cluster
    };
    let evicted = "node/node-1 cordoned\nevicting pod default/one\npod/one evicted\nnode/node-1 drained\n";
    cluster().check("drain node-1 --force", evicted, "Warning: deleting Pods that declare no controller: default/one\n");
    cluster().check("drain node-1 --pod-selector app=two", "node/node-1 cordoned\nnode/node-1 drained\n", "");
    let deleted = "node/node-1 cordoned\npod/one deleted\nnode/node-1 drained\n";
    let warning = "Warning: deleting Pods that declare no controller: default/one\n";
    cluster().check("drain node-1 --force --disable-eviction", deleted, warning);
    let why = |name: &str| format!("cannot delete Pods that declare no controller (use --force to override): default/{name}");
    let unable = |node: &str, name: &str| {
        format!("error: unable to drain node {node:?} due to error: {}, continuing command...\n", why(name))
    };
    let all = format!(
        "{}{}There are pending nodes to be drained:\n node-1\n node-2\n{}\n{}\n",
        unable("node-1", "one"),
        unable("node-2", "two"),
        why("one"),
        why("two")
    );
    cluster().check("drain node-1 node-2", "node/node-1 cordoned\nnode/node-2 cordoned\n", &all);
}

#[test]
fn a_budget_holds_a_drain_up_until_its_timeout() {
    let mut cluster = with_workloads();
    let budget = json!({"metadata": {"name": "pdb", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "cache-854f99697-zdctp"}}},
        "status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1}});
    cluster.add(Kind::PodDisruptionBudget, budget);
    // A Pod that has not started yet is evicted without a look at budgets.
    let mut pod = cluster.store.pod("default", "cache-854f99697-zdctp").unwrap().as_ref().clone();
    pod.status.get_or_insert_default().phase = Some("Running".to_owned());
    cluster.request(Request::UpdateStatus(pod.into())).unwrap();
    let outcome = cluster.run("drain node-1 --ignore-daemonsets --delete-emptydir-data --timeout=12s");
    let error = "error when evicting pods/\"cache-854f99697-zdctp\" -n \"default\": global timeout reached: 12s";
    let retry = "error when evicting pods/\"cache-854f99697-zdctp\" -n \"default\" (will retry after 5s): Cannot evict pod as it would \
                 violate the pod's disruption budget.\n";
    let expected = format!(
        "Warning: ignoring DaemonSet-managed Pods: default/agent-2lg88\n{}There are pending pods in node \"node-1\" when an error \
         occurred: {error}\npod/cache-854f99697-zdctp\nerror: unable to drain node \"node-1\" due to error: {error}, continuing \
         command...\nThere are pending nodes to be drained:\n node-1\n{error}\n",
        retry.repeat(3)
    );
    assert_eq!((outcome.stderr, outcome.exit), (expected, 1));
}

/// The first action of each recorded run, where the cluster held nothing that admission looks at.
#[test]
fn applying_a_workload_says_what_was_recorded() {
    let traces = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/conformance/traces");
    let mut compared = 0;
    for folder in std::fs::read_dir(traces).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(text) = std::fs::read_to_string(folder.join("trace.json")) else { continue };
        let cluster = std::fs::read_to_string(folder.join("cluster.yaml")).unwrap();
        if ["LimitRange", "ResourceQuota", "PriorityClass", "kind: Namespace"].iter().any(|kind| cluster.contains(kind)) {
            continue;
        }
        let trace: serde_json::Value = serde_json::from_str(&text).unwrap();
        let action = &trace["actions"][0];
        let workload = std::fs::read_to_string(folder.join("workload.yaml")).unwrap();
        let files = SortedMap::from([("workload.yaml".into(), workload.as_str().into())]);
        let outcome = Cluster::new().run_with(action["kubectl"].as_str().unwrap(), None, files);
        let outcome = json!([outcome.stdout, outcome.stderr, outcome.exit]);
        assert_eq!(outcome, json!([action["stdout"], action["stderr"], action["exit"]]), "{}", folder.display());
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn a_file_is_applied_from_its_beginning_to_its_end_even_where_it_holds_an_object_twice() {
    let map =
        |name: &str, x: &str| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{x: \"{x}\"}}\n");
    let mut cluster = Cluster::new();
    let mut apply = |maps: &[(&str, &str)]| {
        let text: String = maps.iter().map(|(name, x)| map(name, x)).collect();
        cluster.run_with("apply -f -", Some(&text), SortedMap::new()).stdout
    };
    assert_eq!(
        apply(&[("a", "1"), ("b", "1"), ("a", "2")]),
        "configmap/a created\nconfigmap/b created\nconfigmap/a configured\n"
    );
    assert_eq!(
        apply(&[("a", "3"), ("b", "1"), ("a", "3")]),
        "configmap/a configured\nconfigmap/b unchanged\nconfigmap/a unchanged\n"
    );
    let create = format!("{}{}", map("c", "1"), map("c", "2"));
    let twice = cluster.run_with("create -f -", Some(&create), SortedMap::new());
    assert_eq!(twice.stdout, "configmap/c created\n");
    assert!(twice.stderr.contains("configmaps \"c\" already exists"), "{}", twice.stderr);
}

#[test]
fn several_targets_are_told_in_their_order() {
    let mut cluster = Cluster::new();
    for name in ["a", "b"] {
        cluster.add(Kind::ConfigMap, json!({"metadata": {"name": name, "namespace": "default"}}));
    }
    cluster.run("label configmap b tier=web");
    let told = cluster.run("label configmap a b tier=web").stdout;
    assert_eq!(told, "configmap/a labeled\nconfigmap/b not labeled\n");
}

#[test]
fn a_patch_does_not_move_an_object() {
    let mut cluster = with_pod();
    let mut refused = |patch: &str| cluster.run(&format!("patch pod web --type merge -p '{{\"metadata\":{{{patch}}}}}'")).stderr;
    let message = "Error from server (BadRequest): the name of the object (other) does not match the name on the URL (web)\n";
    assert_eq!(refused(r#""name":"other""#), message);
    let message =
        "Error from server (BadRequest): the namespace of the provided object does not match the namespace sent on the request\n";
    assert_eq!(refused(r#""namespace":"other""#), message);
    let message =
        "Error from server (BadRequest): the name of the object (web based on URL) was undeterminable: name must be provided\n";
    assert_eq!(refused(r#""name":null"#), message);
}

#[test]
fn a_patch_that_is_refused_is_told_with_the_file() {
    let mut cluster = Cluster::new();
    let map = |metadata: &str, x: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{metadata}}}\ndata: {{x: \"{x}\"}}\n")
    };
    cluster.run_with("apply -f -", Some(&map("", "1")), SortedMap::new());
    let stale = cluster.run_with("apply -f -", Some(&map(", resourceVersion: \"1\"", "2")), SortedMap::new());
    let lines: Vec<&str> = stale.stderr.lines().collect();
    assert_eq!(lines[0], "Error from server (Conflict): error when applying patch:");
    assert!(
        lines[1]
            .starts_with(r#"{"data":{"x":"2"},"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{"#)
    );
    assert!(lines[1].ends_with(r#""}}\n"},"resourceVersion":"1"}}"#), "{}", lines[1]);
    assert_eq!(
        lines[2..],
        [
            "to:",
            r#"Resource: "/v1, Resource=configmaps", GroupVersionKind: "/v1, Kind=ConfigMap""#,
            r#"Name: "a", Namespace: "default""#,
            r#"for: "STDIN": Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again"#,
        ]
    );
}
