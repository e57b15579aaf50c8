//! `xargs [-0rt] [-n COUNT] [-s BYTES] [-I TEXT] [COMMAND...]`: runs a command with the words, or the lines, of its input. Quotes are not read.

use std::collections::VecDeque;

use super::{Utility, invalid_option, option_value, options};
use crate::process::Pid;
use crate::shell::{Program, Step};
use crate::system::{Handle, Input, System};

/// The words that one command takes, unless `-n` says otherwise.
const MOST_WORDS: usize = 5_000;
/// The bytes of one command (`n_max_chars` of busybox), which also bound what is read ahead.
const MOST_BYTES: usize = 32 << 10;

#[derive(Clone, Debug)]
pub(crate) struct Xargs {
    command: Vec<String>,
    most: usize,
    /// What each line takes the place of.
    place: Option<String>,
    needs_words: bool,
    /// Words end with NUL alone.
    is_zero_ended: bool,
    /// Says each command before it runs.
    is_told: bool,
    most_bytes: usize,
    input: VecDeque<u8>,
    is_over: bool,
    /// The words of the next command, and their bytes.
    words: Vec<String>,
    size: usize,
    has_run: bool,
    running: Option<Pid>,
    status: i32,
}

/// What follows from what is read so far.
enum Next {
    Run(Vec<String>),
    Read,
    TooLong,
    End,
}

pub(super) fn xargs(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, rest) = match options(args, "r0t", "nIs") {
        Ok(split) => split,
        Err(letter) => return invalid_option("xargs", letter, system),
    };
    let value = |wanted: char| option_value(&found, wanted);
    let command = if rest.is_empty() { vec!["echo".to_owned()] } else { rest.to_vec() };
    let xargs = Xargs {
        command,
        most: value('n').and_then(|count| count.parse().ok()).filter(|count| *count > 0).unwrap_or(MOST_WORDS),
        place: value('I').map(str::to_owned),
        needs_words: value('r').is_some(),
        is_zero_ended: value('0').is_some(),
        is_told: value('t').is_some(),
        most_bytes: value('s').and_then(|bytes| bytes.parse().ok()).unwrap_or(MOST_BYTES).min(MOST_BYTES),
        input: VecDeque::new(),
        is_over: false,
        words: Vec::new(),
        size: 0,
        has_run: false,
        running: None,
        status: 0,
    };
    Utility::Xargs(Box::new(xargs)).into_step()
}

impl Xargs {
    pub(super) fn step(&mut self, system: &mut System<'_, '_>) -> Step {
        if let Some(pid) = self.running {
            if system.is_running(pid) {
                return Step::Wait(None);
            }
            self.running = None;
            match system.reap(pid).map_or(0, |ended| ended.code) {
                0 => {}
                code @ (126 | 127) => return Step::Exit(code),
                255 => return Step::Exit(124),
                // A signal ended it.
                129.. => return Step::Exit(125),
                _ => self.status = 123,
            }
        }
        let next = match self.place.take() {
            Some(place) => {
                let next = self.next_line(&place);
                self.place = Some(place);
                next
            }
            None => self.next_words(),
        };
        match next {
            Next::Run(argv) => {
                self.has_run = true;
                if self.is_told {
                    system.complain(&argv.join(" "));
                }
                let program = Program::Launch { argv, shell_name: Some("xargs".to_owned()) };
                self.running = system.spawn(|_| program, &[(0, Handle::Null)]);
                if self.running.is_some() { Step::Progress } else { Step::Exit(1) }
            }
            Next::Read => self.read(system),
            Next::TooLong => {
                system.complain("xargs: argument line too long");
                Step::Exit(1)
            }
            Next::End => Step::Exit(self.status),
        }
    }

    fn read(&mut self, system: &mut System<'_, '_>) -> Step {
        let stdin = system.core.fds.get(&0).copied().unwrap_or(Handle::Null);
        match system.read(stdin, false) {
            Input::Data(data) => self.input.extend(data),
            Input::Wait => return Step::Wait(None),
            Input::End => self.is_over = true,
        }
        Step::Progress
    }

    /// How long the next piece of the input is, if all of it is there.
    fn piece(&self, ends: fn(&u8) -> bool) -> Result<usize, Next> {
        match self.input.iter().position(ends) {
            Some(at) => Ok(at),
            None if self.is_over => Ok(self.input.len()),
            None if MOST_BYTES < self.input.len() => Err(Next::TooLong),
            None => Err(Next::Read),
        }
    }

    fn take(&mut self, len: usize) -> String {
        String::from_utf8_lossy(&self.input.drain(..len).collect::<Vec<u8>>()).into_owned()
    }

    /// The command with the next line in the place of a text.
    fn next_line(&mut self, place: &str) -> Next {
        loop {
            let end: fn(&u8) -> bool = if self.is_zero_ended { |byte| *byte == 0 } else { |byte| *byte == b'\n' };
            let len = match self.piece(end) {
                Ok(len) => len,
                Err(next) => return next,
            };
            if self.input.is_empty() {
                return Next::End;
            }
            let line = self.take(len);
            self.input.pop_front();
            let line = line.trim_start();
            if line.is_empty() {
                continue;
            }
            let size = |word: &String| word.len() + word.matches(place).count() * line.len();
            if MOST_BYTES < self.command.iter().map(size).sum() {
                return Next::TooLong;
            }
            return Next::Run(self.command.iter().map(|word| word.replace(place, line)).collect());
        }
    }

    /// The command with the next words.
    fn next_words(&mut self) -> Next {
        let fixed: usize = self.command.iter().map(|word| word.len() + 1).sum();
        let is_end: fn(&u8) -> bool = if self.is_zero_ended { |byte| *byte == 0 } else { u8::is_ascii_whitespace };
        while self.words.len() < self.most {
            while self.input.front().is_some_and(is_end) {
                self.input.pop_front();
            }
            let len = match self.piece(is_end) {
                Ok(len) => len,
                Err(next) => return next,
            };
            if len == 0 && self.words.is_empty() && (self.has_run || self.needs_words) {
                return Next::End;
            }
            let is_full = self.most_bytes < fixed + self.size + len + 1;
            if is_full && self.words.is_empty() {
                return Next::TooLong;
            }
            if is_full || len == 0 {
                break;
            }
            let word = self.take(len);
            self.size += len + 1;
            self.words.push(word);
        }
        self.size = 0;
        Next::Run(self.command.iter().cloned().chain(std::mem::take(&mut self.words)).collect())
    }
}
