//! Lines of a service account that may do some things and not others.

use podlapse_model::{Kind, SortedMap};
use serde_json::{Value, json};

use super::{Cluster, with_pod};

/// A cluster in which the service account `default/reader` may look at Pods and their logs.
fn with_reader() -> Cluster {
    let mut cluster = with_pod();
    let mut add = |mut object: Value| {
        object["apiVersion"] = json!("rbac.authorization.k8s.io/v1");
        cluster.add(Kind::Unmodelled, object);
    };
    add(json!({"kind": "Role", "metadata": {"name": "reader", "namespace": "default"},
        "rules": [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}]}));
    add(json!({"kind": "RoleBinding", "metadata": {"name": "reader", "namespace": "default"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "default"}]}));
    cluster
}

const AS: &str = "--as system:serviceaccount:default:reader";

fn cannot(subject: &str, what: &str) -> String {
    format!(
        "Error from server (Forbidden): {subject} is forbidden: User \"system:serviceaccount:default:reader\" cannot {what}\n"
    )
}

#[track_caller]
fn refused(line: &str, subject: &str, what: &str) {
    with_reader().check(&format!("{AS} {line}"), "", &cannot(subject, what));
}

#[test]
fn what_is_not_granted_is_forbidden() {
    const HERE: &str = "in the namespace \"default\"";
    let pods = |verb: &str| format!("{verb} resource \"pods\" in API group \"\" {HERE}");
    refused("get pods -A", "pods", "list resource \"pods\" in API group \"\" at the cluster scope");
    refused("get pods -n other", "pods", "list resource \"pods\" in API group \"\" in the namespace \"other\"");
    refused("get nodes", "nodes", "list resource \"nodes\" in API group \"\" at the cluster scope");
    refused("get secret s", "secrets \"s\"", &format!("get resource \"secrets\" in API group \"\" {HERE}"));
    refused("get deploy", "deployments.apps", &format!("list resource \"deployments\" in API group \"apps\" {HERE}"));
    refused("describe node node-1", "nodes \"node-1\"", "get resource \"nodes\" in API group \"\" at the cluster scope");
    refused("delete pod web", "pods \"web\"", &pods("delete"));
    refused("delete pod none --ignore-not-found", "pods \"none\"", &pods("delete"));
    refused("label pod web a=b", "pods \"web\"", &pods("patch"));
    refused("run x --image=nginx", "pods", &pods("create"));
    refused("exec web -- ls", "pods \"web\"", &format!("create resource \"pods/exec\" in API group \"\" {HERE}"));
    refused(
        "get ingress",
        "ingresses.networking.k8s.io",
        &format!("list resource \"ingresses\" in API group \"networking.k8s.io\" {HERE}"),
    );
    refused("get ns default", "namespaces \"default\"", &format!("get resource \"namespaces\" in API group \"\" {HERE}"));
}

#[test]
fn what_is_granted_passes() {
    let mut cluster = with_reader();
    assert!(cluster.run(&format!("get pods {AS}")).stdout.contains("web"));
    assert!(!cluster.run(&format!("logs web {AS}")).stderr.contains("Forbidden"));
    assert!(cluster.run(&format!("{AS} get pod web -o name")).stdout.contains("pod/web"));
    assert_eq!(cluster.run("get nodes --as jane --as-group system:masters").exit, 0);
    assert_eq!(cluster.run("delete pod web").exit, 0);
}

#[test]
fn apply_looks_before_it_writes() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let files = SortedMap::from([("c.yaml".into(), map.into())]);
    let mut cluster = with_reader();
    let outcome = cluster.run_with(&format!("apply -f c.yaml {AS}"), None, files.clone());
    assert_eq!(
        outcome.stderr,
        "Error from server (Forbidden): error when retrieving current configuration of:\nResource: \"/v1, Resource=configmaps\", \
         GroupVersionKind: \"/v1, Kind=ConfigMap\"\nName: \"c\", Namespace: \"default\"\nfrom server for: \"c.yaml\": configmaps \
         \"c\" is forbidden: User \"system:serviceaccount:default:reader\" cannot get resource \"configmaps\" in API group \"\" in \
         the namespace \"default\"\n"
    );
    let outcome = cluster.run_with(&format!("create -f c.yaml {AS}"), None, files);
    assert_eq!(
        outcome.stderr,
        "Error from server (Forbidden): error when creating \"c.yaml\": configmaps is forbidden: User \
         \"system:serviceaccount:default:reader\" cannot create resource \"configmaps\" in API group \"\" in the namespace \
         \"default\"\n"
    );
}

#[test]
fn one_asks_what_one_may() {
    let mut cluster = with_reader();
    cluster.check("auth can-i delete pods", "yes\n", "");
    cluster.check(&format!("auth can-i list pods {AS}"), "yes\n", "");
    cluster.check(&format!("auth can-i get pods --subresource=log {AS}"), "yes\n", "");
    let outcome = cluster.run(&format!("auth can-i delete pods {AS}"));
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.exit), ("no\n", "", 1));
    let outcome = cluster.run(&format!("auth can-i list nodes {AS}"));
    assert_eq!(outcome.stderr, "Warning: resource 'nodes' is not namespace scoped\n\n");
    assert_eq!(
        cluster.run(&format!("auth whoami {AS}")).stdout,
        "ATTRIBUTE   VALUE\nUsername    system:serviceaccount:default:reader\nGroups      [system:serviceaccounts \
         system:serviceaccounts:default system:authenticated]\n"
    );
    let list = cluster.run(&format!("auth can-i --list {AS}")).stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[1].starts_with("selfsubjectreviews.authentication.k8s.io "), "{list}");
    assert!(lines.iter().any(|line| line.split_whitespace().eq(["pods/log", "[]", "[]", "[get", "list]"])), "{list}");
    assert!(lines.last().unwrap().ends_with("[get]"), "{list}");
    assert!(cluster.run("auth can-i --list").stdout.lines().nth(1).unwrap().starts_with("*.* "));
}

#[test]
fn the_roles_of_every_cluster_are_shown() {
    let mut cluster = with_reader();
    let names = cluster.run("get clusterroles -o name").stdout;
    assert_eq!(names.lines().next(), Some("clusterrole.rbac.authorization.k8s.io/admin"));
    let names = cluster.run("get clusterrolebindings -o name").stdout;
    assert_eq!(
        names.lines().last(),
        Some("clusterrolebinding.rbac.authorization.k8s.io/system:service-account-issuer-discovery")
    );
    let said = cluster.run("describe clusterrole cluster-admin").stdout;
    let head = "Name:         cluster-admin\nLabels:       kubernetes.io/bootstrapping=rbac-defaults\nAnnotations:  \
                rbac.authorization.kubernetes.io/autoupdate: true\nPolicyRule:\n  Resources  Non-Resource URLs  Resource Names  Verbs\n";
    assert!(said.starts_with(head), "{said}");
    // What edit may, admin may too: its rules are gathered.
    let rules = |role: &str, cluster: &mut Cluster| {
        let rules = cluster.run(&format!("get clusterrole {role} -o jsonpath='{{.rules}}'")).stdout;
        serde_json::from_str::<Vec<Value>>(&rules).unwrap()
    };
    let (admin, edit) = (rules("admin", &mut cluster), rules("edit", &mut cluster));
    assert!(edit.iter().all(|rule| admin.contains(rule)) && edit.len() < admin.len());
    cluster.add(
        Kind::Unmodelled,
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "view"}, "rules": []}),
    );
    assert_eq!(rules("view", &mut cluster), Vec::<Value>::new());
}
