//! Volumes and their sources.
//!
//! Upstream: `ValidateVolumes`, `validateVolumeSource` in `pkg/apis/core/validation/validation.go`. Left out: the sources of single
//! vendors, of which only the fields that must be there are checked.

use podlapse_model::{SortedMap, SortedSet};

use podlapse_model::Quantity;
use podlapse_model::api::core::v1::{DownwardAPIVolumeFile, HostPathVolumeSource, KeyToPath, Volume, VolumeProjection};

use super::env::{VOLUME_FIELDS, field_selector, resource_selector};
use super::error::Errors;
use super::names::{label_errors, subdomain_errors};
use super::storage::claim_spec;

const MODE_RULE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
const HOST_PATH_TYPES: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// A volume as far as mounts care about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether a claim stands behind it, so that it can be a block device.
    pub(super) has_claim: bool,
}

/// Checks the volumes; those without an error are known to the mounts.
pub(super) fn volumes<'a>(volumes: &'a [Volume], path: &str, out: &mut Errors) -> SortedMap<&'a str, Known> {
    let mut known = SortedMap::new();
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let before = out.list.len();
        source(volume, &path, out);
        let name_path = format!("{path}.name");
        if volume.name.is_empty() {
            out.required(&name_path, "");
        } else {
            out.each(&name_path, &volume.name, label_errors(&volume.name));
        }
        if known.contains_key(volume.name.as_str()) {
            out.duplicate(&name_path, &volume.name);
        }
        if out.list.len() == before {
            let has_claim = volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some();
            known.insert(volume.name.as_str(), Known { has_claim });
        }
    }
    known
}

fn mode(mode: Option<i32>, path: &str, out: &mut Errors) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        out.invalid(path, mode, MODE_RULE);
    }
}

pub(super) fn no_backsteps(target: &str, path: &str, out: &mut Errors) {
    if target.split('/').any(|part| part == "..") {
        out.invalid(path, target, "must not contain '..'");
    }
}

/// A relative path that does not climb.
pub(super) fn descending_path(target: &str, path: &str, out: &mut Errors) {
    if target.starts_with('/') {
        out.invalid(path, target, "must be a relative path");
    }
    no_backsteps(target, path, out);
}

fn file_path(target: &str, path: &str, out: &mut Errors) {
    descending_path(target, path, out);
    if target.starts_with("..") && !target.starts_with("../") {
        out.invalid(path, target, "must not start with '..'");
    }
}

fn key_to_path(item: &KeyToPath, path: &str, out: &mut Errors) {
    if item.key.is_empty() {
        out.required(&format!("{path}.key"), "");
    }
    if item.path.is_empty() {
        out.required(&format!("{path}.path"), "");
    }
    file_path(&item.path, &format!("{path}.path"), out);
    mode(item.mode, &format!("{path}.mode"), out);
}

fn items(items: Option<&Vec<KeyToPath>>, path: &str, out: &mut Errors) {
    for (at, item) in items.into_iter().flatten().enumerate() {
        key_to_path(item, &format!("{path}.items[{at}]"), out);
    }
}

fn downward_file(file: &DownwardAPIVolumeFile, path: &str, out: &mut Errors) {
    if file.path.is_empty() {
        out.required(&format!("{path}.path"), "");
    }
    file_path(&file.path, &format!("{path}.path"), out);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), resource) => {
            field_selector(field, VOLUME_FIELDS, &format!("{path}.fieldRef"), out);
            if resource.is_some() {
                out.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
        }
        (None, Some(resource)) => resource_selector(resource, true, &format!("{path}.resourceFieldRef"), out),
        (None, None) => out.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file.mode, &format!("{path}.mode"), out);
}

fn required(value: &str, path: &str, out: &mut Errors) {
    if value.is_empty() {
        out.required(path, "");
    }
}

fn source(volume: &Volume, path: &str, out: &mut Errors) {
    // The order in which the sources are looked at; all but the first are one too many.
    const ORDER: &[&str] = &[
        "emptyDir",
        "hostPath",
        "gitRepo",
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "secret",
        "nfs",
        "iscsi",
        "glusterfs",
        "persistentVolumeClaim",
        "rbd",
        "cinder",
        "cephfs",
        "flocker",
        "downwardAPI",
        "fc",
        "flexVolume",
        "configMap",
        "azureFile",
        "vsphereVolume",
        "photonPersistentDisk",
        "portworxVolume",
        "azureDisk",
        "storageos",
        "projected",
        "scaleIO",
        "csi",
        "ephemeral",
        "image",
    ];
    let present = crate::volumes::sources(volume);
    let mut ordered = ORDER.iter().filter(|name| present.contains(name));
    if let Some(first) = ordered.next() {
        one_source(volume, first, &format!("{path}.{first}"), out);
    }
    for extra in ordered {
        out.forbidden(&format!("{path}.{extra}"), "may not specify more than 1 volume type");
    }
    if present.is_empty() {
        out.required(path, "must specify a volume type");
    }
}

pub(super) fn host_path(host_path: &HostPathVolumeSource, path: &str, out: &mut Errors) {
    if host_path.path.is_empty() {
        return out.required(&format!("{path}.path"), "");
    }
    no_backsteps(&host_path.path, &format!("{path}.path"), out);
    out.one_of(&format!("{path}.type"), host_path.type_.as_deref().unwrap_or_default(), HOST_PATH_TYPES);
}

fn one_source(volume: &Volume, name: &str, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    if let ("emptyDir", Some(empty_dir)) = (name, &volume.empty_dir) {
        if empty_dir.size_limit.as_ref().is_some_and(|limit| Quantity::of(limit).signum() < 0) {
            out.forbidden(&child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
        }
    } else if let ("hostPath", Some(host_path)) = (name, &volume.host_path) {
        self::host_path(host_path, path, out);
    } else if let ("gitRepo", Some(git)) = (name, &volume.git_repo) {
        required(&git.repository, &child("repository"), out);
        descending_path(git.directory.as_deref().unwrap_or_default(), &child("directory"), out);
    } else if let ("secret", Some(secret)) = (name, &volume.secret) {
        required(secret.secret_name.as_deref().unwrap_or_default(), &child("secretName"), out);
        mode(secret.default_mode, &child("defaultMode"), out);
        items(secret.items.as_ref(), path, out);
    } else if let ("configMap", Some(config_map)) = (name, &volume.config_map) {
        required(&config_map.name, &child("name"), out);
        mode(config_map.default_mode, &child("defaultMode"), out);
        items(config_map.items.as_ref(), path, out);
    } else if let ("nfs", Some(nfs)) = (name, &volume.nfs) {
        required(&nfs.server, &child("server"), out);
        required(&nfs.path, &child("path"), out);
        if !nfs.path.starts_with('/') {
            out.invalid(&child("path"), &nfs.path, "must be an absolute path");
        }
    } else if let ("persistentVolumeClaim", Some(claim)) = (name, &volume.persistent_volume_claim) {
        required(&claim.claim_name, &child("claimName"), out);
    } else if let ("downwardAPI", Some(downward)) = (name, &volume.downward_api) {
        mode(downward.default_mode, &child("defaultMode"), out);
        downward.items.iter().flatten().for_each(|file| downward_file(file, path, out));
    } else if let ("projected", Some(projected)) = (name, &volume.projected) {
        mode(projected.default_mode, &child("defaultMode"), out);
        let mut paths = SortedSet::new();
        for (at, source) in projected.sources.iter().flatten().enumerate() {
            projection(source, path, &child(&format!("sources[{at}]")), &mut paths, out);
        }
    } else if let ("csi", Some(csi)) = (name, &volume.csi) {
        required(&csi.driver, &child("driver"), out);
        if !csi.driver.is_empty() {
            out.each(&child("driver"), &csi.driver, subdomain_errors(&csi.driver.to_lowercase()));
        }
    } else if let ("ephemeral", Some(ephemeral)) = (name, &volume.ephemeral) {
        match &ephemeral.volume_claim_template {
            None => out.required(&child("volumeClaimTemplate"), ""),
            Some(template) => {
                let metadata = template.metadata.clone().unwrap_or_default();
                super::metadata::labels(metadata.labels.as_ref(), &child("volumeClaimTemplate.metadata.labels"), out);
                super::metadata::annotations(
                    metadata.annotations.as_ref(),
                    &child("volumeClaimTemplate.metadata.annotations"),
                    out,
                );
                claim_spec(&template.spec, &child("volumeClaimTemplate.spec"), out);
            }
        }
    } else if let ("image", Some(image)) = (name, &volume.image) {
        required(image.reference.as_deref().unwrap_or_default(), &child("reference"), out);
        let policy = image.pull_policy.as_deref().unwrap_or_default();
        out.required_one_of(&child("pullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
    } else {
        vendor_source(volume, name, path, out);
    }
}

/// The sources of single vendors: what must be there.
fn vendor_source(volume: &Volume, name: &str, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    if let ("gcePersistentDisk", Some(disk)) = (name, &volume.gce_persistent_disk) {
        required(&disk.pd_name, &child("pdName"), out);
    } else if let ("awsElasticBlockStore", Some(disk)) = (name, &volume.aws_elastic_block_store) {
        required(&disk.volume_id, &child("volumeID"), out);
    } else if let ("iscsi", Some(iscsi)) = (name, &volume.iscsi) {
        required(&iscsi.target_portal, &child("targetPortal"), out);
        required(&iscsi.iqn, &child("iqn"), out);
    } else if let ("glusterfs", Some(glusterfs)) = (name, &volume.glusterfs) {
        required(&glusterfs.endpoints, &child("endpoints"), out);
        required(&glusterfs.path, &child("path"), out);
    } else if let ("rbd", Some(rbd)) = (name, &volume.rbd) {
        if rbd.monitors.is_empty() {
            out.required(&child("monitors"), "");
        }
        required(&rbd.image, &child("image"), out);
    } else if let ("cinder", Some(cinder)) = (name, &volume.cinder) {
        required(&cinder.volume_id, &child("volumeID"), out);
    } else if let ("azureFile", Some(file)) = (name, &volume.azure_file) {
        required(&file.secret_name, &child("secretName"), out);
        required(&file.share_name, &child("shareName"), out);
    } else if let ("vsphereVolume", Some(disk)) = (name, &volume.vsphere_volume) {
        required(&disk.volume_path, &child("volumePath"), out);
    } else if let ("flexVolume", Some(flex)) = (name, &volume.flex_volume) {
        required(&flex.driver, &child("driver"), out);
    }
}

fn projection(source: &VolumeProjection, path: &str, source_path: &str, paths: &mut SortedSet<String>, out: &mut Errors) {
    const CONFLICT: &str = "conflicting duplicate paths";
    let mut count = 0;
    let mut is_first = |field: &str, out: &mut Errors| {
        count += 1;
        if count > 1 {
            out.forbidden(&format!("{source_path}.{field}"), "may not specify more than 1 volume type per source");
        }
        count == 1
    };
    let secret = source.secret.as_ref().map(|found| ("secret", &found.name, &found.items));
    let config_map = source.config_map.as_ref().map(|found| ("configMap", &found.name, &found.items));
    for (field, name, items) in [secret, config_map].into_iter().flatten() {
        if !is_first(field, out) {
            continue;
        }
        let own = format!("{source_path}.{field}");
        required(name, &format!("{own}.name"), out);
        for (at, item) in items.iter().flatten().enumerate() {
            key_to_path(item, &format!("{own}.items[{at}]"), out);
            if !item.path.is_empty() && !paths.insert(item.path.clone()) {
                out.invalid(path, name, CONFLICT);
            }
        }
    }
    if let Some(downward) = &source.downward_api
        && is_first("downwardAPI", out)
    {
        for file in downward.items.iter().flatten() {
            downward_file(file, &format!("{source_path}.downwardAPI"), out);
            if !file.path.is_empty() && !paths.insert(file.path.clone()) {
                out.invalid(path, &file.path, CONFLICT);
            }
        }
    }
    if let Some(token) = &source.service_account_token
        && is_first("serviceAccountToken", out)
    {
        let own = format!("{source_path}.serviceAccountToken");
        let seconds = token.expiration_seconds.unwrap_or_default();
        if seconds < 600 {
            out.invalid(&format!("{own}.expirationSeconds"), seconds, "may not specify a duration less than 10 minutes");
        }
        if seconds > 1 << 32 {
            out.invalid(&format!("{own}.expirationSeconds"), seconds, "may not specify a duration larger than 2^32 seconds");
        }
        if token.path.is_empty() {
            out.required(&format!("{own}.path"), "");
        } else {
            file_path(&token.path, &format!("{own}.path"), out);
            if !paths.insert(token.path.clone()) {
                out.invalid(path, &token.path, CONFLICT);
            }
        }
    }
    if count == 0 {
        out.required(source_path, "must specify at least one volume projection type");
    }
}
