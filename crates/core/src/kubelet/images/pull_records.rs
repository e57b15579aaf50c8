//! Who may use an image that the kubelet has pulled.
//!
//! Models `pkg/kubelet/images/pullmanager` `MustAttemptImagePull` and `RecordImagePulled` (v1.36, gate
//! `KubeletEnsureSecretPulledImages` on, policy `NeverVerifyPreloadedImages`): an image that was there before the kubelet pulled it is
//! free to all Pods, one that was pulled with a secret only to Pods that have that secret or its credentials. Not modelled: pulls
//! under way, credentials of service accounts.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::ImageReference;

use super::pull_secrets::PullSecret;

/// What the kubelet remembers of its pulls, by the image's reference on the node and its repository as Pods name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kubelet) struct PullRecords {
    records: SortedMap<Arc<str>, SortedMap<String, Access>>,
}

/// Who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Access {
    /// Every Pod of the node.
    Everybody,
    /// Pods with one of these secrets.
    Holders(Vec<PullSecret>),
}

impl PullRecords {
    /// Whether a Pod with `secrets` has to pull a present image again, to prove that it may use it.
    pub(in crate::kubelet) fn must_attempt(&mut self, image: &str, image_ref: &str, secrets: &[PullSecret]) -> bool {
        let Some(record) = self.records.get_mut(image_ref) else { return false };
        match record.get_mut(&repository(image)) {
            None => true,
            Some(Access::Everybody) => false,
            Some(Access::Holders(holders)) => {
                let known = secrets
                    .iter()
                    .find(|secret| holders.iter().any(|holder| holder.auth == secret.auth || holder.id == secret.id));
                if let Some(secret) = known.filter(|secret| !holders.contains(secret)) {
                    holders.push(secret.clone());
                }
                known.is_none()
            }
        }
    }

    /// A pull succeeded with a secret, or without any.
    pub(in crate::kubelet) fn record(&mut self, image: &str, image_ref: &Arc<str>, secret: Option<&PullSecret>) {
        let access = self.records.entry(image_ref.clone()).or_default().entry(repository(image));
        let access = access.or_insert_with(|| Access::Holders(Vec::new()));
        match (access, secret) {
            (access, None) => *access = Access::Everybody,
            (Access::Holders(holders), Some(secret)) if !holders.contains(secret) => holders.push(secret.clone()),
            (Access::Everybody | Access::Holders(_), Some(_)) => {}
        }
    }
}

fn repository(image: &str) -> String {
    ImageReference::parse(image).map_or_else(|_| image.to_owned(), |reference| reference.repository)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cri::Auth;

    fn secret(id: &str, password: &str) -> PullSecret {
        PullSecret { id: id.into(), auth: Auth { username: "u".to_owned(), password: password.to_owned() } }
    }

    #[test]
    fn an_image_that_was_pulled_with_a_secret_is_for_its_holders() {
        let (mut records, on_node) = (PullRecords::default(), Arc::<str>::from("x@sha256:1"));
        assert!(!records.must_attempt("x:1", &on_node, &[]));
        records.record("x:1", &on_node, Some(&secret("a", "p")));
        assert!(records.must_attempt("x:1", &on_node, &[]));
        assert!(records.must_attempt("x:1", &on_node, &[secret("b", "other")]));
        assert!(!records.must_attempt("x:1", &on_node, &[secret("b", "p")]));
        // The secret counts by its name from now on, whatever its content becomes.
        assert!(!records.must_attempt("x:1", &on_node, &[secret("b", "changed")]));
    }

    #[test]
    fn an_image_that_was_pulled_without_a_secret_is_for_everybody() {
        let (mut records, on_node) = (PullRecords::default(), Arc::<str>::from("x@sha256:1"));
        records.record("x:1", &on_node, Some(&secret("a", "p")));
        records.record("x:1", &on_node, None);
        assert!(!records.must_attempt("x:1", &on_node, &[]));
        assert!(records.must_attempt("y:1", &on_node, &[]));
    }
}
