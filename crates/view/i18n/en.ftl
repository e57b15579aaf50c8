# The interface of Podlapse in English. zh-CN.ftl holds the same messages with the same values; a test compares them.

## Page

app-name = Podlapse
app-tagline = Simulates what Kubernetes does with this Pod on this cluster: when, and why.
app-version = Kubernetes 1.36
app-skip = Skip to the timeline
loading = Loading the simulator

## Top bar

bar-example = Example
bar-own = Your own text
bar-language = Language
bar-theme = Theme
bar-help = Keyboard shortcuts
bar-playhead = Time at the playhead
bar-share = Share
theme-system = System
theme-light = Light
theme-dark = Dark
theme-contrast = High contrast

## Editors

editor-heading = Scenario
editor-workload = Pod
editor-cluster = Cluster
editor-workload-label = Manifests that are applied at the start
editor-cluster-label = Nodes, images and behaviours that are there before
editor-reset = Restore example
tuning-heading = { $count ->
    [one] 1 probe to tune
   *[other] { $count } probes to tune
}
tuning-label = Numbers of the probes
problems-heading = Problems
problems-none = No problems
problems-count = { $count ->
    [one] 1 problem
   *[other] { $count } problems
}
notes-count = { $count ->
    [one] 1 note
   *[other] { $count } notes
}
problem-place = line { $line }, column { $column }
problem-fix-change = Change to { $what }
problem-fix-add = Add { $what }
problem-hint = Hint: { $hint }
severity-error = Error
severity-warning = Warning
severity-note = Note

## What a scenario expects

expect-heading = { $done } of { $count } expectations hold
expect-condition = Pod { $pod } is { $what }
expect-status = Pod { $pod } shows { $what }
expect-never = Pod { $pod } never shows { $what }
expect-within = { $sentence } within { $time }
expect-holds = Holds
expect-fails = Does not hold

## The state of the run

run-idle = No run yet
run-busy = Simulating
run-done = { $steps } steps in { $span }
run-stop = Stop
run-stopped = Stopped. What was simulated so far is shown.
run-stale = This run belongs to the earlier text. Correct the problems to run the new one.
run-empty = The editor is empty. Paste a Pod, or open an example.
run-failed = This text could not be run. Nothing is shown until its problems are corrected.
run-forked = Changed at { $time } by: { $line }
run-unfork = Back to the original run
run-again = Run

## Views

views-heading = Views
view-watch = kubectl
view-events = Events
view-object = Object
view-cluster = Cluster
view-logs = Logs
view-scheduler = Scheduler
view-why = Why
view-scenario = Scenario
watch-label = What kubectl get pods -w prints
watch-empty = No Pod yet.
events-empty = No event yet.
events-time = Time
events-type = Type
events-reason = Reason
events-object = Object
events-message = Message
events-count = Count
events-normal = Normal
events-warning = Warning
object-choose = Object
object-empty = No object at this instant.
object-missing = { $object } does not exist at this instant.
object-unchanged = This step did not change it.
object-changed = { $added ->
    [one] 1 line added
   *[other] { $added } lines added
}, { $removed ->
    [one] 1 removed
   *[other] { $removed } removed
} in this step
object-line-added = added
object-line-removed = removed

cluster-empty = There is no node at this instant.
cluster-nodes = Nodes
cluster-waiting = Without a node
cluster-waiting-none = no Pod
cluster-search = Node, taint or Pod
cluster-by-name = By name
cluster-by-cpu = By requested cpu
cluster-by-memory = By requested memory
cluster-by-pods = By number of Pods
cluster-amount = requests { $requests }, limits { $limits }, of { $allocatable } allocatable
cluster-pods = Pods
cluster-allocated = Allocated
cluster-resource = resource
cluster-allocatable = allocatable
cluster-requests = requests
cluster-limits = limits
cluster-conditions = Conditions
cluster-taints = Taints
cluster-labels = Labels
cluster-images = Images on the node
cluster-none = none
tools-order = Order
tools-count = { $shown } of { $all }
logs-choose = Pod
logs-not-started = It has not run yet.
logs-empty = It has written nothing yet.
logs-running = run { $number }, running
logs-ended = run { $number }, ended with exit code { $code } ({ $reason })
logs-earlier = { $count ->
    [one] 1 earlier line is not shown
   *[other] { $count } earlier lines are not shown
}

scheduler-attempt-label = The scheduler's attempt
scheduler-attempt = attempt { $number } of { $all }, at { $time }
scheduler-no-attempt = no attempt yet
scheduler-previous = Previous attempt
scheduler-next = Next attempt
scheduler-gated = The scheduler does not look at it:
scheduler-skipped = The Pod came with its node ({ $node }), so the scheduler never looked at it.
scheduler-not-yet = The scheduler has not tried this Pod yet.
scheduler-chosen = { $feasible } of { $evaluated } nodes passed the filters; { $node } has the best total, { $total }.
scheduler-only = { $feasible } of { $evaluated } nodes passed the filters. { $node } is the only one, so nothing was scored.
scheduler-tie = { $count } nodes are equally good ({ $names }). The one whose filters ended first was taken, mostly the first.
scheduler-rejected-by = Rejected by { $plugins }
scheduler-nominated = Pods are being evicted on { $node }; the Pod is nominated to it and tried again when they are gone.
scheduler-pre-filter = PreFilter
scheduler-only-nodes = Only these nodes
scheduler-nominated-first = Nominated, tried first
scheduler-skip = Nothing to filter by
scheduler-score-skip = Nothing to score by
scheduler-search = Node, plugin or reason
scheduler-by-total = By total
scheduler-by-tried = As tried
scheduler-by-name = By name
scheduler-no-nodes = There was no node to look at.
scheduler-node = Node
scheduler-filter = Filter
scheduler-total = Total
scheduler-score-note = Weighted score; below it the raw and the normalised one
scheduler-passed = passed every filter
scheduler-resolvable = evicting Pods could help
scheduler-unresolvable = evicting Pods cannot help
scheduler-not-evaluated = not looked at: enough nodes had been found
scheduler-winner = chosen
scheduler-best = equally good
scheduler-queue = Queue
scheduler-queue-empty = Nobody waits.
scheduler-pod = Pod
scheduler-place = Waits in
scheduler-priority = Priority
scheduler-attempts = Attempts
scheduler-waits-for = Looked at again after
scheduler-place-active = active, next to be tried
scheduler-place-backoff = back-off
scheduler-place-error = back-off after an error
scheduler-place-unschedulable = unschedulable
scheduler-place-gated = held by its gates
scheduler-left = { $left } left
scheduler-preemption = Preemption
scheduler-candidates = { $count ->
    [0] no node on which evicting Pods helps
    [one] 1 node on which evicting Pods helps
   *[other] { $count } nodes on which evicting Pods helps
}
scheduler-preemption-rule = Fewest violated budgets first, then the lowest highest priority, the lowest sum, the fewest Pods, the latest start.
scheduler-victims = Pods to evict
scheduler-violations = Violated budgets
scheduler-highest = Highest priority
scheduler-sum = Sum
scheduler-start = Earliest start
tools-no-match = Nothing matches.

prompt-label = kubectl at the shown instant
prompt-placeholder = kubectl get pods -o wide
prompt-at = The instant at which the line is answered
prompt-session = What was typed
prompt-clear = Forget what was typed
prompt-candidates = Candidates
prompt-changes = { $line } changes the run from { $time } on; what came after is replaced.
prompt-confirm = Change the run (Enter)
prompt-cancel = Cancel (Esc)

## Timeline and transport

timeline-heading = Timeline
timeline-lanes = Lanes of Pods and containers
timeline-playhead = Playhead
timeline-empty = The timeline shows the life of each Pod once a run has finished.
timeline-zoom-in = Zoom in
timeline-zoom-out = Zoom out
timeline-zoom-fit = Show the whole run
timeline-legend = Legend
lane-status = STATUS
lane-phase = phase
lane-init = init
lane-container = container
lane-pull = pull
lane-wait-left = { $left } left of { $length }
tick-probe-ok = { $probe } probe succeeded
tick-probe-failed = { $probe } probe failed
tick-probe-count = { $result }, { $have } of { $want }
tone-waiting = Waiting
tone-creating = Pulling and creating
tone-running = Running, not ready
tone-ready = Ready
tone-failing = Failing
tone-back-off = Back-off
tone-terminating = Terminating
tone-completed = Completed
tone-unknown = Unknown
transport-label = Transport
transport-first = To the start
transport-last = To the end
transport-back = Step back
transport-forward = Step forward
transport-stage-back = Previous stage
transport-stage-forward = Next stage
transport-play = Play
transport-pause = Pause
transport-speed = Speed
transport-step = Step { $step } of { $steps }
resize-left = Width of the editors
resize-right = Width of the inspector
resize-dock = Height of the timeline
fold-left = Fold the editors
unfold-left = Show the editors
fold-right = Fold the inspector
unfold-right = Show the inspector

## Pipeline

pipeline-label = Stages of the Pod
pipeline-stay = from { $start } on, for { $time }
pipeline-not-yet = not reached
stage-apply = Apply
stage-schedule = Schedule
stage-mount = Sandbox
stage-pull = Pull
stage-run = Run
stage-probe = Probe
stage-terminate = Terminate

## Inspector

selection-clear = Follow the step again
why-heading = Why
title-status = STATUS becomes { $status }
why-nothing = Nothing happened here
why-chain = What led to it
why-changes = What it wrote
why-calls = Calls to the runtime
why-rule = Rule
why-facts = Facts
why-source = Models
why-docs = Documentation
why-no-reason = This step has no reason of its own; it follows from the one before it.
change-created = created
change-updated = changed
change-removed = removed
fact-object = Object
fact-container = Container
fact-node = Node
fact-image = Image
fact-exit-code = Exit code
fact-restart-count = Restarts
fact-backoff = Wait
fact-backoff-value = { $length }, until { $until } (at most { $cap })
fact-drawn = Drawn by chance
fact-drawn-value = { $value } (between { $min } and { $max })
fact-grace = Grace period
fact-takes = Takes
fact-count = In a row
fact-count-value = { $have } of { $want }
fact-field = Field
fact-word = Value
fact-reason = Reason
fact-controller = Controller
fact-phase = Phase
fact-address = Address
fact-pull-policy = Pull policy
fact-restart-policy = Restart policy
fact-hook = Hook
fact-probe = Probe
fact-message = Message

## Help

help-heading = Keyboard shortcuts
help-close = Close
help-step = Step back or forward
help-stage = Previous or next stage
help-play = Play or pause
help-ends = First or last step
help-zoom = Zoom in, out, whole run
help-views = The views, in the order of their tabs
help-prompt = kubectl prompt
help-help = This list
help-words = Arrow keys in an editor, a menu or a list keep their own meaning there.

## What speaks

live-step = { $time }: { $title }
live-problems = { $count ->
    [0] No problems
    [one] 1 problem
   *[other] { $count } problems
}

## Embedding

embed-open = Open in Podlapse
embed-editors = Scenario

## Examples: title, and what to try

topic-basics = Basics
topic-scheduling = Scheduling
topic-images = Images
topic-starting = Starting a container
topic-crashes = Crashes and restarts
topic-probes = Probes
topic-termination = Termination
topic-volumes = Volumes and configuration
topic-workloads = Workloads
topic-nodes = Nodes
topic-api = What the API server refuses
topic-tasks = Tasks
example-crash-loop = Crash loop
example-crash-loop-try = Step to the next restart and watch the wait double; then set restartPolicy to Never.
example-nginx = A Pod that becomes Ready
example-nginx-try = Step from apply to Ready, then change the image tag to one that does not exist.
example-image-not-found = Image tag that does not exist
example-image-not-found-try = See ErrImagePull and ImagePullBackOff take turns, then correct the tag to busybox:1.36.
example-liveness-exec = Liveness by a command
example-liveness-exec-try = Find the third failed probe, and see why the restart comes 30 seconds after it.
example-liveness-http = Liveness by HTTP
example-liveness-http-try = Set initialDelaySeconds and periodSeconds to 3 and see the first probes succeed.
example-requests-limits = Requests and limits
example-requests-limits-try = Look at qosClass in the Object view, then raise one request above its limit.
example-node-selector = nodeSelector
example-node-selector-try = Step to 40 s, when node-2 gets the label and the scheduler tries again.
example-node-name = nodeName
example-node-name-try = Look for the Scheduled event (there is none), then write node-9.
example-too-little-cpu = Too little CPU
example-too-little-cpu-try = Lower the request to 1500m and see the Pod scheduled.
example-private-registry-no-secret = Private registry, no pull secret
example-private-registry-no-secret-try = Read the message of the failed pull, then open the example with the secret.
example-private-registry-secret = Private registry, with pull secret
example-private-registry-secret-try = Change the host in the Secret and see the pull refused.
example-pull-policies = The three pull policies
example-pull-policies-try = Compare the three Pods: which one asks the registry, and which one cannot start?
example-phases = Pending, Running, Succeeded, Failed
example-phases-try = Compare the phase lane with STATUS: kubectl computes STATUS, the phase is a field.
example-init-waits = Init container that waits for a Service
example-init-waits-try = The app starts once the name of the Service resolves. Type: kubectl logs web -c wait-for-db
example-init-and-sidecar = Init container, sidecar, shared volume
example-init-and-sidecar-try = Init containers run one after the other; open Logs to see the app read what the sidecar writes.
example-gpu = GPUs that no node has
example-gpu-try = One node has one GPU. Lower the limit of the Pod train to 1, and see which of the two gets it.
example-host-port = A host port that is taken
example-host-port-try = Both want port 8080 of the only node. Step to 40 s, when the first one is deleted.
example-taint = Taint and toleration
example-taint-try = Only one Pod tolerates the taint. Type: kubectl taint nodes node-1 dedicated- at 10 s.
example-scores = Which node is best
example-scores-try = Open Scheduler: each plugin's score for each node. Then raise the weight of the preference to 100.
example-anti-affinity = Replicas that avoid each other
example-anti-affinity-try = Three replicas, two nodes: the third stays Pending. Type: kubectl scale deployment web --replicas=2
example-topology-spread = Spread over zones
example-topology-spread-try = Open Cluster: two Pods in each zone. Then open Scheduler for the last Pod and see which nodes were refused.
example-preemption = Preemption
example-preemption-try = Open Scheduler: which Pods would have to go on each node, and which node was taken.
example-scheduling-gates = Scheduling gates
example-scheduling-gates-try = The scheduler does not look at the Pod before its gate is removed at 30 s.
example-image-name-invalid = Image name that cannot be read
example-image-name-invalid-try = Image names are written in small letters. Correct Nginx to nginx.
example-registry-unreachable = Registry that cannot be reached
example-registry-unreachable-try = Each pull times out after 15 s. Use the mirror: mirror.example.com/team/web:v1.
example-image-too-slow = Image too large to arrive in time
example-image-too-slow-try = The pull runs into its deadline after 70 s. Remove pullError in the cluster and see it arrive.
example-private-registry-deployment = Private registry for a Deployment
example-private-registry-deployment-try = Type: kubectl get secret regcred -o yaml | grep dockerconfigjson: | awk '{"{"}print $NF{"}"}' | base64 -d
example-command-missing = Command that does not exist
example-command-missing-try = The container is created, and its start fails. Read the message in Events.
example-create-error = Container that cannot be created
example-create-error-try = The runtime refuses twice, then there is room again. How long does the kubelet wait in between?
example-config-missing = ConfigMap that is missing
example-config-missing-try = It appears at 40 s. Create it earlier: kubectl create configmap settings --from-literal=mode=fast
example-run-as-non-root = An image that runs as root
example-run-as-non-root-try = The kubelet refuses it. Add runAsUser: 101 to the security context.
example-sandbox-fails = No IP address left
example-sandbox-fails-try = The network plugin cannot give an address, so there is no sandbox. Set failures to 1.
example-network-not-ready = Node whose network is not ready
example-network-not-ready-try = A Pod on the host's network runs; the one that came at 15 s waits until 70 s.
example-post-start-fails = postStart hook that fails
example-post-start-fails-try = A failed postStart hook kills its container. Change exit 1 to exit 0.
example-restart-policies = Always, OnFailure, Never
example-restart-policies-try = The same failure under each restart policy. Which Pod reaches the phase Failed, and when?
example-back-off-reset = Back-off that is forgotten
example-back-off-reset-try = The fifth run lasts 11 minutes; after it the wait begins again at 10 s.
example-oom-killed = OOMKilled
example-oom-killed-try = It uses 250Mi after 8 s. Raise the memory limit to 300Mi.
example-port-taken = Two servers, one port
example-port-taken-try = The containers of a Pod share its ports. Type: kubectl logs web -c second
example-process-killed = A process that dies
example-process-killed-try = No probe is needed: the kubelet sees that the process is gone and starts it again.
example-init-fails = Init container that fails
example-init-fails-try = The app never starts. Type: kubectl logs web -c migrate
example-termination-message = Last words of a container
example-termination-message-try = What a container wrote to its termination log, or its last lines, is the message of its state. Look at the Object view.
example-role-missing = Service account without permission
example-role-missing-try = The account is refused until a role is bound to it. Ask the prompt: auth can-i --list --as=system:serviceaccount:default:reader
example-task-image = Task: an image that never comes
example-task-image-try = Find what is wrong with the image's name and mend it: the Pod is to be ready within 30 seconds.
example-task-probe = Task: a healthy server that is killed
example-task-probe-try = The server answers on port 80 and is restarted all the same. The events say why; mend the manifest.
example-task-room = Task: no room on any node
example-task-room-try = Read what the scheduler says of the node, and ask for less: the Pod needs no more than 2 CPUs.
example-task-slow-start = Task: a slow start
example-task-slow-start-try = The server needs 40 seconds before it answers. Give it time without slowing its liveness probe later on.
example-readiness = Readiness
example-readiness-try = Not ready is not dead: the container runs on, and only leaves the endpoints of its Service.
example-startup-probe = An app that starts slowly
example-startup-probe-try = Until the startup probe succeeds the liveness probe is silent. Set its failureThreshold to 3.
example-tcp-and-grpc = TCP and gRPC probes
example-tcp-and-grpc-try = The port opens after 12 s; the gRPC service stops serving after 30 s.
example-graceful-delete = Graceful deletion
example-graceful-delete-try = The preStop hook takes 8 s, then SIGTERM. The Pod is not ready from the deletion on, whatever its probe says.
example-ignores-sigterm = A process that ignores SIGTERM
example-ignores-sigterm-try = SIGKILL comes when the grace period of 15 s is over. Delete it with --grace-period=3.
example-force-delete = Force deletion
example-force-delete-try = The object is gone at once, the container a little later: nobody waited for the node to confirm.
example-finalizer = A finalizer holds the Pod
example-finalizer-try = Its containers are gone, the object stays until the finalizer is removed at 60 s.
example-secret-missing = Secret that is missing
example-secret-missing-try = The volume cannot be set up; the tries come farther and farther apart. It appears at 50 s.
example-config-appears = ConfigMap that comes late
example-config-appears-try = The volume cannot be mounted until the ConfigMap is created at 30 s. The kubelet tries again later and later.
example-claim-missing = PersistentVolumeClaim that is missing
example-claim-missing-try = The scheduler cannot place the Pod: its claim does not exist.
example-static-volume = PersistentVolume for a claim
example-static-volume-try = The claim is bound to the smallest volume that fits: the one of 10Gi. Ask for 15Gi and see which one is taken.
example-unknown-field = A misspelt field
example-unknown-field-try = With validation the first create is refused; without it the field is dropped: kubectl get pod misspelt -o yaml
example-deployment = Deployment: a rolling update
example-deployment-try = At 40 s the image changes. Never fewer than three are available; type: kubectl rollout undo deployment web
example-deployment-stuck = Deployment: an update that is stuck
example-deployment-stuck-try = The new image does not exist, so the old Pods stay. Type: kubectl rollout status deployment web
example-replica-set = ReplicaSet: lost Pods are replaced
example-replica-set-try = At 20 s both Pods are deleted. The new ones have other names and other UIDs.
example-replication-controller = ReplicationController
example-replication-controller-try = The older ReplicaSet. Type: kubectl label pod -l app=web app- --all, and see it make new Pods.
example-stateful-set = StatefulSet: one after the other
example-stateful-set-try = Each Pod waits for the one before it. The Pod that is deleted at 50 s comes back under its own name.
example-daemon-set = DaemonSet: one on each node
example-daemon-set-try = The tainted node gets its Pod when the taint is removed at 25 s.
example-job = Job: four pieces of work, two at a time
example-job-try = It finishes after two rounds; 20 s later the Job and its Pods are removed.
example-job-back-off = Job that gives up
example-job-back-off-try = Three Pods fail, each tried later than the one before. Set backoffLimit to 0.
example-cron-job = CronJob: every minute
example-cron-job-try = A Job each minute; only the last finished one is kept.
example-cordon-and-drain = Cordon and drain
example-cordon-and-drain-try = At 20 s the node is emptied, one Pod after the other, as the budget allows.
example-drain-blocked = Drain that a budget blocks
example-drain-blocked-try = The second eviction is refused until the first Pod is replaced elsewhere; there is nowhere, so the drain gives up after 45 s.
example-no-execute = NoExecute: who may stay, and how long
example-no-execute-try = One Pod goes at once, one after 40 s, one stays. Remove the taint at 30 s.
example-node-down = A node is lost
example-node-down-try = After 50 s it counts as lost, 5 minutes later its Pods are evicted. The Deployment's come back elsewhere, the bare one does not.
example-node-returns = A lost node comes back
example-node-returns-try = It returns at 7 m, and the Pods that were Terminating go within a second.
example-node-deleted = Deleting a lost node
example-node-deleted-try = One of the three ways out: once the Node object is deleted, its Pods are removed.
example-node-down-force-delete = Force deletion on a lost node
example-node-down-force-delete-try = The StatefulSet makes a second db-0, while the first may still run on the lost node: two writers on one disk.
example-static-pod = Static Pod
example-static-pod-try = Deleting it at 30 s does not help: only removing its file at 70 s does.
example-limit-range = LimitRange
example-limit-range-try = The Pod that is applied at 10 s asks for more than a container may have, and is refused.
example-quota = ResourceQuota
example-quota-try = The quota admits two Pods: the third replica is refused, and tried again later and later.
example-pod-security = Pod Security admission
example-pod-security-try = The namespace locked enforces the level restricted: the Pod that is applied there at 10 s is refused.
example-service-account-missing = ServiceAccount that does not exist
example-service-account-missing-try = The Pod that is applied at 10 s is refused. Type at 30 s: kubectl auth can-i list secrets
example-cordon = A cordoned node
example-cordon-try = The only node takes no new Pods until it is uncordoned at 30 s.

## Rules: a title, and what the rule says

rule-user-action = You asked for it
rule-user-action-why = A request came in through kubectl. Everything that follows is an answer to it.
rule-object-created = The API server stored the object
rule-object-created-why = The request passed defaulting, admission and validation; the object was written to etcd, and everyone who watches its kind hears of it.
rule-request-rejected = The API server refused the request
rule-request-rejected-why = Defaulting, admission or validation found a fault, so nothing was stored.
rule-deletion-requested = The object was marked for deletion
rule-deletion-requested-why = A graceful deletion only sets deletionTimestamp. The kubelet stops the containers first; the object goes when it reports that they are gone.
rule-object-removed = The object left the API
rule-object-removed-why = Nothing holds it any longer: no grace period, no finalizer.
rule-node-chosen = The scheduler chose a node
rule-node-chosen-why = Nodes that cannot take the Pod are filtered out, the others are scored, and the Pod is bound to the best of them.
rule-unschedulable = No node can take the Pod
rule-unschedulable-why = Every node was filtered out. The Pod waits until something changes that could help it, and is tried again then.
rule-scheduling-gated = The Pod waits for its scheduling gates
rule-scheduling-gated-why = While spec.schedulingGates is not empty the scheduler does not look at the Pod.
rule-preempted = A Pod of lower priority makes room
rule-preempted-why = Where evicting Pods of lower priority would let the Pod fit, the scheduler deletes them and tries again when they are gone.
rule-status-generated = The kubelet computed the status
rule-status-generated-why = From the spec and from what the runtime reports the kubelet works out phase, conditions and container states, and sends them to the API server.
rule-volumes-not-ready = A volume cannot be mounted yet
rule-volumes-not-ready-why = The kubelet starts no container before every volume of the Pod is mounted; it looks again after a while.
rule-network-not-ready = The node's network is not ready
rule-network-not-ready-why = Without the network plugin the kubelet starts only Pods on the host's network.
rule-sandbox-created = The sandbox was created
rule-sandbox-created-why = The sandbox holds the Pod's network and its IP address; all containers run in it.
rule-sandbox-failed = The sandbox could not be created
rule-sandbox-failed-why = The runtime refused it, often because of the network plugin. The kubelet tries again at its next sync.
rule-image-pulling = The image is being pulled
rule-image-pulling-why = The policy asks for a pull, or the image is not on the node.
rule-image-pulled = The image arrived
rule-image-pulled-why = The pull ended well, and the image is on the node now.
rule-image-present = The image is already on the node
rule-image-present-why = The pull policy allows the use of an image that is there, so the registry is not asked.
rule-image-pull-failed = The pull failed
rule-image-pull-failed-why = The registry refused or did not answer. The container waits with ErrImagePull, and the next pull with a longer back-off.
rule-image-pull-back-off = The next pull has to wait
rule-image-pull-back-off-why = After each failed pull the wait doubles, from 10 seconds up to 5 minutes. Meanwhile the reason is ImagePullBackOff.
rule-image-never-pulled = The policy forbids the pull
rule-image-never-pulled-why = imagePullPolicy is Never and the image is not on the node, so the container cannot start.
rule-image-name-invalid = The image's name cannot be read
rule-image-name-invalid-why = It is not a valid reference, so there is nothing to pull and no use in trying again.
rule-container-config-failed = The container's configuration is incomplete
rule-container-config-failed-why = Something that the container refers to, such as a ConfigMap or Secret, does not exist. The kubelet looks again at its next sync.
rule-container-created = The container was created
rule-container-created-why = Its image is there and its configuration is resolved; the runtime has prepared it.
rule-container-started = The container was started
rule-container-started-why = The process runs from here on; probes count from this moment.
rule-container-start-failed = The container could not be started
rule-container-start-failed-why = The runtime could not create or start it, for example because the command does not exist.
rule-container-exited = The process ended
rule-container-exited-why = The kubelet hears of it when it next asks the runtime, at most a second later.
rule-crash-loop-back-off = The restart has to wait
rule-crash-loop-back-off-why = After each end the wait doubles, from 10 seconds up to 5 minutes, and is forgotten after 10 minutes without a crash. The kubelet looks at its syncs, so the restart comes a little later.
rule-container-restarted = The container is started again
rule-container-restarted-why = The restart policy asks for it, and no back-off is in the way. It stays on the same node.
rule-container-killed = The container is stopped
rule-container-killed-why = It gets SIGTERM, and SIGKILL if it still runs when the grace period is over.
rule-hook-failed = A lifecycle hook failed
rule-hook-failed-why = A failed postStart hook kills its container; a failed preStop hook is reported only.
rule-probe-succeeded = A probe succeeded
rule-probe-succeeded-why = After successThreshold successes in a row the result counts.
rule-probe-failed = A probe failed
rule-probe-failed-why = After failureThreshold failures in a row the result counts: liveness and startup kill the container, readiness makes the Pod not ready.
rule-pod-finished = The Pod is finished
rule-pod-finished-why = Every container has ended and the restart policy starts none again: the phase is Succeeded if all ended with 0, else Failed.
rule-pod-terminating = The Pod is being stopped
rule-pod-terminating-why = The kubelet stops every container and counts the grace period. The Pod is not ready any more, whatever its probes say.
rule-pod-terminated = Nothing of the Pod is left on the node
rule-pod-terminated-why = Containers, volumes and cgroups are gone; the API server may forget the Pod.
rule-deadline-exceeded = The Pod ran longer than it may
rule-deadline-exceeded-why = activeDeadlineSeconds is over: the kubelet stops the Pod, and its phase is Failed.
rule-pod-evicted = The node runs out of memory
rule-pod-evicted-why = The kubelet ends a Pod to make room: first those that use more than they request, then those of lower priority, then those that use most.
rule-pod-preempted-by-kubelet = A critical Pod needs the room
rule-pod-preempted-by-kubelet-why = A critical Pod was assigned to the node, which has too little left for it. The kubelet ends the smallest Pods that are enough, and then starts the critical one.
rule-pod-resized = The resources of the running Pod change
rule-pod-resized-why = The Pod asks for other resources than it was granted. The kubelet grants what the node has room for and changes the containers in place, or restarts those whose policy says so.
rule-pod-not-admitted = The kubelet does not admit the Pod
rule-pod-not-admitted-why = Before a Pod starts the node checks once more that it fits. One that does not fit fails for good.
rule-event-recorded = Event { $word } was written
rule-event-recorded-why = Components tell people what they do in Event objects; alike events raise the count of one object.
rule-pod-bound = The Pod was bound to its node
rule-pod-bound-why = The API server stored the scheduler's choice in spec.nodeName, which never changes again; the node's kubelet sees it and begins.
rule-node-status-reported = The kubelet reported its node
rule-node-status-reported-why = It renews its lease every 10 seconds and reports conditions, addresses and images when they change.
rule-reconciled = { $word } acted
rule-reconciled-why = It compared what is with what is wanted, and did one step towards it.

share-link = Link
share-frame = Frame for another page
share-copy = Copy
share-copied = Copied
share-instant = at the shown instant, { $time }
share-words = The texts travel inside the link, behind the #, and are never sent to a server.
link-broken = This link holds a scenario that cannot be read. An example is shown instead.
link-unknown-example = This link names an example that does not exist. Choose one from the list above.

## Glossary

glossary-heading = Reasons
glossary-open = Open an example: { $example }
glossary-search = Search a reason
bar-glossary = Reasons: a glossary
lane-sidecar = sidecar
lane-endpoints = endpoints
lane-actions = Actions
lane-node = node
lane-grace = grace period { $length }
help-glossary = Glossary of reasons
term-group-waiting = A container waits
term-group-terminated = A container has ended
term-group-condition = Conditions
term-group-event = Events
term-group-gone = No longer there
term-PodInitializing = The init containers have not finished yet.
term-ContainerCreating = The sandbox, the volumes, the image or the container itself are being made.
term-ErrImagePull = The last pull failed. The event Failed says why.
term-ImagePullBackOff = After a failed pull the kubelet waits before the next one, from 10 s up to 5 minutes.
term-InvalidImageName = The image's name cannot be read, so there is nothing to pull.
term-ErrImageNeverPull = imagePullPolicy is Never, and the image is not on the node.
term-RegistryUnavailable = The runtime says that the registry is not available. containerd never does: there it is ErrImagePull.
term-ImageInspectError = The runtime cannot say whether the image is on the node: its store is damaged.
term-CreateContainerConfigError = Something that the container refers to is missing or is not allowed: a ConfigMap, a Secret, a user.
term-CreateContainerError = The runtime refused to create the container.
term-PreStartHookError = An internal step of the kubelet before the start failed, such as reserving CPUs. Not simulated.
term-RunContainerError = The container was created and could not be started: the command does not exist, for example.
term-PostStartHookError = The postStart hook failed, and its container was killed for it.
term-CrashLoopBackOff = The container ended again and again; the kubelet waits before it starts it, from 10 s up to 5 minutes.
term-Completed = The process ended with exit code 0.
term-Error = The process ended with another exit code.
term-OOMKilled = The kernel killed the process: it used more memory than its limit.
term-Unschedulable = No node can take the Pod now. The message counts the reasons.
term-SchedulingGated = The scheduler does not look at the Pod before its gates are removed.
term-ContainersNotInitialized = Condition Initialized is False: an init container has not succeeded yet.
term-ContainersNotReady = Conditions Ready and ContainersReady are False: a container is not ready.
term-PodCompleted = Every container has ended, so the Pod is not ready any more.
term-FailedScheduling = An attempt of the scheduler found no node.
term-Preempted = The Pod was evicted to make room for one of higher priority.
term-FailedMount = A volume could not be set up; the kubelet tries again, later each time.
term-NetworkNotReady = The node's network plugin is not ready, so the Pod's sandbox cannot be made.
term-FailedCreatePodSandBox = The sandbox with the Pod's network could not be made.
term-BackOff = The kubelet waits before it starts a container, or pulls an image, again.
term-Unhealthy = A probe failed. Only failureThreshold failures in a row have a consequence.
term-Killing = A container is being stopped: SIGTERM first, SIGKILL when the grace period is over.
term-NodeNotReady = The node has not reported for 50 s, so its Pods are not ready any more.
term-TaintManagerEviction = The Pod does not tolerate a NoExecute taint, or not any longer.
term-NetworkPluginNotReady = Part of the node's Ready condition while its network plugin does not answer: container runtime network not ready.
term-DockerDaemonNotReady = Gone with the built-in Docker support in 1.24. Today the node says: container runtime is down.
