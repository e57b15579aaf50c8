//! The stages of a Pod's life, as the pipeline strip shows them.

use podlapse_core::why::{Rule, Why};
use serde::Serialize;

/// A stage of a Pod's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The API server admits and stores it.
    Apply,
    /// The scheduler finds a node.
    Schedule,
    /// Volumes and the sandbox with its network.
    Mount,
    /// Images.
    Pull,
    /// Containers are created, run and end.
    Run,
    /// Probes.
    Probe,
    /// Everything stops.
    Terminate,
}

impl Stage {
    /// Every stage in order.
    pub const ALL: [Stage; 7] =
        [Stage::Apply, Stage::Schedule, Stage::Mount, Stage::Pull, Stage::Run, Stage::Probe, Stage::Terminate];

    /// Its name in translations.
    pub const fn slug(self) -> &'static str {
        match self {
            Stage::Apply => "apply",
            Stage::Schedule => "schedule",
            Stage::Mount => "mount",
            Stage::Pull => "pull",
            Stage::Run => "run",
            Stage::Probe => "probe",
            Stage::Terminate => "terminate",
        }
    }

    /// The stage that reasons tell of: what a user did is told by all others before it.
    pub(crate) fn told(whys: &[Why]) -> Option<Stage> {
        let mut told = whys.iter().filter_map(|why| Stage::of(why.rule));
        let first = told.next()?;
        Some(if first == Stage::Apply { told.find(|stage| *stage != first).unwrap_or(first) } else { first })
    }

    /// The stage that a rule belongs to; `None` where it says nothing of a stage.
    pub const fn of(rule: Rule) -> Option<Stage> {
        match rule {
            Rule::UserAction | Rule::ObjectCreated | Rule::RequestRejected => Some(Stage::Apply),
            Rule::NodeChosen | Rule::PodBound | Rule::Unschedulable | Rule::SchedulingGated | Rule::Preempted => {
                Some(Stage::Schedule)
            }
            Rule::VolumesNotReady | Rule::NetworkNotReady | Rule::SandboxCreated | Rule::SandboxFailed | Rule::PodNotAdmitted => {
                Some(Stage::Mount)
            }
            Rule::ImagePulling
            | Rule::ImagePulled
            | Rule::ImagePresent
            | Rule::ImagePullFailed
            | Rule::ImagePullBackOff
            | Rule::ImageNeverPulled
            | Rule::ImageNameInvalid => Some(Stage::Pull),
            Rule::ContainerConfigFailed
            | Rule::ContainerCreated
            | Rule::ContainerStarted
            | Rule::ContainerStartFailed
            | Rule::ContainerExited
            | Rule::CrashLoopBackOff
            | Rule::ContainerRestarted
            | Rule::ContainerKilled
            | Rule::HookFailed
            | Rule::PodFinished
            | Rule::PodEvicted
            | Rule::PodPreemptedByKubelet
            | Rule::PodResized
            | Rule::DeadlineExceeded => Some(Stage::Run),
            Rule::ProbeSucceeded | Rule::ProbeFailed => Some(Stage::Probe),
            Rule::DeletionRequested | Rule::ObjectRemoved | Rule::PodTerminating | Rule::PodTerminated => Some(Stage::Terminate),
            Rule::EventRecorded | Rule::StatusGenerated | Rule::NodeStatusReported | Rule::Reconciled => None,
        }
    }
}
