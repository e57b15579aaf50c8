//! Links that hold the texts, which web/editor/link.js makes and reads, and what a frame tells the page around it.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

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

/// Makes the fragment that holds two texts.
pub(crate) fn pack(workload: &str, cluster: &str, then: impl FnOnce(String) + 'static) {
    later("pack", &[workload.into(), cluster.into()], move |made| then(made.as_string().unwrap_or_default()));
}

/// Reads the texts that a fragment holds.
pub(crate) fn unpack(fragment: &str, then: impl FnOnce(Option<(String, String)>) + 'static) {
    later("unpack", &[fragment.into()], move |texts| {
        let text = |index| Reflect::get_u32(&texts, index).ok().and_then(|text| text.as_string());
        then(texts.is_object().then(|| Some((text(0)?, text(1)?))).flatten());
    });
}

/// Tells the page around the frame how high it would like to be.
pub(crate) fn post_height() {
    call("postHeight", &[]);
}
