//! Values and objects of Kubernetes as Podlapse simulates them.
//!
//! Pure data: nothing here knows of time passing, chance, files or text for people.

pub mod field;
mod glob;
mod go_duration;
pub mod go_number;
pub mod go_text;
mod image;
mod json;
mod metadata;
mod mirror_pod;
mod node_affinity;
mod object;
pub mod part;
mod pod_condition;
mod pod_spec;
mod priority;
mod qos;
mod quantity;
mod resources;
mod selector;
pub mod simulation;
mod sort;
mod sorted;
mod time;
mod time_zone;
mod toleration;
mod volume;
mod wall;

pub use glob::glob;
pub use image::{ImageError, ImageReference, default_pull_policy, with_default_tag};
pub use json::{ApiValue, Misfit, Visit, VisitMut, from_json, part_to_json, to_json};
pub use k8s_openapi::ByteString;
pub use k8s_openapi::api;
pub use k8s_openapi::apimachinery;
pub use metadata::Metadata;
pub use mirror_pod::{MIRROR_POD, is_mirror};
pub use node_affinity::{NodeSelector, PreferredNodeAffinity, RequiredNodeAffinity};
pub use object::{Kind, Modelled, Name, Namespace, Object, ObjectKey, Uid, Unmodelled};
pub use pod_condition::{has_condition, is_pod_ready};
pub use priority::{SYSTEM_PRIORITY_CLASSES, SystemPriorityClass};
pub use qos::{QosClass, SYSTEM_CRITICAL_PRIORITY, oom_score_adjustment};
pub use quantity::{Format, Quantity, QuantityError};
pub use resources::{ResourceList, ResourceOptions, add_resources, container_requests, default_requests, is_sidecar};
pub use resources::{has_pod_level_requests, max_resources, non_missing_requests, pod_limits, pod_requests, resource_list};
pub use selector::{Labels, Operator, Requirement, Selector, SelectorError};
pub use sort::{sort, sort_by, sort_by_key};
pub use sorted::{Entry, IntoIter, Iter, IterMut, SortedMap, SortedSet};
pub use time::{SimDuration, SimTime};
pub use time_zone::TimeZone;
pub use toleration::{ComparisonOperators, find_untolerated, tolerates};
pub use volume::{
    Seeker, claim_class, claimed_volume, has_access_modes, has_bind_completed, has_same_mode, is_bound_to, is_default_class,
};
pub use volume::{
    is_fully_bound, is_reachable, matching_volume, requested_storage, storage_class, volume_capacity, volume_class,
};
pub use wall::rfc1123;
