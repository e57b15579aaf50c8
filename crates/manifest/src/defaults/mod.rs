//! What the API server fills in before it looks at an object.
//!
//! Upstream: `pkg/apis/{core,apps,batch}/v1` `SetDefaults_*` and the conversions beside them (v1.36).

mod container;
mod others;
mod pod;
mod workload;

use std::sync::Arc;

use podlapse_model::Object;

pub(crate) use pod::pod_template;

/// Fills in every default of the object's kind. Doing it again changes nothing.
///
/// ```
/// let mut pod = podlapse_manifest::submit("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: nginx}]}\n")
///     .entries.remove(0).outcome.unwrap();
/// podlapse_manifest::default_object(&mut pod);
/// assert_eq!(pod.to_json()["spec"]["restartPolicy"], "Always");
/// assert_eq!(pod.to_json()["spec"]["containers"][0]["imagePullPolicy"], "Always");
/// ```
pub fn default_object(object: &mut Object) {
    match object {
        Object::Pod(pod) => pod::pod(Arc::make_mut(pod)),
        Object::Deployment(deployment) => workload::deployment(Arc::make_mut(deployment)),
        Object::ReplicaSet(replica_set) => workload::replica_set(Arc::make_mut(replica_set)),
        Object::StatefulSet(stateful_set) => workload::stateful_set(Arc::make_mut(stateful_set)),
        Object::DaemonSet(daemon_set) => workload::daemon_set(Arc::make_mut(daemon_set)),
        Object::Job(job) => workload::job(Arc::make_mut(job)),
        Object::CronJob(cron_job) => workload::cron_job(Arc::make_mut(cron_job)),
        Object::ReplicationController(controller) => workload::replication_controller(Arc::make_mut(controller)),
        Object::Namespace(namespace) => others::namespace(Arc::make_mut(namespace)),
        Object::Node(node) => others::node(Arc::make_mut(node)),
        Object::Secret(secret) => others::secret(Arc::make_mut(secret)),
        Object::Service(service) => others::service(Arc::make_mut(service)),
        Object::PersistentVolume(volume) => others::persistent_volume(Arc::make_mut(volume)),
        Object::PersistentVolumeClaim(claim) => others::persistent_volume_claim(Arc::make_mut(claim)),
        Object::LimitRange(limits) => others::limit_range(Arc::make_mut(limits)),
        Object::StorageClass(class) => others::storage_class(Arc::make_mut(class)),
        Object::PriorityClass(class) => others::priority_class(Arc::make_mut(class)),
        Object::ConfigMap(_)
        | Object::ServiceAccount(_)
        | Object::Event(_)
        | Object::ResourceQuota(_)
        | Object::RuntimeClass(_)
        | Object::PodDisruptionBudget(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::EndpointSlice(_)
        | Object::CSINode(_) => {}
        Object::Unmodelled(other) => crate::validate::rbac::default(Arc::make_mut(other)),
    }
}

/// Sets a text that is absent or empty.
fn set_text(field: &mut Option<String>, text: &str) {
    if field.as_deref().unwrap_or_default().is_empty() {
        *field = Some(text.to_owned());
    }
}

/// Sets a number that is absent or zero.
fn set_number(field: &mut Option<i32>, number: i32) {
    if field.unwrap_or_default() == 0 {
        *field = Some(number);
    }
}
