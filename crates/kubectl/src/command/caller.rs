//! As whom a line asks: `--as`, `--as-group`.
//!
//! Models what the API server makes of the impersonation headers, and its authorization of each request of a command. What a command
//! reads is asked for by [`Caller::may`]; what it writes, and what it runs, passes [`Impersonated`].

use podlapse_core::client::{ClientView, ExecEnd, Outcome, Turn};
use podlapse_core::store::authorization::{Access, User, authorize, escalation};
use podlapse_core::store::{ApiError, Request, Store};
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Object, ObjectKey};

use super::flags::Arguments;
use super::report::{Report, refusal};
use super::{Command, Running};

/// Who asks; the administrator where the line names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Caller(Option<User>);

impl Caller {
    pub(super) fn of(arguments: &Arguments) -> Caller {
        let groups = arguments.all("as-group").map(str::to_owned).collect();
        let name = arguments.get("as").filter(|name| !name.is_empty());
        Caller(name.map(|name| User::impersonated(name, groups)))
    }

    /// The user of that name.
    pub(super) fn user(&self) -> User {
        self.0.clone().unwrap_or_else(User::admin)
    }

    /// Whether the line names somebody.
    pub(super) fn is_somebody(&self) -> bool {
        self.0.is_some()
    }

    /// Lets a request for an object pass, or with an empty name for all in a namespace.
    ///
    /// # Errors
    /// The API server's refusal.
    pub(super) fn may(&self, store: &Store, verb: &str, key: &ObjectKey) -> Result<(), Rejection> {
        self.may_access(store, &Access::to(verb, key))
    }

    /// The same for any request.
    ///
    /// # Errors
    /// The API server's refusal.
    pub(super) fn may_access(&self, store: &Store, access: &Access) -> Result<(), Rejection> {
        let Some(user) = &self.0 else { return Ok(()) };
        authorize(store, user, access).map_err(|error| refusal(&error))
    }
}

/// A command whose requests are those of somebody else.
#[derive(Clone, Debug)]
pub(super) struct Impersonated {
    inner: Running,
    user: User,
    /// As in `scale`.
    verb: &'static str,
    /// What became of each request of the turn before: a refusal, or what the API server answers.
    refused: Vec<Option<ApiError>>,
}

impl Impersonated {
    pub(super) fn new(inner: Running, caller: &Caller, verb: &'static str) -> Impersonated {
        Impersonated { inner, user: caller.user(), verb, refused: Vec::new() }
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        let mut answers = self.woven(answers);
        loop {
            let requests = match self.inner.resume(view, answers) {
                Turn::Ask(requests) => requests,
                Turn::Exec(call) => {
                    let key = ObjectKey::new(Kind::Pod, &call.namespace, &call.pod);
                    return match authorize(view.store, &self.user, &Access::to("create", &key).of("exec")) {
                        Ok(()) => Turn::Exec(call),
                        Err(error) => {
                            let mut report = Report::default();
                            report.refused(&error);
                            Turn::Done(report.end("", ""))
                        }
                    };
                }
                turn @ (Turn::Wait { .. } | Turn::Done(_)) => return turn,
            };
            self.refused = requests.iter().map(|request| self.refusal(view.store, request)).collect();
            let asked: Vec<Request> = requests
                .into_iter()
                .zip(&self.refused)
                .filter(|(_, refused)| refused.is_none())
                .map(|(request, _)| request)
                .collect();
            if !asked.is_empty() {
                return Turn::Ask(asked);
            }
            answers = self.woven(Vec::new());
        }
    }

    /// The answers with the refusals between them.
    fn woven(&mut self, answers: Vec<Result<Object, ApiError>>) -> Vec<Result<Object, ApiError>> {
        if self.refused.is_empty() {
            return answers;
        }
        let mut answers = answers.into_iter();
        std::mem::take(&mut self.refused).into_iter().filter_map(|refused| refused.map(Err).or_else(|| answers.next())).collect()
    }

    /// Why a request is refused.
    fn refusal(&self, store: &Store, request: &Request) -> Option<ApiError> {
        let written = match request {
            Request::DryRun(inner) => return self.refusal(store, inner),
            Request::Create(object) | Request::Update(object) | Request::Scale(object) => Some(object),
            Request::Resize(_)
            | Request::UpdateEphemeralContainers(_)
            | Request::Finalize(_)
            | Request::UpdateStatus(_)
            | Request::ReplaceStatus(_)
            | Request::PatchPodStatus { .. }
            | Request::Bind { .. }
            | Request::Delete { .. }
            | Request::Evict { .. } => None,
        };
        let access = self.access(request);
        let refused = authorize(store, &self.user, &access).err();
        refused.or_else(|| written.and_then(|object| escalation(store, &self.user, object)))
    }

    /// The verb that the API has for a change.
    fn change(&self) -> &'static str {
        if self.verb == "replace" { "update" } else { "patch" }
    }

    /// What a request asks for.
    fn access(&self, request: &Request) -> Access {
        match request {
            Request::DryRun(inner) => self.access(inner),
            Request::Create(object) => {
                // The path of what is not there yet names nothing.
                let mut access = Access { name: String::new(), ..Access::to("create", &object.key()) };
                if object.kind() == Kind::Namespace {
                    access.namespace.clear();
                }
                access
            }
            Request::Update(object) => Access::to(self.change(), &object.key()),
            Request::Scale(object) => Access::to(self.change(), &object.key()).of("scale"),
            Request::Resize(object) => Access::to(self.change(), &object.key()).of("resize"),
            Request::UpdateEphemeralContainers(object) => Access::to(self.change(), &object.key()).of("ephemeralcontainers"),
            Request::Finalize(object) => Access::to(self.change(), &object.key()).of("finalize"),
            Request::UpdateStatus(object) | Request::ReplaceStatus(object) => {
                Access::to(self.change(), &object.key()).of("status")
            }
            Request::PatchPodStatus { key, .. } => Access::to("patch", key).of("status"),
            Request::Bind { key, .. } => Access::to("create", key).of("binding"),
            Request::Delete { key, .. } => Access::to("delete", key),
            Request::Evict { key, .. } => Access::to("create", key).of("eviction"),
        }
    }

    pub(super) fn ran(&mut self, end: ExecEnd) {
        self.inner.ran(end);
    }

    pub(super) fn printed(&self) -> Outcome {
        self.inner.printed()
    }
}
