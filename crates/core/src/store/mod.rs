//! The API's storage: objects by revision, as in etcd.
//!
//! Every write makes a new revision and a [`Change`]; what happened is the list of changes, so an object at any instant is a
//! lookup. Components never see each other, only changes.

pub mod admission;
mod api;
pub mod authorization;
mod change;
mod eviction;
mod objects;
mod request;
mod service_address;

pub use api::{ApiContext, Applied, apply};
pub(crate) use api::{FOREGROUND_FINALIZER, ORPHAN_FINALIZER, TEMPLATE_GENERATION};
pub use change::{Change, Revision};
pub(crate) use eviction::{budgets_of, set_disruption_allowed};
pub use objects::Store;
pub use request::{ApiError, Propagation, Reason, Request};
