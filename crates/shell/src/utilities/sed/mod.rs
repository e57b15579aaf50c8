//! `sed`. Models busybox 1.35 `editors/sed.c`, but for `w` and regular expressions that are left out.

mod read;

use podlapse_model::SortedMap;
use regex_lite::{Captures, Regex};

use super::filter::{Filter, Kind, MAX_KEPT_BYTES, Next};
use super::{has_option, invalid_option, options, truncate, usage};
use crate::shell::{Program, Step};
use crate::system::System;

/// A line that substitutions make longer is cut.
const MAX_LINE_BYTES: usize = 64 << 10;
/// What all commands of a run may cost, one for each command and each 64 bytes that it works on: a script may jump in a circle.
const MAX_COST: usize = 4_000_000;
#[derive(Clone, Debug)]
enum Address {
    Line(usize),
    Last,
    Match(Regex),
    /// So many lines after the first of a range.
    After(usize),
}

#[derive(Clone, Debug)]
enum Action {
    /// Goes on behind the block unless its address matches.
    Block {
        end: usize,
    },
    Substitute {
        pattern: Regex,
        replacement: String,
        all: bool,
        prints: bool,
        nth: usize,
    },
    Translate(SortedMap<char, char>),
    Print,
    PrintFirst,
    PrintNumber,
    Delete,
    DeleteFirst,
    Next,
    Join,
    Hold {
        appends: bool,
    },
    Get {
        appends: bool,
    },
    Exchange,
    Append(String),
    AppendFile(String),
    Insert(String),
    Change(String),
    Jump {
        label: String,
        when: When,
    },
    Quit,
    Nothing,
}

/// When a jump is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    Substituted,
    NotSubstituted,
}

#[derive(Clone, Debug)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    is_negated: bool,
    /// The last line of the range that the current line lies in, if that is known.
    inside: Option<Option<usize>>,
    action: Action,
}

/// Texts that follow the line.
#[derive(Clone, Debug)]
enum Appended {
    Text(String),
    File(String),
}

/// What the commands left of a line.
enum Outcome {
    End,
    Deleted,
    /// The commands begin again with what is left of the line.
    Restart,
    /// The next line is wanted, and whether it joins this one; the commands go on from there.
    Wants {
        from: usize,
        joins: bool,
    },
    Quit,
}

#[derive(Clone, Debug)]
pub(super) struct Sed {
    commands: Vec<Command>,
    labels: Vec<(String, usize)>,
    is_quiet: bool,
    number: usize,
    /// A line is held back until it is known whether it is the last.
    held: Option<Vec<u8>>,
    space: String,
    hold: String,
    appended: Vec<Appended>,
    /// Where the commands go on with the next line, and whether it joins what they have.
    waits: Option<(usize, bool)>,
    has_substituted: bool,
    has_quit: bool,
    /// The last line of the input lacks its end, so that of what is printed lacks it too.
    lacks_end: bool,
    owes_end: bool,
    cost: usize,
}

impl Address {
    fn matches(&self, number: usize, is_last: bool, text: &str) -> bool {
        match self {
            Address::Line(line) => *line == number,
            Address::Last => is_last,
            Address::Match(pattern) => pattern.is_match(text),
            Address::After(_) => false,
        }
    }
}

impl Command {
    fn applies(&mut self, number: usize, is_last: bool, text: &str) -> bool {
        let applies = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => from.matches(number, is_last, text),
            (Some(from), Some(to)) => match self.inside {
                Some(end) => {
                    let ends = match end {
                        Some(end) => end <= number,
                        None => to.matches(number, is_last, text),
                    };
                    self.inside = self.inside.filter(|_| !ends);
                    true
                }
                None => {
                    let starts = from.matches(number, is_last, text);
                    let end = match to {
                        Address::Line(line) => Some(*line),
                        Address::After(count) => Some(number + count),
                        Address::Last | Address::Match(_) => None,
                    };
                    self.inside = Some(end).filter(|end| starts && end.is_none_or(|end| number < end));
                    starts
                }
            },
        };
        applies != self.is_negated
    }
}

impl Sed {
    pub(super) fn line(&mut self, line: &[u8], system: &mut System<'_, '_>) -> Next {
        if let Some(held) = self.held.replace(line.to_vec()) {
            self.advance(&held, false, system);
        }
        if self.has_quit { Next::Stop } else { Next::More }
    }

    /// The input is over; its last line may lack its end.
    pub(super) fn finish(&mut self, lacks_end: bool, system: &mut System<'_, '_>) {
        if let (Some(held), false) = (self.held.take(), self.has_quit) {
            self.lacks_end = lacks_end;
            self.advance(&held, true, system);
        }
    }

    fn print(&mut self, text: &str, has_end: bool, system: &mut System<'_, '_>) {
        let before = if std::mem::replace(&mut self.owes_end, !has_end) { "\n" } else { "" };
        system.print(&format!("{before}{text}{}", if has_end { "\n" } else { "" }));
    }

    /// Prints what the commands have; the last line at last as it was read.
    fn print_space(&mut self, has_end: bool, system: &mut System<'_, '_>) {
        let space = std::mem::take(&mut self.space);
        self.print(&space, has_end, system);
        self.space = space;
    }

    /// Prints what follows the line.
    fn flush(&mut self, system: &mut System<'_, '_>) {
        for appended in std::mem::take(&mut self.appended) {
            match appended {
                Appended::Text(text) => self.print(&text, true, system),
                Appended::File(path) => {
                    // A file that is not there is passed over.
                    let data = system.fs().read(system.volumes(), &system.absolute(&path)).unwrap_or_default();
                    let text = String::from_utf8_lossy(&data).into_owned();
                    if !text.is_empty() {
                        self.print(text.trim_end_matches('\n'), text.ends_with('\n'), system);
                    }
                }
            }
        }
    }

    fn advance(&mut self, line: &[u8], is_last: bool, system: &mut System<'_, '_>) {
        self.number += 1;
        let line = String::from_utf8_lossy(line);
        let (mut from, joins) = self.waits.take().unwrap_or((0, false));
        if joins && self.space.len() + line.len() < MAX_KEPT_BYTES {
            self.space.push('\n');
            self.space.push_str(&line);
        } else {
            self.space = line.into_owned();
        }
        let mut commands = std::mem::take(&mut self.commands);
        loop {
            let outcome = self.run(&mut commands, from, is_last, system);
            match outcome {
                Outcome::End | Outcome::Quit => {
                    if !self.is_quiet {
                        self.print_space(!self.lacks_end, system);
                    }
                    self.has_quit |= matches!(outcome, Outcome::Quit);
                }
                Outcome::Deleted | Outcome::Restart => {}
                Outcome::Wants { from, joins } => {
                    if !joins && !self.is_quiet {
                        self.print_space(true, system);
                    }
                    self.waits = Some((from, joins));
                }
            }
            self.flush(system);
            if !matches!(outcome, Outcome::Restart) {
                break;
            }
            from = 0;
        }
        if self.waits.is_none() {
            self.has_substituted = false;
        }
        self.commands = commands;
    }

    fn run(&mut self, commands: &mut [Command], from: usize, is_last: bool, system: &mut System<'_, '_>) -> Outcome {
        let mut at = from;
        while let Some(command) = commands.get_mut(at) {
            at += 1;
            self.cost += 1 + self.space.len() / 64;
            if MAX_COST < self.cost {
                return Outcome::Quit;
            }
            let applies = command.applies(self.number, is_last, &self.space);
            match &command.action {
                Action::Block { end } => at = if applies { at } else { *end },
                _ if !applies => {}
                Action::Substitute { pattern, replacement, all, prints, nth } => {
                    // To look for a pattern takes longer than to copy.
                    self.cost += self.space.len() / 2;
                    if let Some(replaced) = substitute(&self.space, pattern, replacement, *all, *nth) {
                        self.space = replaced;
                        self.has_substituted = true;
                        if *prints {
                            self.print_space(true, system);
                        }
                    }
                }
                Action::Translate(pairs) => {
                    self.space = self.space.chars().map(|next| pairs.get(&next).copied().unwrap_or(next)).collect();
                }
                Action::Print => self.print_space(true, system),
                Action::PrintFirst => {
                    let first = self.space.split('\n').next().unwrap_or_default().to_owned();
                    self.print(&first, true, system);
                }
                Action::PrintNumber => self.print(&self.number.to_string(), true, system),
                Action::Delete => return Outcome::Deleted,
                Action::DeleteFirst => match self.space.find('\n') {
                    Some(end) => {
                        self.space.drain(..=end);
                        return Outcome::Restart;
                    }
                    None => return Outcome::Deleted,
                },
                // Without a next line the rest of the commands is not run.
                Action::Next | Action::Join if is_last => return Outcome::Quit,
                Action::Next => return Outcome::Wants { from: at, joins: false },
                Action::Join => return Outcome::Wants { from: at, joins: true },
                Action::Hold { appends } => copy(&self.space, &mut self.hold, *appends),
                // What was held has an end.
                Action::Get { appends } => {
                    copy(&self.hold, &mut self.space, *appends);
                    self.lacks_end = false;
                }
                Action::Exchange => {
                    std::mem::swap(&mut self.space, &mut self.hold);
                    self.lacks_end = false;
                }
                Action::Append(text) => self.appended.push(Appended::Text(text.clone())),
                Action::AppendFile(path) => self.appended.push(Appended::File(path.clone())),
                Action::Insert(text) => self.print(text, true, system),
                Action::Change(text) => {
                    // Of a range the text takes the place of all lines together.
                    if command.to.is_none() || command.is_negated || command.inside.is_none() {
                        self.print(text, true, system);
                    }
                    return Outcome::Deleted;
                }
                Action::Jump { label, when } => {
                    let is_taken = match when {
                        When::Always => true,
                        When::Substituted => std::mem::take(&mut self.has_substituted),
                        When::NotSubstituted => !std::mem::take(&mut self.has_substituted),
                    };
                    if is_taken {
                        let place = self.labels.iter().find(|(known, _)| known == label);
                        at = place.map_or(commands.len(), |(_, place)| *place);
                    }
                }
                Action::Quit => return Outcome::Quit,
                Action::Nothing => {}
            }
        }
        Outcome::End
    }
}

/// Copies one text into another, or to its end as a line.
fn copy(from: &str, to: &mut String, appends: bool) {
    if !appends {
        from.clone_into(to);
    } else if to.len() + from.len() < MAX_KEPT_BYTES {
        to.push('\n');
        to.push_str(from);
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
    truncate(&mut result, MAX_LINE_BYTES);
    Some(result)
}

/// `&` is the match, `\1` a group, `\n` a newline.
fn expand(replacement: &str, captures: &Captures<'_>, result: &mut String) {
    let group = |number: usize| captures.get(number).map_or("", |group| group.as_str());
    let mut chars = replacement.chars();
    while let Some(next) = chars.next().filter(|_| result.len() <= MAX_LINE_BYTES) {
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

/// What `-i` does: each file is edited into another, which takes its place.
const IN_PLACE: &str = "o=$1 s=$2; shift 2; for f; do sed $o -e \"$s\" \"$f\" >\"$f.sed\" && mv \"$f.sed\" \"$f\" || { rm \"$f.sed\"; exit 1; }; done";

/// `sed [-nEi] [-e] SCRIPT [FILE...]`
pub(super) fn sed(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, mut files) = match options(args, "nErui", "e") {
        Ok(split) => split,
        Err(letter) => return invalid_option("sed", letter, system),
    };
    let has = |letters: &str| has_option(&found, letters);
    let scripts: Vec<&str> = found.iter().filter(|(letter, _)| *letter == 'e').map(|(_, value)| *value).collect();
    let mut script = scripts.join("\n");
    if scripts.is_empty() {
        let Some((first, rest)) = files.split_first() else { return usage("sed", system) };
        (script, files) = (first.clone(), rest);
    }
    if has("i") && !files.is_empty() {
        let flags: String = found.iter().map(|(letter, _)| *letter).filter(|letter| "nEr".contains(*letter)).collect();
        let words = ["sh", "-c", IN_PLACE, "sed", &format!("-u{flags}"), &script];
        let argv = words.into_iter().map(str::to_owned).chain(files.iter().cloned()).collect();
        return Step::Become(Program::Launch { argv, shell_name: None });
    }
    match read::script(&script, has("Er")) {
        Ok(script) => {
            let sed = Sed {
                commands: script.commands,
                labels: script.labels,
                is_quiet: has("n"),
                number: 0,
                held: None,
                space: String::new(),
                hold: String::new(),
                appended: Vec::new(),
                waits: None,
                has_substituted: false,
                has_quit: false,
                lacks_end: false,
                owes_end: false,
                cost: 0,
            };
            Filter::start("sed", files, Kind::Sed(Box::new(sed)))
        }
        Err(message) => {
            system.complain(&format!("sed: {message}"));
            Step::Exit(1)
        }
    }
}
