//! `sort`. Models busybox 1.35 `coreutils/sort.c`, but for months, versions and sorted input of several files.

use std::cmp::Ordering;

use super::filter::{Filter, Kind, MAX_KEPT_BYTES, Next};
use super::{has_option, invalid_option, option_value, options};
use crate::shell::Step;
use crate::system::System;

/// Keys beyond so many are passed over.
const MAX_KEYS: usize = 32;

/// How lines compare, by one of their keys or as a whole.
#[derive(Clone, Debug, Default)]
struct Key {
    /// The first field and the last, counted from 1; without a last one the key ends with the line.
    fields: Option<(usize, Option<usize>)>,
    is_numeric: bool,
    is_reversed: bool,
    folds_case: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Sort {
    lines: Vec<Vec<u8>>,
    bytes: usize,
    keys: Vec<Key>,
    is_reversed: bool,
    is_unique: bool,
    checks: bool,
    separator: Option<u8>,
    output: Option<String>,
}

/// The number at the front of `text` in thousandths, so that no floating point is needed.
fn leading_number(text: &[u8]) -> i128 {
    let text = text.trim_ascii_start();
    let (digits, sign) = text.strip_prefix(b"-").map_or((text, 1), |digits| (digits, -1));
    let whole = digits.iter().take(30).take_while(|byte| byte.is_ascii_digit()).count();
    let mut value: i128 = 0;
    for byte in &digits[..whole] {
        value = value * 10 + i128::from(byte - b'0');
    }
    let fraction = digits[whole..].strip_prefix(b".").unwrap_or_default();
    for position in 0..3 {
        let digit = fraction.get(position).filter(|byte| byte.is_ascii_digit());
        value = value * 10 + digit.map_or(0, |byte| i128::from(byte - b'0'));
    }
    sign * value
}

impl Key {
    /// `START[LETTERS][,END[LETTERS]]`; without letters it takes those of the command.
    fn parse(text: &str, all: &Key) -> Key {
        let (start, end) = text.split_once(',').map_or((text, None), |(start, end)| (start, Some(end)));
        let number = |text: &str| {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            text[..digits].parse().unwrap_or(0)
        };
        let fields = Some((number(start), end.map(number)));
        let has = |letter: char| text.contains(letter);
        if !text.contains(|next: char| next.is_ascii_alphabetic()) {
            return Key { fields, ..all.clone() };
        }
        Key { fields, is_numeric: has('n') || has('g'), is_reversed: has('r'), folds_case: has('f') }
    }

    fn of<'l>(&self, line: &'l [u8], separator: Option<u8>) -> &'l [u8] {
        let Some((first, last)) = self.fields else { return line };
        // Where each field begins, and where it ends; without a separator the blanks before a field belong to it.
        let end_of = |from: usize| {
            let rest = &line[from..];
            let length = match separator {
                Some(separator) => rest.iter().position(|byte| *byte == separator),
                None => {
                    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    rest[blanks..].iter().position(u8::is_ascii_whitespace).map(|length| blanks + length)
                }
            };
            length.map_or(line.len(), |length| from + length)
        };
        let after = |end: usize| (end + usize::from(separator.is_some())).min(line.len());
        let mut start = 0;
        for _ in 1..first.max(1) {
            start = after(end_of(start));
        }
        let Some(last) = last else { return &line[start..] };
        let mut end = end_of(start);
        for _ in first.max(1)..last {
            end = end_of(after(end));
        }
        &line[start..end]
    }

    fn compare(&self, left: &[u8], right: &[u8], separator: Option<u8>) -> Ordering {
        let (left, right) = (self.of(left, separator), self.of(right, separator));
        let order = match (self.is_numeric, self.folds_case) {
            (true, _) => leading_number(left).cmp(&leading_number(right)),
            (false, true) => left.to_ascii_uppercase().cmp(&right.to_ascii_uppercase()),
            (false, false) => left.cmp(right),
        };
        if self.is_reversed { order.reverse() } else { order }
    }
}

impl Sort {
    pub(super) fn line(&mut self, line: &[u8]) -> Next {
        self.bytes += line.len() + 1;
        // Lines beyond the bound are lost.
        if self.bytes <= MAX_KEPT_BYTES {
            self.lines.push(line.to_vec());
        }
        Next::More
    }

    fn by_keys(&self, left: &[u8], right: &[u8]) -> Ordering {
        self.keys
            .iter()
            .map(|key| key.compare(left, right, self.separator))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        let order = self.by_keys(left, right);
        if self.is_unique || order.is_ne() {
            return order;
        }
        let order = left.cmp(right);
        if self.is_reversed { order.reverse() } else { order }
    }

    /// Writes the lines in order, or says which one is not; the status.
    pub(super) fn finish(&mut self, system: &mut System<'_, '_>) -> i32 {
        let mut lines = std::mem::take(&mut self.lines);
        if self.checks {
            let wrong = lines.windows(2).position(|pair| {
                let order = self.compare(&pair[0], &pair[1]);
                order.is_gt() || (self.is_unique && order.is_eq())
            });
            if let Some(at) = wrong {
                system.complain(&format!("Check line {}", at + 1));
            }
            return i32::from(wrong.is_some());
        }
        podlapse_model::sort_by(&mut lines, |left: &Vec<u8>, right: &Vec<u8>| self.compare(left, right));
        if self.is_unique {
            lines.dedup_by(|left, right| self.by_keys(left, right).is_eq());
        }
        let mut all = lines.join(&b'\n');
        if !lines.is_empty() {
            all.push(b'\n');
        }
        let Some(path) = &self.output else {
            system.write(1, &all);
            return 0;
        };
        let (absolute, now) = (system.absolute(path), system.now);
        let (fs, volumes) = system.files();
        if let Err(error) = fs.write(volumes, &absolute, all, now) {
            system.complain(&format!("sort: can't open '{path}': {error}"));
            return 2;
        }
        0
    }
}

/// `sort [-nrufc] [-k KEY] [-t SEPARATOR] [-o FILE] [FILE...]`
pub(super) fn sort(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "nrufbdgsiVMcz", "kto") {
        Ok(split) => split,
        Err(letter) => {
            invalid_option("sort", letter, system);
            return Step::Exit(2);
        }
    };
    let has = |letter: &str| has_option(&found, letter);
    let value = |wanted: char| option_value(&found, wanted);
    let whole = Key { fields: None, is_numeric: has("n") || has("g"), is_reversed: has("r"), folds_case: has("f") };
    let mut keys: Vec<Key> =
        found.iter().filter(|(letter, _)| *letter == 'k').take(MAX_KEYS).map(|(_, text)| Key::parse(text, &whole)).collect();
    if keys.is_empty() {
        keys.push(whole);
    }
    let sort = Sort {
        lines: Vec::new(),
        bytes: 0,
        keys,
        is_reversed: has("r"),
        is_unique: has("u"),
        checks: has("c"),
        separator: value('t').and_then(|text| text.bytes().next()),
        output: value('o').map(str::to_owned),
    };
    Filter::start("sort", files, Kind::Sort(sort))
}
