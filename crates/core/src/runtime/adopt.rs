//! What ran on a node before the simulation began.
//!
//! Stands for the record that a runtime would have kept. A status tells, of each container, the run that it is in and the one before;
//! earlier runs, and what was in volumes, are lost. A program that runs is taken through what it did since it began, so that it stands
//! where it would stand now.

use std::sync::Arc;

use podlapse_model::api::core::v1::{ContainerStateTerminated, ContainerStatus as ReportedStatus, Pod};
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::{Metadata, SimDuration, SimTime};

use super::create::{program, words};
use super::exit::Exit;
use super::image_store::{Registries, normalised, on_disk};
use super::machine::{Runtime, RuntimeContext, RuntimeOutput};
use super::record::pod_name;
use crate::cri::{ContainerConfig, ContainerId, ContainerState, ImageOnNode, SandboxId, SandboxState, SandboxStatus};

/// A program that began longer ago begins anew instead: nobody knows what it did in all that time.
const REMEMBERED: SimDuration = SimDuration::from_secs(3_600);

/// A run of a container, as its status tells of it.
enum Run<'a> {
    Since(Option<&'a Time>),
    Ended(&'a ContainerStateTerminated),
}

/// The runs that a status knows, with how often the container had been restarted before.
fn runs(status: &ReportedStatus) -> Vec<(u32, Run<'_>)> {
    let restarts = u32::try_from(status.restart_count).unwrap_or(0);
    let last = status.last_state.as_ref().and_then(|state| state.terminated.as_ref());
    let state = status.state.as_ref();
    let now = match state.map(|state| (&state.running, &state.terminated)) {
        Some((Some(running), _)) => Some(Run::Since(running.started_at.as_ref())),
        Some((None, Some(ended))) => Some(Run::Ended(ended)),
        Some((None, None)) | None => None,
    };
    // While a container waits to be restarted, the run that ended is the last one that was counted.
    let counted = if now.is_some() { restarts.saturating_sub(1) } else { restarts };
    last.map(|ended| (counted, Run::Ended(ended))).into_iter().chain(now.map(|run| (restarts, run))).collect()
}

impl Runtime {
    /// An image that lies on the node, whatever the registries hold. `id` is what a status calls it.
    pub fn hold_image(&mut self, registries: &Registries, image: &str, id: &str) -> ImageOnNode {
        let name = normalised(image).unwrap_or_else(|| image.to_owned());
        let unknown = || ImageOnNode { name: name.as_str().into(), digest: name.as_str().into(), size: 0, user: None };
        let mut held = registries.find(&name).map_or_else(unknown, |spec| on_disk(&name, spec));
        if !id.is_empty() {
            held.digest = id.into();
        }
        self.images.insert(held.name.clone(), held.clone());
        held
    }

    /// The sandbox of a Pod that runs.
    pub fn adopt_sandbox(&mut self, cx: &mut RuntimeContext<'_>, pod: &Pod) -> SandboxId {
        let uid = pod.uid();
        let status = pod.status.as_ref();
        let began = status.and_then(|status| status.start_time.as_ref());
        let sandbox = SandboxStatus {
            id: SandboxId(self.new_id(cx, &uid).into()),
            pod: uid,
            pod_name: pod_name(pod),
            state: SandboxState::Ready,
            attempt: 0,
            created_at: began.map_or(cx.now, |time| cx.wall.sim_time(time).min(cx.now)),
            ip: status.and_then(|status| status.pod_ip.as_deref()).unwrap_or_default().into(),
        };
        let id = sandbox.id.clone();
        self.sandboxes.insert(id.clone(), sandbox);
        id
    }

    /// A container of it: the run that it is in, and the one before.
    pub fn adopt_container(
        &mut self,
        cx: &mut RuntimeContext<'_>,
        sandbox: &SandboxId,
        pod: &Arc<Pod>,
        config: &ContainerConfig,
        status: &ReportedStatus,
        out: &mut RuntimeOutput,
    ) {
        let uid = pod.uid();
        for (attempt, run) in runs(status) {
            let config = Arc::new(ContainerConfig { attempt, ..config.clone() });
            self.creations.insert((uid.clone(), config.name.clone()), attempt);
            let Ok(made) = self.create_container(cx, sandbox.clone(), pod, &config) else { continue };
            let Some(mut container) = self.containers.remove(&made) else { continue };
            let reported = match &run {
                Run::Since(_) => status.container_id.as_deref(),
                Run::Ended(ended) => ended.container_id.as_deref(),
            };
            let id = reported.and_then(|id| id.split_once("://")).map_or(made, |(_, id)| ContainerId(id.into()));
            container.status.id = id.clone();
            let past = |time: Option<&Time>, now: SimTime| time.map_or(now, |time| cx.wall.sim_time(time).min(now));
            match run {
                Run::Since(since) => {
                    let began = past(since, cx.now);
                    container.status.state = ContainerState::Running;
                    (container.status.created_at, container.status.started_at) = (began, Some(began));
                    let known = if began < cx.now - REMEMBERED { cx.now } else { began };
                    let then = RuntimeContext { now: known, wall: cx.wall, random: &mut *cx.random, world: cx.world };
                    let words = words(&container, &then);
                    container.program = Some(program(&mut container, &then, words));
                    self.containers.insert(id.clone(), container);
                    self.run_container(cx, &id, out);
                }
                Run::Ended(ended) => {
                    let began = past(ended.started_at.as_ref(), cx.now);
                    (container.status.created_at, container.status.started_at) = (began, Some(began));
                    let exit = Exit { code: ended.exit_code, reason: ended.reason.as_deref().unwrap_or_default().into() };
                    let message = ended.message.clone().unwrap_or_default();
                    container.end(past(ended.finished_at.as_ref(), cx.now), exit, message);
                    self.containers.insert(id, container);
                }
            }
        }
    }
}
