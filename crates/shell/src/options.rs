//! The options of the shell: `set -e`, `set -o pipefail`.

use crate::shell::Shell;

/// The options of `set`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub errexit: bool,
    pub xtrace: bool,
    pub nounset: bool,
    pub noglob: bool,
    pub noexec: bool,
    pub pipefail: bool,
    pub allexport: bool,
    pub noclobber: bool,
}

impl Options {
    /// The option behind a letter or a name of `set -o`.
    pub(crate) fn find(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "e" | "errexit" => &mut self.errexit,
            "x" | "xtrace" => &mut self.xtrace,
            "u" | "nounset" => &mut self.nounset,
            "f" | "noglob" => &mut self.noglob,
            "n" | "noexec" => &mut self.noexec,
            "a" | "allexport" => &mut self.allexport,
            "C" | "noclobber" => &mut self.noclobber,
            "pipefail" => &mut self.pipefail,
            _ => return None,
        })
    }

    /// What `$-` is, in the order of the shell's own list from its end; `c` is for a shell whose commands `-c` gave.
    pub(crate) fn letters(&self, is_command: bool) -> String {
        let all = [
            (self.nounset, 'u'),
            (self.allexport, 'a'),
            (self.noclobber, 'C'),
            (self.xtrace, 'x'),
            (self.noexec, 'n'),
            (is_command, 'c'),
            (self.noglob, 'f'),
            (self.errexit, 'e'),
        ];
        all.iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| *letter).collect()
    }
}

/// What `set -o` lists, in its order; those that change nothing here are off.
pub(crate) const OPTION_NAMES: [&str; 14] = [
    "errexit",
    "noglob",
    "ignoreeof",
    "monitor",
    "noexec",
    "xtrace",
    "verbose",
    "noclobber",
    "allexport",
    "notify",
    "nounset",
    "errtrace",
    "vi",
    "pipefail",
];

/// Applies the options at the front of `words`; returns how many words they are, or the message.
pub(crate) fn set_options(shell: &mut Shell, words: &[String]) -> Result<usize, String> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let is_on = match word.chars().next() {
            Some('-') => true,
            Some('+') => false,
            Some(_) | None => break,
        };
        if word.len() < 2 || word == "--" {
            break;
        }
        at += 1;
        for letter in word.chars().skip(1) {
            if letter == 'o' {
                let Some(name) = words.get(at) else { return Ok(at) };
                at += 1;
                match shell.options.find(name) {
                    Some(option) => *option = is_on,
                    None if OPTION_NAMES.contains(&name.as_str()) => {}
                    None => return Err(format!("illegal option {word} {name}")),
                }
            } else if !"mbhvVis".contains(letter) {
                *shell.options.find(letter.encode_utf8(&mut [0; 4])).ok_or_else(|| format!("illegal option -{letter}"))? = is_on;
            }
        }
    }
    Ok(at)
}
