//! `functions/probes`: what answers to probes mean, and when workers probe.

use podlapse_core::cri::{CriError, DialResult, ExecResult, GrpcCode};
use podlapse_core::kubelet::probe::outcome::{
    Answer, exec_answer, grpc_answer, http_answer, http_url, judge, tcp_answer, too_many_redirects, unknown_port,
};
use podlapse_core::kubelet::probe::results::{ProbeKind, ProbeResult};
use podlapse_model::SimDuration;
use podlapse_model::api::core::v1::{Container, Pod, PodSpec};
use serde_json::{Value, json};

use super::backoff::event_json;
use super::probe_workers::{racy_workers, workers};
use super::runtime::text;
use crate::lines::none_is_empty;
use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new(
        "functions/probes",
        vec![
            Lines::new("messages.jsonl", &["note", "probe", "handler"], messages).compared_by(none_is_empty),
            Lines::new("workers.jsonl", &["case"], workers),
            Lines::new("workers_racy.jsonl", &["case"], racy_workers).with_alternatives("logs"),
        ],
    )
}

pub(super) fn kind(name: &str) -> ProbeKind {
    match name {
        "liveness" => ProbeKind::Liveness,
        "readiness" => ProbeKind::Readiness,
        _ => ProbeKind::Startup,
    }
}

fn messages(input: &Input<'_>) -> Result<Value, String> {
    // The recording writes words for ports that change from run to run.
    let quoted = input.text("handler").replace(":PORT", ":\"PORT\"").replace(":CLOSED", ":\"CLOSED\"");
    let handler: Value = serde_json::from_str(&quoted).map_err(|error| error.to_string())?;
    let container = Container { name: "app".to_owned(), ..Container::default() };
    let pod = Pod { spec: Some(PodSpec { containers: vec![container], ..PodSpec::default() }), ..Pod::default() };
    let answer = answer(input.text("note"), &handler);
    let error = if let Answer::Error(text) = &answer { Some(text.clone()) } else { None };
    let judged = judge(kind(input.text("probe")), answer, &pod, "app");
    let result = if judged.result == Some(ProbeResult::Success) { "Success" } else { "Failure" };
    Ok(json!({"result": result, "error": error, "events": judged.event.iter().map(event_json).collect::<Vec<_>>()}))
}

/// What the recording's server and runtime answer.
fn answer(note: &str, handler: &Value) -> Answer {
    let timeout = SimDuration::from_secs(1);
    if let Some(http) = handler.get("httpGet") {
        let port = match text(http, "port") {
            "http" => "PORT",
            port => port,
        };
        if !matches!(port, "PORT" | "CLOSED") {
            return Answer::Error(unknown_port(port));
        }
        let address = format!("127.0.0.1:{port}");
        let path = text(http, "path");
        if path == "/loop" {
            return too_many_redirects(path);
        }
        let url = http_url(false, &address, path);
        return http_answer(&url, &address, http_reply(port, path));
    }
    if let Some(tcp) = handler.get("tcpSocket") {
        return match text(tcp, "port") {
            "PORT" => tcp_answer("127.0.0.1:PORT", DialResult::Connected),
            "CLOSED" => tcp_answer("127.0.0.1:CLOSED", DialResult::Refused),
            other => Answer::Error(unknown_port(other)),
        };
    }
    if handler.get("grpc").is_some() {
        return grpc_answer("127.0.0.1:CLOSED", timeout, DialResult::Refused);
    }
    let command: Vec<String> =
        handler["exec"]["command"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let reply = match note {
        "exec ok" => Ok(ExecResult { exit_code: 0, output: String::new(), errors: String::new() }),
        "exec 1" => {
            let output = "cat: can't open '/tmp/healthy': No such file or directory\n".to_owned();
            Ok(ExecResult { exit_code: 1, output, errors: String::new() })
        }
        "exec long output" => Ok(ExecResult { exit_code: 1, output: "y".repeat(20_000), errors: String::new() }),
        "exec times out" => Err(CriError::new(GrpcCode::DeadlineExceeded, "")),
        _ => Err(CriError::new(GrpcCode::Unknown, "failed to exec in container")),
    };
    exec_answer(&command, timeout, reply)
}

fn http_reply(port: &str, path: &str) -> DialResult {
    let body = "body".to_owned();
    match path.trim_start_matches('/') {
        _ if port == "CLOSED" => DialResult::Refused,
        "slow" => DialResult::TimedOut,
        "redirlocal404" | "" => DialResult::Http { status: 404, body },
        "headers" => DialResult::Http { status: 500, body },
        "redirother" => DialResult::Http { status: 302, body: "<a href=\"http://example.com/x\">Found</a>.\n\n".to_owned() },
        "304" => DialResult::Http { status: 304, body: String::new() },
        status => DialResult::Http { status: status.parse().unwrap_or(404), body },
    }
}
