//! The error texts of containerd and runc, as recorded from a node.

use podlapse_model::SimDuration;

use crate::cri::{ContainerState, CriError, GrpcCode};

/// `failed to pull and unpack image "REF": ` in front of what went wrong.
fn pull(reference: &str, detail: &str) -> String {
    format!("failed to pull and unpack image \"{reference}\": {detail}")
}

fn resolve(reference: &str, detail: &str) -> String {
    pull(reference, &format!("failed to resolve reference \"{reference}\": {detail}"))
}

/// The registry does not have it.
pub(super) fn not_found(reference: &str) -> CriError {
    CriError::new(GrpcCode::NotFound, resolve(reference, &format!("{reference}: not found")))
}

/// It is private, and what was offered does not open it.
pub(super) fn access_denied(reference: &str, host: &str, offered: bool) -> CriError {
    let denied = "pull access denied, repository does not exist or may require authorization: ";
    let why = match (offered, host) {
        (false, "docker.io") => "server message: insufficient_scope: authorization failed",
        (false, _) => "authorization failed: no basic auth credentials",
        (true, _) => {
            let url = manifest_url(reference, host);
            let detail = format!("unexpected status from HEAD request to {url}: 401 Unauthorized");
            return CriError::new(GrpcCode::Unknown, resolve(reference, &detail));
        }
    };
    CriError::new(GrpcCode::Unknown, resolve(reference, &format!("{denied}{why}")))
}

/// The registry does not answer.
pub(super) fn unreachable(reference: &str, host: &str) -> CriError {
    let url = manifest_url(reference, host);
    let detail = format!("failed to do request: Head \"{url}\": dial tcp 203.0.113.10:443: i/o timeout");
    CriError::new(GrpcCode::Unknown, resolve(reference, &detail))
}

/// The scenario says so.
pub(super) fn pull_error(reference: &str, text: &str) -> CriError {
    CriError::new(GrpcCode::Unknown, pull(reference, text))
}

fn manifest_url(reference: &str, host: &str) -> String {
    let path = reference.strip_prefix(host).unwrap_or(reference).trim_start_matches('/');
    let (repository, version) = match path.split_once('@') {
        Some(parts) => parts,
        None => path.rsplit_once(':').unwrap_or((path, "latest")),
    };
    format!("https://{host}/v2/{repository}/manifests/{version}")
}

/// `StartContainer` fails.
pub(super) fn start_error(text: &str) -> CriError {
    let prefix = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: \
                  unable to start container process: error during container init: ";
    CriError::new(GrpcCode::Unknown, format!("{prefix}{text}"))
}

/// `CreateContainer` fails.
pub(super) fn create_error(text: &str) -> CriError {
    CriError::new(GrpcCode::Unknown, text)
}

/// A seccomp profile is not where the kubelet looks for it.
pub(super) fn no_seccomp_profile(profile: &str) -> CriError {
    let path = format!("/var/lib/kubelet/seccomp/{profile}");
    let opened = format!("open {path}: no such file or directory");
    create_error(&format!("failed to create containerd container: cannot load seccomp profile \"{path}\": {opened}"))
}

/// An AppArmor profile is not loaded.
pub(super) fn no_apparmor_profile(profile: &str) -> CriError {
    let prefix = "failed to get container spec opts: failed to generate apparmor spec opts: apparmor profile not found";
    create_error(&format!("{prefix} {profile}"))
}

/// `RunPodSandbox` fails.
pub(super) fn sandbox_error(id: &str, text: &str) -> CriError {
    let message = if text.starts_with("plugin type=") {
        format!("failed to setup network for sandbox \"{id}\": {text}")
    } else {
        text.to_owned()
    };
    CriError::new(GrpcCode::Unknown, message)
}

/// A program that is nowhere.
pub(super) fn missing(program: &str) -> String {
    if program.contains('/') {
        format!("exec: \"{program}\": stat {program}: no such file or directory")
    } else {
        format!("exec: \"{program}\": executable file not found in $PATH")
    }
}

/// The program of an exec cannot run.
pub(super) fn exec_refused(id: &str, lookup: &str) -> CriError {
    let prefix = "OCI runtime exec failed: exec failed: unable to start container process: ";
    CriError::new(GrpcCode::Unknown, format!("failed to exec in container: failed to start exec \"{id}\": {prefix}{lookup}"))
}

/// An exec took too long.
pub(super) fn exec_timeout(timeout: SimDuration) -> CriError {
    let seconds = timeout.as_secs();
    CriError::new(
        GrpcCode::DeadlineExceeded,
        format!("failed to exec in container: timeout {seconds}s exceeded: context deadline exceeded"),
    )
}

/// Nothing can be run in a container that does not run.
pub(super) fn exec_not_running(state: ContainerState) -> CriError {
    let state = match state {
        ContainerState::Created => "CREATED",
        ContainerState::Running => "RUNNING",
        ContainerState::Exited => "EXITED",
        ContainerState::Unknown => "UNKNOWN",
    };
    CriError::new(GrpcCode::Unknown, format!("failed to exec in container: container is in CONTAINER_{state} state"))
}

/// There is no such container to run anything in.
pub(super) fn exec_no_container(id: &str) -> CriError {
    CriError::new(
        GrpcCode::NotFound,
        format!("failed to exec in container: failed to find container \"{id}\" in store: not found"),
    )
}

/// There is no such container.
pub(super) fn no_container(id: &str) -> CriError {
    CriError::new(GrpcCode::NotFound, format!("an error occurred when try to find container \"{id}\": not found"))
}
