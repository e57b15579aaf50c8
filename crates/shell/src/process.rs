//! One process of a container with its children, driven from outside in virtual time.
//!
//! Models what a container runtime sees of a process: its output, its end, and how it takes signals. The process with pid 1 is
//! the first of its pid namespace: a signal that it has no handler for does not reach it, except SIGKILL (Linux
//! `kernel/signal.c` `sig_task_ignored`). Left out: stopping and continuing, process groups, and children that outlive the first.

use podlapse_model::SortedMap;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use podlapse_model::{SimDuration, SimTime};

use crate::fs::{FileSystem, Volumes};
use crate::launch;
use crate::network::{Reply, Request};
use crate::shell::{Program, Step};
use crate::signal::Signal;
use crate::system::{Core, Ended, Flushed, Handle, Kernel, System};

/// The steps that all tasks of one process may take at one instant. A process that takes more is busy: it goes on after
/// [`BUSY_DELAY`], which doubles up to [`MAX_BUSY_DELAY`] as long as it stays busy.
pub const STEPS_PER_INSTANT: u32 = 4_096;
/// How long a busy process is held up at first.
pub const BUSY_DELAY: SimDuration = SimDuration::from_millis(10);
/// How long a process that stays busy is held up at most.
pub const MAX_BUSY_DELAY: SimDuration = SimDuration::from_secs(1);

/// The number of a process in its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which of its two outputs a process printed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A line that a process printed, without its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// When its last character was printed.
    pub at: SimTime,
    /// Where it was printed.
    pub stream: Stream,
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// What a process meets outside itself.
pub struct World<'a> {
    /// The file system of its container.
    pub fs: &'a mut FileSystem,
    /// The volumes that may be mounted there.
    pub volumes: &'a mut Volumes,
    /// What the process asks of the network, added here with the task that asks. `None`: there is no network.
    pub asked: Option<&'a mut Vec<(Pid, Request)>>,
    /// The wall clock at `SimTime::ZERO` in nanoseconds since 1970, UTC.
    pub epoch_unix_ns: i64,
    /// Signals that the process sends to others in its container, added here; the caller delivers them.
    pub sent: &'a mut Vec<(Pid, Signal)>,
}

/// The command is neither a shell nor a utility that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInterpretable;

impl fmt::Display for NotInterpretable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a command of the interpreter")
    }
}

impl std::error::Error for NotInterpretable {}

/// Whether a process is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs. Poll it again at `wake`; without one only a signal moves it.
    Running {
        /// When something is due.
        wake: Option<SimTime>,
    },
    /// It has ended, and all its children with it.
    Exited {
        /// The code a runtime reports: 128 + the number for a signal.
        code: i32,
        /// The signal that ended it.
        signal: Option<Signal>,
    },
}

/// One process and its descendants.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub core: Core,
    pub program: Program,
    pub wake: Option<SimTime>,
}

/// Who a process runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// User id; 0 is root.
    pub uid: i64,
    /// Primary group.
    pub gid: i64,
    /// Supplementary groups.
    pub groups: Vec<i64>,
}

/// How to start a process.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// The command and its arguments.
    pub argv: &'a [String],
    /// The environment, whole.
    pub env: &'a BTreeMap<String, String>,
    /// The working directory, "/" if empty.
    pub cwd: &'a str,
    /// Its number. Pid 1 is immune to signals that it does not handle. Children take the numbers that follow, so processes
    /// that share a container should start some thousands apart.
    pub pid: Pid,
    /// The host name: for a container that of its Pod.
    pub hostname: &'a str,
    /// What it reads on standard input.
    pub stdin: &'a str,
}

/// A process of a container: a shell or a utility, and what it starts.
///
/// ```
/// use std::collections::BTreeMap;
/// use podlapse_model::{SimDuration, SimTime};
/// use podlapse_shell::{FileSystem, Pid, Process, Start, State, Volumes, World};
///
/// let argv = ["sh", "-c", "echo one; sleep 5; exit 3"].map(String::from);
/// let start = Start { argv: &argv, env: &BTreeMap::new(), cwd: "/", pid: Pid(1), hostname: "web", stdin: "" };
/// let mut process = Process::start(&start).unwrap();
/// let (mut fs, mut volumes, mut sent, mut out) = (FileSystem::new(), Volumes::new(), Vec::new(), Vec::new());
/// let mut world = World { fs: &mut fs, volumes: &mut volumes, asked: None, epoch_unix_ns: 0, sent: &mut sent };
/// let five = SimTime::ZERO + SimDuration::from_secs(5);
/// assert_eq!(process.poll(SimTime::ZERO, &mut world, &mut out), State::Running { wake: Some(five) });
/// assert_eq!(out[0].text, "one");
/// assert_eq!(process.poll(five, &mut world, &mut out), State::Exited { code: 3, signal: None });
/// ```
#[derive(Clone, Debug)]
pub struct Process {
    root: Pid,
    tasks: SortedMap<Pid, Task>,
    kernel: Kernel,
    waiting_signals: Vec<(Pid, Signal)>,
    /// How long it is held up if it is busy at this instant too.
    busy_delay: SimDuration,
    exit: Option<Ended>,
}

impl Process {
    /// Starts a process; nothing runs before the first [`Process::poll`].
    ///
    /// # Errors
    /// When `argv` is empty or its first word is neither a shell nor a known utility.
    pub fn start(start: &Start<'_>) -> Result<Process, NotInterpretable> {
        let command = start.argv.first().ok_or(NotInterpretable)?;
        if !launch::is_interpretable(command) {
            return Err(NotInterpretable);
        }
        let next_pid = start.pid.0.saturating_add(1);
        let mut kernel = Kernel::new(next_pid, start.hostname);
        kernel.root = (start.pid, start.argv.join(" ").into());
        let stdin = if start.stdin.is_empty() { Handle::Null } else { kernel.input(start.stdin) };
        let fds = SortedMap::from([(0, stdin), (1, Handle::Output(Stream::Stdout)), (2, Handle::Output(Stream::Stderr))]);
        let cwd = crate::fs::normalize("/", start.cwd).into();
        let core = Core {
            pid: start.pid,
            parent: Pid(0),
            fds,
            saved: Vec::new(),
            cwd,
            environment: Arc::new(start.env.clone()),
            unwritten: VecDeque::new(),
            ignored: Vec::new(),
        };
        let program = Program::Launch { argv: start.argv.to_vec(), shell_name: None };
        let tasks = SortedMap::from([(start.pid, Task { core, program, wake: None })]);
        Ok(Process { root: start.pid, tasks, kernel, waiting_signals: Vec::new(), busy_delay: BUSY_DELAY, exit: None })
    }

    /// Runs it as `user` rather than as root.
    #[must_use]
    pub fn run_as(mut self, user: User) -> Process {
        self.kernel.user = user;
        self
    }

    /// Lets it see other processes of its container, by their commands.
    #[must_use]
    pub fn beside(mut self, others: Vec<(Pid, Arc<str>)>) -> Process {
        self.kernel.beside = others;
        self
    }

    /// Gives it the C library's `nslookup` of busybox before 1.29.
    #[must_use]
    pub fn of_old_busybox(mut self, is_old: bool) -> Process {
        self.kernel.looks_up_by_library = is_old;
        self
    }

    /// Its number and its command.
    pub fn command(&self) -> (Pid, Arc<str>) {
        self.kernel.root.clone()
    }

    /// Whether one of its tasks waits for connections on `port`, and the directory that it serves over HTTP.
    pub fn listens(&self, port: u16) -> Option<Option<&str>> {
        self.tasks
            .values()
            .find_map(|task| match &task.program {
                Program::Utility(utility) => utility.server().filter(|server| server.port == port),
                Program::Launch { .. } | Program::Shell(_) | Program::Exiting { .. } => None,
            })
            .map(|server| server.root.as_deref())
    }

    /// Sends a signal to the process itself, not to its children. It acts at the next [`Process::poll`], which is due at once.
    pub fn signal(&mut self, signal: Signal) {
        self.waiting_signals.push((self.root, signal));
    }

    /// Whether a task of this process has the number `pid`.
    pub fn has(&self, pid: Pid) -> bool {
        self.tasks.contains_key(&pid)
    }

    /// Answers what one of its tasks has asked.
    pub fn answer(&mut self, pid: Pid, reply: Reply) {
        let utility = self.tasks.get_mut(&pid).map(|task| &mut task.program);
        if let Some(Program::Utility(utility)) = utility {
            utility.answer(reply);
        }
    }

    /// Sends a signal to one of its tasks, as another process of the container does with `kill`.
    pub fn signal_task(&mut self, pid: Pid, signal: Signal) {
        self.waiting_signals.push((pid, signal));
    }

    /// Runs all that is due at `now` and adds what it prints to `out`. Polling early is harmless.
    pub fn poll(&mut self, now: SimTime, world: &mut World<'_>, out: &mut Vec<OutputLine>) -> State {
        let mut steps = 0;
        while self.exit.is_none() {
            for (pid, signal) in std::mem::take(&mut self.waiting_signals) {
                self.deliver(pid, signal);
            }
            let mut is_moving = false;
            let pids: Vec<Pid> = self.tasks.keys().copied().collect();
            for pid in pids {
                if self.exit.is_none() {
                    is_moving |= self.run(pid, now, world, out, &mut steps);
                }
            }
            if self.exit.is_some() {
                break;
            }
            if STEPS_PER_INSTANT <= steps {
                let wake = Some(now + self.busy_delay);
                self.busy_delay = self.busy_delay.times(2).min(MAX_BUSY_DELAY);
                return State::Running { wake };
            }
            if !is_moving && self.waiting_signals.is_empty() {
                self.busy_delay = BUSY_DELAY;
                let wake = self.tasks.values().filter_map(|task| task.wake).min();
                return State::Running { wake };
            }
        }
        self.kernel.print_rest(now, out);
        self.tasks.clear();
        let Ended { code, signal } = self.exit.unwrap_or(Ended { code: 0, signal: None });
        State::Exited { code, signal }
    }

    /// Lets one task run until it waits, ends or has had its share of the steps; says whether it moved.
    fn run(&mut self, pid: Pid, now: SimTime, world: &mut World<'_>, out: &mut Vec<OutputLine>, steps: &mut u32) -> bool {
        /// Steps of one task before the next has its turn.
        const SHARE: u32 = 64;
        /// Reading or writing so many bytes counts as a step.
        const BYTES_PER_STEP: usize = 512;
        let Some(mut task) = self.tasks.remove(&pid) else { return false };
        let (mut spawned, mut signals) = (Vec::new(), Vec::new());
        let mut is_moving = false;
        let mut ended = None;
        for _ in 0..SHARE {
            if STEPS_PER_INSTANT <= *steps {
                break;
            }
            *steps += 1;
            let Task { core, program, wake } = &mut task;
            let mut system = System {
                now,
                world: &mut *world,
                kernel: &mut self.kernel,
                core,
                others: &self.tasks,
                spawned: &mut spawned,
                signals: &mut signals,
                out: &mut *out,
            };
            match system.flush() {
                Flushed::All => {}
                Flushed::Waiting => {
                    *wake = None;
                    break;
                }
                Flushed::BrokenPipe => {
                    ended = Some(Ended { code: Signal::PIPE.exit_code(), signal: Some(Signal::PIPE) });
                    break;
                }
            }
            let step = program.step(&mut system);
            *steps += u32::try_from(std::mem::take(&mut system.kernel.moved_bytes) / BYTES_PER_STEP).unwrap_or(STEPS_PER_INSTANT);
            match step {
                Step::Progress => is_moving = true,
                Step::Wait(until) => {
                    // Output of a step that then waits goes out now.
                    is_moving |= !core.unwritten.is_empty();
                    *wake = until;
                    if core.unwritten.is_empty() {
                        break;
                    }
                }
                Step::Become(next) => {
                    *program = next;
                    is_moving = true;
                }
                Step::Exit(code) if core.unwritten.is_empty() => {
                    ended = Some(Ended { code: code & 0xff, signal: None });
                    break;
                }
                Step::Exit(code) => {
                    // The last output may have to wait for a reader.
                    *program = Program::Exiting { code };
                    is_moving = true;
                }
            }
        }
        for child in spawned {
            self.tasks.insert(child.core.pid, child);
        }
        self.tasks.insert(pid, task);
        for (target, signal) in signals {
            // Inside its namespace the first process cannot be made to end or stop.
            if target == Pid(1) && matches!(signal.number(), 9 | 19) {
                continue;
            }
            if self.tasks.contains_key(&target) {
                self.waiting_signals.push((target, signal));
            } else {
                world.sent.push((target, signal));
            }
        }
        if let Some(ended) = ended {
            self.end(pid, ended);
        }
        is_moving || ended.is_some()
    }

    fn deliver(&mut self, pid: Pid, signal: Signal) {
        let Some(task) = self.tasks.get_mut(&pid) else { return };
        if signal == Signal::KILL {
            self.end(pid, Ended { code: signal.exit_code(), signal: Some(signal) });
            return;
        }
        if task.program.catches(signal) || task.core.ignored.contains(&signal) {
            return;
        }
        // Stopping is not modelled: the task goes on.
        if signal.is_ignored_by_default() || signal == Signal::STOP || pid == Pid(1) {
            return;
        }
        self.end(pid, Ended { code: signal.exit_code(), signal: Some(signal) });
    }

    fn end(&mut self, pid: Pid, ended: Ended) {
        let Some(task) = self.tasks.remove(&pid) else { return };
        if pid == self.root {
            self.exit = Some(ended);
            return;
        }
        if self.tasks.contains_key(&task.core.parent) {
            self.kernel.ended.insert(pid, ended);
        }
        self.kernel.collect(self.tasks.values());
    }
}
