//! From the old ReplicaSets to the new one.
//!
//! Models `pkg/controller/deployment/rolling.go` `rolloutRolling` and `recreate.go` `rolloutRecreate` (v1.36).

use podlapse_model::Metadata;
use podlapse_model::api::apps::v1::ReplicaSet;

use super::status::is_complete;
use super::{Rollout, available, replicas};
use crate::controllers::owned::{is_controlled_by, is_over, pods_in};

/// Grows the new set and shrinks the old ones within the bounds of the strategy.
pub(crate) fn rolling(rollout: &mut Rollout<'_>) {
    rollout.find_new_replica_set(true);
    if scale_up_new(rollout) || scale_down_old(rollout) {
        return;
    }
    clean_up_if_complete(rollout);
}

/// Grows the new set once nothing of the old ones runs.
pub(crate) fn recreate(rollout: &mut Rollout<'_>) {
    rollout.find_new_replica_set(false);
    let mut has_scaled = false;
    for set in std::mem::take(&mut rollout.old) {
        let shrinks = replicas(&set) > 0;
        has_scaled |= shrinks;
        let set = if shrinks { rollout.scale_set(set, 0) } else { set };
        rollout.old.push(set);
    }
    if has_scaled || old_pods_run(rollout) {
        return;
    }
    rollout.find_new_replica_set(true);
    let wanted = rollout.wanted();
    if let Some(set) = rollout.new.take() {
        let set = if replicas(&set) == wanted { set } else { rollout.scale_set(set, wanted) };
        rollout.new = Some(set);
    }
    clean_up_if_complete(rollout);
}

fn clean_up_if_complete(rollout: &mut Rollout<'_>) {
    let status = rollout.deployment.status.clone().unwrap_or_default();
    if is_complete(&rollout.deployment, &status) {
        rollout.cleanup();
    }
}

fn old_pods_run(rollout: &Rollout<'_>) -> bool {
    let said = |set: &ReplicaSet| set.status.as_ref().map_or(0, |status| status.replicas);
    if rollout.old.iter().any(|set| said(set) > 0) {
        return true;
    }
    let namespace = rollout.deployment.namespace();
    let of_old =
        |pod: &podlapse_model::api::core::v1::Pod| rollout.old.iter().any(|set| is_controlled_by(&pod.metadata, &set.metadata));
    pods_in(rollout.view.store, namespace).any(|pod| !is_over(pod) && of_old(pod))
}

fn scale_up_new(rollout: &mut Rollout<'_>) -> bool {
    let Some(set) = rollout.new.take() else { return false };
    let wanted = rollout.wanted();
    let from = replicas(&set);
    let size = match from.cmp(&wanted) {
        std::cmp::Ordering::Equal => from,
        std::cmp::Ordering::Greater => wanted,
        std::cmp::Ordering::Less => rollout.new_size(&set),
    };
    let set = if from == wanted { set } else { rollout.scale_set(set, size) };
    rollout.new = Some(set);
    size != from
}

fn scale_down_old(rollout: &mut Rollout<'_>) -> bool {
    let old: i32 = rollout.old.iter().map(replicas).sum();
    if old == 0 {
        return false;
    }
    let all: i32 = rollout.all().map(replicas).sum();
    let min_available = rollout.wanted() - rollout.max_unavailable();
    let new_unavailable = rollout.new.as_ref().map_or(0, |set| replicas(set) - available(set));
    let max_down = all - min_available - new_unavailable;
    if max_down <= 0 {
        return false;
    }
    // First those that do not work, as they cost nothing; then as many as availability allows.
    let cleaned = shrink(rollout, max_down, |set| replicas(set) - available(set));
    let spare = rollout.all().map(available).sum::<i32>() - min_available;
    let scaled = if spare > 0 { shrink(rollout, spare, replicas) } else { 0 };
    cleaned + scaled > 0
}

/// Takes up to `limit` Pods from the old sets, from each at most what `most` says. How many.
fn shrink(rollout: &mut Rollout<'_>, limit: i32, most: impl Fn(&ReplicaSet) -> i32) -> i32 {
    let mut done = 0;
    for set in std::mem::take(&mut rollout.old) {
        let down = most(&set).min(limit - done).min(replicas(&set)).max(0);
        done += down;
        let set = if down > 0 {
            let size = replicas(&set) - down;
            rollout.scale_set(set, size)
        } else {
            set
        };
        rollout.old.push(set);
    }
    done
}
