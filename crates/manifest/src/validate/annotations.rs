//! Annotations of Pods that mean something, and whether they agree with the fields that replaced them.
//!
//! Upstream: `ValidatePodSpecificAnnotations`, `validateSeccompAnnotationsAndFields`,
//! `validateAppArmorAnnotationsAndFieldsMatchOnCreate` in `pkg/apis/core/validation/validation.go`. Left out: tolerations.

use podlapse_model::api::core::v1::{PodSpec, SecurityContext};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::go_text::quote;
use podlapse_model::{MIRROR_POD, Metadata};

use super::error::Errors;
use super::volume::descending_path;
use crate::app_armor;

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// The names and security contexts of all containers, with the path of each.
fn containers(spec: &PodSpec) -> Vec<(String, &str, Option<&SecurityContext>)> {
    let mut all = Vec::new();
    for (field, list) in
        [("initContainers", spec.init_containers.as_deref().unwrap_or_default()), ("containers", &spec.containers)]
    {
        for (at, found) in list.iter().enumerate() {
            all.push((format!("{field}[{at}]"), found.name.as_str(), found.security_context.as_ref()));
        }
    }
    all
}

pub(super) fn check(metadata: &ObjectMeta, spec: &PodSpec, path: &str, out: &mut Errors) {
    let own = |key: &str| format!("{path}[{key}]");
    if let Some(mirror) = metadata.annotation(MIRROR_POD)
        && spec.node_name.as_deref().unwrap_or_default().is_empty()
    {
        out.invalid(&own(MIRROR_POD), mirror, "must set spec.nodeName if mirror pod annotation is set");
    }
    if let Some(cost) = metadata.annotation(DELETION_COST)
        && !is_cost(cost)
    {
        out.invalid(&own(DELETION_COST), cost, "must be a 32bit integer");
    }
    if let Some(profile) = metadata.annotation(SECCOMP_POD) {
        seccomp(profile, &format!("{path}.{SECCOMP_POD}"), out);
    }
    for (key, profile) in metadata.annotations.iter().flatten().filter(|(key, _)| key.starts_with(SECCOMP_CONTAINER)) {
        seccomp(profile, &format!("{path}.{key}"), out);
    }
    let names: Vec<&str> = containers(spec).into_iter().map(|(_, name, _)| name).collect();
    for (key, profile) in metadata.annotations.iter().flatten() {
        let Some(name) = key.strip_prefix(app_armor::ANNOTATION) else { continue };
        if !names.contains(&name) {
            out.invalid(&own(key), name, "container not found");
        }
        let is_profile = matches!(profile.as_str(), "" | "runtime/default" | "unconfined") || profile.starts_with("localhost/");
        if !is_profile {
            out.invalid(&own(key), profile, &format!("invalid AppArmor profile name: {}", quote(profile)));
        }
    }
}

/// A number without a plus sign or leading zeros.
fn is_cost(text: &str) -> bool {
    let has_start = text == "0" || text.starts_with(|c: char| c == '-' || ('1'..='9').contains(&c));
    has_start && text.parse::<i32>().is_ok()
}

fn seccomp(profile: &str, path: &str, out: &mut Errors) {
    match (profile, profile.strip_prefix("localhost/")) {
        ("runtime/default" | "docker/default" | "unconfined", _) => {}
        (_, Some(localhost)) => descending_path(localhost, path, out),
        (_, None) => out.invalid(path, profile, "must be a valid seccomp profile"),
    }
}

/// A profile as an annotation must name it when the field says `kind` and `localhost`.
fn matches(annotation: &str, kind: &str, localhost: Option<&str>, what: &str, path: &str, out: &mut Errors) {
    let is_default = annotation == "runtime/default" || (what == "seccomp" && annotation == "docker/default");
    let wrong = match kind {
        "Unconfined" if annotation != "unconfined" => "type",
        "RuntimeDefault" if !is_default => "type",
        "Localhost" => match annotation.strip_prefix("localhost/") {
            None => "type",
            Some(profile) if localhost != Some(profile) => "localhostProfile",
            Some(_) => return,
        },
        _ => return,
    };
    let named = if wrong == "type" { "type" } else { "profile" };
    out.forbidden(&format!("{path}.{wrong}"), &format!("{what} {named} in annotation and field must match"));
}

/// Where both an annotation and its field are given, they say the same.
pub(super) fn match_fields(metadata: &ObjectMeta, spec: &PodSpec, path: &str, out: &mut Errors) {
    let of_pod = spec.security_context.as_ref();
    if let (Some(field), Some(annotation)) =
        (of_pod.and_then(|context| context.seccomp_profile.as_ref()), metadata.annotation(SECCOMP_POD))
    {
        let path = format!("{path}.securityContext.seccompProfile");
        matches(annotation, &field.type_, field.localhost_profile.as_deref(), "seccomp", &path, out);
    }
    let all = containers(spec);
    for (own, name, context) in &all {
        if let (Some(field), Some(annotation)) = (
            context.and_then(|context| context.seccomp_profile.as_ref()),
            metadata.annotation(&format!("{SECCOMP_CONTAINER}{name}")),
        ) {
            let path = format!("{path}.{own}.securityContext.seccompProfile");
            matches(annotation, &field.type_, field.localhost_profile.as_deref(), "seccomp", &path, out);
        }
    }
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    for (own, name, context) in &all {
        let of_container = context.and_then(|context| context.app_armor_profile.as_ref());
        let field = of_container.or(of_pod.and_then(|context| context.app_armor_profile.as_ref()));
        if let (Some(field), Some(annotation)) = (field, metadata.annotation(&format!("{}{name}", app_armor::ANNOTATION))) {
            let path = format!("{path}.{own}.securityContext.appArmorProfile");
            matches(annotation, &field.type_, field.localhost_profile.as_deref(), "apparmor", &path, out);
        }
    }
}
