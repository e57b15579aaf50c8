//! The bar at the top: what is shown, when, and how.

use podlapse_view::{Arg, Language, Topic, clock, examples, span};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton, icon};
use crate::effects;
use crate::state::{Action, Job, Mode, Sheet};

#[component]
pub(crate) fn TopBar(props: &CxProps) -> Html {
    let cx = &props.cx;
    html! {
        <header class="topbar">
            <h1 class="brand">
                <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
                    <rect x="2" y="8" width="9" height="4" rx="1" opacity=".5" /><rect x="8" y="14" width="20" height="4" rx="1" />
                    <rect x="2" y="20" width="7" height="4" rx="1" opacity=".5" /><rect class="brand-line" x="19" y="3" width="2" height="26" />
                </svg>
                <span>{ cx.text("app-name") }</span>
            </h1>
            { example_menu(cx) }
            <span class="version">{ cx.text("app-version") }</span>
            <span class="spacer"></span>
            { progress(cx) }
            { time(cx) }
            { controls(cx) }
        </header>
    }
}

fn example_menu(cx: &Cx) -> Html {
    let dispatcher = cx.state.dispatcher();
    let onchange = Callback::from(move |event: Event| {
        let Some(menu) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        if let Some(example) = podlapse_view::example(&menu.value()) {
            dispatcher.dispatch(Action::OpenExample(example.slug));
        }
    });
    let chosen = cx.state.example.filter(|_| !cx.state.is_own_text()).unwrap_or_default();
    let groups = Topic::ALL.into_iter().map(|topic| {
        let options = examples().iter().filter(|example| example.topic == topic).map(|example| {
            let title = cx.text(&format!("example-{}", example.slug));
            html! { <option value={example.slug} selected={example.slug == chosen}>{ title }</option> }
        });
        html! { <optgroup label={cx.text(&format!("topic-{}", topic.slug()))}>{ for options }</optgroup> }
    });
    html! {
        <label class="example-menu">
            <span class="unseen">{ cx.text("bar-example") }</span>
            <select data-testid="example" {onchange}>
                if chosen.is_empty() { <option value="" selected={true}>{ cx.text("bar-own") }</option> }
                { for groups }
            </select>
        </label>
    }
}

fn progress(cx: &Cx) -> Html {
    match cx.state.job {
        Job::Running(done) => html! {
            <span class="progress">
                <progress max="1000" value={done.to_string()} aria-label={cx.text("run-busy")}></progress>
                <button type="button" class="small" onclick={Callback::from(|_| effects::run::stop())}>{ icon(Icon::Stop) }{ cx.text("run-stop") }</button>
            </span>
        },
        Job::Idle => {
            let Some(run) = cx.state.run() else { return html! { <span class="progress">{ cx.text("run-idle") }</span> } };
            let length = span(run.end().since(run.start()));
            let text = cx.say.with("run-done", &[("steps", Arg::from(run.len())), ("span", Arg::from(&length))]);
            html! { <span class="progress">{ text }</span> }
        }
    }
}

fn time(cx: &Cx) -> Html {
    let at = cx.state.playhead.at;
    html! {
        <output class="time" data-testid="time" data-ns={at.as_nanos().to_string()} aria-label={cx.text("bar-playhead")}>{ clock(at) }</output>
    }
}

fn controls(cx: &Cx) -> Html {
    let state = &cx.state;
    let language = match state.language {
        Language::English => Language::Chinese,
        Language::Chinese => Language::English,
    };
    let theme_name = format!("{}: {}", cx.text("bar-theme"), cx.text(&format!("theme-{}", state.theme.slug())));
    if state.mode == Mode::Embed {
        return html! { <a class="open-out" href={effects::address::whole_page(state)} target="_blank" rel="noopener">{ cx.text("embed-open") }</a> };
    }
    html! {
        <div class="controls">
            <button type="button" class="language" data-testid="language" lang={language.tag()} title={cx.text("bar-language")}
                onclick={cx.act(Action::Language(language))}>{ language.endonym() }</button>
            <IconButton icon={Icon::Contrast} name={theme_name} testid="theme" onclick={cx.act(Action::Theme(state.theme.next()))} />
            <IconButton icon={Icon::Link} name={cx.text("bar-share")} testid="share" onclick={cx.act(Action::Sheet(Sheet::Share))} />
            <IconButton icon={Icon::Book} name={cx.text("bar-glossary")} testid="open-glossary" onclick={cx.act(Action::Sheet(Sheet::Glossary))} />
            <IconButton icon={Icon::Help} name={cx.text("bar-help")} onclick={cx.act(Action::Sheet(Sheet::Help))} />
        </div>
    }
}
