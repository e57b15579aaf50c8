//! Defaults of Pods and of the templates of Pods.
//!
//! Upstream: `SetDefaults_Pod`, `SetDefaults_PodSpec` in `pkg/apis/core/v1/defaults.go`. Only a Pod itself takes requests from
//! limits, service links and host ports; a template keeps them open.

use podlapse_model::api::core::v1::{Container, Pod, PodSpec, PodTemplateSpec, ResourceRequirements};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{ResourceList, ResourceOptions, container_requests};

use super::{container, set_text};

/// How long a Pod may take to end, in seconds.
const TERMINATION_GRACE_SECONDS: i64 = 30;

pub(super) fn pod(pod: &mut Pod) {
    let Some(spec) = &mut pod.spec else { return };
    let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    for container in containers {
        requests_from_limits(container.resources.get_or_insert_default());
    }
    spec.enable_service_links.get_or_insert(true);
    if spec.host_network == Some(true) {
        let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
        containers.for_each(host_ports);
    }
    pod_spec(spec);
    pod_level_requests(spec);
    pod.status.get_or_insert_default();
}

/// Defaults of a template of Pods.
pub(crate) fn pod_template(template: &mut PodTemplateSpec) {
    template.metadata.get_or_insert_default();
    pod_spec(template.spec.get_or_insert_default());
}

fn pod_spec(spec: &mut PodSpec) {
    set_text(&mut spec.dns_policy, "ClusterFirst");
    set_text(&mut spec.restart_policy, "Always");
    set_text(&mut spec.scheduler_name, "default-scheduler");
    spec.security_context.get_or_insert_default();
    spec.termination_grace_period_seconds.get_or_insert(TERMINATION_GRACE_SECONDS);
    if spec.service_account_name.as_deref().unwrap_or_default().is_empty() {
        spec.service_account_name.clone_from(&spec.service_account);
    }
    spec.service_account.clone_from(&spec.service_account_name);
    spec.containers.iter_mut().for_each(container::container);
    spec.init_containers.iter_mut().flatten().for_each(container::container);
    spec.ephemeral_containers.iter_mut().flatten().for_each(container::ephemeral_container);
    spec.volumes.iter_mut().flatten().for_each(container::volume);
    spec.overhead.iter_mut().flat_map(|list| list.values_mut()).for_each(container::round);
    spec.resources.as_mut().map(container::resources);
}

fn requests_from_limits(resources: &mut ResourceRequirements) {
    let Some(limits) = &resources.limits else { return };
    let requests = resources.requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
}

/// With the host's network every container port is a port of the host.
fn host_ports(container: &mut Container) {
    for port in container.ports.iter_mut().flatten() {
        if port.host_port.unwrap_or_default() == 0 {
            port.host_port = Some(port.container_port);
        }
    }
}

/// Pod-level requests that are left open: the sum over the containers where they have any, else the Pod's limit.
fn pod_level_requests(spec: &mut PodSpec) {
    if spec.resources.is_none() {
        return;
    }
    let sums: ResourceList = container_requests(spec, None, &ResourceOptions::default());
    let Some(resources) = &mut spec.resources else { return };
    let mut requests = resources.requests.clone().unwrap_or_default();
    let is_supported = |name: &str| name == "cpu" || name == "memory" || name.starts_with("hugepages-");
    for (name, amount) in &sums {
        if is_supported(name) && !name.starts_with("hugepages-") {
            requests.entry(name.clone()).or_insert_with(|| amount.to_api());
        }
    }
    for (name, limit) in resources.limits.iter().flatten() {
        if is_supported(name) {
            requests.entry(name.clone()).or_insert_with(|| ApiQuantity(limit.0.clone()));
        }
    }
    if !requests.is_empty() {
        resources.requests = Some(requests);
    }
}
