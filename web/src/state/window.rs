//! The part of a run that the lanes show.

use podlapse_model::SimTime;
use podlapse_view::RunView;

/// From and to, in nanoseconds of virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The left edge.
    pub from: i64,
    /// The right edge, always after the left one.
    pub to: i64,
}

/// The closest that one can look.
const SHORTEST: i64 = 20_000_000;

impl Default for Window {
    fn default() -> Self {
        Window { from: 0, to: 60_000_000_000 }
    }
}

impl Window {
    /// The whole run, with a little air at its left so that t = 0 is not the very edge.
    pub fn whole(run: &RunView) -> Window {
        let (start, end) = (run.start().as_nanos(), run.end().as_nanos());
        let length = end.saturating_sub(start).max(SHORTEST);
        Window { from: start - length / 100, to: start.saturating_add(length) }
    }

    /// Its length.
    pub fn length(self) -> i64 {
        self.to - self.from
    }

    /// Where an instant lies, from 0 at the left edge to 100 at the right one; outside of that, outside the window.
    pub fn percent(self, at: SimTime) -> f64 {
        (at.as_nanos() as f64 - self.from as f64) / self.length() as f64 * 100.0
    }

    /// The instant at a share of its width, from 0 to 1.
    pub fn instant(self, share: f64) -> SimTime {
        SimTime::from_nanos(self.from.saturating_add((self.length() as f64 * share.clamp(0.0, 1.0)) as i64))
    }

    /// Nearer (`thousandths` under 1000) or farther, with `centre` staying where it is, within `whole`.
    pub fn zoomed(self, thousandths: i64, centre: SimTime, whole: Window) -> Window {
        let length = (i128::from(self.length()) * i128::from(thousandths) / 1_000).max(i128::from(SHORTEST));
        if i128::from(whole.length()) <= length {
            return whole;
        }
        let share = (centre.as_nanos() - self.from).clamp(0, self.length());
        let before = i128::from(share) * length / i128::from(self.length());
        let from = i128::from(centre.as_nanos().clamp(self.from, self.to)) - before;
        Window { from: from as i64, to: (from + length) as i64 }.within(whole)
    }

    /// Moved by so many thousandths of its length.
    pub fn moved(self, thousandths: i64, whole: Window) -> Window {
        let by = (i128::from(self.length()) * i128::from(thousandths) / 1_000) as i64;
        Window { from: self.from.saturating_add(by), to: self.to.saturating_add(by) }.within(whole)
    }

    /// Moved as far as is needed to show an instant.
    pub fn showing(self, at: SimTime, whole: Window) -> Window {
        let at = at.as_nanos();
        if self.from <= at && at <= self.to {
            return self;
        }
        let half = self.length() / 2;
        Window { from: at.saturating_sub(half), to: at.saturating_sub(half).saturating_add(self.length()) }.within(whole)
    }

    fn within(self, whole: Window) -> Window {
        if whole.length() <= self.length() {
            return whole;
        }
        let by = (whole.from - self.from).max(0) + (whole.to - self.to).min(0);
        Window { from: self.from + by, to: self.to + by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Window = Window { from: 0, to: 100_000_000_000 };

    #[test]
    fn zooming_keeps_the_instant_under_the_pointer() {
        let centre = SimTime::from_nanos(25_000_000_000);
        let near = WHOLE.zoomed(500, centre, WHOLE);
        assert_eq!(near, Window { from: 12_500_000_000, to: 62_500_000_000 });
        assert!((near.percent(centre) - WHOLE.percent(centre)).abs() < 1e-9);
        assert_eq!(near.zoomed(4_000, centre, WHOLE), WHOLE);
    }

    #[test]
    fn a_window_never_leaves_the_run() {
        let near = WHOLE.zoomed(100, SimTime::ZERO, WHOLE);
        assert_eq!(near.moved(-5_000, WHOLE).from, 0);
        assert_eq!(near.moved(50_000, WHOLE).to, WHOLE.to);
        assert_eq!(near.showing(SimTime::from_nanos(99_000_000_000), WHOLE).to, WHOLE.to);
    }
}
