//! The rules that decide, as a closed set.
//!
//! Each names what it models: the place in the Kubernetes source and a page of the documentation.

/// What a rule models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Path and function in the Kubernetes source, v1.36.
    pub source: &'static str,
    /// Page below kubernetes.io/docs.
    pub docs: &'static str,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident, $slug:literal, $source:literal, $docs:literal;)*) => {
        /// Why something happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// Every rule, in the order of a Pod's life.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule),*];

            /// The rule's name in addresses and translations.
            pub const fn slug(self) -> &'static str {
                match self { $(Rule::$rule => $slug,)* }
            }

            /// What it models.
            pub const fn model(self) -> Model {
                match self { $(Rule::$rule => Model { source: $source, docs: $docs },)* }
            }
        }
    };
}

rules! {
    /// The user asked for it.
    UserAction, "user-action", "staging/src/k8s.io/kubectl/pkg/cmd", "reference/kubectl/";
    /// The API server admitted and stored an object.
    ObjectCreated, "object-created", "staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go Create", "reference/using-api/api-concepts/";
    /// The API server refused a request.
    RequestRejected, "request-rejected", "staging/src/k8s.io/apiserver/pkg/registry/rest/create.go BeforeCreate", "reference/access-authn-authz/admission-controllers/";
    /// The API server marked an object for graceful deletion.
    DeletionRequested, "deletion-requested", "staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go BeforeDelete", "concepts/workloads/pods/pod-lifecycle/#pod-termination";
    /// The object left the API.
    ObjectRemoved, "object-removed", "staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go Delete", "concepts/workloads/pods/pod-lifecycle/#pod-termination";
    /// The scheduler chose a node.
    NodeChosen, "node-chosen", "pkg/scheduler/schedule_one.go schedulePod", "concepts/scheduling-eviction/kube-scheduler/";
    /// No node can take the Pod.
    Unschedulable, "unschedulable", "pkg/scheduler/schedule_one.go handleSchedulingFailure", "concepts/scheduling-eviction/kube-scheduler/";
    /// The Pod waits for its scheduling gates.
    SchedulingGated, "scheduling-gated", "pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go PreEnqueue", "concepts/scheduling-eviction/pod-scheduling-readiness/";
    /// A Pod of lower priority makes room.
    Preempted, "preempted", "pkg/scheduler/framework/preemption/preemption.go Preempt", "concepts/scheduling-eviction/pod-priority-preemption/";
    /// An event was written for people to read.
    EventRecorded, "event-recorded", "staging/src/k8s.io/client-go/tools/record/event.go recordToSink", "reference/kubernetes-api/cluster-resources/event-v1/";
    /// The API server stored where the Pod runs.
    PodBound, "pod-bound", "pkg/scheduler/framework/plugins/defaultbinder/default_binder.go Bind", "concepts/scheduling-eviction/kube-scheduler/#kube-scheduler-implementation";
    /// The kubelet computed the Pod's status anew.
    StatusGenerated, "status-generated", "pkg/kubelet/kubelet_pods.go generateAPIPodStatus", "concepts/workloads/pods/pod-lifecycle/#pod-phase";
    /// A volume cannot be mounted yet.
    VolumesNotReady, "volumes-not-ready", "pkg/kubelet/volumemanager/volume_manager.go WaitForAttachAndMount", "concepts/storage/volumes/";
    /// The node's network is not ready.
    NetworkNotReady, "network-not-ready", "pkg/kubelet/kubelet.go SyncPod", "concepts/cluster-administration/networking/";
    /// The Pod needs a sandbox.
    SandboxCreated, "sandbox-created", "pkg/kubelet/kuberuntime/kuberuntime_sandbox.go createPodSandbox", "concepts/workloads/pods/pod-lifecycle/";
    /// The sandbox could not be created.
    SandboxFailed, "sandbox-failed", "pkg/kubelet/kuberuntime/kuberuntime_manager.go SyncPod", "tasks/debug/debug-application/debug-pods/";
    /// The image is fetched.
    ImagePulling, "image-pulling", "pkg/kubelet/images/image_manager.go EnsureImageExists", "concepts/containers/images/";
    /// The image arrived.
    ImagePulled, "image-pulled", "pkg/kubelet/images/image_manager.go pullImage", "concepts/containers/images/";
    /// The image is on the node and the policy allows to use it.
    ImagePresent, "image-present", "pkg/kubelet/images/image_manager.go EnsureImageExists", "concepts/containers/images/#image-pull-policy";
    /// The pull failed.
    ImagePullFailed, "image-pull-failed", "pkg/kubelet/images/image_manager.go pullImage", "concepts/containers/images/";
    /// The next pull has to wait.
    ImagePullBackOff, "image-pull-back-off", "pkg/kubelet/images/image_manager.go EnsureImageExists", "concepts/containers/images/#imagepullbackoff";
    /// The policy forbids the pull of an image that is not there.
    ImageNeverPulled, "image-never-pulled", "pkg/kubelet/images/image_manager.go EnsureImageExists", "concepts/containers/images/#image-pull-policy";
    /// The image's name cannot be read.
    ImageNameInvalid, "image-name-invalid", "pkg/kubelet/images/image_manager.go EnsureImageExists", "concepts/containers/images/#image-names";
    /// A container's configuration cannot be resolved.
    ContainerConfigFailed, "container-config-failed", "pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer", "tasks/configure-pod-container/configure-pod-configmap/";
    /// A container was created.
    ContainerCreated, "container-created", "pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer", "concepts/workloads/pods/pod-lifecycle/#container-states";
    /// A container was started.
    ContainerStarted, "container-started", "pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer", "concepts/workloads/pods/pod-lifecycle/#container-state-running";
    /// A container could not be created or started.
    ContainerStartFailed, "container-start-failed", "pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer", "tasks/debug/debug-application/debug-pods/";
    /// The process in a container ended.
    ContainerExited, "container-exited", "pkg/kubelet/pleg/generic.go Relist", "concepts/workloads/pods/pod-lifecycle/#container-state-terminated";
    /// A dead container's restart has to wait.
    CrashLoopBackOff, "crash-loop-back-off", "pkg/kubelet/kuberuntime/kuberuntime_manager.go doBackOff", "concepts/workloads/pods/pod-lifecycle/#container-restarts";
    /// A dead container is started again, as its restart policy says.
    ContainerRestarted, "container-restarted", "pkg/kubelet/container/helpers.go ShouldContainerBeRestarted", "concepts/workloads/pods/pod-lifecycle/#restart-policy";
    /// A container is stopped.
    ContainerKilled, "container-killed", "pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer", "concepts/workloads/pods/pod-lifecycle/#pod-termination";
    /// A lifecycle hook failed.
    HookFailed, "hook-failed", "pkg/kubelet/lifecycle/handlers.go Run", "concepts/containers/container-lifecycle-hooks/";
    /// A probe succeeded.
    ProbeSucceeded, "probe-succeeded", "pkg/kubelet/prober/worker.go doProbe", "concepts/configuration/liveness-readiness-startup-probes/";
    /// A probe failed.
    ProbeFailed, "probe-failed", "pkg/kubelet/prober/worker.go doProbe", "concepts/configuration/liveness-readiness-startup-probes/";
    /// Every container has ended and none will be started again.
    PodFinished, "pod-finished", "pkg/kubelet/kubelet_pods.go getPhase", "concepts/workloads/pods/pod-lifecycle/#pod-phase";
    /// The Pod is being stopped.
    PodTerminating, "pod-terminating", "pkg/kubelet/pod_workers.go UpdatePod", "concepts/workloads/pods/pod-lifecycle/#pod-termination";
    /// Nothing of the Pod is left on the node.
    PodTerminated, "pod-terminated", "pkg/kubelet/kubelet.go SyncTerminatedPod", "concepts/workloads/pods/pod-lifecycle/#pod-termination";
    /// The Pod ran longer than it may.
    DeadlineExceeded, "deadline-exceeded", "pkg/kubelet/active_deadline.go ShouldEvict", "concepts/workloads/pods/init-containers/#detailed-behavior";
    /// The node runs out of memory, and the Pod has to make room.
    PodEvicted, "pod-evicted", "pkg/kubelet/eviction/eviction_manager.go evictPod", "concepts/scheduling-eviction/node-pressure-eviction/";
    /// A critical Pod needs the room that the Pod takes.
    PodPreemptedByKubelet, "pod-preempted-by-kubelet", "pkg/kubelet/preemption/preemption.go evictPodsToFreeRequests", "tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/";
    /// The resources of a running Pod change, or cannot.
    PodResized, "pod-resized", "pkg/kubelet/allocation/allocation_manager.go handlePodResourcesResize", "tasks/configure-pod-container/resize-container-resources/";
    /// The kubelet does not admit the Pod.
    PodNotAdmitted, "pod-not-admitted", "pkg/kubelet/lifecycle/predicate.go Admit", "concepts/scheduling-eviction/node-pressure-eviction/";
    /// The kubelet told the API server how the node is.
    NodeStatusReported, "node-status-reported", "pkg/kubelet/kubelet_node_status.go updateNodeStatus", "concepts/architecture/nodes/";
    /// A controller brought the world closer to what is wanted.
    Reconciled, "reconciled", "pkg/controller", "concepts/architecture/controller/";
}

/// The loop of each controller, by the name under which it speaks.
const CONTROLLERS: [(&str, &str); 18] = [
    ("controllermanager", "pkg/controller/disruption/disruption.go trySync"),
    ("cronjob-controller", "pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob"),
    ("daemonset-controller", "pkg/controller/daemon/daemon_controller.go syncDaemonSet"),
    ("deployment-controller", "pkg/controller/deployment/deployment_controller.go syncDeployment"),
    ("endpoint-slice-controller", "pkg/controller/endpointslice/endpointslice_controller.go syncService"),
    ("garbage-collector", "pkg/controller/garbagecollector/garbagecollector.go attemptToDeleteItem"),
    ("job-controller", "pkg/controller/job/job_controller.go syncJob"),
    ("namespace-controller", "pkg/controller/namespace/deletion/namespaced_resources_deleter.go Delete"),
    ("node-controller", "pkg/controller/nodelifecycle/node_lifecycle_controller.go monitorNodeHealth"),
    ("node-lifecycle-controller", "pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoScheduleTaintingPass"),
    ("persistentvolume-controller", "pkg/controller/volume/persistentvolume/pv_controller.go syncClaim"),
    ("pod-garbage-collector", "pkg/controller/podgc/gc_controller.go gc"),
    ("replicaset-controller", "pkg/controller/replicaset/replica_set.go syncReplicaSet"),
    ("replication-controller", "pkg/controller/replication/replication_controller.go NewReplicationManager"),
    ("resourcequota-controller", "pkg/controller/resourcequota/resource_quota_controller.go syncResourceQuota"),
    ("service-account-controller", "pkg/controller/serviceaccount/serviceaccounts_controller.go syncNamespace"),
    ("statefulset-controller", "pkg/controller/statefulset/stateful_set_control.go UpdateStatefulSet"),
    ("taint-eviction-controller", "pkg/controller/tainteviction/taint_eviction.go processPodOnNode"),
];

/// The place in the Kubernetes source of a controller.
pub(super) fn controller(component: &str) -> Option<&'static str> {
    CONTROLLERS.iter().find(|(name, _)| *name == component).map(|(_, source)| *source)
}
