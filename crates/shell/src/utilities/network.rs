//! `wget` and `nc`: utilities that ask the network and wait for the answer.

use podlapse_model::{SimDuration, SimTime};

use super::names::{self, Found};
use super::serve::{self, Server};
use super::{Utility, duration, option_value, options};
use crate::network::{Reply, Request};
use crate::shell::Step;
use crate::system::System;

/// How long a connection is tried to a place from which no packet comes back, unless the command says otherwise.
const CONNECT_TIMEOUT: SimDuration = SimDuration::from_secs(127);

/// A utility that waits for an answer.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    reply: Option<Reply>,
    deadline: Option<SimTime>,
    then: Then,
}

/// What it does with the answer.
#[derive(Clone, Debug)]
pub(super) enum Then {
    Wget(Wget),
    Nc { host: String, port: u16, address: Option<String>, span: SimDuration },
    Lookup { host: String, server: String, names: Vec<String> },
    Serve { server: Server, goes_on: bool },
}

impl Client {
    /// Asks and waits; without a request only the time passes.
    pub(super) fn ask(request: Option<Request>, deadline: Option<SimTime>, then: Then, system: &mut System<'_, '_>) -> Step {
        let pid = system.core.pid;
        let reply = match (request, system.world.asked.as_deref_mut()) {
            (Some(request), Some(asked)) => {
                asked.push((pid, request));
                None
            }
            (Some(request), None) => Some(request.alone()),
            (None, _) => None,
        };
        Utility::Client(Client { reply, deadline, then }).into_step()
    }

    /// Takes the answer, on which it acts at its next step.
    pub(crate) fn answer(&mut self, reply: Reply) {
        self.reply = Some(reply);
    }

    pub(super) fn step(&mut self, system: &mut System<'_, '_>) -> Step {
        let is_late = self.deadline.is_some_and(|at| at <= system.now);
        match (self.reply.take(), &self.then) {
            (Some(reply), Then::Wget(wget)) => wget.clone().answered(reply, system),
            (Some(reply), Then::Nc { host, port, address, span }) => {
                connected(host, (*port, *span), address.as_deref(), &reply, system)
            }
            (Some(reply), Then::Lookup { host, server, names }) => names::print(host, server, names, &reply, system),
            (Some(reply), Then::Serve { server, goes_on }) => serve::bound(server.clone(), *goes_on, &reply, system),
            (None, _) if !is_late => Step::Wait(self.deadline),
            (None, Then::Wget(_)) => fail("wget: download timed out", system),
            (None, Then::Lookup { .. }) => {
                system.print(";; connection timed out; no servers could be reached\n\n");
                Step::Exit(1)
            }
            (None, Then::Nc { .. } | Then::Serve { .. }) => fail("nc: timed out", system),
        }
    }
}

fn fail(message: &str, system: &mut System<'_, '_>) -> Step {
    system.complain(message);
    Step::Exit(1)
}

/// The first address of the first name that has one.
fn first(reply: &Reply) -> Option<&String> {
    if let Reply::Addresses(found) = reply { found.iter().flatten().next() } else { None }
}

/// A `wget` under way.
#[derive(Clone, Debug)]
pub(super) struct Wget {
    authority: String,
    port: u16,
    path: String,
    /// Where it has connected to.
    address: String,
    /// Where the answer goes; `None`: nowhere.
    file: Option<String>,
    is_quiet: bool,
    deadline: Option<SimTime>,
}

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
    let Some(url) = urls.first() else { return fail("wget: missing URL", system) };
    let value = |wanted: char| option_value(&found, wanted);
    timeout = value('T').and_then(duration).unwrap_or(timeout);
    let rest = url.strip_prefix("http://").unwrap_or(url);
    if rest.contains("://") {
        return fail(&format!("wget: not an http or ftp url: {url}"), system);
    }
    let (authority, path) = rest.split_once('/').map_or((rest, "/".to_owned()), |(host, path)| (host, format!("/{path}")));
    let (host, port) =
        authority.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))).unwrap_or((authority, 80));
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
    let file = value('O').unwrap_or(name).to_owned();
    let wget = Wget {
        authority: authority.to_owned(),
        port,
        address: String::new(),
        file: (!is_spider).then_some(file),
        path,
        is_quiet: value('q').is_some(),
        deadline: Some(system.now + timeout),
    };
    match names::find(host, system) {
        Found::Address(address) => wget.connect(address, system),
        Found::Ask(names) => Client::ask(Some(Request::Resolve { names }), wget.deadline, Then::Wget(wget), system),
        Found::Nowhere => fail(&format!("wget: bad address '{authority}'"), system),
    }
}

impl Wget {
    fn connect(mut self, address: String, system: &mut System<'_, '_>) -> Step {
        if !self.is_quiet {
            system.complain(&format!("Connecting to {} ({address}:{})", self.authority, self.port));
        }
        self.address.clone_from(&address);
        let request = Request::Get { address, port: self.port, path: self.path.clone() };
        Client::ask(Some(request), self.deadline, Then::Wget(self), system)
    }

    fn answered(self, reply: Reply, system: &mut System<'_, '_>) -> Step {
        let message = match reply {
            Reply::Http { status, body } if (200..300).contains(&status) => return self.save(&body, system),
            Reply::Http { status, .. } => format!("wget: server returned error: HTTP/1.1 {status} {}", reason(status)),
            Reply::Addresses(_) => match first(&reply) {
                Some(address) => return self.connect(address.clone(), system),
                None => format!("wget: bad address '{}'", self.authority),
            },
            Reply::Done | Reply::Refused => format!("wget: can't connect to remote host ({}): Connection refused", self.address),
        };
        fail(message.trim_end(), system)
    }

    fn save(&self, body: &str, system: &mut System<'_, '_>) -> Step {
        let Some(file) = &self.file else {
            if !self.is_quiet {
                system.complain("remote file exists");
            }
            return Step::Exit(0);
        };
        let is_printed = file == "-";
        if is_printed {
            system.print(body);
        } else if file != "/dev/null" {
            let (path, now) = (system.absolute(file), system.now);
            let (fs, volumes) = system.files();
            if let Err(error) = fs.write(volumes, &path, body.as_bytes().to_vec(), now) {
                return fail(&format!("wget: can't open '{file}': {error}"), system);
            }
        }
        if !self.is_quiet {
            let (before, after) = match is_printed {
                true => ("writing to stdout".to_owned(), "written to stdout".to_owned()),
                false => (format!("saving to '{file}'"), format!("'{file}' saved")),
            };
            let bar = format!("{file:<20.20} 100% |{}|{:>6}  0:00:00 ETA", "*".repeat(32), body.len());
            system.complain(&format!("{before}\n{bar}\n{after}"));
        }
        Step::Exit(0)
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
        return serve::listen(port.or(rest.last().map(String::as_str)).unwrap_or_default(), system);
    }
    let [host, port] = rest else { return Step::Exit(1) };
    let Ok(port) = port.parse() else { return fail(&format!("nc: bad port '{port}'"), system) };
    let wait = found.iter().find(|(letter, _)| *letter == 'w').and_then(|(_, span)| duration(span));
    let span = wait.unwrap_or(CONNECT_TIMEOUT);
    let name = host.clone();
    match names::find(host, system) {
        Found::Address(address) => connected(host, (port, span), None, &Reply::Addresses(vec![vec![address]]), system),
        Found::Ask(names) => {
            let then = Then::Nc { host: name, port, address: None, span };
            Client::ask(Some(Request::Resolve { names }), Some(system.now + span), then, system)
        }
        Found::Nowhere => fail(&format!("nc: bad address '{host}'"), system),
    }
}

/// What `nc` does with an answer: first for the name, then for the connection.
fn connected(host: &str, (port, span): (u16, SimDuration), at: Option<&str>, reply: &Reply, system: &mut System<'_, '_>) -> Step {
    match (reply, first(reply)) {
        (Reply::Addresses(_), Some(address)) => {
            let then = Then::Nc { host: host.to_owned(), port, address: Some(address.clone()), span };
            let request = Request::Connect { address: address.clone(), port };
            Client::ask(Some(request), Some(system.now + span), then, system)
        }
        (Reply::Addresses(_), None) => fail(&format!("nc: bad address '{host}'"), system),
        (Reply::Done | Reply::Http { .. }, _) => Step::Exit(0),
        (Reply::Refused, _) => {
            fail(&format!("nc: can't connect to remote host ({}): Connection refused", at.unwrap_or(host)), system)
        }
    }
}
