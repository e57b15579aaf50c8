//! Volumes and their sources.
//!
//! Upstream: `ValidateVolumes`, `validateVolumeSource` in `pkg/apis/core/validation/validation.go`. Projections of trust bundles and
//! certificates are dropped before they are looked at, because their gates are off.

pub(super) mod vendors;

use podlapse_model::{SortedMap, SortedSet};

use podlapse_model::Quantity;
use podlapse_model::api::core::v1::{DownwardAPIVolumeFile, HostPathVolumeSource, KeyToPath, Volume, VolumeProjection};
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::validate::env::{VOLUME_FIELDS, field_selector, resource_selector};
use crate::validate::error::Errors;
use crate::validate::names::{label_errors, subdomain_errors};
use crate::validate::storage::claim_spec;

const MODE_RULE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
const HOST_PATH_TYPES: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// A volume as far as mounts care about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether a claim stands behind it, so that it can be a block device.
    pub(super) has_claim: bool,
}

/// Checks the volumes; those without an error are known to the mounts. `pod` is the name of the Pod; a template has none yet.
pub(super) fn volumes<'a>(volumes: &'a [Volume], pod: Option<&str>, path: &str, out: &mut Errors) -> SortedMap<&'a str, Known> {
    let created: SortedSet<String> = pod
        .into_iter()
        .filter(|pod| !pod.is_empty())
        .flat_map(|pod| volumes.iter().filter(|volume| volume.ephemeral.is_some()).map(move |volume| claim_name(pod, volume)))
        .collect();
    let mut known = SortedMap::new();
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let before = out.list.len();
        source(volume, pod, &path, out);
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
        if let Some(claim) = volume.persistent_volume_claim.as_ref().filter(|claim| created.contains(&claim.claim_name)) {
            let detail = "must not reference a PVC that gets created for an ephemeral volume";
            out.invalid(&format!("{path}.persistentVolumeClaim.claimName"), &claim.claim_name, detail);
        }
    }
    known
}

/// The claim that is made for an ephemeral volume.
fn claim_name(pod: &str, volume: &Volume) -> String {
    format!("{pod}-{}", volume.name)
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

/// A relative path that does not begin with dots.
pub(super) fn file_path(target: &str, path: &str, out: &mut Errors) {
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

fn source(volume: &Volume, pod: Option<&str>, path: &str, out: &mut Errors) {
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
        "flocker",
        "persistentVolumeClaim",
        "rbd",
        "cinder",
        "cephfs",
        "quobyte",
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
        one_source(volume, first, pod, path, out);
    }
    for extra in ordered {
        out.forbidden(&format!("{path}.{}", vendors::extra_path(extra)), "may not specify more than 1 volume type");
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

fn one_source(volume: &Volume, name: &str, pod: Option<&str>, volume_path: &str, out: &mut Errors) {
    let own = format!("{volume_path}.{}", vendors::own_path(name));
    let path = own.as_str();
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
        csi_driver(&csi.driver, &child("driver"), out);
        if let Some(secret) = &csi.node_publish_secret_ref {
            if secret.name.is_empty() {
                out.required(&child("nodePublishSecretRef.name"), "");
            } else {
                out.each(&child("name"), &secret.name, subdomain_errors(&secret.name));
            }
        }
    } else if let ("ephemeral", Some(ephemeral)) = (name, &volume.ephemeral) {
        match &ephemeral.volume_claim_template {
            None => out.required(&child("volumeClaimTemplate"), ""),
            Some(template) => {
                template_metadata(template.metadata.as_ref(), &child("volumeClaimTemplate.metadata"), out);
                claim_spec(&template.spec, &child("volumeClaimTemplate.spec"), out);
            }
        }
        if let Some(pod) = pod.filter(|pod| !pod.is_empty() && !volume.name.is_empty()) {
            let claim = claim_name(pod, volume);
            for message in subdomain_errors(&claim) {
                let detail = format!("PVC name {}: {message}", podlapse_model::go_text::quote(&claim));
                out.invalid(&format!("{volume_path}.name"), &volume.name, &detail);
            }
        }
    } else if let ("image", Some(image)) = (name, &volume.image) {
        if pod.is_some() {
            required(image.reference.as_deref().unwrap_or_default(), &child("reference"), out);
        }
        let policy = image.pull_policy.as_deref().unwrap_or_default();
        out.required_one_of(&child("pullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
    } else {
        let value = podlapse_model::to_json(volume);
        vendors::source(name, &value[name], &volume.name, false, path, out);
    }
}

/// The metadata in the template of a claim: labels and annotations alone.
fn template_metadata(metadata: Option<&ObjectMeta>, path: &str, out: &mut Errors) {
    let Some(metadata) = metadata else { return };
    crate::validate::metadata::annotations(metadata.annotations.as_ref(), &format!("{path}.annotations"), out);
    crate::validate::metadata::labels(metadata.labels.as_ref(), &format!("{path}.labels"), out);
    let value = podlapse_model::to_json(metadata);
    // The order of the struct's fields.
    for field in ["name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp"]
        .into_iter()
        .chain(["deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields"])
        .filter(|field| value.get(*field).is_some())
    {
        out.forbidden(&format!("{path}.{field}"), "cannot be set");
    }
}

/// The name of a CSI driver.
pub(super) fn csi_driver(name: &str, path: &str, out: &mut Errors) {
    const LIMIT: usize = 63;
    if name.is_empty() {
        return out.required(path, "");
    }
    if name.len() > LIMIT {
        out.too_long(path, LIMIT);
    }
    out.each(path, name, subdomain_errors(&name.to_lowercase()));
}

fn projection(source: &VolumeProjection, path: &str, source_path: &str, paths: &mut SortedSet<String>, out: &mut Errors) {
    const CONFLICT: &str = "conflicting duplicate paths";
    let secret = source.secret.as_ref().map(|found| ("secret", &found.name, &found.items));
    let config_map = source.config_map.as_ref().map(|found| ("configMap", &found.name, &found.items));
    for (field, name, items) in [secret, config_map].into_iter().flatten() {
        let own = format!("{source_path}.{field}");
        required(name, &format!("{own}.name"), out);
        for (at, item) in items.iter().flatten().enumerate() {
            key_to_path(item, &format!("{own}.items[{at}]"), out);
            if !item.path.is_empty() && !paths.insert(item.path.clone()) {
                out.invalid(path, name, CONFLICT);
            }
        }
    }
    for file in source.downward_api.iter().flat_map(|downward| downward.items.iter().flatten()) {
        downward_file(file, &format!("{source_path}.downwardAPI"), out);
        if !file.path.is_empty() && !paths.insert(file.path.clone()) {
            out.invalid(path, &file.path, CONFLICT);
        }
    }
    if let Some(token) = &source.service_account_token {
        let own = format!("{source_path}.serviceAccountToken");
        let seconds = token.expiration_seconds.unwrap_or_default();
        if seconds < 600 {
            out.invalid(&format!("{own}.expirationSeconds"), seconds, "may not specify a duration less than 10 minutes");
        }
        if seconds > 1 << 32 {
            out.invalid(&format!("{own}.expirationSeconds"), seconds, "may not specify a duration larger than 2^32 seconds");
        }
        // The path is reported at the volume, and may be that of another source.
        let token_path = format!("{path}.path");
        if token.path.is_empty() {
            out.required(&token_path, "");
        } else {
            file_path(&token.path, &token_path, out);
        }
    }
    let kinds = [
        source.secret.is_some(),
        source.config_map.is_some(),
        source.downward_api.is_some(),
        source.service_account_token.is_some(),
    ];
    if kinds.iter().filter(|is_set| **is_set).count() > 1 {
        out.forbidden(source_path, "may not specify more than 1 volume type per source");
    }
}
