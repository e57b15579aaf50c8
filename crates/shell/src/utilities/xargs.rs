//! `xargs [-r] [-n COUNT] [-I TEXT] [COMMAND...]`: runs a command with the words, or the lines, of its input. Quotes are not read.

use std::collections::VecDeque;

use super::{Utility, invalid_option, options};
use crate::process::Pid;
use crate::shell::{Program, Step};
use crate::system::{Handle, Input, System};

/// The words that one command takes, unless `-n` says otherwise.
const MOST_WORDS: usize = 5_000;

#[derive(Clone, Debug)]
pub(crate) struct Xargs {
    command: Vec<String>,
    most: usize,
    /// What each line takes the place of.
    place: Option<String>,
    needs_words: bool,
    input: Vec<u8>,
    /// The command lines that are still to run; `None`: the input is not read yet.
    left: Option<VecDeque<Vec<String>>>,
    running: Option<Pid>,
    status: i32,
}

pub(super) fn xargs(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, rest) = match options(args, "r", "nI") {
        Ok(split) => split,
        Err(letter) => return invalid_option("xargs", letter, system),
    };
    let value = |wanted: char| found.iter().find(|(letter, _)| *letter == wanted).map(|(_, value)| *value);
    let command = if rest.is_empty() { vec!["echo".to_owned()] } else { rest.to_vec() };
    let xargs = Xargs {
        command,
        most: value('n').and_then(|count| count.parse().ok()).filter(|count| *count > 0).unwrap_or(MOST_WORDS),
        place: value('I').map(str::to_owned),
        needs_words: value('r').is_some(),
        input: Vec::new(),
        left: None,
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
                _ => self.status = 123,
            }
        }
        let Some(left) = &mut self.left else { return self.read(system) };
        let Some(line) = left.pop_front() else { return Step::Exit(self.status) };
        let program = Program::Launch { argv: line, shell_name: Some("xargs".to_owned()) };
        self.running = system.spawn(|_| program, &[(0, Handle::Null)]);
        if self.running.is_some() { Step::Progress } else { Step::Exit(1) }
    }

    fn read(&mut self, system: &mut System<'_, '_>) -> Step {
        let stdin = system.core.fds.get(&0).copied().unwrap_or(Handle::Null);
        match system.read(stdin, false) {
            Input::Data(data) => {
                self.input.extend(data);
                Step::Progress
            }
            Input::Wait => Step::Wait(None),
            Input::End => {
                self.left = Some(self.lines());
                Step::Progress
            }
        }
    }

    fn lines(&self) -> VecDeque<Vec<String>> {
        let text = String::from_utf8_lossy(&self.input);
        if let Some(place) = &self.place {
            let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
            return lines.map(|line| self.command.iter().map(|word| word.replace(place, line)).collect()).collect();
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() && !self.needs_words {
            return VecDeque::from([self.command.clone()]);
        }
        words.chunks(self.most).map(|part| self.command.iter().chain(part).cloned().collect()).collect()
    }
}
