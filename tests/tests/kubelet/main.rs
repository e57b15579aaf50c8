//! What the kubelet makes of scenarios that no recording shows.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

mod files;

use serde_json::Value;

const NODE: &str =
    "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nstatus: {capacity: {cpu: \"4\", memory: 8Gi, pods: \"110\"}}\n---\n";
const NODE_WITH_DISK: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\nstatus: {capacity: {cpu: \"4\", memory: 8Gi, \
                              ephemeral-storage: 100Gi, pods: \"110\"}}\n---\n";
const IMAGES: &str = r#"
  images:
  - {name: "nginx:1.27", size: 70Mi, preloaded: ["*"]}
  - {name: "busybox:1.28", size: 1Mi, preloaded: ["*"]}
  - {name: "example.com/private:1", pullDuration: 2s, requiresAuth: {username: u, password: p}}
"#;

/// A run of two minutes as a trace.
fn run(workload: &str, rest: &str) -> Value {
    run_on(NODE, workload, rest)
}

fn run_on(node: &str, workload: &str, rest: &str) -> Value {
    let cluster = format!("{node}apiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  duration: 2m{IMAGES}{rest}");
    let read = podlapse_kubectl::simulate("test", workload, Some(&cluster));
    let mut run = read.value.unwrap_or_else(|| panic!("{:?}", read.diagnostics));
    run.run();
    podlapse_view::trace(&run)
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{spec}")
}

/// What was told of a Pod, as `field reason: message`, with the second at which it was told last.
fn told(trace: &Value, pod: &str, text: &str) -> Option<f64> {
    let object = format!("Pod/{pod}");
    let all = trace["events"].as_array().unwrap().iter().filter(|event| event["object"] == object.as_str());
    let line = |event: &Value| {
        let part = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}", part("field"), part("reason"), part("message"))
    };
    all.filter(|event| line(event).contains(text)).filter_map(|event| event["t"].as_f64()).next_back()
}

/// When the Pod left, and the states it was seen in.
fn rows(trace: &Value, pod: &str) -> (Option<f64>, Vec<String>) {
    let of_pod = trace["watch"].as_array().unwrap().iter().filter(|change| change["row"]["name"] == pod);
    let (mut gone, mut states) = (None, Vec::new());
    for change in of_pod {
        if change["type"] == "DELETED" {
            gone = change["t"].as_f64();
        }
        states.push(change["row"]["status"].as_str().unwrap().to_owned());
    }
    (gone, states)
}

const LOYAL: &str = "[sh, -c, \"trap 'exit 0' TERM; while true; do sleep 1; done\"]";
const DELETE: &str = "  actions: [{at: 20s, kubectl: \"delete pod p\"}]\n";

#[test]
fn a_sidecar_waits_for_the_containers_within_its_own_grace() {
    let with = |grace: u32, app: &str| {
        let spec = format!(
            "  terminationGracePeriodSeconds: {grace}\n  initContainers: [{{name: s, image: \"busybox:1.28\", restartPolicy: Always, \
             command: {LOYAL}}}]\n  containers: [{{name: a, image: \"busybox:1.28\", command: {app}}}]\n"
        );
        let trace = run(&pod(&spec), DELETE);
        let killing = |field: &str| told(&trace, "p", &format!("{field} Killing: ")).unwrap();
        assert!((killing("spec.containers{a}") - killing("spec.initContainers{s}")).abs() < 0.1);
        rows(&trace, "p").0.unwrap()
    };
    // The container needs five seconds, the sidecar up to one more.
    let app = "[sh, -c, \"trap 'sleep 5; exit 0' TERM; while true; do sleep 1; done\"]";
    assert!((25.0..29.0).contains(&with(20, app)));
    // The container takes the whole grace; the sidecar then has the least that there is.
    assert!((29.0..33.5).contains(&with(10, "[sleep, \"3600\"]")));
}

#[test]
fn a_hook_that_outlasts_the_grace_is_told_to_have_failed() {
    let spec = format!(
        "  terminationGracePeriodSeconds: 5\n  containers: [{{name: a, image: \"busybox:1.28\", command: {LOYAL}, lifecycle: {{preStop: \
         {{exec: {{command: [sleep, \"30\"]}}}}}}}}]\n"
    );
    let trace = run(&pod(&spec), DELETE);
    assert!((25.0..27.0).contains(&told(&trace, "p", "FailedPreStopHook: PreStopHook failed").unwrap()));
    assert!(rows(&trace, "p").0.unwrap() < 29.0);
}

#[test]
fn a_server_may_answer_a_hook_as_it_likes() {
    let spec = "  containers: [{name: a, image: \"nginx:1.27\", lifecycle: {postStart: {httpGet: {port: 80}}}}]\n";
    let server = "  behaviors: [{match: {pod: p}, runs: [{listen: [{port: 80, http: [{path: \"*\", status: 500}]}]}]}]\n";
    assert_eq!(told(&run(&pod(spec), server), "p", "FailedPostStartHook"), None);
    let (_, states) = rows(&run(&pod(spec), ""), "p");
    assert!(states.iter().any(|state| state == "PostStartHookError"), "{states:?}");
}

#[test]
fn an_exit_code_restarts_all_containers() {
    let spec = "  restartPolicy: Never
  initContainers: [{name: i, image: \"busybox:1.28\", command: [\"true\"]}]
  containers:
  - {name: a, image: \"busybox:1.28\", command: [sleep, \"3600\"]}
  - name: b
    image: \"busybox:1.28\"
    command: [sh, -c, \"sleep 10; exit 88\"]
    restartPolicy: Never
    restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [88]}}]
";
    let trace = run(&pod(spec), "");
    // The stubborn container takes its thirty seconds of grace, then initialisation begins anew, and so again.
    assert!(80.0 < told(&trace, "p", "spec.initContainers{i} Started: ").unwrap());
    let restarts = trace["watch"].as_array().unwrap().iter().map(|change| change["row"]["restarts"].as_str().unwrap().to_owned());
    assert!(restarts.into_iter().any(|restarts| restarts.starts_with('2')));
}

#[test]
fn an_image_that_a_secret_opened_is_not_for_pods_without_it() {
    let of = |name: &str, more: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  {more}\n  containers: [{{name: a, image: \
             \"example.com/private:1\"}}]\n"
        )
    };
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: reg}\ntype: kubernetes.io/dockerconfigjson\nstringData: \
                  {.dockerconfigjson: '{\"auths\":{\"example.com\":{\"username\":\"u\",\"password\":\"p\"}}}'}\n";
    let holder = "imagePullSecrets: [{name: reg}]";
    let late = format!("{}{}", of("with", holder), of("without", "restartPolicy: Always"));
    let actions = format!("  actions: [{{at: 20s, kubectl: \"apply -f -\", stdin: {}}}]\n", Value::from(late));
    let trace = run(&format!("{secret}{}", of("first", holder)), &actions);
    assert!(told(&trace, "first", "Successfully pulled image").is_some());
    assert!(told(&trace, "with", "already present on machine and can be accessed by the pod").is_some());
    assert!(told(&trace, "without", "Failed: Failed to pull image").is_some());
}

#[test]
fn a_volume_that_cannot_be_used_is_told_in_the_kubelets_words() {
    let with = |volume: &str| {
        let spec = format!(
            "  nodeName: node-1\n  containers: [{{name: a, image: \"nginx:1.27\", volumeMounts: [{{name: v, mountPath: /v}}]}}]\n  \
             volumes: [{{name: v, {volume}}}]\n"
        );
        run(&pod(&spec), "")
    };
    let claim = with("persistentVolumeClaim: {claimName: c}");
    let text = "FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process \
                volumes=[v]: error processing PVC default/c: failed to fetch PVC from API server: persistentvolumeclaims \"c\" not found";
    assert!(told(&claim, "p", text).is_some());
    let projected = with("projected: {sources: [{secret: {name: s}}, {configMap: {name: c}}]}");
    let text = "MountVolume.SetUp failed for volume \"v\" : [secret \"s\" not found, configmap \"c\" not found]";
    assert!(told(&projected, "p", text).is_some());
}

#[test]
fn a_node_refuses_what_it_must_not_run() {
    let with = |spec: &str| {
        run(&pod(&format!("  nodeName: node-1\n  {spec}\n  containers: [{{name: a, image: \"nginx:1.27\"}}]\n")), "")
    };
    let sysctl = with("securityContext: {sysctls: [{name: kernel.msgmax, value: \"1\"}]}");
    assert!(told(&sysctl, "p", "SysctlForbidden: forbidden sysctl: \"kernel.msgmax\" not allowlisted").is_some());
    let system = with("nodeSelector: {kubernetes.io/os: windows}");
    assert!(told(&system, "p", "PodOSSelectorNodeLabelDoesNotMatch: ").is_some());
}

#[test]
fn a_node_without_memory_ends_the_pod_that_uses_most_beyond_its_request() {
    let workload = "apiVersion: v1
kind: Pod
metadata: {name: modest}
spec:
  containers: [{name: a, image: \"nginx:1.27\", resources: {requests: {memory: 4Gi}}}]
---
apiVersion: v1
kind: Pod
metadata: {name: greedy}
spec:
  containers: [{name: a, image: \"nginx:1.27\", resources: {requests: {memory: 1Gi}}}]
";
    let usage = "  behaviors:
  - {match: {pod: modest}, runs: [{memory: [{after: 0s, usage: 4000Mi}]}]}
  - {match: {pod: greedy}, runs: [{memory: [{after: 30s, usage: 4000Mi}]}]}
  actions: [{at: 70s, kubectl: \"run late --image=nginx:1.27\"}]
";
    let trace = run(workload, usage);
    let text = "Container a was using 4000Mi, request is 1Gi, has larger consumption of memory. ";
    assert!((30.0..45.0).contains(&told(&trace, "greedy", text).unwrap()));
    assert_eq!(told(&trace, "modest", "Evicted"), None);
    let is_greedy = |change: &&Value| change["object"]["metadata"]["name"] == "greedy";
    let last = trace["pods"].as_array().unwrap().iter().rfind(is_greedy).unwrap();
    assert_eq!(last["object"]["status"]["reason"], "Evicted");
    let conditions = last["object"]["status"]["conditions"].as_array().unwrap();
    assert!(conditions.iter().any(|condition| condition["reason"] == "TerminationByKubelet"));
    // The node's taint keeps new Pods away for five minutes.
    assert!(told(&trace, "late", "FailedScheduling: ").is_some());
}

/// The last status of a Pod.
fn last_status<'a>(trace: &'a Value, pod: &str) -> &'a Value {
    let is_meant = |change: &&Value| change["object"]["metadata"]["name"] == pod;
    &trace["pods"].as_array().unwrap().iter().rfind(is_meant).unwrap()["object"]["status"]
}

#[test]
fn an_empty_dir_beyond_its_limit_ends_its_pod_when_it_is_measured() {
    let spec = "  containers:
  - name: a
    image: \"busybox:1.28\"
    command: [sh, -c, \"sleep 5; dd if=/dev/zero of=/cache/file bs=1M count=200; sleep 3600\"]
    volumeMounts: [{name: cache, mountPath: /cache}]
  volumes: [{name: cache, emptyDir: {sizeLimit: 100Mi}}]
";
    let trace = run(&pod(spec), "");
    let at = told(&trace, "p", "Evicted: Usage of EmptyDir volume \"cache\" exceeds the limit \"100Mi\". ").unwrap();
    assert!((20.0..=100.0).contains(&at), "{at}");
    let status = last_status(&trace, "p");
    assert_eq!((&status["phase"], &status["reason"]), (&"Failed".into(), &"Evicted".into()));
    assert!(!status["conditions"].to_string().contains("DisruptionTarget"), "{status}");
}

#[test]
fn a_container_beyond_its_limit_of_storage_ends_its_pod_in_the_next_round() {
    let spec = "  containers:
  - {name: a, image: \"nginx:1.27\", resources: {limits: {ephemeral-storage: 1Gi}}}
  - {name: b, image: \"nginx:1.27\", resources: {limits: {ephemeral-storage: 5Gi}}}
";
    let usage = "  behaviors:\n  - {match: {container: a}, runs: [{disk: [{after: 20s, usage: 2Gi}]}]}\n";
    let trace = run_on(NODE_WITH_DISK, &pod(spec), usage);
    let at = told(&trace, "p", "Evicted: Container a exceeded its local ephemeral storage limit \"1Gi\". ").unwrap();
    assert!((20.0..31.0).contains(&at), "{at}");
    let usage = "  behaviors:\n  - {match: {container: a}, runs: [{disk: [{after: 20s, usage: 7Gi}]}]}\n";
    let message = "Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 6Gi. ";
    assert!(told(&run_on(NODE_WITH_DISK, &pod(spec), usage), "p", message).is_some());
}

#[test]
fn a_full_disk_ends_the_pod_that_wrote_most_and_keeps_others_away() {
    let workload = format!("{}---\n{}", pod("  containers: [{name: a, image: \"nginx:1.27\"}]\n"), {
        pod("  containers: [{name: a, image: \"nginx:1.27\"}]\n").replace("name: p", "name: q")
    });
    let usage = "  behaviors:
  - {match: {pod: p}, runs: [{disk: [{after: 20s, usage: 70Gi}]}]}
  - {match: {pod: q}, runs: [{disk: [{after: 0s, usage: 1Gi}]}]}
  actions: [{at: 60s, kubectl: \"run late --image=nginx:1.27\"}]
";
    let trace = run_on(NODE_WITH_DISK, &workload, usage);
    let message = "Evicted: The node was low on resource: ephemeral-storage. Threshold quantity: 15Gi, available: 9Gi. Container a was \
                   using 70Gi, request is 0, has larger consumption of ephemeral-storage. ";
    assert!((20.0..31.0).contains(&told(&trace, "p", message).unwrap()));
    assert_eq!(last_status(&trace, "q")["phase"], "Running");
    let told_of_node = trace["events"].to_string();
    for text in ["Attempting to reclaim ephemeral-storage", "Node node-1 status is now: NodeHasDiskPressure"] {
        assert!(told_of_node.contains(text), "{text}");
    }
    assert!(told(&trace, "late", "FailedScheduling: ").is_some());
}

#[test]
fn a_pod_that_leaves_while_it_is_initialised_never_had_its_containers() {
    let spec = format!(
        "  initContainers: [{{name: i, image: \"busybox:1.28\", command: {LOYAL}}}]
  containers: [{{name: a, image: \"nginx:1.27\"}}]\n"
    );
    let trace = run(&pod(&spec), DELETE);
    let status = last_status(&trace, "p");
    assert_eq!(status["initContainerStatuses"][0]["state"]["terminated"]["exitCode"], 0, "{status}");
    assert_eq!(status["containerStatuses"][0]["state"]["waiting"]["reason"], "PodInitializing", "{status}");
}

#[test]
fn a_single_file_of_a_config_map_stays_as_it_was_mounted() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: old}\n---\n";
    let spec = "  containers:
  - name: a
    image: \"busybox:1.28\"
    command: [sh, -c, \"while true; do cat /one/a /all/a; echo; sleep 50; done\"]
    volumeMounts: [{name: v, mountPath: /one/a, subPath: a}, {name: v, mountPath: /all}]
  volumes: [{name: v, configMap: {name: c}}]
";
    let patch = "  actions: [{at: 5s, kubectl: \"patch configmap c -p '{\\\"data\\\":{\\\"a\\\":\\\"new\\\"}}'\"}]\n";
    let trace = run(&format!("{map}{}", pod(spec)), patch);
    let lines: Vec<&str> = trace["logs"]["p/a"].as_array().unwrap().iter().map(|line| line["line"].as_str().unwrap()).collect();
    assert_eq!((lines.first(), lines.last()), (Some(&"oldold"), Some(&"oldnew")));
}

#[test]
fn the_image_of_a_volume_is_pulled_before_the_containers_that_mount_it_start() {
    let with = |reference: &str| {
        let spec = format!(
            "  containers:
  - {{name: a, image: \"nginx:1.27\", volumeMounts: [{{name: data, mountPath: /data}}]}}
  - {{name: b, image: \"nginx:1.27\"}}
  volumes: [{{name: data, image: {{reference: {reference}}}}}]\n"
        );
        run(&pod(&spec), "")
    };
    let trace = with("\"busybox:1.28\"");
    assert!(told(&trace, "p", " Pulled: Container image \"busybox:1.28\" already present on machine").is_some());
    assert_eq!(last_status(&trace, "p")["phase"], "Running");
    let trace = with("\"example.com/none:1\"");
    assert!(told(&trace, "p", " Failed: Failed to pull image \"example.com/none:1\": ").is_some());
    assert!(told(&trace, "p", "spec.containers{a} Failed: Error: ImagePullBackOff").is_some());
    let waiting = last_status(&trace, "p")["containerStatuses"][0]["state"]["waiting"]["reason"].clone();
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&waiting.as_str().unwrap()), "{waiting}");
    assert_eq!(last_status(&trace, "p")["containerStatuses"][1]["ready"], true);
}

#[test]
fn a_pre_stop_hook_that_takes_too_long_ends_with_its_container() {
    let spec = "  terminationGracePeriodSeconds: 5
  containers:
  - name: a
    image: \"busybox:1.28\"
    command: [sleep, \"3600\"]
    lifecycle: {preStop: {exec: {command: [sleep, \"60\"]}}}
";
    let trace = run(&pod(spec), DELETE);
    // The grace, and the two seconds that are left to every container.
    let at = told(&trace, "p", "FailedPreStopHook: PreStopHook failed").unwrap();
    assert!((27.0..28.0).contains(&at), "{at}");
}

#[test]
fn a_mounted_config_map_follows_its_object_from_the_next_sync_on() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n---\n";
    let spec = "  containers:
  - name: a
    image: \"busybox:1.28\"
    command: [sleep, \"3600\"]
    readinessProbe: {exec: {command: [cat, /c/ready]}, periodSeconds: 2}
    volumeMounts: [{name: c, mountPath: /c}]
  volumes: [{name: c, configMap: {name: c}}]
";
    let actions =
        "  actions: [{at: 10s, kubectl: \"patch configmap c --type merge -p '{\\\"data\\\":{\\\"ready\\\":\\\"yes\\\"}}'\"}]\n";
    let trace = run(&format!("{map}{}", pod(spec)), actions);
    let ready = trace["watch"].as_array().unwrap().iter().find(|change| change["row"]["ready"] == "1/1");
    assert!((10.0..110.0).contains(&ready.unwrap()["t"].as_f64().unwrap()));
}

/// What a command printed, by its place among the actions.
fn printed(trace: &Value, index: usize) -> String {
    trace["actions"][index]["stdout"].as_str().unwrap_or_default().to_owned()
}

/// What a command complained of, by its place among the actions.
fn refusal(trace: &Value, index: usize) -> &str {
    trace["actions"][index]["stderr"].as_str().unwrap_or_default().trim_end()
}

#[test]
fn a_server_without_tls_fails_a_probe_that_speaks_it() {
    let spec = "  containers: [{name: a, image: \"nginx:1.27\", livenessProbe: {httpGet: {port: 80, scheme: HTTPS}, periodSeconds: 3}, \
                lifecycle: {postStart: {httpGet: {port: 80, scheme: HTTPS}}}}]\n";
    let server = "  behaviors: [{match: {pod: p}, runs: [{listen: [{port: 80, http: [{path: \"*\", status: 200}]}]}]}]\n";
    let trace = run(&pod(spec), server);
    let text = "Liveness probe failed: Get \"https://10.244.1.2:80/\": http: server gave HTTP response to HTTPS client";
    assert!(told(&trace, "p", text).is_some());
    // A hook asks once more without TLS.
    assert_eq!(told(&trace, "p", "FailedPostStartHook"), None);
}

#[test]
fn a_server_in_busybox_answers_probes() {
    let spec = "  containers: [{name: a, image: \"busybox:1.28\", command: [sh, -c, \"mkdir /www; httpd -f -p 8080 -h /www\"], \
                readinessProbe: {tcpSocket: {port: 8080}}, livenessProbe: {httpGet: {port: 8080, path: /ok}, periodSeconds: 4, \
                failureThreshold: 1}}]\n";
    let trace = run(&pod(spec), "");
    assert!(told(&trace, "p", "Liveness probe failed: HTTP probe failed with statuscode: 404").is_some());
    assert!(trace["watch"].as_array().unwrap().iter().any(|change| change["row"]["ready"] == "1/1"));
}

#[test]
fn a_container_runs_as_the_user_of_its_security_context() {
    let spec = "  restartPolicy: Never
  securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000}
  containers:
  - name: a
    image: \"busybox:1.28\"
    workingDir: /app/here
    command: [sh, -c, \"id; pwd; touch /data/sub/x /x; echo $HOME $HOSTNAME $KUBERNETES_SERVICE_PORT_HTTPS; cat /etc/hostname\"]
    volumeMounts: [{name: v, mountPath: /data/sub, subPath: not/there}]
  - name: b
    image: \"busybox:1.28\"
    command: [sh, -c, \"touch /x\"]
    securityContext: {runAsUser: 0, readOnlyRootFilesystem: true}
  volumes: [{name: v, emptyDir: {}}]
";
    let trace = run(&pod(spec), "  actions: [{at: 10s, kubectl: \"logs p -c a\"}, {at: 10s, kubectl: \"logs p -c b\"}]\n");
    assert_eq!(printed(&trace, 1), "uid=1000 gid=3000 groups=2000,3000\n/app/here\ntouch: /x: Permission denied\n/ p 443\np\n");
    assert_eq!(printed(&trace, 2), "touch: /x: Read-only file system\n");
}

#[test]
fn a_profile_that_no_node_has_keeps_a_container_from_being_created() {
    let with = |context: &str| {
        let spec = format!("  containers: [{{name: a, image: \"nginx:1.27\", securityContext: {{{context}}}}}]\n");
        run(&pod(&spec), "")
    };
    let seccomp = with("seccompProfile: {type: Localhost, localhostProfile: audit.json}");
    let text = "cannot load seccomp profile \"/var/lib/kubelet/seccomp/audit.json\"";
    assert!(told(&seccomp, "p", text).is_some());
    assert!(rows(&seccomp, "p").1.iter().any(|state| state == "CreateContainerError"));
    let apparmor = with("appArmorProfile: {type: Localhost, localhostProfile: deny-write}");
    assert!(told(&apparmor, "p", "apparmor profile not found deny-write").is_some());
}

#[test]
fn a_critical_pod_starts_when_others_have_made_room() {
    let workload = "apiVersion: v1\nkind: Pod\nmetadata: {name: big}\nspec:\n  nodeName: node-1\n  terminationGracePeriodSeconds: 5\n  \
                    containers: [{name: a, image: \"busybox:1.28\", command: [sleep, \"3600\"], resources: {requests: {cpu: \"3\"}}}]\n";
    let critical = "apiVersion: v1\nkind: Pod\nmetadata: {name: dns, namespace: kube-system}\nspec:\n  nodeName: node-1\n  \
                    priorityClassName: system-node-critical\n  containers: [{name: a, image: \"nginx:1.27\", resources: {requests: {cpu: \
                    \"2\"}}}]\n";
    let actions = format!("  actions: [{{at: 20s, kubectl: \"apply -f -\", stdin: {}}}]\n", Value::from(critical));
    let trace = run(workload, &actions);
    assert!(told(&trace, "big", "Preempting: Preempted in order to admit critical pod").is_some());
    assert_eq!(rows(&trace, "big").1.last().unwrap(), "Error");
    let started = told(&trace, "dns", "spec.containers{a} Started").unwrap();
    assert!((25.0..28.0).contains(&started), "{started}");
}

#[test]
fn a_gate_is_opened_through_the_status() {
    let spec = "  readinessGates: [{conditionType: example.com/ok}]\n  containers: [{name: a, image: \"nginx:1.27\"}]\n";
    let patch = r#"{"status":{"conditions":[{"type":"example.com/ok","status":"True"}]}}"#;
    let line = format!("patch pod p --subresource=status -p '{patch}'");
    let trace = run(&pod(spec), &format!("  actions: [{{at: 20s, kubectl: {}}}]\n", Value::from(line)));
    let ready = trace["pods"].as_array().unwrap().iter().filter(|change| {
        let conditions = change["object"]["status"]["conditions"].as_array();
        conditions.into_iter().flatten().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
    });
    assert!((20.0..22.0).contains(&ready.filter_map(|change| change["t"].as_f64()).next().unwrap()));
}

#[test]
fn a_pod_at_rest_begins_to_stop_at_once() {
    let spec = format!(
        "  containers: [{{name: a, image: \"busybox:1.28\", command: {LOYAL}, startupProbe: {{exec: {{command: [\"false\"]}}, \
         failureThreshold: 100}}}}]\n"
    );
    let killing = told(&run(&pod(&spec), DELETE), "p", "Killing: Stopping container a").unwrap();
    assert!((20.0..20.5).contains(&killing), "{killing}");
}

#[test]
fn the_resources_of_a_running_pod_change_as_far_as_its_node_has_room() {
    let spec = "  containers:
  - name: a
    image: \"nginx:1.27\"
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}
    resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
";
    let resize = |at: u32, resources: &str| {
        let patch = format!("{{\"spec\":{{\"containers\":[{{\"name\":\"a\",\"resources\":{resources}}}]}}}}");
        let line = format!("patch pod p --subresource resize -p '{patch}'");
        format!("    - {{at: {at}s, kubectl: {}}}\n", Value::from(line))
    };
    let actions = format!(
        "  actions:\n{}{}{}",
        resize(10, "{\"requests\":{\"cpu\":\"150m\"},\"limits\":{\"cpu\":\"300m\"}}"),
        resize(30, "{\"limits\":{\"memory\":\"256Mi\"}}"),
        resize(60, "{\"requests\":{\"cpu\":\"100\"},\"limits\":{\"cpu\":\"100\"}}")
    );
    let trace = run(&pod(spec), &actions);
    let started =
        told(&trace, "p", "ResizeStarted: Pod resize started: {\"containers\":[{\"name\":\"a\",\"resources\":").unwrap();
    assert!((30.0..31.0).contains(&started));
    assert!((30.0..33.0).contains(&told(&trace, "p", "ResizeCompleted: Pod resize completed: ").unwrap()));
    assert!(told(&trace, "p", "Killing: Container a resize requires restart").is_some());
    let status = trace["pods"].as_array().unwrap().last().unwrap()["object"]["status"].clone();
    let container = &status["containerStatuses"][0];
    assert_eq!((&container["restartCount"], &container["allocatedResources"]["cpu"]), (&Value::from(1), &Value::from("150m")));
    assert_eq!(container["resources"]["limits"], serde_json::json!({"cpu": "300m", "memory": "256Mi"}));
    // What the node can never give is refused before the kubelet sees it.
    let why = "Node didn't have enough allocatable resources: cpu, requested: 100000, allocatable: 4000";
    assert_eq!(refusal(&trace, 3), format!("Error from server (Forbidden): pods \"p\" is forbidden: {why}"));
    assert!(!status["conditions"].as_array().unwrap().iter().any(|condition| condition["type"] == "PodResizePending"));
}

#[test]
fn a_volume_of_a_driver_that_is_not_installed_is_not_mounted() {
    let spec = "  containers: [{name: a, image: \"nginx:1.27\", volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, csi: {driver: inline.example.com}}]
";
    let driver = "apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: inline.example.com}\nspec: {volumeLifecycleModes: [Ephemeral]}\n";
    let install = format!("  actions: [{{at: 5s, kubectl: \"create -f -\", stdin: {}}}]\n", Value::from(driver));
    let trace = run(&pod(spec), &install);
    let message = "FailedMount: MountVolume.NewMounter initialization failed for volume \"v\" : volume mode \"Ephemeral\" not supported by \
                   driver inline.example.com (no CSIDriver object)";
    let last = told(&trace, "p", message).unwrap();
    assert!(last < 5.0, "{last}");
    assert_eq!(rows(&trace, "p").1.last().unwrap(), "Running");
}

#[test]
fn sidecars_and_the_pod_as_a_whole_are_resized_too() {
    let spec = "  resources: {requests: {cpu: \"1\", memory: 1Gi}, limits: {cpu: \"2\"}}
  initContainers:
  - name: s
    image: \"nginx:1.27\"
    restartPolicy: Always
    resources: {requests: {cpu: 100m, memory: 64Mi}}
    resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
  containers: [{name: a, image: \"nginx:1.27\"}]
";
    let resize = |at: u32, spec: &str| {
        let line = format!("patch pod p --subresource resize -p '{{\"spec\":{spec}}}'");
        format!("    - {{at: {at}s, kubectl: {}}}\n", Value::from(line))
    };
    let sidecar =
        |resources: &str| format!("{{\"initContainers\":[{{\"name\":\"s\",\"resources\":{{\"requests\":{resources}}}}}]}}");
    let actions = format!(
        "  actions:\n{}{}{}{}",
        resize(10, &sidecar("{\"cpu\":\"200m\"}")),
        resize(30, &sidecar("{\"memory\":\"96Mi\"}")),
        resize(50, "{\"resources\":{\"requests\":{\"cpu\":\"1500m\"}}}"),
        resize(70, "{\"resources\":{\"requests\":{\"cpu\":\"15\"},\"limits\":{\"cpu\":\"20\"}}}")
    );
    let trace = run(&pod(spec), &actions);
    let status = |before: f64| {
        let mut all = trace["pods"].as_array().unwrap().iter();
        all.rfind(|change| change["t"].as_f64().unwrap() < before).unwrap()["object"]["status"].clone()
    };
    let run = |status: &Value| {
        let sidecar = &status["initContainerStatuses"][0];
        (
            sidecar["restartCount"].clone(),
            sidecar["resources"]["requests"].clone(),
            status["resources"]["requests"]["cpu"].clone(),
        )
    };
    let requests = |cpu: &str, memory: &str| serde_json::json!({"cpu": cpu, "memory": memory});
    assert_eq!(run(&status(30.0)), (0.into(), requests("200m", "64Mi"), "1".into()));
    assert_eq!(run(&status(50.0)), (1.into(), requests("200m", "96Mi"), "1".into()));
    assert_eq!(run(&status(70.0)), (1.into(), requests("200m", "96Mi"), "1500m".into()));
    // The node has no such CPUs, so the last change is refused.
    assert_eq!(run(&status(90.0)), (1.into(), requests("200m", "96Mi"), "1500m".into()));
    let events = trace["events"].as_array().unwrap().iter().filter(|event| event["reason"] == "ResizeCompleted");
    assert_eq!(events.count(), 3);
    assert!(refusal(&trace, 4).contains("cpu, requested: 15000, allocatable: 4000"));
}

#[test]
fn a_pod_that_leaves_at_once_is_shown_as_terminating_first() {
    let spec = "  nodeSelector: {no: where}\n  containers: [{name: a, image: \"nginx:1.27\"}]\n";
    let (gone, states) = rows(&run(&pod(spec), DELETE), "p");
    assert!(gone.is_some());
    assert_eq!(states[states.len() - 2..], ["Terminating", "Terminating"]);
}

#[test]
fn a_node_lists_the_images_that_it_holds() {
    let spec = "  containers: [{name: a, image: \"example.com/open:1\"}]\n";
    let look = "get node node-1 -o jsonpath={.status.images[*].names[1]}";
    let actions = format!("  actions: [{{at: 1s, kubectl: {0}}}, {{at: 60s, kubectl: {0}}}]\n", Value::from(look));
    let images = "  - {name: \"example.com/open:1\", size: 90Mi, pullDuration: 2s}\n";
    let trace = run(&pod(spec), &format!("{images}{actions}"));
    assert_eq!(printed(&trace, 1), "docker.io/library/nginx:1.27 docker.io/library/busybox:1.28");
    assert_eq!(printed(&trace, 2), "example.com/open:1 docker.io/library/nginx:1.27 docker.io/library/busybox:1.28");
}

#[test]
fn a_log_is_followed_from_the_start_of_a_container_that_is_still_created() {
    let spec = "  containers: [{name: a, image: \"example.com/slow:1\", command: [sh, -c, \"echo here; sleep 5\"]}]\n  restartPolicy: Never\n";
    let rest = "  - {name: \"example.com/slow:1\", pullDuration: 3s}\n  actions: [{at: 1s, kubectl: \"logs -f p\"}]\n";
    let trace = run(&pod(spec), rest);
    assert_eq!(printed(&trace, 1), "here\n");
    let refused = "container \"a\" in pod \"p\" is waiting to start: ContainerCreating\n";
    let said = trace["actions"][1]["stderr"].as_str().unwrap();
    assert_eq!(said.replace(refused, ""), "");
    assert!((2..=4).contains(&said.matches(refused).count()), "{said}");
}

#[test]
fn a_kubelet_that_is_down_serves_neither_logs_nor_commands() {
    let spec = "  containers: [{name: a, image: \"busybox:1.28\", command: [sh, -c, \"echo here; sleep 3600\"]}]\n";
    let actions = "  actions:
  - {at: 10s, node: {name: node-1, state: Down}}
  - {at: 15s, kubectl: \"logs p\"}
  - {at: 16s, kubectl: \"exec p -- ls\"}
  - {at: 20s, node: {name: node-1, state: Up}}
  - {at: 30s, kubectl: \"logs p\"}
";
    let trace = run(&pod(spec), actions);
    let refused = |index: usize| trace["actions"][index]["stderr"].as_str().unwrap().to_owned();
    let dial = "dial tcp 192.168.0.11:10250: connect: connection refused\n";
    let get = "Get \"https://192.168.0.11:10250/containerLogs/default/p/a\"";
    assert_eq!(refused(2), format!("Error from server: {get}: {dial}"));
    assert_eq!(refused(3), format!("Error from server: error dialing backend: {dial}"));
    assert_eq!(printed(&trace, 5), "here\n");
}

#[test]
fn a_kubelet_remembers_over_its_restart_whose_secret_opened_an_image() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: reg}\ntype: kubernetes.io/dockerconfigjson\nstringData: \
                  {.dockerconfigjson: '{\"auths\":{\"example.com\":{\"username\":\"u\",\"password\":\"p\"}}}'}\n---\n";
    let holder = "  imagePullSecrets: [{name: reg}]\n  containers: [{name: a, image: \"example.com/private:1\"}]\n";
    let late = pod("  containers: [{name: a, image: \"example.com/private:1\"}]\n").replace("name: p}", "name: late}");
    let actions = format!(
        "  actions:\n  - {{at: 20s, node: {{name: node-1, state: Down}}}}\n  - {{at: 25s, node: {{name: node-1, state: Up}}}}\n  - {{at: \
         40s, kubectl: \"apply -f -\", stdin: {}}}\n",
        Value::from(late)
    );
    let trace = run(&format!("{secret}{}", pod(holder)), &actions);
    assert!(told(&trace, "p", "Successfully pulled image").is_some());
    assert!(told(&trace, "late", "Failed: Failed to pull image").is_some());
}

#[test]
fn a_container_restarted_by_its_liveness_probe_is_told_as_started_until_its_startup_probe_looks() {
    let spec = "  containers:
  - name: a
    image: \"nginx:1.27\"
    startupProbe: {tcpSocket: {port: 80}, failureThreshold: 30}
    livenessProbe: {tcpSocket: {port: 80}, failureThreshold: 1, periodSeconds: 60}
";
    let runs =
        "  behaviors: [{match: {pod: p}, runs: [{listen: [{port: 80, until: 12s}]}, {listen: [{port: 80, after: 50s}]}]}]\n";
    let trace = run(&pod(spec), runs);
    let restarted: Vec<&Value> =
        trace["watch"].as_array().unwrap().iter().filter(|change| change["row"]["restarts"] != "0").collect();
    let ready = |change: &Value| (change["row"]["ready"].as_str().unwrap().to_owned(), change["t"].as_f64().unwrap());
    let [first, second, ..] = restarted.as_slice() else { panic!("{restarted:?}") };
    assert_eq!((ready(first).0.as_str(), ready(second).0.as_str()), ("1/1", "0/1"));
    // The startup probe ticks on as it did, each ten seconds.
    assert!((0.5..10.5).contains(&(ready(second).1 - ready(first).1)));
}

#[test]
fn a_process_can_be_ended_from_inside_its_container() {
    let spec = format!(
        "  containers:\n  - {{name: a, image: \"nginx:1.27\"}}\n  - {{name: b, image: \"busybox:1.28\", command: {LOYAL}}}\n  - {{name: c, \
         image: \"busybox:1.28\", command: [sleep, \"3600\"]}}\n"
    );
    let actions = "  actions:
  - {at: 20s, kubectl: \"exec p -c a -- kill 1\"}
  - {at: 30s, kubectl: \"exec p -c b -- kill 1\"}
  - {at: 40s, kubectl: \"exec p -c b -- kill -9 1\"}
  - {at: 50s, kubectl: \"exec p -c c -- kill 1\"}
";
    let trace = run(&pod(&spec), actions);
    let containers = last_status(&trace, "p")["containerStatuses"].as_array().unwrap();
    let restarts: Vec<u64> = containers.iter().map(|status| status["restartCount"].as_u64().unwrap()).collect();
    // Without a handler the first process takes no harm from the others in its container.
    assert_eq!(restarts, [1, 1, 0]);
    assert_eq!(containers[1]["lastState"]["terminated"]["exitCode"], 0);
}

#[test]
fn a_command_needs_a_container_that_runs() {
    let spec = "  restartPolicy: Never\n  containers: [{name: a, image: \"nginx:1.27\"}, {name: b, image: \"busybox:1.28\", command: [\"true\"]}]\n";
    let trace = run(&pod(spec), "  actions: [{at: 20s, kubectl: \"exec p -c b -- ls\"}]\n");
    let expected = "error: Internal error occurred: unable to upgrade connection: container not found (\"b\")\n";
    assert_eq!(trace["actions"][1]["stderr"], expected);
}

#[test]
fn a_resource_that_is_advertised_on_a_node_is_for_pods() {
    let spec = "  containers: [{name: a, image: \"nginx:1.27\", resources: {limits: {example.com/dongle: 3}}}]\n";
    let patch = r#"[{"op": "add", "path": "/status/capacity/example.com~1dongle", "value": "4"}]"#;
    let line = format!("patch node node-1 --subresource=status --type=json -p '{patch}'");
    let trace = run(&pod(spec), &format!("  actions: [{{at: 20s, kubectl: {line:?}}}]\n"));
    // The kubelet finds it in the next round of its node's status.
    assert!((20.0..32.0).contains(&told(&trace, "p", "Scheduled: Successfully assigned").unwrap()));
    assert_eq!(last_status(&trace, "p")["phase"], "Running");
}

#[test]
fn a_shell_whose_input_is_open_waits_for_commands() {
    let with = |fields: &str| {
        let spec =
            format!("  restartPolicy: Never\n  containers: [{{name: a, image: \"busybox:1.28\", command: [sh], {fields}}}]\n");
        last_status(&run(&pod(&spec), ""), "p")["phase"].as_str().unwrap().to_owned()
    };
    assert_eq!(with("stdin: false"), "Succeeded");
    assert_eq!(with("stdin: true"), "Running");
    assert_eq!(with("tty: true"), "Running");
}

#[test]
fn a_probe_of_the_loopback_host_is_made_at_the_node() {
    let listens = "  behaviors: [{match: {pod: p}, runs: [{listen: [{port: 80, http: [{path: /, status: 200}]}]}]}]\n";
    let ready = |network: &str| {
        let probe = "readinessProbe: {httpGet: {host: 127.0.0.1, port: 80}}";
        let spec = format!("{network}  containers: [{{name: a, image: \"nginx:1.27\", {probe}}}]\n");
        let trace = run(&pod(&spec), listens);
        let error =
            "Unhealthy: Readiness probe failed: Get \"http://127.0.0.1:80/\": dial tcp 127.0.0.1:80: connect: connection refused";
        (last_status(&trace, "p")["containerStatuses"][0]["ready"] == true, told(&trace, "p", error).is_some())
    };
    assert_eq!(ready(""), (false, true));
    assert_eq!(ready("  hostNetwork: true\n"), (true, false));
}

#[test]
fn a_kubelet_declares_what_pods_may_need_of_it() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: \"nginx:1.27\", restartPolicy: \
               Never, restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [3]}}]}]}\n";
    let forget = "patch node node-1 --subresource status -p '{\"status\":{\"declaredFeatures\":null}}'";
    let show = "get node node-1 -o jsonpath={.status.declaredFeatures}";
    let actions = format!(
        "  actions:\n    - {{at: 5s, kubectl: {}}}\n    - {{at: 12.1s, kubectl: {}}}\n    - {{at: 12.3s, kubectl: \"create -f -\", stdin: {}}}\n",
        Value::from(show),
        Value::from(forget),
        Value::from(pod),
    );
    let trace = run("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", &actions);
    let declared = "[\"ExtendWebSocketsToKubelet\",\"InPlacePodLevelResourcesVerticalScaling\",\
                    \"InPlacePodVerticalScalingInitContainers\",\"RestartAllContainersOnContainerExits\"]";
    assert_eq!(printed(&trace, 1), declared);
    let why = "FailedScheduling: 0/1 nodes are available: 1 node declared features check failed - unsatisfied requirements: \
               RestartAllContainersOnContainerExits. ";
    assert!(told(&trace, "p", why).is_some());
    // The kubelet writes its status anew, and the Pod is looked at again.
    assert_eq!(rows(&trace, "p").1.last().unwrap(), "Running");
}

#[test]
fn a_variable_tells_the_limit_of_the_whole_pod_where_the_container_has_none() {
    let spec = "  restartPolicy: Never
  resources: {limits: {cpu: \"1\", memory: 1Gi}}
  containers:
  - name: a
    image: \"busybox:1.28\"
    command: [sh, -c, \"echo $CPU $MEMORY\"]
    resources: {limits: {cpu: 500m}}
    env:
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
";
    let trace = run(&pod(spec), "  actions: [{at: 30s, kubectl: \"logs p\"}]\n");
    assert_eq!(printed(&trace, 1), "500 1024\n");
}

#[test]
fn a_probe_of_a_pod_on_the_network_of_its_node_asks_the_node() {
    let probes = "readinessProbe: {httpGet: {port: 8081}}, livenessProbe: {tcpSocket: {port: 8082}}";
    let spec = format!("  hostNetwork: true\n  containers: [{{name: a, image: \"nginx:1.27\", {probes}}}]\n");
    let trace = run(&pod(&spec), "");
    let refused = "Get \"http://192.168.0.11:8081/\": dial tcp 192.168.0.11:8081: connect: connection refused";
    assert!(told(&trace, "p", &format!("Unhealthy: Readiness probe failed: {refused}")).is_some());
    let refused = "dial tcp 192.168.0.11:8082: connect: connection refused";
    assert!(told(&trace, "p", &format!("Unhealthy: Liveness probe failed: {refused}")).is_some());
}

#[test]
fn a_kubelet_knows_its_address_also_when_its_node_is_gone() {
    let spec = "  containers: [{name: a, image: \"busybox:1.28\", command: [sleep, \"20\"]}]\n";
    let trace = run(&pod(spec), "  actions: [{at: 10s, kubectl: \"delete node node-1\"}]\n");
    let later = trace["pods"].as_array().unwrap().iter().filter(|change| 15.0 < change["t"].as_f64().unwrap());
    let ips: Vec<&Value> = later.map(|change| &change["object"]["status"]["hostIP"]).collect();
    assert!(!ips.is_empty() && ips.iter().all(|ip| **ip == "192.168.0.11"), "{ips:?}");
}
