//! The kubelet of one node as a state machine.
//!
//! Models `pkg/kubelet` `syncLoopIteration` (v1.36): changes of Pods, life-cycle events, probe results, the one-second sync ticker.
//! What happens in goroutines there is kept here as explicit state that an answer or a timer takes further.

use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::{ContainerImage, Node, Pod};
use podlapse_model::simulation::ShutdownGroup;
use podlapse_model::{Modelled, Object, ObjectKey, SimDuration, SimTime, SortedMap, SortedSet, Uid};

use super::allocation::Allocations;
use super::backoff::Backoff;
use super::eviction::EvictionManager;
use super::images::ImagePulls;
use super::images::pull_records::PullRecords;
use super::node_status::{UPDATE_FREQUENCY, UPDATE_JITTER_PERCENT, machine_of};
use super::pleg::Pleg;
use super::pod_worker::Worker;
use super::probe::results::ProbeResults;
use super::probing::{ProbeKey, ProbeWorkers};
use super::recorder::Recorder;
use super::runtime_status::RuntimeStatus;
use super::shutdown::Shutdown;
use super::static_pods::StaticPods;
use super::status::StartErrors;
use super::status_sync::StatusSync;
use super::volumes::VolumeManager;
use crate::cri::{Call, CallId, Reply};
use crate::events::PodEvent;
use crate::kernel::{Purpose, Random, WallClock, next_tick};
use crate::store::{Change, Request, Store};
use crate::why::{Fact, Rule, Why};

/// With what a kubelet handles an event.
#[derive(Debug)]
pub struct KubeletContext<'a> {
    /// When it is.
    pub now: SimTime,
    /// What the clock on the wall says then.
    pub wall: WallClock,
    /// The API as this kubelet's informers show it.
    pub store: &'a Store,
    /// For delays.
    pub random: &'a mut Random,
}

/// What happens to a kubelet.
#[derive(Clone, Debug)]
pub enum KubeletEvent {
    /// The process begins.
    Started {
        /// Whether the node's network is ready.
        is_network_ready: bool,
        /// The node as its machine was registered.
        machine: Arc<Node>,
    },
    /// What lies in the manifest folder, by file.
    StaticPods(SortedMap<Arc<str>, Arc<Pod>>),
    /// A Pod of this node changed in the API.
    Pod(Change),
    /// The runtime answers.
    Reply {
        /// Whose call it was.
        id: CallId,
        /// The answer.
        reply: Reply,
    },
    /// Something changed in the runtime, which the next relist will find.
    RuntimeChanged,
    /// A container began to use something that is watched.
    ResourcesUsed,
    /// The network plugin became ready, or no longer is.
    Network {
        /// Whether it is ready.
        is_ready: bool,
    },
    /// Somebody else wrote into the status of the node.
    StatusWritten,
    /// The machine is about to go off, and gives each group of Pods so much time.
    Shutdown(Vec<ShutdownGroup>),
    /// A timer went off.
    Timer(KubeletTimer),
}

/// The timers of a kubelet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KubeletTimer {
    /// The sync ticker finds due work.
    SyncTick,
    /// The periodic relist.
    Relist,
    /// Life-cycle events reach the sync loop.
    PlegEvents,
    /// Volumes of a Pod are looked at again.
    Volumes(Uid),
    /// The volume manager works on a Pod's volumes.
    Mount(Uid),
    /// Something inside a sync is due.
    Worker(Uid),
    /// A wait inside the stopping of a container is over.
    Kill(Uid, CallId),
    /// The status manager writes.
    Statuses,
    /// A probe's ticker.
    Probe(ProbeKey),
    /// The recorder writes.
    Recorder,
    /// The node's status is reported.
    NodeStatus,
    /// A node that is not known to be ready is reported out of turn.
    FastNodeStatus,
    /// The node is registered.
    Registration,
    /// The API is asked for the node's Pods.
    ApiSource,
    /// What no Pod accounts for is cleaned up.
    Housekeeping,
    /// The runtime's state is read.
    RuntimeState,
    /// The eviction manager looks.
    Eviction,
    /// Changes of resources that were put off are looked at again.
    Resizes,
    /// The runtime's images are listed for the node's status.
    Images,
    /// A Pod ran as long as it may.
    Deadline(Uid),
    /// The time of a group of Pods is up before the machine goes off.
    Shutdown,
}

/// What a kubelet wants done.
#[derive(Clone, Debug, Default)]
pub struct KubeletOutput {
    /// Calls to the runtime.
    pub calls: Vec<(CallId, Call)>,
    /// Requests to the API server.
    pub requests: Vec<Request>,
    /// Timers to arm, or to cancel where no time is given.
    pub timers: Vec<(KubeletTimer, Option<SimTime>)>,
    /// Why.
    pub why: Vec<Why>,
    /// Whether the machine goes off.
    pub powers_off: bool,
    /// The Pod that reasons are about.
    pub(super) about: Option<ObjectKey>,
}

impl KubeletOutput {
    /// Notes a reason, about the Pod in hand unless the facts name an object.
    pub(super) fn because(&mut self, rule: Rule, facts: impl IntoIterator<Item = Fact>) {
        let mut facts: Vec<Fact> = facts.into_iter().collect();
        if !facts.iter().any(|fact| matches!(fact, Fact::Object(_))) {
            facts.extend(self.about.clone().map(Fact::Object));
        }
        self.why.push(Why { rule, facts });
    }

    pub(super) fn arm(&mut self, timer: KubeletTimer, at: SimTime) {
        self.timers.push((timer, Some(at)));
    }
}

/// Who waits for an answer of the runtime.
#[derive(Clone, Debug)]
pub(super) enum Waiter {
    /// The eviction manager.
    Eviction,
    /// The node's status, for its images.
    Images,
    /// A relist, for its list.
    Relist,
    /// A relist, for the status of what changed.
    Inspect,
    /// The cleaning up, for what runs.
    Housekeeping,
    /// A Pod's sync.
    Worker(Uid),
    /// The stopping of a container inside a Pod's sync.
    Kill(Uid),
    /// A probe.
    Probe(ProbeKey),
    /// A preStop hook whose time was up before it ended.
    LatePreStop(Arc<Pod>, Arc<str>),
    /// Nobody.
    Nobody,
}

/// What outlives a kubelet's process: which images it pulled, and what it granted to Pods.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    pull_records: PullRecords,
    allocations: Allocations,
}

/// The workers of a node's Pods.
pub(super) type Workers = SortedMap<Uid, Worker>;

/// The kubelet of one node.
#[derive(Clone, Debug)]
pub struct Kubelet {
    pub(super) node: Arc<str>,
    pub(super) started_at: SimTime,
    /// The node as its machine was registered.
    pub(super) machine: Arc<Node>,
    /// Whether the network is ready, and whether this kubelet has seen it to be.
    pub(super) network: bool,
    pub(super) is_network_ready: bool,
    /// From one round of the node's status to the next.
    pub(super) node_status_period: SimDuration,
    /// Whether the API was asked for the node's Pods.
    pub(super) watches_pods: bool,
    pub(super) workers: Workers,
    /// Critical Pods, and the Pods whose end they wait for.
    pub(super) preempting: SortedMap<Uid, SortedSet<Uid>>,
    pub(super) work_queue: SortedMap<Uid, SimTime>,
    pub(super) pleg: Pleg,
    pub(super) static_pods: StaticPods,
    /// Pods of the runtime alone, which are being stopped.
    pub(super) killed_orphans: SortedSet<Uid>,
    pub(super) statuses: StatusSync,
    pub(super) probes: ProbeWorkers,
    pub(super) results: ProbeResults,
    pub(super) crash_backoff: Backoff,
    pub(super) image_pulls: ImagePulls,
    pub(super) pull_records: PullRecords,
    /// Pods whose sync waits for the one pull at a time.
    pub(super) pull_queue: VecDeque<Uid>,
    pub(super) start_errors: SortedMap<Uid, StartErrors>,
    pub(super) volumes: VolumeManager,
    pub(super) allocations: Allocations,
    pub(super) eviction: EvictionManager,
    /// Whether the machine is about to go off.
    pub(super) shutdown: Option<Shutdown>,
    /// The node's images, as they were listed last.
    pub(super) images: Option<Vec<ContainerImage>>,
    pub(super) recorder: Recorder,
    waiters: SortedMap<CallId, Waiter>,
    next_call: u64,
    sync_tick_phase: SimDuration,
}

/// The period of the sync ticker (`syncLoop`).
const SYNC_PERIOD: SimDuration = SimDuration::from_secs(1);

impl Kubelet {
    /// The kubelet of a node, started at the given time. `boot` counts those before it, so that an answer to one of their calls is
    /// not taken for one of its own.
    pub fn new(node: &str, started_at: SimTime, boot: u32, random: &mut Random) -> Self {
        let phase = |random: &mut Random, purpose| random.between(purpose, node, SimDuration::ZERO, SYNC_PERIOD).value;
        Kubelet {
            node: node.into(),
            started_at,
            machine: machine_of(node),
            network: true,
            is_network_ready: true,
            node_status_period: random.jitter(Purpose::PeriodPhase, node, UPDATE_FREQUENCY, UPDATE_JITTER_PERCENT).value,
            watches_pods: boot == 0,
            workers: SortedMap::new(),
            preempting: SortedMap::new(),
            work_queue: SortedMap::new(),
            pleg: Pleg::new(phase(random, Purpose::RelistPhase)),
            static_pods: StaticPods::default(),
            killed_orphans: SortedSet::new(),
            statuses: StatusSync::default(),
            probes: ProbeWorkers::default(),
            results: ProbeResults::default(),
            crash_backoff: Backoff::crash_loop(),
            image_pulls: ImagePulls::default(),
            pull_records: PullRecords::default(),
            pull_queue: VecDeque::new(),
            start_errors: SortedMap::new(),
            volumes: VolumeManager::default(),
            allocations: Allocations::new(),
            eviction: EvictionManager::default(),
            shutdown: None,
            images: None,
            recorder: Recorder::new(node),
            waiters: SortedMap::new(),
            next_call: u64::from(boot) << 32,
            sync_tick_phase: phase(random, Purpose::SyncTickPhase),
        }
    }

    /// What it keeps on its disk, for the kubelet after it.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { pull_records: self.pull_records.clone(), allocations: self.allocations.clone() }
    }

    /// Takes over what the kubelet before it left.
    pub fn restore(&mut self, checkpoint: Checkpoint) {
        self.pull_records = checkpoint.pull_records;
        self.allocations = checkpoint.allocations;
    }

    /// Handles one event.
    pub fn handle(&mut self, cx: &mut KubeletContext<'_>, event: KubeletEvent, out: &mut KubeletOutput) {
        match event {
            KubeletEvent::Started { is_network_ready, machine } => self.begin(cx, is_network_ready, machine, out),
            KubeletEvent::StaticPods(files) => self.set_static_pods(cx, files, out),
            KubeletEvent::Pod(change) => {
                out.about = Some(change.key.clone());
                self.pod_changed(cx, change, out);
            }
            KubeletEvent::RuntimeChanged => self.arm_relist(cx, out),
            KubeletEvent::Network { is_ready } => self.network_changed(cx, is_ready, out),
            KubeletEvent::ResourcesUsed => self.arm_eviction(cx, out),
            KubeletEvent::StatusWritten => self.arm_report(cx.now, out),
            KubeletEvent::Shutdown(groups) => self.begin_shutdown(cx, &groups, out),
            KubeletEvent::Reply { id, reply } => self.reply(cx, id, reply, out),
            KubeletEvent::Timer(timer) => self.timer(cx, timer, out),
        }
    }

    fn reply(&mut self, cx: &mut KubeletContext<'_>, id: CallId, reply: Reply, out: &mut KubeletOutput) {
        let Some(waiter) = self.waiters.remove(&id) else { return };
        match &waiter {
            Waiter::Worker(uid) | Waiter::Kill(uid) | Waiter::Probe(ProbeKey { pod: uid, .. }) => self.turn_to(uid, out),
            Waiter::LatePreStop(pod, _) => out.about = Some(pod.key()),
            Waiter::Eviction | Waiter::Images | Waiter::Relist | Waiter::Inspect | Waiter::Housekeeping | Waiter::Nobody => {}
        }
        match waiter {
            Waiter::Eviction => {
                if let Reply::Usages(usages) = reply {
                    self.usages_known(cx, &usages, out);
                }
            }
            Waiter::Images => {
                if let Reply::Pods(pods) = reply {
                    self.images_listed(cx, &pods, out);
                }
            }
            Waiter::Relist => {
                if let Reply::Pods(pods) = reply {
                    self.relisted(cx, &pods, out);
                }
            }
            Waiter::Inspect => {
                if let Reply::Pods(pods) = reply {
                    self.inspected(cx, &pods, out);
                }
            }
            Waiter::Housekeeping => {
                if let Reply::Pods(pods) = reply {
                    self.clean_up(cx, &pods, out);
                }
            }
            Waiter::Worker(uid) => self.sync_reply(cx, &uid, reply, out),
            Waiter::Kill(uid) => self.kill_reply(cx, &uid, id, reply, out),
            Waiter::Probe(key) => self.probe_reply(cx, &key, reply, out),
            Waiter::LatePreStop(pod, container) => self.pre_stop_reply(cx, &pod, &container, &reply, out),
            Waiter::Nobody => {}
        }
    }

    fn timer(&mut self, cx: &mut KubeletContext<'_>, timer: KubeletTimer, out: &mut KubeletOutput) {
        match &timer {
            KubeletTimer::Volumes(uid)
            | KubeletTimer::Mount(uid)
            | KubeletTimer::Worker(uid)
            | KubeletTimer::Kill(uid, _)
            | KubeletTimer::Probe(ProbeKey { pod: uid, .. })
            | KubeletTimer::Deadline(uid) => self.turn_to(uid, out),
            KubeletTimer::Eviction
            | KubeletTimer::Shutdown
            | KubeletTimer::Resizes
            | KubeletTimer::Images
            | KubeletTimer::SyncTick
            | KubeletTimer::Relist
            | KubeletTimer::PlegEvents
            | KubeletTimer::Statuses
            | KubeletTimer::Recorder
            | KubeletTimer::NodeStatus
            | KubeletTimer::FastNodeStatus
            | KubeletTimer::Registration
            | KubeletTimer::ApiSource
            | KubeletTimer::Housekeeping
            | KubeletTimer::RuntimeState => {}
        }
        match timer {
            KubeletTimer::Eviction => self.ask_for_usages(out),
            KubeletTimer::Shutdown => self.shutdown_timer(cx, out),
            KubeletTimer::Resizes => self.retry_resizes(cx, out),
            KubeletTimer::Images => self.list_images(out),
            KubeletTimer::SyncTick => self.sync_tick(cx, out),
            KubeletTimer::Relist => self.relist(cx, out),
            KubeletTimer::PlegEvents => self.pleg_events(cx, out),
            KubeletTimer::Volumes(uid) => self.poll_volumes(cx, &uid, out),
            KubeletTimer::Mount(uid) => self.mount_volumes(cx, &uid, out),
            KubeletTimer::Worker(uid) => self.advance(cx, &uid, out),
            KubeletTimer::Kill(uid, call) => self.kill_timer(cx, &uid, call, out),
            KubeletTimer::Statuses => self.write_statuses(cx, out),
            KubeletTimer::Probe(key) => self.probe_tick(cx, &key, out),
            KubeletTimer::Recorder => self.recorder.write(cx, out),
            KubeletTimer::NodeStatus => self.report_node(cx, false, out),
            KubeletTimer::FastNodeStatus => self.report_unready_node(cx, out),
            KubeletTimer::Registration => self.register_node(cx, out),
            KubeletTimer::ApiSource => self.list_pods(cx, out),
            KubeletTimer::Housekeeping => self.begin_clean_up(out),
            KubeletTimer::RuntimeState => self.read_runtime_state(cx, out),
            KubeletTimer::Deadline(uid) => self.wake_worker(cx, &uid, out),
        }
    }

    /// What follows is about this Pod.
    pub(super) fn turn_to(&self, uid: &Uid, out: &mut KubeletOutput) {
        out.about = self.workers.get(uid).map(|worker| Object::Pod(worker.pod.clone()).key());
    }

    /// Sends a call to the runtime.
    pub(super) fn call(&mut self, waiter: Waiter, call: Call, out: &mut KubeletOutput) -> CallId {
        self.next_call += 1;
        let id = CallId(self.next_call);
        self.waiters.insert(id, waiter);
        out.calls.push((id, call));
        id
    }

    /// An id for a wait that is not a call.
    pub(super) fn next_id(&mut self) -> CallId {
        self.next_call += 1;
        CallId(self.next_call)
    }

    /// Somebody else waits for this answer from now on, if it is still on its way.
    pub(super) fn wait_instead(&mut self, id: CallId, waiter: Waiter) {
        if let Some(old) = self.waiters.get_mut(&id) {
            *old = waiter;
        }
    }

    /// Records an event about a Pod.
    pub(super) fn event(&mut self, cx: &KubeletContext<'_>, pod: &Arc<Pod>, event: PodEvent, out: &mut KubeletOutput) {
        self.recorder.record(cx, pod, event, out);
    }

    /// What the runtime was last seen to hold of a Pod.
    pub(super) fn seen(&self, uid: &Uid) -> Arc<RuntimeStatus> {
        self.pleg.seen(uid)
    }

    /// Puts a Pod into the work queue; the sync ticker finds it there when it is due.
    pub(super) fn enqueue(&mut self, uid: &Uid, at: SimTime, out: &mut KubeletOutput) {
        self.work_queue.insert(uid.clone(), at);
        self.arm_sync_tick(out);
    }

    /// The first tick of the sync ticker at or after a moment.
    pub(super) fn sync_tick_after(&self, at: SimTime) -> SimTime {
        next_tick(at, self.started_at + self.sync_tick_phase, SYNC_PERIOD)
    }

    fn arm_sync_tick(&self, out: &mut KubeletOutput) {
        let due = self.work_queue.values().min().map(|&at| self.sync_tick_after(at));
        out.timers.push((KubeletTimer::SyncTick, due));
    }

    fn sync_tick(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        let due: Vec<Uid> = self.work_queue.iter().filter(|(_, at)| **at <= cx.now).map(|(uid, _)| uid.clone()).collect();
        for uid in due {
            self.work_queue.remove(&uid);
            self.wake_worker(cx, &uid, out);
        }
        self.arm_sync_tick(out);
    }
}
