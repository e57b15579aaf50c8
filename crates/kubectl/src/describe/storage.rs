//! Volumes, claims and classes. Models `describePersistentVolume`, `describePersistentVolumeClaim`, `describeStorageClass` and
//! `describeCSINode`.

use podlapse_model::api::core::v1::{NodeSelectorTerm, PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec};
use podlapse_model::api::storage::v1::{CSINode, StorageClass};
use podlapse_model::{Metadata, claim_class, is_default_class, volume_class};
use podlapse_model::{Quantity, apimachinery::pkg::apis::meta::v1::ObjectMeta};

use super::legacy;
use super::metadata::{capital, labels_and_annotations, name, next_line, or_unset, rfc1123};
use super::object::Around;
use super::volumes::{attributes, source, truth};
use super::writer::{Writer, put};
use crate::duration::age;
use crate::printers::{access_modes, format_labels};

/// A list as Go prints it.
fn list(values: Option<&Vec<String>>) -> String {
    format!("[{}]", values.map(|values| values.join(" ")).unwrap_or_default())
}

fn status(w: &mut Writer, metadata: &ObjectMeta, phase: Option<&String>, around: &Around<'_>) {
    match &metadata.deletion_timestamp {
        Some(at) => put!(w, 0, "Status:\tTerminating (lasts {})\n", age(Some(at), around.now)),
        None => put!(w, 0, "Status:\t{}\n", phase.map_or("", String::as_str)),
    }
}

pub(super) fn volume(w: &mut Writer, volume: &PersistentVolume, around: &Around<'_>) -> bool {
    let spec = volume.spec.clone().unwrap_or_default();
    let held = volume.status.clone().unwrap_or_default();
    name(w, &volume.metadata);
    labels_and_annotations(w, &volume.metadata);
    put!(w, 0, "Finalizers:\t{}\n", list(volume.metadata.finalizers.as_ref()));
    put!(w, 0, "StorageClass:\t{}\n", volume_class(volume));
    status(w, &volume.metadata, held.phase.as_ref(), around);
    let claim = spec
        .claim_ref
        .as_ref()
        .map(|claim| format!("{}/{}", claim.namespace.as_deref().unwrap_or_default(), claim.name.as_deref().unwrap_or_default()));
    put!(w, 0, "Claim:\t{}\n", claim.unwrap_or_default());
    put!(w, 0, "Reclaim Policy:\t{}\n", spec.persistent_volume_reclaim_policy.as_deref().unwrap_or_default());
    put!(w, 0, "Access Modes:\t{}\n", access_modes(spec.access_modes.as_deref()));
    if let Some(mode) = &spec.volume_mode {
        put!(w, 0, "VolumeMode:\t{mode}\n");
    }
    let storage = spec.capacity.as_ref().and_then(|capacity| capacity.get("storage"));
    put!(w, 0, "Capacity:\t{}\n", storage.map_or_else(|| "0".to_owned(), |storage| Quantity::of(storage).to_string()));
    let required = spec.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
    match required.map(|required| required.node_selector_terms.as_slice()) {
        None => put!(w, 0, "Node Affinity:\t<none>\n"),
        Some(terms) => node_affinity(w, terms),
    }
    put!(w, 0, "Message:\t{}\n", held.message.as_deref().unwrap_or_default());
    put!(w, 0, "Source:\n");
    volume_source(w, &spec);
    true
}

fn node_affinity(w: &mut Writer, terms: &[NodeSelectorTerm]) {
    put!(w, 0, "Node Affinity:\t\n");
    if terms.is_empty() {
        put!(w, 1, "Required Terms:\t<none>\n");
        return;
    }
    put!(w, 1, "Required Terms:\t\n");
    for (index, term) in terms.iter().enumerate() {
        put!(w, 2, "Term {index}:\t");
        let mut is_first = true;
        for requirement in term.match_expressions.iter().flatten() {
            if !std::mem::take(&mut is_first) {
                put!(w, 2, "\t");
            }
            let values = requirement.values.clone().unwrap_or_default();
            let values = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
            put!(w, 0, "{} {}{values}\n", requirement.key, requirement.operator.to_lowercase());
        }
        if is_first {
            put!(w, 0, "<none>\n");
        }
    }
}

fn volume_source(w: &mut Writer, spec: &PersistentVolumeSpec) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    if let Some(path) = &spec.host_path {
        let kind = path.type_.clone().unwrap_or_else(|| "<none>".to_owned());
        source(w, "HostPath (bare host directory volume)", &[("Path", path.path.clone()), ("HostPathType", kind)]);
    } else if let Some(nfs) = &spec.nfs {
        let fields = [("Server", nfs.server.clone()), ("Path", nfs.path.clone()), ("ReadOnly", truth(nfs.read_only))];
        source(w, "NFS (an NFS mount that lasts the lifetime of a pod)", &fields);
    } else if let Some(local) = &spec.local {
        source(w, "LocalVolume (a persistent volume backed by local storage on a node)", &[("Path", local.path.clone())]);
    } else if let Some(csi) = &spec.csi {
        let fields = [
            ("Driver", csi.driver.clone()),
            ("FSType", text(&csi.fs_type)),
            ("VolumeHandle", csi.volume_handle.clone()),
            ("ReadOnly", truth(csi.read_only)),
        ];
        source(w, "CSI (a Container Storage Interface (CSI) volume source)", &fields);
        attributes(w, csi.volume_attributes.as_ref());
    } else if !legacy::source(w, &podlapse_model::to_json(spec), true) {
        put!(w, 1, "<unknown>\n");
    }
}

pub(super) fn claim(w: &mut Writer, claim: &PersistentVolumeClaim, around: &Around<'_>) -> bool {
    let spec = claim.spec.clone().unwrap_or_default();
    let held = claim.status.clone().unwrap_or_default();
    name(w, &claim.metadata);
    put!(w, 0, "StorageClass:\t{}\n", claim_class(claim));
    status(w, &claim.metadata, held.phase.as_ref(), around);
    put!(w, 0, "Volume:\t{}\n", spec.volume_name.as_deref().unwrap_or_default());
    labels_and_annotations(w, &claim.metadata);
    put!(w, 0, "Finalizers:\t{}\n", list(claim.metadata.finalizers.as_ref()));
    let is_bound = spec.volume_name.as_deref().is_some_and(|volume| !volume.is_empty());
    let capacity = held.capacity.as_ref().and_then(|capacity| capacity.get("storage"));
    let capacity = capacity.map_or_else(|| "0".to_owned(), |capacity| Quantity::of(capacity).to_string());
    put!(w, 0, "Capacity:\t{}\n", if is_bound { capacity } else { String::new() });
    put!(w, 0, "Access Modes:\t{}\n", access_modes(held.access_modes.as_deref().filter(|_| is_bound)));
    if let Some(mode) = &spec.volume_mode {
        put!(w, 0, "VolumeMode:\t{mode}\n");
    }
    if let Some(data) = &spec.data_source {
        put!(w, 0, "DataSource:\n");
        if let Some(group) = &data.api_group {
            put!(w, 1, "APIGroup:\t{group}\n");
        }
        put!(w, 1, "Kind:\t{}\n", data.kind);
        put!(w, 1, "Name:\t{}\n", data.name);
    }
    let uses = |pod: &podlapse_model::api::core::v1::Pod| {
        let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
        let by_claim = |volume: &podlapse_model::api::core::v1::Volume| {
            volume.persistent_volume_claim.as_ref().is_some_and(|used| Some(&used.claim_name) == claim.metadata.name.as_ref())
        };
        let owns = claim
            .metadata
            .owner_references
            .iter()
            .flatten()
            .any(|o| o.kind == "Pod" && Some(&o.uid) == pod.metadata.uid.as_ref());
        // A Pod is named once for each volume of its that is the claim's.
        volumes.filter(|volume| by_claim(volume)).count().max(usize::from(owns))
    };
    let users: Vec<&str> = around.pods(&claim.metadata).flat_map(|pod| std::iter::repeat_n(pod.name(), uses(pod))).collect();
    put!(w, 0, "Used By:\t");
    let mut is_first = true;
    for user in users {
        next_line(w, &mut is_first);
        put!(w, 0, "{user}\n");
    }
    if is_first {
        put!(w, 0, "<none>\n");
    }
    for (index, condition) in held.conditions.iter().flatten().enumerate() {
        if index == 0 {
            put!(w, 0, "Conditions:\n");
            put!(w, 1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n");
            put!(w, 1, "----\t------\t-----------------\t------------------\t------\t-------\n");
        }
        put!(
            w,
            1,
            "{} \t{} \t{} \t{} \t{} \t{}\n",
            condition.type_,
            condition.status,
            rfc1123(condition.last_probe_time.as_ref()),
            rfc1123(condition.last_transition_time.as_ref()),
            condition.reason.as_deref().unwrap_or_default(),
            condition.message.as_deref().unwrap_or_default()
        );
    }
    true
}

pub(super) fn class(w: &mut Writer, class: &StorageClass) -> bool {
    name(w, &class.metadata);
    put!(w, 0, "IsDefaultClass:\t{}\n", if is_default_class(class) { "Yes" } else { "No" });
    put!(w, 0, "Annotations:\t{}\n", format_labels(class.metadata.annotations.as_ref()));
    put!(w, 0, "Provisioner:\t{}\n", class.provisioner);
    put!(w, 0, "Parameters:\t{}\n", format_labels(class.parameters.as_ref()));
    put!(w, 0, "AllowVolumeExpansion:\t{}\n", or_unset(class.allow_volume_expansion.map(capital)));
    let options = class.mount_options.as_deref().unwrap_or_default();
    put!(w, 0, "MountOptions:{}\n", if options.is_empty() { "\t<none>" } else { "" });
    for option in options {
        put!(w, 1, "{option}\n");
    }
    if let Some(policy) = &class.reclaim_policy {
        put!(w, 0, "ReclaimPolicy:\t{policy}\n");
    }
    if let Some(mode) = &class.volume_binding_mode {
        put!(w, 0, "VolumeBindingMode:\t{mode}\n");
    }
    for (index, term) in class.allowed_topologies.iter().flatten().enumerate() {
        if index == 0 {
            put!(w, 0, "AllowedTopologies:\t\n");
        }
        put!(w, 1, "Term {index}:\t");
        let mut is_first = true;
        for requirement in term.match_label_expressions.iter().flatten() {
            if !std::mem::take(&mut is_first) {
                put!(w, 1, "\t");
            }
            put!(w, 0, "{} in [{}]\n", requirement.key, requirement.values.join(", "));
        }
        if is_first {
            put!(w, 0, "<none>\n");
        }
    }
    true
}

pub(super) fn csi_node(w: &mut Writer, node: &CSINode) -> bool {
    name(w, &node.metadata);
    labels_and_annotations(w, &node.metadata);
    put!(w, 0, "CreationTimestamp:\t{}\n", rfc1123(node.metadata.creation_timestamp.as_ref()));
    put!(w, 0, "Spec:\n");
    if !node.spec.drivers.is_empty() {
        put!(w, 1, "Drivers:\n");
    }
    for driver in &node.spec.drivers {
        put!(w, 2, "{}:\n", driver.name);
        put!(w, 3, "Node ID:\t{}\n", driver.node_id);
        if let Some(count) = driver.allocatable.as_ref().and_then(|allocatable| allocatable.count) {
            put!(w, 3, "Allocatables:\n");
            put!(w, 4, "Count:\t{count}\n");
        }
        if driver.topology_keys.is_some() {
            put!(w, 3, "Topology Keys:\t{}\n", list(driver.topology_keys.as_ref()));
        }
    }
    true
}
