//! What may become of a Pod's status, through the subresource `status`.
//!
//! Upstream: `ValidatePodStatusUpdate` in `pkg/apis/core/validation/validation.go`, and `ContainerShouldRestart` of
//! `pkg/api/v1/pod` (v1.36).

use podlapse_model::part::{items, text};
use serde_json::{Value, json};

use super::immutable;
use crate::validate::error::Errors;
use crate::validate::names::{IpFamily, ip_errors, label_errors, qualified_name_errors, range, subdomain_errors};

/// The statuses of containers, and where the containers are specified.
const GROUPS: [(&str, &str); 3] =
    [("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"), ("ephemeralContainerStatuses", "")];
const MAX_HEALTH_MESSAGE: usize = 1024;

/// Checks a new status of a Pod with this specification.
pub(super) fn update(status: &Value, before: &Value, spec: &Value, out: &mut Errors) {
    for (at, condition) in items(status, "conditions").iter().enumerate() {
        let (path, kind) = (format!("status.conditions[{at}]"), text(condition, "type"));
        generation(condition, &path, out);
        if !matches!(kind, "PodScheduled" | "Ready" | "Initialized") {
            out.each(&format!("{path}.Type"), kind, qualified_name_errors(kind));
        }
    }
    nominated(text(status, "nominatedNodeName"), before, spec, out);
    generation(status, "status", out);
    let class = text(status, "qosClass");
    immutable(class == text(before, "qosClass"), "status.qosClass", class, out);
    transitions(status, before, spec, out);
    claims(status, spec, out);
    if let Some(extended) = status.get("extendedResourceClaimStatus") {
        extended_claim(extended, spec, out);
    }
    addresses(status, before, "podIPs", out);
    if let Some(first) = items(status, "hostIPs").first().map(|first| text(first, "ip"))
        && first != text(status, "hostIP")
    {
        out.invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`");
    }
    addresses(status, before, "hostIPs", out);
    let system = spec.pointer("/os/name").and_then(Value::as_str).unwrap_or("linux");
    of_each(status, &mut |container, _, path| user(container, system, path, out));
    of_each(status, &mut |container, containers, path| {
        devices(items(container, "allocatedResourcesStatus"), named(spec, containers, container), containers, path, out);
    });
}

/// Looks at each container's status, with the field of its specification and its path.
fn of_each(status: &Value, look: &mut dyn FnMut(&Value, &str, &str)) {
    for (field, containers) in GROUPS {
        for (at, container) in items(status, field).iter().enumerate() {
            look(container, containers, &format!("status.{field}[{at}]"));
        }
    }
}

/// The container that a status is of.
fn named<'a>(spec: &'a Value, containers: &str, status: &Value) -> Option<&'a Value> {
    items(spec, containers).iter().find(|container| text(container, "name") == text(status, "name"))
}

fn generation(of: &Value, path: &str, out: &mut Errors) {
    if let Some(generation) = of.get("observedGeneration").and_then(Value::as_i64).filter(|generation| *generation < 0) {
        out.invalid(&format!("{path}.observedGeneration"), generation, "must be a non-negative integer");
    }
}

fn nominated(node: &str, before: &Value, spec: &Value, out: &mut Errors) {
    const PATH: &str = "status.nominatedNodeName";
    if node.is_empty() || node == text(before, "nominatedNodeName") {
        return;
    }
    out.each(PATH, node, subdomain_errors(node));
    if !text(spec, "nodeName").is_empty() {
        out.forbidden(PATH, "may not be set on pods that are already bound to a node");
    }
}

/// A container that ended for good does not run again (`ValidateContainerStateTransition` and its sisters).
fn transitions(status: &Value, before: &Value, spec: &Value, out: &mut Errors) {
    let is_all = |rule: &Value| text(rule, "action") == "RestartAllContainers";
    let containers = items(spec, "containers").iter().chain(items(spec, "initContainers"));
    let all_restart = containers.flat_map(|container| items(container, "restartPolicyRules")).any(is_all);
    for (field, containers) in GROUPS {
        for (at, old) in items(before, field).iter().enumerate() {
            let Some(end) = old.pointer("/state/terminated") else { continue };
            let code = end.get("exitCode").and_then(Value::as_i64).unwrap_or_default();
            let is_up = |now: &Value| text(now, "name") == text(old, "name") && now.pointer("/state/terminated").is_none();
            let may =
                named(spec, containers, old).is_some_and(|container| restarts(container, text(spec, "restartPolicy"), code));
            let may = may || (all_restart && !containers.is_empty());
            if !may && items(status, field).iter().any(is_up) {
                out.forbidden(&format!("status.{field}[{at}].state"), "may not be transitioned to non-terminated state");
            }
        }
    }
}

/// Whether a container starts again after this exit code. Its rules count where it has a policy of its own.
fn restarts(container: &Value, policy: &str, code: i64) -> bool {
    let own = text(container, "restartPolicy");
    let is_met = |rule: &Value| {
        let codes = rule.get("exitCodes").unwrap_or(&Value::Null);
        let is_listed = items(codes, "values").iter().any(|value| value.as_i64() == Some(code));
        matches!((text(codes, "operator"), is_listed), ("In", true) | ("NotIn", false))
    };
    match if own.is_empty() { policy } else { own } {
        _ if !own.is_empty() && items(container, "restartPolicyRules").iter().any(is_met) => true,
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

fn claims(status: &Value, spec: &Value, out: &mut Errors) {
    let all = items(status, "resourceClaimStatuses");
    for (at, claim) in all.iter().enumerate() {
        let (path, name) = (format!("status.resourceClaimStatuses[{at}]"), text(claim, "name"));
        let is_named = |other: &Value| text(other, "name") == name;
        if !items(spec, "resourceClaims").iter().any(is_named) {
            out.invalid(&format!("{path}.name"), name, "must match the name of an entry in `spec.resourceClaims`");
        }
        if all[..at].iter().any(is_named) {
            out.duplicate(&format!("{path}.name"), name);
        }
        if let Some(claim) = claim.get("resourceClaimName").and_then(Value::as_str) {
            out.each(&format!("{path}.resourceClaimName"), claim, subdomain_errors(claim));
        }
    }
}

/// The claim that stands for the devices that containers ask for as resources (`validatePodExtendedResourceClaimStatus`).
fn extended_claim(status: &Value, spec: &Value, out: &mut Errors) {
    const PATH: &str = "status.extendedResourceClaimStatus";
    const FIELDS: [&str; 3] = ["containerName", "resourceName", "requestName"];
    let mappings = items(status, "requestMappings");
    if mappings.is_empty() {
        out.required(&format!("{PATH}.requestMappings"), "at least one request mapping is required");
    }
    for (at, mapping) in mappings.iter().enumerate() {
        let child = |field: &str| format!("{PATH}.requestMappings[{at}].{field}");
        let [container, resource, request] = FIELDS.map(|field| text(mapping, field));
        let named = |field| items(spec, field).iter().find(|other| text(other, "name") == container);
        match named("containers").or_else(|| named("initContainers")) {
            Some(found) if found.pointer("/resources/requests").is_some_and(|list| list.get(resource).is_some()) => {}
            Some(_) => {
                let detail = "must match the extended resource name of an entry in spec.initContainers.resources.requests or \
                              spec.containers.resources.requests";
                out.invalid(&child("resourceName"), resource, detail);
            }
            None => {
                let detail = "must match the name of an entry in spec.initContainers.name or spec.containers.name";
                out.invalid(&child("containerName"), container, detail);
            }
        }
        out.each(&format!("{PATH}.requestName"), request, label_errors(request));
        if mappings[..at].contains(mapping) {
            FIELDS.iter().for_each(|field| out.duplicate(&child(field), text(mapping, field)));
        }
    }
    let claim = text(status, "resourceClaimName");
    if claim.is_empty() {
        out.required(&format!("{PATH}.resourceClaimName"), "");
    } else {
        out.each(&format!("{PATH}.resourceClaimName"), claim, subdomain_errors(claim));
    }
}

/// One address of each family at most; those that were there are not looked at again (`validatePodIPs`, `validateHostIPs`).
fn addresses(status: &Value, before: &Value, field: &str, out: &mut Errors) {
    let path = format!("status.{field}");
    let of = |status| items(status, field).iter().map(|entry| text(entry, "ip")).collect::<Vec<&str>>();
    let (all, known) = (of(status), of(before));
    for (at, ip) in all.iter().enumerate().filter(|(_, ip)| !known.contains(*ip)) {
        out.each(&format!("{path}[{at}]"), ip, ip_errors(ip));
    }
    if all.len() < 2 {
        return;
    }
    let families: Vec<Option<IpFamily>> = all.iter().map(|ip| IpFamily::of(ip)).collect();
    let unknown = families.iter().position(Option::is_none);
    if let Some(at) = unknown {
        out.internal(&path, &format!("failed to check for dual stack with error:invalid IP[{at}]: {}", all[at]));
    }
    if unknown.is_some() || all.len() > 2 || families[0] == families[1] {
        let shown: Vec<Value> = all.iter().map(|ip| json!({"IP": ip})).collect();
        out.invalid(&path, &Value::from(shown), "may specify no more than one IP for each IP family");
    }
}

fn user(container: &Value, system: &str, path: &str, out: &mut Errors) {
    let Some(user) = container.pointer("/user/linux") else { return };
    let path = format!("{path}.user.linux");
    if system == "windows" {
        return out.forbidden(&path, "cannot be set for a windows pod");
    }
    let groups = items(user, "supplementalGroups").iter().enumerate();
    let own = ["uid", "gid"].into_iter().map(|field| (field.to_owned(), user.get(field).unwrap_or(&Value::Null)));
    for (field, id) in own.chain(groups.map(|(at, id)| (format!("supplementalGroups[{at}]"), id))) {
        let id = id.as_i64().unwrap_or_default();
        if !(0..=i64::from(i32::MAX)).contains(&id) {
            out.invalid(&format!("{path}.{field}"), id, &range(0, i64::from(i32::MAX)));
        }
    }
}

/// How the devices of a container are (`validateContainerStatusAllocatedResourcesStatus`); ephemeral containers have none.
fn devices(resources: &[Value], container: Option<&Value>, containers: &str, path: &str, out: &mut Errors) {
    let path = format!("{path}.allocatedResourcesStatus");
    if containers.is_empty() && !resources.is_empty() {
        return out.forbidden(&path, "must not be specified in container status");
    }
    for (at, resource) in resources.iter().enumerate() {
        let name = text(resource, "name");
        if let Some(container) = container {
            let listed = container.get("resources").unwrap_or(&Value::Null);
            let is_claim = |claim: &Value| match text(claim, "request") {
                "" => name == format!("claim:{}", text(claim, "name")),
                request => name == format!("claim:{}/{request}", text(claim, "name")),
            };
            let detail = if name.starts_with("claim:") {
                "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' \
                 if request is empty"
            } else {
                "must match one of the container's resource requests"
            };
            let is_asked = listed.get("requests").is_some_and(|requests| requests.get(name).is_some());
            if !is_asked && !items(listed, "claims").iter().any(is_claim) {
                out.invalid(&format!("{path}[{at}].name"), name, detail);
            }
        }
        let all = items(resource, "resources");
        for (index, device) in all.iter().enumerate() {
            let child = |field: &str| format!("{path}[{at}].resources[{index}].{field}");
            let id = text(device, "resourceID");
            out.one_of(&child("health"), text(device, "health"), &["Healthy", "Unhealthy", "Unknown"]);
            match device.get("message").and_then(Value::as_str) {
                Some("") => out.required(&child("message"), "must be non-empty if specified"),
                Some(message) if MAX_HEALTH_MESSAGE < message.len() => out.too_long(&child("message"), MAX_HEALTH_MESSAGE),
                Some(_) | None => {}
            }
            if all[..index].iter().any(|other| text(other, "resourceID") == id) {
                out.duplicate(&child("resourceID"), id);
            }
        }
    }
}
