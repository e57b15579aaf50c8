//! Typed values that go into a decision.

use std::sync::Arc;

use podlapse_model::{ObjectKey, SimDuration, SimTime};

/// A value that a rule was applied to.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The object it is about.
    Object(ObjectKey),
    /// The container it is about.
    Container(Arc<str>),
    /// The node it is about.
    Node(Arc<str>),
    /// An image reference.
    Image(Arc<str>),
    /// An exit code.
    ExitCode(i32),
    /// How often a container was restarted.
    RestartCount(u32),
    /// A wait: when it began, when it ends, and the most it can become.
    Backoff {
        /// When the wait began.
        from: SimTime,
        /// When it ends.
        to: SimTime,
        /// The longest wait there is.
        cap: SimDuration,
    },
    /// A random delay with its bounds.
    Drawn {
        /// What was drawn.
        value: SimDuration,
        /// The least it could have been.
        min: SimDuration,
        /// The most it could have been.
        max: SimDuration,
    },
    /// A period of grace.
    Grace(SimDuration),
    /// How long something takes.
    Takes(SimDuration),
    /// How many of how many are reached.
    Count {
        /// So many.
        have: u32,
        /// Of so many.
        want: u32,
    },
    /// A field of a spec that decided, as a path.
    Field(&'static str),
    /// A word of Kubernetes: a phase, reason, policy, condition or verdict.
    Word(Arc<str>),
    /// A message in Kubernetes' own words.
    Message(Arc<str>),
}

impl Fact {
    /// The object it names.
    pub fn object(&self) -> Option<&ObjectKey> {
        if let Fact::Object(key) = self { Some(key) } else { None }
    }

    /// The container it names.
    pub fn container(&self) -> Option<&str> {
        if let Fact::Container(name) = self { Some(name) } else { None }
    }

    /// The period of grace that it is.
    pub fn grace(&self) -> Option<SimDuration> {
        if let Fact::Grace(length) = self { Some(*length) } else { None }
    }
}
