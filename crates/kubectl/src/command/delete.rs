//! `kubectl delete`. Models `k8s.io/kubectl/pkg/cmd/delete` (v1.36) and its wait for the objects to go.

use podlapse_core::client::{ClientView, Turn};
use podlapse_core::store::{ApiError, Propagation, Reason, Request};
use podlapse_manifest::Rejection;
use podlapse_model::{Metadata, Object, ObjectKey, SimDuration, SimTime, Uid};

use super::Call;
use super::apply::{read_sources, sourced};
use super::batch::{DryRun, Printing};
use super::report::{Report, failed};
use super::targets::{NOTHING, Targets};
use crate::resources::kind_name;
use podlapse_core::client::Outcome;

/// kubectl waits no longer than this where no timeout is given.
const LONGEST_WAIT: SimDuration = SimDuration::from_secs(7 * 24 * 3600);

/// A deletion in progress.
#[derive(Clone, Debug)]
pub(super) struct Delete {
    targets: Targets,
    /// Objects of files, with the file, in place of targets.
    keys: Option<Vec<(ObjectKey, String)>>,
    grace_seconds: Option<i64>,
    propagation: Propagation,
    waits: bool,
    timeout: SimDuration,
    ignores_missing: bool,
    prints_names: bool,
    dry_run: DryRun,
    /// What was answered to `--interactive`.
    confirmed: Option<bool>,
    state: State,
    report: Report,
}

#[derive(Clone, Debug)]
enum State {
    New,
    Asked(Vec<Object>),
    Waiting { left: Vec<(ObjectKey, Uid)>, until: SimTime },
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>) -> Result<Delete, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.verb = "delete";
    let mut report = Report::default();
    let keys = match arguments.get("filename") {
        Some(_) => {
            targets.refuse_words(&arguments)?;
            let given = read_sources(call, &arguments, &mut report)?;
            Some(given.into_iter().map(|given| (given.object.key(), given.source)).collect::<Vec<_>>())
        }
        None => None,
    };
    let all = arguments.is_on("all");
    for flag in ["selector", "field-selector"] {
        if arguments.is_on("all") && arguments.is_given(flag) {
            return Err(failed(format!("cannot set --all and --{flag} at the same time")));
        }
    }
    if keys.is_none() && targets.is_empty() {
        return Err(failed(NOTHING));
    }
    if keys.is_none() && targets.names.is_empty() && !targets.has_selector() && !all {
        return Err(failed("resource(s) were provided, but no name was specified"));
    }
    let is_forced = arguments.is_on("force");
    let mut grace = arguments.number("grace-period").unwrap_or(-1);
    if arguments.is_on("now") {
        if grace != -1 {
            return Err(failed("--now and --grace-period cannot be specified together"));
        }
        grace = 1;
    }
    match (grace, is_forced) {
        (0, false) => grace = 1,
        (..0, true) => grace = 0,
        (1.., true) => return Err(failed("--force and --grace-period greater than 0 cannot be specified together")),
        (_, _) => {}
    }
    if is_forced && grace == 0 {
        report.stderr.push_str(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource \
             may continue to run on the cluster indefinitely.\n",
        );
    }
    let kinds = targets
        .names
        .iter()
        .map(|(kind, _)| kind)
        .chain(&targets.kinds)
        .chain(keys.iter().flatten().map(|(key, _): &(ObjectKey, String)| &key.kind));
    let is_cluster_wide = |kind: &podlapse_model::Kind| *kind != podlapse_model::Kind::Unmodelled && !kind.is_namespaced();
    if arguments.get("namespace").is_some() && !arguments.is_on("all-namespaces") && kinds.into_iter().any(is_cluster_wide) {
        report.stderr.push_str("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
    }
    let propagation = match arguments.get("cascade") {
        None | Some("background" | "true" | "") => Propagation::Background,
        Some("foreground") => Propagation::Foreground,
        Some("orphan" | "false") => Propagation::Orphan,
        Some(other) => {
            let message = format!("invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\"");
            return Err(failed(message));
        }
    };
    let dry_run = Printing::dry_run(&arguments)?;
    if let Some(output) = arguments.get("output").filter(|output| !matches!(*output, "" | "name")) {
        return Err(failed(format!("unexpected -o output mode: {output}. We only support '-o name'")));
    }
    let timeout = arguments.duration("timeout").unwrap_or_default();
    Ok(Delete {
        targets,
        keys,
        grace_seconds: (grace >= 0).then_some(grace),
        propagation,
        waits: arguments.is_on_by_default("wait"),
        timeout: if timeout == SimDuration::ZERO { LONGEST_WAIT } else { timeout },
        ignores_missing: arguments.is_on("ignore-not-found")
            || ((all || arguments.get("selector").or(arguments.get("field-selector")).is_some())
                && arguments.get("ignore-not-found").is_none()),
        prints_names: arguments.get("output") == Some("name"),
        dry_run,
        confirmed: arguments.is_on("interactive").then(|| {
            let typed = call.line.stdin.as_deref().and_then(|text| text.lines().next());
            typed.is_some_and(|typed| typed.trim().eq_ignore_ascii_case("y"))
        }),
        state: State::New,
        report,
    })
}

impl Delete {
    /// A deletion of these objects, those of them that are there, with a wait for them to go.
    pub(super) fn of(keys: Vec<ObjectKey>, grace_seconds: Option<i64>) -> Delete {
        Delete {
            targets: Targets::default(),
            keys: Some(keys.into_iter().map(|key| (key, String::new())).collect()),
            grace_seconds,
            propagation: Propagation::Background,
            waits: true,
            timeout: LONGEST_WAIT,
            ignores_missing: true,
            prints_names: false,
            dry_run: DryRun::No,
            confirmed: None,
            state: State::New,
            report: Report::default(),
        }
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match &mut self.state {
            State::New => self.ask(view),
            State::Asked(objects) => {
                let objects = std::mem::take(objects);
                self.answered(view, objects, answers)
            }
            State::Waiting { .. } => self.wait(view),
        }
    }

    fn ask(&mut self, view: &ClientView<'_>) -> Turn {
        let found: Vec<Result<Object, podlapse_manifest::Rejection>> = match &self.keys {
            None => self.targets.resolve(view.store).collect(),
            Some(keys) => {
                let found = |(key, source): &(ObjectKey, String)| match self.targets.get(view.store, key) {
                    Err(error) if !source.is_empty() => Err(sourced(error, "deleting", source)),
                    found => found,
                };
                keys.iter().map(found).collect()
            }
        };
        let mut objects = Vec::new();
        for result in found {
            match result {
                Ok(object) => objects.push(object),
                Err(Rejection::Server(status)) if self.ignores_missing && status.reason == "NotFound" => {}
                Err(error) => self.report.errors.push(error),
            }
        }
        if objects.is_empty() {
            // An object that was named counts as found, as nobody looks for it before it is deleted.
            if self.report.errors.is_empty() && self.keys.is_none() && self.targets.names.is_empty() {
                self.report.say("No resources found");
            }
            return self.done();
        }
        if let Some(confirmed) = self.confirmed {
            self.report.say(format!("You are about to delete the following {} resource(s):", objects.len()));
            objects.iter().for_each(|object| self.report.say(super::targets::title(object)));
            self.report.stdout.push_str("Do you want to continue? (y/N): ");
            if !confirmed {
                self.report.say("deletion is cancelled");
                return self.done();
            }
        }
        if self.dry_run != DryRun::No {
            objects.iter().for_each(|object| self.say_deleted(object));
            return self.done();
        }
        let requests = objects
            .iter()
            .map(|object| Request::Delete {
                key: object.key(),
                uid: None,
                grace_seconds: self.grace_seconds,
                propagation: self.propagation,
            })
            .collect();
        self.state = State::Asked(objects);
        Turn::Ask(requests)
    }

    fn answered(&mut self, view: &ClientView<'_>, objects: Vec<Object>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        let mut left = Vec::new();
        for (object, answer) in objects.into_iter().zip(answers) {
            match answer {
                Ok(_) => {
                    self.say_deleted(&object);
                    left.push((object.key(), object.uid()));
                }
                // What went together with an object before it in the list was found all the same.
                Err(error) if self.ignores_missing && error.reason == Reason::NotFound => {}
                Err(error) => self.report.refused(&error),
            }
        }
        if !self.waits || !self.report.errors.is_empty() {
            return self.done();
        }
        self.state = State::Waiting { left, until: view.now + self.timeout };
        self.wait(view)
    }

    fn say_deleted(&mut self, object: &Object) {
        let key = object.key();
        let kind = kind_name(object);
        if self.prints_names {
            self.report.say(format!("{kind}/{}", object.name()));
            return;
        }
        let done = if self.grace_seconds == Some(0) { "force deleted" } else { "deleted" };
        let place = match key.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" from {namespace} namespace"),
        };
        let name = object.name();
        self.report.say(format!("{kind} {name:?} {done}{place}{}", self.dry_run.suffix()));
    }

    fn wait(&mut self, view: &ClientView<'_>) -> Turn {
        let State::Waiting { left, until } = &mut self.state else { return self.done() };
        left.retain(|(key, uid)| view.store.get(key).is_some_and(|object| object.uid() == *uid));
        let until = *until;
        match left.first() {
            None => self.done(),
            Some(_) if view.now < until => Turn::Wait { until: Some(until) },
            Some((key, _)) => {
                let message = format!("timed out waiting for the condition on {}/{}", key.kind.resource(), key.name);
                self.report.errors.push(Rejection::Client(message));
                self.done()
            }
        }
    }

    fn done(&mut self) -> Turn {
        Turn::Done(std::mem::take(&mut self.report).end("", ""))
    }
}
