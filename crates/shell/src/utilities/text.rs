//! Filters over lines: `grep`, `sort`, `uniq`, `cut`, `tr`.

use std::collections::VecDeque;

use regex_lite::Regex;

use super::filter::{Filter, Kind, Next};
use super::{has_option, invalid_option, option_value, options, regex, usage};
use crate::shell::Step;
use crate::system::System;

/// The most lines that are shown around a match.
const MAX_AROUND: usize = 1_000;

fn print_line(line: &[u8], system: &mut System<'_, '_>) {
    system.write(1, &[line, b"\n"].concat());
}

#[derive(Clone, Debug)]
pub(super) struct Grep {
    patterns: Vec<Regex>,
    letters: String,
    most: usize,
    pub is_silent: bool,
    matched: usize,
    number: usize,
    has_matched: bool,
    has_listed: bool,
    around: Around,
}

/// `-A`, `-B`, `-C`: lines around those that match.
#[derive(Clone, Debug, Default)]
struct Around {
    before: usize,
    after: usize,
    /// The last lines that were not printed, with their numbers.
    kept: VecDeque<(usize, Vec<u8>)>,
    /// How many more lines are printed after a match.
    left: usize,
    /// The number of the last line that was printed.
    last: usize,
}

impl Grep {
    fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    pub(super) fn line(&mut self, line: &[u8], label: &str, system: &mut System<'_, '_>) -> Next {
        self.number += 1;
        let text = String::from_utf8_lossy(line);
        let is_match = self.patterns.iter().any(|pattern| pattern.is_match(&text)) != self.has('v');
        if !is_match {
            if 0 < self.around.left {
                self.around.left -= 1;
                self.print_around(self.number, line, label, system);
            } else if 0 < self.around.before {
                if self.around.kept.len() == self.around.before {
                    self.around.kept.pop_front();
                }
                self.around.kept.push_back((self.number, line.to_vec()));
            }
            return Next::More;
        }
        self.has_matched = true;
        self.matched += 1;
        if self.has('q') {
            return Next::Stop;
        }
        if self.has('l') || self.has('L') {
            return Next::SkipFile;
        }
        for (number, kept) in std::mem::take(&mut self.around.kept) {
            self.print_around(number, &kept, label, system);
        }
        self.part(self.number, system);
        self.around.left = self.around.after;
        if !self.has('c') {
            let file = if (label.is_empty() || self.has('h')) && !self.has('H') { String::new() } else { format!("{label}:") };
            let number = if self.has('n') { format!("{}:", self.number) } else { String::new() };
            if self.has('o') && !self.has('v') {
                for found in self.patterns.iter().flat_map(|pattern| pattern.find_iter(&text)).filter(|found| !found.is_empty()) {
                    system.print(&format!("{file}{number}{}\n", found.as_str()));
                }
            } else {
                print_line(&[file.as_bytes(), number.as_bytes(), line].concat(), system);
            }
        }
        if self.most <= self.matched { Next::SkipFile } else { Next::More }
    }

    /// A line between groups of lines that do not touch.
    fn part(&mut self, number: usize, system: &mut System<'_, '_>) {
        let has_groups = 0 < self.around.before + self.around.after && !self.has('c');
        if has_groups && 0 < self.around.last && self.around.last + 1 < number {
            system.print("--\n");
        }
        self.around.last = number;
    }

    fn print_around(&mut self, number: usize, line: &[u8], label: &str, system: &mut System<'_, '_>) {
        if self.letters.contains(['c', 'l', 'L', 'q', 'o']) {
            return;
        }
        self.part(number, system);
        let file = if (label.is_empty() || self.has('h')) && !self.has('H') { String::new() } else { format!("{label}-") };
        let number = if self.has('n') { format!("{number}-") } else { String::new() };
        print_line(&[file.as_bytes(), number.as_bytes(), line].concat(), system);
    }

    pub(super) fn end_file(&mut self, label: &str, file: &str, system: &mut System<'_, '_>) {
        let is_match = 0 < self.matched;
        if self.has('c') && !self.has('q') {
            let prefix = if label.is_empty() { String::new() } else { format!("{label}:") };
            system.print(&format!("{prefix}{}\n", self.matched));
        } else if (self.has('l') && is_match && !self.has('q')) || (self.has('L') && !is_match) {
            self.has_listed = true;
            system.print(&format!("{}\n", if file == "-" { "(standard input)" } else { file }));
        }
        (self.matched, self.number) = (0, 0);
        self.around = Around { before: self.around.before, after: self.around.after, ..Around::default() };
    }

    pub(super) fn is_quiet_match(&self) -> bool {
        self.has('q') && self.has_matched
    }

    pub(super) fn status(&self) -> i32 {
        i32::from(!if self.has('L') { self.has_listed } else { self.has_matched })
    }
}

/// `grep [-vinclLqsowxEFhHm] [-A N] [-B N] [-C N] PATTERN [FILE...]`
pub(super) fn grep(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, mut rest) = match options(args, "vinclLqsowxEFhHra", "emABC") {
        Ok(split) => split,
        Err(letter) => return invalid_option("grep", letter, system),
    };
    let letters: String = found.iter().map(|(letter, _)| *letter).collect();
    let mut patterns: Vec<String> =
        found.iter().filter(|(letter, _)| *letter == 'e').map(|(_, value)| (*value).to_owned()).collect();
    if patterns.is_empty() {
        let Some((first, after)) = rest.split_first() else {
            usage("grep", system);
            return Step::Exit(2);
        };
        patterns.push(first.clone());
        rest = after;
    }
    let is_extended = letters.contains('E');
    let mut compiled = Vec::new();
    for pattern in patterns.iter().flat_map(|pattern| pattern.split('\n')) {
        let pattern = if letters.contains('F') { regex_lite::escape(pattern) } else { pattern.to_owned() };
        let is_extended = is_extended || letters.contains('F');
        let (open, close) = if is_extended { ("(", ")") } else { ("\\(", "\\)") };
        let pattern = match (letters.contains('x'), letters.contains('w')) {
            (true, _) => format!("^{open}{pattern}{close}$"),
            (false, true) => format!("\\b{open}{pattern}{close}\\b"),
            (false, false) => pattern,
        };
        match regex::compile(&pattern, is_extended, letters.contains('i')) {
            Ok(regex) => compiled.push(regex),
            Err(message) => {
                system.complain(&format!("grep: {message}"));
                return Step::Exit(2);
            }
        }
    }
    let most = found.iter().find(|(letter, _)| *letter == 'm').and_then(|(_, value)| value.parse().ok()).unwrap_or(usize::MAX);
    let is_silent = letters.contains('s');
    let lines = |side: char| {
        let given = found.iter().rev().find(|(letter, _)| *letter == side || *letter == 'C');
        given.and_then(|(_, value)| value.parse::<usize>().ok()).unwrap_or_default().min(MAX_AROUND)
    };
    let around = Around { before: lines('B'), after: lines('A'), ..Around::default() };
    let letters = letters.replace(['A', 'B', 'C'], "");
    let grep = Grep {
        patterns: compiled,
        letters,
        most,
        is_silent,
        matched: 0,
        number: 0,
        has_matched: false,
        has_listed: false,
        around,
    };
    Filter::start("grep", rest, Kind::Grep(Box::new(grep)))
}

#[derive(Clone, Debug)]
pub(super) struct Uniq {
    last: Option<Vec<u8>>,
    count: usize,
    letters: String,
    skipped_fields: usize,
    skipped_bytes: usize,
    width: usize,
}

impl Uniq {
    /// What of a line is compared.
    fn key(&self, line: &[u8]) -> Vec<u8> {
        let mut rest = line;
        for _ in 0..self.skipped_fields {
            let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let field = rest[blanks..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            rest = &rest[blanks + field..];
        }
        let rest = rest.get(self.skipped_bytes..).unwrap_or_default();
        let rest = &rest[..rest.len().min(self.width)];
        if self.letters.contains('i') { rest.to_ascii_lowercase() } else { rest.to_vec() }
    }

    pub(super) fn line(&mut self, line: &[u8], system: &mut System<'_, '_>) -> Next {
        if self.last.as_deref().is_some_and(|last| self.key(last) == self.key(line)) {
            self.count += 1;
        } else {
            self.finish(system);
            (self.last, self.count) = (Some(line.to_vec()), 1);
        }
        Next::More
    }

    pub(super) fn finish(&mut self, system: &mut System<'_, '_>) {
        let Some(line) = self.last.take() else { return };
        if (self.letters.contains('d') && self.count < 2) || (self.letters.contains('u') && 1 < self.count) {
            return;
        }
        if self.letters.contains('c') {
            system.print(&format!("{:>7} ", self.count));
        }
        print_line(&line, system);
    }
}

/// `uniq [-cdui] [-f FIELDS] [-s CHARACTERS] [-w CHARACTERS] [FILE]`
pub(super) fn uniq(args: &[String], system: &mut System<'_, '_>) -> Step {
    match options(args, "cduiz", "fsw") {
        Ok((found, files)) => {
            let letters = found.iter().map(|(letter, _)| *letter).collect();
            let value = |wanted: char| option_value(&found, wanted).and_then(|text| text.parse().ok());
            let uniq = Uniq {
                last: None,
                count: 0,
                letters,
                skipped_fields: value('f').unwrap_or(0),
                skipped_bytes: value('s').unwrap_or(0),
                width: value('w').unwrap_or(usize::MAX),
            };
            Filter::start("uniq", files, Kind::Uniq(uniq))
        }
        Err(letter) => invalid_option("uniq", letter, system),
    }
}

#[derive(Clone, Debug)]
pub(super) struct Cut {
    ranges: Vec<(usize, usize)>,
    delimiter: Option<u8>,
    only_delimited: bool,
}

impl Cut {
    fn selects(&self, position: usize) -> bool {
        self.ranges.iter().any(|&(first, last)| (first..=last).contains(&position))
    }

    pub(super) fn line(&mut self, line: &[u8], system: &mut System<'_, '_>) -> Next {
        let kept = match self.delimiter {
            None => (1..).zip(line).filter(|(position, _)| self.selects(*position)).map(|(_, byte)| *byte).collect(),
            Some(delimiter) if line.contains(&delimiter) => {
                let fields = (1..).zip(line.split(|&byte| byte == delimiter));
                let fields: Vec<&[u8]> = fields.filter(|(position, _)| self.selects(*position)).map(|(_, field)| field).collect();
                fields.join(&delimiter)
            }
            Some(_) if self.only_delimited && !line.is_empty() => return Next::More,
            Some(_) => line.to_vec(),
        };
        print_line(&kept, system);
        Next::More
    }
}

/// `cut -d DELIMITER -f LIST` and `cut -c LIST`
pub(super) fn cut(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "sn", "dfcb") {
        Ok(split) => split,
        Err(letter) => return invalid_option("cut", letter, system),
    };
    let (mut ranges, mut delimiter, mut has_fields, mut only_delimited) = (Vec::new(), b'\t', false, false);
    for (letter, value) in found {
        match letter {
            'd' => delimiter = value.bytes().next().unwrap_or(b'\t'),
            's' => only_delimited = true,
            'f' | 'c' | 'b' => {
                has_fields |= letter == 'f';
                for part in value.split(',') {
                    let (first, last) = part.split_once('-').unwrap_or((part, part));
                    let bound = |text: &str, open: usize| {
                        if text.is_empty() { Some(open) } else { text.parse().ok().filter(|&at| 0 < at) }
                    };
                    match (bound(first, 1), bound(last, usize::MAX)) {
                        (Some(first), Some(last)) => ranges.push((first, last)),
                        _ => {
                            system.complain(&format!("cut: invalid range {part}"));
                            return Step::Exit(1);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if ranges.is_empty() {
        system.complain("cut: expected a list of bytes, characters, or fields");
        return Step::Exit(1);
    }
    Filter::start("cut", files, Kind::Cut(Cut { ranges, delimiter: has_fields.then_some(delimiter), only_delimited }))
}

#[derive(Clone, Debug)]
pub(super) struct Tr {
    from: Vec<u8>,
    to: Vec<u8>,
    is_complement: bool,
    deletes: bool,
    squeezed: Vec<u8>,
    last: Option<u8>,
}

impl Tr {
    pub(super) fn translate(&mut self, data: &[u8]) -> Vec<u8> {
        let mut result = Vec::with_capacity(data.len());
        for &byte in data {
            let position = self.from.iter().rposition(|&known| known == byte);
            let is_selected = position.is_some() != self.is_complement;
            if is_selected && self.deletes {
                continue;
            }
            let mapped = match (is_selected, self.to.last()) {
                (true, Some(&last)) => position.and_then(|at| self.to.get(at)).copied().unwrap_or(last),
                _ => byte,
            };
            if self.squeezed.contains(&mapped) && self.last == Some(mapped) {
                continue;
            }
            self.last = Some(mapped);
            result.push(mapped);
        }
        result
    }
}

/// The characters of a set: ranges, classes and escapes.
fn tr_set(text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    for (class, members) in [
        ("[:upper:]", "A-Z"),
        ("[:lower:]", "a-z"),
        ("[:digit:]", "0-9"),
        ("[:alpha:]", "A-Za-z"),
        ("[:alnum:]", "0-9A-Za-z"),
        ("[:space:]", "\t-\r "),
        ("[:blank:]", " \t"),
        ("[:punct:]", "!-/:-@\\[-`{-~"),
    ] {
        text = text.replace(class, members);
    }
    let (bytes, _) = super::escapes::unescape(&text, false);
    let mut set = Vec::new();
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(b'-'), Some(&last)) if first <= last => {
                set.extend(first..=last);
                at += 3;
            }
            _ => {
                set.push(first);
                at += 1;
            }
        }
    }
    set
}

/// `tr [-cds] SET1 [SET2]`
pub(super) fn tr(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, sets) = match options(args, "cCdst", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("tr", letter, system),
    };
    let has = |letter: &str| has_option(&found, letter);
    let Some(first) = sets.first() else { return usage("tr", system) };
    let (from, to) = (tr_set(first), sets.get(1).map(|set| tr_set(set)).unwrap_or_default());
    let is_complement = has("c") || has("C");
    let mut squeezed = Vec::new();
    if has("s") {
        squeezed = if !to.is_empty() {
            to.clone()
        } else if is_complement {
            (0..=255).filter(|byte| !from.contains(byte)).collect()
        } else {
            from.clone()
        };
    }
    Filter::start("tr", &[], Kind::Tr(Tr { from, to, is_complement, deletes: has("d"), squeezed, last: None }))
}
