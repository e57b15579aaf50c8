//! Admission: what the API server adds to an object, or refuses it for, by what the cluster holds.
//!
//! Models `plugin/pkg/admission` and `staging/src/k8s.io/apiserver/pkg/admission`, in the order of
//! `pkg/kubeapiserver/options/plugins.go`: first the plugins that change an object, then validation of its fields, then those that
//! only refuse. Left out: webhooks, admission policies, certificates.

mod default_toleration_seconds;
mod limit_ranger;
mod namespace_lifecycle;
mod node_taint;
mod pod_resize;
mod pod_security;
mod pod_security_checks;
mod priority;
mod resource_quota;
mod runtime_class;
mod service_account;
mod storage;

use std::sync::Arc;

use podlapse_manifest::Subresource;
use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Kind, Metadata, Object, ObjectKey};

pub use default_toleration_seconds::default_toleration_seconds;
pub(crate) use namespace_lifecycle::{immortal_namespace, namespace_lifecycle};
pub use priority::priority;
pub(crate) use resource_quota::{matches as quota_matches, usage as quota_usage};
pub(crate) use service_account::service_account;

use super::{ApiContext, ApiError, Store};

/// What a request would write, and what was there before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes<'a> {
    /// Under what name; the prefix of a name that is generated later.
    pub(super) key: &'a ObjectKey,
    /// The object as it would be stored.
    pub(super) object: &'a Object,
    /// The object before an update.
    pub(super) old: Option<&'a Object>,
    /// The part of the API that the request comes through.
    pub(super) through: Subresource,
}

impl Attributes<'_> {
    /// Whether a Pod asks for something: a new one, or one that is resized.
    fn is_asking(&self) -> bool {
        self.old.is_none() || self.through == Subresource::Resize
    }
}

/// The key of a Pod, by the prefix of its name where that is not chosen yet.
fn pod_key(pod: &Pod) -> ObjectKey {
    let metadata = &pod.metadata;
    let name = metadata.name.as_deref().or(metadata.generate_name.as_deref()).unwrap_or_default();
    ObjectKey::new(Kind::Pod, metadata.namespace(), name)
}

/// What is added to a new object, or why it is refused before its fields are looked at.
pub(super) fn admit(store: &Store, object: &mut Object, key: &ObjectKey, cx: &mut ApiContext<'_>) -> Result<(), ApiError> {
    namespace_lifecycle(store, key)?;
    if let Object::Pod(pod) = object {
        let pod = Arc::make_mut(pod);
        limit_ranger::set_defaults(store, pod);
        service_account(store, pod, cx.random)?;
        priority(store, pod)?;
        default_toleration_seconds(pod);
        runtime_class::set_overhead(store, pod, key)?;
    } else if let Object::PersistentVolumeClaim(claim) = object {
        storage::default_class(store, Arc::make_mut(claim));
    } else if let Object::Node(node) = object {
        node_taint::node_taint(Arc::make_mut(node));
    }
    storage::protect(object);
    Ok(())
}

/// What is added to a Pod that is resized.
pub(super) fn admit_resize(store: &Store, object: &mut Object) {
    if let Object::Pod(pod) = object {
        limit_ranger::set_defaults(store, Arc::make_mut(pod));
    }
}

/// Why a valid object is refused; else the quotas with what it uses.
pub(super) fn validate(
    store: &Store,
    attributes: Attributes<'_>,
    cx: &mut ApiContext<'_>,
) -> Result<Vec<resource_quota::Charged>, ApiError> {
    limit_ranger::check(store, attributes)?;
    service_account::check_ephemeral(store, attributes)?;
    priority::check_default(store, attributes)?;
    pod_security::check(store, attributes, &mut cx.warnings)?;
    storage::check_resize(store, attributes)?;
    runtime_class::check_overhead(store, attributes)?;
    pod_resize::check(store, attributes)?;
    resource_quota::check(store, attributes, cx)
}
