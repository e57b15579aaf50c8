//! `test` and `[`.

use crate::fs::Metadata;
use crate::shell::Step;
use crate::system::System;

/// Brackets and negations within each other.
const MAX_DEPTH: usize = 32;

/// `test EXPRESSION`
pub(super) fn test(args: &[String], system: &mut System<'_, '_>) -> Step {
    match evaluate(args, system) {
        Ok(holds) => Step::Exit(i32::from(!holds)),
        Err(message) => {
            system.complain(&format!("test: {message}"));
            Step::Exit(2)
        }
    }
}

/// `[ EXPRESSION ]`
pub(super) fn bracket(args: &[String], system: &mut System<'_, '_>) -> Step {
    match args.split_last() {
        Some((last, rest)) if last.starts_with(']') => test(rest, system),
        Some(_) | None => {
            system.complain("[: missing ]");
            Step::Exit(2)
        }
    }
}

/// Whether the expression holds, or the message why it cannot be read.
pub(crate) fn evaluate(words: &[String], system: &System<'_, '_>) -> Result<bool, String> {
    let mut parser = Parser { words, at: 0, system, depth: 0 };
    // POSIX decides short expressions by their length, so that operands may look like operators.
    match words {
        [] => return Ok(false),
        [only] => return Ok(!only.is_empty()),
        [not, only] if not == "!" => return Ok(only.is_empty()),
        [left, operator, right] if is_binary(operator) => return parser.binary(left, operator, right),
        [not, operator, operand] if not == "!" && is_unary(operator) => {
            return parser.unary(operator, operand).map(|holds| !holds);
        }
        [not, left, operator, right] if not == "!" && is_binary(operator) => {
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

fn is_unary(word: &str) -> bool {
    word.len() == 2 && word.starts_with('-') && word[1..].bytes().all(|byte| b"bcdefghkLnOGprsStuwxz".contains(&byte))
}

fn is_binary(word: &str) -> bool {
    matches!(word, "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef")
}

struct Parser<'a, 's, 'w> {
    words: &'a [String],
    at: usize,
    system: &'a System<'s, 'w>,
    depth: usize,
}

impl Parser<'_, '_, '_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut holds = self.and()?;
        while matches!(self.peek(), Some("-o" | "||")) {
            self.at += 1;
            holds |= self.and()?;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut holds = self.not()?;
        while matches!(self.peek(), Some("-a" | "&&")) {
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
        if let (Some(operator), Some(right)) = (words.get(self.at + 1), words.get(self.at + 2))
            && is_binary(operator)
        {
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
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| format!("{text}: bad number"));
        let modified = |path: &str| self.metadata(path).map(|found| found.modified);
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
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
