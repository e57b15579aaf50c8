//! What is in a volume, and whether it can be set up.
//!
//! Models `pkg/volume` `SetUpAt` of secret, configMap, projected, downwardAPI, emptyDir and hostPath (v1.36). Not modelled: file modes
//! and owners, updates of mounted content, persistent volumes.

use std::collections::BTreeMap;

use podlapse_model::api::core::v1::{ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret, VolumeProjection};
use podlapse_model::{Kind, Object, ObjectKey};

use super::container_config::field;
use super::volume_manager::used_volumes;
use crate::store::Store;

/// A volume that is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct VolumeContent {
    /// The directory of the node that it is.
    pub(super) host_path: Option<String>,
    /// Contents by path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

/// Sets a volume up.
///
/// # Errors
/// What `MountVolume.SetUp failed` ends with.
pub(super) fn set_up(store: &Store, pod: &Pod, name: &str) -> Result<VolumeContent, String> {
    let Some(volume) = used_volumes(pod).find(|volume| volume.name == name) else { return Ok(VolumeContent::default()) };
    let files = if let Some(source) = &volume.secret {
        secret_files(store, pod, source.secret_name.as_deref().unwrap_or_default(), source.items.as_deref(), source.optional)?
    } else if let Some(source) = &volume.config_map {
        config_map_files(store, pod, &source.name, source.items.as_deref(), source.optional)?
    } else if let Some(source) = &volume.downward_api {
        downward_files(pod, source.items.as_deref())
    } else if let Some(source) = &volume.projected {
        let mut files = BTreeMap::new();
        for projection in source.sources.iter().flatten() {
            files.extend(projected_files(store, pod, projection)?);
        }
        files
    } else {
        BTreeMap::new()
    };
    let host_path = match &volume.host_path {
        Some(source) => {
            check_host_path(&source.path, source.type_.as_deref().unwrap_or_default())?;
            Some(source.path.clone())
        }
        None => None,
    };
    Ok(VolumeContent { host_path, files })
}

fn projected_files(store: &Store, pod: &Pod, projection: &VolumeProjection) -> Result<BTreeMap<String, Vec<u8>>, String> {
    if let Some(source) = &projection.secret {
        return secret_files(store, pod, &source.name, source.items.as_deref(), source.optional);
    }
    if let Some(source) = &projection.config_map {
        return config_map_files(store, pod, &source.name, source.items.as_deref(), source.optional);
    }
    if let Some(source) = &projection.downward_api {
        return Ok(downward_files(pod, source.items.as_deref()));
    }
    let token = projection.service_account_token.as_ref().map(|source| (source.path.clone(), b"token".to_vec()));
    Ok(token.into_iter().collect())
}

fn secret_files(
    store: &Store,
    pod: &Pod,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let found = store.get(&ObjectKey::new(Kind::Secret, namespace(pod), name));
    let Some(Object::Secret(secret)) = found else { return missing("secret", name, optional) };
    let data = |secret: &Secret| {
        secret.data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone())).collect::<BTreeMap<String, Vec<u8>>>()
    };
    pick(data(secret), items, optional)
}

fn config_map_files(
    store: &Store,
    pod: &Pod,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let found = store.get(&ObjectKey::new(Kind::ConfigMap, namespace(pod), name));
    let Some(Object::ConfigMap(map)) = found else { return missing("configmap", name, optional) };
    let data = |map: &ConfigMap| {
        let texts = map.data.iter().flatten().map(|(key, text)| (key.clone(), text.clone().into_bytes()));
        let binary = map.binary_data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone()));
        texts.chain(binary).collect::<BTreeMap<String, Vec<u8>>>()
    };
    pick(data(map), items, optional)
}

fn missing(kind: &str, name: &str, optional: Option<bool>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    if optional == Some(true) { Ok(BTreeMap::new()) } else { Err(format!("{kind} \"{name}\" not found")) }
}

/// All keys, or those that `items` names under the paths that it gives.
fn pick(
    data: BTreeMap<String, Vec<u8>>,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let Some(items) = items.filter(|items| !items.is_empty()) else { return Ok(data) };
    let mut files = BTreeMap::new();
    for item in items {
        match data.get(&item.key) {
            Some(bytes) => drop(files.insert(item.path.clone(), bytes.clone())),
            None if optional == Some(true) => {}
            None => return Err(format!("references non-existent secret key: {}", item.key)),
        }
    }
    Ok(files)
}

fn downward_files(pod: &Pod, items: Option<&[DownwardAPIVolumeFile]>) -> BTreeMap<String, Vec<u8>> {
    let text = |item: &DownwardAPIVolumeFile| {
        let path = item.field_ref.as_ref().map_or("", |reference| reference.field_path.as_str());
        let map = match path {
            "metadata.labels" => pod.metadata.labels.as_ref(),
            "metadata.annotations" => pod.metadata.annotations.as_ref(),
            _ => return field(pod, path, &[]),
        };
        let lines: Vec<String> = map.into_iter().flatten().map(|(key, value)| format!("{key}={value:?}")).collect();
        lines.join("\n")
    };
    items.into_iter().flatten().map(|item| (item.path.clone(), text(item).into_bytes())).collect()
}

fn namespace(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or_default()
}

/// The node's own file system holds only its top directories, so a type check that wants something else fails.
fn check_host_path(path: &str, kind: &str) -> Result<(), String> {
    const DIRECTORIES: &[&str] =
        &["/", "/dev", "/etc", "/home", "/opt", "/proc", "/run", "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log"];
    let is_directory = DIRECTORIES.contains(&path.trim_end_matches('/')) || path == "/";
    match kind {
        "Directory" if !is_directory => Err(format!("hostPath type check failed: {path} is not a directory")),
        "File" => Err(format!("hostPath type check failed: {path} is not a file")),
        "Socket" => Err(format!("hostPath type check failed: {path} is not a socket file")),
        "CharDevice" => Err(format!("hostPath type check failed: {path} is not a character device")),
        "BlockDevice" => Err(format!("hostPath type check failed: {path} is not a block device")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_path_of_another_type_is_refused() {
        assert!(check_host_path("/does/not/exist", "Directory").is_err());
        assert!(check_host_path("/var/log", "Directory").is_ok());
        assert!(check_host_path("/anything", "").is_ok());
    }
}
