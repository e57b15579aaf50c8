//! Everything the page shows, as one value, and what changes it. Nothing here touches the browser.

mod action;
mod advice;
mod document;
mod layout;
mod playhead;
mod query;
mod reduce;
mod shown;
mod terminal;
mod window;

pub use action::{Action, Go};
pub use advice::{Found, Seeking, Sought};
pub use document::Document;
pub use layout::{Edge, Layout};
pub use playhead::Playhead;
pub use query::Query;
pub use reduce::reduce;
pub use shown::Shown;
pub use terminal::{Entry, Fork, Terminal};
pub use window::Window;

use std::rc::Rc;

use podlapse_manifest::Fix;
use podlapse_model::{Kind, ObjectKey, SimTime};
use podlapse_view::{Language, Tell, example, examples};

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// High contrast.
    Contrast,
}

impl Theme {
    /// Every theme, in the order of the menu.
    pub const ALL: [Theme; 4] = [Theme::System, Theme::Light, Theme::Dark, Theme::Contrast];

    /// Its name in the address, in the style sheet and in translations.
    pub const fn slug(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::Contrast => "contrast",
        }
    }

    /// The theme of that name.
    pub fn from_slug(slug: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.slug() == slug)
    }

    /// The next one in the menu.
    pub fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Contrast,
            Theme::Contrast => Theme::System,
        }
    }
}

/// The page of its own, or a frame in another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The whole page.
    #[default]
    Page,
    /// A frame: dock and one view.
    Embed,
}

/// The view in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// `kubectl get pods -w`.
    #[default]
    Watch,
    /// The nodes with their Pods.
    Cluster,
    /// The scheduler's attempts and its queue.
    Scheduler,
    /// The events.
    Events,
    /// An object as YAML.
    Object,
    /// What containers wrote.
    Logs,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [View; 6] = [View::Watch, View::Cluster, View::Scheduler, View::Events, View::Object, View::Logs];

    /// Its name in the address and in translations.
    pub const fn slug(self) -> &'static str {
        match self {
            View::Watch => "watch",
            View::Cluster => "cluster",
            View::Scheduler => "scheduler",
            View::Events => "events",
            View::Object => "object",
            View::Logs => "logs",
        }
    }

    /// The view of that name.
    pub fn from_slug(slug: &str) -> Option<View> {
        View::ALL.into_iter().find(|view| view.slug() == slug)
    }
}

/// What a narrow page shows above the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The editors.
    Scenario,
    /// The views.
    #[default]
    Views,
    /// The inspector.
    Why,
}

/// What of an address led nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenLink {
    /// Its texts cannot be read.
    Texts,
    /// There is no example of its name.
    Example,
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sheet {
    /// Nothing.
    #[default]
    None,
    /// The list of keys.
    Help,
    /// The glossary of reasons.
    Glossary,
    /// Ways to share.
    Share,
}

/// One of the two texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Text {
    /// workload.yaml
    #[default]
    Workload,
    /// cluster.yaml
    Cluster,
}

impl Text {
    /// Both, in the order of the tabs.
    pub const ALL: [Text; 2] = [Text::Workload, Text::Cluster];
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be run.
    Error,
    /// It runs, and something was passed over.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Its name in translations and style sheets.
    pub const fn slug(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which text.
    pub text: Text,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1.
    pub column: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in kubectl's words where there are such.
    pub message: String,
    /// What would help.
    pub hint: Option<String>,
    /// What would mend it.
    pub fix: Option<Fix>,
}

impl Problem {
    /// Whether it is only worth knowing.
    pub fn is_note(&self) -> bool {
        self.severity == Severity::Note
    }
}

/// Whether a run is being computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Job {
    /// None is.
    #[default]
    Idle,
    /// One is, so many thousandths of it done.
    Running(u16),
}

/// The finished run that is on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The run.
    pub run: Shown,
    /// The edition of the texts it belongs to.
    pub edition: u32,
    /// Whether it was stopped before its end.
    pub is_cut: bool,
}

/// Everything the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Of the interface.
    pub language: Language,
    /// Colours.
    pub theme: Theme,
    /// Page or frame.
    pub mode: Mode,
    /// The example that the texts came from.
    pub example: Option<&'static str>,
    /// workload.yaml
    pub workload: Rc<str>,
    /// cluster.yaml
    pub cluster: Rc<str>,
    /// Whether the texts are still being read from the address.
    pub is_awaited: bool,
    /// What of the address led nowhere.
    pub broken_link: Option<BrokenLink>,
    /// Counts the changes of the texts.
    pub edition: u32,
    /// The edition that the problems belong to.
    pub checked: u32,
    /// What is wrong with the texts.
    pub problems: Rc<[Problem]>,
    /// What is being computed.
    pub job: Job,
    /// What is on the screen.
    pub finished: Option<Finished>,
    /// What was typed at the prompt.
    pub terminal: Terminal,
    /// What was looked for to fix it.
    pub sought: Option<Sought>,
    /// The lines that changed the run on the screen, in order.
    pub forks: Vec<Fork>,
    /// The lines of a link that are still to be carried out.
    pub replay: Rc<[Fork]>,
    /// The run before the first of them.
    pub original: Option<Finished>,
    /// Where the next run shall open; the telling moment when there is none.
    pub opens_at: Option<SimTime>,
    /// The shown instant.
    pub playhead: Playhead,
    /// Whether time goes on by itself.
    pub is_playing: bool,
    /// Virtual seconds in a second.
    pub speed: u32,
    /// The part of the run that the lanes show.
    pub window: Window,
    /// The view in the middle.
    pub view: View,
    /// The text that is being edited.
    pub text: Text,
    /// What a narrow page shows.
    pub pane: Pane,
    /// The object that is selected, in every view; the one that the step is about when none is.
    pub object: Option<ObjectKey>,
    /// Sizes of the columns.
    pub layout: Layout,
    /// What lies over the page.
    pub sheet: Sheet,
    /// The moment at which the next run shall open, where the example says another one.
    pub tell: Option<Tell>,
    /// Width of the page in CSS pixels.
    pub viewport: u32,
}

/// Virtual seconds in a second that can be chosen.
pub const SPEEDS: [u32; 5] = [1, 5, 20, 60, 300];

impl State {
    /// The page as it opens: an example, in a language.
    pub fn new(language: Language) -> State {
        let first = &examples()[0];
        State {
            language,
            theme: Theme::default(),
            mode: Mode::default(),
            example: Some(first.slug),
            workload: first.workload.into(),
            cluster: first.cluster.into(),
            is_awaited: false,
            broken_link: None,
            edition: 1,
            checked: 0,
            problems: Rc::new([]),
            job: Job::Idle,
            finished: None,
            terminal: Terminal::default(),
            sought: None,
            forks: Vec::new(),
            replay: Rc::new([]),
            original: None,
            opens_at: None,
            playhead: Playhead::default(),
            is_playing: false,
            speed: 5,
            window: Window::default(),
            view: View::default(),
            text: Text::default(),
            pane: Pane::default(),
            object: None,
            layout: Layout::default(),
            sheet: Sheet::None,
            tell: Some(first.tell),
            viewport: 1_280,
        }
    }

    /// The run on the screen.
    pub fn run(&self) -> Option<&Shown> {
        self.finished.as_ref().map(|finished| &finished.run)
    }

    /// Whether the run on the screen belongs to an earlier text.
    pub fn is_stale(&self) -> bool {
        self.finished.as_ref().is_some_and(|finished| finished.edition != self.edition)
    }

    /// Whether the texts cannot be run.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// `running`, `stale` or `ready`, for the style sheet and for tests.
    pub fn stage_word(&self) -> &'static str {
        match (self.job, &self.finished) {
            (Job::Running(_), _) => "running",
            // Until a text is checked nobody knows whether it will be run.
            (Job::Idle, _) if self.checked != self.edition => "running",
            (Job::Idle, Some(_)) if !self.is_stale() => "ready",
            (Job::Idle, _) if self.has_errors() => "stale",
            (Job::Idle, _) => "running",
        }
    }

    /// A text.
    pub fn text_of(&self, text: Text) -> &Rc<str> {
        match text {
            Text::Workload => &self.workload,
            Text::Cluster => &self.cluster,
        }
    }

    /// Whether the texts are no longer those of the example.
    pub fn is_own_text(&self) -> bool {
        let unchanged =
            |slug| example(slug).is_some_and(|example| *example.workload == *self.workload && *example.cluster == *self.cluster);
        !self.example.is_some_and(unchanged)
    }

    /// The object that the Object view shows: the chosen one, else the Pod that the step is about, else what was written last.
    pub fn shown_object(&self) -> Option<ObjectKey> {
        let run = self.run()?;
        let about = || (0..=self.playhead.moment).rev().find_map(|moment| run.subject(moment)).cloned();
        self.object.clone().or_else(about).or_else(|| run.last_written(self.playhead.moment).cloned())
    }

    /// The Pod that views of one Pod show: the selected one, else the one that the step is about.
    pub fn shown_pod(&self) -> Option<ObjectKey> {
        let run = self.run()?;
        let about = || (0..=self.playhead.moment).rev().find_map(|moment| run.subject(moment)).cloned();
        let selected = self.object.clone().filter(|key| key.kind == Kind::Pod);
        selected.or_else(about).or_else(|| run.lanes().first().map(|lanes| lanes.key.clone()))
    }

    /// The Pod whose scheduling is shown: the selected one, else the one that was tried last.
    pub fn scheduled_pod(&self) -> Option<ObjectKey> {
        let is_pod = self.object.as_ref().is_some_and(|key| key.kind == Kind::Pod);
        let tried = || self.run()?.last_tried(self.playhead.moment).cloned();
        (!is_pod).then(tried).flatten().or_else(|| self.shown_pod())
    }

    /// The node that views of one node show: the selected one, else the one of the selected Pod, else the first.
    pub fn shown_node(&self) -> Option<ObjectKey> {
        let run = self.run()?;
        let selected = self.object.clone().filter(|key| key.kind == Kind::Node);
        let of_pod = || run.node_of(&self.shown_pod()?, self.playhead.moment);
        selected.or_else(of_pod).or_else(|| run.objects(self.playhead.moment).find(|key| key.kind == Kind::Node).cloned())
    }
}
