//! Admission: what the API server adds to an object, or refuses it for, by what the cluster holds.
//!
//! Models `plugin/pkg/admission`, in the order of `pkg/kubeapiserver/options/plugins.go`.

mod namespace_lifecycle;
mod service_account;

pub(crate) use namespace_lifecycle::namespace_lifecycle;
pub(crate) use service_account::service_account;
