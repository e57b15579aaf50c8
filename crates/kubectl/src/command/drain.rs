//! `kubectl drain`. Models `k8s.io/kubectl/pkg/cmd/drain` and `pkg/drain` (v1.36).
//!
//! An eviction that a disruption budget does not allow is asked for again every five seconds until it does.

use podlapse_model::SortedMap;

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_core::store::{ApiError, Propagation, Reason, Request};
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime, Uid};

use super::Call;
use super::batch::{DryRun, Plan, Printing};
use super::cluster::{cordon, nodes};
use super::flags::{Flag, FlagKind, number, on, text};
use super::report::failed;
use super::targets::Targets;

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] = &[
    on("ignore-daemonsets", None),
    on("delete-emptydir-data", None),
    on("force", None),
    on("disable-eviction", None),
    number("grace-period", None),
    text("timeout", None),
    text("pod-selector", None),
    number("skip-wait-for-delete-timeout", None),
    number("chunk-size", None),
    Flag { long: "dry-run", short: None, kind: FlagKind::Optional("unchanged") },
];

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
    dry_run: DryRun,
    stdout: String,
    stderr: String,
    errors: Vec<String>,
    undrained: Vec<String>,
    state: State,
}

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
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Drain, Outcome> {
    let arguments = call.arguments()?;
    let targets = nodes(call, &arguments)?;
    let timeout = arguments.get("timeout").map(SimDuration::parse).transpose().map_err(failed)?;
    Ok(Drain {
        targets,
        ignores_daemon_sets: arguments.is_on("ignore-daemonsets"),
        deletes_local_data: arguments.is_on("delete-emptydir-data"),
        is_forced: arguments.is_on("force"),
        skips_budgets: arguments.is_on("disable-eviction"),
        grace_seconds: arguments.number("grace-period").filter(|seconds| *seconds >= 0),
        timeout: timeout.filter(|timeout| *timeout != SimDuration::ZERO),
        dry_run: Printing::dry_run(&arguments)?,
        stdout: String::new(),
        stderr: String::new(),
        errors: Vec::new(),
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
        let mut plan = Plan::new(&Printing { dry_run: self.dry_run, format: None });
        let mut names = Vec::new();
        for object in plan.found(&self.targets, view) {
            if let Object::Node(node) = object {
                names.push(node.metadata.name.clone().unwrap_or_default());
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
                Err(errors) => self.give_up(&node, &errors, &names),
            }
        }
        let exit = i32::from(!self.errors.is_empty());
        for error in std::mem::take(&mut self.errors) {
            self.stderr.push_str(&format!("{error}\n"));
        }
        Turn::Done(Outcome { stdout: std::mem::take(&mut self.stdout), stderr: std::mem::take(&mut self.stderr), exit })
    }

    /// Goes on with the nodes that are still to come, and names them with those that could not be drained.
    fn give_up(&mut self, node: &str, errors: &[String], later: &[String]) {
        let all = if errors.len() == 1 { errors[0].clone() } else { format!("[{}]", errors.join(", ")) };
        self.undrained.push(node.to_owned());
        let pending: String = self.undrained.iter().chain(later).map(|node| format!(" {node}\n")).collect();
        self.stderr.push_str(&format!(
            "error: unable to drain node {node:?} due to error: {all}, continuing command...\nThere are pending nodes to be drained:\n{pending}"
        ));
        self.errors.extend_from_slice(errors);
    }

    /// The Pods that have to go, or why some may not.
    fn pods_to_evict(&mut self, node: &str, view: &ClientView<'_>) -> Result<Vec<ObjectKey>, Vec<String>> {
        let all = ObjectKey::new(Kind::Pod, "", "");
        if let Err(refused) = self.targets.caller.may(view.store, "list", &all) {
            return Err(vec![refused.message("")]);
        }
        let (going, ignored, fatal) = self.sort_pods(node, view);
        if !fatal.is_empty() {
            let message = |(why, names): (Fatal, Vec<String>)| format!("cannot delete {}: {}", why.text(), names.join(", "));
            return Err(fatal.into_iter().map(message).collect());
        }
        if !ignored.is_empty() {
            self.stderr.push_str(&format!("Warning: ignoring DaemonSet-managed Pods: {}\n", ignored.join(", ")));
        }
        Ok(going)
    }

    /// The Pods of a node that go, those that are left alone with a word, and those that may not go.
    fn sort_pods(&self, node: &str, view: &ClientView<'_>) -> (Vec<ObjectKey>, Vec<String>, SortedMap<Fatal, Vec<String>>) {
        let mut going = Vec::new();
        let mut fatal: SortedMap<Fatal, Vec<String>> = SortedMap::new();
        let mut ignored = Vec::new();
        for object in view.store.list(Kind::Pod) {
            let Object::Pod(pod) = object else { continue };
            if pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) != Some(node) {
                continue;
            }
            let name = format!("{}/{}", object.key().namespace, object.key().name);
            match self.judge(pod) {
                Verdict::Evict => going.push(object.key()),
                Verdict::Leave => {}
                Verdict::Ignore => ignored.push(name),
                Verdict::Refuse(why) => fatal.entry(why).or_default().push(name),
            }
        }
        (going, ignored, fatal)
    }

    /// The filters of `pkg/drain/filters.go`.
    fn judge(&self, pod: &Pod) -> Verdict {
        let is_finished = pod.status.as_ref().is_some_and(|s| matches!(s.phase.as_deref(), Some("Succeeded" | "Failed")));
        let owners = pod.metadata.owner_references.iter().flatten();
        let controller = owners.clone().find(|owner| owner.controller == Some(true));
        if controller.is_some_and(|owner| owner.kind == "DaemonSet") && !is_finished {
            return if self.ignores_daemon_sets { Verdict::Ignore } else { Verdict::Refuse(Fatal::DaemonSet) };
        }
        if pod.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key("kubernetes.io/config.mirror")) {
            return Verdict::Leave;
        }
        let has_local_data =
            pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).any(|volume| volume.empty_dir.is_some());
        if has_local_data && !is_finished && !self.deletes_local_data {
            return Verdict::Refuse(Fatal::LocalStorage);
        }
        if controller.is_none() && !is_finished && !self.is_forced {
            return Verdict::Refuse(Fatal::Unmanaged);
        }
        Verdict::Evict
    }

    /// Reads the answers to the evictions of the turn before.
    fn evicted(&mut self, eviction: &mut Eviction, answers: &[Result<Object, ApiError>], view: &ClientView<'_>) {
        for ((key, uid), answer) in std::mem::take(&mut eviction.asked).into_iter().zip(answers) {
            match answer {
                Ok(_) => eviction.leaving.push((key, uid)),
                Err(_) if view.store.get(&key).is_none() => eviction.leaving.push((key, uid)),
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
        let mut gone = Vec::new();
        eviction.leaving.retain(|(key, uid)| {
            let stays = view.store.get(key).is_some_and(|object| object.uid() == *uid);
            if !stays {
                gone.push(key.clone());
            }
            stays
        });
        for key in gone {
            self.stdout.push_str(&format!("pod/{} evicted\n", key.name));
        }
        if eviction.deadline.is_some_and(|deadline| deadline <= view.now) {
            self.time_out(&mut eviction, view);
        }
        let requests = self.ask(&mut eviction, view);
        if !requests.is_empty() {
            self.state = State::Evicting(eviction);
            return Turn::Ask(requests);
        }
        if eviction.pending.is_empty() && eviction.leaving.is_empty() {
            if eviction.errors.is_empty() {
                self.stdout.push_str(&format!("node/{} drained\n", eviction.node));
            } else {
                self.fail(&eviction, view);
            }
            return self.next_node(eviction.later, view);
        }
        let until = eviction.pending.iter().map(|(_, at)| *at).chain(eviction.deadline).filter(|at| view.now < *at).min();
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
            let Some(Object::Pod(pod)) = view.store.get(&key) else { continue };
            self.stdout.push_str(&format!("evicting pod {}/{}\n", key.namespace, key.name));
            let uid = pod.metadata.uid.as_deref().unwrap_or_default().into();
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
        let timeout = crate::go_duration(self.timeout.map_or(0, |timeout| i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX)));
        for (key, _) in std::mem::take(&mut eviction.leaving) {
            eviction.errors.push(format!(
                "error when waiting for pod {:?} in namespace {:?} to terminate: global timeout reached: {timeout}",
                key.name.as_str(),
                key.namespace.as_str()
            ));
        }
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
    fn fail(&mut self, eviction: &Eviction, view: &ClientView<'_>) {
        let errors = eviction.errors.clone();
        let all = if errors.len() == 1 { errors[0].clone() } else { format!("[{}]", errors.join(", ")) };
        let (going, _, _) = self.sort_pods(&eviction.node, view);
        if !going.is_empty() {
            self.stderr.push_str(&format!("There are pending pods in node {:?} when an error occurred: {all}\n", eviction.node));
            for key in going {
                self.stderr.push_str(&format!("pod/{}\n", key.name));
            }
        }
        self.give_up(&eviction.node, &errors, &eviction.later);
    }
}

/// What becomes of a Pod.
enum Verdict {
    Evict,
    Leave,
    Ignore,
    Refuse(Fatal),
}

/// Why a node cannot be drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fatal {
    LocalStorage,
    DaemonSet,
    Unmanaged,
}

impl Fatal {
    const fn text(self) -> &'static str {
        match self {
            Fatal::LocalStorage => "Pods with local storage (use --delete-emptydir-data to override)",
            Fatal::DaemonSet => "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
            Fatal::Unmanaged => "Pods that declare no controller (use --force to override)",
        }
    }
}
