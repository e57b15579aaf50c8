//! The objects of now.
//!
//! Models etcd's view of the latest revision; older revisions are the changes that the timeline keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{Node, Pod};
use podlapse_model::{Kind, Modelled, Object, ObjectKey, SimTime};

use super::{Change, Revision};

/// All objects at the latest revision. Cloning copies pointers.
#[derive(Clone, Debug, Default)]
pub struct Store {
    revision: Revision,
    objects: BTreeMap<ObjectKey, Object>,
}

impl Store {
    /// The number of the latest write.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// An object.
    pub fn get(&self, key: &ObjectKey) -> Option<&Object> {
        self.objects.get(key)
    }

    /// All objects of a kind, by namespace and name.
    pub fn list(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.list_in(kind, None)
    }

    /// All objects of a kind, or those in one namespace.
    pub fn list_in<'a>(&'a self, kind: Kind, namespace: Option<&str>) -> impl Iterator<Item = &'a Object> + use<'a> {
        let first = ObjectKey::new(kind, namespace.unwrap_or_default(), "");
        let only = namespace.map(|_| first.namespace.clone());
        let is_meant = move |key: &ObjectKey| key.kind == kind && only.as_ref().is_none_or(|only| key.namespace == *only);
        self.objects.range(first..).take_while(move |(key, _)| is_meant(key)).map(|(_, object)| object)
    }

    /// All objects of a type.
    pub fn all<T: Modelled + 'static>(&self) -> impl Iterator<Item = &Arc<T>> {
        self.all_in(None)
    }

    /// All objects of a type, or those in one namespace.
    pub fn all_in<'a, T: Modelled + 'static>(&'a self, namespace: Option<&str>) -> impl Iterator<Item = &'a Arc<T>> + use<'a, T> {
        self.list_in(T::KIND, namespace).filter_map(T::of)
    }

    /// All objects, by kind, namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Object)> {
        self.objects.iter()
    }

    /// Whether a CSI driver of this name is installed.
    pub fn has_csi_driver(&self, name: &str) -> bool {
        let is_it = |object: &Object| {
            let Object::Unmodelled(other) = object else { return false };
            other.kind == "CSIDriver" && other.metadata.name.as_deref() == Some(name)
        };
        self.list(Kind::Unmodelled).any(is_it)
    }

    /// A Pod.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&Arc<Pod>> {
        match self.get(&ObjectKey::new(Kind::Pod, namespace, name)) {
            Some(Object::Pod(pod)) => Some(pod),
            Some(_) | None => None,
        }
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&Arc<Node>> {
        match self.get(&ObjectKey::new(Kind::Node, "", name)) {
            Some(Object::Node(node)) => Some(node),
            Some(_) | None => None,
        }
    }

    /// Writes an object at the next revision, which becomes its `resourceVersion`. `None` if nothing would change.
    pub fn put(&mut self, at: SimTime, mut object: Object) -> Option<Change> {
        let key = object.key();
        let before = self.objects.get(&key).cloned();
        if let Some(before) = &before {
            object.metadata_mut().resource_version.clone_from(&before.metadata().resource_version);
            if *before == object {
                return None;
            }
        }
        self.revision.0 += 1;
        object.metadata_mut().resource_version = Some(self.revision.0.to_string());
        self.objects.insert(key.clone(), object.clone());
        Some(Change { revision: self.revision, at, key, before, after: Some(object) })
    }

    /// Brings an object up to date in what is no news to anybody: no write, no change.
    pub(crate) fn renew(&mut self, mut object: Object) {
        let key = object.key();
        let version = self.objects.get(&key).and_then(|before| before.metadata().resource_version.clone());
        object.metadata_mut().resource_version = version;
        self.objects.insert(key, object);
    }

    /// Removes an object, of which watchers see the given last state. `None` if there is no such object.
    pub fn remove(&mut self, at: SimTime, last: Object) -> Option<Change> {
        let key = last.key();
        self.objects.remove(&key)?;
        self.revision.0 += 1;
        Some(Change { revision: self.revision, at, key, before: Some(last), after: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str) -> Object {
        let mut pod = Pod::default();
        pod.metadata.name = Some(name.to_owned());
        pod.metadata.namespace = Some("default".to_owned());
        pod.into()
    }

    #[test]
    fn each_write_has_its_revision_and_a_write_that_changes_nothing_has_none() {
        let mut store = Store::default();
        let change = store.put(SimTime::ZERO, pod("web")).unwrap();
        assert_eq!(change.revision, Revision(1));
        assert!(store.put(SimTime::ZERO, pod("web")).is_none());
        assert_eq!(store.list(Kind::Pod).count(), 1);
        assert!(store.remove(SimTime::ZERO, pod("web")).is_some());
        assert!(store.remove(SimTime::ZERO, pod("web")).is_none());
    }
}
