//! The scheduler's tables and its queue, as they are shown of a run.

use podlapse_core::Simulation;
use podlapse_model::{Kind, ObjectKey, SimDuration};
use podlapse_view::{AttemptResult, History, NodeVerdict, QueuePlace, RunView};

fn run(workload: &str, cluster: &str) -> RunView {
    let mut run: Simulation = podlapse_kubectl::simulate("test", workload, Some(cluster)).value.expect("the texts are right");
    run.run();
    RunView::new(History::from(&run))
}

fn pod(name: &str) -> ObjectKey {
    ObjectKey::new(Kind::Pod, "default", name)
}

fn node(name: &str, cpu: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {{allocatable: {{cpu: '{cpu}', memory: 4Gi, pods: '10'}}}}\n---\n"
    )
}

fn wants(name: &str, cpu: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - {{name: app, image: nginx, resources: {{requests: {{cpu: '{cpu}'}}}}}}\n{more}---\n"
    )
}

#[test]
fn a_table_has_a_row_for_each_node_with_the_scores_behind_the_choice() {
    let run = run(&wants("web", "1", ""), &(node("large", "4") + &node("small", "500m") + &node("other", "4")));
    let attempts = run.attempts(&pod("web"), run.len());
    let [attempt] = attempts.as_slice() else { panic!("one attempt: {attempts:?}") };
    let AttemptResult::Scheduled { node, total, feasible, evaluated, tie } = &attempt.result else { panic!("{attempt:?}") };
    assert_eq!((*feasible, *evaluated), (2, 3));
    let tie = tie.as_ref().expect("both large nodes are equally good");
    assert_eq!(tie.among, ["large", "other"]);
    assert_eq!(tie.among[tie.drawn], *node);
    let table = attempt.table();
    assert_eq!(table.nodes.len(), 3);
    for row in &table.nodes {
        match &row.verdict {
            NodeVerdict::Passed => {
                assert_eq!(row.scores.len(), table.plugins.len());
                assert_eq!(Some(row.scores.iter().map(|score| score.weighted).sum()), row.total);
                assert_eq!((row.total, row.is_best, row.is_chosen), (*total, true, row.node == *node));
            }
            NodeVerdict::Rejected { rejection } => {
                assert_eq!((row.node.as_str(), rejection.plugin), ("small", Some("NodeResourcesFit")));
                assert_eq!((row.total, row.is_best, row.is_chosen), (None, false, false));
            }
            NodeVerdict::NotEvaluated => panic!("every node is looked at"),
        }
    }
    assert!(run.scheduling_queue(run.len()).is_empty());
    assert_eq!(run.tried_pods(run.len()), [&pod("web")]);
}

#[test]
fn the_queue_tells_who_rejected_a_pod_and_what_it_waits_for() {
    let gated = wants("gated", "1", "  schedulingGates: [{name: example.com/wait}]\n");
    let run = run(&(wants("big", "8", "") + &gated), &node("only", "4"));
    let queue = run.scheduling_queue(run.len());
    let [big, gated] = queue.as_slice() else { panic!("two wait: {queue:?}") };
    assert_eq!((big.name.as_str(), big.event.as_str()), ("default/big", "ScheduleAttemptFailure"));
    assert_eq!(big.attempts as usize, run.attempts(&big.pod, run.len()).len());
    assert_eq!(big.plugins, ["NodeResourcesFit"]);
    assert!(big.waits_for.contains(&"NodeAdd") && big.waits_for.contains(&"AssignedPodDelete"));
    assert!(matches!(big.place, QueuePlace::Unschedulable { until } if until == big.since + SimDuration::from_secs(300)));
    assert_eq!((gated.name.as_str(), gated.place), ("default/gated", QueuePlace::Gated));
    let rejection = run.pre_enqueue(&gated.pod, run.len()).expect("it has a gate");
    assert_eq!(rejection.reasons, ["waiting for scheduling gates: [example.com/wait]"]);
    let AttemptResult::Failed { message, .. } = &run.attempts(&big.pod, run.len())[0].result else { panic!("it fits nowhere") };
    assert!(message.starts_with("0/1 nodes are available: 1 Insufficient cpu."), "{message}");
}

#[test]
fn a_preemption_names_its_candidates_and_victims() {
    let classes = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n---\n";
    let cluster = node("one", "4") + &node("two", "2") + classes;
    let low = wants("low", "3", "");
    let high = wants("high", "3", "  priorityClassName: high\n");
    let run = run(&(low + &high), &cluster);
    let attempts = run.attempts(&pod("high"), run.len());
    let preempting = attempts.iter().find_map(|attempt| attempt.table().preemption).expect("one preempts");
    assert_eq!(preempting.nominated_node.as_deref(), Some("one"));
    assert_eq!(preempting.victims, ["default/low"]);
    let [candidate] = preempting.candidates.as_slice() else { panic!("{preempting:?}") };
    assert!(candidate.is_best && candidate.is_chosen && preempting.tie.is_none());
}
