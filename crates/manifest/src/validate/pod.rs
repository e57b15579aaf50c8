//! Pods and templates of Pods.
//!
//! Upstream: `ValidatePodCreate`, `ValidatePodSpec`, `ValidatePodTemplateSpec` in `pkg/apis/core/validation/validation.go`.
//! Left out: scheduling groups.

use podlapse_model::api::core::v1::{Pod, PodDNSConfig, PodResourceClaim, PodSpec, PodTemplateSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Metadata, SortedSet};
use serde_json::Value;

use super::container::{Surroundings, containers, ephemeral_containers, init_containers, untrimmed_image};
use super::error::Errors;
use super::internal::compact;
use super::names::{ip_errors, label_errors, qualified_name_errors, range, subdomain_errors, underscore_subdomain_errors};
use super::{annotations, env, metadata, resources, scheduling, security, volume, windows};

/// The most DNS servers, search paths, and characters of search paths.
const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARACTERS: usize = 2048;
/// The longest hostname that Linux takes.
const MAX_HOSTNAME: usize = 64;

pub(super) fn pod(pod: &Pod, out: &mut Errors) {
    metadata::object_meta(&pod.metadata, true, subdomain_errors, "metadata", out);
    let empty = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    pod_metadata_and_spec(pod, spec, out);
    if spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty()) {
        out.forbidden("spec.ephemeralContainers", "cannot be set on create");
    }
    let has_node = spec.node_name.as_deref().is_some_and(|name| !name.is_empty());
    if has_node && spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        out.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
    }
    annotations::match_fields(&pod.metadata, spec, "spec", out);
}

/// What is looked at when a Pod is created and when it is updated.
pub(super) fn pod_metadata_and_spec(pod: &Pod, spec: &PodSpec, out: &mut Errors) {
    annotations::check(&pod.metadata, spec, "metadata.annotations", out);
    pod_spec(spec, Some(pod.name()), "spec", out);
    if spec.service_account_name.as_deref().unwrap_or_default().is_empty() {
        for (at, volume) in spec.volumes.iter().flatten().enumerate() {
            let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
            for (source_at, _) in sources.enumerate().filter(|(_, source)| source.service_account_token.is_some()) {
                let path = format!("spec.volumes[{at}].projected.sources[{source_at}].serviceAccountToken");
                out.forbidden(&path, "must not be specified when serviceAccountName is not set");
            }
        }
    }
    let inits = spec.init_containers.as_deref().unwrap_or_default();
    for (field, containers) in [("containers", spec.containers.as_slice()), ("initContainers", inits)] {
        for (at, container) in containers.iter().enumerate() {
            untrimmed_image(container, &format!("spec.{field}[{at}]"), out);
        }
    }
}

pub(super) fn template(template: &PodTemplateSpec, path: &str, out: &mut Errors) {
    let (empty_meta, empty_spec) = (ObjectMeta::default(), PodSpec::default());
    let metadata = template.metadata.as_ref().unwrap_or(&empty_meta);
    let spec = template.spec.as_ref().unwrap_or(&empty_spec);
    metadata::labels(metadata.labels.as_ref(), &format!("{path}.labels"), out);
    metadata::annotations(metadata.annotations.as_ref(), &format!("{path}.annotations"), out);
    annotations::check(metadata, spec, &format!("{path}.annotations"), out);
    pod_spec(spec, None, &format!("{path}.spec"), out);
    annotations::match_fields(metadata, spec, &format!("{path}.spec"), out);
    if spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty()) {
        out.forbidden(&format!("{path}.spec.ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}

/// A specification; `pod` is the name of the Pod that has it, which a template has not.
pub(super) fn pod_spec(spec: &PodSpec, pod: Option<&str>, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    let volumes = volume::volumes(spec.volumes.as_deref().unwrap_or_default(), pod, &child("volumes"), out);
    resource_claims(spec.resource_claims.as_deref().unwrap_or_default(), &child("resourceClaims"), out);
    let claims = spec.resource_claims.iter().flatten().map(|claim| claim.name.clone()).filter(|name| !name.is_empty()).collect();
    let restart_policy = spec.restart_policy.as_deref().unwrap_or_default();
    let around = Surroundings {
        volumes,
        claims,
        restart_policy,
        grace_seconds: spec.termination_grace_period_seconds.unwrap_or_default(),
        uses_host_users: spec.host_users.unwrap_or(true),
    };
    containers(spec, &around, &child("containers"), out);
    init_containers(spec, &around, &child("initContainers"), out);
    ephemeral_containers(spec, &around, &child("ephemeralContainers"), out);
    resources::pod(spec, &around.claims, &child("resources"), out);
    host_network_ports(spec, pod.is_some(), &child("containers"), out);
    out.required_one_of(&child("restartPolicy"), restart_policy, &["Always", "OnFailure", "Never"]);
    let dns_policy = spec.dns_policy.as_deref().unwrap_or_default();
    out.required_one_of(&child("dnsPolicy"), dns_policy, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    metadata::labels(spec.node_selector.as_ref(), &child("nodeSelector"), out);
    if let Some(context) = &spec.security_context {
        security::pod(context, spec, &child("securityContext"), out);
    }
    if let Some(affinity) = &spec.affinity {
        scheduling::affinity(affinity, &child("affinity"), out);
    }
    dns_config(spec.dns_config.as_ref(), dns_policy, &child("dnsConfig"), out);
    for (at, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        let path = child(&format!("readinessGates[{at}].conditionType"));
        out.each(&path, &gate.condition_type, qualified_name_errors(&gate.condition_type));
    }
    scheduling::gates(spec.scheduling_gates.as_deref().unwrap_or_default(), &child("schedulingGates"), out);
    let constraints = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    scheduling::topology_spread(constraints, &child("topologySpreadConstraints"), out);
    windows::host_process(spec, path, out);
    host_users(spec, path, out);
    hostname_override(spec, &child("hostnameOverride"), out);
    names_and_limits(spec, path, out);
    if let Some(overhead) = &spec.overhead {
        resources::overhead(overhead, &child("overhead"), out);
    }
    match spec.os.as_ref().map(|os| os.name.as_str()) {
        None => {}
        Some("") => out.required(&child("os.name"), ""),
        Some("windows") => windows::fields(spec, path, out),
        Some("linux") => windows::no_options(spec, path, out),
        Some(other) => out.not_supported(&child("os"), other, &["linux", "windows"]),
    }
    env::files(spec, path, out);
}

/// A Pod with users of its own shares nothing else with its node.
fn host_users(spec: &PodSpec, path: &str, out: &mut Errors) {
    const DETAIL: &str = "when `hostUsers` is false";
    if spec.host_users != Some(false) {
        return;
    }
    // Upstream writes two of the fields with a capital.
    for (field, is_set) in [("hostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)] {
        if is_set == Some(true) {
            out.forbidden(&format!("{path}.{field}"), DETAIL);
        }
    }
    let inits = spec.init_containers.as_deref().unwrap_or_default();
    for (list, containers) in [("initContainers", inits), ("containers", &spec.containers)] {
        for (at, container) in containers.iter().enumerate() {
            if container.volume_devices.as_ref().is_some_and(|devices| !devices.is_empty()) {
                out.forbidden(&format!("{path}.{list}[{at}].volumeDevices"), DETAIL);
            }
        }
    }
}

/// The hostname that takes the place of all others.
fn hostname_override(spec: &PodSpec, path: &str, out: &mut Errors) {
    let Some(hostname) = &spec.hostname_override else { return };
    for (other, is_set) in [("setHostnameAsFQDN", spec.set_hostname_as_fqdn), ("hostNetwork", spec.host_network)] {
        if is_set == Some(true) {
            out.forbidden(path, &format!("may not be specified when {other} is true"));
        }
    }
    if hostname.len() > MAX_HOSTNAME {
        out.too_long(path, MAX_HOSTNAME);
    }
    out.each(path, hostname, subdomain_errors(hostname));
}

fn resource_claims(claims: &[PodResourceClaim], path: &str, out: &mut Errors) {
    let mut names = SortedSet::new();
    for (at, claim) in claims.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let name_path = format!("{path}.name");
        if claim.name.is_empty() {
            out.required(&name_path, "");
        } else if !names.insert(&claim.name) {
            out.duplicate(&name_path, &claim.name);
        } else {
            out.each(&name_path, &claim.name, label_errors(&claim.name));
        }
        let detail = match (&claim.resource_claim_name, &claim.resource_claim_template_name) {
            (Some(_), Some(_)) => "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
            (None, None) => "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            (Some(_), None) | (None, Some(_)) => "",
        };
        if !detail.is_empty() {
            out.invalid(&path, compact("PodResourceClaim", &podlapse_model::to_json(claim)), detail);
        }
        for (field, name) in [
            ("resourceClaimName", &claim.resource_claim_name),
            ("resourceClaimTemplateName", &claim.resource_claim_template_name),
        ] {
            if let Some(name) = name {
                out.each(&format!("{path}.{field}"), name, subdomain_errors(name));
            }
        }
    }
}

fn names_and_limits(spec: &PodSpec, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    let name = |field: &str, value: &Option<String>, errors: fn(&str) -> Vec<String>, out: &mut Errors| {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            out.each(&child(field), value, errors(value));
        }
    };
    name("serviceAccountName", &spec.service_account_name, subdomain_errors, out);
    name("nodeName", &spec.node_name, subdomain_errors, out);
    if let Some(seconds) = spec.active_deadline_seconds.filter(|seconds| !(1..=i64::from(i32::MAX)).contains(seconds)) {
        out.invalid(&child("activeDeadlineSeconds"), seconds, &range(1, i64::from(i32::MAX)));
    }
    name("hostname", &spec.hostname, label_errors, out);
    name("subdomain", &spec.subdomain, label_errors, out);
    scheduling::tolerations(spec.tolerations.as_deref().unwrap_or_default(), &child("tolerations"), out);
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let path = child(&format!("hostAliases[{at}]"));
        out.each(&format!("{path}.ip"), &alias.ip, ip_errors(&alias.ip));
        for (name_at, hostname) in alias.hostnames.iter().flatten().enumerate() {
            out.each(&format!("{path}.hostnames[{name_at}]"), hostname, subdomain_errors(hostname));
        }
    }
    name("priorityClassName", &spec.priority_class_name, subdomain_errors, out);
    if let Some(class) = &spec.runtime_class_name {
        out.each(&child("runtimeClassName"), class, subdomain_errors(class));
    }
    if let Some(policy) = &spec.preemption_policy {
        out.required_one_of(&child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
}

/// With the host's network a container's port is the host's. In a template it may be left open.
fn host_network_ports(spec: &PodSpec, is_pod: bool, path: &str, out: &mut Errors) {
    if spec.host_network != Some(true) {
        return;
    }
    for (at, container) in spec.containers.iter().enumerate() {
        for (port_at, port) in container.ports.iter().flatten().enumerate() {
            let host = port.host_port.unwrap_or_default();
            if (is_pod || host != 0) && host != port.container_port {
                let path = format!("{path}[{at}].ports[{port_at}].hostPort");
                out.invalid(&path, host, "must match `containerPort` when `hostNetwork` is true");
            }
        }
    }
}

fn dns_config(config: Option<&PodDNSConfig>, policy: &str, path: &str, out: &mut Errors) {
    if policy == "None" {
        match config {
            None => return out.required(path, "must provide `dnsConfig` when `dnsPolicy` is None"),
            Some(config) if config.nameservers.as_ref().is_none_or(Vec::is_empty) => {
                let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
                return out.required(&format!("{path}.nameservers"), detail);
            }
            Some(_) => {}
        }
    }
    let Some(config) = config else { return };
    let servers = config.nameservers.as_deref().unwrap_or_default();
    if servers.len() > MAX_NAMESERVERS {
        let detail = format!("must not have more than {MAX_NAMESERVERS} nameservers");
        out.invalid(&format!("{path}.nameservers"), &Value::from(servers), &detail);
    }
    for (at, server) in servers.iter().enumerate() {
        out.each(&format!("{path}.nameservers[{at}]"), server, ip_errors(server));
    }
    let searches = config.searches.as_deref().unwrap_or_default();
    if searches.len() > MAX_SEARCHES {
        let detail = format!("must not have more than {MAX_SEARCHES} search paths");
        out.invalid(&format!("{path}.searches"), &Value::from(searches), &detail);
    }
    if searches.join(" ").len() > MAX_SEARCH_CHARACTERS {
        let detail = format!("must not have more than {MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list");
        out.invalid(&format!("{path}.searches"), &Value::from(searches), &detail);
    }
    for (at, search) in searches.iter().enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        out.each(&format!("{path}.searches[{at}]"), search, underscore_subdomain_errors(search));
    }
    for (at, option) in config.options.iter().flatten().enumerate() {
        if option.name.as_deref().unwrap_or_default().is_empty() {
            out.required(&format!("{path}.options[{at}]"), "must not be empty");
        }
    }
}
