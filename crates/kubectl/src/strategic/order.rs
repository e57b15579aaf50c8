//! The order of merged lists.

use serde_json::Value;

use super::{BAD_ORDER, DIRECTIVE, ORDER, Problem, no_merge_key};
use crate::output::go_text;

/// The kind of lists whose entries have fields.
pub(super) const MAP: &str = "map[string]interface {}";

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => MAP,
    }
}

/// `ErrBadArgType`.
pub(super) fn not_a_list(found: &Value) -> Problem {
    Problem::Other(format!("expected a []interface {{}}, but received a {}", kind(found)))
}

/// `sliceElementType`: what both lists hold; nothing where they are empty.
pub(super) fn kind_of(one: &[Value], other: &[Value]) -> Result<Option<&'static str>, Problem> {
    let mut kinds = one.iter().chain(other).map(kind);
    let Some(first) = kinds.next() else { return Ok(None) };
    if first == "[]interface {}" {
        return Err(Problem::Other("lists of lists are not supported".to_owned()));
    }
    if kinds.all(|kind| kind == first) {
        return Ok(Some(first));
    }
    let shown = |list: &[Value]| go_text(&list.to_vec().into());
    Err(Problem::Other(format!("list element types are not identical: [{} {}]", shown(one), shown(other))))
}

/// What is compared of two entries.
fn mark<'a>(entry: &'a Value, key: &str) -> Option<&'a Value> {
    if key.is_empty() { Some(entry) } else { entry.get(key) }
}

fn place(list: &[Value], entry: &Value, key: &str) -> Option<usize> {
    list.iter().position(|known| mark(known, key) == mark(entry, key))
}

fn has_directive(entry: &Value) -> bool {
    entry.get(DIRECTIVE).is_some()
}

/// The entries of a list that another one has as well, and the rest.
pub(super) fn partition(list: Vec<Value>, by: &[Value], key: &str) -> Result<(Vec<Value>, Vec<Value>), Problem> {
    if let Some(entry) = list.iter().find(|entry| mark(entry, key).is_none()) {
        return Err(no_merge_key(entry, key));
    }
    Ok(list.into_iter().partition(|entry| place(by, entry, key).is_some()))
}

/// `normalizeSliceOrder`: the entries in the order of another list, and behind them those that are to go.
pub(super) fn sorted(list: Vec<Value>, order: &[Value], key: &str) -> Result<Vec<Value>, Problem> {
    if !key.is_empty()
        && let Some(entry) = list.iter().chain(order).find(|entry| mark(entry, key).is_none())
    {
        return Err(no_merge_key(entry, key));
    }
    let is_gone = |entry: &Value| !key.is_empty() && entry.get(DIRECTIVE).is_some_and(|directive| directive == "delete");
    let (gone, mut list): (Vec<Value>, Vec<Value>) = list.into_iter().partition(is_gone);
    podlapse_model::sort_by_key(&mut list, |entry| place(order, entry, key).unwrap_or(usize::MAX));
    list.extend(gone);
    Ok(list)
}

/// `normalizeElementOrder`: the entries that the patch orders, and between them those that it does not know, where they stood.
pub(super) fn in_order(
    ordered: Vec<Value>,
    others: Vec<Value>,
    order: &[Value],
    before: &[Value],
    key: &str,
) -> Result<Vec<Value>, Problem> {
    let (ordered, others) = (sorted(ordered, order, key)?, sorted(others, before, key)?);
    let mut merged = Vec::with_capacity(ordered.len() + others.len());
    let (mut ordered, mut others) = (ordered.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(one), Some(other)) = (ordered.peek(), others.peek()) {
        let (at, at_other) = (place(before, one, key), place(before, other, key));
        let is_before = at_other.zip(at).is_some_and(|(other, one)| other < one);
        merged.extend(if is_before { others.next() } else { ordered.next() });
    }
    merged.extend(ordered.chain(others));
    Ok(merged)
}

/// `validatePatchWithSetOrderList`: the entries of a patch come in the order that it names.
pub(super) fn check(patch: &[Value], order: &[Value], key: &str) -> Result<(), Problem> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    if !key.is_empty() && patch.iter().any(|entry| !entry.is_object()) {
        return Err(BAD_ORDER);
    }
    let is_kept = |entry: &&Value| entry.get(DIRECTIVE).is_none_or(|directive| directive != "delete");
    let mut entries = patch.iter().filter(is_kept).filter(|entry| !has_directive(entry)).peekable();
    for next in order {
        let Some(entry) = entries.peek() else { return Ok(()) };
        let (Some(one), Some(other)) = (mark(entry, key), mark(next, key)) else {
            return Err(no_merge_key(if mark(entry, key).is_none() { entry } else { next }, key));
        };
        if one == other {
            entries.next();
        }
    }
    if entries.peek().is_none() {
        return Ok(());
    }
    let shown = |list: &[Value]| go_text(&list.to_vec().into());
    Err(Problem::Other(format!("The order in patch list:\n{}\n doesn't match {ORDER} list:\n{}\n", shown(patch), shown(order))))
}

/// `deduplicateScalars`: of equal values the first stays, and the last value of all takes the place of another.
pub(super) fn distinct(mut list: Vec<Value>) -> Vec<Value> {
    let mut at = 0;
    while at + 1 < list.len() {
        let mut other = at + 1;
        while other < list.len() {
            if list[at] == list[other] {
                list.swap_remove(other);
            } else {
                other += 1;
            }
        }
        at += 1;
    }
    list
}
