//! Named chance.
//!
//! Each random draw comes from a stream with one purpose, so that a new draw in one place does not shift all others. A draw is a
//! pure function of seed, purpose, whom it concerns and how many were drawn before; the numbers are SplitMix64's.

use std::collections::BTreeMap;

use podlapse_model::{SimDuration, simulation::Jitter};

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The pod worker's requeue after a sync (`wait.Jitter` in `completeWork`).
    PodWorkerRequeue,
    /// The phase of the kubelet's one-second relist.
    RelistPhase,
    /// The phase of the kubelet's one-second sync ticker.
    SyncTickPhase,
    /// The phase of the status manager's ten-second ticker.
    StatusTickPhase,
    /// How long a probe worker of a young kubelet waits.
    ProbeStart,
    /// Which of several equal nodes is taken.
    SchedulerTie,
    /// The random part of generated names and of the service account volume's name.
    GeneratedName,
    /// uids.
    Uid,
    /// Container and sandbox ids.
    ContainerId,
    /// The few milliseconds by which one pull differs from the next.
    PullLatency,
    /// How long kubectl needs to reach the API server.
    ClientLatency,
    /// Controllers' requeues.
    ControllerRequeue,
    /// The phase of a controller's or the node's own periodic work.
    PeriodPhase,
    /// Addresses and ports of Services.
    ServiceAddress,
    /// How long a node takes from the start of its kubelet until it is registered.
    NodeRegistration,
    /// Which Pod behind a Service gets a connection.
    Endpoint,
    /// From one measurement of a Pod's volumes to the next.
    VolumeStats,
}

/// A drawn delay with its bounds, so that views can show earliest and latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// What was drawn.
    pub value: SimDuration,
    /// The least it could have been.
    pub min: SimDuration,
    /// The most it could have been.
    pub max: SimDuration,
}

/// The source of all chance in a run.
#[derive(Clone, Debug)]
pub struct Random {
    seed: u64,
    jitter: Jitter,
    /// How many numbers each stream has given, by the hash of its purpose and of whom it concerns. A tree, as there are many thousands.
    drawn: BTreeMap<u64, u64>,
}

impl Random {
    /// Chance from a seed.
    pub fn new(seed: u64, jitter: Jitter) -> Self {
        Random { seed, jitter, drawn: BTreeMap::new() }
    }

    /// The next 64 bits of a stream, whatever the scenario says of jitter: for names and ids.
    pub fn bits(&mut self, purpose: Purpose, of: &str) -> u64 {
        let start = stream_hash(self.seed, purpose, of);
        let index = self.next_index(stream_hash(0, purpose, of));
        split_mix(start.wrapping_add(index))
    }

    /// A number below `bound` by lot: which of several equals is taken.
    pub fn below(&mut self, purpose: Purpose, of: &str, bound: u64) -> u64 {
        scale(self.bits(purpose, of), bound)
    }

    /// The next point of a stream's evenly spread sequence, as a fraction of 2^64.
    ///
    /// The points are van der Corput's, so that already a few draws cover their range: a single run is typical rather than lucky.
    /// The seed turns the sequence of each stream by another amount; seed 1 leaves it, and begins in the middle.
    fn spread(&mut self, purpose: Purpose, of: &str) -> u64 {
        let stream = stream_hash(0, purpose, of);
        let turn = stream.wrapping_mul(self.seed.wrapping_sub(1));
        self.next_index(stream).reverse_bits().wrapping_add(turn)
    }

    /// The number of the next draw of a stream, from 1.
    fn next_index(&mut self, stream: u64) -> u64 {
        let index = self.drawn.entry(stream).or_insert(0);
        *index += 1;
        *index
    }

    /// A delay between `min` and `max`.
    pub fn between(&mut self, purpose: Purpose, of: &str, min: SimDuration, max: SimDuration) -> Draw {
        let width = max.saturating_sub(min);
        let point = match self.jitter {
            Jitter::Seeded => self.spread(purpose, of),
            Jitter::None => 1 << 63,
        };
        let value = min + SimDuration::from_nanos(scale(point, width.as_nanos()));
        Draw { value, min, max }
    }

    /// `base` to `base * (1 + factor)` with the factor in percent, as `wait.Jitter` draws it.
    ///
    /// ```
    /// use podlapse_core::kernel::{Purpose, Random};
    /// use podlapse_model::{SimDuration, simulation::Jitter};
    /// let mut random = Random::new(1, Jitter::None);
    /// let draw = random.jitter(Purpose::PodWorkerRequeue, "uid", SimDuration::from_secs(10), 50);
    /// assert_eq!(draw.value, SimDuration::from_millis(12_500));
    /// ```
    pub fn jitter(&mut self, purpose: Purpose, of: &str, base: SimDuration, factor_percent: u64) -> Draw {
        self.between(purpose, of, base, base + base.ratio(factor_percent, 100))
    }

    /// `length` characters of the alphabet that Kubernetes generates names from (`rand.String`).
    pub fn name_suffix(&mut self, of: &str, length: usize) -> String {
        const ALPHANUMS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length)
            .map(|_| {
                let index = self.bits(Purpose::GeneratedName, of) % ALPHANUMS.len() as u64;
                char::from(ALPHANUMS[index as usize])
            })
            .collect()
    }

    /// A version 4 uid.
    pub fn uid(&mut self, of: &str) -> String {
        let (a, b) = (self.bits(Purpose::Uid, of), self.bits(Purpose::Uid, of));
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }

    /// 64 hexadecimal digits, as containerd names containers and sandboxes.
    pub fn container_id(&mut self, of: &str) -> String {
        (0..4).map(|_| format!("{:016x}", self.bits(Purpose::ContainerId, of))).collect()
    }
}

/// `point` of 2^64 as a number below `bound`.
fn scale(point: u64, bound: u64) -> u64 {
    ((u128::from(point) * u128::from(bound.max(1))) >> 64) as u64
}

/// Where a stream begins.
fn stream_hash(seed: u64, purpose: Purpose, of: &str) -> u64 {
    of.bytes().fold(split_mix(seed ^ ((purpose as u64) << 56)), |state, byte| split_mix(state ^ u64::from(byte)))
}

fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_do_not_disturb_each_other() {
        let mut one = Random::new(7, Jitter::Seeded);
        let mut two = Random::new(7, Jitter::Seeded);
        two.bits(Purpose::Uid, "other");
        assert_eq!(one.bits(Purpose::PodWorkerRequeue, "a"), two.bits(Purpose::PodWorkerRequeue, "a"));
        assert_ne!(one.bits(Purpose::PodWorkerRequeue, "a"), one.bits(Purpose::PodWorkerRequeue, "b"));
    }

    #[test]
    fn a_draw_stays_within_its_bounds() {
        let mut random = Random::new(3, Jitter::Seeded);
        for _ in 0..1000 {
            let draw = random.jitter(Purpose::PodWorkerRequeue, "a", SimDuration::from_secs(10), 50);
            assert!(draw.min <= draw.value && draw.value <= draw.max);
        }
    }
}
