//! One container: its record and what runs in it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::simulation::RunSpec;
use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::{FileSystem, Pid, Reply, Signal, User};

use super::exit::Exit;
use super::program::{Interpreted, Program};
use super::web_server::Server;
use crate::cri::{CallId, ContainerConfig, ContainerState, ContainerStatus};

/// A container of the node.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) status: ContainerStatus,
    pub(super) pod: Arc<Pod>,
    pub(super) config: Arc<ContainerConfig>,
    /// What its processes find around them.
    pub(super) setting: Arc<Setting>,
    /// What the scenario or the catalogue says of this run.
    pub(super) run: Option<Arc<RunSpec>>,
    pub(super) program: Option<Program>,
    /// The server of its image, where that is what runs.
    pub(super) server: Option<&'static Server>,
    pub(super) files: FileSystem,
    /// The end of its output.
    pub(super) tail: VecDeque<Arc<str>>,
    /// Calls that wait for its end.
    pub(super) stopping: Vec<CallId>,
    /// When SIGKILL comes.
    pub(super) kill_at: Option<SimTime>,
    /// Commands that run beside its first process.
    pub(super) execs: Vec<Exec>,
    /// The bytes of the files that the kubelet and the runtime put there.
    pub(super) given_bytes: u64,
    /// Whether the kubelet knows that it uses much of the disk.
    pub(super) is_watched: bool,
}

/// What the processes of a container find around them.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// The environment of the container, with what every process has.
    pub(super) env: BTreeMap<String, String>,
    pub(super) hostname: String,
    pub(super) user: User,
}

impl Setting {
    pub(super) fn new(pod: &Pod, config: &ContainerConfig, node: &str) -> Self {
        let security = &config.security;
        let uid = security.run_as_user.unwrap_or(0);
        let gid = security.run_as_group.unwrap_or(0);
        let mut groups = security.supplemental_groups.clone();
        groups.push(gid);
        podlapse_model::sort(&mut groups);
        groups.dedup();
        let spec = pod.spec.as_ref();
        let is_host = spec.and_then(|spec| spec.host_network) == Some(true);
        let hostname = if is_host { node } else { config.hostname.as_str() }.to_owned();
        let mut env = BTreeMap::from([
            ("HOME".to_owned(), if uid == 0 { "/root" } else { "/" }.to_owned()),
            ("HOSTNAME".to_owned(), hostname.clone()),
            ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
        ]);
        env.extend(config.env.clone());
        Setting { env, hostname, user: User { uid, gid, groups } }
    }
}

/// A command in a container.
#[derive(Clone, Debug)]
pub(super) struct Exec {
    pub(super) call: CallId,
    pub(super) process: Interpreted,
    pub(super) started_at: SimTime,
    /// How long it may take; a user's command as long as it likes.
    pub(super) timeout: Option<SimDuration>,
    pub(super) output: String,
    pub(super) errors: String,
}

impl Container {
    pub(super) fn is_running(&self) -> bool {
        self.status.state == ContainerState::Running
    }

    /// When it began; its creation if it never did.
    pub(super) fn since(&self) -> SimTime {
        self.status.started_at.unwrap_or(self.status.created_at)
    }

    /// Whether one of its processes waits for connections on a port, and the directory that it serves there.
    pub(super) fn listens(&self, port: u16) -> Option<Option<&str>> {
        let main = match &self.program {
            Some(Program::Interpreted(process)) => process.listens(port),
            Some(Program::Scripted(_)) | None => None,
        };
        main.or_else(|| self.execs.iter().find_map(|exec| exec.process.listens(port)))
    }

    /// Hands out the signals that processes in it have sent to others; whether there were any.
    pub(super) fn take_signals(&mut self, now: SimTime, sent: Vec<(Pid, Signal)>) -> bool {
        let any = !sent.is_empty();
        for (pid, signal) in sent {
            if pid == Pid(1) {
                self.program.iter_mut().for_each(|program| program.signal(now, signal));
            } else {
                self.execs.iter_mut().for_each(|exec| exec.process.signal_task(pid, signal));
            }
        }
        any
    }

    /// Gives a process in it what the network says.
    pub(super) fn answer(&mut self, pid: Pid, reply: Reply) {
        let main = self.program.iter_mut().filter_map(|program| match program {
            Program::Interpreted(process) => Some(process),
            Program::Scripted(_) => None,
        });
        let mut all = main.chain(self.execs.iter_mut().map(|exec| &mut exec.process));
        if let Some(process) = all.find(|process| process.has(pid)) {
            process.answer(pid, reply);
        }
    }

    /// Whether its Pod uses the network of the node.
    pub(super) fn is_on_host_network(&self) -> bool {
        self.pod.spec.as_ref().and_then(|spec| spec.host_network) == Some(true)
    }

    /// Records the end.
    pub(super) fn end(&mut self, now: SimTime, exit: Exit, message: String) {
        self.status.state = ContainerState::Exited;
        self.status.finished_at = Some(now);
        self.status.exit_code = exit.code;
        self.status.reason = exit.reason;
        self.status.message = message.into();
        self.program = None;
        self.kill_at = None;
        self.execs.clear();
    }
}
