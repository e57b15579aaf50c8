//! `kubectl create role|clusterrole|rolebinding|clusterrolebinding|ingress`. Models their generators in `k8s.io/kubectl/pkg/cmd/create`
//! (v1.36). What they make is kept and shown; nothing comes of it. Not modelled: resource names with several resources.

use std::collections::BTreeMap;

use podlapse_core::client::Outcome;
use podlapse_model::Kind;
use serde_json::{Value, json};

use super::create::{Made, local_metadata};
use super::flags::Arguments;
use super::report::failed;
use super::shape::shape;
use super::targets::namespace_of;
use crate::resources::{Named, named};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The values of a flag that may be given several times, each once.
fn values<'a>(arguments: &'a Arguments, flag: &'a str) -> Vec<&'a str> {
    let mut all = Vec::new();
    for value in arguments.all(flag).filter(|value| !value.is_empty()) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

/// A Role or a ClusterRole.
pub(super) fn role(arguments: &Arguments, kind: &str, name: &str) -> Made {
    let is_cluster = kind == "ClusterRole";
    let mut role = shape!(
        r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"$0","metadata":"$1"}"#,
        kind,
        metadata(arguments, kind, name)
    );
    let complaint = if is_cluster { "failed to create clusterrole: " } else { "failed to create role: " };
    if let Some(rule) = arguments.get("aggregation-rule").filter(|_| is_cluster) {
        if ["verb", "resource", "non-resource-url", "resource-name"].iter().any(|flag| arguments.get(flag).is_some()) {
            return Err(failed("aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames"));
        }
        let labels = super::create::labels(rule).map_err(failed)?;
        role["aggregationRule"] = shape!(r#"{"clusterRoleSelectors":[{"matchLabels":"$0"}]}"#, labels);
        role["rules"] = Value::Null;
        return Ok((Kind::Unmodelled, role, complaint));
    }
    let verbs = values(arguments, "verb");
    let verbs = if verbs.contains(&"*") { vec!["*"] } else { verbs };
    if verbs.is_empty() {
        return Err(failed("at least one verb must be specified"));
    }
    let mut resources = values(arguments, "resource");
    if resources.contains(&"*") {
        resources = vec!["*"];
    }
    let urls = values(arguments, "non-resource-url");
    if resources.is_empty() && (urls.is_empty() || !is_cluster) {
        let wanted = if is_cluster {
            "one of resource or nonResourceURL must be specified"
        } else {
            "at least one resource must be specified"
        };
        return Err(failed(wanted));
    }
    // One rule for each group, the groups in order.
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for resource in resources {
        let (whole, subresource) = resource.split_once('/').map_or((resource, None), |(whole, sub)| (whole, Some(sub)));
        let (group, plural) = match named(whole).first() {
            _ if whole == "*" => ("", "*"),
            Some(Named::Kind(kind)) => (kind.group(), kind.resource()),
            Some(Named::Other(other)) => (other.group(), other.resource),
            None => {
                let stderr = format!("the server doesn't have a resource type {whole:?}\n");
                return Err(Outcome { stderr, exit: 1, ..Outcome::default() });
            }
        };
        if let Some(verb) = verbs.iter().find(|verb| !may(verb, group, plural)) {
            return Err(failed(format!("can not perform '{verb}' on '{plural}' in group '{group}'")));
        }
        let plural = subresource.map_or_else(|| plural.to_owned(), |subresource| format!("{plural}/{subresource}"));
        let of_group = groups.entry(group.to_owned()).or_default();
        if !of_group.contains(&plural) {
            of_group.push(plural);
        }
    }
    for url in urls.iter().filter(|url| **url != "*") {
        if !url.starts_with('/') {
            return Err(failed("nonResourceURL should start with /"));
        }
        if url.trim_end_matches('*').contains('*') {
            return Err(failed("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    let names = values(arguments, "resource-name");
    let rule = |(group, resources): (String, Vec<String>)| {
        let mut rule = shape!(r#"{"apiGroups":["$0"],"resources":"$1","verbs":"$2"}"#, group, resources, verbs.clone());
        if !names.is_empty() {
            rule["resourceNames"] = names.clone().into();
        }
        rule
    };
    let mut rules: Vec<Value> = groups.into_iter().map(rule).collect();
    if !urls.is_empty() {
        rules.push(shape!(r#"{"nonResourceURLs":"$0","verbs":"$1"}"#, urls, verbs.clone()));
    }
    role["rules"] = rules.into();
    Ok((Kind::Unmodelled, role, complaint))
}

/// The verbs of rules about resources that kubectl does not wonder at.
const VERBS: &str = " * get delete list create update patch watch proxy deletecollection use bind escalate impersonate ";

/// What kubectl says of verbs that it does not know.
pub(super) fn warnings(arguments: &Arguments) -> String {
    let unknown = values(arguments, "verb").into_iter().filter(|verb| !VERBS.contains(&format!(" {verb} ")));
    unknown.map(|verb| format!("Warning: '{verb}' is not a standard resource verb\n")).collect()
}

/// Whether a verb that is about few resources is about this one.
fn may(verb: &str, group: &str, plural: &str) -> bool {
    match verb {
        "use" => plural == "*",
        "bind" | "escalate" => matches!((group, plural), (GROUP, "roles" | "clusterroles") | (_, "*")),
        "impersonate" => matches!(plural, "*" | "serviceaccounts"),
        _ => true,
    }
}

fn metadata(arguments: &Arguments, kind: &str, name: &str) -> Value {
    if kind.starts_with("Cluster") { shape!(r#"{"name":"$0"}"#, name) } else { local_metadata(arguments, name, None) }
}

/// A RoleBinding or a ClusterRoleBinding.
pub(super) fn binding(arguments: &Arguments, kind: &str, name: &str) -> Made {
    let given = |flag: &str| arguments.get(flag).filter(|value| !value.is_empty());
    let (role_kind, role) = match (given("clusterrole"), given("role").filter(|_| kind == "RoleBinding")) {
        (Some(role), None) => ("ClusterRole", role),
        (None, Some(role)) => ("Role", role),
        (_, _) if kind == "RoleBinding" => return Err(failed("exactly one of clusterrole or role must be specified")),
        (_, _) => return Err(failed("required flag(s) \"clusterrole\" not set")),
    };
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, subject) in [("user", "User"), ("group", "Group")] {
        let of_flag = values(arguments, flag).into_iter();
        subjects.extend(of_flag.map(|name| shape!(r#"{"apiGroup":"$0","kind":"$1","name":"$2"}"#, GROUP, subject, name)));
    }
    for account in values(arguments, "serviceaccount") {
        let Some((namespace, name)) =
            account.split_once(':').filter(|(namespace, name)| !namespace.is_empty() && !name.contains(':'))
        else {
            return Err(failed("serviceaccount must be <namespace>:<name>"));
        };
        subjects.push(shape!(r#"{"kind":"ServiceAccount","name":"$0","namespace":"$1"}"#, name, namespace));
    }
    let mut binding = shape!(
        r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"$0","metadata":"$1",
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"$2","name":"$3"}}"#,
        kind,
        metadata(arguments, kind, name),
        role_kind,
        role,
    );
    if !subjects.is_empty() {
        binding["subjects"] = subjects.into();
    }
    let complaint =
        if kind == "RoleBinding" { "failed to create rolebinding: " } else { "failed to create clusterrolebinding: " };
    Ok((Kind::Unmodelled, binding, complaint))
}

/// An Ingress from rules such as `example.com/path*=service:port,tls=secret`.
pub(super) fn ingress(arguments: &Arguments, name: &str) -> Made {
    let mut spec = json!({});
    let backend = |service: &str| -> Option<Value> {
        let (name, port) =
            service.split_once(':').filter(|(name, port)| !name.is_empty() && !port.is_empty() && !port.contains(':'))?;
        let port =
            port.parse::<i64>().map_or_else(|_| shape!(r#"{"name":"$0"}"#, port), |number| shape!(r#"{"number":"$0"}"#, number));
        Some(shape!(r#"{"service":{"name":"$0","port":"$1"}}"#, name, port))
    };
    if let Some(class) = arguments.get("class").filter(|class| !class.is_empty()) {
        spec["ingressClassName"] = class.into();
    }
    if let Some(service) = arguments.get("default-backend") {
        let wrong = || failed("default-backend should be in format servicename:serviceport");
        spec["defaultBackend"] = backend(service).ok_or_else(wrong)?;
    } else if arguments.get("rule").is_none() {
        return Err(failed(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a \
             list of rules (which catch specific paths)",
        ));
    }
    let mut rules: Vec<(String, Vec<Value>)> = Vec::new();
    let mut tls: Vec<(String, Vec<String>)> = Vec::new();
    for text in arguments.all("rule") {
        let wrong = || failed(format!("rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"));
        let (place, target) = text.split_once('=').ok_or_else(wrong)?;
        let (host, path) = place.split_once('/').map(|(host, path)| (host, format!("/{path}"))).ok_or_else(wrong)?;
        let (service, secret) = target.split_once(',').map_or((target, None), |(service, secret)| (service, Some(secret)));
        let kind = if path.ends_with('*') { "Prefix" } else { "Exact" };
        let path = path.strip_suffix('*').unwrap_or(&path);
        let entry = shape!(r#"{"backend":"$0","path":"$1","pathType":"$2"}"#, backend(service).ok_or_else(wrong)?, path, kind);
        match rules.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(entry),
            None => rules.push((host.to_owned(), vec![entry])),
        }
        if let Some(secret) = secret {
            let secret = match secret.split_once('=') {
                Some(("tls", name)) => name,
                None if secret == "tls" => "",
                Some(_) | None => return Err(wrong()),
            };
            match tls.iter_mut().find(|(known, _)| known == secret) {
                Some((_, hosts)) => hosts.push(host.to_owned()),
                None => tls.push((secret.to_owned(), vec![host.to_owned()])),
            }
        }
    }
    if !rules.is_empty() {
        let rule = |(host, paths): (String, Vec<Value>)| {
            let mut rule = shape!(r#"{"http":{"paths":"$0"}}"#, paths);
            if !host.is_empty() {
                rule["host"] = host.into();
            }
            rule
        };
        spec["rules"] = rules.into_iter().map(rule).collect::<Vec<_>>().into();
    }
    if !tls.is_empty() {
        let entry = |(secret, hosts): (String, Vec<String>)| match secret.as_str() {
            "" => shape!(r#"{"hosts":"$0"}"#, hosts),
            secret => shape!(r#"{"hosts":"$0","secretName":"$1"}"#, hosts, secret),
        };
        spec["tls"] = tls.into_iter().map(entry).collect::<Vec<_>>().into();
    }
    let mut metadata = local_metadata(arguments, name, None);
    for text in arguments.all("annotation") {
        let wrong = || failed(format!("annotation {text} is invalid and should be in format key=[value]"));
        let (key, value) = text.split_once('=').ok_or_else(wrong)?;
        metadata["annotations"][key] = value.into();
    }
    let ingress = shape!(
        r#"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":"$0","spec":"$1","status":{"loadBalancer":{}}}"#,
        metadata,
        spec,
    );
    Ok((Kind::Unmodelled, ingress, "failed to create ingress: "))
}

/// The object in its namespace, where its kind has one.
pub(super) fn whole(arguments: &Arguments, mut local: Value) -> Value {
    if !local["kind"].as_str().unwrap_or_default().starts_with("Cluster") {
        local["metadata"]["namespace"] = namespace_of(arguments).into();
    }
    local
}

/// The object that a verb makes; `None` for one that makes something else.
pub(super) fn made(what: &str, arguments: &Arguments, name: &str) -> Option<Result<(Kind, Value, &'static str), Outcome>> {
    Some(match what {
        "role" => role(arguments, "Role", name),
        "clusterrole" => role(arguments, "ClusterRole", name),
        "rolebinding" => binding(arguments, "RoleBinding", name),
        "clusterrolebinding" => binding(arguments, "ClusterRoleBinding", name),
        "ingress" => ingress(arguments, name),
        _ => return None,
    })
}
