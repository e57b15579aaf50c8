//! What runs in a container.
//!
//! The scenario's behaviour comes first, then the command itself if the shell crate can interpret it, then the habit of an image of
//! the built-in catalogue; whatever is left runs until it is stopped.

use std::sync::Arc;

use podlapse_model::simulation::{Behavior, HttpAnswer, ImageSpec, Listener, LogLine, OnSigterm, RunSpec, Window};
use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::{OutputLine, Pid, Process, Reply, Signal, State, Stream};

use super::exit::Exit;
use super::image_store::normalised;
use super::matching::{Subject, matches};
use super::web_server::web_server;

/// A process, or what stands for one.
#[derive(Clone, Debug)]
pub(super) enum Program {
    /// Follows a behaviour.
    Scripted(Script),
    /// A shell line or a utility, interpreted.
    Interpreted(Interpreted),
}

/// An interpreted process and when it wants to go on.
#[derive(Clone, Debug)]
pub(super) struct Interpreted {
    process: Box<Process>,
    wake: Option<SimTime>,
}

impl Interpreted {
    /// A process that has not run yet.
    pub(super) fn new(process: Process, now: SimTime) -> Self {
        Interpreted { process: Box::new(process), wake: Some(now) }
    }

    /// Runs what is due; the exit code once it has ended.
    pub(super) fn poll(&mut self, now: SimTime, world: &mut podlapse_shell::World<'_>, out: &mut Vec<OutputLine>) -> Option<i32> {
        match self.process.poll(now, world, out) {
            State::Running { wake } => {
                self.wake = wake;
                None
            }
            State::Exited { code, .. } => Some(code),
        }
    }

    /// Sends it a signal, on which it acts when it is polled next.
    pub(super) fn signal(&mut self, signal: Signal) {
        self.process.signal(signal);
        self.wake = Some(SimTime::MIN);
    }

    /// Gives one of its tasks what the network says, on which it acts when it is polled next.
    pub(super) fn answer(&mut self, pid: Pid, reply: Reply) {
        self.process.answer(pid, reply);
        self.wake = Some(SimTime::MIN);
    }

    /// Sends it a signal for one of its own children, or for itself.
    pub(super) fn signal_task(&mut self, pid: Pid, signal: Signal) {
        if self.process.has(pid) {
            self.process.signal_task(pid, signal);
            self.wake = Some(SimTime::MIN);
        }
    }

    /// Whether one of its tasks has this number.
    pub(super) fn has(&self, pid: Pid) -> bool {
        self.process.has(pid)
    }

    /// Its number and its command.
    pub(super) fn command(&self) -> (Pid, Arc<str>) {
        self.process.command()
    }

    /// When something in it is due.
    pub(super) fn wake_at(&self) -> Option<SimTime> {
        self.wake
    }

    /// Whether it waits for connections on a port, and the directory that it serves there.
    pub(super) fn listens(&self, port: u16) -> Option<Option<&str>> {
        self.process.listens(port)
    }
}

/// A behaviour in progress.
#[derive(Clone, Debug)]
pub(super) struct Script {
    run: Arc<RunSpec>,
    started_at: SimTime,
    lines_written: usize,
    ends: Option<(SimTime, Exit)>,
    /// When it passes its memory limit.
    out_of_memory: Option<SimTime>,
}

impl Script {
    pub(super) fn start(run: Arc<RunSpec>, now: SimTime, memory_limit: Option<u64>) -> Self {
        let exit = run.exit_after.map(|after| {
            let mut exit = Exit::with_code(run.exit_code);
            if let Some(reason) = &run.reason {
                exit.reason = reason.as_str().into();
            }
            (now + after, exit)
        });
        let mut script = Script { run, started_at: now, lines_written: 0, ends: exit, out_of_memory: None };
        script.limit_memory(now, memory_limit);
        script
    }

    /// Sets its memory limit: it ends at the first moment, from now on, at which its behaviour uses more.
    pub(super) fn limit_memory(&mut self, now: SimTime, limit: Option<u64>) {
        let used = |memory: &&podlapse_model::simulation::MemoryUse| limit.is_some_and(|limit| limit < memory.usage);
        let at = |memory: &podlapse_model::simulation::MemoryUse| self.started_at + memory.after;
        let current = self.run.memory.iter().filter(|memory| at(memory) <= now).max_by_key(|memory| memory.after).filter(used);
        let later = self.run.memory.iter().filter(|memory| now < at(memory)).filter(used).map(at).min();
        self.out_of_memory = current.map(|_| now).or(later);
    }

    /// Its end, as planned by now.
    fn end(&self) -> Option<(SimTime, Exit)> {
        let planned = self.ends.clone();
        match self.out_of_memory.filter(|at| planned.as_ref().is_none_or(|(planned, _)| at < planned)) {
            Some(at) => Some((at, Exit::by_signal("OOM"))),
            None => planned,
        }
    }

    fn end_by(&mut self, at: SimTime, exit: Exit) {
        if self.ends.as_ref().is_none_or(|(planned, _)| at < *planned) {
            self.ends = Some((at, exit));
        }
    }

    /// Writes what is due and says whether it has ended.
    pub(super) fn poll(&mut self, now: SimTime, out: &mut Vec<OutputLine>) -> Option<Exit> {
        while let Some(line) = self.run.logs.get(self.lines_written) {
            let at = self.started_at + line.after;
            if now < at {
                break;
            }
            out.push(OutputLine { at, stream: Stream::Stdout, text: line.line.clone() });
            self.lines_written += 1;
        }
        self.end().filter(|(at, _)| *at <= now).map(|(_, exit)| exit)
    }

    pub(super) fn wake_at(&self) -> Option<SimTime> {
        let line = self.run.logs.get(self.lines_written).map(|line| self.started_at + line.after);
        let end = self.end().map(|(at, _)| at);
        line.into_iter().chain(end).min()
    }

    /// SIGTERM, which a process that says nothing else ends on.
    pub(super) fn terminate(&mut self, now: SimTime) {
        match self.run.on_sigterm {
            Some(OnSigterm::Ignore) => {}
            Some(OnSigterm::Exit { after, code }) => self.end_by(now + after, Exit::with_code(code)),
            None => self.end_by(now, Exit::with_code(143)),
        }
    }
}

impl Program {
    /// Goes on until nothing more is due.
    pub(super) fn poll(
        &mut self,
        now: SimTime,
        world: &mut podlapse_shell::World<'_>,
        out: &mut Vec<OutputLine>,
    ) -> Option<Exit> {
        match self {
            Program::Scripted(script) => script.poll(now, out),
            Program::Interpreted(process) => process.poll(now, world, out).map(Exit::with_code),
        }
    }

    /// SIGTERM.
    pub(super) fn terminate(&mut self, now: SimTime) {
        match self {
            Program::Scripted(script) => script.terminate(now),
            Program::Interpreted(process) => process.signal(Signal::TERM),
        }
    }

    /// A signal from another process of the container.
    pub(super) fn signal(&mut self, now: SimTime, signal: Signal) {
        /// SIGINT, SIGQUIT and SIGTERM, which a server takes for the wish that it ends.
        const ENDING: [u8; 3] = [2, 3, 15];
        match self {
            Program::Scripted(script) if ENDING.contains(&signal.number()) => script.terminate(now),
            Program::Scripted(_) => {}
            Program::Interpreted(process) => process.signal(signal),
        }
    }

    /// Sets its memory limit; only behaviours use memory.
    pub(super) fn limit_memory(&mut self, now: SimTime, limit: Option<u64>) {
        match self {
            Program::Scripted(script) => script.limit_memory(now, limit),
            Program::Interpreted(_) => {}
        }
    }

    /// When something in it is due.
    pub(super) fn wake_at(&self) -> Option<SimTime> {
        match self {
            Program::Scripted(script) => script.wake_at(),
            Program::Interpreted(process) => process.wake_at(),
        }
    }
}

/// Whether a window holds `now`.
pub(super) fn is_open(window: Window, started_at: SimTime, now: SimTime) -> bool {
    let age = now.since(started_at);
    window.after <= age && window.until.is_none_or(|until| age < until)
}

/// The behaviour of the N-th creation of a container.
pub(super) fn behavior(behaviors: &[Behavior], subject: Subject<'_>, creation: u32) -> Option<Arc<RunSpec>> {
    let found = behaviors.iter().find(|behavior| matches(&behavior.matches, subject))?;
    let run = found.runs.get(creation as usize).or(found.runs.last())?;
    Some(Arc::new(run.clone()))
}

/// What an image of the catalogue does when its own program runs.
pub(super) fn habit(image: &str, open_input: bool) -> Option<RunSpec> {
    let name = normalised(image)?;
    let (_, _, habit) = CATALOGUE.iter().find(|(known, _, _)| is_tag_of(&name, known))?;
    Some(match habit {
        Habit::Serves(port) => {
            let page = HttpAnswer {
                body: web_server(image).map_or("", |server| server.page).to_owned(),
                ..answer("*", Window::default(), 200)
            };
            serving(*port, vec![page])
        }
        Habit::Listens(port) => serving(*port, Vec::new()),
        Habit::TurnsUnhealthy => serving(
            8080,
            vec![
                answer("/healthz", Window { after: SimDuration::ZERO, until: Some(SimDuration::from_secs(10)) }, 200),
                answer("/healthz", Window::default(), 500),
            ],
        ),
        Habit::ReadsCommands if open_input => waits_for_commands(),
        Habit::Ends | Habit::ReadsCommands => RunSpec { exit_after: Some(SimDuration::ZERO), ..RunSpec::default() },
        Habit::Waits => RunSpec::default(),
    })
}

/// A run that says a line and ends.
pub(super) fn last_words(line: String, exit_code: i32) -> RunSpec {
    let logs = vec![LogLine { after: SimDuration::ZERO, line }];
    RunSpec { exit_after: Some(SimDuration::ZERO), exit_code, logs, ..RunSpec::default() }
}

/// Whether an image of which all programs are known has none of this name.
pub(super) fn lacks(image: &str, program: &str) -> bool {
    const IMAGES: [&str; 3] = ["busybox", "alpine", "registry.k8s.io/busybox"];
    let is_known = || normalised(image).is_some_and(|name| IMAGES.iter().any(|known| is_tag_of(&name, known)));
    !program.contains('/') && !podlapse_shell::is_applet(program) && is_known()
}

/// A shell that waits for somebody to type: SIGTERM does not end it.
pub(super) fn waits_for_commands() -> RunSpec {
    RunSpec { on_sigterm: Some(OnSigterm::Ignore), ..RunSpec::default() }
}

/// The images of the catalogue, as registries hold them.
pub(super) fn catalogue() -> Vec<ImageSpec> {
    let image = |name: &str, size: u64| ImageSpec {
        name: name.to_owned(),
        size,
        pull_duration: Some(SimDuration::from_secs(2)),
        preloaded: Vec::new(),
        requires_auth: None,
        pull_error: None,
        user: None,
        removed: false,
        entrypoint: Vec::new(),
        cmd: Vec::new(),
    };
    CATALOGUE.iter().flat_map(|(name, tags, _)| tags.iter().map(move |tag| image(&format!("{name}:{tag}"), 40 << 20))).collect()
}

fn serving(port: u16, http: Vec<HttpAnswer>) -> RunSpec {
    RunSpec { listen: vec![Listener { port, window: Window::default(), http, grpc: Vec::new() }], ..RunSpec::default() }
}

fn answer(path: &str, window: Window, status: u16) -> HttpAnswer {
    HttpAnswer { path: path.to_owned(), window, status, body: String::new(), takes: SimDuration::ZERO }
}

pub(super) fn is_tag_of(name: &str, known: &str) -> bool {
    let repository = if known.contains('/') { known.to_owned() } else { format!("docker.io/library/{known}") };
    name.strip_prefix(&repository).is_some_and(|rest| rest.starts_with(':'))
}

/// What an image's own program does.
enum Habit {
    /// Answers HTTP on a port.
    Serves(u16),
    /// Accepts connections on a port.
    Listens(u16),
    /// The probe example's server: healthy for ten seconds.
    TurnsUnhealthy,
    /// Ends at once.
    Ends,
    /// Is a shell, which ends at once unless its input is open.
    ReadsCommands,
    /// Runs until it is stopped.
    Waits,
}

/// Well-known images: repository, tags, habit.
const CATALOGUE: &[(&str, &[&str], Habit)] = &[
    ("nginx", &["latest", "1.14.2", "1.15", "1.16.1", "1.25", "1.27", "1.28", "alpine"], Habit::Serves(80)),
    ("httpd", &["latest", "2.4"], Habit::Serves(80)),
    ("tomcat", &["latest", "10", "11"], Habit::Serves(8080)),
    ("wordpress", &["latest", "6"], Habit::Serves(80)),
    ("mysql", &["latest", "8", "8.4", "9"], Habit::Listens(3306)),
    ("postgres", &["latest", "16", "17", "18"], Habit::Listens(5432)),
    ("redis", &["latest", "7", "8"], Habit::Listens(6379)),
    ("mongo", &["latest", "8"], Habit::Listens(27017)),
    ("memcached", &["latest", "1.6"], Habit::Listens(11211)),
    ("busybox", &["latest", "1.27.2", "1.28", "1.36", "1.37"], Habit::ReadsCommands),
    ("alpine", &["latest", "3.20", "3.22"], Habit::ReadsCommands),
    ("ubuntu", &["latest", "22.04", "24.04"], Habit::ReadsCommands),
    ("debian", &["latest", "12", "13"], Habit::ReadsCommands),
    ("hello-world", &["latest"], Habit::Ends),
    ("registry.k8s.io/busybox", &["latest", "1.27.2"], Habit::ReadsCommands),
    ("registry.k8s.io/pause", &["3.9", "3.10"], Habit::Waits),
    ("registry.k8s.io/e2e-test-images/agnhost", &["2.40", "2.53"], Habit::TurnsUnhealthy),
    ("registry.k8s.io/liveness", &["latest"], Habit::TurnsUnhealthy),
    ("gcr.io/google_containers/liveness", &["latest"], Habit::TurnsUnhealthy),
];
