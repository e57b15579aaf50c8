//! What is read from a Pod's spec in many places.

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::{Container, EphemeralContainer, Pod};

/// The container or init container of that name.
pub(super) fn container_spec<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).find(|container| container.name == name)
}

/// An ephemeral container as the container that it stands for.
pub(super) fn as_container(ephemeral: &EphemeralContainer) -> Container {
    Container {
        name: ephemeral.name.clone(),
        image: ephemeral.image.clone(),
        image_pull_policy: ephemeral.image_pull_policy.clone(),
        command: ephemeral.command.clone(),
        args: ephemeral.args.clone(),
        env: ephemeral.env.clone(),
        env_from: ephemeral.env_from.clone(),
        volume_mounts: ephemeral.volume_mounts.clone(),
        working_dir: ephemeral.working_dir.clone(),
        stdin: ephemeral.stdin,
        tty: ephemeral.tty,
        resources: ephemeral.resources.clone(),
        security_context: ephemeral.security_context.clone(),
        termination_message_path: ephemeral.termination_message_path.clone(),
        termination_message_policy: ephemeral.termination_message_policy.clone(),
        ..Container::default()
    }
}

/// Whether the Pod comes from a file of its node rather than from the API.
pub(super) fn is_static(pod: &Pod) -> bool {
    let source = pod.annotation("kubernetes.io/config.source");
    source.is_some_and(|source| source != "api")
}
