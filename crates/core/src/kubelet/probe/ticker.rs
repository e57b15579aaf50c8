//! When a probe worker looks.
//!
//! Models the loop of `pkg/kubelet/prober` `worker.run` (v1.36) with the ticker of Go: it ticks every period from the worker's start,
//! whatever the probe takes; one tick that nobody waits for is kept, later ones are lost. A manual trigger is kept likewise and
//! starts the period anew. When both wait, Kubernetes takes either; here the trigger goes first.

use podlapse_model::{SimDuration, SimTime};

/// The clockwork of one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticker {
    period: SimDuration,
    next: SimTime,
    is_busy: bool,
    is_triggered: bool,
}

/// Most of the time that a worker sleeps before its first look: a random share of the period, where the kubelet itself has not run
/// for a period yet. (A kubelet that restarts would else run all probes at once.)
pub fn start_jitter_bound(period: SimDuration, kubelet_has_run: SimDuration) -> SimDuration {
    if kubelet_has_run < period { period } else { SimDuration::ZERO }
}

impl Ticker {
    /// A worker that starts, and looks, at `now`.
    pub fn start(period: SimDuration, now: SimTime) -> Self {
        Ticker { period, next: now + period, is_busy: true, is_triggered: false }
    }

    /// The next tick.
    pub const fn next_tick(&self) -> SimTime {
        self.next
    }

    /// A tick at `now`: whether the worker looks. While the probe runs the tick is kept for later by [`Ticker::done`].
    pub fn tick(&mut self, now: SimTime) -> bool {
        if self.is_busy || now < self.next {
            return false;
        }
        self.advance(now);
        self.is_busy = true;
        true
    }

    /// A manual trigger at `now`: whether the worker looks at once.
    pub fn trigger(&mut self, now: SimTime) -> bool {
        if self.is_busy {
            self.is_triggered = true;
            return false;
        }
        self.next = now + self.period;
        self.is_busy = true;
        true
    }

    /// The look that began is over at `now`: whether the worker looks again at once.
    pub fn done(&mut self, now: SimTime) -> bool {
        self.is_busy = false;
        if self.is_triggered {
            self.is_triggered = false;
            return self.trigger(now);
        }
        self.tick(now)
    }

    /// Moves the next tick past `now`: ticks in between are lost.
    fn advance(&mut self, now: SimTime) {
        let period = self.period.as_nanos().max(1);
        let missed = now.since(self.next).as_nanos() / period;
        self.next += SimDuration::from_nanos(period).times(missed + 1);
    }
}
