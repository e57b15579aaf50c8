//! The controls of the Pod security standards.
//!
//! Models `staging/src/k8s.io/pod-security-admission/policy/check_*.go` (v1.36), in the order of their ids, those of the baseline
//! first.

use podlapse_model::SortedSet;

use podlapse_manifest::volume_sources;
use podlapse_model::api::core::v1::{
    Container, ContainerPort, EphemeralContainer, Lifecycle, LifecycleHandler, PodSecurityContext, PodSpec, Probe,
    SELinuxOptions, SecurityContext, Volume,
};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::go_text::quote;

use super::pod_security::{Level, Version};

const ALLOWED_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// Sysctls that are safe, with the version that first allows them.
const ALLOWED_SYSCTLS: [(&str, u32); 12] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];
const ALLOWED_SELINUX_TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const ALLOWED_VOLUMES: [&str; 9] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/";

/// A control that a Pod breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    reason: &'static str,
    detail: String,
}

/// All reasons with their details, as the refusal of a Pod names them.
pub(super) fn details(violations: &[Violation]) -> String {
    let texts: Vec<String> = violations.iter().map(|found| format!("{} ({})", found.reason, found.detail)).collect();
    texts.join(", ")
}

/// All reasons, as the warning about a namespace names them.
pub(super) fn reasons(violations: &[Violation]) -> String {
    let texts: Vec<&str> = violations.iter().map(|found| found.reason).collect();
    texts.join(", ")
}

/// A container of any sort, as far as the controls care.
struct Part<'a> {
    name: &'a str,
    context: Option<&'a SecurityContext>,
    ports: &'a [ContainerPort],
    probes: [&'a Option<Probe>; 3],
    lifecycle: Option<&'a Lifecycle>,
}

impl<'a> From<&'a Container> for Part<'a> {
    fn from(container: &'a Container) -> Self {
        Part {
            name: &container.name,
            context: container.security_context.as_ref(),
            ports: container.ports.as_deref().unwrap_or_default(),
            probes: [&container.liveness_probe, &container.readiness_probe, &container.startup_probe],
            lifecycle: container.lifecycle.as_ref(),
        }
    }
}

impl<'a> From<&'a EphemeralContainer> for Part<'a> {
    fn from(container: &'a EphemeralContainer) -> Self {
        Part {
            name: &container.name,
            context: container.security_context.as_ref(),
            ports: container.ports.as_deref().unwrap_or_default(),
            probes: [&container.liveness_probe, &container.readiness_probe, &container.startup_probe],
            lifecycle: container.lifecycle.as_ref(),
        }
    }
}

fn plural(one: &'static str, many: &'static str, count: usize) -> &'static str {
    if count == 1 { one } else { many }
}

fn join_quoted<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| quote(name.as_ref())).collect();
    quoted.join(", ")
}

/// As `container "a"` or `containers "a", "b"`.
fn containers(names: &[&str]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), join_quoted(names))
}

/// Who sets what may not be set: the Pod, and containers.
fn setters(is_pod: bool, names: &[&str]) -> String {
    let pod = is_pod.then(|| "pod".to_owned());
    let names = (!names.is_empty()).then(|| containers(names));
    let all: Vec<String> = pod.into_iter().chain(names).collect();
    all.join(" and ")
}

struct Check<'a> {
    spec: &'a PodSpec,
    version: Version,
    parts: Vec<Part<'a>>,
    found: Vec<Violation>,
}

/// The controls of a level that a Pod breaks.
pub(super) fn violations(level: Level, version: Version, metadata: &ObjectMeta, spec: &PodSpec) -> Vec<Violation> {
    let init = spec.init_containers.iter().flatten().map(Part::from);
    let parts = init.chain(spec.containers.iter().map(Part::from));
    let parts = parts.chain(spec.ephemeral_containers.iter().flatten().map(Part::from)).collect();
    let mut check = Check { spec, version, parts, found: Vec::new() };
    let is_baseline = level == Level::Baseline;
    check.app_armor(metadata);
    if is_baseline || version < Version(22) {
        check.default_capabilities();
    }
    check.host_namespaces();
    if is_baseline {
        check.host_path();
    }
    check.host_ports();
    check.probe_hosts();
    check.privileged();
    // Later versions of the restricted level make no exception for user namespaces.
    let is_later = !is_baseline && Version(35) <= version;
    if !is_later && !check.is_in_user_namespace() {
        check.proc_mount();
    }
    check.se_linux();
    if version < Version(19) {
        check.seccomp_annotations(metadata);
    } else if is_baseline {
        check.seccomp(false);
    }
    check.sysctls();
    check.host_process();
    if level == Level::Restricted {
        check.privilege_escalation();
        check.dropped_capabilities();
        if is_later {
            check.proc_mount();
        }
        check.volume_types();
        check.non_root();
        check.user_zero();
        check.seccomp(true);
    }
    check.found
}

impl<'a> Check<'a> {
    fn add(&mut self, reason: &'static str, detail: String) {
        self.found.push(Violation { reason, detail });
    }

    /// The containers of which something is true.
    fn names(&self, is_bad: impl Fn(&Part<'a>) -> bool) -> Vec<&'a str> {
        self.parts.iter().filter(|part| is_bad(part)).map(|part| part.name).collect()
    }

    /// The containers whose own context is as told.
    fn with_context(&self, is_bad: impl Fn(&SecurityContext) -> bool) -> Vec<&'a str> {
        self.names(|part| part.context.is_some_and(&is_bad))
    }

    fn pod_context(&self) -> Option<&'a PodSecurityContext> {
        self.spec.security_context.as_ref()
    }

    /// Whether the Pod's user namespace makes root harmless.
    fn is_in_user_namespace(&self) -> bool {
        self.spec.host_users == Some(false) && Version(35) <= self.version
    }

    fn is_for_windows(&self) -> bool {
        Version(25) <= self.version && self.spec.os.as_ref().is_some_and(|os| os.name == "windows")
    }

    fn app_armor(&mut self, metadata: &ObjectMeta) {
        let is_bad = |kind: &str| !matches!(kind, "RuntimeDefault" | "Localhost");
        let mut values = SortedSet::new();
        let pod = self.pod_context().and_then(|context| context.app_armor_profile.as_ref()).filter(|found| is_bad(&found.type_));
        values.extend(pod.map(|found| found.type_.clone()));
        let of = |context: &SecurityContext| {
            context.app_armor_profile.as_ref().map(|found| found.type_.clone()).filter(|kind| is_bad(kind))
        };
        values.extend(self.parts.iter().filter_map(|part| of(part.context?)));
        let names = self.with_context(|context| of(context).is_some());
        let is_allowed = |value: &str| matches!(value, "" | "runtime/default") || value.starts_with("localhost/");
        let annotations =
            metadata.annotations.iter().flatten().filter(|(key, value)| key.starts_with(APP_ARMOR) && !is_allowed(value));
        let annotations: Vec<String> = annotations.map(|(key, value)| format!("{key}={}", quote(value))).collect();
        let mut who = setters(pod.is_some(), &names);
        if !annotations.is_empty() {
            let and = if who.is_empty() { "" } else { " and " };
            who = format!("{who}{and}{}", plural("annotation", "annotations", annotations.len()));
        }
        if !who.is_empty() {
            let all: Vec<String> = values.into_iter().chain(annotations).collect();
            let reason = plural("forbidden AppArmor profile", "forbidden AppArmor profiles", all.len());
            // What is quoted already gets no further escapes.
            let all: Vec<String> = all.iter().map(|value| format!("\"{value}\"")).collect();
            self.add(reason, format!("{who} must not set AppArmor profile type to {}", all.join(", ")));
        }
    }

    /// The containers that add capabilities which are not allowed, and which those are.
    fn added_capabilities(&self, is_allowed: impl Fn(&str) -> bool) -> Option<String> {
        let bad = |context: &SecurityContext| -> Vec<String> {
            let added = context.capabilities.iter().flat_map(|capabilities| capabilities.add.iter().flatten());
            added.filter(|name| !is_allowed(name)).cloned().collect()
        };
        let names = self.with_context(|context| !bad(context).is_empty());
        let all: SortedSet<String> = self.parts.iter().filter_map(|part| part.context).flat_map(bad).collect();
        let text =
            || format!("{} must not include {} in securityContext.capabilities.add", containers(&names), join_quoted(&all));
        (!names.is_empty()).then(text)
    }

    fn default_capabilities(&mut self) {
        if let Some(detail) = self.added_capabilities(|name| ALLOWED_CAPABILITIES.contains(&name)) {
            self.add("non-default capabilities", detail);
        }
    }

    fn host_namespaces(&mut self) {
        let spec = self.spec;
        let fields = [("hostNetwork=true", spec.host_network), ("hostPID=true", spec.host_pid), ("hostIPC=true", spec.host_ipc)];
        let set: Vec<&str> = fields.iter().filter(|(_, value)| *value == Some(true)).map(|(text, _)| *text).collect();
        if !set.is_empty() {
            self.add("host namespaces", set.join(", "));
        }
    }

    fn host_path(&mut self) {
        let volumes = self.spec.volumes.iter().flatten().filter(|volume| volume.host_path.is_some());
        let names: Vec<&str> = volumes.map(|volume| volume.name.as_str()).collect();
        if !names.is_empty() {
            self.add("hostPath volumes", format!("{} {}", plural("volume", "volumes", names.len()), join_quoted(names)));
        }
    }

    fn host_ports(&mut self) {
        let ports = |part: &Part<'_>| -> Vec<i32> {
            part.ports.iter().filter_map(|port| port.host_port).filter(|port| *port != 0).collect()
        };
        let names = self.names(|part| !ports(part).is_empty());
        let all: SortedSet<String> = self.parts.iter().flat_map(ports).map(|port| port.to_string()).collect();
        if !names.is_empty() {
            let verb = plural("uses", "use", names.len());
            let list: Vec<&str> = all.iter().map(String::as_str).collect();
            let what = plural("hostPort", "hostPorts", all.len());
            self.add("hostPort", format!("{} {verb} {what} {}", containers(&names), list.join(", ")));
        }
    }

    fn probe_hosts(&mut self) {
        if self.version < Version(34) {
            return;
        }
        let hosts = |part: &Part<'_>| -> Vec<String> {
            let probes = part.probes.iter().filter_map(|probe| probe.as_ref()).map(|probe| (&probe.http_get, &probe.tcp_socket));
            let hooks = part.lifecycle.into_iter().flat_map(|hooks| [&hooks.post_start, &hooks.pre_stop]);
            let hooks = hooks.flatten().map(|hook: &LifecycleHandler| (&hook.http_get, &hook.tcp_socket));
            let both = probes.chain(hooks).flat_map(|(http, tcp)| {
                [http.as_ref().and_then(|http| http.host.clone()), tcp.as_ref().and_then(|tcp| tcp.host.clone())]
            });
            both.flatten().filter(|host| !host.is_empty()).collect()
        };
        let mut names = self.names(|part| !hosts(part).is_empty());
        podlapse_model::sort(&mut names);
        let all: SortedSet<String> = self.parts.iter().flat_map(hosts).collect();
        if !names.is_empty() {
            let verb = plural("uses", "use", names.len());
            let what = plural("probe or lifecycle host", "probe or lifecycle hosts", all.len());
            self.add("probe or lifecycle host", format!("{} {verb} {what} {}", containers(&names), join_quoted(&all)));
        }
    }

    fn privileged(&mut self) {
        let names = self.with_context(|context| context.privileged == Some(true));
        if !names.is_empty() {
            self.add("privileged", format!("{} must not set securityContext.privileged=true", containers(&names)));
        }
    }

    fn proc_mount(&mut self) {
        let bad = |context: &SecurityContext| context.proc_mount.clone().filter(|mount| mount != "Default");
        let names = self.with_context(|context| bad(context).is_some());
        let all: SortedSet<String> = self.parts.iter().filter_map(|part| bad(part.context?)).collect();
        if !names.is_empty() {
            self.add(
                "procMount",
                format!("{} must not set securityContext.procMount to {}", containers(&names), join_quoted(&all)),
            );
        }
    }

    fn se_linux(&mut self) {
        let version = self.version;
        let is_known =
            |kind: &str| ALLOWED_SELINUX_TYPES.contains(&kind) && (kind != "container_engine_t" || Version(31) <= version);
        let bad_type = |options: &SELinuxOptions| options.type_.clone().filter(|kind| !is_known(kind));
        let is_set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let is_bad = |options: &SELinuxOptions| bad_type(options).is_some() || is_set(&options.user) || is_set(&options.role);
        let own = self.pod_context().and_then(|context| context.se_linux_options.as_ref());
        let is_pod = own.is_some_and(is_bad);
        let names = self.with_context(|context| context.se_linux_options.as_ref().is_some_and(is_bad));
        if !is_pod && names.is_empty() {
            return;
        }
        let of_parts = self.parts.iter().filter_map(|part| part.context?.se_linux_options.as_ref());
        let all: Vec<&SELinuxOptions> = own.into_iter().chain(of_parts).collect();
        let types: SortedSet<String> = all.iter().filter_map(|options| bad_type(options)).collect();
        let mut data = Vec::new();
        if !types.is_empty() {
            data.push(format!("{} {}", plural("type", "types", types.len()), join_quoted(&types)));
        }
        if all.iter().any(|options| is_set(&options.user)) {
            data.push("user may not be set".to_owned());
        }
        if all.iter().any(|options| is_set(&options.role)) {
            data.push("role may not be set".to_owned());
        }
        let who = setters(is_pod, &names);
        self.add("seLinuxOptions", format!("{who} set forbidden securityContext.seLinuxOptions: {}", data.join("; ")));
    }

    /// `must_be_set`: the restricted level asks for a profile, the baseline only forbids to have none.
    fn seccomp(&mut self, must_be_set: bool) {
        const REASON: &str = "seccompProfile";
        if self.version < Version(19) || (must_be_set && self.is_for_windows()) {
            return;
        }
        let is_bad = |kind: &str| !matches!(kind, "Localhost" | "RuntimeDefault");
        let of = |context: &SecurityContext| context.seccomp_profile.as_ref().map(|profile| profile.type_.clone());
        let own = self.pod_context().and_then(|context| context.seccomp_profile.as_ref()).map(|profile| profile.type_.clone());
        let is_pod = own.as_deref().is_some_and(is_bad);
        let names = self.with_context(|context| of(context).as_deref().is_some_and(is_bad));
        if is_pod || !names.is_empty() {
            let kinds = own.into_iter().chain(self.parts.iter().filter_map(|part| of(part.context?)));
            let values: SortedSet<String> = kinds.filter(|kind| is_bad(kind)).collect();
            let who = setters(is_pod, &names);
            self.add(REASON, format!("{who} must not set securityContext.seccompProfile.type to {}", join_quoted(&values)));
            return;
        }
        let open = self.names(|part| part.context.is_none_or(|context| context.seccomp_profile.is_none()));
        if must_be_set && own.is_none() && !open.is_empty() {
            let rule = "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
            self.add(REASON, format!("pod or {} {rule}", containers(&open)));
        }
    }

    /// The annotations that stood for the profile before it became a field.
    fn seccomp_annotations(&mut self, metadata: &ObjectMeta) {
        let of_parts = self.parts.iter().map(|part| format!("container.{SECCOMP}{}", part.name));
        let keys: SortedSet<String> = of_parts.chain([format!("{SECCOMP}pod")]).collect();
        let is_allowed = |value: &str| matches!(value, "runtime/default" | "docker/default") || value.starts_with("localhost/");
        let given = metadata.annotations.iter().flatten().filter(|(key, value)| keys.contains(*key) && !is_allowed(value));
        let bad: Vec<String> = given.map(|(key, value)| format!("{key}={}", quote(value))).collect();
        if !bad.is_empty() {
            let what = plural("annotation", "annotations", bad.len());
            self.add("seccompProfile", format!("forbidden {what} {}", bad.join(", ")));
        }
    }

    fn sysctls(&mut self) {
        let version = self.version;
        let is_allowed = |name: &str| ALLOWED_SYSCTLS.iter().any(|(known, since)| *known == name && Version(*since) <= version);
        let all = self.pod_context().into_iter().flat_map(|context| context.sysctls.iter().flatten());
        let bad: Vec<&str> = all.map(|sysctl| sysctl.name.as_str()).filter(|name| !is_allowed(name)).collect();
        if !bad.is_empty() {
            self.add("forbidden sysctls", bad.join(", "));
        }
    }

    fn host_process(&mut self) {
        let options = self.pod_context().and_then(|context| context.windows_options.as_ref());
        let is_pod = options.and_then(|options| options.host_process) == Some(true);
        let is_bad =
            |context: &SecurityContext| context.windows_options.as_ref().and_then(|options| options.host_process) == Some(true);
        let names = self.with_context(is_bad);
        if is_pod || !names.is_empty() {
            let who = setters(is_pod, &names);
            self.add("hostProcess", format!("{who} must not set securityContext.windowsOptions.hostProcess=true"));
        }
    }

    fn privilege_escalation(&mut self) {
        if self.version < Version(8) || self.is_for_windows() {
            return;
        }
        let is_open = |part: &Part<'_>| part.context.and_then(|context| context.allow_privilege_escalation) != Some(false);
        let names = self.names(is_open);
        if !names.is_empty() {
            let detail = format!("{} must set securityContext.allowPrivilegeEscalation=false", containers(&names));
            self.add("allowPrivilegeEscalation != false", detail);
        }
    }

    fn dropped_capabilities(&mut self) {
        if self.version < Version(22) || self.is_for_windows() {
            return;
        }
        let drops_all = |part: &Part<'_>| {
            let capabilities = part.context.and_then(|context| context.capabilities.as_ref());
            capabilities.is_some_and(|capabilities| capabilities.drop.iter().flatten().any(|name| name == "ALL"))
        };
        let names = self.names(|part| !drops_all(part));
        let mut details = Vec::new();
        if !names.is_empty() {
            details.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", containers(&names)));
        }
        details.extend(self.added_capabilities(|name| name == "NET_BIND_SERVICE"));
        if !details.is_empty() {
            self.add("unrestricted capabilities", details.join("; "));
        }
    }

    fn volume_types(&mut self) {
        let bad = |volume: &Volume| {
            let source = volume_sources(volume).first().copied().unwrap_or("unknown");
            (!ALLOWED_VOLUMES.contains(&source)).then_some(source)
        };
        let volumes = self.spec.volumes.iter().flatten().filter_map(|volume| Some((volume.name.as_str(), bad(volume)?)));
        let (names, types): (Vec<&str>, Vec<&str>) = volumes.unzip();
        let types: SortedSet<&str> = types.into_iter().collect();
        if names.is_empty() {
            return;
        }
        let who = format!("{} {}", plural("volume", "volumes", names.len()), join_quoted(&names));
        let verb = plural("uses", "use", names.len());
        let what = plural("restricted volume type", "restricted volume types", types.len());
        self.add("restricted volume types", format!("{who} {verb} {what} {}", join_quoted(types)));
    }

    fn non_root(&mut self) {
        const REASON: &str = "runAsNonRoot != true";
        if self.is_in_user_namespace() {
            return;
        }
        let own = self.pod_context().and_then(|context| context.run_as_non_root);
        let names = self.with_context(|context| context.run_as_non_root == Some(false));
        if own == Some(false) || !names.is_empty() {
            let who = setters(own == Some(false), &names);
            self.add(REASON, format!("{who} must not set securityContext.runAsNonRoot=false"));
            return;
        }
        let open = self.names(|part| part.context.is_none_or(|context| context.run_as_non_root.is_none()));
        if own != Some(true) && !open.is_empty() {
            self.add(REASON, format!("pod or {} must set securityContext.runAsNonRoot=true", containers(&open)));
        }
    }

    fn user_zero(&mut self) {
        if self.version < Version(23) || self.is_in_user_namespace() {
            return;
        }
        let is_pod = self.pod_context().and_then(|context| context.run_as_user) == Some(0);
        let names = self.with_context(|context| context.run_as_user == Some(0));
        if is_pod || !names.is_empty() {
            self.add("runAsUser=0", format!("{} must not set runAsUser=0", setters(is_pod, &names)));
        }
    }
}

#[cfg(test)]
mod tests {
    use podlapse_model::api::core::v1::Pod;
    use serde_json::{Value, json};

    use super::*;

    fn told(level: Level, version: u32, pod: Value) -> String {
        let pod: Pod = podlapse_model::from_json(pod).unwrap();
        details(&violations(level, Version(version), &pod.metadata, &pod.spec.unwrap()))
    }

    #[test]
    fn annotations_count_as_profiles() {
        let annotations = json!({"container.apparmor.security.beta.kubernetes.io/app": "unconfined", "x": "unconfined"});
        let pod = json!({"metadata": {"annotations": annotations}, "spec": {"containers": [{"name": "app",
            "securityContext": {"appArmorProfile": {"type": "Unconfined"}}}]}});
        let both = "forbidden AppArmor profiles (container \"app\" and annotation must not set AppArmor profile type to \
                    \"Unconfined\", \"container.apparmor.security.beta.kubernetes.io/app=\"unconfined\"\")";
        assert_eq!(told(Level::Baseline, 36, pod), both);
        let annotations = json!({"seccomp.security.alpha.kubernetes.io/pod": "unconfined"});
        let pod = json!({"metadata": {"annotations": annotations}, "spec": {"containers": []}});
        let seccomp = "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")";
        assert_eq!(told(Level::Baseline, 18, pod.clone()), seccomp);
        assert_eq!(told(Level::Baseline, 19, pod), "");
    }

    #[test]
    fn only_the_baseline_lets_user_namespaces_unmask_proc() {
        let unmasked = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "procMount": "Unmasked",
            "seccompProfile": {"type": "RuntimeDefault"}});
        let pod = json!({"spec": {"hostUsers": false, "hostNetwork": true,
            "containers": [{"name": "app", "securityContext": unmasked}]}});
        let network = "host namespaces (hostNetwork=true)";
        let mount = "procMount (container \"app\" must not set securityContext.procMount to \"Unmasked\")";
        assert_eq!(told(Level::Baseline, 36, pod.clone()), network);
        assert_eq!(told(Level::Baseline, 34, pod.clone()), format!("{network}, {mount}"));
        assert_eq!(told(Level::Restricted, 36, pod), format!("{network}, {mount}"));
    }
}
