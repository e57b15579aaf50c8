//! Commands, pipelines and lists (`list`, `andor`, `pipeline`, `parse_command` and `simplecmd` of `shell/ash.c`).

use std::sync::Arc;

use super::token::{Token, plain_text};
use super::{Parser, SyntaxError, error, word};
use crate::shell::is_name;
use crate::syntax::{
    AndOr, Command, Compound, Connector, Item, List, Part, Piece, Pipeline, Redirect, RedirectKind, Simple, Word,
};

/// Where a list ends, if a command could begin there.
const LIST_ENDS: [&str; 9] = ["then", "elif", "else", "fi", "do", "done", "esac", "}", "in"];

/// The message about a token that cannot stand where it is.
pub(super) fn unexpected(token: &Token) -> SyntaxError {
    match token {
        Token::End => error("unexpected end of file"),
        Token::Newline => error("unexpected newline"),
        Token::Word(_) if !LIST_ENDS.contains(&token.text()) => error("unexpected word"),
        Token::Operator(_) | Token::Descriptor(_) if token.is_redirection() => error("unexpected redirection"),
        Token::Word(_) | Token::Operator(_) | Token::Descriptor(_) => SyntaxError(format!("unexpected \"{}\"", token.text())),
    }
}

impl Parser<'_> {
    /// All of the text.
    pub(super) fn script(&mut self) -> Result<Arc<List>, SyntaxError> {
        let list = self.items()?;
        let token = self.take()?;
        if matches!(token, Token::End) { Ok(Arc::new(list)) } else { Err(unexpected(&token)) }
    }

    /// The commands of a substitution, and the bracket that ends it.
    pub(super) fn bracketed(&mut self) -> Result<Arc<List>, SyntaxError> {
        let list = self.items()?;
        self.expect(")")?;
        Ok(Arc::new(list))
    }

    /// A list of commands, which may be empty.
    fn items(&mut self) -> Result<List, SyntaxError> {
        let mut list = List::new();
        loop {
            self.skip_newlines()?;
            let token = self.peek()?;
            if matches!(token, Token::End) || matches!(token.text(), ")" | ";;") || LIST_ENDS.contains(&token.text()) {
                return Ok(list);
            }
            let and_or = Arc::new(self.and_or()?);
            let is_background = self.eat_token("&")?;
            list.push(Item { and_or, is_background });
            if !is_background && !self.eat_token(";")? && !matches!(self.peek()?, Token::Newline) {
                return Ok(list);
            }
        }
    }

    /// The commands within a construct: there must be one.
    fn body(&mut self) -> Result<Arc<List>, SyntaxError> {
        let list = self.items()?;
        if list.is_empty() { Err(self.unexpected_here()) } else { Ok(Arc::new(list)) }
    }

    fn unexpected_here(&mut self) -> SyntaxError {
        match self.take() {
            Ok(token) => unexpected(&token),
            Err(error) => error,
        }
    }

    fn skip_newlines(&mut self) -> Result<(), SyntaxError> {
        while matches!(self.peek()?, Token::Newline) {
            self.next = None;
        }
        Ok(())
    }

    /// Reads the operator or keyword `text` if it comes next.
    fn eat_token(&mut self, text: &str) -> Result<bool, SyntaxError> {
        let comes = self.peek()?.text() == text;
        if comes {
            self.next = None;
        }
        Ok(comes)
    }

    fn expect(&mut self, text: &str) -> Result<(), SyntaxError> {
        if self.eat_token(text)? {
            return Ok(());
        }
        Err(SyntaxError(format!("{} (expecting \"{text}\")", self.unexpected_here().0)))
    }

    fn and_or(&mut self) -> Result<AndOr, SyntaxError> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let connector = match self.peek()? {
                Token::Operator("&&") => Connector::And,
                Token::Operator("||") => Connector::Or,
                Token::Operator(_) | Token::Word(_) | Token::Descriptor(_) | Token::Newline | Token::End => {
                    return Ok(AndOr { first, rest });
                }
            };
            self.next = None;
            self.skip_newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, SyntaxError> {
        let is_negated = self.eat_token("!")?;
        if is_negated && self.peek()?.text() == "!" {
            return Err(error("unexpected \"!\""));
        }
        let mut commands = vec![Arc::new(self.command()?)];
        while self.eat_token("|")? {
            self.skip_newlines()?;
            commands.push(Arc::new(self.command()?));
        }
        Ok(Pipeline { is_negated, commands })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        self.enter()?;
        let compound: fn(&mut Self) -> Result<Compound, SyntaxError> = match self.peek()?.text() {
            "if" => Self::if_clause,
            "while" => |parser| parser.loop_clause(false),
            "until" => |parser| parser.loop_clause(true),
            "for" => Self::for_clause,
            "case" => Self::case_clause,
            "{" => |parser| Ok(Compound::Group(parser.closed("}")?)),
            "(" => |parser| Ok(Compound::Subshell(parser.closed(")")?)),
            "function" => {
                self.next = None;
                let name = self.name("unexpected word")?;
                if self.eat_token("(")? {
                    self.expect(")")?;
                }
                let function = self.function(name);
                self.leave();
                return function;
            }
            _ => {
                let simple = self.simple();
                self.leave();
                return simple;
            }
        };
        self.next = None;
        let kind = compound(self)?;
        let mut redirects = Vec::new();
        while self.peek()?.is_redirection() {
            redirects.push(self.redirect()?);
        }
        self.leave();
        Ok(Command::Compound { kind, redirects })
    }

    fn closed(&mut self, end: &str) -> Result<Arc<List>, SyntaxError> {
        let list = self.body()?;
        self.expect(end)?;
        Ok(list)
    }

    fn if_clause(&mut self) -> Result<Compound, SyntaxError> {
        let (mut branches, mut otherwise) = (Vec::new(), None);
        loop {
            let condition = self.body()?;
            self.expect("then")?;
            branches.push((condition, self.body()?));
            if !self.eat_token("elif")? {
                break;
            }
        }
        if self.eat_token("else")? {
            otherwise = Some(self.body()?);
        }
        self.expect("fi")?;
        Ok(Compound::If { branches, otherwise })
    }

    fn loop_clause(&mut self, is_until: bool) -> Result<Compound, SyntaxError> {
        let condition = self.body()?;
        Ok(Compound::Loop { is_until, condition, body: self.do_group()? })
    }

    fn do_group(&mut self) -> Result<Arc<List>, SyntaxError> {
        self.expect("do")?;
        self.closed("done")
    }

    fn name(&mut self, message: &str) -> Result<String, SyntaxError> {
        let token = self.take()?;
        let name = if let Token::Word(word) = &token { plain_text(word) } else { None };
        name.map(str::to_owned).ok_or_else(|| error(message))
    }

    fn for_clause(&mut self) -> Result<Compound, SyntaxError> {
        let variable = self.name("bad for loop variable")?;
        if !is_name(&variable) {
            return Err(error("bad for loop variable"));
        }
        self.skip_newlines()?;
        let mut values = None;
        if self.eat_token("in")? {
            let words = values.insert(Vec::new());
            loop {
                match self.take()? {
                    Token::Word(word) => words.push(word),
                    Token::Operator(";") | Token::Newline => break,
                    token @ (Token::Operator(_) | Token::Descriptor(_) | Token::End) => return Err(unexpected(&token)),
                }
            }
        } else {
            self.eat_token(";")?;
        }
        self.skip_newlines()?;
        Ok(Compound::For { variable, values, body: self.do_group()? })
    }

    fn case_clause(&mut self) -> Result<Compound, SyntaxError> {
        let subject = self.any_word()?;
        self.skip_newlines()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.eat_token("esac")? {
                return Ok(Compound::Case { subject, arms });
            }
            self.eat_token("(")?;
            let mut patterns = vec![self.any_word()?];
            while self.eat_token("|")? {
                patterns.push(self.any_word()?);
            }
            self.expect(")")?;
            arms.push((patterns, Arc::new(self.items()?)));
            if !self.eat_token(";;")? {
                self.expect("esac")?;
                return Ok(Compound::Case { subject, arms });
            }
        }
    }

    /// The next token, which must be a word.
    pub(super) fn any_word(&mut self) -> Result<Word, SyntaxError> {
        let token = self.take()?;
        if let Token::Word(word) = token { Ok(word) } else { Err(unexpected(&token)) }
    }

    /// The body of a function, after its name and brackets.
    fn function(&mut self, name: String) -> Result<Command, SyntaxError> {
        self.skip_newlines()?;
        Ok(Command::Function { name, body: Arc::new(self.command()?) })
    }

    fn simple(&mut self) -> Result<Command, SyntaxError> {
        let mut simple = Simple { assignments: Vec::new(), words: Vec::new(), redirects: Vec::new() };
        if LIST_ENDS.contains(&self.peek()?.text()) {
            return Err(self.unexpected_here());
        }
        loop {
            let is_test = simple.words.first().is_some_and(|word| plain_text(word) == Some("[["));
            let token = self.peek()?;
            if let (true, Token::Operator(operator @ ("&&" | "||"))) = (is_test, token)
                && simple.words.last().is_none_or(|word| plain_text(word) != Some("]]"))
            {
                // Within double brackets these join conditions.
                simple.words.push(vec![Piece { part: Part::Text((*operator).to_owned()), is_quoted: true }]);
                self.next = None;
            } else if token.is_redirection() {
                simple.redirects.push(self.redirect()?);
            } else if token.is_word() {
                let mut word = self.any_word()?;
                let assigned = if simple.words.is_empty() { word::assignment(&mut word) } else { None };
                match assigned {
                    Some(assignment) => simple.assignments.push(assignment),
                    None => simple.words.push(word),
                }
            } else if matches!(token, Token::Operator("(")) {
                let is_alone = simple.assignments.is_empty() && simple.redirects.is_empty();
                let name = match simple.words.as_slice() {
                    [name] if is_alone => plain_text(name).map(str::to_owned),
                    _ => None,
                };
                let Some(name) = name else { return Err(self.unexpected_here()) };
                self.next = None;
                self.expect(")")?;
                return self.function(name);
            } else if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirects.is_empty() {
                return Err(self.unexpected_here());
            } else {
                return Ok(Command::Simple(simple));
            }
        }
    }

    fn redirect(&mut self) -> Result<Redirect, SyntaxError> {
        let mut given = None;
        let mut token = self.take()?;
        if let Token::Descriptor(fd) = token {
            given = Some(fd);
            token = self.take()?;
        }
        let (fd, kind) = match token.text() {
            "<" => (0, RedirectKind::Read),
            ">" | ">|" => (1, RedirectKind::Write),
            ">>" => (1, RedirectKind::Append),
            "<>" => (0, RedirectKind::ReadWrite),
            "<&" => (0, RedirectKind::Duplicate),
            ">&" => (1, RedirectKind::Duplicate),
            "&>" => (1, RedirectKind::Both { append: false }),
            "&>>" => (1, RedirectKind::Both { append: true }),
            _ => (0, RedirectKind::Here),
        };
        let target = match token.text() {
            "<<" => self.here_document(false)?,
            "<<-" => self.here_document(true)?,
            "<<<" => {
                let mut text = self.any_word()?;
                text.push(Piece { part: Part::Text("\n".to_owned()), is_quoted: true });
                text
            }
            _ => self.any_word()?,
        };
        Ok(Redirect { fd: given.unwrap_or(fd), kind, target })
    }
}
