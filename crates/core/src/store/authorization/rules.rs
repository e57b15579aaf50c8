//! Rules of roles, and the requests that they allow.
//!
//! Models `pkg/apis/rbac/v1/evaluation_helpers.go`, and `BreakdownRule` and `CompactRules` of `k8s.io/kubectl/pkg/util/rbac`.

use serde_json::Value;

use super::Access;

/// A rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// As in `get`; `*` for each.
    pub verbs: Vec<String>,
    /// As in `apps`; empty for the core's, `*` for each.
    pub groups: Vec<String>,
    /// As in `pods`, `pods/log`, `*/scale`; `*` for each.
    pub resources: Vec<String>,
    /// The only objects that are meant; none: each.
    pub names: Vec<String>,
    /// Paths that are no resources.
    pub urls: Vec<String>,
}

impl Rule {
    /// The rules of a role.
    pub(super) fn all(role: &Value) -> Vec<Rule> {
        role.get("rules").and_then(Value::as_array).into_iter().flatten().map(Rule::of).collect()
    }

    fn of(value: &Value) -> Rule {
        let list = |field: &str| -> Vec<String> {
            let items = value.get(field).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Rule {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            urls: list("nonResourceURLs"),
        }
    }

    /// `RuleAllows`.
    pub fn allows(&self, access: &Access) -> bool {
        let holds = |list: &[String], wanted: &str| list.iter().any(|own| own == "*" || own == wanted);
        if !holds(&self.verbs, &access.verb) {
            return false;
        }
        if access.resource.is_empty() {
            return self.urls.iter().any(|url| is_path_of(url, &access.path));
        }
        let whole = access.whole_resource();
        let is_part = |own: &String| own.strip_prefix("*/").is_some_and(|part| !part.is_empty() && part == access.subresource);
        holds(&self.groups, &access.group)
            && (holds(&self.resources, &whole) || self.resources.iter().any(is_part))
            && (self.names.is_empty() || self.names.contains(&access.name))
    }

    /// As it stands in a message about rights that are missing (`CompactString`).
    pub(super) fn compact_text(&self) -> String {
        let parts = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        let shown = parts.iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| format!("{name}:{}", quoted(list)));
        format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
    }
}

/// A list as Go's `%q` prints it.
pub(super) fn quoted(list: &[String]) -> String {
    let items: Vec<String> = list.iter().map(|item| podlapse_model::go_text::quote(item)).collect();
    format!("[{}]", items.join(" "))
}

/// `NonResourceURLMatches`.
pub(super) fn is_path_of(url: &str, path: &str) -> bool {
    url == "*" || url == path || (url.ends_with('*') && path.starts_with(url.trim_end_matches('*')))
}

/// The same rights, one verb, resource and name a rule.
pub fn broken_down(rules: &[Rule]) -> Vec<Rule> {
    let one = |text: &String| vec![text.clone()];
    let mut single = Vec::new();
    for rule in rules {
        for group in &rule.groups {
            for resource in &rule.resources {
                for verb in &rule.verbs {
                    let plain = Rule { verbs: one(verb), groups: one(group), resources: one(resource), ..Rule::default() };
                    if rule.names.is_empty() {
                        single.push(plain);
                    } else {
                        single.extend(rule.names.iter().map(|name| Rule { names: one(name), ..plain.clone() }));
                    }
                }
            }
        }
        for url in &rule.urls {
            single.extend(rule.verbs.iter().map(|verb| Rule { verbs: one(verb), urls: one(url), ..Rule::default() }));
        }
    }
    single
}

/// Rules for one resource put together by their verbs; those for paths stay apart and come first.
pub fn compacted(rules: Vec<Rule>) -> Vec<Rule> {
    let (urls, resources): (Vec<Rule>, Vec<Rule>) = rules.into_iter().partition(|rule| !rule.urls.is_empty());
    let mut all = urls;
    let first = all.len();
    for rule in resources {
        let known = all[first..]
            .iter_mut()
            .find(|known| (&known.groups, &known.resources, &known.names) == (&rule.groups, &rule.resources, &rule.names));
        match known {
            Some(known) => known.verbs.extend(rule.verbs),
            None => all.push(rule),
        }
    }
    all
}
