//! `kubectl logs`. Models `k8s.io/kubectl/pkg/cmd/logs` and the kubelet's answer (v1.36).

use podlapse_core::client::{ClientView, LogKey, LogLine, Outcome};
use podlapse_core::store::{ApiError, Reason};
use podlapse_manifest::Rejection;
use podlapse_model::api::core::v1::{ContainerStatus, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object, Selector};

use super::Call;
use super::flags::{Arguments, Flag, FlagKind, number, on, text};
use super::report::{Report, failed, usage};
use super::targets::{Targets, type_and_name};

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] = &[
    text("container", Some('c')),
    on("previous", Some('p')),
    on("follow", Some('f')),
    on("timestamps", None),
    on("all-containers", None),
    on("all-pods", None),
    on("prefix", None),
    on("ignore-errors", None),
    number("tail", None),
    text("since", None),
    text("since-time", None),
    text("selector", Some('l')),
    text("pod-running-timeout", None),
    text("max-log-requests", None),
    number("limit-bytes", None),
    Flag { long: "insecure-skip-tls-verify-backend", short: None, kind: FlagKind::Bool },
];

/// With a selector, this many lines of each container are shown where no number is given.
const TAIL_OF_SELECTED: i64 = 10;

/// A call of `kubectl logs`.
#[derive(Clone, Debug)]
pub(super) struct Logs {
    targets: Targets,
    arguments: Arguments,
    container: Option<String>,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Logs, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    let mut container = arguments.get("container").map(str::to_owned);
    match arguments.words.as_slice() {
        [] if targets.has_selector() => targets.kinds.push(Kind::Pod),
        [] => {
            return Err(usage(
                "logs",
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
            ));
        }
        [_, ..] if targets.has_selector() => return Err(usage("logs", "only a selector (-l) or a POD name is allowed")),
        [target, rest @ ..] => {
            let named = if target.contains('/') { type_and_name(target).map_err(failed)? } else { (Kind::Pod, target.clone()) };
            targets.names.push(named);
            match rest {
                [] => {}
                [name] if container.is_none() => container = Some(name.clone()),
                _ => return Err(usage("logs", "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.")),
            }
        }
    }
    Ok(Logs { targets, arguments, container })
}

impl Logs {
    pub(super) fn run(&self, view: &ClientView<'_>) -> Outcome {
        let mut report = Report::default();
        for target in self.targets.resolve(view.store) {
            match target {
                Ok(Object::Pod(pod)) => self.pod(&mut report, &pod, view),
                Ok(workload) => match first_pod(&workload, view) {
                    Some(pod) => self.pod(&mut report, &pod, view),
                    None => report.errors.push(Rejection::Client("timed out waiting for the condition".to_owned())),
                },
                Err(error) => report.errors.push(error),
            }
        }
        if self.targets.names.is_empty() && report.stdout.is_empty() && report.errors.is_empty() {
            let namespace = self.targets.namespace.as_deref().unwrap_or("default");
            if self.targets.resolve(view.store).is_empty() {
                report.stderr.push_str(&format!("No resources found in {namespace} namespace.\n"));
            }
        }
        report.end("", "")
    }

    fn pod(&self, report: &mut Report, pod: &Pod, view: &ClientView<'_>) {
        let spec = pod.spec.clone().unwrap_or_default();
        let name = pod.metadata.name.clone().unwrap_or_default();
        let init: Vec<String> = spec.init_containers.iter().flatten().map(|container| container.name.clone()).collect();
        let regular: Vec<String> = spec.containers.iter().map(|container| container.name.clone()).collect();
        let all: Vec<&String> = init.iter().chain(&regular).collect();
        let chosen: Vec<String> = if self.arguments.is_on("all-containers") {
            all.into_iter().cloned().collect()
        } else if let Some(container) = &self.container {
            let ephemeral = spec.ephemeral_containers.iter().flatten().any(|known| known.name == *container);
            if !all.contains(&container) && !ephemeral {
                report.errors.push(Rejection::Client(format!("container {container} is not valid for pod {name}")));
                return;
            }
            vec![container.clone()]
        } else {
            let default = pod.metadata.annotations.as_ref().and_then(|a| a.get("kubectl.kubernetes.io/default-container"));
            let first = default.filter(|name| all.contains(name)).or(regular.first()).cloned().unwrap_or_default();
            if all.len() > 1 && default.is_none() {
                let mut names: Vec<String> = regular.clone();
                names.extend(init.iter().map(|name| format!("{name} (init)")));
                report.stderr.push_str(&format!("Defaulted container {first:?} out of: {}\n", names.join(", ")));
            }
            vec![first]
        };
        for container in chosen {
            self.container(report, pod, &name, &container, view);
        }
    }

    fn container(&self, report: &mut Report, pod: &Pod, name: &str, container: &str, view: &ClientView<'_>) {
        let lines = match run_of(pod, name, container, self.arguments.is_on("previous")) {
            Ok(attempt) => {
                let uid = pod.metadata.uid.as_deref().unwrap_or_default().into();
                view.logs.of(&LogKey { pod: uid, container: container.into(), attempt })
            }
            Err(error) => {
                report.refused(&error);
                return;
            }
        };
        let since = self.arguments.get("since").and_then(|text| super::rollout::duration(text).ok());
        let kept: Vec<&LogLine> = lines.iter().filter(|line| since.is_none_or(|span| view.now - span <= line.at)).collect();
        let tail = self.arguments.number("tail").unwrap_or(if self.targets.has_selector() { TAIL_OF_SELECTED } else { -1 });
        let skipped = usize::try_from(tail).map_or(0, |tail| kept.len().saturating_sub(tail));
        for line in kept.into_iter().skip(skipped) {
            if self.arguments.is_on("prefix") {
                report.stdout.push_str(&format!("[pod/{name}/{container}] "));
            }
            if self.arguments.is_on("timestamps") {
                let at: Time = view.wall.time(line.at);
                let fraction = view.wall.unix_ns(line.at).rem_euclid(1_000_000_000);
                let seconds = at.0.to_string();
                report.stdout.push_str(&format!("{}.{fraction:09}Z ", seconds.trim_end_matches('Z')));
            }
            report.say(&line.text);
        }
    }
}

/// Which run's output the kubelet serves (`validateContainerLogStatus`).
fn run_of(pod: &Pod, name: &str, container: &str, previous: bool) -> Result<u32, ApiError> {
    let refuse = |message: String| ApiError::new(Reason::BadRequest, message);
    let status = pod.status.clone().unwrap_or_default();
    let all = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    let found: Option<&ContainerStatus> =
        all.into_iter().flat_map(|list| list.iter().flatten()).find(|status| status.name == container);
    if pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref()).is_none() {
        return Err(refuse(format!("pod {name} does not have a host assigned")));
    }
    let Some(status) = found else {
        return Err(refuse(format!("container {container:?} in pod {name:?} is not available")));
    };
    let restarts = u32::try_from(status.restart_count).unwrap_or_default();
    let state = status.state.clone().unwrap_or_default();
    let last_ended = status.last_state.as_ref().is_some_and(|last| last.terminated.is_some());
    if previous {
        return match last_ended {
            true if state.waiting.is_some() => Ok(restarts),
            true => Ok(restarts.saturating_sub(1)),
            false => Err(refuse(format!("previous terminated container {container:?} in pod {name:?} not found"))),
        };
    }
    if state.running.is_some() || state.terminated.is_some() || last_ended {
        return Ok(restarts);
    }
    let reason = state.waiting.and_then(|waiting| waiting.reason).unwrap_or_default();
    Err(refuse(match reason.as_str() {
        "ErrImagePull" => format!("container {container:?} in pod {name:?} is waiting to start: image can't be pulled"),
        "ImagePullBackOff" => {
            format!("container {container:?} in pod {name:?} is waiting to start: trying and failing to pull image")
        }
        reason => format!("container {container:?} in pod {name:?} is waiting to start: {reason}"),
    }))
}

/// A Pod of a workload, as kubectl chooses one by the workload's selector.
fn first_pod(workload: &Object, view: &ClientView<'_>) -> Option<std::sync::Arc<Pod>> {
    let json = workload.to_json();
    let selector = json.pointer("/spec/selector").cloned()?;
    let selector = match workload.kind() {
        Kind::Service | Kind::ReplicationController => serde_json::json!({"matchLabels": selector}),
        _ => selector,
    };
    let selector = Selector::of_label_selector(podlapse_model::from_json(selector).ok().as_ref()).ok()?;
    let namespace = &workload.metadata().namespace;
    view.store.list(Kind::Pod).find_map(|object| match object {
        Object::Pod(pod) if pod.metadata.namespace == *namespace => {
            selector.matches(&pod.metadata.labels.clone().unwrap_or_default()).then(|| pod.clone())
        }
        _ => None,
    })
}
