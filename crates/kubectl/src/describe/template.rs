//! The template of Pods in a workload. Models `DescribePodTemplate`.

use podlapse_model::api::core::v1::PodTemplateSpec;

use super::containers::containers;
use super::metadata::{annotations, labels};
use super::pods::{scheduling_group, tolerations, topology_spread};
use super::volumes::volumes;
use super::writer::{Writer, put};

/// The template as `kubectl rollout history --revision` prints it, which is not laid out.
pub(crate) fn pod_template(template: &PodTemplateSpec) -> String {
    let mut writer = Writer::default();
    describe(&mut writer, template);
    writer.raw()
}

/// Writes `Pod Template:` and what is below it.
pub(super) fn describe(w: &mut Writer, template: &PodTemplateSpec) {
    put!(w, 0, "Pod Template:\n");
    let metadata = template.metadata.clone().unwrap_or_default();
    let spec = template.spec.clone().unwrap_or_default();
    labels(w, "  Labels", metadata.labels.as_ref());
    if metadata.annotations.as_ref().is_some_and(|annotations| !annotations.is_empty()) {
        annotations(w, "  Annotations", metadata.annotations.as_ref());
    }
    if let Some(account) = spec.service_account_name.as_deref().filter(|account| !account.is_empty()) {
        put!(w, 1, "Service Account:\t{account}\n");
    }
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        containers(w, "  ", "Init Containers", init, &[], None);
    }
    containers(w, "  ", "Containers", &spec.containers, &[], None);
    volumes(w, "  ", spec.volumes.as_deref().unwrap_or_default());
    topology_spread(w, "  ", &spec);
    if let Some(class) = spec.priority_class_name.as_deref().filter(|class| !class.is_empty()) {
        put!(w, 1, "Priority Class Name:\t{class}\n");
    }
    labels(w, "  Node-Selectors", spec.node_selector.as_ref());
    tolerations(w, "  Tolerations", spec.tolerations.as_deref().unwrap_or_default());
    scheduling_group(w, "  ", &spec);
}
