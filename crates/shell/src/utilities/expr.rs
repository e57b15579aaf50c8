//! `expr`. Models busybox 1.35 `coreutils/expr.c`.

use super::{is_whole_number, regex};
use crate::shell::Step;
use crate::system::System;

/// Brackets within each other.
const MAX_DEPTH: usize = 32;

/// `expr EXPRESSION`: 0 when the result is neither empty nor zero, else 1; 2 for an error.
pub(super) fn expr(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut parser = Parser { words: args, at: 0, depth: 0, warnings: Vec::new() };
    let result = match args {
        [] => Err("too few arguments".to_owned()),
        _ => parser.level(0).and_then(|value| if parser.at < args.len() { Err(syntax_error()) } else { Ok(value) }),
    };
    for warning in &parser.warnings {
        system.complain(warning);
    }
    match result {
        Ok(value) => {
            system.print(&format!("{value}\n"));
            Step::Exit(i32::from(is_false(&value)))
        }
        Err(message) => {
            system.complain(&format!("expr: {message}"));
            Step::Exit(2)
        }
    }
}

fn is_false(value: &str) -> bool {
    matches!(value, "" | "0")
}

fn syntax_error() -> String {
    "syntax error".to_owned()
}

/// A whole number, of which one that is too large is the largest.
fn number(text: &str) -> Option<i64> {
    let digits = text.trim_start();
    if !is_whole_number(digits) {
        return None;
    }
    Some(digits.parse().unwrap_or(if digits.starts_with('-') { i64::MIN } else { i64::MAX }))
}

struct Parser<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
    warnings: Vec<String>,
}

const LEVELS: [&[&str]; 6] = [&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

impl Parser<'_> {
    fn level(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else { return self.keyword() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.words.get(self.at).filter(|word| operators.contains(&word.as_str())) {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = if operator == ":" { self.matched(&left, &right)? } else { apply(operator, left, right)? };
        }
        Ok(left)
    }

    /// `length`, `match`, `index` and `substr` with their operands, or a word.
    fn keyword(&mut self) -> Result<String, String> {
        let operands = match self.words.get(self.at).map(String::as_str) {
            Some("length") => 1,
            Some("match" | "index") => 2,
            Some("substr") => 3,
            Some(_) | None => return self.primary(),
        };
        if MAX_DEPTH <= self.depth {
            return Err("nesting too deep".to_owned());
        }
        self.depth += 1;
        self.at += 1;
        let values = (0..operands).map(|_| self.keyword()).collect::<Result<Vec<String>, String>>()?;
        self.depth -= 1;
        match &values[..] {
            [text] => Ok(text.chars().count().to_string()),
            [text, other] if self.words[self.at - 3] == "match" => self.matched(text, other),
            [text, set] => Ok(text.find(|next| set.contains(next)).map_or(0, |at| text[..at].chars().count() + 1).to_string()),
            [text, rest @ ..] => {
                let position = |word: &String| number(word).and_then(|at| usize::try_from(at).ok()).filter(|at| 0 < *at);
                let bounds = rest.iter().map(position).collect::<Option<Vec<usize>>>();
                Ok(bounds.map_or_else(String::new, |bounds| text.chars().skip(bounds[0] - 1).take(bounds[1]).collect()))
            }
            [] => Err(syntax_error()),
        }
    }

    fn primary(&mut self) -> Result<String, String> {
        let word = self.words.get(self.at).ok_or_else(syntax_error)?;
        self.at += 1;
        match (word.as_str(), self.words.get(self.at)) {
            ("(", Some(_)) if self.depth < MAX_DEPTH => {
                self.depth += 1;
                let value = self.level(0)?;
                self.depth -= 1;
                if self.words.get(self.at).is_none_or(|word| word != ")") {
                    return Err(syntax_error());
                }
                self.at += 1;
                Ok(value)
            }
            ("(", Some(_)) => Err("nesting too deep".to_owned()),
            _ => Ok(word.clone()),
        }
    }

    /// `TEXT : REGEX`, anchored at the start: the first group, or the length of the match.
    fn matched(&mut self, text: &str, pattern: &str) -> Result<String, String> {
        if pattern.starts_with('^') {
            self.warnings.push(format!(
                "expr: warning: '{pattern}': using '^' as the first character\nof a basic regular expression is not portable; it is \
                 ignored"
            ));
        }
        let regex = regex::compile(pattern, false, false).map_err(|message| message + ": Invalid regular expression")?;
        let captures = regex.captures(text).filter(|captures| captures.get(0).is_some_and(|all| all.start() == 0));
        if regex.captures_len() > 1 {
            let group = captures.and_then(|captures| captures.get(1).map(|group| group.as_str().to_owned()));
            return Ok(group.unwrap_or_default());
        }
        Ok(captures.and_then(|captures| captures.get(0)).map_or(0, |all| all.as_str().chars().count()).to_string())
    }
}

fn apply(operator: &str, left: String, right: String) -> Result<String, String> {
    let operand = |text: &str| number(text).ok_or_else(|| "non-numeric argument".to_owned());
    let order = match (number(&left), number(&right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (_, _) => left.cmp(&right),
    };
    let truth = |holds: bool| Ok(i64::from(holds).to_string());
    match operator {
        "|" => Ok(if is_false(&left) { right } else { left }),
        "&" => Ok(if is_false(&left) || is_false(&right) { "0".to_owned() } else { left }),
        "<" => truth(order.is_lt()),
        "<=" => truth(order.is_le()),
        "=" | "==" => truth(order.is_eq()),
        "!=" => truth(order.is_ne()),
        ">=" => truth(order.is_ge()),
        ">" => truth(order.is_gt()),
        _ => {
            let (left, right) = (operand(&left)?, operand(&right)?);
            Ok(match operator {
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                _ if right == 0 => return Err("division by zero".to_owned()),
                "/" => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            }
            .to_string())
        }
    }
}
