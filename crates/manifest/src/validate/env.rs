//! Environment variables and the references in them.
//!
//! Upstream: `ValidateEnv`, `ValidateEnvFrom`, `validateObjectFieldSelector`, `validateContainerResourceFieldSelector` in
//! `pkg/apis/core/validation/validation.go`.

use podlapse_model::Quantity;
use podlapse_model::api::core::v1::{
    EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, ObjectFieldSelector, PodSpec, ResourceFieldSelector,
};

use super::error::Errors;
use super::names::{config_key_errors, env_name_errors, label_errors, qualified_name_errors, subdomain_errors};
use super::volume::no_backsteps;

/// Fields that an environment variable may take.
const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields that a file of a downward API volume may take.
pub(super) const VOLUME_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Labels of fields that the downward API knows.
const KNOWN_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
    "spec.host",
];
const RESOURCES: &[&str] =
    &["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const BYTE_DIVISORS: &str = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

pub(super) fn variables(variables: &[EnvVar], path: &str, out: &mut Errors) {
    for (at, variable) in variables.iter().enumerate() {
        let path = format!("{path}[{at}]");
        if variable.name.is_empty() {
            out.required(&format!("{path}.name"), "");
        } else {
            out.each(&format!("{path}.name"), &variable.name, env_name_errors(&variable.name));
        }
        if let Some(source) = &variable.value_from {
            let has_value = variable.value.as_deref().is_some_and(|value| !value.is_empty());
            value_from(source, has_value, &format!("{path}.valueFrom"), out);
        }
    }
}

fn value_from(source: &EnvVarSource, has_value: bool, path: &str, out: &mut Errors) {
    let mut count = 0;
    if let Some(field) = &source.field_ref {
        count += 1;
        field_selector(field, ENV_FIELDS, &format!("{path}.fieldRef"), out);
    }
    if let Some(resource) = &source.resource_field_ref {
        count += 1;
        resource_selector(resource, false, &format!("{path}.resourceFieldRef"), out);
    }
    if let Some(reference) = &source.config_map_key_ref {
        count += 1;
        key_selector(&reference.name, &reference.key, &format!("{path}.configMapKeyRef"), out);
    }
    if let Some(reference) = &source.secret_key_ref {
        count += 1;
        key_selector(&reference.name, &reference.key, &format!("{path}.secretKeyRef"), out);
    }
    if let Some(file) = &source.file_key_ref {
        count += 1;
        file_selector(file, &format!("{path}.fileKeyRef"), out);
    }
    if count == 0 {
        let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        out.invalid(path, "", detail);
    } else if has_value {
        out.invalid(path, "", "may not be specified when `value` is not empty");
    } else if count > 1 {
        out.invalid(path, "", "may not have more than one field specified at a time");
    }
}

/// A variable of a file in a volume.
fn file_selector(file: &FileKeySelector, path: &str, out: &mut Errors) {
    let parts =
        [("key", &file.key, env_name_errors(&file.key)), ("volumeName", &file.volume_name, label_errors(&file.volume_name))];
    for (field, value, errors) in parts {
        let path = format!("{path}.{field}");
        if value.is_empty() {
            out.required(&path, "");
        } else {
            out.each(&path, value, errors);
        }
    }
    let path = format!("{path}.path");
    if file.path.is_empty() {
        out.required(&path, "");
    } else {
        no_backsteps(&file.path, &path, out);
    }
}

/// The volumes whose files are read are there, and are directories of the Pod's own (`validateFileKeyRefVolumes`).
pub(super) fn files(spec: &PodSpec, path: &str, out: &mut Errors) {
    let of = |list: &'static str, at: usize, variables: &'_ Option<Vec<EnvVar>>| {
        (format!("{path}.{list}[{at}].env"), variables.clone().unwrap_or_default())
    };
    let inits = spec.init_containers.iter().flatten().enumerate().map(|(at, found)| of("initContainers", at, &found.env));
    let containers = spec.containers.iter().enumerate().map(|(at, found)| of("containers", at, &found.env));
    let others = spec.ephemeral_containers.iter().flatten().enumerate();
    let others = others.map(|(at, found)| of("ephemeralContainers", at, &found.env));
    for (path, variables) in inits.chain(containers).chain(others) {
        for (at, variable) in variables.iter().enumerate() {
            let Some(file) = variable.value_from.as_ref().and_then(|source| source.file_key_ref.as_ref()) else { continue };
            let path = format!("{path}[{at}].valueFrom.fileKeyRef.volumeName");
            let mut volumes = spec.volumes.iter().flatten();
            match volumes.rfind(|volume| volume.name == file.volume_name) {
                None => out.not_found(&path, &file.volume_name, ""),
                Some(volume) if volume.empty_dir.is_none() => {
                    out.invalid(&path, &file.volume_name, "referenced volume must be of type emptyDir");
                }
                Some(_) => {}
            }
        }
    }
}

fn key_selector(name: &str, key: &str, path: &str, out: &mut Errors) {
    out.each(&format!("{path}.name"), name, subdomain_errors(name));
    if key.is_empty() {
        out.required(&format!("{path}.key"), "");
    } else {
        out.each(&format!("{path}.key"), key, config_key_errors(key));
    }
}

pub(super) fn sources(sources: &[EnvFromSource], path: &str, out: &mut Errors) {
    for (at, source) in sources.iter().enumerate() {
        let index_path = format!("{path}[{at}]");
        if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            out.each(&format!("{index_path}.prefix"), prefix, env_name_errors(prefix));
        }
        let mut count = 0;
        let config_map = source.config_map_ref.as_ref().map(|reference| ("configMapRef", &reference.name));
        let secret = source.secret_ref.as_ref().map(|reference| ("secretRef", &reference.name));
        for (field, name) in [config_map, secret].into_iter().flatten() {
            count += 1;
            let path = format!("{index_path}.{field}.name");
            if name.is_empty() {
                out.required(&path, "");
            } else {
                out.each(&path, name, subdomain_errors(name));
            }
        }
        match count {
            0 => out.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => out.invalid(path, "", "may not have more than one field specified at a time"),
        }
    }
}

/// `metadata.labels['app']` as its two parts.
fn split_subscript(path: &str) -> Option<(&str, &str)> {
    let (head, key) = path.strip_suffix("']")?.split_once("['")?;
    (!head.is_empty()).then_some((head, key))
}

pub(super) fn field_selector(selector: &ObjectFieldSelector, allowed: &[&str], path: &str, out: &mut Errors) {
    let field_path = selector.field_path.as_str();
    if selector.api_version.as_deref().unwrap_or_default().is_empty() {
        return out.required(&format!("{path}.apiVersion"), "");
    }
    if field_path.is_empty() {
        return out.required(&format!("{path}.fieldPath"), "");
    }
    let version = selector.api_version.as_deref().unwrap_or_default();
    let subscript = split_subscript(field_path);
    let problem = match subscript {
        _ if version != "v1" => Some(format!("unsupported pod version: {version}")),
        Some((head, _)) if !matches!(head, "metadata.annotations" | "metadata.labels") => {
            Some(format!("field label does not support subscript: {field_path}"))
        }
        Some(_) => None,
        None if !KNOWN_FIELDS.contains(&field_path) => Some(format!("field label not supported: {field_path}")),
        None => None,
    };
    if let Some(problem) = problem {
        return out.invalid(&format!("{path}.fieldPath"), field_path, &format!("error converting fieldPath: {problem}"));
    }
    match subscript {
        Some(("metadata.annotations", key)) => {
            let key = key.to_lowercase();
            out.each(path, &key, qualified_name_errors(&key));
        }
        Some((_, key)) => out.each(path, key, qualified_name_errors(key)),
        None => {
            let internal = if field_path == "spec.host" { "spec.nodeName" } else { field_path };
            out.one_of(&format!("{path}.fieldPath"), internal, allowed);
        }
    }
}

pub(super) fn resource_selector(selector: &ResourceFieldSelector, is_volume: bool, path: &str, out: &mut Errors) {
    let resource = selector.resource.as_str();
    let is_huge_page = resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-");
    if is_volume && selector.container_name.as_deref().unwrap_or_default().is_empty() {
        out.required(&format!("{path}.containerName"), "");
    } else if resource.is_empty() {
        out.required(&format!("{path}.resource"), "");
    } else if !is_huge_page {
        out.one_of(&format!("{path}.resource"), resource, RESOURCES);
    }
    let Some(divisor) = selector.divisor.as_ref().map(Quantity::of).filter(|divisor| !divisor.is_zero()) else { return };
    let divisor = divisor.to_string();
    let (allowed, of) = match resource {
        "limits.cpu" | "requests.cpu" => ("1m and 1", "cpu"),
        "limits.memory" | "requests.memory" => (BYTE_DIVISORS, "memory"),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => (BYTE_DIVISORS, "local ephemeral storage"),
        _ if is_huge_page => (BYTE_DIVISORS, "hugepages"),
        _ => return,
    };
    let is_allowed =
        if of == "cpu" { matches!(divisor.as_str(), "1" | "1m") } else { allowed.split(", ").any(|known| known == divisor) };
    if !is_allowed {
        let detail = format!("only divisor's values {allowed} are supported with the {of} resource");
        out.invalid(&format!("{path}.divisor"), resource, &detail);
    }
}
