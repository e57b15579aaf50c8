//! Pods scheduled in a second, in WebAssembly; `scheduling.mjs` beside it calls this in Node and says how to build it.

use podlapse_core::InstantCluster;
use podlapse_core::scheduler::Profile;
use podlapse_model::Object;
use wasm_bindgen::prelude::*;

/// A cluster with the Pods that are to be scheduled.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bench(InstantCluster);

#[wasm_bindgen]
impl Bench {
    /// Reads a large case: documents of nodes and Pods.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Bench, String> {
        let documents = text.split("\n---\n").flat_map(|document| podlapse_manifest::submit(document).entries);
        let objects: Vec<Object> = documents.filter_map(|entry| entry.outcome.ok()).collect();
        let cluster = podlapse_kubectl::instant_cluster(Profile { percentage_of_nodes_to_score: 100 }, objects);
        cluster.map(Bench).map_err(|(_, message)| message)
    }

    /// Tries every Pod once, with every node filtered and scored; answers how many there were.
    pub fn run(&mut self) -> usize {
        let pods = self.0.pending().to_vec();
        pods.iter().filter_map(|pod| self.0.attempt(pod, &mut |_, _| 0)).count()
    }
}
