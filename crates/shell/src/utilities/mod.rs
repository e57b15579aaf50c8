//! The core utilities. Texts and statuses are those of busybox 1.35.

mod awk;
mod base64;
mod by_name;
mod date;
pub(crate) mod escapes;
mod expr;
mod files;
mod filter;
mod find;
mod lines;
mod names;
mod network;
pub(crate) mod print;
pub(crate) mod process;
mod regex;
mod sed;
pub(crate) mod serve;
mod sort;
pub(crate) mod test;
mod text;
mod xargs;

use podlapse_model::{SimDuration, SimTime};

use self::by_name::Search;
pub(crate) use self::by_name::controls_server;
use crate::process::Pid;
use crate::shell::{Program, Step};
use crate::signal::Signal;
use crate::system::{Handle, Input, System};

/// Starts a utility with the arguments after its name.
pub(crate) type Start = fn(&[String], &mut System<'_, '_>) -> Step;

/// The utility `name`.
pub(crate) fn find(name: &str) -> Option<Start> {
    Some(match name {
        "true" | ":" | "sync" => |_, _| Step::Exit(0),
        "false" => |_, _| Step::Exit(1),
        "sleep" => process::sleep,
        "usleep" => process::usleep,
        "echo" => |args, system| Step::Exit(print::echo(args, system)),
        "printf" => |args, system| Step::Exit(print::printf("printf", args, system)),
        "seq" => print::seq,
        "yes" => print::yes,
        "test" => |args, system| Step::Exit(test::command("test", "test", args, system)),
        "[" => |args, system| Step::Exit(test::command("[", "[", args, system)),
        "[[" => |args, system| Step::Exit(test::command("[[", "[[", args, system)),
        "expr" => expr::expr,
        "date" => date::date,
        "env" => process::env,
        "printenv" => process::printenv,
        "nohup" | "nice" | "setsid" | "exec" | "time" | "tini" | "dumb-init" => process::wrapper,
        "timeout" => process::timeout,
        "kill" => |args, system| Step::Exit(process::kill(args, "kill", system)),
        "hostname" => process::hostname,
        "whoami" => process::whoami,
        "id" => process::id,
        "ps" => process::ps,
        "pidof" => |args, system| by_name::by_name(Search::Pidof, args, system),
        "pgrep" => |args, system| by_name::by_name(Search::Pgrep, args, system),
        "pkill" => |args, system| by_name::by_name(Search::Pkill, args, system),
        "killall" => |args, system| by_name::by_name(Search::Killall, args, system),
        "uname" => process::uname,
        "nproc" => |_, system| process::line("1", system),
        "arch" => |_, system| process::line("x86_64", system),
        "tty" => |_, system| {
            system.print("not a tty\n");
            Step::Exit(1)
        },
        "pwd" => |_, system| {
            let cwd = system.core.cwd.clone();
            process::line(&cwd, system)
        },
        "which" => process::which,
        "basename" => process::basename,
        "dirname" => process::dirname,
        "touch" => files::touch,
        "rm" => files::rm,
        "rmdir" => files::rmdir,
        "mkdir" => files::mkdir,
        "ls" => files::ls,
        "cp" => files::cp,
        "mv" => files::mv,
        "chmod" => files::chmod,
        "chown" | "chgrp" => files::chown,
        "mktemp" => files::mktemp,
        "find" => find::find,
        "ln" => find::ln,
        "dd" => find::dd,
        "fallocate" => find::fallocate,
        "readlink" => find::readlink,
        "realpath" => find::realpath,
        "cat" => lines::cat,
        "tac" => lines::tac,
        "rev" => lines::rev,
        "nl" => lines::nl,
        "fold" => lines::fold,
        "head" => filter::head,
        "tail" => filter::tail,
        "wc" => filter::wc,
        "tee" => filter::tee,
        "awk" => awk::awk,
        "base64" => base64::base64,
        "grep" | "egrep" | "fgrep" => text::grep,
        "sort" => sort::sort,
        "uniq" => text::uniq,
        "cut" => text::cut,
        "tr" => text::tr,
        "sed" => sed::sed,
        "xargs" => xargs::xargs,
        "wget" => network::wget,
        "httpd" => serve::httpd,
        "nc" => network::nc,
        "nslookup" => names::nslookup,
        _ => return None,
    })
}

/// Where `command -v` and `which` find a command.
pub(crate) fn path_of(name: &str, system: &System<'_, '_>) -> Option<String> {
    if name.contains('/') {
        let metadata = system.fs().metadata(system.volumes(), &system.absolute(name)).ok()?;
        return (metadata.is_executable && !metadata.is_dir).then(|| name.to_owned());
    }
    crate::launch::is_known(name).then(|| format!("/bin/{name}"))
}

/// A span as `sleep` reads it: a decimal number with an optional `s`, `m`, `h` or `d`.
pub(crate) fn duration(text: &str) -> Option<SimDuration> {
    let (digits, unit_ns) = match text.as_bytes().last()? {
        b's' => (&text[..text.len() - 1], 1_000_000_000_u64),
        b'm' => (&text[..text.len() - 1], 60_000_000_000),
        b'h' => (&text[..text.len() - 1], 3_600_000_000_000),
        b'd' => (&text[..text.len() - 1], 86_400_000_000_000),
        _ => (text, 1_000_000_000),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    // A number too large for the clock sleeps for ever.
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) };
    let nanos: u64 = format!("{fraction:0<9.9}").parse().ok()?;
    let part = u128::from(nanos) * u128::from(unit_ns) / 1_000_000_000;
    Some(SimDuration::from_nanos(whole.saturating_mul(unit_ns).saturating_add(u64::try_from(part).unwrap_or(0))))
}

/// A utility that takes more than one step.
#[derive(Clone, Debug)]
pub(crate) enum Utility {
    /// `sleep`; without an end, `sleep infinity`.
    Sleep {
        until: Option<SimTime>,
    },
    /// Waits for an answer of the network.
    Client(network::Client),
    Yes {
        line: Vec<u8>,
    },
    Seq {
        next: i64,
        step: i64,
        last: i64,
        separator: String,
        /// How many digits stand behind the point; the numbers are in units of the last.
        places: usize,
        width: usize,
        is_first: bool,
    },
    Timeout {
        pid: Pid,
        at: SimTime,
        signal: Signal,
        is_sent: bool,
    },
    /// `tail -f`: looks at the file again each `interval`.
    Follow {
        handle: Handle,
        interval: SimDuration,
    },
    Filter(filter::Filter),
    Xargs(Box<xargs::Xargs>),
    /// Waits for connections until a signal ends it.
    Serve(serve::Server),
}

impl Utility {
    /// What waits for connections, if this does.
    pub(crate) fn server(&self) -> Option<&serve::Server> {
        if let Utility::Serve(server) = self { Some(server) } else { None }
    }

    /// Takes the answer of the network, if it waits for one.
    pub(crate) fn answer(&mut self, reply: crate::network::Reply) {
        if let Utility::Client(client) = self {
            client.answer(reply);
        }
    }

    pub(crate) fn into_step(self) -> Step {
        Step::Become(Program::Utility(Box::new(self)))
    }

    pub(crate) fn step(&mut self, system: &mut System<'_, '_>) -> Step {
        match self {
            Utility::Sleep { until: Some(until) } if *until <= system.now => Step::Exit(0),
            Utility::Sleep { until } => Step::Wait(*until),
            Utility::Client(client) => client.step(system),
            Utility::Yes { line } => {
                // A block at a time, as the C library writes it.
                let block = line.repeat(4096 / line.len().max(1) + 1);
                system.write(1, &block);
                Step::Progress
            }
            Utility::Seq { next, step, last, separator, places, width, is_first } => {
                let mut block = String::new();
                while block.len() < 4_096 {
                    let is_past = if *step < 0 { *next < *last } else { *last < *next };
                    if is_past {
                        if !*is_first {
                            block.push('\n');
                        }
                        system.print(&block);
                        return Step::Exit(0);
                    }
                    if !std::mem::take(is_first) {
                        block.push_str(separator);
                    }
                    block.push_str(&print::seq_number(*next, *places, *width));
                    // The end of the numbers is past every last one.
                    *next = next.saturating_add(*step);
                    if *next == i64::MAX || *next == i64::MIN {
                        *last = 0;
                    }
                }
                system.print(&block);
                Step::Progress
            }
            Utility::Timeout { pid, at, signal, is_sent } => {
                if !system.is_running(*pid) {
                    let code = system.reap(*pid).map_or(0, |ended| ended.code);
                    return Step::Exit(code);
                }
                if !*is_sent && *at <= system.now {
                    *is_sent = true;
                    system.signals.push((*pid, *signal));
                    return Step::Progress;
                }
                Step::Wait((!*is_sent).then_some(*at))
            }
            Utility::Follow { handle, interval } => match system.read(*handle, false) {
                Input::Data(data) => {
                    system.write(1, &data);
                    Step::Progress
                }
                Input::Wait => Step::Wait(None),
                // Nothing is ever written to the null device: there is no need to look again.
                Input::End => Step::Wait((*handle != Handle::Null).then(|| system.now + *interval)),
            },
            Utility::Filter(filter) => filter.step(system),
            Utility::Xargs(xargs) => xargs.step(system),
            Utility::Serve(_) => Step::Wait(None),
        }
    }
}

/// Cuts a text to so many bytes, at a character.
pub(crate) fn truncate(text: &mut String, most: usize) {
    if most < text.len() {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

/// Options with their values, and the operands.
pub(crate) type Split<'a> = (Vec<(char, &'a str)>, &'a [String]);

/// Splits leading options from operands: single letters, some of which take a value (`-n 5`, `-n5`).
///
/// # Errors
/// The letter that is not known.
pub(crate) fn options<'a>(args: &'a [String], flags: &str, with_value: &str) -> Result<Split<'a>, char> {
    let mut found = Vec::new();
    let mut at = 0;
    'words: while let Some(word) = args.get(at).filter(|word| word.len() > 1 && word.starts_with('-')) {
        at += 1;
        if word == "--" {
            break;
        }
        for (position, letter) in word.char_indices().skip(1) {
            if with_value.contains(letter) {
                let rest = &word[position + letter.len_utf8()..];
                let value = if rest.is_empty() {
                    at += 1;
                    args.get(at - 1).ok_or(letter)?.as_str()
                } else {
                    rest
                };
                found.push((letter, value));
                continue 'words;
            }
            if !flags.contains(letter) {
                return Err(letter);
            }
            found.push((letter, ""));
        }
    }
    Ok((found, args.get(at..).unwrap_or_default()))
}

/// Whether one of these letters is among the options.
pub(crate) fn has_option(found: &[(char, &str)], letters: &str) -> bool {
    found.iter().any(|(letter, _)| letters.contains(*letter))
}

/// The value of an option, of several the first.
pub(crate) fn option_value<'a>(found: &[(char, &'a str)], wanted: char) -> Option<&'a str> {
    found.iter().find(|(letter, _)| *letter == wanted).map(|(_, value)| *value)
}

/// Whether a text is a whole number in decimal digits, of any size and with any sign.
pub(crate) fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What busybox prints to who calls a utility in a wrong way: the first lines of its help.
pub(crate) fn usage(name: &str, system: &mut System<'_, '_>) -> Step {
    let words = match name {
        "basename" => "FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE...",
        "chmod" => "[-Rcvf] MODE[,MODE]... FILE...",
        "cp" => "[-arPLHpfinlsTu] SOURCE DEST\nor: cp [-arPLHpfinlsu] SOURCE... { -t DIRECTORY | DIRECTORY }",
        "dirname" => "FILENAME",
        "grep" => "[-HhnlLoqvsrRiwFEz] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
        "ln" => "[-sfnbtv] [-S SUF] TARGET... LINK|DIR",
        "mkdir" => "[-m MODE] [-p] DIRECTORY...",
        "mv" => "[-finT] SOURCE DEST\nor: mv [-fin] SOURCE... { -t DIRECTORY | DIRECTORY }",
        "rm" => "[-irf] FILE...",
        "rmdir" => "[-p] DIRECTORY...",
        "sed" => "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...\nor: sed [-i[SFX]] [-nrE] CMD [FILE]...",
        "seq" => "[-w] [-s SEP] [FIRST [INC]] LAST",
        "sleep" => "[N]...",
        "timeout" => "[-s SIG] [-k KILL_SECS] SECS PROG ARGS",
        "touch" => "[-cham] [-d DATE] [-t DATE] [-r FILE] FILE...",
        "tr" => "[-cds] STRING1 [STRING2]",
        _ => "",
    };
    system.complain(&format!("{VERSION}\n\nUsage: {name} {words}"));
    Step::Exit(1)
}

/// What busybox calls itself.
pub(crate) const VERSION: &str = "BusyBox v1.35.0 multi-call binary.";

/// What busybox prints for an unknown option, without its usage text.
pub(crate) fn invalid_option(name: &str, letter: char, system: &mut System<'_, '_>) -> Step {
    system.complain(&format!("{name}: invalid option -- '{letter}'"));
    Step::Exit(1)
}
