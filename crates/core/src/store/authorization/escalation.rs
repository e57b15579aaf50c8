//! Nobody grants what they may not do themselves.
//!
//! Models the `policybased` storages of `pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}`, `ConfirmNoEscalation`,
//! and `Covers` of `k8s.io/component-helpers/auth/rbac/validation` (v1.36).

use podlapse_model::{Metadata, Object, ObjectKey, SortedSet};

use super::rules::{is_path_of, quoted};
use super::{Access, GROUP, RoleRef, Rule, User, allows, broken_down, compacted, role_rules, rules_of};
use crate::store::{ApiError, Reason, Store};

/// Why a user may not write this role or binding.
pub fn escalation(store: &Store, user: &User, object: &Object) -> Option<ApiError> {
    let Object::Unmodelled(it) = object else { return None };
    if it.api_version.split('/').next() != Some(GROUP) || user.is_master() {
        return None;
    }
    let key = object.key();
    let namespace = key.namespace.as_str();
    let may = |verb: &str, kind: &str, namespace: &str, name: &str| {
        let resource = format!("{}s", kind.to_lowercase());
        let access = Access {
            verb: verb.to_owned(),
            group: GROUP.to_owned(),
            resource,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..Access::default()
        };
        allows(store, user, &access).is_ok()
    };
    let name = it.name();
    let granted = match it.kind.as_str() {
        kind @ ("Role" | "ClusterRole") if may("escalate", kind, namespace, name) => return None,
        "Role" | "ClusterRole" => Rule::all(&it.value),
        "RoleBinding" | "ClusterRoleBinding" => {
            let role = RoleRef::of(&it.value);
            if may("bind", role.kind, namespace, role.name) {
                return None;
            }
            match role_rules(store, &role, namespace) {
                Ok(rules) => rules,
                Err(message) => return Some(ApiError::new(Reason::NotFound, message)),
            }
        }
        _ => return None,
    };
    missing(store, user, &key, &granted)
}

fn missing(store: &Store, user: &User, key: &ObjectKey, granted: &[Rule]) -> Option<ApiError> {
    let (own, errors) = rules_of(store, user, key.namespace.as_str());
    let own = broken_down(&own);
    let lacks: Vec<Rule> = broken_down(granted).into_iter().filter(|rule| !own.iter().any(|own| covers(own, rule))).collect();
    if lacks.is_empty() {
        return None;
    }
    let texts: SortedSet<String> = compacted(lacks).iter().map(Rule::compact_text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let errors = if errors.is_empty() { String::new() } else { format!("; resolution errors: [{}]", errors.join(" ")) };
    let (name, groups) = (&user.name, quoted(&user.groups));
    Some(ApiError::forbidden(
        key,
        format!(
            "user {name:?} (groups={groups}) is attempting to grant RBAC permissions not currently held:\n{}{errors}",
            texts.join("\n")
        ),
    ))
}

/// `ruleCovers`, for rules of one verb, resource and name each.
fn covers(own: &Rule, wanted: &Rule) -> bool {
    let holds = |own: &[String], wanted: &[String]| own.iter().any(|one| one == "*") || own == wanted;
    let part = |own: &[String], wanted: &[String]| match (own, wanted) {
        ([own], [wanted]) => {
            own.strip_prefix("*/").is_some_and(|part| wanted.split_once('/').is_some_and(|(_, sub)| sub == part))
        }
        (_, _) => false,
    };
    holds(&own.verbs, &wanted.verbs)
        && holds(&own.groups, &wanted.groups)
        && (holds(&own.resources, &wanted.resources) || part(&own.resources, &wanted.resources))
        && (own.names.is_empty() || own.names == wanted.names)
        && own.urls.len() == wanted.urls.len()
        && own.urls.iter().zip(&wanted.urls).all(|(own, wanted)| is_path_of(own, wanted))
}
