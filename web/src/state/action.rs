//! What can happen to the page.

use std::rc::Rc;

use podlapse_model::{ObjectKey, SimTime};
use podlapse_view::{Language, Term};

use crate::state::{Document, Edge, Entry, Fork, Layout, Pane, Problem, Query, Sheet, Shown, Sought, Text, Theme, View};

/// Where the playhead can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// To the next step.
    Forward,
    /// To the step before.
    Back,
    /// To the first step of the next stage.
    StageForward,
    /// To the first step of this stage, or of the one before.
    StageBack,
    /// To the first step.
    Start,
    /// To the end of the run.
    End,
    /// To a moment.
    To(usize),
    /// To an instant.
    At(SimTime),
}

/// What can happen to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The address was read.
    Open(Query),
    /// Remembered texts were found: workload and cluster.
    Restore(Rc<str>, Rc<str>),
    /// A link was read; `None`: it holds nothing that can be shown.
    OpenLink(Option<Document>),
    /// An example was chosen.
    OpenExample(&'static str),
    /// A text was edited.
    Edit(Text, Rc<str>),
    /// The texts of an edition were checked.
    Checked(u32, Rc<[Problem]>),
    /// A run was begun.
    RunBegun,
    /// So many thousandths of it are done.
    RunProgress(u16),
    /// It is done: the edition it belongs to, the run, and whether it was stopped early.
    RunFinished(u32, Shown, bool),
    /// It was given up: the texts have changed.
    RunDropped,
    /// What would fix something is looked for.
    Sought(Sought),
    /// Both texts were changed at once, and this one is to be seen.
    Mend(Text, [Rc<str>; 2]),
    /// A line was answered.
    Typed(Entry),
    /// A line would change the run; `None` takes it back.
    Ask(Option<Fork>),
    /// A changed run is done: the edition of the texts that it belongs to, the run, whether it was stopped early, and by what lines.
    Forked(u32, Shown, bool, Rc<[Fork]>),
    /// The run without any change is to be shown again.
    Unfork,
    /// The prompt is to have the focus.
    FocusPrompt,
    /// What was typed is to be forgotten.
    ClearTerminal,
    /// The playhead was sent somewhere.
    Move(Go),
    /// Playing was begun or stopped.
    Play(bool),
    /// So many milliseconds passed while playing.
    Tick(u32),
    /// A speed was chosen.
    Speed(u32),
    /// The lanes were zoomed: thousandths of the length, around an instant (the playhead if none).
    Zoom(i64, Option<SimTime>),
    /// The lanes were moved by thousandths of their length.
    Pan(i64),
    /// The whole run was asked for.
    Fit,
    /// A view was chosen.
    View(View),
    /// An editor was chosen.
    Text(Text),
    /// What a narrow page shows was chosen.
    Pane(Pane),
    /// An object was chosen to be shown.
    Object(Option<ObjectKey>),
    /// An object was selected in all views; `None` follows the step.
    Select(Option<ObjectKey>),
    /// A language was chosen.
    Language(Language),
    /// Colours were chosen.
    Theme(Theme),
    /// Something was resized.
    Resize(Edge, i32),
    /// Remembered sizes were found.
    Layout(Layout),
    /// A column was folded or unfolded.
    Fold(Edge),
    /// Something was laid over the page, or taken away.
    Sheet(Sheet),
    /// A reason was chosen whose example is to be seen.
    OpenTerm(&'static Term),
    /// The page has another width, in CSS pixels.
    Viewport(u32),
}
