//! How long a line of the prompt takes on a cluster of 1000 nodes and 3000 Pods; each line against a frame of the page.
//!
//! `cargo xtask bench`. Times are medians on the machine at hand, from the line to its text.

// A benchmark is the one place where a real clock belongs.
#![allow(clippy::disallowed_methods)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use podlapse_core::Budget;
use podlapse_kubectl::{Asked, Prompt, simulate};
use podlapse_model::{SimDuration, SimTime};

const NODES: usize = 1_000;
const PODS: usize = 3_000;
const ROUNDS: usize = 11;
const FRAME: Duration = Duration::from_millis(16);

const LINES: &[&str] = &[
    "kubectl get pod web-0042",
    "kubectl get pods",
    "kubectl get pods -A -o wide",
    "kubectl get pods -l app=web --sort-by=.metadata.name",
    "kubectl get nodes",
    "kubectl get pods | grep web-01 | head -3",
    "kubectl get pod web-0042 -o yaml",
    "kubectl describe pod web-0042",
    "kubectl describe node node-0042",
    "kubectl get events | tail -5",
];

fn main() -> ExitCode {
    let end = SimTime::ZERO + SimDuration::from_secs(5);
    let mut run = simulate("large", WORKLOAD, Some(&cluster())).value.expect("the scenario is sound");
    run.advance(Budget { until: end, events: u64::MAX });
    let snapshot = run.seek(end);
    let mut prompt = Prompt::new(&run);
    let mut holds = true;
    for line in LINES {
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                let Asked::Answer(answer) = black_box(prompt.ask(&snapshot, line)) else { panic!("{line} only looks") };
                assert_eq!(answer.exit, 0, "{line}: {}", answer.stderr());
                start.elapsed()
            })
            .collect();
        times.sort();
        let median = times[ROUNDS / 2];
        println!("{:>8.3} ms  {line}", median.as_secs_f64() * 1e3);
        holds &= median <= FRAME;
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const WORKLOAD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {containers: [{name: app, image: nginx}]}\n";

/// Nodes, and Pods that run on them already.
fn cluster() -> String {
    let mut text = String::new();
    for node in 0..NODES {
        text.push_str(&format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: node-{node:04}, labels: {{zone: z{}}}}}\nstatus:\n  allocatable: {{cpu: '8', \
             memory: 16Gi, pods: '110'}}\n  capacity: {{cpu: '8', memory: 16Gi, pods: '110'}}\n  conditions: [{{type: Ready, status: \
             'True'}}]\n---\n",
            node % 3
        ));
    }
    for pod in 0..PODS {
        text.push_str(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web-{pod:04}, labels: {{app: web}}}}\nspec:\n  nodeName: node-{:04}\n  \
             containers: [{{name: app, image: nginx, resources: {{requests: {{cpu: 100m}}}}}}]\n---\n",
            pod % NODES
        ));
    }
    text
}
