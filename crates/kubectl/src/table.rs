//! Tables as `kubectl get` prints them.
//!
//! Models `k8s.io/cli-runtime/pkg/printers` (`HumanReadablePrinter`, `GetNewTabWriter`) and the tab writer below it: columns
//! are at least six wide, the padding of three included; the last column is not padded; widths are remembered while watching.

use std::borrow::Cow;
use std::fmt;

const MIN_WIDTH: usize = 6;
const PADDING: usize = 3;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name as the API server sends it; kubectl prints it in capitals.
    pub name: &'static str,
    /// Printed only with `-o wide`.
    pub wide: bool,
}

/// A cell of a table; its text may be that of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Texts in a row.
    Joined([&'a str; 3]),
    /// A whole number.
    Number(i64),
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Cell::Text(Cow::Owned(text))
    }
}

impl From<&str> for Cell<'_> {
    fn from(text: &str) -> Self {
        Cell::Text(Cow::Owned(text.to_owned()))
    }
}

impl From<i32> for Cell<'_> {
    fn from(number: i32) -> Self {
        Cell::Number(number.into())
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Cell::Number(number)
    }
}

impl From<usize> for Cell<'_> {
    fn from(number: usize) -> Self {
        Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A text of the object as a cell, without a copy of it.
pub(crate) fn lent(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

/// The text before a line break, and whether there is one.
fn first_line(text: &str) -> (&str, bool) {
    match text.bytes().position(|byte| matches!(byte, b'\n' | b'\r' | 0x0c)) {
        Some(end) => (&text[..end], true),
        None => (text, false),
    }
}

impl fmt::Display for Cell<'_> {
    /// The cell on one line: what follows a line break is replaced by `...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Number(number) => write!(f, "{number}"),
            Cell::Text(text) => {
                let (line, is_cut) = first_line(text);
                f.write_str(line)?;
                f.write_str(if is_cut { "..." } else { "" })
            }
            Cell::Joined(texts) => Cell::from(texts.concat()).fmt(f),
        }
    }
}

/// How a table is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// `-o wide`.
    pub wide: bool,
    /// `--no-headers`.
    pub no_headers: bool,
    /// `-A`: the namespace comes first.
    pub with_namespace: bool,
    /// The kind stands before the name, as in `pod/web`; so when several kinds are listed.
    pub with_kind: bool,
    /// `-L`: a column for each of these labels.
    pub label_columns: Vec<String>,
    /// `--show-labels`: all labels come last.
    pub show_labels: bool,
}

/// Prints tables in pieces, as `kubectl get -w` does: later rows are at least as wide as earlier ones.
///
/// ```
/// use podlapse_kubectl::TablePrinter;
/// let mut printer = TablePrinter::default();
/// let rows = [["NAME".to_owned(), "AGE".to_owned()], ["web".to_owned(), "5s".to_owned()]];
/// assert_eq!(printer.print(&rows), "NAME   AGE\nweb    5s\n");
/// assert_eq!(printer.print(&[["a".to_owned(), "1s".to_owned()]]), "a      1s\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TablePrinter {
    widths: Vec<usize>,
}

impl TablePrinter {
    /// The lines of these rows, headers being a row like any other.
    pub fn print<R: AsRef<[String]>>(&mut self, rows: &[R]) -> String {
        let mut all = Rows::default();
        for row in rows {
            all.push(row.as_ref().iter());
        }
        self.print_rows(&all)
    }

    /// The lines of these rows.
    pub(crate) fn print_rows(&mut self, rows: &Rows) -> String {
        let all: Vec<Row<'_>> = rows.iter().collect();
        let mut text = String::with_capacity(rows.text.len() + rows.ends.len() * PADDING);
        // The second line of a cell has no columns, so those above end there; wider ones below do not move them.
        for block in all.split_inclusive(|row| row.len().checked_sub(1).is_some_and(|last| row.cell(last).contains('\n'))) {
            self.widen(block);
            for row in block {
                for index in 0..row.len() {
                    let cell = row.cell(index);
                    text.push_str(cell);
                    if index + 1 < row.len() {
                        push_spaces(&mut text, self.widths[index] - width(cell));
                    }
                }
                text.push('\n');
            }
        }
        text
    }

    /// Makes the columns wide enough for these rows.
    fn widen(&mut self, rows: &[Row<'_>]) {
        for row in rows {
            for index in 0..row.len().saturating_sub(1) {
                let width = (width(row.cell(index)) + PADDING).max(MIN_WIDTH);
                match self.widths.get_mut(index) {
                    Some(known) => *known = width.max(*known),
                    None => self.widths.push(width),
                }
            }
        }
    }
}

/// Rows of cells in one text: those of a large table would be many small ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    text: String,
    /// Where each cell ends.
    ends: Vec<usize>,
    /// How many cells there are up to the end of each row.
    rows: Vec<usize>,
}

impl Rows {
    /// Adds a row.
    pub(crate) fn push<C: AsRef<str>>(&mut self, cells: impl Iterator<Item = C>) {
        cells.for_each(|cell| self.push_text(cell.as_ref()));
        self.end_row();
    }

    /// Adds a cell to the row that is not ended.
    pub(crate) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// Adds a cell on one line, after text that is part of it.
    pub(crate) fn push_cell(&mut self, before: &str, cell: &Cell<'_>) {
        self.text.push_str(before);
        match cell {
            Cell::Text(text) => {
                let (line, is_cut) = first_line(text);
                self.text.push_str(line);
                self.text.push_str(if is_cut { "..." } else { "" });
            }
            Cell::Joined(texts) => {
                for text in texts {
                    let (line, is_cut) = first_line(text);
                    self.text.push_str(line);
                    if is_cut {
                        self.text.push_str("...");
                        break;
                    }
                }
            }
            Cell::Number(number) => self.text.push_str(&number.to_string()),
        }
        self.ends.push(self.text.len());
    }

    /// Ends a row.
    pub(crate) fn end_row(&mut self) {
        self.rows.push(self.ends.len());
    }

    /// The cells of the first row.
    pub(crate) fn into_line(self) -> Vec<String> {
        let cells = self.iter().next().into_iter().flat_map(|row| (0..row.len()).map(move |index| row.cell(index).to_owned()));
        cells.collect()
    }

    fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        let mut from = 0;
        self.rows.iter().map(move |end| Row { rows: self, from: std::mem::replace(&mut from, *end), end: *end })
    }
}

/// One of the rows.
#[derive(Clone, Copy)]
struct Row<'a> {
    rows: &'a Rows,
    from: usize,
    end: usize,
}

impl<'a> Row<'a> {
    fn len(self) -> usize {
        self.end - self.from
    }

    fn cell(self, index: usize) -> &'a str {
        let at = self.from + index;
        let start = at.checked_sub(1).map_or(0, |before| self.rows.ends[before]);
        &self.rows.text[start..self.rows.ends[at]]
    }
}

/// How many characters a cell has.
fn width(cell: &str) -> usize {
    // Counting characters looks at each byte; most cells are ASCII, of which the length is known.
    if cell.is_ascii() { cell.len() } else { cell.chars().count() }
}

/// Adds so many spaces, many at a time.
pub(crate) fn push_spaces(text: &mut String, count: usize) {
    const SPACES: &str = "                                                                ";
    let mut left = count;
    while let Some(rest) = left.checked_sub(SPACES.len()) {
        text.push_str(SPACES);
        left = rest;
    }
    text.push_str(&SPACES[..left]);
}

/// The whole table, each row with a cell for each column, wide ones included. Of the options, those that look at the object
/// behind a row are passed over; [`crate::object_table`] knows all of them.
///
/// ```
/// use podlapse_kubectl::{Cell, Column, TableOptions, table};
/// let columns = [Column { name: "Name", wide: false }, Column { name: "Node", wide: true }];
/// let rows = [vec![Cell::from("web"), Cell::from("node-1")]];
/// assert_eq!(table(&columns, &rows, &TableOptions::default()), "NAME\nweb\n");
/// ```
pub fn table(columns: &[Column], rows: &[Vec<Cell<'_>>], options: &TableOptions) -> String {
    let mut lines = Rows::default();
    if !options.no_headers {
        lines.push(headers(columns, options.wide));
    }
    for row in rows {
        shown(columns, row, options.wide).for_each(|cell| lines.push_cell("", cell));
        lines.end_row();
    }
    TablePrinter::default().print_rows(&lines)
}

/// The headings of the columns that are shown.
pub(crate) fn headers(columns: &[Column], wide: bool) -> impl Iterator<Item = String> {
    columns.iter().filter(move |column| wide || !column.wide).map(|column| column.name.to_uppercase())
}

/// The cells of the columns that are shown.
pub(crate) fn shown<'a, 'b>(columns: &'a [Column], row: &'a [Cell<'b>], wide: bool) -> impl Iterator<Item = &'a Cell<'b>> {
    columns.iter().zip(row).filter(move |(column, _)| wide || !column.wide).map(|(_, cell)| cell)
}
