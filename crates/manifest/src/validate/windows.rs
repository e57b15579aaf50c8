//! Pods for Windows, and what only they may have.
//!
//! Upstream: `validateWindows`, `validateLinux`, `validateWindowsSecurityContextOptions`, `validateWindowsHostProcessPod` in
//! `pkg/apis/core/validation/validation.go`.

use podlapse_model::api::core::v1::{PodSpec, SecurityContext, WindowsSecurityContextOptions};

use super::error::Errors;
use super::names::subdomain_errors;

/// The longest contents of a credential, its domain and its user's name.
const MAX_CREDENTIAL_KIB: usize = 64;
const MAX_DOMAIN: usize = 256;
const MAX_USER: usize = 104;

/// The security contexts of all containers, with the path of each container, in the order in which upstream visits them.
fn contexts(spec: &PodSpec) -> Vec<(String, Option<&SecurityContext>)> {
    let inits = spec.init_containers.iter().flatten().enumerate();
    let inits = inits.map(|(at, found)| (format!("initContainers[{at}]"), found.security_context.as_ref()));
    let containers = spec.containers.iter().enumerate();
    let containers = containers.map(|(at, found)| (format!("containers[{at}]"), found.security_context.as_ref()));
    let others = spec.ephemeral_containers.iter().flatten().enumerate();
    let others = others.map(|(at, found)| (format!("ephemeralContainers[{at}]"), found.security_context.as_ref()));
    inits.chain(containers).chain(others).collect()
}

/// Fields that a Pod for Windows may not have.
pub(super) fn fields(spec: &PodSpec, path: &str, out: &mut Errors) {
    const DETAIL: &str = "cannot be set for a windows pod";
    let mut deny = |is_set: bool, field: &str| {
        if is_set {
            out.forbidden(&format!("{path}.{field}"), DETAIL);
        }
    };
    if let Some(context) = &spec.security_context {
        deny(context.app_armor_profile.is_some(), "securityContext.appArmorProfile");
        deny(context.se_linux_options.is_some(), "securityContext.seLinuxOptions");
        deny(spec.host_users.is_some(), "hostUsers");
        deny(spec.host_pid == Some(true), "hostPID");
        deny(spec.host_ipc == Some(true), "hostIPC");
        deny(context.seccomp_profile.is_some(), "securityContext.seccompProfile");
        deny(context.fs_group.is_some(), "securityContext.fsGroup");
        deny(context.fs_group_change_policy.is_some(), "securityContext.fsGroupChangePolicy");
        deny(context.sysctls.as_ref().is_some_and(|list| !list.is_empty()), "securityContext.sysctls");
        deny(spec.share_process_namespace.is_some(), "shareProcessNamespace");
        deny(context.run_as_user.is_some(), "securityContext.runAsUser");
        deny(context.run_as_group.is_some(), "securityContext.runAsGroup");
        deny(context.supplemental_groups.is_some(), "securityContext.supplementalGroups");
        deny(context.supplemental_groups_policy.is_some(), "securityContext.supplementalGroupsPolicy");
        deny(context.se_linux_change_policy.is_some(), "securityContext.seLinuxChangePolicy");
    }
    for (path, context) in contexts(spec) {
        let Some(context) = context else { continue };
        let mut deny = |is_set: bool, field: &str| deny(is_set, &format!("{path}.securityContext.{field}"));
        deny(context.app_armor_profile.is_some(), "appArmorProfile");
        deny(context.se_linux_options.is_some(), "seLinuxOptions");
        deny(context.seccomp_profile.is_some(), "seccompProfile");
        deny(context.capabilities.is_some(), "capabilities");
        deny(context.read_only_root_filesystem.is_some(), "readOnlyRootFilesystem");
        deny(context.privileged.is_some(), "privileged");
        deny(context.allow_privilege_escalation.is_some(), "allowPrivilegeEscalation");
        deny(context.proc_mount.is_some(), "procMount");
        deny(context.run_as_user.is_some(), "runAsUser");
        deny(context.run_as_group.is_some(), "runAsGroup");
    }
}

/// Fields that a Pod for Linux may not have.
pub(super) fn no_options(spec: &PodSpec, path: &str, out: &mut Errors) {
    const DETAIL: &str = "windows options cannot be set for a linux pod";
    if spec.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()) {
        out.forbidden(&format!("{path}.securityContext.windowsOptions"), DETAIL);
    }
    for (own, context) in contexts(spec) {
        if context.is_some_and(|context| context.windows_options.is_some()) {
            out.forbidden(&format!("{path}.{own}.securityContext.windowsOptions"), DETAIL);
        }
    }
}

/// A Pod whose containers run as processes of the host does so with all of them, and on the host's network.
pub(super) fn host_process(spec: &PodSpec, path: &str, out: &mut Errors) {
    let flag = |options: Option<&WindowsSecurityContextOptions>| options.and_then(|options| options.host_process);
    let of_pod = flag(spec.security_context.as_ref().and_then(|context| context.windows_options.as_ref()));
    let contexts = contexts(spec);
    let mut count = 0;
    for (own, context) in &contexts {
        let of_container = flag(context.and_then(|context| context.windows_options.as_ref()));
        if let (Some(pod), Some(container)) = (of_pod, of_container)
            && pod != container
        {
            let detail = format!("pod hostProcess value must be identical if both are specified, was {pod}");
            out.invalid(&format!("{path}.{own}.securityContext.windowsOptions.hostProcess"), container, &detail);
        }
        count += usize::from(of_container.or(of_pod) == Some(true));
    }
    if count == 0 {
        return;
    }
    if count != contexts.len() {
        out.invalid(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers");
    }
    if spec.host_network != Some(true) {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        out.invalid(&format!("{path}.hostNetwork"), false, detail);
    }
}

pub(super) fn options(options: Option<&WindowsSecurityContextOptions>, path: &str, out: &mut Errors) {
    let Some(options) = options else { return };
    if let Some(name) = &options.gmsa_credential_spec_name {
        out.each(&format!("{path}.gmsaCredentialSpecName"), name, subdomain_errors(name));
    }
    if let Some(credential) = &options.gmsa_credential_spec {
        let path = format!("{path}.gmsaCredentialSpec");
        if credential.is_empty() {
            out.invalid(&path, credential, "gmsaCredentialSpec cannot be an empty string");
        } else if credential.len() > MAX_CREDENTIAL_KIB * 1024 {
            out.invalid(&path, credential, &format!("gmsaCredentialSpec size must be under {MAX_CREDENTIAL_KIB} KiB"));
        }
    }
    if let Some(name) = &options.run_as_user_name {
        let problems = user_problems(name);
        problems.into_iter().for_each(|problem| out.invalid(&format!("{path}.runAsUserName"), name, &problem));
    }
}

/// What is wrong with a name such as `DOMAIN\\user`.
fn user_problems(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('\\').collect();
    if name.is_empty() {
        return vec!["runAsUserName cannot be an empty string".to_owned()];
    } else if name.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return vec!["runAsUserName cannot contain control characters".to_owned()];
    } else if parts.len() > 2 {
        return vec!["runAsUserName cannot contain more than one backslash".to_owned()];
    }
    let (domain, user) = if let [domain, user] = parts.as_slice() { (Some(*domain), *user) } else { (None, name) };
    let mut problems = Vec::new();
    if domain.is_some_and(|domain| domain.len() >= MAX_DOMAIN) {
        problems.push(format!("runAsUserName's Domain length must be under {MAX_DOMAIN} characters"));
    }
    if domain.is_some_and(|domain| !is_net_bios(domain) && !is_dns(domain)) {
        problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format".to_owned());
    }
    if user.is_empty() {
        problems.push("runAsUserName's User cannot be empty".to_owned());
    } else if user.len() > MAX_USER {
        problems.push(format!("runAsUserName's User length must not be longer than {MAX_USER} characters"));
    }
    if !user.is_empty() && user.bytes().all(|b| matches!(b, b'.' | b' ')) {
        problems.push("runAsUserName's User cannot contain only periods or spaces".to_owned());
    }
    if user.contains(['"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']) {
        problems.push("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]".to_owned());
    }
    problems
}

fn is_net_bios(domain: &str) -> bool {
    let length = domain.chars().count();
    (1..=15).contains(&length) && !domain.starts_with('.') && !domain.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|'])
}

fn is_dns(domain: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = bytes.first().is_some_and(u8::is_ascii_alphanumeric) && bytes.last().is_some_and(u8::is_ascii_alphanumeric);
        ends && bytes.len() <= 63 && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    domain.split('.').all(is_label)
}
