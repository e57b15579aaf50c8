//! Defaults of Pods and of the templates of Pods.
//!
//! Upstream: `SetDefaults_Pod`, `SetDefaults_PodSpec` in `pkg/apis/core/v1/defaults.go`. Only a Pod itself takes requests from
//! limits, service links and host ports; a template keeps them open.

use podlapse_model::api::core::v1::{Container, Pod, PodSpec, PodTemplateSpec, ResourceRequirements};
use podlapse_model::{ResourceOptions, container_requests, pod_limits};

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
    pod_level(spec);
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

/// What the Pod as a whole leaves open: its limits of huge pages are the sums over the containers; with limits, its requests are the
/// sums where the containers have any, else its limits.
///
/// Upstream: `defaultHugePagePodLimits`, `defaultPodRequests`.
fn pod_level(spec: &mut PodSpec) {
    let Some(resources) = &spec.resources else { return };
    let (mut limits, mut requests) =
        (resources.limits.clone().unwrap_or_default(), resources.requests.clone().unwrap_or_default());
    if limits.is_empty() && requests.is_empty() {
        return;
    }
    let options = ResourceOptions { skip_pod_level: true, exclude_overhead: true, ..ResourceOptions::default() };
    let alone = Pod { spec: Some(spec.clone()), ..Pod::default() };
    let is_huge_page = |name: &String| name.starts_with("hugepages-");
    for (name, sum) in pod_limits(&alone, &options).iter().filter(|(name, _)| is_huge_page(name) && !requests.contains_key(*name))
    {
        limits.entry(name.clone()).or_insert_with(|| sum.to_api());
    }
    if limits.is_empty() {
        return;
    }
    let is_core = |name: &String| name == "cpu" || name == "memory";
    for (name, sum) in container_requests(spec, None, &options).iter().filter(|(name, _)| is_core(name)) {
        requests.entry(name.clone()).or_insert_with(|| sum.to_api());
    }
    for (name, limit) in limits.iter().filter(|(name, _)| is_core(name) || is_huge_page(name)) {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
    if let Some(resources) = &mut spec.resources {
        resources.limits = Some(limits);
        if !requests.is_empty() {
            resources.requests = Some(requests);
        }
    }
}
