//! A menu of objects; choosing one selects it in every view.

use podlapse_model::ObjectKey;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::components::cx::Cx;
use crate::state::Action;

/// The menu, with `chosen` in it even if it does not exist at this instant.
pub(crate) fn picker(cx: &Cx, label: &str, mut keys: Vec<ObjectKey>, chosen: &ObjectKey) -> Html {
    if !keys.contains(chosen) {
        keys.push(chosen.clone());
    }
    let options: Html = keys.iter().map(|key| html! { <option selected={key == chosen}>{ key.to_string() }</option> }).collect();
    let dispatcher = cx.state.dispatcher();
    let onchange = Callback::from(move |event: Event| {
        let Some(menu) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        let chosen = usize::try_from(menu.selected_index()).ok().and_then(|index| keys.get(index));
        dispatcher.dispatch(Action::Select(chosen.cloned()));
    });
    html! { <label class="object-menu"><span class="unseen">{ cx.text(label) }</span><select {onchange}>{ options }</select></label> }
}
