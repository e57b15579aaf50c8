//! What registries hold, and what lies on a node.

use podlapse_model::SortedMap;
use std::sync::Arc;

use podlapse_model::simulation::{ImageSpec, RegistrySpec, SimulationSpec};
use podlapse_model::{ImageReference, SimDuration};

use crate::cri::ImageOnNode;

/// What the registries of the world hold. Shared by all nodes; a scenario's action changes it.
#[derive(Clone, Debug, Default)]
pub struct Registries {
    images: SortedMap<String, Arc<ImageSpec>>,
    registries: SortedMap<String, RegistrySpec>,
}

impl Registries {
    /// The registries of a scenario.
    pub fn new(spec: &SimulationSpec) -> Self {
        let mut registries = Registries::default();
        if spec.catalogue {
            super::program::catalogue().into_iter().for_each(|image| registries.put(image));
        }
        spec.images.iter().cloned().for_each(|image| registries.put(image));
        registries.registries = spec.registries.iter().map(|registry| (registry.host.clone(), registry.clone())).collect();
        registries
    }

    /// Adds or replaces an image.
    pub fn put(&mut self, image: ImageSpec) {
        if let Some(name) = normalised(&image.name) {
            self.images.insert(name, Arc::new(image));
        }
    }

    /// Everything that they hold or held.
    pub fn images(&self) -> impl Iterator<Item = &ImageSpec> {
        self.images.values().map(|image| &**image)
    }

    /// The image of a normalised reference, if a registry has it. A catalogue image without tag stands for all its tags.
    pub(super) fn find(&self, reference: &str) -> Option<&Arc<ImageSpec>> {
        self.images.get(reference).filter(|image| !image.removed)
    }

    /// The registry of a host, if it behaves in a special way.
    pub(super) fn registry(&self, host: &str) -> Option<&RegistrySpec> {
        self.registries.get(host)
    }

    /// The images that a node holds from the start.
    pub(super) fn preloaded_on(&self, node: &str) -> SortedMap<Arc<str>, ImageOnNode> {
        let on_node = |image: &&Arc<ImageSpec>| image.preloaded.iter().any(|name| name == "*" || name == node);
        let held = self.images.iter().filter(|(_, image)| on_node(image));
        held.map(|(name, image)| (Arc::from(name.as_str()), on_disk(name, image))).collect()
    }
}

/// A reference in full, with host and tag; `None` if it cannot be read.
pub(super) fn normalised(image: &str) -> Option<String> {
    ImageReference::parse(image).ok().map(|reference| reference.full_name())
}

/// The image as the runtime reports it.
pub(super) fn on_disk(name: &str, image: &ImageSpec) -> ImageOnNode {
    let repository = repository(name);
    ImageOnNode {
        name: name.into(),
        digest: format!("{repository}@sha256:{}", digest(name)).into(),
        size: image.size,
        user: image.user.as_deref().map(Arc::from),
    }
}

fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(repository, _)| repository);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        Some(_) | None => name,
    }
}

/// 64 hexadecimal digits that depend on the name alone.
fn digest(name: &str) -> String {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    (0..4)
        .map(|_| {
            for byte in name.bytes() {
                state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17);
            }
            format!("{state:016x}")
        })
        .collect()
}

/// How long a pull takes that finds its image: what the scenario says, else a second.
pub(super) fn pull_duration(image: &ImageSpec) -> SimDuration {
    image.pull_duration.unwrap_or(SimDuration::from_secs(1))
}
