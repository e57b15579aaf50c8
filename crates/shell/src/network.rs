//! What a process asks of the network.

use std::fmt::Debug;

/// A question of a process; whoever polls it answers with [`crate::Process::answer`], or never, when no packet comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To wait for connections on a port.
    Bind {
        /// Port.
        port: u16,
    },
    /// The addresses of each of these full names.
    Resolve {
        /// Names with all their labels.
        names: Vec<String>,
    },
    /// A TCP connection.
    Connect {
        /// Where to.
        address: String,
        /// Port.
        port: u16,
    },
    /// `GET` over a TCP connection.
    Get {
        /// Where to.
        address: String,
        /// Port.
        port: u16,
        /// Path with its query.
        path: String,
    },
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The port is the process's, or the connection is open.
    Done,
    /// The port is somebody else's, or nobody listens there.
    Refused,
    /// The addresses of each name, none where it does not exist.
    Addresses(Vec<Vec<String>>),
    /// What the server said.
    Http {
        /// Status code.
        status: u16,
        /// Body.
        body: String,
    },
}

impl Request {
    /// The answer where there is no network.
    pub(crate) fn alone(&self) -> Reply {
        match self {
            Request::Bind { .. } => Reply::Done,
            Request::Resolve { names } => Reply::Addresses(vec![Vec::new(); names.len()]),
            Request::Connect { .. } | Request::Get { .. } => Reply::Refused,
        }
    }
}
