//! The pasted texts as documents, and where objects stand in them.

use podlapse_manifest::{Amend, read_stream};
use podlapse_model::{Kind, ObjectKey};
use serde_json::Value;

use super::{items, text};
use crate::texts::{Edit, Texts, Which};

/// Where an object stands.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    which: Which,
    document: usize,
    path: Vec<String>,
}

impl Location {
    pub(crate) fn edit(&self, mut path: Vec<String>, amend: Amend) -> Edit {
        path.splice(0..0, self.path.iter().cloned());
        Edit { which: self.which, document: self.document, path, amend }
    }
}

/// An object of the texts.
struct Pasted {
    key: ObjectKey,
    location: Location,
    json: Value,
}

/// Every object of the texts.
pub(crate) struct Documents(Vec<Pasted>);

impl Documents {
    pub(crate) fn read(texts: &Texts) -> Documents {
        let mut found = Vec::new();
        for which in [Which::Workload, Which::Cluster] {
            for document in read_stream(texts.get(which)).documents {
                let at = |path: Vec<String>| Location { which, document: document.index, path };
                if document.kind().ends_with("List") {
                    for (index, item) in items(&document.json, "/items") {
                        let location = at(vec!["items".to_owned(), index.to_string()]);
                        found.extend(key(item).map(|key| Pasted { key, location, json: item.clone() }));
                    }
                } else if let Some(key) = key(&document.json) {
                    found.push(Pasted { key, location: at(Vec::new()), json: document.json });
                }
            }
        }
        Documents(found)
    }

    /// What has a Pod's spec.
    pub(crate) fn roots(&self) -> impl Iterator<Item = ObjectKey> {
        self.0.iter().filter(|pasted| pasted.key.kind.pod_spec().is_some()).map(|pasted| pasted.key.clone())
    }

    pub(crate) fn find(&self, key: &ObjectKey) -> Option<Location> {
        self.0.iter().find(|pasted| pasted.key == *key).map(|pasted| pasted.location.clone())
    }

    /// Where an object stands, and what is written there.
    pub(crate) fn written(&self, kind: Kind, namespace: &str, name: &str) -> Option<(&Location, &Value)> {
        let key = ObjectKey::new(kind, namespace, name);
        self.0.iter().find(|pasted| pasted.key == key).map(|pasted| (&pasted.location, &pasted.json))
    }

    /// A Pod with the spec that was pasted.
    pub(crate) fn template(&self, root: &ObjectKey) -> Value {
        let json = self.0.iter().find(|pasted| pasted.key == *root).map(|pasted| &pasted.json);
        let spec = root.kind.pod_spec().and_then(|pointer| json?.pointer(pointer));
        serde_json::json!({"spec": spec.cloned().unwrap_or_default()})
    }
}

fn key(object: &Value) -> Option<ObjectKey> {
    let kind = Kind::find(text(object, "/apiVersion"), text(object, "/kind"))?;
    let name = text(object, "/metadata/name");
    let namespace = match (kind.is_namespaced(), text(object, "/metadata/namespace")) {
        (false, _) => "",
        (true, "") => "default",
        (true, namespace) => namespace,
    };
    (!name.is_empty()).then(|| ObjectKey::new(kind, namespace, name))
}
