//! Processes by their names: `pidof`, `pgrep`, `pkill` and `killall`.

use std::sync::Arc;

use super::process::others;
use crate::process::Pid;
use crate::shell::Step;
use crate::signal::Signal;
use crate::system::System;

/// Which utility looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// Prints the numbers of processes that are called so, in one line.
    Pidof,
    /// Prints the numbers of processes in whose name, or with `-f` command, the word is found.
    Pgrep,
    /// Signals those.
    Pkill,
    /// Signals processes that are called so.
    Killall,
}

/// Looks for processes by name; fails if a name has none.
pub(super) fn by_name(search: Search, args: &[String], system: &mut System<'_, '_>) -> Step {
    let is_option = |word: &&String| word.starts_with('-');
    let has = |letter: char| args.iter().filter(is_option).any(|word| word.contains(letter));
    // `-9`, `-TERM` and signal 0, which only asks.
    let options = args.iter().filter(is_option).map(|word| &word[1..]);
    let only_asks = options.clone().any(|word| word == "0");
    let signal = options.clone().find_map(Signal::parse).unwrap_or(Signal::TERM);
    let is_substring = matches!(search, Search::Pgrep | Search::Pkill) && !has('x');
    let running = others(system);
    let mut status = i32::from(args.iter().all(|word| is_option(&word)));
    for wanted in args.iter().filter(|word| !is_option(word)) {
        let is_meant = |(_, command): &&(Pid, Arc<str>)| {
            let text = if has('f') { command } else { name_of(command) };
            if is_substring { text.contains(wanted.as_str()) } else { text == wanted }
        };
        let found: Vec<Pid> = running.iter().filter(is_meant).map(|(pid, _)| *pid).collect();
        if found.is_empty() {
            status = 1;
            if search == Search::Killall && !has('q') {
                system.complain(&format!("killall: {wanted}: no process killed"));
            }
            continue;
        }
        match search {
            Search::Pidof => {
                let numbers: Vec<String> = found.iter().map(|Pid(pid)| pid.to_string()).collect();
                system.print(&format!("{}\n", numbers.join(" ")));
            }
            Search::Pgrep => found.iter().for_each(|Pid(pid)| system.print(&format!("{pid}\n"))),
            Search::Pkill | Search::Killall if only_asks => {}
            Search::Pkill | Search::Killall => system.signals.extend(found.into_iter().map(|pid| (pid, signal))),
        }
    }
    Step::Exit(status)
}

/// What a process is called: the last part of its first word.
fn name_of(command: &str) -> &str {
    let first = command.split(' ').next().unwrap_or_default();
    first.rsplit('/').next().unwrap_or(first).trim_end_matches(':')
}

/// `NAME -s quit` and `NAME -s stop`, by which some servers are told to end: whether a server of that name was told.
pub(crate) fn controls_server(name: &str, args: &[String], system: &mut System<'_, '_>) -> bool {
    let [option, word] = args else { return false };
    if option != "-s" || !matches!(word.as_str(), "quit" | "stop") {
        return false;
    }
    let server = others(system).into_iter().find(|(_, command)| name_of(command) == name);
    system.signals.extend(server.iter().map(|(pid, _)| (*pid, Signal::TERM)));
    server.is_some()
}
