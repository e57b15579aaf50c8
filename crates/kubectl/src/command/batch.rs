//! Verbs that look at objects, ask for a change of each, and print a line for each answer.
//!
//! What to ask is decided when the command is first resumed, by a function of the API's objects; what to print, when the answers
//! are there.

use std::fmt;
use std::sync::Arc;

use podlapse_core::client::{ClientView, Turn};
use podlapse_core::store::{ApiError, Request};
use podlapse_manifest::{Rejection, Status, default_object, invalid, prepare_for_create, validate};
use podlapse_model::Object;

use super::report::Report;
use super::targets::title;

/// A request with what kubectl says of the object when it was carried out, as in `created`; nothing where that is empty.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The request, or why the API server would refuse it as it stands.
    pub(super) request: Result<Request, Rejection>,
    pub(super) done: String,
}

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
        self.steps.push(Step { request: Ok(Request::Update(object)), done: done.into() });
    }

    /// Asks for a new object.
    pub(super) fn create(&mut self, object: Object) {
        let mut object = object;
        default_object(&mut object);
        let request = match refused(&object) {
            Some(status) => Err(Rejection::Server(status)),
            None => Ok(Request::Create(object)),
        };
        self.steps.push(Step { request, done: "created".to_owned() });
    }

    /// What is to be asked.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.steps.iter().filter_map(|step| step.request.as_ref().ok().cloned()).collect()
    }

    /// Says what is true of an object without a request.
    pub(super) fn say(&mut self, object: &Object, done: &str) {
        self.report.say(format!("{} {done}", title(object)));
    }
}

/// What the API server finds wrong with a new object.
fn refused(object: &Object) -> Option<Status> {
    let mut prepared = object.clone();
    // The uid and the time are the server's; no rule looks at their values.
    if let Object::Pod(pod) = &mut prepared {
        // Admission gives a Pod its service account before anything is validated.
        let spec = Arc::make_mut(pod).spec.get_or_insert_default();
        spec.service_account_name.get_or_insert_with(|| "default".to_owned());
    }
    prepare_for_create(&mut prepared, &"00000000-0000-0000-0000-000000000000".into(), jiff::Timestamp::UNIX_EPOCH);
    invalid(object, &validate(&prepared))
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
                let mut answers = answers.into_iter();
                for step in std::mem::take(&mut plan.steps) {
                    let answer = match step.request {
                        Ok(_) => answers.next(),
                        Err(error) => {
                            plan.report.errors.push(error);
                            continue;
                        }
                    };
                    let Some(answer) = answer else { continue };
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
