//! How a container comes to be: its record, its files, what runs in it.

use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{SimTime, Uid};
use podlapse_shell::{FileSystem, Pid, Process, RootAccess, Start};

use super::container::{Container, Setting};
use super::executable::{Command, look_up};
use super::exit::Exit;
use super::image_store::normalised;
use super::machine::{Runtime, RuntimeContext, RuntimeOutput};
use super::matching::Subject;
use super::program::{Interpreted, Program, Script, behavior, habit, lacks, last_words, waits_for_commands};
use super::text;
use super::web_server::web_server;
use crate::cri::{ContainerConfig, ContainerId, ContainerState, ContainerStatus, CriError, SandboxId, Security};

impl Runtime {
    /// Creates a container in a sandbox.
    pub(super) fn create_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        sandbox: SandboxId,
        pod: &Arc<Pod>,
        config: &Arc<ContainerConfig>,
    ) -> Result<ContainerId, CriError> {
        let Some(home) = self.sandboxes.get(&sandbox) else {
            return Err(text::no_container(&sandbox.0));
        };
        let uid = home.pod.clone();
        let (namespace, name) = home.pod_name.clone();
        let count = self.creations.entry((uid.clone(), config.name.clone())).or_default();
        let creation = *count;
        *count += 1;
        let subject =
            Subject { namespace: &namespace, pod: &name, container: &config.name, image: &config.image, node: &self.node };
        let run = behavior(&cx.world.spec.behaviors, subject, creation);
        if let Some(error) = run.as_ref().and_then(|run| run.create_error.as_ref()) {
            return Err(text::create_error(error));
        }
        let id = ContainerId(self.new_id(cx, &uid).into());
        profiles(&config.security)?;
        let setting = Setting::new(pod, config, &self.node);
        let files = self.files(pod, &uid, config, cx.now);
        let image = normalised(&config.image).unwrap_or_else(|| config.image.to_string());
        let status = ContainerStatus {
            id: id.clone(),
            sandbox,
            pod: uid,
            name: config.name.clone(),
            state: ContainerState::Created,
            created_at: cx.now,
            started_at: None,
            finished_at: None,
            exit_code: 0,
            reason: "".into(),
            message: "".into(),
            attempt: config.attempt,
            hash: config.hash,
            image: image.into(),
            image_ref: config.image_ref.clone(),
            user: (setting.user.uid, setting.user.gid),
            groups: setting.user.groups.iter().copied().collect(),
        };
        let container = Container {
            status,
            pod: pod.clone(),
            config: config.clone(),
            setting: Arc::new(setting),
            run,
            program: None,
            server: None,
            given_bytes: files.used(),
            files,
            tail: VecDeque::new(),
            stopping: Vec::new(),
            kill_at: None,
            execs: Vec::new(),
            is_watched: false,
        };
        self.containers.insert(id.clone(), container);
        Ok(id)
    }

    /// The files of a new container: its volumes, what is made for it, and the directory that it begins in.
    fn files(&mut self, pod: &Pod, uid: &Uid, config: &ContainerConfig, now: SimTime) -> FileSystem {
        let mut files = FileSystem::new();
        for mount in &config.mounts {
            if let Some(volume) = self.mounted.get(&(uid.clone(), mount.volume.clone())) {
                // A single file of what shows an object stays as it is when the object changes.
                let single = self.volumes.read(volume, &mount.sub_path).filter(|_| shows_object(pod, &mount.volume));
                if let Some(data) = single {
                    let directory = mount.path.rsplit_once('/').map_or("/", |(directory, _)| directory);
                    let _ = files.mkdir_all(&mut self.volumes, directory, now);
                    let _ = files.write(&mut self.volumes, &mount.path, data, now);
                    let is_executable = self.volumes.is_executable(volume, &mount.sub_path);
                    let _ = files.set_attributes(&mut self.volumes, &mount.path, None, Some(is_executable));
                    continue;
                }
                // The kubelet makes a part of a volume that is not there; a file that is there stays one.
                let _ = self.volumes.mkdir_all(volume, &mount.sub_path, now);
                files.mount(&mount.path, volume.clone(), &mount.sub_path, mount.read_only);
            }
        }
        for (path, text) in &config.files {
            // A mount in its place hides the file.
            let _ = files.write(&mut self.volumes, path, text.clone().into_bytes(), now);
        }
        let _ = files.mkdir_all(&mut self.volumes, working_directory(config), now);
        let is_root = config.security.run_as_user.unwrap_or(0) == 0;
        files.restrict(match (config.security.read_only_root, is_root) {
            (true, _) => RootAccess::Nobody,
            (false, true) => RootAccess::Root,
            (false, false) => RootAccess::User,
        });
        files
    }

    /// Starts a container that was created.
    pub(super) fn start_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        id: &ContainerId,
        out: &mut RuntimeOutput,
    ) -> Result<(), CriError> {
        let Some(container) = self.containers.get_mut(id) else {
            return Err(text::no_container(&id.0));
        };
        let (words, refusal) = match &container.run {
            Some(run) => (Vec::new(), run.start_error.clone()),
            None => match look_up(words(container, cx), working_directory(&container.config), &container.files, &self.volumes) {
                Command::Words(words) => {
                    let is_missing = |first: &&String| cx.world.spec.catalogue && lacks(&container.config.image, first);
                    let refusal = words.first().filter(is_missing).map(|first| text::missing(first));
                    (words, refusal)
                }
                Command::Refused(why) => (Vec::new(), Some(why)),
                Command::NoProgram(path) => {
                    container.run = Some(Arc::new(last_words(format!("exec {path}: exec format error"), 255)));
                    (Vec::new(), None)
                }
            },
        };
        if let Some(error) = refusal {
            // containerd keeps the container that it could not start, as one that ended with 128.
            let failure = text::start_error(&error);
            container.end(cx.now, Exit { code: 128, reason: "StartError".into() }, failure.message.clone());
            return Err(failure);
        }
        container.status.state = ContainerState::Running;
        container.status.started_at = Some(cx.now);
        let is_free = container.run.is_none();
        container.program = Some(program(container, cx, words));
        if is_free {
            self.open_ports(cx, id);
        }
        self.run_container(cx, id, out);
        Ok(())
    }
}

/// The command of a container: one in the Pod replaces the image's entrypoint and its arguments, arguments in the Pod only those.
pub(super) fn words(container: &Container, cx: &RuntimeContext<'_>) -> Vec<String> {
    let config = &container.config;
    let image = normalised(&config.image).and_then(|name| cx.world.registries.find(&name).cloned());
    let (entrypoint, cmd) = image.map_or((Vec::new(), Vec::new()), |image| (image.entrypoint.clone(), image.cmd.clone()));
    match (config.command.is_empty(), config.args.is_empty()) {
        (false, _) => config.command.iter().chain(&config.args).cloned().collect(),
        (true, false) => entrypoint.iter().chain(&config.args).cloned().collect(),
        (true, true) => entrypoint.into_iter().chain(cmd).collect(),
    }
}

/// The program of a container that starts now with these words.
pub(super) fn program(container: &mut Container, cx: &RuntimeContext<'_>, words: Vec<String>) -> Program {
    let config = container.config.clone();
    if container.run.is_none() {
        let setting = container.setting.clone();
        let start = Start {
            argv: &words,
            env: &setting.env,
            cwd: working_directory(&config),
            pid: Pid(1),
            hostname: &setting.hostname,
            stdin: "",
        };
        if config.open_input && podlapse_shell::reads_commands(&words) {
            return Program::Scripted(Script::start(Arc::new(waits_for_commands()), cx.now, config.memory_limit));
        }
        if let Ok(process) = Process::start(&start) {
            let process = process.run_as(setting.user.clone()).of_old_busybox(is_old_busybox(&config.image));
            return Program::Interpreted(Interpreted::new(process, cx.now));
        }
        let habit = || habit(&config.image, config.open_input);
        let run = cx.world.spec.catalogue.then(habit).flatten();
        container.server = run.as_ref().and_then(|_| web_server(&config.image));
        container.run = Some(Arc::new(run.unwrap_or_default()));
    }
    let run = container.run.clone().unwrap_or_default();
    Program::Scripted(Script::start(run, cx.now, config.memory_limit))
}

fn shows_object(pod: &Pod, name: &str) -> bool {
    let mut volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.any(|volume| {
        let objects = volume.config_map.is_some() || volume.secret.is_some() || volume.projected.is_some();
        volume.name == name && (objects || volume.downward_api.is_some())
    })
}

/// Whether an image has the utilities of busybox before 1.29.
pub(super) fn is_old_busybox(image: &str) -> bool {
    let tag = image.rsplit('/').next().and_then(|name| name.strip_prefix("busybox:1."));
    tag.and_then(|tag| tag.split(['.', '-']).next()?.parse::<u32>().ok()).is_some_and(|minor| minor < 29)
}

fn working_directory(config: &ContainerConfig) -> &str {
    if config.working_dir.is_empty() { "/" } else { &config.working_dir }
}

/// Profiles that a node would have to be given first are on none.
fn profiles(security: &Security) -> Result<(), CriError> {
    if let Some(profile) = &security.seccomp_profile {
        return Err(text::no_seccomp_profile(profile));
    }
    security.apparmor_profile.as_ref().map_or(Ok(()), |profile| Err(text::no_apparmor_profile(profile)))
}
