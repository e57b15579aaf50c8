//! `kubectl drain`. Models `k8s.io/kubectl/pkg/cmd/drain` and `pkg/drain` (v1.36).
//!
//! An eviction that a disruption budget does not allow is asked for again every five seconds until it does.

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_core::store::{ApiError, Propagation, Reason, Request};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Labels, Metadata, Object, ObjectKey, Selector, SimDuration, SimTime, SortedMap, Uid, is_mirror};

use super::Call;
use super::batch::{DryRun, Plan, Printing};
use super::cluster::{cordon, nodes};
use super::report::{failed, usage};
use super::targets::Targets;

const RETRY: SimDuration = SimDuration::from_secs(5);

/// A drain in progress.
#[derive(Clone, Debug)]
pub(super) struct Drain {
    targets: Targets,
    ignores_daemon_sets: bool,
    deletes_local_data: bool,
    is_forced: bool,
    skips_budgets: bool,
    grace_seconds: Option<i64>,
    timeout: Option<SimDuration>,
    pods: Option<Selector>,
    /// Pods whose deletion was due so long ago are left alone.
    skips_deleted_after: Option<SimDuration>,
    dry_run: DryRun,
    stdout: String,
    stderr: String,
    undrained: Vec<Undrained>,
    state: State,
}

/// A node that could not be drained.
#[derive(Clone, Debug)]
struct Undrained {
    node: String,
    why: Failure,
}

/// Why a node could not be drained.
#[derive(Clone, Debug)]
enum Failure {
    /// For one reason.
    Plain(String),
    /// For the reasons of its Pods, of which each has a line of its own.
    Aggregate(Vec<String>),
}

impl Failure {
    /// In one line (`Aggregate.Error`).
    fn text(&self) -> String {
        match self {
            Failure::Plain(error) => error.clone(),
            Failure::Aggregate(errors) => match errors.as_slice() {
                [error] => error.clone(),
                errors => format!("[{}]", errors.join(", ")),
            },
        }
    }
}

/// How a context of Go ends that has a deadline.
const DEADLINE_EXCEEDED: &str = "context deadline exceeded";

#[derive(Clone, Debug)]
enum State {
    New,
    /// The nodes are being cordoned.
    Cordoning(Box<Plan>, Vec<String>),
    /// The Pods of a node leave; other nodes are still to come.
    Evicting(Eviction),
}

#[derive(Clone, Debug, Default)]
struct Eviction {
    node: String,
    later: Vec<String>,
    /// To be evicted, at the earliest at this time.
    pending: Vec<(ObjectKey, SimTime)>,
    /// Asked for in the turn before.
    asked: Vec<(ObjectKey, Uid)>,
    /// Evicted and still there.
    leaving: Vec<(ObjectKey, Uid)>,
    deadline: Option<SimTime>,
    /// What went wrong with Pods that are done with.
    errors: Vec<String>,
    /// What went wrong with all of them.
    failure: Option<String>,
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Drain, Outcome> {
    let arguments = call.arguments()?;
    if !arguments.words.is_empty() && arguments.is_given("selector") {
        return Err(usage(call.verb, "cannot specify both a node name and a --selector option"));
    }
    let targets = nodes(call, &arguments)?;
    let pods = match arguments.get("pod-selector").filter(|text| !text.is_empty()).map(Selector::parse) {
        Some(Err(_)) => return Err(failed("--pod-selector=<pod_selector> must be a valid label selector")),
        Some(Ok(selector)) => Some(selector),
        None => None,
    };
    let skips_after = arguments.number("skip-wait-for-delete-timeout").and_then(|seconds| u64::try_from(seconds).ok());
    let timeout = arguments.duration("timeout");
    Ok(Drain {
        targets,
        ignores_daemon_sets: arguments.is_on("ignore-daemonsets"),
        deletes_local_data: arguments.is_on("delete-emptydir-data"),
        is_forced: arguments.is_on("force"),
        skips_budgets: arguments.is_on("disable-eviction"),
        grace_seconds: arguments.number("grace-period").filter(|seconds| *seconds >= 0),
        timeout: timeout.filter(|timeout| *timeout != SimDuration::ZERO),
        pods,
        skips_deleted_after: skips_after.filter(|seconds| *seconds > 0).map(SimDuration::from_secs),
        dry_run: Printing::dry_run(&arguments)?,
        stdout: String::new(),
        stderr: String::new(),
        undrained: Vec::new(),
        state: State::New,
    })
}

impl Drain {
    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match std::mem::replace(&mut self.state, State::New) {
            State::New => self.cordon(view),
            State::Cordoning(plan, names) => {
                self.cordoned(*plan, answers);
                self.next_node(names, view)
            }
            State::Evicting(mut eviction) => {
                self.evicted(&mut eviction, &answers, view);
                self.evict(eviction, view)
            }
        }
    }

    fn cordon(&mut self, view: &ClientView<'_>) -> Turn {
        let mut plan = Plan::new(&Printing { dry_run: self.dry_run, ..Printing::default() });
        let mut names = Vec::new();
        for object in plan.found(&self.targets, view) {
            if let Object::Node(node) = object {
                names.push(node.name().to_owned());
                let is_schedulable = node.spec.as_ref().and_then(|spec| spec.unschedulable) != Some(true);
                match self.dry_run {
                    DryRun::Client | DryRun::Server if is_schedulable => plan.say(&Object::Node(node), "cordoned"),
                    DryRun::No | DryRun::Client | DryRun::Server => cordon(&mut plan, node, true),
                }
            }
        }
        if !plan.report.errors.is_empty() {
            plan.settle(Vec::new());
            return Turn::Done(plan.report.end("", ""));
        }
        let requests = plan.requests();
        if requests.is_empty() {
            self.cordoned(plan, Vec::new());
            return self.next_node(names, view);
        }
        self.state = State::Cordoning(Box::new(plan), names);
        Turn::Ask(requests)
    }

    fn cordoned(&mut self, mut plan: Plan, answers: Vec<Result<Object, ApiError>>) {
        plan.settle(answers);
        self.stdout.push_str(&plan.report.stdout);
    }

    fn next_node(&mut self, mut names: Vec<String>, view: &ClientView<'_>) -> Turn {
        while !names.is_empty() {
            let node = names.remove(0);
            match self.pods_to_evict(&node, view) {
                Ok(pods) if self.dry_run != DryRun::No => {
                    let suffix = self.dry_run.suffix();
                    for key in pods {
                        self.stdout.push_str(&format!("evicting pod {}/{}{suffix}\n", key.namespace, key.name));
                    }
                    self.stdout.push_str(&format!("node/{node} drained{suffix}\n"));
                }
                Ok(pods) => {
                    let pending = pods.into_iter().map(|key| (key, view.now)).collect();
                    let deadline = self.timeout.map(|timeout| view.now + timeout);
                    let eviction = Eviction { node, later: names, pending, deadline, ..Eviction::default() };
                    return self.evict(eviction, view);
                }
                Err(errors) => self.give_up(node, Failure::Aggregate(errors)),
            }
        }
        self.end()
    }

    /// Names the nodes that could not be drained, and why (`RunDrain`, `CheckErr`).
    fn end(&mut self) -> Turn {
        let undrained = std::mem::take(&mut self.undrained);
        let mut stderr = std::mem::take(&mut self.stderr);
        if !undrained.is_empty() {
            let names: String = undrained.iter().map(|one| format!(" {}\n", one.node)).collect();
            stderr.push_str(&format!("There are pending nodes to be drained:\n{names}"));
        }
        let lines: Vec<String> = match undrained.as_slice() {
            [Undrained { why: Failure::Plain(error), .. }] => vec![format!("error: {error}")],
            [Undrained { why: Failure::Aggregate(errors), .. }] => errors.clone(),
            several => several.iter().map(|one| one.why.text()).collect(),
        };
        lines.iter().for_each(|line| stderr.push_str(&format!("{line}\n")));
        Turn::Done(Outcome { stdout: std::mem::take(&mut self.stdout), stderr, exit: i32::from(!undrained.is_empty()) })
    }

    /// Goes on with the nodes that are still to come.
    fn give_up(&mut self, node: String, why: Failure) {
        let text = why.text();
        self.stderr.push_str(&format!("error: unable to drain node {node:?} due to error: {text}, continuing command...\n"));
        self.undrained.push(Undrained { node, why });
    }

    /// The Pods that have to go, or why some may not.
    fn pods_to_evict(&mut self, node: &str, view: &ClientView<'_>) -> Result<Vec<ObjectKey>, Vec<String>> {
        let all = ObjectKey::new(Kind::Pod, "", "");
        if let Err(refused) = self.targets.caller.may(view.store, "list", &all) {
            return Err(vec![refused.message("")]);
        }
        let Sorted { going, warnings, fatal } = self.sort_pods(node, view);
        if !fatal.is_empty() {
            return Err(fatal);
        }
        if !warnings.is_empty() {
            self.stderr.push_str(&format!("Warning: {}\n", warnings.join("; ")));
        }
        Ok(going)
    }

    /// The Pods of a node that go, and what is said of others. The real order of what is said is that of a map of Go.
    fn sort_pods(&self, node: &str, view: &ClientView<'_>) -> Sorted {
        let mut going = Vec::new();
        let mut fatal: SortedMap<Fatal, Vec<String>> = SortedMap::new();
        let (mut ignored, mut unmanaged) = (Vec::new(), Vec::new());
        let no_labels = Labels::new();
        for object in view.store.list(Kind::Pod) {
            let Object::Pod(pod) = object else { continue };
            let labels = pod.metadata.labels.as_ref().unwrap_or(&no_labels);
            if pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) != Some(node)
                || !self.pods.as_ref().is_none_or(|selector| selector.matches(labels))
            {
                continue;
            }
            let name = format!("{}/{}", object.key().namespace, object.key().name);
            match self.judge(pod, view) {
                Verdict::Evict => going.push(object.key()),
                Verdict::EvictUnmanaged => {
                    going.push(object.key());
                    unmanaged.push(name);
                }
                Verdict::Leave => {}
                Verdict::Ignore => ignored.push(name),
                Verdict::Refuse(why) => fatal.entry(why).or_default().push(name),
            }
        }
        let told = [("ignoring DaemonSet-managed Pods", ignored), ("deleting Pods that declare no controller", unmanaged)];
        let told = told.into_iter().filter(|(_, names)| !names.is_empty());
        Sorted {
            going,
            warnings: told.map(|(what, names)| format!("{what}: {}", names.join(", "))).collect(),
            fatal: fatal.into_iter().map(|(why, names)| format!("cannot delete {}: {}", why.text(), names.join(", "))).collect(),
        }
    }

    /// Whether a Pod should have gone long ago (`shouldSkipPod`).
    fn skips(&self, pod: &Pod, view: &ClientView<'_>) -> bool {
        let deleted_at = pod.metadata.deletion_timestamp.as_ref().map(|time| view.wall.sim_time(time));
        let is_over = |span: SimDuration| deleted_at.is_some_and(|at| at + span + SimDuration::from_secs(1) <= view.now);
        self.skips_deleted_after.is_some_and(is_over)
    }

    /// The filters of `pkg/drain/filters.go`.
    fn judge(&self, pod: &Pod, view: &ClientView<'_>) -> Verdict {
        if self.skips(pod, view) {
            return Verdict::Leave;
        }
        let is_finished = pod.status.as_ref().is_some_and(|s| matches!(s.phase.as_deref(), Some("Succeeded" | "Failed")));
        let owners = pod.metadata.owner_references.iter().flatten();
        let controller = owners.clone().find(|owner| owner.controller == Some(true));
        if let Some(owner) = controller.filter(|owner| owner.kind == Kind::DaemonSet.name() && !is_finished) {
            let namespace = pod.namespace();
            let key = ObjectKey::new(Kind::DaemonSet, namespace, &owner.name);
            match (view.store.get(&key), self.is_forced, self.ignores_daemon_sets) {
                (None, true, _) => {}
                (None, false, _) => return Verdict::Refuse(Fatal::Orphaned(ApiError::not_found(&key).message)),
                (Some(_), _, true) => return Verdict::Ignore,
                (Some(_), _, false) => return Verdict::Refuse(Fatal::DaemonSet),
            }
        }
        if is_mirror(pod) {
            return Verdict::Leave;
        }
        let has_local_data =
            pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).any(|volume| volume.empty_dir.is_some());
        if has_local_data && !is_finished && !self.deletes_local_data {
            return Verdict::Refuse(Fatal::LocalStorage);
        }
        match controller.is_none() && !is_finished {
            false => Verdict::Evict,
            true if self.is_forced => Verdict::EvictUnmanaged,
            true => Verdict::Refuse(Fatal::Unmanaged),
        }
    }

    /// Reads the answers to the evictions of the turn before.
    fn evicted(&mut self, eviction: &mut Eviction, answers: &[Result<Object, ApiError>], view: &ClientView<'_>) {
        for ((key, uid), answer) in std::mem::take(&mut eviction.asked).into_iter().zip(answers) {
            match answer {
                Ok(_) => eviction.leaving.push((key, uid)),
                Err(error) if error.reason == Reason::NotFound => {}
                // Whoever deletes without a look at budgets stops at the first error.
                Err(error) if self.skips_budgets => {
                    eviction.failure.get_or_insert_with(|| error.to_string());
                }
                Err(error) if error.reason == Reason::TooManyRequests => {
                    self.stderr.push_str(&format!(
                        "error when evicting pods/{:?} -n {:?} (will retry after 5s): {error}\n",
                        key.name.as_str(),
                        key.namespace.as_str()
                    ));
                    eviction.pending.push((key, view.now + RETRY));
                }
                Err(error) => eviction.errors.push(format!(
                    "error when evicting pods/{:?} -n {:?}: {error}",
                    key.name.as_str(),
                    key.namespace.as_str()
                )),
            }
        }
    }

    fn evict(&mut self, mut eviction: Eviction, view: &ClientView<'_>) -> Turn {
        let done = if self.skips_budgets { "deleted" } else { "evicted" };
        for (key, uid) in std::mem::take(&mut eviction.leaving) {
            match view.store.get(&key).filter(|object| object.uid() == uid) {
                None => self.stdout.push_str(&format!("pod/{} {done}\n", key.name)),
                Some(Object::Pod(pod)) if self.skips(pod, view) => {
                    let seconds = self.skips_deleted_after.map_or(0, |span| span.as_nanos() / 1_000_000_000);
                    let name = key.name.as_str();
                    self.stdout.push_str(&format!("pod {name:?} has DeletionTimestamp older than {seconds} seconds, skipping\n"));
                }
                Some(_) => eviction.leaving.push((key, uid)),
            }
        }
        if eviction.deadline.is_some_and(|deadline| deadline <= view.now) {
            self.time_out(&mut eviction, view);
        }
        let requests = self.ask(&mut eviction, view);
        if !requests.is_empty() {
            self.state = State::Evicting(eviction);
            return Turn::Ask(requests);
        }
        if eviction.failure.is_some() || (eviction.pending.is_empty() && eviction.leaving.is_empty()) {
            match eviction.why() {
                None => self.stdout.push_str(&format!("node/{} drained\n", eviction.node)),
                Some(why) => self.fail(eviction.node, why, view),
            }
            return self.next_node(eviction.later, view);
        }
        let skips = |key: &ObjectKey| {
            let pod = view.store.pod(key.namespace.as_str(), key.name.as_str())?;
            let deleted_at = view.wall.sim_time(pod.metadata.deletion_timestamp.as_ref()?);
            Some(deleted_at + self.skips_deleted_after? + SimDuration::from_secs(1))
        };
        let skipped = eviction.leaving.iter().filter_map(|(key, _)| skips(key));
        let times = eviction.pending.iter().map(|(_, at)| *at).chain(eviction.deadline).chain(skipped);
        let until = times.filter(|at| view.now < *at).min();
        self.state = State::Evicting(eviction);
        Turn::Wait { until }
    }

    /// The evictions that are due.
    fn ask(&mut self, eviction: &mut Eviction, view: &ClientView<'_>) -> Vec<Request> {
        let mut requests = Vec::new();
        for (key, at) in std::mem::take(&mut eviction.pending) {
            if view.now < at {
                eviction.pending.push((key, at));
                continue;
            }
            if !self.skips_budgets {
                self.stdout.push_str(&format!("evicting pod {}/{}\n", key.namespace, key.name));
            }
            let Some(Object::Pod(pod)) = view.store.get(&key) else { continue };
            let uid = pod.uid();
            let (key, grace_seconds) = (key.clone(), self.grace_seconds);
            requests.push(if self.skips_budgets {
                Request::Delete { key: key.clone(), uid: None, grace_seconds, propagation: Propagation::Background }
            } else {
                Request::Evict { key: key.clone(), grace_seconds }
            });
            eviction.asked.push((key, uid));
        }
        requests
    }

    /// Gives up what is not done by now. A Pod that waits for its next attempt learns of it then.
    fn time_out(&mut self, eviction: &mut Eviction, view: &ClientView<'_>) {
        if self.skips_budgets && !eviction.leaving.is_empty() {
            eviction.failure.get_or_insert_with(|| DEADLINE_EXCEEDED.to_owned());
            return;
        }
        for (key, _) in std::mem::take(&mut eviction.leaving) {
            eviction.errors.push(format!(
                "error when waiting for pod {:?} in namespace {:?} to terminate: {DEADLINE_EXCEEDED}",
                key.name.as_str(),
                key.namespace.as_str()
            ));
        }
        let timeout = crate::go_duration(self.timeout.map_or(0, |timeout| i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX)));
        for (key, at) in std::mem::take(&mut eviction.pending) {
            if view.now < at {
                eviction.pending.push((key, at));
                continue;
            }
            self.stdout.push_str(&format!("evicting pod {}/{}\n", key.namespace, key.name));
            eviction.errors.push(format!(
                "error when evicting pods/{:?} -n {:?}: global timeout reached: {timeout}",
                key.name.as_str(),
                key.namespace.as_str()
            ));
        }
    }

    /// Tells of the Pods that could not be evicted.
    fn fail(&mut self, node: String, why: Failure, view: &ClientView<'_>) {
        let Sorted { going, fatal, .. } = self.sort_pods(&node, view);
        if !going.is_empty() {
            let all = why.text();
            self.stderr.push_str(&format!("There are pending pods in node {node:?} when an error occurred: {all}\n"));
            for key in going {
                self.stderr.push_str(&format!("pod/{}\n", key.name));
            }
        }
        if !fatal.is_empty() {
            let all = Failure::Aggregate(fatal).text();
            self.stderr.push_str(&format!("Following errors occurred while getting the list of pods to delete:\n{all}"));
        }
        self.give_up(node, why);
    }
}

impl Eviction {
    /// Why the Pods did not all go, if they did not.
    fn why(&self) -> Option<Failure> {
        match &self.failure {
            Some(failure) => Some(Failure::Plain(failure.clone())),
            None => (!self.errors.is_empty()).then(|| Failure::Aggregate(self.errors.clone())),
        }
    }
}

/// The Pods of a node.
struct Sorted {
    going: Vec<ObjectKey>,
    warnings: Vec<String>,
    fatal: Vec<String>,
}

/// What becomes of a Pod.
enum Verdict {
    Evict,
    /// Nobody puts another one in its place.
    EvictUnmanaged,
    Leave,
    Ignore,
    Refuse(Fatal),
}

/// Why a node cannot be drained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fatal {
    LocalStorage,
    DaemonSet,
    Unmanaged,
    /// Its DaemonSet is not there.
    Orphaned(String),
}

impl Fatal {
    fn text(&self) -> &str {
        match self {
            Fatal::Orphaned(error) => error,
            Fatal::LocalStorage => "Pods with local storage (use --delete-emptydir-data to override)",
            Fatal::DaemonSet => "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
            Fatal::Unmanaged => "Pods that declare no controller (use --force to override)",
        }
    }
}
