//! Roles and their bindings. Models `RoleDescriber`, `RoleBindingDescriber`, and `BreakdownRule` and `CompactRules` of
//! `k8s.io/kubectl/pkg/util/rbac`.

use podlapse_model::{Metadata, Unmodelled};
use serde_json::Value;

use super::metadata::{head, labels_and_annotations};
use super::others::texts;
use super::writer::{Writer, put};
use crate::printers::others::{list, text};

/// What may be done with one resource, or with one path that is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule<'a> {
    verbs: Vec<&'a str>,
    group: Option<&'a str>,
    resource: Option<&'a str>,
    name: Option<&'a str>,
    path: Option<&'a str>,
}

impl Rule<'_> {
    /// The text of the rule's type, by which rules are sorted.
    fn text(&self) -> String {
        format!(
            "&PolicyRule{{Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},}}",
            go_list(&self.verbs),
            go_list(self.group.as_slice()),
            go_list(self.resource.as_slice()),
            go_list(self.name.as_slice()),
            go_list(self.path.as_slice())
        )
    }

    /// `CombineResourceGroup`: `deployments.apps/scale`.
    fn whole_resource(&self) -> String {
        let Some(resource) = self.resource else { return String::new() };
        let (resource, sub) = resource.split_once('/').map_or((resource, None), |(resource, sub)| (resource, Some(sub)));
        let group = self.group.filter(|group| !group.is_empty()).map(|group| format!(".{group}"));
        let sub = sub.map(|sub| format!("/{sub}"));
        format!("{resource}{}{}", group.unwrap_or_default(), sub.unwrap_or_default())
    }
}

/// A list as Go prints it.
fn go_list(texts: &[&str]) -> String {
    format!("[{}]", texts.join(" "))
}

/// One rule for each resource and each of its names, with all its verbs, and one for each verb of each path.
fn compact(rules: &[Value]) -> Vec<Rule<'_>> {
    let mut simple: Vec<Rule<'_>> = Vec::new();
    let mut paths: Vec<Rule<'_>> = Vec::new();
    for rule in rules {
        let verbs = texts(rule, "/verbs");
        let named: Vec<Option<&str>> = match texts(rule, "/resourceNames") {
            names if names.is_empty() => vec![None],
            names => names.into_iter().map(Some).collect(),
        };
        for group in texts(rule, "/apiGroups") {
            for resource in texts(rule, "/resources") {
                for (verb, name) in verbs.iter().flat_map(|verb| named.iter().map(move |name| (*verb, *name))) {
                    let alike =
                        |known: &&mut Rule<'_>| (known.group, known.resource, known.name) == (Some(group), Some(resource), name);
                    match simple.iter_mut().find(alike) {
                        Some(known) if known.verbs.contains(&verb) => {}
                        Some(known) => known.verbs.push(verb),
                        None => simple.push(Rule {
                            verbs: vec![verb],
                            group: Some(group),
                            resource: Some(resource),
                            name,
                            path: None,
                        }),
                    }
                }
            }
        }
        for path in texts(rule, "/nonResourceURLs") {
            paths.extend(verbs.iter().map(|verb| Rule { verbs: vec![*verb], path: Some(path), ..Rule::default() }));
        }
    }
    let mut all = paths;
    all.extend(simple);
    podlapse_model::sort_by_key(&mut all, Rule::text);
    all
}

pub(super) fn role(w: &mut Writer, role: &Unmodelled) {
    put!(w, 0, "Name:\t{}\n", role.name());
    labels_and_annotations(w, &role.metadata);
    put!(w, 0, "PolicyRule:\n");
    head(w, 1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    for rule in compact(list(&role.value, "/rules")) {
        let (paths, names) = (go_list(rule.path.as_slice()), go_list(rule.name.as_slice()));
        put!(w, 1, "{}\t{paths}\t{names}\t{}\n", rule.whole_resource(), go_list(&rule.verbs));
    }
}

pub(super) fn binding(w: &mut Writer, binding: &Unmodelled) {
    put!(w, 0, "Name:\t{}\n", binding.name());
    labels_and_annotations(w, &binding.metadata);
    put!(w, 0, "Role:\n");
    put!(w, 1, "Kind:\t{}\n", text(&binding.value, "/roleRef/kind"));
    put!(w, 1, "Name:\t{}\n", text(&binding.value, "/roleRef/name"));
    put!(w, 0, "Subjects:\n");
    head(w, 1, "Kind\tName\tNamespace");
    for subject in list(&binding.value, "/subjects") {
        put!(w, 1, "{}\t{}\t{}\n", text(subject, "/kind"), text(subject, "/name"), text(subject, "/namespace"));
    }
}
