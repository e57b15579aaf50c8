//! What the API server warns of while it accepts an object.
//!
//! Upstream: `pkg/api/pod/warnings.go` and the `WarningsOnCreate` of each kind's strategy. Left out: warnings about addresses with
//! leading zeros and about paths in volumes that overlap.

use podlapse_model::SortedMap;

use podlapse_model::api::core::v1::{Affinity, Container, NodeSelectorTerm, PodAffinityTerm, PodSpec, PodTemplateSpec, Volume};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::field::quote;
use podlapse_model::{Object, Quantity};

use crate::validate::name_label_errors;

/// The beginning of the annotations that named a container's AppArmor profile.
pub(crate) const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
const APP_ARMOR_ADVICE: &str = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";
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
    let keys = pod.metadata.annotations.iter().flat_map(|annotations| annotations.keys());
    let app_armor = keys.filter(|key| key.starts_with(APP_ARMOR_ANNOTATION));
    app_armor.map(|key| format!("metadata.annotations[{key}]: {APP_ARMOR_ADVICE}")).collect()
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
    let used_in = match object {
        Object::Pod(_) => "the Pod's hostname",
        Object::Deployment(_)
        | Object::ReplicaSet(_)
        | Object::ReplicationController(_)
        | Object::Job(_)
        | Object::CronJob(_) => "Pod names and hostnames",
        _ => "",
    };
    let errors = name_label_errors(object.metadata().name.as_deref().unwrap_or_default());
    if !used_in.is_empty() && !errors.is_empty() {
        out.push(format!(
            "metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            errors.join(" ")
        ));
    }
    match object {
        Object::Pod(pod) => {
            if let Some(spec) = &pod.spec {
                pod_warnings(spec, &pod.metadata, "", &mut out);
            }
        }
        Object::Deployment(found) => found.spec.iter().for_each(|spec| template(&spec.template, "spec.template.", &mut out)),
        Object::ReplicaSet(found) => {
            let templates = found.spec.iter().flat_map(|spec| &spec.template);
            templates.for_each(|found| template(found, "spec.template.", &mut out));
        }
        Object::ReplicationController(found) => {
            let templates = found.spec.iter().flat_map(|spec| &spec.template);
            templates.for_each(|found| template(found, "spec.template.", &mut out));
        }
        Object::StatefulSet(found) => {
            if let Some(spec) = &found.spec {
                template(&spec.template, "spec.template.", &mut out);
                if spec.revision_history_limit.is_some_and(|limit| limit < 0) {
                    let advice = "a negative value retains all historical revisions; a value >= 0 is recommended";
                    out.push(format!("spec.revisionHistoryLimit: {advice}"));
                }
            }
        }
        Object::DaemonSet(found) => found.spec.iter().for_each(|spec| template(&spec.template, "spec.template.", &mut out)),
        Object::Job(found) => found.spec.iter().for_each(|spec| template(&spec.template, "spec.template.", &mut out)),
        Object::CronJob(found) => {
            let specs = found.spec.job_template.spec.iter();
            specs.for_each(|spec| template(&spec.template, "spec.jobTemplate.spec.template.", &mut out));
        }
        _ => {}
    }
    out
}

fn template(template: &PodTemplateSpec, path: &str, out: &mut Vec<String>) {
    let empty = ObjectMeta::default();
    if let Some(spec) = &template.spec {
        pod_warnings(spec, template.metadata.as_ref().unwrap_or(&empty), path, out);
    }
}

fn deprecated_label(key: &str) -> Option<&'static str> {
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
    for key in metadata.annotations.iter().flat_map(|annotations| annotations.keys()) {
        if let Some(advice) = deprecated_annotation(key) {
            out.push(format!("{path}metadata.annotations[{key}]: {advice}"));
        }
    }
    volumes(spec.volumes.as_deref().unwrap_or_default(), path, out);
    let mut addresses = SortedMap::new();
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        if let Some(first) = addresses.insert(&alias.ip, at) {
            out.push(format!("{path}spec.hostAliases[{at}].ip: duplicates ip in {path}spec.hostAliases[{first}]"));
        }
    }
    let mut secrets = SortedMap::new();
    for (at, secret) in spec.image_pull_secrets.iter().flatten().enumerate() {
        let own = format!("{path}spec.imagePullSecrets[{at}].name");
        if secret.name.is_empty() {
            out.push(format!("{own}: invalid empty name {}", quote(&secret.name)));
        } else if secrets.insert(&secret.name, at).is_some() {
            out.push(format!("{own}: duplicates {}", quote(&secret.name)));
        }
    }
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        let advice = "must be >= 0; negative values are invalid and will be treated as 1";
        out.push(format!("{path}spec.terminationGracePeriodSeconds: {advice}"));
    }
    let inits = spec.init_containers.as_deref().unwrap_or_default();
    for (field, containers) in [("initContainers", inits), ("containers", spec.containers.as_slice())] {
        for (at, container) in containers.iter().enumerate() {
            container_warnings(container, &format!("{path}spec.{field}[{at}]"), out);
        }
    }
    if let Some(affinity) = &spec.affinity {
        pod_affinity(affinity, path, out);
    }
}

fn deprecated_annotation(key: &str) -> Option<&'static str> {
    const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
    if key.starts_with(APP_ARMOR_ANNOTATION) {
        return Some(APP_ARMOR_ADVICE);
    }
    let is_seccomp =
        key == "seccomp.security.alpha.kubernetes.io/pod" || key.starts_with("container.seccomp.security.alpha.kubernetes.io/");
    is_seccomp.then_some(SECCOMP)
}

fn volumes(volumes: &[Volume], path: &str, out: &mut Vec<String>) {
    for (at, volume) in volumes.iter().enumerate() {
        for source in crate::volumes::sources(volume) {
            if let Some((_, advice)) = VOLUMES.iter().find(|(name, _)| *name == source) {
                out.push(format!("{path}spec.volumes[{at}].{source}: {advice}"));
            }
        }
    }
}

fn container_warnings(container: &Container, path: &str, out: &mut Vec<String>) {
    if let Some(resources) = &container.resources {
        for name in ["memory", "ephemeral-storage"] {
            for (field, list) in [("limits", &resources.limits), ("requests", &resources.requests)] {
                let Some(amount) = list.as_ref().and_then(|list| list.get(name)).map(Quantity::of) else { continue };
                if amount.milli_value() % 1000 != 0 {
                    let shown = quote(&amount.to_string());
                    out.push(format!(
                        "{path}.resources.{field}[{name}]: fractional byte value {shown} is invalid, must be an integer"
                    ));
                }
            }
        }
    }
    let mut seen: SortedMap<&str, &Option<String>> = SortedMap::new();
    for (at, variable) in container.env.iter().flatten().enumerate() {
        if seen.insert(&variable.name, &variable.value).is_some() {
            let name = quote(&variable.name);
            out.push(format!("{path}.env[{at}]: hides previous definition of {name}, which may be dropped when using apply"));
        }
    }
    let mut ports: SortedMap<(i32, &str, i32, &str), usize> = SortedMap::new();
    for (at, port) in container.ports.iter().flatten().enumerate() {
        let text = |field: &'_ Option<String>| field.clone().unwrap_or_default();
        let (name, protocol, host_ip) = (text(&port.name), text(&port.protocol), text(&port.host_ip));
        let host_port = port.host_port.unwrap_or_default();
        let key = (
            port.container_port,
            port.protocol.as_deref().unwrap_or_default(),
            host_port,
            port.host_ip.as_deref().unwrap_or_default(),
        );
        if let Some(first) = ports.get(&key) {
            out.push(format!("{path}.ports[{at}]: duplicate port definition with {path}.ports[{first}]"));
        } else {
            ports.insert(key, at);
        }
        if host_port == 0 && !host_ip.is_empty() {
            let shown = format!(
                "{{Name:{name} HostPort:{host_port} ContainerPort:{} Protocol:{protocol} HostIP:{host_ip}}}",
                port.container_port
            );
            out.push(format!("{path}.ports[{at}]: hostIP set without hostPort: {shown}"));
        }
    }
}

fn node_affinity(affinity: &Affinity, path: &str, out: &mut Vec<String>) {
    let Some(node) = &affinity.node_affinity else { return };
    let own = format!("{path}spec.affinity.nodeAffinity");
    let mut term = |term: &NodeSelectorTerm, path: String| {
        for (at, expression) in term.match_expressions.iter().flatten().enumerate() {
            if let Some(advice) = deprecated_label(&expression.key) {
                out.push(format!("{path}.matchExpressions[{at}].key: {} is {advice}", expression.key));
            }
        }
    };
    if let Some(required) = &node.required_during_scheduling_ignored_during_execution {
        for (at, found) in required.node_selector_terms.iter().enumerate() {
            term(found, format!("{own}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{at}]"));
        }
    }
    for (at, found) in node.preferred_during_scheduling_ignored_during_execution.iter().flatten().enumerate() {
        term(&found.preference, format!("{own}.preferredDuringSchedulingIgnoredDuringExecution[{at}].preference"));
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
