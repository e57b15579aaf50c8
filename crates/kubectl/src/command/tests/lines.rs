//! Lines and what they print, verb by verb.

use std::sync::Arc;

use podlapse_model::{Kind, SortedMap};
use serde_json::json;

use super::{Cluster, with_pod};

fn with_deployment() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.check("create deployment web --image=nginx:1", "deployment.apps/web created\n", "");
    cluster
}

#[test]
fn generators_make_what_they_print() {
    let mut cluster = Cluster::new();
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: once\nspec:\n  template:\n    metadata: {}\n    spec:\n      containers:\n      - command:\n        - date\n        image: busybox\n        name: once\n        resources: {}\n      restartPolicy: Never\nstatus: {}\n";
    cluster.check("create job once --image=busybox --dry-run=client -o yaml -- date", job, "");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    run: web\n  name: web\nspec:\n  containers:\n  - image: nginx\n    name: web\n    ports:\n    - containerPort: 80\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}\n";
    cluster.check("run web --image=nginx --port=80 --dry-run=client -o yaml", pod, "");
    cluster.check("run web --image=nginx --dry-run=server", "pod/web created (server dry run)\n", "");
    cluster.check("get pods", "", "No resources found in default namespace.\n");
    cluster.check("create ns team", "namespace/team created\n", "");
    cluster.check("create sa robot -n team", "serviceaccount/robot created\n", "");
    cluster.check("create quota q --hard=pods=2,requests.cpu=1", "resourcequota/q created\n", "");
    cluster.check("create pdb b --selector=app=web --min-available=50%", "poddisruptionbudget.policy/b created\n", "");
    cluster.check("create priorityclass high --value=1000", "priorityclass.scheduling.k8s.io/high created\n", "");
    cluster.check("create service clusterip s --tcp=80:8080", "service/s created\n", "");
    cluster.check("create cronjob c --image=busybox --schedule='*/5 * * * *'", "cronjob.batch/c created\n", "");
    cluster.check("create job from-c --from=cronjob/c", "job.batch/from-c created\n", "");
    cluster.check("create secret generic s --from-literal=a=b", "secret/s created\n", "");
    cluster.check(
        "create secret docker-registry r --docker-server=registry.example.com --docker-username=me --docker-password=pw --docker-email=me@example.com",
        "secret/r created\n",
        "",
    );
    let config = "eyJhdXRocyI6eyJyZWdpc3RyeS5leGFtcGxlLmNvbSI6eyJ1c2VybmFtZSI6Im1lIiwicGFzc3dvcmQiOiJwdyIsImVtYWlsIjoibWVAZXhhbXBsZS5jb20iLCJhdXRoIjoiYldVNmNIYz0ifX19";
    cluster.check("get secret r -o jsonpath='{.data.\\.dockerconfigjson}'", config, "");
    cluster.check(
        "create secret generic s --from-literal=a=b",
        "",
        "error: failed to create secret secrets \"s\" already exists\n",
    );
    cluster.check("create deployment", "", "error: required flag(s) \"image\" not set\n");
    cluster.check(
        "create configmap a b",
        "",
        "error: exactly one NAME is required, got 2\nSee 'kubectl create configmap -h' for help and examples\n",
    );
    cluster.check("create cj c --image=x", "", "error: required flag(s) \"schedule\" not set\n");
}

#[test]
fn workloads_are_set_and_rolled() {
    let mut cluster = with_deployment();
    cluster.check("set env deployment/web COLOR=red", "deployment.apps/web env updated\n", "");
    cluster.check("set env deployment/web --list", "# Deployment web, container nginx\nCOLOR=red\n", "");
    cluster.check("set env deployment/web COLOR-", "deployment.apps/web env updated\n", "");
    let limits = "set resources deployment web --limits=cpu=200m,memory=64Mi --requests=cpu=100m";
    cluster.check(limits, "deployment.apps/web resource requirements updated\n", "");
    cluster.check(limits, "", "");
    let paths = "get deploy web -o jsonpath='{.spec.template.spec.containers[0].resources.limits.cpu}'";
    cluster.check(paths, "200m", "");
    cluster.check("set sa deployment/web robot", "deployment.apps/web serviceaccount updated\n", "");
    cluster.check("rollout pause deployment/web", "deployment.apps/web paused\n", "");
    cluster.check("rollout pause deployment/web", "", "error: deployments.apps \"web\" is already paused\n");
    cluster.check(
        "rollout restart deployment/web",
        "",
        "error: deployments.apps \"web\" can't restart paused deployment (run rollout resume first)\n",
    );
    cluster.check("rollout resume deployment/web", "deployment.apps/web resumed\n", "");
    cluster.check("rollout restart deployment web", "deployment.apps/web restarted\n", "");
    cluster.check("rollout history deployment/web", "deployment.apps/web \nNo rollout history found.\n", "");
    cluster.check("rollout undo deployment/web", "", "error: no rollout history found for deployment \"web\"\n");
    cluster.check("set image deployment/web nginx=nginx:2", "deployment.apps/web image updated\n", "");
    cluster.check("set image deployment/web other=x", "", "error: unable to find container named \"other\"\n");
    cluster.check("scale deployment web --replicas=3 --current-replicas=9", "", "error: Expected replicas to be 9, was 1\n");
    cluster.check("scale --replicas=3 deployment/web", "deployment.apps/web scaled\n", "");
    cluster.check("scale ds none --replicas=1", "", "Error from server (NotFound): daemonsets.apps \"none\" not found\n");
    cluster.check(
        "wait deployment/web --for=condition=Available --timeout=0",
        "",
        "error: condition not met for deployments/web\n",
    );
    let late = "error: timed out waiting for the condition on deployments/web\n";
    cluster.check("wait deployment/web --for=jsonpath='{.status.readyReplicas}'=3 --timeout=5s", "", late);
    cluster.check("wait deployment/web --for=jsonpath='{.spec.replicas}'=3", "deployment.apps/web condition met\n", "");
    let waiting = "Waiting for deployment spec update to be observed...\n";
    cluster.check("rollout status deployment/web --timeout=2s", waiting, "error: timed out waiting for the condition\n");
}

#[test]
fn files_are_created_replaced_compared_and_validated() {
    let mut cluster = Cluster::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {containers: [{name: app, image: nginx:1}], node: a}\n";
    let files: SortedMap<Arc<str>, Arc<str>> =
        SortedMap::from([("a.yaml".into(), pod.into()), ("dir/b.yaml".into(), pod.replace(", node: a", "").into())]);
    let mut run = |line: &str| {
        let outcome = cluster.run_with(line, None, files.clone());
        (outcome.stdout, outcome.stderr, outcome.exit)
    };
    let strict = "Error from server (BadRequest): error when creating \"a.yaml\": Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.node\"\n";
    assert_eq!(run("create --validate -f a.yaml"), (String::new(), strict.to_owned(), 1));
    let warning = "Warning: unknown field \"spec.node\"\n";
    assert_eq!(
        run("create --validate=warn -f a.yaml --dry-run=client"),
        ("pod/new created (dry run)\n".to_owned(), warning.to_owned(), 0)
    );
    assert_eq!(run("create --validate=false -f a.yaml").0, "pod/new created\n");
    let (differs, _, exit) = run("diff -f dir/");
    let head = "diff -u -N /tmp/LIVE-1/v1.Pod.default.new /tmp/MERGED-2/v1.Pod.default.new\n--- /tmp/LIVE-1/v1.Pod.default.new\t";
    assert!(differs.starts_with(head) && differs.contains("\n+  annotations:\n"), "{differs}");
    assert_eq!(exit, 1);
    assert!(run("replace -f dir").1.contains("may not change fields other than"), "the volume of the service account is missing");
    assert_eq!(run("replace --force -f dir/b.yaml").0, "pod \"new\" deleted from default namespace\npod/new replaced\n");
    assert_eq!(run("delete -f dir/b.yaml --now").0, "pod \"new\" deleted from default namespace\n");
    let missing = "Error from server (NotFound): error when replacing \"dir/b.yaml\": pods \"new\" not found\n";
    assert_eq!(run("replace -f dir/b.yaml"), (String::new(), missing.to_owned(), 1));
    assert_eq!(run("apply -f dir --server-side").0, "pod/new serverside-applied\n");
    assert_eq!(run("get -f dir -o name").0, "pod/new\n");
    assert_eq!(run("apply -k .").2, 1);
}

#[test]
fn objects_are_listed_watched_and_described() {
    let mut cluster = with_pod();
    cluster.add(
        Kind::Service,
        json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1",
        "selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}}),
    );
    let both = "NAME      READY   STATUS    RESTARTS   AGE\npod/web   0/1     Pending   0          0s\n\nNAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nservice/web   ClusterIP   10.96.0.1    <none>        80/TCP    0s\n";
    cluster.check("get pod,svc,deploy", both, "");
    let nodes = "NAMESPACE   NAME      READY   STATUS    RESTARTS   AGE\ndefault     pod/web   0/1     Pending   0          0s\n\nNAME          STATUS    ROLES    AGE   VERSION\nnode/node-1   Unknown   <none>   0s    \n";
    cluster.check("get pods,nodes -A", nodes, "");
    cluster.check("get pods none --ignore-not-found", "", "");
    cluster.check("get pod web -o jsonpath-as-json='{.metadata.name}'", "[\n    \"web\"\n]\n", "");
    cluster.check("get pods -o custom-columns=N:.metadata.name --no-headers", "web\n", "");
    cluster.check("get pods,svc -w", "", "error: you may only specify a single resource type\n");
    cluster.check("get pod web -o foo", "", concat!(
        "error: unable to match a printer suitable for the output format \"foo\", allowed formats are: custom-columns,custom-columns-file,",
        "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml\n"
    ));
    let service = cluster.run("describe svc web").stdout;
    let text = "Name:                     web\nNamespace:                default\nLabels:                   <none>\nAnnotations:              <none>\nSelector:                 app=web\nType:                     ClusterIP\nIP Family Policy:         SingleStack\nIP Families:              IPv4\nIP:                       10.96.0.1\nIPs:                      10.96.0.1\nPort:                     <unset>  80/TCP\nTargetPort:               80/TCP\nEndpoints:                <none>\nSession Affinity:         None\nInternal Traffic Policy:  Cluster\nEvents:                   <none>\n";
    assert_eq!(service, text);
    cluster
        .add(Kind::Secret, json!({"metadata": {"name": "s", "namespace": "default"}, "type": "Opaque", "data": {"a": "Yg=="}}));
    let secret = "Name:         s\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\nType:  Opaque\n\nData\n====\na:  1 bytes\n";
    cluster.check("describe secret s", secret, "");
    for kind in Kind::MODELLED {
        let outcome = cluster.run(&format!("describe {}", kind.resource()));
        assert_eq!(outcome.exit, 0, "{kind:?}: {}", outcome.stderr);
    }
}

#[test]
fn the_api_and_the_cluster_are_asked_about() {
    let mut cluster = with_pod();
    cluster.check("version --client", "Client Version: v1.36.3\nKustomize Version: v5.8.1\n", "");
    let resources = cluster.run("api-resources").stdout;
    assert!(
        resources.lines().next().unwrap().split_whitespace().eq(["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]),
        "{resources}"
    );
    assert!(resources.lines().any(|line| line.split_whitespace().eq(["deployments", "deploy", "apps/v1", "true", "Deployment"])));
    cluster.check(
        "api-resources --namespaced=false --api-group=scheduling.k8s.io -o name",
        "priorityclasses.scheduling.k8s.io\n",
        "",
    );
    assert_eq!(cluster.run("auth can-i delete pods").stdout, "yes\n");
    cluster.check("top pods", "", "error: Metrics API not available\n");
    assert!(cluster.run("explain pod.spec.containers.livenessProbe").stdout.contains("FIELD: livenessProbe <Probe>\n"));
    cluster.check("describ pods", "", "error: unknown command \"describ\" for \"kubectl\"\n\nDid you mean this?\n\tdescribe\n");
    cluster.check(
        "create secret frob",
        "",
        "error: unknown command \"frob\"\nSee 'kubectl create secret -h' for help and examples\n",
    );
    let secret = cluster.run("create secret");
    assert!(secret.stderr.contains("Available Commands:\n  docker-registry"), "{}", secret.stderr);
    assert_eq!(secret.stderr, cluster.run("help create secret").stdout);
    assert_eq!((cluster.run("rollout").exit, cluster.run("rollout").stderr.as_str()), (1, ""));
    cluster.check("create", "", "error: must specify one of -f and -k\n");
    cluster.check("--frob", "", "error: unknown flag: --frob\nSee 'kubectl --help' for usage.\n");
    cluster.check("ge pods", "", "error: unknown command \"ge\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n\tcp\n");
    cluster.check("ls", "", "error: unknown command \"ls\" for \"kubectl\"\n\nDid you mean this?\n\tget\n\tlogs\n\tcp\n");
    cluster.check("explain", "", "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
    cluster.check("explain pods -o x", "", "error: unrecognized format: x\n");
    cluster.check("explain deploy --api-version=v1", "", "error: GVR (/v1, Resource=deployments) not found in OpenAPI schema\n");
    cluster.check("version x", "", "error: extra arguments: [x]\n");
    let usage = cluster.run("help cordon").stdout;
    assert_eq!(usage.lines().next(), Some("Mark node as unschedulable."));
    assert!(usage.contains("\nUsage:\n  kubectl cordon"), "{usage}");
    cluster.check("rollout frob", "", "error: unknown command \"frob\"\nSee 'kubectl rollout -h' for help and examples\n");
    assert!(cluster.run("get --help").stdout.contains("--show-labels"));
    cluster.check("-n kube-system get pods", "", "No resources found in kube-system namespace.\n");
    cluster.check("exec web", "", "error: you must specify at least one command for the container\n");
    cluster.check(
        "exec web ls",
        "",
        "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
    );
    cluster.check(
        "exec web -- ls",
        "",
        "error: Internal error occurred: unable to upgrade connection: container not found (\"app\")\n",
    );
    cluster.check("logs web -c none", "", "error: container none is not valid for pod web out of: app\n");
    cluster.check("label pod web tier=front app-", "pod/web modified\n", "");
    cluster.check("label pod web --list", "tier=front\n", "");
    cluster.check("label pod web a=b=c", "", "error: invalid label spec: a=b=c\n");
    cluster.check("label pod web a=1 a-", "", "error: can not both modify and remove a label in the same command\n");
    cluster.check("label pod web a=1 b", "", "error: all resources must be specified before label changes: b\n");
    assert!(
        cluster.run("label pod web 'a=b c'").stderr.starts_with("error: invalid label value: \"a=b c\": a valid label must be")
    );
    cluster.check("taint node node-1 a=b:NoSchedule", "node/node-1 tainted\n", "");
    cluster.check("taint node node-1 a=c:NoSchedule --overwrite", "node/node-1 modified\n", "");
}

#[test]
fn resources_that_are_only_kept_are_named_listed_and_made() {
    let mut cluster = with_deployment();
    cluster.check("autoscale deployment web --max=4", "horizontalpodautoscaler.autoscaling/web autoscaled\n", "");
    let table = "NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE\nweb    Deployment/web   cpu: <unknown>/80%   1         4         0          0s\n";
    cluster.check("get hpa", table, "");
    cluster.check("get hpa web -o jsonpath='{.spec.minReplicas}'", "1", "");
    cluster.check("create ingress web --rule='a.example.com/*=web:80,tls=cert'", "ingress.networking.k8s.io/web created\n", "");
    let ingress =
        "NAME   CLASS    HOSTS           ADDRESS   PORTS     AGE\nweb    <none>   a.example.com             80, 443   0s\n";
    cluster.check("get ing", ingress, "");
    cluster.check(
        "create role reader --verb=get,list --resource=pods,pods/log",
        "role.rbac.authorization.k8s.io/reader created\n",
        "",
    );
    cluster.check(
        "get role reader -o jsonpath='{.rules}'",
        r#"[{"apiGroups":[""],"resources":["pods","pods/log"],"verbs":["get","list"]}]"#,
        "",
    );
    let binding = "create clusterrolebinding all --clusterrole=view --serviceaccount=default:robot";
    cluster.check(binding, "clusterrolebinding.rbac.authorization.k8s.io/all created\n", "");
    let wide = "NAME   ROLE               AGE   USERS   GROUPS   SERVICEACCOUNTS\nall    ClusterRole/view   0s                     default/robot\n";
    cluster.check("get clusterrolebindings all -o wide", wide, "");
    cluster.check("create role x --verb=get", "", "error: at least one resource must be specified\n");
    cluster.check("get ingress none", "", "Error from server (NotFound): ingresses.networking.k8s.io \"none\" not found\n");
    cluster.check("delete ingress web", "ingress.networking.k8s.io \"web\" deleted from default namespace\n", "");
    cluster.check("delete clusterrolebinding all", "clusterrolebinding.rbac.authorization.k8s.io \"all\" deleted\n", "");
    cluster.check("get ingress", "", "No resources found in default namespace.\n");
    assert!(cluster.run("api-resources").stdout.contains("horizontalpodautoscalers"));
    assert!(cluster.run("describe hpa web").stdout.contains("Max replicas:                                          4\n"));
}

#[test]
fn scaling_waits_for_the_replicas_and_looks_at_what_it_was_told() {
    let mut cluster = with_deployment();
    cluster.check("scale deploy web --replicas=0 --timeout=5s", "deployment.apps/web scaled\n", "");
    let late = "error: timed out waiting for \"web\" to be synced\n";
    cluster.check("scale deploy web --replicas=2 --timeout=5s", "", late);
    let other = "error: Expected replicas to be 5, was 2\n";
    cluster.check("scale deploy web --replicas=3 --current-replicas=5 --resource-version=1", "", other);
    cluster.check("create deployment b --image=nginx", "deployment.apps/b created\n", "");
    let several = "error: cannot use --resource-version with multiple resources\n";
    cluster.check("scale deploy web b --replicas=3 --resource-version=1", "", several);
}

#[test]
fn patches_reach_subresources_and_fail_as_the_server_says() {
    let mut cluster = with_deployment();
    cluster.check("patch deploy web --subresource=scale -p '{\"spec\":{\"replicas\":5}}'", "scale.autoscaling/web patched\n", "");
    cluster.check("get deploy web -o jsonpath='{.spec.replicas}'", "5", "");
    let status = "patch deploy web --subresource=status --type=merge -p '{\"status\":{\"replicas\":9}}'";
    cluster.check(status, "deployment.apps/web patched\n", "");
    cluster.check("get deploy web -o jsonpath='{.status.replicas}'", "9", "");
    let refused = "The request is invalid: the server rejected our request due to an error in our request\n";
    cluster.check("patch deploy web --type=json -p '[{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":1}]'", "", refused);
    let type_error = "The request is invalid: patch: Invalid value: \"map[spec:map[replicas:x]]\": unrecognized type: int32\n";
    cluster.check("patch deploy web -p '{\"spec\":{\"replicas\":\"x\"}}'", "", type_error);
    let nothing = "Error from server (NotFound): the server could not find the requested resource\n";
    cluster.check("patch deploy web --subresource=log -p '{}'", "", nothing);
    cluster.check("patch deploy web", "", "error: must specify --patch or --patch-file containing the contents of the patch\n");
}

#[test]
fn a_pod_is_resized_within_the_limits_of_its_namespace() {
    let mut cluster = Cluster::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: nginx:1, resources: {requests: \
               {cpu: 500m}, limits: {cpu: '1'}}}]}\n";
    let policy = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: r}\nspec: {limits: [{type: Container, max: {cpu: '2'}}]}\n---\n\
                  apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {requests.cpu: '1', limits.memory: 1Gi}}\n";
    let files: SortedMap<Arc<str>, Arc<str>> =
        SortedMap::from([("pod.yaml".into(), pod.into()), ("policy.yaml".into(), policy.into())]);
    cluster.run_with("create -f pod.yaml", None, files.clone());
    cluster.run_with("create -f policy.yaml", None, files);
    let status = "patch quota q --subresource=status -p '{\"status\":{\"hard\":{\"requests.cpu\":\"1\"},\"used\":{\"requests.cpu\":\"500m\"}}}'";
    cluster.check(status, "resourcequota/q patched\n", "");
    let mut resize = |resources: &str| {
        let patch = format!(
            "{{\"metadata\":{{\"labels\":{{\"a\":\"b\"}}}},\"spec\":{{\"containers\":[{{\"name\":\"app\",\"resources\":{resources}}}]}}}}"
        );
        let outcome = cluster.run(&format!("patch pod web --subresource=resize -p '{patch}'"));
        outcome.stdout + &outcome.stderr
    };
    let forbidden = "Error from server (Forbidden): pods \"web\" is forbidden: ";
    let most = format!("{forbidden}maximum cpu usage per Container is 2, but limit is 3\n");
    assert_eq!(resize("{\"limits\":{\"cpu\":\"3\"}}"), most);
    let quota = "exceeded quota: q, requested: requests.cpu=700m, used: requests.cpu=500m, limited: requests.cpu=1\n";
    assert_eq!(resize("{\"requests\":{\"cpu\":\"1200m\"},\"limits\":{\"cpu\":\"2\"}}"), format!("{forbidden}{quota}"));
    assert_eq!(resize("{\"limits\":{\"cpu\":\"2\"}}"), "pod/web patched\n");
    // Labels do not come through there; what is no resizing asks no quota.
    cluster.check("get pod web -o jsonpath='{.metadata.labels}{.spec.containers[0].resources.limits.cpu}'", "2", "");
    let status = "patch quota q --subresource=status -p '{\"status\":{\"hard\":{\"limits.memory\":\"1Gi\"}}}'";
    cluster.check(status, "resourcequota/q patched\n", "");
    cluster.check("label pod web a=b", "pod/web labeled\n", "");
}

#[test]
fn columns_end_and_the_server_warns_as_kubectl_has_it() {
    let mut cluster = with_pod();
    cluster.check("get pods -o custom-columns=N:.metadata.name,I:.spec.containers[*].image", "N     I\nweb   nginx:1\n", "");
    cluster.check(
        "get pods -o custom-columns=K:.kind,F:'.spec.containers[?(@.name==\"none\")].image'",
        "K     F\nPod   <none>\n",
        "",
    );
    let outside = "error: array index out of bounds: index 3, length 1\n";
    cluster.check("get pods -o custom-columns=I:.spec.containers[3].image", "I\n", outside);
    cluster.check("get pods -o custom-columns=I:.spec.initContainers[3].image", "I\n<none>\n", "");
    let warning = "Warning: v1 ComponentStatus is deprecated in v1.19+\n";
    cluster.check("get cs", "", &format!("{warning}No resources found\n"));
    let warning = "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n";
    let missing = "Error from server (NotFound): endpoints \"none\" not found\n";
    for line in ["describe endpoints none", "get endpoints/none"] {
        assert_eq!(cluster.run(line).stderr, format!("{warning}{missing}"), "{line}");
    }
}

#[test]
fn templates_and_bare_requests_answer() {
    let mut cluster = with_pod();
    cluster.check("get pods -o go-template='{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}'", "web\n", "");
    cluster.check("get pod web --template='{{len .spec.containers}}'", "1", "");
    cluster.check("get pods -o jsonpath='{.items[0].none}'", "", "");
    let outside = cluster.run("get secrets -o jsonpath='{.items[0].metadata.name}'").stderr;
    assert!(outside.starts_with("error: error executing jsonpath \"{.items[0].metadata.name}\": Error executing template: array index out of bounds: index 0, length 0. "), "{outside}");
    let none = "error: couldn't find any field with path \"{.none}\" in the list of objects\n";
    cluster.check("get pods --sort-by=.none -o name", "", none);
    cluster.check("get pods,nodes --sort-by=.none", "", none);
    cluster.check("get --raw /healthz", "ok", "");
    assert!(
        cluster
            .run("get --raw /api/v1/namespaces/default/pods")
            .stdout
            .starts_with(r#"{"apiVersion":"v1","items":[{"metadata":"#)
    );
    let kyaml = cluster.run("get pod web -o kyaml").stdout;
    assert!(kyaml.starts_with("---\n{\n  apiVersion: \"v1\",\n  kind: \"Pod\",\n  metadata: {\n"), "{kyaml}");
    cluster.check("delete pod web --dry-run=client", "pod \"web\" deleted from default namespace (dry run)\n", "");
    cluster.check("logs none", "", "error: error from server (NotFound): pods \"none\" not found in namespace \"default\"\n");
    cluster.check("taint nodes node-1 a", "", "error: at least one taint update is required\n");
    cluster.check("config use-context x", "", "error: no context exists with the name: \"x\"\n");
    assert!(cluster.run("auth can-i --list").stdout.starts_with("Resources"));
}

#[test]
fn what_the_line_makes_is_printed_as_its_type_is() {
    let secret = "{\n    \"kind\": \"Secret\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {\n        \"name\": \"s\"\n    },\n    \
                  \"data\": {\n        \"a\": \"Yg==\"\n    }\n}\n";
    with_pod().check("create secret generic s --from-literal=a=b --dry-run=client -o json", secret, "");
}

#[test]
fn files_are_changed_without_the_cluster() {
    let mut files = SortedMap::new();
    files.insert(
        "pod.yaml".into(),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: far}\nspec: {containers: [{name: c, image: a}]}\n".into(),
    );
    let run = |line: &str| with_pod().run_with(line, None, files.clone()).stdout;
    let labelled = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    x: \"y\"\n  name: far\nspec:\n  containers:\n  - image: a\n    name: c\n";
    assert_eq!(run("label -f pod.yaml x=y --local -o yaml"), labelled);
    assert_eq!(run("set image -f pod.yaml c=b --local"), "pod/far image updated\n");
    let image = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: far\nspec:\n  containers:\n  - image: b\n    name: c\n    resources: {}\nstatus: {}\n";
    assert_eq!(run("set image -f pod.yaml c=b --local -o yaml"), image);
}

#[test]
fn the_line_is_kept_with_what_it_changes() {
    let mut cluster = with_pod();
    let note = "Flag --record has been deprecated, --record will be removed in the future\n";
    cluster.check("set image pod/web app=nginx:2 --record", "pod/web image updated\n", note);
    let line = "kubectl set image pod/web app=nginx:2 --record=true";
    cluster.check("get pod web -o jsonpath={.metadata.annotations.*}", line, "");
}
