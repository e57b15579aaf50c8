//! The roles and bindings of every cluster as objects.
//!
//! Models what `pkg/registry/rbac/rest` `PostStartHook` stores, and the rules that
//! `pkg/controller/clusterroleaggregation` gathers (v1.36). They are made when they are asked for, and are not in the store.

use podlapse_model::{Kind, Object, ObjectKey};
use serde_json::{Value, json};

use super::{GROUP, Rule, bootstrap, cluster_role, cluster_roles};
use crate::store::Store;

/// The ClusterRoles and ClusterRoleBindings of every cluster that the store has no others of the same name for.
///
/// ```
/// use podlapse_core::store::{Store, authorization::built_in};
/// use podlapse_model::Metadata;
/// assert!(built_in(&Store::default()).iter().any(|object| object.name() == "cluster-admin"));
/// ```
pub fn built_in(store: &Store) -> Vec<Object> {
    let since = store.get(&ObjectKey::new(Kind::Namespace, "", "kube-system"));
    let since = since.and_then(|namespace| namespace.part(&["metadata", "creationTimestamp"]));
    let object = |kind: &str, name: &str, mut value: Value, labels: &podlapse_model::Labels| {
        value["apiVersion"] = format!("{GROUP}/v1").into();
        value["kind"] = kind.into();
        value["metadata"] = json!({"name": name, "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}});
        for (key, label) in labels {
            value["metadata"]["labels"][key] = label.as_str().into();
        }
        if let Some(since) = &since {
            value["metadata"]["creationTimestamp"] = since.clone();
        }
        Object::from_json(Kind::Unmodelled, value).expect("its metadata are those of an object")
    };
    let mut objects = Vec::new();
    for (name, role) in &cluster_roles(store) {
        let Some(built) = role.built_in else { continue };
        let rules: Value = cluster_role(store, name, 0).iter().flatten().map(rule).collect();
        let value = match built.gathers {
            "" => json!({"rules": rules}),
            to => {
                let selector = json!({"matchLabels": {format!("{GROUP}/aggregate-to-{to}"): "true"}});
                json!({"aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": rules})
            }
        };
        objects.push(object("ClusterRole", name, value, &role.labels));
    }
    for (role, groups) in bootstrap::BINDINGS {
        let subject = |group: &str| json!({"apiGroup": GROUP, "kind": "Group", "name": group});
        let subjects: Value = groups.split(' ').map(subject).collect();
        let reference = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": role});
        let binding =
            object("ClusterRoleBinding", role, json!({"roleRef": reference, "subjects": subjects}), &Default::default());
        if store.get(&binding.key()).is_none() {
            objects.push(binding);
        }
    }
    podlapse_model::sort_by_key(&mut objects, |object| object.key());
    objects
}

fn rule(rule: &Rule) -> Value {
    let lists = [
        ("apiGroups", &rule.groups),
        ("nonResourceURLs", &rule.urls),
        ("resourceNames", &rule.names),
        ("resources", &rule.resources),
        ("verbs", &rule.verbs),
    ];
    let some = lists.into_iter().filter(|(_, list)| !list.is_empty());
    some.map(|(name, list)| (name.to_owned(), Value::from(list.as_slice()))).collect()
}
