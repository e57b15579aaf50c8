//! The lanes of the timeline: for each Pod its STATUS, its phase and events, and one lane for each container.
//!
//! Bars come from the versions of the Pod in the API, so a lane shows what a person with kubectl would see, at the time they would
//! see it; back-off waits and probes come from the reasons of the steps, where the kubelet knew of them.

use podlapse_model::SortedMap;

use podlapse_core::why::{Fact, Rule, Why};
use podlapse_model::api::core::v1::{Container, ContainerState, ContainerStatus, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime, is_sidecar};
use serde::Serialize;

use crate::marks::{endpoints, stops};
use crate::status::{container_tone, pod_line, wall_clock};
use crate::subject::Subject;
use crate::{Call, EventRow, History, Tone, span};

/// A stretch of time in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// From here.
    #[serde(serialize_with = "crate::time::seconds")]
    pub from: SimTime,
    /// Up to here; the end of the run if it lasts.
    #[serde(serialize_with = "crate::time::seconds")]
    pub to: SimTime,
    /// The index of the moment that began it.
    pub moment: usize,
    /// Its look.
    pub tone: Tone,
    /// What it is called, in Kubernetes' words.
    pub label: String,
    /// The restart count of the container; 0 for what is no container. Two runs are two stretches, however alike they look.
    pub attempt: i32,
}

/// A lane of stretches that do not overlap.
pub type Bar = Vec<Segment>;

/// A wait before the next attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backoff {
    /// When it began.
    #[serde(serialize_with = "crate::time::seconds")]
    pub from: SimTime,
    /// When it ends.
    #[serde(serialize_with = "crate::time::seconds")]
    pub to: SimTime,
    /// Its length as text.
    pub label: String,
    /// The index of the moment that began it.
    pub moment: usize,
}

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Probe {
    /// `startupProbe`
    Startup,
    /// `readinessProbe`
    Readiness,
    /// `livenessProbe`
    Liveness,
}

impl Probe {
    /// Its name in the spec, without `Probe`.
    pub const fn word(self) -> &'static str {
        match self {
            Probe::Startup => "startup",
            Probe::Readiness => "readiness",
            Probe::Liveness => "liveness",
        }
    }

    fn from_word(word: &str) -> Option<Probe> {
        [Probe::Startup, Probe::Readiness, Probe::Liveness].into_iter().find(|probe| word.eq_ignore_ascii_case(probe.word()))
    }
}

/// One run of a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProbeTick {
    /// When its result was known.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// The index of its moment.
    pub moment: usize,
    /// Which probe.
    pub probe: Probe,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// How many results in a row of how many that count.
    pub count: Option<(u32, u32)>,
}

/// The lane of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContainerLane {
    /// Its name.
    pub name: String,
    /// Its image, as written in the Pod.
    pub image: String,
    /// Whether it is an init container.
    pub is_init: bool,
    /// Whether it is one that goes on running, a sidecar.
    pub is_sidecar: bool,
    /// Its states.
    pub states: Bar,
    /// When its image was pulled.
    pub pulls: Bar,
    /// Its waits.
    pub backoffs: Vec<Backoff>,
    /// Its probes.
    pub probes: Vec<ProbeTick>,
    /// The grace periods in which it was stopped.
    pub graces: Vec<Backoff>,
    /// What it did in them: its preStop hook, and the time after SIGTERM.
    pub hooks: Bar,
}

/// The lanes of a Pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodLanes {
    /// The Pod.
    #[serde(skip)]
    pub key: ObjectKey,
    /// Its name, with the namespace unless that is `default`.
    pub name: String,
    /// STATUS as kubectl prints it.
    pub status: Bar,
    /// Its phase.
    pub phase: Bar,
    /// Whether it is in the EndpointSlices of a Service, and how.
    pub endpoints: Bar,
    /// Its containers, in the order in which they start.
    pub containers: Vec<ContainerLane>,
    /// Indices of its events in the run's list.
    pub events: Vec<usize>,
}

/// The lanes of every Pod that came into being in the run or was there before, in the order of their appearance.
pub(crate) fn lanes(history: &History, events: &[EventRow], subjects: &[Option<Subject>]) -> Vec<PodLanes> {
    let mut pods: Vec<PodLanes> = Vec::new();
    let mut places: SortedMap<ObjectKey, usize> = SortedMap::new();
    for (index, moment) in history.moments.iter().enumerate() {
        for change in moment.changes.iter().filter(|change| change.key.kind == Kind::Pod) {
            let place = *places.entry(change.key.clone()).or_insert_with(|| {
                pods.push(empty(&change.key));
                pods.len() - 1
            });
            match &change.after {
                Some(Object::Pod(pod)) => {
                    let now = wall_clock(history.start_time_unix_ns, change.at);
                    pods[place].extend(index, change.at, pod, &now);
                }
                Some(_) | None => pods[place].close(change.at),
            }
        }
    }
    for lanes in &mut pods {
        lanes.close_at_end(history.end);
    }
    for (number, event) in events.iter().enumerate() {
        let Some(place) = places.get(&event.key) else { continue };
        pods[*place].events.push(number);
    }
    for (index, moment) in history.moments.iter().enumerate() {
        for call in moment.calls.iter().filter(|call| call.name == "PullImage") {
            // A pull names no Pod by itself: the runtime fetches for the node.
            let pod = call.pod.as_ref().or(subjects[index].as_ref().map(|subject| &subject.pod));
            let place = pod.and_then(|pod| places.get(pod));
            if let Some(place) = place {
                pods[*place].note_pull(index, moment.at, call);
            }
        }
        let Some(subject) = &subjects[index] else { continue };
        let Some(place) = places.get(&subject.pod) else { continue };
        for why in &moment.whys {
            pods[*place].note_reason(index, moment.at, why, subject.container.as_deref());
        }
    }
    stops(history, subjects, &mut pods, &places);
    endpoints(history, &mut pods, &places);
    for lanes in &mut pods {
        lanes.end_waits(history.end);
    }
    pods
}

fn empty(key: &ObjectKey) -> PodLanes {
    let name = match key.namespace.as_str() {
        "default" | "" => key.name.to_string(),
        namespace => format!("{namespace}/{}", key.name),
    };
    let (status, phase, endpoints, containers, events) = Default::default();
    PodLanes { key: key.clone(), name, status, phase, endpoints, containers, events }
}

/// Goes on with the last state of a bar, or begins another.
pub(crate) fn push(bar: &mut Bar, moment: usize, at: SimTime, (tone, label, attempt): (Tone, String, i32)) {
    if let Some(last) = bar.last_mut() {
        if last.to == SimTime::MAX && last.tone == tone && last.label == label && last.attempt == attempt {
            return;
        }
        if last.to == SimTime::MAX {
            last.to = at;
        }
        // A state that lasted no time was never seen.
        if last.from == at {
            bar.pop();
        }
    }
    bar.push(Segment { from: at, to: SimTime::MAX, moment, tone, label, attempt });
}

pub(crate) fn close(bar: &mut Bar, at: SimTime) {
    bar.iter_mut().rev().take(1).filter(|last| last.to == SimTime::MAX).for_each(|last| last.to = at);
}

impl PodLanes {
    fn bars(&mut self) -> impl Iterator<Item = &mut Bar> {
        [&mut self.status, &mut self.phase].into_iter().chain(self.containers.iter_mut().map(|container| &mut container.states))
    }

    fn close(&mut self, at: SimTime) {
        self.bars().for_each(|bar| close(bar, at));
    }

    fn close_at_end(&mut self, end: SimTime) {
        self.close(end);
    }

    /// Nothing waits for a Pod that is gone.
    fn end_waits(&mut self, run_end: SimTime) {
        let Some(end) = self.status.last().map(|last| last.to).filter(|end| *end < run_end) else { return };
        for wait in self.containers.iter_mut().filter_map(|container| container.backoffs.last_mut()) {
            wait.to = wait.to.min(end.max(wait.from));
        }
    }

    fn extend(&mut self, moment: usize, at: SimTime, pod: &Pod, now: &Time) {
        let (row, tone) = pod_line(pod, now);
        push(&mut self.status, moment, at, (tone, row.status, 0));
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending");
        push(&mut self.phase, moment, at, (phase_tone(phase), phase.to_owned(), 0));
        let Some(spec) = &pod.spec else { return };
        let init = spec.init_containers.iter().flatten().map(|container| (container, true));
        let names = init.chain(spec.containers.iter().map(|container| (container, false)));
        for (container, is_init) in names {
            let status = container_status(pod, &container.name, is_init);
            let (tone, label) = match status {
                Some(status) => container_tone(status),
                None => (Tone::Waiting, String::new()),
            };
            let lane = self.container_mut(container, is_init);
            push(&mut lane.states, moment, at, (tone, label, status.map_or(0, |status| status.restart_count)));
        }
    }

    fn container_mut(&mut self, container: &Container, is_init: bool) -> &mut ContainerLane {
        let place = self.containers.iter().position(|lane| lane.name == container.name).unwrap_or_else(|| {
            let (states, pulls, backoffs, probes, graces, hooks) = Default::default();
            let (name, image) = (container.name.clone(), container.image.clone().unwrap_or_default());
            let is_sidecar = is_init && is_sidecar(container);
            let lane = ContainerLane { name, image, is_init, is_sidecar, states, pulls, backoffs, probes, graces, hooks };
            self.containers.push(lane);
            self.containers.len() - 1
        });
        &mut self.containers[place]
    }

    /// A pull that ended, of the container whose image it was. (Events tell of pulls too, but the recorder drops some.)
    fn note_pull(&mut self, moment: usize, at: SimTime, call: &Call) {
        let Some(lane) = self.containers.iter_mut().find(|lane| lane.image == call.about) else { return };
        let from = call.took.map_or(at, |took| at - took);
        let tone = if call.error.is_some() { Tone::Failing } else { Tone::Creating };
        lane.pulls.push(Segment { from, to: at, moment, tone, label: call.about.clone(), attempt: 0 });
    }

    fn note_reason(&mut self, moment: usize, at: SimTime, why: &Why, container: Option<&str>) {
        let (rule, facts) = (why.rule, &why.facts);
        let name = facts.iter().find_map(|fact| if let Fact::Container(name) = fact { Some(name.as_ref()) } else { None });
        let Some(name) = name.or(container) else { return };
        let Some(lane) = self.containers.iter_mut().find(|lane| lane.name == name) else { return };
        for fact in facts {
            let Fact::Backoff { from, to, .. } = fact else { continue };
            let known = lane.backoffs.last().is_some_and(|last| last.to == *to);
            if !known && from < to {
                let label = span(to.since(*from));
                // The kubelet counted from the end before, as long as it had not seen this one; what it says now is in force.
                lane.backoffs.pop_if(|last| *from < last.to);
                lane.backoffs.push(Backoff { from: *from, to: *to, label, moment });
            }
        }
        if !matches!(rule, Rule::ProbeSucceeded | Rule::ProbeFailed) {
            return;
        }
        let probe = facts.iter().find_map(|fact| if let Fact::Word(word) = fact { Probe::from_word(word) } else { None });
        let count = facts.iter().find_map(|fact| if let Fact::Count { have, want } = fact { Some((*have, *want)) } else { None });
        let probe = probe.unwrap_or(Probe::Liveness);
        lane.probes.push(ProbeTick { at, moment, probe, succeeded: rule == Rule::ProbeSucceeded, count });
    }
}

fn phase_tone(phase: &str) -> Tone {
    match phase {
        "Pending" => Tone::Waiting,
        "Running" => Tone::Running,
        "Succeeded" => Tone::Completed,
        "Failed" => Tone::Failing,
        _ => Tone::Unknown,
    }
}

fn container_status<'a>(pod: &'a Pod, name: &str, is_init: bool) -> Option<&'a ContainerStatus> {
    let status = pod.status.as_ref()?;
    let statuses = if is_init { &status.init_container_statuses } else { &status.container_statuses };
    statuses.iter().flatten().find(|status| status.name == name)
}

/// How long a container has been in the state it is in, as far as the API knows.
pub(crate) fn state_word(state: &ContainerState) -> (&'static str, &str) {
    match (&state.waiting, &state.running, &state.terminated) {
        (Some(waiting), _, _) => ("waiting", waiting.reason.as_deref().unwrap_or_default()),
        (None, Some(_), _) => ("running", ""),
        (None, None, Some(terminated)) => ("terminated", terminated.reason.as_deref().unwrap_or_default()),
        (None, None, None) => ("waiting", ""),
    }
}

impl Backoff {
    /// How much of the wait is left at an instant; `None` outside it.
    pub fn remaining(&self, at: SimTime) -> Option<SimDuration> {
        (self.from <= at && at < self.to).then(|| self.to.since(at))
    }
}
