//! `wget`, `nc` and `nslookup`, as far as the caller's network answers.

use podlapse_model::SimDuration;

use super::{Utility, duration, options};
use crate::process::HttpReply;
use crate::shell::Step;
use crate::system::System;

/// How long a connection is tried to a place from which no packet comes back, unless the command says otherwise.
const CONNECT_TIMEOUT: SimDuration = SimDuration::from_secs(127);

/// `wget [-q] [-O FILE] [-T SECONDS] [--spider] URL`
pub(super) fn wget(args: &[String], system: &mut System<'_, '_>) -> Step {
    let is_spider = args.iter().any(|word| word == "--spider");
    let mut timeout = CONNECT_TIMEOUT;
    let short: Vec<String> = args
        .iter()
        .filter(|word| {
            if let Some(span) = word.strip_prefix("--timeout=").and_then(duration) {
                timeout = span;
            }
            !word.starts_with("--")
        })
        .cloned()
        .collect();
    let Ok((found, urls)) = options(&short, "qcSs", "OTtUPo") else { return Step::Exit(1) };
    let Some(url) = urls.first() else {
        system.complain("wget: missing URL");
        return Step::Exit(1);
    };
    let value = |wanted: char| found.iter().find(|(letter, _)| *letter == wanted).map(|(_, value)| *value);
    timeout = value('T').and_then(duration).unwrap_or(timeout);
    let is_quiet = value('q').is_some();
    let rest = url.strip_prefix("http://").unwrap_or(url);
    if rest.contains("://") {
        system.complain(&format!("wget: not an http or ftp url: {url}"));
        return Step::Exit(1);
    }
    let (authority, path) = rest.split_once('/').map_or((rest, "/".to_owned()), |(host, path)| (host, format!("/{path}")));
    let (host, port) =
        authority.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))).unwrap_or((authority, 80));
    if !is_quiet {
        system.complain(&format!("Connecting to {authority} ({authority})"));
    }
    let message = match system.network().http_get(host, port, &path) {
        HttpReply::Answer { status, body } if (200..300).contains(&status) => {
            let file = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html").to_owned();
            return save(value('O').unwrap_or(&file), &body, is_spider, system);
        }
        HttpReply::Answer { status, .. } => {
            format!("wget: server returned error: HTTP/1.1 {status} {}", reason(status)).trim_end().to_owned()
        }
        HttpReply::Refused => format!("wget: can't connect to remote host ({host}): Connection refused"),
        HttpReply::UnknownHost => format!("wget: bad address '{authority}'"),
        HttpReply::Unreachable => {
            let at = system.now + timeout;
            return Utility::Fail { at, message: "wget: download timed out".to_owned(), code: 1 }.into_step();
        }
    };
    system.complain(&message);
    Step::Exit(1)
}

fn save(file: &str, body: &str, is_spider: bool, system: &mut System<'_, '_>) -> Step {
    if is_spider || file == "/dev/null" {
        return Step::Exit(0);
    }
    if file == "-" {
        system.print(body);
        return Step::Exit(0);
    }
    let (path, now) = (system.absolute(file), system.now);
    let (fs, volumes) = system.files();
    match fs.write(volumes, &path, body.as_bytes().to_vec(), now) {
        Ok(()) => Step::Exit(0),
        Err(error) => {
            system.complain(&format!("wget: can't open '{file}': {error}"));
            Step::Exit(1)
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// `nc [-z] [-v] [-w SECONDS] HOST PORT`: only whether the port answers; `nc -l [-k] -p PORT` waits for connections.
pub(super) fn nc(args: &[String], system: &mut System<'_, '_>) -> Step {
    let Ok((found, rest)) = options(args, "zvunlk", "wpe") else { return Step::Exit(1) };
    if found.iter().any(|(letter, _)| *letter == 'l') {
        let port = found.iter().find(|(letter, _)| *letter == 'p').map(|(_, port)| *port);
        return super::serve::listen(port.or(rest.last().map(String::as_str)).unwrap_or_default(), system);
    }
    let [host, port] = rest else { return Step::Exit(1) };
    let Ok(number) = port.parse() else {
        system.complain(&format!("nc: bad port '{port}'"));
        return Step::Exit(1);
    };
    match system.network().connect(host, number) {
        Some(true) => Step::Exit(0),
        Some(false) => {
            system.complain(&format!("nc: can't connect to remote host ({host}): Connection refused"));
            Step::Exit(1)
        }
        None => {
            let wait = found.iter().find(|(letter, _)| *letter == 'w').and_then(|(_, span)| duration(span));
            let at = system.now + wait.unwrap_or(CONNECT_TIMEOUT);
            Utility::Fail { at, message: "nc: timed out".to_owned(), code: 1 }.into_step()
        }
    }
}

/// `nslookup HOST`
pub(super) fn nslookup(args: &[String], system: &mut System<'_, '_>) -> Step {
    let Some(host) = args.iter().find(|word| !word.starts_with('-')) else { return Step::Exit(1) };
    match system.network().resolve(host) {
        Some(address) => {
            system.print(&format!("Name:\t{host}\nAddress: {address}\n\n"));
            Step::Exit(0)
        }
        None => {
            system.print(&format!("** server can't find {host}: NXDOMAIN\n\n"));
            Step::Exit(1)
        }
    }
}
