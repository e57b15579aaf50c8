//! Those who speak to the API server from outside: kubectl.
//!
//! A command is a state machine that is resumed with a view of the API and the answers to what it asked; the engine knows nothing
//! of command lines. `podlapse-kubectl` implements [`CommandLanguage`].

use podlapse_model::{SortedMap, SortedSet};
use std::fmt;
use std::sync::Arc;

use podlapse_model::SimTime;

use crate::kernel::WallClock;
use crate::store::{ApiError, Request, Store};
use podlapse_model::Object;

/// What a user typed, with what lies around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The line without the word `kubectl`.
    pub line: Arc<str>,
    /// Standard input.
    pub stdin: Option<Arc<str>>,
    /// Files that the line can name, by path.
    pub files: SortedMap<Arc<str>, Arc<str>>,
}

/// What a command sees when it is resumed.
#[derive(Clone, Copy, Debug)]
pub struct ClientView<'a> {
    /// The objects of the API.
    pub store: &'a Store,
    /// When it is.
    pub now: SimTime,
    /// What the clock on the wall says then.
    pub wall: WallClock,
    /// Container output so far, as the kubelets serve it.
    pub logs: &'a Logs,
    /// What the API server warned of with the answers.
    pub warnings: &'a [String],
}

/// What a command wants next.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Requests to the API server, carried out one after the other; the answers come with the next resume.
    Ask(Vec<Request>),
    /// To be resumed after the next change of an object, at the latest at the given time.
    Wait {
        /// The latest moment; `None`: only a change wakes it.
        until: Option<SimTime>,
    },
    /// A command to be run in a container; [`Command::ran`] has its end, and then it is resumed.
    Exec(ExecCall),
    /// It is over.
    Done(Outcome),
}

/// A command that is to run in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecCall {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The words.
    pub command: Vec<String>,
    /// What it reads.
    pub stdin: String,
}

/// How a command in a container ended, or why it never began.
pub type ExecEnd = Result<crate::cri::ExecResult, String>;

/// What a command leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code.
    pub exit: i32,
}

/// A command that runs.
pub trait Command: Send + Sync {
    /// Goes on as far as it can. `answers` are those to the requests of the turn before, in their order.
    fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn;

    /// How the command that it asked for in a container ended.
    fn ran(&mut self, end: ExecEnd) {
        let _ = end;
    }

    /// What it has printed so far, for those who watch it while it runs.
    fn printed(&self) -> Outcome {
        Outcome::default()
    }

    /// A copy in the same state, for checkpoints.
    fn boxed_clone(&self) -> Box<dyn Command>;
}

/// Without its state: a text of all that a command may hold would have to know every type of the API.
impl fmt::Debug for dyn Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Command")
    }
}

impl Clone for Box<dyn Command> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// Turns lines into commands.
pub trait CommandLanguage: fmt::Debug + Send + Sync {
    /// Begins a command. What is wrong with the line comes out as an [`Outcome`].
    fn start(&self, line: &CommandLine) -> Box<dyn Command>;
}

/// The output of every container that ever ran, by Pod uid, container and run.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    lines: SortedMap<LogKey, Arc<Vec<LogLine>>>,
    /// Nodes whose kubelet does not answer.
    silent: SortedSet<Arc<str>>,
}

/// Whose output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogKey {
    /// The Pod's uid.
    pub pod: podlapse_model::Uid,
    /// The container's name.
    pub container: Arc<str>,
    /// Restart count of the container.
    pub attempt: u32,
}

/// A line that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: SimTime,
    /// Whether to standard error.
    pub is_stderr: bool,
    /// The text without the line break.
    pub text: Arc<str>,
}

impl Logs {
    /// The most lines that are kept of one run; earlier ones are dropped, as a log rotation would.
    pub const LINES_PER_RUN: usize = 10_000;

    /// Adds a line.
    pub fn push(&mut self, key: LogKey, line: LogLine) {
        let lines = Arc::make_mut(self.lines.entry(key).or_default());
        if lines.len() >= Self::LINES_PER_RUN {
            lines.drain(..Self::LINES_PER_RUN / 2);
        }
        lines.push(line);
    }

    /// The kubelet of a node begins to answer, or no longer does.
    pub fn set_served(&mut self, node: &Arc<str>, is_served: bool) {
        if is_served {
            self.silent.remove(node);
        } else {
            self.silent.insert(node.clone());
        }
    }

    /// Whether the kubelet of a node answers.
    pub fn is_served(&self, node: &str) -> bool {
        !self.silent.contains(node)
    }

    /// The lines of one run.
    pub fn of(&self, key: &LogKey) -> &[LogLine] {
        self.lines.get(key).map_or(&[], |lines| lines.as_slice())
    }

    /// The latest run of a container that wrote anything.
    pub fn latest(&self, pod: &podlapse_model::Uid, container: &str) -> Option<u32> {
        let all = self.lines.keys().filter(|key| key.pod == *pod && *key.container == *container);
        all.map(|key| key.attempt).max()
    }
}

/// Where the kubelet of a node is spoken to.
pub fn kubelet_address(store: &Store, node: &str) -> String {
    let status = store.node(node).and_then(|node| node.status.as_ref());
    let mut addresses = status.into_iter().flat_map(|status| status.addresses.iter().flatten());
    let address = addresses.find(|address| address.type_ == "InternalIP").map_or("", |address| address.address.as_str());
    format!("{address}:10250")
}
