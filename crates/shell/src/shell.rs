//! The interpreter: a stack of frames over the program, moved one step at a time.
//!
//! Models busybox 1.35 `shell/ash.c` (`evaltree`, `evalcommand`, `waitforjob`, `dotrap`): a trap runs between commands, so a
//! foreground child delays it, while the `wait` and `read` built-ins are interrupted. Left out: job control, history, aliases.

use podlapse_model::SortedMap;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use podlapse_model::SimTime;

use crate::builtins;
use crate::launch;
use crate::options::Options;
use crate::process::Pid;
use crate::signal::Signal;
use crate::syntax::*;
use crate::system::{Ended, Handle, Input, System};
use crate::utilities::Utility;

/// Frames on the stack of one shell: the depth of its recursion.
const MAX_FRAMES: usize = 1_000;
/// The variables that one shell may hold.
const MAX_VARIABLES: usize = 4_096;
/// The length of a value that a variable may hold, in bytes.
const MAX_VALUE_BYTES: usize = 128 << 10;

/// What a task executes.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    /// A command that is looked up when it runs; a shell that starts it lends its name for messages.
    Launch {
        argv: Vec<String>,
        shell_name: Option<String>,
    },
    Shell(Box<Shell>),
    Utility(Box<Utility>),
    /// Only its output is left to be taken.
    Exiting {
        code: i32,
    },
}

/// What came of a step.
#[derive(Debug)]
pub(crate) enum Step {
    Progress,
    /// Nothing can move before the given time, or before another task or a signal does something.
    Wait(Option<SimTime>),
    Become(Program),
    Exit(i32),
}

impl Program {
    pub(crate) fn step(&mut self, system: &mut System<'_, '_>) -> Step {
        match self {
            Program::Launch { argv, shell_name } => launch::launch(argv, shell_name.as_deref(), system),
            Program::Shell(shell) => shell.step(system),
            Program::Utility(utility) => utility.step(system),
            Program::Exiting { code } => Step::Exit(*code),
        }
    }

    /// Whether the program has a handler for the signal; if so it takes note.
    pub(crate) fn catches(&mut self, signal: Signal) -> bool {
        match self {
            Program::Shell(shell) => shell.catch(signal),
            Program::Launch { .. } | Program::Utility(_) | Program::Exiting { .. } => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub value: String,
    pub is_exported: bool,
    pub is_read_only: bool,
}

/// What the shell is in the middle of. The last frame is the innermost.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// Text read from standard input so far, to be run as a script.
    ReadScript(Vec<u8>),
    List {
        list: Arc<List>,
        next: usize,
    },
    /// The pipeline before `next` has run.
    AndOr {
        node: Arc<AndOr>,
        next: usize,
    },
    Negate,
    /// A command before its words are expanded; the outputs of its substitutions so far.
    Command {
        node: Arc<Command>,
        outputs: Vec<String>,
        substituted: Option<i32>,
    },
    If {
        node: Arc<Command>,
        branch: usize,
    },
    Loop {
        node: Arc<Command>,
        is_testing: bool,
        status: i32,
    },
    For {
        node: Arc<Command>,
        values: VecDeque<String>,
    },
    /// The redirections above `mark` end here.
    Redirected {
        mark: usize,
    },
    Function {
        positional: Vec<String>,
        locals: Vec<(String, Option<Variable>)>,
    },
    /// A sourced script: `return` ends it.
    Source,
    /// Assignments before a built-in command end here.
    Restore {
        variables: Vec<(String, Option<Variable>)>,
    },
    Capture {
        pid: Pid,
        id: u32,
    },
    Await {
        pids: VecDeque<Pid>,
        statuses: Vec<i32>,
    },
    /// The `wait` built-in.
    Wait {
        pids: VecDeque<Pid>,
    },
    /// `wait` for all jobs ends with status 0.
    WaitAll,
    Read(Reading),
    Trap {
        status: i32,
    },
    Exit {
        status: i32,
    },
}

/// The `read` built-in at work.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The variables that take the fields.
    pub names: Vec<String>,
    /// Backslashes are ordinary.
    pub is_raw: bool,
    /// How many bytes are read at most.
    pub most: Option<usize>,
    /// What is read so far.
    pub line: Vec<u8>,
    pub deadline: Option<SimTime>,
}

/// The state of one shell.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    /// `$0`, which also begins each message.
    pub name: String,
    /// `$$`: that of the first shell, also in its subshells.
    pub pid: Pid,
    pub positional: Vec<String>,
    pub variables: Arc<SortedMap<String, Variable>>,
    pub functions: Arc<SortedMap<String, Arc<Command>>>,
    /// Signals by number, 0 for EXIT.
    pub traps: SortedMap<u8, Arc<str>>,
    pub options: Options,
    /// Whether its commands were given by `-c`, which `$-` shows.
    pub is_command: bool,
    pub umask: u32,
    /// What `getopts` has not looked at of the word before the next.
    pub option_letters: String,
    /// What `$RANDOM` is drawn from, and how often it was.
    pub random_seed: u64,
    pub random_draws: u32,
    pub status: i32,
    pub last_background: Option<Pid>,
    pub jobs: Vec<Pid>,
    pub frames: Vec<Frame>,
    caught: VecDeque<Signal>,
    /// A subshell of a condition does not end on failures.
    is_tested: bool,
    /// The built-in that runs, for messages.
    pub command: Option<String>,
}

impl Shell {
    pub(crate) fn new(name: &str, pid: Pid, environment: &BTreeMap<String, String>, cwd: &str) -> Shell {
        let mut variables: SortedMap<String, Variable> = environment
            .iter()
            .take(MAX_VARIABLES / 2)
            .filter(|(name, _)| is_name(name))
            .map(|(name, value)| (name.clone(), Variable { value: value.clone(), is_exported: true, is_read_only: false }))
            .collect();
        let mut set = |name: &str, value: &str| {
            variables.insert(name.to_owned(), Variable { value: value.to_owned(), is_exported: false, is_read_only: false });
        };
        for (name, value) in [("IFS", " \t\n"), ("OPTIND", "1"), ("PS4", "+ ")] {
            set(name, value);
        }
        // A shell tells its children where it is and how deep they are.
        let level = environment.get("SHLVL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0).saturating_add(1);
        for (name, value) in [("PWD", cwd.to_owned()), ("SHLVL", level.to_string())] {
            variables.insert(name.to_owned(), Variable { value, is_exported: true, is_read_only: false });
        }
        Shell {
            name: name.to_owned(),
            pid,
            positional: Vec::new(),
            variables: Arc::new(variables),
            functions: Arc::default(),
            traps: SortedMap::new(),
            options: Options::default(),
            is_command: false,
            umask: 0o022,
            option_letters: String::new(),
            random_seed: 0,
            random_draws: 0,
            status: 0,
            last_background: None,
            jobs: Vec::new(),
            frames: Vec::new(),
            caught: VecDeque::new(),
            is_tested: false,
            command: None,
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|variable| variable.value.as_str())
    }

    /// Sets a variable.
    ///
    /// # Errors
    /// The message when it is read-only or does not fit.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let is_known = self.variables.contains_key(name);
        if MAX_VALUE_BYTES < value.len() || (!is_known && MAX_VARIABLES <= self.variables.len()) {
            return Err("out of memory".to_owned());
        }
        let is_exported = self.options.allexport;
        let variables = Arc::make_mut(&mut self.variables);
        match variables.get_mut(name) {
            Some(Variable { is_read_only: true, .. }) => return Err(format!("{name}: is read only")),
            Some(variable) => value.clone_into(&mut variable.value),
            None => {
                let value = value.to_owned();
                variables.insert(name.to_owned(), Variable { value, is_exported, is_read_only: false });
            }
        }
        Ok(())
    }

    /// Puts a variable back as it was.
    pub(crate) fn put_back(&mut self, name: &str, before: Option<Variable>) {
        let variables = Arc::make_mut(&mut self.variables);
        match before {
            Some(variable) => variables.insert(name.to_owned(), variable),
            None => variables.remove(name),
        };
    }

    pub(crate) fn catch(&mut self, signal: Signal) -> bool {
        match self.traps.get(&signal.number()) {
            Some(action) => {
                if !action.is_empty() && self.caught.len() < 64 {
                    self.caught.push_back(signal);
                }
                true
            }
            None => false,
        }
    }

    /// Prints `message` with the shell's name, as busybox does.
    pub(crate) fn complain(&self, system: &mut System<'_, '_>, message: &str) {
        system.complain(&format!("{}: {message}", self.name));
    }

    /// Begins to run `text` as commands on top of the stack.
    pub(crate) fn run_text(&mut self, text: &str, system: &mut System<'_, '_>) {
        match crate::parse::parse(text) {
            Ok(list) => self.frames.push(Frame::List { list, next: 0 }),
            Err(error) => {
                self.complain(system, &format!("syntax error: {}", error.0));
                self.begin_exit(2, system);
            }
        }
    }

    /// A shell for a part of this one's program, as `fork` makes it.
    fn subshell(&self, frames: Vec<Frame>) -> Shell {
        let mut child = self.clone();
        child.is_tested = self.is_tested();
        child.frames = frames;
        // Handlers are not inherited, ignored signals are.
        child.traps.retain(|_, action| action.is_empty());
        child.caught.clear();
        child.jobs.clear();
        child
    }

    /// Forks a subshell; on failure reports it and ends with status 2.
    pub(crate) fn fork(&mut self, frames: Vec<Frame>, set: &[(u32, Handle)], system: &mut System<'_, '_>) -> Option<Pid> {
        let child = self.subshell(frames);
        let pid = system.spawn(|_| Program::Shell(Box::new(child)), set);
        if pid.is_none() {
            self.complain(system, "can't fork: Resource temporarily unavailable");
            self.begin_exit(2, system);
        }
        pid
    }

    /// Whether a failure at this place is looked at by `if`, `while`, `!`, `&&` or `||`, so that `set -e` does not act.
    fn is_tested(&self) -> bool {
        self.is_tested
            || self.frames.iter().any(|frame| match frame {
                Frame::If { .. } | Frame::Negate | Frame::Loop { is_testing: true, .. } => true,
                Frame::AndOr { node, next } => *next <= node.rest.len(),
                Frame::Loop { .. }
                | Frame::ReadScript(_)
                | Frame::List { .. }
                | Frame::Command { .. }
                | Frame::For { .. }
                | Frame::Redirected { .. }
                | Frame::Function { .. }
                | Frame::Source
                | Frame::Restore { .. }
                | Frame::Capture { .. }
                | Frame::Await { .. }
                | Frame::Wait { .. }
                | Frame::WaitAll
                | Frame::Read(_)
                | Frame::Trap { .. }
                | Frame::Exit { .. } => false,
            })
    }

    /// A command has ended with `status`.
    pub(crate) fn finish(&mut self, status: i32, system: &mut System<'_, '_>) {
        self.status = status;
        if status != 0 && self.options.errexit && !self.is_tested() {
            self.begin_exit(status, system);
        }
    }

    /// Leaves everything that is in progress, and runs the EXIT trap.
    pub(crate) fn begin_exit(&mut self, status: i32, system: &mut System<'_, '_>) {
        self.unwind(0, system);
        self.status = status;
        self.frames.push(Frame::Exit { status });
        if let Some(action) = self.traps.remove(&0).filter(|action| !action.is_empty()) {
            self.run_text(&action, system);
        }
    }

    /// Drops frames down to `depth`, undoing what they hold.
    pub(crate) fn unwind(&mut self, depth: usize, system: &mut System<'_, '_>) {
        while depth < self.frames.len() {
            match self.frames.pop() {
                Some(Frame::Redirected { mark }) => system.restore(mark),
                Some(Frame::Function { positional, locals }) => self.leave_function(positional, locals),
                Some(Frame::Restore { variables }) => self.restore_variables(variables),
                Some(_) | None => {}
            }
        }
    }

    pub(crate) fn leave_function(&mut self, positional: Vec<String>, locals: Vec<(String, Option<Variable>)>) {
        self.positional = positional;
        self.restore_variables(locals);
    }

    fn restore_variables(&mut self, variables: Vec<(String, Option<Variable>)>) {
        for (name, before) in variables.into_iter().rev() {
            self.put_back(&name, before);
        }
    }

    /// Takes one step.
    pub(crate) fn step(&mut self, system: &mut System<'_, '_>) -> Step {
        if MAX_FRAMES < self.frames.len() {
            self.complain(system, "recursion too deep");
            self.begin_exit(2, system);
            return Step::Progress;
        }
        if !self.caught.is_empty() && self.take_trap(system) {
            return Step::Progress;
        }
        let Some(frame) = self.frames.pop() else {
            self.begin_exit(self.status, system);
            return Step::Progress;
        };
        match frame {
            Frame::ReadScript(text) => return self.read_script(text, system),
            Frame::List { list, next } => self.step_list(list, next, system),
            Frame::AndOr { node, next } => self.step_and_or(node, next, system),
            Frame::Negate => self.status = i32::from(self.status == 0),
            Frame::Command { node, outputs, substituted } => return self.step_command(node, outputs, substituted, system),
            Frame::If { node, branch } => self.step_if(node, branch),
            Frame::Loop { node, is_testing, status } => self.step_loop(node, is_testing, status),
            Frame::For { node, values } => self.step_for(node, values, system),
            Frame::Redirected { mark } => system.restore(mark),
            Frame::Function { positional, locals } => self.leave_function(positional, locals),
            Frame::Source => {}
            Frame::Restore { variables } => self.restore_variables(variables),
            Frame::Capture { pid, id } => return self.step_capture(pid, id, system),
            Frame::Await { pids, statuses } => return self.step_await(pids, statuses, system),
            Frame::Wait { pids } => return self.step_wait(pids, system),
            Frame::Read(reading) => return self.step_read(reading, system),
            Frame::WaitAll => self.status = 0,
            Frame::Trap { status } => self.status = status,
            Frame::Exit { status } => return Step::Exit(status),
        }
        Step::Progress
    }

    /// Runs the handler of a signal, unless a child in the foreground has to end first.
    fn take_trap(&mut self, system: &mut System<'_, '_>) -> bool {
        match self.frames.last() {
            Some(Frame::Await { .. } | Frame::Capture { .. }) => return false,
            Some(Frame::Wait { .. } | Frame::Read(_)) => {
                self.frames.pop();
                if matches!(self.frames.last(), Some(Frame::WaitAll)) {
                    self.frames.pop();
                }
                self.status = self.caught.front().map_or(0, |signal| signal.exit_code());
            }
            Some(_) | None => {}
        }
        let Some(signal) = self.caught.pop_front() else { return false };
        if let Some(action) = self.traps.get(&signal.number()).cloned() {
            self.frames.push(Frame::Trap { status: self.status });
            self.run_text(&action, system);
        }
        true
    }

    fn read_script(&mut self, mut text: Vec<u8>, system: &mut System<'_, '_>) -> Step {
        let stdin = system.core.fds.get(&0).copied().unwrap_or(Handle::Null);
        match system.read(stdin, true) {
            Input::Data(data) if text.len() < 256 << 10 => {
                text.extend(data);
                self.frames.push(Frame::ReadScript(text));
                Step::Progress
            }
            Input::Wait => {
                self.frames.push(Frame::ReadScript(text));
                Step::Wait(None)
            }
            Input::Data(_) | Input::End => {
                self.run_text(&String::from_utf8_lossy(&text), system);
                Step::Progress
            }
        }
    }

    fn step_list(&mut self, list: Arc<List>, next: usize, system: &mut System<'_, '_>) {
        let Some(item) = list.get(next).filter(|_| !self.options.noexec) else { return };
        let (node, is_background) = (item.and_or.clone(), item.is_background);
        if next + 1 < list.len() {
            self.frames.push(Frame::List { list, next: next + 1 });
        }
        if !is_background {
            self.frames.push(Frame::AndOr { node, next: 0 });
            return;
        }
        self.status = 0;
        if let Some(pid) = self.fork(vec![Frame::AndOr { node, next: 0 }], &[(0, Handle::Null)], system) {
            self.last_background = Some(pid);
            self.jobs.retain(|&job| system.is_running(job) || system.kernel.ended.contains_key(&job));
            self.jobs.push(pid);
        }
    }

    fn step_and_or(&mut self, node: Arc<AndOr>, next: usize, system: &mut System<'_, '_>) {
        if next == 0 {
            if !node.rest.is_empty() {
                self.frames.push(Frame::AndOr { node: node.clone(), next: 1 });
            }
            return self.start_pipeline(&node.first, system);
        }
        // `next` counts from 1: the pipeline at `next - 1` of the rest is to be considered.
        for (position, (connector, pipeline)) in node.rest.iter().enumerate().skip(next - 1) {
            if (*connector == Connector::And) == (self.status == 0) {
                if position + 1 < node.rest.len() {
                    self.frames.push(Frame::AndOr { node: node.clone(), next: position + 2 });
                }
                return self.start_pipeline(pipeline, system);
            }
        }
    }

    fn start_pipeline(&mut self, pipeline: &Pipeline, system: &mut System<'_, '_>) {
        if pipeline.is_negated {
            self.frames.push(Frame::Negate);
        }
        let command = |node: &Arc<Command>| Frame::Command { node: node.clone(), outputs: Vec::new(), substituted: None };
        if let [only] = &pipeline.commands[..] {
            self.frames.push(command(only));
            return;
        }
        let mut pids = VecDeque::new();
        let mut input: Option<Handle> = None;
        for (position, node) in pipeline.commands.iter().enumerate() {
            let mut set: Vec<(u32, Handle)> = input.take().map(|handle| (0, handle)).into_iter().collect();
            if position + 1 < pipeline.commands.len() {
                let (read, write) = system.pipe();
                set.push((1, write));
                input = Some(read);
            }
            match self.fork(vec![command(node)], &set, system) {
                Some(pid) => pids.push_back(pid),
                None => return,
            }
        }
        self.frames.push(Frame::Await { pids, statuses: Vec::new() });
    }

    fn step_if(&mut self, node: Arc<Command>, branch: usize) {
        let Command::Compound { kind: Compound::If { branches, otherwise }, .. } = &*node else { return };
        // The condition of `branch` has just run.
        if self.status == 0 {
            self.push_list(&branches[branch].1);
            return;
        }
        match (branches.get(branch + 1), otherwise) {
            (Some((condition, _)), _) => {
                let condition = condition.clone();
                self.frames.push(Frame::If { node, branch: branch + 1 });
                self.push_list(&condition);
            }
            (None, Some(list)) => self.push_list(list),
            (None, None) => self.status = 0,
        }
    }

    pub(crate) fn push_list(&mut self, list: &Arc<List>) {
        self.frames.push(Frame::List { list: list.clone(), next: 0 });
    }

    fn step_loop(&mut self, node: Arc<Command>, is_testing: bool, status: i32) {
        let Command::Compound { kind: Compound::Loop { is_until, condition, body }, .. } = &*node else { return };
        if !is_testing {
            let (condition, status) = (condition.clone(), self.status);
            self.frames.push(Frame::Loop { node, is_testing: true, status });
            self.push_list(&condition);
        } else if (self.status == 0) != *is_until {
            let body = body.clone();
            self.frames.push(Frame::Loop { node, is_testing: false, status: 0 });
            self.push_list(&body);
        } else {
            self.status = status;
        }
    }

    fn step_for(&mut self, node: Arc<Command>, mut values: VecDeque<String>, system: &mut System<'_, '_>) {
        let Command::Compound { kind: Compound::For { variable, body, .. }, .. } = &*node else { return };
        let Some(value) = values.pop_front() else { return };
        if let Err(message) = self.set(variable, &value) {
            return self.fail(&message, system);
        }
        let body = body.clone();
        self.frames.push(Frame::For { node, values });
        self.push_list(&body);
    }

    fn step_capture(&mut self, pid: Pid, id: u32, system: &mut System<'_, '_>) -> Step {
        if system.is_running(pid) || system.is_held(Handle::Capture(id)) {
            self.frames.push(Frame::Capture { pid, id });
            return Step::Wait(None);
        }
        let status = system.reap(pid).map_or(0, |ended| ended.code);
        let output = system.take_capture(id);
        let text = String::from_utf8_lossy(&output).replace('\0', "");
        if let Some(Frame::Command { outputs, substituted, .. }) = self.frames.last_mut() {
            outputs.push(text.trim_end_matches('\n').to_owned());
            *substituted = Some(status);
        }
        Step::Progress
    }

    fn step_await(&mut self, mut pids: VecDeque<Pid>, mut statuses: Vec<i32>, system: &mut System<'_, '_>) -> Step {
        let Some(&pid) = pids.front() else {
            let last = statuses.last().copied().unwrap_or(0);
            let failed = statuses.iter().rev().copied().find(|&status| status != 0);
            let status = if self.options.pipefail { failed.unwrap_or(0) } else { last };
            self.finish(status, system);
            return Step::Progress;
        };
        if system.is_running(pid) {
            self.frames.push(Frame::Await { pids, statuses });
            return Step::Wait(None);
        }
        let ended = system.reap(pid).unwrap_or(Ended { code: 0, signal: None });
        if let Some(description) = ended.signal.and_then(Signal::description) {
            system.complain(description);
        }
        statuses.push(ended.code);
        pids.pop_front();
        self.frames.push(Frame::Await { pids, statuses });
        Step::Progress
    }

    fn step_wait(&mut self, mut pids: VecDeque<Pid>, system: &mut System<'_, '_>) -> Step {
        let Some(&pid) = pids.front() else { return Step::Progress };
        if system.is_running(pid) {
            self.frames.push(Frame::Wait { pids });
            return Step::Wait(None);
        }
        pids.pop_front();
        let ended = system.reap(pid);
        self.jobs.retain(|&job| job != pid);
        self.status = ended.map_or(127, |ended| ended.code);
        if !pids.is_empty() {
            self.frames.push(Frame::Wait { pids });
        }
        Step::Progress
    }

    fn step_read(&mut self, mut reading: Reading, system: &mut System<'_, '_>) -> Step {
        let stdin = system.core.fds.get(&0).copied().unwrap_or(Handle::Null);
        let input = match reading.most {
            Some(most) => system.read_at_most(stdin, most - reading.line.len()),
            None => system.read(stdin, true),
        };
        let is_end = match input {
            Input::Data(data) => {
                let line = &mut reading.line;
                line.extend(data);
                let is_continued = !reading.is_raw && line.ends_with(b"\\\n");
                if is_continued {
                    line.truncate(line.len() - 2);
                }
                let is_full = line.len() >= reading.most.unwrap_or(MAX_VALUE_BYTES);
                if (is_continued || !line.ends_with(b"\n")) && !is_full {
                    self.frames.push(Frame::Read(reading));
                    return Step::Progress;
                }
                false
            }
            Input::Wait if reading.deadline.is_none_or(|deadline| system.now < deadline) => {
                let deadline = reading.deadline;
                self.frames.push(Frame::Read(reading));
                return Step::Wait(deadline);
            }
            Input::Wait | Input::End => true,
        };
        let text = String::from_utf8_lossy(&reading.line).into_owned();
        builtins::assign_fields(self, &reading.names, text.trim_end_matches('\n'), reading.is_raw);
        self.finish(i32::from(is_end), system);
        Step::Progress
    }

    /// An error that ends a shell without a terminal.
    pub(crate) fn fail(&mut self, message: &str, system: &mut System<'_, '_>) {
        self.complain(system, message);
        self.begin_exit(2, system);
    }
}

/// Whether `text` can be the name of a variable.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
