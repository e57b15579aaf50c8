//! The wait before a container that ended is started again.
//!
//! Models `pkg/kubelet/kuberuntime` `doBackOff` (v1.36). The delay counts from the end of the newest ended run; the first restart finds
//! no delay yet and is immediate. Not modelled: back-off limits set for single nodes.

use podlapse_model::api::core::v1::{Container, ContainerStatus, Pod};
use podlapse_model::{SimDuration, SimTime};

use super::backoff::Backoff;
use super::container::key::{backoff_key, pod_format};
use super::runtime_status::RuntimeStatus;
use crate::events::{EventType, PodEvent};
use crate::kernel::{WallClock, go_duration};

/// Why a container is not started now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashLoopWait {
    /// The delay that runs.
    pub delay: SimDuration,
    /// When it began: the end of the container's last run.
    pub since: SimTime,
    /// When it has passed.
    pub until: SimTime,
    /// The message of the waiting state `CrashLoopBackOff`.
    pub message: String,
    /// The event that tells of it.
    pub event: PodEvent,
}

/// Takes over the delay of a container whose status was printed: its message tells the delay that runs, else every restart has doubled
/// it. It was set when the last run began.
pub(crate) fn resume(pod: &Pod, container: &Container, status: &ContainerStatus, backoff: &mut Backoff, wall: WallClock) {
    let state = status.state.clone().unwrap_or_default();
    let ended = state.terminated.or_else(|| status.last_state.clone()?.terminated.filter(|_| state.waiting.is_some()));
    let began = state.running.and_then(|running| running.started_at).or_else(|| ended?.started_at);
    let steps = u32::try_from(status.restart_count).unwrap_or(0);
    let Some(began) = began.filter(|_| steps != 0) else { return };
    let message = state.waiting.and_then(|waiting| waiting.message).unwrap_or_default();
    let told = message.strip_prefix("back-off ").and_then(|rest| SimDuration::parse(rest.split(' ').next()?).ok());
    backoff.resume(&backoff_key(pod, container), steps, told, wall.sim_time(&began));
}

/// Whether `container` has to wait before it is started; if not, the delay of its next restart is lengthened.
pub fn do_back_off(
    pod: &Pod,
    container: &Container,
    seen: &RuntimeStatus,
    backoff: &mut Backoff,
    now: SimTime,
) -> Option<CrashLoopWait> {
    let exit = seen.containers.iter().filter(|run| *run.name == *container.name).find_map(|run| run.exit())?;
    let since = exit.finished_at;
    let key = backoff_key(pod, container);
    if !backoff.is_in_backoff_since(&key, since, now) {
        backoff.next(&key, since, now);
        return None;
    }
    let delay = backoff.get(&key);
    let pod_name = pod_format(pod);
    Some(CrashLoopWait {
        delay,
        since,
        until: since + delay,
        message: format!("back-off {} restarting failed container={} pod={pod_name}", go_duration(delay), container.name),
        event: PodEvent::container(
            pod,
            &container.name,
            EventType::Warning,
            "BackOff",
            format!("Back-off restarting failed container {} in pod {pod_name}", container.name),
        ),
    })
}
