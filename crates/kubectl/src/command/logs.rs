//! `kubectl logs`. Models `k8s.io/kubectl/pkg/cmd/logs` and the kubelet's answer (v1.36).

use std::sync::Arc;

use podlapse_core::client::{ClientView, LogKey, LogLine, Outcome, Turn, kubelet_address};
use podlapse_core::store::authorization::Access;
use podlapse_core::store::{ApiError, Reason};
use podlapse_manifest::{Rejection, Status};
use podlapse_model::api::core::v1::{ContainerStatus, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Labels, Metadata, Object, ObjectKey, Selector, SimDuration, SimTime};

use super::Call;
use super::flags::Arguments;
use super::report::{Report, failed, refusal, usage};
use super::targets::{Targets, type_and_name};

/// With a selector, this many lines of each container are shown where no number is given.
const TAIL_OF_SELECTED: i64 = 10;
/// How long a log that is followed is asked for again while it is refused, where `--pod-running-timeout` does not tell.
const PATIENCE: SimDuration = SimDuration::from_secs(20);
/// The time between two of these requests.
const RETRY: SimDuration = SimDuration::from_secs(1);
/// The most logs that are followed at once where the line names no number.
const MAX_REQUESTS: i64 = 5;

const USAGE: &str =
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// A call of `kubectl logs`.
#[derive(Clone, Debug)]
pub(super) struct Logs {
    targets: Targets,
    arguments: Arguments,
    container: Option<String>,
    /// `--since-time`.
    since: Option<Time>,
    /// What was printed of a container that is followed.
    shown: Outcome,
    following: Following,
}

/// How far following has come (`consumeWithRetry`).
#[derive(Clone, Debug, Default)]
enum Following {
    /// Nothing was asked for.
    #[default]
    New,
    /// Refused so far.
    Refused {
        /// When it is given up, and when it is asked for again.
        deadline: SimTime,
        next: SimTime,
        /// What was said about it.
        said: String,
    },
    /// The logs come; a refusal now ends it.
    Streaming {
        /// What was said before they came.
        said: String,
    },
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Logs, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    let mut container = arguments.get("container").map(str::to_owned);
    match arguments.words.as_slice() {
        [] if targets.has_selector() => targets.kinds.push(Kind::Pod),
        [] => return Err(usage("logs", USAGE)),
        [_, ..] if targets.has_selector() => return Err(usage("logs", "only a selector (-l) or a POD name is allowed")),
        [target, rest @ ..] => {
            let named = if target.contains('/') { type_and_name(target).map_err(failed)? } else { (Kind::Pod, target.clone()) };
            targets.names.push(named);
            match rest {
                [] => {}
                [_] if container.is_some() => return Err(failed("only one of -c or an inline [CONTAINER] arg is allowed")),
                [name] => container = Some(name.clone()),
                [..] => return Err(usage("logs", USAGE)),
            }
        }
    }
    if arguments.duration("pod-running-timeout").is_some_and(|patience| patience <= SimDuration::ZERO) {
        return Err(failed("--pod-running-timeout must be higher than zero"));
    }
    let since = since(&arguments, container.as_deref()).map_err(failed)?;
    Ok(Logs { targets, arguments, container, since, shown: Outcome::default(), following: Following::New })
}

/// The time that `--since-time` names, where the flags fit together (`Validate`).
fn since(arguments: &Arguments, container: Option<&str>) -> Result<Option<Time>, String> {
    let time = arguments.get("since-time").map(podlapse_manifest::parse_time).transpose()?;
    let number = |flag| arguments.number(flag).unwrap_or_default();
    let wrong = match container {
        _ if time.is_some() && arguments.get("since").is_some() => {
            "at most one of `sinceTime` or `sinceSeconds` may be specified"
        }
        Some(name) if arguments.is_on("all-containers") => {
            return Err(format!("--all-containers=true should not be specified with container name {name}"));
        }
        _ if number("limit-bytes") < 0 => "--limit-bytes must be greater than 0",
        _ if arguments.get("since").is_some_and(|text| text.starts_with('-')) => "--since must be greater than 0",
        _ if number("tail") < -1 => "--tail must be greater than or equal to -1",
        _ => return Ok(time),
    };
    Err(wrong.to_owned())
}

/// The names of all containers of a Pod (`AllContainerNames`).
pub(super) fn all_container_names(pod: &Pod) -> String {
    let Some(spec) = &pod.spec else { return String::new() };
    let mut names: Vec<String> = spec.containers.iter().map(|container| container.name.clone()).collect();
    names.extend(spec.ephemeral_containers.iter().flatten().map(|container| format!("{} (ephem)", container.name)));
    names.extend(spec.init_containers.iter().flatten().map(|container| format!("{} (init)", container.name)));
    names.join(", ")
}

impl Logs {
    /// What a Pod's first container printed.
    pub(super) fn of_pod(key: &ObjectKey) -> Logs {
        let mut targets = Targets::default();
        targets.names.push((Kind::Pod, key.name.as_str().to_owned()));
        targets.namespace = Some(key.namespace.as_str().to_owned());
        Logs {
            targets,
            arguments: Arguments::default(),
            container: None,
            since: None,
            shown: Outcome::default(),
            following: Following::New,
        }
    }

    /// The text at this instant.
    pub(super) fn text(&self, view: &ClientView<'_>) -> Outcome {
        self.run(view).0
    }

    /// Following begins as soon as the server lets it, and goes on as long as the container writes.
    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        if let Following::Refused { next, .. } = &self.following
            && view.now < *next
        {
            return Turn::Wait { until: Some(*next) };
        }
        let (mut outcome, refusals) = self.run(view);
        let (deadline, mut said) = match std::mem::take(&mut self.following) {
            Following::New => (view.now + self.arguments.duration("pod-running-timeout").unwrap_or(PATIENCE), String::new()),
            Following::Refused { deadline, said, .. } => (deadline, said),
            Following::Streaming { said } => (view.now, said),
        };
        if outcome.exit == 0 && !refusals.is_empty() {
            if deadline <= view.now {
                outcome.stderr.push_str(&(said + "error: context deadline exceeded\n"));
                return Turn::Done(Outcome { exit: 1, ..outcome });
            }
            refusals.iter().for_each(|refusal| said.push_str(&format!("{refusal}\n")));
            outcome.stderr.push_str(&said);
            self.shown = outcome;
            let next = deadline.min(view.now + RETRY);
            self.following = Following::Refused { deadline, next, said };
            return Turn::Wait { until: Some(next) };
        }
        outcome.stderr.push_str(&said);
        self.following = Following::Streaming { said };
        if outcome.exit != 0 || !self.arguments.is_on("follow") || !self.is_running(view) {
            return Turn::Done(outcome);
        }
        self.shown = outcome;
        Turn::Wait { until: None }
    }

    /// What was printed of a container that is followed.
    pub(super) fn printed(&self) -> Outcome {
        self.shown.clone()
    }

    /// Whether a followed container may still write.
    fn is_running(&self, view: &ClientView<'_>) -> bool {
        let is_running = |pod: &Pod| {
            let status = pod.status.as_ref();
            let all =
                status.iter().flat_map(|s| [&s.container_statuses, &s.init_container_statuses, &s.ephemeral_container_statuses]);
            let mut meant = all.flat_map(|list| list.iter().flatten()).filter(|status| match &self.container {
                Some(name) => status.name == *name,
                None => true,
            });
            meant.any(|status| status.state.as_ref().is_some_and(|state| state.running.is_some()))
        };
        self.targets.resolve(view.store).flatten().any(|object| match object.typed::<Pod>() {
            Some(pod) => is_running(pod),
            None => pods_of(&object, view).is_ok_and(|pods| pods.first().is_some_and(|pod| is_running(pod))),
        })
    }

    /// What can be told now, and why logs that are to be followed do not come yet.
    fn run(&self, view: &ClientView<'_>) -> (Outcome, Vec<String>) {
        let mut report = Report::default();
        let mut streams = Vec::new();
        for target in self.targets.resolve(view.store) {
            match target {
                Ok(Object::Pod(pod)) => self.pod(&mut report, pod, &mut streams),
                Ok(workload) => self.workload(&mut report, &workload, view, &mut streams),
                Err(Rejection::Server(status)) if status.reason == "NotFound" => {
                    let namespace = self.targets.namespace.as_deref().unwrap_or("default");
                    let message = format!("error from server (NotFound): {} in namespace {namespace:?}", status.message);
                    report.errors.push(Rejection::Client(message));
                }
                Err(error) => report.errors.push(error),
            }
        }
        let most = self.arguments.number("max-log-requests").unwrap_or(MAX_REQUESTS);
        if self.arguments.is_on("follow") && streams.len() > 1 && usize::try_from(most).is_ok_and(|most| most < streams.len()) {
            report.errors.push(Rejection::Client(format!(
                "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to \
                 increase the limit",
                streams.len()
            )));
        }
        let begins = self.arguments.is_on("follow") && !matches!(self.following, Following::Streaming { .. });
        let mut refusals = Vec::new();
        for (pod, container) in &streams {
            if !report.errors.is_empty() {
                break;
            }
            match self.container(&mut report, pod, container, view) {
                Ok(()) => {}
                Err(Rejection::Server(refused)) if self.arguments.is_on("ignore-errors") => {
                    report.say(format!("error: {}", refused.message));
                }
                Err(Rejection::Server(refused)) if begins => refusals.push(refused.message),
                Err(error) => report.errors.push(error),
            }
        }
        if self.targets.names.is_empty() && streams.is_empty() && report.errors.is_empty() {
            let namespace = self.targets.namespace.as_deref().unwrap_or("default");
            report.stderr.push_str(&format!("No resources found in {namespace} namespace.\n"));
        }
        (report.end("", ""), refusals)
    }

    /// The logs of a Pod of a workload, or with `--all-pods` of each.
    fn workload(&self, report: &mut Report, workload: &Object, view: &ClientView<'_>, streams: &mut Vec<(Arc<Pod>, String)>) {
        let pods = match pods_of(workload, view) {
            Ok(pods) => pods,
            Err(why) => {
                let message = format!("cannot get the logs from {}: {why}", go_type(workload));
                report.errors.push(Rejection::Client(message));
                return;
            }
        };
        if pods.is_empty() {
            report.errors.push(Rejection::Client("timed out waiting for the condition".to_owned()));
        } else if self.arguments.is_on("all-pods") {
            pods.into_iter().for_each(|pod| self.pod(report, pod, streams));
        } else {
            if let [first, _, ..] = pods.as_slice() {
                let name = first.name();
                report.stderr.push_str(&format!("Found {} pods, using pod/{name}\n", pods.len()));
            }
            pods.into_iter().take(1).for_each(|pod| self.pod(report, pod, streams));
        }
    }

    /// The containers of a Pod whose logs are meant.
    fn pod(&self, report: &mut Report, pod: Arc<Pod>, streams: &mut Vec<(Arc<Pod>, String)>) {
        let spec = pod.spec.clone().unwrap_or_default();
        let name = pod.name().to_owned();
        let init: Vec<String> = spec.init_containers.iter().flatten().map(|container| container.name.clone()).collect();
        let regular: Vec<String> = spec.containers.iter().map(|container| container.name.clone()).collect();
        let debug: Vec<String> = spec.ephemeral_containers.iter().flatten().map(|container| container.name.clone()).collect();
        let all: Vec<&str> = init.iter().chain(&regular).chain(&debug).map(String::as_str).collect();
        let chosen: Vec<String> = if self.arguments.is_on("all-containers") {
            all.into_iter().map(str::to_owned).collect()
        } else if let Some(container) = &self.container {
            if !all.contains(&container.as_str()) {
                let all = all_container_names(&pod);
                report.errors.push(Rejection::Client(format!("container {container} is not valid for pod {name} out of: {all}")));
                return;
            }
            vec![container.clone()]
        } else {
            let default = pod.annotation("kubectl.kubernetes.io/default-container");
            let first = default.filter(|name| all.contains(name)).or(regular.first().map(String::as_str)).unwrap_or_default();
            if let Some(name) = default.filter(|name| !all.contains(name)) {
                let pod = pod.name();
                report.stderr.push_str(&format!("Default container name {name:?} not found in pod {pod}\n"));
            }
            if all.len() > 1 && default.is_none_or(|name| !all.contains(&name)) && !self.arguments.is_on("all-pods") {
                report.stderr.push_str(&format!("Defaulted container {first:?} out of: {}\n", all_container_names(&pod)));
            }
            vec![first.to_owned()]
        };
        streams.extend(chosen.into_iter().map(|container| (Arc::clone(&pod), container)));
    }

    fn container(&self, report: &mut Report, pod: &Pod, container: &str, view: &ClientView<'_>) -> Result<(), Rejection> {
        let name = pod.name();
        let key = ObjectKey::new(Kind::Pod, pod.namespace(), name);
        self.targets.caller.may_access(view.store, &Access::to("get", &key).of("log"))?;
        // The API server has nobody to ask for the log of a Pod without a node.
        let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) else { return Ok(()) };
        if !view.logs.is_served(node) {
            let at = kubelet_address(view.store, node);
            let path = format!("{}/{name}/{container}", pod.namespace());
            let refused = format!("dial tcp {at}: connect: connection refused");
            let message = format!("Get \"https://{at}/containerLogs/{path}\": {refused}");
            return Err(Rejection::Server(Status::plain("", 500, message)));
        }
        let attempt = run_of(pod, name, container, self.arguments.is_on("previous")).map_err(|error| refusal(&error))?;
        let uid = pod.uid();
        let lines = view.logs.of(&LogKey { pod: uid, container: container.into(), attempt });
        let span = self.arguments.duration("since");
        let since = |line: &&LogLine| {
            span.is_none_or(|span| view.now - span <= line.at)
                && self.since.as_ref().is_none_or(|since| *since <= view.wall.time(line.at))
        };
        let kept: Vec<&LogLine> = lines.iter().filter(since).collect();
        let tail = self.arguments.number("tail").unwrap_or(if self.targets.has_selector() { TAIL_OF_SELECTED } else { -1 });
        let skipped = usize::try_from(tail).map_or(0, |tail| kept.len().saturating_sub(tail));
        let begin = report.stdout.len();
        for line in kept.into_iter().skip(skipped) {
            if self.arguments.is_on("prefix") || self.arguments.is_on("all-pods") {
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
        let limit = self.arguments.number("limit-bytes").and_then(|bytes| usize::try_from(bytes).ok()).filter(|bytes| *bytes > 0);
        if let Some(limit) = limit {
            let end = report.stdout.floor_char_boundary(begin.saturating_add(limit));
            report.stdout.truncate(end);
        }
        Ok(())
    }
}

/// Which run's output the kubelet serves (`validateContainerLogStatus`).
fn run_of(pod: &Pod, name: &str, container: &str, previous: bool) -> Result<u32, ApiError> {
    let refuse = |message: String| ApiError::new(Reason::BadRequest, message);
    let status = pod.status.clone().unwrap_or_default();
    let all = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    let found: Option<&ContainerStatus> =
        all.into_iter().flat_map(|list| list.iter().flatten()).find(|status| status.name == container);
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

/// `*v1.Deployment`: the type of an object as Go prints it.
pub(super) fn go_type(object: &Object) -> String {
    let version = object.kind().api_version();
    format!("*{}.{}", version.rsplit('/').next().unwrap_or(version), object.kind().name())
}

/// The selector of an object's Pods (`SelectorsForObject`).
fn selector_of(object: &Object) -> Result<Selector, String> {
    let selector = object.part(&["spec", "selector"]).filter(|selector| selector.as_object().is_some_and(|map| !map.is_empty()));
    let selector = match (object.kind(), selector) {
        (Kind::Service, None) => {
            return Err(format!("invalid service '{}': Service is defined without a selector", object.name()));
        }
        (Kind::Service | Kind::ReplicationController, selector) => Some(serde_json::json!({"matchLabels": selector})),
        (Kind::ReplicaSet | Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::Job, selector) => selector,
        (_, _) => return Err(format!("selector for {} not implemented", go_type(object))),
    };
    let selector = selector.and_then(|selector| podlapse_model::from_json(selector).ok());
    Selector::of_label_selector(selector.as_ref()).map_err(|error| format!("invalid label selector: {error}"))
}

/// The Pods of a workload, by its selector, in the order in which kubectl prefers them (`podutils.ByLogging`).
fn pods_of(workload: &Object, view: &ClientView<'_>) -> Result<Vec<Arc<Pod>>, String> {
    let selector = selector_of(workload)?;
    let namespace = &workload.metadata().namespace;
    let no_labels = Labels::new();
    let is_selected = |pod: &&Arc<Pod>| selector.matches(pod.metadata.labels.as_ref().unwrap_or(&no_labels));
    let pods = view.store.all_in(Some(namespace.as_deref().unwrap_or_default()));
    let mut pods: Vec<Arc<Pod>> = pods.filter(is_selected).cloned().collect();
    podlapse_model::sort_by_key(&mut pods, |pod| preference(pod));
    Ok(pods)
}

/// Pods with a node before those without, then by phase, ready ones before others, the longest ready first, those with more
/// restarts first, and the oldest first.
fn preference(pod: &Pod) -> (bool, u8, bool, i64, i64, i64) {
    let status = pod.status.clone().unwrap_or_default();
    let has_node = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    let phase = match status.phase.as_deref() {
        Some("Unknown") => 1,
        Some("Pending") => 2,
        Some(_) | None => 0,
    };
    let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready" && condition.status == "True");
    let seconds = |time: Option<&Time>| time.map_or(0, |time| time.0.as_second());
    let since = ready.map_or(0, |condition| seconds(condition.last_transition_time.as_ref()));
    let restarts = status.container_statuses.iter().flatten().map(|status| i64::from(status.restart_count)).max();
    let created = seconds(pod.metadata.creation_timestamp.as_ref());
    (!has_node, phase, ready.is_none(), since, -restarts.unwrap_or_default(), created)
}

/// The Pod to attach to: the object itself, or the one of a workload that kubectl would choose (`attachablePodForObject`).
pub(super) fn attachable(object: Object, view: &ClientView<'_>) -> Result<Arc<Pod>, String> {
    let Object::Pod(pod) = object else {
        let pods = pods_of(&object, view).map_err(|why| format!("cannot attach to {}: {why}", go_type(&object)))?;
        return pods.into_iter().next().ok_or_else(|| "timed out waiting for the condition".to_owned());
    };
    Ok(pod)
}
