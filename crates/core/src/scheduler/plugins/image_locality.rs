//! Nodes that already hold the Pod's images are better, the more so the larger and the more widespread these are.
//!
//! Models `plugins/imagelocality` (v1.36).

use podlapse_model::api::core::v1::PodSpec;

use super::{Cx, MAX_NODE_SCORE};

const MEBIBYTE: i64 = 1024 * 1024;
/// Sums below this score nothing.
const MIN_THRESHOLD: i64 = 23 * MEBIBYTE;
/// For each container, the sum from which on the score is full.
const MAX_CONTAINER_THRESHOLD: i64 = 1000 * MEBIBYTE;

/// The scores of all nodes, by slot; `None` if no node holds any of the images.
pub(crate) fn pre_score(cx: Cx<'_>) -> Option<Vec<i64>> {
    let spec = cx.pod.spec()?;
    let total_nodes = cx.cache.node_count();
    let mut sums: Option<Vec<i64>> = None;
    for name in image_names(spec) {
        let Some(image) = cx.cache.image(&normalized(name)) else { continue };
        let spread = image.slots.len() as f64 / total_nodes as f64;
        let part = (image.size as f64 * spread) as i64;
        let sums = sums.get_or_insert_with(|| vec![0; cx.cache.slot_count()]);
        for slot in &image.slots {
            sums[slot.index()] += part;
        }
    }
    let containers = (spec.containers.len() + spec.init_containers.as_ref().map_or(0, Vec::len)) as i64;
    sums.map(|sums| sums.into_iter().map(|sum| score(sum, containers)).collect())
}

fn score(sum: i64, containers: i64) -> i64 {
    let max = MAX_CONTAINER_THRESHOLD * containers;
    MAX_NODE_SCORE * (sum.clamp(MIN_THRESHOLD, max.max(MIN_THRESHOLD)) - MIN_THRESHOLD) / (max - MIN_THRESHOLD)
}

fn image_names(spec: &PodSpec) -> impl Iterator<Item = &str> {
    let containers = spec.init_containers.iter().flatten().chain(&spec.containers).filter_map(|c| c.image.as_deref());
    let volumes = spec.volumes.iter().flatten().filter_map(|volume| volume.image.as_ref()?.reference.as_deref());
    containers.chain(volumes)
}

/// The name with `:latest` where it has no tag.
fn normalized(name: &str) -> String {
    match name.rfind(':') {
        Some(colon) if name.rfind('/').is_none_or(|slash| colon > slash) => name.to_owned(),
        Some(_) | None => format!("{name}:latest"),
    }
}
