//! The playground: a page that shows a simulated run as a debugger shows a program.
//!
//! `state` is pure and is tested natively; `effects` touch the browser; `components` are functions of props. The engine is linked as
//! Rust and runs in slices, so that the page never blocks.

mod components;
mod effects;
mod engine;
pub mod state;

/// Puts the playground into the page.
pub fn start() {
    effects::page::forget_loading();
    yew::Renderer::<components::App>::new().render();
}
