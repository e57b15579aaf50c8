//! An object as YAML at the shown instant, with what the step changed in it.

use podlapse_model::ObjectKey;
use podlapse_view::{Arg, LineMark};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::picker::picker;
use crate::state::Shown;

#[component]
pub(crate) fn ObjectView(props: &CxProps) -> Html {
    let cx = &props.cx;
    let (Some(run), Some(key)) = (cx.state.run(), cx.state.shown_object()) else {
        return html! { <p class="empty">{ cx.text("object-empty") }</p> };
    };
    html! {
        <div class="object">
            { picker(cx, "object-choose", run.objects(cx.state.playhead.moment).cloned().collect(), &key) }
            { document(cx, run, &key) }
        </div>
    }
}

fn document(cx: &Cx, run: &Shown, key: &ObjectKey) -> Html {
    let moment = cx.state.playhead.moment;
    let Some(lines) = run.document(key, moment) else {
        let name = key.to_string();
        return html! { <p class="empty">{ cx.say.with("object-missing", &[("object", Arg::from(&name))]) }</p> };
    };
    let count = |mark| lines.iter().filter(|line| line.mark == mark).count();
    let (added, removed) = (count(LineMark::Added), count(LineMark::Removed));
    let note = match added + removed {
        0 => cx.text("object-unchanged"),
        _ => cx.say.with("object-changed", &[("added", Arg::from(added)), ("removed", Arg::from(removed))]),
    };
    let lines = lines.into_iter().map(|line| {
        let (class, sign, name) = match line.mark {
            LineMark::Same => ("same", " ", None),
            LineMark::Added => ("added", "+", Some("object-line-added")),
            LineMark::Removed => ("removed", "-", Some("object-line-removed")),
        };
        html! {
            <span class={classes!("line", class)}><span class="sign" aria-hidden="true">{ sign }</span>
                if let Some(name) = name { <span class="unseen">{ cx.text(name) }{ " " }</span> }
                <span>{ line.text }</span>{ "\n" }</span>
        }
    });
    html! {
        <>
            <p class="object-note" aria-live="polite">{ note }</p>
            <pre class="document" data-testid="object" tabindex="0" aria-label={key.to_string()}>{ for lines }</pre>
        </>
    }
}
