//! Expansion of words: parameters, command substitutions, arithmetic, field splitting, file names, quote removal.
//!
//! A substitution takes virtual time, so expansion must be able to stop in the middle. It is written as a pure function that is
//! given the outputs of the substitutions finished so far; when it needs one more it stops with that one, and the shell calls it
//! again later. Assignments made on the way (`${x:=y}`, `$((x++))`) are collected and only applied at the end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fs::{FileSystem, Volumes, normalize};
use crate::shell::Shell;
use crate::syntax::{List, Modifier, Name, Parameter, Part, Piece, Word};
use crate::{arithmetic, pattern};

/// The bytes that one expansion may produce.
const MAX_EXPANSION_BYTES: usize = 256 << 10;
/// The file names that one pattern may produce.
const MAX_MATCHES: usize = 4_096;

/// Why an expansion did not finish.
#[derive(Debug)]
pub(crate) enum Stop {
    /// This command has to run first.
    Substitution(Arc<List>),
    /// An error that ends a shell that is not interactive.
    Failed(String),
}

pub(crate) struct Expander<'a> {
    shell: &'a Shell,
    cwd: &'a str,
    fs: &'a FileSystem,
    volumes: &'a Volumes,
    outputs: &'a [String],
    used: usize,
    produced: usize,
    assigned: RefCell<BTreeMap<String, String>>,
    /// How often `$RANDOM` was looked at.
    draws: Cell<u32>,
}

/// A field in the making: its text, and the same as a pattern in which quoted characters are escaped.
#[derive(Default)]
struct Field {
    text: String,
    pattern: String,
}

/// Where pieces go: into fields, or, without splitting, into one.
struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
    splits: bool,
    separators: String,
}

impl Fields {
    fn literal(&mut self, text: &str, is_quoted: bool) {
        if text.is_empty() && !is_quoted {
            return;
        }
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        if is_quoted {
            pattern::escape(text, &mut field.pattern);
        } else {
            field.pattern.push_str(text);
        }
    }

    fn end_field(&mut self) {
        self.done.extend(self.current.take());
    }

    /// The value of an unquoted expansion.
    fn split(&mut self, text: &str) {
        if !self.splits {
            return self.value(text);
        }
        // Whitespace around one other separator belongs to that separator.
        let mut after_space = false;
        for next in text.chars() {
            if !self.separators.contains(next) {
                after_space = false;
                self.value(next.encode_utf8(&mut [0; 4]));
            } else if next.is_ascii_whitespace() {
                if self.current.is_some() {
                    after_space = true;
                    self.end_field();
                }
            } else if after_space {
                after_space = false;
            } else {
                self.current.get_or_insert_default();
                self.end_field();
            }
        }
    }

    /// Characters of a value: wildcards count, backslashes are ordinary.
    fn value(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        for next in text.chars() {
            if next == '\\' {
                field.pattern.push('\\');
            }
            field.pattern.push(next);
        }
    }

    fn add(&mut self, text: &str, is_quoted: bool) {
        if is_quoted { self.literal(text, true) } else { self.split(text) }
    }
}

struct Overlay<'a, 'b> {
    expander: &'b Expander<'a>,
}

impl arithmetic::Variables for Overlay<'_, '_> {
    fn get(&self, name: &str) -> Option<String> {
        self.expander.variable(name)
    }
    fn set(&mut self, name: &str, value: i64) {
        self.expander.assigned.borrow_mut().insert(name.to_owned(), value.to_string());
    }
}

impl<'a> Expander<'a> {
    pub(crate) fn new(
        shell: &'a Shell,
        cwd: &'a str,
        fs: &'a FileSystem,
        volumes: &'a Volumes,
        outputs: &'a [String],
    ) -> Expander<'a> {
        let draws = Cell::new(shell.random_draws);
        Expander { shell, cwd, fs, volumes, outputs, used: 0, produced: 0, assigned: RefCell::default(), draws }
    }

    /// How often `$RANDOM` was looked at, this expansion included.
    pub(crate) fn draws(&self) -> u32 {
        self.draws.get()
    }

    /// The next `$RANDOM`, of 15 bits. It follows from when and as what the shell started, so that a run can be repeated.
    fn random(&self) -> String {
        self.draws.set(self.draws.get().wrapping_add(1));
        // Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
        let mut state = self.shell.random_seed.wrapping_add(u64::from(self.draws.get()).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((state >> 40) & 0x7fff).to_string()
    }

    /// What the expansion assigned on the way.
    pub(crate) fn into_assigned(self) -> BTreeMap<String, String> {
        self.assigned.into_inner()
    }

    /// Makes a variable known to what is expanded later in the same command.
    pub(crate) fn assign(&mut self, name: &str, value: &str) {
        self.assigned.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// The fields of a command's words.
    pub(crate) fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, Stop> {
        let mut all = Vec::new();
        for word in words {
            let mut fields = self.new_fields(true);
            self.word(word, &mut fields)?;
            fields.end_field();
            for field in fields.done {
                if !self.shell.options.noglob && pattern::has_wildcards(&field.pattern) {
                    let names = self.file_names(&field.pattern);
                    if !names.is_empty() {
                        all.extend(names);
                        continue;
                    }
                }
                all.push(field.text);
            }
        }
        Ok(all)
    }

    /// A word that is neither split nor matched against file names.
    pub(crate) fn single(&mut self, word: &Word) -> Result<String, Stop> {
        self.unsplit(word).map(|field| field.text)
    }

    /// A word as a pattern.
    pub(crate) fn pattern(&mut self, word: &Word) -> Result<String, Stop> {
        self.unsplit(word).map(|field| field.pattern)
    }

    fn unsplit(&mut self, word: &Word) -> Result<Field, Stop> {
        let mut fields = self.new_fields(false);
        self.word(word, &mut fields)?;
        Ok(fields.current.unwrap_or_default())
    }

    fn new_fields(&self, splits: bool) -> Fields {
        let separators = self.variable("IFS").unwrap_or_else(|| " \t\n".to_owned());
        Fields { done: Vec::new(), current: None, splits, separators }
    }

    fn word(&mut self, word: &Word, out: &mut Fields) -> Result<(), Stop> {
        for Piece { part, is_quoted } in word {
            match part {
                Part::Text(text) => out.literal(text, *is_quoted),
                Part::Home => out.literal(&self.variable("HOME").unwrap_or_else(|| "~".to_owned()), true),
                Part::Substitution(list) => {
                    let outputs = self.outputs;
                    let Some(output) = outputs.get(self.used) else { return Err(Stop::Substitution(list.clone())) };
                    self.used += 1;
                    self.count(output)?;
                    out.add(output, *is_quoted);
                }
                Part::Arithmetic(expression) => {
                    let value = self.arithmetic(expression)?;
                    out.add(&value.to_string(), *is_quoted);
                }
                Part::Parameter(parameter) => self.parameter(parameter, *is_quoted, out)?,
            }
        }
        Ok(())
    }

    fn arithmetic(&mut self, expression: &Word) -> Result<i64, Stop> {
        let text = self.single(expression)?;
        arithmetic::evaluate(&text, &mut Overlay { expander: self }).map_err(Stop::Failed)
    }

    fn count(&mut self, text: &str) -> Result<(), Stop> {
        self.produced += text.len();
        if MAX_EXPANSION_BYTES < self.produced { Err(Stop::Failed("out of memory".to_owned())) } else { Ok(()) }
    }

    fn variable(&self, name: &str) -> Option<String> {
        let known = self.assigned.borrow().get(name).cloned().or_else(|| self.shell.variable(name).map(str::to_owned));
        known.or_else(|| (name == "RANDOM").then(|| self.random()))
    }

    /// The value of a parameter that is one string; `None` when unset.
    fn value(&self, name: &Name) -> Option<String> {
        let shell = self.shell;
        match name {
            Name::Variable(name) => self.variable(name),
            Name::Positional(0) => Some(shell.name.clone()),
            Name::Positional(number) => shell.positional.get(number - 1).cloned(),
            Name::All => (!shell.positional.is_empty()).then(|| shell.positional.join(" ")),
            Name::Joined => (!shell.positional.is_empty()).then(|| {
                let separators = self.variable("IFS").unwrap_or_else(|| " ".to_owned());
                let separator: String = separators.chars().take(1).collect();
                shell.positional.join(&separator)
            }),
            Name::Count => Some(shell.positional.len().to_string()),
            Name::Status => Some(shell.status.to_string()),
            Name::Options => Some(shell.options.letters(shell.is_command)),
            Name::Pid => Some(shell.pid.to_string()),
            Name::Background => shell.last_background.map(|pid| pid.to_string()),
        }
    }

    fn parameter(&mut self, parameter: &Parameter, is_quoted: bool, out: &mut Fields) -> Result<(), Stop> {
        let Parameter { name, modifier } = parameter;
        let value = self.value(name);
        if is_quoted && !matches!(modifier, Modifier::Plain) {
            // Whatever comes of it, within quotes it is a field.
            out.literal("", true);
        }
        let is_missing = |null_too: bool| value.as_ref().is_none_or(|value| null_too && value.is_empty());
        match modifier {
            Modifier::Plain => {}
            Modifier::Default { word, null_too } if is_missing(*null_too) => return self.word(word, out),
            Modifier::Assign { word, null_too } if is_missing(*null_too) => {
                let value = self.single(word)?;
                let Name::Variable(name) = name else { return Err(Stop::Failed("bad variable name".to_owned())) };
                self.assigned.borrow_mut().insert(name.clone(), value.clone());
                out.add(&value, is_quoted);
                return Ok(());
            }
            Modifier::Require { word, null_too } if is_missing(*null_too) => {
                let text = match word {
                    Some(word) => self.single(word)?,
                    None if *null_too => "parameter not set or null".to_owned(),
                    None => "parameter not set".to_owned(),
                };
                return Err(Stop::Failed(format!("{}: {text}", display_name(name))));
            }
            Modifier::Default { .. } | Modifier::Assign { .. } | Modifier::Require { .. } => {}
            Modifier::Alternative { word, null_too } => {
                if is_missing(*null_too) {
                    return Ok(());
                }
                return self.word(word, out);
            }
            Modifier::Length | Modifier::Strip { .. } | Modifier::Replace { .. } | Modifier::Substring { .. } => {
                let value = self.required(name, value)?;
                let value = self.modified(modifier, value)?;
                self.count(&value)?;
                out.add(&value, is_quoted);
                return Ok(());
            }
        }
        if *name == Name::All || (*name == Name::Joined && !is_quoted) {
            self.positional(is_quoted, out);
            return Ok(());
        }
        let value = self.required(name, value)?;
        self.count(&value)?;
        out.add(&value, is_quoted);
        Ok(())
    }

    /// `$@`: each positional parameter a field of its own.
    fn positional(&self, is_quoted: bool, out: &mut Fields) {
        for (position, value) in self.shell.positional.iter().enumerate() {
            if 0 < position {
                if out.splits { out.end_field() } else { out.literal(" ", true) }
            }
            out.add(value, is_quoted);
        }
    }

    fn required(&self, name: &Name, value: Option<String>) -> Result<String, Stop> {
        if value.is_none() && self.shell.options.nounset && !matches!(name, Name::All | Name::Joined) {
            return Err(Stop::Failed(format!("{}: parameter not set", display_name(name))));
        }
        Ok(value.unwrap_or_default())
    }

    fn modified(&mut self, modifier: &Modifier, value: String) -> Result<String, Stop> {
        Ok(match modifier {
            Modifier::Length => value.chars().count().to_string(),
            Modifier::Strip { pattern, is_prefix, longest } => strip(&value, &self.pattern(pattern)?, *is_prefix, *longest),
            Modifier::Replace { pattern, replacement, all } => {
                let (pattern, replacement) = (self.pattern(pattern)?, self.single(replacement)?);
                replace(&value, &pattern, &replacement, *all)
            }
            Modifier::Substring { offset, length } => {
                let offset = self.arithmetic(offset)?;
                let length = length.as_ref().map(|length| self.arithmetic(length)).transpose()?;
                substring(&value, offset, length)
            }
            Modifier::Plain
            | Modifier::Default { .. }
            | Modifier::Assign { .. }
            | Modifier::Require { .. }
            | Modifier::Alternative { .. } => value,
        })
    }

    /// The paths that match `pattern`, in order.
    fn file_names(&self, pattern: &str) -> Vec<String> {
        let mut found = vec![if pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
        let mut parts = pattern.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            let mut next = Vec::new();
            for base in &found {
                let dir = normalize(self.cwd, base);
                let shows_hidden = part.starts_with('.');
                let names = self.fs.list(self.volumes, &dir).unwrap_or_default();
                for name in names {
                    if (shows_hidden || !name.starts_with('.')) && pattern::matches(part, &name) && next.len() < MAX_MATCHES {
                        let slash = if parts.peek().is_some() { "/" } else { "" };
                        next.push(format!("{base}{name}{slash}"));
                    }
                }
            }
            found = next;
        }
        found
    }
}

fn display_name(name: &Name) -> String {
    match name {
        Name::Variable(name) => name.clone(),
        Name::Positional(number) => number.to_string(),
        Name::All => "@".to_owned(),
        Name::Joined => "*".to_owned(),
        Name::Count => "#".to_owned(),
        Name::Status => "?".to_owned(),
        Name::Options => "-".to_owned(),
        Name::Pid => "$".to_owned(),
        Name::Background => "!".to_owned(),
    }
}

/// Above this length patterns are not tried at every position, which would take the square of it.
const MAX_PATTERN_SUBJECT: usize = 8 << 10;

fn strip(value: &str, pattern: &str, is_prefix: bool, longest: bool) -> String {
    let text: Vec<char> = value.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    if MAX_PATTERN_SUBJECT < text.len() {
        return value.to_owned();
    }
    let matches = |at: &usize| {
        let part = if is_prefix { &text[..*at] } else { &text[*at..] };
        pattern::matches_chars(&pattern, part)
    };
    let mut cuts = 0..=text.len();
    let from_the_left = is_prefix != longest;
    let cut = if from_the_left { cuts.find(matches) } else { cuts.rev().find(matches) };
    match cut {
        Some(at) if is_prefix => text[at..].iter().collect(),
        Some(at) => text[..at].iter().collect(),
        None => value.to_owned(),
    }
}

fn replace(value: &str, pattern: &str, replacement: &str, all: bool) -> String {
    let text: Vec<char> = value.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    // Each position tries each length.
    if pattern.is_empty() || MAX_PATTERN_SUBJECT / 16 < text.len() {
        return value.to_owned();
    }
    let (mut result, mut at, mut is_done) = (String::new(), 0, false);
    while at < text.len() {
        let end = (at + 1..=text.len()).rev().find(|&end| !is_done && pattern::matches_chars(&pattern, &text[at..end]));
        match end {
            Some(end) => {
                if MAX_EXPANSION_BYTES < result.len() {
                    return result;
                }
                result.push_str(replacement);
                is_done = !all;
                at = end;
            }
            None => {
                result.push(text[at]);
                at += 1;
            }
        }
    }
    result
}

fn substring(value: &str, offset: i64, length: Option<i64>) -> String {
    let text: Vec<char> = value.chars().collect();
    let total = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { total.saturating_add(offset) } else { offset };
    if start < 0 || total < start {
        return String::new();
    }
    let end = match length {
        None => total,
        Some(length) if length < 0 => total.saturating_add(length),
        Some(length) => start.saturating_add(length).min(total),
    };
    let at = |position: i64| usize::try_from(position).unwrap_or(0);
    text.get(at(start)..at(end)).unwrap_or(&[]).iter().collect()
}
