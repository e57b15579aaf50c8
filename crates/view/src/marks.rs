//! What stands beside the Pods' lanes: what a user did, the nodes, and how containers were stopped.

use podlapse_model::SortedMap;

use podlapse_core::Simulation;
use podlapse_core::why::{Fact, Rule};
use podlapse_kubectl::row;
use podlapse_model::simulation::ActionKind;
use podlapse_model::{Kind, Object, ObjectKey, SimDuration, SimTime};
use serde::Serialize;

use crate::lanes::{close, push};
use crate::status::wall_clock;
use crate::subject::Subject;
use crate::{Backoff, Bar, History, PodLanes, Segment, Tone, span};

/// Something that a user did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionMark {
    /// When.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// What: a line of kubectl, or what happened to a node or a process.
    pub label: String,
    /// Whether it is a line of kubectl.
    pub is_kubectl: bool,
    /// Whether it failed.
    pub failed: bool,
}

/// The lane of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeLane {
    /// The node.
    #[serde(skip)]
    pub key: ObjectKey,
    /// Its STATUS, with the conditions that are not as they should be.
    pub status: Bar,
}

/// Calls take a moment to come and go.
const SLACK: SimDuration = SimDuration::from_millis(200);

/// What a user did in a run.
pub(crate) fn actions(run: &Simulation) -> Vec<ActionMark> {
    let typed = run.timeline().commands().into_iter().filter_map(|command| {
        let label = command.line.as_ref()?.to_string();
        Some(ActionMark { at: command.typed_at, label, is_kubectl: true, failed: command.outcome.exit != 0 })
    });
    // A command that has not ended yet is not among those that have.
    let has_ended = |at: SimTime, line: &str| {
        run.timeline().commands().iter().any(|command| command.typed_at == at && command.line.as_deref() == Some(line))
    };
    let planned = run.scenario().simulation.actions.iter().map(|action| (action.at, &action.what));
    let planned = planned.chain(run.inputs().iter().map(|input| (input.at, &input.what)));
    let others = planned.filter_map(|(at, what)| {
        let label = match what {
            ActionKind::Kubectl { line, .. } if has_ended(at, line) => return None,
            ActionKind::Kubectl { line, .. } => {
                return Some(ActionMark { at, label: line.clone(), is_kubectl: true, failed: false });
            }
            ActionKind::Node { name, up, .. } => format!("{name}: {}", if *up { "Up" } else { "Down" }),
            ActionKind::Image(image) => format!("image {}", image.name),
            ActionKind::Kill { pod, signal, .. } => format!("{pod}: {signal}"),
            ActionKind::Network { node, ready } => {
                format!("{node}: {}", if *ready { "network ready" } else { "network not ready" })
            }
            ActionKind::StaticPod { node, file, .. } => format!("{node}: {file}"),
        };
        Some(ActionMark { at, label, is_kubectl: false, failed: false })
    });
    let mut marks: Vec<ActionMark> = typed.chain(others).filter(|mark| mark.at <= run.computed_to()).collect();
    podlapse_model::sort_by_key(&mut marks, |mark| mark.at);
    marks
}

/// The lanes of the nodes to which something happened.
pub(crate) fn node_lanes(history: &History) -> Vec<NodeLane> {
    let mut lanes: SortedMap<&ObjectKey, Bar> = SortedMap::new();
    for (index, moment) in history.moments.iter().enumerate() {
        for change in moment.changes.iter().filter(|change| change.key.kind == Kind::Node) {
            let bar = lanes.entry(&change.key).or_default();
            match &change.after {
                Some(node) => {
                    let (label, tone) = node_status(node, history.start_time_unix_ns, change.at);
                    push(bar, index, change.at, (tone, label, 0));
                }
                None => close(bar, change.at),
            }
        }
    }
    let mut lanes: Vec<NodeLane> = lanes.into_iter().map(|(key, status)| NodeLane { key: key.clone(), status }).collect();
    lanes.iter_mut().for_each(|lane| close(&mut lane.status, history.end));
    // A node that is only ever Ready says nothing.
    lanes.retain(|lane| 1 < lane.status.len() || lane.status.iter().any(|segment| segment.tone != Tone::Ready));
    lanes
}

/// STATUS as kubectl prints it, the pressures that are there, and the look of both.
pub(crate) fn node_status(object: &Object, start_time_unix_ns: i128, at: SimTime) -> (String, Tone) {
    let mut label = row(object, &wall_clock(start_time_unix_ns, at)).get(1).map(ToString::to_string).unwrap_or_default();
    let Object::Node(node) = object else { return (label, Tone::Unknown) };
    let conditions = || node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let is_unknown = conditions().any(|condition| condition.type_ == "Ready" && condition.status == "Unknown");
    let mut tone = match label.split(',').next() {
        _ if is_unknown => Tone::Unknown,
        Some("Ready") if label.contains(',') => Tone::Waiting,
        Some("Ready") => Tone::Ready,
        Some("NotReady") => Tone::Failing,
        Some(_) | None => Tone::Unknown,
    };
    for condition in conditions().filter(|condition| condition.type_ != "Ready" && condition.status == "True") {
        label = format!("{label},{}", condition.type_);
        tone = Tone::Failing;
    }
    (label, tone)
}

/// In which EndpointSlices the Pods are, and whether traffic goes to them.
pub(crate) fn endpoints(history: &History, pods: &mut [PodLanes], places: &SortedMap<ObjectKey, usize>) {
    for (index, moment) in history.moments.iter().enumerate() {
        for change in moment.changes.iter().filter(|change| change.key.kind == Kind::EndpointSlice) {
            let of = |object: &Option<Object>| match object {
                Some(Object::EndpointSlice(slice)) => slice.endpoints.clone().unwrap_or_default(),
                Some(_) | None => Vec::new(),
            };
            let namespace = change.key.namespace.as_str();
            let mut members: SortedMap<usize, Option<(Tone, &str)>> = SortedMap::new();
            let mut note = |endpoint: &podlapse_model::api::discovery::v1::Endpoint, is_there: bool| {
                let name = endpoint.target_ref.as_ref().and_then(|target| target.name.as_deref()).unwrap_or_default();
                let Some(place) = places.get(&ObjectKey::new(Kind::Pod, namespace, name)) else { return };
                let conditions = endpoint.conditions.clone().unwrap_or_default();
                let state = match (conditions.ready, conditions.terminating) {
                    (Some(false), Some(true)) => (Tone::Terminating, "terminating"),
                    (Some(false), _) => (Tone::Running, "not ready"),
                    (Some(true) | None, _) => (Tone::Ready, "ready"),
                };
                members.insert(*place, is_there.then_some(state));
            };
            of(&change.before).iter().for_each(|endpoint| note(endpoint, false));
            of(&change.after).iter().for_each(|endpoint| note(endpoint, true));
            for (place, state) in members {
                let bar = &mut pods[place].endpoints;
                match state {
                    Some((tone, word)) => push(bar, index, change.at, (tone, word.to_owned(), 0)),
                    None => close(bar, change.at),
                }
            }
        }
    }
    pods.iter_mut().for_each(|lanes| close(&mut lanes.endpoints, history.end));
}

/// How containers were stopped: the grace period, the preStop hook, and the time after SIGTERM.
pub(crate) fn stops(
    history: &History,
    subjects: &[Option<Subject>],
    pods: &mut [PodLanes],
    places: &SortedMap<ObjectKey, usize>,
) {
    for (index, moment) in history.moments.iter().enumerate() {
        let place = subjects[index].as_ref().and_then(|subject| places.get(&subject.pod));
        for why in moment.whys.iter().filter(|why| why.rule == Rule::ContainerKilled) {
            let name = why.facts.iter().rev().find_map(Fact::container).map(str::to_owned);
            let grace = why.facts.iter().rev().find_map(Fact::grace);
            let (Some(place), Some(name), Some(grace)) = (place, name, grace) else { continue };
            if let Some(lane) = pods[*place].containers.iter_mut().find(|lane| lane.name == name) {
                let to = moment.at + grace;
                lane.graces.push(Backoff { from: moment.at, to, label: span(grace), moment: index });
            }
        }
        for call in &moment.calls {
            let (Some(pod), Some(name)) = (&call.pod, &call.container) else { continue };
            let place = places.get(pod);
            let lane = place.and_then(|place| pods[*place].containers.iter_mut().find(|lane| lane.name == *name));
            let Some(lane) = lane else { continue };
            let Some(grace) = lane.graces.last_mut().filter(|grace| moment.at <= grace.to + SLACK) else { continue };
            let segment = |from, to, label: &str| Segment {
                from,
                to,
                moment: index,
                tone: Tone::Terminating,
                label: label.to_owned(),
                attempt: 0,
            };
            match call.name.as_str() {
                "StopContainer" => {
                    if grace.from + SLACK < moment.at {
                        lane.hooks.push(segment(grace.from, moment.at, "preStop"));
                    }
                    lane.hooks.push(segment(moment.at, grace.to.max(moment.at), "SIGTERM"));
                }
                // What is left of the period once the container has ended is not waited for.
                "(exit)" => {
                    grace.to = grace.to.min(moment.at);
                    let last = lane.hooks.last_mut().filter(|last| grace.from <= last.from);
                    if let Some(last) = last {
                        last.to = last.to.min(moment.at);
                    }
                }
                _ => {}
            }
        }
    }
}
