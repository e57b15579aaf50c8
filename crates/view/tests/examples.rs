//! Every built-in example is read without a finding, runs to its end, and shows what its title promises.

use podlapse_model::{Kind, Object, ObjectKey, SimTime};
use podlapse_view::{Example, History, RunView, Stage, Tone, example, examples, pipeline};

fn run(example: &Example) -> RunView {
    let checked = podlapse_kubectl::simulate(example.slug, example.workload, Some(example.cluster));
    let mut simulation = checked.value.expect("an example without findings is a scenario");
    simulation.run();
    RunView::new(History::from(&simulation))
}

fn run_of(slug: &str) -> RunView {
    run(example(slug).expect("the example is built in"))
}

/// STATUS of a Pod over time, each once.
fn statuses(run: &RunView, pod: &str) -> Vec<String> {
    let lanes = run.lanes().iter().find(|lanes| lanes.name == pod).expect("the Pod has lanes");
    lanes.status.iter().map(|segment| segment.label.clone()).collect()
}

fn last_row(run: &RunView) -> &[String; 5] {
    &run.rows().last().expect("the run has rows").cells
}

fn has_event(run: &RunView, reason: &str) -> bool {
    run.events().iter().any(|event| event.reason == reason)
}

#[test]
fn every_example_is_read_without_a_finding() {
    let findings = |example: &Example| {
        let found = podlapse_kubectl::simulate(example.slug, example.workload, Some(example.cluster)).diagnostics;
        (!found.is_empty()).then(|| format!("{}: {found:?}", example.slug))
    };
    let found: Vec<_> = examples().iter().filter_map(findings).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_example_has_rows_events_and_reasons() {
    for example in examples() {
        let run = run(example);
        assert!(!run.rows().is_empty(), "{}: rows", example.slug);
        assert!(!run.events().is_empty(), "{}: events", example.slug);
        assert!(run.lanes().iter().all(|lanes| !lanes.status.is_empty()), "{}: lanes", example.slug);
        for (index, moment) in run.history().moments.iter().enumerate().skip(1) {
            let keys: Vec<_> = moment.changes.iter().map(|change| change.key.to_string()).collect();
            assert!(
                keys.is_empty() || !run.whys(index).is_empty(),
                "{}: {keys:?} at {} without a reason",
                example.slug,
                moment.at
            );
        }
    }
}

#[test]
fn a_missing_tag_takes_turns_between_two_reasons() {
    let run = run_of("image-not-found");
    let statuses = statuses(&run, "pod-phase");
    let turns = statuses.windows(2).filter(|pair| pair == &["ErrImagePull", "ImagePullBackOff"]).count();
    assert!(3 <= turns, "{statuses:?}");
    let pulls = &run.lanes()[0].containers[0].pulls;
    assert!(pulls.iter().all(|pull| pull.tone == Tone::Failing && pull.to.since(pull.from).as_secs() < 3), "{pulls:?}");
    assert!(turns <= pulls.len(), "{pulls:?}");
    let phases: Vec<_> = run.lanes()[0].phase.iter().map(|segment| segment.label.as_str()).collect();
    assert_eq!(phases, ["Pending"]);
}

#[test]
fn a_crash_loop_waits_twice_as_long_each_time_up_to_five_minutes() {
    let run = run_of("crash-loop");
    let waits: Vec<_> = run.lanes()[0].containers[0].backoffs.iter().map(|wait| wait.label.as_str()).collect();
    assert_eq!(waits[..6], ["10s", "20s", "40s", "1m20s", "2m40s", "5m"]);
}

#[test]
fn a_failed_command_restarts_its_container_after_about_75_seconds() {
    let run = run_of("liveness-exec");
    let restarted = run.rows().iter().find(|row| row.cells[3].starts_with('1')).unwrap();
    let seconds = restarted.at.as_secs_f64();
    assert!((70.0..80.0).contains(&seconds), "{seconds} s");
    let runs: Vec<_> = run.lanes()[0].containers[0].states.iter().map(|segment| segment.attempt).collect();
    assert_eq!(runs[runs.len() - 2..], [2, 3], "each run of the container is a stretch of its own");
    let probes = &run.lanes()[0].containers[0].probes;
    assert!(probes.iter().any(|probe| probe.succeeded) && probes.iter().any(|probe| !probe.succeeded));
}

#[test]
fn http_liveness_fails_from_its_first_probe_on() {
    let run = run_of("liveness-http");
    let probes = &run.lanes()[0].containers[0].probes;
    assert!(15.0 < probes[0].at.as_secs_f64() && !probes[0].succeeded);
    assert!(has_event(&run, "Unhealthy") && has_event(&run, "Killing"));
}

#[test]
fn requests_below_limits_are_burstable() {
    let run = run_of("requests-limits");
    let key = ObjectKey::new(Kind::Pod, "default", "frontend");
    let Some(Object::Pod(pod)) = run.object(&key, run.len() - 1) else { panic!("the Pod is there") };
    assert_eq!(pod.status.as_ref().unwrap().qos_class.as_deref(), Some("Burstable"));
    assert_eq!(last_row(&run)[1], "2/2");
}

#[test]
fn a_label_wakes_the_scheduler() {
    let run = run_of("node-selector");
    assert!(has_event(&run, "FailedScheduling"));
    let scheduled = run.events().iter().find(|event| event.reason == "Scheduled").unwrap();
    assert!(40.0 < scheduled.at.as_secs_f64() && scheduled.message.ends_with("node-2"), "{scheduled:?}");
}

#[test]
fn a_node_name_needs_no_scheduler() {
    let run = run_of("node-name");
    assert!(!has_event(&run, "Scheduled"));
    assert_eq!(last_row(&run)[2], "Running");
}

#[test]
fn too_little_cpu_stays_pending_with_the_scheduler_s_message() {
    let run = run_of("too-little-cpu");
    assert_eq!(statuses(&run, "hungry"), ["Pending"]);
    let event = run.events().iter().find(|event| event.reason == "FailedScheduling").unwrap();
    assert!(event.message.starts_with("0/2 nodes are available: 2 Insufficient cpu."), "{}", event.message);
}

#[test]
fn a_private_registry_opens_for_the_right_secret_only() {
    let refused = statuses(&run_of("private-registry-no-secret"), "tomcat");
    assert!(refused.contains(&"ImagePullBackOff".to_owned()) && !refused.contains(&"Running".to_owned()), "{refused:?}");
    assert_eq!(last_row(&run_of("private-registry-secret"))[2], "Running");
}

#[test]
fn pull_policies_differ() {
    let run = run_of("pull-policies");
    assert_eq!(statuses(&run, "always").last().unwrap(), "Running");
    assert_eq!(statuses(&run, "if-not-present").last().unwrap(), "Running");
    assert_eq!(statuses(&run, "never").last().unwrap(), "ErrImageNeverPull");
    let pulls = |pod: &str| run.lanes().iter().find(|lanes| lanes.name == pod).unwrap().containers[0].pulls.len();
    assert_eq!((pulls("always"), pulls("if-not-present")), (1, 0));
}

#[test]
fn the_happy_pod_becomes_ready_stage_by_stage() {
    let run = run_of("nginx");
    let status = &run.lanes()[0].status;
    assert_eq!(status.last().unwrap().tone, Tone::Ready);
    let stays = pipeline(&run, &run.lanes()[0].key, run.len() - 1, run.end());
    let stages: Vec<Stage> = stays.iter().map(|stay| stay.stage).collect();
    assert_eq!(stages, [Stage::Apply, Stage::Schedule, Stage::Mount, Stage::Pull, Stage::Run, Stage::Probe]);
    assert!(stays.windows(2).all(|pair| pair[0].to == pair[1].from), "{stays:?}");
    assert_eq!(stays[5].to, run.end());
    let ms = |stage: usize| stays[stage].duration().as_millis();
    assert!(ms(1) < 50 && 200 < ms(2) && ms(2) < 1_000 && 1_000 < ms(3), "{stays:?}");
    assert_eq!(run.at(run.telling_moment()), status.last().unwrap().from);
}

#[test]
fn what_a_user_does_later_leaves_a_pod_in_its_stage() {
    let run = run_of("node-down");
    let bare = &run.lanes().iter().find(|lanes| lanes.name == "bare").unwrap().key;
    let stays = pipeline(&run, bare, run.moment_at(SimTime::from_nanos(100_000_000_000)), run.end());
    assert_eq!(stays.last().unwrap().stage, Stage::Run);
}
