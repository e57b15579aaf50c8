//! Who a container runs as, and what it may do.
//!
//! Models `pkg/kubelet/kuberuntime` `verifyRunAsNonRoot`, `determineEffectiveSecurityContext` and `pkg/securitycontext`
//! `DetermineEffectiveSecurityContext` (v1.36). Not modelled: capabilities, SELinux, user namespaces, groups of the image.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, Pod};

use super::key::pod_format;
use crate::cri::{ImageOnNode, Security};

/// The security context that holds for a container: its own before the Pod's.
///
/// # Errors
/// Why it may not run as the user that it would run as.
pub(in crate::kubelet) fn security(pod: &Pod, container: &Container, image: &ImageOnNode) -> Result<Security, String> {
    let of_pod = pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref());
    let own = container.security_context.as_ref();
    let seccomp = own.and_then(|own| own.seccomp_profile.as_ref()).or(of_pod.and_then(|of_pod| of_pod.seccomp_profile.as_ref()));
    let apparmor =
        own.and_then(|own| own.app_armor_profile.as_ref()).or(of_pod.and_then(|of_pod| of_pod.app_armor_profile.as_ref()));
    let groups = of_pod.map(|of_pod| of_pod.fs_group.iter().chain(of_pod.supplemental_groups.iter().flatten()));
    let name = |profile: &Option<String>| profile.as_deref().map(Arc::from);
    let run_as_user = user(pod, container, image)?;
    // Nothing holds a privileged container back.
    let is_privileged = own.and_then(|own| own.privileged) == Some(true);
    Ok(Security {
        run_as_user,
        run_as_group: own.and_then(|own| own.run_as_group).or(of_pod.and_then(|of_pod| of_pod.run_as_group)),
        supplemental_groups: groups.into_iter().flatten().copied().collect(),
        read_only_root: own.and_then(|own| own.read_only_root_filesystem) == Some(true),
        seccomp_profile: seccomp
            .filter(|profile| profile.type_ == "Localhost" && !is_privileged)
            .and_then(|profile| name(&profile.localhost_profile)),
        apparmor_profile: apparmor
            .filter(|profile| profile.type_ == "Localhost" && !is_privileged)
            .and_then(|profile| name(&profile.localhost_profile)),
    })
}

/// The user that a container is made to run as, if it may run as that one.
fn user(pod: &Pod, container: &Container, image: &ImageOnNode) -> Result<Option<i64>, String> {
    let of_pod = pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref());
    let own = container.security_context.as_ref();
    let run_as_user = own.and_then(|own| own.run_as_user).or(of_pod.and_then(|of_pod| of_pod.run_as_user));
    let non_root = own.and_then(|own| own.run_as_non_root).or(of_pod.and_then(|of_pod| of_pod.run_as_non_root));
    let of_image = image.user.as_deref().unwrap_or("0");
    let of_image = of_image.split(':').next().unwrap_or_default();
    if non_root != Some(true) {
        return Ok(run_as_user.or(of_image.parse().ok()));
    }
    let whose = format!("(pod: \"{}\", container: {})", pod_format(pod), container.name);
    match (run_as_user, of_image.parse::<i64>()) {
        (Some(0), _) => Err(format!("container's runAsUser breaks non-root policy {whose}")),
        (Some(user), _) => Ok(Some(user)),
        (None, Ok(0)) => Err(format!("container has runAsNonRoot and image will run as root {whose}")),
        (None, Ok(user)) => Ok(Some(user)),
        (None, Err(_)) => Err(format!(
            "container has runAsNonRoot and image has non-numeric user ({of_image}), cannot verify user is non-root {whose}"
        )),
    }
}
