//! Pods that are scheduled at once, one after the other, in the fields in which decisions of the real scheduler were recorded.

use podlapse_core::InstantCluster;
use podlapse_core::scheduler::{Choose, Outcome};
use serde_json::{Map, Value, json};

use super::recorded::{gated, recorded};

/// A Pod that preempts again and again is given up after so many attempts.
const MAX_ATTEMPTS: u32 = 3;

/// Tries every Pod once, and again those that preempted: `attempts` with every table, `assigned`, `evicted`, and `claims` if there are
/// any.
pub fn instant_decisions(cluster: &mut InstantCluster, choose: &mut Choose<'_>) -> Map<String, Value> {
    let mut attempts = Vec::new();
    let mut round = cluster.pending().to_vec();
    for number in 1..=MAX_ATTEMPTS {
        let mut again = Vec::new();
        for key in round {
            if let Some(rejection) = cluster.pre_enqueue(&key) {
                attempts.push(gated(&key.to_string(), &rejection));
                continue;
            }
            let Some(decision) = cluster.attempt(&key, choose) else { continue };
            attempts.push(recorded(&decision, number));
            if let Outcome::Failed(failure) = &decision.outcome
                && failure.preemption.as_ref().is_some_and(|preemption| preemption.chosen.is_some())
            {
                again.push(key);
            }
        }
        round = again;
    }
    let evicted: Vec<String> = cluster.evicted().iter().map(ToString::to_string).collect();
    let mut output = Map::new();
    if cluster.has_claims() {
        let placed = cluster.pending().iter().filter(|pod| cluster.node_of(pod).is_some());
        let claims =
            placed.flat_map(|pod| cluster.claims_of(pod)).map(|(claim, volume)| (claim, podlapse_model::to_json(&volume)));
        output.insert("claims".to_owned(), Value::Object(claims.collect()));
    }
    output.insert("attempts".to_owned(), Value::Array(attempts));
    output.insert("assigned".to_owned(), assigned(cluster));
    output.insert("evicted".to_owned(), evicted.into());
    output
}

/// Tries every Pod once, for many Pods on many nodes: `nodes`, `existing`, `pending`, `assigned`, and the messages of those that
/// `failed`.
pub fn instant_assignments(cluster: &mut InstantCluster, choose: &mut Choose<'_>) -> Map<String, Value> {
    let mut failed = Map::new();
    for key in cluster.pending().to_vec() {
        let message = match cluster.pre_enqueue(&key) {
            Some(rejection) => rejection.message(),
            None => match cluster.attempt(&key, choose).map(|decision| decision.outcome) {
                Some(Outcome::Failed(failure)) => failure.message,
                Some(Outcome::Scheduled(_)) | None => continue,
            },
        };
        failed.insert(key.to_string(), message.into());
    }
    Map::from_iter([
        ("nodes".to_owned(), json!(cluster.nodes())),
        ("existing".to_owned(), json!(cluster.existing())),
        ("pending".to_owned(), json!(cluster.pending().len())),
        ("assigned".to_owned(), assigned(cluster)),
        ("failed".to_owned(), Value::Object(failed)),
    ])
}

fn assigned(cluster: &InstantCluster) -> Value {
    Value::Object(cluster.pending().iter().map(|pod| (pod.to_string(), json!(cluster.node_of(pod)))).collect())
}
