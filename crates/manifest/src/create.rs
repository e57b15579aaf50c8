//! Creating an object: defaults, what the server sets itself, validation, warnings.
//!
//! Upstream: `k8s.io/apiserver/pkg/registry/rest` `BeforeCreate` and the `PrepareForCreate` of each kind's strategy. Left out:
//! admission plugins, which act between defaulting and this, and storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use podlapse_model::api::batch::v1::Job;
use podlapse_model::api::core::v1::{
    Container, PersistentVolumeClaimSpec, Pod, PodCondition, PodIP, PodSpec, PodStatus, PodTemplateSpec, Service,
    TypedLocalObjectReference, TypedObjectReference,
};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta, Time};
use podlapse_model::{Kind, Metadata, Object, QosClass, Uid};

use crate::app_armor;

/// Holds a namespace until its content has gone.
const NAMESPACE_FINALIZER: &str = "kubernetes";

/// Sets what the server sets on a new object: uid, creation time, generation, and the first status.
///
/// The object is defaulted already. `metadata.name` is left as it is, `generateName` is the caller's business, because it needs chance.
pub fn prepare_for_create(object: &mut Object, uid: &Uid, now: Timestamp) {
    let has_generation = matches!(
        object,
        Object::Pod(_)
            | Object::Deployment(_)
            | Object::ReplicaSet(_)
            | Object::ReplicationController(_)
            | Object::StatefulSet(_)
            | Object::DaemonSet(_)
            | Object::Job(_)
            | Object::CronJob(_)
            | Object::PodDisruptionBudget(_)
            | Object::PriorityClass(_)
            | Object::EndpointSlice(_)
    ) || is_counted(object);
    let metadata = object.metadata_mut();
    metadata.uid = Some(uid.as_str().to_owned());
    metadata.creation_timestamp = Some(Time(now));
    metadata.deletion_timestamp = None;
    metadata.deletion_grace_period_seconds = None;
    metadata.self_link = None;
    metadata.generation = has_generation.then_some(1);
    drop_disabled(object);
    match object {
        Object::Pod(pod) => pod_for_create(Arc::make_mut(pod), now),
        Object::Job(job) => job_for_create(Arc::make_mut(job), uid),
        Object::Deployment(deployment) => Arc::make_mut(deployment).status = Some(Default::default()),
        Object::ReplicaSet(replica_set) => Arc::make_mut(replica_set).status = Some(Default::default()),
        Object::ReplicationController(controller) => Arc::make_mut(controller).status = Some(Default::default()),
        Object::StatefulSet(stateful_set) => {
            let stateful_set = Arc::make_mut(stateful_set);
            stateful_set.status.insert(Default::default()).available_replicas = Some(0);
        }
        Object::DaemonSet(daemon_set) => {
            let daemon_set = Arc::make_mut(daemon_set);
            daemon_set.status = Some(Default::default());
            let annotations = daemon_set.metadata.annotations.get_or_insert_default();
            annotations.insert("deprecated.daemonset.template.generation".to_owned(), "1".to_owned());
        }
        Object::CronJob(cron_job) => Arc::make_mut(cron_job).status = Some(Default::default()),
        Object::PersistentVolumeClaim(claim) => {
            let claim = Arc::make_mut(claim);
            claim.status.insert(Default::default()).phase = Some("Pending".to_owned());
            claim.spec.as_mut().map(data_sources);
        }
        Object::PersistentVolume(volume) => {
            let status = Arc::make_mut(volume).status.insert(Default::default());
            status.phase = Some("Pending".to_owned());
            status.last_phase_transition_time = Some(Time(now));
        }
        Object::Namespace(namespace) => {
            let namespace = Arc::make_mut(namespace);
            namespace.status.insert(Default::default()).phase = Some("Active".to_owned());
            let finalizers = namespace.spec.get_or_insert_default().finalizers.get_or_insert_default();
            if !finalizers.iter().any(|finalizer| finalizer == NAMESPACE_FINALIZER) {
                finalizers.push(NAMESPACE_FINALIZER.to_owned());
            }
        }
        Object::Service(service) => service_for_create(Arc::make_mut(service)),
        Object::PodDisruptionBudget(budget) => Arc::make_mut(budget).status = Some(Default::default()),
        Object::ResourceQuota(quota) => Arc::make_mut(quota).status = Some(Default::default()),
        Object::Node(_)
        | Object::Secret(_)
        | Object::ConfigMap(_)
        | Object::ServiceAccount(_)
        | Object::Event(_)
        | Object::LimitRange(_)
        | Object::StorageClass(_)
        | Object::PriorityClass(_)
        | Object::RuntimeClass(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::EndpointSlice(_)
        | Object::CSINode(_)
        | Object::Unmodelled(_) => {}
    }
}

/// Whether an object that is only kept counts the versions of its specification.
///
/// ```
/// let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n";
/// assert!(podlapse_manifest::is_counted(&podlapse_manifest::submit(text).entries.remove(0).outcome.unwrap()));
/// ```
pub fn is_counted(object: &Object) -> bool {
    const COUNTED: [&str; 4] = ["CustomResourceDefinition", "Ingress", "IngressClass", "NetworkPolicy"];
    matches!(object, Object::Unmodelled(other) if COUNTED.contains(&other.kind.as_str()))
}

/// Leaves out what needs gates that are off.
fn drop_disabled(object: &mut Object) {
    if let Some(spec) = template_spec(object) {
        drop_disabled_fields(spec);
    }
    // MaxUnavailableStatefulSet.
    if let Object::StatefulSet(set) = object
        && let Some(strategy) = Arc::make_mut(set).spec.as_mut().and_then(|spec| spec.update_strategy.as_mut())
        && let Some(update) = strategy.rolling_update.as_mut()
    {
        update.max_unavailable = None;
    }
}

/// Fields behind feature gates that are off in 1.36 are dropped without a word.
fn drop_disabled_fields(spec: &mut PodSpec) {
    // Gate GenericWorkload.
    spec.scheduling_group = None;
    let projected = spec.volumes.iter_mut().flatten().filter_map(|volume| volume.projected.as_mut());
    for source in projected.flat_map(|projected| projected.sources.iter_mut().flatten()) {
        // Gates ClusterTrustBundleProjection and PodCertificateRequest.
        (source.cluster_trust_bundle, source.pod_certificate) = (None, None);
    }
    let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    for lifecycle in containers.map(|container| &mut container.lifecycle) {
        // Gate ContainerStopSignals.
        if let Some(found) = lifecycle
            && found.stop_signal.take().is_some()
            && found.post_start.is_none()
            && found.pre_stop.is_none()
        {
            *lifecycle = None;
        }
    }
}

/// Both ways to name what a claim's volume is filled from agree; what the older one cannot name is dropped.
///
/// Upstream: `pkg/api/persistentvolumeclaim` `DropDisabledFields`, `EnforceDataSourceBackwardsCompatibility`,
/// `NormalizeDataSources`.
fn data_sources(spec: &mut PersistentVolumeClaimSpec) {
    let is_known = |source: &TypedLocalObjectReference| {
        let source = (source.api_group.as_deref().unwrap_or_default(), source.kind.as_str());
        matches!(source, ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot"))
    };
    let is_elsewhere = |reference: &TypedObjectReference| reference.namespace.as_ref().is_some_and(|name| !name.is_empty());
    spec.data_source_ref = spec.data_source_ref.take().filter(|reference| !is_elsewhere(reference));
    spec.data_source = spec.data_source.take().filter(is_known);
    match (&spec.data_source, &spec.data_source_ref) {
        (Some(source), None) => {
            let source = source.clone();
            let reference =
                TypedObjectReference { api_group: source.api_group, kind: source.kind, name: source.name, namespace: None };
            spec.data_source_ref = Some(reference);
        }
        (None, Some(reference)) => {
            let reference = reference.clone();
            let source = TypedLocalObjectReference { api_group: reference.api_group, kind: reference.kind, name: reference.name };
            spec.data_source = Some(source);
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
}

/// Who names one address need not list it, but who lists some names the first; and the families are those of a cluster with IPv4 alone.
///
/// Upstream: `normalizeClusterIPs` and `initIPFamilyFields` in `pkg/registry/core/service/storage`.
fn service_for_create(service: &mut Service) {
    service.status = Some(Default::default());
    let Some(spec) = &mut service.spec else { return };
    let is_set = |ip: &Option<String>| ip.as_ref().is_some_and(|ip| !ip.is_empty());
    if is_set(&spec.cluster_ip) && spec.cluster_ips.as_ref().is_none_or(Vec::is_empty) {
        spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip]);
    }
    if spec.type_.as_deref() == Some("ExternalName") {
        return;
    }
    let selects = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
    let is_open = spec.cluster_ip.as_deref() == Some("None") && !selects;
    let policy =
        spec.ip_family_policy.get_or_insert_with(|| (if is_open { "RequireDualStack" } else { "SingleStack" }).to_owned());
    let families: &[&str] = if is_open && policy != "SingleStack" { &["IPv4", "IPv6"] } else { &["IPv4"] };
    let own = spec.ip_families.get_or_insert_default();
    // An address of a family that the cluster has not is left for the allocator to refuse.
    if spec.cluster_ips.iter().flatten().skip(own.len()).any(|ip| ip.contains(':')) {
        return;
    }
    for family in families {
        if own.len() < families.len() && !own.iter().any(|known| known == family) {
            own.push((*family).to_owned());
        }
    }
}

/// The template of Pods in an object that has one.
pub fn pod_template(object: &Object) -> Option<&PodTemplateSpec> {
    if let Object::Deployment(deployment) = object {
        deployment.spec.as_ref().map(|spec| &spec.template)
    } else if let Object::ReplicaSet(replica_set) = object {
        replica_set.spec.as_ref()?.template.as_ref()
    } else if let Object::ReplicationController(controller) = object {
        controller.spec.as_ref()?.template.as_ref()
    } else if let Object::StatefulSet(stateful_set) = object {
        stateful_set.spec.as_ref().map(|spec| &spec.template)
    } else if let Object::DaemonSet(daemon_set) = object {
        daemon_set.spec.as_ref().map(|spec| &spec.template)
    } else if let Object::Job(job) = object {
        job.spec.as_ref().map(|spec| &spec.template)
    } else if let Object::CronJob(cron_job) = object {
        cron_job.spec.job_template.spec.as_ref().map(|spec| &spec.template)
    } else {
        None
    }
}

/// Takes back what a user may not change: what the server sets itself, and the status.
pub fn prepare_for_update(object: &mut Object, before: &Object) {
    drop_disabled(object);
    let (new, old) = (object.metadata_mut(), before.metadata());
    if new.uid.as_ref().is_none_or(String::is_empty) {
        new.uid.clone_from(&old.uid);
    }
    new.creation_timestamp.clone_from(&old.creation_timestamp);
    if old.deletion_timestamp.is_some() {
        new.deletion_timestamp.clone_from(&old.deletion_timestamp);
        new.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
    }
    new.self_link = None;
}

/// Takes back what comes through the subresource `resize` and is not what containers and the Pod ask for.
///
/// Containers that are added, removed, moved or renamed are left for the validation to refuse.
pub fn prepare_for_resize(object: &mut Object, before: &Object) {
    let (Object::Pod(new), Object::Pod(old)) = (object, before) else { return };
    let new = Arc::make_mut(new);
    let (Some(spec), Some(before)) = (new.spec.take(), &old.spec) else { return };
    let resized = |new: Vec<Container>, old: &[Container]| -> Option<Vec<Container>> {
        if new.len() != old.len() {
            return None;
        }
        if new.iter().zip(old).any(|(new, old)| new.name != old.name) {
            return Some(new);
        }
        let both = new.into_iter().zip(old);
        Some(
            both.map(|(new, old)| Container { resources: new.resources, resize_policy: new.resize_policy, ..old.clone() })
                .collect(),
        )
    };
    let inits = before.init_containers.as_deref().unwrap_or_default();
    let containers = resized(spec.containers.clone(), &before.containers);
    let init_containers = resized(spec.init_containers.clone().unwrap_or_default(), inits);
    new.spec = Some(match (containers, init_containers) {
        (Some(containers), Some(inits)) => {
            new.metadata = old.metadata.clone();
            let init_containers = before.init_containers.is_some().then_some(inits);
            PodSpec { containers, init_containers, resources: spec.resources, ..before.clone() }
        }
        (_, _) => spec,
    });
}

/// Takes back what comes through the subresource `ephemeralcontainers` and is no ephemeral container
/// (`dropNonEphemeralContainerUpdates`).
pub fn prepare_for_ephemeral(object: &mut Object, before: &Object) {
    let (Object::Pod(new), Object::Pod(old)) = (object, before) else { return };
    let mut kept = Pod::clone(old);
    let added = new.spec.as_ref().and_then(|spec| spec.ephemeral_containers.clone());
    kept.spec.get_or_insert_default().ephemeral_containers = added;
    *new = Arc::new(kept);
}

/// What of the metadata comes through the subresource `status`: all that people write, but that a Deployment keeps its labels, and a
/// Pod its owners.
///
/// Upstream: the `PrepareForUpdate` of the status strategies in `pkg/registry`.
pub fn prepare_metadata_with_status(object: &mut Object, asked: &ObjectMeta) {
    let kind = object.kind();
    let own = object.metadata_mut();
    if kind != Kind::Deployment {
        own.labels.clone_from(&asked.labels);
    }
    if kind != Kind::Pod {
        own.owner_references.clone_from(&asked.owner_references);
    }
    own.annotations.clone_from(&asked.annotations);
    own.finalizers.clone_from(&asked.finalizers);
}

/// Completes a status that comes through the subresource `status`.
///
/// Upstream: `podStatusStrategy.PrepareForUpdate`, `persistentvolumeStatusStrategy.PrepareForUpdate`,
/// `Convert_v1_PodStatus_To_core_PodStatus`, and of `SetDefaults_Service` what is of the status.
pub fn prepare_status(object: &mut Object, before: &Object, now: Timestamp) {
    if let (Object::Pod(new), Object::Pod(old)) = (&mut *object, before) {
        let status = Arc::make_mut(new).status.get_or_insert_default();
        let former = old.status.as_ref();
        status.qos_class = status.qos_class.take().or_else(|| former?.qos_class.clone());
        status.observed_generation = status.observed_generation.filter(|at| *at != 0).or_else(|| former?.observed_generation);
        // Gates DRANodeAllocatableResources and ImageVolumeWithDigest.
        status.node_allocatable_resource_claim_statuses = None;
        let groups =
            [&mut status.container_statuses, &mut status.init_container_statuses, &mut status.ephemeral_container_statuses];
        for mount in groups.into_iter().flatten().flatten().flat_map(|container| container.volume_mounts.iter_mut().flatten()) {
            mount.volume_status = None;
        }
        one_address(status);
    } else if let (Object::PersistentVolume(new), Object::PersistentVolume(old)) = (&mut *object, before) {
        let status = Arc::make_mut(new).status.get_or_insert_default();
        let former = old.status.as_ref();
        let since = former.and_then(|former| former.last_phase_transition_time.clone());
        let is_said = status.last_phase_transition_time.is_some();
        let is_moved = former.and_then(|former| former.phase.as_ref()) != status.phase.as_ref();
        if is_moved && (!is_said || status.last_phase_transition_time == since) {
            status.last_phase_transition_time = Some(Time(now));
        } else if !is_moved && !is_said {
            status.last_phase_transition_time = since;
        }
    } else if let Object::Service(service) = object
        && service.spec.as_ref().is_some_and(|spec| spec.type_.as_deref() == Some("LoadBalancer"))
    {
        let balancer = Arc::make_mut(service).status.as_mut().and_then(|status| status.load_balancer.as_mut());
        for point in balancer.into_iter().flat_map(|balancer| balancer.ingress.iter_mut().flatten()) {
            if point.ip.as_ref().is_some_and(|ip| !ip.is_empty()) {
                point.ip_mode.get_or_insert_with(|| "VIP".to_owned());
            }
        }
    }
}

/// Both ways to name a Pod's address agree; the older one counts (`Convert_v1_PodStatus_To_core_PodStatus`).
fn one_address(status: &mut PodStatus) {
    let first = status.pod_ips.as_ref().and_then(|ips| ips.first()).map(|first| first.ip.clone());
    let own = status.pod_ip.take().filter(|ip| !ip.is_empty());
    if let Some(ip) = own.clone().filter(|ip| first.as_ref() != Some(ip)) {
        status.pod_ips = Some(vec![PodIP { ip }]);
    }
    status.pod_ip = own.or(first);
}

/// The specification in the template of Pods, to be changed.
fn template_spec(object: &mut Object) -> Option<&mut PodSpec> {
    let template = if let Object::Deployment(deployment) = object {
        &mut Arc::make_mut(deployment).spec.as_mut()?.template
    } else if let Object::ReplicaSet(replica_set) = object {
        Arc::make_mut(replica_set).spec.as_mut()?.template.as_mut()?
    } else if let Object::ReplicationController(controller) = object {
        Arc::make_mut(controller).spec.as_mut()?.template.as_mut()?
    } else if let Object::StatefulSet(stateful_set) = object {
        &mut Arc::make_mut(stateful_set).spec.as_mut()?.template
    } else if let Object::DaemonSet(daemon_set) = object {
        &mut Arc::make_mut(daemon_set).spec.as_mut()?.template
    } else if let Object::Job(job) = object {
        &mut Arc::make_mut(job).spec.as_mut()?.template
    } else if let Object::CronJob(cron_job) = object {
        &mut Arc::make_mut(cron_job).spec.job_template.spec.as_mut()?.template
    } else {
        return None;
    };
    template.spec.as_mut()
}

fn pod_for_create(pod: &mut Pod, now: Timestamp) {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let Some(spec) = &mut pod.spec else { return };
    drop_disabled_fields(spec);
    app_armor::apply(spec, pod.metadata.annotations.as_ref());
    // A negative grace period counts as the shortest one.
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        spec.termination_grace_period_seconds = Some(1);
    }
    merge_label_keys(spec, &labels);
    let status = pod.status.insert(Default::default());
    status.phase = Some("Pending".to_owned());
    status.qos_class = Some(QosClass::of(spec).name().to_owned());
    if spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        status.conditions = Some(vec![PodCondition {
            type_: "PodScheduled".to_owned(),
            status: "False".to_owned(),
            reason: Some("SchedulingGated".to_owned()),
            message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
            last_transition_time: Some(Time(now)),
            ..PodCondition::default()
        }]);
    }
}

/// `matchLabelKeys` become requirements of the selector, with the values of the Pod's own labels.
fn merge_label_keys(spec: &mut PodSpec, labels: &BTreeMap<String, String>) {
    let add = |selector: &mut Option<LabelSelector>, keys: &Option<Vec<String>>, operator: &str| {
        let Some(selector) = selector else { return };
        for key in keys.iter().flatten() {
            if let Some(value) = labels.get(key) {
                selector.match_expressions.get_or_insert_default().push(LabelSelectorRequirement {
                    key: key.clone(),
                    operator: operator.to_owned(),
                    values: Some(vec![value.clone()]),
                });
            }
        }
    };
    if let Some(affinity) = &mut spec.affinity {
        let required = affinity.pod_affinity.iter_mut().flat_map(|affinity| {
            let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten();
            let preferred = preferred.map(|term| &mut term.pod_affinity_term);
            affinity.required_during_scheduling_ignored_during_execution.iter_mut().flatten().chain(preferred)
        });
        let anti = affinity.pod_anti_affinity.iter_mut().flat_map(|affinity| {
            let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten();
            let preferred = preferred.map(|term| &mut term.pod_affinity_term);
            affinity.required_during_scheduling_ignored_during_execution.iter_mut().flatten().chain(preferred)
        });
        for term in required.chain(anti) {
            add(&mut term.label_selector, &term.match_label_keys, "In");
            add(&mut term.label_selector, &term.mismatch_label_keys, "NotIn");
        }
    }
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        add(&mut constraint.label_selector, &constraint.match_label_keys, "In");
    }
}

/// The Job's own selector and labels, unless the user selects. A Job without labels has its template's: upstream they are one map, so
/// that what is added to the template's is added to the Job's.
fn job_for_create(job: &mut Job, uid: &Uid) {
    job.status = Some(Default::default());
    let name = job.name().to_owned();
    let Some(spec) = &mut job.spec else { return };
    let template = spec.template.metadata.get_or_insert_default();
    let is_shared = template.labels.is_some() && job.metadata.labels.as_ref().is_none_or(BTreeMap::is_empty);
    if spec.manual_selector != Some(true) {
        let labels = template.labels.get_or_insert_default();
        let uid = uid.as_str();
        for (key, value) in [
            ("controller-uid", uid),
            ("batch.kubernetes.io/controller-uid", uid),
            ("job-name", name.as_str()),
            ("batch.kubernetes.io/job-name", name.as_str()),
        ] {
            labels.entry(key.to_owned()).or_insert_with(|| value.to_owned());
        }
        let selector = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
        selector.entry("batch.kubernetes.io/controller-uid".to_owned()).or_insert_with(|| uid.to_owned());
    }
    if is_shared {
        job.metadata.labels.clone_from(&template.labels);
    }
}
