//! `kubectl run --attach`, `-i` and `--rm`: the Pod is made, what it prints is shown until it ends, and it may be removed.
//!
//! Models the part of `k8s.io/kubectl/pkg/cmd/run` (v1.36) after the Pod is there. Nothing can be typed: a container that waits for it is
//! left after a minute, as if `^C` were pressed.

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_core::store::ApiError;
use podlapse_model::api::core::v1::Pod;
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
    state: State,
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
    pub(super) fn new(create: Batch, key: ObjectKey, waits_for_exit: bool, removes: bool) -> Attach {
        Attach { create, key, waits_for_exit, removes, state: State::Creating }
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
        match pod.and_then(|pod| exit_code(pod)) {
            Some(code) if self.waits_for_exit && phase == "Failed" => outcome.exit = code,
            Some(_) | None => outcome.exit = 0,
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

fn exit_code(pod: &Pod) -> Option<i32> {
    let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    Some(status.state.as_ref()?.terminated.as_ref()?.exit_code)
}
