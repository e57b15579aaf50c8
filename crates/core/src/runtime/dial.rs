//! Who answers on a port.

use podlapse_model::{SimDuration, SimTime};

use super::container::Container;
use super::matching::glob;
use super::program::is_open;
use crate::cri::{Dial, DialResult};

/// The answer of a Pod's containers to a connection, and how long it takes.
pub(super) fn dial<'a>(
    containers: impl Iterator<Item = &'a Container>,
    request: &Dial,
    timeout: SimDuration,
    now: SimTime,
) -> (DialResult, SimDuration) {
    let port = match request {
        Dial::Tcp { port } | Dial::Http { port, .. } | Dial::Grpc { port, .. } => *port,
    };
    let listening = containers.filter(|container| container.is_running()).find_map(|container| {
        let listeners = container.run.as_ref()?.listen.iter();
        let open = |listener: &&podlapse_model::simulation::Listener| is_open(listener.window, container.since(), now);
        let listener = listeners.filter(|listener| listener.port == port).find(open)?;
        Some((container.since(), listener))
    });
    let Some((since, listener)) = listening else {
        return (DialResult::Refused, SimDuration::ZERO);
    };
    match request {
        Dial::Tcp { .. } => (DialResult::Connected, SimDuration::ZERO),
        Dial::Http { path, .. } => {
            let path = path.split('?').next().unwrap_or(path);
            let mut answers = listener.http.iter().filter(|answer| is_open(answer.window, since, now));
            match answers.find(|answer| glob(&answer.path, path)) {
                Some(answer) if timeout <= answer.takes => (DialResult::TimedOut, timeout),
                Some(answer) => (DialResult::Http { status: answer.status, body: answer.body.clone() }, answer.takes),
                None => (DialResult::Http { status: 404, body: String::new() }, SimDuration::ZERO),
            }
        }
        Dial::Grpc { service, .. } => {
            let mut answers = listener.grpc.iter().filter(|answer| is_open(answer.window, since, now));
            let answer = answers.find(|answer| answer.service == *service);
            (DialResult::Grpc(answer.map(|answer| answer.status.clone())), SimDuration::ZERO)
        }
    }
}
