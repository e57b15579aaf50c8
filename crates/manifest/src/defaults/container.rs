//! Defaults of containers, their probes and volumes.

use podlapse_model::api::core::v1::{
    AzureDiskVolumeSource, Container, ContainerPort, EnvVar, EphemeralContainer, HTTPGetAction, Lifecycle, ObjectFieldSelector,
    Probe, ResourceFieldSelector, ResourceRequirements, Volume, VolumeProjection,
};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{Quantity, default_pull_policy};

use super::{set_number, set_text};

/// The permissions of files from ConfigMaps, Secrets and the like: 0644.
const DEFAULT_MODE: i32 = 0o644;
/// How long a projected service account token lives, in seconds.
const TOKEN_EXPIRATION_SECONDS: i64 = 60 * 60;
/// How long a projected certificate lives at most, in seconds.
const CERTIFICATE_EXPIRATION_SECONDS: i32 = 24 * 60 * 60;

/// The parts that containers and ephemeral containers share.
struct Parts<'a> {
    image: &'a str,
    image_pull_policy: &'a mut Option<String>,
    termination_message_path: &'a mut Option<String>,
    termination_message_policy: &'a mut Option<String>,
    ports: &'a mut Option<Vec<ContainerPort>>,
    env: &'a mut Option<Vec<EnvVar>>,
    probes: [&'a mut Option<Probe>; 3],
    lifecycle: &'a mut Option<Lifecycle>,
    resources: &'a mut Option<ResourceRequirements>,
}

pub(super) fn container(container: &mut Container) {
    parts(Parts {
        image: container.image.as_deref().unwrap_or_default(),
        image_pull_policy: &mut container.image_pull_policy,
        termination_message_path: &mut container.termination_message_path,
        termination_message_policy: &mut container.termination_message_policy,
        ports: &mut container.ports,
        env: &mut container.env,
        probes: [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe],
        lifecycle: &mut container.lifecycle,
        resources: &mut container.resources,
    });
}

pub(super) fn ephemeral_container(container: &mut EphemeralContainer) {
    parts(Parts {
        image: container.image.as_deref().unwrap_or_default(),
        image_pull_policy: &mut container.image_pull_policy,
        termination_message_path: &mut container.termination_message_path,
        termination_message_policy: &mut container.termination_message_policy,
        ports: &mut container.ports,
        env: &mut container.env,
        probes: [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe],
        lifecycle: &mut container.lifecycle,
        resources: &mut container.resources,
    });
}

fn parts(parts: Parts<'_>) {
    set_text(parts.image_pull_policy, default_pull_policy(parts.image));
    set_text(parts.termination_message_path, "/dev/termination-log");
    set_text(parts.termination_message_policy, "File");
    for port in parts.ports.iter_mut().flatten() {
        set_text(&mut port.protocol, "TCP");
    }
    for variable in parts.env.iter_mut().flatten() {
        if let Some(source) = &mut variable.value_from {
            field_selectors(source.field_ref.as_mut(), source.resource_field_ref.as_mut());
            if let Some(file) = &mut source.file_key_ref {
                file.optional.get_or_insert(false);
            }
        }
    }
    parts.probes.into_iter().flatten().for_each(probe);
    if let Some(lifecycle) = parts.lifecycle {
        for handler in [&mut lifecycle.post_start, &mut lifecycle.pre_stop].into_iter().flatten() {
            handler.http_get.as_mut().map(http_get);
        }
    }
    resources(parts.resources.get_or_insert_default());
}

/// Amounts finer than a thousandth are rounded up to it.
pub(super) fn resources(resources: &mut ResourceRequirements) {
    for list in [&mut resources.limits, &mut resources.requests].into_iter().flatten() {
        list.values_mut().for_each(round);
    }
}

pub(super) fn round(quantity: &mut ApiQuantity) {
    let mut parsed = Quantity::of(quantity);
    if !parsed.round_up(-3) {
        *quantity = parsed.to_api();
    }
}

fn probe(probe: &mut Probe) {
    set_number(&mut probe.timeout_seconds, 1);
    set_number(&mut probe.period_seconds, 10);
    set_number(&mut probe.success_threshold, 1);
    set_number(&mut probe.failure_threshold, 3);
    probe.http_get.as_mut().map(http_get);
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_default();
    }
}

fn http_get(action: &mut HTTPGetAction) {
    set_text(&mut action.path, "/");
    set_text(&mut action.scheme, "HTTP");
}

fn field_selectors(field: Option<&mut ObjectFieldSelector>, resource: Option<&mut ResourceFieldSelector>) {
    if let Some(field) = field {
        set_text(&mut field.api_version, "v1");
    }
    if let Some(resource) = resource {
        resource.divisor.get_or_insert_with(|| ApiQuantity("0".to_owned()));
    }
}

pub(super) fn volume(volume: &mut Volume) {
    if crate::volumes::sources(volume).is_empty() {
        volume.empty_dir = Some(Default::default());
    }
    if let Some(secret) = &mut volume.secret {
        secret.default_mode.get_or_insert(DEFAULT_MODE);
    }
    if let Some(config_map) = &mut volume.config_map {
        config_map.default_mode.get_or_insert(DEFAULT_MODE);
    }
    if let Some(downward) = &mut volume.downward_api {
        downward.default_mode.get_or_insert(DEFAULT_MODE);
        for item in downward.items.iter_mut().flatten() {
            field_selectors(item.field_ref.as_mut(), item.resource_field_ref.as_mut());
        }
    }
    if let Some(projected) = &mut volume.projected {
        projected.default_mode.get_or_insert(DEFAULT_MODE);
        projected.sources.iter_mut().flatten().for_each(projection);
    }
    if let Some(host_path) = &mut volume.host_path {
        host_path.type_.get_or_insert_default();
    }
    if let Some(image) = &mut volume.image {
        set_text(&mut image.pull_policy, default_pull_policy(image.reference.as_deref().unwrap_or_default()));
    }
    if let Some(template) = volume.ephemeral.as_mut().and_then(|ephemeral| ephemeral.volume_claim_template.as_mut()) {
        set_text(&mut template.spec.volume_mode, "Filesystem");
        template.spec.resources.get_or_insert_default();
    }
    if let Some(iscsi) = &mut volume.iscsi {
        set_text(&mut iscsi.iscsi_interface, "default");
    }
    if let Some(rbd) = &mut volume.rbd {
        set_text(&mut rbd.pool, "rbd");
        set_text(&mut rbd.user, "admin");
        set_text(&mut rbd.keyring, "/etc/ceph/keyring");
    }
    volume.azure_disk.as_mut().map(azure_disk);
    if let Some(scale_io) = &mut volume.scale_io {
        set_text(&mut scale_io.storage_mode, "ThinProvisioned");
        set_text(&mut scale_io.fs_type, "xfs");
    }
}

pub(super) fn azure_disk(disk: &mut AzureDiskVolumeSource) {
    disk.caching_mode.get_or_insert_with(|| "ReadWrite".to_owned());
    disk.kind.get_or_insert_with(|| "Shared".to_owned());
    disk.fs_type.get_or_insert_with(|| "ext4".to_owned());
    disk.read_only.get_or_insert(false);
}

fn projection(source: &mut VolumeProjection) {
    if let Some(token) = &mut source.service_account_token {
        token.expiration_seconds.get_or_insert(TOKEN_EXPIRATION_SECONDS);
    }
    if let Some(certificate) = &mut source.pod_certificate {
        certificate.max_expiration_seconds.get_or_insert(CERTIFICATE_EXPIRATION_SECONDS);
    }
    for item in source.downward_api.iter_mut().flat_map(|downward| downward.items.iter_mut().flatten()) {
        field_selectors(item.field_ref.as_mut(), item.resource_field_ref.as_mut());
    }
}
