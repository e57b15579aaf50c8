//! What the answer to a probe means, and what is told of it.
//!
//! Models `pkg/kubelet/prober` `probe` and `runProbe` and the probers in `pkg/probe/{exec,http,tcp,grpc}` (v1.36). Not modelled:
//! redirects to other hosts.

use podlapse_model::SimDuration;
use podlapse_model::api::core::v1::Pod;

use super::results::{ProbeKind, ProbeResult};
use crate::cri::{CriError, DialResult, ExecResult, GrpcCode};
use crate::events::{EventType, PodEvent};
use crate::kernel::go_duration;

/// How often a probe that could not be run is tried, at once.
pub const MAX_TRIES: u32 = 3;
/// How much of a command's output is read, in bytes.
const OUTPUT_LIMIT: usize = 10 * 1024;

/// The answer to a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All is well.
    Success,
    /// It counts as success, and something is told.
    Warning(String),
    /// Something is wrong.
    Failure(String),
    /// The probe could not be run.
    Error(String),
}

/// What follows from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What the worker records; `None`: the probe could not be run, and the answer is thrown away.
    pub result: Option<ProbeResult>,
    /// What is told.
    pub event: Option<PodEvent>,
}

/// What follows from the last of up to [`MAX_TRIES`] answers.
pub fn judge(kind: ProbeKind, answer: Answer, pod: &Pod, container: &str) -> Judged {
    let title = kind.title();
    let tell = |reason, message| Some(PodEvent::container(pod, container, EventType::Warning, reason, message));
    match answer {
        Answer::Success => Judged { result: Some(ProbeResult::Success), event: None },
        Answer::Warning(text) => {
            Judged { result: Some(ProbeResult::Success), event: tell("ProbeWarning", format!("{title} probe warning: {text}")) }
        }
        Answer::Failure(text) => {
            Judged { result: Some(ProbeResult::Failure), event: tell("Unhealthy", format!("{title} probe failed: {text}")) }
        }
        Answer::Error(text) => Judged {
            result: None,
            event: tell("Unhealthy", format!("{title} probe errored and resulted in unknown state: {text}")),
        },
    }
}

/// The answer of a command.
pub fn exec_answer(command: &[String], timeout: SimDuration, reply: Result<ExecResult, CriError>) -> Answer {
    match reply {
        Ok(result) if result.exit_code == 0 => Answer::Success,
        Ok(result) => Answer::Failure(cut(result.output)),
        Err(error) if error.code == GrpcCode::DeadlineExceeded => {
            Answer::Failure(format!("command timed out: \"{}\" timed out after {}", command.join(" "), go_duration(timeout)))
        }
        Err(error) => Answer::Error(error.to_string()),
    }
}

/// The answer to an HTTP probe of `url`.
pub fn http_answer(url: &str, host_and_port: &str, reply: DialResult) -> Answer {
    match reply {
        DialResult::Http { status: 200..=299, .. } => Answer::Success,
        DialResult::Http { status: 300..=399, body } => {
            Answer::Warning(format!("Probe terminated redirects, Response body: {}", cut(body)))
        }
        DialResult::Http { status, .. } => Answer::Failure(format!("HTTP probe failed with statuscode: {status}")),
        reply @ (DialResult::NotTls
        | DialResult::Refused
        | DialResult::TimedOut
        | DialResult::Connected
        | DialResult::Grpc(_)) => Answer::Failure(get_failed(url, host_and_port, &reply)),
    }
}

/// The error of an HTTP client that got no answer.
pub fn get_failed(url: &str, host_and_port: &str, reply: &DialResult) -> String {
    let error = match reply {
        DialResult::Refused => tcp_refused(host_and_port),
        DialResult::NotTls => "http: server gave HTTP response to HTTPS client".to_owned(),
        DialResult::TimedOut => "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned(),
        // Somebody listens who does not speak HTTP.
        DialResult::Connected | DialResult::Grpc(_) | DialResult::Http { .. } => "EOF".to_owned(),
    };
    format!("Get \"{url}\": {error}")
}

/// The address that an HTTP probe asks for; a path without its slash gets one.
pub fn http_url(https: bool, host_and_port: &str, path: &str) -> String {
    let scheme = if https { "https" } else { "http" };
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{host_and_port}{slash}{path}")
}

/// The answer to a TCP probe.
pub fn tcp_answer(host_and_port: &str, reply: DialResult) -> Answer {
    match reply {
        DialResult::Connected | DialResult::Http { .. } | DialResult::NotTls | DialResult::Grpc(_) => Answer::Success,
        DialResult::Refused => Answer::Failure(tcp_refused(host_and_port)),
        DialResult::TimedOut => Answer::Failure(format!("dial tcp {host_and_port}: i/o timeout")),
    }
}

/// The answer to a gRPC probe; the server may not know the service that it was asked for.
pub fn grpc_answer(host_and_port: &str, timeout: SimDuration, reply: DialResult) -> Answer {
    let limit = go_duration(timeout);
    match reply {
        DialResult::Grpc(Some(status)) if status == "SERVING" => Answer::Success,
        DialResult::Grpc(Some(status)) => Answer::Failure(format!("service unhealthy (responded with \"{status}\")")),
        DialResult::Grpc(None) => {
            Answer::Failure("error: health rpc probe failed: rpc error: code = NotFound desc = unknown service".to_owned())
        }
        // The client goes on trying to connect until its time is over.
        DialResult::Refused | DialResult::Connected | DialResult::NotTls | DialResult::Http { .. } => Answer::Failure(format!(
            "timeout: failed to connect service \"{host_and_port}\" within {limit}: context deadline exceeded"
        )),
        DialResult::TimedOut => Answer::Failure(format!("timeout: health rpc did not complete within {limit}")),
    }
}

/// The answer of a server that redirects to `path` again and again.
pub fn too_many_redirects(path: &str) -> Answer {
    Answer::Failure(format!("Get \"{path}\": stopped after 10 redirects"))
}

/// The error of a port that is given by a name which the container does not have.
pub fn unknown_port(name: &str) -> String {
    format!("strconv.Atoi: parsing \"{name}\": invalid syntax")
}

/// The error of a connection that nobody takes.
pub fn tcp_refused(host_and_port: &str) -> String {
    format!("dial tcp {host_and_port}: connect: connection refused")
}

fn cut(mut output: String) -> String {
    if OUTPUT_LIMIT < output.len() {
        let end = (0..=OUTPUT_LIMIT).rev().find(|at| output.is_char_boundary(*at)).unwrap_or(0);
        output.truncate(end);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grpc_server_that_does_not_know_the_service_fails_the_probe_by_an_rpc_error() {
        let failure = |answer| match grpc_answer("10.244.1.2:9000", SimDuration::from_secs(1), answer) {
            Answer::Failure(text) => text,
            Answer::Success | Answer::Warning(_) | Answer::Error(_) => String::new(),
        };
        let unknown = "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service";
        assert_eq!(failure(DialResult::Grpc(None)), unknown);
        assert_eq!(failure(DialResult::Grpc(Some("UNKNOWN".to_owned()))), "service unhealthy (responded with \"UNKNOWN\")");
        assert_eq!(failure(DialResult::Grpc(Some("SERVING".to_owned()))), "");
    }
}
