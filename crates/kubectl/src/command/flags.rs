//! Flags of a command line.
//!
//! Models `github.com/spf13/pflag` as kubectl uses it: `--name value`, `--name=value`, `-n value`, `-nvalue`, several boolean
//! shorthands in one word, flags and arguments in any order, and `--`, after which everything is an argument.

use std::num::IntErrorKind;

use podlapse_model::SimDuration;

/// The flags of each verb: the name of a verb or of a group that others name with `@`, and what it takes. Behind a flag's name stand
/// its shorthand after `/`, and what it takes: `=` text, `,` texts, `#` a whole number, `%` one of 32 bits, `~` a duration, `?` text that
/// may be left out for what follows. The flags of every verb stand without a name.
const TABLE: &str = include_str!("flags.txt");

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
    /// Values with commas between.
    List,
    /// A whole number.
    Number,
    /// A whole number of 32 bits.
    Short,
    /// A duration.
    Duration,
    /// A value after `=`; alone it means what stands here.
    Optional(&'static str),
}

impl Flag {
    /// Whether a word of its own follows it.
    pub(crate) const fn takes_value(&self) -> bool {
        !matches!(self.kind, FlagKind::Bool | FlagKind::Optional(_))
    }

    /// A word of the table.
    fn read(word: &'static str) -> Flag {
        let at = word.find(['=', ',', '#', '%', '~', '?']).unwrap_or(word.len());
        let (name, kind) = word.split_at(at);
        let (long, short) = name.split_once('/').unwrap_or((name, ""));
        let kind = match kind.as_bytes().first() {
            None => FlagKind::Bool,
            Some(b'=') => FlagKind::Text,
            Some(b',') => FlagKind::List,
            Some(b'#') => FlagKind::Number,
            Some(b'%') => FlagKind::Short,
            Some(b'~') => FlagKind::Duration,
            Some(_) => FlagKind::Optional(&kind[1..]),
        };
        Flag { long, short: short.chars().next(), kind }
    }
}

fn read(name: &str, flags: &mut Vec<Flag>) {
    let line = TABLE.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    for word in line.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        if word.starts_with('@') { read(word, flags) } else { flags.push(Flag::read(word)) }
    }
}

/// The flags of a verb, of which those that every verb has come last; only those without a name.
pub(crate) fn flags_of(verb: &str) -> Vec<Flag> {
    let mut flags = Vec::new();
    if !verb.is_empty() {
        read(verb, &mut flags);
    }
    read("", &mut flags);
    flags
}

/// What is said of flags that are to go.
const DEPRECATED: &[(&str, &str)] = &[
    ("record", "--record will be removed in the future"),
    (
        "cpu-percent",
        "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
    ),
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
    /// The verb that they belong to.
    pub(super) verb: &'static str,
    /// What is said of the flags beside errors.
    pub(super) notes: String,
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
        let flag = known.iter().find(|flag| flag.long == dashed).ok_or_else(|| format!("unknown flag: --{name}"))?;
        let value = match (value, flag.kind) {
            (Some(value), _) => value.to_owned(),
            (None, FlagKind::Bool) => "true".to_owned(),
            (None, FlagKind::Optional(default)) => default.to_owned(),
            (None, FlagKind::Text | FlagKind::List | FlagKind::Number | FlagKind::Short | FlagKind::Duration) => {
                rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?
            }
        };
        self.set(flag, value)
    }

    fn short<'a>(&mut self, word: &str, known: &[Flag], rest: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        let mut letters = &word[1..];
        while let Some(letter) = letters.chars().next() {
            let unknown = || format!("unknown shorthand flag: '{letter}' in {word}");
            let flag = known.iter().find(|flag| flag.short == Some(letter)).ok_or_else(unknown)?;
            letters = &letters[letter.len_utf8()..];
            if let Some(value) = letters.strip_prefix('=') {
                return self.set(flag, value.to_owned());
            }
            match flag.kind {
                FlagKind::Bool => self.set(flag, "true".to_owned())?,
                FlagKind::Optional(default) => self.set(flag, default.to_owned())?,
                _ if !letters.is_empty() => return self.set(flag, letters.to_owned()),
                FlagKind::Text | FlagKind::List | FlagKind::Number | FlagKind::Short | FlagKind::Duration => {
                    let value = rest.next().ok_or_else(|| format!("flag needs an argument: '{letter}' in {word}"))?;
                    return self.set(flag, value.clone());
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: String) -> Result<(), String> {
        let shorthand = flag.short.map_or_else(String::new, |letter| format!("-{letter}, "));
        let wrong = match flag.kind {
            FlagKind::Bool => {
                parse_bool(&value).is_none().then(|| format!("strconv.ParseBool: parsing {value:?}: invalid syntax"))
            }
            FlagKind::Number => parse_number(&value, i64::BITS).err(),
            FlagKind::Short => parse_number(&value, i32::BITS).err(),
            FlagKind::Duration => SimDuration::parse(value.strip_prefix('-').unwrap_or(&value)).err(),
            FlagKind::Text | FlagKind::List | FlagKind::Optional(_) => None,
        };
        if let Some(wrong) = wrong {
            return Err(format!("invalid argument {value:?} for \"{shorthand}--{}\" flag: {wrong}", flag.long));
        }
        if let Some((name, what)) = DEPRECATED.iter().find(|(name, _)| *name == flag.long) {
            self.notes.push_str(&format!("Flag --{name} has been deprecated, {what}\n"));
        }
        if flag.kind == FlagKind::List {
            self.values.extend(fields(&value).into_iter().map(|field| (flag.long, field)));
        } else {
            self.values.push((flag.long, value));
        }
        Ok(())
    }

    /// The line again, with whole names of flags: what `--record` keeps (`parseCommandArguments`).
    pub(super) fn line(&self, verb: &str) -> String {
        let words = self.words.iter().map(|word| format!(" {word}"));
        let flags = self.values.iter().map(|(name, value)| format!(" --{name}={value}"));
        format!("kubectl {verb}{}", words.chain(flags).collect::<String>())
    }

    /// The format of `-o`, with the template of `--template` where it needs one (`PrintFlags.ToPrinter`).
    pub(super) fn output(&self) -> String {
        let output = self.get("output").unwrap_or_default();
        match self.get("template").filter(|template| !template.is_empty()) {
            Some(template) if output.is_empty() => format!("go-template={template}"),
            Some(template) if TEMPLATES.contains(&output) => format!("{output}={template}"),
            Some(_) | None => output.to_owned(),
        }
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

    /// Whether a flag has a value that says something.
    pub(super) fn is_given(&self, long: &str) -> bool {
        self.get(long).is_some_and(|text| !text.is_empty())
    }

    /// Whether a flag that is on by default was not switched off.
    pub(super) fn is_on_by_default(&self, long: &str) -> bool {
        self.get(long).and_then(parse_bool) != Some(false)
    }

    /// A whole number.
    pub(super) fn number(&self, long: &str) -> Option<i64> {
        parse_number(self.get(long)?, i64::BITS).ok()
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

/// The formats that take a template.
const TEMPLATES: &[&str] =
    &["go-template", "go-template-file", "template", "templatefile", "jsonpath", "jsonpath-as-json", "jsonpath-file"];

/// `strconv.ParseInt`, of as many bits.
fn parse_number(text: &str, bits: u32) -> Result<i64, String> {
    let wrong = match text.parse::<i64>() {
        Ok(number) if bits == i64::BITS || i32::try_from(number).is_ok() => return Ok(number),
        Err(error) if matches!(error.kind(), IntErrorKind::Empty | IntErrorKind::InvalidDigit) => "invalid syntax",
        Ok(_) | Err(_) => "value out of range",
    };
    Err(format!("strconv.ParseInt: parsing {text:?}: {wrong}"))
}

/// The fields of a line of `encoding/csv`: with quotes about it, a field may have commas.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = Some(line).filter(|line| !line.is_empty());
    while let Some(line) = rest {
        let quoted = line.strip_prefix('"').and_then(|line| line.split_once('"'));
        let (field, after) = match quoted {
            Some((field, after)) => (field, Some(after.strip_prefix(',').unwrap_or(after)).filter(|after| !after.is_empty())),
            None => line.split_once(',').map_or((line, None), |(field, after)| (field, Some(after))),
        };
        fields.push(field.to_owned());
        rest = after;
    }
    fields
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
        Arguments::parse(&words, &[flags_of("get"), flags_of("logs")].concat())
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
    fn lists_have_commas_between_and_in_quotes() {
        let arguments = parse("pods -L=a,b --label-columns \"c,d\",e").unwrap();
        assert_eq!(arguments.all("label-columns").collect::<Vec<_>>(), ["a", "b", "c,d", "e"]);
    }

    #[test]
    fn what_is_to_go_is_told_and_kept_whole() {
        let words = ["deploy/web", "a=b", "--record", "-n", "x"].map(str::to_owned);
        let arguments = Arguments::parse(&words, &flags_of("set image")).unwrap();
        assert_eq!(arguments.notes, "Flag --record has been deprecated, --record will be removed in the future\n");
        assert_eq!(arguments.line("set image"), "kubectl set image deploy/web a=b --record=true --namespace=x");
    }

    #[test]
    fn wrong_flags_are_named() {
        assert_eq!(parse("--nope").unwrap_err(), "unknown flag: --nope");
        assert_eq!(parse("-Az").unwrap_err(), "unknown shorthand flag: 'z' in -Az");
        assert_eq!(parse("pods -o").unwrap_err(), "flag needs an argument: 'o' in -o");
        let wrong = "invalid argument \"x\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: parsing \"x\": invalid syntax";
        assert_eq!(parse("-A=x").unwrap_err(), wrong);
        let wrong = "invalid argument \"99999999999999999999\" for \"--tail\" flag: strconv.ParseInt: parsing \
                     \"99999999999999999999\": value out of range";
        assert_eq!(parse("--tail=99999999999999999999").unwrap_err(), wrong);
    }
}
