//! Prints the digests of the native engine's runs, as they are committed in `tests/digests.json`.

#[path = "../tests/scenarios/mod.rs"]
mod scenarios;

fn main() {
    println!("{}", serde_json::to_string_pretty(&scenarios::digests()).expect("texts can be written"));
}
