//! What a state means at a glance: the closed set of looks that faces give to it.

use serde::Serialize;

/// The look of a state. Each has a colour and a second sign, never a colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Nothing happens yet.
    Waiting,
    /// Images are pulled, containers are made.
    Creating,
    /// It runs and is not ready.
    Running,
    /// It runs and is ready.
    Ready,
    /// Something failed.
    Failing,
    /// It waits before the next attempt.
    BackOff,
    /// It is being deleted.
    Terminating,
    /// It ended well.
    Completed,
    /// Nobody knows.
    Unknown,
}

impl Tone {
    /// Every tone, in the order of a legend.
    pub const ALL: [Tone; 9] = [
        Tone::Waiting,
        Tone::Creating,
        Tone::Running,
        Tone::Ready,
        Tone::Failing,
        Tone::BackOff,
        Tone::Terminating,
        Tone::Completed,
        Tone::Unknown,
    ];

    /// Its name in style sheets and in translations.
    pub const fn slug(self) -> &'static str {
        match self {
            Tone::Waiting => "waiting",
            Tone::Creating => "creating",
            Tone::Running => "running",
            Tone::Ready => "ready",
            Tone::Failing => "failing",
            Tone::BackOff => "back-off",
            Tone::Terminating => "terminating",
            Tone::Completed => "completed",
            Tone::Unknown => "unknown",
        }
    }

    /// The tone of a STATUS as kubectl prints it, or of a waiting reason.
    ///
    /// ```
    /// use podlapse_view::Tone;
    /// assert_eq!(Tone::of_status("Init:CrashLoopBackOff", false), Tone::BackOff);
    /// assert_eq!(Tone::of_status("Running", false), Tone::Running);
    /// assert_eq!(Tone::of_status("Running", true), Tone::Ready);
    /// ```
    pub fn of_status(status: &str, is_ready: bool) -> Tone {
        let word = status.strip_prefix("Init:").unwrap_or(status);
        let initialising = word.len() < status.len();
        match word {
            "Pending" | "SchedulingGated" => Tone::Waiting,
            "ContainerCreating" | "PodInitializing" => Tone::Creating,
            "Running" if is_ready => Tone::Ready,
            "Running" | "NotReady" => Tone::Running,
            "Completed" | "Succeeded" => Tone::Completed,
            "Terminating" => Tone::Terminating,
            "Unknown" | "ContainerStatusUnknown" => Tone::Unknown,
            _ if word.ends_with("BackOff") => Tone::BackOff,
            _ if initialising && word.contains('/') => Tone::Creating,
            _ => Tone::Failing,
        }
    }
}
