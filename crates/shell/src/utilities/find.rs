//! `find`, `ln`, `dd` and `readlink`. Links are not modelled: a link is a copy of what it leads to.

use super::files::{copy, destination, finish, metadata, walk};
use super::{Utility, options, usage};
use crate::fs::FsError;
use crate::pattern::matches;
use crate::shell::Step;
use crate::system::System;

/// What a file has to be for `find` to name it.
#[derive(Default)]
struct Wanted<'a> {
    name: Option<&'a str>,
    kind: Option<&'a str>,
    max_depth: Option<usize>,
    is_empty: bool,
    is_deleted: bool,
}

/// `find [PATH...] [-name PATTERN] [-type f|d] [-maxdepth N] [-empty] [-print] [-delete]`
pub(super) fn find(args: &[String], system: &mut System<'_, '_>) -> Step {
    let split = args.iter().position(|word| word.starts_with('-')).unwrap_or(args.len());
    let (paths, tests) = args.split_at(split);
    let mut wanted = Wanted::default();
    let mut words = tests.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-name" => wanted.name = words.next(),
            "-type" => wanted.kind = words.next(),
            "-maxdepth" => wanted.max_depth = words.next().and_then(|number| number.parse().ok()),
            "-empty" => wanted.is_empty = true,
            "-delete" => wanted.is_deleted = true,
            "-print" => {}
            other => {
                system.complain(&format!("find: unrecognized: {other}"));
                return Step::Exit(1);
            }
        }
    }
    let current = [".".to_owned()];
    let mut errors = Vec::new();
    for path in if paths.is_empty() { &current } else { paths } {
        if let Err(error) = metadata(path, system) {
            errors.push(format!("{path}: {error}"));
            continue;
        }
        let from = system.absolute(path);
        let mut found = walk(&from, system);
        podlapse_model::sort(&mut found);
        found.retain(|inner| is_wanted(&from, inner, &wanted, system));
        if wanted.is_deleted {
            found.reverse();
        }
        for inner in &found {
            let rest = inner.strip_prefix(from.trim_end_matches('/')).unwrap_or_default();
            if wanted.is_deleted {
                let (fs, volumes) = system.files();
                errors.extend(fs.remove(volumes, inner).err().map(|error| format!("{inner}: {error}")));
            } else {
                system.print(&format!("{}{rest}\n", path.trim_end_matches('/')));
            }
        }
    }
    finish("find", &errors, system)
}

fn is_wanted(from: &str, path: &str, wanted: &Wanted<'_>, system: &System<'_, '_>) -> bool {
    let rest = path.strip_prefix(from.trim_end_matches('/')).unwrap_or_default();
    let Ok(found) = system.fs().metadata(system.volumes(), path) else { return false };
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_empty = || match found.is_dir {
        true => system.fs().list(system.volumes(), path).is_ok_and(|names| names.is_empty()),
        false => found.len == 0,
    };
    wanted.name.is_none_or(|pattern| matches(pattern, name))
        && wanted.kind.is_none_or(|kind| kind == if found.is_dir { "d" } else { "f" })
        && wanted.max_depth.is_none_or(|most| rest.matches('/').count() <= most)
        && (!wanted.is_empty || is_empty())
}

/// `ln [-sf] TARGET LINK`
pub(super) fn ln(args: &[String], system: &mut System<'_, '_>) -> Step {
    let Ok((found, paths)) = options(args, "sfnbTv", "S") else { return Step::Exit(1) };
    let (target, link) = match paths {
        [] => return usage("ln", system),
        // The link lies here, under the name of what it leads to.
        [target] => (target, ".".to_owned()),
        [target, .., link] => (target, link.clone()),
    };
    let place = destination(target, &link, system);
    let is_forced = found.iter().any(|(letter, _)| *letter == 'f');
    let error = match metadata(&place, system) {
        Ok(_) if !is_forced => Some(FsError::Exists),
        Ok(_) | Err(_) => None,
    };
    let mut errors: Vec<String> = error.map(|error| format!("{place}: {error}")).into_iter().collect();
    if errors.is_empty() && metadata(target, system).is_ok() {
        copy(target, &place, &mut errors, system);
    }
    finish("ln", &errors, system)
}

/// `realpath PATH...`: the last part need not be there.
pub(super) fn realpath(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut status = 0;
    for path in args.iter().filter(|word| !word.starts_with('-')) {
        match resolved(path, system) {
            Some(absolute) => system.print(&format!("{absolute}\n")),
            None => {
                system.complain(&format!("realpath: {path}: {}", FsError::NotFound));
                status = 1;
            }
        }
    }
    Step::Exit(status)
}

/// `readlink [-f] PATH`: there are no links, so that only `-f` has something to tell.
pub(super) fn readlink(args: &[String], system: &mut System<'_, '_>) -> Step {
    let is_followed = args.iter().any(|word| word.starts_with('-') && word.contains('f'));
    let path = args.iter().find(|word| !word.starts_with('-')).filter(|_| is_followed);
    match path.and_then(|path| resolved(path, system)) {
        Some(absolute) => super::process::line(&absolute, system),
        None => Step::Exit(1),
    }
}

/// The whole path of what lies in a directory that is there.
fn resolved(path: &str, system: &System<'_, '_>) -> Option<String> {
    let absolute = system.absolute(path);
    let (parent, _) = absolute.rsplit_once('/')?;
    let parent = if parent.is_empty() { "/" } else { parent };
    metadata(parent, system).is_ok_and(|parent| parent.is_dir).then_some(absolute)
}

/// A number of bytes with a suffix, as `dd` reads it.
fn amount(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" => 1,
        "w" => 2,
        "b" => 512,
        "k" | "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "kB" => 1_000,
        "MB" => 1_000_000,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(factor)
}

/// `fallocate [-o OFFSET] -l LENGTH FILE`
pub(super) fn fallocate(args: &[String], system: &mut System<'_, '_>) -> Step {
    let value = |name: &str| args.iter().position(|word| word == name).and_then(|at| amount(args.get(at + 1)?));
    let (Some(length), Some(target)) = (value("-l"), args.last().filter(|word| !word.starts_with('-'))) else {
        system.complain("fallocate: you must specify a length and a file");
        return Step::Exit(1);
    };
    let wanted = length.saturating_add(value("-o").unwrap_or(0));
    let (path, now) = (system.absolute(target), system.now);
    let (fs, volumes) = system.files();
    let held = match fs.read(volumes, &path) {
        Ok(data) => Ok(data.len()),
        Err(FsError::NotFound) => fs.write(volumes, &path, Vec::new(), now).map(|()| 0),
        Err(error) => Err(error),
    };
    let done = held.and_then(|held| fs.extend(volumes, &path, wanted.saturating_sub(held) as u64));
    match done {
        Ok(()) => Step::Exit(0),
        Err(error) => {
            system.complain(&format!("fallocate: can't open '{target}': {error}"));
            Step::Exit(1)
        }
    }
}

/// `dd [if=FILE] [of=FILE] [bs=N] [count=N]`
pub(super) fn dd(args: &[String], system: &mut System<'_, '_>) -> Step {
    let value = |name: &str| args.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let block = value("bs").and_then(amount).unwrap_or(512);
    let count = value("count").and_then(amount);
    let (source, target) = (value("if").unwrap_or_default(), value("of").unwrap_or_default());
    let is_endless = matches!(source, "/dev/zero" | "/dev/urandom" | "/dev/random");
    // Of a long run of zeros only the beginning is held.
    const HELD: usize = 64 << 10;
    let (data, zeros) = match (is_endless, count) {
        // Nothing ends it but a signal.
        (true, None) if target == "/dev/null" => return Utility::Sleep { until: None }.into_step(),
        (true, None) => (vec![0; crate::fs::TREE_CAPACITY_BYTES + 1], 0),
        (true, Some(_)) if target == "/dev/null" => (Vec::new(), 0),
        (true, Some(count)) => {
            let wanted = count.saturating_mul(block);
            let held = if target.is_empty() || target == "/dev/stdout" { crate::fs::TREE_CAPACITY_BYTES } else { HELD };
            (vec![0; wanted.min(held)], wanted.saturating_sub(held))
        }
        (false, _) => match system.fs().read(system.volumes(), &system.absolute(source)) {
            Ok(data) => (data.iter().copied().take(count.map_or(usize::MAX, |count| count * block)).collect(), 0),
            Err(error) => {
                system.complain(&format!("dd: can't open '{source}': {error}"));
                return Step::Exit(1);
            }
        },
    };
    let bytes = if target == "/dev/null" && is_endless { count.unwrap_or(0).saturating_mul(block) } else { data.len() + zeros };
    let written = match target {
        "" | "/dev/stdout" => {
            system.write(1, &data);
            Ok(())
        }
        "/dev/null" => Ok(()),
        target => {
            let (path, now) = (system.absolute(target), system.now);
            let (fs, volumes) = system.files();
            fs.write(volumes, &path, data, now).and_then(|()| fs.extend(volumes, &path, zeros as u64))
        }
    };
    match written {
        Err(FsError::NoSpace) => {
            system.complain(&format!("dd: error writing '{target}': {}", FsError::NoSpace));
            Step::Exit(1)
        }
        Err(error) => {
            system.complain(&format!("dd: can't open '{target}': {error}"));
            Step::Exit(1)
        }
        Ok(()) => {
            let block = block.max(1);
            let records = format!("{}+{}", bytes / block, usize::from(bytes % block != 0));
            system.complain(&format!("{records} records in\n{records} records out"));
            Step::Exit(0)
        }
    }
}
