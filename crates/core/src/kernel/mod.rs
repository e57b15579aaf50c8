//! What every component stands on: the order of events, timers, and named chance.

mod go_duration;
mod order;
mod period;
mod queue;
mod rng;
mod wall_clock;

pub use go_duration::go_duration;
pub use order::{EventKey, Lane};
pub use period::next_tick;
pub use queue::Queue;
pub use rng::{Draw, Purpose, Random};
pub use wall_clock::WallClock;
