//! Who may ask the API server for what, by the Roles and bindings of the cluster.
//!
//! Models `plugin/pkg/auth/authorizer/rbac`, `pkg/registry/rbac/validation`, `forbiddenMessage` of
//! `k8s.io/apiserver/pkg/endpoints/handlers/responsewriters` and the groups that impersonation adds (v1.36). Members of
//! `system:masters` may do everything. The roles that every cluster has are in `bootstrap`; they are not in the store. Left out:
//! the roles of the cluster's own parts, the node authorizer.

mod bootstrap;
mod built_in;
mod escalation;
mod rules;

use podlapse_model::{Kind, Metadata, Object, ObjectKey, Selector, SortedMap, from_json};
use serde_json::Value;

use super::{ApiError, Reason, Store};

pub use built_in::built_in;
pub use escalation::escalation;
pub use rules::{Rule, broken_down, compacted};

/// The group of roles and bindings.
pub(super) const GROUP: &str = "rbac.authorization.k8s.io";
const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";
const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";
/// How far aggregation is followed from role to role.
const DEEPEST_AGGREGATION: usize = 4;

/// Who asks.
///
/// ```
/// use podlapse_core::store::authorization::User;
/// let user = User::impersonated("system:serviceaccount:shop:web", Vec::new());
/// assert_eq!(user.groups, ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// As in `system:serviceaccount:default:web`.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
}

impl User {
    /// The administrator of the cluster.
    pub fn admin() -> User {
        User { name: "kubernetes-admin".to_owned(), groups: vec![MASTERS.to_owned(), AUTHENTICATED.to_owned()] }
    }

    /// Whom the API server takes a caller for that asks as somebody else.
    pub fn impersonated(name: &str, mut groups: Vec<String>) -> User {
        if let Some((namespace, _)) = service_account(name).filter(|_| groups.is_empty()) {
            groups.extend([SERVICE_ACCOUNTS.to_owned(), format!("{SERVICE_ACCOUNTS}:{namespace}")]);
        }
        let all = if name == "system:anonymous" { "system:unauthenticated" } else { AUTHENTICATED };
        if !groups.iter().any(|group| group == AUTHENTICATED || group == "system:unauthenticated") {
            groups.push(all.to_owned());
        }
        User { name: name.to_owned(), groups }
    }

    fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == MASTERS)
    }
}

/// Namespace and name of a service account that is written as a user.
fn service_account(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// As in `list`.
    pub verb: String,
    /// The group; empty for the core's.
    pub group: String,
    /// The plural; empty where a path is asked for.
    pub resource: String,
    /// As in `log`; empty for the object itself.
    pub subresource: String,
    /// Empty: in all of them, or where there are none.
    pub namespace: String,
    /// Empty: any.
    pub name: String,
    /// A path that is no resource.
    pub path: String,
}

impl Access {
    /// A request for an object, or with an empty name for all of a kind in a namespace.
    pub fn to(verb: &str, key: &ObjectKey) -> Access {
        let (resource, name) = match key.name.as_str().split_once('/') {
            Some((resource, name)) if key.kind == Kind::Unmodelled => (resource, name),
            Some(_) | None => (key.kind.resource(), key.name.as_str()),
        };
        let (resource, group) = match resource.split_once('.') {
            Some((resource, group)) if key.kind == Kind::Unmodelled => (resource, group),
            Some(_) | None => (resource, key.kind.group()),
        };
        // The path of a namespace names it as the namespace too.
        let namespace = if key.kind == Kind::Namespace { name } else { key.namespace.as_str() };
        Access {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..Access::default()
        }
    }

    /// The same for a part of the object.
    pub fn of(self, subresource: &str) -> Access {
        Access { subresource: subresource.to_owned(), ..self }
    }

    fn whole_resource(&self) -> String {
        if self.subresource.is_empty() { self.resource.clone() } else { format!("{}/{}", self.resource, self.subresource) }
    }

    fn refused(&self, user: &User, reason: &str) -> ApiError {
        let (name, verb) = (&user.name, &self.verb);
        let what = if self.resource.is_empty() {
            format!("path {:?}", self.path)
        } else {
            let place = match self.namespace.as_str() {
                "" => "at the cluster scope".to_owned(),
                namespace => format!("in the namespace {namespace:?}"),
            };
            format!("resource {:?} in API group {:?} {place}", self.whole_resource(), self.group)
        };
        let qualified = match (self.resource.as_str(), self.group.as_str()) {
            ("", _) => String::new(),
            (resource, "") => resource.to_owned(),
            (resource, group) => format!("{resource}.{group}"),
        };
        let subject = match (qualified.as_str(), self.name.as_str()) {
            ("", _) => "forbidden".to_owned(),
            (qualified, "") => format!("{qualified} is forbidden"),
            (qualified, name) => format!("{qualified} {name:?} is forbidden"),
        };
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        ApiError::new(Reason::Forbidden, format!("{subject}: User {name:?} cannot {verb} {what}{reason}"))
    }
}

/// Lets a request pass, or refuses it in the API server's words.
///
/// # Errors
/// Why it is forbidden.
pub fn authorize(store: &Store, user: &User, access: &Access) -> Result<(), ApiError> {
    allows(store, user, access).map_err(|reason| access.refused(user, &reason))
}

/// Whether a request may pass.
///
/// # Errors
/// What stood in the way of finding out, mostly nothing.
pub fn allows(store: &Store, user: &User, access: &Access) -> Result<(), String> {
    if user.is_master() {
        return Ok(());
    }
    let (rules, errors) = rules_of(store, user, &access.namespace);
    if rules.iter().any(|rule| rule.allows(access)) {
        return Ok(());
    }
    match errors.as_slice() {
        [] => Err(String::new()),
        [error] => Err(format!("RBAC: {error}")),
        errors => Err(format!("RBAC: [{}]", errors.join(", "))),
    }
}

/// Every rule that holds for a user in a namespace, and the roles that were not found.
pub fn rules_of(store: &Store, user: &User, namespace: &str) -> (Vec<Rule>, Vec<String>) {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    let mut follow = |role: &RoleRef<'_>, namespace: &str| match role_rules(store, role, namespace) {
        Ok(found) => rules.extend(found),
        Err(error) if errors.contains(&error) => {}
        Err(error) => errors.push(error),
    };
    let mut everywhere: SortedMap<&str, &Value> = SortedMap::new();
    let mut here: Vec<&Value> = Vec::new();
    for (_, object) in kept(store) {
        let name = object.name();
        let is_here = !namespace.is_empty() && object.metadata.namespace.as_deref() == Some(namespace);
        match object.kind.as_str() {
            "ClusterRoleBinding" => {
                everywhere.insert(name, &object.value);
            }
            "RoleBinding" if is_here => here.push(&object.value),
            _ => {}
        }
    }
    for (role, groups) in bootstrap::BINDINGS {
        if !everywhere.contains_key(role) && groups.split(' ').any(|group| user.groups.iter().any(|own| own == group)) {
            follow(&RoleRef { kind: "ClusterRole", name: role }, "");
        }
    }
    for binding in everywhere.values() {
        if subjects(binding).any(|subject| is_meant(user, subject, "")) {
            follow(&RoleRef::of(binding), "");
        }
    }
    for binding in here {
        if subjects(binding).any(|subject| is_meant(user, subject, namespace)) {
            follow(&RoleRef::of(binding), namespace);
        }
    }
    (rules, errors)
}

/// The stored objects of the group, by their keys.
fn kept(store: &Store) -> impl Iterator<Item = (&str, &podlapse_model::Unmodelled)> {
    store.list(Kind::Unmodelled).filter_map(|object| {
        let Object::Unmodelled(it) = object else { return None };
        (it.api_version.split('/').next() == Some(GROUP)).then_some((it.kind.as_str(), &**it))
    })
}

/// What a binding grants.
struct RoleRef<'a> {
    kind: &'a str,
    name: &'a str,
}

impl<'a> RoleRef<'a> {
    fn of(binding: &'a Value) -> RoleRef<'a> {
        let text = |field: &str| binding.pointer(field).and_then(Value::as_str).unwrap_or_default();
        RoleRef { kind: text("/roleRef/kind"), name: text("/roleRef/name") }
    }
}

fn subjects(binding: &Value) -> impl Iterator<Item = &Value> {
    binding.get("subjects").and_then(Value::as_array).into_iter().flatten()
}

/// `appliesToUser`.
fn is_meant(user: &User, subject: &Value, namespace: &str) -> bool {
    let text = |field: &str| subject.get(field).and_then(Value::as_str).unwrap_or_default();
    match text("kind") {
        "User" => user.name == text("name"),
        "Group" => user.groups.iter().any(|group| group == text("name")),
        "ServiceAccount" => {
            let own = if text("namespace").is_empty() { namespace } else { text("namespace") };
            service_account(&user.name) == Some((own, text("name")))
        }
        _ => false,
    }
}

/// `GetRoleReferenceRules`.
fn role_rules(store: &Store, role: &RoleRef<'_>, namespace: &str) -> Result<Vec<Rule>, String> {
    let (found, resource) = match role.kind {
        "Role" => {
            let key = ObjectKey::new(Kind::Unmodelled, namespace, &format!("roles.{GROUP}/{}", role.name));
            let rules =
                store.get(&key).map(|object| if let Object::Unmodelled(it) = object { Rule::all(&it.value) } else { Vec::new() });
            (rules, "role")
        }
        "ClusterRole" => (cluster_role(store, role.name, 0), "clusterrole"),
        kind => return Err(format!("unsupported role reference kind: {kind:?}")),
    };
    found.ok_or_else(|| format!("{resource}.{GROUP} {:?} not found", role.name))
}

/// The rules of a ClusterRole, those included that it gathers from others (`pkg/controller/clusterroleaggregation`).
fn cluster_role(store: &Store, name: &str, depth: usize) -> Option<Vec<Rule>> {
    let all = cluster_roles(store);
    let role = all.get(name)?;
    if role.gathers.is_empty() || depth > DEEPEST_AGGREGATION {
        return Some(role.rules());
    }
    let mut rules: Vec<Rule> = Vec::new();
    for (other, candidate) in all.iter().filter(|(other, _)| **other != *name) {
        if role.gathers.iter().any(|selector| selector.matches(&candidate.labels)) {
            for rule in cluster_role(store, other, depth + 1).into_iter().flatten() {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
        }
    }
    Some(rules)
}

/// A ClusterRole of the store or of every cluster.
struct ClusterRole<'a> {
    stored: Option<&'a Value>,
    built_in: Option<&'static bootstrap::Role>,
    labels: podlapse_model::Labels,
    gathers: Vec<Selector>,
}

impl ClusterRole<'_> {
    fn rules(&self) -> Vec<Rule> {
        match (self.stored, self.built_in) {
            (Some(value), _) => Rule::all(value),
            (None, Some(role)) => role.rules.iter().map(bootstrap::rule).collect(),
            (None, None) => Vec::new(),
        }
    }
}

fn cluster_roles(store: &Store) -> SortedMap<String, ClusterRole<'_>> {
    let mut all = SortedMap::new();
    for role in bootstrap::ROLES {
        let label = |to: &str| (format!("{GROUP}/aggregate-to-{to}"), "true".to_owned());
        let gathers = (!role.gathers.is_empty()).then(|| Selector::of_set(&[label(role.gathers)].into_iter().collect()));
        let labels = if role.goes_to.is_empty() { Default::default() } else { [label(role.goes_to)].into_iter().collect() };
        let built = ClusterRole { stored: None, built_in: Some(role), labels, gathers: gathers.into_iter().collect() };
        all.insert(role.name.to_owned(), built);
    }
    for (kind, object) in kept(store) {
        if kind != "ClusterRole" {
            continue;
        }
        let selectors = object.value.pointer("/aggregationRule/clusterRoleSelectors").and_then(Value::as_array);
        let selector = |value: &Value| Selector::of_label_selector(from_json(value.clone()).ok().as_ref()).ok();
        let gathers = selectors.into_iter().flatten().filter_map(selector).collect();
        let labels = object.metadata.labels.clone().unwrap_or_default();
        let role = ClusterRole { stored: Some(&object.value), built_in: None, labels, gathers };
        all.insert(object.name().to_owned(), role);
    }
    all
}

#[cfg(test)]
mod tests;
