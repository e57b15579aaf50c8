//! What holds of every run, shown on every recorded scenario.

// A test says by panicking what is wrong.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use podlapse_core::{Budget, Input, Progress, Simulation};
use podlapse_model::simulation::ActionKind;
use podlapse_model::{Kind, ObjectKey, SimDuration, SimTime};

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/traces");
    let entries = fs::read_dir(folder).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn simulation(folder: &Path) -> Simulation {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let workload = fs::read_to_string(folder.join("workload.yaml")).unwrap();
    let cluster = fs::read_to_string(folder.join("cluster.yaml")).ok();
    podlapse_kubectl::simulate(&name, &workload, cluster.as_deref()).value.unwrap_or_else(|| panic!("{name} cannot be read"))
}

fn recorded(name: &str) -> Simulation {
    simulation(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/traces").join(name))
}

#[test]
fn every_change_has_a_reason_and_every_cause_lies_before_its_effect() {
    for folder in scenarios() {
        let mut run = simulation(&folder);
        run.run();
        for step in run.timeline().steps() {
            let what: Vec<String> = step.changes.iter().map(|change| change.key.to_string()).collect();
            assert!(what.is_empty() || !step.why.is_empty(), "{}: at {} nothing explains {what:?}", folder.display(), step.at);
            assert!(step.cause.is_none_or(|cause| cause < step.id), "{}: step {:?}", folder.display(), step.id);
        }
    }
}

#[test]
fn a_run_computed_in_slices_is_the_run_computed_at_once() {
    for name in ["crashloop-exit1", "exec-liveness", "init-containers-ok", "delete-grace-5"] {
        let (mut whole, mut sliced) = (recorded(name), recorded(name));
        whole.run();
        let end = sliced.end();
        while let Progress::Paused { .. } = sliced.advance(Budget { until: end, events: 7 }) {}
        assert_eq!(whole.digest(), sliced.digest(), "{name}");
    }
}

#[test]
fn going_back_shows_what_was() {
    let mut run = recorded("crashloop-exit1");
    run.run();
    for second in (0..900).step_by(13) {
        let at = SimTime::ZERO + SimDuration::from_secs(second);
        let snapshot = run.seek(at);
        // Leases and heartbeats are worked out when somebody looks: they are no changes.
        let beats = |key: &ObjectKey| matches!(key.kind, Kind::Lease | Kind::Node);
        for (key, object) in snapshot.store().iter().filter(|(key, _)| !beats(key)) {
            assert_eq!(run.timeline().object_at(key, at), Some(object), "{key} at {at}");
        }
    }
}

#[test]
fn a_fork_shares_the_past_and_goes_its_own_way() {
    let mut run = recorded("happy-nginx");
    run.run();
    let at = SimTime::ZERO + SimDuration::from_secs(20);
    let what = ActionKind::Kubectl { line: "delete pod nginx --grace-period=0 --force".to_owned(), stdin: None };
    let mut fork = run.fork(Input { at, what, files: Default::default() });
    fork.run();
    let past = |run: &Simulation| run.timeline().steps().iter().take_while(|step| step.at <= at).count();
    assert_eq!(past(&run), past(&fork) - fork.timeline().steps().iter().filter(|step| step.at == at).count());
    assert!(
        fork.timeline()
            .object_at(&podlapse_model::ObjectKey::new(podlapse_model::Kind::Pod, "default", "nginx"), fork.end())
            .is_none()
    );
    assert!(
        run.timeline()
            .object_at(&podlapse_model::ObjectKey::new(podlapse_model::Kind::Pod, "default", "nginx"), run.end())
            .is_some()
    );
}

#[test]
fn another_seed_moves_the_times_and_not_the_order() {
    let rows = |seed: u64| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/conformance/traces/crashloop-exit1");
        let cluster = fs::read_to_string(folder.join("cluster.yaml")).unwrap().replace("seed: 1", &format!("seed: {seed}"));
        let workload = fs::read_to_string(folder.join("workload.yaml")).unwrap();
        let mut run = podlapse_kubectl::simulate("crash", &workload, Some(&cluster)).value.unwrap();
        run.run();
        let trace = podlapse_view::trace(&run);
        let restarts: Vec<(String, f64)> = trace["watch"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| (change["row"]["restarts"].as_str().unwrap()[..1].to_owned(), change["t"].as_f64().unwrap()))
            .collect();
        restarts
    };
    let (one, other) = (rows(1), rows(7));
    let order = |rows: &[(String, f64)]| {
        let mut order: Vec<String> = rows.iter().map(|(restarts, _)| restarts.clone()).collect();
        order.dedup();
        order
    };
    assert_eq!(order(&one), order(&other));
    assert_ne!(one, other);
}
