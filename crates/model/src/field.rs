//! The texts with which Kubernetes points at a bad field, and the rules for keys and values of labels.
//!
//! Models `k8s.io/apimachinery/pkg/util/validation` (`IsQualifiedName`, `IsValidLabelValue`, `IsDNS1123Subdomain`),
//! `pkg/util/validation/field` `Error` and `pkg/util/errors` `Aggregate` (v1.36).

use crate::SortedSet;
use crate::go_text::quote;

const QUALIFIED_NAME_FORMAT: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE_FORMAT: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const SUBDOMAIN_FORMAT: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const QUALIFIED_NAME_RULE: &str =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/// `FIELD: Invalid value: VALUE: DETAIL`, where the value is quoted already.
pub fn invalid(path: &str, value: &str, detail: &str) -> String {
    format!("{path}: Invalid value: {value}: {detail}")
}

/// `FIELD: Unsupported value: "VALUE": supported values: "A", "B"`.
pub fn not_supported(path: &str, value: &str, supported: &[&str]) -> String {
    let supported: Vec<String> = supported.iter().map(|value| quote(value)).collect();
    format!("{path}: Unsupported value: {}: supported values: {}", quote(value), supported.join(", "))
}

/// A list of texts as an error shows it: nothing is `null`.
pub(crate) fn list(values: Option<&[String]>) -> String {
    let Some(values) = values else { return "null".to_owned() };
    let quoted: Vec<String> = values.iter().map(|value| quote(value)).collect();
    format!("[{}]", quoted.join(","))
}

/// Several errors as one text: alone as it is, more between brackets and each only once.
pub fn aggregate(errors: &[String]) -> String {
    let mut seen = SortedSet::new();
    let distinct: Vec<&str> = errors.iter().map(String::as_str).filter(|error| seen.insert(*error)).collect();
    match distinct.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// `RULE (e.g. 'A',  or 'B', regex used for validation is 'FORMAT')`.
fn regex_error(rule: &str, format: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{rule} (e.g. {}regex used for validation is '{format}')", examples.join(" or "))
}

fn too_long(most: usize) -> String {
    format!("must be no more than {most} bytes")
}

fn is_qualified_part(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().last()) else { return false };
    first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() && text.bytes().all(inner)
}

/// What is wrong with a key of a label, as in `app` or `example.com/app`; nothing if it is valid.
pub fn qualified_name_errors(key: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let rule = || regex_error(QUALIFIED_NAME_RULE, QUALIFIED_NAME_FORMAT, &["MyName", "my.name", "123-abc"]);
    let name = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] => *name,
        ["", name] => {
            errors.push("prefix part must be non-empty".to_owned());
            *name
        }
        [prefix, name] => {
            errors.extend(subdomain_errors(prefix).into_iter().map(|error| format!("prefix part {error}")));
            *name
        }
        _ => {
            return vec![format!(
                "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                rule()
            )];
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        errors.push(format!("name part {}", too_long(63)));
    }
    if !is_qualified_part(name) {
        errors.push(format!("name part {}", rule()));
    }
    errors
}

/// What is wrong with a value of a label; nothing if it is valid.
pub fn label_value_errors(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push(too_long(63));
    }
    if !value.is_empty() && !is_qualified_part(value) {
        let rule = format!("a valid label must be an empty string or {}", QUALIFIED_NAME_RULE.trim_start_matches("must "));
        errors.push(regex_error(&rule, LABEL_VALUE_FORMAT, &["MyValue", "my_value", "12345"]));
    }
    errors
}

/// What is wrong with a lowercase RFC 1123 subdomain, as most names of objects are; nothing if it is valid.
pub fn subdomain_errors(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > 253 {
        errors.push(too_long(253));
    }
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let (Some(first), Some(last)) = (label.bytes().next(), label.bytes().last()) else { return false };
        alphanumeric(first) && alphanumeric(last) && label.bytes().all(|byte| alphanumeric(byte) || byte == b'-')
    };
    if !value.split('.').all(is_label) {
        let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
            and must start and end with an alphanumeric character";
        errors.push(regex_error(rule, SUBDOMAIN_FORMAT, &["example.com"]));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_at_most_one_prefix() {
        assert!(qualified_name_errors("example.com/app").is_empty());
        assert_eq!(qualified_name_errors("/app"), ["prefix part must be non-empty"]);
        assert!(qualified_name_errors("a/b/c")[0].starts_with("a valid label key must consist"));
        assert!(qualified_name_errors("Bad/app")[0].starts_with("prefix part a lowercase RFC 1123 subdomain"));
    }
}
