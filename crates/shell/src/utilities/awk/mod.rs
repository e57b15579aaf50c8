//! `awk`: patterns and actions over the fields of lines.
//!
//! Models as much of busybox `awk` as short programs use: BEGIN and END, patterns by expression, `print` and `printf` (to a file as well),
//! `if`, loops, `next`, `exit`, assignment, arrays, and the usual functions. Numbers have six decimals; elements of an array come
//! in the order of their names. Left out: functions of one's own, `getline`, pipes.

mod parse;
mod run;

use super::filter::{Filter, Kind};
use super::{invalid_option, options};
use crate::shell::Step;
use crate::system::System;
pub(super) use run::Awk;

/// A value that stands for nothing is the empty text.
#[derive(Clone, Debug)]
enum Expr {
    Text(String),
    Number(i128),
    Regex(regex_lite::Regex),
    Field(Box<Expr>),
    Variable(String),
    Element(String, Box<Expr>),
    /// `index in array`
    Contains(Box<Expr>, String),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// The place, the operator that combines it with the value, the value, and whether the old value is the result.
    Assign(Box<Expr>, Option<Arithmetic>, Box<Expr>, bool),
    Call(String, Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Or,
    And,
    Matches,
    MatchesNot,
    Compare(Comparison),
    Concat,
    Calculate(Arithmetic),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Clone, Debug)]
enum Statement {
    Print(Vec<Expr>, Option<Target>),
    Printf(Vec<Expr>, Option<Target>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    Loop(Box<Loop>),
    /// For each index of an array.
    Each {
        name: String,
        array: String,
        body: Vec<Statement>,
    },
    Break,
    Continue,
    /// An element of an array, or all.
    Delete(String, Option<Expr>),
    Expr(Expr),
    Next,
    Exit(Option<Expr>),
}

/// Where `print` writes.
#[derive(Clone, Debug)]
struct Target {
    path: Expr,
    appends: bool,
}

/// `while`, `do` and `for`.
#[derive(Clone, Debug)]
struct Loop {
    first: Option<Expr>,
    /// Without one it goes on until something leaves it.
    condition: Option<Expr>,
    step: Option<Expr>,
    body: Vec<Statement>,
    /// The body runs before the condition is looked at.
    is_do: bool,
}

#[derive(Clone, Debug)]
enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: Pattern,
    /// `None`: the line is printed.
    action: Option<Vec<Statement>>,
}

/// One, in the decimals that numbers have.
const ONE: i128 = 1_000_000;

/// `awk [-F SEPARATOR] [-v NAME=VALUE] PROGRAM [FILE...]`
pub(super) fn awk(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, rest) = match options(args, "", "Fv") {
        Ok(split) => split,
        Err(letter) => return invalid_option("awk", letter, system),
    };
    let Some((program, files)) = rest.split_first() else {
        system.complain("awk: no program was given");
        return Step::Exit(1);
    };
    let rules = match parse::program(program) {
        Ok(rules) => rules,
        Err(message) => {
            system.complain(&format!("awk: cmd. line:1: {message}"));
            return Step::Exit(1);
        }
    };
    let mut awk = Awk::new(rules);
    for (letter, value) in found {
        match (letter, value.split_once('=')) {
            ('F', _) => awk.set("FS", if value == "\\t" { "\t" } else { value }),
            (_, Some((name, value))) => awk.set(name, value),
            (_, None) => {}
        }
    }
    awk.begin(system);
    if let Some(code) = awk.ends_at_once() {
        return Step::Exit(code);
    }
    Filter::start("awk", files, Kind::Awk(Box::new(awk)))
}
