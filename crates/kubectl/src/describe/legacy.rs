//! Sources of volumes that no part of the engine reads. Models the writers of `describeVolumes` and `describePersistentVolume` for them.

use serde_json::Value;

use super::writer::{Writer, put};
use crate::output::go_text;

/// A line: its title, the field, and what stands for none; some only of persistent volumes.
struct Line(&'static str, &'static str, &'static str);

/// Lines that only a persistent volume has begin with this.
const PERSISTENT: char = '!';

/// A source: its field, what it is, and its lines.
type Source = (&'static str, &'static str, &'static [Line]);

const READ_ONLY: Line = Line("ReadOnly:", "/readOnly", "false");
const FS_TYPE: Line = Line("FSType:", "/fsType", "");
const SECRET: Line = Line("SecretRef:", "/secretRef", "nil");
const VOLUME_ID: Line = Line("VolumeID:", "/volumeID", "");

const SOURCES: &[Source] = &[
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        &[
            Line("TargetPortal:", "/targetPortal", ""),
            Line("IQN:", "/iqn", ""),
            Line("Lun:", "/lun", "0"),
            Line("ISCSIInterface", "/iscsiInterface", ""),
            FS_TYPE,
            READ_ONLY,
            Line("Portals:", "/portals", "[]"),
            Line("DiscoveryCHAPAuth:", "/chapAuthDiscovery", "false"),
            Line("SessionCHAPAuth:", "/chapAuthSession", "false"),
            SECRET,
            Line("InitiatorName:", "/initiatorName", "<none>"),
        ],
    ),
    (
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        &[
            Line("EndpointsName:", "/endpoints", ""),
            Line("!EndpointsNamespace:", "/endpointsNamespace", "<unset>"),
            Line("Path:", "/path", ""),
            READ_ONLY,
        ],
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        &[
            Line("CephMonitors:", "/monitors", "[]"),
            Line("RBDImage:", "/image", ""),
            FS_TYPE,
            Line("RBDPool:", "/pool", ""),
            Line("RadosUser:", "/user", ""),
            Line("Keyring:", "/keyring", ""),
            SECRET,
            READ_ONLY,
        ],
    ),
    (
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        &[Line("Registry:", "/registry", ""), Line("Volume:", "/volume", ""), READ_ONLY],
    ),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            Line("DiskName:", "/diskName", ""),
            Line("DiskURI:", "/diskURI", ""),
            Line("Kind: ", "/kind", ""),
            FS_TYPE,
            Line("CachingMode:", "/cachingMode", ""),
            READ_ONLY,
        ],
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[Line("VolumePath:", "/volumePath", ""), FS_TYPE, Line("StoragePolicyName:", "/storagePolicyName", "")],
    ),
    ("cinder", "Cinder (a Persistent Disk resource in OpenStack)", &[VOLUME_ID, FS_TYPE, READ_ONLY, SECRET]),
    (
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        &[Line("PdID:", "/pdID", ""), FS_TYPE],
    ),
    ("portworxVolume", "PortworxVolume (a Portworx Volume resource)", &[VOLUME_ID]),
    (
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        &[
            Line("Gateway:", "/gateway", ""),
            Line("System:", "/system", ""),
            Line("Protection Domain:", "/protectionDomain", ""),
            Line("Storage Pool:", "/storagePool", ""),
            Line("Storage Mode:", "/storageMode", ""),
            Line("VolumeName:", "/volumeName", ""),
            Line("!SecretName:", "/secretRef/name", ""),
            Line("!SecretNamespace:", "/secretRef/namespace", ""),
            FS_TYPE,
            READ_ONLY,
        ],
    ),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        &[
            Line("Monitors:", "/monitors", "[]"),
            Line("Path:", "/path", ""),
            Line("User:", "/user", ""),
            Line("SecretFile:", "/secretFile", ""),
            SECRET,
            READ_ONLY,
        ],
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        &[Line("VolumeName:", "/volumeName", ""), Line("VolumeNamespace:", "/volumeNamespace", ""), FS_TYPE, READ_ONLY],
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        &[Line("TargetWWNs:", "/targetWWNs", ""), Line("LUN:", "/lun", "<none>"), FS_TYPE, READ_ONLY],
    ),
    (
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        &[
            Line("SecretName:", "/secretName", ""),
            Line("!SecretNamespace:", "/secretNamespace", ""),
            Line("ShareName:", "/shareName", ""),
            READ_ONLY,
        ],
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        &[Line("Driver:", "/driver", ""), FS_TYPE, SECRET, READ_ONLY, Line("Options:", "/options", "map[]")],
    ),
    (
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[Line("DatasetName:", "/datasetName", ""), Line("DatasetUUID:", "/datasetUUID", "")],
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[Line("PDName:", "/pdName", ""), FS_TYPE, Line("Partition:", "/partition", "0"), READ_ONLY],
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[VOLUME_ID, FS_TYPE, Line("Partition:", "/partition", "0"), READ_ONLY],
    ),
];

/// Writes the source of a volume, if it is one of these.
pub(super) fn source(w: &mut Writer, volume: &Value, is_persistent: bool) -> bool {
    let Some((given, (field, kind, lines))) = SOURCES.iter().find_map(|source| Some((volume.get(source.0)?, source))) else {
        return false;
    };
    put!(w, 2, "Type:\t{kind}\n");
    for Line(title, path, none) in *lines {
        if title.starts_with(PERSISTENT) && !is_persistent {
            continue;
        }
        let value = match given.pointer(path) {
            None | Some(Value::Null) => (*none).to_owned(),
            Some(Value::Array(wwns)) if *field == "fc" => {
                wwns.iter().map(|wwn| wwn.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", ")
            }
            Some(secret @ Value::Object(_)) if *path == "/secretRef" => reference(secret, is_persistent),
            Some(value) => go_text(value),
        };
        put!(w, 2, "{}\t{value}\n", title.trim_start_matches(PERSISTENT));
    }
    true
}

/// A reference to a Secret, as its type prints itself.
fn reference(secret: &Value, is_persistent: bool) -> String {
    let text = |field: &str| secret[field].as_str().unwrap_or_default().to_owned();
    match is_persistent {
        true => format!("&SecretReference{{Name:{},Namespace:{},}}", text("name"), text("namespace")),
        false => format!("&LocalObjectReference{{Name:{},}}", text("name")),
    }
}
