//! Every Pod runs as a service account and carries its token.
//!
//! Models `plugin/pkg/admission/serviceaccount` `Admit` and `Validate` (v1.36): the account's name, its pull secrets, and the projected
//! volume `kube-api-access-*` with a mount in each container; what a mirror Pod may not name; and the secrets that an account with
//! `kubernetes.io/enforce-mountable-secrets` grants its Pods.

use podlapse_manifest::{Subresource, names_secrets};
use podlapse_model::api::core::v1::{
    ConfigMapProjection, Container, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector, Pod, PodSpec,
    ProjectedVolumeSource, ServiceAccount, ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use podlapse_model::part::{items, text};
use podlapse_model::{Kind, Metadata, Object, ObjectKey, is_mirror, to_json};
use serde_json::Value;

use super::Attributes;
use crate::kernel::Random;
use crate::store::{ApiError, Store};

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// The annotation of an account whose Pods may use no other secrets than it lists.
const ENFORCE: &str = "kubernetes.io/enforce-mountable-secrets";
/// How the volume with the token is called, up to its end.
const TOKEN_VOLUME: &str = "kube-api-access-";
/// An hour, and seven seconds by which the kubelet tells it from a legacy token.
const TOKEN_EXPIRATION_SECONDS: i64 = 3_607;

/// Fills in the service account and mounts its token.
pub(crate) fn service_account(store: &Store, pod: &mut Pod, random: &mut Random) -> Result<(), ApiError> {
    let pod_key = super::pod_key(pod);
    let is_mirror = is_mirror(pod);
    let spec = pod.spec.get_or_insert_default();
    if is_mirror {
        return mirror(spec).map_or(Ok(()), |why| Err(ApiError::forbidden(&pod_key, why)));
    }
    let name = spec.service_account_name.take().filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
    spec.service_account_name = Some(name.clone());
    spec.service_account = Some(name.clone());
    let account = account(store, &pod_key, &name)?;
    let wants_token = spec.automount_service_account_token.or(account.automount_service_account_token).unwrap_or(true);
    if wants_token {
        token(spec, random);
    }
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets.clone_from(&account.image_pull_secrets);
    }
    limit_secrets(account, spec, false).map_err(|why| ApiError::forbidden(&pod_key, why))
}

/// What is wrong with a Pod that only shows what a kubelet runs from a file.
fn mirror(spec: &PodSpec) -> Option<&'static str> {
    let projected = spec.volumes.iter().flatten().filter_map(|volume| volume.projected.as_ref());
    let mut sources = projected.flat_map(|projected| projected.sources.iter().flatten());
    if spec.service_account_name.as_ref().is_some_and(|name| !name.is_empty()) {
        Some("a mirror pod may not reference service accounts")
    } else if names_secrets(spec) {
        Some("a mirror pod may not reference secrets")
    } else if sources.any(|source| source.service_account_token.is_some()) {
        Some("a mirror pod may not use ServiceAccountToken volume projections")
    } else {
        None
    }
}

fn account<'a>(store: &'a Store, pod: &ObjectKey, name: &str) -> Result<&'a ServiceAccount, ApiError> {
    let namespace = pod.namespace.as_str();
    match store.get(&ObjectKey::new(Kind::ServiceAccount, namespace, name)) {
        Some(Object::ServiceAccount(account)) => Ok(account),
        Some(_) | None => {
            let why = format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found");
            Err(ApiError::forbidden(pod, why))
        }
    }
}

/// Mounts the token in each container; a volume of that name is taken for the one with the token.
fn token(spec: &mut PodSpec, random: &mut Random) {
    let known =
        spec.volumes.iter().flatten().find(|volume| volume.name.starts_with(TOKEN_VOLUME)).map(|volume| volume.name.clone());
    let is_known = known.is_some();
    let name = known.unwrap_or_else(|| format!("{TOKEN_VOLUME}{}", random.name_suffix("kube-api-access", 5)));
    let mut is_mounted = false;
    let init = spec.init_containers.iter_mut().flatten();
    for container in init.chain(spec.containers.iter_mut()) {
        is_mounted |= mount_token(container, &name);
    }
    if is_mounted && !is_known {
        spec.volumes.get_or_insert_default().push(token_volume(name));
    }
}

/// Checks the containers that `kubectl debug` adds (`limitEphemeralContainerSecretReferences`).
pub(super) fn check_ephemeral(store: &Store, attributes: Attributes<'_>) -> Result<(), ApiError> {
    let (Object::Pod(pod), Subresource::EphemeralContainers) = (attributes.object, attributes.through) else { return Ok(()) };
    let key = attributes.key;
    let Some(spec) = &pod.spec else { return Ok(()) };
    let name = spec.service_account_name.as_deref().unwrap_or_default();
    if name.is_empty() {
        let why = format!("no service account specified for pod {}/{}", key.namespace, key.name);
        return Err(ApiError::forbidden(key, why));
    }
    limit_secrets(account(store, key, name)?, spec, true).map_err(|why| ApiError::forbidden(key, why))
}

/// Whether an account limits the secrets of its Pods.
fn limits_secrets(account: &ServiceAccount) -> bool {
    let value = account.annotation(ENFORCE);
    // Go's `strconv.ParseBool`.
    value.is_some_and(|value| ["1", "t", "T", "true", "TRUE", "True"].contains(&value))
}

/// Refuses secrets that the account does not grant (`limitSecretReferences`).
fn limit_secrets(account: &ServiceAccount, spec: &PodSpec, is_ephemeral: bool) -> Result<(), String> {
    if !limits_secrets(account) {
        return Ok(());
    }
    let (account, spec) = (to_json(account), to_json(spec));
    let mut used: Vec<(String, &str)> = Vec::new();
    let parts: &[(&str, &str)] = if is_ephemeral {
        &[("ephemeralContainers", "ephemeral container")]
    } else {
        for source in items(&spec, "volumes").iter().filter_map(|volume| volume.get("secret")) {
            used.push(("volume with".to_owned(), text(source, "secretName")));
        }
        &[("initContainers", "init container"), ("containers", "container")]
    };
    for (field, what) in parts {
        for container in items(&spec, field) {
            let what = format!("{what} {} with", text(container, "name"));
            for variable in items(container, "env") {
                if let Some(reference) = variable.pointer("/valueFrom/secretKeyRef") {
                    used.push((format!("{what} envVar {} referencing", text(variable, "name")), text(reference, "name")));
                }
            }
            for reference in items(container, "envFrom").iter().filter_map(|source| source.get("secretRef")) {
                used.push((format!("{what} envFrom referencing"), text(reference, "name")));
            }
        }
    }
    let grants = |field: &str, secret: &str| items(&account, field).iter().any(|granted| text(granted, "name") == secret);
    let name = account.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let rule = format!("is not allowed because service account {name} does not reference that");
    if let Some((what, secret)) = used.into_iter().find(|(_, secret)| !grants("secrets", secret)) {
        return Err(format!("{what} secret.secretName=\"{secret}\" {rule} secret"));
    }
    let pulling = if is_ephemeral { &[] } else { items(&spec, "imagePullSecrets") };
    match pulling.iter().position(|secret| !grants("imagePullSecrets", text(secret, "name"))) {
        Some(at) => Err(format!("imagePullSecrets[{at}].name=\"{}\" {rule} imagePullSecret", text(&pulling[at], "name"))),
        None => Ok(()),
    }
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
