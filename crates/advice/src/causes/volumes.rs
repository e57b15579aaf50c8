//! Claims that do not exist, or find no volume.

use podlapse_manifest::Amend;
use podlapse_model::{Kind, Object, ObjectKey};
use serde_json::Value;

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
fn classes(case: &Case<'_>) -> Vec<Value> {
    let mut classes: Vec<Value> = case.lives.list(Kind::StorageClass).map(Object::to_json).collect();
    classes.retain(|class| !text(class, "/provisioner").contains("no-provisioner"));
    classes
}

fn volume(name: &str, storage: &str, modes: &str, class: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}}}\nspec:\n  accessModes: [{modes}]\n  capacity: {{storage: {storage}}}\n  \
         hostPath: {{path: /mnt/{name}}}\n  storageClassName: \"{class}\"\n"
    )
}

fn create(case: &Case<'_>, name: &str, out: &mut Vec<Change>) {
    let (storage, modes) = ("1Gi", "ReadWriteOnce");
    let class = classes(case).first().map(|class| text(class, "/metadata/name").to_owned()).unwrap_or_default();
    let claim = format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\n{}spec:\n  accessModes: [{modes}]\n  resources: {{requests: {{storage: {storage}}}}}\n  \
         storageClassName: \"{class}\"\n",
        case.metadata(name)
    );
    let mut edits = vec![case.create(claim)];
    if class.is_empty() {
        edits.push(case.create(volume(name, storage, modes, "")));
    }
    out.push(change(Remedy::CreateClaim, name, [&class, storage], edits));
}

fn unbound(case: &Case<'_>, name: &str, claim: &Value, out: &mut Vec<Change>) {
    let class = text(claim, "/spec/storageClassName");
    let storage = text(claim, "/spec/resources/requests/storage");
    if let Some((location, _)) = case.documents.written(Kind::PersistentVolumeClaim, case.namespace(), name) {
        for other in classes(case).iter().map(|class| text(class, "/metadata/name").to_owned()).filter(|other| *other != class) {
            let edit = location.edit(steps("spec/storageClassName"), Amend::Set(other.clone().into()));
            out.push(change(Remedy::ClaimClass, name, [class, &other], vec![edit]));
        }
    }
    let modes: Vec<&str> = items(claim, "/spec/accessModes").filter_map(|(_, mode)| mode.as_str()).collect();
    let modes = modes.join(", ");
    out.push(change(Remedy::CreateVolume, name, ["", storage], vec![case.create(volume(name, storage, &modes, class))]));
}
