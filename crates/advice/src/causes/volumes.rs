//! Claims that do not exist, or find no volume.

use podlapse_manifest::Amend;
use podlapse_model::{Kind, Object, ObjectKey};
use serde_json::{Value, json};

use super::{Case, change, items, steps, text};
use crate::change::{Change, Remedy};

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    for (_, volume) in items(&case.pod, "/spec/volumes") {
        let name = text(volume, "/persistentVolumeClaim/claimName");
        if name.is_empty() {
            continue;
        }
        match case.lives.object(&ObjectKey::new(Kind::PersistentVolumeClaim, case.namespace(), name)) {
            None => create(case, name, out),
            Some(claim) if text(&claim.to_json(), "/status/phase") != "Bound" => unbound(case, name, &claim.to_json(), out),
            Some(_) => {}
        }
    }
}

/// The classes whose volumes are made when they are claimed.
fn classes<'c>(case: &'c Case<'_>) -> impl Iterator<Item = Value> + 'c {
    let classes = case.lives.list(Kind::StorageClass).map(Object::to_json);
    classes.filter(|class| !text(class, "/provisioner").contains("no-provisioner"))
}

fn volume(name: &str, storage: &str, modes: &Value, class: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
        "spec": {
            "accessModes": modes, "capacity": {"storage": storage}, "hostPath": {"path": format!("/mnt/{name}")},
            "storageClassName": class,
        },
    })
}

fn create(case: &Case<'_>, name: &str, out: &mut Vec<Change>) {
    let (storage, modes) = ("1Gi", json!(["ReadWriteOnce"]));
    let class = classes(case).next().map(|class| text(&class, "/metadata/name").to_owned()).unwrap_or_default();
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": case.metadata(name),
        "spec": {"accessModes": modes.clone(), "resources": {"requests": {"storage": storage}}, "storageClassName": class.clone()},
    });
    let mut edits = vec![case.create(claim)];
    if class.is_empty() {
        edits.push(case.create(volume(name, storage, &modes, "")));
    }
    out.push(change(Remedy::CreateClaim, name, [&class, storage], edits));
}

fn unbound(case: &Case<'_>, name: &str, claim: &Value, out: &mut Vec<Change>) {
    let class = text(claim, "/spec/storageClassName");
    let storage = text(claim, "/spec/resources/requests/storage");
    if let Some((location, _)) = case.documents.written(Kind::PersistentVolumeClaim, case.namespace(), name) {
        for other in classes(case).map(|class| text(&class, "/metadata/name").to_owned()).filter(|other| *other != class) {
            let edit = location.edit(steps("spec/storageClassName"), Amend::Set(other.clone().into()));
            out.push(change(Remedy::ClaimClass, name, [class, &other], [edit]));
        }
    }
    let modes = claim.pointer("/spec/accessModes").cloned().unwrap_or_else(|| json!(["ReadWriteOnce"]));
    out.push(change(Remedy::CreateVolume, name, ["", storage], [case.create(volume(name, storage, &modes, class))]));
}
