//! The events of a run, as `kubectl events` lists them.

use podlapse_kubectl::TablePrinter;
use podlapse_model::SimTime;
use podlapse_view::{EventRow, RunView, span};

use crate::style::Style;
use crate::watch::instant;

/// Every event once, by its last appearance: `1m42s (x3 over 45s)`.
pub(crate) fn table(view: &RunView, style: Style) -> String {
    let mut series: Vec<Series<'_>> = Vec::new();
    for row in view.events() {
        match series.iter_mut().find(|series| is_same(series.last, row)) {
            Some(series) => series.last = row,
            None => series.push(Series { first: row.at, last: row }),
        }
    }
    series.sort_by_key(|series| series.last.at);
    print("LAST SEEN", series.iter().map(|series| (series.last_seen(), series.last)), style)
}

/// Every appearance of every event.
pub(crate) fn appearances(view: &RunView, style: Style) -> String {
    print("TIME", view.events().iter().map(|row| (instant(row.at), row)), style)
}

/// An event with all its appearances.
struct Series<'a> {
    first: SimTime,
    last: &'a EventRow,
}

impl Series<'_> {
    fn last_seen(&self) -> String {
        let last = instant(self.last.at);
        match self.last.count {
            ..=1 => last,
            count => format!("{last} (x{count} over {})", span(self.last.at.since(self.first))),
        }
    }
}

fn is_same(a: &EventRow, b: &EventRow) -> bool {
    (&a.key, &a.container, &a.reason, &a.message, &a.source) == (&b.key, &b.container, &b.reason, &b.message, &b.source)
}

fn print<'a>(time: &str, rows: impl Iterator<Item = (String, &'a EventRow)>, style: Style) -> String {
    let mut lines = vec![[time, "TYPE", "REASON", "OBJECT", "MESSAGE"].map(str::to_owned)];
    let mut warnings = vec![false];
    for (time, row) in rows {
        let kind = if row.is_warning { "Warning" } else { "Normal" };
        // A message may have several lines; a table has one for each row.
        let message = row.message.trim().replace('\n', " ");
        lines.push([time, kind.to_owned(), row.reason.clone(), row.about.clone(), message]);
        warnings.push(row.is_warning);
    }
    if lines.len() == 1 {
        return "No events found.\n".to_owned();
    }
    let text = TablePrinter::default().print(&lines);
    let mut painted = String::new();
    for (index, (line, is_warning)) in text.lines().zip(warnings).enumerate() {
        painted.push_str(&match (index, is_warning) {
            (0, _) => style.bold(line),
            (_, true) => line.replacen("   Warning ", &format!("   {} ", style.warning("Warning")), 1),
            (_, false) => line.to_owned(),
        });
        painted.push('\n');
    }
    painted
}
