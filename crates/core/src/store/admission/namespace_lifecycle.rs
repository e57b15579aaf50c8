//! No object without its namespace.
//!
//! Models `staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle` `Admit`.

use podlapse_model::{Kind, Object, ObjectKey};

use crate::store::{ApiError, Store};

/// Refuses that a namespace goes which every cluster needs.
pub(crate) fn immortal_namespace(key: &ObjectKey) -> Result<(), ApiError> {
    let is_immortal = ["default", "kube-system", "kube-public"].contains(&key.name.as_str());
    if key.kind == Kind::Namespace && is_immortal {
        return Err(ApiError::forbidden(key, "this namespace may not be deleted"));
    }
    Ok(())
}

/// Refuses what would be created in a namespace that is missing or on its way out.
pub(crate) fn namespace_lifecycle(store: &Store, key: &ObjectKey) -> Result<(), ApiError> {
    // What is not modelled may be of the cluster.
    if !key.kind.is_namespaced() || (key.kind == Kind::Unmodelled && key.namespace.as_str().is_empty()) {
        return Ok(());
    }
    let namespace = ObjectKey::new(Kind::Namespace, "", key.namespace.as_str());
    match store.get(&namespace) {
        Some(Object::Namespace(found)) if found.metadata.deletion_timestamp.is_some() => {
            let why = format!("unable to create new content in namespace {} because it is being terminated", key.namespace);
            Err(ApiError::forbidden(key, why))
        }
        Some(_) => Ok(()),
        None => Err(ApiError::not_found(&namespace)),
    }
}
