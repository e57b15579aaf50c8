//! Utilities that read their files or standard input piece by piece: the machine, and `head`, `tail`, `wc`, `tee`.

use std::collections::VecDeque;

use podlapse_model::SimDuration;

use super::awk::Awk;
use super::base64::Base64;
use super::lines::Lines;
use super::sed::Sed;
use super::sort::Sort;
use super::text::{Cut, Grep, Tr, Uniq};
use super::{Utility, invalid_option, options};
use crate::fs::FsError;
use crate::shell::Step;
use crate::syntax::RedirectKind;
use crate::system::{Handle, Input, System};

/// What `sort` and `tail` may keep, and one line may hold, in bytes.
pub(super) const MAX_KEPT_BYTES: usize = 1 << 20;

/// What is done with the input.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Cat,
    Head {
        left: usize,
        limit: usize,
        is_bytes: bool,
    },
    /// All but the last lines or bytes, which are held back.
    AllBut {
        held: VecDeque<u8>,
        lines: usize,
        count: usize,
        is_bytes: bool,
    },
    Tail {
        kept: VecDeque<Vec<u8>>,
        count: usize,
        skip: Option<usize>,
        is_bytes: bool,
    },
    Wc(Wc),
    Tee,
    Lines(Lines),
    Grep(Box<Grep>),
    Sort(Sort),
    Uniq(Uniq),
    Cut(Cut),
    Tr(Tr),
    Sed(Box<Sed>),
    Awk(Box<Awk>),
    Base64(Base64),
}

/// What the machine does after a piece.
#[derive(PartialEq, Eq)]
pub(super) enum Next {
    More,
    /// The rest of this file is of no interest.
    SkipFile,
    Stop,
}

/// What `wc` counts: lines, words, bytes, and how long the longest line is.
#[derive(Clone, Debug, Default)]
pub(super) struct Wc {
    letters: String,
    counts: [usize; 4],
    totals: [usize; 4],
    length: usize,
    in_word: bool,
    files: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Filter {
    name: &'static str,
    files: VecDeque<String>,
    has_many: bool,
    current: Option<(Handle, String)>,
    /// The start of a line whose end has not been read.
    partial: Vec<u8>,
    /// The last line of a file lacks its end.
    lacks_end: bool,
    has_opened: bool,
    kind: Kind,
    status: i32,
    follow: Option<SimDuration>,
}

impl Filter {
    pub(super) fn start(name: &'static str, files: &[String], kind: Kind) -> Step {
        Utility::Filter(Filter::new(name, files, kind)).into_step()
    }

    fn new(name: &'static str, files: &[String], kind: Kind) -> Filter {
        let has_many = 1 < files.len();
        let files = if files.is_empty() { VecDeque::from(["-".to_owned()]) } else { files.iter().cloned().collect() };
        Filter {
            name,
            files,
            has_many,
            current: None,
            partial: Vec::new(),
            lacks_end: false,
            has_opened: false,
            kind,
            status: 0,
            follow: None,
        }
    }

    /// The status of the command when a file cannot be read.
    fn failure(&self) -> i32 {
        if matches!(self.kind, Kind::Grep(_) | Kind::Sort(_)) { 2 } else { 1 }
    }

    fn open(&mut self, file: String, system: &mut System<'_, '_>) {
        self.has_opened = true;
        if file == "-" {
            let stdin = system.core.fds.get(&0).copied().unwrap_or(Handle::Null);
            self.current = Some((stdin, file));
            return;
        }
        let is_dir = system.fs().metadata(system.volumes(), &system.absolute(&file)).is_ok_and(|metadata| metadata.is_dir);
        let opened = if is_dir { Err(FsError::IsADirectory) } else { system.open(&file, RedirectKind::Read) };
        match opened {
            Ok(handle) => {
                // Kept among the descriptors, so that it stays open.
                system.core.fds.insert(3, handle);
                self.current = Some((handle, file.clone()));
            }
            Err(error) => {
                self.has_opened = false;
                self.status = self.failure();
                let text = match (self.name, error) {
                    ("cat" | "tail", FsError::IsADirectory) => format!("{}: read error: {error}", self.name),
                    ("cat" | "tail", _) => format!("{}: can't open '{file}': {error}", self.name),
                    (name, FsError::IsADirectory) => format!("{name}: {file}: {error}"),
                    (name, _) => format!("{name}: {file}: {error}"),
                };
                let is_silent = matches!(&self.kind, Kind::Grep(grep) if grep.is_silent);
                if !is_silent {
                    system.complain(&text);
                }
                return;
            }
        }
        if self.has_many && matches!(self.kind, Kind::Head { .. }) {
            system.print(&format!("==> {file} <==\n"));
        }
        if let (Kind::Head { left, limit, .. }, Some(_)) = (&mut self.kind, &self.current) {
            *left = *limit;
        }
    }

    pub(crate) fn step(&mut self, system: &mut System<'_, '_>) -> Step {
        let Some((handle, _)) = self.current.clone() else {
            return match self.files.pop_front() {
                Some(file) => {
                    self.open(file, system);
                    Step::Progress
                }
                None => self.finish(system),
            };
        };
        // Line by line, so that what `head` does not want is left to others.
        let one_line = matches!(self.kind, Kind::Head { is_bytes: false, .. });
        match system.read(handle, one_line) {
            Input::Wait => Step::Wait(None),
            Input::Data(data) => {
                match self.feed(&data, system) {
                    Next::More => {}
                    Next::SkipFile => self.end_file(false, system),
                    Next::Stop => {
                        self.files.clear();
                        self.end_file(false, system);
                    }
                }
                Step::Progress
            }
            Input::End => {
                if let (Some(interval), true) = (self.follow, self.files.is_empty()) {
                    self.end_file(true, system);
                    self.finish(system);
                    return Utility::Follow { handle, interval }.into_step();
                }
                self.end_file(true, system);
                Step::Progress
            }
        }
    }

    fn feed(&mut self, data: &[u8], system: &mut System<'_, '_>) -> Next {
        match &mut self.kind {
            Kind::Cat | Kind::Tee => {
                // `tee` writes to the files it has opened as well.
                let is_tee = matches!(self.kind, Kind::Tee);
                let targets: Vec<u32> = system.core.fds.keys().copied().filter(|&fd| is_tee && 10 <= fd).collect();
                for fd in [1].into_iter().chain(targets) {
                    system.write(fd, data);
                }
                Next::More
            }
            Kind::Head { left, is_bytes, .. } => {
                let taken = if *is_bytes {
                    data.len().min(*left)
                } else if 0 < *left {
                    data.len()
                } else {
                    0
                };
                system.write(1, &data[..taken]);
                *left -= if *is_bytes { taken } else { usize::from(0 < *left && data.ends_with(b"\n")) };
                if *left == 0 { Next::SkipFile } else { Next::More }
            }
            Kind::AllBut { held, lines, count, is_bytes } => {
                let mut written = Vec::new();
                for &byte in data {
                    held.push_back(byte);
                    *lines += usize::from(byte == b'\n');
                    if *is_bytes {
                        written.extend(if *count < held.len() { held.pop_front() } else { None });
                    } else if *count < *lines {
                        let end = held.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                        written.extend(held.drain(..end));
                        *lines -= 1;
                    }
                }
                // What is held beyond the bound is lost.
                while MAX_KEPT_BYTES < held.len() {
                    held.pop_front();
                }
                system.write(1, &written);
                Next::More
            }
            Kind::Tail { skip: Some(left), is_bytes: true, .. } => {
                let skipped = data.len().min(*left);
                *left -= skipped;
                system.write(1, &data[skipped..]);
                Next::More
            }
            Kind::Tail { kept, count, is_bytes: true, skip: None } => {
                let mut all: Vec<u8> = kept.pop_front().unwrap_or_default();
                all.extend(data);
                let start = all.len().saturating_sub((*count).min(MAX_KEPT_BYTES));
                kept.push_back(all.split_off(start));
                Next::More
            }
            Kind::Wc(wc) => {
                for &byte in data {
                    wc.counts[0] += usize::from(byte == b'\n');
                    let is_space = byte.is_ascii_whitespace();
                    wc.counts[1] += usize::from(!is_space && !wc.in_word);
                    wc.in_word = !is_space;
                    wc.length = if byte == b'\n' { 0 } else { wc.length + 1 };
                    wc.counts[3] = wc.counts[3].max(wc.length);
                }
                wc.counts[2] += data.len();
                Next::More
            }
            Kind::Tr(tr) => {
                let translated = tr.translate(data);
                system.write(1, &translated);
                Next::More
            }
            Kind::Base64(base64) => {
                base64.feed(data);
                Next::More
            }
            Kind::Tail { .. }
            | Kind::Lines(_)
            | Kind::Grep(_)
            | Kind::Sort(_)
            | Kind::Uniq(_)
            | Kind::Cut(_)
            | Kind::Sed(_)
            | Kind::Awk(_) => {
                self.partial.extend(data);
                if !data.contains(&b'\n') {
                    if self.partial.len() <= MAX_KEPT_BYTES {
                        return Next::More;
                    }
                    self.partial.push(b'\n');
                }
                let text = std::mem::take(&mut self.partial);
                // Of what `tail` reads at once, only the last lines can be of interest.
                let mut from = 0;
                if let Kind::Tail { count, skip: None, .. } = self.kind {
                    let ends = text.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
                    from = ends.map(|(at, _)| at + 1).nth(count).unwrap_or(0);
                }
                for line in text[from..].split_inclusive(|&byte| byte == b'\n') {
                    match line.strip_suffix(b"\n") {
                        Some(line) => {
                            let next = self.line(line, system);
                            if next != Next::More {
                                return next;
                            }
                        }
                        None => self.partial = line.to_vec(),
                    }
                }
                Next::More
            }
        }
    }

    fn line(&mut self, line: &[u8], system: &mut System<'_, '_>) -> Next {
        let label = match &self.current {
            Some((_, file)) if self.has_many => file.as_str(),
            Some(_) | None => "",
        };
        match &mut self.kind {
            Kind::Tail { kept, count, skip, .. } => {
                match skip {
                    Some(0) => system.write(1, &[line, if self.lacks_end { b"" } else { b"\n" }].concat()),
                    Some(left) => *left -= 1,
                    None => {
                        kept.push_back(line.to_vec());
                        while *count < kept.len() || MAX_KEPT_BYTES < kept.iter().map(Vec::len).sum() {
                            kept.pop_front();
                        }
                    }
                }
                Next::More
            }
            Kind::Lines(lines) => lines.line(line, !self.lacks_end, system),
            Kind::Grep(grep) => grep.line(line, label, system),
            Kind::Sort(sort) => sort.line(line),
            Kind::Uniq(uniq) => uniq.line(line, system),
            Kind::Cut(cut) => cut.line(line, system),
            Kind::Sed(sed) => sed.line(line, system),
            Kind::Awk(awk) => awk.line(line, system),
            Kind::Cat | Kind::Head { .. } | Kind::AllBut { .. } | Kind::Wc(_) | Kind::Tee | Kind::Tr(_) | Kind::Base64(_) => {
                Next::More
            }
        }
    }

    fn end_file(&mut self, is_read: bool, system: &mut System<'_, '_>) {
        let partial = std::mem::take(&mut self.partial);
        self.lacks_end = is_read && !partial.is_empty();
        if self.lacks_end {
            self.line(&partial, system);
        }
        let Some((_, file)) = self.current.take() else { return };
        match &mut self.kind {
            Kind::Wc(wc) => {
                wc.files += 1;
                (wc.in_word, wc.length) = (false, 0);
                let label = if file == "-" { String::new() } else { file };
                let counts = std::mem::take(&mut wc.counts);
                system.print(&wc_line(&wc.letters, &counts, &label));
                let longest = wc.totals[3].max(counts[3]);
                for (total, count) in wc.totals.iter_mut().zip(counts) {
                    *total += count;
                }
                wc.totals[3] = longest;
            }
            Kind::Grep(grep) => grep.end_file(if self.has_many { &file } else { "" }, &file, system),
            Kind::Cat
            | Kind::Head { .. }
            | Kind::AllBut { .. }
            | Kind::Tail { .. }
            | Kind::Lines(_)
            | Kind::Tee
            | Kind::Sort(_)
            | Kind::Uniq(_)
            | Kind::Cut(_)
            | Kind::Tr(_)
            | Kind::Sed(_)
            | Kind::Awk(_)
            | Kind::Base64(_) => {}
        }
    }

    fn finish(&mut self, system: &mut System<'_, '_>) -> Step {
        match &mut self.kind {
            Kind::Tail { kept, is_bytes, .. } => {
                while let Some(line) = kept.pop_front() {
                    let is_whole = *is_bytes || (kept.is_empty() && self.lacks_end);
                    system.write(1, &[&line[..], if is_whole { b"" } else { b"\n" }].concat());
                }
                if self.status != 0 && !self.has_opened {
                    system.complain("tail: no files");
                }
            }
            Kind::Wc(wc) => {
                if 1 < wc.files {
                    let line = wc_line(&wc.letters, &wc.totals, "total");
                    system.print(&line);
                }
            }
            Kind::Lines(lines) => lines.finish(system),
            Kind::Grep(grep) => {
                if self.status == 0 || grep.is_quiet_match() {
                    self.status = grep.status();
                }
            }
            Kind::Sort(sort) => self.status = self.status.max(sort.finish(system)),
            Kind::Uniq(uniq) => uniq.finish(system),
            Kind::Sed(sed) => sed.finish(self.lacks_end, system),
            Kind::Awk(awk) => self.status = awk.end(system),
            Kind::Base64(base64) => self.status = base64.end(system),
            Kind::Cat | Kind::Head { .. } | Kind::AllBut { .. } | Kind::Tee | Kind::Cut(_) | Kind::Tr(_) => {}
        }
        Step::Exit(self.status)
    }
}

fn wc_line(letters: &str, counts: &[usize; 4], label: &str) -> String {
    let shown: Vec<usize> = ['l', 'w', 'c', 'L']
        .into_iter()
        .zip(counts)
        .filter(|(letter, _)| letters.contains(*letter))
        .map(|(_, count)| *count)
        .collect();
    // One number alone is not padded.
    let numbers: Vec<String> = match shown[..] {
        [only] => vec![only.to_string()],
        _ => shown.iter().map(|count| format!("{count:>9}")).collect(),
    };
    let numbers = numbers.join(" ");
    if label.is_empty() { format!("{numbers}\n") } else { format!("{numbers} {label}\n") }
}

/// `-5` as an old form of `-n 5`, and of `tail` `+5` as one of `-n +5`.
fn modern(args: &[String], signs: &[char]) -> Vec<String> {
    let is_count = |word: &String| {
        word.strip_prefix(signs).is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    // The number of `-n` or `-c` stands by itself.
    let mut is_value = false;
    let mut words = Vec::new();
    for word in args {
        words.push(match std::mem::replace(&mut is_value, matches!(word.as_str(), "-n" | "-c" | "-s")) {
            false if is_count(word) => format!("-n{}", word.trim_start_matches('-')),
            true | false => word.clone(),
        });
    }
    words
}

fn count(name: &str, text: &str, system: &mut System<'_, '_>) -> Option<usize> {
    let digits = text.trim_start_matches(['+', '-']);
    let (digits, unit) = match digits.as_bytes().last() {
        Some(b'k') => (&digits[..digits.len() - 1], 1024),
        Some(b'm') => (&digits[..digits.len() - 1], 1024 * 1024),
        _ => (digits, 1),
    };
    let number = digits.parse::<u32>().ok().map(|number| (number as usize).saturating_mul(unit));
    if number.is_none() {
        system.complain(&format!("{name}: invalid number '{text}'"));
    }
    number
}

/// `head [-n LINES] [-c BYTES] [FILE...]`
pub(super) fn head(args: &[String], system: &mut System<'_, '_>) -> Step {
    let args = modern(args, &['-']);
    let (found, files) = match options(&args, "qv", "nc") {
        Ok(split) => split,
        Err(letter) => return invalid_option("head", letter, system),
    };
    let (mut limit, mut is_bytes, mut holds_back) = (10, false, false);
    for (letter, value) in found.into_iter().filter(|(letter, _)| "nc".contains(*letter)) {
        match count("head", value, system) {
            Some(number) => (limit, is_bytes, holds_back) = (number, letter == 'c', value.starts_with('-')),
            None => return Step::Exit(1),
        }
    }
    if holds_back {
        return Filter::start("head", files, Kind::AllBut { held: VecDeque::new(), lines: 0, count: limit, is_bytes });
    }
    Filter::start("head", files, Kind::Head { left: limit, limit, is_bytes })
}

/// `tail [-n LINES] [-c BYTES] [-fF] [-s SECONDS] [FILE...]`
pub(super) fn tail(args: &[String], system: &mut System<'_, '_>) -> Step {
    let args = modern(args, &['-', '+']);
    let (found, files) = match options(&args, "fFqv", "ncs") {
        Ok(split) => split,
        Err(letter) => return invalid_option("tail", letter, system),
    };
    let (mut number, mut is_bytes, mut skip, mut follow) = (10, false, None, None);
    let mut interval = SimDuration::from_secs(1);
    for (letter, value) in found {
        match letter {
            'f' | 'F' => follow = Some(()),
            's' => interval = super::duration(value).unwrap_or(interval),
            'n' | 'c' => match count("tail", value, system) {
                Some(parsed) => {
                    (number, is_bytes) = (parsed, letter == 'c');
                    skip = value.starts_with('+').then(|| parsed.saturating_sub(1));
                }
                None => return Step::Exit(1),
            },
            _ => {}
        }
    }
    let kind = Kind::Tail { kept: VecDeque::new(), count: number, skip, is_bytes };
    let mut filter = Filter::new("tail", files, kind);
    // Shorter waits would look at the file without end.
    filter.follow = follow.map(|()| interval.max(SimDuration::from_millis(100)));
    Utility::Filter(filter).into_step()
}

/// `wc [-lwcmL] [FILE...]`
pub(super) fn wc(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "lwcmL", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("wc", letter, system),
    };
    let mut letters: String = found.into_iter().map(|(letter, _)| if letter == 'm' { 'c' } else { letter }).collect();
    if letters.is_empty() {
        letters.push_str("lwc");
    }
    Filter::start("wc", files, Kind::Wc(Wc { letters, ..Wc::default() }))
}

/// `tee [-a] FILE...`: the files take descriptors from 10 on.
pub(super) fn tee(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "ai", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("tee", letter, system),
    };
    let append = found.iter().any(|(letter, _)| *letter == 'a');
    let mut filter = Filter::new("tee", &[], Kind::Tee);
    for (fd, file) in (10..).zip(files) {
        match system.open(file, if append { RedirectKind::Append } else { RedirectKind::Write }) {
            Ok(handle) => {
                system.core.fds.insert(fd, handle);
            }
            Err(error) => {
                system.complain(&format!("tee: {file}: {error}"));
                filter.status = 1;
            }
        }
    }
    Utility::Filter(filter).into_step()
}
