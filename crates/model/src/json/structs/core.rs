//! The structs of the core group with their fields, in the order of their JSON names.
//!
//! A field is written as `field`, or as `field = name` where its JSON name is spelled otherwise. A resource is written with its
//! `apiVersion` and `kind`.

use k8s_openapi::api::core::v1::*;

use super::structs;

structs! {
    AWSElasticBlockStoreVolumeSource { fs_type = fsType, partition, read_only = readOnly, volume_id = volumeID }
    Affinity { node_affinity = nodeAffinity, pod_affinity = podAffinity, pod_anti_affinity = podAntiAffinity }
    AppArmorProfile { localhost_profile = localhostProfile, type_ = type }
    AttachedVolume { device_path = devicePath, name }
    AzureDiskVolumeSource { caching_mode = cachingMode, disk_name = diskName, disk_uri = diskURI, fs_type = fsType, kind,
        read_only = readOnly }
    AzureFilePersistentVolumeSource { read_only = readOnly, secret_name = secretName, secret_namespace = secretNamespace,
        share_name = shareName }
    AzureFileVolumeSource { read_only = readOnly, secret_name = secretName, share_name = shareName }
    CSIPersistentVolumeSource { controller_expand_secret_ref = controllerExpandSecretRef,
        controller_publish_secret_ref = controllerPublishSecretRef, driver, fs_type = fsType,
        node_expand_secret_ref = nodeExpandSecretRef, node_publish_secret_ref = nodePublishSecretRef,
        node_stage_secret_ref = nodeStageSecretRef, read_only = readOnly, volume_attributes = volumeAttributes,
        volume_handle = volumeHandle }
    CSIVolumeSource { driver, fs_type = fsType, node_publish_secret_ref = nodePublishSecretRef, read_only = readOnly,
        volume_attributes = volumeAttributes }
    Capabilities { add, drop }
    CephFSPersistentVolumeSource { monitors, path, read_only = readOnly, secret_file = secretFile, secret_ref = secretRef, user }
    CephFSVolumeSource { monitors, path, read_only = readOnly, secret_file = secretFile, secret_ref = secretRef, user }
    CinderPersistentVolumeSource { fs_type = fsType, read_only = readOnly, secret_ref = secretRef, volume_id = volumeID }
    CinderVolumeSource { fs_type = fsType, read_only = readOnly, secret_ref = secretRef, volume_id = volumeID }
    ClientIPConfig { timeout_seconds = timeoutSeconds }
    ClusterTrustBundleProjection { label_selector = labelSelector, name, optional, path, signer_name = signerName }
    ConfigMap: resource { binary_data = binaryData, data, immutable, metadata }
    ConfigMapEnvSource { name, optional }
    ConfigMapKeySelector { key, name, optional }
    ConfigMapNodeConfigSource { kubelet_config_key = kubeletConfigKey, name, namespace, resource_version = resourceVersion, uid }
    ConfigMapProjection { items, name, optional }
    ConfigMapVolumeSource { default_mode = defaultMode, items, name, optional }
    Container { args, command, env, env_from = envFrom, image, image_pull_policy = imagePullPolicy, lifecycle,
        liveness_probe = livenessProbe, name, ports, readiness_probe = readinessProbe, resize_policy = resizePolicy, resources,
        restart_policy = restartPolicy, restart_policy_rules = restartPolicyRules, security_context = securityContext,
        startup_probe = startupProbe, stdin, stdin_once = stdinOnce, termination_message_path = terminationMessagePath,
        termination_message_policy = terminationMessagePolicy, tty, volume_devices = volumeDevices,
        volume_mounts = volumeMounts, working_dir = workingDir }
    ContainerExtendedResourceRequest { container_name = containerName, request_name = requestName, resource_name = resourceName }
    ContainerImage { names, size_bytes = sizeBytes }
    ContainerPort { container_port = containerPort, host_ip = hostIP, host_port = hostPort, name, protocol }
    ContainerResizePolicy { resource_name = resourceName, restart_policy = restartPolicy }
    ContainerRestartRule { action, exit_codes = exitCodes }
    ContainerRestartRuleOnExitCodes { operator, values }
    ContainerState { running, terminated, waiting }
    ContainerStateRunning { started_at = startedAt }
    ContainerStateTerminated { container_id = containerID, exit_code = exitCode, finished_at = finishedAt, message, reason,
        signal, started_at = startedAt }
    ContainerStateWaiting { message, reason }
    ContainerStatus { allocated_resources = allocatedResources, allocated_resources_status = allocatedResourcesStatus,
        container_id = containerID, image, image_id = imageID, last_state = lastState, name, ready, resources,
        restart_count = restartCount, started, state, stop_signal = stopSignal, user, volume_mounts = volumeMounts }
    ContainerUser { linux }
    DaemonEndpoint { port = Port }
    DownwardAPIProjection { items }
    DownwardAPIVolumeFile { field_ref = fieldRef, mode, path, resource_field_ref = resourceFieldRef }
    DownwardAPIVolumeSource { default_mode = defaultMode, items }
    EmptyDirVolumeSource { medium, size_limit = sizeLimit }
    EnvFromSource { config_map_ref = configMapRef, prefix, secret_ref = secretRef }
    EnvVar { name, value, value_from = valueFrom }
    EnvVarSource { config_map_key_ref = configMapKeyRef, field_ref = fieldRef, file_key_ref = fileKeyRef,
        resource_field_ref = resourceFieldRef, secret_key_ref = secretKeyRef }
    EphemeralContainer { args, command, env, env_from = envFrom, image, image_pull_policy = imagePullPolicy, lifecycle,
        liveness_probe = livenessProbe, name, ports, readiness_probe = readinessProbe, resize_policy = resizePolicy, resources,
        restart_policy = restartPolicy, restart_policy_rules = restartPolicyRules, security_context = securityContext,
        startup_probe = startupProbe, stdin, stdin_once = stdinOnce, target_container_name = targetContainerName,
        termination_message_path = terminationMessagePath, termination_message_policy = terminationMessagePolicy, tty,
        volume_devices = volumeDevices, volume_mounts = volumeMounts, working_dir = workingDir }
    EphemeralVolumeSource { volume_claim_template = volumeClaimTemplate }
    Event: resource { action, count, event_time = eventTime, first_timestamp = firstTimestamp, involved_object = involvedObject,
        last_timestamp = lastTimestamp, message, metadata, reason, related, reporting_component = reportingComponent,
        reporting_instance = reportingInstance, series, source, type_ = type }
    EventSeries { count, last_observed_time = lastObservedTime }
    EventSource { component, host }
    ExecAction { command }
    FCVolumeSource { fs_type = fsType, lun, read_only = readOnly, target_wwns = targetWWNs, wwids }
    FileKeySelector { key, optional, path, volume_name = volumeName }
    FlexPersistentVolumeSource { driver, fs_type = fsType, options, read_only = readOnly, secret_ref = secretRef }
    FlexVolumeSource { driver, fs_type = fsType, options, read_only = readOnly, secret_ref = secretRef }
    FlockerVolumeSource { dataset_name = datasetName, dataset_uuid = datasetUUID }
    GCEPersistentDiskVolumeSource { fs_type = fsType, partition, pd_name = pdName, read_only = readOnly }
    GRPCAction { port, service }
    GitRepoVolumeSource { directory, repository, revision }
    GlusterfsPersistentVolumeSource { endpoints, endpoints_namespace = endpointsNamespace, path, read_only = readOnly }
    GlusterfsVolumeSource { endpoints, path, read_only = readOnly }
    HTTPGetAction { host, http_headers = httpHeaders, path, port, scheme }
    HTTPHeader { name, value }
    HostAlias { hostnames, ip }
    HostIP { ip }
    HostPathVolumeSource { path, type_ = type }
    ISCSIPersistentVolumeSource { chap_auth_discovery = chapAuthDiscovery, chap_auth_session = chapAuthSession,
        fs_type = fsType, initiator_name = initiatorName, iqn, iscsi_interface = iscsiInterface, lun, portals,
        read_only = readOnly, secret_ref = secretRef, target_portal = targetPortal }
    ISCSIVolumeSource { chap_auth_discovery = chapAuthDiscovery, chap_auth_session = chapAuthSession, fs_type = fsType,
        initiator_name = initiatorName, iqn, iscsi_interface = iscsiInterface, lun, portals, read_only = readOnly,
        secret_ref = secretRef, target_portal = targetPortal }
    ImageVolumeSource { pull_policy = pullPolicy, reference }
    ImageVolumeStatus { image_ref = imageRef }
    KeyToPath { key, mode, path }
    Lifecycle { post_start = postStart, pre_stop = preStop, stop_signal = stopSignal }
    LifecycleHandler { exec, http_get = httpGet, sleep, tcp_socket = tcpSocket }
    LimitRange: resource { metadata, spec }
    LimitRangeItem { default, default_request = defaultRequest, max, max_limit_request_ratio = maxLimitRequestRatio, min,
        type_ = type }
    LimitRangeSpec { limits }
    LinuxContainerUser { gid, supplemental_groups = supplementalGroups, uid }
    LoadBalancerIngress { hostname, ip, ip_mode = ipMode, ports }
    LoadBalancerStatus { ingress }
    LocalObjectReference { name }
    LocalVolumeSource { fs_type = fsType, path }
    ModifyVolumeStatus { status, target_volume_attributes_class_name = targetVolumeAttributesClassName }
    NFSVolumeSource { path, read_only = readOnly, server }
    Namespace: resource { metadata, spec, status }
    NamespaceCondition { last_transition_time = lastTransitionTime, message, reason, status, type_ = type }
    NamespaceSpec { finalizers }
    NamespaceStatus { conditions, phase }
    Node: resource { metadata, spec, status }
    NodeAddress { address, type_ = type }
    NodeAffinity { preferred_during_scheduling_ignored_during_execution = preferredDuringSchedulingIgnoredDuringExecution,
        required_during_scheduling_ignored_during_execution = requiredDuringSchedulingIgnoredDuringExecution }
    NodeAllocatableResourceClaimStatus { containers, resource_claim_name = resourceClaimName, resources }
    NodeCondition { last_heartbeat_time = lastHeartbeatTime, last_transition_time = lastTransitionTime, message, reason, status,
        type_ = type }
    NodeConfigSource { config_map = configMap }
    NodeConfigStatus { active, assigned, error, last_known_good = lastKnownGood }
    NodeDaemonEndpoints { kubelet_endpoint = kubeletEndpoint }
    NodeFeatures { supplemental_groups_policy = supplementalGroupsPolicy }
    NodeRuntimeHandler { features, name }
    NodeRuntimeHandlerFeatures { recursive_read_only_mounts = recursiveReadOnlyMounts, user_namespaces = userNamespaces }
    NodeSelector { node_selector_terms = nodeSelectorTerms }
    NodeSelectorRequirement { key, operator, values }
    NodeSelectorTerm { match_expressions = matchExpressions, match_fields = matchFields }
    NodeSpec { config_source = configSource, external_id = externalID, pod_cidr = podCIDR, pod_cidrs = podCIDRs,
        provider_id = providerID, taints, unschedulable }
    NodeStatus { addresses, allocatable, capacity, conditions, config, daemon_endpoints = daemonEndpoints,
        declared_features = declaredFeatures, features, images, node_info = nodeInfo, phase, runtime_handlers = runtimeHandlers,
        volumes_attached = volumesAttached, volumes_in_use = volumesInUse }
    NodeSwapStatus { capacity }
    NodeSystemInfo { architecture, boot_id = bootID, container_runtime_version = containerRuntimeVersion,
        kernel_version = kernelVersion, kube_proxy_version = kubeProxyVersion, kubelet_version = kubeletVersion,
        machine_id = machineID, operating_system = operatingSystem, os_image = osImage, swap, system_uuid = systemUUID }
    ObjectFieldSelector { api_version = apiVersion, field_path = fieldPath }
    ObjectReference { api_version = apiVersion, field_path = fieldPath, kind, name, namespace,
        resource_version = resourceVersion, uid }
    PersistentVolume: resource { metadata, spec, status }
    PersistentVolumeClaim: resource { metadata, spec, status }
    PersistentVolumeClaimCondition { last_probe_time = lastProbeTime, last_transition_time = lastTransitionTime, message,
        reason, status, type_ = type }
    PersistentVolumeClaimSpec { access_modes = accessModes, data_source = dataSource, data_source_ref = dataSourceRef,
        resources, selector, storage_class_name = storageClassName, volume_attributes_class_name = volumeAttributesClassName,
        volume_mode = volumeMode, volume_name = volumeName }
    PersistentVolumeClaimStatus { access_modes = accessModes, allocated_resource_statuses = allocatedResourceStatuses,
        allocated_resources = allocatedResources, capacity, conditions,
        current_volume_attributes_class_name = currentVolumeAttributesClassName, modify_volume_status = modifyVolumeStatus,
        phase }
    PersistentVolumeClaimTemplate { metadata, spec }
    PersistentVolumeClaimVolumeSource { claim_name = claimName, read_only = readOnly }
    PersistentVolumeSpec { access_modes = accessModes, aws_elastic_block_store = awsElasticBlockStore, azure_disk = azureDisk,
        azure_file = azureFile, capacity, cephfs, cinder, claim_ref = claimRef, csi, fc, flex_volume = flexVolume, flocker,
        gce_persistent_disk = gcePersistentDisk, glusterfs, host_path = hostPath, iscsi, local, mount_options = mountOptions,
        nfs, node_affinity = nodeAffinity, persistent_volume_reclaim_policy = persistentVolumeReclaimPolicy,
        photon_persistent_disk = photonPersistentDisk, portworx_volume = portworxVolume, quobyte, rbd, scale_io = scaleIO,
        storage_class_name = storageClassName, storageos, volume_attributes_class_name = volumeAttributesClassName,
        volume_mode = volumeMode, vsphere_volume = vsphereVolume }
    PersistentVolumeStatus { last_phase_transition_time = lastPhaseTransitionTime, message, phase, reason }
    PhotonPersistentDiskVolumeSource { fs_type = fsType, pd_id = pdID }
    Pod: resource { metadata, spec, status }
    PodAffinity { preferred_during_scheduling_ignored_during_execution = preferredDuringSchedulingIgnoredDuringExecution,
        required_during_scheduling_ignored_during_execution = requiredDuringSchedulingIgnoredDuringExecution }
    PodAffinityTerm { label_selector = labelSelector, match_label_keys = matchLabelKeys,
        mismatch_label_keys = mismatchLabelKeys, namespace_selector = namespaceSelector, namespaces, topology_key = topologyKey }
    PodAntiAffinity { preferred_during_scheduling_ignored_during_execution = preferredDuringSchedulingIgnoredDuringExecution,
        required_during_scheduling_ignored_during_execution = requiredDuringSchedulingIgnoredDuringExecution }
    PodCertificateProjection { certificate_chain_path = certificateChainPath, credential_bundle_path = credentialBundlePath,
        key_path = keyPath, key_type = keyType, max_expiration_seconds = maxExpirationSeconds, signer_name = signerName,
        user_annotations = userAnnotations }
    PodCondition { last_probe_time = lastProbeTime, last_transition_time = lastTransitionTime, message,
        observed_generation = observedGeneration, reason, status, type_ = type }
    PodDNSConfig { nameservers, options, searches }
    PodDNSConfigOption { name, value }
    PodExtendedResourceClaimStatus { request_mappings = requestMappings, resource_claim_name = resourceClaimName }
    PodIP { ip }
    PodOS { name }
    PodReadinessGate { condition_type = conditionType }
    PodResourceClaim { name, resource_claim_name = resourceClaimName, resource_claim_template_name = resourceClaimTemplateName }
    PodResourceClaimStatus { name, resource_claim_name = resourceClaimName }
    PodSchedulingGate { name }
    PodSchedulingGroup { pod_group_name = podGroupName }
    PodSecurityContext { app_armor_profile = appArmorProfile, fs_group = fsGroup, fs_group_change_policy = fsGroupChangePolicy,
        run_as_group = runAsGroup, run_as_non_root = runAsNonRoot, run_as_user = runAsUser,
        se_linux_change_policy = seLinuxChangePolicy, se_linux_options = seLinuxOptions, seccomp_profile = seccompProfile,
        supplemental_groups = supplementalGroups, supplemental_groups_policy = supplementalGroupsPolicy, sysctls,
        windows_options = windowsOptions }
    PodSpec { active_deadline_seconds = activeDeadlineSeconds, affinity,
        automount_service_account_token = automountServiceAccountToken, containers, dns_config = dnsConfig,
        dns_policy = dnsPolicy, enable_service_links = enableServiceLinks, ephemeral_containers = ephemeralContainers,
        host_aliases = hostAliases, host_ipc = hostIPC, host_network = hostNetwork, host_pid = hostPID, host_users = hostUsers,
        hostname, hostname_override = hostnameOverride, image_pull_secrets = imagePullSecrets, init_containers = initContainers,
        node_name = nodeName, node_selector = nodeSelector, os, overhead, preemption_policy = preemptionPolicy, priority,
        priority_class_name = priorityClassName, readiness_gates = readinessGates, resource_claims = resourceClaims, resources,
        restart_policy = restartPolicy, runtime_class_name = runtimeClassName, scheduler_name = schedulerName,
        scheduling_gates = schedulingGates, scheduling_group = schedulingGroup, security_context = securityContext,
        service_account = serviceAccount, service_account_name = serviceAccountName, set_hostname_as_fqdn = setHostnameAsFQDN,
        share_process_namespace = shareProcessNamespace, subdomain,
        termination_grace_period_seconds = terminationGracePeriodSeconds, tolerations,
        topology_spread_constraints = topologySpreadConstraints, volumes }
    PodStatus { allocated_resources = allocatedResources, conditions, container_statuses = containerStatuses,
        ephemeral_container_statuses = ephemeralContainerStatuses, extended_resource_claim_status = extendedResourceClaimStatus,
        host_ip = hostIP, host_ips = hostIPs, init_container_statuses = initContainerStatuses, message,
        node_allocatable_resource_claim_statuses = nodeAllocatableResourceClaimStatuses,
        nominated_node_name = nominatedNodeName, observed_generation = observedGeneration, phase, pod_ip = podIP,
        pod_ips = podIPs, qos_class = qosClass, reason, resize, resource_claim_statuses = resourceClaimStatuses, resources,
        start_time = startTime }
    PodTemplateSpec { metadata, spec }
    PortStatus { error, port, protocol }
    PortworxVolumeSource { fs_type = fsType, read_only = readOnly, volume_id = volumeID }
    PreferredSchedulingTerm { preference, weight }
    Probe { exec, failure_threshold = failureThreshold, grpc, http_get = httpGet, initial_delay_seconds = initialDelaySeconds,
        period_seconds = periodSeconds, success_threshold = successThreshold, tcp_socket = tcpSocket,
        termination_grace_period_seconds = terminationGracePeriodSeconds, timeout_seconds = timeoutSeconds }
    ProjectedVolumeSource { default_mode = defaultMode, sources }
    QuobyteVolumeSource { group, read_only = readOnly, registry, tenant, user, volume }
    RBDPersistentVolumeSource { fs_type = fsType, image, keyring, monitors, pool, read_only = readOnly, secret_ref = secretRef,
        user }
    RBDVolumeSource { fs_type = fsType, image, keyring, monitors, pool, read_only = readOnly, secret_ref = secretRef, user }
    ReplicationController: resource { metadata, spec, status }
    ReplicationControllerCondition { last_transition_time = lastTransitionTime, message, reason, status, type_ = type }
    ReplicationControllerSpec { min_ready_seconds = minReadySeconds, replicas, selector, template }
    ReplicationControllerStatus { available_replicas = availableReplicas, conditions,
        fully_labeled_replicas = fullyLabeledReplicas, observed_generation = observedGeneration, ready_replicas = readyReplicas,
        replicas }
    ResourceClaim { name, request }
    ResourceFieldSelector { container_name = containerName, divisor, resource }
    ResourceHealth { health, message, resource_id = resourceID }
    ResourceQuota: resource { metadata, spec, status }
    ResourceQuotaSpec { hard, scope_selector = scopeSelector, scopes }
    ResourceQuotaStatus { hard, used }
    ResourceRequirements { claims, limits, requests }
    ResourceStatus { name, resources }
    SELinuxOptions { level, role, type_ = type, user }
    ScaleIOPersistentVolumeSource { fs_type = fsType, gateway, protection_domain = protectionDomain, read_only = readOnly,
        secret_ref = secretRef, ssl_enabled = sslEnabled, storage_mode = storageMode, storage_pool = storagePool, system,
        volume_name = volumeName }
    ScaleIOVolumeSource { fs_type = fsType, gateway, protection_domain = protectionDomain, read_only = readOnly,
        secret_ref = secretRef, ssl_enabled = sslEnabled, storage_mode = storageMode, storage_pool = storagePool, system,
        volume_name = volumeName }
    ScopeSelector { match_expressions = matchExpressions }
    ScopedResourceSelectorRequirement { operator, scope_name = scopeName, values }
    SeccompProfile { localhost_profile = localhostProfile, type_ = type }
    Secret: resource { data, immutable, metadata, string_data = stringData, type_ = type }
    SecretEnvSource { name, optional }
    SecretKeySelector { key, name, optional }
    SecretProjection { items, name, optional }
    SecretReference { name, namespace }
    SecretVolumeSource { default_mode = defaultMode, items, optional, secret_name = secretName }
    SecurityContext { allow_privilege_escalation = allowPrivilegeEscalation, app_armor_profile = appArmorProfile, capabilities,
        privileged, proc_mount = procMount, read_only_root_filesystem = readOnlyRootFilesystem, run_as_group = runAsGroup,
        run_as_non_root = runAsNonRoot, run_as_user = runAsUser, se_linux_options = seLinuxOptions,
        seccomp_profile = seccompProfile, windows_options = windowsOptions }
    Service: resource { metadata, spec, status }
    ServiceAccount: resource { automount_service_account_token = automountServiceAccountToken,
        image_pull_secrets = imagePullSecrets, metadata, secrets }
    ServiceAccountTokenProjection { audience, expiration_seconds = expirationSeconds, path }
    ServicePort { app_protocol = appProtocol, name, node_port = nodePort, port, protocol, target_port = targetPort }
    ServiceSpec { allocate_load_balancer_node_ports = allocateLoadBalancerNodePorts, cluster_ip = clusterIP,
        cluster_ips = clusterIPs, external_ips = externalIPs, external_name = externalName,
        external_traffic_policy = externalTrafficPolicy, health_check_node_port = healthCheckNodePort,
        internal_traffic_policy = internalTrafficPolicy, ip_families = ipFamilies, ip_family_policy = ipFamilyPolicy,
        load_balancer_class = loadBalancerClass, load_balancer_ip = loadBalancerIP,
        load_balancer_source_ranges = loadBalancerSourceRanges, ports, publish_not_ready_addresses = publishNotReadyAddresses,
        selector, session_affinity = sessionAffinity, session_affinity_config = sessionAffinityConfig,
        traffic_distribution = trafficDistribution, type_ = type }
    ServiceStatus { conditions, load_balancer = loadBalancer }
    SessionAffinityConfig { client_ip = clientIP }
    SleepAction { seconds }
    StorageOSPersistentVolumeSource { fs_type = fsType, read_only = readOnly, secret_ref = secretRef, volume_name = volumeName,
        volume_namespace = volumeNamespace }
    StorageOSVolumeSource { fs_type = fsType, read_only = readOnly, secret_ref = secretRef, volume_name = volumeName,
        volume_namespace = volumeNamespace }
    Sysctl { name, value }
    TCPSocketAction { host, port }
    Taint { effect, key, time_added = timeAdded, value }
    Toleration { effect, key, operator, toleration_seconds = tolerationSeconds, value }
    TopologySelectorLabelRequirement { key, values }
    TopologySelectorTerm { match_label_expressions = matchLabelExpressions }
    TopologySpreadConstraint { label_selector = labelSelector, match_label_keys = matchLabelKeys, max_skew = maxSkew,
        min_domains = minDomains, node_affinity_policy = nodeAffinityPolicy, node_taints_policy = nodeTaintsPolicy,
        topology_key = topologyKey, when_unsatisfiable = whenUnsatisfiable }
    TypedLocalObjectReference { api_group = apiGroup, kind, name }
    TypedObjectReference { api_group = apiGroup, kind, name, namespace }
    Volume { aws_elastic_block_store = awsElasticBlockStore, azure_disk = azureDisk, azure_file = azureFile, cephfs, cinder,
        config_map = configMap, csi, downward_api = downwardAPI, empty_dir = emptyDir, ephemeral, fc, flex_volume = flexVolume,
        flocker, gce_persistent_disk = gcePersistentDisk, git_repo = gitRepo, glusterfs, host_path = hostPath, image, iscsi,
        name, nfs, persistent_volume_claim = persistentVolumeClaim, photon_persistent_disk = photonPersistentDisk,
        portworx_volume = portworxVolume, projected, quobyte, rbd, scale_io = scaleIO, secret, storageos,
        vsphere_volume = vsphereVolume }
    VolumeDevice { device_path = devicePath, name }
    VolumeMount { mount_path = mountPath, mount_propagation = mountPropagation, name, read_only = readOnly,
        recursive_read_only = recursiveReadOnly, sub_path = subPath, sub_path_expr = subPathExpr }
    VolumeMountStatus { mount_path = mountPath, name, read_only = readOnly, recursive_read_only = recursiveReadOnly,
        volume_status = volumeStatus }
    VolumeNodeAffinity { required }
    VolumeProjection { cluster_trust_bundle = clusterTrustBundle, config_map = configMap, downward_api = downwardAPI,
        pod_certificate = podCertificate, secret, service_account_token = serviceAccountToken }
    VolumeResourceRequirements { limits, requests }
    VolumeStatus { image }
    VsphereVirtualDiskVolumeSource { fs_type = fsType, storage_policy_id = storagePolicyID,
        storage_policy_name = storagePolicyName, volume_path = volumePath }
    WeightedPodAffinityTerm { pod_affinity_term = podAffinityTerm, weight }
    WindowsSecurityContextOptions { gmsa_credential_spec = gmsaCredentialSpec,
        gmsa_credential_spec_name = gmsaCredentialSpecName, host_process = hostProcess, run_as_user_name = runAsUserName }
}
