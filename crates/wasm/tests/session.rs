//! `Session` in a browser, as JavaScript meets it.

#![cfg(target_arch = "wasm32")]

use js_sys::{Array, JSON, Reflect};
use podlapse_wasm::Session;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: app, image: nginx}\n";

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap()
}

fn session() -> Session {
    Session::new(POD, None).unwrap_or_else(|error| panic!("{error:?}"))
}

#[wasm_bindgen_test]
fn a_pod_becomes_ready() {
    let mut session = session();
    let progress = session.advance(None);
    assert_eq!(field(&progress, "done"), JsValue::TRUE);
    session.seek(60.0).unwrap();
    let rows = Array::from(&session.rows());
    let last = field(&rows.get(rows.length() - 1), "cells");
    let last = String::from(JSON::stringify(&last).unwrap());
    assert!(last.starts_with(r#"["web","1/1","Running","0","#), "{last}");
    assert!(0 < Array::from(&session.events()).length());
    let pod = session.object("Pod", "web", None).unwrap();
    assert_eq!(field(&field(&pod, "status"), "phase"), JsValue::from_str("Running"));
    assert!(session.object("Pod", "other", None).unwrap().is_undefined());
    assert_ne!(field(&session.why(None).unwrap(), "title"), JsValue::from_str(""));
}

#[wasm_bindgen_test]
fn an_earlier_instant_shows_less() {
    let mut session = session();
    session.advance(None);
    session.seek(60.0).unwrap();
    let all = Array::from(&session.rows()).length();
    session.seek(0.0).unwrap();
    assert!(Array::from(&session.rows()).length() < all);
}

#[wasm_bindgen_test]
fn what_is_expected_is_judged() {
    let expecting = format!(
        "{POD}---\napiVersion: podlapse.dev/v1alpha1\nkind: Simulation\nspec:\n  expect: [{{pod: web, condition: Ready}}]\n"
    );
    let mut session = Session::new(&expecting, None).unwrap_or_else(|error| panic!("{error:?}"));
    session.advance(None);
    let verdict = Array::from(&session.verdicts(None).unwrap()).get(0);
    assert_eq!(field(&verdict, "holds"), JsValue::TRUE);
    assert_eq!(field(&verdict, "sentence"), JsValue::from_str("Pod web is Ready"));
}

#[wasm_bindgen_test]
fn slices_lead_to_the_same_run() {
    let (mut whole, mut sliced) = (session(), session());
    whole.advance(None);
    while field(&sliced.advance(Some(10)), "done") != JsValue::TRUE {}
    assert_eq!(whole.digest(), sliced.digest());
}

#[wasm_bindgen_test]
fn errors_have_a_code_and_a_line() {
    let error = Session::new(&POD.replace("containers", "containerz"), None).err().unwrap();
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!(field(&error, "code"), JsValue::from_str("invalid-scenario"));
    let diagnostics = Array::from(&field(&error, "diagnostics"));
    let lines: Vec<Option<f64>> = diagnostics.iter().map(|found| field(&found, "line").as_f64()).collect();
    assert!(lines.contains(&Some(5.0)), "{lines:?}");

    let error = session().seek(f64::NAN).unwrap_err();
    assert_eq!(field(&error, "code"), JsValue::from_str("invalid-argument"));
    let error = session().object("Podd", "web", None).unwrap_err();
    assert_eq!(field(&error, "code"), JsValue::from_str("invalid-argument"));
}
