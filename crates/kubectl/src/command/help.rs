//! `kubectl help`, `--help`, and what is said of a command that does not exist.
//!
//! Models the words of `github.com/spf13/cobra` and `k8s.io/kubectl/pkg/util/templates`; the texts are short: usage and flags, no manual.

use podlapse_core::client::Outcome;

use super::Call;
use super::flags::{Flag, FlagKind, GLOBAL};
use super::verb::{Takes, Verb, find, flags_of, verbs};

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

/// What kubectl says of itself.
pub(super) fn overview() -> Outcome {
    let mut text = "kubectl controls the Kubernetes cluster manager.\n\nCommands:\n".to_owned();
    for word in verbs("") {
        text.push_str(&format!("  {word}\n"));
    }
    text.push_str(
        "\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\nUse \
         \"kubectl options\" for a list of global command-line options (applies to all commands).\n",
    );
    said(text)
}

/// A command that only has others below it, as `rollout`.
pub(super) fn group(word: &str) -> Option<Outcome> {
    let below = verbs(word);
    if word.is_empty() || below.is_empty() {
        return None;
    }
    let mut text = "Available Commands:\n".to_owned();
    for next in below {
        text.push_str(&format!("  {next}\n"));
    }
    text.push_str(&format!(
        "\nUsage:\n  kubectl {word} SUBCOMMAND [options]\n\nUse \"kubectl {word} <command> --help\" for more information about a given \
         command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n"
    ));
    Some(said(text))
}

/// The usage and the flags of a verb.
pub(super) fn of_verb(verb: &Verb) -> Outcome {
    let what = match verb.takes {
        Takes::Nothing => "",
        Takes::Types => " (TYPE[.GROUP] [NAME | -l label] | TYPE[.GROUP]/NAME ...)",
        Takes::Pod => " (POD | TYPE/NAME)",
        Takes::Nodes => " NODE",
    };
    let mut text = "Options:\n".to_owned();
    let mut flags: Vec<Flag> = flags_of(verb.name).into_iter().filter(|flag| !GLOBAL.contains(flag)).collect();
    podlapse_model::sort_by_key(&mut flags, |flag| flag.long);
    flags.dedup();
    for flag in flags {
        text.push_str(&option(&flag));
    }
    text.push_str(&format!(
        "\nUsage:\n  kubectl {}{what} [options]\n\nUse \"kubectl options\" for a list of global command-line options (applies to all \
         commands).\n",
        verb.name
    ));
    said(text)
}

fn option(flag: &Flag) -> String {
    let short = flag.short.map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
    let value = match flag.kind {
        FlagKind::Bool => "=false:",
        FlagKind::Text => "='':",
        FlagKind::Number => "=0:",
        FlagKind::Optional(_) => "='none':",
    };
    format!("    {short}--{}{value}\n", flag.long)
}

/// `kubectl options`.
pub(super) fn options() -> Outcome {
    let mut text = "The following options can be passed to any command:\n\n".to_owned();
    GLOBAL.iter().for_each(|flag| text.push_str(&option(flag)));
    said(text)
}

/// A word that is no command, with those that may have been meant.
pub(super) fn unknown(word: &str) -> Outcome {
    let near: Vec<&str> = verbs("").into_iter().filter(|verb| is_near(word, verb)).collect();
    let mut stderr = format!("error: unknown command {word:?} for \"kubectl\"\n");
    if !near.is_empty() {
        stderr.push_str("\nDid you mean this?\n");
        near.iter().for_each(|verb| stderr.push_str(&format!("\t{verb}\n")));
    }
    Outcome { stdout: String::new(), stderr, exit: 1 }
}

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
