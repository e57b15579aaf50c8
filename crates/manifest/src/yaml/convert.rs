//! Nodes to JSON, with the place of every key and value.
//!
//! Upstream: `(*decoder).unmarshal` of go-yaml v2 into an `interface{}` and `convertToJSONableObject` of sigs.k8s.io/yaml. The
//! last of several equal keys wins, silently; a merge key overwrites what stands before it and yields to what follows.

use podlapse_model::SortedMap;
use serde_json::{Map, Value};

use super::compose::{Node, NodeId, NodeKind, Tree, compose};
use super::resolve::{Scalar, resolve};
use super::{Mark, YamlError, go};
use crate::limits::{MAX_NODES, too_many_nodes};
use crate::place::{Place, Places};

/// A document as JSON, and where its parts stand.
#[derive(Debug)]
pub(crate) struct Converted {
    pub(crate) value: Value,
    pub(crate) places: Places,
    /// Keys that were set before, as Go shows them, and where the value that won stands.
    pub(crate) duplicates: Vec<(String, Place)>,
}

/// Converts the first document of `text`, which begins at `origin` in the file.
pub(crate) fn to_json(text: &str, origin: Place) -> Result<Converted, YamlError> {
    let tree = compose(text)?;
    let Some(root) = tree.root else {
        let places = Places::new(origin);
        return Ok(Converted { value: Value::Null, places, duplicates: Vec::new() });
    };
    let mut converter = Converter {
        tree: &tree,
        origin,
        open: vec![false; tree.nodes.len()],
        made: 0,
        aliased: 0,
        alias_depth: 0,
        failure: None,
        duplicates: Vec::new(),
    };
    let (value, places) = converter.value(root)?;
    match converter.failure {
        // These are found only when the whole document is turned into JSON, after every error of the YAML itself.
        Some(failure) => Err(failure),
        None => Ok(Converted { value, places, duplicates: converter.duplicates }),
    }
}

struct Converter<'a> {
    tree: &'a Tree,
    origin: Place,
    /// Which anchored nodes are being converted, to find one that holds itself.
    open: Vec<bool>,
    made: usize,
    aliased: usize,
    alias_depth: usize,
    /// The first key or number that JSON has no form for.
    failure: Option<YamlError>,
    duplicates: Vec<(String, Place)>,
}

impl<'a> Converter<'a> {
    fn node(&self, id: NodeId) -> &'a Node {
        &self.tree.nodes[id]
    }

    /// Counts a node, so that aliases of aliases cannot grow without bound.
    fn count(&mut self, mark: Mark) -> Result<(), YamlError> {
        self.made += 1;
        if self.alias_depth > 0 {
            self.aliased += 1;
        }
        // The library's own guard: more than 99 of 100 values come from aliases.
        if self.aliased > 100 && self.made > 1000 && self.aliased * 100 > self.made * 99 {
            return Err(YamlError::plain("yaml: document contains excessive aliasing".to_owned(), Some(mark)));
        }
        if self.made > MAX_NODES {
            return Err(YamlError::plain(too_many_nodes(), Some(mark)));
        }
        Ok(())
    }

    fn value(&mut self, id: NodeId) -> Result<(Value, Places), YamlError> {
        let node = self.node(id);
        let mark = node.mark;
        self.count(mark)?;
        let places = Places::new(mark.place(self.origin));
        match &node.kind {
            NodeKind::Alias(target) => {
                let (target, name) = (*target, node.anchor.clone());
                self.closed(target, &name, mark)?;
                self.alias_depth += 1;
                let result = self.value(target);
                self.alias_depth -= 1;
                result
            }
            NodeKind::Scalar { .. } => Ok((self.scalar(id)?, places)),
            NodeKind::Sequence(items) => self.within(id, |converter| {
                let mut places = places;
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let (value, at) = converter.value(*item)?;
                    values.push(value);
                    places.items.push(at);
                }
                Ok((Value::Array(values), places))
            }),
            NodeKind::Mapping(entries) => self.within(id, |converter| {
                let mut mapping = (Map::new(), places);
                converter.entries(entries, &mut mapping)?;
                Ok((Value::Object(mapping.0), mapping.1))
            }),
        }
    }

    /// Refuses an alias of what is still being converted.
    fn closed(&self, target: NodeId, name: &str, mark: Mark) -> Result<(), YamlError> {
        if self.open[target] {
            return Err(YamlError::plain(format!("yaml: anchor '{name}' value contains itself"), Some(mark)));
        }
        Ok(())
    }

    /// Runs `convert` with the node marked as open.
    fn within<T>(&mut self, id: NodeId, convert: impl FnOnce(&mut Self) -> Result<T, YamlError>) -> Result<T, YamlError> {
        self.open[id] = true;
        let result = convert(self);
        self.open[id] = false;
        result
    }

    fn resolve_scalar(&self, id: NodeId) -> Result<Scalar, YamlError> {
        let node = self.node(id);
        let NodeKind::Scalar { text, is_plain } = &node.kind else { return Ok(Scalar::Null) };
        resolve(&node.tag, text, *is_plain).map_err(|problem| YamlError::plain(format!("yaml: {problem}"), Some(node.mark)))
    }

    fn scalar(&mut self, id: NodeId) -> Result<Value, YamlError> {
        let mark = self.node(id).mark;
        Ok(match self.resolve_scalar(id)? {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Int(value) => Value::Number(value.into()),
            Scalar::Uint(value) => Value::Number(value.into()),
            Scalar::Text(text) => Value::String(text),
            Scalar::Float(value) => match go::json_number(value) {
                Some(number) => Value::Number(number),
                None => {
                    let name = if value.is_nan() { "NaN" } else { ["-Inf", "+Inf"][usize::from(value > 0.0)] };
                    self.fail(format!("json: unsupported value: {name}"), mark);
                    Value::Null
                }
            },
        })
    }

    fn fail(&mut self, message: String, mark: Mark) {
        self.failure.get_or_insert(YamlError::plain(message, Some(mark)));
    }

    fn entries(&mut self, entries: &[(NodeId, NodeId)], into: &mut (Map<String, Value>, Places)) -> Result<(), YamlError> {
        let mut last: Option<SortedMap<String, usize>> = None;
        for (at, &(key, value)) in entries.iter().enumerate() {
            if self.is_merge(key) {
                self.merge(value, into)?;
                continue;
            }
            let key_node = self.node(key);
            let (key_mark, resolved_key) = (key_node.mark, self.key(key)?);
            let had_failed = self.failure.is_some();
            let (json, mut places) = self.value(value)?;
            match resolved_key {
                Ok(name) => {
                    // A value that a later one of its key replaces never becomes JSON.
                    if !had_failed && self.failure.is_some() {
                        if last.is_none() {
                            last = Some(self.last_of_each(entries)?);
                        }
                        let last = last.as_ref().and_then(|last| last.get(&name));
                        self.failure = self.failure.take().filter(|_| last.is_none_or(|last| *last <= at));
                    }
                    places.key = Some(key_mark.place(self.origin));
                    into.1.fields.insert(name.clone(), places);
                    if into.0.insert(name, json).is_some() {
                        let shown = self.show(key, false);
                        // A value that is not written stands where its key does.
                        let is_empty =
                            matches!(&self.node(value).kind, NodeKind::Scalar { text, is_plain: true } if text.is_empty());
                        let at = if is_empty { key_mark } else { self.node(value).mark };
                        self.duplicates.push((shown, at.place(self.origin)));
                    }
                }
                Err((kind, shown)) => {
                    let shown_value = self.show(value, false);
                    self.fail(format!("unsupported map key of type: {kind}, key: {shown}, value: {shown_value}"), key_mark);
                }
            }
        }
        Ok(())
    }

    /// Where each key that is a scalar stands for the last time.
    fn last_of_each(&mut self, entries: &[(NodeId, NodeId)]) -> Result<SortedMap<String, usize>, YamlError> {
        let mut last = SortedMap::new();
        for (at, (key, _)) in entries.iter().enumerate() {
            if let (NodeKind::Scalar { .. }, Ok(name)) = (&self.node(*key).kind, self.key(*key)?) {
                last.insert(name, at);
            }
        }
        Ok(last)
    }

    /// The text of a key; the inner error is the Go type and value of a key that JSON cannot have.
    fn key(&mut self, id: NodeId) -> Result<Result<String, (&'static str, String)>, YamlError> {
        let id = match self.node(id).kind {
            NodeKind::Alias(target) => {
                self.closed(target, &self.node(id).anchor, self.node(id).mark)?;
                target
            }
            NodeKind::Scalar { .. } | NodeKind::Sequence(_) | NodeKind::Mapping(_) => id,
        };
        self.count(self.node(id).mark)?;
        if !matches!(self.node(id).kind, NodeKind::Scalar { .. }) {
            // The key itself is converted first, so that its own errors come first.
            self.value(id)?;
            let message = format!("yaml: invalid map key: {}", self.show(id, false));
            return Err(YamlError::plain(message, Some(self.node(id).mark)));
        }
        Ok(match self.resolve_scalar(id)? {
            Scalar::Null => Err(("%!s(<nil>)", "<nil>".to_owned())),
            Scalar::Bool(value) => Ok(value.to_string()),
            Scalar::Int(value) => Ok(value.to_string()),
            Scalar::Uint(value) => Err(("uint64", format!("{value:#x}"))),
            Scalar::Float(value) => Ok(go::float_key(value)),
            Scalar::Text(text) => Ok(text),
        })
    }

    fn is_merge(&self, id: NodeId) -> bool {
        let node = self.node(id);
        match &node.kind {
            NodeKind::Scalar { text, is_plain } => {
                text == "<<" && ((*is_plain && node.tag.is_empty()) || node.tag == "tag:yaml.org,2002:merge")
            }
            NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Alias(_) => false,
        }
    }

    fn merge(&mut self, id: NodeId, into: &mut (Map<String, Value>, Places)) -> Result<(), YamlError> {
        let fail =
            |mark| Err(YamlError::plain("yaml: map merge requires map or sequence of maps as the value".to_owned(), Some(mark)));
        let sources = match &self.node(id).kind {
            NodeKind::Mapping(_) | NodeKind::Alias(_) => vec![id],
            // Earlier ones take precedence, so they are written last.
            NodeKind::Sequence(items) => items.iter().rev().copied().collect(),
            NodeKind::Scalar { .. } => return fail(self.node(id).mark),
        };
        for source in sources {
            let mark = self.node(source).mark;
            let (target, is_alias) = match self.node(source).kind {
                NodeKind::Alias(target) => (target, true),
                NodeKind::Scalar { .. } | NodeKind::Sequence(_) | NodeKind::Mapping(_) => (source, false),
            };
            let NodeKind::Mapping(entries) = &self.tree.nodes[target].kind else { return fail(mark) };
            self.closed(target, &self.node(source).anchor, mark)?;
            self.count(mark)?;
            self.alias_depth += usize::from(is_alias);
            let result = self.within(target, |converter| converter.entries(entries, into));
            self.alias_depth -= usize::from(is_alias);
            result?;
        }
        Ok(())
    }

    /// A value in Go's syntax (`%#v`), as the messages about keys show it.
    fn show(&self, id: NodeId, is_nested: bool) -> String {
        let node = self.node(id);
        match &node.kind {
            NodeKind::Alias(target) if self.open[*target] => "...".to_owned(),
            NodeKind::Alias(target) => self.show(*target, is_nested),
            NodeKind::Sequence(items) => {
                let items: Vec<String> = items.iter().map(|item| self.show(*item, true)).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            NodeKind::Mapping(entries) => {
                let mut shown: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{}:{}", self.show(*key, true), self.show(*value, true))).collect();
                podlapse_model::sort(&mut shown);
                format!("map[interface {{}}]interface {{}}{{{}}}", shown.join(", "))
            }
            NodeKind::Scalar { .. } => match self.resolve_scalar(id).unwrap_or(Scalar::Null) {
                Scalar::Null if is_nested => "interface {}(nil)".to_owned(),
                Scalar::Null => "<nil>".to_owned(),
                Scalar::Bool(value) => value.to_string(),
                Scalar::Int(value) => value.to_string(),
                Scalar::Uint(value) => format!("{value:#x}"),
                Scalar::Float(value) => go::float_go(value),
                Scalar::Text(text) => podlapse_model::go_text::quote(&text),
            },
        }
    }
}
