//! What tasks share and how they reach it: descriptors, pipes, open files, exit statuses, the container's world.

use podlapse_model::SortedMap;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use podlapse_model::SimTime;

use crate::fs::{FileSystem, FsError, Volumes, normalize};
use crate::process::{OutputLine, Pid, Stream, Task, User, World};
use crate::shell::Program;
use crate::signal::Signal;
use crate::syntax::RedirectKind;

/// The bytes that a pipe holds before its writer waits, as on Linux.
const PIPE_CAPACITY_BYTES: usize = 64 << 10;
/// The bytes that one command substitution may produce.
const CAPTURE_CAPACITY_BYTES: usize = 256 << 10;
/// What one process may print in all; what comes after is thrown away.
pub const OUTPUT_CAPACITY_BYTES: usize = 1 << 20;
/// A line that grows longer is printed in parts, as container runtimes do.
pub(crate) const MAX_LINE_BYTES: usize = 16 << 10;
/// The most tasks at once in one process; further forks fail.
pub(crate) const MAX_TASKS: usize = 64;

/// Where a descriptor leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    Null,
    Zero,
    /// `/dev/urandom`, which gives the same each time.
    Random,
    Output(Stream),
    PipeRead(u32),
    PipeWrite(u32),
    Capture(u32),
    File(u32),
}

#[derive(Clone, Debug)]
struct OpenFile {
    path: String,
    offset: usize,
    is_appending: bool,
    is_writable: bool,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub code: i32,
    pub signal: Option<Signal>,
}

/// One task's own part: what a fork copies.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    pub pid: Pid,
    pub parent: Pid,
    pub fds: SortedMap<u32, Handle>,
    /// What redirections replaced, to be put back.
    pub saved: Vec<(u32, Option<Handle>)>,
    pub cwd: Arc<str>,
    pub environment: Arc<BTreeMap<String, String>>,
    /// Written, but not taken by the other side.
    pub unwritten: VecDeque<(Handle, Vec<u8>)>,
    pub ignored: Vec<Signal>,
}

impl Core {
    /// Every handle that the task keeps open.
    pub(crate) fn handles(&self) -> impl Iterator<Item = Handle> {
        let saved = self.saved.iter().filter_map(|(_, handle)| *handle);
        self.fds.values().copied().chain(saved).chain(self.unwritten.iter().map(|(handle, _)| *handle))
    }
}

/// What all tasks of one process share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kernel {
    pipes: SortedMap<u32, VecDeque<u8>>,
    captures: SortedMap<u32, Vec<u8>>,
    files: SortedMap<u32, OpenFile>,
    next_handle: u32,
    /// Children that ended and that nobody has waited for.
    pub ended: SortedMap<Pid, Ended>,
    pub next_pid: u32,
    pub hostname: Arc<str>,
    pub user: User,
    /// Whether its `nslookup` asks by way of the C library, as busybox did before 1.29.
    pub looks_up_by_library: bool,
    /// Its own first process, and those of others in the container, each with its command.
    pub root: (Pid, Arc<str>),
    pub beside: Vec<(Pid, Arc<str>)>,
    lines: [Vec<u8>; 2],
    printed_bytes: usize,
    /// Bytes that tasks have read and written since this was last taken: moving them is work too.
    pub moved_bytes: usize,
}

impl Kernel {
    pub(crate) fn new(next_pid: u32, hostname: &str) -> Kernel {
        Kernel { next_pid, hostname: hostname.into(), ..Kernel::default() }
    }

    fn new_handle(&mut self) -> u32 {
        self.next_handle += 1;
        self.next_handle
    }

    fn new_pipe(&mut self, data: &[u8]) -> u32 {
        let id = self.new_handle();
        self.pipes.insert(id, data.iter().copied().collect());
        id
    }

    /// A pipe that holds `text` and has no writer.
    pub(crate) fn input(&mut self, text: &str) -> Handle {
        Handle::PipeRead(self.new_pipe(text.as_bytes()))
    }

    /// Drops pipes and files that no task can reach any more.
    pub(crate) fn collect<'t>(&mut self, tasks: impl Iterator<Item = &'t Task>) {
        let (mut pipes, mut files) = (Vec::new(), Vec::new());
        for handle in tasks.flat_map(|task| task.core.handles()) {
            match handle {
                Handle::PipeRead(id) | Handle::PipeWrite(id) => pipes.push(id),
                Handle::File(id) => files.push(id),
                Handle::Null | Handle::Zero | Handle::Random | Handle::Output(_) | Handle::Capture(_) => {}
            }
        }
        self.pipes.retain(|id, _| pipes.contains(id));
        self.files.retain(|id, _| files.contains(id));
    }

    fn print(&mut self, stream: Stream, data: &[u8], at: SimTime, out: &mut Vec<OutputLine>) {
        let room = OUTPUT_CAPACITY_BYTES - self.printed_bytes;
        let data = &data[..data.len().min(room)];
        self.printed_bytes += data.len();
        let line = &mut self.lines[stream as usize];
        for &byte in data {
            if byte != b'\n' {
                line.push(byte);
            }
            if byte == b'\n' || MAX_LINE_BYTES <= line.len() {
                out.push(OutputLine { at, stream, text: String::from_utf8_lossy(line).into_owned() });
                line.clear();
            }
        }
    }

    /// Prints what was written without a final newline.
    pub(crate) fn print_rest(&mut self, at: SimTime, out: &mut Vec<OutputLine>) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let line = std::mem::take(&mut self.lines[stream as usize]);
            if !line.is_empty() {
                out.push(OutputLine { at, stream, text: String::from_utf8_lossy(&line).into_owned() });
            }
        }
    }
}

/// How much of `available` bytes is taken: up to the first newline with `one_line`.
fn part_length(mut data: impl Iterator<Item = u8>, available: usize, one_line: bool) -> usize {
    if one_line { data.position(|byte| byte == b'\n').map_or(available, |at| at + 1) } else { available }
}

/// What `read` found.
pub(crate) enum Input {
    Data(Vec<u8>),
    End,
    /// Nothing yet, but a writer is left.
    Wait,
}

/// What became of unwritten output.
pub(crate) enum Flushed {
    All,
    Waiting,
    BrokenPipe,
}

/// A task's view while it takes a step.
pub(crate) struct System<'a, 'w> {
    pub now: SimTime,
    pub world: &'a mut World<'w>,
    pub kernel: &'a mut Kernel,
    pub core: &'a mut Core,
    pub others: &'a SortedMap<Pid, Task>,
    pub spawned: &'a mut Vec<Task>,
    pub signals: &'a mut Vec<(Pid, Signal)>,
    pub out: &'a mut Vec<OutputLine>,
}

impl System<'_, '_> {
    pub(crate) fn fs(&self) -> &FileSystem {
        self.world.fs
    }

    pub(crate) fn volumes(&self) -> &Volumes {
        self.world.volumes
    }

    pub(crate) fn files(&mut self) -> (&mut FileSystem, &mut Volumes) {
        (self.world.fs, self.world.volumes)
    }

    /// The wall clock in nanoseconds since 1970.
    pub(crate) fn wall_clock_ns(&self) -> i64 {
        self.world.epoch_unix_ns.saturating_add(self.now.as_nanos())
    }

    pub(crate) fn absolute(&self, path: &str) -> String {
        let slash = if path.ends_with('/') && path.len() > 1 { "/" } else { "" };
        let normal = normalize(&self.core.cwd, path);
        if normal == "/" { normal } else { normal + slash }
    }

    fn all_handles(&self) -> impl Iterator<Item = Handle> {
        let others = self.others.values().chain(self.spawned.iter());
        others.flat_map(|task| task.core.handles()).chain(self.core.handles())
    }

    /// Whether a task still holds the handle.
    pub(crate) fn is_held(&self, wanted: Handle) -> bool {
        self.all_handles().any(|handle| handle == wanted)
    }

    /// Writes to a descriptor; a closed one swallows it.
    pub(crate) fn write(&mut self, fd: u32, data: &[u8]) {
        if let (Some(&handle), false) = (self.core.fds.get(&fd), data.is_empty()) {
            self.kernel.moved_bytes += data.len();
            self.core.unwritten.push_back((handle, data.to_vec()));
        }
    }

    pub(crate) fn print(&mut self, text: &str) {
        self.write(1, text.as_bytes());
    }

    /// A message with its newline on standard error.
    pub(crate) fn complain(&mut self, message: &str) {
        self.write(2, format!("{message}\n").as_bytes());
    }

    /// Hands unwritten output over as far as the other side takes it.
    pub(crate) fn flush(&mut self) -> Flushed {
        while let Some((handle, mut data)) = self.core.unwritten.pop_front() {
            match handle {
                Handle::Null | Handle::Zero | Handle::Random | Handle::PipeRead(_) => {}
                Handle::Output(stream) => self.kernel.print(stream, &data, self.now, self.out),
                Handle::Capture(id) => {
                    let capture = self.kernel.captures.entry(id).or_default();
                    data.truncate(CAPTURE_CAPACITY_BYTES.saturating_sub(capture.len()));
                    capture.extend(data);
                }
                Handle::File(id) => self.write_file(id, &data),
                Handle::PipeWrite(id) => {
                    if !self.is_held(Handle::PipeRead(id)) {
                        return Flushed::BrokenPipe;
                    }
                    let pipe = self.kernel.pipes.entry(id).or_default();
                    let room = PIPE_CAPACITY_BYTES.saturating_sub(pipe.len());
                    let rest = data.split_off(data.len().min(room));
                    pipe.extend(data);
                    if !rest.is_empty() {
                        self.core.unwritten.push_front((handle, rest));
                        return Flushed::Waiting;
                    }
                }
            }
        }
        Flushed::All
    }

    /// A file that was removed while it was open takes writes and keeps nothing.
    fn write_file(&mut self, id: u32, data: &[u8]) {
        let Some(file) = self.kernel.files.get_mut(&id).filter(|file| file.is_writable) else { return };
        let (fs, volumes) = (&mut *self.world.fs, &mut *self.world.volumes);
        let Ok(metadata) = fs.metadata(volumes, &file.path) else { return };
        if file.is_appending || file.offset == metadata.len {
            // A full file system loses the data; the utilities here do not report it.
            let _ = fs.append(volumes, &file.path, data, self.now);
            file.offset = metadata.len + data.len();
            return;
        }
        let Ok(mut content) = fs.read(volumes, &file.path).map(Arc::unwrap_or_clone) else { return };
        let end = file.offset + data.len();
        content.resize(content.len().max(end), 0);
        content[file.offset..end].copy_from_slice(data);
        file.offset = end;
        let _ = fs.write(volumes, &file.path, content, self.now);
    }

    /// Takes what there is to read, at most a line with `one_line`.
    pub(crate) fn read(&mut self, handle: Handle, one_line: bool) -> Input {
        self.read_part(handle, one_line, usize::MAX)
    }

    /// At most so many bytes, and no more than a line or its rest.
    pub(crate) fn read_at_most(&mut self, handle: Handle, most: usize) -> Input {
        self.read_part(handle, true, most)
    }

    fn read_part(&mut self, handle: Handle, one_line: bool, most: usize) -> Input {
        let input = self.read_available(handle, one_line, most);
        if let Input::Data(data) = &input {
            self.kernel.moved_bytes += data.len();
        }
        input
    }

    fn read_available(&mut self, handle: Handle, one_line: bool, most: usize) -> Input {
        match handle {
            Handle::Null | Handle::Output(_) | Handle::PipeWrite(_) | Handle::Capture(_) => Input::End,
            Handle::Zero => Input::Data(vec![0; 4096]),
            Handle::Random => Input::Data((0..4096_u32).map(|at| (at.wrapping_mul(0x9e37_79b1) >> 19) as u8).collect()),
            Handle::PipeRead(id) => {
                let pipe = self.kernel.pipes.entry(id).or_default();
                if pipe.is_empty() {
                    return if self.is_held(Handle::PipeWrite(id)) { Input::Wait } else { Input::End };
                }
                let length = part_length(pipe.iter().copied(), pipe.len(), one_line).min(most);
                // All of it is handed over as it is: a long listing would be copied byte by byte.
                Input::Data(if length == pipe.len() { std::mem::take(pipe).into() } else { pipe.drain(..length).collect() })
            }
            Handle::File(id) => {
                let Some(file) = self.kernel.files.get_mut(&id) else { return Input::End };
                let Ok(content) = self.world.fs.read(self.world.volumes, &file.path) else { return Input::End };
                let rest = content.get(file.offset..).unwrap_or(&[]);
                if rest.is_empty() {
                    return Input::End;
                }
                let length = part_length(rest.iter().copied(), rest.len(), one_line).min(most);
                file.offset += length;
                Input::Data(rest[..length].to_vec())
            }
        }
    }

    /// Opens a path for a redirection.
    pub(crate) fn open(&mut self, path: &str, kind: RedirectKind) -> Result<Handle, FsError> {
        let path = self.absolute(path);
        let descriptor = |fd: u32| self.core.fds.get(&fd).copied().ok_or(FsError::NotFound);
        match path.as_str() {
            "/dev/null" => return Ok(Handle::Null),
            "/dev/zero" => return Ok(Handle::Zero),
            "/dev/urandom" | "/dev/random" => return Ok(Handle::Random),
            "/dev/stdin" | "/proc/self/fd/0" => return descriptor(0),
            "/dev/stdout" | "/proc/self/fd/1" => return descriptor(1),
            "/dev/stderr" | "/proc/self/fd/2" => return descriptor(2),
            // The streams of the container's first process: what it prints there is in the container's log.
            "/proc/1/fd/1" if self.core.pid.0 == 1 || self.others.contains_key(&Pid(1)) => {
                return Ok(Handle::Output(Stream::Stdout));
            }
            "/proc/1/fd/2" if self.core.pid.0 == 1 || self.others.contains_key(&Pid(1)) => {
                return Ok(Handle::Output(Stream::Stderr));
            }
            _ => {}
        }
        let (fs, volumes) = (&mut *self.world.fs, &mut *self.world.volumes);
        let found = fs.metadata(volumes, &path);
        let is_writable = match kind {
            RedirectKind::Read | RedirectKind::Duplicate | RedirectKind::Here => {
                found?;
                false
            }
            RedirectKind::Write | RedirectKind::Both { append: false } => {
                fs.write(volumes, &path, Vec::new(), self.now)?;
                true
            }
            RedirectKind::Append | RedirectKind::ReadWrite | RedirectKind::Both { append: true } => {
                match found {
                    Ok(metadata) if metadata.is_dir => return Err(FsError::IsADirectory),
                    // Nothing is added, but a read-only mount shows.
                    Ok(_) => fs.append(volumes, &path, &[], self.now)?,
                    Err(_) => fs.write(volumes, &path, Vec::new(), self.now)?,
                }
                true
            }
        };
        let is_appending = matches!(kind, RedirectKind::Append | RedirectKind::Both { append: true });
        let id = self.kernel.new_handle();
        self.kernel.files.insert(id, OpenFile { path, offset: 0, is_appending, is_writable });
        Ok(Handle::File(id))
    }

    /// A pipe that holds `text` and has no writer: a here-document.
    pub(crate) fn here_document(&mut self, text: &str) -> Handle {
        self.kernel.input(text)
    }

    /// A new pipe.
    pub(crate) fn pipe(&mut self) -> (Handle, Handle) {
        let id = self.kernel.new_pipe(&[]);
        (Handle::PipeRead(id), Handle::PipeWrite(id))
    }

    pub(crate) fn new_capture(&mut self) -> u32 {
        let id = self.kernel.new_handle();
        self.kernel.captures.insert(id, Vec::new());
        id
    }

    pub(crate) fn take_capture(&mut self, id: u32) -> Vec<u8> {
        self.kernel.captures.remove(&id).unwrap_or_default()
    }

    /// Sets a descriptor and remembers what was there.
    pub(crate) fn redirect(&mut self, fd: u32, handle: Option<Handle>) {
        let before = match handle {
            Some(handle) => self.core.fds.insert(fd, handle),
            None => self.core.fds.remove(&fd),
        };
        self.core.saved.push((fd, before));
    }

    /// Puts back what was redirected since `mark` entries were saved.
    pub(crate) fn restore(&mut self, mark: usize) {
        while mark < self.core.saved.len() {
            match self.core.saved.pop() {
                Some((fd, Some(handle))) => {
                    self.core.fds.insert(fd, handle);
                }
                Some((fd, None)) => {
                    self.core.fds.remove(&fd);
                }
                None => {}
            }
        }
    }

    /// Forks: the child has this task's descriptors, directory and environment. `None` when there are too many tasks.
    pub(crate) fn spawn(&mut self, program: impl FnOnce(Pid) -> Program, set: &[(u32, Handle)]) -> Option<Pid> {
        if MAX_TASKS <= self.others.len() + self.spawned.len() + 1 {
            return None;
        }
        let pid = Pid(self.kernel.next_pid);
        self.kernel.next_pid += 1;
        let mut core = Core {
            pid,
            parent: self.core.pid,
            fds: self.core.fds.clone(),
            saved: Vec::new(),
            cwd: self.core.cwd.clone(),
            environment: self.core.environment.clone(),
            unwritten: VecDeque::new(),
            ignored: self.core.ignored.clone(),
        };
        core.fds.extend(set.iter().copied());
        self.spawned.push(Task { core, program: program(pid), wake: None });
        Some(pid)
    }

    /// Takes the status of a child that has ended.
    pub(crate) fn reap(&mut self, pid: Pid) -> Option<Ended> {
        self.kernel.ended.remove(&pid)
    }

    pub(crate) fn is_running(&self, pid: Pid) -> bool {
        pid == self.core.pid || self.others.contains_key(&pid) || self.spawned.iter().any(|task| task.core.pid == pid)
    }
}
