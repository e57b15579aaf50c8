//! The objects beside nodes and Pods that plugins look up.
//!
//! Models the informers' listers that `pkg/scheduler` plugins hold (v1.36), with the assumed volumes of `pkg/scheduler/util/assumecache`
//! laid over claims and volumes.

use std::sync::Arc;

use podlapse_model::api::apps::v1::{ReplicaSet, StatefulSet};
use podlapse_model::api::core::v1::{Namespace, PersistentVolume, PersistentVolumeClaim, ReplicationController};
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::api::storage::v1::{CSIDriver, CSINode, CSIStorageCapacity, StorageClass};
use podlapse_model::{Labels, Metadata, Object, Selector, SortedMap, Unmodelled};

use super::selectors::{NO_LABELS, label_selector};

type Namespaced<T> = SortedMap<(String, String), T>;

/// A budget with its selector compiled.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// The budget.
    pub(crate) object: Arc<PodDisruptionBudget>,
    /// Its selector; one that is missing or empty selects nothing for the scheduler.
    pub(crate) selector: Selector,
}

/// What a Service selects by.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSelector {
    /// The labels that it selects by.
    pub(crate) labels: Labels,
}

/// What the scheduler knows of objects that are neither nodes nor Pods.
#[derive(Clone, Debug, Default)]
pub struct Listers {
    namespaces: SortedMap<String, Arc<Namespace>>,
    services: SortedMap<String, SortedMap<String, ServiceSelector>>,
    replication_controllers: Namespaced<Arc<ReplicationController>>,
    replica_sets: Namespaced<Arc<ReplicaSet>>,
    stateful_sets: Namespaced<Arc<StatefulSet>>,
    claims: Namespaced<Arc<PersistentVolumeClaim>>,
    volumes: SortedMap<String, Arc<PersistentVolume>>,
    storage_classes: SortedMap<String, Arc<StorageClass>>,
    csi_nodes: SortedMap<String, Arc<CSINode>>,
    csi_drivers: SortedMap<String, Arc<CSIDriver>>,
    capacities: Namespaced<Arc<CSIStorageCapacity>>,
    budgets: Namespaced<Budget>,
}

/// Inserts the object or removes it.
macro_rules! put {
    ($map:expr, $key:expr, $object:expr, $is_gone:expr) => {
        if $is_gone {
            $map.remove(&$key);
        } else {
            $map.insert($key, $object);
        }
    };
}

impl Listers {
    /// Takes over an object that came or changed, or forgets one that `is_gone`. Kinds that no plugin reads are passed over.
    pub fn observe(&mut self, object: &Object, is_gone: bool) {
        let metadata = object.metadata();
        let name = metadata.name().to_owned();
        let namespace = metadata.namespace().to_owned();
        match object {
            Object::Namespace(it) => put!(self.namespaces, name, it.clone(), is_gone),
            Object::Service(it) => {
                let selector = it.spec.as_ref().and_then(|spec| spec.selector.clone());
                let of_namespace = self.services.entry(namespace).or_default();
                let has_none = selector.is_none();
                put!(of_namespace, name, ServiceSelector { labels: selector.unwrap_or_default() }, is_gone || has_none)
            }
            Object::ReplicationController(it) => put!(self.replication_controllers, (namespace, name), it.clone(), is_gone),
            Object::ReplicaSet(it) => put!(self.replica_sets, (namespace, name), it.clone(), is_gone),
            Object::StatefulSet(it) => put!(self.stateful_sets, (namespace, name), it.clone(), is_gone),
            Object::PersistentVolumeClaim(it) => put!(self.claims, (namespace, name), it.clone(), is_gone),
            Object::PersistentVolume(it) => put!(self.volumes, name, it.clone(), is_gone),
            Object::StorageClass(it) => put!(self.storage_classes, name, it.clone(), is_gone),
            Object::CSINode(it) => put!(self.csi_nodes, name, it.clone(), is_gone),
            Object::Unmodelled(it) => self.observe_unmodelled(it, namespace, name, is_gone),
            Object::PodDisruptionBudget(it) => {
                let selector = label_selector(it.spec.as_ref().and_then(|spec| spec.selector.as_ref()));
                put!(self.budgets, (namespace, name), Budget { object: it.clone(), selector }, is_gone)
            }
            Object::Node(_)
            | Object::Pod(_)
            | Object::Secret(_)
            | Object::ConfigMap(_)
            | Object::ServiceAccount(_)
            | Object::Event(_)
            | Object::LimitRange(_)
            | Object::ResourceQuota(_)
            | Object::PriorityClass(_)
            | Object::RuntimeClass(_)
            | Object::Deployment(_)
            | Object::DaemonSet(_)
            | Object::ControllerRevision(_)
            | Object::Job(_)
            | Object::CronJob(_)
            | Object::Lease(_)
            | Object::EndpointSlice(_) => {}
        }
    }

    /// Takes over the kinds of storage that only the scheduler reads.
    fn observe_unmodelled(&mut self, object: &Unmodelled, namespace: String, name: String, is_gone: bool) {
        match object.kind.as_str() {
            "CSIDriver" => {
                let driver: Option<CSIDriver> = podlapse_model::from_json(object.value.clone()).ok();
                if let Some(driver) = driver {
                    put!(self.csi_drivers, name, Arc::new(driver), is_gone);
                }
            }
            "CSIStorageCapacity" => {
                let capacity: Option<CSIStorageCapacity> = podlapse_model::from_json(object.value.clone()).ok();
                if let Some(capacity) = capacity {
                    put!(self.capacities, (namespace, name), Arc::new(capacity), is_gone);
                }
            }
            _ => {}
        }
    }

    /// The labels of a namespace; none if it is unknown.
    pub(crate) fn namespace_labels(&self, name: &str) -> &Labels {
        self.namespaces.get(name).and_then(|namespace| namespace.metadata.labels.as_ref()).unwrap_or(NO_LABELS)
    }

    /// The Services of a namespace that have a selector.
    pub(crate) fn services(&self, namespace: &str) -> impl Iterator<Item = &ServiceSelector> {
        self.services.get(namespace).into_iter().flat_map(SortedMap::values)
    }

    /// A ReplicationController.
    pub(crate) fn replication_controller(&self, namespace: &str, name: &str) -> Option<&ReplicationController> {
        self.replication_controllers.get(&(namespace.to_owned(), name.to_owned())).map(Arc::as_ref)
    }

    /// A ReplicaSet.
    pub(crate) fn replica_set(&self, namespace: &str, name: &str) -> Option<&ReplicaSet> {
        self.replica_sets.get(&(namespace.to_owned(), name.to_owned())).map(Arc::as_ref)
    }

    /// A StatefulSet.
    pub(crate) fn stateful_set(&self, namespace: &str, name: &str) -> Option<&StatefulSet> {
        self.stateful_sets.get(&(namespace.to_owned(), name.to_owned())).map(Arc::as_ref)
    }

    /// A PersistentVolumeClaim.
    pub fn claim(&self, namespace: &str, name: &str) -> Option<&Arc<PersistentVolumeClaim>> {
        self.claims.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// A PersistentVolume.
    pub fn volume(&self, name: &str) -> Option<&Arc<PersistentVolume>> {
        self.volumes.get(name)
    }

    /// All PersistentVolumes, by name.
    pub(crate) fn volumes(&self) -> impl Iterator<Item = &Arc<PersistentVolume>> {
        self.volumes.values()
    }

    /// A StorageClass.
    pub(crate) fn storage_class(&self, name: &str) -> Option<&StorageClass> {
        self.storage_classes.get(name).map(Arc::as_ref)
    }

    /// The CSINode of a node.
    pub(crate) fn csi_node(&self, name: &str) -> Option<&CSINode> {
        self.csi_nodes.get(name).map(Arc::as_ref)
    }

    /// A CSIDriver.
    pub(crate) fn csi_driver(&self, name: &str) -> Option<&CSIDriver> {
        self.csi_drivers.get(name).map(Arc::as_ref)
    }

    /// All CSIStorageCapacities.
    pub(crate) fn capacities(&self) -> impl Iterator<Item = &CSIStorageCapacity> {
        self.capacities.values().map(Arc::as_ref)
    }

    /// All PodDisruptionBudgets, by namespace and name.
    pub(crate) fn budgets(&self) -> impl Iterator<Item = &Budget> {
        self.budgets.values()
    }
}
