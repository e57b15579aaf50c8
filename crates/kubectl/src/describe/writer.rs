//! Text in columns, as `kubectl describe` writes it.
//!
//! Models Go's `text/tabwriter` with the settings of `tabbedString` (padding 2, no minimal width) and the `PrefixWriter` of
//! `k8s.io/kubectl/pkg/describe`. A cell ends at a tab; a column is a run of lines that all have a cell there, and is as wide
//! as its widest cell. The last cell of a line ends no column.

use std::fmt;

const PADDING: usize = 2;

/// Collects the lines of a description and lays them out in columns.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    /// Spaces before everything that is written, for a description within another.
    indent: usize,
}

impl Writer {
    /// Writes text, two spaces deep for each level; a tab ends a cell.
    pub(super) fn write(&mut self, level: usize, arguments: fmt::Arguments<'_>) {
        self.text.extend(std::iter::repeat_n(' ', self.indent + 2 * level));
        let text = arguments.to_string();
        for character in text.chars() {
            match character {
                '\u{1b}' => self.text.push_str("^["),
                '\r' => self.text.push_str("\\r"),
                other => self.text.push(other),
            }
        }
    }

    /// Runs `describe` with all it writes set in by `level`.
    pub(super) fn nested(&mut self, level: usize, describe: impl FnOnce(&mut Writer)) {
        self.indent += 2 * level;
        describe(self);
        self.indent -= 2 * level;
    }

    /// The text with its tabs, as kubectl leaves it where nothing lays it out.
    pub(super) fn raw(self) -> String {
        self.text
    }

    /// The text in columns.
    pub(super) fn finish(self) -> String {
        let mut lines: Vec<Vec<&str>> =
            self.text.split(['\n', '\u{c}']).map(|line| line.split(['\t', '\u{b}']).collect()).collect();
        let ended = lines.pop_if(|last| last.len() == 1 && last[0].is_empty()).is_some();
        let mut out = String::with_capacity(self.text.len() * 2);
        format(&lines, &mut Vec::new(), &mut out);
        if !ended {
            out.pop();
        }
        out
    }
}

/// Lays out the lines, all of which have the columns that `widths` are known of.
fn format(lines: &[Vec<&str>], widths: &mut Vec<usize>, out: &mut String) {
    let column = widths.len();
    let has_cell = |line: &Vec<&str>| column + 1 < line.len();
    let mut rest = lines;
    while let Some(start) = rest.iter().position(has_cell) {
        write_lines(&rest[..start], widths, out);
        rest = &rest[start..];
        let end = rest.iter().position(|line| !has_cell(line)).unwrap_or(rest.len());
        let width = rest[..end].iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        widths.push(width + PADDING);
        format(&rest[..end], widths, out);
        widths.pop();
        rest = &rest[end..];
    }
    write_lines(rest, widths, out);
}

fn write_lines(lines: &[Vec<&str>], widths: &[usize], out: &mut String) {
    for line in lines {
        for (index, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(index).filter(|_| index + 1 < line.len()) {
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
        }
        out.push('\n');
    }
}

/// Writes to a [`Writer`] at a level, as `write!` does.
macro_rules! put {
    ($writer:expr, $level:expr, $($argument:tt)*) => { $writer.write($level, format_args!($($argument)*)) };
}
pub(super) use put;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_the_cell_ends_the_column() {
        let mut writer = Writer::default();
        put!(writer, 0, "Name:\tweb\nLong name:\tx\n");
        put!(writer, 1, "between\nA:\tb\tc\n");
        put!(writer, 0, "AA:\tbbb\tc\n");
        assert_eq!(writer.finish(), "Name:       web\nLong name:  x\n  between\nA:   b    c\nAA:  bbb  c\n");
    }
}
