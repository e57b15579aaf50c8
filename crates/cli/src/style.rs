//! Colours, where a terminal reads them.

use std::env;
use std::io::{self, IsTerminal};

use podlapse_view::Tone;

use crate::args::Color;

/// Whether and how text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    has_colors: bool,
}

impl Style {
    /// What was asked for; else colours on a terminal that has them, unless NO_COLOR is set.
    pub(crate) fn new(color: Color) -> Style {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let has_colors = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stdout().is_terminal() && !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Style { has_colors }
    }

    /// A heading.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Something of less weight.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// A warning.
    pub(crate) fn warning(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// A line that goes.
    pub(crate) fn removed(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// A line that comes.
    pub(crate) fn added(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// A state; its own word says the same as its colour.
    pub(crate) fn state(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Waiting => "2",
            Tone::Creating => "34",
            Tone::Running => "36",
            Tone::Ready => "32",
            Tone::Failing => "31",
            Tone::BackOff => "1;31",
            Tone::Terminating => "35",
            Tone::Completed => "2;32",
            Tone::Unknown => "33",
        };
        self.paint(code, text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.has_colors && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
