//! Pod security: what the labels of a namespace demand of its Pods.
//!
//! Models `staging/src/k8s.io/pod-security-admission/admission` and `api/helpers.go` `PolicyToEvaluate` (v1.36) with the default
//! configuration: nothing is demanded where no label says so, and nobody is exempt. Left out: audit annotations, which nobody sees.

use std::cmp::Ordering;
use std::fmt;

use podlapse_manifest::{Cause, Status, pod_template};
use podlapse_model::api::core::v1::{Pod, PodSpec};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::go_text::quote;
use podlapse_model::{Kind, Labels, Metadata, Object, ObjectKey, SortedMap};

use super::Attributes;
use super::pod_security_checks::{Violation, details, reasons, violations};
use crate::store::{ApiError, Store};

const LABEL: &str = "pod-security.kubernetes.io/";

/// How much is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Privileged,
    Baseline,
    Restricted,
}

/// By the rules of which minor version of Kubernetes 1; the latest one sorts last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32);

impl Version {
    const LATEST: Version = Version(u32::MAX);

    fn parse(text: &str) -> Option<Version> {
        if text == "latest" {
            return Some(Version::LATEST);
        }
        let minor = text.strip_prefix("v1.")?;
        let is_number = minor == "0" || (!minor.starts_with('0') && minor.bytes().all(|b| b.is_ascii_digit()));
        minor.parse().ok().filter(|_| is_number).map(Version)
    }
}

/// A level by the rules of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Demand {
    level: Level,
    version: Version,
}

const NOTHING: Demand = Demand { level: Level::Privileged, version: Version::LATEST };

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        };
        match self.version {
            Version::LATEST => write!(f, "{level}:latest"),
            Version(minor) => write!(f, "{level}:v1.{minor}"),
        }
    }
}

impl Demand {
    fn violations(self, metadata: &ObjectMeta, spec: &PodSpec) -> Vec<Violation> {
        if self.level == Level::Privileged { Vec::new() } else { violations(self.level, self.version, metadata, spec) }
    }
}

/// What a namespace demands.
#[derive(Clone, Copy, Debug)]
struct Policy {
    enforce: Demand,
    warn: Demand,
}

/// The policy that labels ask for, and what is wrong with them.
fn policy(labels: Option<&Labels>) -> (Policy, Vec<Cause>) {
    let mut causes = Vec::new();
    let mut read = |mode: &str, on_error: Level| {
        let mut level = None;
        let mut version = None;
        let label = |suffix: &str| format!("{LABEL}{mode}{suffix}");
        let mut wrong = |key: &str, value: &str, detail: &str| {
            causes.push(Cause {
                reason: "FieldValueInvalid",
                message: format!("Invalid value: {}: {detail}", quote(value)),
                field: format!("metadata.labels[{key}]"),
            });
        };
        if let Some((key, value)) = labels.and_then(|labels| labels.get_key_value(&label(""))) {
            let parsed = match value.as_str() {
                "privileged" => Some(Level::Privileged),
                "baseline" => Some(Level::Baseline),
                "restricted" => Some(Level::Restricted),
                _ => None,
            };
            if parsed.is_none() {
                wrong(key, value, "must be one of privileged, baseline, restricted");
            }
            level = Some(parsed.unwrap_or(on_error));
        }
        if let Some((key, value)) = labels.and_then(|labels| labels.get_key_value(&label("-version"))) {
            let parsed = Version::parse(value);
            if parsed.is_none() {
                wrong(key, value, "must be \"latest\" or \"v1.x\"");
            }
            version = Some(parsed.unwrap_or(Version::LATEST));
        }
        (level, version)
    };
    let (level, version) = read("enforce", Level::Restricted);
    let enforce = Demand { level: level.unwrap_or(Level::Privileged), version: version.unwrap_or(Version::LATEST) };
    read("audit", Level::Privileged);
    let (warn_level, warn_version) = read("warn", Level::Privileged);
    // Without a label of its own the warning is of what is enforced.
    let warn = match (warn_level, level) {
        (Some(level), _) => Demand { level, version: warn_version.unwrap_or(Version::LATEST) },
        (None, Some(_)) => Demand { level: enforce.level, version: warn_version.unwrap_or(enforce.version) },
        (None, None) => NOTHING,
    };
    (Policy { enforce, warn }, causes)
}

/// Refuses Pods that violate what is enforced, and warns of templates and of what is only warned of.
pub(super) fn check(store: &Store, attributes: Attributes<'_>, warnings: &mut Vec<String>) -> Result<(), ApiError> {
    if attributes.key.kind == Kind::Namespace {
        return check_namespace(store, attributes, warnings);
    }
    let namespace = store.get(&ObjectKey::new(Kind::Namespace, "", attributes.key.namespace.as_str()));
    let (policy, _) = policy(namespace.and_then(|namespace| namespace.metadata().labels.as_ref()));
    if policy.enforce.level == Level::Privileged && policy.warn.level == Level::Privileged {
        return Ok(());
    }
    let empty = ObjectMeta::default();
    let (metadata, spec) = if let Object::Pod(pod) = attributes.object {
        if let Some(Object::Pod(old)) = attributes.old
            && !is_significant(pod, old)
        {
            return Ok(());
        }
        let Some(spec) = &pod.spec else { return Ok(()) };
        let found = policy.enforce.violations(&pod.metadata, spec);
        if !found.is_empty() {
            let why = format!("violates PodSecurity {}: {}", quote(&policy.enforce.to_string()), details(&found));
            return Err(ApiError::forbidden(attributes.key, why));
        }
        (&pod.metadata, spec)
    } else {
        let Some(template) = pod_template(attributes.object) else { return Ok(()) };
        let Some(spec) = &template.spec else { return Ok(()) };
        (template.metadata.as_ref().unwrap_or(&empty), spec)
    };
    let found = policy.warn.violations(metadata, spec);
    if !found.is_empty() {
        warnings.push(format!("would violate PodSecurity {}: {}", quote(&policy.warn.to_string()), details(&found)));
    }
    Ok(())
}

/// Whether an update of a Pod can make it violate anything.
fn is_significant(pod: &Pod, old: &Pod) -> bool {
    let images = |pod: &Pod| -> Vec<Option<String>> {
        let spec = pod.spec.iter();
        let all = spec.flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
        let ephemeral = pod.spec.iter().flat_map(|spec| spec.ephemeral_containers.iter().flatten());
        all.map(|container| container.image.clone()).chain(ephemeral.map(|container| container.image.clone())).collect()
    };
    images(pod) != images(old)
}

/// The labels must be sound; a stricter level warns of the Pods that it would refuse.
fn check_namespace(store: &Store, attributes: Attributes<'_>, warnings: &mut Vec<String>) -> Result<(), ApiError> {
    let (new, causes) = policy(attributes.object.metadata().labels.as_ref());
    let (old, old_causes) = policy(attributes.old.and_then(|old| old.metadata().labels.as_ref()));
    if !causes.is_empty() && causes != old_causes {
        let name = attributes.key.name.as_str();
        let texts: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let message = format!("Namespace {} is invalid: {}", quote(name), podlapse_model::field::aggregate(&texts));
        let (kind, name) = ("Namespace".to_owned(), name.to_owned());
        return Err(ApiError::invalid(Status { reason: "Invalid", code: 422, message, kind, name, causes }));
    }
    let is_stricter =
        new.enforce.version != old.enforce.version || new.enforce.level.cmp(&old.enforce.level) == Ordering::Greater;
    if attributes.old.is_none() || new.enforce == old.enforce || !is_stricter || new.enforce.level == Level::Privileged {
        return Ok(());
    }
    let mut names: SortedMap<String, Vec<&str>> = SortedMap::new();
    for pod in store.all_in::<Pod>(Some(attributes.key.name.as_str())) {
        let Some(spec) = &pod.spec else { continue };
        let found = new.enforce.violations(&pod.metadata, spec);
        if !found.is_empty() {
            names.entry(reasons(&found)).or_default().push(pod.name());
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let (name, demand) = (quote(attributes.key.name.as_str()), quote(&new.enforce.to_string()));
    warnings.push(format!("existing pods in namespace {name} violate the new PodSecurity enforce level {demand}"));
    let mut lines: Vec<String> = names
        .iter()
        .map(|(reasons, names)| match names.as_slice() {
            [] => reasons.clone(),
            [one] => format!("{one}: {reasons}"),
            [one, _] => format!("{one} (and 1 other pod): {reasons}"),
            [one, others @ ..] => format!("{one} (and {} other pods): {reasons}", others.len()),
        })
        .collect();
    podlapse_model::sort(&mut lines);
    warnings.append(&mut lines);
    Ok(())
}
