//! A file as kubectl reads it: JSON as long as it is JSON, else YAML documents between `---` lines.
//!
//! Upstream: `k8s.io/apimachinery/pkg/util/yaml` `YAMLOrJSONDecoder` and `YAMLReader`. A separator at the very beginning
//! belongs to the document that follows it, which shows in line numbers.

use serde_json::Value;

use crate::check::{Checked, Diagnostic, Severity};
use crate::limits::{MAX_BYTES, too_long};
use crate::place::{Place, Places};
use crate::yaml::{self, Converted};
use crate::{go_json, go_text};

/// One document of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Counted from 0, empty ones included.
    pub index: usize,
    /// What it holds.
    pub json: Value,
    /// Where its parts stand.
    pub places: Places,
    /// Keys that stand twice in a mapping, as Go shows them, and where the value that won stands.
    pub duplicates: Vec<(String, Place)>,
    /// Its JSON text as kubectl passes it on.
    pub(crate) raw: String,
}

impl Document {
    /// `kind` as written; empty when there is none.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// `apiVersion` as written; empty when there is none.
    pub fn api_version(&self) -> &str {
        self.text("apiVersion")
    }

    fn text(&self, field: &str) -> &str {
        self.json.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its JSON text as kubectl passes it on: keys sorted, numbers and text as Go writes them; JSON as it was written.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether it is one of ours, which says what Kubernetes has no object for; kubectl never sees it.
    pub(crate) fn is_simulation(&self) -> bool {
        self.kind() == "Simulation" && self.api_version().starts_with("podlapse.dev/")
    }

    /// Whether it holds nothing, so that kubectl passes over it.
    pub fn is_empty(&self) -> bool {
        self.json.is_null()
    }
}

/// Why reading stopped; what follows in the file is never looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// kubectl's words, without the file's name.
    pub message: String,
    /// Where the reader stood.
    pub place: Option<Place>,
    /// The document that could not be read, counted from 0.
    pub document: usize,
}

/// Everything up to the first error, and that error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// The documents in order, empty ones included.
    pub documents: Vec<Document>,
    /// What ended the reading early.
    pub error: Option<ReadError>,
}

/// The documents of a YAML or JSON text.
///
/// ```
/// let read = podlapse_manifest::read("a: on\n---\nb: 0644\n");
/// let documents = read.value.unwrap();
/// assert_eq!(documents[0].json, serde_json::json!({"a": true}));
/// assert_eq!(documents[1].json, serde_json::json!({"b": 420}));
/// assert_eq!(documents[1].places.find("b").value.line, 3);
/// ```
pub fn read(text: &str) -> Checked<Vec<Document>> {
    let stream = read_stream(text);
    let diagnostics =
        stream.error.iter().map(|error| Diagnostic::new(Severity::Error, error.document, error.message.clone()).at(error.place));
    Checked { diagnostics: diagnostics.collect(), value: Some(stream.documents) }
}

/// One YAML document, whatever it looks like: no separators, and no attempt to read it as JSON.
///
/// # Errors
/// Why it cannot be read, in the words of the YAML library.
///
/// ```
/// let document = podlapse_manifest::read_yaml("a: 1\na: 2\n").unwrap();
/// assert_eq!(document.json, serde_json::json!({"a": 2}));
/// assert_eq!(document.duplicates[0].0, "\"a\"");
/// ```
pub fn read_yaml(text: &str) -> Result<Document, ReadError> {
    match yaml::to_json(text, Place::START) {
        Ok(Converted { value, places, duplicates }) => {
            let raw = go_text::json(&value);
            Ok(Document { index: 0, json: value, places, duplicates, raw })
        }
        Err(error) => {
            let place = error.mark.map(|mark| mark.place(Place::START));
            Err(ReadError { message: error.message, place, document: 0 })
        }
    }
}

/// As [`read`], keeping the error apart, as kubectl meets it.
pub fn read_stream(text: &str) -> Stream {
    let mut reader = Reader { stream: Stream::default(), line: 0 };
    if text.len() > MAX_BYTES {
        reader.stop(too_long(text.len()), None);
        return reader.stream;
    }
    let rest = if text.trim_start().starts_with('{') { reader.json(text) } else { Some((text, None)) };
    if let Some((rest, json_error)) = rest {
        reader.yaml(rest, json_error);
    }
    reader.stream
}

struct Reader {
    stream: Stream,
    /// Lines of the file before what is left.
    line: usize,
}

impl Reader {
    fn stop(&mut self, message: String, place: Option<Place>) {
        let document = self.stream.documents.len();
        self.stream.error = Some(ReadError { message, place, document });
    }

    fn push(&mut self, converted: Converted, raw: Option<String>) {
        let Converted { value, places, duplicates } = converted;
        let index = self.stream.documents.len();
        let raw = raw.unwrap_or_else(|| go_text::json(&value));
        self.stream.documents.push(Document { index, json: value, places, duplicates, raw });
    }

    /// Reads JSON objects. Returns what is left for YAML and the error that JSON ended with, if it may be YAML after all.
    fn json<'a>(&mut self, text: &'a str) -> Option<(&'a str, Option<String>)> {
        let mut rest = text;
        // Counted on from value to value: there may be very many in one line.
        let mut at = Place::START;
        loop {
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            if trimmed.is_empty() {
                return None;
            }
            at = at.after(&rest[..rest.len() - trimmed.len()]);
            match go_json::read_value(trimmed) {
                Ok((value, length)) => {
                    let (raw, left) = trimmed.split_at(length);
                    let converted = Converted { places: json_places(raw, at), value, duplicates: Vec::new() };
                    self.push(converted, Some(raw.to_owned()));
                    at = at.after(raw);
                    rest = left;
                }
                Err(error) => {
                    let offset = text.len() - trimmed.len() + error.offset;
                    let message = error.message(offset);
                    if self.stream.documents.len() > 1 {
                        self.stop(error.bare_message(), Some(place_at(text, offset)));
                        return None;
                    }
                    // White space after the object is passed over, up to and including the first line break.
                    let blank = rest.len() - rest.trim_start().len();
                    let skipped = rest[..blank].find('\n').map_or(blank, |at| at + 1);
                    let left = &rest[skipped..];
                    self.line = text[..text.len() - left.len()].matches('\n').count();
                    return if left.is_empty() { None } else { Some((left, Some(message))) };
                }
            }
        }
    }

    /// Reads the documents between separators. An error in the first one is reported in the words of the JSON error, if any.
    fn yaml(&mut self, text: &str, mut json_error: Option<String>) {
        let mut chunk = String::new();
        let mut chunk_line = self.line;
        for (at, line) in text.lines().enumerate() {
            if let Some(after) = line.strip_prefix("---") {
                let after = after.trim();
                if !after.is_empty() && !after.starts_with('#') {
                    let place = line_start(self.line + at);
                    let message = json_error.take().unwrap_or_else(|| format!("invalid Yaml document separator: {after}"));
                    return self.stop(message, Some(place));
                }
                if !chunk.is_empty() {
                    if !self.document(&chunk, chunk_line, &mut json_error) {
                        return;
                    }
                    chunk.clear();
                    chunk_line = self.line + at + 1;
                    continue;
                }
            }
            chunk.push_str(line);
            chunk.push('\n');
        }
        if !chunk.is_empty() {
            self.document(&chunk, chunk_line, &mut json_error);
        }
    }

    fn document(&mut self, chunk: &str, line: usize, json_error: &mut Option<String>) -> bool {
        let origin = line_start(line);
        match yaml::to_json(chunk, origin) {
            Ok(converted) => {
                *json_error = None;
                self.push(converted, None);
                true
            }
            Err(error) => {
                let place = error.mark.map(|mark| mark.place(origin));
                let message = json_error.take().unwrap_or_else(|| format!("error converting YAML to JSON: {}", error.message));
                self.stop(message, place);
                false
            }
        }
    }
}

/// The beginning of a line that is counted from 0.
fn line_start(line: usize) -> Place {
    Place { line: line as u32 + 1, ..Place::START }
}

fn place_at(text: &str, offset: usize) -> Place {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Place::START.after(&text[..end])
}

/// JSON is nearly YAML, so its places are those of a YAML reading; what is not YAML keeps only its beginning.
fn json_places(raw: &str, origin: Place) -> Places {
    match yaml::to_json(raw, origin) {
        Ok(converted) => converted.places,
        Err(_) => Places::new(origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_behind_each_other_know_their_places() {
        let stream = read_stream("{\"a\": 1}{\"b\": 2}\n\n {\"c\": 3}");
        let fields = ["a", "b", "c"].iter().zip(&stream.documents);
        let places = fields.map(|(field, document)| document.places.find(field).point());
        let places: Vec<(u32, u32)> = places.map(|place| (place.line, place.column)).collect();
        assert_eq!(places, [(1, 2), (1, 10), (3, 3)]);
    }
}
