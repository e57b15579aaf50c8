//! `echo`, `printf`, `seq` and `yes`.

use super::escapes::unescape;
use super::{Utility, invalid_option, options};
use crate::shell::Step;
use crate::system::System;

/// `echo [-neE] WORD...`
pub(crate) fn echo(args: &[String], system: &mut System<'_, '_>) -> i32 {
    let (mut has_newline, mut has_escapes) = (true, false);
    let is_option = |word: &str| word.len() > 1 && word.starts_with('-') && word[1..].bytes().all(|byte| b"neE".contains(&byte));
    let count = args.iter().take_while(|word| is_option(word)).count();
    for letter in args[..count].iter().flat_map(|word| word[1..].bytes()) {
        match letter {
            b'n' => has_newline = false,
            b'e' => has_escapes = true,
            _ => has_escapes = false,
        }
    }
    let text = args[count..].join(" ");
    let (mut bytes, is_cut) = if has_escapes { unescape(&text, true) } else { (text.into_bytes(), false) };
    if has_newline && !is_cut {
        bytes.push(b'\n');
    }
    system.write(1, &bytes);
    0
}

/// The longest output of one `printf`, in bytes: a width can ask for any length.
const MAX_PRINTF_BYTES: usize = 64 << 10;

/// `printf FORMAT ARGUMENT...`: the format repeats while arguments are left.
pub(crate) fn printf(args: &[String], system: &mut System<'_, '_>) -> i32 {
    let Some((format, args)) = args.split_first() else {
        system.complain("printf: usage: printf FORMAT [ARG]...");
        return 1;
    };
    let mut state = Printf { args, at: 0, status: 0, errors: Vec::new() };
    let mut result = Vec::new();
    loop {
        let before = state.at;
        let is_cut = state.once(format, &mut result);
        if is_cut || args.len() <= state.at || state.at == before || MAX_PRINTF_BYTES < result.len() {
            break;
        }
    }
    system.write(1, &result);
    for error in state.errors {
        system.complain(&format!("printf: {error}"));
    }
    state.status
}

struct Printf<'a> {
    args: &'a [String],
    at: usize,
    status: i32,
    errors: Vec<String>,
}

impl Printf<'_> {
    fn next(&mut self) -> &str {
        self.at += 1;
        self.args.get(self.at - 1).map_or("", String::as_str)
    }

    fn number(&mut self) -> i64 {
        let text = self.next().to_owned();
        let (digits, is_negative) = text.strip_prefix('-').map_or((text.as_str(), false), |digits| (digits, true));
        let value = match digits.as_bytes() {
            [] => Some(0),
            [b'\'' | b'"', ..] => digits.chars().nth(1).map(|letter| i64::from(u32::from(letter))),
            [b'0', b'x' | b'X', ..] => i64::from_str_radix(&digits[2..], 16).ok(),
            [b'0', _, ..] => i64::from_str_radix(digits, 8).ok(),
            _ => digits.parse().ok(),
        };
        match value {
            Some(value) if is_negative => -value,
            Some(value) => value,
            None => {
                self.status = 1;
                self.errors.push(format!("invalid number '{text}'"));
                0
            }
        }
    }

    /// Prints the format once; says whether `\c` ended the output.
    fn once(&mut self, format: &str, result: &mut Vec<u8>) -> bool {
        let mut rest = format;
        while let Some(percent) = rest.find('%') {
            let (bytes, is_cut) = unescape(&rest[..percent], false);
            result.extend(bytes);
            if is_cut {
                return true;
            }
            rest = &rest[percent + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                result.push(b'%');
                rest = after;
                continue;
            }
            let end = rest.find(|next: char| next.is_ascii_alphabetic()).unwrap_or(rest.len());
            let Some(conversion) = rest[end..].chars().next() else {
                self.status = 1;
                self.errors.push(format!("%{rest}: invalid format"));
                return true;
            };
            let spec = self.spec(&rest[..end]);
            rest = &rest[end + conversion.len_utf8()..];
            if self.convert(conversion, &spec, result) {
                return true;
            }
        }
        let (bytes, is_cut) = unescape(rest, false);
        result.extend(bytes);
        is_cut
    }

    fn spec(&mut self, text: &str) -> Spec {
        let flags: String = text.chars().take_while(|next| "-+ 0#".contains(*next)).collect();
        let (width, precision) = text[flags.len()..].split_once('.').map_or((&text[flags.len()..], None), |(w, p)| (w, Some(p)));
        let mut size = |text: &str| {
            let size = if text == "*" { usize::try_from(self.number()).unwrap_or(0) } else { text.parse().unwrap_or(0) };
            size.min(MAX_PRINTF_BYTES)
        };
        Spec {
            is_left: flags.contains('-'),
            is_zeroed: flags.contains('0'),
            plus: if flags.contains('+') {
                "+"
            } else if flags.contains(' ') {
                " "
            } else {
                ""
            },
            width: size(width),
            precision: precision.map(&mut size),
        }
    }

    fn convert(&mut self, conversion: char, spec: &Spec, result: &mut Vec<u8>) -> bool {
        let cut = |text: &str| spec.precision.map_or_else(|| text.to_owned(), |most| text.chars().take(most).collect());
        match conversion {
            's' => {
                let text = cut(self.next());
                spec.pad(text.as_bytes(), result);
            }
            'b' => {
                let (bytes, is_cut) = unescape(self.next(), true);
                spec.pad(&bytes, result);
                return is_cut;
            }
            'c' => {
                let text: String = self.next().chars().take(1).collect();
                spec.pad(text.as_bytes(), result);
            }
            'd' | 'i' | 'u' => {
                let value = self.number();
                spec.number(value < 0, &value.unsigned_abs().to_string(), result);
            }
            'x' => {
                let value = self.number();
                spec.number(false, &format!("{value:x}"), result);
            }
            'X' => {
                let value = self.number();
                spec.number(false, &format!("{value:X}"), result);
            }
            'o' => {
                let value = self.number();
                spec.number(false, &format!("{value:o}"), result);
            }
            'f' | 'F' | 'e' | 'g' => {
                let text = decimal(self.next(), spec.precision.unwrap_or(6).min(30));
                let digits = text.strip_prefix('-');
                spec.zeroed(digits.is_some(), digits.unwrap_or(&text), result);
            }
            other => {
                self.status = 1;
                self.errors.push(format!("%{other}: invalid format"));
                return true;
            }
        }
        false
    }
}

/// A decimal number with `places` digits after the point, cut, without floating point.
fn decimal(text: &str, places: usize) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = if whole.is_empty() { "0" } else { whole };
    if places == 0 { whole.to_owned() } else { format!("{whole}.{fraction:0<places$.places$}") }
}

/// Digits with zeros before them; the language's own formatting takes no more than 65,535.
fn zeros(digits: &str, width: usize) -> String {
    "0".repeat(width.saturating_sub(digits.len())) + digits
}

struct Spec {
    is_left: bool,
    is_zeroed: bool,
    plus: &'static str,
    width: usize,
    precision: Option<usize>,
}

impl Spec {
    fn pad(&self, bytes: &[u8], result: &mut Vec<u8>) {
        let length = String::from_utf8_lossy(bytes).chars().count();
        let padding = vec![b' '; self.width.saturating_sub(length)];
        if self.is_left {
            result.extend(bytes);
            result.extend(padding);
        } else {
            result.extend(padding);
            result.extend(bytes);
        }
    }

    fn number(&self, is_negative: bool, digits: &str, result: &mut Vec<u8>) {
        match self.precision {
            Some(precision) => {
                let sign = if is_negative { "-" } else { self.plus };
                self.pad(format!("{sign}{}", zeros(digits, precision)).as_bytes(), result);
            }
            None => self.zeroed(is_negative, digits, result),
        }
    }

    fn zeroed(&self, is_negative: bool, digits: &str, result: &mut Vec<u8>) {
        let sign = if is_negative { "-" } else { self.plus };
        let width = if self.is_zeroed && !self.is_left { self.width.saturating_sub(sign.len()) } else { 0 };
        self.pad(format!("{sign}{}", zeros(digits, width)).as_bytes(), result);
    }
}

/// `seq [-w] [-s SEPARATOR] [FIRST [STEP]] LAST`, in integers.
pub(super) fn seq(args: &[String], system: &mut System<'_, '_>) -> Step {
    // A negative number is no option.
    let count = args.iter().take_while(|word| word.starts_with('-') && word.parse::<i64>().is_err()).count();
    let takes_value = |word: &String| word == "-s";
    let end = count + usize::from(args[..count].last().is_some_and(takes_value));
    let (found, _) = match options(&args[..end.min(args.len())], "w", "s") {
        Ok(split) => split,
        Err(letter) => return invalid_option("seq", letter, system),
    };
    let mut numbers = Vec::new();
    for word in args.get(end..).unwrap_or_default() {
        match word.parse::<i64>() {
            Ok(number) => numbers.push(number),
            Err(_) => {
                system.complain(&format!("seq: invalid number '{word}'"));
                return Step::Exit(1);
            }
        }
    }
    let (next, step, last) = match numbers[..] {
        [last] => (1, 1, last),
        [first, last] => (first, 1, last),
        [first, step, last] if step != 0 => (first, step, last),
        _ => {
            system.complain("seq: usage: seq [-w] [-s SEP] [FIRST [INC]] LAST");
            return Step::Exit(1);
        }
    };
    let is_wide = found.iter().any(|(letter, _)| *letter == 'w');
    let width = if is_wide { next.to_string().len().max(last.to_string().len()) } else { 0 };
    let separator = found.iter().find(|(letter, _)| *letter == 's').map_or("\n", |(_, value)| value).to_owned();
    Utility::Seq { next, step, last, separator, width, is_first: true }.into_step()
}

/// `yes [WORD...]`
pub(super) fn yes(args: &[String], _system: &mut System<'_, '_>) -> Step {
    let text = if args.is_empty() { "y".to_owned() } else { args.join(" ") };
    Utility::Yes { line: format!("{text}\n").into_bytes() }.into_step()
}
