//! The built-in examples: scenarios that the menu of the playground and the CLI share.

/// What an example is about; the menu is grouped by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// How a Pod comes to run.
    Basics,
    /// Where it goes.
    Scheduling,
    /// Its images.
    Images,
    /// What keeps a container from starting.
    Starting,
    /// What ends it, and how it is started again.
    Crashes,
    /// Probes.
    Probes,
    /// How it is stopped.
    Termination,
    /// Volumes, Secrets and ConfigMaps.
    Volumes,
    /// Deployments, Jobs and their kin.
    Workloads,
    /// Nodes that go and come.
    Nodes,
    /// What the API server refuses.
    Api,
    /// Manifests to be mended until what is expected of them comes true.
    Tasks,
}

impl Topic {
    /// Every topic, in the order of the menu.
    pub const ALL: [Topic; 12] = [
        Topic::Basics,
        Topic::Scheduling,
        Topic::Images,
        Topic::Starting,
        Topic::Crashes,
        Topic::Probes,
        Topic::Termination,
        Topic::Volumes,
        Topic::Workloads,
        Topic::Nodes,
        Topic::Api,
        Topic::Tasks,
    ];

    /// Its name in translations.
    pub const fn slug(self) -> &'static str {
        match self {
            Topic::Basics => "basics",
            Topic::Scheduling => "scheduling",
            Topic::Images => "images",
            Topic::Starting => "starting",
            Topic::Crashes => "crashes",
            Topic::Probes => "probes",
            Topic::Termination => "termination",
            Topic::Volumes => "volumes",
            Topic::Workloads => "workloads",
            Topic::Nodes => "nodes",
            Topic::Api => "api",
            Topic::Tasks => "tasks",
        }
    }
}

/// The moment that tells most of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// The one that is found by what happens.
    Found,
    /// The first event with this reason.
    Event(&'static str),
    /// The first Pod with this STATUS.
    Status(&'static str),
    /// The first container in a state with this reason.
    Reason(&'static str),
    /// The first Pod with a condition for this reason.
    Condition(&'static str),
}

/// A built-in scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its name in addresses and on the command line.
    pub slug: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// The moment at which it opens.
    pub tell: Tell,
    /// What is applied at t = 0.
    pub workload: &'static str,
    /// What was there before.
    pub cluster: &'static str,
    /// What it shows, in Markdown; the first heading is its title.
    pub readme: &'static str,
}

impl Example {
    /// Its title in English.
    pub fn title(&self) -> &'static str {
        self.readme.lines().next().map_or(self.slug, |line| line.trim_start_matches("# "))
    }
}

macro_rules! examples {
    ($($slug:literal, $topic:ident, $tell:expr;)*) => {
        &[$(Example {
            slug: $slug,
            topic: Topic::$topic,
            tell: $tell,
            workload: include_str!(concat!("../examples/", $slug, "/workload.yaml")),
            cluster: include_str!(concat!("../examples/", $slug, "/cluster.yaml")),
            readme: include_str!(concat!("../examples/", $slug, "/README.md")),
        }),*]
    };
}

/// Every built-in scenario; the first is what a first visit shows.
///
/// ```
/// let slugs: Vec<_> = podlapse_view::examples().iter().map(|example| example.slug).collect();
/// assert!(slugs.contains(&"crash-loop"));
/// ```
pub fn examples() -> &'static [Example] {
    examples![
        "crash-loop", Crashes, Tell::Found;
        "nginx", Basics, Tell::Found;
        "phases", Basics, Tell::Status("Completed");
        "requests-limits", Basics, Tell::Found;
        "init-and-sidecar", Basics, Tell::Event("Started");
        "init-waits", Basics, Tell::Status("Init:0/1");
        "node-selector", Scheduling, Tell::Event("Scheduled");
        "node-name", Scheduling, Tell::Found;
        "too-little-cpu", Scheduling, Tell::Event("FailedScheduling");
        "gpu", Scheduling, Tell::Event("FailedScheduling");
        "host-port", Scheduling, Tell::Event("FailedScheduling");
        "taint", Scheduling, Tell::Event("FailedScheduling");
        "scores", Scheduling, Tell::Event("Scheduled");
        "anti-affinity", Scheduling, Tell::Event("FailedScheduling");
        "topology-spread", Scheduling, Tell::Found;
        "preemption", Scheduling, Tell::Event("Preempted");
        "scheduling-gates", Scheduling, Tell::Status("SchedulingGated");
        "image-not-found", Images, Tell::Status("ImagePullBackOff");
        "image-name-invalid", Images, Tell::Status("InvalidImageName");
        "registry-unreachable", Images, Tell::Status("ErrImagePull");
        "image-too-slow", Images, Tell::Status("ErrImagePull");
        "private-registry-no-secret", Images, Tell::Status("ErrImagePull");
        "private-registry-secret", Images, Tell::Found;
        "private-registry-deployment", Images, Tell::Event("Pulled");
        "pull-policies", Images, Tell::Status("ErrImageNeverPull");
        "command-missing", Starting, Tell::Status("RunContainerError");
        "create-error", Starting, Tell::Status("CreateContainerError");
        "config-missing", Starting, Tell::Status("CreateContainerConfigError");
        "run-as-non-root", Starting, Tell::Status("CreateContainerConfigError");
        "sandbox-fails", Starting, Tell::Event("FailedCreatePodSandBox");
        "network-not-ready", Starting, Tell::Event("NetworkNotReady");
        "post-start-fails", Starting, Tell::Event("FailedPostStartHook");
        "restart-policies", Crashes, Tell::Status("Error");
        "back-off-reset", Crashes, Tell::Found;
        "oom-killed", Crashes, Tell::Status("OOMKilled");
        "process-killed", Crashes, Tell::Reason("Error");
        "port-taken", Crashes, Tell::Status("CrashLoopBackOff");
        "init-fails", Crashes, Tell::Status("Init:CrashLoopBackOff");
        "termination-message", Crashes, Tell::Status("Error");
        "liveness-exec", Probes, Tell::Found;
        "liveness-http", Probes, Tell::Found;
        "readiness", Probes, Tell::Found;
        "startup-probe", Probes, Tell::Event("Unhealthy");
        "tcp-and-grpc", Probes, Tell::Event("Killing");
        "graceful-delete", Termination, Tell::Status("Terminating");
        "ignores-sigterm", Termination, Tell::Status("Terminating");
        "force-delete", Termination, Tell::Event("Killing");
        "finalizer", Termination, Tell::Status("Terminating");
        "secret-missing", Volumes, Tell::Event("FailedMount");
        "config-appears", Volumes, Tell::Event("FailedMount");
        "claim-missing", Volumes, Tell::Event("FailedScheduling");
        "static-volume", Volumes, Tell::Event("Scheduled");
        "unknown-field", Api, Tell::Found;
        "deployment", Workloads, Tell::Status("Terminating");
        "deployment-stuck", Workloads, Tell::Status("ImagePullBackOff");
        "replica-set", Workloads, Tell::Status("Terminating");
        "replication-controller", Workloads, Tell::Found;
        "stateful-set", Workloads, Tell::Status("Terminating");
        "daemon-set", Workloads, Tell::Found;
        "job", Workloads, Tell::Event("Completed");
        "job-back-off", Workloads, Tell::Event("BackoffLimitExceeded");
        "cron-job", Workloads, Tell::Status("Completed");
        "cordon-and-drain", Nodes, Tell::Status("Terminating");
        "drain-blocked", Nodes, Tell::Status("Terminating");
        "no-execute", Nodes, Tell::Event("TaintManagerEviction");
        "node-down", Nodes, Tell::Event("NodeNotReady");
        "node-returns", Nodes, Tell::Event("NodeNotReady");
        "node-deleted", Nodes, Tell::Event("NodeNotReady");
        "node-down-force-delete", Nodes, Tell::Event("NodeNotReady");
        "static-pod", Nodes, Tell::Found;
        "limit-range", Api, Tell::Found;
        "quota", Api, Tell::Event("FailedCreate");
        "pod-security", Api, Tell::Found;
        "service-account-missing", Api, Tell::Found;
        "role-missing", Api, Tell::Found;
        "cordon", Nodes, Tell::Event("FailedScheduling");
        "task-image", Tasks, Tell::Status("ImagePullBackOff");
        "task-probe", Tasks, Tell::Event("Unhealthy");
        "task-room", Tasks, Tell::Event("FailedScheduling");
        "task-slow-start", Tasks, Tell::Event("Killing");
    ]
}

/// The built-in scenario of that name.
pub fn example(slug: &str) -> Option<&'static Example> {
    examples().iter().find(|example| example.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_a_title_and_a_workload() {
        for example in examples() {
            assert!(example.readme.starts_with("# "), "{}", example.slug);
            assert!(example.workload.contains("kind: "), "{}", example.slug);
            assert_ne!(example.title(), example.slug);
        }
    }

    #[test]
    fn every_topic_has_examples() {
        for topic in Topic::ALL {
            assert!(examples().iter().any(|example| example.topic == topic), "{topic:?}");
        }
    }
}
