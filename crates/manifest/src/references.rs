//! Which other objects of the API a Pod names.
//!
//! Upstream: `VisitPodSecretNames`, `HasAPIObjectReference` in `pkg/api/pod/util.go` (v1.36). No two fields of a Pod that differ in this
//! share a name, so that the names tell.

use podlapse_model::api::core::v1::PodSpec;
use serde_json::Value;

const SECRETS: &[&str] = &["secretRef", "secretKeyRef", "nodePublishSecretRef", "azureFile", "secret", "imagePullSecrets"];
const OTHERS: &[&str] = &[
    "configMapRef",
    "configMapKeyRef",
    "configMap",
    "resourceClaims",
    "csi",
    "glusterfs",
    "persistentVolumeClaim",
    "ephemeral",
    "serviceAccountToken",
    "clusterTrustBundle",
    "podCertificate",
];

/// Whether a Pod needs a secret: for a volume, a variable, or to pull its images.
///
/// ```
/// use podlapse_model::api::core::v1::{LocalObjectReference, PodSpec};
/// let mut spec = PodSpec::default();
/// assert!(!podlapse_manifest::names_secrets(&spec));
/// spec.image_pull_secrets = Some(vec![LocalObjectReference { name: "registry".into() }]);
/// assert!(podlapse_manifest::names_secrets(&spec));
/// ```
pub fn names_secrets(spec: &PodSpec) -> bool {
    has(&podlapse_model::to_json(spec), SECRETS)
}

/// Whether a Pod needs any object of the API, which a static Pod may not.
///
/// ```
/// use podlapse_model::api::core::v1::PodSpec;
/// let spec = PodSpec { service_account_name: Some("builder".into()), ..PodSpec::default() };
/// assert!(podlapse_manifest::names_api_objects(&spec));
/// ```
pub fn names_api_objects(spec: &PodSpec) -> bool {
    let accounts = [&spec.service_account_name, &spec.service_account];
    let json = podlapse_model::to_json(spec);
    accounts.into_iter().flatten().any(|name| !name.is_empty()) || has(&json, SECRETS) || has(&json, OTHERS)
}

/// Whether a field of one of these names has a value with parts of its own: labels and options may be named anything.
fn has(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, inner)| {
            let is_filled = inner.is_object() || inner.as_array().is_some_and(|items| !items.is_empty());
            (is_filled && names.contains(&name.as_str())) || has(inner, names)
        }),
        Value::Array(items) => items.iter().any(|item| has(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_named_like_a_reference_name_nothing() {
        let spec = |value: Value| -> PodSpec { podlapse_model::from_json(value).unwrap() };
        let labelled = spec(json!({"containers": [], "nodeSelector": {"secretRef": "a", "csi": "b"}}));
        assert!(!names_secrets(&labelled) && !names_api_objects(&labelled));
        let volume = |source: Value| spec(json!({"containers": [], "volumes": [source]}));
        assert!(names_secrets(&volume(json!({"name": "v", "azureFile": {"secretName": "a", "shareName": "b"}}))));
        let driver = volume(json!({"name": "v", "csi": {"driver": "d"}}));
        assert!(!names_secrets(&driver) && names_api_objects(&driver));
        assert!(!names_api_objects(&volume(json!({"name": "v", "emptyDir": {}}))));
    }
}
