//! `expr`.

use super::regex;
use crate::shell::Step;
use crate::system::System;

/// Brackets within each other.
const MAX_DEPTH: usize = 32;

/// `expr EXPRESSION`: 0 when the result is neither empty nor zero, else 1; 2 for an error.
pub(super) fn expr(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut parser = Parser { words: args, at: 0, depth: 0 };
    let result =
        parser.level(0).and_then(|value| if parser.at < args.len() { Err("syntax error".to_owned()) } else { Ok(value) });
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
    value.is_empty() || value.parse() == Ok(0_i64)
}

struct Parser<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
}

const LEVELS: [&[&str]; 6] = [&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

impl Parser<'_> {
    fn level(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.words.get(self.at).filter(|word| operators.contains(&word.as_str())) {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<String, String> {
        let word = self.words.get(self.at).ok_or("syntax error")?;
        self.at += 1;
        match (word.as_str(), self.words.get(self.at)) {
            ("(", Some(_)) if self.depth < MAX_DEPTH => {
                self.depth += 1;
                let value = self.level(0)?;
                self.depth -= 1;
                if self.words.get(self.at).is_none_or(|word| word != ")") {
                    return Err("syntax error".to_owned());
                }
                self.at += 1;
                Ok(value)
            }
            ("(", Some(_)) => Err("nesting too deep".to_owned()),
            ("length", Some(text)) => {
                self.at += 1;
                Ok(text.chars().count().to_string())
            }
            _ => Ok(word.clone()),
        }
    }
}

fn apply(operator: &str, left: String, right: String) -> Result<String, String> {
    let number = |text: &str| text.parse::<i64>().map_err(|_| "non-numeric argument".to_owned());
    let order = match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.cmp(&right),
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
        ":" => matched(&left, &right),
        _ => {
            let (left, right) = (number(&left)?, number(&right)?);
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

/// `TEXT : REGEX`, anchored at the start: the first group, or the length of the match.
fn matched(text: &str, pattern: &str) -> Result<String, String> {
    let regex = regex::compile(&format!("^{}", pattern.trim_start_matches('^')), false, false)?;
    let captures = regex.captures(text);
    if regex.captures_len() > 1 {
        let group = captures.and_then(|captures| captures.get(1).map(|group| group.as_str().to_owned()));
        return Ok(group.unwrap_or_default());
    }
    Ok(captures.and_then(|captures| captures.get(0)).map_or(0, |all| all.as_str().chars().count()).to_string())
}
