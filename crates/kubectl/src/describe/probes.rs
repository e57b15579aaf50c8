//! Probes on one line. Models `DescribeProbe` of `k8s.io/kubectl/pkg/describe`.

use podlapse_model::api::core::v1::{HTTPGetAction, Probe};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;

/// How the probe asks, and its times and thresholds.
pub(super) fn probe(probe: &Probe) -> String {
    let number = |number: Option<i32>| number.unwrap_or_default();
    let times = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number(probe.initial_delay_seconds),
        number(probe.timeout_seconds),
        number(probe.period_seconds),
        number(probe.success_threshold),
        number(probe.failure_threshold)
    );
    if let Some(exec) = &probe.exec {
        format!("exec [{}] {times}", exec.command.iter().flatten().cloned().collect::<Vec<_>>().join(" "))
    } else if let Some(get) = &probe.http_get {
        format!("http-get {} {times}", url(get))
    } else if let Some(socket) = &probe.tcp_socket {
        format!("tcp-socket {}:{} {times}", socket.host.as_deref().unwrap_or_default(), port(&socket.port))
    } else if let Some(grpc) = &probe.grpc {
        format!("grpc <pod>:{} {} {times}", grpc.port, grpc.service.as_deref().unwrap_or_default())
    } else {
        format!("unknown {times}")
    }
}

fn port(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    }
}

/// `net/url.URL.String` of what is fetched.
fn url(get: &HTTPGetAction) -> String {
    let scheme = get.scheme.as_deref().unwrap_or_default().to_lowercase();
    let host = get.host.as_deref().unwrap_or_default();
    let host = match (host.contains([':', '%']), port(&get.port)) {
        (_, port) if port.is_empty() => host.to_owned(),
        (true, port) => format!("[{host}]:{port}"),
        (false, port) => format!("{host}:{port}"),
    };
    let path = get.path.as_deref().unwrap_or_default();
    let mut text = String::new();
    if !scheme.is_empty() {
        text.push_str(&scheme);
        text.push(':');
    }
    if !scheme.is_empty() || !host.is_empty() {
        if !host.is_empty() || !path.is_empty() {
            text.push_str("//");
        }
        text.push_str(&host);
    }
    if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
        text.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => text.push(byte.into()),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => text.push(byte.into()),
            b'*' if path == "*" => text.push('*'),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
