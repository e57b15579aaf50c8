//! What is in a volume, and whether it can be set up.
//!
//! Models `pkg/volume` `SetUpAt` of secret, configMap, projected, downwardAPI, emptyDir, hostPath and gitRepo,
//! `supportsVolumeLifecycleMode` of csi, and of `pkg/kubelet/volumemanager/populator` `getPVCExtractPV` (v1.36). Not modelled: file
//! owners, modes beside the executable bit, updates of mounted content, volumes of storage drivers, which are empty directories that stay.

use podlapse_model::api::core::v1::{
    DownwardAPIVolumeFile, HostPathVolumeSource, KeyToPath, PersistentVolume, PersistentVolumeClaim, Pod, Volume,
    VolumeProjection,
};
use podlapse_model::field::aggregate;
use podlapse_model::{Kind, Metadata, Object, ObjectKey, SortedMap};

use crate::cri::VolumeFile;
use crate::kubelet::container::downward_api;
use crate::store::Store;

/// What a volume from a git repository comes to: its plugin is locked to be off.
const GIT_REPO_DISABLED: &str = "git-repo volume plugin has been disabled; if necessary, it may be re-enabled by enabling the \
                                 feature-gate `GitRepoVolumeDriver`";

/// A volume that is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kubelet) struct VolumeContent {
    /// The directory of the node that it is.
    pub(super) host_path: Option<String>,
    /// Files by path.
    pub(super) files: Files,
}

type Files = SortedMap<String, VolumeFile>;
/// Contents by path.
type Contents = SortedMap<String, Vec<u8>>;

/// The volume behind a claim, if the claim lets it be used.
///
/// # Errors
/// What is wrong with the claim.
pub(in crate::kubelet) fn claimed(store: &Store, pod: &Pod, claim: &str) -> Result<Option<PersistentVolume>, String> {
    let error = |what: String| format!("error processing PVC {}/{claim}: {what}", pod.namespace());
    let Some(claim) = persistent_volume_claim(store, pod, claim) else {
        return Err(error(format!("failed to fetch PVC from API server: persistentvolumeclaims \"{claim}\" not found")));
    };
    let is_bound = claim.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Bound");
    if claim.metadata.deletion_timestamp.is_some() {
        return Err(error("PVC is being deleted".to_owned()));
    }
    let volume = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).filter(|_| is_bound);
    let Some(volume) = volume else { return Err(error("PVC is not bound".to_owned())) };
    match store.get(&ObjectKey::new(Kind::PersistentVolume, "", volume)) {
        Some(Object::PersistentVolume(volume)) => Ok(Some(PersistentVolume::clone(volume))),
        Some(_) | None => Ok(None),
    }
}

fn persistent_volume_claim<'a>(store: &'a Store, pod: &Pod, name: &str) -> Option<&'a PersistentVolumeClaim> {
    match store.get(&ObjectKey::new(Kind::PersistentVolumeClaim, pod.namespace(), name)) {
        Some(Object::PersistentVolumeClaim(claim)) => Some(claim),
        Some(_) | None => None,
    }
}

/// Sets a volume up.
///
/// # Errors
/// What is told of it.
pub(in crate::kubelet) fn set_up(store: &Store, pod: &Pod, volume: &Volume) -> Result<VolumeContent, String> {
    let failed = |name: &str, error: String| format!("MountVolume.SetUp failed for volume \"{name}\" : {error}");
    let own = |error| failed(&volume.name, error);
    if let Some(source) = volume.csi.as_ref().filter(|source| !store.has_csi_driver(&source.driver)) {
        return Err(format!(
            "MountVolume.NewMounter initialization failed for volume \"{}\" : volume mode \"Ephemeral\" not supported by driver {} (no \
             CSIDriver object)",
            volume.name, source.driver
        ));
    }
    if volume.git_repo.is_some() {
        return Err(own(GIT_REPO_DISABLED.to_owned()));
    }
    if let Some(source) = &volume.persistent_volume_claim {
        let Ok(Some(persistent)) = claimed(store, pod, &source.claim_name) else { return Ok(VolumeContent::default()) };
        let name = persistent.metadata.name.unwrap_or_default();
        let spec = persistent.spec.unwrap_or_default();
        let path = match (&spec.host_path, &spec.local) {
            (Some(source), _) => host_path(source).map_err(|error| failed(&name, error))?,
            (None, Some(local)) => local.path.clone(),
            (None, None) => format!("/var/lib/podlapse/{name}"),
        };
        return Ok(VolumeContent { host_path: Some(path), files: Files::new() });
    }
    let host_path = volume.host_path.as_ref().map(host_path).transpose().map_err(own)?;
    Ok(VolumeContent { host_path, files: files(store, pod, volume).map_err(own)? })
}

fn files(store: &Store, pod: &Pod, volume: &Volume) -> Result<Files, String> {
    if let Some(source) = &volume.secret {
        let (name, items) = (source.secret_name.as_deref().unwrap_or_default(), source.items.as_deref());
        return keyed_files(store, pod, (Kind::Secret, name), items, source.optional, source.default_mode);
    }
    if let Some(source) = &volume.config_map {
        let (name, items) = (source.name.as_str(), source.items.as_deref());
        return keyed_files(store, pod, (Kind::ConfigMap, name), items, source.optional, source.default_mode);
    }
    if let Some(source) = &volume.downward_api {
        return Ok(downward_files(store, pod, source.items.as_deref(), source.default_mode));
    }
    let projected = volume.projected.as_ref();
    let mode = projected.and_then(|source| source.default_mode);
    let (mut files, mut errors) = (Files::new(), Vec::new());
    for source in projected.and_then(|source| source.sources.as_deref()).unwrap_or_default() {
        match projected_files(store, pod, mode, source) {
            Ok(more) => files.extend(more),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(aggregate(&errors)) }
}

fn projected_files(store: &Store, pod: &Pod, mode: Option<i32>, source: &VolumeProjection) -> Result<Files, String> {
    if let Some(source) = &source.secret {
        return keyed_files(store, pod, (Kind::Secret, &source.name), source.items.as_deref(), source.optional, mode);
    }
    if let Some(source) = &source.config_map {
        return keyed_files(store, pod, (Kind::ConfigMap, &source.name), source.items.as_deref(), source.optional, mode);
    }
    if let Some(source) = &source.downward_api {
        return Ok(downward_files(store, pod, source.items.as_deref(), mode));
    }
    let token = source.service_account_token.as_ref().map(|source| (source.path.clone(), b"token".to_vec()));
    Ok(with_modes(token.into_iter().collect(), mode, Vec::new()))
}

fn keyed_files(
    store: &Store,
    pod: &Pod,
    (kind, name): (Kind, &str),
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
    mode: Option<i32>,
) -> Result<Files, String> {
    let contents = contents(store, pod, kind, name, items, optional)?;
    let own = items.into_iter().flatten().filter_map(|item| Some((item.path.as_str(), item.mode?)));
    Ok(with_modes(contents, mode, own.collect()))
}

fn downward_files(store: &Store, pod: &Pod, items: Option<&[DownwardAPIVolumeFile]>, mode: Option<i32>) -> Files {
    let own = items.into_iter().flatten().filter_map(|item| Some((item.path.as_str(), item.mode?)));
    with_modes(downward_api::files(store, pod, items).collect(), mode, own.collect())
}

/// Files with the modes that their items, or else the whole volume, are given.
fn with_modes(contents: Contents, whole: Option<i32>, own: Vec<(&str, i32)>) -> Files {
    const EXECUTABLE: i32 = 0o111;
    let file = |(path, data): (String, Vec<u8>)| {
        let mode = own.iter().find(|(item, _)| *item == path).map(|(_, mode)| *mode).or(whole);
        (path, VolumeFile { data, is_executable: mode.unwrap_or_default() & EXECUTABLE != 0 })
    };
    contents.into_iter().map(file).collect()
}

/// All keys of a Secret or ConfigMap, or those that `items` names under the paths that it gives (`MakePayload`).
fn contents(
    store: &Store,
    pod: &Pod,
    kind: Kind,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
) -> Result<Contents, String> {
    let is_optional = optional == Some(true);
    let (what, missing_key) = if kind == Kind::Secret {
        ("secret", "references non-existent secret key")
    } else {
        ("configmap", "configmap references non-existent config key")
    };
    let data: Contents = match store.get(&ObjectKey::new(kind, pod.namespace(), name)) {
        Some(Object::Secret(secret)) => secret.data.iter().flatten().map(|(key, value)| (key.clone(), value.0.clone())).collect(),
        Some(Object::ConfigMap(map)) => {
            let texts = map.data.iter().flatten().map(|(key, text)| (key.clone(), text.clone().into_bytes()));
            let binary = map.binary_data.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone()));
            texts.chain(binary).collect()
        }
        Some(_) | None if is_optional => Contents::new(),
        Some(_) | None => return Err(format!("{what} \"{name}\" not found")),
    };
    let Some(items) = items.filter(|items| !items.is_empty()) else { return Ok(data) };
    let mut files = Contents::new();
    for item in items {
        match data.get(&item.key) {
            Some(bytes) => drop(files.insert(item.path.clone(), bytes.clone())),
            None if is_optional => {}
            None => return Err(format!("{missing_key}: {}", item.key)),
        }
    }
    Ok(files)
}

/// The path, if what is there is what the type asks for (`checkTypeInternal`).
fn host_path(source: &HostPathVolumeSource) -> Result<String, String> {
    check_host_path(&source.path, source.type_.as_deref().unwrap_or_default())?;
    Ok(source.path.clone())
}

/// The node's own file system holds what every node has, so a type check that wants something else fails.
fn check_host_path(path: &str, kind: &str) -> Result<(), String> {
    const DIRECTORIES: &[&str] = &[
        "",
        "/bin",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/opt",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/sys",
        "/tmp",
        "/usr",
        "/var",
        "/var/lib",
        "/var/lib/kubelet",
        "/var/log",
        "/var/log/pods",
        "/var/run",
    ];
    const FILES: &[&str] =
        &["/etc/group", "/etc/hostname", "/etc/hosts", "/etc/os-release", "/etc/passwd", "/etc/resolv.conf", "/proc/cpuinfo"];
    const CHARACTER_DEVICES: &[&str] = &["/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"];
    let place = path.trim_end_matches('/');
    let (found, wanted): (&[&str], &str) = match kind {
        "Directory" => (DIRECTORIES, "directory"),
        "File" => (FILES, "file"),
        "Socket" => (&[], "socket file"),
        "CharDevice" => (CHARACTER_DEVICES, "character device"),
        "BlockDevice" => (&[], "block device"),
        // These are created unless something else is there.
        "DirectoryOrCreate" if FILES.contains(&place) || CHARACTER_DEVICES.contains(&place) => (&[], "directory"),
        "FileOrCreate" if DIRECTORIES.contains(&place) => (&[], "file"),
        // Only the file is created, not the directory that it stands in.
        "FileOrCreate" if !DIRECTORIES.contains(&place.rsplit_once('/').map_or("", |(parent, _)| parent)) => {
            return Err(format!("open {path}: no such file or directory"));
        }
        _ => return Ok(()),
    };
    if found.contains(&place) { Ok(()) } else { Err(format!("hostPath type check failed: {path} is not a {wanted}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_path_of_another_type_is_refused() {
        assert!(check_host_path("/does/not/exist", "Directory").is_err());
        assert!(check_host_path("/var/log", "Directory").is_ok());
        assert!(check_host_path("/", "Directory").is_ok());
        assert!(check_host_path("/dev/null", "CharDevice").is_ok());
        assert!(check_host_path("/etc", "FileOrCreate").is_err());
        assert!(check_host_path("/etc/new", "FileOrCreate").is_ok());
        assert_eq!(check_host_path("/no/such", "FileOrCreate"), Err("open /no/such: no such file or directory".to_owned()));
        assert!(check_host_path("/anything", "").is_ok());
    }
}
