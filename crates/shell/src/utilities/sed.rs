//! `sed`: the commands `s`, `p`, `d` and `q` with line, last-line and pattern addresses, and `-n`, `-E`, `-e`, `-i`.

use regex_lite::{Captures, Regex};

use super::filter::{Filter, Kind, Next};
use super::{invalid_option, options, regex};
use crate::shell::{Program, Step};
use crate::system::System;

/// A line that substitutions make longer is cut.
const MAX_LINE_BYTES: usize = 64 << 10;

#[derive(Clone, Debug)]
enum Address {
    Line(usize),
    Last,
    Match(Regex),
}

#[derive(Clone, Debug)]
enum Action {
    Substitute { pattern: Regex, replacement: String, all: bool, prints: bool, nth: usize },
    Print,
    Delete,
    Quit,
}

#[derive(Clone, Debug)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    is_negated: bool,
    is_inside: bool,
    action: Action,
}

#[derive(Clone, Debug)]
pub(super) struct Sed {
    commands: Vec<Command>,
    is_quiet: bool,
    number: usize,
    /// A line is held back until it is known whether it is the last.
    held: Option<Vec<u8>>,
    has_quit: bool,
}

impl Address {
    fn matches(&self, number: usize, is_last: bool, text: &str) -> bool {
        match self {
            Address::Line(line) => *line == number,
            Address::Last => is_last,
            Address::Match(pattern) => pattern.is_match(text),
        }
    }
}

impl Command {
    fn applies(&mut self, number: usize, is_last: bool, text: &str) -> bool {
        let applies = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => from.matches(number, is_last, text),
            (Some(from), Some(to)) => {
                if self.is_inside {
                    let ends = match to {
                        Address::Line(line) => *line <= number,
                        Address::Last | Address::Match(_) => to.matches(number, is_last, text),
                    };
                    self.is_inside = !ends;
                    true
                } else {
                    let starts = from.matches(number, is_last, text);
                    self.is_inside = starts && !matches!(to, Address::Line(line) if *line <= number);
                    starts
                }
            }
        };
        applies != self.is_negated
    }
}

impl Sed {
    pub(super) fn line(&mut self, line: &[u8], system: &mut System<'_, '_>) -> Next {
        if let Some(held) = self.held.replace(line.to_vec()) {
            self.edit(&held, false, system);
        }
        if self.has_quit { Next::Stop } else { Next::More }
    }

    pub(super) fn finish(&mut self, system: &mut System<'_, '_>) {
        if let (Some(held), false) = (self.held.take(), self.has_quit) {
            self.edit(&held, true, system);
        }
    }

    fn edit(&mut self, line: &[u8], is_last: bool, system: &mut System<'_, '_>) {
        self.number += 1;
        let mut text = String::from_utf8_lossy(line).into_owned();
        for command in &mut self.commands {
            if !command.applies(self.number, is_last, &text) {
                continue;
            }
            match &command.action {
                Action::Substitute { pattern, replacement, all, prints, nth } => {
                    let replaced = substitute(&text, pattern, replacement, *all, *nth);
                    if let Some(replaced) = replaced {
                        text = replaced;
                        if *prints {
                            system.print(&format!("{text}\n"));
                        }
                    }
                }
                Action::Print => system.print(&format!("{text}\n")),
                Action::Delete => return,
                Action::Quit => {
                    self.has_quit = true;
                    break;
                }
            }
        }
        if !self.is_quiet {
            system.print(&format!("{text}\n"));
        }
    }
}

fn substitute(text: &str, pattern: &Regex, replacement: &str, all: bool, nth: usize) -> Option<String> {
    let (mut result, mut end, mut count) = (String::new(), 0, 0);
    for captures in pattern.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        count += 1;
        if count < nth {
            continue;
        }
        result.push_str(&text[end..found.start()]);
        expand(replacement, &captures, &mut result);
        end = found.end();
        if !all || MAX_LINE_BYTES < result.len() {
            break;
        }
    }
    if count < nth.max(1) {
        return None;
    }
    result.push_str(&text[end..]);
    Some(result)
}

/// `&` is the match, `\1` a group, `\n` a newline.
fn expand(replacement: &str, captures: &Captures<'_>, result: &mut String) {
    let group = |number: usize| captures.get(number).map_or("", |group| group.as_str());
    let mut chars = replacement.chars();
    while let Some(next) = chars.next() {
        match next {
            '&' => result.push_str(group(0)),
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => result.push_str(group(digit as usize - '0' as usize)),
                Some('n') => result.push('\n'),
                Some('t') => result.push('\t'),
                Some(other) => result.push(other),
                None => result.push('\\'),
            },
            other => result.push(other),
        }
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    is_extended: bool,
}

impl Reader<'_> {
    /// Text up to an unescaped `delimiter`; an escaped one loses its backslash.
    fn until(&mut self, delimiter: char) -> Result<String, String> {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if next == delimiter {
                return Ok(text);
            }
            if next == '\\' {
                match self.rest.next() {
                    Some(escaped) if escaped == delimiter => text.push(escaped),
                    Some(escaped) => text.extend(['\\', escaped]),
                    None => break,
                }
            } else {
                text.push(next);
            }
        }
        Err("unterminated expression".to_owned())
    }

    fn number(&mut self) -> usize {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().unwrap_or(usize::MAX)
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.rest.peek() {
            Some('0'..='9') => Some(Address::Line(self.number())),
            Some('$') => {
                self.rest.next();
                Some(Address::Last)
            }
            Some('/') => {
                self.rest.next();
                let pattern = self.until('/')?;
                Some(Address::Match(regex::compile(&pattern, self.is_extended, false)?))
            }
            Some(_) | None => None,
        })
    }

    fn commands(&mut self) -> Result<Vec<Command>, String> {
        let mut commands = Vec::new();
        loop {
            while self.rest.next_if(|next| next.is_whitespace() || *next == ';').is_some() {}
            if self.rest.peek().is_none() {
                return Ok(commands);
            }
            let from = self.address()?;
            let has_range = from.is_some() && self.rest.next_if_eq(&',').is_some();
            let to = if has_range { self.address()? } else { None };
            while self.rest.next_if_eq(&' ').is_some() {}
            let is_negated = self.rest.next_if_eq(&'!').is_some();
            let action = match self.rest.next() {
                Some('p') => Action::Print,
                Some('d') => Action::Delete,
                Some('q') => Action::Quit,
                Some('s') => self.substitution()?,
                Some(other) => return Err(format!("unsupported command {other}")),
                None => return Err("missing command".to_owned()),
            };
            commands.push(Command { from, to, is_negated, is_inside: false, action });
        }
    }

    fn substitution(&mut self) -> Result<Action, String> {
        let delimiter = self.rest.next().ok_or("missing command")?;
        let pattern = self.until(delimiter)?;
        let replacement = self.until(delimiter)?;
        let (mut all, mut prints, mut ignores_case, mut nth) = (false, false, false, 1);
        loop {
            match self.rest.peek() {
                Some('g') => all = true,
                Some('p') => prints = true,
                Some('i' | 'I') => ignores_case = true,
                Some('1'..='9') => {
                    nth = self.number();
                    continue;
                }
                Some(_) | None => break,
            }
            self.rest.next();
        }
        let pattern = regex::compile(&pattern, self.is_extended, ignores_case)?;
        Ok(Action::Substitute { pattern, replacement, all, prints, nth })
    }
}

/// What `-i` does: each file is edited into another, which takes its place.
const IN_PLACE: &str = "o=$1 s=$2; shift 2; for f; do sed $o -e \"$s\" \"$f\" >\"$f.sed\" && mv \"$f.sed\" \"$f\" || { rm \"$f.sed\"; exit 1; }; done";

/// `sed [-nEi] [-e] SCRIPT [FILE...]`
pub(super) fn sed(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, mut files) = match options(args, "nErusi", "e") {
        Ok(split) => split,
        Err(letter) => return invalid_option("sed", letter, system),
    };
    let has = |letters: &str| found.iter().any(|(letter, _)| letters.contains(*letter));
    let scripts: Vec<&str> = found.iter().filter(|(letter, _)| *letter == 'e').map(|(_, value)| *value).collect();
    let mut script = scripts.join("\n");
    if scripts.is_empty() {
        let Some((first, rest)) = files.split_first() else {
            system.complain("sed: no script");
            return Step::Exit(1);
        };
        (script, files) = (first.clone(), rest);
    }
    if has("i") && !files.is_empty() {
        let flags: String = found.iter().map(|(letter, _)| *letter).filter(|letter| "nEr".contains(*letter)).collect();
        let words = ["sh", "-c", IN_PLACE, "sed", &format!("-u{flags}"), &script];
        let argv = words.into_iter().map(str::to_owned).chain(files.iter().cloned()).collect();
        return Step::Become(Program::Launch { argv, shell_name: None });
    }
    let commands = Reader { rest: script.chars().peekable(), is_extended: has("Er") }.commands();
    match commands {
        Ok(commands) => {
            let sed = Sed { commands, is_quiet: has("n"), number: 0, held: None, has_quit: false };
            Filter::start("sed", files, Kind::Sed(Box::new(sed)))
        }
        Err(message) => {
            system.complain(&format!("sed: {message}"));
            Step::Exit(1)
        }
    }
}
