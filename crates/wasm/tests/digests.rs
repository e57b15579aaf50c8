//! Native and wasm compute the same runs, and no change of a run goes unnoticed.
//!
//! `cargo xtask bless` rewrites the committed digests.

mod scenarios;

use std::collections::BTreeMap;

use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test(unsupported = test)]
fn every_run_has_its_committed_digest() {
    let committed: BTreeMap<String, String> = serde_json::from_str(include_str!("../../../tests/digests.json")).unwrap();
    assert_eq!(scenarios::digests(), committed);
}
