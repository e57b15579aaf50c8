//! A program at work, line by line.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use podlapse_model::SortedSet;

use super::super::filter::{MAX_KEPT_BYTES, Next};
use super::{Arithmetic, Comparison, Expr, Loop, ONE, Op, Pattern, Rule, Statement, Target};
use crate::system::System;
use crate::utilities::{print, regex, truncate};

/// A text, or a number; a text from the input that looks like a number counts as one in comparisons.
#[derive(Clone, Debug)]
enum Value {
    Number(i128),
    Text(String),
    Input(String),
}

/// The number that a text begins with, in millionths.
pub(super) fn number(text: &str) -> i128 {
    let text = text.trim_start();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let mut value: i128 = 0;
    let mut scale: Option<i128> = None;
    for character in digits.chars().take(30) {
        match (character.to_digit(10), &mut scale) {
            (Some(digit), None) => value = value.saturating_mul(10).saturating_add(i128::from(digit)),
            (Some(digit), Some(scale)) => {
                *scale /= 10;
                value = value.saturating_add(i128::from(digit) * *scale);
                continue;
            }
            (None, None) if character == '.' => {
                value = value.saturating_mul(ONE);
                scale = Some(ONE);
            }
            (None, _) => break,
        }
    }
    sign * if scale.is_some() { value } else { value.saturating_mul(ONE) }
}

fn looks_numeric(text: &str) -> bool {
    let body = text.trim();
    let digits = body.strip_prefix(['-', '+']).unwrap_or(body);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.') && digits.matches('.').count() < 2
}

fn shown(number: i128) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    let (whole, fraction) = (number / ONE.unsigned_abs(), number % ONE.unsigned_abs());
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    // Six significant digits, as awk shows them.
    let digits = if whole == 0 { 6 } else { 6usize.saturating_sub(whole.to_string().len()).max(1) };
    let fraction = format!("{fraction:06}");
    format!("{sign}{whole}.{}", fraction[..digits].trim_end_matches('0')).trim_end_matches('.').to_owned()
}

impl Value {
    fn number(&self) -> i128 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => number(text),
        }
    }

    fn text(self) -> String {
        match self {
            Value::Number(number) => shown(number),
            Value::Text(text) | Value::Input(text) => text,
        }
    }

    fn is_true(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0,
            Value::Input(text) if looks_numeric(text) => number(text) != 0,
            Value::Text(text) | Value::Input(text) => !text.is_empty(),
        }
    }

    fn is_number(&self) -> bool {
        match self {
            Value::Number(_) => true,
            Value::Input(text) => text.is_empty() || looks_numeric(text),
            Value::Text(_) => false,
        }
    }
}

fn truth(holds: bool) -> Value {
    Value::Number(if holds { ONE } else { 0 })
}

/// The statements that one program may run: a loop may have no end. One that changes texts costs more.
const MAX_STEPS: usize = 2_000_000;
/// The bytes that a text may have; what is beyond is cut.
const MAX_TEXT_BYTES: usize = 64 << 10;

fn bounded(mut text: String) -> String {
    truncate(&mut text, MAX_TEXT_BYTES);
    text
}

/// What comes after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
    /// The line is done with.
    Leave,
}

/// The state of a program.
#[derive(Clone, Debug)]
pub(in crate::utilities) struct Awk {
    rules: Vec<Rule>,
    variables: BTreeMap<String, Value>,
    arrays: BTreeMap<String, BTreeMap<String, Value>>,
    record: String,
    fields: Vec<String>,
    number: i128,
    exit: Option<i32>,
    kept_bytes: usize,
    steps: usize,
    /// The seconds since 1970 when the program began.
    started: i128,
    /// The files that have been written to.
    opened: SortedSet<String>,
}

impl Awk {
    pub(super) fn new(rules: Vec<Rule>) -> Awk {
        let mut awk = Awk {
            rules,
            variables: BTreeMap::new(),
            arrays: BTreeMap::new(),
            record: String::new(),
            fields: Vec::new(),
            number: 0,
            exit: None,
            kept_bytes: 0,
            steps: 0,
            started: 0,
            opened: SortedSet::new(),
        };
        for (name, value) in [("FS", " "), ("OFS", " "), ("ORS", "\n")] {
            awk.set(name, value);
        }
        awk
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), Value::Input(value.to_owned()));
    }

    fn variable(&self, name: &str) -> String {
        self.variables.get(name).cloned().map(Value::text).unwrap_or_default()
    }

    pub(super) fn begin(&mut self, system: &mut System<'_, '_>) {
        self.started = i128::from(system.wall_clock_ns().div_euclid(1_000_000_000)) * ONE;
        let environment = system.core.environment.iter().map(|(name, value)| (name.clone(), Value::Input(value.clone())));
        self.arrays.insert("ENVIRON".to_owned(), environment.collect());
        self.special(|pattern| matches!(pattern, Pattern::Begin), system);
    }

    /// A program that has only BEGIN reads nothing.
    pub(super) fn ends_at_once(&self) -> Option<i32> {
        let only_begins = self.rules.iter().all(|rule| matches!(rule.pattern, Pattern::Begin));
        self.exit.or(only_begins.then_some(0))
    }

    pub(in crate::utilities) fn end(&mut self, system: &mut System<'_, '_>) -> i32 {
        if self.exit.is_none() {
            self.special(|pattern| matches!(pattern, Pattern::End), system);
        }
        self.exit.unwrap_or_default()
    }

    fn special(&mut self, is_due: impl Fn(&Pattern) -> bool, system: &mut System<'_, '_>) {
        let rules: Vec<Rule> = self.rules.iter().filter(|rule| is_due(&rule.pattern)).cloned().collect();
        for rule in rules {
            self.statements(rule.action.as_deref().unwrap_or_default(), system);
        }
    }

    pub(in crate::utilities) fn line(&mut self, line: &[u8], system: &mut System<'_, '_>) -> Next {
        self.number += ONE;
        self.read(String::from_utf8_lossy(line).into_owned());
        let rules = std::mem::take(&mut self.rules);
        for rule in &rules {
            let is_due = match &rule.pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(condition) => self.value(condition).is_true(),
            };
            let goes_on = match &rule.action {
                _ if !is_due => true,
                None => {
                    system.print(&format!("{}{}", self.record, self.variable("ORS")));
                    true
                }
                Some(statements) => self.statements(statements, system) != Flow::Leave,
            };
            if !goes_on {
                break;
            }
        }
        self.rules = rules;
        if self.exit.is_some() { Next::Stop } else { Next::More }
    }

    fn read(&mut self, record: String) {
        self.fields = split(&record, &self.variable("FS"));
        self.record = record;
    }

    /// Carries statements out, as far as they go.
    fn statements(&mut self, statements: &[Statement], system: &mut System<'_, '_>) -> Flow {
        for statement in statements {
            self.steps += 1;
            if MAX_STEPS < self.steps {
                system.complain("awk: cmd. line:1: too many steps");
                self.exit = Some(2);
                return Flow::Leave;
            }
            let flow = self.statement(statement, system);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn statement(&mut self, statement: &Statement, system: &mut System<'_, '_>) -> Flow {
        match statement {
            Statement::Print(list, target) => {
                let texts: Vec<String> = list.iter().map(|expr| self.value(expr).text()).collect();
                let text = if list.is_empty() { self.record.clone() } else { texts.join(&self.variable("OFS")) };
                let text = text + &self.variable("ORS");
                self.write(target.as_ref(), text.as_bytes(), system);
            }
            Statement::Printf(list, target) => {
                let text = self.formatted(list);
                self.write(target.as_ref(), &text, system);
            }
            Statement::If(condition, yes, no) => {
                let chosen = if self.value(condition).is_true() { yes } else { no };
                return self.statements(chosen, system);
            }
            Statement::Loop(inner) => return self.repeat(inner, system),
            Statement::Each { name, array, body } => {
                let indexes: Vec<String> =
                    self.arrays.get(array).map(|array| array.keys().cloned().collect()).unwrap_or_default();
                for index in indexes {
                    self.variables.insert(name.clone(), Value::Input(index));
                    match self.statements(body, system) {
                        Flow::On | Flow::Continue => {}
                        Flow::Break => break,
                        Flow::Leave => return Flow::Leave,
                    }
                }
            }
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Delete(name, index) => {
                let index = index.as_ref().map(|index| self.value(index).text());
                if let Some(array) = self.arrays.get_mut(name) {
                    match index {
                        Some(index) => drop(array.remove(&index)),
                        None => array.clear(),
                    }
                }
            }
            Statement::Expr(expr) => drop(self.value(expr)),
            Statement::Next => return Flow::Leave,
            Statement::Exit(code) => {
                let code = code.as_ref().map_or(0, |code| self.value(code).number() / ONE);
                self.exit = Some(i32::try_from(code).unwrap_or(1));
                return Flow::Leave;
            }
        }
        Flow::On
    }

    fn repeat(&mut self, inner: &Loop, system: &mut System<'_, '_>) -> Flow {
        if let Some(first) = &inner.first {
            self.value(first);
        }
        let mut is_first = inner.is_do;
        loop {
            // A body without statements takes steps as well.
            self.steps += 1;
            let holds = inner.condition.as_ref().is_none_or(|condition| is_first || self.value(condition).is_true());
            if !holds {
                return Flow::On;
            }
            is_first = false;
            // What is beyond the bound is told where statements are counted.
            let body: &[Statement] = if MAX_STEPS < self.steps { &[Statement::Next] } else { &inner.body };
            match self.statements(body, system) {
                Flow::On | Flow::Continue => {}
                Flow::Break => return Flow::On,
                Flow::Leave => return Flow::Leave,
            }
            if let Some(step) = &inner.step {
                self.value(step);
            }
        }
    }

    fn write(&mut self, target: Option<&Target>, text: &[u8], system: &mut System<'_, '_>) {
        let Some(target) = target else { return system.write(1, text) };
        let path = self.value(&target.path).text();
        match path.as_str() {
            "/dev/stdout" | "-" => return system.write(1, text),
            "/dev/stderr" => return system.write(2, text),
            _ => {}
        }
        let (absolute, now) = (system.absolute(&path), system.now);
        let is_new = self.opened.insert(absolute.clone());
        let (fs, volumes) = system.files();
        let is_there = fs.read(volumes, &absolute).is_ok();
        let written = if (is_new && !target.appends) || !is_there {
            fs.write(volumes, &absolute, text.to_vec(), now)
        } else {
            fs.append(volumes, &absolute, text, now)
        };
        if let Err(error) = written {
            system.complain(&format!("awk: cmd. line:1: can't open '{path}': {error}"));
            self.exit = Some(1);
        }
    }

    /// What `printf` and `sprintf` make of a format and its values.
    fn formatted(&mut self, list: &[Expr]) -> Vec<u8> {
        let words: Vec<String> = list.iter().map(|expr| self.value(expr).text()).collect();
        // A width may ask for much.
        self.steps += 256;
        words.split_first().map(|(format, words)| print::formatted(format, words)).unwrap_or_default()
    }

    fn value(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Number(number) => Value::Number(*number),
            Expr::Regex(regex) => truth(regex.is_match(&self.record)),
            Expr::Field(index) => {
                let index = self.value(index).number() / ONE;
                match usize::try_from(index) {
                    Ok(0) => Value::Input(self.record.clone()),
                    Ok(index) => Value::Input(self.fields.get(index - 1).cloned().unwrap_or_default()),
                    Err(_) => Value::Input(String::new()),
                }
            }
            Expr::Variable(name) => match name.as_str() {
                "NF" => Value::Number(i128::try_from(self.fields.len()).unwrap_or_default() * ONE),
                "NR" | "FNR" => Value::Number(self.number),
                name => self.variables.get(name).cloned().unwrap_or(Value::Input(String::new())),
            },
            Expr::Element(name, index) => {
                let index = self.value(index).text();
                // To look at an element makes it.
                let found = self.arrays.get(name).and_then(|array| array.get(&index)).cloned();
                found.unwrap_or_else(|| {
                    let empty = Value::Input(String::new());
                    self.keep(name, index, empty.clone());
                    empty
                })
            }
            Expr::Contains(index, name) => {
                let index = self.value(index).text();
                truth(self.arrays.get(name).is_some_and(|array| array.contains_key(&index)))
            }
            Expr::Not(inner) => truth(!self.value(inner).is_true()),
            Expr::Minus(inner) => Value::Number(-self.value(inner).number()),
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::Ternary(condition, yes, no) => {
                if self.value(condition).is_true() {
                    self.value(yes)
                } else {
                    self.value(no)
                }
            }
            Expr::Assign(place, op, value, gives_old) => {
                let old = self.value(place);
                let right = self.value(value);
                let new = match op {
                    None => right,
                    Some(arithmetic) => arithmetic.apply(old.number(), right.number()),
                };
                self.assign(place, new.clone());
                if *gives_old { Value::Number(old.number()) } else { new }
            }
            Expr::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn keep(&mut self, array: &str, index: String, value: Value) {
        let length = if let Value::Text(text) | Value::Input(text) = &value { text.len() } else { 0 };
        self.kept_bytes += index.len() + length + 64;
        // An array that grows without end stays as it is.
        if self.kept_bytes <= MAX_KEPT_BYTES {
            self.arrays.entry(array.to_owned()).or_default().insert(index, value);
        }
    }

    fn assign(&mut self, place: &Expr, value: Value) {
        match place {
            Expr::Variable(name) => _ = self.variables.insert(name.clone(), value),
            Expr::Element(name, index) => {
                let index = self.value(index).text();
                self.keep(name, index, value);
            }
            Expr::Field(index) => {
                let index = usize::try_from(self.value(index).number() / ONE).unwrap_or_default();
                if index == 0 {
                    self.read(value.text());
                } else if index <= 1_000 {
                    if self.fields.len() < index {
                        self.fields.resize(index, String::new());
                    }
                    self.fields[index - 1] = value.text();
                    self.record = bounded(self.fields.join(&self.variable("OFS")));
                    self.steps += self.record.len() / 64;
                }
            }
            // What is no place keeps nothing, as in `1 = 2`.
            Expr::Text(_)
            | Expr::Number(_)
            | Expr::Regex(_)
            | Expr::Contains(..)
            | Expr::Not(_)
            | Expr::Minus(_)
            | Expr::Binary(..)
            | Expr::Ternary(..)
            | Expr::Assign(..)
            | Expr::Call(..) => {}
        }
    }

    fn binary(&mut self, op: Op, left: &Expr, right: &Expr) -> Value {
        let first = self.value(left);
        match op {
            Op::Or => truth(first.is_true() || self.value(right).is_true()),
            Op::And => truth(first.is_true() && self.value(right).is_true()),
            Op::Matches => truth(self.matches(&first.text(), right)),
            Op::MatchesNot => truth(!self.matches(&first.text(), right)),
            Op::Compare(comparison) => truth(comparison.holds(order(first, self.value(right)))),
            Op::Concat => {
                let text = bounded(first.text() + &self.value(right).text());
                self.steps += text.len() / 64;
                Value::Text(text)
            }
            Op::Calculate(arithmetic) => arithmetic.apply(first.number(), self.value(right).number()),
        }
    }

    /// The regular expression that an argument is or spells.
    fn pattern(&mut self, pattern: &Expr) -> Option<regex_lite::Regex> {
        if let Expr::Regex(regex) = pattern {
            return Some(regex.clone());
        }
        regex::compile(&self.value(pattern).text(), true, false).ok()
    }

    fn matches(&mut self, text: &str, pattern: &Expr) -> bool {
        self.steps += text.len() / 2;
        // A clone would begin with an empty cache for each line.
        if let Expr::Regex(regex) = pattern {
            return regex.is_match(text);
        }
        self.pattern(pattern).is_some_and(|regex| regex.is_match(text))
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Value {
        if let ("sub" | "gsub", [pattern, replacement, rest @ ..]) = (name, arguments) {
            return self.substitute(name == "gsub", pattern, replacement, rest.first());
        }
        if let ("split", [text, Expr::Variable(array), rest @ ..]) = (name, arguments) {
            let text = self.value(text).text();
            let separator = match rest.first() {
                Some(separator) => self.value(separator).text(),
                None => self.variable("FS"),
            };
            let parts = split(&text, &separator);
            let count = parts.len();
            let numbered = (1..).zip(parts).map(|(index, part): (usize, _)| (index.to_string(), Value::Input(part)));
            self.arrays.insert(array.clone(), numbered.collect());
            return Value::Number(i128::try_from(count).unwrap_or_default() * ONE);
        }
        if let ("match", [text, pattern, ..]) = (name, arguments) {
            let text = self.value(text).text();
            let found = self.pattern(pattern).and_then(|regex| regex.find(&text).map(|found| found.range()));
            let count = |range: std::ops::Range<usize>| i128::try_from(text[range].chars().count()).unwrap_or_default() * ONE;
            let (start, length) = found.map_or((0, -ONE), |found| (count(0..found.start) + ONE, count(found)));
            self.variables.insert("RSTART".to_owned(), Value::Number(start));
            self.variables.insert("RLENGTH".to_owned(), Value::Number(length));
            return Value::Number(start);
        }
        if let ("length", [Expr::Variable(array)]) = (name, arguments)
            && let Some(array) = self.arrays.get(array)
        {
            return Value::Number(i128::try_from(array.len()).unwrap_or_default() * ONE);
        }
        if name == "sprintf" {
            return Value::Text(String::from_utf8_lossy(&self.formatted(arguments)).into_owned());
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
        let text = |at: usize| values.get(at).cloned().map(Value::text).unwrap_or_default();
        let count = |count: usize| Value::Number(i128::try_from(count).unwrap_or_default() * ONE);
        match name {
            "length" if values.is_empty() => count(self.record.chars().count()),
            "length" => count(text(0).chars().count()),
            "toupper" => Value::Text(text(0).to_uppercase()),
            "tolower" => Value::Text(text(0).to_lowercase()),
            "systime" => Value::Number(self.started),
            "int" => Value::Number(values.first().map_or(0, Value::number) / ONE * ONE),
            "index" => {
                let (whole, part) = (text(0), text(1));
                count(whole.find(&part).map_or(0, |at| whole[..at].chars().count() + 1))
            }
            "substr" => {
                let number = |at: usize| values.get(at).map(|value| value.number() / ONE);
                // What begins before the text begins with it, without a loss in length.
                let start = number(1).unwrap_or(1).max(1);
                let end = number(2).map_or(i128::MAX, |length| start.saturating_add(length));
                let whole = text(0);
                let within = (1..).zip(whole.chars()).filter(|(at, _)| start <= *at && *at < end);
                Value::Text(within.map(|(_, character)| character).collect())
            }
            _ => Value::Input(String::new()),
        }
    }

    fn substitute(&mut self, is_global: bool, pattern: &Expr, replacement: &Expr, place: Option<&Expr>) -> Value {
        let Some(regex) = self.pattern(pattern) else { return Value::Number(0) };
        let replacement = self.value(replacement).text();
        let whole = Expr::Field(Box::new(Expr::Number(0)));
        let place = place.unwrap_or(&whole);
        let text = self.value(place).text();
        let found = regex.find_iter(&text).take(if is_global { usize::MAX } else { 1 }).count();
        if found == 0 {
            return Value::Number(0);
        }
        // Where the text is cut nothing more need be made.
        let mut left = MAX_TEXT_BYTES;
        let marks = replacement.matches('&').count();
        let replace = |captures: &regex_lite::Captures<'_>| {
            let most = captures[0].len().saturating_mul(marks).saturating_add(replacement.len());
            let made = if most <= left { replacement.replace('&', &captures[0]) } else { String::new() };
            left = if most <= left { left - made.len() } else { 0 };
            made
        };
        let replaced = if is_global { regex.replace_all(&text, replace) } else { regex.replace(&text, replace) };
        let replaced = bounded(replaced.into_owned());
        self.steps += (text.len() + replaced.len()) / 2;
        self.assign(place, Value::Input(replaced));
        Value::Number(i128::try_from(found).unwrap_or_default() * ONE)
    }
}

/// Two numbers compare as such, anything else as text.
fn order(left: Value, right: Value) -> Ordering {
    let are_numbers = left.is_number() && right.is_number();
    if are_numbers { left.number().cmp(&right.number()) } else { left.text().cmp(&right.text()) }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Less => order.is_lt(),
            Comparison::LessEqual => order.is_le(),
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterEqual => order.is_ge(),
        }
    }
}

impl Arithmetic {
    fn apply(self, left: i128, right: i128) -> Value {
        Value::Number(match self {
            Arithmetic::Add => left.saturating_add(right),
            Arithmetic::Subtract => left.saturating_sub(right),
            Arithmetic::Multiply => left.saturating_mul(right) / ONE,
            Arithmetic::Divide => left.saturating_mul(ONE).checked_div(right).unwrap_or_default(),
            Arithmetic::Modulo => left.checked_rem(right).unwrap_or_default(),
        })
    }
}

/// The fields of a line: blanks part them, or one character, or a regular expression.
fn split(text: &str, separator: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    match separator {
        " " => text.split_ascii_whitespace().map(str::to_owned).collect(),
        one if one.chars().count() == 1 && one != "|" => text.split(one).map(str::to_owned).collect(),
        other => match regex::compile(other, true, false) {
            Ok(regex) => regex.split(text).map(str::to_owned).collect(),
            Err(_) => vec![text.to_owned()],
        },
    }
}
