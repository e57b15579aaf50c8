//! Flags of a command line.
//!
//! Models `github.com/spf13/pflag` as kubectl uses it: `--name value`, `--name=value`, `-n value`, `-nvalue`, several boolean
//! shorthands in one word, flags and arguments in any order, and `--`, after which everything is an argument.

use podlapse_model::SimDuration;

/// A flag that a verb knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) kind: FlagKind,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagKind {
    /// Nothing, or `=true` and `=false`.
    Bool,
    /// A value.
    Text,
    /// A whole number.
    Number,
    /// A duration.
    Duration,
    /// A value after `=`; alone it means what stands here.
    Optional(&'static str),
}

impl Flag {
    /// Whether a word of its own follows it.
    pub(crate) const fn takes_value(&self) -> bool {
        matches!(self.kind, FlagKind::Text | FlagKind::Number | FlagKind::Duration)
    }
}

/// A flag that takes a value.
pub(super) const fn text(long: &'static str, short: Option<char>) -> Flag {
    Flag { long, short, kind: FlagKind::Text }
}

/// A flag that takes a whole number.
pub(super) const fn number(long: &'static str, short: Option<char>) -> Flag {
    Flag { long, short, kind: FlagKind::Number }
}

/// A flag that takes a duration.
pub(super) const fn duration(long: &'static str) -> Flag {
    Flag { long, short: None, kind: FlagKind::Duration }
}

/// A flag that is on or off.
pub(super) const fn on(long: &'static str, short: Option<char>) -> Flag {
    Flag { long, short, kind: FlagKind::Bool }
}

/// Flags that every verb knows.
pub(super) const GLOBAL: &[Flag] = &[
    text("namespace", Some('n')),
    text("context", None),
    text("cluster", None),
    text("user", None),
    text("kubeconfig", None),
    text("request-timeout", None),
    text("server", Some('s')),
    text("v", Some('v')),
    on("warnings-as-errors", None),
    text("as", None),
    text("as-group", None),
    text("as-uid", None),
    text("token", None),
    text("tls-server-name", None),
    text("certificate-authority", None),
    text("client-certificate", None),
    text("client-key", None),
    on("insecure-skip-tls-verify", None),
    on("disable-compression", None),
    on("match-server-version", None),
];

/// Flags and arguments apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    /// What is no flag, in order.
    pub(super) words: Vec<String>,
    /// How many of the words stand before `--`; `None` without it.
    pub(super) dash: Option<usize>,
    /// The namespace of the context, where the line names none.
    pub(super) context_namespace: Option<String>,
    values: Vec<(&'static str, String)>,
}

impl Arguments {
    /// Takes the words after the verb apart.
    ///
    /// # Errors
    /// What is wrong with a flag, in pflag's words.
    pub(super) fn parse(words: &[String], known: &[Flag]) -> Result<Arguments, String> {
        let mut arguments = Arguments::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                arguments.dash = Some(arguments.words.len());
                arguments.words.extend(rest.by_ref().cloned());
            } else if let Some(body) = word.strip_prefix("--") {
                arguments.long(body, known, &mut rest)?;
            } else if word.len() > 1 && word.starts_with('-') {
                arguments.short(word, known, &mut rest)?;
            } else {
                arguments.words.push(word.clone());
            }
        }
        Ok(arguments)
    }

    fn long<'a>(&mut self, body: &str, known: &[Flag], rest: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        let (name, value) = body.split_once('=').map_or((body, None), |(name, value)| (name, Some(value)));
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: --{body}"));
        }
        // kubectl takes one for the other.
        let dashed = name.replace('_', "-");
        let flag =
            known.iter().chain(GLOBAL).find(|flag| flag.long == dashed).ok_or_else(|| format!("unknown flag: --{name}"))?;
        let value = match (value, flag.kind) {
            (Some(value), _) => value.to_owned(),
            (None, FlagKind::Bool) => "true".to_owned(),
            (None, FlagKind::Optional(default)) => default.to_owned(),
            (None, FlagKind::Text | FlagKind::Number | FlagKind::Duration) => {
                rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?
            }
        };
        self.set(flag, value)
    }

    fn short<'a>(&mut self, word: &str, known: &[Flag], rest: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        let mut letters = &word[1..];
        while let Some(letter) = letters.chars().next() {
            let unknown = || format!("unknown shorthand flag: '{letter}' in {word}");
            let flag = known.iter().chain(GLOBAL).find(|flag| flag.short == Some(letter)).ok_or_else(unknown)?;
            letters = &letters[letter.len_utf8()..];
            if let Some(value) = letters.strip_prefix('=') {
                return self.set(flag, value.to_owned());
            }
            match flag.kind {
                FlagKind::Bool => self.set(flag, "true".to_owned())?,
                FlagKind::Optional(default) => self.set(flag, default.to_owned())?,
                FlagKind::Text | FlagKind::Number | FlagKind::Duration if !letters.is_empty() => {
                    return self.set(flag, letters.to_owned());
                }
                FlagKind::Text | FlagKind::Number | FlagKind::Duration => {
                    let value = rest.next().ok_or_else(|| format!("flag needs an argument: '{letter}' in {word}"))?;
                    return self.set(flag, value.clone());
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: String) -> Result<(), String> {
        let shorthand = flag.short.map_or_else(String::new, |letter| format!("-{letter}, "));
        let syntax = |parser: &str| format!("{parser}: parsing {value:?}: invalid syntax");
        let wrong = match flag.kind {
            FlagKind::Bool if parse_bool(&value).is_none() => Some(syntax("strconv.ParseBool")),
            FlagKind::Number if value.parse::<i64>().is_err() => Some(syntax("strconv.ParseInt")),
            FlagKind::Text if flag.long == "v" && value.parse::<i64>().is_err() => Some(syntax("strconv.ParseInt")),
            FlagKind::Duration => SimDuration::parse(value.strip_prefix('-').unwrap_or(&value)).err(),
            FlagKind::Bool | FlagKind::Number | FlagKind::Text | FlagKind::Optional(_) => None,
        };
        if let Some(wrong) = wrong {
            return Err(format!("invalid argument {value:?} for \"{shorthand}--{}\" flag: {wrong}", flag.long));
        }
        self.values.push((flag.long, value));
        Ok(())
    }

    /// The last value that was given for a flag.
    pub(super) fn get(&self, long: &str) -> Option<&str> {
        self.values.iter().rev().find(|(name, _)| *name == long).map(|(_, value)| value.as_str())
    }

    /// The same without a flag.
    pub(super) fn without(&self, long: &str) -> Arguments {
        let mut arguments = self.clone();
        arguments.values.retain(|(name, _)| *name != long);
        arguments
    }

    /// All values that were given for a flag.
    pub(super) fn all<'a>(&'a self, long: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(name, _)| *name == long).map(|(_, value)| value.as_str())
    }

    /// Whether a flag is on.
    pub(super) fn is_on(&self, long: &str) -> bool {
        self.get(long).and_then(parse_bool) == Some(true)
    }

    /// Whether a flag that is on by default was not switched off.
    pub(super) fn is_on_by_default(&self, long: &str) -> bool {
        self.get(long).and_then(parse_bool) != Some(false)
    }

    /// A whole number.
    pub(super) fn number(&self, long: &str) -> Option<i64> {
        self.get(long)?.parse().ok()
    }

    /// A duration; a negative one is none.
    pub(super) fn duration(&self, long: &str) -> Option<SimDuration> {
        SimDuration::parse(self.get(long)?).ok()
    }

    /// The words before `--`.
    pub(super) fn before_dash(&self) -> &[String] {
        &self.words[..self.dash.unwrap_or(self.words.len())]
    }

    /// The words after `--`.
    pub(super) fn after_dash(&self) -> &[String] {
        &self.words[self.dash.unwrap_or(self.words.len())..]
    }
}

/// `strconv.ParseBool`.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Arguments::parse(&words, &[on("all-namespaces", Some('A')), text("output", Some('o')), number("tail", None)])
    }

    #[test]
    fn flags_stand_anywhere_and_in_several_forms() {
        let arguments = parse("pods -Aowide web --namespace=a --tail 3 -- -x").unwrap();
        assert!(arguments.is_on("all-namespaces"));
        assert_eq!(
            (arguments.get("output"), arguments.get("namespace"), arguments.number("tail")),
            (Some("wide"), Some("a"), Some(3))
        );
        assert_eq!((arguments.before_dash().len(), arguments.after_dash()), (2, &["-x".to_owned()][..]));
    }

    #[test]
    fn wrong_flags_are_named() {
        assert_eq!(parse("--nope").unwrap_err(), "unknown flag: --nope");
        assert_eq!(parse("-Az").unwrap_err(), "unknown shorthand flag: 'z' in -Az");
        assert_eq!(parse("pods -o").unwrap_err(), "flag needs an argument: 'o' in -o");
        let wrong = "invalid argument \"x\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: parsing \"x\": invalid syntax";
        assert_eq!(parse("-A=x").unwrap_err(), wrong);
    }
}
