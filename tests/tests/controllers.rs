//! What the controllers make of scenarios that no recording shows.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use serde_json::Value;

const IMAGES: &str = r#"
  images:
  - {name: "nginx:1.27", size: 70Mi, preloaded: ["*"]}
  - {name: "nginx:1.28", size: 70Mi, preloaded: ["*"]}
  - {name: "busybox:1.28", size: 1Mi, preloaded: ["*"]}
"#;

/// A run as a trace: three nodes, of which the first and the last have a label, and kubectl lines at their second.
fn run(workload: &str, seconds: u64, actions: &[(u64, &str)]) -> Value {
    let mut cluster = String::new();
    for (number, label) in [(1, "disk: ssd"), (2, "disk: hdd"), (3, "disk: ssd")] {
        cluster.push_str(&format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: node-{number}, labels: {{{label}}}}}\nstatus: {{capacity: {{cpu: \"4\", \
             memory: 8Gi, pods: \"110\"}}}}\n---\n"
        ));
    }
    cluster.push_str(&format!(
        "apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: {seconds}s\n  startTime: \
         \"2026-11-21T12:33:33Z\"{IMAGES}  actions:\n"
    ));
    for (at, line) in actions {
        cluster.push_str(&format!("  - {{at: {at}s, kubectl: {}}}\n", Value::from(*line)));
    }
    let read = podlapse_kubectl::simulate("test", workload, Some(&cluster));
    let mut run = read.value.unwrap_or_else(|| panic!("{:?}", read.diagnostics));
    run.run();
    podlapse_view::trace(&run)
}

fn pods(kind: &str, spec: &str, pod: &str) -> String {
    format!(
        "apiVersion: {}\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n{spec}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec:\n      terminationGracePeriodSeconds: 2\n{pod}\n      containers: [{{name: a, image: \
         \"nginx:1.27\"}}]\n",
        "apps/v1"
    )
}

fn job(spec: &str, script: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: work}}\nspec:\n{spec}\n  template:\n    spec:\n      restartPolicy: Never\n      \
         terminationGracePeriodSeconds: 2\n      containers: [{{name: c, image: \"busybox:1.28\", command: [sh, -c, {}]}}]\n",
        Value::from(script)
    )
}

/// What was told of an object, as `reason: message`, with the second at which it was told first.
fn events(trace: &Value, object: &str) -> Vec<(f64, String)> {
    let all = trace["events"].as_array().unwrap().iter().filter(|event| event["object"] == object);
    let text = |event: &Value| format!("{}: {}", event["reason"].as_str().unwrap(), event["message"].as_str().unwrap());
    let mut told: Vec<(f64, String)> = Vec::new();
    for event in all {
        if !told.iter().any(|(_, known)| *known == text(event)) {
            told.push((event["t"].as_f64().unwrap(), text(event)));
        }
    }
    told
}

fn told(trace: &Value, object: &str, text: &str) -> f64 {
    let all = events(trace, object);
    let found = all.iter().find(|(_, event)| event.contains(text));
    found.unwrap_or_else(|| panic!("nothing of {object} says {text:?}: {all:#?}")).0
}

/// The names, nodes and states of the Pods that are there at the end.
fn left(trace: &Value) -> Vec<(String, String, String)> {
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for change in trace["watch"].as_array().unwrap() {
        let text = |field: &str| change["row"][field].as_str().unwrap_or_default().to_owned();
        rows.retain(|(name, _, _)| *name != text("name"));
        if change["type"] != "DELETED" {
            rows.push((text("name"), text("node"), text("status")));
        }
    }
    rows.sort();
    rows
}

/// What the n-th command printed; the workload is the first.
fn printed(trace: &Value, at: usize) -> String {
    let action = &trace["actions"][at];
    format!("{}{}", action["stdout"].as_str().unwrap_or_default(), action["stderr"].as_str().unwrap_or_default())
}

#[test]
fn a_daemon_set_follows_the_labels_and_taints_of_nodes() {
    let workload = pods("DaemonSet", "", "      nodeSelector: {disk: ssd}");
    let nodes = |trace: &Value| left(trace).into_iter().map(|(_, node, _)| node).collect::<Vec<String>>();
    let mut on = nodes(&run(&workload, 20, &[]));
    on.sort();
    assert_eq!(on, ["node-1", "node-3"]);
    let mut on = nodes(&run(&workload, 40, &[(10, "label nodes node-2 disk=ssd --overwrite"), (15, "label nodes node-1 disk-")]));
    on.sort();
    assert_eq!(on, ["node-2", "node-3"]);
    let mut on = nodes(&run(&workload, 40, &[(10, "taint nodes node-1 a=b:NoSchedule"), (12, "cordon node-3")]));
    on.sort();
    assert_eq!(on, ["node-1", "node-3"], "a Pod that is there stays");
}

#[test]
fn a_daemon_that_a_taint_drives_out_is_deleted_by_its_set_as_well() {
    let trace = run(&pods("DaemonSet", "", ""), 30, &[(10, "taint nodes node-1 a=b:NoExecute")]);
    let deleted = told(&trace, "DaemonSet/web", "SuccessfulDelete: Deleted pod: ");
    let name = trace["pods"].as_array().unwrap().iter().find_map(|change| {
        let pod = &change["object"];
        (pod["spec"]["nodeName"] == "node-1").then(|| pod["metadata"]["name"].as_str().unwrap().to_owned())
    });
    let evicted = told(&trace, &format!("Pod/{}", name.unwrap()), "TaintManagerEviction: Marking for deletion Pod");
    assert!(deleted <= evicted && evicted < deleted + 0.1, "deleted at {deleted}, evicted at {evicted}");
}

#[test]
fn a_daemon_set_replaces_one_pod_at_a_time_and_with_surge_never_goes_without() {
    let actions = [(10, "set image ds/web a=nginx:1.28")];
    let trace = run(&pods("DaemonSet", "", ""), 60, &actions);
    let deleted: Vec<f64> = events(&trace, "DaemonSet/web")
        .into_iter()
        .filter(|(_, event)| event.starts_with("SuccessfulDelete"))
        .map(|(at, _)| at)
        .collect();
    assert_eq!(deleted.len(), 3);
    assert!(deleted.windows(2).all(|pair| pair[1] - pair[0] > 0.3), "{deleted:?}");
    let surge = "  updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let trace = run(&pods("DaemonSet", surge, ""), 60, &actions);
    let created = told(&trace, "DaemonSet/web", "SuccessfulCreate");
    assert!(created < 1.0);
    let order: Vec<String> =
        events(&trace, "DaemonSet/web").into_iter().skip(3).map(|(_, event)| event[..12].to_owned()).collect();
    assert_eq!(order, ["SuccessfulCr", "SuccessfulDe"].repeat(3));
}

#[test]
fn a_cron_job_that_forbids_waits_and_one_that_replaces_does_not() {
    let cron = |policy: &str| {
        format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: cron}}\nspec:\n  schedule: \"* * * * *\"\n  concurrencyPolicy: \
             {policy}\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          \
             terminationGracePeriodSeconds: 2\n          containers: [{{name: c, image: \"busybox:1.28\", command: [sleep, \"80\"]}}]\n"
        )
    };
    // The first minute begins at 26.5 s.
    let trace = run(&cron("Forbid"), 180, &[]);
    told(
        &trace,
        "CronJob/cron",
        "JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid",
    );
    let second = told(&trace, "CronJob/cron", "Created job cron-29921075");
    assert!((107.0..112.0).contains(&second), "as soon as the first has ended: {second}");
    let trace = run(&cron("Replace"), 120, &[]);
    let replaced = told(&trace, "CronJob/cron", "SuccessfulDelete: Deleted job cron-29921074");
    let second = told(&trace, "CronJob/cron", "Created job cron-29921075");
    assert!((87.0..87.5).contains(&replaced) && replaced <= second, "{replaced} {second}");
}

#[test]
fn an_indexed_job_gives_each_pod_its_index() {
    let spec = "  completions: 3\n  parallelism: 2\n  completionMode: Indexed";
    let trace =
        run(&job(spec, "echo index $JOB_COMPLETION_INDEX"), 30, &[(28, "get job work -o jsonpath={.status.completedIndexes}")]);
    assert_eq!(printed(&trace, 1), "0-2");
    let logs = trace["logs"].to_string();
    assert!((0..3).all(|index| logs.contains(&format!("index {index}"))), "{logs}");
    assert!(left(&trace).iter().all(|(name, _, status)| name.starts_with("work-") && status == "Completed"));
    told(&trace, "Job/work", "Completed: Job completed");
}

#[test]
fn indexes_that_fail_too_often_fail_the_job_in_the_end() {
    let spec = "  completions: 2\n  parallelism: 2\n  completionMode: Indexed\n  backoffLimitPerIndex: 1";
    let trace = run(&job(spec, "exit $JOB_COMPLETION_INDEX"), 60, &[(55, "get job work -o jsonpath={.status.failedIndexes}")]);
    assert_eq!(printed(&trace, 1), "1");
    let failed = told(&trace, "Job/work", "FailedIndexes: Job has failed indexes");
    assert!(10.0 < failed, "the index is tried again after ten seconds: {failed}");
    assert_eq!(left(&trace).len(), 3);
}

#[test]
fn a_success_policy_ends_a_job_before_all_of_its_pods_have() {
    let spec =
        "  completions: 2\n  parallelism: 2\n  completionMode: Indexed\n  successPolicy: {rules: [{succeededIndexes: \"0\"}]}";
    let trace = run(&job(spec, "sleep $((1 + 50 * JOB_COMPLETION_INDEX))"), 30, &[]);
    told(&trace, "Job/work", "SuccessfulDelete: Deleted pod: work-1-");
    told(&trace, "Job/work", "Completed: Job completed");
}

#[test]
fn a_suspended_job_has_no_pods_and_starts_anew() {
    let spec = "  parallelism: 2\n  completions: 2";
    let actions = [
        (5, "patch job work -p '{\"spec\":{\"suspend\":true}}'"),
        (15, "get pods"),
        (16, "get job work -o jsonpath={.status.startTime}"),
        (20, "patch job work -p '{\"spec\":{\"suspend\":false}}'"),
        (58, "get job work -o jsonpath={.status}"),
    ];
    let trace = run(&job(spec, "sleep 20"), 60, &actions);
    told(&trace, "Job/work", "Suspended: Job suspended");
    told(&trace, "Job/work", "Resumed: Job resumed");
    assert_eq!(printed(&trace, 2), "No resources found in default namespace.\n");
    let resumed = trace["events"].as_array().unwrap().iter().filter(|event| event["reason"] == "Resumed");
    assert_eq!(resumed.map(|event| event["count"].as_i64().unwrap()).collect::<Vec<_>>(), [1]);
    assert_eq!(printed(&trace, 3), "", "a suspended Job has not started");
    assert!(printed(&trace, 5).contains("\"startTime\":\"2026-11-21T12:33:53Z\""), "{}", printed(&trace, 5));
    assert!(printed(&trace, 5).contains("\"succeeded\":2"));
    assert!(!printed(&trace, 5).contains("\"failed\""), "what was stopped does not count as failed");
}

#[test]
fn a_deployment_that_recreates_has_no_two_versions_at_a_time() {
    let workload = pods("Deployment", "  replicas: 2\n  strategy: {type: Recreate}", "");
    let trace = run(&workload, 40, &[(10, "set image deploy/web a=nginx:1.28")]);
    let down = told(&trace, "Deployment/web", "from 2 to 0");
    let up: Vec<f64> =
        events(&trace, "Deployment/web").iter().filter(|(_, event)| event.contains("from 0 to 2")).map(|(at, _)| *at).collect();
    assert_eq!(up.len(), 2);
    assert!(down < up[1], "{down} {up:?}");
}

#[test]
fn orphans_stay_and_are_taken_in_again() {
    let workload = pods("Deployment", "  replicas: 2", "");
    let actions = [(10, "delete deploy web --cascade=orphan"), (15, "get rs -o name"), (20, "apply -f workload.yaml")];
    let trace = run(&workload, 40, &actions);
    assert_eq!(printed(&trace, 1), "deployment.apps \"web\" deleted from default namespace\n");
    assert!(printed(&trace, 2).starts_with("replicaset.apps/web-"));
    assert_eq!(left(&trace).len(), 2);
    let created = trace["events"].as_array().unwrap().iter().filter(|event| event["reason"] == "SuccessfulCreate").count();
    assert_eq!(created, 2, "the new Deployment takes in the ReplicaSet that it finds");
}

#[test]
fn in_the_foreground_the_owner_goes_last() {
    let workload = pods("Deployment", "  replicas: 2", "");
    let trace = run(&workload, 30, &[(10, "delete deploy web --cascade=foreground"), (25, "get deploy,rs,pods")]);
    assert_eq!(left(&trace), []);
    assert_eq!(printed(&trace, 2), "No resources found in default namespace.\n");
    let took = trace["actions"][1]["took"].as_f64().unwrap();
    assert!(took > 0.3, "kubectl waits for the owner, and the owner for its Pods: {took}");
}

#[test]
fn a_budget_of_a_share_holds_back_an_eviction() {
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec:\n  minAvailable: 100%\n  selector: \
                  {matchLabels: {app: web}}\n";
    let workload = pods("Deployment", "  replicas: 3", "") + budget;
    let trace = run(&workload, 60, &[(10, "get pdb"), (15, "drain node-1 node-2 node-3 --timeout=7s")]);
    assert!(
        printed(&trace, 1).contains("web    100%            N/A               0                     "),
        "{}",
        printed(&trace, 1)
    );
    assert!(printed(&trace, 2).contains("Cannot evict pod as it would violate the pod's disruption budget."));
    assert!(printed(&trace, 2).contains("global timeout reached: 7s"));
    assert!(printed(&trace, 2).contains("There are pending nodes to be drained:\n node-1\n node-2\n node-3\n"));
    assert_eq!(trace["actions"][2]["exit"], 1);
    assert_eq!(left(&trace).len(), 3);
}

#[test]
fn a_budget_that_has_to_know_a_scale_says_whose_pods_have_none() {
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec:\n  maxUnavailable: 1\n  selector: \
                  {matchLabels: {app: web}}\n";
    let trace = run(&(pods("DaemonSet", "", "") + budget), 10, &[]);
    let text = "CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: daemonsets.apps does not implement \
                the scale subresource";
    assert_eq!(events(&trace, "PodDisruptionBudget/web").last().unwrap().1, text);
}

#[test]
fn a_stateful_set_waits_in_silence_for_the_name_of_a_pod_that_it_lost() {
    let trace = run(
        &pods("StatefulSet", "  replicas: 1", ""),
        40,
        &[(10, "label pod web-0 --overwrite app=other"), (20, "delete pod web-0")],
    );
    let told: Vec<String> = events(&trace, "StatefulSet/web").into_iter().map(|(_, text)| text).collect();
    assert_eq!(told, ["SuccessfulCreate: Create Pod web-0 in StatefulSet web successful"]);
    assert_eq!(left(&trace).len(), 1, "created anew once the name was free");
}

#[test]
fn a_job_counts_a_failure_while_its_other_pods_run() {
    let spec = "  parallelism: 2\n  completions: 2\n  completionMode: Indexed";
    let trace = run(&job(spec, "sleep 3; [ $JOB_COMPLETION_INDEX = 0 ] && exit 1; sleep 99"), 12, &[]);
    let last = trace["objects"].as_array().unwrap().iter().rfind(|change| change["kind"] == "Job").unwrap();
    let status = &last["status"];
    assert_eq!((&status["active"], &status["failed"], &status["ready"]), (&1.into(), &1.into(), &1.into()));
}

#[test]
fn a_job_does_not_count_the_pods_that_a_quota_refuses() {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: few}\nspec: {hard: {pods: \"1\"}}\n---\n";
    let trace = run(&(quota.to_owned() + &job("  parallelism: 3\n  completions: 3", "sleep 60")), 10, &[]);
    let last = trace["objects"].as_array().unwrap().iter().rfind(|change| change["kind"] == "Job").unwrap();
    assert_eq!(last["status"]["active"], 1);
}

#[test]
fn a_pod_with_two_budgets_is_told_of() {
    let budget = |name: &str| {
        format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}}}\nspec: {{minAvailable: 0, selector: {{matchLabels: {{app: web}}}}}}\n---\n"
        )
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: a, image: \"nginx:1.27\"}]}\n";
    let trace = run(&format!("{}{}{pod}", budget("one"), budget("two")), 10, &[]);
    let text = "MultiplePodDisruptionBudgets: Pod \"default\"/\"web\" matches multiple PodDisruptionBudgets.  Chose \"one\" arbitrarily.";
    assert!(told(&trace, "Pod/web", text) < 0.1);
}

#[test]
fn a_namespace_goes_once_its_pods_have_gone_without_a_word_of_it() {
    let workload = "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: solo, \
                    namespace: team}\nspec:\n  terminationGracePeriodSeconds: 2\n  containers: [{name: a, image: \"nginx:1.27\"}]\n";
    let trace = run(workload, 40, &[(10, "delete ns team"), (35, "get ns team")]);
    let gone = trace["watch"].as_array().unwrap().iter().find(|change| change["type"] == "DELETED").unwrap();
    assert!((15.0..20.0).contains(&gone["t"].as_f64().unwrap()), "{gone}");
    assert!(!trace["events"].to_string().contains("Killing"));
    assert_eq!(printed(&trace, 1), "namespace \"team\" deleted\n");
    assert!(printed(&trace, 2).contains("namespaces \"team\" not found"));
    let refused = printed(&run(workload, 20, &[(5, "delete ns default")]), 1);
    assert!(refused.contains("this namespace may not be deleted"), "{refused}");
}

#[test]
fn stateful_pods_come_one_by_one_or_all_at_once_each_with_its_claim() {
    let claims = "  serviceName: web\n  replicas: 3\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {accessModes: \
                  [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";
    let trace = run(&pods("StatefulSet", claims, ""), 20, &[(10, "get pvc -o name")]);
    assert_eq!(printed(&trace, 1), "persistentvolumeclaim/data-web-0\n");
    told(&trace, "StatefulSet/web", "SuccessfulCreate: Create Claim data-web-0 Pod web-0 in StatefulSet web success");
    let parallel = "  serviceName: web\n  replicas: 3\n  podManagementPolicy: Parallel";
    let trace = run(&pods("StatefulSet", parallel, ""), 20, &[]);
    let last = told(&trace, "StatefulSet/web", "Create Pod web-2");
    assert!(last < 0.3, "{last}");
}

#[test]
fn a_look_that_waits_is_not_put_off_by_a_later_one() {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '1'}}\n---\n";
    let trace = run(&format!("{quota}{}", pods("ReplicaSet", "  replicas: 2", "")), 10, &[]);
    let refused = trace["events"].as_array().unwrap().iter().filter(|event| event["reason"] == "FailedCreate");
    let times: Vec<f64> = refused.map(|event| event["t"].as_f64().unwrap()).collect();
    // The first Pod becomes ready after about 0.4 s, at which the set is looked at and refused again; the look that its back-off had
    // planned before comes all the same.
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] < 6.0), "{times:?}");
    assert!(times.iter().any(|at| (0.5..1.5).contains(at)), "{times:?}");
}

#[test]
fn a_replication_controller_keeps_its_number() {
    let workload = "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {app: web}\n  \
                    template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: a, image: \"nginx:1.27\"}]\n";
    let trace = run(workload, 30, &[(10, "scale rc web --replicas=3"), (20, "get rc web --no-headers")]);
    assert!(printed(&trace, 2).starts_with("web   3     3     3 "), "{}", printed(&trace, 2));
    assert_eq!(left(&trace).len(), 3);
}

#[test]
fn a_job_whose_pods_are_refused_tries_again_after_a_second_and_twice_as_long_each_time() {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none}\nspec: {hard: {pods: \"0\"}}\n---\n";
    let trace = run(&format!("{quota}{}", job("", "true")), 20, &[]);
    let failed = trace["events"].as_array().unwrap().iter().filter(|event| event["reason"] == "FailedCreate");
    let at: Vec<f64> = failed.map(|event| event["t"].as_f64().unwrap()).collect();
    let waits: Vec<f64> = at.windows(2).map(|pair| (pair[1] - pair[0]).round()).filter(|wait| *wait > 0.0).collect();
    assert!(waits.ends_with(&[2.0, 4.0, 8.0]), "{waits:?}");
}

#[test]
fn a_command_that_does_not_end_is_told_of_as_unfinished() {
    let workload = "apiVersion: v1\nkind: Pod\nmetadata: {name: held, finalizers: [example.com/hold]}\nspec:\n  containers: [{name: a, \
                    image: \"nginx:1.27\"}]\n";
    let trace = run(workload, 20, &[(5, "delete pod held"), (10, "get pods -o name")]);
    let actions = trace["actions"].as_array().unwrap();
    assert_eq!(actions[1]["kubectl"], "delete pod held");
    assert_eq!(actions[1]["unfinished"], true);
    assert_eq!(actions[2]["stdout"], "pod/held\n");
}

#[test]
fn a_rollout_is_told_of_at_each_change_of_its_deployment() {
    let workload = pods("Deployment", "  replicas: 2\n  minReadySeconds: 3", "");
    let trace = run(&workload, 40, &[(10, "set image deploy/web a=nginx:1.28"), (11, "rollout status deploy/web")]);
    let printed = printed(&trace, 2);
    let first = "Waiting for deployment \"web\" rollout to finish: 1 out of 2 new replicas have been updated...\n";
    assert!(printed.matches(first).count() > 1, "{printed}");
    assert!(printed.ends_with("deployment \"web\" successfully rolled out\n"));
}

#[test]
fn an_autoscaler_keeps_to_its_limits_and_complains_that_nothing_is_measured() {
    let workload = pods("Deployment", "  replicas: 1", "");
    let lines = [
        (5, "autoscale deployment web --min=2 --max=4 --cpu=80%"),
        (50, "describe hpa web"),
        (52, "autoscale deployment web --name=other --max=9 --memory=300"),
        (53, "get hpa other --no-headers"),
        (55, "scale deployment web --replicas=6"),
        (70, "delete deployment web"),
    ];
    let trace = run(&workload, 100, &lines);
    let scaler = "HorizontalPodAutoscaler/web";
    let rescaled =
        told(&trace, scaler, "SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas");
    assert!((20.0..20.5).contains(&rescaled), "{rescaled}");
    let unmeasured = "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource \
                      metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
    let first = told(&trace, scaler, &format!("FailedGetResourceMetric: {unmeasured}"));
    assert!((35.0..35.5).contains(&first), "{first}");
    let invalid = "FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource \
                   metric value: ";
    told(&trace, scaler, &format!("{invalid}{unmeasured}"));
    told(&trace, scaler, "SuccessfulRescale: New size: 4; reason: Current number of replicas above Spec.MaxReplicas");
    told(&trace, scaler, "FailedGetScale: deployments/scale.apps \"web\" not found");
    let described = printed(&trace, 2);
    for line in [
        "resource cpu on pods  (as a percentage of request):  <unknown> / 80%",
        "Deployment pods:                                       2 current / 2 desired",
        "AbleToScale    True    SucceededGetScale        the HPA controller was able to get the target's current scale",
        "ScalingActive  False   FailedGetResourceMetric  the HPA was unable to compute the replica count: failed to get cpu",
    ] {
        assert!(described.contains(line), "{described}");
    }
    assert!(printed(&trace, 4).contains("memory: <unknown>/300Mi   1     9     0 "), "{}", printed(&trace, 4));
    told(
        &trace,
        "HorizontalPodAutoscaler/other",
        "first error is: failed to get memory resource metric value: failed to get memory usage",
    );
}

#[test]
fn what_went_with_its_owner_is_not_missed_when_all_is_deleted() {
    let trace = run(&pods("Deployment", "  replicas: 1", ""), 30, &[(10, "delete all --all")]);
    let printed = printed(&trace, 1);
    assert!(printed.contains("deployment.apps \"web\" deleted from default namespace\n"), "{printed}");
    assert!(!printed.contains("NotFound"), "{printed}");
    assert!(trace["actions"][1]["took"].as_f64().unwrap() > 1.0, "it waits for the Pods: {printed}");
}

#[test]
fn a_grace_that_is_made_shorter_than_what_is_over_ends_now() {
    let stubborn = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers: [{name: a, image: \"busybox:1.28\", \
                    command: [sleep, \"3600\"]}]\n";
    let shown = "get pod p -o jsonpath={.metadata.deletionGracePeriodSeconds},{.metadata.deletionTimestamp}";
    let trace = run(
        stubborn,
        60,
        &[
            (10, "delete pod p --wait=false"),
            (20, "delete pod p --wait=false --grace-period=20"),
            (21, shown),
            (35, "delete pod p --wait=false --grace-period=10"),
            (36, shown),
        ],
    );
    assert_eq!(printed(&trace, 3), "20,2026-11-21T12:34:03Z");
    assert_eq!(printed(&trace, 5), "1,2026-11-21T12:34:08Z");
}
