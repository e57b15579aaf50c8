//! Reading our own documents: strict about names and types, and all findings at once.

use podlapse_model::SortedSet;

use podlapse_model::{Quantity, SimDuration, SimTime};
use serde_json::Value;

use crate::check::{Diagnostic, Severity};
use crate::place::Places;

/// Where findings go, and what they are about.
pub(super) struct Findings<'a> {
    pub(super) places: &'a Places,
    pub(super) document: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Findings<'_> {
    pub(super) fn error(&mut self, path: &str, message: String) {
        let place = self.places.find(path).value;
        self.diagnostics
            .push(Diagnostic::new(Severity::Error, self.document, format!("{path}: {message}")).about(path).at(Some(place)));
    }

    fn unknown(&mut self, path: &str, message: String, known: &SortedSet<&'static str>) {
        let place = self.places.find(path).point();
        let names: Vec<&str> = known.iter().copied().collect();
        let finding = Diagnostic::new(Severity::Error, self.document, message).about(path).at(Some(place));
        self.diagnostics.push(finding.hint(format!("known fields: {}", names.join(", "))));
    }
}

/// The fields of one mapping, and which of them have been asked for.
pub(super) struct Fields<'v> {
    value: &'v Value,
    path: String,
    asked: SortedSet<&'static str>,
}

impl<'v> Fields<'v> {
    pub(super) fn new(value: &'v Value, path: &str, findings: &mut Findings<'_>) -> Self {
        if !value.is_object() && !value.is_null() {
            findings.error(path, format!("expected a mapping, found {}", kind_of(value)));
        }
        Fields { value, path: path.to_owned(), asked: SortedSet::new() }
    }

    pub(super) fn path(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// A field's value; `null` counts as absent.
    pub(super) fn get(&mut self, field: &'static str) -> Option<&'v Value> {
        self.asked.insert(field);
        self.value.get(field).filter(|value| !value.is_null())
    }

    /// Reports the fields that nobody asked for.
    pub(super) fn finish(self, findings: &mut Findings<'_>) {
        for field in self.value.as_object().into_iter().flat_map(|fields| fields.keys()) {
            if !self.asked.contains(field.as_str()) {
                let path = self.path(field);
                findings.unknown(&path, format!("unknown field \"{path}\""), &self.asked);
            }
        }
    }

    fn read<T>(
        &mut self,
        field: &'static str,
        findings: &mut Findings<'_>,
        expected: &str,
        read: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(field)?;
        let found = read(value);
        if found.is_none() {
            let path = self.path(field);
            findings.error(&path, format!("expected {expected}, found {}", shown(value)));
        }
        found
    }

    pub(super) fn text(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<String> {
        self.read(field, findings, "text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<bool> {
        self.read(field, findings, "true or false", Value::as_bool)
    }

    pub(super) fn duration(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<SimDuration> {
        self.read(field, findings, "a duration such as 30s, 1m30s or 100ms", duration)
    }

    pub(super) fn time(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<SimTime> {
        self.duration(field, findings).map(|span| SimTime::ZERO + span)
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<T> {
        self.read(field, findings, "a whole number in range", |value| value.as_i64().and_then(|value| T::try_from(value).ok()))
    }

    pub(super) fn bytes(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<u64> {
        self.read(field, findings, "a size such as 50Mi", |value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let quantity = Quantity::parse(&text).ok()?;
            u64::try_from(quantity.value()).ok()
        })
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        field: &'static str,
        findings: &mut Findings<'_>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.read(field, findings, &format!("one of {}", names.join(", ")), |value| {
            let text = value.as_str()?;
            choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice)
        })
    }

    /// The items of a list, each with its path.
    pub(super) fn items(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Vec<(&'v Value, String)> {
        let path = self.path(field);
        let items = self.read(field, findings, "a list", Value::as_array);
        items.into_iter().flatten().enumerate().map(|(at, item)| (item, format!("{path}[{at}]"))).collect()
    }

    pub(super) fn texts(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Vec<String> {
        let mut texts = Vec::new();
        for (item, path) in self.items(field, findings) {
            match item.as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => findings.error(&path, format!("expected text, found {}", shown(item))),
            }
        }
        texts
    }

    /// A nested mapping.
    pub(super) fn inner(&mut self, field: &'static str, findings: &mut Findings<'_>) -> Option<Fields<'v>> {
        let path = self.path(field);
        self.get(field).map(|value| Fields::new(value, &path, findings))
    }

    /// A field that must be there.
    pub(super) fn required(&mut self, field: &'static str, findings: &mut Findings<'_>) -> String {
        let is_absent = self.get(field).is_none();
        let text = self.text(field, findings);
        if is_absent {
            let path = self.path(field);
            findings.error(&path, "is required".to_owned());
        }
        text.unwrap_or_default()
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => kind_of(value).to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Go's duration syntax (`1h2m3.5s`, `100ms`, `0`); a bare number counts seconds.
fn duration(value: &Value) -> Option<SimDuration> {
    if let Some(seconds) = value.as_f64() {
        let ns = seconds * 1e9;
        return (0.0..9e18).contains(&ns).then(|| SimDuration::from_nanos(ns.round() as u64));
    }
    SimDuration::parse(value.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(text: &str) -> Option<u64> {
        duration(&Value::String(text.to_owned())).map(SimDuration::as_nanos)
    }

    #[test]
    fn durations_are_written_as_in_go() {
        assert_eq!(ns("1m30s"), Some(90_000_000_000));
        assert_eq!(ns("100ms"), Some(100_000_000));
        assert_eq!(ns("1.5s"), Some(1_500_000_000));
        assert_eq!(ns("0"), Some(0));
        assert_eq!(ns(""), None);
        assert_eq!(ns("5"), None);
        assert_eq!(ns("s"), None);
    }
}
