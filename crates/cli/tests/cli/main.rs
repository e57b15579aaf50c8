//! The program as it is called.
#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod common;
mod documentation;
mod expectations;
mod explain;
mod export;
mod input;
mod lessons;
mod pictures;
mod run;
mod schedule;
mod sweep;
