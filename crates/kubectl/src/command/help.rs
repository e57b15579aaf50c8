//! `kubectl help`, `--help`, and what is said of a command that does not exist.
//!
//! Models the words of `github.com/spf13/cobra` and `k8s.io/kubectl/pkg/util/templates`; the texts are short: usage and flags, no manual.

use podlapse_core::client::Outcome;

use super::Call;
use super::flags::{Arguments, Flag, FlagKind, flags_of};
use super::verb::{Verb, find, verbs};

/// Each command with what it does, below the headings of kubectl's help.
const TEXTS: &str = include_str!("help.txt");

/// How commands are called, and what those below others do: a name, what it does where that stands not above, and what follows it.
/// The page goes without it for its weight.
const USAGES: &str = if cfg!(feature = "usage") { include_str!("usage.txt") } else { "" };

const OPTIONS: &str = "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n";

/// How far apart words may be to be taken for one another.
const DISTANCE: usize = 2;

fn said(stdout: String) -> Outcome {
    Outcome { stdout, ..Outcome::default() }
}

/// `kubectl help [COMMAND]`.
pub(super) fn run(call: &Call<'_>) -> Result<Outcome, Outcome> {
    Ok(of_words(call.words))
}

/// The help for some words of a line.
pub(super) fn of_words(words: &[String]) -> Outcome {
    let Some(first) = words.first() else { return overview() };
    let found = find(words);
    let used = found.map_or(0, |(_, used)| used);
    match (words.get(..=used).and_then(|words| group(&words.join(" "))), found) {
        (Some(group), _) => group,
        (None, Some((verb, _))) => of_verb(verb),
        (None, None) => unknown(first),
    }
}

/// The name, what it does, and what follows it, of each line of a text.
fn told(text: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut parts = line.split('\t');
        [(); 3].map(|()| parts.next().unwrap_or_default())
    })
}

/// What is told of a command in one of the places; empty where nothing is.
fn of_name(name: &str, place: usize) -> &'static str {
    let all = told(TEXTS).chain(told(USAGES)).filter(|told| told[0] == name).map(|told| told[place]);
    all.filter(|text| !text.is_empty()).last().unwrap_or_default()
}

/// The last lines of a help text.
fn ending(name: &str, more: &str) -> String {
    let usage = of_name(name, 2);
    let space = if usage.is_empty() { "" } else { " " };
    format!("\nUsage:\n  kubectl {name}{space}{usage} [options]\n\n{more}{OPTIONS}")
}

/// What kubectl says of itself.
pub(super) fn overview() -> Outcome {
    let mut text = "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: \
                    https://kubernetes.io/docs/reference/kubectl/\n"
        .to_owned();
    for line in TEXTS.lines() {
        match (line.strip_prefix("# "), line.split_once('\t')) {
            (Some(heading), _) => text.push_str(&format!("\n{heading}:\n")),
            (None, parts) => {
                let (name, short) = parts.unwrap_or_default();
                text.push_str(&format!("  {name:<13}   {short}\n"));
            }
        }
    }
    said(
        text + "\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\n"
            + OPTIONS,
    )
}

/// A command that only has others below it, as `rollout`.
pub(super) fn group(word: &str) -> Option<Outcome> {
    let below = verbs(word);
    if word.is_empty() || below.is_empty() {
        return None;
    }
    let mut text = beginning(word) + "Available Commands:\n";
    let width = below.iter().map(|name| name.len()).max().unwrap_or_default().max(11);
    for next in below {
        let line = format!("  {next:<width$}   {}", of_name(&format!("{word} {next}"), 1));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let more = format!("Use \"kubectl {word} <command> --help\" for more information about a given command.\n");
    Some(said(text + &ending(word, &more)))
}

/// The first lines of a help text.
fn beginning(name: &str) -> String {
    match of_name(name, 1) {
        "" => String::new(),
        short => format!("{short}.\n\n"),
    }
}

/// What a verb does, its flags, and how it is called.
pub(super) fn of_verb(verb: &Verb) -> Outcome {
    let mut text = beginning(verb.name);
    let global = flags_of("");
    let mut flags: Vec<Flag> = flags_of(verb.name).into_iter().filter(|flag| !global.contains(flag)).collect();
    podlapse_model::sort_by_key(&mut flags, |flag| flag.long);
    flags.dedup();
    if !flags.is_empty() {
        text.push_str("Options:\n");
        flags.iter().for_each(|flag| text.push_str(&option(flag)));
    }
    said(text + &ending(verb.name, ""))
}

fn option(flag: &Flag) -> String {
    let short = flag.short.map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
    let value = match flag.kind {
        FlagKind::Bool => "=false:",
        FlagKind::Text => "='':",
        FlagKind::List => "=[]:",
        FlagKind::Number | FlagKind::Short => "=0:",
        FlagKind::Duration => "=0s:",
        FlagKind::Optional(_) => "='none':",
    };
    format!("    {short}--{}{value}\n", flag.long)
}

/// `kubectl options`.
pub(super) fn options(call: &Call<'_>) -> Result<Outcome, Outcome> {
    Arguments::parse(call.words, &flags_of(""))
        .map_err(|message| super::report::failed(format!("{message}\nRun 'kubectl options' without flags.")))?;
    let mut text = "The following options can be passed to any command:\n\n".to_owned();
    flags_of("").iter().for_each(|flag| text.push_str(&option(flag)));
    Ok(said(text))
}

/// A word that is no command, with those that may have been meant.
pub(super) fn unknown(word: &str) -> Outcome {
    let suggested =
        |name: &str| SUGGESTED_FOR.iter().any(|(other, command)| *command == name && other.eq_ignore_ascii_case(word));
    let names = told(TEXTS).map(|told| told[0]);
    let near: Vec<&str> = names.filter(|name| is_near(word, name) || suggested(name)).collect();
    let mut stderr = format!("error: unknown command {word:?} for \"kubectl\"\n");
    if !near.is_empty() {
        stderr.push_str("\nDid you mean this?\n");
        near.iter().for_each(|verb| stderr.push_str(&format!("\t{verb}\n")));
    }
    Outcome { stdout: String::new(), stderr, exit: 1 }
}

/// Words of other tools, and the commands that are meant.
const SUGGESTED_FOR: &[(&str, &str)] =
    &[("list", "get"), ("ls", "get"), ("rm", "delete"), ("remove", "delete"), ("stats", "top"), ("inspect", "describe")];

fn is_near(word: &str, verb: &str) -> bool {
    let (word, verb) = (word.to_lowercase(), verb.to_lowercase());
    distance(word.as_bytes(), verb.as_bytes()) <= DISTANCE || verb.starts_with(&word)
}

/// The edit distance of two words; long words are far from everything.
fn distance(left: &[u8], right: &[u8]) -> usize {
    if left.len() > 40 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let next = (diagonal + usize::from(a != b)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[right.len()]
}
