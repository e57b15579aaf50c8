//! What Kubernetes has no object for: the document of `kind: Simulation` (podlapse.dev/v1alpha1).
//!
//! Plain values with every default filled in; `podlapse-manifest` reads them from YAML.

use crate::{SimDuration, SimTime};

/// The spec of the Simulation document.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulationSpec {
    /// Selects the constants table.
    pub kubernetes_version: String,
    /// How long the run lasts when nothing else ends it.
    pub duration: SimDuration,
    /// The wall clock at t = 0, in nanoseconds since the Unix epoch.
    pub start_time_unix_ns: i128,
    /// Seed of every jitter.
    pub seed: u64,
    /// Whether random delays are drawn or take their expected value.
    pub jitter: Jitter,
    /// The share of nodes, in percent, that is enough for the scheduler to choose from; 0 lets it fall as the cluster grows.
    pub percentage_of_nodes_to_score: u8,
    /// Whether the built-in image catalogue exists beside `images`.
    pub catalogue: bool,
    /// What the registries hold.
    pub images: Vec<ImageSpec>,
    /// Registries that behave in a special way.
    pub registries: Vec<RegistrySpec>,
    /// What containers do; the first match wins.
    pub behaviors: Vec<Behavior>,
    /// Files in a node's manifest folder.
    pub static_pods: Vec<StaticPodFile>,
    /// Sandboxes that fail.
    pub sandbox: Vec<SandboxRule>,
    /// What happens later, in the order written.
    pub actions: Vec<Action>,
    /// What must come true.
    pub expect: Vec<Expectation>,
}

/// How chance is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// From the named streams of the seed.
    Seeded,
    /// Every random delay at its expected value.
    None,
}

/// An image that a registry holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSpec {
    /// A reference as written in a Pod.
    pub name: String,
    /// Bytes; default 50Mi.
    pub size: u64,
    /// How long a pull takes; default 1 s.
    pub pull_duration: Option<SimDuration>,
    /// Names of nodes that hold it from the start; `*` is every node.
    pub preloaded: Vec<String>,
    /// Only a matching pull secret opens it.
    pub requires_auth: Option<RegistryAuth>,
    /// Every pull fails with this text.
    pub pull_error: Option<String>,
    /// The image's USER.
    pub user: Option<String>,
    /// The registry no longer has it.
    pub removed: bool,
    /// What runs when the Pod names no command.
    pub entrypoint: Vec<String>,
    /// The arguments that the Pod's args replace.
    pub cmd: Vec<String>,
}

/// Credentials that a private image wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryAuth {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// A registry that behaves in a special way.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistrySpec {
    /// Host, as in `gcr.io`.
    pub host: String,
    /// Whether every pull times out.
    pub unreachable: bool,
    /// How long a pull waits before it times out; default 30 s.
    pub timeout: SimDuration,
}

/// Globs; all that are given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerMatch {
    /// Pod name.
    pub pod: Option<String>,
    /// Container name.
    pub container: Option<String>,
    /// Image as written in the Pod.
    pub image: Option<String>,
    /// Namespace of the Pod.
    pub namespace: Option<String>,
    /// Node the Pod runs on.
    pub node: Option<String>,
}

/// What the containers that match do, start by start.
#[derive(Clone, Debug, PartialEq)]
pub struct Behavior {
    /// Which containers.
    pub matches: ContainerMatch,
    /// The N-th creation uses entry N; the last one repeats.
    pub runs: Vec<RunSpec>,
}

/// One run of a container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunSpec {
    /// When it ends by itself; `None`: it runs until it is stopped.
    pub exit_after: Option<SimDuration>,
    /// Exit code of that end.
    pub exit_code: i32,
    /// Reason that the runtime reports, as in `OOMKilled`.
    pub reason: Option<String>,
    /// Lines that it writes.
    pub logs: Vec<LogLine>,
    /// StartContainer fails with this text.
    pub start_error: Option<String>,
    /// CreateContainer fails with this text.
    pub create_error: Option<String>,
    /// Servers in the container.
    pub listen: Vec<Listener>,
    /// Outcomes of exec probes and hooks.
    pub exec: Vec<ExecOutcome>,
    /// Memory use over time.
    pub memory: Vec<MemoryUse>,
    /// Disk use over time.
    pub disk: Vec<DiskUse>,
    /// What SIGTERM does.
    pub on_sigterm: Option<OnSigterm>,
    /// Written to `terminationMessagePath`.
    pub termination_message: Option<String>,
}

/// A line of output, some time after the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Since the start of the container.
    pub after: SimDuration,
    /// Its text without the line break.
    pub line: String,
}

/// When something holds, counted from the container's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From here.
    pub after: SimDuration,
    /// Up to here, not included.
    pub until: Option<SimDuration>,
}

/// A server in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// TCP port.
    pub port: u16,
    /// When it listens.
    pub window: Window,
    /// HTTP answers; the first whose path and window match.
    pub http: Vec<HttpAnswer>,
    /// gRPC health answers.
    pub grpc: Vec<GrpcAnswer>,
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpAnswer {
    /// Glob over the path.
    pub path: String,
    /// When this answer is given.
    pub window: Window,
    /// Status code; default 200.
    pub status: u16,
    /// Body.
    pub body: String,
    /// How long the answer takes.
    pub takes: SimDuration,
}

/// An answer of the gRPC health service.
#[derive(Clone, Debug, PartialEq)]
pub struct GrpcAnswer {
    /// Service asked for; empty is the server itself.
    pub service: String,
    /// When this answer is given.
    pub window: Window,
    /// `SERVING`, `NOT_SERVING`, ...
    pub status: String,
}

/// The outcome of a command in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecOutcome {
    /// The words joined with a space, or the string after `sh -c`.
    pub command: String,
    /// When this outcome is given.
    pub window: Window,
    /// Exit code.
    pub exit_code: i32,
    /// Output, standard output and error together.
    pub output: String,
    /// How long it takes.
    pub takes: SimDuration,
}

/// Memory use from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// Since the container's start.
    pub after: SimDuration,
    /// Bytes.
    pub usage: u64,
}

/// Disk use from a moment on: of the container's own layer, or of one of its Pod's volumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskUse {
    /// Since the container's start.
    pub after: SimDuration,
    /// Bytes.
    pub usage: u64,
    /// An emptyDir.
    pub volume: Option<String>,
}

/// What a container does on SIGTERM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnSigterm {
    /// Only SIGKILL ends it (137).
    Ignore,
    /// It ends after a while.
    Exit {
        /// How long it takes to end.
        after: SimDuration,
        /// Exit code; default 143.
        code: i32,
    },
}

/// A file in a node's static pod folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticPodFile {
    /// Node name.
    pub node: String,
    /// File name.
    pub file: String,
    /// The Pod's YAML.
    pub manifest: String,
}

/// Sandboxes that fail.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxRule {
    /// Which Pods (`container` and `image` are not read).
    pub matches: ContainerMatch,
    /// How many calls fail; `None`: all.
    pub failures: Option<u32>,
    /// The runtime's text.
    pub error: String,
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: ActionKind,
}

/// Pods that are ended together before a node goes off (`ShutdownGracePeriodByPodPriority` of the kubelet's configuration).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownGroup {
    /// The least priority of a Pod of the group.
    pub priority: i32,
    /// How long they may take.
    pub period: SimDuration,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionKind {
    /// A kubectl command line, without the word kubectl.
    Kubectl {
        /// The line.
        line: String,
        /// Its standard input.
        stdin: Option<String>,
    },
    /// Kubelet and runtime service of a node stop or come back.
    Node {
        /// Node name.
        name: String,
        /// Up or Down.
        up: bool,
        /// Whether its containers die with it.
        reboot: bool,
        /// The groups of Pods that its kubelet ends before the machine goes off; none: it goes off at once.
        shutdown: Vec<ShutdownGroup>,
    },
    /// A registry's image changes.
    Image(ImageSpec),
    /// A process in a container gets a signal.
    Kill {
        /// Pod name.
        pod: String,
        /// Namespace; default `default`.
        namespace: String,
        /// Container name; the first when absent.
        container: Option<String>,
        /// OOM, KILL, TERM, SEGV, ABRT, ...
        signal: String,
    },
    /// The network plugin of a node is ready or not.
    Network {
        /// Node name.
        node: String,
        /// Whether it is ready.
        ready: bool,
    },
    /// A file in a node's manifest folder is written (`Some`) or removed.
    StaticPod {
        /// Node name.
        node: String,
        /// File name.
        file: String,
        /// New content.
        manifest: Option<String>,
    },
}

/// What must come true for `podlapse test` and in the tasks of a course.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// A pattern of Pod names. One Pod is enough for what must come, and none may show what must not.
    pub pod: String,
    /// What is expected of the Pod.
    pub what: Expected,
    /// Within this time after the workload was applied; `None` is the whole run.
    pub within: Option<SimDuration>,
}

/// What is expected of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This condition becomes True.
    Condition(String),
    /// This STATUS shows.
    Status(String),
    /// This STATUS never shows.
    Never(String),
}

impl Default for SimulationSpec {
    fn default() -> Self {
        SimulationSpec {
            kubernetes_version: "1.36".to_owned(),
            duration: SimDuration::from_secs(600),
            // 2026-01-01T00:00:00Z
            start_time_unix_ns: 1_767_225_600_000_000_000,
            seed: 1,
            jitter: Jitter::Seeded,
            percentage_of_nodes_to_score: 0,
            catalogue: true,
            images: Vec::new(),
            registries: Vec::new(),
            behaviors: Vec::new(),
            static_pods: Vec::new(),
            sandbox: Vec::new(),
            actions: Vec::new(),
            expect: Vec::new(),
        }
    }
}
