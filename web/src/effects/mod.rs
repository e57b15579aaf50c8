//! What touches the browser: storage, the address, timers, keys, the editor, the prompt.

pub(crate) mod address;
pub(crate) mod advice;
pub(crate) mod console;
pub(crate) mod editor;
pub(crate) mod keys;
pub(crate) mod link;
pub(crate) mod page;
pub(crate) mod play;
pub(crate) mod run;
pub(crate) mod start;
pub(crate) mod storage;
