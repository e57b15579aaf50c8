//! `httpd` and `nc -l`: utilities that wait for connections, which the caller makes ([`crate::Process::listens`]).

use super::{Utility, options};
use crate::fs::normalize;
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
    let value = |wanted: char| found.iter().find(|(letter, _)| *letter == wanted).map(|(_, value)| *value);
    let port = value('p').map_or("80", |address| address.rsplit(':').next().unwrap_or(address));
    let Ok(port) = port.parse() else {
        system.complain(&format!("httpd: bad port '{port}'"));
        return Step::Exit(1);
    };
    let root = normalize(&system.core.cwd, value('h').unwrap_or("."));
    let server = Utility::Serve(Server { port, root: Some(root) });
    if value('f').is_some() {
        return server.into_step();
    }
    // Without -f it goes into the background.
    let _ = system.spawn(|_| Program::Utility(Box::new(server)), &[]);
    Step::Exit(0)
}

/// `nc -l [-k] -p PORT`
pub(super) fn listen(port: &str, system: &mut System<'_, '_>) -> Step {
    match port.parse() {
        Ok(port) => Utility::Serve(Server { port, root: None }).into_step(),
        Err(_) => {
            system.complain(&format!("nc: bad port '{port}'"));
            Step::Exit(1)
        }
    }
}
