//! Every example reaches what its title promises, and opens at a moment of that.

use podlapse_view::{Example, History, RunView, TERMS, Tell, example, examples};

/// What a run comes to.
#[derive(Clone, Copy, Debug)]
enum Reach {
    /// A Pod with this STATUS.
    Status(&'static str),
    /// An event with this reason.
    Event(&'static str),
    /// An event whose message holds this.
    Message(&'static str),
    /// A container that was in a state of this name.
    Reason(&'static str),
}

const GALLERY: &[(&str, &[Reach])] = &[
    ("phases", &[Reach::Status("Completed"), Reach::Status("Error"), Reach::Status("Running"), Reach::Status("Pending")]),
    ("init-and-sidecar", &[Reach::Status("Init:0/2"), Reach::Status("PodInitializing"), Reach::Status("Running")]),
    ("init-waits", &[Reach::Status("Init:0/1"), Reach::Status("PodInitializing"), Reach::Status("Running")]),
    ("gpu", &[Reach::Message("Insufficient example.com/gpu"), Reach::Status("Running")]),
    ("host-port", &[Reach::Message("didn't have free ports"), Reach::Status("Running")]),
    ("taint", &[Reach::Message("untolerated taint"), Reach::Status("Running")]),
    ("scores", &[Reach::Event("Scheduled"), Reach::Status("Running")]),
    ("anti-affinity", &[Reach::Message("anti-affinity"), Reach::Status("Running"), Reach::Status("Pending")]),
    ("topology-spread", &[Reach::Event("Scheduled"), Reach::Status("Running")]),
    ("preemption", &[Reach::Event("Preempted"), Reach::Status("Terminating")]),
    ("scheduling-gates", &[Reach::Status("SchedulingGated"), Reach::Status("Running")]),
    ("image-name-invalid", &[Reach::Status("InvalidImageName")]),
    ("registry-unreachable", &[Reach::Status("ErrImagePull"), Reach::Status("ImagePullBackOff"), Reach::Message("i/o timeout")]),
    ("image-too-slow", &[Reach::Status("ErrImagePull"), Reach::Message("context deadline exceeded")]),
    ("private-registry-deployment", &[Reach::Status("Running"), Reach::Event("Pulled")]),
    ("command-missing", &[Reach::Status("RunContainerError"), Reach::Status("CrashLoopBackOff")]),
    ("create-error", &[Reach::Status("CreateContainerError"), Reach::Status("Running")]),
    ("config-missing", &[Reach::Status("CreateContainerConfigError"), Reach::Status("Running")]),
    ("run-as-non-root", &[Reach::Status("CreateContainerConfigError"), Reach::Message("runAsNonRoot")]),
    ("sandbox-fails", &[Reach::Event("FailedCreatePodSandBox"), Reach::Status("ContainerCreating"), Reach::Status("Running")]),
    ("network-not-ready", &[Reach::Event("NetworkNotReady")]),
    ("post-start-fails", &[Reach::Event("FailedPostStartHook")]),
    ("restart-policies", &[Reach::Status("CrashLoopBackOff"), Reach::Status("Error"), Reach::Status("Completed")]),
    ("back-off-reset", &[Reach::Status("CrashLoopBackOff")]),
    ("oom-killed", &[Reach::Status("OOMKilled"), Reach::Status("CrashLoopBackOff")]),
    ("process-killed", &[Reach::Status("Running"), Reach::Reason("Error")]),
    ("port-taken", &[Reach::Status("Running"), Reach::Status("Error"), Reach::Status("CrashLoopBackOff")]),
    ("init-fails", &[Reach::Status("Init:Error"), Reach::Status("Init:CrashLoopBackOff")]),
    ("termination-message", &[Reach::Status("Error")]),
    ("readiness", &[Reach::Event("Unhealthy"), Reach::Status("Running")]),
    ("startup-probe", &[Reach::Event("Unhealthy"), Reach::Status("Running")]),
    ("tcp-and-grpc", &[Reach::Event("Unhealthy"), Reach::Event("Killing")]),
    ("graceful-delete", &[Reach::Status("Terminating"), Reach::Event("Killing")]),
    ("ignores-sigterm", &[Reach::Status("Terminating")]),
    ("force-delete", &[Reach::Status("Running")]),
    ("finalizer", &[Reach::Status("Terminating")]),
    ("secret-missing", &[Reach::Event("FailedMount"), Reach::Status("ContainerCreating"), Reach::Status("Running")]),
    ("config-appears", &[Reach::Event("FailedMount"), Reach::Status("ContainerCreating"), Reach::Status("Running")]),
    ("claim-missing", &[Reach::Message("persistentvolumeclaim \"data\" not found"), Reach::Status("Pending")]),
    ("static-volume", &[Reach::Event("Scheduled"), Reach::Status("Running")]),
    ("unknown-field", &[Reach::Status("Running")]),
    ("deployment", &[Reach::Event("ScalingReplicaSet"), Reach::Status("Running"), Reach::Status("Terminating")]),
    ("deployment-stuck", &[Reach::Status("ImagePullBackOff"), Reach::Status("Running")]),
    ("replica-set", &[Reach::Event("SuccessfulCreate"), Reach::Status("Terminating"), Reach::Status("Running")]),
    ("replication-controller", &[Reach::Event("SuccessfulCreate"), Reach::Status("Running")]),
    ("stateful-set", &[Reach::Event("SuccessfulCreate"), Reach::Status("Running"), Reach::Status("Terminating")]),
    ("daemon-set", &[Reach::Event("SuccessfulCreate"), Reach::Status("Running")]),
    ("job", &[Reach::Status("Completed"), Reach::Event("Completed")]),
    ("job-back-off", &[Reach::Status("Error"), Reach::Event("BackoffLimitExceeded")]),
    ("cron-job", &[Reach::Status("Completed"), Reach::Event("SuccessfulCreate")]),
    ("cordon-and-drain", &[Reach::Status("Terminating"), Reach::Status("Running")]),
    ("drain-blocked", &[Reach::Status("Terminating"), Reach::Status("Pending"), Reach::Message("were unschedulable")]),
    ("no-execute", &[Reach::Event("TaintManagerEviction"), Reach::Status("Terminating"), Reach::Status("Running")]),
    ("node-down", &[Reach::Event("NodeNotReady"), Reach::Status("Terminating"), Reach::Status("Running")]),
    ("node-returns", &[Reach::Event("NodeNotReady"), Reach::Status("Terminating")]),
    ("node-deleted", &[Reach::Status("Running")]),
    ("node-down-force-delete", &[Reach::Event("NodeNotReady"), Reach::Status("Running")]),
    ("static-pod", &[Reach::Status("Running")]),
    ("limit-range", &[Reach::Status("Running")]),
    ("quota", &[Reach::Event("FailedCreate"), Reach::Message("exceeded quota: two-pods"), Reach::Status("Running")]),
    ("pod-security", &[Reach::Status("Running")]),
    ("service-account-missing", &[Reach::Status("Running")]),
    ("role-missing", &[Reach::Status("Running")]),
    ("cordon", &[Reach::Message("unschedulable"), Reach::Status("Pending"), Reach::Status("Running")]),
];

fn run(slug: &str) -> RunView {
    let example = example(slug).expect("the example is built in");
    let checked = podlapse_kubectl::simulate(example.slug, example.workload, Some(example.cluster));
    let mut simulation = checked.value.expect("an example without findings is a scenario");
    simulation.run();
    RunView::new(History::from(&simulation))
}

fn reaches(run: &RunView, reach: Reach) -> bool {
    let mut lanes = run.lanes().iter();
    match reach {
        Reach::Status(word) => lanes.any(|pod| pod.status.iter().any(|segment| segment.label == word)),
        Reach::Event(reason) => run.events().iter().any(|event| event.reason == reason),
        Reach::Message(text) => run.events().iter().any(|event| event.message.contains(text)),
        Reach::Reason(word) => {
            lanes.flat_map(|pod| &pod.containers).any(|lane| lane.states.iter().any(|segment| segment.label == word))
        }
    }
}

#[test]
fn every_example_reaches_what_it_promises() {
    let mut missed = Vec::new();
    for (slug, reach) in GALLERY {
        let run = run(slug);
        missed.extend(reach.iter().filter(|reach| !reaches(&run, **reach)).map(|reach| format!("{slug}: {reach:?}")));
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_example_opens_where_it_says() {
    let silent = |example: &&Example| example.tell != Tell::Found && run(example.slug).tells(example.tell).is_none();
    let silent: Vec<_> = examples().iter().filter(silent).map(|example| (example.slug, example.tell)).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_reason_of_the_glossary_is_reached_by_its_example() {
    let mut missed = Vec::new();
    for (name, (slug, tell)) in TERMS.iter().filter_map(|term| Some((term.name, term.example?))) {
        if run(slug).tells(tell).is_none() {
            missed.push(format!("{name}: {slug}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
