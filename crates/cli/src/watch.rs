//! The rows of `kubectl get pods -w`, each with the moment at which it is printed.

use std::collections::BTreeMap;

use podlapse_kubectl::TablePrinter;
use podlapse_model::{ObjectKey, SimTime};
use podlapse_view::{RunView, WatchRow, span};

use crate::style::Style;

/// A moment after the workload was applied; what was there before has no time of its own.
pub(crate) fn instant(at: SimTime) -> String {
    span(at.since(SimTime::ZERO))
}

/// The rows as a table. A row that says nothing new about its Pod is left out.
pub(crate) fn table(view: &RunView, style: Style) -> String {
    let has_namespaces = view.rows().iter().any(|row| row.pod.namespace.as_str() != "default");
    let rows = telling(view.rows());
    let mut lines = vec![line("TIME", has_namespaces.then_some("NAMESPACE"), ["NAME", "READY", "STATUS", "RESTARTS", "AGE"])];
    lines.extend(rows.iter().map(|row| {
        let namespace = has_namespaces.then_some(row.pod.namespace.as_str());
        line(&instant(row.at), namespace, row.cells.each_ref().map(String::as_str))
    }));
    let text = TablePrinter::default().print(&lines);
    let mut painted = String::new();
    for (index, line) in text.lines().enumerate() {
        match index.checked_sub(1).and_then(|index| rows.get(index)) {
            // The columns are laid out already, so that signs without width do no harm.
            Some(row) => {
                let status = format!("   {} ", row.cells[2]);
                let colored = format!("   {} ", style.state(row.tone, &row.cells[2]));
                painted.push_str(&line.replacen(&status, &colored, 1));
            }
            None => painted.push_str(&style.bold(line)),
        }
        painted.push('\n');
    }
    painted
}

fn line(time: &str, namespace: Option<&str>, cells: [&str; 5]) -> Vec<String> {
    std::iter::once(time).chain(namespace).chain(cells).map(str::to_owned).collect()
}

/// The rows in which a Pod looks other than before, its age aside, and the last one of each Pod that went.
fn telling(rows: &[WatchRow]) -> Vec<&WatchRow> {
    let mut printed: BTreeMap<&ObjectKey, &[String]> = BTreeMap::new();
    rows.iter().filter(|row| printed.insert(&row.pod, &row.cells[..4]) != Some(&row.cells[..4])).collect()
}
