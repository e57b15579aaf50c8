//! `test`, `[` and `[[`. Models busybox 1.35 `coreutils/test.c`.

use super::{is_whole_number, regex};
use crate::fs::Metadata;
use crate::system::System;

/// Brackets and negations within each other.
const MAX_DEPTH: usize = 32;

/// The status of a command that is called `name`, in messages `applet`.
pub(crate) fn command(name: &str, applet: &str, args: &[String], system: &mut System<'_, '_>) -> i32 {
    let closing = match name {
        "[" => "]",
        "[[" => "]]",
        _ => return run(applet, args, false, system),
    };
    match args.split_last() {
        Some((last, rest)) if last == closing => run(applet, rest, name == "[[", system),
        Some(_) | None => {
            system.complain(&format!("{applet}: missing {closing}"));
            2
        }
    }
}

fn run(applet: &str, args: &[String], is_extended: bool, system: &mut System<'_, '_>) -> i32 {
    match evaluate(args, is_extended, system) {
        Ok(holds) => i32::from(!holds),
        Err(message) => {
            system.complain(&format!("{applet}: {message}"));
            2
        }
    }
}

/// Whether the expression holds, or the message why it cannot be read.
fn evaluate(words: &[String], is_extended: bool, system: &System<'_, '_>) -> Result<bool, String> {
    let mut parser = Parser { words, at: 0, is_extended, system, depth: 0 };
    // POSIX decides short expressions by their length, so that operands may look like operators.
    match words {
        [] => return Ok(false),
        [only] => return Ok(!only.is_empty()),
        [not, only] if not == "!" => return Ok(only.is_empty()),
        [left, operator, right] if parser.is_binary(operator) => return parser.binary(left, operator, right),
        [not, operator, operand] if not == "!" && is_unary(operator) => {
            return parser.unary(operator, operand).map(|holds| !holds);
        }
        [not, left, operator, right] if not == "!" && parser.is_binary(operator) => {
            return parser.binary(left, operator, right).map(|holds| !holds);
        }
        _ => {}
    }
    let holds = parser.or()?;
    match words.get(parser.at) {
        Some(word) => Err(format!("{word}: unknown operand")),
        None => Ok(holds),
    }
}

/// What is wrong with a word, which may be empty.
fn complaint(word: &str, message: &str) -> String {
    if word.is_empty() { message.to_owned() } else { format!("{word}: {message}") }
}

fn is_unary(word: &str) -> bool {
    word.len() == 2 && word.starts_with('-') && word[1..].bytes().all(|byte| b"bcdefghkLnOGprsStuwxz".contains(&byte))
}

struct Parser<'a, 's, 'w> {
    words: &'a [String],
    at: usize,
    /// Within `[[ ]]`, which has `=~`, `&&` and `||`.
    is_extended: bool,
    system: &'a System<'s, 'w>,
    depth: usize,
}

impl Parser<'_, '_, '_> {
    fn is_binary(&self, word: &str) -> bool {
        matches!(word, "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef")
            || (word == "=~" && self.is_extended)
    }

    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut holds = self.and()?;
        while self.peek() == Some(if self.is_extended { "||" } else { "-o" }) {
            self.at += 1;
            holds |= self.and()?;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut holds = self.not()?;
        while self.peek() == Some(if self.is_extended { "&&" } else { "-a" }) {
            self.at += 1;
            holds &= self.not()?;
        }
        Ok(holds)
    }

    fn not(&mut self) -> Result<bool, String> {
        if MAX_DEPTH <= self.depth {
            return Err("nesting too deep".to_owned());
        }
        self.depth += 1;
        let holds = self.primary();
        self.depth -= 1;
        holds
    }

    fn primary(&mut self) -> Result<bool, String> {
        let words = self.words;
        let Some(word) = words.get(self.at) else { return Err("argument expected".to_owned()) };
        if let Some(operator) = words.get(self.at + 1).filter(|operator| self.is_binary(operator)) {
            let right = words.get(self.at + 2).ok_or_else(|| complaint(operator, "argument expected"))?;
            self.at += 3;
            return self.binary(word, operator, right);
        }
        self.at += 1;
        match word.as_str() {
            "!" => self.not().map(|holds| !holds),
            "(" => {
                let holds = self.or()?;
                if self.peek() != Some(")") {
                    return Err("closing paren expected".to_owned());
                }
                self.at += 1;
                Ok(holds)
            }
            operator if is_unary(operator) && self.at < words.len() => {
                self.at += 1;
                self.unary(operator, &words[self.at - 1])
            }
            text => Ok(!text.is_empty()),
        }
    }

    fn metadata(&self, path: &str) -> Option<Metadata> {
        if matches!(path, "/dev/null" | "/dev/zero" | "/dev/urandom" | "/dev/stdout" | "/dev/stderr" | "/dev/stdin") {
            let modified = podlapse_model::SimTime::ZERO;
            return Some(Metadata { is_dir: false, is_executable: false, len: 0, modified });
        }
        if path.is_empty() {
            return None;
        }
        self.system.fs().metadata(self.system.volumes(), &self.system.absolute(path)).ok()
    }

    fn unary(&self, operator: &str, operand: &str) -> Result<bool, String> {
        let found = self.metadata(operand);
        let is_device = operand.starts_with("/dev/") && !operand[5..].contains('/') && found.is_some();
        Ok(match operator {
            "-n" => !operand.is_empty(),
            "-z" => operand.is_empty(),
            "-e" | "-r" | "-w" | "-O" | "-G" => found.is_some(),
            "-f" => found.is_some_and(|found| !found.is_dir && !is_device),
            "-d" => found.is_some_and(|found| found.is_dir),
            "-s" => found.is_some_and(|found| found.is_dir || 0 < found.len),
            "-x" => {
                // The shell and the utilities are not in the tree, but they are there.
                found.is_some_and(|found| found.is_executable)
                    || (found.is_none() && operand.starts_with('/') && crate::launch::is_interpretable(operand))
            }
            "-c" => is_device,
            // No links, pipes, sockets, block devices or terminals are modelled.
            _ => false,
        })
    }

    fn binary(&self, left: &str, operator: &str, right: &str) -> Result<bool, String> {
        let number = |text: &str| {
            let digits = text.trim();
            let problem = if is_whole_number(digits) { "out of range" } else { "bad number" };
            digits.parse::<i64>().map_err(|_| complaint(text, problem))
        };
        let modified = |path: &str| self.metadata(path).map(|found| found.modified);
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
            "=~" => regex::compile(right, true, false)?.is_match(left),
            "<" => left < right,
            ">" => right < left,
            "-eq" => number(left)? == number(right)?,
            "-ne" => number(left)? != number(right)?,
            "-lt" => number(left)? < number(right)?,
            "-le" => number(left)? <= number(right)?,
            "-gt" => number(left)? > number(right)?,
            "-ge" => number(left)? >= number(right)?,
            "-nt" => modified(left) > modified(right),
            "-ot" => modified(left) < modified(right),
            _ => self.system.absolute(left) == self.system.absolute(right) && self.metadata(left).is_some(),
        })
    }
}
