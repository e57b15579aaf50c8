//! What the kubelet knows of one Pod's sandboxes and containers.
//!
//! Models `pkg/kubelet/container` `PodStatus` and `Status` (v1.36): the runtime's answer as the pod life-cycle event generator
//! caches it. Not modelled: cgroup statistics, and the containers' mounts beside what the status shows.

use std::sync::Arc;

use podlapse_model::{SimTime, Uid};

use crate::cri::{self, ContainerId, RuntimePods, SandboxId, SandboxState};

/// The id as a Pod's status writes it.
pub fn status_id(id: &ContainerId) -> String {
    format!("containerd://{}", id.0)
}

/// The id inside a status field, if it is one of this runtime.
pub fn parse_status_id(text: &str) -> Option<ContainerId> {
    text.strip_prefix("containerd://").map(|id| ContainerId(id.into()))
}

/// The runtime's view of one Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeStatus {
    /// Newest first.
    pub sandboxes: Vec<SandboxStatus>,
    /// Newest first.
    pub containers: Vec<RuntimeContainer>,
    /// The addresses of the newest sandbox if it is ready, else the last ones known.
    pub ips: Vec<Arc<str>>,
}

/// A sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxStatus {
    /// Its id.
    pub id: SandboxId,
    /// Whether it holds the Pod's namespaces.
    pub state: SandboxState,
    /// How often the Pod's sandbox was created before.
    pub attempt: u32,
    /// Its address; `None` on the node's network, and once the network was torn down.
    pub ip: Option<Arc<str>>,
    /// When it was created.
    pub created_at: SimTime,
}

/// One run of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeContainer {
    /// Its id.
    pub id: ContainerId,
    /// The name of the container in the Pod's spec.
    pub name: Arc<str>,
    /// What it does, with the times and results that go with it.
    pub state: ContainerState,
    /// When it was created.
    pub created_at: SimTime,
    /// How often the container was started before, from the annotation that the kubelet puts on it.
    pub restart_count: u32,
    /// The hash of the spec it was created from.
    pub hash: u64,
    /// The image's name, as the status shows it.
    pub image: Arc<str>,
    /// The image's id.
    pub image_id: Arc<str>,
    /// The image's reference by digest, which the status shows as `imageID`.
    pub image_ref: Arc<str>,
    /// The sandbox it runs in.
    pub sandbox: SandboxId,
    /// Who runs it, when the runtime says so.
    pub user: Option<LinuxUser>,
    /// The signal that stops it, as in `SIGTERM`, when the runtime says so.
    pub stop_signal: Option<Arc<str>>,
    /// The volumes it mounts.
    pub mounts: Vec<RuntimeMount>,
}

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// It exists and was not started.
    Created,
    /// Its process runs.
    Running {
        /// When the process started.
        started_at: SimTime,
    },
    /// Its process has ended, or could not be started.
    Exited(Exit),
    /// The runtime does not know.
    Unknown {
        /// When the process started, if the runtime still knows.
        started_at: Option<SimTime>,
    },
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// When the process started; `None` if it never did.
    pub started_at: Option<SimTime>,
    /// When it ended.
    pub finished_at: SimTime,
    /// Its exit code.
    pub code: i32,
    /// The runtime's word for it, as in `Completed`, `Error`, `OOMKilled`; may be empty.
    pub reason: Arc<str>,
    /// The termination message; may be empty.
    pub message: Arc<str>,
}

/// The user of a container's first process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinuxUser {
    /// User id.
    pub uid: i64,
    /// Primary group.
    pub gid: i64,
    /// Supplementary groups.
    pub supplemental_groups: Vec<i64>,
}

/// A volume as a container sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeMount {
    /// Path inside the container.
    pub container_path: Arc<str>,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

impl RuntimeContainer {
    /// Whether its process runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, ContainerState::Running { .. })
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<&Exit> {
        match &self.state {
            ContainerState::Exited(exit) => Some(exit),
            ContainerState::Created | ContainerState::Running { .. } | ContainerState::Unknown { .. } => None,
        }
    }
}

impl RuntimeStatus {
    /// What `pods` holds of the Pod with this uid. While no sandbox is ready, a Pod keeps the addresses of `previous`, as an ended
    /// Pod shows the address it had.
    pub fn of_pod(pods: &RuntimePods, pod: &Uid, previous: Option<&RuntimeStatus>) -> RuntimeStatus {
        let mut sandboxes: Vec<SandboxStatus> =
            pods.sandboxes.iter().filter(|sandbox| sandbox.pod == *pod).map(SandboxStatus::from).collect();
        podlapse_model::sort_by_key(&mut sandboxes, |sandbox| std::cmp::Reverse((sandbox.created_at, sandbox.attempt)));
        let mut containers: Vec<RuntimeContainer> =
            pods.containers.iter().filter(|container| container.pod == *pod).map(RuntimeContainer::from).collect();
        podlapse_model::sort_by_key(&mut containers, |container| {
            std::cmp::Reverse((container.created_at, container.restart_count))
        });
        let ready = sandboxes.first().filter(|sandbox| sandbox.state == SandboxState::Ready);
        let mut ips: Vec<Arc<str>> = ready.and_then(|sandbox| sandbox.ip.clone()).into_iter().collect();
        let any_ready = sandboxes.iter().any(|sandbox| sandbox.state == SandboxState::Ready);
        if let Some(previous) = previous.filter(|_| ips.is_empty() && !any_ready) {
            ips.clone_from(&previous.ips);
        }
        RuntimeStatus { sandboxes, containers, ips }
    }

    /// The newest run of the container called `name`.
    pub fn newest(&self, name: &str) -> Option<&RuntimeContainer> {
        self.containers.iter().find(|container| &*container.name == name)
    }

    /// The run with this id.
    pub fn container(&self, id: &ContainerId) -> Option<&RuntimeContainer> {
        self.containers.iter().find(|container| container.id == *id)
    }

    /// Whether any container runs.
    pub fn any_running(&self) -> bool {
        self.containers.iter().any(RuntimeContainer::is_running)
    }
}

impl From<&cri::SandboxStatus> for SandboxStatus {
    fn from(sandbox: &cri::SandboxStatus) -> Self {
        SandboxStatus {
            id: sandbox.id.clone(),
            state: sandbox.state,
            attempt: sandbox.attempt,
            ip: Some(sandbox.ip.clone()).filter(|ip| !ip.is_empty()),
            created_at: sandbox.created_at,
        }
    }
}

impl From<&cri::ContainerStatus> for RuntimeContainer {
    fn from(run: &cri::ContainerStatus) -> Self {
        let state = match run.state {
            cri::ContainerState::Created => ContainerState::Created,
            cri::ContainerState::Running => ContainerState::Running { started_at: run.started_at.unwrap_or(run.created_at) },
            cri::ContainerState::Exited => ContainerState::Exited(Exit {
                started_at: run.started_at,
                finished_at: run.finished_at.unwrap_or(run.created_at),
                code: run.exit_code,
                reason: run.reason.clone(),
                message: run.message.clone(),
            }),
            cri::ContainerState::Unknown => ContainerState::Unknown { started_at: run.started_at },
        };
        let (uid, gid) = run.user;
        RuntimeContainer {
            id: run.id.clone(),
            name: run.name.clone(),
            state,
            created_at: run.created_at,
            restart_count: run.attempt,
            hash: run.hash,
            image: run.image.clone(),
            image_id: run.image_ref.clone(),
            image_ref: run.image_ref.clone(),
            sandbox: run.sandbox.clone(),
            user: Some(LinuxUser { uid, gid, supplemental_groups: run.groups.to_vec() }),
            stop_signal: None,
            mounts: Vec::new(),
        }
    }
}
