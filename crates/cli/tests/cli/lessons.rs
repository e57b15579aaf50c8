//! The lines of kubectl that the lessons teach, on what they teach them with.

use crate::common::{file, podlapse};

const FRONTEND: &str = "
apiVersion: v1
kind: Pod
metadata: {name: frontend}
spec:
  containers:
  - name: db
    image: mysql
    env: [{name: MYSQL_ROOT_PASSWORD, value: password}]
    resources: {requests: {memory: 64Mi, cpu: 250m}, limits: {memory: 128Mi, cpu: 500m}}
  - name: wp
    image: wordpress
    resources: {requests: {memory: 64Mi, cpu: 250m}, limits: {memory: 128Mi, cpu: 500m}}
";

const TWO_CPUS: &str = "
apiVersion: v1
kind: Node
metadata: {name: node-1}
status:
  capacity: {cpu: '2', memory: 3759120Ki, pods: '110'}
  allocatable: {cpu: '2', memory: 3759120Ki, pods: '110'}
  conditions: [{type: Ready, status: 'True'}]
";

const LIVENESS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: liveness-exec, labels: {test: liveness}}
spec:
  containers:
  - name: liveness
    image: busybox
    args: [/bin/sh, -c, 'touch /tmp/healthy; sleep 30; rm -rf /tmp/healthy; sleep 600']
    livenessProbe:
      exec: {command: [cat, /tmp/healthy]}
      initialDelaySeconds: 5
      periodSeconds: 5
";

const PHASE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: pod-phase}
spec: {containers: [{name: pod-phase, image: 'busybox:nonexist', command: [sh, -c, 'echo Hello Kubernetes! && sleep 3600']}]}
";

const SELECTOR: &str = "
apiVersion: v1
kind: Pod
metadata: {name: nginx, labels: {app: nginx}}
spec: {nodeSelector: {env_role: dev}, containers: [{name: nginx, image: nginx, imagePullPolicy: IfNotPresent}]}
";

const REGISTRY: &str = "
apiVersion: v1
kind: Secret
metadata: {name: registry-pull-secret}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{\"auths\": {\"192.168.0.122\": {\"username\": \"admin\"}}}'}
";

const CRASH: &str = "
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec: {containers: [{name: app, image: busybox, command: [sh, -c, 'echo first words; exit 1']}]}
";

/// What a line prints on a manifest at an instant, with the spaces of its columns as they are.
#[track_caller]
fn said(name: &str, manifest: &str, at: &str, line: &str) -> String {
    let path = file(&format!("lessons/{name}.yaml"), manifest);
    let cluster = file("lessons/cluster.yaml", TWO_CPUS);
    let ran = podlapse(&["kubectl", path.to_str().unwrap(), "--cluster", cluster.to_str().unwrap(), "--at", at, line]);
    ran.stdout + &ran.stderr
}

/// Each line, and what it must print, spaces squeezed.
#[track_caller]
fn check(name: &str, manifest: &str, at: &str, lines: &[(&str, &[&str])]) {
    for (line, expected) in lines {
        let text = said(name, manifest, at, line);
        let squeezed: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let squeezed = squeezed.join("\n");
        for part in *expected {
            assert!(squeezed.contains(part), "{line}: no {part:?} in\n{text}");
        }
    }
}

#[test]
fn requests_and_limits_are_seen_at_the_node() {
    check(
        "frontend",
        FRONTEND,
        "60s",
        &[
            (
                "kubectl describe node",
                &["default frontend 500m (25%) 1 (50%) 128Mi (3%) 256Mi (6%) 60s", "cpu 500m (25%) 1 (50%)"],
            ),
            ("kubectl describe pod frontend | grep -A 3 Events", &["Events:\nType Reason Age From Message\n----", "Scheduled"]),
            (
                "kubectl get po,svc,deploy",
                &["pod/frontend 2/2 Running 0 60s", "service/kubernetes ClusterIP 10.96.0.1 <none> 443/TCP"],
            ),
            ("kubectl get pod frontend -o yaml | grep qosClass", &["qosClass: Burstable"]),
            ("kubectl get pods -o wide --no-headers", &["frontend 2/2 Running 0 60s", "node-1 <none> <none>"]),
            ("kubectl exec frontend -c wp -- printenv HOSTNAME", &["frontend"]),
        ],
    );
}

#[test]
fn an_image_that_is_not_there_is_watched_and_asked_about() {
    check(
        "phase",
        PHASE,
        "2s",
        &[
            ("kubectl get po pod-phase -w", &["0/1 ErrImagePull 0", "0/1 ImagePullBackOff 0"]),
            (
                "kubectl get nodes --show-labels",
                &["NAME STATUS ROLES AGE VERSION LABELS\nnode-1 Ready <none>", "kubernetes.io/hostname=node-1"],
            ),
            ("kubectl explain pod.spec.containers.livenessProbe", &["KIND: Pod\nVERSION: v1\n\nFIELD: livenessProbe <Probe>"]),
            (
                "kubectl delete pods pod-phase --grace-period=0 --force",
                &["Warning: Immediate deletion", "pod \"pod-phase\" force deleted"],
            ),
            ("kubectl delete node node-1 && kubectl get nodes", &["node \"node-1\" deleted\n", "No resources found"]),
            ("kubectl get pods -o json | jq -r '.items[].spec.containers[].image'", &["busybox:nonexist"]),
        ],
    );
}

#[test]
fn a_dead_process_is_restarted_and_its_last_words_are_kept() {
    check(
        "crash",
        CRASH,
        "20s",
        &[
            ("kubectl get pod crash", &["0/1"]),
            ("kubectl logs crash --previous", &["first words"]),
            ("kubectl logs --previous crash -c app --timestamps | wc -l", &["1"]),
            ("kubectl describe pod crash | grep -A 5 'Last State'", &["Last State: Terminated\nReason: Error\nExit Code: 1"]),
        ],
    );
    check(
        "liveness",
        LIVENESS,
        "75s",
        &[
            (
                "kubectl describe pod liveness-exec | grep Unhealthy",
                &["Warning Unhealthy", "(x3 over", "Liveness probe failed: cat:"],
            ),
            ("kubectl get pod liveness-exec --no-headers", &["liveness-exec 1/1 Running 0"]),
            ("kubectl exec liveness-exec -- ls /tmp/", &[""]),
            (
                "while ! kubectl get pod liveness-exec --no-headers | grep -q ' 1 ('; do sleep 1; done; echo restarted",
                &["restarted"],
            ),
        ],
    );
}

#[test]
fn a_node_that_is_labelled_takes_the_pod() {
    check(
        "selector",
        SELECTOR,
        "10s",
        &[
            ("kubectl get pod nginx --no-headers", &["nginx 0/1 Pending 0 10s"]),
            (
                "kubectl label nodes node-1 env_role=dev && kubectl wait pod nginx --for=condition=Ready --timeout=60s && kubectl get po nginx",
                &["node/node-1 labeled\npod/nginx condition met\nNAME READY STATUS RESTARTS AGE\nnginx 1/1 Running 0"],
            ),
        ],
    );
}

#[test]
fn the_secret_of_a_registry_is_made_and_read() {
    let read = "kubectl get secrets registry-pull-secret -o yaml | grep 'dockerconfigjson:' | awk '{print $NF}' | base64 -d";
    let create = "kubectl create secret docker-registry r --docker-server=192.168.0.122 --docker-username=admin --docker-password=x \
                  --docker-email=a@example.com && kubectl get secret r";
    check(
        "registry",
        REGISTRY,
        "10s",
        &[
            (read, &["{\"auths\": {\"192.168.0.122\": {\"username\": \"admin\"}}}"]),
            (create, &["secret/r created\nNAME TYPE DATA AGE\nr kubernetes.io/dockerconfigjson 1 0s"]),
        ],
    );
}

#[test]
fn a_misspelt_field_is_refused_or_dropped() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: nginx, commnad: [ls]}]}";
    let create =
        |flags: &str| format!("kubectl create {flags} -f - <<EOF\n{pod}\nEOF\nkubectl get pod x -o yaml | grep -c commnad");
    let unknown = "strict decoding error: unknown field \"spec.containers[0].commnad\"";
    check(
        "crash",
        CRASH,
        "10s",
        &[
            (&create("--validate"), &[unknown, "pods \"x\" not found"]),
            (&create("--validate=false"), &["pod/x created\n0"]),
            (&create("--validate=warn"), &["Warning: unknown field \"spec.containers[0].commnad\"", "pod/x created\n0"]),
        ],
    );
}
