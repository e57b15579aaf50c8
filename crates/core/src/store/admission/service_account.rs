//! Every Pod runs as a service account and carries its token.
//!
//! Models `plugin/pkg/admission/serviceaccount` `Admit`: the account's name, its pull secrets, and the projected volume
//! `kube-api-access-*` with a mount in each container. Not modelled: the annotations that limit mountable secrets.

use podlapse_model::api::core::v1::{
    ConfigMapProjection, Container, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector, Pod,
    ProjectedVolumeSource, ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use podlapse_model::{Kind, Object, ObjectKey};

use crate::kernel::Random;
use crate::store::{ApiError, Store};

/// A Pod that only shows what a kubelet runs from a file is left as it is.
const MIRROR: &str = "kubernetes.io/config.mirror";
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// An hour, and seven seconds by which the kubelet tells it from a legacy token.
const TOKEN_EXPIRATION_SECONDS: i64 = 3_607;

/// Fills in the service account and mounts its token.
pub(crate) fn service_account(store: &Store, pod: &mut Pod, random: &mut Random) -> Result<(), ApiError> {
    let is_mirror = pod.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(MIRROR));
    if is_mirror {
        return Ok(());
    }
    let namespace = pod.metadata.namespace.clone().unwrap_or_default();
    let pod_key = super::pod_key(pod);
    let spec = pod.spec.get_or_insert_default();
    let name = match spec.service_account_name.as_deref() {
        Some(name) if !name.is_empty() => name.to_owned(),
        Some(_) | None => "default".to_owned(),
    };
    spec.service_account_name = Some(name.clone());
    spec.service_account = Some(name.clone());

    let key = ObjectKey::new(Kind::ServiceAccount, &namespace, &name);
    let Some(Object::ServiceAccount(account)) = store.get(&key) else {
        let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
        return Err(ApiError::forbidden(&pod_key, why));
    };
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets.clone_from(&account.image_pull_secrets);
    }
    let wants_token = spec.automount_service_account_token.or(account.automount_service_account_token).unwrap_or(true);
    if !wants_token {
        return Ok(());
    }

    let volume_name = format!("kube-api-access-{}", random.name_suffix("kube-api-access", 5));
    let mut is_mounted = false;
    let init = spec.init_containers.iter_mut().flatten();
    for container in init.chain(spec.containers.iter_mut()) {
        is_mounted |= mount_token(container, &volume_name);
    }
    if is_mounted {
        spec.volumes.get_or_insert_default().push(token_volume(volume_name));
    }
    Ok(())
}

/// Mounts the token unless the container has something of its own at that path.
fn mount_token(container: &mut Container, volume_name: &str) -> bool {
    let mounts = container.volume_mounts.get_or_insert_default();
    if mounts.iter().any(|mount| mount.mount_path == TOKEN_PATH) {
        return false;
    }
    mounts.push(VolumeMount {
        name: volume_name.to_owned(),
        mount_path: TOKEN_PATH.to_owned(),
        read_only: Some(true),
        ..VolumeMount::default()
    });
    true
}

fn token_volume(name: String) -> Volume {
    let token = ServiceAccountTokenProjection {
        expiration_seconds: Some(TOKEN_EXPIRATION_SECONDS),
        path: "token".to_owned(),
        ..ServiceAccountTokenProjection::default()
    };
    let root_ca = ConfigMapProjection {
        name: "kube-root-ca.crt".to_owned(),
        items: Some(vec![KeyToPath { key: "ca.crt".to_owned(), path: "ca.crt".to_owned(), mode: None }]),
        ..ConfigMapProjection::default()
    };
    let namespace = DownwardAPIProjection {
        items: Some(vec![DownwardAPIVolumeFile {
            path: "namespace".to_owned(),
            field_ref: Some(ObjectFieldSelector {
                api_version: Some("v1".to_owned()),
                field_path: "metadata.namespace".to_owned(),
            }),
            ..DownwardAPIVolumeFile::default()
        }]),
    };
    Volume {
        name,
        projected: Some(ProjectedVolumeSource {
            default_mode: Some(0o644),
            sources: Some(vec![
                VolumeProjection { service_account_token: Some(token), ..VolumeProjection::default() },
                VolumeProjection { config_map: Some(root_ca), ..VolumeProjection::default() },
                VolumeProjection { downward_api: Some(namespace), ..VolumeProjection::default() },
            ]),
        }),
        ..Volume::default()
    }
}
