//! `httpd` and `nc -l`: utilities that wait for connections, which the caller makes ([`crate::Process::listens`]).

use super::network::{Client, Then};
use super::{Utility, option_value, options};
use crate::fs::normalize;
use crate::network::{Reply, Request};
use crate::shell::{Program, Step};
use crate::system::System;

/// What waits on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub port: u16,
    /// The directory whose files it serves over HTTP; `None`: it only accepts connections.
    pub root: Option<String>,
}

/// `httpd [-f] [-v] [-p [ADDRESS:]PORT] [-h DIRECTORY]`
pub(super) fn httpd(args: &[String], system: &mut System<'_, '_>) -> Step {
    let Ok((found, _)) = options(args, "fvi", "puhcrdem") else { return Step::Exit(1) };
    let value = |wanted: char| option_value(&found, wanted);
    let port = value('p').map_or("80", |address| address.rsplit(':').next().unwrap_or(address));
    let Ok(port) = port.parse() else {
        system.complain(&format!("httpd: bad port '{port}'"));
        return Step::Exit(1);
    };
    let root = normalize(&system.core.cwd, value('h').unwrap_or("."));
    bind(Server { port, root: Some(root) }, value('f').is_none(), system)
}

/// Asks for the port of a server, which then goes into the background or waits where it is.
fn bind(server: Server, goes_on: bool, system: &mut System<'_, '_>) -> Step {
    Client::ask(Some(Request::Bind { port: server.port }), None, Then::Serve { server, goes_on }, system)
}

/// A server knows whether the port is its own.
pub(super) fn bound(server: Server, goes_on: bool, reply: &Reply, system: &mut System<'_, '_>) -> Step {
    if *reply != Reply::Done {
        let name = if server.root.is_some() { "httpd" } else { "nc" };
        system.complain(&format!("{name}: bind: Address already in use"));
        return Step::Exit(1);
    }
    let server = Utility::Serve(server);
    if !goes_on {
        return server.into_step();
    }
    let _ = system.spawn(|_| Program::Utility(Box::new(server)), &[]);
    Step::Exit(0)
}

/// `nc -l [-k] -p PORT`
pub(super) fn listen(port: &str, system: &mut System<'_, '_>) -> Step {
    match port.parse() {
        Ok(port) => bind(Server { port, root: None }, false, system),
        Err(_) => {
            system.complain(&format!("nc: bad port '{port}'"));
            Step::Exit(1)
        }
    }
}
