//! The program as it is called.

mod common;
mod input;
mod run;
