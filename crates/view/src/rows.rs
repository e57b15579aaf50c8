//! What `kubectl get pods -w` would have printed.

use podlapse_model::{ObjectKey, SimTime};
use serde::Serialize;

use crate::Tone;

/// One line of `kubectl get pods -w`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchRow {
    /// When it is printed.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// The index of its moment.
    pub moment: usize,
    /// The Pod.
    #[serde(skip)]
    pub pod: ObjectKey,
    /// NAME, READY, STATUS, RESTARTS and AGE.
    pub cells: [String; 5],
    /// The look of its STATUS.
    pub tone: Tone,
}
