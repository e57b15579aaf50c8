//! Roles and bindings, and what they let a service account do.

use podlapse_model::SimTime;
use serde_json::json;

use super::*;

fn with(objects: &[Value]) -> Store {
    let mut store = Store::default();
    for object in objects {
        let mut object = object.clone();
        object["apiVersion"] = json!("rbac.authorization.k8s.io/v1");
        store.put(SimTime::ZERO, Object::from_json(Kind::Unmodelled, object).unwrap());
    }
    store
}

fn account() -> User {
    User::impersonated("system:serviceaccount:default:web", Vec::new())
}

fn pods(verb: &str, namespace: &str, name: &str) -> Access {
    Access::to(verb, &ObjectKey::new(Kind::Pod, namespace, name))
}

fn binding(kind: &str, role: Value) -> Value {
    json!({"kind": kind, "metadata": {"name": "b", "namespace": "default"}, "roleRef": role,
        "subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": "default"}]})
}

#[track_caller]
fn refused(store: &Store, access: &Access) -> String {
    authorize(store, &account(), access).unwrap_err().message
}

#[test]
fn nothing_is_allowed_without_a_binding() {
    let store = Store::default();
    assert_eq!(
        refused(&store, &pods("list", "default", "")),
        "pods is forbidden: User \"system:serviceaccount:default:web\" cannot list resource \"pods\" in API group \"\" in the \
         namespace \"default\""
    );
    assert_eq!(
        refused(&store, &Access::to("get", &ObjectKey::new(Kind::Node, "", "n1"))),
        "nodes \"n1\" is forbidden: User \"system:serviceaccount:default:web\" cannot get resource \"nodes\" in API group \"\" at \
         the cluster scope"
    );
    assert_eq!(
        refused(&store, &Access::to("patch", &ObjectKey::new(Kind::Deployment, "default", "web")).of("scale")),
        "deployments.apps \"web\" is forbidden: User \"system:serviceaccount:default:web\" cannot patch resource \
         \"deployments/scale\" in API group \"apps\" in the namespace \"default\""
    );
    let path = Access { verb: "get".to_owned(), path: "/metrics".to_owned(), ..Access::default() };
    assert_eq!(refused(&store, &path), "forbidden: User \"system:serviceaccount:default:web\" cannot get path \"/metrics\"");
    assert!(authorize(&store, &account(), &Access { path: "/api/v1".to_owned(), ..path }).is_ok());
    assert!(authorize(&store, &User::admin(), &pods("delete", "default", "web")).is_ok());
}

#[test]
fn a_role_allows_its_verbs_in_its_namespace() {
    let role = json!({"kind": "Role", "metadata": {"name": "r", "namespace": "default"}, "rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["settings"], "verbs": ["get"]},
        {"apiGroups": ["apps"], "resources": ["*/scale"], "verbs": ["*"]}]});
    let store = with(&[role, binding("RoleBinding", json!({"kind": "Role", "name": "r"}))]);
    let may = |access: Access| authorize(&store, &account(), &access).is_ok();
    assert!(may(pods("list", "default", "")));
    assert!(!may(pods("list", "other", "")));
    assert!(!may(pods("list", "", "")));
    assert!(!may(pods("get", "default", "web").of("log")));
    assert!(may(Access::to("get", &ObjectKey::new(Kind::ConfigMap, "default", "settings"))));
    assert!(!may(Access::to("get", &ObjectKey::new(Kind::ConfigMap, "default", "others"))));
    assert!(may(Access::to("patch", &ObjectKey::new(Kind::Deployment, "default", "web")).of("scale")));
}

#[test]
fn a_role_that_is_missing_is_told_of() {
    let store = with(&[binding("ClusterRoleBinding", json!({"kind": "ClusterRole", "name": "gone"}))]);
    assert!(
        refused(&store, &pods("list", "default", ""))
            .ends_with("in the namespace \"default\": RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found")
    );
}

#[test]
fn the_role_view_reads_all_but_secrets_and_takes_in_what_is_aggregated_to_it() {
    let more = json!({"kind": "ClusterRole", "metadata": {"name": "more", "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
        "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]});
    let store = with(&[more, binding("ClusterRoleBinding", json!({"kind": "ClusterRole", "name": "edit"}))]);
    let may = |access: Access| authorize(&store, &account(), &access).is_ok();
    assert!(may(pods("list", "anywhere", "")));
    assert!(may(pods("get", "anywhere", "web").of("log")));
    assert!(may(pods("delete", "anywhere", "web")));
    assert!(may(Access::to("list", &ObjectKey::new(Kind::Node, "", ""))));
    assert!(!may(Access::to("create", &ObjectKey::new(Kind::Namespace, "", "x"))));
}

#[test]
fn nobody_grants_what_they_do_not_have() {
    let own = json!({"kind": "ClusterRole", "metadata": {"name": "own"}, "rules": [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}]});
    let store = with(&[own, binding("ClusterRoleBinding", json!({"kind": "ClusterRole", "name": "own"}))]);
    let role = |verbs: Value| {
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "r", "namespace": "default"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}]});
        escalation(&store, &account(), &Object::from_json(Kind::Unmodelled, role).unwrap())
    };
    assert_eq!(role(json!(["get"])), None);
    assert_eq!(
        role(json!(["get", "list", "watch"])).unwrap().message,
        "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"system:serviceaccount:default:web\" \
         (groups=[\"system:serviceaccounts\" \"system:serviceaccounts:default\" \"system:authenticated\"]) is attempting to grant RBAC \
         permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\" \"watch\"]}"
    );
}
