//! What cannot be equal in two runs: UIDs, ids, random suffixes, clock times and measured durations.

use std::sync::LazyLock;

use regex::{NoExpand, Regex};
use serde_json::Value;

use super::names::Names;

/// The letters and digits of random name suffixes.
pub(super) const ALNUM: &str = "[bcdfghjklmnpqrstvwxz2456789]";

/// A pattern, the word that stands for it, and a part that every match contains, to pass over texts quickly.
struct Mask {
    pattern: Regex,
    word: &'static str,
    hint: &'static str,
}

static MASKS: LazyLock<Vec<Mask>> = LazyLock::new(|| {
    let suffixes = format!(r"-(<hash>|{ALNUM}{{8,10}})-{ALNUM}{{5}}\b");
    [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>", "-"),
        (r"(containerd|cri-o|docker)://[0-9a-zA-Z_.:-]+", "<container-id>", "://"),
        (r"\b[0-9a-f]{64}\b", "<id>", ""),
        (r"kube-api-access-[a-z0-9]{5}", "kube-api-access-<rand>", "kube-api-access-"),
        (r"\b10\.244\.\d+\.\d+\b", "<pod-ip>", "10.244."),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>", "Z"),
        (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>", ", "),
        (r"\bin (\d+h)?(\d+m)?[0-9.]+(ms|µs|s)\b", "in <duration>", "in "),
        (r"\((\d+h)?(\d+m)?[0-9.]+(ms|µs|s) including waiting\)", "(<duration> including waiting)", " including waiting)"),
        (r"\s*\([0-9smhdy]+ ago\)", "", " ago)"),
        (r"127\.0\.0\.1:\d{4,5}->", "<local>->", "127.0.0.1:"),
        (r"pod-template-hash=[a-z0-9]+", "pod-template-hash=<hash>", "pod-template-hash="),
        (&suffixes, "-<hash>-<rand>", "-"),
    ]
    .map(|(pattern, word, hint)| Mask { pattern: Regex::new(pattern).expect("the pattern is valid"), word, hint })
    .into()
});

/// A text with names replaced by their aliases and the masks applied.
pub(super) fn mask(text: &str, names: &Names) -> String {
    let mut masked = text.to_owned();
    for (name, alias) in &names.0 {
        if masked.contains(name.as_str()) {
            masked = masked.replace(name.as_str(), alias);
        }
    }
    for mask in MASKS.iter() {
        if masked.contains(mask.hint) {
            masked = mask.pattern.replace_all(&masked, NoExpand(mask.word)).into_owned();
        }
    }
    masked
}

/// A value of any kind as masked text; empty for one that is absent or null.
pub(super) fn mask_value(value: Option<&Value>, names: &Names) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => mask(text, names),
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => mask(&other.to_string(), names),
    }
}

/// The name of a Pod as a key; with its namespace where that is not the default one.
pub(super) fn pod_key(namespace: Option<&str>, name: &str, names: &Names) -> String {
    let name = mask(name, names);
    match namespace {
        None | Some("" | "default") => name,
        Some(namespace) => format!("{namespace}/{name}"),
    }
}

/// A key without the numbers that Pods of a group are given.
pub(super) fn without_ordinals(key: &str) -> String {
    static ORDINAL: LazyLock<Regex> = LazyLock::new(|| Regex::new("#[0-9]+").expect("the pattern is valid"));
    ORDINAL.replace_all(key, NoExpand("#")).into_owned()
}
