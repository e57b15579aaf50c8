//! A finished run, prepared for looking at.

use podlapse_model::SortedMap;

use podlapse_core::store::Change;
use podlapse_core::why::{Rule, Why};
use podlapse_model::{Kind, Object, ObjectKey, SimTime};

use crate::events::event_row;
use crate::i18n::Messages;
use crate::lanes::lanes;
use crate::marks::node_lanes;
use crate::status::{pod_line, wall_clock};
use crate::subject::{Subject, subjects};
use crate::{ActionMark, BEFORE, DocumentLine, EventRow, History, NodeLane, PodLanes, Stage, Tell, Tone, WatchRow, document};

/// A finished run, prepared so that every instant of it can be shown at once.
#[derive(Debug, PartialEq)]
pub struct RunView {
    history: History,
    subjects: Vec<Option<Subject>>,
    places: SortedMap<u64, usize>,
    versions: SortedMap<ObjectKey, Vec<(usize, usize)>>,
    stages: Vec<Stage>,
    lanes: Vec<PodLanes>,
    nodes: Vec<NodeLane>,
    rows: Vec<WatchRow>,
    events: Vec<EventRow>,
}

impl RunView {
    /// Prepares a run.
    pub fn new(history: History) -> RunView {
        let places = history.moments.iter().enumerate().map(|(index, moment)| (moment.id, index)).collect();
        let mut versions: SortedMap<ObjectKey, Vec<(usize, usize)>> = SortedMap::new();
        let (mut rows, mut events) = (Vec::new(), Vec::new());
        for (index, moment) in history.moments.iter().enumerate() {
            for (place, change) in moment.changes.iter().enumerate() {
                versions.entry(change.key.clone()).or_default().push((index, place));
                events.extend(event_row(index, change));
                rows.extend(watch_row(index, change, history.start_time_unix_ns));
            }
        }
        let subjects = subjects(&history);
        let stages = stages(&history, &subjects);
        let lanes = lanes(&history, &events, &subjects);
        let nodes = node_lanes(&history);
        RunView { history, subjects, places, versions, stages, lanes, nodes, rows, events }
    }

    /// What it was made of.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The lanes of every Pod.
    pub fn lanes(&self) -> &[PodLanes] {
        &self.lanes
    }

    /// The lanes of the nodes to which something happened.
    pub fn node_lanes(&self) -> &[NodeLane] {
        &self.nodes
    }

    /// What a user did.
    pub fn actions(&self) -> &[ActionMark] {
        &self.history.actions
    }

    /// The lines of `kubectl get pods -w`.
    pub fn rows(&self) -> &[WatchRow] {
        &self.rows
    }

    /// Every appearance of an event.
    pub fn events(&self) -> &[EventRow] {
        &self.events
    }

    /// How many moments there are.
    pub fn len(&self) -> usize {
        self.history.moments.len()
    }

    /// Whether nothing happened at all.
    pub fn is_empty(&self) -> bool {
        self.history.moments.is_empty()
    }

    /// When the run ends.
    pub fn end(&self) -> SimTime {
        self.history.end
    }

    /// When the first moment is.
    pub fn start(&self) -> SimTime {
        let first = self.history.moments.iter().find(|moment| moment.id != BEFORE);
        first.map_or(SimTime::ZERO, |moment| moment.at.min(SimTime::ZERO))
    }

    /// When a moment is; the end of the run past the last one.
    pub fn at(&self, moment: usize) -> SimTime {
        self.history.moments.get(moment).map_or(self.history.end, |moment| moment.at)
    }

    /// The stage that a moment belongs to.
    pub fn stage(&self, moment: usize) -> Stage {
        self.stages.get(moment).copied().unwrap_or(Stage::Apply)
    }

    /// The last moment at or before an instant.
    pub fn moment_at(&self, at: SimTime) -> usize {
        self.history.moments.partition_point(|moment| moment.at <= at).saturating_sub(1)
    }

    /// Whether a person would stop at a moment: something that they can see happened there.
    pub fn is_stop(&self, moment: usize) -> bool {
        self.history.moments.get(moment).is_some_and(|moment| {
            let background = !moment.whys.is_empty() && moment.whys.iter().all(|why| why.rule == Rule::NodeStatusReported);
            moment.id != BEFORE && !background && (!moment.changes.is_empty() || !moment.whys.is_empty())
        })
    }

    /// The causes of a moment, the nearest first.
    pub fn causes(&self, moment: usize) -> impl Iterator<Item = usize> {
        let cause = |index: &usize| {
            let cause = self.history.moments.get(*index)?.cause?;
            self.places.get(&cause).copied().filter(|place| place < index)
        };
        std::iter::successors(cause(&moment), move |index| cause(index))
    }

    /// The reasons of a moment. A write that was decided in an earlier step, as a binding is, has the reasons of that step.
    pub fn whys(&self, moment: usize) -> &[Why] {
        let own = |index: usize| self.history.moments.get(index).map(|moment| moment.whys.as_slice()).unwrap_or_default();
        let first = std::iter::once(moment).chain(self.causes(moment)).map(own).find(|whys| !whys.is_empty());
        first.unwrap_or_default()
    }

    /// The STATUS that a Pod has from a moment on, where that moment is a report of the kubelet.
    pub(crate) fn new_status(&self, moment: usize) -> Option<&str> {
        let is_report = self.history.moments.get(moment)?.whys.first()?.rule == Rule::StatusGenerated;
        let mut segments = self.lanes.iter().flat_map(|lanes| &lanes.status);
        segments.find(|segment| is_report && segment.moment == moment).map(|segment| segment.label.as_str())
    }

    /// The title of a moment.
    pub fn title(&self, moment: usize, messages: &Messages) -> String {
        crate::explain::title(self, moment, messages)
    }

    fn change(&self, (moment, place): (usize, usize)) -> &Change {
        &self.history.moments[moment].changes[place]
    }

    /// Every object that exists at a moment, without events.
    pub fn objects(&self, moment: usize) -> impl Iterator<Item = &ObjectKey> {
        let keys = self.versions.keys().filter(|key| key.kind != Kind::Event);
        keys.filter(move |key| self.object(key, moment).is_some())
    }

    /// The objects of a kind that exist at a moment.
    pub(crate) fn objects_of(&self, kind: Kind, moment: usize) -> impl Iterator<Item = &Object> {
        let keys = self.versions.from_key(&ObjectKey::new(kind, "", "")).map(|(key, _)| key);
        keys.take_while(move |key| key.kind == kind).filter_map(move |key| self.object(key, moment))
    }

    /// The object that was written last up to a moment, events and leases left out; of several in one moment the first.
    pub fn last_written(&self, moment: usize) -> Option<&ObjectKey> {
        let moments = self.history.moments.iter().take(moment + 1).rev();
        let is_telling = |key: &&ObjectKey| key.kind != Kind::Event && key.kind != Kind::Lease;
        moments.into_iter().find_map(|moment| moment.changes.iter().map(|change| &change.key).find(is_telling))
    }

    /// An object as it is after a moment.
    pub fn object(&self, key: &ObjectKey, moment: usize) -> Option<&Object> {
        let versions = self.versions.get(key)?;
        let last = versions.partition_point(|(index, _)| *index <= moment).checked_sub(1)?;
        self.change(versions[last]).after.as_ref()
    }

    /// An object as it was before a moment; as it is after it if that moment did not change it.
    pub fn object_before(&self, key: &ObjectKey, moment: usize) -> Option<&Object> {
        let versions = self.versions.get(key)?;
        match versions.iter().find(|(index, _)| *index == moment) {
            Some(place) => self.change(*place).before.as_ref(),
            None => self.object(key, moment),
        }
    }

    /// An object as YAML as it is after a moment, with the lines marked that the moment changed.
    pub fn document(&self, key: &ObjectKey, moment: usize) -> Option<Vec<DocumentLine>> {
        let after = podlapse_kubectl::yaml_of(self.object(key, moment)?);
        let before = self.object_before(key, moment).map(podlapse_kubectl::yaml_of).unwrap_or_default();
        Some(document(&before, &after))
    }

    /// The Pod that a moment is about, if it is about one.
    pub fn subject(&self, moment: usize) -> Option<&ObjectKey> {
        self.subjects.get(moment)?.as_ref().map(|subject| &subject.pod)
    }

    /// The moment that an example opens at, if the run comes to it.
    pub fn tells(&self, tell: Tell) -> Option<usize> {
        match tell {
            Tell::Found => None,
            Tell::Event(reason) => self.events.iter().find(|event| event.reason == reason).map(|event| event.moment),
            Tell::Status(word) => {
                let segments = self.lanes.iter().flat_map(|lanes| &lanes.status);
                segments.filter(|segment| segment.label == word).map(|segment| segment.moment).min()
            }
            Tell::Reason(word) => {
                let states = self.lanes.iter().flat_map(|pod| &pod.containers).flat_map(|lane| &lane.states);
                states.filter(|segment| segment.label == word).map(|segment| segment.moment).min()
            }
            Tell::Condition(word) => self.history.moments.iter().position(|moment| {
                let reasons = |change: &Change| match &change.after {
                    Some(Object::Pod(pod)) => {
                        let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
                        conditions.filter_map(|condition| condition.reason.as_deref()).any(|reason| reason == word)
                    }
                    Some(_) | None => false,
                };
                moment.changes.iter().any(reasons)
            }),
        }
    }

    /// The moment that tells most of the run: a second wait of a back-off, else the first failure, else the first Ready Pod.
    pub fn telling_moment(&self) -> usize {
        let segments = || self.lanes.iter().flat_map(|lanes| &lanes.status);
        let of = |tone| segments().filter(move |segment| segment.tone == tone).map(|segment| segment.moment);
        let waits = self.lanes.iter().flat_map(|lanes| &lanes.containers).flat_map(|lane| &lane.backoffs);
        let second_wait = waits.map(|wait| wait.moment).nth(1);
        let restarted = self
            .history
            .moments
            .iter()
            .position(|moment| moment.whys.iter().any(|why| matches!(why.rule, Rule::ContainerKilled | Rule::Unschedulable)));
        let found = second_wait.or_else(|| of(Tone::BackOff).next()).or_else(|| of(Tone::Failing).next());
        found.or(restarted).or_else(|| of(Tone::Ready).next()).unwrap_or(self.len().saturating_sub(1))
    }
}

/// The stage of each moment. One whose reasons say nothing of a stage is in that of its Pod, which begins by being applied; where no
/// Pod is meant, the stage before it goes on.
fn stages(history: &History, subjects: &[Option<Subject>]) -> Vec<Stage> {
    let mut reached: SortedMap<&ObjectKey, Stage> = SortedMap::new();
    let mut last = Stage::Apply;
    let mut stages = Vec::with_capacity(history.moments.len());
    for (moment, subject) in history.moments.iter().zip(subjects) {
        let pod = subject.as_ref().map(|subject| &subject.pod);
        let of_pod = pod.map(|pod| reached.get(&pod).copied().unwrap_or(Stage::Apply));
        // What a user does later does not take a Pod back to its beginning.
        let told = Stage::told(&moment.whys).filter(|told| *told != Stage::Apply || of_pod.is_none());
        last = told.or(of_pod).unwrap_or(last);
        reached.extend(pod.map(|pod| (pod, last)));
        stages.push(last);
    }
    stages
}

/// The line that `kubectl get pods -w` prints for a change to a Pod.
fn watch_row(moment: usize, change: &Change, start_time_unix_ns: i128) -> Option<WatchRow> {
    let Object::Pod(pod) = change.object() else { return None };
    let (row, tone) = pod_line(pod, &wall_clock(start_time_unix_ns, change.at));
    let cells = [row.name, row.ready, row.status, row.restarts_cell, row.age];
    Some(WatchRow { at: change.at, moment, pod: change.key.clone(), cells, tone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::recording;
    use crate::{LineMark, Messages};

    #[test]
    fn rows_are_those_that_kubectl_printed() {
        for name in ["crashloop-exit1", "exec-liveness", "pull-nonexist", "init-containers-ok", "delete-grace-5"] {
            let recorded = recording(name);
            let run = RunView::new(recorded.history);
            let mut rows: Vec<[String; 3]> =
                run.rows().iter().map(|row| [row.cells[0].clone(), row.cells[1].clone(), row.cells[2].clone()]).collect();
            rows.dedup();
            let cell = |row: &serde_json::Value, name: &str| row["row"][name].as_str().unwrap().to_owned();
            let mut expected: Vec<[String; 3]> = recorded.trace["watch"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| [cell(row, "name"), cell(row, "ready"), cell(row, "status")])
                .collect();
            expected.dedup();
            assert_eq!(rows, expected, "{name}");
        }
    }

    #[test]
    fn lanes_follow_the_pod() {
        let run = RunView::new(recording("crashloop-exit1").history);
        let [pod] = run.lanes() else { panic!("one Pod: {:?}", run.lanes()) };
        let labels: Vec<_> = pod.status.iter().map(|segment| segment.label.as_str()).collect();
        assert_eq!(labels[..3], ["Pending", "ContainerCreating", "Error"]);
        assert!(labels.contains(&"CrashLoopBackOff"));
        assert_eq!(pod.status.last().unwrap().to, run.end());
        for pair in pod.status.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "no gap and no overlap");
        }
        assert_eq!(pod.containers.len(), 1);
        let [pull] = &pod.containers[0].pulls[..] else { panic!("one pull: {:?}", pod.containers[0].pulls) };
        let took = pull.to.since(pull.from).as_millis();
        assert!((1_900..2_400).contains(&took), "{took} ms");
    }

    #[test]
    fn a_lane_ends_when_its_pod_is_gone() {
        let run = RunView::new(recording("delete-grace-5").history);
        let status = &run.lanes()[0].status;
        assert!(status.iter().any(|segment| segment.tone == Tone::Terminating));
        assert!(status.last().unwrap().to < run.end());
    }

    #[test]
    fn an_object_is_shown_as_it_was_with_the_changes_of_the_step() {
        let run = RunView::new(recording("exec-liveness").history);
        let pod = run.lanes()[0].key.clone();
        let created = run.subject(0).map(|_| run.document(&pod, 0).unwrap()).unwrap();
        assert!(created.iter().all(|line| line.mark == LineMark::Added));
        let restarted = run.rows().iter().find(|row| row.cells[3].starts_with('1')).unwrap().moment;
        let lines = run.document(&pod, restarted).unwrap();
        let added = lines.iter().filter(|line| line.mark == LineMark::Added);
        assert!(added.map(|line| line.text.trim()).any(|text| text == "restartCount: 1"));
        assert!(
            run.document(&pod, restarted + 1)
                .unwrap()
                .iter()
                .all(|line| line.mark == LineMark::Same || restarted + 1 == run.len())
        );
    }

    #[test]
    fn causes_lead_back_to_the_first_step() {
        let run = RunView::new(recording("happy-nginx").history);
        let chain: Vec<_> = run.causes(3).collect();
        assert_eq!(chain, [2, 1, 0]);
        assert_ne!(run.title(3, &Messages::new(crate::Language::Chinese)), "");
    }
}
