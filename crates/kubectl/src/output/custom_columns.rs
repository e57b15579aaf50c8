//! `-o custom-columns=HEADING:PATH,...`. Models `k8s.io/kubectl/pkg/cmd/get/customcolumn.go`.

use podlapse_model::Object;

use super::jsonpath::{JsonPath, relaxed};
use crate::table::TablePrinter;

/// A heading and the path below it, which is found wrong when the first object is printed.
pub(super) type Column = (String, Result<JsonPath, String>);

/// Reads the columns.
///
/// # Errors
/// kubectl's words for a column without a path.
pub(super) fn parse(text: &str) -> Result<Vec<Column>, String> {
    if text.is_empty() {
        return Err("custom-columns format specified but no custom columns given".to_owned());
    }
    let column = |column: &str| match column.split_once(':') {
        Some((heading, path)) => Ok((heading.to_owned(), JsonPath::parse(&relaxed(path)?))),
        None => Err(format!("unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>")),
    };
    text.split(',').map(column).collect()
}

/// Reads a file with a line of headings and a line of paths.
///
/// # Errors
/// kubectl's words for a file of another form.
pub(super) fn parse_file(text: &str) -> Result<Vec<Column>, String> {
    let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let (headings, paths) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if headings.len() != paths.len() || headings.is_empty() {
        return Err(format!("number of headers ({}) and field specifications ({}) don't match", headings.len(), paths.len()));
    }
    let column = |(heading, path): (&&str, &&str)| Ok(((*heading).to_owned(), JsonPath::parse(&relaxed(path)?)));
    headings.iter().zip(&paths).map(column).collect()
}

/// The table of some objects.
///
/// # Errors
/// Beside the rows above it, what is wrong with a path in an object.
pub(super) fn text(columns: &[Column], objects: &[Object], has_no_headers: bool) -> Result<String, (String, String)> {
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(objects.len() + 1);
    if !has_no_headers {
        rows.push(columns.iter().map(|(heading, _)| heading.clone()).collect());
    }
    // All paths are read before the first is followed.
    if let Some(message) = columns.iter().find_map(|(_, path)| path.as_ref().err()).filter(|_| !objects.is_empty()) {
        return Err((TablePrinter::default().print(&rows), message.clone()));
    }
    for object in objects {
        match columns.iter().map(|(_, path)| cell(path, object)).collect() {
            Ok(row) => rows.push(row),
            Err(message) => return Err((TablePrinter::default().print(&rows), message)),
        }
    }
    Ok(TablePrinter::default().print(&rows))
}

fn cell(path: &Result<JsonPath, String>, object: &Object) -> Result<String, String> {
    let found = path.as_ref().map_err(String::clone)?.find_in(object)?;
    let found: Vec<String> = found.iter().map(super::go_text).collect();
    Ok(if found.is_empty() { "<none>".to_owned() } else { found.join(",") })
}
