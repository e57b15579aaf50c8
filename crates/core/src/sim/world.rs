//! The state of a run at one moment: everything that a checkpoint keeps.

use std::sync::Arc;

use podlapse_model::api::core::v1::Node;
use podlapse_model::{Metadata, Object, SimTime, SortedMap, SortedSet, Uid};

use super::client::Client;
use super::cluster;
use super::controlling::Controllers;
use super::event::{Event, Timer};
use super::nodes::{Nodes, NodesEvent};
use super::{Scenario, StepId};
use crate::client::{CommandLanguage, CommandLine, Logs};
use crate::cri::container_images;
use crate::events::EventRecorder;
use crate::kernel::{EventKey, Queue, Random, WallClock};
use crate::kubelet::Kubelet;
use crate::runtime::{Registries, Runtime, World as RuntimeWorld};
use crate::scheduler::{Profile, Scheduler};
use crate::store::{ApiContext, Change, Request, Store, apply};

/// An event with the step that led to it.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) event: Event,
    pub(super) cause: Option<StepId>,
}

/// Everything that can differ from one moment to the next.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: SimTime,
    pub(super) wall: WallClock,
    pub(super) queue: Queue<Queued, Timer>,
    pub(super) random: Random,
    pub(super) store: Store,
    pub(super) controllers: Controllers,
    /// Owners of what a cluster printed that it did not print as well.
    pub(super) unseen_owners: Arc<SortedSet<Uid>>,
    pub(super) nodes: Nodes,
    pub(super) volume_events: SortedMap<&'static str, Arc<EventRecorder>>,
    pub(super) scheduler: Arc<Scheduler>,
    /// How many rows the tables of the scheduler's decisions have had.
    pub(super) table_rows: u64,
    pub(super) scheduler_events: Arc<EventRecorder>,
    pub(super) kubelets: SortedMap<Arc<str>, Arc<Kubelet>>,
    pub(super) runtimes: SortedMap<Arc<str>, Arc<Runtime>>,
    pub(super) shared: Arc<RuntimeWorld>,
    pub(super) client: Client,
    pub(super) logs: Logs,
    pub(super) language: Arc<dyn CommandLanguage>,
    pub(super) next_step: u32,
    /// What the current event put into the queue.
    pub(super) pushed: Vec<EventKey>,
}

/// When the cluster came up: a fresh one for each scenario, as recorded clusters are, so that its kubelets are young.
const NODES_UP_AT: SimTime = SimTime::from_nanos(-5_500_000_000);

impl World {
    /// The cluster before anything is applied, and the changes that made it.
    pub(super) fn new(scenario: &Scenario, language: Arc<dyn CommandLanguage>) -> (World, Vec<Change>) {
        let spec = Arc::new(scenario.simulation.clone());
        let registries = Registries::new(&spec);
        let profile = Profile { percentage_of_nodes_to_score: spec.percentage_of_nodes_to_score };
        let mut world = World {
            now: NODES_UP_AT,
            wall: WallClock { start_unix_ns: spec.start_time_unix_ns },
            queue: Queue::default(),
            random: Random::new(spec.seed, spec.jitter),
            store: Store::default(),
            controllers: Controllers::default(),
            unseen_owners: Arc::default(),
            nodes: Nodes::default(),
            volume_events: SortedMap::new(),
            scheduler: Arc::new(Scheduler::new(profile, NODES_UP_AT, WallClock { start_unix_ns: spec.start_time_unix_ns })),
            table_rows: 0,
            scheduler_events: Arc::new(EventRecorder::new("default-scheduler", None)),
            kubelets: SortedMap::new(),
            runtimes: SortedMap::new(),
            shared: Arc::new(RuntimeWorld { spec: spec.clone(), registries }),
            client: Client::default(),
            logs: Logs::default(),
            language,
            next_step: 0,
            pushed: Vec::new(),
        };
        let mut changes = Vec::new();
        let objects = cluster::objects(scenario, world.wall, NODES_UP_AT, &mut world.random);
        let (mut present, created): (Vec<Object>, Vec<Object>) =
            objects.into_iter().partition(|object| object.metadata().uid.is_some());
        let nodes = present.iter_mut().filter_map(|object| if let Object::Node(node) = object { Some(node) } else { None });
        for (index, node) in (1..).zip(nodes) {
            world.add_runtime(Arc::make_mut(node), index);
        }
        cluster::sort_nodes(&mut present, &mut world.random);
        for object in present {
            changes.extend(world.store.put(NODES_UP_AT, object));
        }
        for object in created {
            world.create_before(object, &mut changes);
        }
        let nodes: Vec<Arc<str>> = world.runtimes.keys().cloned().collect();
        for node in &nodes {
            world.add_machine(node, NODES_UP_AT);
        }
        world.adopt(&scenario.cluster);
        for change in &changes {
            world.watch(change, None);
        }
        world.plan(scenario);
        (world, changes)
    }

    /// The runtime of a node, whose images the node lists unless it says itself what it holds.
    fn add_runtime(&mut self, node: &mut Node, index: u32) {
        let name: Arc<str> = node.name().into();
        let runtime = Runtime::new(&name, index, &self.shared.registries);
        let images = container_images(runtime.images());
        if !images.is_empty() {
            node.status.get_or_insert_default().images.get_or_insert(images);
        }
        self.runtimes.insert(name, Arc::new(runtime));
    }

    /// Creates an object of the cluster through the API. One that is refused is there all the same, as the scenario says.
    fn create_before(&mut self, object: Object, changes: &mut Vec<Change>) {
        let World { now, wall, random, store, .. } = self;
        let mut cx = ApiContext { now: *now, wall: *wall, random, warnings: Vec::new(), is_trial: false };
        match apply(store, Request::Create(object.clone()), &mut cx) {
            Ok(applied) => changes.extend(applied.charges.into_iter().chain(applied.change)),
            Err(_) => {
                let mut object = object;
                podlapse_manifest::default_object(&mut object);
                let key = object.key().to_string();
                object.metadata_mut().uid = Some(random.uid(&key));
                changes.extend(store.put(*now, object));
            }
        }
    }

    /// Puts what the scenario has in store into the queue.
    fn plan(&mut self, scenario: &Scenario) {
        let mut files = scenario.files.clone();
        files.insert("workload.yaml".into(), scenario.workload.clone());
        // A cluster that is only looked at is given nothing.
        if !scenario.workload.is_empty() {
            let apply = CommandLine { line: "apply -f workload.yaml".into(), stdin: None, files: files.clone() };
            self.push(SimTime::ZERO, Event::Command(apply), None);
        }
        for file in &scenario.simulation.static_pods {
            let event = NodesEvent::File {
                node: file.node.as_str().into(),
                file: file.file.as_str().into(),
                text: Some(file.manifest.as_str().into()),
            };
            self.push(SimTime::ZERO, Event::Nodes(event), None);
        }
        for action in &scenario.simulation.actions {
            self.push_action(action.at, action.what.clone(), &files, None);
        }
    }

    /// Puts an action into the queue. A command line takes a moment until it reaches the API server.
    pub(super) fn push_action(
        &mut self,
        at: SimTime,
        what: podlapse_model::simulation::ActionKind,
        files: &SortedMap<Arc<str>, Arc<str>>,
        cause: Option<StepId>,
    ) {
        use podlapse_model::simulation::ActionKind;
        let event = match what {
            ActionKind::Kubectl { line, stdin } => {
                Event::Command(CommandLine { line: line.into(), stdin: stdin.map(Into::into), files: files.clone() })
            }
            what @ (ActionKind::Node { .. }
            | ActionKind::Image(_)
            | ActionKind::Kill { .. }
            | ActionKind::Network { .. }
            | ActionKind::StaticPod { .. }) => Event::Action(what),
        };
        self.push(at, event, cause);
    }

    pub(super) fn push(&mut self, at: SimTime, event: Event, cause: Option<StepId>) {
        let lane = event.lane();
        let key = self.queue.push(at, lane, Queued { event, cause });
        self.pushed.push(key);
    }

    pub(super) fn arm(&mut self, timer: Timer, at: SimTime, event: Event, cause: Option<StepId>) {
        let lane = event.lane();
        let key = self.queue.arm(timer, at, lane, Queued { event, cause });
        self.pushed.push(key);
    }
}
