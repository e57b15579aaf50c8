//! Utilities about processes and the machine: `sleep`, `kill`, `env`, `timeout`, `hostname` and the like.

use std::sync::Arc;

use podlapse_model::SimDuration;

use super::{Utility, duration, options, path_of, usage};
use crate::process::Pid;
use crate::shell::{Program, Step};
use crate::signal::Signal;
use crate::system::System;

/// Prints one line and succeeds.
pub(super) fn line(text: &str, system: &mut System<'_, '_>) -> Step {
    system.print(&format!("{text}\n"));
    Step::Exit(0)
}

/// `sleep N...`: the sum of its operands.
pub(super) fn sleep(args: &[String], system: &mut System<'_, '_>) -> Step {
    if args.is_empty() {
        return usage("sleep", system);
    }
    let mut total = SimDuration::ZERO;
    for word in args {
        if matches!(word.as_str(), "infinity" | "inf") {
            return Utility::Sleep { until: None }.into_step();
        }
        match duration(word) {
            Some(span) => total = total + span,
            None => {
                system.complain(&format!("sleep: invalid number '{word}'"));
                return Step::Exit(1);
            }
        }
    }
    Utility::Sleep { until: Some(system.now + total) }.into_step()
}

/// `usleep MICROSECONDS`
pub(super) fn usleep(args: &[String], system: &mut System<'_, '_>) -> Step {
    let Some(count) = args.first().and_then(|word| word.parse().ok()) else { return Step::Exit(1) };
    let until = system.now + SimDuration::from_nanos(1_000_u64.saturating_mul(count));
    Utility::Sleep { until: Some(until) }.into_step()
}

/// `kill [-SIGNAL] PID...` and `kill -l`; `name` begins the messages.
pub(crate) fn kill(args: &[String], name: &str, system: &mut System<'_, '_>) -> i32 {
    let mut words = args.iter().map(String::as_str).peekable();
    let mut signal = Some(Signal::TERM);
    match words.peek().copied() {
        Some("-l") if args.len() > 1 => {
            let known = args[1..].iter().map(|word| match word.parse::<u8>() {
                // A status tells a signal as well.
                Ok(number) => Signal::from_number(number & 0x7f).map(Signal::name),
                Err(_) => Signal::parse(word).map(|signal| signal.number().to_string()),
            });
            for (word, known) in args[1..].iter().zip(known) {
                match known {
                    Some(known) => system.print(&format!("{known}\n")),
                    None => {
                        system.complain(&format!("{name}: unknown signal '{word}'"));
                        return 1;
                    }
                }
            }
            return 0;
        }
        Some("-l") => {
            for number in 1..=31 {
                let known = Signal::from_number(number).map(Signal::name).unwrap_or_default();
                system.print(&format!("{number:>2}) {known}\n"));
            }
            return 0;
        }
        Some("--") => {
            words.next();
        }
        Some(option) if option.starts_with('-') && option.len() > 1 => {
            words.next();
            let wanted = if option == "-s" { words.next().unwrap_or_default() } else { &option[1..] };
            // Signal 0 only asks whether the process is there.
            signal = Signal::parse(wanted);
            if signal.is_none() && wanted != "0" {
                system.complain(&format!("{name}: bad signal name '{wanted}'"));
                return 1;
            }
        }
        Some(_) | None => {}
    }
    let mut status = 0;
    let pids: Vec<&str> = words.collect();
    if pids.is_empty() {
        system.complain(&format!("{name}: you need to specify whom to kill"));
        return 1;
    }
    for word in pids {
        // A negative number is a process group: here each process is its own.
        let Some(pid) = word.trim_start_matches('-').parse().ok().map(Pid) else {
            system.complain(&format!("{name}: invalid number '{word}'"));
            status = 1;
            continue;
        };
        let is_own = system.is_running(pid);
        // The first process of the container may belong to another `Process`: the caller knows it.
        if !is_own && pid != Pid(1) {
            system.complain(&format!("{name}: can't kill pid {pid}: No such process"));
            status = 1;
            continue;
        }
        if let Some(signal) = signal {
            system.signals.push((pid, signal));
        }
    }
    status
}

/// `printenv [NAME...]`: fails if one of them is not set.
pub(super) fn printenv(args: &[String], system: &mut System<'_, '_>) -> Step {
    if args.is_empty() {
        return env(args, system);
    }
    let environment = system.core.environment.clone();
    let mut status = 0;
    for name in args {
        match environment.get(name) {
            Some(value) => system.print(&format!("{value}\n")),
            None => status = 1,
        }
    }
    Step::Exit(status)
}

/// `env [-i] [NAME=VALUE]... [COMMAND...]`
pub(super) fn env(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut environment = system.core.environment.as_ref().clone();
    let mut rest = args;
    while let Some((word, after)) = rest.split_first() {
        match (word.as_str(), word.split_once('=')) {
            ("-i" | "-", _) => environment.clear(),
            (_, Some((name, value))) => {
                environment.insert(name.to_owned(), value.to_owned());
            }
            (_, None) => break,
        }
        rest = after;
    }
    match rest.split_first() {
        None => {
            let lines: String = environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            system.print(&lines);
            Step::Exit(0)
        }
        Some(_) => {
            system.core.environment = Arc::new(environment);
            Step::Become(Program::Launch { argv: rest.to_vec(), shell_name: Some("env".to_owned()) })
        }
    }
}

/// Commands that run another one unchanged: `nohup`, `nice`, `setsid`, `time`, and small inits.
pub(super) fn wrapper(args: &[String], _system: &mut System<'_, '_>) -> Step {
    let rest: Vec<String> = args.iter().skip_while(|word| word.starts_with('-')).cloned().collect();
    if rest.is_empty() { Step::Exit(1) } else { Step::Become(Program::Launch { argv: rest, shell_name: None }) }
}

/// `timeout [-s SIGNAL] SECONDS COMMAND...`
pub(super) fn timeout(args: &[String], system: &mut System<'_, '_>) -> Step {
    let split = options(args, "", "skt");
    let Ok((found, rest)) = split else { return Step::Exit(1) };
    let signal = found.iter().find(|(letter, _)| *letter == 's').and_then(|(_, name)| Signal::parse(name));
    let [span, command @ ..] = rest else { return usage("timeout", system) };
    if command.is_empty() {
        return usage("timeout", system);
    }
    let Some(span) = duration(span) else {
        system.complain(&format!("timeout: invalid number '{span}'"));
        return Step::Exit(1);
    };
    let program = Program::Launch { argv: command.to_vec(), shell_name: Some("timeout".to_owned()) };
    match system.spawn(|_| program, &[]) {
        Some(pid) => {
            let at = system.now + span;
            Utility::Timeout { pid, at, signal: signal.unwrap_or(Signal::TERM), is_sent: false }.into_step()
        }
        None => Step::Exit(1),
    }
}

/// `hostname [-i|-s|-f]`
pub(super) fn hostname(args: &[String], system: &mut System<'_, '_>) -> Step {
    let name = system.kernel.hostname.clone();
    match args.first().map(String::as_str) {
        Some("-i") => super::names::own_address(&name, system),
        Some("-s") => line(name.split('.').next().unwrap_or_default(), system),
        Some(_) | None => line(&name, system),
    }
}

/// An id with its name, where it has one.
fn named(id: i64, is_quiet: bool) -> String {
    match (id, is_quiet) {
        (0, true) => "root".to_owned(),
        (0, false) => "0(root)".to_owned(),
        (id, _) => id.to_string(),
    }
}

/// `id [-u|-g|-G] [-n]`
pub(super) fn id(args: &[String], system: &mut System<'_, '_>) -> Step {
    let user = system.kernel.user.clone();
    let mut groups: Vec<i64> = user.groups.into_iter().chain([user.gid]).collect();
    podlapse_model::sort(&mut groups);
    groups.dedup();
    let has = |letter: char| args.iter().any(|word| word.starts_with('-') && word.contains(letter));
    let shown = |id: i64| if has('n') { named(id, true) } else { id.to_string() };
    if has('u') {
        return line(&shown(user.uid), system);
    }
    if has('g') {
        return line(&shown(user.gid), system);
    }
    let list = |show: &dyn Fn(i64) -> String, separator: &str| {
        groups.iter().map(|group| show(*group)).collect::<Vec<String>>().join(separator)
    };
    if has('G') {
        return line(&list(&shown, " "), system);
    }
    let full = |id: i64| named(id, false);
    line(&format!("uid={} gid={} groups={}", full(user.uid), full(user.gid), list(&full, ",")), system)
}

/// `whoami`: only root has a name.
pub(super) fn whoami(_args: &[String], system: &mut System<'_, '_>) -> Step {
    let uid = system.kernel.user.uid;
    if uid == 0 {
        return line("root", system);
    }
    system.complain(&format!("whoami: unknown uid {uid}"));
    Step::Exit(1)
}

/// `ps`: the first process of each that runs in the container, and itself.
pub(super) fn ps(_args: &[String], system: &mut System<'_, '_>) -> Step {
    let user = match system.kernel.user.uid {
        0 => "root".to_owned(),
        uid => uid.to_string(),
    };
    let mut processes = others(system);
    processes.push((system.core.pid, "ps".into()));
    podlapse_model::sort(&mut processes);
    system.print("PID   USER     TIME  COMMAND\n");
    for (Pid(pid), command) in processes {
        system.print(&format!("{pid:>5} {user:<8}  0:00 {command}\n"));
    }
    Step::Exit(0)
}

/// The first process of each that runs in the container, without the one that asks.
pub(super) fn others(system: &System<'_, '_>) -> Vec<(Pid, Arc<str>)> {
    let kernel = &system.kernel;
    let all = kernel.beside.iter().chain([&kernel.root]);
    all.filter(|(pid, _)| *pid != system.core.pid).cloned().collect()
}

/// `uname [-asnrm]`
pub(super) fn uname(args: &[String], system: &mut System<'_, '_>) -> Step {
    let host = system.kernel.hostname.clone();
    match args.first().map(String::as_str) {
        Some("-a") => line(&format!("Linux {host} 6.6.0 #1 SMP x86_64 GNU/Linux"), system),
        Some("-n") => line(&host, system),
        Some("-r") => line("6.6.0", system),
        Some("-m") => line("x86_64", system),
        Some(_) | None => line("Linux", system),
    }
}

/// `which NAME...`
pub(super) fn which(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut status = 0;
    for name in args {
        match path_of(name, system) {
            Some(path) => system.print(&format!("{path}\n")),
            None => status = 1,
        }
    }
    Step::Exit(status)
}

/// What follows the end of options.
fn operands(args: &[String]) -> &[String] {
    if args.first().is_some_and(|word| word == "--") { &args[1..] } else { args }
}

/// `basename PATH [SUFFIX]`
pub(super) fn basename(args: &[String], system: &mut System<'_, '_>) -> Step {
    let args = operands(args);
    let Some(path) = args.first() else { return usage("basename", system) };
    let trimmed = path.trim_end_matches('/');
    let name = if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or_default() };
    let suffix = args.get(1).filter(|suffix| *suffix != name);
    line(suffix.and_then(|suffix| name.strip_suffix(suffix.as_str())).unwrap_or(name), system)
}

/// `dirname PATH`
pub(super) fn dirname(args: &[String], system: &mut System<'_, '_>) -> Step {
    let [path] = operands(args) else { return usage("dirname", system) };
    let dir = match path.trim_end_matches('/').rsplit_once('/') {
        Some((dir, _)) if dir.trim_end_matches('/').is_empty() => "/",
        Some((dir, _)) => dir.trim_end_matches('/'),
        None if path.starts_with('/') => "/",
        None => ".",
    };
    line(dir, system)
}
