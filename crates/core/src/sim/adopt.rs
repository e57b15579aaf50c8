//! Pods that a cluster has when the simulation begins: their containers run on where their status says that they run.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, ContainerStatus, Node, Pod};
use podlapse_model::{Metadata, Object, SortedSet, Uid};

use super::world::World;
use crate::kubelet::config_as_made;
use crate::runtime::{RuntimeContext, RuntimeOutput};

impl World {
    /// Gives the runtimes what the cluster says of nodes and Pods. The owners of what was printed are somewhere, printed or not.
    pub(super) fn adopt(&mut self, cluster: &[Object]) {
        let printed = cluster.iter().filter(|object| object.metadata().uid.is_some());
        let owners = printed.flat_map(|object| object.metadata().owner_references.iter().flatten());
        let seen: SortedSet<Uid> = self.store.iter().map(|(_, object)| object.uid()).collect();
        let unseen: SortedSet<Uid> =
            owners.map(|owner| Uid::from(owner.uid.as_str())).filter(|owner| !seen.contains(owner)).collect();
        self.unseen_owners = Arc::new(unseen);
        self.hold_images();
        let alive: Vec<Arc<Pod>> = self.store.all::<Pod>().filter(|pod| is_alive(pod)).cloned().collect();
        alive.iter().for_each(|pod| self.adopt_pod(pod));
        for (node, runtime) in &self.runtimes {
            if let Some(kubelet) = self.kubelets.get_mut(node) {
                Arc::make_mut(kubelet).know(&runtime.pods());
            }
        }
    }

    /// The images that the status of a node lists lie on it.
    fn hold_images(&mut self) {
        for node in self.store.all::<Node>() {
            let name = node.name();
            let Some(runtime) = self.runtimes.get_mut(name) else { continue };
            let images = node.status.as_ref().and_then(|status| status.images.as_ref()).into_iter().flatten();
            for image in images.flat_map(|image| image.names.iter().flatten()).filter(|name| !name.contains('@')) {
                Arc::make_mut(runtime).hold_image(&self.shared.registries, image, "");
            }
        }
    }

    fn adopt_pod(&mut self, pod: &Arc<Pod>) {
        let (Some(spec), Some(status)) = (&pod.spec, &pod.status) else { return };
        let node: Arc<str> = spec.node_name.as_deref().unwrap_or_default().into();
        let Some(runtime) = self.runtimes.get_mut(&node) else { return };
        let runtime = Arc::make_mut(runtime);
        let shared = self.shared.clone();
        let ips: Vec<Arc<str>> = status.pod_ip.as_deref().map(Arc::from).into_iter().collect();
        let mut out = RuntimeOutput::default();
        let mut cx = RuntimeContext { now: self.now, wall: self.wall, random: &mut self.random, world: &shared };
        let sandbox = runtime.adopt_sandbox(&mut cx, pod);
        let init = pairs(spec.init_containers.as_deref(), status.init_container_statuses.as_deref());
        for (container, status) in init.chain(pairs(Some(&spec.containers), status.container_statuses.as_deref())) {
            if status.container_id.as_deref().unwrap_or_default().is_empty() {
                continue;
            }
            let image = container.image.as_deref().unwrap_or_default();
            let image = runtime.hold_image(&shared.registries, image, &status.image_id);
            if let Some(config) = config_as_made(&self.store, pod, container, &ips, &image) {
                runtime.adopt_container(&mut cx, &sandbox, pod, &config, status, &mut out);
            }
        }
        if let Some(kubelet) = self.kubelets.get_mut(&node) {
            let kubelet = Arc::make_mut(kubelet);
            let init = pairs(spec.init_containers.as_deref(), status.init_container_statuses.as_deref());
            for (container, status) in init.chain(pairs(Some(&spec.containers), status.container_statuses.as_deref())) {
                kubelet.resume_back_off(self.wall, pod, container, status);
            }
        }
        for (key, line) in out.logs {
            self.logs.push(key, line);
        }
        self.arm_runtime(&node, out.timers, None);
    }
}

/// Whether a Pod has containers on its node, and has not come to its end.
fn is_alive(pod: &Pod) -> bool {
    let Some(status) = &pod.status else { return false };
    let statuses = status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten());
    let is_over = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    !is_over && statuses.into_iter().any(|status| status.container_id.as_ref().is_some_and(|id| !id.is_empty()))
}

fn pairs<'a>(
    containers: Option<&'a [Container]>,
    statuses: Option<&'a [ContainerStatus]>,
) -> impl Iterator<Item = (&'a Container, &'a ContainerStatus)> {
    let statuses = statuses.unwrap_or_default();
    let find = |container: &'a Container| Some((container, statuses.iter().find(|status| status.name == container.name)?));
    containers.unwrap_or_default().iter().filter_map(find)
}
