//! Links that hold the texts, which web/editor/link.js makes and reads, and what a frame tells the page around it.

use js_sys::{Array, Function, Reflect};
use podlapse_view::Verdict;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::state::Document;

fn call(name: &str, args: &[JsValue]) -> Option<JsValue> {
    let module = Reflect::get(&js_sys::global(), &"podlapseLink".into()).ok()?;
    let function: Function = Reflect::get(&module, &name.into()).ok()?.dyn_into().ok()?;
    function.apply(&module, &args.iter().collect::<Array>()).ok()
}

/// Calls a function that answers later; it never fails, and is called with nothing if it is not there.
fn later(name: &str, args: &[JsValue], then: impl FnOnce(JsValue) + 'static) {
    let promise = call(name, args).unwrap_or_default();
    let chain = Reflect::get(&promise, &"then".into()).ok().and_then(|chain| chain.dyn_into::<Function>().ok());
    match chain {
        Some(chain) => {
            // Called once, the closure frees itself.
            chain.call1(&promise, &Closure::once_into_js(then)).ok();
        }
        None => then(JsValue::NULL),
    }
}

/// Makes the fragment that holds what is shown.
pub(crate) fn pack(document: &Document, then: impl FnOnce(String) + 'static) {
    let lines = document.forks.iter().flat_map(|fork| [fork.at.as_nanos().to_string().into(), JsValue::from_str(&fork.line)]);
    let args = [JsValue::from_str(&document.workload), JsValue::from_str(&document.cluster), lines.collect::<Array>().into()];
    later("pack", &args, move |made| then(made.as_string().unwrap_or_default()));
}

/// Reads what a fragment holds.
pub(crate) fn unpack(fragment: &str, then: impl FnOnce(Option<Document>) + 'static) {
    later("unpack", &[fragment.into()], move |found| {
        let texts: Vec<String> =
            found.dyn_into::<Array>().unwrap_or_default().iter().filter_map(|text| text.as_string()).collect();
        then(Document::of(&texts));
    });
}

/// Tells the page around the frame how high it would like to be, and what came of what the scenario expects.
pub(crate) fn post_run(verdicts: &[Verdict]) {
    let entries = |verdict: &Verdict| {
        let status = verdict.status.as_deref().map_or(JsValue::NULL, JsValue::from_str);
        Array::of4(&verdict.sentence.as_str().into(), &verdict.holds.into(), &verdict.at.as_secs_f64().into(), &status)
    };
    call("postRun", &[verdicts.iter().map(entries).collect::<Array>().into()]);
}
