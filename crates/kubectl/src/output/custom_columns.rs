//! `-o custom-columns=HEADING:PATH,...`. Models `k8s.io/kubectl/pkg/cmd/get/customcolumn.go`.

use serde_json::Value;

use super::jsonpath::JsonPath;
use crate::table::TablePrinter;

/// Reads the columns.
///
/// # Errors
/// kubectl's words for a column without a path.
pub(super) fn parse(text: &str) -> Result<Vec<(String, JsonPath)>, String> {
    if text.is_empty() {
        return Err("custom-columns format specified but no custom columns given".to_owned());
    }
    let column = |column: &str| match column.split_once(':') {
        Some((heading, path)) => Ok((heading.to_owned(), JsonPath::parse_relaxed(path)?)),
        None => Err(format!("unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>")),
    };
    text.split(',').map(column).collect()
}

/// Reads a file with a line of headings and a line of paths.
///
/// # Errors
/// kubectl's words for a file of another form.
pub(super) fn parse_file(text: &str) -> Result<Vec<(String, JsonPath)>, String> {
    let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let (headings, paths) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if headings.len() != paths.len() || headings.is_empty() {
        return Err(format!("number of headers ({}) and field specifications ({}) don't match", headings.len(), paths.len()));
    }
    let column = |(heading, path): (&&str, &&str)| Ok(((*heading).to_owned(), JsonPath::parse_relaxed(path)?));
    headings.iter().zip(&paths).map(column).collect()
}

/// The table of some objects.
pub(super) fn text(columns: &[(String, JsonPath)], objects: &[Value], has_no_headers: bool) -> String {
    let headings = (!has_no_headers).then(|| columns.iter().map(|(heading, _)| heading.clone()).collect());
    let row = |object: &Value| -> Vec<String> { columns.iter().map(|(_, path)| cell(path, object)).collect() };
    let rows: Vec<Vec<String>> = headings.into_iter().chain(objects.iter().map(row)).collect();
    TablePrinter::default().print(&rows)
}

fn cell(path: &JsonPath, object: &Value) -> String {
    let found = path.find(object);
    let found: Vec<String> = found.iter().map(|value| super::go_value::text(value, super::go_value::Verb::Plain)).collect();
    if found.is_empty() { "<none>".to_owned() } else { found.join(",") }
}
