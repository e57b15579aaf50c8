//! Parts of objects with addresses of their own, and what admission says of them.

use std::sync::Arc;

use podlapse_model::{Kind, SortedMap};
use serde_json::json;

use super::{Cluster, with_pod};

fn create(cluster: &mut Cluster, text: &str) -> String {
    let files: SortedMap<Arc<str>, Arc<str>> = SortedMap::from([("f.yaml".into(), text.into())]);
    let outcome = cluster.run_with("create -f f.yaml", None, files);
    outcome.stdout + &outcome.stderr
}

#[test]
fn a_status_is_checked() {
    let mut cluster = with_pod();
    cluster.check("create deployment web --image=nginx:1", "deployment.apps/web created\n", "");
    cluster.check("create service loadbalancer web --tcp=80", "service/web created\n", "");
    cluster.check("create service clusterip own --tcp=80", "service/own created\n", "");
    cluster.check("create quota q --hard=pods=2", "resourcequota/q created\n", "");
    cluster.check("create pdb b --selector=app=web --min-available=1", "poddisruptionbudget.policy/b created\n", "");
    let patch =
        |target: &str, status: &str| format!("patch {target} --subresource=status --type=merge -p '{{\"status\":{status}}}'");
    for (target, status, said) in [
        (
            "deploy web",
            r#"{"replicas":1,"readyReplicas":2,"availableReplicas":3,"collisionCount":-1}"#,
            "The Deployment \"web\" is invalid: \n* status.collisionCount: Invalid value: -1: must be greater than or equal to 0\n* \
             status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas\n* status.availableReplicas: Invalid value: \
             3: cannot be greater than status.replicas\n* status.availableReplicas: Invalid value: 3: cannot be greater than \
             readyReplicas\n* status.collisionCount: Invalid value: -1: cannot be decremented\n",
        ),
        (
            "pod web",
            r#"{"conditions":[{"type":"example.com/a/b","status":"True"}]}"#,
            "The Pod \"web\" is invalid: status.conditions[0].Type: Invalid value: \"example.com/a/b\": a valid label key must consist \
             of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or \
             'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS \
             subdomain prefix and '/' (e.g. 'example.com/MyName')\n",
        ),
        (
            "pod web",
            r#"{"qosClass":"Guaranteed"}"#,
            "The Pod \"web\" is invalid: status.qosClass: Invalid value: \"Guaranteed\": field is immutable\n",
        ),
        (
            "node node-1",
            r#"{"capacity":{"example.com/dongle":"500m"},"addresses":[{"type":"Hostname","address":"a"},{"type":"Hostname","address":"a"}]}"#,
            "The Node \"node-1\" is invalid: \n* status.capacity.example.com/dongle: Invalid value: \"500m\": must be an integer\n* \
             status.addresses[1]: Duplicate value: {\"Type\":\"Hostname\",\"Address\":\"a\"}\n",
        ),
        (
            "ns default",
            r#"{"phase":"Terminating"}"#,
            "The Namespace \"default\" is invalid: status.Phase: Invalid value: \"Terminating\": may only be 'Active' if \
             `deletionTimestamp` is empty\n",
        ),
        (
            "svc own",
            r#"{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}"#,
            "The Service \"own\" is invalid: status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is LoadBalancer\n",
        ),
        (
            "svc web",
            r#"{"loadBalancer":{"ingress":[{"hostname":"1.2.3.4"}]}}"#,
            "The Service \"web\" is invalid: status.loadBalancer.ingress[0].hostname: Invalid value: \"1.2.3.4\": must be a DNS name, \
             not an IP address\n",
        ),
        (
            "quota q",
            r#"{"hard":{"pods":"-1","apples":"1"}}"#,
            "The ResourceQuota \"q\" is invalid: \n* status.hard[apples]: Invalid value: \"apples\": must be a standard resource type or \
             fully qualified\n* status.hard[apples]: Invalid value: \"apples\": must be a standard resource for quota\n* \
             status.hard[pods]: Invalid value: \"-1\": must be greater than or equal to 0\n",
        ),
        (
            "pdb b",
            r#"{"expectedPods":-1,"conditions":[{"type":"a","status":"yes","reason":"","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}"#,
            "The PodDisruptionBudget \"b\" is invalid: \n* status.conditions[0].status: Unsupported value: \"yes\": supported values: \
             \"False\", \"True\", \"Unknown\"\n* status.conditions[0].reason: Required value: must be set\n* status.expectedPods: Invalid \
             value: -1: must be greater than or equal to 0\n",
        ),
    ] {
        cluster.check(&patch(target, status), "", said);
    }
    cluster.check(&patch("svc web", r#"{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}"#), "service/web patched\n", "");
    cluster.check("get svc web -o jsonpath='{.status.loadBalancer.ingress[0].ipMode}'", "VIP", "");
    let gate = patch("pod web", r#"{"conditions":[{"type":"example.com/ready","status":"True"}]}"#);
    cluster.check(&gate, "pod/web patched\n", "");
}

#[test]
fn a_container_that_ended_for_good_stays_ended() {
    let mut cluster = Cluster::new();
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: once}\nspec: {restartPolicy: Never, containers: [{name: a, image: b}]}\n";
    assert_eq!(create(&mut cluster, pod), "pod/once created\n");
    let patch = |state: &str| {
        format!(
            "patch pod once --subresource=status --type=merge -p '{{\"status\":{{\"containerStatuses\":[{{\"name\":\"a\",\"image\":\"b\",\"imageID\":\"\",\"ready\":false,\"restartCount\":0,\"state\":{state}}}]}}}}'"
        )
    };
    cluster.check(&patch("{\"terminated\":{\"exitCode\":1}}"), "pod/once patched\n", "");
    let said = "The Pod \"once\" is invalid: status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state\n";
    cluster.check(&patch("{\"running\":{}}"), "", said);
}

#[test]
fn what_the_server_leaves_as_it_is_was_no_change() {
    let mut cluster = with_pod();
    let label = "patch pod web --subresource=resize -p '{\"metadata\":{\"labels\":{\"a\":\"b\"}}}'";
    cluster.check(label, "pod/web patched (no change)\n", "");
    let status = "patch pod web -p '{\"status\":{\"phase\":\"Failed\"}}'";
    cluster.check(status, "pod/web patched (no change)\n", "");
    cluster.check("patch pod web -p '{\"metadata\":{\"labels\":{\"a\":\"b\"}}}'", "pod/web patched\n", "");
}

#[test]
fn ephemeral_containers_are_added_by_themselves_and_stay() {
    let mut cluster = with_pod();
    let patch = |part: &str, containers: &str| {
        format!("patch pod web {part} --type=merge -p '{{\"spec\":{{\"ephemeralContainers\":[{containers}]}}}}'")
    };
    let debug = r#"{"name":"debug","image":"busybox"}"#;
    let outcome = cluster.run(&patch("", debug));
    assert!(outcome.stderr.contains("pod updates may not change fields other than"), "{}", outcome.stderr);
    cluster.check(&patch("--subresource=ephemeralcontainers", debug), "pod/web patched\n", "");
    let removed = "The Pod \"web\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be removed\n";
    let outcome = cluster.run(&patch("--subresource=ephemeralcontainers", ""));
    assert_eq!(outcome.stderr.trim_end(), removed.trim_end());
    let outcome = cluster.run(&patch("--subresource=ephemeralcontainers", r#"{"name":"debug","image":"alpine"}"#));
    let changed = "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be changed\n";
    assert!(outcome.stderr.contains(changed), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("- \"Image\": \"busybox\",\n+ \"Image\": \"alpine\",\n"), "{}", outcome.stderr);
}

#[test]
fn an_account_may_limit_the_secrets_of_its_pods() {
    let mut cluster = Cluster::new();
    cluster.add(
        Kind::ServiceAccount,
        json!({"metadata": {"name": "tight", "namespace": "default", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
            "secrets": [{"name": "own"}], "imagePullSecrets": [{"name": "registry"}]}),
    );
    let mut refused = |spec: &str| {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{serviceAccountName: tight, {spec}}}\n");
        let head = "Error from server (Forbidden): error when creating \"f.yaml\": pods \"web\" is forbidden: ";
        let said = create(&mut cluster, &text);
        said.strip_prefix(head).unwrap_or(&said).trim_end().to_owned()
    };
    let rule = "is not allowed because service account tight does not reference that secret";
    let app = "containers: [{name: a, image: b}]";
    assert_eq!(
        refused(&format!("volumes: [{{name: v, secret: {{secretName: other}}}}], {app}")),
        format!("volume with secret.secretName=\"other\" {rule}")
    );
    let variable = "env: [{name: E, valueFrom: {secretKeyRef: {name: other, key: k}}}]";
    assert_eq!(
        refused(&format!("containers: [{{name: a, image: b, {variable}}}]")),
        format!("container a with envVar E referencing secret.secretName=\"other\" {rule}")
    );
    assert_eq!(
        refused(&format!("initContainers: [{{name: i, image: b, envFrom: [{{secretRef: {{name: other}}}}]}}], {app}")),
        format!("init container i with envFrom referencing secret.secretName=\"other\" {rule}")
    );
    assert_eq!(
        refused(&format!("imagePullSecrets: [{{name: registry}}, {{name: else}}], {app}")),
        "imagePullSecrets[1].name=\"else\" is not allowed because service account tight does not reference that imagePullSecret"
    );
    assert_eq!(refused(&format!("volumes: [{{name: v, secret: {{secretName: own}}}}], {app}")), "pod/web created");
    let debug = r#"{"name":"debug","image":"busybox","envFrom":[{"secretRef":{"name":"other"}}]}"#;
    cluster.check(
        &format!("patch pod web --subresource=ephemeralcontainers -p '{{\"spec\":{{\"ephemeralContainers\":[{debug}]}}}}'"),
        "",
        &format!(
            "Error from server (Forbidden): pods \"web\" is forbidden: ephemeral container debug with envFrom referencing \
             secret.secretName=\"other\" {rule}\n"
        ),
    );
}

#[test]
fn a_mirror_names_no_secrets() {
    let mut cluster = Cluster::new();
    let mut refused = |spec: &str| {
        let metadata = "{name: web, annotations: {kubernetes.io/config.mirror: a}}";
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{nodeName: node-1, containers: [{{name: a, image: b}}], {spec}}}\n"
        );
        create(&mut cluster, &text).rsplit(": ").next().unwrap_or_default().trim_end().to_owned()
    };
    assert_eq!(refused("serviceAccountName: default"), "a mirror pod may not reference service accounts");
    assert_eq!(refused("imagePullSecrets: [{name: s}]"), "a mirror pod may not reference secrets");
    assert_eq!(
        refused("volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}]"),
        "a mirror pod may not use ServiceAccountToken volume projections"
    );
    assert_eq!(refused("volumes: [{name: v, emptyDir: {}}]"), "pod/web created");
}

#[test]
fn huge_pages_of_the_whole_pod_are_no_matter_of_limit_ranges() {
    let mut cluster = Cluster::new();
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: r}\nspec: {limits: [{type: Pod, max: {hugepages-2Mi: 4Mi, cpu: '1'}}]}\n";
    assert_eq!(create(&mut cluster, range), "limitrange/r created\n");
    let pod = |huge: &str, cpu: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{resources: {{limits: {{hugepages-2Mi: {huge}, cpu: {cpu}}}}}, \
             containers: [{{name: a, image: b, resources: {{limits: {{hugepages-2Mi: 2Mi, cpu: 500m}}}}}}]}}\n"
        )
    };
    let said = create(&mut cluster, &pod("8Mi", "'2'"));
    assert!(said.ends_with("maximum cpu usage per Pod is 1, but limit is 2\n"), "{said}");
    assert_eq!(create(&mut cluster, &pod("8Mi", "600m")), "pod/web created\n");
}

#[test]
fn a_change_is_one_of_the_object_as_it_is() {
    let mut cluster = with_pod();
    let text = cluster.run("get pod web -o yaml").stdout;
    cluster.check("label pod web a=b", "pod/web labeled\n", "");
    let mut replace = |text: &str| {
        let files: SortedMap<Arc<str>, Arc<str>> = SortedMap::from([("f.yaml".into(), text.into())]);
        let outcome = cluster.run_with("replace -f f.yaml", None, files);
        outcome.stdout + &outcome.stderr
    };
    let conflict =
        "Error from server (Conflict): error when replacing \"f.yaml\": Operation cannot be fulfilled on pods \"web\": ";
    let modified = "the object has been modified; please apply your changes to the latest version and try again\n";
    assert_eq!(replace(&text), format!("{conflict}{modified}"));
    let without = |text: &str, field: &str| -> String {
        text.lines().filter(|line| !line.trim_start().starts_with(field)).map(|line| format!("{line}\n")).collect()
    };
    assert_eq!(replace(&without(&text, "resourceVersion:")), "pod/web replaced\n");
    let other = replace(&without(&text, "uid:").replace("  name: web\n", "  name: web\n  uid: other\n"));
    let key = "StorageError: invalid object, Code: 4, Key: /registry/pods/default/web, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
               failed: UID in precondition: other, UID in object meta: ";
    assert!(other.starts_with(&format!("{conflict}{key}")), "{other}");
    let patch = |metadata: &str| format!("patch pod web -p '{{\"metadata\":{{{metadata}}}}}'");
    let refused = format!("Error from server (Conflict): Operation cannot be fulfilled on pods \"web\": {modified}");
    cluster.check(&patch("\"resourceVersion\":\"1\""), "", &refused);
    let uid = "The Pod \"web\" is invalid: metadata.uid: Invalid value: \"other\": field is immutable\n";
    cluster.check(&patch("\"uid\":\"other\""), "", uid);
}

#[test]
fn edit_and_replace_reach_subresources() {
    let mut cluster = with_pod();
    cluster.check("create deployment web --image=nginx:1", "deployment.apps/web created\n", "");
    let text = cluster.run("get deploy web -o yaml").stdout;
    let edited = text.replace("\nstatus: {}\n", "\nstatus:\n  replicas: 4\n");
    assert_ne!(text, edited);
    let outcome = cluster.run_with("edit deploy web --subresource=status", Some(&edited), SortedMap::new());
    assert_eq!(outcome.stdout, "deployment.apps/web edited\n");
    let current = cluster.run("get deploy web -o yaml").stdout;
    assert!(current.contains("  replicas: 4\n"), "{current}");
    let files: SortedMap<Arc<str>, Arc<str>> =
        SortedMap::from([("f.yaml".into(), current.replace("replicas: 4", "replicas: 5").into())]);
    let outcome = cluster.run_with("replace -f f.yaml --subresource=status", None, files);
    assert_eq!(outcome.stdout + &outcome.stderr, "deployment.apps/web replaced\n");
    cluster.check("get deploy web -o jsonpath='{.status.replicas}'", "5", "");
}

#[test]
fn a_scale_is_an_object_of_its_own() {
    let mut cluster = with_pod();
    cluster.check("create deployment web --image=nginx:1 --replicas=2", "deployment.apps/web created\n", "");
    let get = |format: &str| format!("get deploy web --subresource=scale -o {format}");
    cluster.check(
        &get("jsonpath='{.apiVersion} {.kind} {.metadata.name} {.spec} {.status}'"),
        "autoscaling/v1 Scale web {\"replicas\":2} {\"replicas\":0,\"selector\":\"app=web\"}",
        "",
    );
    let table = cluster.run("get deploy web --subresource=scale").stdout;
    assert!(table.starts_with("NAME   DESIRED   AVAILABLE   AGE\nweb    2         0 "), "{table}");
    cluster.check("get deploy --subresource=scale", "", "error: subresource cannot be used when bulk resources are specified\n");
    let nothing = "Error from server (NotFound): the server could not find the requested resource\n";
    cluster.check("get pod web --subresource=scale", "", nothing);
    let patch = |patch: &str| format!("patch deploy web --subresource=scale --type=merge -p '{patch}'");
    cluster.check(
        &patch(r#"{"spec":{"replicas":-1}}"#),
        "",
        "The Scale \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0\n",
    );
    cluster.check(&patch(r#"{"metadata":{"labels":{"a":"b"}}}"#), "scale.autoscaling/web patched (no change)\n", "");
    let outcome = cluster.run(&patch(r#"{"metadata":{"uid":"other"},"spec":{"replicas":1}}"#));
    let refused = "Error from server (Conflict): Operation cannot be fulfilled on deployments/scale.apps \"web\": Precondition failed: UID in \
                   precondition: other, UID in object meta: ";
    assert!(outcome.stderr.starts_with(refused), "{}", outcome.stderr);
    cluster.check(&format!("{} -o jsonpath='{{.kind}} {{.spec.replicas}}'", patch(r#"{"spec":{"replicas":3}}"#)), "Scale 3", "");
    // Nothing is what no number stands for.
    cluster.check(&patch(r#"{"spec":null}"#), "scale.autoscaling/web patched\n", "");
    cluster.check(&get("jsonpath='{.spec}'"), "{}", "");
    let whole = cluster.run("get deploy web -o yaml").stdout;
    let files: SortedMap<Arc<str>, Arc<str>> = SortedMap::from([("f.yaml".into(), whole.into())]);
    let outcome = cluster.run_with("replace -f f.yaml --subresource=scale", None, files);
    assert_eq!(
        outcome.stderr,
        "Error from server (BadRequest): error when replacing \"f.yaml\": Deployment in version \"v1\" cannot be handled as a Scale: \
         converting (v1.Deployment) to (autoscaling.Scale): unknown conversion\n"
    );
}
