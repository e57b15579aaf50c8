//! The shown instant, and where it can go.

use podlapse_model::{SimDuration, SimTime};
use podlapse_view::RunView;

use crate::state::Go;

/// The shown instant: everything up to and with `moment` has happened, and it is `at`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Playhead {
    /// The index of the last moment that has happened.
    pub moment: usize,
    /// The instant, not before that moment.
    pub at: SimTime,
}

/// A gap without steps passes in no more than this while playing.
const LONGEST_GAP_MS: u64 = 700;

impl Playhead {
    /// At a moment.
    pub fn on(run: &RunView, moment: usize) -> Playhead {
        Playhead { moment, at: run.at(moment) }
    }

    /// At an instant, kept within the run.
    pub fn at(run: &RunView, at: SimTime) -> Playhead {
        let at = at.clamp(run.start(), run.end());
        Playhead { moment: last_stop(run, run.moment_at(at)), at }
    }

    /// After a move.
    pub fn gone(self, run: &RunView, go: Go) -> Playhead {
        if run.is_empty() {
            return self;
        }
        let end = Playhead { moment: last_stop(run, run.len() - 1), at: run.end() };
        match go {
            Go::Forward => next_stop(run, self.moment).map_or(end, |moment| Playhead::on(run, moment)),
            Go::Back if run.at(self.moment) < self.at => Playhead::on(run, self.moment),
            Go::Back => Playhead::on(run, previous_stop(run, self.moment)),
            Go::StageForward => {
                let stage = run.stage(self.moment);
                let mut moment = self.moment;
                while let Some(next) = next_stop(run, moment) {
                    moment = next;
                    if run.stage(moment) != stage {
                        return Playhead::on(run, moment);
                    }
                }
                end
            }
            Go::StageBack => {
                // The first step of a stage goes on to the stage before it.
                let before = Playhead::gone(self, run, Go::Back).moment;
                let stage = run.stage(before);
                let mut moment = before;
                while 0 < moment && run.stage(previous_stop(run, moment)) == stage {
                    let previous = previous_stop(run, moment);
                    if previous == moment {
                        break;
                    }
                    moment = previous;
                }
                Playhead::on(run, moment)
            }
            Go::Start => Playhead::on(run, first_stop(run)),
            Go::End => end,
            Go::To(moment) => Playhead::on(run, moment.min(run.len() - 1)),
            Go::At(at) => Playhead::at(run, at),
        }
    }

    /// After `ms` of playing at `speed`; where nothing happens for long the time between is skipped.
    pub fn played(self, run: &RunView, ms: u32, speed: u32) -> Playhead {
        let plain = SimDuration::from_millis(u64::from(ms) * u64::from(speed));
        let next = next_stop(run, self.moment).map_or(run.end(), |moment| run.at(moment));
        let gap = next.since(run.at(self.moment));
        let skipping = gap.ratio(u64::from(ms), LONGEST_GAP_MS);
        let at = self.at + plain.max(skipping);
        // What lies between is not jumped over: each step is seen.
        Playhead::at(run, if self.at < next { at.min(next.max(self.at + plain)) } else { at })
    }
}

fn first_stop(run: &RunView) -> usize {
    (0..run.len()).find(|moment| run.is_stop(*moment)).unwrap_or(0)
}

fn last_stop(run: &RunView, moment: usize) -> usize {
    (0..=moment).rev().find(|moment| run.is_stop(*moment)).unwrap_or(0)
}

fn next_stop(run: &RunView, moment: usize) -> Option<usize> {
    (moment + 1..run.len()).find(|moment| run.is_stop(*moment))
}

fn previous_stop(run: &RunView, moment: usize) -> usize {
    (0..moment).rev().find(|moment| run.is_stop(*moment)).unwrap_or_else(|| first_stop(run).min(moment))
}
