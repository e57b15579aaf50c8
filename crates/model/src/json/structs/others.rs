//! The structs of the other groups, and of metadata with their fields, in the order of their JSON names.
//!
//! A field is written as `field`, or as `field = name` where its JSON name is spelled otherwise. A resource is written with its
//! `apiVersion` and `kind`.

use k8s_openapi::api::apps::v1::*;
use k8s_openapi::api::batch::v1::*;
use k8s_openapi::api::coordination::v1::*;
use k8s_openapi::api::discovery::v1::*;
use k8s_openapi::api::node::v1::*;
use k8s_openapi::api::policy::v1::*;
use k8s_openapi::api::scheduling::v1::*;
use k8s_openapi::api::storage::v1::*;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::*;

use super::structs;

structs! {
    ControllerRevision: resource { data, metadata, revision }
    DaemonSet: resource { metadata, spec, status }
    DaemonSetCondition { last_transition_time = lastTransitionTime, message, reason, status, type_ = type }
    DaemonSetSpec { min_ready_seconds = minReadySeconds, revision_history_limit = revisionHistoryLimit, selector, template,
        update_strategy = updateStrategy }
    DaemonSetStatus { collision_count = collisionCount, conditions, current_number_scheduled = currentNumberScheduled,
        desired_number_scheduled = desiredNumberScheduled, number_available = numberAvailable,
        number_misscheduled = numberMisscheduled, number_ready = numberReady, number_unavailable = numberUnavailable,
        observed_generation = observedGeneration, updated_number_scheduled = updatedNumberScheduled }
    DaemonSetUpdateStrategy { rolling_update = rollingUpdate, type_ = type }
    Deployment: resource { metadata, spec, status }
    DeploymentCondition { last_transition_time = lastTransitionTime, last_update_time = lastUpdateTime, message, reason, status,
        type_ = type }
    DeploymentSpec { min_ready_seconds = minReadySeconds, paused, progress_deadline_seconds = progressDeadlineSeconds, replicas,
        revision_history_limit = revisionHistoryLimit, selector, strategy, template }
    DeploymentStatus { available_replicas = availableReplicas, collision_count = collisionCount, conditions,
        observed_generation = observedGeneration, ready_replicas = readyReplicas, replicas,
        terminating_replicas = terminatingReplicas, unavailable_replicas = unavailableReplicas,
        updated_replicas = updatedReplicas }
    DeploymentStrategy { rolling_update = rollingUpdate, type_ = type }
    ReplicaSet: resource { metadata, spec, status }
    ReplicaSetCondition { last_transition_time = lastTransitionTime, message, reason, status, type_ = type }
    ReplicaSetSpec { min_ready_seconds = minReadySeconds, replicas, selector, template }
    ReplicaSetStatus { available_replicas = availableReplicas, conditions, fully_labeled_replicas = fullyLabeledReplicas,
        observed_generation = observedGeneration, ready_replicas = readyReplicas, replicas,
        terminating_replicas = terminatingReplicas }
    RollingUpdateDaemonSet { max_surge = maxSurge, max_unavailable = maxUnavailable }
    RollingUpdateDeployment { max_surge = maxSurge, max_unavailable = maxUnavailable }
    RollingUpdateStatefulSetStrategy { max_unavailable = maxUnavailable, partition }
    StatefulSet: resource { metadata, spec, status }
    StatefulSetCondition { last_transition_time = lastTransitionTime, message, reason, status, type_ = type }
    StatefulSetOrdinals { start }
    StatefulSetPersistentVolumeClaimRetentionPolicy { when_deleted = whenDeleted, when_scaled = whenScaled }
    StatefulSetSpec { min_ready_seconds = minReadySeconds, ordinals,
        persistent_volume_claim_retention_policy = persistentVolumeClaimRetentionPolicy,
        pod_management_policy = podManagementPolicy, replicas, revision_history_limit = revisionHistoryLimit, selector,
        service_name = serviceName, template, update_strategy = updateStrategy, volume_claim_templates = volumeClaimTemplates }
    StatefulSetStatus { available_replicas = availableReplicas, collision_count = collisionCount, conditions,
        current_replicas = currentReplicas, current_revision = currentRevision, observed_generation = observedGeneration,
        ready_replicas = readyReplicas, replicas, update_revision = updateRevision, updated_replicas = updatedReplicas }
    StatefulSetUpdateStrategy { rolling_update = rollingUpdate, type_ = type }
    CronJob: resource { metadata, spec, status }
    CronJobSpec { concurrency_policy = concurrencyPolicy, failed_jobs_history_limit = failedJobsHistoryLimit,
        job_template = jobTemplate, schedule, starting_deadline_seconds = startingDeadlineSeconds,
        successful_jobs_history_limit = successfulJobsHistoryLimit, suspend, time_zone = timeZone }
    CronJobStatus { active, last_schedule_time = lastScheduleTime, last_successful_time = lastSuccessfulTime }
    Job: resource { metadata, spec, status }
    JobCondition { last_probe_time = lastProbeTime, last_transition_time = lastTransitionTime, message, reason, status,
        type_ = type }
    JobSpec { active_deadline_seconds = activeDeadlineSeconds, backoff_limit = backoffLimit,
        backoff_limit_per_index = backoffLimitPerIndex, completion_mode = completionMode, completions, managed_by = managedBy,
        manual_selector = manualSelector, max_failed_indexes = maxFailedIndexes, parallelism,
        pod_failure_policy = podFailurePolicy, pod_replacement_policy = podReplacementPolicy, selector,
        success_policy = successPolicy, suspend, template, ttl_seconds_after_finished = ttlSecondsAfterFinished }
    JobStatus { active, completed_indexes = completedIndexes, completion_time = completionTime, conditions, failed,
        failed_indexes = failedIndexes, ready, start_time = startTime, succeeded, terminating,
        uncounted_terminated_pods = uncountedTerminatedPods }
    JobTemplateSpec { metadata, spec }
    PodFailurePolicy { rules }
    PodFailurePolicyOnExitCodesRequirement { container_name = containerName, operator, values }
    PodFailurePolicyOnPodConditionsPattern { status, type_ = type }
    PodFailurePolicyRule { action, on_exit_codes = onExitCodes, on_pod_conditions = onPodConditions }
    SuccessPolicy { rules }
    SuccessPolicyRule { succeeded_count = succeededCount, succeeded_indexes = succeededIndexes }
    UncountedTerminatedPods { failed, succeeded }
    Lease: resource { metadata, spec }
    LeaseSpec { acquire_time = acquireTime, holder_identity = holderIdentity, lease_duration_seconds = leaseDurationSeconds,
        lease_transitions = leaseTransitions, preferred_holder = preferredHolder, renew_time = renewTime, strategy }
    Endpoint { addresses, conditions, deprecated_topology = deprecatedTopology, hints, hostname, node_name = nodeName,
        target_ref = targetRef, zone }
    EndpointConditions { ready, serving, terminating }
    EndpointHints { for_nodes = forNodes, for_zones = forZones }
    EndpointPort { app_protocol = appProtocol, name, port, protocol }
    EndpointSlice: resource { address_type = addressType, endpoints, metadata, ports }
    ForNode { name }
    ForZone { name }
    Overhead { pod_fixed = podFixed }
    RuntimeClass: resource { handler, metadata, overhead, scheduling }
    Scheduling { node_selector = nodeSelector, tolerations }
    PodDisruptionBudget: resource { metadata, spec, status }
    PodDisruptionBudgetSpec { max_unavailable = maxUnavailable, min_available = minAvailable, selector,
        unhealthy_pod_eviction_policy = unhealthyPodEvictionPolicy }
    PodDisruptionBudgetStatus { conditions, current_healthy = currentHealthy, desired_healthy = desiredHealthy,
        disrupted_pods = disruptedPods, disruptions_allowed = disruptionsAllowed, expected_pods = expectedPods,
        observed_generation = observedGeneration }
    PriorityClass: resource { description, global_default = globalDefault, metadata, preemption_policy = preemptionPolicy,
        value }
    CSIDriver: resource { metadata, spec }
    CSIDriverSpec { attach_required = attachRequired, fs_group_policy = fsGroupPolicy,
        node_allocatable_update_period_seconds = nodeAllocatableUpdatePeriodSeconds, pod_info_on_mount = podInfoOnMount,
        prevent_pod_scheduling_if_missing = preventPodSchedulingIfMissing, requires_republish = requiresRepublish,
        se_linux_mount = seLinuxMount, service_account_token_in_secrets = serviceAccountTokenInSecrets,
        storage_capacity = storageCapacity, token_requests = tokenRequests, volume_lifecycle_modes = volumeLifecycleModes }
    CSINode: resource { metadata, spec }
    CSINodeDriver { allocatable, name, node_id = nodeID, topology_keys = topologyKeys }
    CSINodeSpec { drivers }
    CSIStorageCapacity: resource { capacity, maximum_volume_size = maximumVolumeSize, metadata, node_topology = nodeTopology,
        storage_class_name = storageClassName }
    StorageClass: resource { allow_volume_expansion = allowVolumeExpansion, allowed_topologies = allowedTopologies, metadata,
        mount_options = mountOptions, parameters, provisioner, reclaim_policy = reclaimPolicy,
        volume_binding_mode = volumeBindingMode }
    TokenRequest { audience, expiration_seconds = expirationSeconds }
    VolumeNodeResources { count }
    Condition { last_transition_time = lastTransitionTime, message, observed_generation = observedGeneration, reason, status,
        type_ = type }
    LabelSelector { match_expressions = matchExpressions, match_labels = matchLabels }
    LabelSelectorRequirement { key, operator, values }
    ManagedFieldsEntry { api_version = apiVersion, fields_type = fieldsType, fields_v1 = fieldsV1, manager, operation,
        subresource, time }
    ObjectMeta { annotations, creation_timestamp = creationTimestamp,
        deletion_grace_period_seconds = deletionGracePeriodSeconds, deletion_timestamp = deletionTimestamp, finalizers,
        generate_name = generateName, generation, labels, managed_fields = managedFields, name, namespace,
        owner_references = ownerReferences, resource_version = resourceVersion, self_link = selfLink, uid }
    OwnerReference { api_version = apiVersion, block_owner_deletion = blockOwnerDeletion, controller, kind, name, uid }
}
