//! The simulation: the one loop that does what the components decide.

mod adopt;
mod api_server;
mod client;
mod cluster;
mod controlling;
mod digest;
mod event;
mod heartbeats;
mod instant;
mod machines;
mod network;
mod nodes;
mod route;
mod scenario;
mod scheduling;
mod simulation;
mod step;
mod timeline;
mod volumes;
mod world;

pub use digest::Digest;
pub use event::Actor;
pub use instant::InstantCluster;
pub use scenario::{Input, Scenario};
pub use simulation::{Budget, Progress, Simulation, Snapshot};
pub use timeline::{CommandRecord, Decided, LogRecord, Step, StepId, Timeline};
