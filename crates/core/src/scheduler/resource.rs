//! Amounts of resources as the scheduler adds them up.
//!
//! Models `pkg/scheduler/framework` `Resource` (v1.36): milli-cpu, bytes, and whole units of everything else.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::ResourceList;

/// Amounts of each resource; what is absent is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Thousandths of a core.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
    /// Extended resources, huge pages and attachable volumes, by name.
    pub scalar: SortedMap<Arc<str>, i64>,
    /// How many Pods; only an allocatable has it.
    pub pods: i64,
}

impl Resource {
    /// Reads a resource list: cpu rounded up to thousandths, the rest up to whole units.
    pub(crate) fn of(list: &ResourceList) -> Resource {
        let mut resource = Resource::default();
        for (name, quantity) in list {
            match name.as_str() {
                "cpu" => resource.milli_cpu = quantity.milli_value(),
                "memory" => resource.memory = quantity.value(),
                "ephemeral-storage" => resource.ephemeral_storage = quantity.value(),
                "pods" => resource.pods = quantity.value(),
                other => {
                    if is_scalar(other) {
                        resource.scalar.insert(other.into(), quantity.value());
                    }
                }
            }
        }
        resource
    }

    /// Adds (`sign` 1) or takes away (`sign` -1) what a Pod uses.
    pub(crate) fn add(&mut self, other: &Resource, sign: i64) {
        let signed = |amount: i64| amount.saturating_mul(sign);
        self.milli_cpu = self.milli_cpu.saturating_add(signed(other.milli_cpu));
        self.memory = self.memory.saturating_add(signed(other.memory));
        self.ephemeral_storage = self.ephemeral_storage.saturating_add(signed(other.ephemeral_storage));
        for (name, amount) in &other.scalar {
            let sum = self.scalar.entry(name.clone()).or_default();
            *sum = sum.saturating_add(signed(*amount));
        }
    }

    /// The amount of one extended resource.
    pub fn scalar(&self, name: &str) -> i64 {
        self.scalar.get(name).copied().unwrap_or_default()
    }
}

/// Whether the scheduler counts a resource beyond the four it has fields for.
///
/// Models `pkg/apis/core/v1/helper` `IsScalarResourceName`.
fn is_scalar(name: &str) -> bool {
    let is_prefixed_native = name.contains("kubernetes.io/");
    let is_extended = name.contains('/') && !is_prefixed_native && !name.starts_with("requests.");
    is_extended || is_prefixed_native || name.starts_with("hugepages-") || name.starts_with("attachable-volumes-")
}
