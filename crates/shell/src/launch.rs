//! From a command line to what runs: a shell, a utility, a script in the file system, or an error.

use std::sync::Arc;

use crate::options;
use crate::shell::{Frame, Program, Shell, Step};
use crate::system::System;
use crate::utilities;

const SHELLS: [&str; 5] = ["sh", "ash", "bash", "dash", "hush"];
const DIRECTORIES: [&str; 6] = ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// The name of a command by plain name or in one of the usual directories.
fn plain_name(command: &str) -> Option<&str> {
    match command.rsplit_once('/') {
        None => Some(command),
        Some((dir, name)) => DIRECTORIES.contains(&dir).then_some(name),
    }
}

/// Whether a container or probe whose command begins with this word is interpreted.
///
/// ```
/// assert!(podlapse_shell::is_interpretable("/bin/sh"));
/// assert!(podlapse_shell::is_interpretable("sleep"));
/// assert!(!podlapse_shell::is_interpretable("nginx"));
/// assert!(!podlapse_shell::is_interpretable("/opt/app/sleep"));
/// ```
pub fn is_interpretable(command: &str) -> bool {
    plain_name(command).is_some_and(|name| SHELLS.contains(&name) || name == "busybox" || utilities::find(name).is_some())
}

/// The programs of the images `busybox` and `alpine`, whether they are interpreted or not.
const APPLETS: &str = include_str!("applets.txt");

/// Whether the images `busybox` and `alpine` have a program of this name.
///
/// ```
/// assert!(podlapse_shell::is_applet("vi"));
/// assert!(!podlapse_shell::is_applet("sleeep"));
/// ```
pub fn is_applet(name: &str) -> bool {
    is_interpretable(name) || APPLETS.split_whitespace().any(|applet| applet == name)
}

/// Whether a command line is a shell that reads its commands from its input.
pub fn reads_commands(argv: &[String]) -> bool {
    let is_option = |word: &String| word.starts_with('-') && (word.starts_with("--") || !word.contains('c'));
    argv.split_first().is_some_and(|(command, rest)| {
        plain_name(command).is_some_and(|name| SHELLS.contains(&name)) && rest.iter().all(is_option)
    })
}

/// Where a command is found in the usual directories, if it is a shell or a utility.
pub(crate) fn is_known(name: &str) -> bool {
    !name.contains('/') && is_interpretable(name)
}

/// Looks a command up and starts it.
pub(crate) fn launch(argv: &[String], shell_name: Option<&str>, system: &mut System<'_, '_>) -> Step {
    let Some(command) = argv.first() else { return Step::Exit(127) };
    let not_found = |system: &mut System<'_, '_>, status: i32, text: &str| {
        match shell_name {
            Some(name @ "xargs") if status == 127 => {
                system.complain(&format!("{name}: {command}: No such file or directory"));
            }
            Some(name @ ("env" | "timeout")) if status == 127 => {
                system.complain(&format!("{name}: can't execute '{command}': No such file or directory"));
            }
            Some(name) => system.complain(&format!("{name}: {command}: {text}")),
            None => system.complain(&format!("{command}: {text}")),
        }
        Step::Exit(status)
    };
    if command.is_empty() {
        return not_found(system, if shell_name.is_some() { 127 } else { 126 }, "Permission denied");
    }
    if command.contains('/') {
        // A file in the container hides a command that only this interpreter knows.
        let path = system.absolute(command);
        if let Ok(metadata) = system.fs().metadata(system.volumes(), &path) {
            if metadata.is_dir || !metadata.is_executable {
                return not_found(system, 126, "Permission denied");
            }
            return script(argv, &path, system);
        }
    }
    let Some(name) = plain_name(command) else { return not_found(system, 127, "not found") };
    if name == "busybox" {
        if argv.len() < 2 {
            system.print(&format!("{}\n", utilities::VERSION));
            return Step::Exit(0);
        }
        if !is_known(&argv[1]) {
            system.complain(&format!("{}: applet not found", argv[1]));
            return Step::Exit(127);
        }
        return Step::Become(Program::Launch { argv: argv[1..].to_vec(), shell_name: shell_name.map(str::to_owned) });
    }
    if SHELLS.contains(&name) {
        return shell(argv, system);
    }
    match utilities::find(name) {
        Some(utility) => utility(&argv[1..], system),
        None if utilities::controls_server(name, &argv[1..], system) => Step::Exit(0),
        None => not_found(system, 127, "not found"),
    }
}

/// An executable file: a shell script, the only kind that can run here.
fn script(argv: &[String], path: &str, system: &mut System<'_, '_>) -> Step {
    let text = system.fs().read(system.volumes(), path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut shell = new_shell(&argv[0], system);
    shell.positional = argv[1..].to_vec();
    shell.run_text(&text, system);
    Step::Become(Program::Shell(Box::new(shell)))
}

fn new_shell(name: &str, system: &mut System<'_, '_>) -> Shell {
    let mut shell = Shell::new(name, system.core.pid, &system.core.environment, &system.core.cwd);
    shell.random_seed = (system.wall_clock_ns() as u64).wrapping_add(u64::from(shell.pid.0));
    // Its parent's number; it is not changed by what is set.
    let _ = shell.set("PPID", &system.core.parent.to_string());
    // A shell that inherits an ignored signal cannot trap it, and keeps ignoring it.
    for signal in &system.core.ignored {
        shell.traps.insert(signal.number(), Arc::from(""));
    }
    shell
}

/// `sh -c TEXT [NAME [ARGUMENT...]]`, `sh FILE [ARGUMENT...]`, or `sh` with the script on standard input.
fn shell(argv: &[String], system: &mut System<'_, '_>) -> Step {
    let mut shell = new_shell(&argv[0], system);
    let (mut at, mut has_text) = (1, false);
    while let Some(word) = argv.get(at).filter(|word| word.len() > 1 && word.starts_with(['-', '+'])) {
        if word == "--" {
            at += 1;
            break;
        }
        if word.starts_with("--") {
            // `--login`, `--norc` and the like of bash change nothing here.
            at += 1;
            continue;
        }
        has_text |= word.starts_with('-') && word.contains('c');
        let letters: String = word.chars().filter(|letter| !matches!(letter, 'c' | 'l' | 'i' | 's')).collect();
        let option = [letters].into_iter().chain(argv.get(at + 1).cloned()).collect::<Vec<_>>();
        at += match options::set_options(&mut shell, &option) {
            Ok(used) if word.contains('o') => used.max(1),
            Ok(_) => 1,
            Err(message) => {
                shell.complain(system, &message);
                return Step::Exit(2);
            }
        };
    }
    let operands = argv.get(at..).unwrap_or_default();
    match operands.split_first() {
        Some((text, rest)) if has_text => {
            if let Some((name, arguments)) = rest.split_first() {
                shell.name.clone_from(name);
                shell.positional = arguments.to_vec();
            }
            shell.is_command = true;
            shell.run_text(text, system);
        }
        None if has_text => {
            shell.complain(system, "-c requires an argument");
            return Step::Exit(2);
        }
        Some((path, rest)) => {
            let Ok(text) = system.fs().read(system.volumes(), &system.absolute(path)) else {
                shell.complain(system, &format!("can't open '{path}': No such file or directory"));
                return Step::Exit(2);
            };
            shell.name.clone_from(path);
            shell.positional = rest.to_vec();
            shell.run_text(&String::from_utf8_lossy(&text), system);
        }
        None => shell.frames.push(Frame::ReadScript(Vec::new())),
    }
    Step::Become(Program::Shell(Box::new(shell)))
}
