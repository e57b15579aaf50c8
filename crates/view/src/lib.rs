//! Read models for every face of Podlapse: lanes, rows, events, documents and explanations.
//!
//! A face never reads the engine itself. It makes a [`RunView`] of a finished run and asks that for what it shows at an instant.
//! Sentences of ours are written here, through Fluent, in English and Simplified Chinese; Kubernetes' own words come from
//! `podlapse-kubectl` and from the objects.

mod advice;
mod cluster;
mod document;
mod events;
mod examples;
mod explain;
mod glossary;
mod history;
mod i18n;
mod lanes;
mod logs;
mod marks;
mod pipeline;
#[cfg(test)]
mod recording;
mod rows;
mod run;
mod schedule;
mod stage;
mod status;
mod subject;
mod time;
mod tone;
mod trace;
mod verdict;

pub use advice::{Advice, DiffView, advice};
pub use cluster::{Amount, Cluster, NodeCard, NodeDetail, PodBox};
pub use document::{DocumentLine, LineMark, document};
pub use events::EventRow;
pub use examples::{Example, Tell, Topic, example, examples};
pub use explain::{ChangeLine, Explanation, FactLine, Link, Reason, explain};
pub use glossary::{TERMS, Term, TermGroup};
pub use history::{BEFORE, Call, History, Moment};
pub use i18n::{Arg, Language, Messages};
pub use lanes::{Backoff, Bar, ContainerLane, PodLanes, Probe, ProbeTick, Segment};
pub use logs::{ContainerLogs, LogLineView, LogRun};
pub use marks::{ActionMark, NodeLane};
pub use pipeline::{Stay, pipeline};
pub use rows::WatchRow;
pub use run::RunView;
pub use schedule::{
    Attempt, AttemptResult, AttemptTable, CandidateRow, NodeRow, NodeVerdict, NominatedRow, PluginColumn, PreFilterRow,
    PreemptionView, QueuePlace, QueueRow, RejectedRow, Rejection, Score, TieDraw, gated, instant_assignments, instant_decisions,
    recorded,
};
pub use stage::Stage;
pub use time::{clock, span};
pub use tone::Tone;
pub use trace::trace;
pub use verdict::Verdict;
