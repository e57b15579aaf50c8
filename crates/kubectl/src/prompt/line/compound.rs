//! Loops and choices: `for`, `while`, `until` and `if`.

use super::tokens::Token;
use super::{Pipeline, list, shell_text};

/// A compound command, of words `W` and lists of commands `B`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Compound<W, B> {
    /// `for name in words; do body; done`.
    For { name: String, words: W, body: B },
    /// `while condition; do body; done`, or `until`.
    While { is_until: bool, condition: B, body: B },
    /// `if condition; then body; elif ...; else otherwise; fi`.
    If { clauses: Vec<(B, B)>, otherwise: B },
}

/// A compound command whose parts are not taken apart.
pub(super) type Unread = Compound<Vec<Token>, Vec<Token>>;

impl Unread {
    /// The command with its parts taken apart.
    pub(super) fn read(self, documents: &mut std::vec::IntoIter<String>) -> Result<Compound<String, Vec<Pipeline>>, String> {
        Ok(match self {
            Compound::For { name, words, body } => {
                let words = shell_text(&words, documents);
                Compound::For { name, words, body: list(body, documents)? }
            }
            Compound::While { is_until, condition, body } => {
                let condition = list(condition, documents)?;
                Compound::While { is_until, condition, body: list(body, documents)? }
            }
            Compound::If { clauses, otherwise } => {
                let mut read = Vec::with_capacity(clauses.len());
                for (condition, body) in clauses {
                    read.push((list(condition, documents)?, list(body, documents)?));
                }
                Compound::If { clauses: read, otherwise: list(otherwise, documents)? }
            }
        })
    }
}

/// The tokens with each compound command as one of them.
///
/// # Errors
/// What is wrong with them, in the shell's words.
pub(super) fn compounds(tokens: Vec<Token>, depth: usize) -> Result<Vec<Token>, String> {
    Ok(Reader { tokens: tokens.into_iter() }.until(&[], depth)?.0)
}

struct Reader {
    tokens: std::vec::IntoIter<Token>,
}

impl Reader {
    /// The tokens up to the first of these words that stands where a command begins, and that word.
    fn until(&mut self, ends: &[&str], depth: usize) -> Result<(Vec<Token>, String), String> {
        let Some(depth) = depth.checked_sub(1) else { return Err("sh: syntax error: too deeply nested\n".to_owned()) };
        let mut out: Vec<Token> = Vec::new();
        while let Some(token) = self.tokens.next() {
            let begins = matches!(out.last(), None | Some(Token::Operator(";" | "&&" | "||" | "|")));
            match &token {
                Token::Word(word) if begins && ends.contains(&word.as_str()) => return Ok((out, word.clone())),
                Token::Word(word) if begins => match self.compound(word, depth)? {
                    Some(compound) => out.push(Token::Compound(compound)),
                    None => out.push(token),
                },
                Token::Word(_) | Token::Operator(_) | Token::Compound(_) => out.push(token),
            }
        }
        match ends.last() {
            None => Ok((out, String::new())),
            Some(end) => Err(format!("sh: syntax error: unexpected end of file (expecting \"{end}\")\n")),
        }
    }

    /// The compound command that this word begins.
    fn compound(&mut self, word: &str, depth: usize) -> Result<Option<Unread>, String> {
        Ok(Some(match word {
            "for" => {
                let wrong = || "sh: syntax error: a loop is written for NAME in WORDS; do COMMANDS; done\n".to_owned();
                let (head, _) = self.until(&["do"], depth)?;
                let [Token::Word(name), Token::Word(of), words @ ..] = head.as_slice() else { return Err(wrong()) };
                let end = words.iter().position(|token| *token == Token::Operator(";")).unwrap_or(words.len());
                if of != "in" || words[end..].len() > 1 {
                    return Err(wrong());
                }
                Compound::For { name: name.clone(), words: words[..end].to_vec(), body: self.until(&["done"], depth)?.0 }
            }
            "while" | "until" => {
                let condition = self.until(&["do"], depth)?.0;
                Compound::While { is_until: word == "until", condition, body: self.until(&["done"], depth)?.0 }
            }
            "if" => {
                let mut clauses = Vec::new();
                loop {
                    let condition = self.until(&["then"], depth)?.0;
                    let (body, end) = self.until(&["elif", "else", "fi"], depth)?;
                    clauses.push((condition, body));
                    match end.as_str() {
                        "elif" => {}
                        "else" => break Compound::If { clauses, otherwise: self.until(&["fi"], depth)?.0 },
                        _ => break Compound::If { clauses, otherwise: Vec::new() },
                    }
                }
            }
            _ => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Stage, parse};
    use super::Compound;

    #[test]
    fn choices_and_loops_nest() {
        let line =
            "while true; do if kubectl get po a; then break; elif [ -f x ]; then echo b; else echo c; fi; sleep 1; done; echo d";
        let pipelines = parse(line).unwrap();
        assert_eq!(pipelines.len(), 2);
        let [Stage::Compound(Compound::While { is_until: false, condition, body })] = pipelines[0].stages.as_slice() else {
            panic!()
        };
        assert_eq!((condition.len(), body.len()), (1, 2));
        let [Stage::Compound(Compound::If { clauses, otherwise })] = body[0].stages.as_slice() else { panic!() };
        assert_eq!((clauses.len(), otherwise.len()), (2, 1));
    }

    #[test]
    fn what_is_not_ended_is_told() {
        assert_eq!(parse("if true; then echo").unwrap_err(), "sh: syntax error: unexpected end of file (expecting \"fi\")\n");
        assert_eq!(parse("while true").unwrap_err(), "sh: syntax error: unexpected end of file (expecting \"do\")\n");
        assert!(parse("for in a; do b; done").is_err());
        assert!(parse(&"if true; then ".repeat(100)).is_err());
        // Words that begin nothing where they stand are words.
        assert!(parse("echo if then do done").is_ok());
    }
}
