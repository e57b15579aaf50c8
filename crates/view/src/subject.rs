//! Which Pod and container a moment is about.
//!
//! A step of the kubelet says so in its facts, in what it writes, or in the runtime's answer that it deals with. Where it says
//! nothing, its direct effects do, and after them its cause.

use podlapse_core::why::Fact;
use podlapse_model::{Kind, ObjectKey};

use crate::events::event_row;
use crate::{History, Moment};

/// A Pod, and the container of it that is meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    pub(crate) pod: ObjectKey,
    pub(crate) container: Option<String>,
}

/// The subject of each moment.
pub(crate) fn subjects(history: &History) -> Vec<Option<Subject>> {
    let mut subjects: Vec<Option<Subject>> = history.moments.iter().map(own).collect();
    let place_of = |id: u64| history.moments.binary_search_by(|moment| moment.id.wrapping_add(1).cmp(&id.wrapping_add(1))).ok();
    let causes: Vec<Option<usize>> = history.moments.iter().map(|moment| moment.cause.and_then(place_of)).collect();
    let told = subjects.clone();
    for (index, subject) in told.iter().enumerate() {
        let Some(cause) = causes[index].filter(|cause| subjects[*cause].is_none()) else { continue };
        subjects[cause] = subject.clone();
    }
    for index in 0..subjects.len() {
        if let (None, Some(cause)) = (&subjects[index], causes[index].filter(|cause| *cause < index)) {
            subjects[index] = subjects[cause].clone();
        }
    }
    subjects
}

fn own(moment: &Moment) -> Option<Subject> {
    let facts = || moment.whys.iter().flat_map(|why| &why.facts);
    let container = facts().find_map(Fact::container).map(str::to_owned);
    let changed = moment.changes.iter().map(|change| &change.key);
    if let Some(pod) = facts().filter_map(Fact::object).chain(changed).find(|key| key.kind == Kind::Pod) {
        return Some(Subject { pod: pod.clone(), container });
    }
    let event = moment.changes.iter().find_map(|change| event_row(0, change)).filter(|event| event.key.kind == Kind::Pod);
    if let Some(event) = event {
        return Some(Subject { pod: event.key, container: container.or(event.container) });
    }
    let call = moment.calls.iter().find_map(|call| Some((call.pod.clone()?, call.container.clone())));
    call.map(|(pod, called)| Subject { pod, container: container.or(called) })
}
