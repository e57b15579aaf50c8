//! `kubectl run --attach`, `-i` and `--rm`: the Pod is made, what it prints is shown until it ends, and it may be removed.
//!
//! Models the part of `k8s.io/kubectl/pkg/cmd/run` (v1.36) after the Pod is there. Nothing can be typed: a container that waits for it is
//! left after a minute, as if `^C` were pressed.

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_core::store::ApiError;
use podlapse_model::api::core::v1::{ContainerStateTerminated, Pod};
use podlapse_model::{Object, ObjectKey, SimDuration, SimTime};

use super::batch::Batch;
use super::delete::Delete;
use super::logs::Logs;

/// How long is waited for the Pod to run (`--pod-running-timeout`), and how long a container that does not end is watched.
const PATIENCE: SimDuration = SimDuration::from_secs(60);

/// A Pod that is attached to.
#[derive(Clone, Debug)]
pub(super) struct Attach {
    create: Batch,
    key: ObjectKey,
    /// `--restart` other than `Always`: the exit code is the container's.
    waits_for_exit: bool,
    removes: bool,
    /// What is said to whoever attaches.
    notice: String,
    state: State,
}

/// What kubectl says when it attaches to a container.
pub(super) fn notice(is_quiet: bool, wants_tty: bool) -> String {
    let tty = if wants_tty { "Unable to use a TTY - input is not a terminal or the right kind of file\n" } else { "" };
    let recorded = "All commands and output from this session will be recorded in container logs, including credentials and sensitive \
                    information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n";
    if is_quiet { String::new() } else { format!("{tty}{recorded}") }
}

#[derive(Clone, Debug)]
enum State {
    Creating,
    /// Since the Pod was made, and since it runs.
    Watching {
        made: SimTime,
        since: Option<SimTime>,
    },
    Removing {
        delete: Box<Delete>,
        shown: Outcome,
    },
}

impl Attach {
    pub(super) fn new(create: Batch, key: ObjectKey, waits_for_exit: bool, removes: bool, notice: String) -> Attach {
        Attach { create, key, waits_for_exit, removes, notice, state: State::Creating }
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        match &mut self.state {
            State::Creating => {
                let turn = self.create.resume(view, answers);
                let Turn::Done(Outcome { exit: 0, .. }) = turn else { return turn };
                self.state = State::Watching { made: view.now, since: None };
                self.watch(view)
            }
            State::Watching { .. } => self.watch(view),
            State::Removing { delete, shown } => {
                let turn = delete.resume(view, answers);
                let Turn::Done(removed) = turn else { return turn };
                let mut outcome = std::mem::take(shown);
                outcome.stdout.push_str(&removed.stdout);
                outcome.stderr.push_str(&removed.stderr);
                Turn::Done(outcome)
            }
        }
    }

    fn watch(&mut self, view: &ClientView<'_>) -> Turn {
        let State::Watching { made, since } = &mut self.state else { return Turn::Done(Outcome::default()) };
        let pod = view.store.pod(self.key.namespace.as_str(), self.key.name.as_str());
        let phase = pod.and_then(|pod| pod.status.as_ref()?.phase.as_deref()).unwrap_or_default();
        let is_over = pod.is_none() || matches!(phase, "Succeeded" | "Failed");
        if phase == "Running" && since.is_none() {
            *since = Some(view.now);
        }
        let until = since.unwrap_or(*made) + PATIENCE;
        if !is_over && view.now < until {
            return Turn::Wait { until: Some(until) };
        }
        let has_run = since.is_some() || is_over;
        let mut outcome = Logs::of_pod(&self.key).text(view);
        if since.is_some() {
            outcome.stderr.insert_str(0, &self.notice);
        }
        outcome.exit = 0;
        if let Some(end) = pod.and_then(|pod| end_of(pod)).filter(|_| self.waits_for_exit && phase == "Failed") {
            outcome.exit = end.exit_code;
            let (namespace, name) = (self.key.namespace.as_str(), self.key.name.as_str());
            let (reason, message) = (end.reason.unwrap_or_default(), end.message.unwrap_or_default());
            outcome.stderr.push_str(&format!("pod {namespace}/{name} terminated ({reason})\n{message}"));
        }
        if !has_run {
            outcome = super::report::failed("timed out waiting for the condition");
        } else if !is_over {
            outcome.stderr.push_str("podlapse: nothing can be typed into a container here, so it was left after a minute\n");
        }
        if !self.removes {
            return Turn::Done(outcome);
        }
        self.state = State::Removing { delete: Box::new(Delete::of(vec![self.key.clone()], None)), shown: outcome };
        self.resume(view, Vec::new())
    }
}

fn end_of(pod: &Pod) -> Option<ContainerStateTerminated> {
    let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    status.state.as_ref()?.terminated.clone()
}
