//! From text to the interpreter's program: brush-parser reads the grammar, this module checks bounds and splits words.
//!
//! The library recurses, and unbalanced parentheses make it backtrack; a count of the nesting over its tokens keeps both
//! in bounds. Not taken over from bash: arrays, `[[` as grammar, `((`, process substitution, `select`, coprocesses. They are
//! syntax errors, as in busybox ash.

use std::sync::Arc;

use brush_parser::ast;
use brush_parser::word::{
    self as brush_word, ParameterExpr, ParameterTestType, SpecialParameter, SubstringMatchKind, WordPiece, WordPieceWithSource,
};
use brush_parser::{ParserOptions, Token};

use crate::syntax::*;

/// A script that is longer is refused.
const MAX_SCRIPT_BYTES: usize = 256 << 10;
/// Constructs within constructs, substitutions included.
const MAX_NESTING: usize = 40;
/// Brackets within brackets in the text of a script, where quoted ones cannot be told apart.
const MAX_TEXT_NESTING: usize = 100;
/// Parentheses side by side, where the grammar of the library backtracks.
const MAX_PARENTHESES: usize = 8;

/// What follows `syntax error: ` in the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError(pub String);

fn unexpected(what: &str) -> SyntaxError {
    SyntaxError(format!("unexpected {what}"))
}

/// The program that `script` is.
pub(crate) fn parse(script: &str) -> Result<Arc<List>, SyntaxError> {
    Builder { depth: 0 }.script(script)
}

struct Builder {
    depth: usize,
}

/// The tokens of bash, which has `&>` as ash does.
fn tokenize(script: &str) -> Result<Vec<Token>, SyntaxError> {
    let options = word_options().tokenizer_options();
    brush_parser::uncached_tokenize_str(script, &options).map_err(|error| tokenizer_message(&error.to_string()))
}

/// The grammar of `sh`, unless the script has a redirection that only bash's grammar knows.
fn options(tokens: &[Token]) -> ParserOptions {
    let sh_mode = !tokens.iter().any(|token| matches!(token.to_str(), "&>" | "&>>" | "<<<"));
    ParserOptions { enable_extended_globbing: false, sh_mode, ..ParserOptions::default() }
}

/// Words are read with bash's rules: ash knows `${x/a/b}` and `${x:1:2}` too.
fn word_options() -> ParserOptions {
    ParserOptions { enable_extended_globbing: false, ..ParserOptions::default() }
}

/// Refuses what would make the recursive parser run long or deep.
fn check_nesting(tokens: &[Token]) -> Result<(), SyntaxError> {
    let (mut depth, mut parentheses, mut run) = (0_usize, 0_i64, 0_usize);
    for token in tokens {
        let text = token.to_str();
        run = if text == "(" { run + 1 } else { 0 };
        match text {
            "(" => parentheses += 1,
            ")" => parentheses -= 1,
            _ => {}
        }
        match text {
            "(" | "{" | "if" | "while" | "until" | "for" | "case" => depth += 1,
            ")" | "}" | "fi" | "done" | "esac" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if MAX_NESTING < depth || MAX_PARENTHESES < run || check_text_nesting(text, MAX_NESTING).is_err() {
            return Err(too_deep());
        }
    }
    // Case patterns close parentheses that nothing opened, but an open one is always an error.
    if 0 < parentheses { Err(unexpected("end of file (expecting \")\")")) } else { Ok(()) }
}

/// Bounds the brackets within each other in `text`, quoted or not, and the backslashes that nest backquotes.
fn check_text_nesting(text: &str, most: usize) -> Result<(), SyntaxError> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if most < depth {
            return Err(too_deep());
        }
    }
    // Backquotes within backquotes need twice the backslashes at each level.
    if text.contains(&"\\".repeat(32)) { Err(too_deep()) } else { Ok(()) }
}

fn too_deep() -> SyntaxError {
    SyntaxError("nesting too deep".to_owned())
}

impl Builder {
    fn nested<T>(&mut self, build: impl FnOnce(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if MAX_NESTING <= self.depth {
            return Err(too_deep());
        }
        self.depth += 1;
        let built = build(self);
        self.depth -= 1;
        built
    }

    fn script(&mut self, script: &str) -> Result<Arc<List>, SyntaxError> {
        if MAX_SCRIPT_BYTES < script.len() {
            return Err(SyntaxError("script too long".to_owned()));
        }
        // The tokenizer recurses into substitutions, so the text is looked at before the tokens are.
        check_text_nesting(script, MAX_TEXT_NESTING)?;
        let tokens = tokenize(script)?;
        check_nesting(&tokens)?;
        let program =
            brush_parser::parse_tokens(&tokens, &options(&tokens)).map_err(|error| parser_message(script, &tokens, &error))?;
        let mut list = List::new();
        for command in &program.complete_commands {
            self.items(command, &mut list)?;
        }
        Ok(Arc::new(list))
    }

    fn items(&mut self, from: &ast::CompoundList, list: &mut List) -> Result<(), SyntaxError> {
        for ast::CompoundListItem(and_or, separator) in &from.0 {
            let mut rest = Vec::new();
            for next in &and_or.additional {
                rest.push(match next {
                    ast::AndOr::And(pipeline) => (Connector::And, self.pipeline(pipeline)?),
                    ast::AndOr::Or(pipeline) => (Connector::Or, self.pipeline(pipeline)?),
                });
            }
            let and_or = Arc::new(AndOr { first: self.pipeline(&and_or.first)?, rest });
            let is_background = matches!(separator, ast::SeparatorOperator::Async);
            list.push(Item { and_or, is_background });
        }
        Ok(())
    }

    fn list(&mut self, from: &ast::CompoundList) -> Result<Arc<List>, SyntaxError> {
        let mut list = List::new();
        self.nested(|builder| builder.items(from, &mut list))?;
        Ok(Arc::new(list))
    }

    fn pipeline(&mut self, from: &ast::Pipeline) -> Result<Pipeline, SyntaxError> {
        let commands = from.seq.iter().map(|command| self.command(command).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Pipeline { is_negated: from.bang, commands })
    }

    fn command(&mut self, from: &ast::Command) -> Result<Command, SyntaxError> {
        match from {
            ast::Command::Simple(simple) => self.simple(simple).map(Command::Simple),
            ast::Command::Compound(compound, redirects) => self.compound(compound, redirects.as_ref()),
            ast::Command::Function(function) => {
                let ast::FunctionBody(body, redirects) = &function.body;
                let body = Arc::new(self.compound(body, redirects.as_ref())?);
                Ok(Command::Function { name: function.fname.value.clone(), body })
            }
            ast::Command::ExtendedTest(..) => Err(unexpected("\"[[\"")),
        }
    }

    fn compound(&mut self, from: &ast::CompoundCommand, redirects: Option<&ast::RedirectList>) -> Result<Command, SyntaxError> {
        let kind = match from {
            ast::CompoundCommand::BraceGroup(group) => Compound::Group(self.list(&group.list)?),
            ast::CompoundCommand::Subshell(subshell) => Compound::Subshell(self.list(&subshell.list)?),
            ast::CompoundCommand::IfClause(clause) => self.if_clause(clause)?,
            ast::CompoundCommand::WhileClause(clause) => self.loop_clause(clause, false)?,
            ast::CompoundCommand::UntilClause(clause) => self.loop_clause(clause, true)?,
            ast::CompoundCommand::ForClause(clause) => {
                let values = match &clause.values {
                    Some(words) => Some(words.iter().map(|word| self.word(&word.value)).collect::<Result<_, _>>()?),
                    None => None,
                };
                Compound::For { variable: clause.variable_name.clone(), values, body: self.list(&clause.body.list)? }
            }
            ast::CompoundCommand::CaseClause(clause) => {
                let mut arms = Vec::new();
                for item in &clause.cases {
                    let patterns = item.patterns.iter().map(|word| self.word(&word.value)).collect::<Result<_, _>>()?;
                    let body = item.cmd.as_ref().map_or_else(|| Ok(Arc::default()), |list| self.list(list))?;
                    arms.push((patterns, body));
                }
                Compound::Case { subject: self.word(&clause.value.value)?, arms }
            }
            ast::CompoundCommand::Arithmetic(_) | ast::CompoundCommand::ArithmeticForClause(_) => {
                return Err(unexpected("\"((\""));
            }
            ast::CompoundCommand::Coprocess(_) => return Err(unexpected("\"coproc\"")),
        };
        let redirects = redirects.map_or(&[][..], |list| &list.0);
        Ok(Command::Compound { kind, redirects: redirects.iter().map(|from| self.redirect(from)).collect::<Result<_, _>>()? })
    }

    fn if_clause(&mut self, from: &ast::IfClauseCommand) -> Result<Compound, SyntaxError> {
        let mut branches = vec![(self.list(&from.condition)?, self.list(&from.then)?)];
        let mut otherwise = None;
        for clause in from.elses.iter().flatten() {
            let body = self.list(&clause.body)?;
            match &clause.condition {
                Some(condition) => branches.push((self.list(condition)?, body)),
                None => otherwise = Some(body),
            }
        }
        Ok(Compound::If { branches, otherwise })
    }

    fn loop_clause(&mut self, from: &ast::WhileOrUntilClauseCommand, is_until: bool) -> Result<Compound, SyntaxError> {
        let ast::WhileOrUntilClauseCommand(condition, body, _) = from;
        Ok(Compound::Loop { is_until, condition: self.list(condition)?, body: self.list(&body.list)? })
    }

    fn simple(&mut self, from: &ast::SimpleCommand) -> Result<Simple, SyntaxError> {
        let mut simple = Simple { assignments: Vec::new(), words: Vec::new(), redirects: Vec::new() };
        for item in from.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                    simple.assignments.push(self.assignment(assignment)?);
                }
                ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => simple.redirects.push(self.redirect(redirect)?),
                ast::CommandPrefixOrSuffixItem::Word(word) => simple.words.push(self.word(&word.value)?),
                ast::CommandPrefixOrSuffixItem::ProcessSubstitution(..) => return Err(unexpected("\"(\"")),
            }
        }
        if let Some(word) = &from.word_or_name {
            simple.words.push(self.word(&word.value)?);
        }
        for item in from.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                ast::CommandPrefixOrSuffixItem::AssignmentWord(_, word) | ast::CommandPrefixOrSuffixItem::Word(word) => {
                    simple.words.push(self.word(&word.value)?);
                }
                ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => simple.redirects.push(self.redirect(redirect)?),
                ast::CommandPrefixOrSuffixItem::ProcessSubstitution(..) => return Err(unexpected("\"(\"")),
            }
        }
        Ok(simple)
    }

    fn assignment(&mut self, from: &ast::Assignment) -> Result<(String, Word), SyntaxError> {
        let (ast::AssignmentName::VariableName(name), ast::AssignmentValue::Scalar(value)) = (&from.name, &from.value) else {
            return Err(unexpected("\"(\""));
        };
        let mut word = self.word(&value.value)?;
        if from.append {
            let current = Parameter { name: Name::Variable(name.clone()), modifier: Modifier::Plain };
            word.insert(0, Piece { part: Part::Parameter(current), is_quoted: true });
        }
        Ok((name.clone(), word))
    }

    fn redirect(&mut self, from: &ast::IoRedirect) -> Result<Redirect, SyntaxError> {
        let fd_or = |fd: &Option<i32>, default: u32| fd.map_or(Ok(default), u32::try_from).map_err(|_| unexpected("redirection"));
        match from {
            ast::IoRedirect::File(fd, kind, target) => {
                let (kind, default) = match kind {
                    ast::IoFileRedirectKind::Read => (RedirectKind::Read, 0),
                    ast::IoFileRedirectKind::Write | ast::IoFileRedirectKind::Clobber => (RedirectKind::Write, 1),
                    ast::IoFileRedirectKind::Append => (RedirectKind::Append, 1),
                    ast::IoFileRedirectKind::ReadAndWrite => (RedirectKind::ReadWrite, 0),
                    ast::IoFileRedirectKind::DuplicateInput => (RedirectKind::Duplicate, 0),
                    ast::IoFileRedirectKind::DuplicateOutput => (RedirectKind::Duplicate, 1),
                };
                let target = match target {
                    ast::IoFileRedirectTarget::Filename(word) | ast::IoFileRedirectTarget::Duplicate(word) => {
                        self.word(&word.value)?
                    }
                    ast::IoFileRedirectTarget::Fd(fd) => vec![literal(&fd.to_string())],
                    ast::IoFileRedirectTarget::ProcessSubstitution(..) => return Err(unexpected("\"(\"")),
                };
                Ok(Redirect { fd: fd_or(fd, default)?, kind, target })
            }
            ast::IoRedirect::HereDocument(fd, here) => {
                let target = if here.requires_expansion {
                    self.quoted_text(&here.doc.value)?
                } else {
                    vec![Piece { part: Part::Text(here.doc.value.clone()), is_quoted: true }]
                };
                Ok(Redirect { fd: fd_or(fd, 0)?, kind: RedirectKind::Here, target })
            }
            ast::IoRedirect::HereString(fd, word) => {
                let mut target = self.word(&word.value)?;
                target.push(Piece { part: Part::Text("\n".to_owned()), is_quoted: true });
                Ok(Redirect { fd: fd_or(fd, 0)?, kind: RedirectKind::Here, target })
            }
            ast::IoRedirect::OutputAndError(word, append) => {
                Ok(Redirect { fd: 1, kind: RedirectKind::Both { append: *append }, target: self.word(&word.value)? })
            }
        }
    }

    fn word(&mut self, text: &str) -> Result<Word, SyntaxError> {
        check_text_nesting(text, MAX_NESTING)?;
        let pieces = brush_word::parse(text, &word_options()).map_err(|_| SyntaxError("bad substitution".to_owned()))?;
        self.nested(|builder| builder.pieces(pieces, false))
    }

    /// Text in which quotes are ordinary: here-documents and arithmetic.
    fn quoted_text(&mut self, text: &str) -> Result<Word, SyntaxError> {
        check_text_nesting(text, MAX_NESTING)?;
        let pieces = brush_word::parse_heredoc(text, &word_options()).map_err(|_| SyntaxError("bad substitution".to_owned()))?;
        self.nested(|builder| builder.pieces(pieces, true))
    }

    fn pieces(&mut self, from: Vec<WordPieceWithSource>, is_quoted: bool) -> Result<Word, SyntaxError> {
        let mut word = Word::new();
        for WordPieceWithSource { piece, .. } in from {
            let part = match piece {
                WordPiece::Text(text) => Part::Text(text),
                WordPiece::SingleQuotedText(text) => {
                    word.push(Piece { part: Part::Text(text), is_quoted: true });
                    continue;
                }
                WordPiece::AnsiCQuotedText(text) => {
                    let (bytes, _) = crate::utilities::escapes::unescape(&text, false);
                    word.push(Piece { part: Part::Text(String::from_utf8_lossy(&bytes).into_owned()), is_quoted: true });
                    continue;
                }
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    if inner.is_empty() {
                        // An empty pair of quotes still makes a field.
                        word.push(Piece { part: Part::Text(String::new()), is_quoted: true });
                    }
                    word.extend(self.pieces(inner, true)?);
                    continue;
                }
                WordPiece::TildeExpansion(brush_word::TildeExpr::Home) => Part::Home,
                WordPiece::TildeExpansion(brush_word::TildeExpr::UserHome(user)) => Part::Text(format!("~{user}")),
                WordPiece::TildeExpansion(_) => return Err(bad_substitution()),
                WordPiece::EscapeSequence(text) => {
                    let text = text.strip_prefix('\\').unwrap_or(&text);
                    let text = if text == "\n" { "" } else { text };
                    word.push(Piece { part: Part::Text(text.to_owned()), is_quoted: true });
                    continue;
                }
                WordPiece::CommandSubstitution(script) => Part::Substitution(self.nested(|builder| builder.script(&script))?),
                WordPiece::BackquotedCommandSubstitution(script) => {
                    let script = if is_quoted { script.replace("\\\"", "\"") } else { script };
                    Part::Substitution(self.nested(|builder| builder.script(&script))?)
                }
                WordPiece::ArithmeticExpression(expression) => Part::Arithmetic(self.quoted_text(&expression.value)?),
                WordPiece::ParameterExpansion(expression) => Part::Parameter(self.parameter(expression, is_quoted)?),
            };
            // What the library could not read as an expansion comes back as text that begins like one.
            if let (Part::Text(text), Some(Piece { part: Part::Text(before), is_quoted: false })) = (&part, word.last())
                && before == "$"
                && text.starts_with('{')
            {
                return Err(bad_substitution());
            }
            word.push(Piece { part, is_quoted });
        }
        Ok(word)
    }

    /// The word after a modifier: within double quotes its quotes are ordinary characters.
    fn modifier_word(&mut self, text: &str, is_quoted: bool) -> Result<Word, SyntaxError> {
        if !is_quoted {
            return self.word(text);
        }
        let inner = if text.contains('"') { self.word(text)? } else { self.quoted_text(text)? };
        Ok(inner.into_iter().map(|piece| Piece { is_quoted: true, ..piece }).collect())
    }

    fn parameter(&mut self, from: ParameterExpr, is_quoted: bool) -> Result<Parameter, SyntaxError> {
        let null_too = |test: &ParameterTestType| matches!(test, ParameterTestType::UnsetOrNull);
        let (parameter, indirect, modifier) = match from {
            ParameterExpr::Parameter { parameter, indirect } => (parameter, indirect, Modifier::Plain),
            ParameterExpr::ParameterLength { parameter, indirect } => (parameter, indirect, Modifier::Length),
            ParameterExpr::UseDefaultValues { parameter, indirect, test_type, default_value } => {
                let word = self.modifier_word(&default_value.unwrap_or_default(), is_quoted)?;
                (parameter, indirect, Modifier::Default { word, null_too: null_too(&test_type) })
            }
            ParameterExpr::AssignDefaultValues { parameter, indirect, test_type, default_value } => {
                let word = self.modifier_word(&default_value.unwrap_or_default(), is_quoted)?;
                (parameter, indirect, Modifier::Assign { word, null_too: null_too(&test_type) })
            }
            ParameterExpr::IndicateErrorIfNullOrUnset { parameter, indirect, test_type, error_message } => {
                let text = error_message.filter(|text| !text.is_empty());
                let word = text.map(|text| self.modifier_word(&text, is_quoted)).transpose()?;
                (parameter, indirect, Modifier::Require { word, null_too: null_too(&test_type) })
            }
            ParameterExpr::UseAlternativeValue { parameter, indirect, test_type, alternative_value } => {
                let word = self.modifier_word(&alternative_value.unwrap_or_default(), is_quoted)?;
                (parameter, indirect, Modifier::Alternative { word, null_too: null_too(&test_type) })
            }
            ParameterExpr::RemoveSmallestSuffixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, self.strip(pattern, false, false)?)
            }
            ParameterExpr::RemoveLargestSuffixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, self.strip(pattern, false, true)?)
            }
            ParameterExpr::RemoveSmallestPrefixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, self.strip(pattern, true, false)?)
            }
            ParameterExpr::RemoveLargestPrefixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, self.strip(pattern, true, true)?)
            }
            ParameterExpr::ReplaceSubstring { parameter, indirect, pattern, replacement, match_kind } => {
                let all = match match_kind {
                    SubstringMatchKind::FirstOccurrence => false,
                    SubstringMatchKind::Anywhere => true,
                    SubstringMatchKind::Prefix | SubstringMatchKind::Suffix => return Err(bad_substitution()),
                };
                let replacement = self.word(&replacement.unwrap_or_default())?;
                (parameter, indirect, Modifier::Replace { pattern: self.word(&pattern)?, replacement, all })
            }
            ParameterExpr::Substring { parameter, indirect, offset, length } => {
                let offset = self.quoted_text(&offset.value)?;
                let length = length.map(|length| self.quoted_text(&length.value)).transpose()?;
                (parameter, indirect, Modifier::Substring { offset, length })
            }
            ParameterExpr::Transform { .. }
            | ParameterExpr::UppercaseFirstChar { .. }
            | ParameterExpr::UppercasePattern { .. }
            | ParameterExpr::LowercaseFirstChar { .. }
            | ParameterExpr::LowercasePattern { .. }
            | ParameterExpr::VariableNames { .. }
            | ParameterExpr::MemberKeys { .. } => return Err(bad_substitution()),
        };
        if indirect {
            return Err(bad_substitution());
        }
        Ok(Parameter { name: parameter_name(parameter)?, modifier })
    }

    fn strip(&mut self, pattern: Option<String>, is_prefix: bool, longest: bool) -> Result<Modifier, SyntaxError> {
        Ok(Modifier::Strip { pattern: self.word(&pattern.unwrap_or_default())?, is_prefix, longest })
    }
}

fn bad_substitution() -> SyntaxError {
    SyntaxError("bad substitution".to_owned())
}

fn literal(text: &str) -> Piece {
    Piece { part: Part::Text(text.to_owned()), is_quoted: false }
}

fn parameter_name(from: brush_word::Parameter) -> Result<Name, SyntaxError> {
    Ok(match from {
        brush_word::Parameter::Named(name) => Name::Variable(name),
        brush_word::Parameter::Positional(number) => Name::Positional(number as usize),
        brush_word::Parameter::Special(special) => match special {
            SpecialParameter::AllPositionalParameters { concatenate: false } => Name::All,
            SpecialParameter::AllPositionalParameters { concatenate: true } => Name::Joined,
            SpecialParameter::PositionalParameterCount => Name::Count,
            SpecialParameter::LastExitStatus => Name::Status,
            SpecialParameter::CurrentOptionFlags => Name::Options,
            SpecialParameter::ProcessId => Name::Pid,
            SpecialParameter::LastBackgroundProcessId => Name::Background,
            SpecialParameter::ShellName => Name::Positional(0),
        },
        brush_word::Parameter::NamedWithIndex { .. } | brush_word::Parameter::NamedWithAllIndices { .. } => {
            return Err(bad_substitution());
        }
    })
}

fn tokenizer_message(text: &str) -> SyntaxError {
    if text.contains("quote") || text.contains("expansion") || text.contains("expression") || text.contains("substitution") {
        return SyntaxError("unterminated quoted string".to_owned());
    }
    unexpected("end of file")
}

fn parser_message(script: &str, tokens: &[Token], error: &brush_parser::ParseError) -> SyntaxError {
    let brush_parser::ParseError::ParsingNear(position) = error else {
        return unexpected("end of file");
    };
    let at = tokens.iter().find(|token| token.location().start.index == position.index);
    match at.map(|token| token.to_str()) {
        Some("\n") => unexpected("newline"),
        Some(text) if text.bytes().all(|byte| b"()&|;<>{}!".contains(&byte)) => unexpected(&format!("\"{text}\"")),
        Some(text) if ["then", "do", "done", "fi", "esac", "else", "elif", "in"].contains(&text) => {
            unexpected(&format!("\"{text}\""))
        }
        Some(_) => unexpected("word"),
        None if script.is_empty() => unexpected("end of file"),
        None => unexpected("token"),
    }
}
