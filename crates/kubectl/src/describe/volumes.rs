//! The volumes of a Pod. Models `describeVolumes` and the writers of the volume sources.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{PersistentVolumeClaimTemplate, ProjectedVolumeSource, Volume};
use podlapse_model::storage_class;

use super::legacy;
use super::metadata::{annotations, labels};
use super::writer::{Writer, put};

/// A volume attribute is cut at this many bytes.
const MAX_ATTRIBUTE: usize = 140;

/// Writes `Volumes:` and what each volume is.
pub(super) fn volumes(w: &mut Writer, space: &str, volumes: &[Volume]) {
    if volumes.is_empty() {
        put!(w, 0, "{space}Volumes:\t<none>\n");
        return;
    }
    put!(w, 0, "{space}Volumes:\n");
    let name_indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        put!(w, 1, "{name_indent}{}:\n", volume.name);
        let is_known = cluster_source(w, volume) || node_source(w, volume) || network_source(w, volume);
        if !is_known && !legacy::source(w, &podlapse_model::to_json(volume), false) {
            put!(w, 1, "<unknown>\n");
        }
    }
}

/// A source's kind with what it is, and its fields.
pub(super) fn source(w: &mut Writer, kind: &str, fields: &[(&str, String)]) {
    put!(w, 2, "Type:\t{kind}\n");
    for (name, value) in fields {
        put!(w, 2, "{name}:\t{value}\n");
    }
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

pub(super) fn truth(value: Option<bool>) -> String {
    (value == Some(true)).to_string()
}

/// Sources that are objects of the cluster.
fn cluster_source(w: &mut Writer, volume: &Volume) -> bool {
    if let Some(secret) = &volume.secret {
        let fields = [("SecretName", text(&secret.secret_name)), ("Optional", truth(secret.optional))];
        source(w, "Secret (a volume populated by a Secret)", &fields);
    } else if let Some(map) = &volume.config_map {
        let fields = [("Name", map.name.clone()), ("Optional", truth(map.optional))];
        source(w, "ConfigMap (a volume populated by a ConfigMap)", &fields);
    } else if let Some(claim) = &volume.persistent_volume_claim {
        let fields = [("ClaimName", claim.claim_name.clone()), ("ReadOnly", truth(claim.read_only))];
        source(w, "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)", &fields);
    } else if let Some(ephemeral) = &volume.ephemeral {
        source(w, "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)", &[]);
        if let Some(template) = &ephemeral.volume_claim_template {
            w.nested(2, |w| claim_template(w, template));
        }
    } else if let Some(downward) = &volume.downward_api {
        source(w, "DownwardAPI (a volume populated by information about the pod)", &[]);
        put!(w, 2, "Items:\n");
        for item in downward.items.iter().flatten() {
            if let Some(field) = &item.field_ref {
                put!(w, 3, "{} -> {}\n", field.field_path, item.path);
            } else if let Some(resource) = &item.resource_field_ref {
                put!(w, 3, "{} -> {}\n", resource.resource, item.path);
            }
        }
    } else if let Some(projected) = &volume.projected {
        projected_source(w, projected);
    } else {
        return false;
    }
    true
}

fn projected_source(w: &mut Writer, projected: &ProjectedVolumeSource) {
    source(w, "Projected (a volume that contains injected data from multiple sources)", &[]);
    for part in projected.sources.iter().flatten() {
        if let Some(secret) = &part.secret {
            put!(w, 2, "SecretName:\t{}\n    Optional:\t{}\n", secret.name, truth(secret.optional));
        } else if part.downward_api.is_some() {
            put!(w, 2, "DownwardAPI:\ttrue\n");
        } else if let Some(map) = &part.config_map {
            put!(w, 2, "ConfigMapName:\t{}\n    Optional:\t{}\n", map.name, truth(map.optional));
        } else if let Some(token) = &part.service_account_token {
            put!(w, 2, "TokenExpirationSeconds:\t{}\n", token.expiration_seconds.unwrap_or_default());
        }
    }
}

/// `printPersistentVolumeClaim` of a claim that is only a template, which names no volume yet.
fn claim_template(w: &mut Writer, template: &PersistentVolumeClaimTemplate) {
    let metadata = template.metadata.clone().unwrap_or_default();
    let class = template.spec.storage_class_name.as_deref();
    put!(w, 0, "StorageClass:\t{}\n", storage_class(&metadata, class));
    put!(w, 0, "Volume:\t{}\n", text(&template.spec.volume_name));
    labels(w, "Labels", metadata.labels.as_ref());
    annotations(w, "Annotations", metadata.annotations.as_ref());
    let is_named = template.spec.volume_name.as_deref().is_some_and(|name| !name.is_empty());
    put!(w, 0, "Capacity:\t{}\n", if is_named { "0" } else { "" });
    put!(w, 0, "Access Modes:\t\n");
    if let Some(mode) = &template.spec.volume_mode {
        put!(w, 0, "VolumeMode:\t{mode}\n");
    }
    if let Some(data) = &template.spec.data_source {
        put!(w, 0, "DataSource:\n");
        if let Some(group) = &data.api_group {
            put!(w, 1, "APIGroup:\t{group}\n");
        }
        put!(w, 1, "Kind:\t{}\n", data.kind);
        put!(w, 1, "Name:\t{}\n", data.name);
    }
}

/// Sources on the node.
fn node_source(w: &mut Writer, volume: &Volume) -> bool {
    if let Some(path) = &volume.host_path {
        let kind = path.type_.clone().unwrap_or_else(|| "<none>".to_owned());
        let fields = [("Path", path.path.clone()), ("HostPathType", kind)];
        source(w, "HostPath (bare host directory volume)", &fields);
    } else if let Some(directory) = &volume.empty_dir {
        let limit = directory.size_limit.as_ref().map(podlapse_model::Quantity::of).filter(|limit| limit.signum() > 0);
        let limit = limit.map_or_else(|| "<unset>".to_owned(), |limit| limit.to_string());
        let fields = [("Medium", text(&directory.medium)), ("SizeLimit", limit)];
        source(w, "EmptyDir (a temporary directory that shares a pod's lifetime)", &fields);
    } else if let Some(image) = &volume.image {
        let fields = [("Reference", text(&image.reference)), ("PullPolicy", text(&image.pull_policy))];
        source(w, "Image (a container image or OCI artifact)", &fields);
    } else if let Some(git) = &volume.git_repo {
        let fields = [("Repository", git.repository.clone()), ("Revision", text(&git.revision))];
        source(w, "GitRepo (a volume that is pulled from git when the pod is created)", &fields);
    } else {
        return false;
    }
    true
}

/// Sources beyond the cluster.
fn network_source(w: &mut Writer, volume: &Volume) -> bool {
    if let Some(nfs) = &volume.nfs {
        let fields = [("Server", nfs.server.clone()), ("Path", nfs.path.clone()), ("ReadOnly", truth(nfs.read_only))];
        source(w, "NFS (an NFS mount that lasts the lifetime of a pod)", &fields);
    } else if let Some(csi) = &volume.csi {
        let fields = [("Driver", csi.driver.clone()), ("FSType", text(&csi.fs_type)), ("ReadOnly", truth(csi.read_only))];
        source(w, "CSI (a Container Storage Interface (CSI) volume source)", &fields);
        attributes(w, csi.volume_attributes.as_ref());
    } else {
        return false;
    }
    true
}

/// `printCSIPersistentVolumeAttributesMultiline`.
pub(super) fn attributes(w: &mut Writer, attributes: Option<&BTreeMap<String, String>>) {
    put!(w, 2, "VolumeAttributes:\t");
    let mut is_first = true;
    for (key, value) in attributes.into_iter().flatten() {
        if !std::mem::take(&mut is_first) {
            put!(w, 2, "");
            put!(w, 2, "\t");
        }
        let line = format!("{key}={value}");
        match line.len() > MAX_ATTRIBUTE {
            true => put!(w, 2, "{}...\n", &line[..line.floor_char_boundary(MAX_ATTRIBUTE)]),
            false => put!(w, 2, "{line}\n"),
        }
    }
    if is_first {
        put!(w, 0, "<none>\n");
    }
}
