//! The document of `kind: Simulation` (podlapse.dev/v1alpha1) to a [`SimulationSpec`].

use jiff::Timestamp;
use podlapse_model::simulation::{
    Action, ActionKind, Behavior, ContainerMatch, DiskUse, ExecOutcome, Expectation, Expected, GrpcAnswer, HttpAnswer, ImageSpec,
    Jitter, Listener, LogLine, MemoryUse, OnSigterm, RegistryAuth, RegistrySpec, RunSpec, SandboxRule, ShutdownGroup,
    SimulationSpec, StaticPodFile, Window,
};
use podlapse_model::{SYSTEM_CRITICAL_PRIORITY, SimDuration};
use serde_json::Value;

use super::fields::{Fields, Findings};
use crate::check::Diagnostic;
use crate::read::Document;

/// The API version of our own document.
pub(super) const API_VERSION: &str = "podlapse.dev/v1alpha1";

/// Bytes of an image that names no size: 50Mi.
const DEFAULT_IMAGE_SIZE: u64 = 50 << 20;

/// Reads the document; whatever is wrong with it is reported and takes its default.
pub(super) fn simulation(document: &Document) -> (SimulationSpec, Vec<Diagnostic>) {
    let mut findings = Findings { places: &document.places, document: document.index, diagnostics: Vec::new() };
    let out = &mut findings;
    let mut top = Fields::new(&document.json, "", out);
    for field in ["apiVersion", "kind", "metadata"] {
        top.get(field);
    }
    let mut result = SimulationSpec::default();
    if let Some(mut spec) = top.inner("spec", out) {
        read_spec(&mut spec, &mut result, out);
        spec.finish(out);
    }
    top.finish(out);
    (result, findings.diagnostics)
}

fn read_spec(spec: &mut Fields<'_>, result: &mut SimulationSpec, out: &mut Findings<'_>) {
    if let Some(version) = spec.text("kubernetesVersion", out) {
        result.kubernetes_version = version;
    }
    if let Some(duration) = spec.duration("duration", out) {
        result.duration = duration;
    }
    if let Some(text) = spec.text("startTime", out) {
        match text.parse::<Timestamp>() {
            Ok(time) => result.start_time_unix_ns = time.as_nanosecond(),
            Err(_) => out.error(&spec.path("startTime"), format!("expected a time such as 2026-01-01T00:00:00Z, found {text:?}")),
        }
    }
    if let Some(seed) = spec.number::<i64>("seed", out) {
        result.seed = seed as u64;
    }
    if let Some(jitter) = spec.choice("jitter", out, &[("seeded", Jitter::Seeded), ("none", Jitter::None)]) {
        result.jitter = jitter;
    }
    if let Some(percentage) = spec.number::<u8>("percentageOfNodesToScore", out) {
        if 100 < percentage {
            out.error(&spec.path("percentageOfNodesToScore"), "expected a percentage from 0 to 100".to_owned());
        }
        result.percentage_of_nodes_to_score = percentage.min(100);
    }
    result.catalogue = spec.get("images").is_none();
    if let Some(catalogue) = spec.flag("catalogue", out) {
        result.catalogue = catalogue;
    }
    result.images = list(spec, "images", out, image);
    result.registries = list(spec, "registries", out, registry);
    result.behaviors = list(spec, "behaviors", out, behavior);
    result.static_pods = list(spec, "staticPods", out, static_pod);
    result.sandbox = list(spec, "sandbox", out, sandbox);
    result.actions = list(spec, "actions", out, action).into_iter().flatten().collect();
    result.expect = list(spec, "expect", out, expectation).into_iter().flatten().collect();
}

fn list<T>(
    fields: &mut Fields<'_>,
    field: &'static str,
    out: &mut Findings<'_>,
    read: impl Fn(&mut Fields<'_>, &mut Findings<'_>) -> T,
) -> Vec<T> {
    let mut result = Vec::new();
    for (item, path) in fields.items(field, out) {
        let mut fields = Fields::new(item, &path, out);
        result.push(read(&mut fields, out));
        fields.finish(out);
    }
    result
}

fn inner<T>(
    fields: &mut Fields<'_>,
    field: &'static str,
    out: &mut Findings<'_>,
    read: impl Fn(&mut Fields<'_>, &mut Findings<'_>) -> T,
) -> Option<T> {
    let mut fields = fields.inner(field, out)?;
    let result = read(&mut fields, out);
    fields.finish(out);
    Some(result)
}

fn image(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> ImageSpec {
    ImageSpec {
        name: fields.required("name", out),
        size: fields.bytes("size", out).unwrap_or(DEFAULT_IMAGE_SIZE),
        pull_duration: fields.duration("pullDuration", out),
        preloaded: fields.texts("preloaded", out),
        requires_auth: inner(fields, "requiresAuth", out, |auth, out| RegistryAuth {
            username: auth.required("username", out),
            password: auth.required("password", out),
        }),
        pull_error: fields.text("pullError", out),
        user: fields.text("user", out),
        removed: fields.flag("removed", out).unwrap_or_default(),
        entrypoint: fields.texts("entrypoint", out),
        cmd: fields.texts("cmd", out),
    }
}

fn registry(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> RegistrySpec {
    RegistrySpec {
        host: fields.required("host", out),
        unreachable: fields.flag("unreachable", out).unwrap_or_default(),
        timeout: fields.duration("timeout", out).unwrap_or(SimDuration::from_secs(30)),
    }
}

fn matches(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> ContainerMatch {
    ContainerMatch {
        pod: fields.text("pod", out),
        container: fields.text("container", out),
        image: fields.text("image", out),
        namespace: fields.text("namespace", out),
        node: fields.text("node", out),
    }
}

fn behavior(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Behavior {
    Behavior { matches: inner(fields, "match", out, matches).unwrap_or_default(), runs: list(fields, "runs", out, run) }
}

fn run(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> RunSpec {
    RunSpec {
        exit_after: fields.duration("exitAfter", out),
        exit_code: fields.number("exitCode", out).unwrap_or_default(),
        reason: fields.text("reason", out),
        logs: fields.items("logs", out).into_iter().filter_map(|(item, path)| log_line(item, &path, out)).collect(),
        start_error: fields.text("startError", out),
        create_error: fields.text("createError", out),
        listen: list(fields, "listen", out, listener),
        exec: list(fields, "exec", out, exec_outcome),
        memory: list(fields, "memory", out, |fields, out| MemoryUse {
            after: fields.duration("after", out).unwrap_or_default(),
            usage: fields.bytes("usage", out).unwrap_or_default(),
        }),
        disk: list(fields, "disk", out, |fields, out| DiskUse {
            after: fields.duration("after", out).unwrap_or_default(),
            usage: fields.bytes("usage", out).unwrap_or_default(),
            volume: fields.text("volume", out),
        }),
        on_sigterm: inner(fields, "onSigterm", out, on_sigterm),
        termination_message: fields.text("terminationMessage", out),
    }
}

/// A line is text, or a mapping of `after` and `line`.
fn log_line(item: &Value, path: &str, out: &mut Findings<'_>) -> Option<LogLine> {
    if let Some(line) = item.as_str() {
        return Some(LogLine { after: SimDuration::ZERO, line: line.to_owned() });
    }
    if !item.is_object() {
        // `logs: [5]` is meant as the text.
        return Some(LogLine { after: SimDuration::ZERO, line: item.to_string() });
    }
    let mut fields = Fields::new(item, path, out);
    let line =
        LogLine { after: fields.duration("after", out).unwrap_or_default(), line: fields.text("line", out).unwrap_or_default() };
    fields.finish(out);
    Some(line)
}

fn window(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Window {
    Window { after: fields.duration("after", out).unwrap_or_default(), until: fields.duration("until", out) }
}

fn listener(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Listener {
    Listener {
        port: fields.number("port", out).unwrap_or_default(),
        window: window(fields, out),
        http: list(fields, "http", out, |fields, out| HttpAnswer {
            path: fields.text("path", out).unwrap_or_else(|| "*".to_owned()),
            window: window(fields, out),
            status: fields.number("status", out).unwrap_or(200),
            body: fields.text("body", out).unwrap_or_default(),
            takes: fields.duration("takes", out).unwrap_or_default(),
        }),
        grpc: list(fields, "grpc", out, |fields, out| GrpcAnswer {
            service: fields.text("service", out).unwrap_or_default(),
            window: window(fields, out),
            status: fields.text("status", out).unwrap_or_else(|| "SERVING".to_owned()),
        }),
    }
}

fn exec_outcome(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> ExecOutcome {
    ExecOutcome {
        command: fields.required("command", out),
        window: window(fields, out),
        exit_code: fields.number("exitCode", out).unwrap_or_default(),
        output: fields.text("output", out).unwrap_or_default(),
        takes: fields.duration("takes", out).unwrap_or_default(),
    }
}

fn on_sigterm(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> OnSigterm {
    let ignore = fields.flag("ignore", out).unwrap_or_default();
    let after = fields.duration("exitAfter", out).unwrap_or_default();
    let code = fields.number("exitCode", out).unwrap_or(143);
    if ignore { OnSigterm::Ignore } else { OnSigterm::Exit { after, code } }
}

fn static_pod(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> StaticPodFile {
    StaticPodFile {
        node: fields.required("node", out),
        file: fields.required("file", out),
        manifest: fields.required("manifest", out),
    }
}

fn sandbox(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> SandboxRule {
    SandboxRule {
        matches: inner(fields, "match", out, matches).unwrap_or_default(),
        failures: fields.number("failures", out),
        error: fields.text("error", out).unwrap_or_default(),
    }
}

fn action(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Option<Action> {
    let at = fields.time("at", out).unwrap_or_default();
    let stdin = fields.text("stdin", out);
    let mut what = Vec::new();
    if let Some(line) = fields.text("kubectl", out) {
        what.push(ActionKind::Kubectl { line, stdin });
    }
    what.extend(inner(fields, "node", out, |node, out| ActionKind::Node {
        name: node.required("name", out),
        up: node.choice("state", out, &[("Up", true), ("Down", false)]).unwrap_or_default(),
        reboot: node.flag("reboot", out).unwrap_or_default(),
        shutdown: shutdown(node, out),
    }));
    what.extend(inner(fields, "image", out, image).map(ActionKind::Image));
    what.extend(inner(fields, "kill", out, |kill, out| ActionKind::Kill {
        pod: kill.required("pod", out),
        namespace: kill.text("namespace", out).unwrap_or_else(|| "default".to_owned()),
        container: kill.text("container", out),
        signal: kill.text("signal", out).unwrap_or_else(|| "KILL".to_owned()),
    }));
    what.extend(inner(fields, "network", out, |network, out| ActionKind::Network {
        node: network.required("node", out),
        ready: network.choice("state", out, &[("Ready", true), ("NotReady", false)]).unwrap_or_default(),
    }));
    what.extend(inner(fields, "staticPod", out, |file, out| {
        let remove = file.flag("remove", out).unwrap_or_default();
        let manifest = file.text("manifest", out);
        ActionKind::StaticPod {
            node: file.required("node", out),
            file: file.required("file", out),
            manifest: manifest.filter(|_| !remove),
        }
    }));
    if what.len() != 1 {
        out.error(&fields.path("at"), "an action has one of kubectl, node, image, kill, network and staticPod".to_owned());
    }
    what.into_iter().next().map(|what| Action { at, what })
}

/// `shutdownGracePeriod` and its part for critical Pods, or the groups of `shutdownGracePeriodByPodPriority`
/// (`nodeshutdown` `migrateConfig`).
fn shutdown(node: &mut Fields<'_>, out: &mut Findings<'_>) -> Vec<ShutdownGroup> {
    let whole = node.duration("shutdownGracePeriod", out).unwrap_or_default();
    let critical = node.duration("shutdownGracePeriodCriticalPods", out).unwrap_or_default();
    let mut groups = list(node, "shutdownGracePeriodByPodPriority", out, |group, out| ShutdownGroup {
        priority: group.number("priority", out).unwrap_or_default(),
        period: SimDuration::from_secs(group.number("shutdownGracePeriodSeconds", out).unwrap_or_default()),
    });
    if groups.is_empty() && whole != SimDuration::ZERO {
        groups = vec![
            ShutdownGroup { priority: 0, period: whole.saturating_sub(critical) },
            ShutdownGroup { priority: SYSTEM_CRITICAL_PRIORITY, period: critical },
        ];
    }
    groups
}

fn expectation(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Option<Expectation> {
    let (pod, within) = (fields.required("pod", out), fields.duration("within", out));
    let condition = fields.text("condition", out).map(Expected::Condition);
    let status = fields.text("status", out).map(Expected::Status);
    let never = inner(fields, "never", out, |never, out| Expected::Never(never.required("status", out)));
    let mut what = condition.into_iter().chain(status).chain(never);
    let (first, second) = (what.next(), what.next());
    if first.is_none() || second.is_some() {
        out.error(&fields.path("pod"), "an expectation has one of condition, status and never".to_owned());
    }
    Some(Expectation { pod, what: first?, within })
}
