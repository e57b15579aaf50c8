//! What may stand at the end of a line: verbs, kinds, names at the instant, flags, namespaces, containers, files, filters.

use podlapse_core::store::Store;
use podlapse_model::{Kind, Object, ObjectKey};

use super::session::Session;
use crate::command::{Takes, flags_of, takes, verbs, words};
use crate::resources::{kinds_named, type_words};

/// What may take the place of the last word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The byte of the typed text from which a candidate replaces it.
    pub start: usize,
    /// The candidates, in order.
    pub candidates: Vec<Candidate>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub text: String,
    /// Whether the word is complete, so that a space may follow; a `TYPE/` or a folder goes on.
    pub is_whole: bool,
}

/// The filters that stand behind a pipe.
const FILTERS: &[&str] =
    &["awk", "base64", "cat", "cut", "grep", "head", "jq", "sed", "sort", "tail", "tee", "tr", "uniq", "wc", "xargs"];

const FORMATS: &[&str] = &[
    "custom-columns=",
    "custom-columns-file=",
    "json",
    "jsonpath=",
    "jsonpath-as-json=",
    "jsonpath-file=",
    "name",
    "wide",
    "yaml",
];

pub(super) fn complete(typed: &str, store: &Store, session: &Session) -> Completion {
    let segment_start = last_command(typed);
    let segment = &typed[segment_start..];
    let is_piped = typed[..segment_start].trim_end().ends_with('|');
    let word_start = last_word(segment);
    let word = &segment[word_start..];
    let before: Vec<String> = words(&segment[..word_start]).unwrap_or_default();
    let at =
        |start: usize, found: Found| Completion { start: segment_start + start, candidates: found.ending(&segment[start..]) };
    let before = match before.split_first() {
        None if is_piped => return at(word_start, Found::words(FILTERS)),
        None => return at(word_start, Found::words(&["kubectl"]).and(Found::words(&verbs("")))),
        Some((first, rest)) if matches!(first.as_str(), "kubectl" | "k") => rest,
        Some((first, _)) if crate::command::is_verb(first) && !is_piped => &before,
        Some(_) => return at(word_start, Found::files(session, word)),
    };
    let line = Line::read(before, store);
    if let Some((flag, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
        let start = word_start + flag.len() + 1;
        return at(start, line.value(flag.trim_start_matches('-'), value, session));
    }
    if let Some(flag) = line.open_flag {
        return at(word_start, line.value(flag, word, session));
    }
    if word.starts_with('-') {
        return at(word_start, Found::flags(&line.verb));
    }
    match word.rfind(',').filter(|_| line.operands.is_empty()) {
        // `pods,svc`: what follows the comma is a kind of its own.
        Some(comma) => at(word_start + comma + 1, Found(type_words().into_iter().map(whole).collect())),
        None => at(word_start, line.operand(word)),
    }
}

/// Where the last command of a line begins.
fn last_command(typed: &str) -> usize {
    let mut start = 0;
    let mut quote = None;
    for (at, character) in typed.char_indices() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, '|' | ';' | '&' | '\n' | '(') => start = at + 1,
            (_, _) => {}
        }
    }
    start + typed[start..].len() - typed[start..].trim_start().len()
}

/// Where the word at the end of a text begins.
fn last_word(text: &str) -> usize {
    text.rfind([' ', '\t']).map_or(0, |at| at + 1)
}

fn whole(text: &str) -> Candidate {
    Candidate { text: text.to_owned(), is_whole: !text.ends_with(['/', '=']) }
}

/// Candidates that are not yet compared with what was typed.
struct Found(Vec<Candidate>);

impl Found {
    fn words(words: &[&str]) -> Found {
        Found(words.iter().copied().map(whole).collect())
    }

    fn flags(verb: &str) -> Found {
        let mut flags: Vec<String> = flags_of(verb).iter().map(|flag| format!("--{}", flag.long)).collect();
        podlapse_model::sort(&mut flags);
        flags.dedup();
        Found(flags.iter().map(|flag| whole(flag)).collect())
    }

    fn files(session: &Session, word: &str) -> Found {
        Found(session.paths(word).iter().map(|path| whole(path)).collect())
    }

    fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Found {
        Found(names.into_iter().map(whole).collect())
    }

    fn and(mut self, other: Found) -> Found {
        self.0.extend(other.0);
        self
    }

    /// Those that begin as the word does.
    fn ending(self, word: &str) -> Vec<Candidate> {
        self.0.into_iter().filter(|candidate| candidate.text.starts_with(word)).collect()
    }
}

/// The words before the one that is typed.
struct Line<'a> {
    store: &'a Store,
    /// With its second word, as in `rollout status`.
    verb: String,
    operands: Vec<String>,
    namespace: String,
    /// A flag that waits for its value.
    open_flag: Option<&'static str>,
}

impl<'a> Line<'a> {
    fn read(before: &[String], store: &'a Store) -> Line<'a> {
        let mut line =
            Line { store, verb: String::new(), operands: Vec::new(), namespace: "default".to_owned(), open_flag: None };
        for word in before {
            if let Some(flag) = line.open_flag.take() {
                line.note(flag, word);
            } else if let Some(body) = word.strip_prefix("--") {
                let (name, value) = body.split_once('=').map_or((body, None), |(name, value)| (name, Some(value)));
                line.flag(flags_of(&line.verb).iter().find(|flag| flag.long == name).copied(), value);
            } else if let Some(letter) = word.strip_prefix('-').and_then(|rest| rest.chars().next()) {
                let value = Some(&word[1 + letter.len_utf8()..]).filter(|value| !value.is_empty());
                line.flag(flags_of(&line.verb).iter().find(|flag| flag.short == Some(letter)).copied(), value);
            } else if line.verb.is_empty() || (line.operands.is_empty() && verbs(&line.verb).contains(&word.as_str())) {
                let gap = if line.verb.is_empty() { "" } else { " " };
                line.verb = format!("{}{gap}{word}", line.verb);
            } else {
                line.operands.push(word.clone());
            }
        }
        line
    }

    fn flag(&mut self, flag: Option<crate::command::Flag>, value: Option<&str>) {
        match (flag, value) {
            (Some(flag), Some(value)) => self.note(flag.long, value),
            (Some(flag), None) if flag.takes_value() => self.open_flag = Some(flag.long),
            (Some(_) | None, _) => {}
        }
    }

    fn note(&mut self, flag: &str, value: &str) {
        if flag == "namespace" {
            value.clone_into(&mut self.namespace);
        }
    }

    /// The values of a flag.
    fn value(&self, flag: &str, value: &str, session: &Session) -> Found {
        match flag {
            "namespace" | "n" => self.names(Kind::Namespace),
            "output" | "o" => Found::words(FORMATS),
            "container" | "c" => self.containers(),
            "filename" | "f" | "patch-file" | "from-file" => Found::files(session, value),
            "dry-run" => Found::words(&["client", "server", "none"]),
            "cascade" => Found::words(&["background", "foreground", "orphan"]),
            "type" if self.verb == "patch" => Found::words(&["json", "merge", "strategic"]),
            "restart" => Found::words(&["Always", "OnFailure", "Never"]),
            "image-pull-policy" => Found::words(&["Always", "IfNotPresent", "Never"]),
            "for" if self.verb == "wait" => {
                Found::words(&["condition=Ready", "condition=Available", "condition=Complete", "create", "delete", "jsonpath="])
            }
            _ => Found(Vec::new()),
        }
    }

    /// What is no flag.
    fn operand(&self, word: &str) -> Found {
        let below = verbs(&self.verb);
        if !self.verb.is_empty() && self.operands.is_empty() && !below.is_empty() {
            return Found::words(&below).and(self.operand_of_verb(word));
        }
        if self.verb.is_empty() {
            return Found::words(&verbs(""));
        }
        self.operand_of_verb(word)
    }

    fn operand_of_verb(&self, word: &str) -> Found {
        let with_type = |kind: &str| match kinds_named(kind).as_slice() {
            [known] => self.names(*known).0.iter().map(|name| format!("{kind}/{}", name.text)).collect(),
            _ => Vec::new(),
        };
        match takes(&self.verb) {
            Takes::Nothing => Found(Vec::new()),
            Takes::Nodes => self.names(Kind::Node),
            Takes::Pod if self.operands.is_empty() => match word.split_once('/') {
                Some((kind, _)) => Found(with_type(kind).iter().map(|name| whole(name)).collect()),
                None => self.names(Kind::Pod).and(Found::words(&["deployment/", "job/"])),
            },
            Takes::Pod => self.containers(),
            Takes::Types => match (word.split_once('/'), self.operands.first()) {
                (Some((kind, _)), _) => Found(with_type(kind).iter().map(|name| whole(name)).collect()),
                (None, None) => Found(type_words().into_iter().map(whole).collect()),
                (None, Some(kind)) => match kinds_named(kind).as_slice() {
                    [kind] => self.names(*kind),
                    _ => Found(Vec::new()),
                },
            },
        }
    }

    /// The names of a kind in the namespace.
    fn names(&self, kind: Kind) -> Found {
        let here = |key: &ObjectKey| !kind.is_namespaced() || key.namespace.as_str() == self.namespace;
        let keys = self.store.list(kind).map(Object::key).filter(here);
        Found(keys.map(|key| whole(key.name.as_str())).collect())
    }

    /// The containers of the Pod that the line names.
    fn containers(&self) -> Found {
        let named = self.operands.first().map(|word| word.strip_prefix("pod/").unwrap_or(word));
        let pod = named.and_then(|name| self.store.pod(&self.namespace, name)).and_then(|pod| pod.spec.as_ref());
        let Some(spec) = pod else { return Found(Vec::new()) };
        let init = spec.init_containers.iter().flatten().map(|container| container.name.as_str());
        let debug = spec.ephemeral_containers.iter().flatten().map(|container| container.name.as_str());
        Found::names(spec.containers.iter().map(|container| container.name.as_str()).chain(init).chain(debug))
    }
}
