//! The objects of a cluster as one closed set of kinds.
//!
//! Each kind is the type that `k8s-openapi` generates from the published API of Kubernetes 1.36. What has no type here is kept
//! as it was written, so that nothing that was pasted is lost.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use crate::Metadata;
use crate::json::{Misfit, from_json, json_at, part_to_json, to_json};

/// The namespace of a namespaced object; empty for cluster-scoped ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(pub Arc<str>);

/// `metadata.name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub Arc<str>);

/// `metadata.uid`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub Arc<str>);

macro_rules! text_id {
    ($($type:ident),*) => {$(
        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                $type(text.into())
            }
        }
        impl $type {
            /// The text as it stands in the object.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
text_id!(Namespace, Name, Uid);

/// Where an object lives in the API: `(kind, namespace, name)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The kind.
    pub kind: Kind,
    /// Empty for cluster-scoped kinds.
    pub namespace: Namespace,
    /// `metadata.name`.
    pub name: Name,
}

impl ObjectKey {
    /// The key of an object of a namespaced kind.
    ///
    /// ```
    /// use podlapse_model::{Kind, ObjectKey};
    /// assert_eq!(ObjectKey::new(Kind::Pod, "default", "web").to_string(), "Pod default/web");
    /// ```
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        ObjectKey { kind, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{} {}", self.kind.name(), self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind.name(), self.name),
        }
    }
}

macro_rules! kinds {
    ($($kind:ident { $path:path, $version:literal, $resource:literal, $singular:literal, $namespaced:literal }),* $(,)?) => {
        /// The kinds that the engine knows, in no particular order of meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", stringify!($kind), "` of ", $version, ".")] $kind,)*
            /// A kind that is kept and shown, and not simulated.
            Unmodelled,
        }

        impl Kind {
            /// Every kind that is modelled.
            pub const MODELLED: &'static [Kind] = &[$(Kind::$kind),*];

            /// The kind as `kind:` spells it.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => stringify!($kind),)* Kind::Unmodelled => "Unmodelled" }
            }

            /// The API version that 1.36 serves it under.
            pub const fn api_version(self) -> &'static str {
                match self { $(Kind::$kind => $version,)* Kind::Unmodelled => "" }
            }

            /// The plural that the API's paths and messages use, as in `pods`.
            pub const fn resource(self) -> &'static str {
                match self { $(Kind::$kind => $resource,)* Kind::Unmodelled => "unmodelled" }
            }

            /// The singular that kubectl prints, as in `pod`.
            pub const fn singular(self) -> &'static str {
                match self { $(Kind::$kind => $singular,)* Kind::Unmodelled => "unmodelled" }
            }

            /// Whether its objects live in a namespace.
            pub const fn is_namespaced(self) -> bool {
                match self { $(Kind::$kind => $namespaced,)* Kind::Unmodelled => true }
            }

            /// The group that kubectl appends to the singular, as in `deployment.apps`; empty for the core group.
            pub fn group(self) -> &'static str {
                self.api_version().split_once('/').map_or("", |(group, _)| group)
            }
        }

        /// An object of any kind. Cloning is cheap.
        #[derive(Clone, Debug)]
        pub enum Object {
            $(#[doc = concat!("A `", stringify!($kind), "`.")] $kind(Arc<$path>),)*
            /// An object of a kind that is not simulated, as it was written.
            Unmodelled(Arc<Unmodelled>),
        }

        impl Object {
            /// Where it lies in memory: clones share it.
            fn address(&self) -> *const () {
                match self {
                    $(Object::$kind(object) => Arc::as_ptr(object).cast(),)*
                    Object::Unmodelled(object) => Arc::as_ptr(object).cast(),
                }
            }

            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Object::$kind(_) => Kind::$kind,)* Object::Unmodelled(_) => Kind::Unmodelled }
            }

            /// Its metadata.
            pub fn metadata(&self) -> &ObjectMeta {
                match self { $(Object::$kind(object) => &object.metadata,)* Object::Unmodelled(object) => &object.metadata }
            }

            /// Its metadata, to be changed; the object is copied first if others hold it.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    $(Object::$kind(object) => &mut Arc::make_mut(object).metadata,)*
                    Object::Unmodelled(object) => &mut Arc::make_mut(object).metadata,
                }
            }

            /// The object as JSON, with `apiVersion` and `kind`, as `kubectl get -o json` has it.
            pub fn to_json(&self) -> Value {
                match self {
                    $(Object::$kind(object) => to_json(object.as_ref()),)*
                    Object::Unmodelled(object) => object.to_json(),
                }
            }

            /// What lies at a path of field names, as JSON; no more than that part is written.
            pub fn part(&self, path: &[&str]) -> Option<Value> {
                match self {
                    $(Object::$kind(object) => part_to_json(object.as_ref(), path),)*
                    Object::Unmodelled(object) => object.part(path),
                }
            }

            /// The object of `kind` that `value` holds.
            ///
            /// # Errors
            /// The first field whose value has the wrong type, in serde's words. Unknown fields are passed over.
            pub fn from_json(kind: Kind, value: Value) -> Result<Object, Misfit> {
                Ok(match kind {
                    $(Kind::$kind => Object::$kind(Arc::new(from_json(value)?)),)*
                    Kind::Unmodelled => Object::Unmodelled(Arc::new(Unmodelled::from_json(value)?)),
                })
            }
        }

        $(impl From<$path> for Object {
            fn from(object: $path) -> Object {
                Object::$kind(Arc::new(object))
            }
        }

        impl Modelled for $path {
            const KIND: Kind = Kind::$kind;

            fn of(object: &Object) -> Option<&Arc<$path>> {
                if let Object::$kind(object) = object { Some(object) } else { None }
            }
        }

        impl Metadata for $path {
            fn metadata(&self) -> &ObjectMeta {
                &self.metadata
            }
        })*
    };
}

/// A type of the API that is one of the modelled kinds.
pub trait Modelled: Metadata + Sized {
    /// Its kind.
    const KIND: Kind;

    /// The object as this type, if it is of its kind.
    fn of(object: &Object) -> Option<&Arc<Self>>;

    /// Where it lives.
    ///
    /// ```
    /// use podlapse_model::api::core::v1::Pod;
    /// use podlapse_model::{Kind, Modelled, ObjectKey};
    /// assert_eq!(Pod::default().key(), ObjectKey::new(Kind::Pod, "", ""));
    /// ```
    fn key(&self) -> ObjectKey {
        ObjectKey::new(Self::KIND, self.namespace(), self.name())
    }
}

kinds! {
    Namespace { k8s_openapi::api::core::v1::Namespace, "v1", "namespaces", "namespace", false },
    Node { k8s_openapi::api::core::v1::Node, "v1", "nodes", "node", false },
    Pod { k8s_openapi::api::core::v1::Pod, "v1", "pods", "pod", true },
    Secret { k8s_openapi::api::core::v1::Secret, "v1", "secrets", "secret", true },
    ConfigMap { k8s_openapi::api::core::v1::ConfigMap, "v1", "configmaps", "configmap", true },
    ServiceAccount { k8s_openapi::api::core::v1::ServiceAccount, "v1", "serviceaccounts", "serviceaccount", true },
    Service { k8s_openapi::api::core::v1::Service, "v1", "services", "service", true },
    Event { k8s_openapi::api::core::v1::Event, "v1", "events", "event", true },
    PersistentVolume { k8s_openapi::api::core::v1::PersistentVolume, "v1", "persistentvolumes", "persistentvolume", false },
    PersistentVolumeClaim { k8s_openapi::api::core::v1::PersistentVolumeClaim, "v1", "persistentvolumeclaims", "persistentvolumeclaim", true },
    LimitRange { k8s_openapi::api::core::v1::LimitRange, "v1", "limitranges", "limitrange", true },
    ResourceQuota { k8s_openapi::api::core::v1::ResourceQuota, "v1", "resourcequotas", "resourcequota", true },
    ReplicationController { k8s_openapi::api::core::v1::ReplicationController, "v1", "replicationcontrollers", "replicationcontroller", true },
    StorageClass { k8s_openapi::api::storage::v1::StorageClass, "storage.k8s.io/v1", "storageclasses", "storageclass", false },
    PriorityClass { k8s_openapi::api::scheduling::v1::PriorityClass, "scheduling.k8s.io/v1", "priorityclasses", "priorityclass", false },
    RuntimeClass { k8s_openapi::api::node::v1::RuntimeClass, "node.k8s.io/v1", "runtimeclasses", "runtimeclass", false },
    PodDisruptionBudget { k8s_openapi::api::policy::v1::PodDisruptionBudget, "policy/v1", "poddisruptionbudgets", "poddisruptionbudget", true },
    Deployment { k8s_openapi::api::apps::v1::Deployment, "apps/v1", "deployments", "deployment", true },
    ReplicaSet { k8s_openapi::api::apps::v1::ReplicaSet, "apps/v1", "replicasets", "replicaset", true },
    StatefulSet { k8s_openapi::api::apps::v1::StatefulSet, "apps/v1", "statefulsets", "statefulset", true },
    DaemonSet { k8s_openapi::api::apps::v1::DaemonSet, "apps/v1", "daemonsets", "daemonset", true },
    ControllerRevision { k8s_openapi::api::apps::v1::ControllerRevision, "apps/v1", "controllerrevisions", "controllerrevision", true },
    Job { k8s_openapi::api::batch::v1::Job, "batch/v1", "jobs", "job", true },
    CronJob { k8s_openapi::api::batch::v1::CronJob, "batch/v1", "cronjobs", "cronjob", true },
    Lease { k8s_openapi::api::coordination::v1::Lease, "coordination.k8s.io/v1", "leases", "lease", true },
    EndpointSlice { k8s_openapi::api::discovery::v1::EndpointSlice, "discovery.k8s.io/v1", "endpointslices", "endpointslice", true },
    CSINode { k8s_openapi::api::storage::v1::CSINode, "storage.k8s.io/v1", "csinodes", "csinode", false },
}

impl Object {
    /// Where it lives. The name of an object that is not modelled comes after its resource, as in
    /// `ingresses.networking.k8s.io/web`, so that objects of several kinds may have one name.
    pub fn key(&self) -> ObjectKey {
        let (namespace, name) = (self.namespace(), self.name());
        if let Object::Unmodelled(other) = self {
            return ObjectKey::new(Kind::Unmodelled, namespace, &format!("{}/{name}", other.resource()));
        }
        ObjectKey::new(self.kind(), namespace, name)
    }

    /// The object as what it is, if it is of that kind.
    ///
    /// ```
    /// use podlapse_model::Object;
    /// use podlapse_model::api::core::v1::{Node, Pod};
    /// let object = Object::from(Pod::default());
    /// assert_eq!(object.typed::<Pod>(), Some(&Pod::default()));
    /// assert_eq!(object.typed::<Node>(), None);
    /// ```
    pub fn typed<T: Modelled>(&self) -> Option<&T> {
        T::of(self).map(Arc::as_ref)
    }
}

impl Kind {
    /// The modelled kind with this `apiVersion` and `kind`, if there is one.
    ///
    /// ```
    /// use podlapse_model::Kind;
    /// assert_eq!(Kind::find("apps/v1", "Deployment"), Some(Kind::Deployment));
    /// assert_eq!(Kind::find("apps/v1beta2", "Deployment"), None);
    /// ```
    pub fn find(api_version: &str, kind: &str) -> Option<Kind> {
        Kind::MODELLED.iter().copied().find(|known| known.name() == kind && known.api_version() == api_version)
    }
}

macro_rules! with_status {
    ($($kind:ident),*) => {
        impl Object {
            /// Takes the status of `other`, if both are of one kind that has a status.
            pub fn keep_status_of(&mut self, other: &Object) {
                match (self, other) {
                    $((Object::$kind(to), Object::$kind(from)) => Arc::make_mut(to).status.clone_from(&from.status),)*
                    (Object::Unmodelled(to), Object::Unmodelled(from)) => {
                        if let (Some(fields), Some(status)) = (Arc::make_mut(to).value.as_object_mut(), from.value.get("status")) {
                            fields.insert("status".to_owned(), status.clone());
                        }
                    }
                    (_, _) => {}
                }
            }

            /// Whether two objects of one kind with a spec differ in it.
            pub fn spec_differs(&self, other: &Object) -> bool {
                match (self, other) {
                    $((Object::$kind(one), Object::$kind(two)) => one.spec != two.spec,)*
                    (_, _) => false,
                }
            }
        }
    };
}

with_status! {
    Namespace, Node, Pod, Service, PersistentVolume, PersistentVolumeClaim, ResourceQuota, ReplicationController,
    PodDisruptionBudget, Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob
}

/// Objects are compared as JSON: comparing code for each type of the API would be a fiftieth of the page.
impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.kind() == other.kind() && (self.address() == other.address() || self.to_json() == other.to_json())
    }
}

/// An object of a kind that the engine does not simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmodelled {
    /// `apiVersion` as written.
    pub api_version: String,
    /// `kind` as written.
    pub kind: String,
    /// Its metadata, as far as it could be read.
    pub metadata: ObjectMeta,
    /// All of it.
    pub value: Value,
}

impl Unmodelled {
    fn from_json(value: Value) -> Result<Self, Misfit> {
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let metadata = value.get("metadata").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        Ok(Unmodelled { api_version: text("apiVersion"), kind: text("kind"), metadata: from_json(metadata)?, value })
    }

    /// The resource with its group, as in `ingresses.networking.k8s.io`. Models `meta.UnsafeGuessKindToResource`.
    pub fn resource(&self) -> String {
        let kind = self.kind.to_lowercase();
        let plural = match kind.strip_suffix('y') {
            _ if kind == "endpoints" => kind,
            Some(stem) => format!("{stem}ies"),
            None if kind.ends_with('s') => format!("{kind}es"),
            None => format!("{kind}s"),
        };
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{plural}.{group}"),
            None => plural,
        }
    }

    fn part(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["metadata", rest @ ..] => part_to_json(&self.metadata, rest),
            path => json_at(&self.value, path).cloned(),
        }
    }

    /// All of it, with the metadata that the API server keeps.
    fn to_json(&self) -> Value {
        let mut value = self.value.clone();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("metadata".to_owned(), to_json(&self.metadata));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_keeps_its_fields_through_json() {
        let value = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": []}});
        let pod = Object::from_json(Kind::Pod, value.clone()).unwrap();
        assert_eq!(pod.key(), ObjectKey::new(Kind::Pod, "default", "web"));
        assert_eq!(pod.to_json(), value);
    }
}
