//! The stages that a Pod has gone through, and how long each took.

use podlapse_model::{Object, ObjectKey, SimDuration, SimTime};

use crate::{RunView, Stage};

/// A Pod's last stay in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Where.
    pub stage: Stage,
    /// The first moment of the stay.
    pub moment: usize,
    /// When the stage before it was done.
    pub from: SimTime,
    /// When its last step was; for the stage that goes on, the shown instant.
    pub to: SimTime,
}

impl Stay {
    /// How long it lasted, or has lasted so far.
    pub fn duration(&self) -> SimDuration {
        self.to.since(self.from)
    }
}

/// Where a Pod has been up to an instant at which `moment` was the last thing that happened: of each stage that it came to the
/// last stay, in the order of time. The last one is where it is.
///
/// A step tells what was done, so a stage lasts from the end of the one before it to its own last step.
///
/// ```
/// use podlapse_view::{RunView, pipeline};
/// use podlapse_model::{Kind, ObjectKey, SimTime};
///
/// let nothing = RunView::new(Default::default());
/// assert!(pipeline(&nothing, &ObjectKey::new(Kind::Pod, "default", "web"), 0, SimTime::ZERO).is_empty());
/// ```
pub fn pipeline(run: &RunView, pod: &ObjectKey, moment: usize, at: SimTime) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    for index in (0..run.len().min(moment + 1)).filter(|index| run.subject(*index) == Some(pod)) {
        let (stage, now) = (run.stage(index), run.at(index));
        // A step that tells of no stage comes while another one is under way.
        if !stays.is_empty() && Stage::told(&run.history().moments[index].whys) != Some(stage) {
            continue;
        }
        match stays.last_mut() {
            Some(last) if last.stage == stage => last.to = now,
            Some(_) | None => {
                let from = stays.last().map_or(now, |last| last.to);
                stays.retain(|stay| stay.stage != stage);
                stays.push(Stay { stage, moment: index, from, to: now });
            }
        }
    }
    if let (Some(last), true) = (stays.last_mut(), is_going_on(run, pod, moment)) {
        last.to = at.max(last.to);
    }
    stays
}

/// Whether something is still to come for a Pod: it exists and has not finished.
fn is_going_on(run: &RunView, pod: &ObjectKey, moment: usize) -> bool {
    let Some(Object::Pod(pod)) = run.object(pod, moment) else { return false };
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    pod.metadata.deletion_timestamp.is_some() || !matches!(phase, Some("Succeeded" | "Failed"))
}
