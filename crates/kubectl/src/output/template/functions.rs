//! The functions of templates. Models the builtins of `text/template`, and `exists` and `base64decode` of kubectl.

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Item;
use crate::output::go_value::{self, Verb};

pub(super) const FUNCTIONS: &[&str] = &[
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "len",
    "index",
    "slice",
    "print",
    "println",
    "printf",
    "html",
    "js",
    "urlquery",
    "exists",
    "base64decode",
];

/// `truth`: what is neither empty nor zero.
pub(super) fn is_true(item: &Item) -> bool {
    match item {
        Item::Missing | Item::Json(Value::Null) => false,
        Item::Int(number) => *number != 0,
        Item::Json(Value::Bool(value)) => *value,
        Item::Json(Value::Number(number)) => number.as_f64() != Some(0.0),
        Item::Json(Value::String(text)) => !text.is_empty(),
        Item::Json(Value::Array(elements)) => !elements.is_empty(),
        Item::Json(Value::Object(fields)) => !fields.is_empty(),
    }
}

/// As an action prints it.
pub(super) fn print(item: &Item) -> String {
    match item {
        Item::Missing | Item::Json(Value::Null) => "<no value>".to_owned(),
        Item::Int(number) => number.to_string(),
        Item::Json(value) => go_value::text(value, Verb::Plain),
    }
}

/// Refuses a call with another number of arguments than the function takes.
pub(super) fn arity(name: &str, got: usize) -> Result<(), String> {
    let (least, is_exact) = match name {
        "print" | "println" | "html" | "js" | "urlquery" => (0, false),
        "not" | "len" | "base64decode" => (1, true),
        "ne" | "lt" | "le" | "gt" | "ge" => (2, true),
        _ => (1, false),
    };
    match (is_exact, got) {
        (true, got) if got != least => Err(format!("wrong number of args for {name}: want {least} got {got}")),
        (false, got) if got < least => Err(format!("wrong number of args for {name}: want at least {least} got {got}")),
        (_, _) => Ok(()),
    }
}

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Item]) -> Result<Item, String> {
    let truth = |value: bool| Ok(Item::Json(value.into()));
    let first = arguments.first();
    let missing = || format!("wrong number of args for {name}: got {}", arguments.len());
    match name {
        "and" => arguments.iter().find(|item| !is_true(item)).or(arguments.last()).cloned().ok_or_else(missing),
        "or" => arguments.iter().find(|item| is_true(item)).or(arguments.last()).cloned().ok_or_else(missing),
        "not" => truth(!is_true(first.ok_or_else(missing)?)),
        "eq" => match arguments {
            [left, rights @ ..] if !rights.is_empty() => {
                for right in rights {
                    if compare(left, right)? == Some(Ordering::Equal) {
                        return truth(true);
                    }
                }
                truth(false)
            }
            _ => Err("missing argument for comparison".to_owned()),
        },
        "ne" | "lt" | "le" | "gt" | "ge" => {
            let [left, right] = arguments else { return Err("missing argument for comparison".to_owned()) };
            let is_basic =
                |item: &Item| !matches!(item, Item::Missing | Item::Json(Value::Null | Value::Array(_) | Value::Object(_)));
            if name != "ne" && !(is_basic(left) && is_basic(right)) {
                return Err("invalid type for comparison".to_owned());
            }
            let order = compare(left, right)?;
            truth(match name {
                "ne" => order != Some(Ordering::Equal),
                "lt" => order == Some(Ordering::Less),
                "le" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                "gt" => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            })
        }
        "len" => match first.ok_or_else(missing)? {
            Item::Json(Value::String(text)) => Ok(Item::Int(text.len() as i64)),
            Item::Json(Value::Array(elements)) => Ok(Item::Int(elements.len() as i64)),
            Item::Json(Value::Object(fields)) => Ok(Item::Int(fields.len() as i64)),
            Item::Missing | Item::Json(Value::Null) => Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
            other @ (Item::Int(_) | Item::Json(_)) => Err(format!("len of type {}", kind(other))),
        },
        "index" => {
            let (from, places) = arguments.split_first().ok_or_else(missing)?;
            places.iter().try_fold(from.clone(), index)
        }
        "slice" => slice(arguments),
        "exists" => {
            let (from, places) = arguments.split_first().ok_or_else(missing)?;
            truth(places.iter().try_fold(from.clone(), index).is_ok_and(|found| found != Item::Missing))
        }
        "print" => Ok(text(joined(arguments))),
        "println" => {
            let words: Vec<String> = arguments.iter().map(print).collect();
            Ok(text(words.join(" ") + "\n"))
        }
        "printf" => {
            let (format, rest) = arguments.split_first().ok_or_else(missing)?;
            Ok(text(printf(&print(format), rest)))
        }
        "html" => {
            let escapes = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;")];
            Ok(text(escapes.iter().fold(joined(arguments), |text, (from, to)| text.replace(*from, to))))
        }
        "js" => Ok(text(joined(arguments).chars().map(js).collect())),
        "urlquery" => Ok(text(joined(arguments).bytes().map(in_query).collect())),
        _ => {
            let encoded = print(first.ok_or_else(missing)?);
            let decoded = STANDARD.decode(encoded).map_err(|_| "base64 decode failed: illegal base64 data")?;
            Ok(text(String::from_utf8_lossy(&decoded).into_owned()))
        }
    }
}

fn text(text: String) -> Item {
    Item::Json(text.into())
}

/// `JSEscape`.
fn js(c: char) -> String {
    match c {
        '\\' | '\'' | '"' => format!("\\{c}"),
        '<' | '>' | '&' | '=' => format!("\\u{:04X}", c as u32),
        c if c < ' ' => format!("\\u{:04X}", c as u32),
        c => c.to_string(),
    }
}

/// `url.QueryEscape`.
fn in_query(byte: u8) -> String {
    match byte {
        b' ' => "+".to_owned(),
        b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    }
}

fn joined(arguments: &[Item]) -> String {
    arguments.iter().map(print).collect::<Vec<_>>().concat()
}

/// The type of a value in Go.
fn kind(item: &Item) -> &'static str {
    match item {
        Item::Missing | Item::Json(Value::Null) => "<nil>",
        Item::Int(_) => "int",
        Item::Json(Value::Bool(_)) => "bool",
        Item::Json(Value::Number(number)) if number.is_f64() => "float64",
        Item::Json(Value::Number(_)) => "int64",
        Item::Json(Value::String(_)) => "string",
        Item::Json(Value::Array(_)) => "[]interface {}",
        Item::Json(Value::Object(_)) => "map[string]interface {}",
    }
}

/// A whole number, of the template or of the object.
fn whole(item: &Item) -> Option<i64> {
    match item {
        Item::Int(number) => Some(*number),
        Item::Json(value) => value.as_i64(),
        Item::Missing => None,
    }
}

fn compare(left: &Item, right: &Item) -> Result<Option<Ordering>, String> {
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        return Ok(Some(a.cmp(&b)));
    }
    Ok(match (left, right) {
        (Item::Json(Value::Number(a)), Item::Json(Value::Number(b))) if kind(left) == kind(right) => {
            a.as_f64().partial_cmp(&b.as_f64())
        }
        (Item::Json(Value::String(a)), Item::Json(Value::String(b))) => Some(a.cmp(b)),
        (Item::Json(Value::Bool(a)), Item::Json(Value::Bool(b))) => Some(a.cmp(b)),
        (Item::Missing | Item::Json(Value::Null), Item::Missing | Item::Json(Value::Null)) => Some(Ordering::Equal),
        (Item::Missing | Item::Json(Value::Null), _) | (_, Item::Missing | Item::Json(Value::Null)) => None,
        (_, _) => return Err(format!("incompatible types for comparison: {} and {}", kind(left), kind(right))),
    })
}

fn index(from: Item, place: &Item) -> Result<Item, String> {
    match (from, place) {
        (Item::Json(Value::Array(elements)), place) if whole(place).is_some() => {
            let at = whole(place).unwrap_or_default();
            let found = usize::try_from(at).ok().and_then(|at| elements.get(at)).cloned();
            found.map(Item::Json).ok_or_else(|| {
                if at < 0 { format!("index out of range: {at}") } else { "reflect: slice index out of range".to_owned() }
            })
        }
        (Item::Json(Value::Object(fields)), Item::Json(Value::String(name))) => {
            Ok(fields.get(name).cloned().map_or(Item::Missing, Item::Json))
        }
        (Item::Missing | Item::Json(Value::Null), _) => Err("index of untyped nil".to_owned()),
        (Item::Json(Value::Object(_)), place) => Err(format!("value has type {}; should be string", kind(place))),
        (Item::Json(Value::Array(_) | Value::String(_)), place) => {
            Err(format!("cannot index slice/array with type {}", kind(place)))
        }
        (from, _) => Err(format!("can't index item of type {}", kind(&from))),
    }
}

fn slice(arguments: &[Item]) -> Result<Item, String> {
    let place = |at: usize, default: usize| match arguments.get(at) {
        Some(Item::Int(number)) => usize::try_from(*number).map_err(|_| format!("index out of range: {number}")),
        Some(place @ (Item::Missing | Item::Json(_))) => Err(format!("cannot index slice/array with type {}", kind(place))),
        None => Ok(default),
    };
    let beyond = |length: usize| {
        let places: Vec<i64> = arguments[1..].iter().filter_map(whole).collect();
        match places.iter().find(|place| usize::try_from(**place).is_ok_and(|place| place > length)) {
            Some(place) => format!("index out of range: {place}"),
            None => format!("invalid slice index: {} > {}", places.first().unwrap_or(&0), places.last().unwrap_or(&0)),
        }
    };
    match arguments.first() {
        Some(Item::Json(Value::String(whole))) => {
            let cut = whole.get(place(1, 0)?..place(2, whole.len())?);
            cut.map(|cut| text(cut.to_owned())).ok_or_else(|| beyond(whole.len()))
        }
        Some(Item::Json(Value::Array(elements))) => {
            let cut = elements.get(place(1, 0)?..place(2, elements.len())?);
            cut.map(|cut| Item::Json(cut.to_vec().into())).ok_or_else(|| beyond(elements.len()))
        }
        Some(Item::Missing | Item::Json(Value::Null)) | None => Err("slice of untyped nil".to_owned()),
        Some(item @ (Item::Int(_) | Item::Json(_))) => Err(format!("can't slice item of type {}", kind(item))),
    }
}

/// `fmt.Sprintf` with `%s`, `%v`, `%d`, `%q`, `%f`, `%t`, `%T` and a width.
fn printf(format: &str, arguments: &[Item]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '.' | '#')).unwrap_or(after.len());
        let (flags, verb) = (&after[..end], after[end..].chars().next().unwrap_or('%'));
        rest = after.get(end + verb.len_utf8()..).unwrap_or_default();
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(argument) = arguments.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let (width, precision) = flags.split_once('.').map_or((flags, None), |(width, digits)| (width, Some(digits)));
        let text = match (verb, argument) {
            ('T', _) => kind(argument).to_owned(),
            ('s', Item::Int(_) | Item::Json(Value::Number(_) | Value::Bool(_))) => {
                format!("%!s({}={})", kind(argument), print(argument))
            }
            ('d', _) if whole(argument).is_none() => format!("%!d({}={})", kind(argument), print(argument)),
            ('q', _) => podlapse_model::go_text::quote(&print(argument)),
            ('f', Item::Json(Value::Number(number))) => {
                let digits = precision.and_then(|digits| digits.parse().ok()).unwrap_or(6).min(64);
                format!("{:.digits$}", number.as_f64().unwrap_or_default())
            }
            (_, _) => print(argument),
        };
        let space = width.trim_start_matches(['-', '+', '#', '0']).parse::<usize>().unwrap_or_default().min(1_000);
        let has_zeros = width.starts_with('0') && whole(argument).is_some();
        let space = if has_zeros { "0" } else { " " }.repeat(space.saturating_sub(text.chars().count()));
        out.push_str(&if width.starts_with('-') { text + &space } else { space + &text });
    }
    out + rest
}
