//! Pods scheduled in a second, on the large cases, with every node filtered and scored and every table kept until the next Pod.
//!
//! `cargo bench -p podlapse-tests --bench scheduling`. One thread; reading the input is not counted.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures the time of the machine")]

use std::path::Path;
use std::time::Instant;

use podlapse_tests::topics::{cluster, read_input};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/scheduling");
    for name in ["large-basic-1", "large-spread-2", "large-affinity-3", "large-tight-4"] {
        let cluster = read_input(&folder.join(format!("{name}.json"))).and_then(|text| cluster(&text));
        let mut cluster = match cluster {
            Ok(cluster) => cluster,
            Err(error) => {
                println!("{name}: {error}");
                continue;
            }
        };
        let began = Instant::now();
        let pods = cluster.pending().to_vec();
        let tried = pods.iter().filter_map(|pod| cluster.attempt(pod, &mut |_, _| 0)).count();
        let elapsed = began.elapsed().as_secs_f64();
        println!("{name}: {tried} Pods in {elapsed:.3} s, {:.0} Pods/s", tried as f64 / elapsed);
    }
}
