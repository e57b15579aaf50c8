//! ConfigMaps and Secrets that are missing, or lack a key.

use podlapse_manifest::Amend;
use podlapse_model::{Kind, Object, ObjectKey};
use serde_json::Value;

use super::{Case, change, items, steps_to, text};
use crate::change::{Change, Remedy};

/// A place in the spec that names a ConfigMap or Secret.
struct Reference {
    kind: Kind,
    name: String,
    /// The key that it needs; `None` is all.
    key: Option<String>,
    /// Where it stands in the spec.
    path: String,
}

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    let references = references(case);
    for reference in &references {
        let is_missing = |key: &Option<String>| key.as_deref().is_some_and(|key| !has_key(case, reference, key));
        let object = case.lives.object(&ObjectKey::new(reference.kind, case.namespace(), &reference.name));
        if object.is_some() && !is_missing(&reference.key) {
            continue;
        }
        let is_same = |other: &&Reference| (other.kind, &other.name) == (reference.kind, &reference.name);
        let keys = references.iter().filter(is_same).filter_map(|other| other.key.clone());
        match object {
            None => create(case, reference, keys.collect(), out),
            Some(_) => add_key(case, reference, out),
        }
        let edit = case.edit(&format!("{}/optional", reference.path), Amend::Set(true.into()));
        out.push(change(Remedy::MakeOptional, &told(reference), ["", ""], vec![edit]));
    }
    podlapse_model::sort_by_key(out, |change| change.remedy.cost());
    out.dedup_by(|one, other| one.edits == other.edits);
}

fn told(reference: &Reference) -> String {
    format!("{} {}", reference.kind.name(), reference.name)
}

fn has_key(case: &Case<'_>, reference: &Reference, key: &str) -> bool {
    let object = case.lives.object(&ObjectKey::new(reference.kind, case.namespace(), &reference.name));
    ["data", "binaryData"]
        .iter()
        .any(|field| object.and_then(|object| object.part(&[field])).is_some_and(|data| data.get(key).is_some()))
}

/// All of the spec that must be there.
fn references(case: &Case<'_>) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut add = |value: Option<&Value>, kind: Kind, name: &str, key: Option<&str>, path: String| {
        let Some(value) = value else { return };
        let is_optional = value.get("optional").and_then(Value::as_bool).unwrap_or_default();
        let name = text(value, name).to_owned();
        // A volume may name the keys that it shows.
        let shown = items(value, "/items").next().map(|(_, item)| text(item, "/key"));
        if !is_optional && !name.is_empty() {
            found.push(Reference { kind, name, key: key.map(|key| text(value, key)).or(shown).map(str::to_owned), path });
        }
    };
    let kinds = [(Kind::ConfigMap, "configMap"), (Kind::Secret, "secret")];
    for container in case.containers() {
        for (index, variable) in items(container.spec, "/env") {
            for (kind, field) in kinds {
                let path = container.path(&format!("env/{index}/valueFrom/{field}KeyRef"));
                let reference = variable.get("valueFrom").and_then(|from| from.get(format!("{field}KeyRef")));
                add(reference, kind, "/name", Some("/key"), path);
            }
        }
        for (index, source) in items(container.spec, "/envFrom") {
            for (kind, field) in kinds {
                let path = container.path(&format!("envFrom/{index}/{field}Ref"));
                add(source.get(format!("{field}Ref")), kind, "/name", None, path);
            }
        }
    }
    for (index, volume) in items(&case.pod, "/spec/volumes") {
        for (kind, field) in kinds {
            let name = if kind == Kind::Secret { "/secretName" } else { "/name" };
            add(volume.get(field), kind, name, None, format!("volumes/{index}/{field}"));
            for (source, projected) in items(volume, "/projected/sources") {
                let path = format!("volumes/{index}/projected/sources/{source}/{field}");
                // The certificate of the API server is there in every namespace.
                let projected = projected.get(field).filter(|map| text(map, "/name") != "kube-root-ca.crt");
                add(projected, kind, "/name", None, path);
            }
        }
    }
    found
}

fn data_field(kind: Kind) -> &'static str {
    if kind == Kind::Secret { "stringData" } else { "data" }
}

fn create(case: &Case<'_>, reference: &Reference, keys: Vec<String>, out: &mut Vec<Change>) {
    let keys = if keys.is_empty() { vec!["key".to_owned()] } else { keys };
    let mut keys = keys;
    podlapse_model::sort(&mut keys);
    keys.dedup();
    let (kind, data) = (reference.kind.name(), data_field(reference.kind));
    let mut object = format!("apiVersion: v1\nkind: {kind}\n{}{data}:\n", case.metadata(&reference.name));
    keys.iter().for_each(|key| object.push_str(&format!("  {key}: value\n")));
    let remedy = if reference.kind == Kind::Secret { Remedy::CreateSecret } else { Remedy::CreateConfigMap };
    out.push(change(remedy, &reference.name, ["", ""], vec![case.create(object)]));
    // A name that is nearly right is a misspelt one.
    let names = case.lives.list(reference.kind).map(Object::key).filter(|key| key.namespace.as_str() == case.namespace());
    let near = names.min_by_key(|key| podlapse_manifest::distance(key.name.as_str(), &reference.name));
    if let Some(near) = near.filter(|key| podlapse_manifest::distance(key.name.as_str(), &reference.name) <= 2) {
        let is_volume =
            reference.kind == Kind::Secret && reference.path.starts_with("volumes") && !reference.path.contains("projected");
        let field = if is_volume { "secretName" } else { "name" };
        let edit = case.edit(&format!("{}/{field}", reference.path), Amend::Set(near.name.as_str().into()));
        out.push(change(Remedy::NameReference, reference.kind.name(), [&reference.name, near.name.as_str()], vec![edit]));
    }
}

fn add_key(case: &Case<'_>, reference: &Reference, out: &mut Vec<Change>) {
    let key = reference.key.clone().unwrap_or_default();
    if let Some((location, _)) = case.documents.written(reference.kind, case.namespace(), &reference.name) {
        let path = steps_to(data_field(reference.kind), &key);
        let edit = location.edit(path, Amend::Set("value".into()));
        out.push(change(Remedy::AddKey, &told(reference), ["", &key], vec![edit]));
    }
}
