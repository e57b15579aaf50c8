//! Volume sources of single vendors, in Pods and in PersistentVolumes.
//!
//! Upstream: `validateISCSIVolumeSource`, `validateFCVolumeSource`, `validateQuobyteVolumeSource` and their like in
//! `pkg/apis/core/validation/validation.go`. They are read as JSON, so that one table says what must be there.

use podlapse_model::part::text;
use serde_json::Value;

use crate::validate::error::Errors;
use crate::validate::names::{label_errors, range};

/// The fields that must be there, where that is the first thing that upstream looks at.
const REQUIRED: &[(&str, &[&str])] = &[
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("glusterfs", &["endpoints", "path"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cephfs", &["monitors"]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
];
const MANAGED_URI: &str = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_URI: &str = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
const REGISTRY_RULE: &str = "must be a host:port pair or multiple pairs separated by commas";
/// Names of the volume and of an iSCSI portal together.
const MAX_PORTAL: usize = 64;

/// The path under which a source's own fields are reported.
pub(in crate::validate) fn own_path(name: &str) -> &str {
    if name == "gcePersistentDisk" { "persistentDisk" } else { name }
}

/// The name by which a source that is one too many is reported, as upstream spells it.
pub(in crate::validate) fn extra_path(name: &str) -> &str {
    match name {
        "cephfs" => "cephFS",
        "downwardAPI" => "downwarAPI",
        other => other,
    }
}

fn is_missing(value: &Value, field: &str) -> bool {
    match value.get(field) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
    }
}

fn required(value: &Value, field: &str, path: &str, out: &mut Errors) {
    if is_missing(value, field) {
        out.required(&format!("{path}.{field}"), "");
    }
}

/// A reference to a Secret names it, and in a PersistentVolume its namespace.
fn secret(value: &Value, fields: &[&str], path: &str, out: &mut Errors) {
    if let Some(reference) = value.get("secretRef") {
        fields.iter().for_each(|field| required(reference, field, &format!("{path}.secretRef"), out));
    }
}

/// One source; `volume` is the name of the volume it stands in.
pub(in crate::validate) fn source(name: &str, value: &Value, volume: &str, is_persistent: bool, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    for (_, fields) in REQUIRED.iter().filter(|(source, _)| *source == name) {
        fields.iter().for_each(|field| required(value, field, path, out));
    }
    let secret_fields: &[&str] = if is_persistent { &["name", "namespace"] } else { &["name"] };
    match name {
        "gcePersistentDisk" | "awsElasticBlockStore" => {
            let partition = value.get("partition").and_then(Value::as_i64).unwrap_or_default();
            if !(0..=255).contains(&partition) {
                out.invalid(&child("partition"), partition, &range(1, 255));
            }
        }
        "iscsi" => iscsi(value, volume, is_persistent, path, out),
        "fc" => fibre_channel(value, path, out),
        "quobyte" => quobyte(value, path, out),
        "flocker" => flocker(value, path, out),
        "storageos" => storageos(value, secret_fields, path, out),
        "cinder" => secret(value, secret_fields, path, out),
        "glusterfs" if is_persistent => glusterfs_namespace(value, &child("endpointsNamespace"), out),
        "azureFile" if is_persistent && value.get("secretNamespace").is_some_and(|found| found == "") => {
            out.required(&child("secretNamespace"), "");
        }
        "azureDisk" => azure_disk(value, path, out),
        "flexVolume" => {
            for key in value.get("options").and_then(Value::as_object).into_iter().flat_map(|options| options.keys()) {
                let namespace = format!(".{}", key.split('/').next().unwrap_or_default().to_lowercase());
                if namespace.ends_with(".kubernetes.io") || namespace.ends_with(".k8s.io") {
                    let detail = "kubernetes.io and k8s.io namespaces are reserved";
                    out.invalid(&child(&format!("options[{key}]")), key, detail);
                }
            }
        }
        _ => {}
    }
}

fn glusterfs_namespace(value: &Value, path: &str, out: &mut Errors) {
    match value.get("endpointsNamespace").and_then(Value::as_str) {
        Some("") => out.invalid(path, "", "if the endpointnamespace is set, it must be a valid namespace name"),
        Some(namespace) => out.each(path, namespace, label_errors(namespace)),
        None => {}
    }
}

fn iscsi(value: &Value, volume: &str, is_persistent: bool, path: &str, out: &mut Errors) {
    const FORMAT: &str = "must be valid format";
    const PREFIX: &str = "must be valid format starting with iqn, eui, or naa";
    const TOO_LONG: &str =
        "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
    let child = |field: &str| format!("{path}.{field}");
    let portal = text(value, "targetPortal");
    let initiator = value.get("initiatorName").and_then(Value::as_str);
    let is_too_long = initiator.is_some() && volume.len() + 1 + portal.len() > MAX_PORTAL;
    let prefix = if is_persistent { FORMAT } else { PREFIX };
    required(value, "targetPortal", path, out);
    if is_persistent && is_too_long {
        out.invalid(&child("targetportal"), portal, TOO_LONG);
    }
    required(value, "iqn", path, out);
    let named = [("iqn", Some(text(value, "iqn")).filter(|name| !name.is_empty())), ("initiatorname", initiator)];
    let check = |(field, name): (&str, Option<&str>), out: &mut Errors| {
        let Some(name) = name else { return };
        if !["iqn", "eui", "naa"].iter().any(|start| name.starts_with(start)) {
            out.invalid(&child(field), name, prefix);
        } else if !is_initiator(name) {
            out.invalid(&child(field), name, FORMAT);
        }
    };
    check(named[0], out);
    let lun = value.get("lun").and_then(Value::as_i64).unwrap_or_default();
    if !(0..=255).contains(&lun) {
        out.invalid(&child("lun"), lun, &range(0, 255));
    }
    let has_auth = ["chapAuthDiscovery", "chapAuthSession"].iter().any(|field| value.get(*field) == Some(&Value::Bool(true)));
    if has_auth && is_missing(value, "secretRef") {
        out.required(&child("secretRef"), "");
    }
    if is_persistent {
        secret(value, &["name"], path, out);
    }
    check(named[1], out);
    if !is_persistent && is_too_long {
        let parent = path.rsplit_once('.').map_or(path, |(parent, _)| parent);
        out.invalid(&format!("{parent}.name"), volume, TOO_LONG);
    }
}

/// The forms `iqn.2001-04.com.example:disk`, `eui.` with 16 and `naa.` with 32 letters or digits.
fn is_initiator(name: &str) -> bool {
    let plain = |rest: &str, length: usize| {
        let mut rest = rest.chars();
        rest.next().is_some() && rest.as_str().len() == length && rest.as_str().bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if let Some(rest) = name.strip_prefix("eui") {
        return plain(rest, 16);
    }
    if let Some(rest) = name.strip_prefix("naa") {
        return plain(rest, 32);
    }
    let Some((date, rest)) = name.strip_prefix("iqn.").and_then(|rest| Some((rest.get(..8)?, rest.get(8..)?))) else {
        return false;
    };
    let is_date = date.bytes().enumerate().all(|(at, b)| match at {
        4 => b == b'-',
        7 => b == b'.',
        _ => b.is_ascii_digit(),
    });
    let Some((authority, unique)) = rest.split_once(':') else { return false };
    let is_authority = !authority.is_empty() && authority.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let is_unique = !unique.is_empty() && !unique.contains([',', ';', '*', '&', '$', '|', ' ', '\t', '\n', '\r', '\u{c}']);
    is_date && is_authority && is_unique
}

fn fibre_channel(value: &Value, path: &str, out: &mut Errors) {
    let child = |field: &str| format!("{path}.{field}");
    let (has_names, has_ids) = (!is_missing(value, "targetWWNs"), !is_missing(value, "wwids"));
    match (has_names, has_ids) {
        (false, false) => out.required(&child("targetWWNs"), "must specify either targetWWNs or wwids, but not both"),
        (true, true) => {
            let detail = "targetWWNs and wwids can not be specified simultaneously";
            out.invalid(&child("targetWWNs"), &value["targetWWNs"], detail);
        }
        (true, false) | (false, true) => {}
    }
    if has_names {
        match value.get("lun").and_then(Value::as_i64) {
            None => out.required(&child("lun"), "lun is required if targetWWNs is specified"),
            Some(lun) if !(0..=255).contains(&lun) => out.invalid(&child("lun"), lun, &range(0, 255)),
            Some(_) => {}
        }
    }
}

fn quobyte(value: &Value, path: &str, out: &mut Errors) {
    let registry = text(value, "registry");
    if registry.is_empty() {
        out.required(&format!("{path}.registry"), REGISTRY_RULE);
    } else if text(value, "tenant").len() >= 65 {
        out.required(&format!("{path}.tenant"), "must be a UUID and may not exceed a length of 64 characters");
    } else {
        let is_pair = |pair: &&str| pair.matches(':').count() == 1;
        let wrong = registry.split(',').filter(|pair| !is_pair(pair)).count();
        (0..wrong).for_each(|_| out.invalid(&format!("{path}.registry"), registry, REGISTRY_RULE));
    }
    required(value, "volume", path, out);
}

fn flocker(value: &Value, path: &str, out: &mut Errors) {
    let (name, uuid) = (text(value, "datasetName"), text(value, "datasetUUID"));
    match (name.is_empty(), uuid.is_empty()) {
        (true, true) => out.required(path, "one of datasetName and datasetUUID is required"),
        (false, false) => {
            out.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
        }
        (true, false) | (false, true) => {}
    }
    if name.contains('/') {
        out.invalid(&format!("{path}.datasetName"), name, "must not contain '/'");
    }
}

fn storageos(value: &Value, secret_fields: &[&str], path: &str, out: &mut Errors) {
    required(value, "volumeName", path, out);
    for field in ["volumeName", "volumeNamespace"] {
        let name = text(value, field);
        if !name.is_empty() {
            out.each(&format!("{path}.{field}"), name, label_errors(name));
        }
    }
    secret(value, secret_fields, path, out);
}

fn azure_disk(value: &Value, path: &str, out: &mut Errors) {
    let supported: [(&str, &[&str]); 2] =
        [("cachingMode", &["None", "ReadOnly", "ReadWrite"]), ("kind", &["Dedicated", "Managed", "Shared"])];
    for (field, known) in supported {
        if let Some(found) = value.get(field).and_then(Value::as_str) {
            out.one_of(&format!("{path}.{field}"), found, known);
        }
    }
    let uri = text(value, "diskURI");
    let (start, form) = if text(value, "kind") == "Managed" { ("/subscriptions/", MANAGED_URI) } else { ("https://", BLOB_URI) };
    if value.get("kind").is_some() && !uri.starts_with(start) {
        out.not_supported(&format!("{path}.diskURI"), uri, &[form]);
    }
}
