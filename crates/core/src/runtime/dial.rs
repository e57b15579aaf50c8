//! Who answers on a port.

use podlapse_model::simulation::Listener;
use podlapse_model::{SimDuration, SimTime, glob};
use podlapse_shell::Volumes;

use super::container::Container;
use super::program::is_open;
use crate::cri::{Dial, DialResult};

/// The answer of a Pod's containers to a connection, and how long it takes.
pub(super) fn dial<'a>(
    containers: impl Iterator<Item = &'a Container> + Clone,
    volumes: &Volumes,
    request: &Dial,
    timeout: SimDuration,
    now: SimTime,
) -> (DialResult, SimDuration) {
    let port = match request {
        Dial::Tcp { port } | Dial::Http { port, .. } | Dial::Grpc { port, .. } => *port,
    };
    let running = containers.filter(|container| container.is_running());
    let scripted = running.clone().find_map(|container| Some((container, listener(container, port, now)?)));
    match scripted {
        Some((container, listener)) => {
            // What somebody has put in the place of the image's own documents is served.
            let root = container.server.map(|server| server.root).filter(|root| container.files.exists(volumes, root));
            match root {
                Some(_) => program_answer(container, root, volumes, request, timeout),
                None => scripted_answer(container.since(), listener, request, timeout, now),
            }
        }
        None => match running.clone().find_map(|container| Some((container, container.listens(port)?))) {
            Some((container, root)) => program_answer(container, root, volumes, request, timeout),
            // A gRPC client goes on trying until its time is over.
            None if matches!(request, Dial::Grpc { .. }) => (DialResult::Refused, timeout),
            None => (DialResult::Refused, SimDuration::ZERO),
        },
    }
}

/// The server on a port that a container's behaviour has at this moment.
fn listener(container: &Container, port: u16, now: SimTime) -> Option<&Listener> {
    let mut listeners = container.run.as_ref()?.listen.iter().filter(|listener| listener.port == port);
    listeners.find(|listener| is_open(listener.window, container.since(), now))
}

/// Whether something in a container has a port.
pub(super) fn has_port(container: &Container, port: u16, now: SimTime) -> bool {
    listener(container, port, now).is_some() || container.listens(port).is_some()
}

/// What a behaviour's server says.
fn scripted_answer(
    since: SimTime,
    listener: &Listener,
    request: &Dial,
    timeout: SimDuration,
    now: SimTime,
) -> (DialResult, SimDuration) {
    match request {
        Dial::Tcp { .. } => (DialResult::Connected, SimDuration::ZERO),
        Dial::Http { https: true, .. } => (DialResult::NotTls, SimDuration::ZERO),
        Dial::Http { path, https: false, .. } => {
            let path = path.split('?').next().unwrap_or(path);
            let mut answers = listener.http.iter().filter(|answer| is_open(answer.window, since, now));
            match answers.find(|answer| glob(&answer.path, path)) {
                Some(answer) if timeout <= answer.takes => (DialResult::TimedOut, timeout),
                Some(answer) => (DialResult::Http { status: answer.status, body: answer.body.clone() }, answer.takes),
                None => (DialResult::Http { status: 404, body: String::new() }, SimDuration::ZERO),
            }
        }
        // A server that does not speak HTTP/2 lets the client try until its time is over.
        Dial::Grpc { .. } if listener.grpc.is_empty() => (DialResult::Connected, timeout),
        Dial::Grpc { service, .. } => {
            let mut answers = listener.grpc.iter().filter(|answer| is_open(answer.window, since, now));
            let answer = answers.find(|answer| answer.service == *service);
            (DialResult::Grpc(answer.map(|answer| answer.status.clone())), SimDuration::ZERO)
        }
    }
}

/// What a utility says that waits for connections: `httpd` serves files, `nc` only accepts.
fn program_answer(
    container: &Container,
    root: Option<&str>,
    volumes: &Volumes,
    request: &Dial,
    timeout: SimDuration,
) -> (DialResult, SimDuration) {
    match (request, root) {
        (Dial::Tcp { .. }, _) => (DialResult::Connected, SimDuration::ZERO),
        (Dial::Http { https: true, .. }, Some(_)) => (DialResult::NotTls, SimDuration::ZERO),
        (Dial::Http { path, .. }, Some(root)) => {
            let path = path.split('?').next().unwrap_or(path);
            let index = if path.ends_with('/') { "index.html" } else { "" };
            let found = container.files.read(volumes, &format!("{root}/{}{index}", path.trim_start_matches('/')));
            let answer = match found {
                Ok(data) => DialResult::Http { status: 200, body: String::from_utf8_lossy(&data).into_owned() },
                Err(_) => DialResult::Http { status: 404, body: String::new() },
            };
            (answer, SimDuration::ZERO)
        }
        (Dial::Http { .. }, None) => (DialResult::TimedOut, timeout),
        (Dial::Grpc { .. }, _) => (DialResult::Connected, timeout),
    }
}
