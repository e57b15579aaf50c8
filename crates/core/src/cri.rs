//! The language between the kubelet and the container runtime.
//!
//! Models the Container Runtime Interface (`k8s.io/cri-api`) as far as the simulated runtime speaks it.

use podlapse_model::SortedMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{ContainerImage, Pod};
use podlapse_model::{SimDuration, SimTime, Uid};

/// The id of a container, without the runtime's prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub Arc<str>);

/// The id of a Pod sandbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SandboxId(pub Arc<str>);

/// Matches an answer to its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A call of the kubelet.
#[derive(Clone, Debug)]
pub enum Call {
    /// Creates and starts the sandbox of a Pod.
    RunPodSandbox {
        /// The Pod.
        pod: Arc<Pod>,
        /// How many sandboxes it had before.
        attempt: u32,
    },
    /// Stops a sandbox and what still runs in it.
    StopPodSandbox(SandboxId),
    /// Forgets a sandbox.
    RemovePodSandbox(SandboxId),
    /// Whether an image is on the node.
    ImageStatus {
        /// The reference as written in the Pod.
        image: Arc<str>,
    },
    /// Fetches an image.
    PullImage {
        /// The reference as the kubelet passes it.
        image: Arc<str>,
        /// Credentials that may open it, tried in order; none means anonymous.
        auths: Vec<Auth>,
        /// The Pod that wants it.
        pod: Uid,
    },
    /// Creates a container.
    CreateContainer {
        /// In which sandbox.
        sandbox: SandboxId,
        /// Its Pod.
        pod: Arc<Pod>,
        /// The container of the spec, resolved.
        config: Arc<ContainerConfig>,
    },
    /// Starts a created container.
    StartContainer(ContainerId),
    /// Gives a container that runs other resources.
    UpdateContainerResources {
        /// Which.
        id: ContainerId,
        /// Its memory limit in bytes.
        memory_limit: Option<u64>,
    },
    /// Stops a container: SIGTERM, then SIGKILL after the timeout.
    StopContainer {
        /// Which.
        id: ContainerId,
        /// How long it may take to end by itself.
        timeout: SimDuration,
    },
    /// Puts files where the containers of a Pod will see them. (Not part of the CRI: the kubelet writes into the node's file system.)
    FillVolume {
        /// The Pod.
        pod: Uid,
        /// Name of the Pod's volume.
        volume: String,
        /// A directory of the node that it is; `None`: one of its own.
        host_path: Option<String>,
        /// Files by path.
        files: SortedMap<String, VolumeFile>,
    },
    /// Reads files out of a Pod's volumes. (Not part of the CRI: the kubelet reads the node's file system.)
    ReadVolumes {
        /// The Pod.
        pod: Uid,
        /// Volumes and paths in them.
        files: Vec<(String, String)>,
    },
    /// Forgets a dead container.
    RemoveContainer(ContainerId),
    /// Runs a command in a container.
    ExecSync {
        /// Where.
        id: ContainerId,
        /// The words.
        command: Vec<String>,
        /// How long it may take.
        timeout: SimDuration,
    },
    /// Runs a command in a container for a user, whose streams it has, as long as it takes.
    Exec {
        /// Where.
        id: ContainerId,
        /// The words.
        command: Vec<String>,
        /// What it reads.
        stdin: String,
    },
    /// A connection to a port of a container, as probes and hooks make it. (Not part of the CRI: the kubelet dials the Pod's IP.)
    Dial {
        /// The container whose probe it is.
        id: ContainerId,
        /// What is said.
        request: Dial,
        /// How long it may take.
        timeout: SimDuration,
    },
    /// What containers and volumes use, where something is known of it.
    Usages,
    /// What the runtime knows of all Pods.
    ListPods,
}

/// What is said over a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dial {
    /// Only connects.
    Tcp {
        /// Port.
        port: u16,
    },
    /// An HTTP GET.
    Http {
        /// Port.
        port: u16,
        /// Path with its query.
        path: String,
        /// Whether TLS is spoken.
        https: bool,
    },
    /// A gRPC health check.
    Grpc {
        /// Port.
        port: u16,
        /// Service name.
        service: String,
    },
}

/// The outcome of a [`Dial`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialResult {
    /// The connection was made (TCP).
    Connected,
    /// An HTTP answer.
    Http {
        /// Status code.
        status: u16,
        /// Body.
        body: String,
    },
    /// A gRPC health answer (`SERVING`, `NOT_SERVING`, `UNKNOWN`), or none for an unknown service.
    Grpc(Option<String>),
    /// Somebody answers in plain HTTP who was spoken to in TLS.
    NotTls,
    /// Nobody listens.
    Refused,
    /// No answer in time.
    TimedOut,
}

/// A user name and password for a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// A container as the kubelet asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerConfig {
    /// Name in the Pod.
    pub name: Arc<str>,
    /// What its host is called, if the Pod has a network of its own.
    pub hostname: String,
    /// Image as written in the Pod.
    pub image: Arc<str>,
    /// The image's id on the node.
    pub image_ref: Arc<str>,
    /// Restart count, which the runtime keeps as the attempt.
    pub attempt: u32,
    /// Hash of what a change of would restart it.
    pub hash: u64,
    /// `command` with variables expanded; empty: the image's.
    pub command: Vec<String>,
    /// `args` with variables expanded.
    pub args: Vec<String>,
    /// Working directory; empty: the image's.
    pub working_dir: String,
    /// Whether its input stays open, from a terminal or a pipe.
    pub open_input: bool,
    /// Environment.
    pub env: BTreeMap<String, String>,
    /// Volumes it sees.
    pub mounts: Vec<Mount>,
    /// Where its termination message lies.
    pub termination_message_path: String,
    /// Whether the end of its output stands in for a message that it did not write (`FallbackToLogsOnError`).
    pub falls_back_to_logs: bool,
    /// Memory limit in bytes.
    pub memory_limit: Option<u64>,
    /// Who it runs as, and what it may do.
    pub security: Security,
    /// Files that the kubelet and the runtime make for it, by path.
    pub files: Vec<(&'static str, String)>,
}

/// Who a container runs as, and what it may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// The user it is made to run as.
    pub run_as_user: Option<i64>,
    /// The group it is made to run as.
    pub run_as_group: Option<i64>,
    /// Further groups, that of its volumes among them.
    pub supplemental_groups: Vec<i64>,
    /// Whether only volumes can be written.
    pub read_only_root: bool,
    /// A seccomp profile that has to lie on the node.
    pub seccomp_profile: Option<Arc<str>>,
    /// An AppArmor profile that has to be loaded on the node.
    pub apparmor_profile: Option<Arc<str>>,
}

/// A volume in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Name of the Pod's volume.
    pub volume: String,
    /// Where it appears.
    pub path: String,
    /// A path inside the volume.
    pub sub_path: String,
    /// Whether it cannot be written.
    pub read_only: bool,
}

/// Whether a sandbox runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxState {
    /// It runs.
    Ready,
    /// It was stopped.
    NotReady,
}

/// A sandbox as the runtime reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxStatus {
    /// Id.
    pub id: SandboxId,
    /// The Pod's uid.
    pub pod: Uid,
    /// The Pod's namespace and name, as its metadata says.
    pub pod_name: (Arc<str>, Arc<str>),
    /// Whether it runs.
    pub state: SandboxState,
    /// How many the Pod had before.
    pub attempt: u32,
    /// Since when.
    pub created_at: SimTime,
    /// Its address; empty on the node's network.
    pub ip: Arc<str>,
}

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Created and not started.
    Created,
    /// Running.
    Running,
    /// Ended.
    Exited,
    /// The runtime lost track of it.
    Unknown,
}

/// A container as the runtime reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerStatus {
    /// Id.
    pub id: ContainerId,
    /// Its sandbox.
    pub sandbox: SandboxId,
    /// The Pod's uid.
    pub pod: Uid,
    /// Name in the Pod.
    pub name: Arc<str>,
    /// What it does.
    pub state: ContainerState,
    /// When it was created.
    pub created_at: SimTime,
    /// When it was started.
    pub started_at: Option<SimTime>,
    /// When it ended.
    pub finished_at: Option<SimTime>,
    /// How it ended.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, ...
    pub reason: Arc<str>,
    /// Termination message or the runtime's error.
    pub message: Arc<str>,
    /// How often the container was restarted before.
    pub attempt: u32,
    /// The hash it was created with.
    pub hash: u64,
    /// Image as written in the Pod, normalised.
    pub image: Arc<str>,
    /// Image with digest.
    pub image_ref: Arc<str>,
    /// User and group that the process runs as.
    pub user: (i64, i64),
    /// Its supplementary groups.
    pub groups: Arc<[i64]>,
}

/// What the runtime answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To `RunPodSandbox`.
    Sandbox(Result<SandboxStatus, CriError>),
    /// To `ImageStatus`.
    Image(Option<ImageOnNode>),
    /// To `PullImage`.
    Pulled(Result<PulledImage, CriError>),
    /// To `CreateContainer`.
    Created(Result<ContainerId, CriError>),
    /// To `StartContainer`, `StopContainer`, `StopPodSandbox`, `RemoveContainer`, `RemovePodSandbox`.
    Done(Result<(), CriError>),
    /// To `ExecSync`.
    Exec(Result<ExecResult, CriError>),
    /// To `ReadVolumes`.
    Files(VolumeFiles),
    /// To `Dial`.
    Dial(DialResult),
    /// To `Usages`.
    Usages(Usages),
    /// To `ListPods`.
    Pods(RuntimePods),
}

/// A file that the kubelet puts into a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeFile {
    /// Its contents.
    pub data: Vec<u8>,
    /// Whether it may be executed.
    pub is_executable: bool,
}

/// Contents by volume and path in it; `None` for a file that is not there.
pub type VolumeFiles = SortedMap<(String, String), Option<Vec<u8>>>;

/// What is used on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usages {
    /// By running containers.
    pub containers: Vec<ContainerUsage>,
    /// By volumes, whoever wrote to them.
    pub volumes: Vec<VolumeUsage>,
}

/// What a container uses, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerUsage {
    /// The Pod's uid.
    pub pod: Uid,
    /// The container's name.
    pub container: Arc<str>,
    /// Its working set.
    pub memory: i64,
    /// Its writable layer.
    pub disk: i64,
}

/// What a volume holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeUsage {
    /// The Pod's uid.
    pub pod: Uid,
    /// The volume's name in the Pod.
    pub volume: Arc<str>,
    /// Bytes.
    pub bytes: i64,
}

/// All sandboxes and containers of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimePods {
    /// Sandboxes.
    pub sandboxes: Vec<SandboxStatus>,
    /// Containers.
    pub containers: Vec<ContainerStatus>,
    /// Images.
    pub images: SortedMap<Arc<str>, ImageOnNode>,
}

/// An image that a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageOnNode {
    /// Normalised reference, as in `docker.io/library/busybox:latest`.
    pub name: Arc<str>,
    /// `NAME@sha256:...`.
    pub digest: Arc<str>,
    /// Bytes.
    pub size: u64,
    /// The image's USER.
    pub user: Option<Arc<str>>,
}

/// Images as the status of a node lists them: the largest first, each with its digest and its tag (`pkg/kubelet/nodestatus` `Images`).
pub fn container_images<'a>(images: impl Iterator<Item = &'a ImageOnNode>) -> Vec<ContainerImage> {
    /// `nodeStatusMaxImages`.
    const MAX_IMAGES: usize = 50;
    let mut images: Vec<&ImageOnNode> = images.collect();
    podlapse_model::sort_by_key(&mut images, |image| std::cmp::Reverse((image.size, image.digest.clone())));
    images.truncate(MAX_IMAGES);
    let listed = images.into_iter().map(|image| ContainerImage {
        names: Some(vec![image.digest.to_string(), image.name.to_string()]),
        size_bytes: i64::try_from(image.size).ok(),
    });
    listed.collect()
}

/// What a pull brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledImage {
    /// The image on the node.
    pub image: ImageOnNode,
    /// Which of the credentials opened it, by its place; `None` if none was given.
    pub opened_by: Option<usize>,
}

/// What a command gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecResult {
    /// Exit code.
    pub exit_code: i32,
    /// Standard output; of a probe or hook standard error too.
    pub output: String,
    /// Standard error of a user's command.
    pub errors: String,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriError {
    /// The gRPC code.
    pub code: GrpcCode,
    /// The runtime's text.
    pub message: String,
}

/// gRPC codes that the runtime uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrpcCode {
    /// Unclassified.
    Unknown,
    /// There is no such thing.
    NotFound,
    /// It took too long.
    DeadlineExceeded,
    /// The caller gave up.
    Canceled,
    /// The service does not answer.
    Unavailable,
}

impl CriError {
    /// The error as an image's events show it: a code of its own is named, an unclassified one is left out.
    pub fn shown(&self) -> String {
        match self.code {
            GrpcCode::Unknown => self.message.clone(),
            GrpcCode::NotFound | GrpcCode::DeadlineExceeded | GrpcCode::Canceled | GrpcCode::Unavailable => self.to_string(),
        }
    }

    /// The error as the kubelet prints it: `rpc error: code = NotFound desc = ...`.
    ///
    /// ```
    /// use podlapse_core::cri::{CriError, GrpcCode};
    /// let error = CriError { code: GrpcCode::NotFound, message: "gone".to_owned() };
    /// assert_eq!(error.to_string(), "rpc error: code = NotFound desc = gone");
    /// ```
    pub fn new(code: GrpcCode, message: impl Into<String>) -> Self {
        CriError { code, message: message.into() }
    }
}

impl std::fmt::Display for CriError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = match self.code {
            GrpcCode::Unknown => "Unknown",
            GrpcCode::NotFound => "NotFound",
            GrpcCode::DeadlineExceeded => "DeadlineExceeded",
            GrpcCode::Canceled => "Canceled",
            GrpcCode::Unavailable => "Unavailable",
        };
        write!(f, "rpc error: code = {code} desc = {}", self.message)
    }
}
