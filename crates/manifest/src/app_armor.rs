//! The annotations that named a container's AppArmor profile before there was a field for it.
//!
//! Upstream: `applyAppArmorVersionSkew` in `pkg/registry/core/pod/strategy.go`, `ApparmorFieldForAnnotation` in
//! `pkg/api/pod/util.go`.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{AppArmorProfile, Container, PodSpec};

/// The beginning of the annotations' names; the container's follows.
pub(crate) const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
/// What the server says of them.
pub(crate) const ADVICE: &str = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
/// The longest name of a profile of the node.
const MAX_LOCALHOST_PROFILE: usize = 4095;

type Annotations = BTreeMap<String, String>;

/// What becomes of one annotation: the server warns of it, and sets the profile where it can.
struct Skew {
    key: String,
    profile: Option<AppArmorProfile>,
}

/// The annotation of a container that leaves its field open, unless the Pod's own field says the same.
fn skew(container: &Container, of_pod: Option<&AppArmorProfile>, annotations: &Annotations) -> Option<Skew> {
    let key = format!("{ANNOTATION}{}", container.name);
    let value = annotations.get(&key)?;
    if container.security_context.as_ref().is_some_and(|context| context.app_armor_profile.is_some()) {
        return None;
    }
    let profile = profile(value);
    (profile.is_none() || profile.as_ref() != of_pod).then_some(Skew { key, profile })
}

fn profile(value: &str) -> Option<AppArmorProfile> {
    let (kind, localhost) = match value {
        "runtime/default" => ("RuntimeDefault", None),
        "unconfined" => ("Unconfined", None),
        other => ("Localhost", Some(other.strip_prefix("localhost/")?)),
    };
    let is_sound = |name: &str| !name.is_empty() && name.trim() == name && name.len() <= MAX_LOCALHOST_PROFILE;
    localhost
        .is_none_or(is_sound)
        .then(|| AppArmorProfile { type_: kind.to_owned(), localhost_profile: localhost.map(str::to_owned) })
}

fn of_pod(spec: &PodSpec) -> Option<AppArmorProfile> {
    spec.security_context.as_ref()?.app_armor_profile.clone()
}

fn is_windows(spec: &PodSpec) -> bool {
    spec.os.as_ref().is_some_and(|os| os.name == "windows")
}

/// The warnings of a new Pod's annotations.
pub(crate) fn warnings(spec: &PodSpec, annotations: Option<&Annotations>) -> Vec<String> {
    let Some(annotations) = annotations.filter(|_| !is_windows(spec)) else { return Vec::new() };
    let of_pod = of_pod(spec);
    let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    let skews = containers.filter_map(|container| skew(container, of_pod.as_ref(), annotations));
    skews.map(|skew| format!("metadata.annotations[{}]: {ADVICE}", skew.key)).collect()
}

/// The annotations of a new Pod become the field, where that is open.
pub(crate) fn apply(spec: &mut PodSpec, annotations: Option<&Annotations>) {
    let Some(annotations) = annotations.filter(|_| !is_windows(spec)) else { return };
    let of_pod = of_pod(spec);
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        if let Some(profile) = skew(container, of_pod.as_ref(), annotations).and_then(|skew| skew.profile) {
            container.security_context.get_or_insert_default().app_armor_profile = Some(profile);
        }
    }
}
