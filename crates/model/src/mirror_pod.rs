//! Pods that only show in the API what a kubelet runs from a file.

use crate::Metadata;
use crate::api::core::v1::Pod;

/// The annotation of a mirror Pod (`ConfigMirrorAnnotationKey`).
pub const MIRROR_POD: &str = "kubernetes.io/config.mirror";

/// Whether a Pod only shows what a kubelet runs from a file.
///
/// Models `IsMirrorPod` of `pkg/kubelet/types/pod_update.go` (v1.36).
///
/// ```
/// use podlapse_model::api::core::v1::Pod;
/// use podlapse_model::{MIRROR_POD, is_mirror};
/// let mut pod = Pod::default();
/// assert!(!is_mirror(&pod));
/// pod.metadata.annotations = Some([(MIRROR_POD.to_owned(), "a hash".to_owned())].into());
/// assert!(is_mirror(&pod));
/// ```
pub fn is_mirror(pod: &Pod) -> bool {
    pod.annotation(MIRROR_POD).is_some()
}
