//! An object of which kubectl knows nothing. Models `genericDescriber` and `printUnstructuredContent`.

use podlapse_model::Object;
use serde_json::Value;

use super::metadata::{labels_and_annotations, name};
use super::writer::{Writer, put};
use crate::output::go_text;

/// What is shown before, or never.
const SKIPPED: &[&str] =
    &[".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

/// Writes the object field by field.
pub(super) fn object(w: &mut Writer, object: &Object) -> bool {
    let metadata = object.metadata();
    name(w, metadata);
    if metadata.namespace.is_none() {
        put!(w, 0, "Namespace:\t\n");
    }
    labels_and_annotations(w, metadata);
    content(w, 0, &crate::output::shown(object, true), "");
    true
}

fn content(w: &mut Writer, level: usize, value: &Value, path: &str) {
    let mut fields: Vec<_> = value.as_object().into_iter().flatten().collect();
    podlapse_model::sort_by_key(&mut fields, |(name, _)| *name);
    for (field, value) in fields {
        let path = format!("{path}.{field}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        let label = label(field);
        match value {
            Value::Object(_) => {
                put!(w, level, "{label}:\n");
                content(w, level + 1, value, &path);
            }
            Value::Array(items) => {
                put!(w, level, "{label}:\n");
                for item in items {
                    if item.is_object() {
                        content(w, level + 1, item, &path);
                    } else {
                        put!(w, level + 1, "{}\n", go_text(item));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                put!(w, level, "{label}:\t{}\n", go_text(value));
            }
        }
    }
}

/// `smartLabelFor`: `apiVersion` becomes `API Version`.
fn label(field: &str) -> String {
    if !field.chars().all(|c| c.is_alphabetic() || c == '-') {
        return field.to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    for part in words(field) {
        // `CID` and `Rs` are `CIDRs`.
        match parts.last_mut() {
            Some(last) if 2 <= last.len() && *last == last.to_uppercase() && part.starts_with(char::is_uppercase) => {
                last.push_str(&part);
            }
            Some(_) | None => parts.push(part),
        }
    }
    let spelt = |part: String| {
        let upper = part.to_uppercase();
        if ["API", "URL", "UID", "GUID"].contains(&upper.as_str()) {
            return upper;
        }
        let mut characters = part.chars();
        characters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
    };
    parts.into_iter().map(spelt).collect::<Vec<_>>().join(" ")
}

/// `camelcase.Split`: runs of small letters with the capital before them, runs of capitals, and what is neither.
fn words(field: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = field.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let begins = match before {
            None => true,
            Some(before) if before.is_alphabetic() != letter.is_alphabetic() => true,
            Some(before) if before.is_uppercase() && letter.is_uppercase() => {
                letters.get(at + 1).is_some_and(|next| next.is_lowercase())
            }
            Some(before) => before.is_lowercase() && letter.is_uppercase(),
        };
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.push(*letter),
            None => words.push(letter.to_string()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_words() {
        let labels = ["apiVersion", "uid", "creationTimestamp", "podCIDRs", "podIPs", "k8s.io/x", "a-bc"].map(label);
        assert_eq!(labels, ["API Version", "UID", "Creation Timestamp", "Pod CIDRs", "Pod I Ps", "k8s.io/x", "A - Bc"]);
    }
}
