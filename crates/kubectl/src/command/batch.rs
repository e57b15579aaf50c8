//! Verbs that look at objects, ask for a change of each, and print a line for each answer.
//!
//! What to ask is decided when the command is first resumed, by a function of the API's objects; what to print, when the answers
//! are there. Models the flags `--dry-run` and `-o` that these verbs share (`k8s.io/kubectl/pkg/cmd/util` `GetDryRunStrategy`,
//! `PrintFlagsWithDryRunStrategy`).

use std::fmt;
use std::sync::Arc;

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_core::kernel::Random;
use podlapse_core::store::{ApiContext, ApiError, Request, Store, apply};
use podlapse_manifest::{Rejection, default_object, kept, written};
use podlapse_model::simulation::Jitter;
use podlapse_model::{Object, SimDuration, SimTime};
use serde_json::Value;

use super::Call;
use super::flags::Arguments;
use super::report::{Report, failed};
use super::targets::{Targets, title};
use crate::output::{Format, Printed};

/// The verbs that print objects in the order of their types' fields, not in that of the alphabet.
const TYPED: &[&str] = &["autoscale", "create ", "expose", "rollout ", "run", "set ", "taint"];

/// Where the line is kept that made a change.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// Whether anything is changed at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DryRun {
    #[default]
    No,
    /// Nothing is sent.
    Client,
    /// The API server does all but keep the result.
    Server,
}

impl DryRun {
    /// What comes after what was done.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            DryRun::No => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

/// How a changed object is printed.
#[derive(Clone, Debug, Default)]
pub(super) struct Printing {
    pub(super) dry_run: DryRun,
    /// `None`: a line that says what was done.
    pub(super) format: Option<Format>,
    /// Whether what was done is told as without `--dry-run`.
    pub(super) hides_dry_run: bool,
    /// What `--record` keeps.
    pub(super) change_cause: Option<String>,
}

impl Printing {
    /// Reads `--dry-run`.
    ///
    /// # Errors
    /// The end of the command for other values than kubectl knows.
    pub(super) fn dry_run(arguments: &Arguments) -> Result<DryRun, Outcome> {
        match arguments.get("dry-run") {
            None | Some("none") => Ok(DryRun::No),
            Some("server") => Ok(DryRun::Server),
            Some("client") => Ok(DryRun::Client),
            Some("unchanged") => Err(failed(
                "--dry-run flag without a value was specified. A value must be set: \"none\", \"server\", or \"client\".",
            )),
            Some(other) => Err(failed(format!("Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."))),
        }
    }

    /// Reads `--dry-run` and `-o`.
    ///
    /// # Errors
    /// The end of the command for other values than kubectl knows.
    pub(super) fn read(call: &Call<'_>, arguments: &Arguments) -> Result<Printing, Outcome> {
        let dry_run = Printing::dry_run(arguments)?;
        let format = match arguments.output() {
            text if text.is_empty() => None,
            text => Some(Format::parse_of_change(&text, call.line).map_err(failed)?),
        };
        let format = format.map(|mut format| {
            format.shows_managed_fields = arguments.is_on("show-managed-fields");
            format.is_typed = TYPED.iter().any(|verb| call.verb.starts_with(verb));
            format
        });
        let change_cause = arguments.is_on("record").then(|| arguments.line(call.verb));
        Ok(Printing { dry_run, format, hides_dry_run: false, change_cause })
    }

    /// With `--local`, nothing of the cluster is looked at.
    ///
    /// # Errors
    /// The end of the command where the line names more than files.
    pub(super) fn locally(self, arguments: &Arguments, words: &[String]) -> Result<Printing, Outcome> {
        if !arguments.is_on("local") {
            return Ok(self);
        }
        let verb = arguments.verb;
        let kind = if verb == "label" { "pod" } else { "rsrc" };
        let files = format!("-f {kind}.yaml or --filename={kind}.json");
        let wrong = if verb.starts_with("set ") && (!words.is_empty() || arguments.get("filename").is_none()) {
            "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f \
             rsrc.yaml'\n   '--filename=rsrc.json'"
                .to_owned()
        } else if verb == "patch" && !words.is_empty() {
            "cannot specify --local and server resources".to_owned()
        } else if self.dry_run == DryRun::Server {
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?".to_owned()
        } else if !words.is_empty() {
            format!("can only use local files by {files} when --local=true is set")
        } else if arguments.get("filename").is_none() {
            format!("one or more files must be specified as {files}")
        } else {
            String::new()
        };
        if !wrong.is_empty() {
            return Err(failed(wrong));
        }
        Ok(Printing { dry_run: DryRun::Client, hides_dry_run: true, ..self })
    }

    /// Keeps the line with an object where `--record` says so (`ChangeCauseRecorder`).
    pub(super) fn record(&self, object: &mut Object) {
        if let Some(cause) = &self.change_cause {
            let annotations = object.metadata_mut().annotations.get_or_insert_default();
            annotations.insert(CHANGE_CAUSE.into(), cause.as_str().into());
        }
    }

    /// What comes after what was done.
    fn suffix(&self) -> &'static str {
        if self.hides_dry_run { "" } else { self.dry_run.suffix() }
    }
}

/// A part of a plan. What comes of the parts is printed in their order.
#[derive(Clone, Debug)]
enum Step {
    Ask(Box<Ask>),
    /// What is true of an object without a request.
    Say(Object, String),
    /// A line that is about no object.
    Tell(String),
}

/// A request with what kubectl says of the object when it was carried out, as in `created`; nothing where that is empty.
#[derive(Clone, Debug)]
struct Ask {
    request: Request,
    done: String,
    /// The object as kubectl has it before the API server adds anything.
    local: Option<Value>,
    source: String,
    /// As [`Plan::doing`].
    doing: String,
    /// What is shown of the answer.
    shown: fn(&Object) -> Object,
    /// How the object was, where kubectl tells whether the answer is another one.
    before: Option<Object>,
}

/// What is to be asked, after what is said already.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) report: Report,
    steps: Vec<Step>,
    /// How many of the given objects are dealt with; of those that come after them more is to be planned when the answers are there.
    pub(super) dealt: usize,
    /// Whether there is more to be planned.
    pub(super) goes_on: bool,
    /// As in `replacing`, for the errors of the API server about files; `creating` where it is empty.
    pub(super) doing: String,
    /// The file that the next object comes from; empty where it comes from the line.
    pub(super) source: String,
    /// As in `failed to create job: `, which kubectl puts before the words of the API server.
    pub(super) complaint: &'static str,
    pub(super) printing: Printing,
    /// Several objects are printed as one list.
    pub(super) as_list: bool,
    /// Several objects are printed each as if it were the only one.
    pub(super) is_apart: bool,
    /// How long the command waits for changed objects to have as many Pods as they should.
    pub(super) sync: Option<SimDuration>,
    /// The objects of the list, each as kubectl itself has it where nothing was sent.
    printed: Vec<(Object, Option<Value>)>,
    documents: usize,
}

impl Plan {
    /// A plan that prints as the flags say.
    pub(super) fn new(printing: &Printing) -> Plan {
        Plan { printing: printing.clone(), ..Plan::default() }
    }

    /// Asks for a changed object.
    pub(super) fn update(&mut self, mut object: Object, done: impl Into<String>) {
        self.printing.record(&mut object);
        let is_typed = self.printing.format.as_ref().is_some_and(|format| format.is_typed);
        let local = Some(if is_typed { written(&object) } else { object.to_json() });
        let mut object = kept(object);
        default_object(&mut object);
        let source = self.source.clone();
        self.ask(Ask {
            request: Request::Update(object),
            done: done.into(),
            local,
            source,
            doing: self.doing.clone(),
            shown: Object::clone,
            before: None,
        });
    }

    /// Asks for a change through a subresource; `shown` makes of the answer what kubectl shows of it.
    pub(super) fn through(&mut self, request: Request, shown: fn(&Object) -> Object, done: &str) {
        let source = self.source.clone();
        self.ask(Ask { request, done: done.to_owned(), local: None, source, doing: self.doing.clone(), shown, before: None });
    }

    /// Tells of the last request whether it changed anything.
    pub(super) fn compare_with(&mut self, before: &Object) {
        if let Some(Step::Ask(ask)) = self.steps.last_mut() {
            ask.before = Some(before.clone());
        }
    }

    /// Asks for a new object.
    pub(super) fn create(&mut self, object: Object, done: impl Into<String>) {
        let local = written(&object);
        self.create_shown(object, local, done);
    }

    /// Asks for a new object that kubectl itself would print as `local`.
    pub(super) fn create_shown(&mut self, mut object: Object, mut local: Value, done: impl Into<String>) {
        if let Some(cause) = &self.printing.change_cause {
            self.printing.record(&mut object);
            local["metadata"]["annotations"][CHANGE_CAUSE] = cause.as_str().into();
        }
        let (request, source) = (Request::Create(object), self.source.clone());
        self.ask(Ask {
            request,
            done: done.into(),
            local: Some(local),
            source,
            doing: self.doing.clone(),
            shown: Object::clone,
            before: None,
        });
    }

    fn ask(&mut self, ask: Ask) {
        self.steps.push(Step::Ask(Box::new(ask)));
    }

    /// Whether nothing is asked or said.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is to be asked.
    pub(super) fn requests(&self) -> Vec<Request> {
        let requests = self.steps.iter().filter_map(|step| if let Step::Ask(ask) = step { Some(&ask.request) } else { None });
        let is_tried = self.printing.dry_run == DryRun::Server;
        requests.cloned().map(|request| if is_tried { Request::DryRun(Box::new(request)) } else { request }).collect()
    }

    /// Those targets that are there; for each of the others an error is kept.
    pub(super) fn found(&mut self, targets: &Targets, view: &ClientView<'_>) -> Vec<Object> {
        let mut found = Vec::new();
        for target in targets.resolve(view.store) {
            match target {
                Ok(object) => found.push(object),
                Err(error) => self.report.errors.push(error),
            }
        }
        found
    }

    /// As [`Plan::found`], of verbs that begin when all are found: none where one is missing.
    pub(super) fn all_found(&mut self, targets: &Targets, view: &ClientView<'_>) -> Vec<Object> {
        let found = self.found(targets, view);
        if self.report.errors.is_empty() { found } else { Vec::new() }
    }

    /// Says what is true of an object without a request.
    pub(super) fn say(&mut self, object: &Object, done: &str) {
        self.steps.push(Step::Say(object.clone(), done.to_owned()));
    }

    /// Prints a line in its turn.
    pub(super) fn tell(&mut self, line: impl Into<String>) {
        self.steps.push(Step::Tell(line.into()));
    }

    /// Keeps an error that kubectl finds by itself.
    pub(super) fn fail(&mut self, message: impl Into<String>) {
        self.report.errors.push(Rejection::Client(message.into()));
    }

    /// Prints an object that was dealt with; `local` is how kubectl itself has it.
    fn print(&mut self, object: &Object, local: Option<&Value>, done: &str) {
        if done.is_empty() {
            return;
        }
        let Some(format) = self.printing.format.clone() else {
            let suffix = self.printing.suffix();
            self.report.say(format!("{} {done}{suffix}", title(object)));
            return;
        };
        if self.as_list && !format.is_name() {
            let own = local.filter(|_| self.printing.dry_run == DryRun::Client);
            self.printed.push((object.clone(), own.cloned()));
            return;
        }
        if format.is_yaml() && self.documents > 0 && !self.is_apart {
            self.report.stdout.push_str("---\n");
        }
        self.documents += 1;
        let printed = match local {
            Some(local) if self.printing.dry_run == DryRun::Client => Some(format.print_value(object, local)),
            Some(_) | None => format.print(std::slice::from_ref(object), true),
        };
        match printed {
            Some(Printed::Text(text)) => self.report.stdout.push_str(&text),
            Some(Printed::Error(message) | Printed::Broken { message, .. }) => self.fail(message),
            None => {}
        }
    }

    /// Reads the answers and prints what comes of the steps.
    pub(super) fn settle(&mut self, answers: Vec<Result<Object, ApiError>>) {
        let mut answers = answers.into_iter();
        for step in std::mem::take(&mut self.steps) {
            match step {
                Step::Say(object, done) => self.print(&object, None, &done),
                Step::Tell(line) => self.report.say(line),
                Step::Ask(ask) => match answers.next() {
                    Some(Ok(object)) => self.answered(&ask, &object),
                    Some(Err(error)) => self.refused(super::report::refusal(&error), &ask),
                    // The command ended before it came.
                    None => return,
                },
            }
        }
    }

    fn answered(&mut self, ask: &Ask, object: &Object) {
        let is_unchanged = ask.before.as_ref() == Some(object);
        let done = format!("{}{}", ask.done, if is_unchanged { " (no change)" } else { "" });
        self.print(&(ask.shown)(object), ask.local.as_ref(), &done);
    }

    /// Reads the answers and ends the command.
    fn end(mut self, answers: Vec<Result<Object, ApiError>>) -> Outcome {
        self.settle(answers);
        let printed = match (self.printed.as_slice(), &self.printing.format) {
            ([], _) | (_, None) => None,
            ([(object, Some(own))], Some(format)) => Some(format.print_value(object, own)),
            (printed, Some(format)) => {
                let objects: Vec<Object> = printed.iter().map(|(object, _)| object.clone()).collect();
                format.print(&objects, objects.len() == 1)
            }
        };
        match printed {
            Some(Printed::Text(text)) => self.report.stdout.push_str(&text),
            Some(Printed::Error(message) | Printed::Broken { message, .. }) => {
                self.report.errors.push(Rejection::Client(message))
            }
            None => {}
        }
        self.report.end("", "")
    }

    /// The object that the API server would make of the first step; `None` where there is nothing to do.
    ///
    /// # Errors
    /// Why it would refuse.
    pub(super) fn outcome(mut self, view: &ClientView<'_>) -> Result<Option<Object>, Rejection> {
        let Some(request) = self.requests().into_iter().next() else {
            return self.report.errors.pop().map_or(Ok(None), Err);
        };
        match tried(request, view) {
            Ok(object) => Ok(Some(object)),
            Err(error) => Err(super::report::refusal(&error)),
        }
    }

    fn refused(&mut self, error: Rejection, ask: &Ask) {
        let error = if let Rejection::Server(status) = &error {
            if !ask.source.is_empty() {
                let doing = if ask.doing.is_empty() { "creating" } else { &ask.doing };
                super::apply::sourced(error, doing, &ask.source)
            } else if !self.complaint.is_empty() {
                Rejection::Client(format!("{}{}", self.complaint, status.message))
            } else {
                error
            }
        } else {
            error
        };
        self.report.errors.push(error);
    }
}

type Decide = dyn Fn(&ClientView<'_>, Plan) -> Plan + Send + Sync;

/// A command of this kind.
#[derive(Clone)]
pub(super) enum Batch {
    /// To be planned, after what was done before.
    Planning(Arc<Decide>, Box<Plan>),
    /// Waits for the answers.
    Asked(Arc<Decide>, Box<Plan>),
    /// Has them, and waits for their replicas.
    Syncing(Box<Syncing>),
}

/// A command that waits for the replicas of what it changed.
#[derive(Clone, Debug)]
pub(super) struct Syncing {
    plan: Plan,
    answers: Vec<Result<Object, ApiError>>,
    deadline: SimTime,
}

impl Syncing {
    fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        let waits = |answer: &Result<Object, ApiError>| answer.as_ref().is_ok_and(|object| !is_synced(object, view.store));
        let late = self.answers.iter().position(waits);
        if late.is_some() && view.now < self.deadline {
            return Turn::Wait { until: Some(self.deadline) };
        }
        let (mut plan, mut answers) = (std::mem::take(&mut self.plan), std::mem::take(&mut self.answers));
        if let Some(late) = late {
            // What comes after the one that is late is not reported at all.
            let rest = answers.split_off(late);
            let name = rest.into_iter().next().and_then(Result::ok).and_then(|object| object.metadata().name.clone());
            plan.fail(format!("timed out waiting for {:?} to be synced", name.unwrap_or_default()));
        }
        Turn::Done(plan.end(answers))
    }
}

/// `scaleHasDesiredReplicas`: as many Pods as there should be, or somebody wants another number by now.
fn is_synced(wanted: &Object, store: &Store) -> bool {
    let Some(object) = store.get(&wanted.key()) else { return false };
    let replicas = |object: &Object, part: &str| object.part(&[part, "replicas"]).and_then(|number| number.as_i64());
    let wants = replicas(object, "spec");
    wants != replicas(wanted, "spec") || wants == Some(replicas(object, "status").unwrap_or_default())
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Batch::Planning(_, plan) => f.debug_tuple("Planning").field(plan).finish(),
            Batch::Asked(_, plan) => f.debug_tuple("Asked").field(plan).finish(),
            Batch::Syncing(syncing) => f.debug_tuple("Syncing").field(syncing).finish(),
        }
    }
}

impl Batch {
    /// A command that does what `decide` plans.
    pub(super) fn new(decide: impl Fn(&ClientView<'_>) -> Plan + Send + Sync + 'static) -> Batch {
        Batch::in_rounds(move |view, _| decide(view))
    }

    /// A command that plans again as long as its plan goes on: `decide` has the plan whose answers were printed.
    pub(super) fn in_rounds(decide: impl Fn(&ClientView<'_>, Plan) -> Plan + Send + Sync + 'static) -> Batch {
        Batch::Planning(Arc::new(decide), Box::default())
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match self {
            Batch::Planning(decide, before) => {
                let decide = Arc::clone(decide);
                let plan = decide(view, std::mem::take(&mut **before));
                let requests: Vec<Request> = plan.requests();
                if plan.printing.dry_run != DryRun::Client && !requests.is_empty() {
                    *self = Batch::Asked(decide, Box::new(plan));
                    return Turn::Ask(requests);
                }
                self.answered(decide, plan, requests.into_iter().filter_map(written_object).map(Ok).collect(), view)
            }
            Batch::Asked(decide, plan) => {
                let (decide, mut plan) = (Arc::clone(decide), std::mem::take(&mut **plan));
                plan.report.warn(view.warnings);
                self.answered(decide, plan, answers, view)
            }
            Batch::Syncing(syncing) => syncing.resume(view),
        }
    }

    fn answered(
        &mut self,
        decide: Arc<Decide>,
        mut plan: Plan,
        answers: Vec<Result<Object, ApiError>>,
        view: &ClientView<'_>,
    ) -> Turn {
        if std::mem::take(&mut plan.goes_on) {
            plan.settle(answers);
            *self = Batch::Planning(decide, Box::new(plan));
            return Turn::Ask(Vec::new());
        }
        let Some(timeout) = plan.sync.filter(|_| plan.printing.dry_run == DryRun::No) else {
            return Turn::Done(plan.end(answers));
        };
        let mut syncing = Syncing { plan, answers, deadline: view.now + timeout };
        let turn = syncing.resume(view);
        *self = Batch::Syncing(Box::new(syncing));
        turn
    }
}

/// The object that a request writes.
fn written_object(request: Request) -> Option<Object> {
    match request {
        Request::Create(object)
        | Request::Update(object)
        | Request::Scale(object)
        | Request::Resize(object)
        | Request::UpdateEphemeralContainers(object)
        | Request::Finalize(object)
        | Request::UpdateStatus(object)
        | Request::ReplaceStatus(object) => Some(object),
        Request::DryRun(inner) => written_object(*inner),
        Request::PatchPodStatus { .. } | Request::Bind { .. } | Request::Delete { .. } | Request::Evict { .. } => None,
    }
}

/// The answer of the API server where nothing is kept.
fn tried(request: Request, view: &ClientView<'_>) -> Result<Object, ApiError> {
    let mut store = view.store.clone();
    // What is drawn here is thrown away with the store.
    let mut random = Random::new(0, Jitter::None);
    let mut cx = ApiContext { now: view.now, wall: view.wall, random: &mut random, warnings: Vec::new(), is_trial: true };
    apply(&mut store, request, &mut cx).map(|applied| applied.object)
}
