//! Values and objects of Kubernetes as Podlapse simulates them.
//!
//! Pure data: nothing here knows of time passing, chance, files or text for people.

mod object;
mod quantity;
pub mod simulation;
mod time;

pub use k8s_openapi::api;
pub use k8s_openapi::apimachinery;
pub use object::{Kind, Name, Namespace, Object, ObjectKey, Uid, Unmodelled};
pub use quantity::{Format, Quantity, QuantityError};
pub use time::{SimDuration, SimTime};
