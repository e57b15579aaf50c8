//! What every component stands on: the order of events, timers, and named chance.

mod order;
mod queue;
mod rng;

pub use order::{EventKey, Lane};
pub use queue::Queue;
pub use rng::{Draw, Purpose, Random, Stream};
