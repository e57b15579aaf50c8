//! A small POSIX shell and core utilities in virtual time, over an in-memory file system.
//!
//! A container whose command is a shell line runs here: `sleep 30` waits for the caller's clock, files live in a
//! [`FileSystem`], and shared volumes in [`Volumes`]. A [`Process`] is a value: it can be cloned at any instant, and the clone
//! goes on in the same way. Models busybox 1.35 (`shell/ash.c`, `coreutils/`), error texts included.
//!
//! Bounds, so that no script can hang a simulation: [`STEPS_PER_INSTANT`], [`OUTPUT_CAPACITY_BYTES`],
//! [`TREE_CAPACITY_BYTES`], 64 tasks in one process, nesting of 40 in a script.

mod arithmetic;
mod builtins;
mod command;
mod expand;
mod fs;
mod getopts;
mod launch;
mod network;
mod options;
mod parse;
mod pattern;
mod process;
mod shell;
mod signal;
mod syntax;
mod system;
mod utilities;

pub use fs::{FileSystem, FsError, Metadata, RootAccess, TREE_CAPACITY_BYTES, TREE_CAPACITY_NODES, VolumeId, Volumes};
pub use launch::{is_applet, is_interpretable, reads_commands};
pub use network::{Reply, Request};
pub use process::{
    BUSY_DELAY, MAX_BUSY_DELAY, NotInterpretable, OutputLine, Pid, Process, STEPS_PER_INSTANT, Start, State, Stream, User, World,
};
pub use signal::Signal;
pub use system::OUTPUT_CAPACITY_BYTES;
