//! What the API server warns of while it accepts an object.
//!
//! Upstream: `pkg/api/pod/warnings.go` and the `WarningsOnCreate` of each kind's strategy.

mod others;
mod overlap;
mod ports;

use std::net::Ipv6Addr;

use podlapse_model::api::core::v1::{Affinity, Container, NodeSelectorTerm, PodAffinityTerm, PodSpec, PodTemplateSpec, Volume};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::go_text::quote;
use podlapse_model::{Kind, Metadata, Object, Quantity, SortedSet};

use crate::validate::{label_value_errors, name_label_errors};
use crate::{app_armor, pod_template};

const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_ADVICE: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
const ANNOTATIONS: &[(&str, &str)] = &[
    ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];
const NODE_LABELS: &[(&str, &str)] = &[
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    ("failure-domain.beta.kubernetes.io/region", "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"),
    ("failure-domain.beta.kubernetes.io/zone", "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"),
    ("beta.kubernetes.io/instance-type", "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"),
];
const VOLUMES: &[(&str, &str)] = &[
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// Warnings that come before validation, so that they are printed even when the object is rejected.
///
/// ```
/// let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: []}\n";
/// let pod = podlapse_manifest::submit(text).entries.remove(0).outcome.unwrap();
/// assert!(podlapse_manifest::early_warnings(&pod).is_empty());
/// ```
pub fn early_warnings(object: &Object) -> Vec<String> {
    let Object::Pod(pod) = object else { return Vec::new() };
    let spec = pod.spec.iter();
    spec.flat_map(|spec| app_armor::warnings(spec, pod.metadata.annotations.as_ref())).collect()
}

/// The server's warnings at the creation of a valid object, as kubectl prints them after `Warning: `.
///
/// ```
/// let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web.one}\nspec: {containers: [{name: app, image: nginx}]}\n";
/// let pod = podlapse_manifest::submit(text).entries.remove(0).outcome.unwrap();
/// assert!(podlapse_manifest::warnings(&pod)[0].ends_with("a DNS label is recommended: [must not contain dots]"));
/// ```
pub fn warnings(object: &Object) -> Vec<String> {
    let mut out = Vec::new();
    name_warnings(object, &mut out);
    spec_warnings(object, &mut out);
    out
}

/// The server's warnings at the update of an object: as at its creation, without what its name is too late for. What a template of Pods
/// says is looked at only with a new generation. People do not change Pods themselves, so that no change of one is warned of.
///
/// ```
/// let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web.one}\nspec: {containers: [{name: app, image: nginx}]}\n";
/// let pod = podlapse_manifest::submit(text).entries.remove(0).outcome.unwrap();
/// assert!(podlapse_manifest::update_warnings(&pod, &pod, true).is_empty());
/// ```
pub fn update_warnings(object: &Object, before: &Object, is_new_generation: bool) -> Vec<String> {
    let mut out = Vec::new();
    let kind = object.kind();
    let is_noted = before.metadata().annotations == object.metadata().annotations;
    if kind == Kind::Pod || (kind == Kind::ServiceAccount && is_noted) {
        return out;
    }
    if is_new_generation {
        templates(object, &mut out);
    }
    if is_new_generation || !matches!(kind, Kind::Job | Kind::CronJob) {
        others::warnings(object, "Spec.", &mut out);
    }
    out
}

fn spec_warnings(object: &Object, out: &mut Vec<String>) {
    templates(object, out);
    others::warnings(object, "", out);
}

fn name_warnings(object: &Object, out: &mut Vec<String>) {
    let makes_named_pods =
        [Kind::Deployment, Kind::ReplicaSet, Kind::ReplicationController, Kind::Job, Kind::CronJob].contains(&object.kind());
    let used_in = match object.kind() == Kind::Pod {
        true => "the Pod's hostname",
        false if makes_named_pods => "Pod names and hostnames",
        false => "",
    };
    let errors = name_label_errors(object.name());
    if !used_in.is_empty() && !errors.is_empty() {
        out.push(format!(
            "metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            errors.join(" ")
        ));
    }
}

fn templates(object: &Object, out: &mut Vec<String>) {
    if let Object::Pod(pod) = object {
        pod.spec.iter().for_each(|spec| pod_warnings(spec, &pod.metadata, "", out));
    }
    if let Some(found) = pod_template(object) {
        let path = if object.kind() == Kind::CronJob { "spec.jobTemplate.spec.template." } else { "spec.template." };
        template(found, path, out);
    }
}

fn template(template: &PodTemplateSpec, path: &str, out: &mut Vec<String>) {
    let empty = ObjectMeta::default();
    if let Some(spec) = &template.spec {
        pod_warnings(spec, template.metadata.as_ref().unwrap_or(&empty), path, out);
    }
}

pub(crate) fn deprecated_label(key: &str) -> Option<&'static str> {
    NODE_LABELS.iter().find(|(label, _)| *label == key).map(|(_, advice)| *advice)
}

/// `path` is empty or ends with a dot.
fn pod_warnings(spec: &PodSpec, metadata: &ObjectMeta, path: &str, out: &mut Vec<String>) {
    for key in spec.node_selector.iter().flat_map(|selector| selector.keys()) {
        if let Some(advice) = deprecated_label(key) {
            out.push(format!("{path}spec.nodeSelector[{key}]: {advice}"));
        }
    }
    if let Some(affinity) = &spec.affinity {
        node_affinity(affinity, path, out);
    }
    for (at, constraint) in spec.topology_spread_constraints.iter().flatten().enumerate() {
        let own = format!("{path}spec.topologySpreadConstraints[{at}]");
        if let Some(advice) = deprecated_label(&constraint.topology_key) {
            out.push(format!("{own}.topologyKey: {} is {advice}", constraint.topology_key));
        }
        if constraint.label_selector.is_none() {
            out.push(format!("{own}.labelSelector: {NULL_SELECTOR}"));
        }
    }
    for (key, advice) in ANNOTATIONS {
        annotation(metadata, key, advice, path, out);
    }
    volumes(spec.volumes.as_deref().unwrap_or_default(), path, out);
    overlap::overlaps(spec.volumes.as_deref().unwrap_or_default(), out);
    let mut addresses = SortedSet::new();
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        if !addresses.insert(&alias.ip) {
            out.push(format!("{path}spec.hostAliases[{at}].ip: duplicate ip {}", quote(&alias.ip)));
        }
    }
    let secrets = spec.image_pull_secrets.as_deref().unwrap_or_default();
    let mut names = SortedSet::new();
    for (at, secret) in secrets.iter().enumerate().filter(|(_, secret)| !names.insert(&secret.name)) {
        out.push(format!("{path}spec.imagePullSecrets[{at}].name: duplicate name {}", quote(&secret.name)));
    }
    for (at, secret) in secrets.iter().enumerate().filter(|(_, secret)| secret.name.is_empty()) {
        out.push(format!("{path}spec.imagePullSecrets[{at}].name: invalid empty name {}", quote(&secret.name)));
    }
    for name in ["memory", "ephemeral-storage"] {
        fractional(spec.overhead.as_ref().and_then(|list| list.get(name)), &format!("{path}spec.overhead[{name}]"), out);
    }
    let of_pod = spec.security_context.as_ref();
    if of_pod.is_none_or(|context| context.seccomp_profile.is_none()) {
        annotation(metadata, SECCOMP_POD, SECCOMP_ADVICE, path, out);
    }
    // Of a Pod's own AppArmor annotations the server warns earlier.
    let tells_app_armor = !path.is_empty() && of_pod.is_none_or(|context| context.app_armor_profile.is_none());
    let all = containers(spec);
    for (own, container) in &all {
        let context = container.security_context.as_ref();
        if context.is_none_or(|context| context.seccomp_profile.is_none()) {
            annotation(metadata, &format!("{SECCOMP_CONTAINER}{}", container.name), SECCOMP_ADVICE, path, out);
        }
        if tells_app_armor && context.is_none_or(|context| context.app_armor_profile.is_none()) {
            annotation(metadata, &format!("{}{}", app_armor::ANNOTATION, container.name), app_armor::ADVICE, path, out);
        }
        container_warnings(container, &format!("{path}{own}"), out);
    }
    ports::ports(&all, path, out);
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        let advice = "must be >= 0; negative values are invalid and will be treated as 1";
        out.push(format!("{path}spec.terminationGracePeriodSeconds: {advice}"));
    }
    if let Some(affinity) = &spec.affinity {
        pod_affinity(affinity, path, out);
    }
    for (at, server) in spec.dns_config.iter().flat_map(|config| config.nameservers.iter().flatten()).enumerate() {
        address(server, &format!("{path}spec.dnsConfig.nameservers[{at}]"), out);
    }
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        address(&alias.ip, &format!("{path}spec.hostAliases[{at}].ip"), out);
    }
}

/// `GetWarningsForIP` of addresses that validation lets through.
pub(crate) fn address(text: &str, path: &str, out: &mut Vec<String>) {
    if let Some(usual) = text.parse::<Ipv6Addr>().ok().map(|address| address.to_string()).filter(|usual| usual != text) {
        out.push(format!("{path}: IPv6 address {} should be in RFC 5952 canonical format ({})", quote(text), quote(&usual)));
    }
}

/// `GetWarningsForCIDR` of ranges that validation lets through.
pub(crate) fn address_range(text: &str, path: &str, out: &mut Vec<String>) {
    let Some((address, length)) = text.trim().split_once('/') else { return };
    let Ok(address) = address.parse::<Ipv6Addr>() else { return };
    let usual = format!("{address}/{length}");
    if usual != text {
        out.push(format!("{path}: IPv6 CIDR value {} should be in RFC 5952 canonical format ({})", quote(text), quote(&usual)));
    }
}

fn annotation(metadata: &ObjectMeta, key: &str, advice: &str, path: &str, out: &mut Vec<String>) {
    if metadata.annotation(key).is_some() {
        out.push(format!("{path}metadata.annotations[{key}]: {advice}"));
    }
}

/// All containers with their paths, in the order in which upstream visits them.
fn containers(spec: &PodSpec) -> Vec<(String, &Container)> {
    let inits = spec.init_containers.iter().flatten().enumerate();
    let inits = inits.map(|(at, container)| (format!("spec.initContainers[{at}]"), container));
    let containers = spec.containers.iter().enumerate();
    inits.chain(containers.map(|(at, container)| (format!("spec.containers[{at}]"), container))).collect()
}

pub(crate) fn fractional(amount: Option<&ApiQuantity>, path: &str, out: &mut Vec<String>) {
    let Some(amount) = amount.map(Quantity::of).filter(|amount| amount.milli_value() % 1000 != 0) else { return };
    let shown = quote(&amount.to_string());
    out.push(format!("{path}: fractional byte value {shown} is invalid, must be an integer"));
}

/// What to say of a source of volumes whose time has gone.
pub(crate) fn volume_advice(source: &str) -> Option<&'static str> {
    VOLUMES.iter().find(|(name, _)| *name == source).map(|(_, advice)| *advice)
}

fn volumes(volumes: &[Volume], path: &str, out: &mut Vec<String>) {
    for (at, volume) in volumes.iter().enumerate() {
        for source in crate::volumes::sources(volume) {
            if let Some(advice) = volume_advice(source) {
                let field = if source == "storageos" { "storageOS" } else { source };
                out.push(format!("{path}spec.volumes[{at}].{field}: {advice}"));
            }
        }
        if let Some(template) = volume.ephemeral.as_ref().and_then(|found| found.volume_claim_template.as_ref()) {
            let own = format!("{path}spec.volumes[{at}].ephemeral.volumeClaimTemplate.spec.");
            others::claim_spec(Some(&template.spec), &own, out);
        }
    }
}

fn container_warnings(container: &Container, path: &str, out: &mut Vec<String>) {
    if let Some(resources) = &container.resources {
        for name in ["memory", "ephemeral-storage"] {
            for (field, list) in [("limits", &resources.limits), ("requests", &resources.requests)] {
                let amount = list.as_ref().and_then(|list| list.get(name));
                fractional(amount, &format!("{path}.resources.{field}[{name}]"), out);
            }
        }
    }
    let mut seen = SortedSet::new();
    for (at, variable) in container.env.iter().flatten().enumerate() {
        if seen.insert(&variable.name) {
            continue;
        }
        // A value that builds on the one before, as in `$(PATH):/more`, is fine.
        let (value, reference) = (variable.value.as_deref().unwrap_or_default(), format!("$({})", variable.name));
        if variable.value_from.is_some() || value == reference || !value.contains(&reference) {
            let name = quote(&variable.name);
            out.push(format!("{path}.env[{at}]: hides previous definition of {name}, which may be dropped when using apply"));
        }
    }
}

pub(crate) fn selector_term(term: &NodeSelectorTerm, path: &str, out: &mut Vec<String>) {
    for (at, expression) in term.match_expressions.iter().flatten().enumerate() {
        if let Some(advice) = deprecated_label(&expression.key) {
            out.push(format!("{path}.matchExpressions[{at}].key: {} is {advice}", expression.key));
        }
    }
}

/// Values that no label can have, in a term that is only preferred: such a term is never met.
fn impossible_values(term: &NodeSelectorTerm, path: &str, out: &mut Vec<String>) {
    for (at, expression) in term.match_expressions.iter().flatten().enumerate() {
        for (value_at, value) in expression.values.iter().flatten().enumerate() {
            for error in label_value_errors(value) {
                out.push(format!("{path}.matchExpressions[{at}].values[{value_at}]: {value} is invalid, {error}"));
            }
        }
    }
}

fn node_affinity(affinity: &Affinity, path: &str, out: &mut Vec<String>) {
    let Some(node) = &affinity.node_affinity else { return };
    let own = format!("{path}spec.affinity.nodeAffinity");
    if let Some(required) = &node.required_during_scheduling_ignored_during_execution {
        for (at, found) in required.node_selector_terms.iter().enumerate() {
            selector_term(found, &format!("{own}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{at}]"), out);
        }
    }
    for (at, found) in node.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
        let path = format!("{own}.preferredDuringSchedulingIgnoredDuringExecution[{at}].preference");
        selector_term(&found.preference, &path, out);
        impossible_values(&found.preference, &path, out);
    }
}

fn pod_affinity(affinity: &Affinity, path: &str, out: &mut Vec<String>) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let mut check = |term: &PodAffinityTerm, path: String| {
        if term.label_selector.is_none() {
            out.push(format!("{path}.labelSelector: {NULL_SELECTOR}"));
        }
    };
    if let Some(own) = &affinity.pod_affinity {
        for (at, term) in own.required_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
            check(term, format!("{path}spec.affinity.podAffinity.{REQUIRED}[{at}]"));
        }
        for (at, term) in own.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
            check(&term.pod_affinity_term, format!("{path}spec.affinity.podAffinity.{PREFERRED}[{at}].podAffinityTerm"));
        }
    }
    if let Some(own) = &affinity.pod_anti_affinity {
        for (at, term) in own.required_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
            check(term, format!("{path}spec.affinity.podAntiAffinity.{REQUIRED}[{at}]"));
        }
        for (at, term) in own.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
            check(&term.pod_affinity_term, format!("{path}spec.affinity.podAntiAffinity.{PREFERRED}[{at}].podAffinityTerm"));
        }
    }
}
