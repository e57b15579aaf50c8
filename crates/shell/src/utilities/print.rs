//! `echo`, `printf`, `seq` and `yes`.

use super::escapes::unescape;
use super::{Utility, has_option, invalid_option, is_whole_number, option_value, options, usage};
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

/// `printf FORMAT ARGUMENT...`: the format repeats while arguments are left. Messages begin with `applet`.
///
/// Models busybox 1.35 `coreutils/printf.c`, but for numbers with an exponent of two (`%a`).
pub(crate) fn printf(applet: &str, args: &[String], system: &mut System<'_, '_>) -> i32 {
    let args = if args.first().is_some_and(|word| word == "--") { &args[1..] } else { args };
    let Some((format, args)) = args.split_first() else {
        system.complain(&format!("{applet}: usage: printf FORMAT [ARGUMENT...]"));
        return 2;
    };
    let mut state = Printf { args, at: 0, is_lenient: false, status: 0, errors: Vec::new() };
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
        system.complain(&format!("{applet}: {error}"));
    }
    state.status
}

/// The format of `awk`, once: what begins with a number counts as that number, and nothing is an error.
pub(super) fn formatted(format: &str, args: &[String]) -> Vec<u8> {
    let mut state = Printf { args, at: 0, is_lenient: true, status: 0, errors: Vec::new() };
    let mut result = Vec::new();
    state.once(format, &mut result);
    result
}

/// The decimal number that a text begins with.
fn leading(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = text.find(|next: char| !next.is_ascii_digit() && !"+-.eE".contains(next)).unwrap_or(text.len());
    loop {
        match text[..end].parse() {
            Ok(number) => return number,
            Err(_) if end == 0 => return 0.0,
            Err(_) => end -= 1,
        }
    }
}

/// A whole number as `strtoll` and `strtoull` read it, its base by its prefix.
fn whole_number(text: &str) -> Option<i128> {
    let (digits, is_negative) = text.strip_prefix('-').map_or((text, false), |digits| (digits, true));
    let digits = if is_negative { digits } else { digits.strip_prefix('+').unwrap_or(digits) };
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    // What the language's own parser takes beside digits.
    let value = if digits.starts_with(['+', '-']) { None } else { i128::from_str_radix(digits, radix).ok() };
    value.map(|value| if is_negative { -value } else { value })
}

struct Printf<'a> {
    args: &'a [String],
    at: usize,
    is_lenient: bool,
    status: i32,
    errors: Vec<String>,
}

impl Printf<'_> {
    fn next(&mut self) -> &str {
        self.at += 1;
        self.args.get(self.at - 1).map_or("", String::as_str)
    }

    fn invalid(&mut self, text: &str) {
        self.errors.push(format!("invalid number '{text}'"));
    }

    /// The next value if `fits` takes it, else 0 and a complaint.
    fn number(&mut self, fits: fn(i128) -> Option<i64>) -> i64 {
        let text = self.next().to_owned();
        if self.is_lenient {
            return leading(&text) as i64;
        }
        let value = match text.strip_prefix(['\'', '"']) {
            Some(letter) => Some(letter.chars().next().map_or(0, |letter| i64::from(u32::from(letter)))),
            None => whole_number(text.trim_start()).and_then(fits),
        };
        value.unwrap_or_else(|| {
            self.status = 1;
            self.invalid(&text);
            0
        })
    }

    fn float(&mut self) -> f64 {
        let text = self.next().to_owned();
        if self.is_lenient {
            return leading(&text);
        }
        let trimmed = text.trim_start();
        let value = match whole_number(trimmed).filter(|_| trimmed.contains(['x', 'X'])) {
            Some(whole) => Some(whole as f64),
            None if text.is_empty() => Some(0.0),
            None => trimmed.parse().ok(),
        };
        value.unwrap_or_else(|| {
            self.status = 1;
            self.invalid(&text);
            0.0
        })
    }

    /// Prints the format once; says whether `\c` or an error ended the output.
    fn once(&mut self, format: &str, result: &mut Vec<u8>) -> bool {
        let mut rest = format;
        while let Some(percent) = rest.find('%') {
            if MAX_PRINTF_BYTES < result.len() {
                return true;
            }
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
            let end = rest.find(|next| !"-+ 0#.*123456789".contains(next)).unwrap_or(rest.len());
            let (flags, after) = rest.split_at(end);
            // How long a number is changes nothing, as all are 64 bits long.
            let after = after.trim_start_matches(['h', 'l', 'L', 'j', 't', 'z']);
            let Some(conversion) = after.chars().next().filter(|letter| "diouxXcsbfeEgG".contains(*letter)) else {
                self.status = 1;
                self.errors.push(format!("%{flags}{after}: invalid format"));
                return true;
            };
            let spec = self.spec(flags);
            rest = &after[1..];
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
        let mut is_left = flags.contains('-');
        let mut size = |text: &str| {
            if text != "*" {
                return text.parse().unwrap_or(0).min(MAX_PRINTF_BYTES as i64);
            }
            let has_word = self.at < self.args.len();
            let given = self.next().to_owned();
            let parsed = given.parse::<i32>().ok().filter(|_| !given.starts_with('+'));
            if parsed.is_none() && has_word {
                self.invalid(&given);
            }
            i64::from(parsed.unwrap_or(0)).clamp(-(MAX_PRINTF_BYTES as i64), MAX_PRINTF_BYTES as i64)
        };
        let width = size(width);
        is_left |= width < 0;
        Spec {
            is_left,
            is_zeroed: flags.contains('0'),
            is_marked: flags.contains('#'),
            plus: if flags.contains('+') {
                "+"
            } else if flags.contains(' ') {
                " "
            } else {
                ""
            },
            width: width.unsigned_abs() as usize,
            precision: precision.map(&mut size).and_then(|precision| usize::try_from(precision).ok()),
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
                let text: String = self.next().chars().next().unwrap_or('\0').into();
                spec.pad(text.as_bytes(), result);
            }
            'd' | 'i' => {
                let value = self.number(|value| i64::try_from(value).ok());
                let sign = if value < 0 { "-" } else { spec.plus };
                spec.number(sign, &value.unsigned_abs().to_string(), result);
            }
            'u' | 'x' | 'X' | 'o' => {
                // A negative number has the bits of its complement.
                let value =
                    self.number(|value| u64::try_from(value).map(u64::cast_signed).or_else(|_| i64::try_from(value)).ok());
                let (mark, digits) = match conversion {
                    'x' => ("0x", format!("{value:x}")),
                    'X' => ("0X", format!("{value:X}")),
                    'o' => ("0", format!("{value:o}")),
                    _ => ("", value.cast_unsigned().to_string()),
                };
                spec.number(if spec.is_marked && value != 0 { mark } else { "" }, &digits, result);
            }
            _ => {
                let value = self.float();
                let text = float_text(value.abs(), conversion.to_ascii_lowercase(), spec);
                let text = if conversion.is_ascii_uppercase() { text.to_uppercase() } else { text };
                let sign = if value.is_sign_negative() && !value.is_nan() { "-" } else { spec.plus };
                spec.zeroed(sign, &text, spec.is_zeroed && value.is_finite(), result);
            }
        }
        false
    }
}

/// A number without its sign, as `%f`, `%e` and `%g` print it.
fn float_text(value: f64, conversion: char, spec: &Spec) -> String {
    // More digits than a number has are all zeros.
    const MOST_DIGITS: usize = 1_000;
    let places = spec.precision.unwrap_or(6).min(MOST_DIGITS);
    if !value.is_finite() {
        return if value.is_nan() { "nan" } else { "inf" }.to_owned();
    }
    let scientific = |places: usize| {
        let text = format!("{value:.places$e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent = exponent.parse::<i32>().unwrap_or(0);
        (digits.to_owned(), exponent)
    };
    let with_exponent = |digits: &str, exponent: i32| {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    };
    match conversion {
        'f' => format!("{value:.places$}"),
        'e' => {
            let (digits, exponent) = scientific(places);
            with_exponent(&digits, exponent)
        }
        _ => {
            let significant = places.max(1);
            let (digits, exponent) = scientific(significant - 1);
            let bare = |digits: &str| match digits.contains('.') && !spec.is_marked {
                true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => digits.to_owned(),
            };
            let is_plain = -4 <= exponent && i64::from(exponent) < significant as i64;
            if is_plain {
                let places = (significant as i64 - 1 - i64::from(exponent)).unsigned_abs() as usize;
                bare(&format!("{value:.places$}"))
            } else {
                with_exponent(&bare(&digits), exponent)
            }
        }
    }
}

/// Digits with zeros before them; the language's own formatting takes no more than 65,535.
fn zeros(digits: &str, width: usize) -> String {
    "0".repeat(width.saturating_sub(digits.len())) + digits
}

struct Spec {
    is_left: bool,
    is_zeroed: bool,
    /// `#`: with the mark of the base, or all digits.
    is_marked: bool,
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

    /// A whole number; with a precision zeros come from that alone.
    fn number(&self, sign: &str, digits: &str, result: &mut Vec<u8>) {
        match self.precision {
            Some(precision) => self.pad(format!("{sign}{}", zeros(digits, precision)).as_bytes(), result),
            None => self.zeroed(sign, digits, self.is_zeroed, result),
        }
    }

    fn zeroed(&self, sign: &str, digits: &str, is_zeroed: bool, result: &mut Vec<u8>) {
        let width = if is_zeroed && !self.is_left { self.width.saturating_sub(sign.len()) } else { 0 };
        self.pad(format!("{sign}{}", zeros(digits, width)).as_bytes(), result);
    }
}

/// The most places after the point that `seq` counts with.
const MAX_PLACES: usize = 6;

/// A decimal number in units of its last place, and how many places it has.
fn decimal(text: &str) -> Option<(i64, usize)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = [whole, fraction].concat();
    let is_number = is_whole_number(&digits) && fraction.len() <= MAX_PLACES;
    if is_number { digits.parse().ok().map(|units| (units, fraction.len())) } else { None }
}

/// `seq [-w] [-s SEPARATOR] [FIRST [STEP]] LAST`
pub(super) fn seq(args: &[String], system: &mut System<'_, '_>) -> Step {
    // A negative number in front is taken for an option, as it is there.
    let (found, words) = match options(args, "w", "s") {
        Ok(split) => split,
        Err(letter) => return invalid_option("seq", letter, system),
    };
    let numbers: Option<Vec<(i64, usize)>> = words.iter().map(|word| decimal(word)).collect();
    let one = (1, 0);
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (one, one, *last),
        Some([first, last]) => (*first, one, *last),
        Some([first, step, last]) => (*first, *step, *last),
        Some(_) | None => return usage("seq", system),
    };
    // The last number says how far it goes, but not how many places are shown.
    let places = first.1.max(step.1);
    let unit = |places: usize| 10_i64.pow(u32::try_from(places).unwrap_or(0));
    let scaled = |(units, own): (i64, usize)| {
        let units = units.saturating_mul(unit(places.saturating_sub(own)));
        let beyond = unit(own.saturating_sub(places));
        if step.0 < 0 { -(-units).div_euclid(beyond) } else { units.div_euclid(beyond) }
    };
    let (next, step, last) = (scaled(first), scaled(step), scaled(last));
    let is_wide = has_option(&found, "w");
    let length = |units: i64| (units / unit(places)).to_string().len() + usize::from(units < 0 && units / unit(places) == 0);
    let width = if is_wide { length(next).max(length(last)) + if places == 0 { 0 } else { places + 1 } } else { 0 };
    let separator = option_value(&found, 's').unwrap_or("\n").to_owned();
    Utility::Seq { next, step, last, separator, places, width, is_first: true }.into_step()
}

/// A number of `seq`, in units of its last place.
pub(super) fn seq_number(units: i64, places: usize, width: usize) -> String {
    if places == 0 {
        return format!("{units:0width$}");
    }
    let digits = zeros(&units.unsigned_abs().to_string(), places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{}.{fraction}", zeros(whole, width.saturating_sub(sign.len() + places + 1)))
}

/// `yes [WORD...]`
pub(super) fn yes(args: &[String], _system: &mut System<'_, '_>) -> Step {
    let text = if args.is_empty() { "y".to_owned() } else { args.join(" ") };
    Utility::Yes { line: format!("{text}\n").into_bytes() }.into_step()
}
