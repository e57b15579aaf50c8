//! The commands that a shell runs itself. Texts are those of busybox ash.

use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::SimDuration;

use crate::options::{OPTION_NAMES, set_options};
use crate::process::Pid;
use crate::shell::{Frame, Reading, Shell, Variable, is_name};
use crate::signal::Signal;
use crate::system::System;
use crate::utilities::{self, print, test};

/// Returns the status, or `None` when a frame that it pushed will report it.
pub(crate) type Builtin = fn(&mut Shell, &[String], &mut System<'_, '_>) -> Option<i32>;

/// The built-in command `name`.
pub(crate) fn find(name: &str) -> Option<Builtin> {
    Some(match name {
        // Scripts are read as a whole, so that an alias would come too late for all of them.
        ":" | "true" | "ulimit" | "hash" | "times" | "jobs" | "alias" | "unalias" => |_, _, _| Some(0),
        "umask" => umask,
        "getopts" => crate::getopts::getopts,
        "false" => |_, _, _| Some(1),
        "echo" => |_, argv, system| Some(print::echo(&argv[1..], system)),
        "printf" => |_, argv, system| Some(print::printf(APPLET, &argv[1..], system)),
        "test" | "[" | "[[" => |_, argv, system| Some(test::command(&argv[0], APPLET, &argv[1..], system)),
        "cd" | "chdir" => cd,
        "pwd" => |_, _, system| {
            let line = format!("{}\n", system.core.cwd);
            system.print(&line);
            Some(0)
        },
        "exit" => exit,
        "return" => return_,
        "break" => |shell, argv, system| leave_loop(shell, argv, system, true),
        "continue" => |shell, argv, system| leave_loop(shell, argv, system, false),
        "shift" => shift,
        "set" => set,
        "unset" => unset,
        "export" => |shell, argv, system| declare(shell, argv, system, |variable| variable.is_exported = true),
        "readonly" => |shell, argv, system| declare(shell, argv, system, |variable| variable.is_read_only = true),
        "local" => local,
        "let" => let_,
        "read" => read,
        "wait" => wait,
        "trap" => trap,
        "kill" => kill,
        "eval" => |shell, argv, system| {
            shell.run_text(&argv[1..].join(" "), system);
            Some(0)
        },
        "." | "source" => source,
        "type" | "command" => describe,
        "exec" => |_, _, _| Some(0),
        _ => return None,
    })
}

/// Whether an error in the built-in ends the shell, and assignments before it stay.
pub(crate) fn is_special(name: &str) -> bool {
    [
        ":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times", "trap",
        "unset",
    ]
    .contains(&name)
}

/// What begins the messages of those that are utilities as well: the name under which busybox runs.
const APPLET: &str = "sh";

/// A message with the shell's name, the built-in's and the line.
pub(crate) fn complain(shell: &Shell, system: &mut System<'_, '_>, message: &str) {
    let command = shell.command.as_deref().unwrap_or_default();
    shell.complain(system, &format!("{command}: line 0: {message}"));
}

/// `kill`: what the shell sends itself and handles runs before its next command.
fn kill(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let status = utilities::process::kill(&argv[1..], APPLET, system);
    let own = system.core.pid;
    system.signals.retain(|(pid, signal)| *pid != own || !shell.catch(*signal));
    Some(status)
}

/// `umask [MODE]`: what it says, as modes are not modelled.
fn umask(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    match argv.get(1) {
        None => system.print(&format!("{:04o}\n", shell.umask)),
        Some(mode) => match u32::from_str_radix(mode, 8) {
            Ok(mode) if mode <= 0o777 => shell.umask = mode,
            Ok(_) | Err(_) => {
                complain(shell, system, &format!("illegal mode: {mode}"));
                return Some(2);
            }
        },
    }
    Some(0)
}

fn cd(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let is_back = argv.get(1).is_some_and(|word| word == "-");
    let target = match argv.get(1).map(String::as_str) {
        None => shell.variable("HOME").unwrap_or("/").to_owned(),
        Some("-") => shell.variable("OLDPWD").unwrap_or("/").to_owned(),
        Some(path) => path.to_owned(),
    };
    let path = crate::fs::normalize(&system.core.cwd, &target);
    let error = match system.fs().metadata(system.volumes(), &path) {
        Ok(metadata) if metadata.is_dir => {
            let before = system.core.cwd.clone();
            // These two names always fit: they replace each other.
            let _ = shell.set("OLDPWD", &before);
            let _ = shell.set("PWD", &path);
            if is_back {
                system.print(&format!("{path}\n"));
            }
            system.core.cwd = path.into();
            return Some(0);
        }
        Ok(_) => crate::fs::FsError::NotADirectory,
        Err(error) => error,
    };
    complain(shell, system, &format!("can't cd to {target}: {error}"));
    Some(2)
}

/// The operand that must be a number, or the status of the last command.
fn number_or(argv: &[String], default: i32) -> Result<i32, String> {
    argv.get(1).map_or(Ok(default), |text| text.parse().map_err(|_| format!("Illegal number: {text}")))
}

fn exit(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    // In a trap `exit` alone means the status before the trap.
    let before_trap = shell
        .frames
        .iter()
        .rev()
        .find_map(|frame| if let Frame::Trap { status } | Frame::Exit { status } = frame { Some(*status) } else { None });
    match number_or(argv, before_trap.unwrap_or(shell.status)) {
        Ok(status) => shell.begin_exit(status & 0xff, system),
        Err(message) => {
            complain(shell, system, &message);
            shell.begin_exit(2, system);
        }
    }
    None
}

fn return_(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let status = number_or(argv, shell.status).unwrap_or(2) & 0xff;
    let at = shell.frames.iter().rposition(|frame| matches!(frame, Frame::Function { .. } | Frame::Source));
    match at {
        Some(depth) => shell.unwind(depth, system),
        None => {
            shell.begin_exit(status, system);
            return None;
        }
    }
    Some(status)
}

fn leave_loop(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>, is_break: bool) -> Option<i32> {
    let Some(levels) = number_or(argv, 1).ok().filter(|&levels| 0 < levels) else {
        complain(shell, system, &format!("Illegal number: {}", argv.get(1).map_or("", String::as_str)));
        shell.begin_exit(2, system);
        return None;
    };
    let barrier = shell.frames.iter().rposition(|frame| matches!(frame, Frame::Function { .. })).map_or(0, |at| at + 1);
    let loops = |frame: &Frame| matches!(frame, Frame::Loop { .. } | Frame::For { .. });
    let mut at = None;
    for _ in 0..levels {
        let end = at.unwrap_or(shell.frames.len());
        match shell.frames[barrier..end].iter().rposition(loops) {
            Some(position) => at = Some(barrier + position),
            None => break,
        }
    }
    let Some(at) = at else { return Some(0) };
    shell.unwind(if is_break { at } else { at + 1 }, system);
    shell.status = 0;
    if let (false, Some(Frame::Loop { is_testing, .. })) = (is_break, shell.frames.last_mut()) {
        *is_testing = false;
    }
    Some(0)
}

fn shift(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let count = number_or(argv, 1).ok().and_then(|count| usize::try_from(count).ok());
    match count {
        Some(count) if count <= shell.positional.len() => {
            shell.positional.drain(..count);
            Some(0)
        }
        Some(_) => Some(1),
        None => {
            complain(shell, system, &format!("Illegal number: {}", argv[1]));
            shell.begin_exit(2, system);
            None
        }
    }
}

fn set(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    if argv.len() == 1 {
        let lines: String = shell
            .variables
            .iter()
            .map(|(name, variable)| format!("{name}='{}'\n", variable.value.replace('\'', "'\"'\"'")))
            .collect();
        system.print(&lines);
        return Some(0);
    }
    if argv[1..] == ["-o"] {
        let lines: String = OPTION_NAMES
            .iter()
            .map(|name| {
                let is_on = shell.options.find(name).is_some_and(|option| *option);
                format!("{name:<16}{}\n", if is_on { "on" } else { "off" })
            })
            .collect();
        system.print(&lines);
        return Some(0);
    }
    match set_options(shell, &argv[1..]) {
        Ok(used) => {
            let rest = &argv[1 + used..];
            match rest.split_first() {
                Some((first, rest)) if first == "--" => shell.positional = rest.to_vec(),
                Some(_) => shell.positional = rest.to_vec(),
                None => {}
            }
            Some(0)
        }
        Err(message) => {
            complain(shell, system, &message);
            // A name that is not known does no harm.
            if argv[1..].iter().any(|word| matches!(word.as_str(), "-o" | "+o")) {
                return Some(1);
            }
            shell.begin_exit(2, system);
            None
        }
    }
}

fn unset(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let is_function = argv.get(1).is_some_and(|option| option == "-f");
    for name in argv[1..].iter().filter(|name| !name.starts_with('-')) {
        if is_function {
            Arc::make_mut(&mut shell.functions).remove(name);
        } else if shell.variables.get(name).is_some_and(|variable| variable.is_read_only) {
            complain(shell, system, &format!("{name}: is read only"));
            return Some(2);
        } else {
            shell.put_back(name, None);
        }
    }
    Some(0)
}

fn declare(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>, mark: fn(&mut Variable)) -> Option<i32> {
    let names: Vec<&String> = argv[1..].iter().filter(|word| !word.starts_with('-')).collect();
    if names.is_empty() {
        let is_export = argv[0] == "export";
        let marked =
            shell.variables.iter().filter(|(_, variable)| if is_export { variable.is_exported } else { variable.is_read_only });
        let lines: String = marked.map(|(name, variable)| format!("{} {name}='{}'\n", argv[0], variable.value)).collect();
        system.print(&lines);
        return Some(0);
    }
    for word in names {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let result = if is_name(name) {
            let value = value.map(str::to_owned);
            let value = value.or_else(|| shell.variable(name).is_none().then(String::new));
            value.map_or(Ok(()), |value| shell.set(name, &value))
        } else {
            Err(format!("{name}: bad variable name"))
        };
        if let Err(message) = result {
            complain(shell, system, &message);
            shell.begin_exit(2, system);
            return None;
        }
        if let Some(variable) = Arc::make_mut(&mut shell.variables).get_mut(name) {
            mark(variable);
        }
    }
    Some(0)
}

fn local(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let at = shell.frames.iter().rposition(|frame| matches!(frame, Frame::Function { .. }));
    for word in &argv[1..] {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let before = shell.variables.get(name).cloned();
        match at.and_then(|at| shell.frames.get_mut(at)) {
            Some(Frame::Function { locals, .. }) => {
                if !locals.iter().any(|(known, _)| known == name) {
                    locals.push((name.to_owned(), before));
                }
            }
            Some(_) | None => {
                complain(shell, system, "not in a function");
                shell.begin_exit(2, system);
                return None;
            }
        }
        if let Err(message) = value.map_or(Ok(()), |value| shell.set(name, value)) {
            complain(shell, system, &message);
            return Some(1);
        }
    }
    Some(0)
}

struct ShellVariables<'a>(&'a mut Shell);

impl crate::arithmetic::Variables for ShellVariables<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.variable(name).map(str::to_owned)
    }
    fn set(&mut self, name: &str, value: i64) {
        // A read-only variable keeps its value.
        let _ = self.0.set(name, &value.to_string());
    }
}

fn let_(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let mut value = 0;
    for expression in &argv[1..] {
        match crate::arithmetic::evaluate(expression, &mut ShellVariables(shell)) {
            Ok(result) => value = result,
            Err(message) => {
                complain(shell, system, &message);
                return Some(2);
            }
        }
    }
    Some(i32::from(value == 0))
}

fn read(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let (mut is_raw, mut deadline, mut most, mut names) = (false, None, None, Vec::new());
    let mut words = argv[1..].iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-r" => is_raw = true,
            "-s" => {}
            // Without a terminal there is no prompt.
            "-p" => drop(words.next()),
            "-n" => most = words.next().and_then(|text| text.parse().ok()).filter(|most| 0 < *most),
            "-t" => {
                let span = words.next().and_then(|text| utilities::duration(text)).unwrap_or(SimDuration::ZERO);
                deadline = Some(system.now + span);
            }
            name => names.push(name.to_owned()),
        }
    }
    if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
        system.complain(&format!("{APPLET}: read: '{wrong}': bad variable name"));
        return Some(1);
    }
    if names.is_empty() {
        names.push("REPLY".to_owned());
    }
    shell.frames.push(Frame::Read(Reading { names, is_raw, most, line: Vec::new(), deadline }));
    None
}

/// Splits a line among variables as `read` does: the last one takes the rest.
pub(crate) fn assign_fields(shell: &mut Shell, names: &[String], line: &str, is_raw: bool) {
    let separators = shell.variable("IFS").unwrap_or(" \t\n").to_owned();
    let is_space = |next: char| next.is_ascii_whitespace() && separators.contains(next);
    let mut rest = line.trim_start_matches(is_space);
    for (position, name) in names.iter().enumerate() {
        let value = if position + 1 == names.len() {
            rest.trim_end_matches(is_space)
        } else {
            let end = rest.find(|next| separators.contains(next)).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            rest = after.trim_start_matches(is_space);
            if let Some(next) = rest.chars().next().filter(|&next| separators.contains(next) && !is_space(next)) {
                rest = rest[next.len_utf8()..].trim_start_matches(is_space);
            }
            field
        };
        let value = if is_raw { value.to_owned() } else { remove_backslashes(value) };
        // A value that does not fit leaves the variable as it was.
        let _ = shell.set(name, &value);
    }
}

fn remove_backslashes(text: &str) -> String {
    let mut result = String::new();
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        result.extend(if next == '\\' { chars.next() } else { Some(next) });
    }
    result
}

fn wait(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let mut pids = VecDeque::new();
    for word in &argv[1..] {
        let pid = match word.strip_prefix('%') {
            Some(job) => job.parse::<usize>().ok().and_then(|job| shell.jobs.get(job.wrapping_sub(1)).copied()),
            None => word.parse().ok().map(Pid),
        };
        match pid {
            Some(pid) if shell.jobs.contains(&pid) => pids.push_back(pid),
            Some(_) => return Some(127),
            None => {
                complain(shell, system, &format!("Illegal number: {word}"));
                return Some(2);
            }
        }
    }
    if argv.len() == 1 {
        pids.extend(shell.jobs.iter().copied());
        // Without operands the status is 0 whatever the jobs returned.
        if pids.is_empty() {
            return Some(0);
        }
        shell.frames.push(Frame::WaitAll);
    }
    shell.frames.push(Frame::Wait { pids });
    None
}

fn trap(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let name_of = |number: u8| Signal::from_number(number).map_or_else(|| "EXIT".to_owned(), |signal| signal.name());
    let words = match argv[1..].split_first() {
        Some((first, rest)) if first == "--" => rest,
        Some(_) | None => &argv[1..],
    };
    let Some((action, signals)) = words.split_first() else {
        let lines: String =
            shell.traps.iter().map(|(&number, action)| format!("trap -- '{action}' {}\n", name_of(number))).collect();
        system.print(&lines);
        return Some(0);
    };
    // A single operand, or a number in front, resets.
    let resets = action == "-" || signals.is_empty() || action.parse::<u8>().is_ok();
    let signals = if action == "-" || !resets { signals } else { words };
    let mut status = 0;
    for word in signals {
        let number = match word.to_ascii_uppercase().as_str() {
            "EXIT" | "0" => Some(0),
            _ => Signal::parse(word).map(Signal::number),
        };
        let Some(number) = number else {
            complain(shell, system, &format!("{word}: invalid signal specification"));
            status = 1;
            continue;
        };
        let signal = Signal::from_number(number);
        system.core.ignored.retain(|&ignored| Some(ignored) != signal);
        if resets {
            shell.traps.remove(&number);
        } else {
            shell.traps.insert(number, action.as_str().into());
            if action.is_empty() {
                system.core.ignored.extend(signal);
            }
        }
    }
    Some(status)
}

fn source(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let Some(path) = argv.get(1) else { return Some(2) };
    match system.fs().read(system.volumes(), &system.absolute(path)) {
        Ok(text) => {
            shell.frames.push(Frame::Source);
            shell.run_text(&String::from_utf8_lossy(&text), system);
            Some(0)
        }
        Err(_) => {
            complain(shell, system, &format!("can't open '{path}': No such file or directory"));
            shell.begin_exit(2, system);
            None
        }
    }
}

/// `type NAME`, `command -v NAME` and `command -V NAME`; `command NAME ...` runs it past functions.
fn describe(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let is_type = argv[0] == "type";
    let (names, is_told) = match argv.get(1).map(String::as_str) {
        Some("-v") if !is_type => (&argv[2..], false),
        Some("-V") if !is_type => (&argv[2..], true),
        Some(_) if !is_type => return run_command(shell, &argv[1..], system),
        Some(_) | None => (&argv[1..], true),
    };
    let mut status = 0;
    for name in names {
        let path = utilities::path_of(name, system);
        let (kind, text) = if crate::parse::is_keyword(name) {
            ("a shell keyword", name.clone())
        } else if shell.functions.contains_key(name) {
            ("a function", name.clone())
        } else if find(name).is_some() {
            ("a shell builtin", name.clone())
        } else if let Some(path) = path {
            ("", path)
        } else {
            status = 127;
            if is_told {
                system.print(&format!("{name}: not found\n"));
            }
            continue;
        };
        let line = match kind {
            _ if !is_told => text,
            "" => format!("{name} is {text}"),
            kind => format!("{name} is {kind}"),
        };
        system.print(&format!("{line}\n"));
    }
    Some(status)
}

fn run_command(shell: &mut Shell, argv: &[String], system: &mut System<'_, '_>) -> Option<i32> {
    let Some(name) = argv.first() else { return Some(0) };
    if let Some(builtin) = find(name) {
        return builtin(shell, argv, system);
    }
    // Quoted, the words are the command line again.
    let line: Vec<String> = argv.iter().map(|word| format!("'{}'", word.replace('\'', "'\"'\"'"))).collect();
    shell.run_text(&line.join(" "), system);
    Some(0)
}

/// A word as `set -x` shows it.
pub(crate) fn quote_if_needed(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:+,@%^[]".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\"'\"'")) }
}
