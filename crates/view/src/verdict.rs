//! What a scenario expects of its run, and whether it came true.

use podlapse_core::store::Change;
use podlapse_model::simulation::{Expectation, Expected};
use podlapse_model::{Object, SimTime, glob, has_condition};
use serde::Serialize;

use crate::{Arg, Messages, RunView, span};

/// Whether something that was expected came true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What was expected, as a sentence.
    pub sentence: String,
    /// Whether it came true.
    pub holds: bool,
    /// When that was decided: when it came, when it came although it must not, or when the time for it was over.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// The index of the moment.
    pub moment: usize,
    /// The STATUS that a Pod of that name had then; `None` if there was none.
    pub status: Option<String>,
}

impl RunView {
    /// Whether what is expected came true, one verdict for each expectation in their order.
    ///
    /// ```
    /// # use podlapse_view::{History, Language, Messages, RunView};
    /// let run = RunView::new(History::default());
    /// assert!(run.verdicts(&[], &Messages::new(Language::English)).is_empty());
    /// ```
    pub fn verdicts(&self, expected: &[Expectation], messages: &Messages) -> Vec<Verdict> {
        expected.iter().map(|expectation| self.verdict(expectation, messages)).collect()
    }

    fn verdict(&self, expectation: &Expectation, messages: &Messages) -> Verdict {
        let deadline = expectation.within.map_or(self.end(), |within| (SimTime::ZERO + within).min(self.end()));
        let found = self.first(expectation).filter(|moment| self.at(*moment) <= deadline);
        let is_wanted = !matches!(expectation.what, Expected::Never(_));
        let moment = found.unwrap_or_else(|| self.moment_at(deadline));
        Verdict {
            sentence: sentence(expectation, messages),
            holds: found.is_some() == is_wanted,
            at: if found.is_some() { self.at(moment).max(SimTime::ZERO) } else { deadline },
            moment,
            status: self.status_at(&expectation.pod, moment).map(str::to_owned),
        }
    }

    /// The first moment at which a Pod is as the expectation says.
    fn first(&self, expectation: &Expectation) -> Option<usize> {
        match &expectation.what {
            Expected::Status(status) | Expected::Never(status) => {
                let mut rows = self.rows().iter();
                rows.find(|row| row.cells[2] == *status && glob(&expectation.pod, row.pod.name.as_str())).map(|row| row.moment)
            }
            Expected::Condition(condition) => {
                let has_it = |change: &Change| match &change.after {
                    Some(Object::Pod(pod)) => has_condition(pod, condition) && glob(&expectation.pod, change.key.name.as_str()),
                    Some(_) | None => false,
                };
                self.history().moments.iter().position(|moment| moment.changes.iter().any(has_it))
            }
        }
    }

    /// The last STATUS that a Pod of a name showed up to a moment.
    fn status_at(&self, pod: &str, moment: usize) -> Option<&str> {
        let rows = self.rows().iter().take_while(|row| row.moment <= moment);
        let last = rows.filter(|row| glob(pod, row.pod.name.as_str())).last()?;
        self.object(&last.pod, moment).map(|_| last.cells[2].as_str())
    }
}

/// An expectation in words.
fn sentence(expectation: &Expectation, messages: &Messages) -> String {
    let (message, what) = match &expectation.what {
        Expected::Condition(condition) => ("expect-condition", condition),
        Expected::Status(status) => ("expect-status", status),
        Expected::Never(status) => ("expect-never", status),
    };
    let sentence = messages.with(message, &[("pod", Arg::from(&expectation.pod)), ("what", Arg::from(what))]);
    match expectation.within {
        None => sentence,
        Some(within) => messages.with("expect-within", &[("sentence", Arg::from(&sentence)), ("time", Arg::from(&span(within)))]),
    }
}

#[cfg(test)]
mod tests {
    use podlapse_model::SimDuration;

    use super::*;
    use crate::Language;
    use crate::recording::recording;

    fn judge(scenario: &str, pod: &str, what: Expected, within: Option<u64>) -> Verdict {
        let run = RunView::new(recording(scenario).history);
        let expectation = Expectation { pod: pod.to_owned(), what, within: within.map(SimDuration::from_secs) };
        run.verdicts(&[expectation], &Messages::new(Language::English)).remove(0)
    }

    #[test]
    fn a_condition_is_met_when_it_becomes_true() {
        let verdict = judge("happy-nginx", "*", Expected::Condition("Ready".to_owned()), Some(60));
        assert!(verdict.holds, "{verdict:?}");
        assert_eq!(verdict.status.as_deref(), Some("Running"));
        assert_eq!(verdict.sentence, "Pod * is Ready within 1m");
    }

    #[test]
    fn what_comes_too_late_is_missed_at_its_deadline() {
        let verdict = judge("crashloop-exit1", "*", Expected::Status("CrashLoopBackOff".to_owned()), Some(1));
        assert!(!verdict.holds);
        assert_eq!(verdict.at, SimTime::ZERO + SimDuration::from_secs(1));
        assert_eq!(verdict.status.as_deref(), Some("ContainerCreating"));
    }

    #[test]
    fn what_must_never_be_is_told_when_it_is() {
        let never = |status: &str| judge("crashloop-exit1", "*", Expected::Never(status.to_owned()), None);
        let broken = never("CrashLoopBackOff");
        assert!(!broken.holds);
        assert_eq!(broken.status.as_deref(), Some("CrashLoopBackOff"));
        assert!(never("OOMKilled").holds);
    }

    #[test]
    fn nobody_else_meets_it() {
        let verdict = judge("happy-nginx", "other-*", Expected::Condition("Ready".to_owned()), None);
        assert_eq!((verdict.holds, verdict.status), (false, None));
    }
}
