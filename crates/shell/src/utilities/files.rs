//! Utilities that change files: `touch`, `rm`, `mkdir`, `ls`, `cp`, `mv` and the like.

use std::sync::Arc;

use super::date::format_time;
use super::{has_option, invalid_option, options, usage};
use crate::fs::{FsError, Metadata};
use crate::shell::Step;
use crate::system::System;

pub(super) fn metadata(path: &str, system: &System<'_, '_>) -> Result<Metadata, FsError> {
    system.fs().metadata(system.volumes(), &system.absolute(path))
}

pub(super) fn finish(name: &str, errors: &[String], system: &mut System<'_, '_>) -> Step {
    for error in errors {
        system.complain(&format!("{name}: {error}"));
    }
    Step::Exit(i32::from(!errors.is_empty()))
}

/// `touch [-cam] FILE...`
pub(super) fn touch(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, paths) = match options(args, "camh", "dtr") {
        Ok(split) => split,
        Err(letter) => return invalid_option("touch", letter, system),
    };
    if paths.is_empty() {
        return usage("touch", system);
    }
    let mut errors = Vec::new();
    for path in paths {
        let absolute = system.absolute(path);
        let now = system.now;
        let exists = metadata(path, system).is_ok();
        let (fs, volumes) = system.files();
        let result = if exists {
            fs.set_attributes(volumes, &absolute, Some(now), None)
        } else if has_option(&found, "c") {
            Ok(())
        } else {
            fs.write(volumes, &absolute, Vec::new(), now)
        };
        errors.extend(result.err().map(|error| format!("{path}: {error}")));
    }
    finish("touch", &errors, system)
}

/// Everything at and below `path`, deepest last.
pub(super) fn walk(path: &str, system: &System<'_, '_>) -> Vec<String> {
    let mut found = vec![path.to_owned()];
    let mut at = 0;
    while let Some(dir) = found.get(at).cloned() {
        at += 1;
        if found.len() < crate::fs::TREE_CAPACITY_NODES {
            let names = system.fs().list(system.volumes(), &dir).unwrap_or_default();
            found.extend(names.into_iter().map(|name| format!("{}/{name}", dir.trim_end_matches('/'))));
        }
    }
    found
}

/// `rm [-rRf] FILE...`
pub(super) fn rm(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, paths) = match options(args, "rRfiv", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("rm", letter, system),
    };
    let (is_recursive, is_forced) = (has_option(&found, "rR"), has_option(&found, "f"));
    if paths.is_empty() && !is_forced {
        return usage("rm", system);
    }
    let mut errors = Vec::new();
    for path in paths {
        match metadata(path, system) {
            Err(FsError::NotFound | FsError::NotADirectory) if is_forced => continue,
            Err(error) => errors.push(format!("can't remove '{path}': {error}")),
            Ok(metadata) if metadata.is_dir && !is_recursive => errors.push(format!("'{path}' is a directory")),
            Ok(_) => {
                for inner in walk(&system.absolute(path), system).iter().rev() {
                    let (fs, volumes) = system.files();
                    errors.extend(fs.remove(volumes, inner).err().map(|error| format!("can't remove '{inner}': {error}")));
                }
            }
        }
    }
    finish("rm", &errors, system)
}

/// `rmdir DIRECTORY...`
pub(super) fn rmdir(args: &[String], system: &mut System<'_, '_>) -> Step {
    let mut errors = Vec::new();
    for path in args.iter().filter(|word| !word.starts_with('-')) {
        let result = match metadata(path, system) {
            Ok(metadata) if !metadata.is_dir => Err(FsError::NotADirectory),
            Ok(_) => {
                let absolute = system.absolute(path);
                let (fs, volumes) = system.files();
                fs.remove(volumes, absolute.trim_end_matches('/'))
            }
            Err(error) => Err(error),
        };
        errors.extend(result.err().map(|error| format!("'{path}': {error}")));
    }
    finish("rmdir", &errors, system)
}

/// `mkdir [-p] [-m MODE] DIRECTORY...`
pub(super) fn mkdir(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, paths) = match options(args, "pv", "m") {
        Ok(split) => split,
        Err(letter) => return invalid_option("mkdir", letter, system),
    };
    if paths.is_empty() {
        return usage("mkdir", system);
    }
    let mut errors = Vec::new();
    for path in paths {
        let absolute = system.absolute(path);
        let (now, with_parents) = (system.now, has_option(&found, "p"));
        let (fs, volumes) = system.files();
        let absolute = absolute.trim_end_matches('/');
        let result = if with_parents { fs.mkdir_all(volumes, absolute, now) } else { fs.mkdir(volumes, absolute, now) };
        errors.extend(result.err().map(|error| format!("can't create directory '{path}': {error}")));
    }
    finish("mkdir", &errors, system)
}

fn long_line(name: &str, metadata: &Metadata, system: &System<'_, '_>) -> String {
    let kind = match (metadata.is_dir, metadata.is_executable) {
        (true, _) => "drwxr-xr-x",
        (false, true) => "-rwxr-xr-x",
        (false, false) => "-rw-r--r--",
    };
    let epoch_ns = system.wall_clock_ns() - system.now.as_nanos();
    let modified = (epoch_ns + metadata.modified.as_nanos()).div_euclid(1_000_000_000);
    let length = if metadata.is_dir { 4096 } else { metadata.len };
    format!("{kind}    1 root     root     {length:>9} {} {name}\n", format_time(modified, 0, "%b %e %H:%M"))
}

/// `ls [-laA1dh] [FILE...]`, one name a line as without a terminal.
pub(super) fn ls(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, paths) = match options(args, "laA1dhRrtSiFLsnkcuxCpH", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("ls", letter, system),
    };
    let current = [".".to_owned()];
    let paths = if paths.is_empty() { &current } else { paths };
    let (is_long, is_itself) = (has_option(&found, "l"), has_option(&found, "d"));
    let show = |name: &str, metadata: &Metadata, system: &System<'_, '_>| {
        if is_long { long_line(name, metadata, system) } else { format!("{name}\n") }
    };
    let (mut files, mut dirs, mut errors) = (String::new(), Vec::new(), Vec::new());
    for path in paths {
        match metadata(path, system) {
            Ok(metadata) if metadata.is_dir && !is_itself => dirs.push(path),
            Ok(metadata) => files.push_str(&show(path, &metadata, system)),
            Err(error) => errors.push(format!("{path}: {error}")),
        }
    }
    let mut text = files;
    for dir in dirs {
        if 1 < paths.len() {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{dir}:\n"));
        }
        let mut names = system.fs().list(system.volumes(), &system.absolute(dir)).unwrap_or_default();
        names.retain(|name| !name.starts_with('.') || has_option(&found, "aA"));
        if has_option(&found, "a") {
            names.splice(0..0, [".".to_owned(), "..".to_owned()]);
        }
        if has_option(&found, "r") {
            names.reverse();
        }
        if is_long {
            text.push_str(&format!("total {}\n", names.len() * 4));
        }
        for name in names {
            if let Ok(metadata) = metadata(&format!("{dir}/{name}"), system) {
                text.push_str(&show(&name, &metadata, system));
            }
        }
    }
    system.print(&text);
    finish("ls", &errors, system)
}

/// Where a file lands: in the target if that is a directory.
pub(super) fn destination(source: &str, target: &str, system: &System<'_, '_>) -> String {
    match metadata(target, system) {
        Ok(metadata) if metadata.is_dir => {
            format!("{}/{}", target.trim_end_matches('/'), source.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
        }
        Ok(_) | Err(_) => target.to_owned(),
    }
}

pub(super) fn copy(source: &str, target: &str, errors: &mut Vec<String>, system: &mut System<'_, '_>) {
    let (from, to) = (system.absolute(source), system.absolute(target));
    // Collected first: a copy into itself must not grow for ever.
    for path in walk(&from, system) {
        let place = format!("{to}{}", path.strip_prefix(&from).unwrap_or_default());
        let Ok(metadata) = system.fs().metadata(system.volumes(), &path) else { continue };
        let now = system.now;
        let (fs, volumes) = system.files();
        let result = if metadata.is_dir {
            fs.mkdir_all(volumes, &place, now)
        } else {
            let data = fs.read(volumes, &path).map(Arc::unwrap_or_clone);
            data.and_then(|data| fs.write(volumes, &place, data, now))
                .and_then(|()| fs.set_attributes(volumes, &place, None, Some(metadata.is_executable)))
        };
        errors.extend(result.err().map(|error| format!("can't create '{place}': {error}")));
    }
}

/// `cp [-rRaf] SOURCE... TARGET`
pub(super) fn cp(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (found, paths) = match options(args, "rRapfdLHPivT", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("cp", letter, system),
    };
    let Some((target, sources)) = paths.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return usage("cp", system);
    };
    let mut errors = Vec::new();
    for source in sources {
        match metadata(source, system) {
            Err(error) => errors.push(format!("can't stat '{source}': {error}")),
            Ok(metadata) if metadata.is_dir && !has_option(&found, "rRa") => {
                errors.push(format!("omitting directory '{source}'"))
            }
            Ok(_) => copy(source, &destination(source, target, system), &mut errors, system),
        }
    }
    finish("cp", &errors, system)
}

/// `mv [-f] SOURCE... TARGET`
pub(super) fn mv(args: &[String], system: &mut System<'_, '_>) -> Step {
    let (_, paths) = match options(args, "finvT", "") {
        Ok(split) => split,
        Err(letter) => return invalid_option("mv", letter, system),
    };
    let Some((target, sources)) = paths.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return usage("mv", system);
    };
    let mut errors = Vec::new();
    for source in sources {
        let place = destination(source, target, system);
        let (from, to) = (system.absolute(source), system.absolute(&place));
        if let Err(error) = metadata(source, system) {
            errors.push(format!("can't rename '{source}': {error}"));
        } else if from == to || to.starts_with(&format!("{from}/")) {
            errors.push(format!("can't rename '{source}': Invalid argument"));
        } else {
            let before = errors.len();
            copy(source, &place, &mut errors, system);
            if errors.len() == before {
                for inner in walk(&from, system).iter().rev() {
                    let (fs, volumes) = system.files();
                    errors.extend(fs.remove(volumes, inner).err().map(|error| format!("can't remove '{inner}': {error}")));
                }
            }
        }
    }
    finish("mv", &errors, system)
}

/// `chmod MODE FILE...`: only whether a file may be executed is kept.
pub(super) fn chmod(args: &[String], system: &mut System<'_, '_>) -> Step {
    let words: Vec<&String> = args.iter().filter(|word| !matches!(word.as_str(), "-R" | "-v" | "-f" | "-c")).collect();
    let Some((mode, paths)) = words.split_first().filter(|(_, paths)| !paths.is_empty()) else { return usage("chmod", system) };
    let is_executable = match u32::from_str_radix(mode, 8) {
        Ok(bits) => Some(bits & 0o111 != 0),
        Err(_) if mode.contains('x') => Some(!mode.contains("-x")),
        Err(_) => None,
    };
    let mut errors = Vec::new();
    for path in paths {
        let absolute = system.absolute(path);
        let result = metadata(path, system).and_then(|metadata| {
            let (fs, volumes) = system.files();
            fs.set_attributes(volumes, &absolute, None, is_executable.filter(|_| !metadata.is_dir))
        });
        errors.extend(result.err().map(|error| format!("{path}: {error}")));
    }
    finish("chmod", &errors, system)
}

/// `chown OWNER FILE...`: owners are not modelled, but the files must be there.
pub(super) fn chown(args: &[String], system: &mut System<'_, '_>) -> Step {
    let operands = args.iter().filter(|word| !word.starts_with('-')).skip(1);
    let errors: Vec<String> =
        operands.filter_map(|path| metadata(path, system).err().map(|error| format!("{path}: {error}"))).collect();
    finish("chown", &errors, system)
}

/// `mktemp [-d]`: the names count up.
pub(super) fn mktemp(args: &[String], system: &mut System<'_, '_>) -> Step {
    let is_dir = args.iter().any(|word| word == "-d");
    let free = (0..10_000).map(|number| format!("/tmp/tmp.{number:06}")).find(|path| metadata(path, system).is_err());
    let Some(path) = free else { return Step::Exit(1) };
    let now = system.now;
    let (fs, volumes) = system.files();
    let result = if is_dir { fs.mkdir(volumes, &path, now) } else { fs.write(volumes, &path, Vec::new(), now) };
    match result {
        Ok(()) => super::process::line(&path, system),
        Err(error) => finish("mktemp", &[format!("{path}: {error}")], system),
    }
}
