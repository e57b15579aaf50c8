//! What lies around the commands of a prompt: files, variables, and the shell that filters what kubectl prints.

use podlapse_model::SortedMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_core::Snapshot;
use podlapse_core::client::Outcome;
use podlapse_model::SimTime;
use podlapse_shell::{FileSystem, OutputLine, Pid, Process, Start, State, Stream, Volumes, World};

/// Where a session begins.
const HOME: &str = "/root";
/// Where what a command of the shell prints is kept until it ends.
const CAPTURE: &str = "/.stdout";
/// The deepest folders whose files a command line may name.
const DEPTH: usize = 8;

/// Files and variables of a session; they stay from one line to the next.
#[derive(Clone, Debug)]
pub(super) struct Session {
    fs: FileSystem,
    volumes: Volumes,
    pub(super) variables: BTreeMap<String, String>,
    /// What an editor outside of the prompt left.
    pub(super) edited: Option<String>,
}

impl Session {
    /// A session with these files in its folder.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Session {
        let variables = [("HOME", HOME), ("PWD", HOME)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut session = Session { fs: FileSystem::new(), volumes: Volumes::new(), variables: variables.into(), edited: None };
        // A new file system has room for a folder.
        let _ = session.fs.mkdir_all(&mut session.volumes, HOME, SimTime::ZERO);
        for (path, text) in files {
            session.put(path, text);
        }
        session
    }

    /// Puts a file there, with the folders on the way. One that does not fit is missed by the command that names it, which says so.
    pub(super) fn put(&mut self, path: &str, text: &str) {
        let place = Session::absolute(path);
        if let Some((folder, _)) = place.rsplit_once('/') {
            let _ = self.fs.mkdir_all(&mut self.volumes, folder, SimTime::ZERO);
        }
        let _ = self.write(path, text, false, SimTime::ZERO);
    }

    fn absolute(path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{HOME}/{}", path.trim_start_matches("./")) }
    }

    /// Writes or adds to a file.
    ///
    /// # Errors
    /// The shell's complaint.
    pub(super) fn write(&mut self, path: &str, text: &str, appends: bool, now: SimTime) -> Result<(), String> {
        if path == "/dev/null" {
            return Ok(());
        }
        let place = Session::absolute(path);
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty() && !path.starts_with('/')) {
            let _ = self.fs.mkdir_all(&mut self.volumes, &Session::absolute(folder), now);
        }
        let written = if appends && self.fs.exists(&self.volumes, &place) {
            self.fs.append(&mut self.volumes, &place, text.as_bytes(), now)
        } else {
            self.fs.write(&mut self.volumes, &place, text.as_bytes().to_vec(), now)
        };
        written.map_err(|error| format!("sh: can't create {path}: {error}\n"))
    }

    /// The text of a file.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let data = self.fs.read(&self.volumes, &Session::absolute(path)).ok()?;
        Some(String::from_utf8_lossy(&data).into_owned())
    }

    /// The text of a file, which is gone afterwards.
    pub(super) fn take(&mut self, path: &str) -> Option<String> {
        let text = self.read(path);
        let _ = self.fs.remove(&mut self.volumes, path);
        text
    }

    /// Every file, by its path from the root and, below the session's folder, from there.
    pub(super) fn files(&self) -> SortedMap<Arc<str>, Arc<str>> {
        let mut files = SortedMap::new();
        self.collect("", DEPTH, &mut files);
        files
    }

    fn collect(&self, folder: &str, depth: usize, files: &mut SortedMap<Arc<str>, Arc<str>>) {
        let at = if folder.is_empty() { "/" } else { folder };
        for name in self.fs.list(&self.volumes, at).unwrap_or_default() {
            let path = format!("{folder}/{name}");
            match self.fs.metadata(&self.volumes, &path) {
                Ok(metadata) if metadata.is_dir && depth > 0 => self.collect(&path, depth - 1, files),
                Ok(metadata) if !metadata.is_dir && path != CAPTURE => {
                    let Some(text) = self.read(&path) else { continue };
                    let text: Arc<str> = text.into();
                    if let Some(relative) = path.strip_prefix(HOME).and_then(|path| path.strip_prefix('/')) {
                        files.insert(relative.into(), text.clone());
                    }
                    files.insert(path.into(), text);
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// The names below a folder that begin as the last part of the path does, for completion.
    pub(super) fn paths(&self, path: &str) -> Vec<String> {
        let (folder, start) = path.rsplit_once('/').map_or(("", path), |(folder, start)| (folder, start));
        let place = if path.starts_with('/') && folder.is_empty() { "/".to_owned() } else { Session::absolute(folder) };
        let names = self.fs.list(&self.volumes, place.trim_end_matches('/')).or_else(|_| self.fs.list(&self.volumes, "/"));
        let full = |name: String| if path.contains('/') { format!("{folder}/{name}") } else { name };
        names.unwrap_or_default().into_iter().filter(|name| name.starts_with(start)).map(full).collect()
    }

    /// Runs a line of the shell with this standard input; time goes on as the line wants it.
    pub(super) fn shell(&mut self, line: &str, stdin: &str, time: &mut Snapshot) -> Outcome {
        let line = in_place(line).unwrap_or_else(|| line.to_owned());
        let argv = ["sh", "-c", &format!("{{ {line}\n}} > {CAPTURE}")].map(str::to_owned);
        let start = Start { argv: &argv, env: &self.variables, cwd: HOME, pid: Pid(4_001), hostname: "podlapse", stdin };
        let Ok(mut process) = Process::start(&start) else { return Outcome::default() };
        let _ = self.fs.remove(&mut self.volumes, CAPTURE);
        let mut lines: Vec<OutputLine> = Vec::new();
        let exit = loop {
            let mut sent = Vec::new();
            let mut world = World {
                fs: &mut self.fs,
                volumes: &mut self.volumes,
                asked: None,
                epoch_unix_ns: i64::try_from(time.wall().start_unix_ns).unwrap_or_default(),
                sent: &mut sent,
            };
            match process.poll(time.at(), &mut world, &mut lines) {
                State::Exited { code, .. } => break code,
                State::Running { wake: Some(wake) } if wake <= time.end() => while time.next_change(wake) {},
                // It would go on for ever, as `^C` ends it.
                State::Running { .. } => break 130,
            }
        };
        let stdout = self.fs.read(&self.volumes, CAPTURE).map(|data| String::from_utf8_lossy(&data).into_owned());
        let stderr = lines.iter().filter(|line| line.stream == Stream::Stderr);
        let stderr = stderr.map(|line| line.text.replace("sh: line 0: ", "sh: ") + "\n").collect();
        Outcome { stdout: stdout.unwrap_or_default(), stderr, exit }
    }
}

/// `sed -i` as a line that the shell knows: the file is written anew from what `sed` prints.
fn in_place(line: &str) -> Option<String> {
    let words = crate::command::words(line).ok()?;
    let is_option = |word: &String| word == "-i" || word == "--in-place";
    let is_plain = !words.iter().any(|word| matches!(word.as_str(), "|" | ">" | ">>" | "<" | ";" | "&&" | "||"));
    if words.first()? != "sed" || !words.iter().any(is_option) || !is_plain {
        return None;
    }
    let file = super::expand::quote(words.last()?);
    let rest: Vec<String> = words.iter().filter(|word| !is_option(word)).map(|word| super::expand::quote(word)).collect();
    Some(format!("{} > /tmp/.sed && cat /tmp/.sed > {file} && rm /tmp/.sed", rest.join(" ")))
}
