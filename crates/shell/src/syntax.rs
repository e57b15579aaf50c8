//! The program that the interpreter walks: what the parser gives, with words split into their expansions.
//!
//! Every node that a frame of the interpreter points at is behind an `Arc`, so that cloning a running shell copies pointers.

use std::sync::Arc;

/// Commands separated by `;`, `&` or a newline.
pub(crate) type List = Vec<Item>;

#[derive(Debug)]
pub(crate) struct Item {
    pub and_or: Arc<AndOr>,
    pub is_background: bool,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Debug)]
pub(crate) struct AndOr {
    pub first: Pipeline,
    pub rest: Vec<(Connector, Pipeline)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connector {
    And,
    Or,
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    pub is_negated: bool,
    pub commands: Vec<Arc<Command>>,
}

#[derive(Debug)]
pub(crate) enum Command {
    Simple(Simple),
    Function { name: String, body: Arc<Command> },
    Compound { kind: Compound, redirects: Vec<Redirect> },
}

#[derive(Debug)]
pub(crate) struct Simple {
    pub assignments: Vec<(String, Word)>,
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub(crate) enum Compound {
    Group(Arc<List>),
    Subshell(Arc<List>),
    /// Conditions with their branches, and what follows `else`.
    If {
        branches: Vec<(Arc<List>, Arc<List>)>,
        otherwise: Option<Arc<List>>,
    },
    Loop {
        is_until: bool,
        condition: Arc<List>,
        body: Arc<List>,
    },
    /// Without values: over the positional parameters.
    For {
        variable: String,
        values: Option<Vec<Word>>,
        body: Arc<List>,
    },
    Case {
        subject: Word,
        arms: Vec<(Vec<Word>, Arc<List>)>,
    },
}

#[derive(Debug)]
pub(crate) struct Redirect {
    pub fd: u32,
    pub kind: RedirectKind,
    pub target: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    Read,
    Write,
    Append,
    ReadWrite,
    /// `>&` and `<&`: the target is a descriptor or `-`.
    Duplicate,
    /// `&>` and `&>>`.
    Both {
        append: bool,
    },
    /// The target is the text itself.
    Here,
}

/// The pieces of a word, side by side.
pub(crate) type Word = Vec<Piece>;

#[derive(Debug)]
pub(crate) struct Piece {
    pub part: Part,
    pub is_quoted: bool,
}

#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Home,
    Parameter(Parameter),
    Substitution(Arc<List>),
    /// The expression is expanded as in double quotes before it is computed.
    Arithmetic(Word),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub name: Name,
    pub modifier: Modifier,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Variable(String),
    Positional(usize),
    /// `$@`
    All,
    /// `$*`
    Joined,
    /// `$#`
    Count,
    /// `$?`
    Status,
    /// `$-`
    Options,
    /// `$$`
    Pid,
    /// `$!`
    Background,
}

#[derive(Debug)]
pub(crate) enum Modifier {
    Plain,
    Length,
    /// `-`: the word where the parameter is unset (with `null_too`: or empty).
    Default {
        word: Word,
        null_too: bool,
    },
    Assign {
        word: Word,
        null_too: bool,
    },
    Require {
        word: Option<Word>,
        null_too: bool,
    },
    Alternative {
        word: Word,
        null_too: bool,
    },
    /// `%`, `%%`, `#`, `##`
    Strip {
        pattern: Word,
        is_prefix: bool,
        longest: bool,
    },
    /// `${x/a/b}` of ash.
    Replace {
        pattern: Word,
        replacement: Word,
        all: bool,
    },
    Substring {
        offset: Word,
        length: Option<Word>,
    },
}
