//! The built-in `getopts`. Models busybox 1.35 `shell/ash.c` (`getopts`, `getoptscmd`).

use crate::builtins::complain;
use crate::shell::Shell;
use crate::system::System;

/// `getopts LETTERS NAME [WORD...]`: the next option of those words, or of the shell's own.
pub(crate) fn getopts(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let [_, letters, name, words @ ..] = argv else {
        complain(shell, system, "usage: getopts optstring var [arg]");
        return Some(2);
    };
    let words = if words.is_empty() { shell.positional.clone() } else { words.to_vec() };
    // `OPTIND` counts the words from 1 and is that of the next one; what is left of the word before it stays with the shell.
    let mut next = shell.variable("OPTIND").and_then(|text| text.parse::<usize>().ok()).filter(|next| 0 < *next).unwrap_or(1);
    let left = std::mem::take(&mut shell.option_letters);
    let mut rest = if next == 1 { "" } else { left.as_str() };
    let word = words.get(next - 1).map_or("", String::as_str);
    let (mut found, mut value) = (None, None);
    if rest.is_empty() && word.len() > 1 && word.starts_with('-') {
        next += 1;
        rest = if word == "--" { "" } else { &word[1..] };
    }
    if let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        let is_silent = letters.starts_with(':');
        let after = letters.split_once(letter).filter(|_| letter != ':').map(|(_, after)| after);
        let argument = if rest.is_empty() { words.get(next - 1).map(String::as_str) } else { Some(rest) };
        let (result, problem) = match (after, argument) {
            (None, _) => ("?".to_owned(), Some(format!("Illegal option -{letter}"))),
            (Some(after), None) if after.starts_with(':') => {
                (if is_silent { ":" } else { "?" }.to_owned(), Some(format!("No arg for -{letter} option")))
            }
            (Some(after), Some(argument)) if after.starts_with(':') => {
                next += usize::from(rest.is_empty());
                value = Some(argument.to_owned());
                rest = "";
                (letter.to_string(), None)
            }
            (Some(_), _) => {
                value = Some(String::new());
                (letter.to_string(), None)
            }
        };
        match problem {
            Some(_) if is_silent => value = Some(letter.to_string()),
            Some(problem) => system.complain(&problem),
            None => {}
        }
        found = Some(result);
    }
    shell.option_letters = rest.to_owned();
    let status = i32::from(found.is_none());
    shell.put_back("OPTARG", None);
    let assigned = [("OPTIND", Some(next.to_string())), ("OPTARG", value), (name, Some(found.unwrap_or_else(|| "?".to_owned())))];
    for (name, value) in assigned {
        if let Err(message) = value.map_or(Ok(()), |value| shell.set(name, &value)) {
            complain(shell, system, &message);
            return Some(2);
        }
    }
    Some(status)
}
