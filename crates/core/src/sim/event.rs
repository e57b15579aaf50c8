//! The one closed event of a run.

use std::sync::Arc;

use podlapse_model::simulation::ActionKind;

use super::client::CommandId;
use super::nodes::{NodesEvent, NodesTimer};
use super::scheduling::SchedulerEvent;
use super::volumes::Waits;
use crate::client::{CommandLine, ExecEnd};
use crate::controllers::ControllerKey;
use crate::controllers::volumes::VolumeKey;
use crate::kernel::Lane;
use crate::kubelet::{KubeletEvent, KubeletTimer};
use crate::runtime::{RuntimeEvent, RuntimeTimer};

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A command line is typed.
    Command(CommandLine),
    /// A command sends its next request.
    Request(CommandId),
    /// A command goes on.
    Resume(CommandId),
    /// A command's process in a container has ended.
    Ran(CommandId, ExecEnd),
    /// An action of the scenario or the user that is no command.
    Action(ActionKind),
    /// A controller looks at what it was woken for.
    Controller(ControllerKey),
    /// For machines and the controllers of nodes.
    Nodes(NodesEvent),
    /// The volume controllers look at a claim or a volume.
    Volumes(VolumeKey),
    /// For the scheduler.
    Scheduler(SchedulerEvent),
    /// For the kubelet of a node.
    Kubelet(Arc<str>, KubeletEvent),
    /// For the runtime of a node.
    Runtime(Arc<str>, RuntimeEvent),
}

/// The name of a timer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A command that waits.
    Command(CommandId),
    /// An owner in the queue of its controller.
    Controller(ControllerKey),
    /// When a controller looks again although nothing changed.
    ControllerRequeue(ControllerKey),
    /// A claim or a volume in the queue of its controller.
    Volumes(VolumeKey, Waits),
    /// The scheduler's next look at its queues.
    Scheduler,
    /// A timer of a kubelet.
    Kubelet(Arc<str>, KubeletTimer),
    /// A timer of a runtime.
    Runtime(Arc<str>, RuntimeTimer),
    /// A timer of the controllers of nodes.
    Nodes(NodesTimer),
}

/// Who did a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The user, through kubectl or an action of the scenario.
    User,
    /// A controller of the control plane.
    Controller,
    /// kube-scheduler.
    Scheduler,
    /// The kubelet of a node.
    Kubelet(Arc<str>),
    /// The container runtime of a node.
    Runtime(Arc<str>),
}

impl Event {
    pub(super) fn actor(&self) -> Actor {
        match self {
            Event::Command(_) | Event::Request(_) | Event::Resume(_) | Event::Ran(..) | Event::Action(_) => Actor::User,
            Event::Nodes(NodesEvent::KubeletStarts(node) | NodesEvent::Files(node)) => Actor::Kubelet(node.clone()),
            Event::Nodes(NodesEvent::File { .. }) => Actor::User,
            Event::Nodes(_) | Event::Controller(_) | Event::Volumes(_) => Actor::Controller,
            Event::Scheduler(_) => Actor::Scheduler,
            Event::Kubelet(node, _) => Actor::Kubelet(node.clone()),
            Event::Runtime(node, _) => Actor::Runtime(node.clone()),
        }
    }

    pub(super) fn lane(&self) -> Lane {
        match self {
            Event::Command(_) | Event::Request(_) | Event::Resume(_) | Event::Ran(..) | Event::Action(_) => Lane::Client,
            Event::Nodes(_) | Event::Controller(_) | Event::Volumes(_) => Lane::Controller,
            Event::Scheduler(_) => Lane::Scheduler,
            Event::Kubelet(..) => Lane::Kubelet,
            Event::Runtime(..) => Lane::Runtime,
        }
    }
}
