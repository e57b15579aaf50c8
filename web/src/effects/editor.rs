//! CodeMirror, which web/editor/editor.js puts into the page as `podlapseEditor`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;
use yew::prelude::*;

use crate::state::{Problem, Text};

/// An editor in the page.
#[derive(Clone)]
pub(crate) struct Editor {
    host: NodeRef,
    handle: Handle,
}

/// The JavaScript object and the closure that it calls.
type Handle = Rc<RefCell<Option<(JsValue, Closure<dyn FnMut(JsValue)>)>>>;

impl Editor {
    /// The element it lives in.
    pub(crate) fn host(&self) -> NodeRef {
        self.host.clone()
    }

    /// Puts the cursor at a place, counted from 1.
    pub(crate) fn reveal(&self, line: u32, column: u32) {
        call(&self.handle, "reveal", &[line.into(), column.into()]);
    }
}

/// Calls a method; an editor that is not there does nothing.
fn call(handle: &Handle, method: &str, args: &[JsValue]) -> Option<JsValue> {
    let borrowed = handle.borrow();
    let (object, _) = borrowed.as_ref()?;
    let function: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    function.apply(object, &args.iter().collect::<Array>()).ok()
}

fn create(host: &Element, text: &str, label: &str, on_change: &Closure<dyn FnMut(JsValue)>) -> Option<JsValue> {
    let module = Reflect::get(&js_sys::global(), &"podlapseEditor".into()).ok()?;
    let create: Function = Reflect::get(&module, &"create".into()).ok()?.dyn_into().ok()?;
    let args: Array = [host.into(), text.into(), label.into(), on_change.as_ref().clone()].iter().collect();
    create.apply(&module, &args).ok()
}

fn problem_object(problem: &Problem) -> JsValue {
    let object = Object::new();
    let fields: [(&str, JsValue); 4] = [
        ("line", problem.line.into()),
        ("column", problem.column.into()),
        ("severity", problem.severity.slug().into()),
        ("message", problem.message.as_str().into()),
    ];
    for (name, value) in fields {
        // Setting a property of a plain object cannot fail.
        Reflect::set(&object, &name.into(), &value).ok();
    }
    object.into()
}

/// An editor that shows `value` and the problems that belong to `text`, and calls `on_change` with what is typed.
#[hook]
pub(crate) fn use_editor(
    text: Text,
    value: Rc<str>,
    label: String,
    problems: Rc<[Problem]>,
    on_change: Callback<String>,
) -> Editor {
    let host = use_node_ref();
    let handle: Handle = (*use_state(Handle::default)).clone();

    use_effect_with((), {
        let (host, handle, value, label) = (host.clone(), handle.clone(), value.clone(), label.clone());
        move |()| {
            let closure =
                Closure::<dyn FnMut(JsValue)>::new(move |typed: JsValue| on_change.emit(typed.as_string().unwrap_or_default()));
            let made = host.cast::<Element>().and_then(|element| create(&element, &value, &label, &closure));
            *handle.borrow_mut() = made.map(|object| (object, closure));
            move || {
                call(&handle, "destroy", &[]);
                *handle.borrow_mut() = None;
            }
        }
    });
    use_effect_with(value, {
        let handle = handle.clone();
        move |value| {
            call(&handle, "setText", &[JsValue::from_str(value)]);
        }
    });
    use_effect_with(label, {
        let handle = handle.clone();
        move |label| {
            call(&handle, "setLabel", &[label.as_str().into()]);
        }
    });
    use_effect_with(problems, {
        let handle = handle.clone();
        move |problems| {
            let list: Array = problems.iter().filter(|problem| problem.text == text).map(problem_object).collect();
            call(&handle, "setProblems", &[list.into()]);
        }
    });
    Editor { host, handle }
}
