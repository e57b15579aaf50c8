//! `-o custom-columns=HEADING:PATH,...`. Models `k8s.io/kubectl/pkg/cmd/get/customcolumn.go`.

use podlapse_model::Object;

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
///
/// # Errors
/// Beside the rows above it, what is wrong with a path in an object.
pub(super) fn text(columns: &[(String, JsonPath)], objects: &[Object], has_no_headers: bool) -> Result<String, (String, String)> {
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(objects.len() + 1);
    if !has_no_headers {
        rows.push(columns.iter().map(|(heading, _)| heading.clone()).collect());
    }
    for object in objects {
        match columns.iter().map(|(_, path)| cell(path, object)).collect() {
            Ok(row) => rows.push(row),
            Err(message) => return Err((TablePrinter::default().print(&rows), message)),
        }
    }
    Ok(TablePrinter::default().print(&rows))
}

fn cell(path: &JsonPath, object: &Object) -> Result<String, String> {
    let found = path.find_in(object)?;
    let found: Vec<String> = found.iter().map(super::go_text).collect();
    Ok(if found.is_empty() { "<none>".to_owned() } else { found.join(",") })
}
