//! Every Pod tolerates a lost node for five minutes.
//!
//! Models `plugin/pkg/admission/defaulttolerationseconds` `Admit` (v1.36).

use podlapse_model::api::core::v1::{Pod, Toleration};

const SECONDS: i64 = 300;

/// Adds the tolerations of a node that is not ready or unreachable, unless the Pod has its own.
pub fn default_toleration_seconds(pod: &mut Pod) {
    let Some(spec) = pod.spec.as_mut() else { return };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let is_about_it = |toleration: &Toleration| {
            let effect = toleration.effect.as_deref().unwrap_or_default();
            let wanted = toleration.key.as_deref().unwrap_or_default();
            (wanted.is_empty() || wanted == key) && (effect.is_empty() || effect == "NoExecute")
        };
        if spec.tolerations.iter().flatten().any(is_about_it) {
            continue;
        }
        spec.tolerations.get_or_insert_default().push(Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some("NoExecute".to_owned()),
            toleration_seconds: Some(SECONDS),
            ..Toleration::default()
        });
    }
}
