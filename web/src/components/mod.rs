//! What is drawn. Components are functions of props; what they do is an [`Action`](crate::state::Action).

mod advice;
mod app;
mod cluster;
mod cx;
mod dock;
mod editors;
mod events;
mod expectations;
mod glossary;
mod help;
mod icon;
mod inspector;
mod lanes;
mod logs;
mod object;
mod patterns;
mod picker;
mod pipeline;
mod ruler;
mod scheduler;
mod scheduler_queue;
mod scheduler_table;
mod share;
mod splitter;
mod terminal;
mod tools;
mod topbar;
mod transport;
mod tuning;
mod watch;

pub(crate) use app::App;
pub(crate) use cx::Cx;
