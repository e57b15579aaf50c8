//! Verbs that look at objects, ask for a change of each, and print a line for each answer.
//!
//! What to ask is decided when the command is first resumed, by a function of the API's objects; what to print, when the answers
//! are there.

use std::fmt;
use std::sync::Arc;

use podlapse_core::client::{ClientView, Turn};
use podlapse_core::store::{ApiError, Request};
use podlapse_manifest::default_object;
use podlapse_model::Object;

use super::report::Report;
use super::targets::title;

/// A request with what kubectl says of the object when it was carried out, as in `created`; nothing where that is empty.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What is asked.
    pub(super) request: Request,
    pub(super) done: String,
}

/// What follows the name of an object that was sent nowhere.
pub(super) const CLIENT_DRY_RUN: &str = "(dry run)";

/// What is to be asked, after what is said already.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) report: Report,
    pub(super) steps: Vec<Step>,
    /// As in `creating`, for the errors of the API server; empty where kubectl does not say it.
    pub(super) doing: &'static str,
    /// The file that the objects come from.
    pub(super) file: String,
}

impl Plan {
    /// Asks for a changed object.
    pub(super) fn update(&mut self, object: Object, done: impl Into<String>) {
        let mut object = object;
        default_object(&mut object);
        self.steps.push(Step { request: Request::Update(object), done: done.into() });
    }

    /// Asks for a new object.
    pub(super) fn create(&mut self, object: Object) {
        self.steps.push(Step { request: Request::Create(object), done: "created".to_owned() });
    }

    /// What is to be asked.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.steps.iter().map(|step| step.request.clone()).collect()
    }

    /// Leaves nothing behind: the server does as if, or nobody asks it at all; `note` as in `(dry run)`.
    pub(super) fn do_as_if(&mut self, note: &'static str) {
        for mut step in std::mem::take(&mut self.steps) {
            step.done = format!("{} {note}", step.done);
            match step.request {
                Request::Create(object) | Request::Update(object) if note == CLIENT_DRY_RUN => self.say(&object, &step.done),
                request => {
                    step.request = Request::DryRun(Box::new(request));
                    self.steps.push(step);
                }
            }
        }
    }

    /// Says what is true of an object without a request.
    pub(super) fn say(&mut self, object: &Object, done: &str) {
        self.report.say(format!("{} {done}", title(object)));
    }
}

type Decide = dyn Fn(&ClientView<'_>) -> Plan + Send + Sync;

/// A command of this kind.
#[derive(Clone)]
pub(super) enum Batch {
    /// Not begun.
    New(Arc<Decide>),
    /// Waits for the answers.
    Asked(Plan),
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Batch::New(_) => f.write_str("New"),
            Batch::Asked(plan) => f.debug_tuple("Asked").field(plan).finish(),
        }
    }
}

impl Batch {
    /// A command that does what `decide` plans.
    pub(super) fn new(decide: impl Fn(&ClientView<'_>) -> Plan + Send + Sync + 'static) -> Batch {
        Batch::New(Arc::new(decide))
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match self {
            Batch::New(decide) => {
                let plan = decide(view);
                let requests: Vec<Request> = plan.requests();
                *self = Batch::Asked(plan);
                if requests.is_empty() { self.resume(view, Vec::new()) } else { Turn::Ask(requests) }
            }
            Batch::Asked(plan) => {
                let mut plan = std::mem::take(plan);
                plan.report.warn(view.warnings);
                for (step, answer) in std::mem::take(&mut plan.steps).into_iter().zip(answers) {
                    match answer {
                        Ok(_) if step.done.is_empty() => {}
                        Ok(object) => plan.report.say(format!("{} {}", title(&object), step.done)),
                        Err(error) => plan.report.refused(&error),
                    }
                }
                Turn::Done(plan.report.end(plan.doing, &plan.file))
            }
        }
    }
}
