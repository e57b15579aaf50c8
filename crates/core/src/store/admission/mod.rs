//! Admission: what the API server adds to an object, or refuses it for, by what the cluster holds.
//!
//! Models `plugin/pkg/admission`, in the order of `pkg/kubeapiserver/options/plugins.go`.

mod default_toleration_seconds;
mod namespace_lifecycle;
mod priority;
mod service_account;

pub use default_toleration_seconds::default_toleration_seconds;
pub(crate) use namespace_lifecycle::namespace_lifecycle;
pub use priority::priority;
pub(crate) use service_account::service_account;
