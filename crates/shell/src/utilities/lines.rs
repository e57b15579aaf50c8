//! Filters that change each line by itself, or their order: `cat -n`, `nl`, `rev`, `fold`, `tac`.
//!
//! Models busybox 1.35 `coreutils/cat.c` (`print_numbered_lines`, `visible`), `fold.c`, `tac.c` and `util-linux/rev.c`.

use super::filter::{Filter, Kind, MAX_KEPT_BYTES, Next};
use super::{has_option, invalid_option, option_value, options};
use crate::shell::Step;
use crate::system::System;

/// What is done with each line.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Shows what cannot be seen, and numbers lines.
    Show(Show),
    Reverse,
    Fold(usize),
    /// Keeps all lines for the end, last first.
    LastFirst(Vec<Vec<u8>>),
}

#[derive(Clone, Debug)]
pub(super) struct Show {
    /// How wide a number is, if lines are numbered.
    width: Option<usize>,
    /// Lines that are empty have no number; `nl` leaves its place.
    skips_empty: bool,
    keeps_place: bool,
    number: usize,
    /// `$` at the end, tabs, and other control characters.
    shows_ends: bool,
    shows_tabs: bool,
    shows_others: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Lines {
    change: Change,
    bytes: usize,
}

impl Show {
    fn line(&mut self, line: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match self.width {
            Some(width) if line.is_empty() && self.skips_empty => {
                out.resize(if self.keeps_place { width + 1 } else { 0 }, b' ');
            }
            Some(width) => {
                self.number += 1;
                out.extend(format!("{:>width$}\t", self.number).into_bytes());
            }
            None => {}
        }
        for &byte in line {
            match byte {
                b'\t' if self.shows_tabs => out.extend(b"^I"),
                0..32 | 127 if self.shows_others && byte != b'\t' => out.extend([b'^', byte ^ 64]),
                128.. if self.shows_others => {
                    out.extend(b"M-");
                    match byte & 127 {
                        low @ (0..32 | 127) => out.extend([b'^', low ^ 64]),
                        low => out.push(low),
                    }
                }
                _ => out.push(byte),
            }
        }
        if self.shows_ends {
            out.push(b'$');
        }
        out
    }
}

impl Lines {
    /// Writes what becomes of a line; the last one of a file may lack its end.
    pub(super) fn line(&mut self, line: &[u8], has_end: bool, system: &mut System<'_, '_>) -> Next {
        let is_numbering = matches!(&self.change, Change::Show(show) if show.keeps_place);
        let end: &[u8] = if has_end || is_numbering { b"\n" } else { b"" };
        let mut changed = match &mut self.change {
            Change::Show(show) => {
                let mut shown = show.line(line);
                if !has_end && show.shows_ends {
                    shown.pop();
                }
                shown
            }
            Change::Reverse => String::from_utf8_lossy(line).chars().rev().collect::<String>().into_bytes(),
            Change::Fold(width) => line.chunks(*width).collect::<Vec<&[u8]>>().join(&b'\n'),
            Change::LastFirst(kept) => {
                self.bytes += line.len() + 1;
                // Lines beyond the bound are lost.
                if self.bytes <= MAX_KEPT_BYTES {
                    kept.push([line, end].concat());
                }
                return Next::More;
            }
        };
        changed.extend(end);
        system.write(1, &changed);
        Next::More
    }

    pub(super) fn finish(&mut self, system: &mut System<'_, '_>) {
        if let Change::LastFirst(kept) = &mut self.change {
            kept.reverse();
            system.write(1, &kept.concat());
        }
    }
}

fn start(name: &'static str, files: &[String], change: Change) -> Step {
    Filter::start(name, files, Kind::Lines(Lines { change, bytes: 0 }))
}

/// `cat [-nbvteA] FILE...`
pub(super) fn cat(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "uvetAbnsET", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("cat", letter, system),
    };
    let has = |letters: &str| has_option(&found, letters);
    if !has("nbvteAET") {
        return Filter::start("cat", files, Kind::Cat);
    }
    let show = Show {
        width: has("nb").then_some(6),
        skips_empty: has("b"),
        keeps_place: false,
        number: 0,
        shows_ends: has("eEA"),
        shows_tabs: has("tTA"),
        shows_others: has("veAt"),
    };
    start("cat", files, Change::Show(show))
}

/// `nl [-b a] [-w WIDTH] FILE...`
pub(super) fn nl(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "p", "bwsvil") {
        Ok(split) => split,
        Err(letter) => return invalid_option("nl", letter, system),
    };
    let value = |wanted: char| option_value(&found, wanted);
    let show = Show {
        width: Some(value('w').and_then(|width| width.parse().ok()).unwrap_or(6).min(100)),
        skips_empty: value('b') != Some("a"),
        keeps_place: true,
        number: 0,
        shows_ends: false,
        shows_tabs: false,
        shows_others: false,
    };
    start("nl", files, Change::Show(show))
}

/// `rev FILE...`
pub(super) fn rev(args: &[String], _system: &mut System<'_, '_>) -> Step {
    start("rev", args, Change::Reverse)
}

/// `tac FILE...`
pub(super) fn tac(args: &[String], _system: &mut System<'_, '_>) -> Step {
    start("tac", args, Change::LastFirst(Vec::new()))
}

/// `fold [-w WIDTH] FILE...`
pub(super) fn fold(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, files) = match options(args, "bs", "w") {
        Ok(split) => split,
        Err(letter) => return invalid_option("fold", letter, system),
    };
    let width = option_value(&found, 'w').and_then(|width| width.parse().ok());
    start("fold", files, Change::Fold(width.unwrap_or(80).max(1)))
}
