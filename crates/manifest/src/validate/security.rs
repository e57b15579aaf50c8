//! Security contexts of Pods and containers.
//!
//! Upstream: `ValidateSecurityContext`, `validatePodSpecSecurityContext` and what they call in
//! `pkg/apis/core/validation/validation.go`.

use podlapse_model::SortedSet;

use podlapse_model::api::core::v1::{AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext};

use super::error::Errors;
use super::internal::compact;
use super::names::range;
use super::volume::descending_path;
use super::windows;

const SYSCTL_RULE: &str =
    r"must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const PROFILE_TYPES: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];
/// The longest path of an AppArmor profile.
const APP_ARMOR_LIMIT: usize = 4095;

fn id(value: Option<i64>, path: &str, out: &mut Errors) {
    if let Some(value) = value.filter(|value| !(0..=i64::from(i32::MAX)).contains(value)) {
        out.invalid(path, value, &range(0, i64::from(i32::MAX)));
    }
}

pub(super) fn container(context: &SecurityContext, uses_host_users: bool, path: &str, out: &mut Errors) {
    id(context.run_as_user, &format!("{path}.runAsUser"), out);
    id(context.run_as_group, &format!("{path}.runAsGroup"), out);
    if let Some(mount) = &context.proc_mount {
        let path = format!("{path}.procMount");
        out.one_of(&path, mount, &["Default", "Unmasked"]);
        if mount == "Unmasked" && uses_host_users {
            out.invalid(&path, mount, "`hostUsers` must be false to use `Unmasked`");
        }
    }
    seccomp(context.seccomp_profile.as_ref(), &format!("{path}.seccompProfile"), out);
    if context.allow_privilege_escalation == Some(false) {
        if context.privileged == Some(true) {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            out.invalid(path, compact("SecurityContext", &podlapse_model::to_json(context)), detail);
        }
        for capability in context.capabilities.iter().flat_map(|capabilities| capabilities.add.iter().flatten()) {
            if capability == "CAP_SYS_ADMIN" {
                let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
                out.invalid(path, compact("SecurityContext", &podlapse_model::to_json(context)), detail);
            }
        }
    }
    windows::options(context.windows_options.as_ref(), &format!("{path}.windowsOptions"), out);
    app_armor(context.app_armor_profile.as_ref(), &format!("{path}.appArmorProfile"), out);
}

fn seccomp(profile: Option<&SeccompProfile>, path: &str, out: &mut Errors) {
    let Some(profile) = profile else { return };
    if profile.type_.is_empty() {
        out.required(&format!("{path}.type"), "type is required when seccompProfile is set");
    } else {
        out.one_of(&format!("{path}.type"), &profile.type_, PROFILE_TYPES);
    }
    let localhost_path = format!("{path}.localhostProfile");
    match (&profile.localhost_profile, profile.type_ == "Localhost") {
        (None, true) => out.required(&localhost_path, "must be set when seccomp type is Localhost"),
        (Some(localhost), true) => descending_path(localhost, &localhost_path, out),
        (Some(_), false) => {
            out.invalid(
                &localhost_path,
                compact("Profile", &podlapse_model::to_json(profile)),
                "can only be set when seccomp type is Localhost",
            );
        }
        (None, false) => {}
    }
}

fn app_armor(profile: Option<&AppArmorProfile>, path: &str, out: &mut Errors) {
    let Some(profile) = profile else { return };
    let localhost_path = format!("{path}.localhostProfile");
    match (profile.type_.as_str(), &profile.localhost_profile) {
        ("Localhost", None) => out.required(&localhost_path, "must be set when AppArmor type is Localhost"),
        ("Localhost", Some(localhost)) => {
            if localhost.trim() != localhost {
                out.invalid(&localhost_path, localhost, "must not be padded with whitespace");
            } else if localhost.is_empty() {
                out.required(&localhost_path, "must be set when AppArmor type is Localhost");
            }
            if localhost.len() > APP_ARMOR_LIMIT {
                out.too_long(&localhost_path, APP_ARMOR_LIMIT);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(localhost)) => {
            out.invalid(&localhost_path, localhost, "can only be set when AppArmor type is Localhost");
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => out.required(&format!("{path}.type"), "type is required when appArmorProfile is set"),
        (other, _) => out.not_supported(&format!("{path}.type"), other, PROFILE_TYPES),
    }
}

pub(super) fn pod(context: &PodSecurityContext, spec: &PodSpec, path: &str, out: &mut Errors) {
    id(context.fs_group, &format!("{path}.fsGroup"), out);
    id(context.run_as_user, &format!("{path}.runAsUser"), out);
    id(context.run_as_group, &format!("{path}.runAsGroup"), out);
    for (at, group) in context.supplemental_groups.iter().flatten().enumerate() {
        id(Some(*group), &format!("{path}.supplementalGroups[{at}]"), out);
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        out.invalid(&format!("{path}.shareProcessNamespace"), true, detail);
    }
    let mut seen = SortedSet::new();
    for (at, sysctl) in context.sysctls.iter().flatten().enumerate() {
        let path = format!("{path}.sysctls[{at}].name");
        let name = sysctl.name.replace('/', ".");
        if sysctl.name.is_empty() {
            out.required(&path, "");
        } else if !is_sysctl(&sysctl.name) {
            out.invalid(&path, &sysctl.name, SYSCTL_RULE);
        } else if seen.contains(&sysctl.name) {
            out.duplicate(&path, &sysctl.name);
        }
        if spec.host_network == Some(true) && name.starts_with("net.") {
            out.invalid(&path, &sysctl.name, "may not be specified when 'hostNetwork' is true");
        }
        if spec.host_ipc == Some(true) && is_ipc_sysctl(&name) {
            out.invalid(&path, &sysctl.name, "may not be specified when 'hostIPC' is true");
        }
        seen.insert(&sysctl.name);
    }
    if let Some(policy) = &context.fs_group_change_policy {
        out.one_of(&format!("{path}.fsGroupChangePolicy"), policy, &["Always", "OnRootMismatch"]);
    }
    seccomp(context.seccomp_profile.as_ref(), &format!("{path}.seccompProfile"), out);
    windows::options(context.windows_options.as_ref(), &format!("{path}.windowsOptions"), out);
    app_armor(context.app_armor_profile.as_ref(), &format!("{path}.appArmorProfile"), out);
    if let Some(policy) = &context.supplemental_groups_policy {
        out.one_of(&format!("{path}.supplementalGroupsPolicy"), policy, &["Merge", "Strict"]);
    }
    if let Some(policy) = &context.se_linux_change_policy {
        // The other policy, MountOption, is behind the gate SELinuxMount, which is off.
        out.one_of(&format!("{path}.seLinuxChangePolicy"), policy, &["Recursive"]);
    }
}

fn is_ipc_sysctl(name: &str) -> bool {
    ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|prefix| name.starts_with(prefix)) || name == "kernel.sem"
}

fn is_sysctl(name: &str) -> bool {
    let is_lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_part = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(|b| is_lower(*b))
            && bytes.last().is_some_and(|b| is_lower(*b))
            && bytes.iter().all(|b| is_lower(*b) || matches!(b, b'-' | b'_'))
    };
    name.len() <= 253 && name.split(['.', '/']).all(is_part)
}
