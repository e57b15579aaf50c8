//! The page.

use std::rc::Rc;

use podlapse_view::{Arg, Messages, clock};
use yew::prelude::*;

use crate::components::cluster::ClusterView;
use crate::components::cx::{Cx, CxProps};
use crate::components::dock::Dock;
use crate::components::editors::Editors;
use crate::components::events::Events;
use crate::components::glossary::Glossary;
use crate::components::help::Help;
use crate::components::icon::{Icon, IconButton, icon};
use crate::components::inspector::Inspector;
use crate::components::logs::LogsView;
use crate::components::object::ObjectView;
use crate::components::patterns::Patterns;
use crate::components::pipeline::Pipeline;
use crate::components::scheduler::SchedulerView;
use crate::components::share::Share;
use crate::components::splitter::Splitter;
use crate::components::terminal::Terminal;
use crate::components::topbar::TopBar;
use crate::components::watch::Watch;
use crate::effects;
use crate::state::{Action, BrokenLink, Edge, Mode, Pane, Sheet, State, View, reduce};

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        reduce(self, action)
    }
}

/// The whole page.
#[component]
pub(crate) fn App() -> Html {
    let state = use_reducer(effects::start::state);
    let say = (*use_memo(state.language, |language| Messages::with_advice(*language))).clone();
    let console = (*use_memo((), |()| effects::console::Console::default())).clone();
    let cx = Cx { state: state.clone(), say, console };
    effects::page::use_page(&cx);
    effects::page::use_viewport(&state);
    effects::run::use_run(&state);
    effects::play::use_play(&state);
    effects::keys::use_keys(&state);
    effects::storage::use_storage(&state);
    effects::address::use_address(&state);
    effects::console::use_replay(&state, &cx.console);

    let pane = match state.pane {
        Pane::Scenario => "scenario",
        Pane::Views => "views",
        Pane::Why => "why",
    };
    let mode = match state.mode {
        Mode::Page => "page",
        Mode::Embed => "embed",
    };
    html! {
        <div class={classes!("app", state.layout.is_left_folded.then_some("left-folded"), state.layout.is_right_folded.then_some("right-folded"))}
            data-testid="playground" data-state={state.stage_word()} data-mode={mode} data-pane={pane}>
            <a class="skip" href="#timeline">{ cx.text("app-skip") }</a>
            <Patterns />
            <TopBar cx={cx.clone()} />
            <PaneTabs cx={cx.clone()} />
            <main class="columns">
                <Editors cx={cx.clone()} />
                <Splitter cx={cx.clone()} edge={Edge::Left} />
                <Centre cx={cx.clone()} />
                <Splitter cx={cx.clone()} edge={Edge::Right} />
                <Inspector cx={cx.clone()} />
            </main>
            <Splitter cx={cx.clone()} edge={Edge::Dock} />
            <Dock cx={cx.clone()} />
            <Live cx={cx.clone()} />
            { match state.sheet {
                Sheet::None => Html::default(),
                Sheet::Help => html! { <Help cx={cx.clone()} /> },
                Sheet::Glossary => html! { <Glossary cx={cx.clone()} /> },
                Sheet::Share => html! { <Share cx={cx.clone()} /> },
            } }
        </div>
    }
}

/// On a narrow page: what is shown above the timeline.
#[component]
fn PaneTabs(props: &CxProps) -> Html {
    let cx = &props.cx;
    let button = |is_pressed: bool, key: &str, action: Action| {
        html! { <button type="button" aria-pressed={is_pressed.to_string()} onclick={cx.act(action)}>{ cx.text(key) }</button> }
    };
    let tab = |pane: Pane, key: &str| button(cx.state.pane == pane, key, Action::Pane(pane));
    let views = View::ALL.into_iter().map(|view| {
        let is_pressed = cx.state.pane == Pane::Views && cx.state.view == view;
        button(is_pressed, &format!("view-{}", view.slug()), Action::View(view))
    });
    html! {
        <nav class="pane-tabs tabs" aria-label={cx.text("views-heading")}>
            { tab(Pane::Scenario, "view-scenario") }
            { for views }
            { tab(Pane::Why, "view-why") }
            { button(false, "glossary-heading", Action::Sheet(Sheet::Glossary)) }
        </nav>
    }
}

/// The stages, and the chosen view.
#[component]
fn Centre(props: &CxProps) -> Html {
    let cx = &props.cx;
    let tabs = View::ALL.into_iter().map(|view| {
        let pressed = (cx.state.view == view).to_string();
        let name = cx.text(&format!("view-{}", view.slug()));
        html! { <button type="button" data-testid={format!("view-{}", view.slug())} aria-pressed={pressed} onclick={cx.act(Action::View(view))}>{ name }</button> }
    });
    html! {
        <section class="centre" aria-label={cx.text("views-heading")}>
            { hint(cx) }
            <Pipeline cx={cx.clone()} />
            <div class="view-tabs tabs" role="group" aria-label={cx.text("views-heading")}>
                { fold(cx, Edge::Left) }{ for tabs }<span class="spacer"></span>{ fold(cx, Edge::Right) }
            </div>
            { notice(cx) }
            <div class="view">
                { match cx.state.view {
                    View::Watch => html! { <><Watch cx={cx.clone()} /><Terminal cx={cx.clone()} /></> },
                    View::Cluster => html! { <ClusterView cx={cx.clone()} /> },
                    View::Scheduler => html! { <SchedulerView cx={cx.clone()} /> },
                    View::Events => html! { <Events cx={cx.clone()} /> },
                    View::Object => html! { <ObjectView cx={cx.clone()} /> },
                    View::Logs => html! { <LogsView cx={cx.clone()} /> },
                } }
            </div>
        </section>
    }
}

/// Folds a column away, or brings it back.
fn fold(cx: &Cx, edge: Edge) -> Html {
    let layout = cx.state.layout;
    let (icon, is_folded) = match edge {
        Edge::Left => (Icon::FoldLeft, layout.is_left_folded),
        Edge::Right => (Icon::FoldRight, layout.is_right_folded),
        Edge::Dock => return Html::default(),
    };
    let key = format!("{}-{}", if is_folded { "unfold" } else { "fold" }, edge.slug());
    html! { <IconButton {icon} name={cx.text(&key)} onclick={cx.act(Action::Fold(edge))} /> }
}

/// What the example shows, and what to try.
fn hint(cx: &Cx) -> Html {
    match cx.state.example.filter(|_| !cx.state.is_own_text()) {
        Some(slug) => {
            let text = cx.text(&format!("example-{slug}-try"));
            html! { <p class="hint">{ text }</p> }
        }
        None => html! { <p class="hint">{ cx.text("app-tagline") }</p> },
    }
}

/// Says that what is shown belongs to an earlier text, or that it was cut.
fn notice(cx: &Cx) -> Html {
    let state = &cx.state;
    if let (Some(fork), false) = (state.forks.last(), state.is_stale()) {
        let (time, line) = (clock(fork.at), fork.line.to_string());
        let text = cx.say.with("run-forked", &[("time", Arg::from(&time)), ("line", Arg::from(&line))]);
        return html! {
            <p class="notice forked" role="status" data-testid="forked"><span>{ text }</span>
                <button type="button" class="small" onclick={cx.act(Action::Unfork)}>{ cx.text("run-unfork") }</button></p>
        };
    }
    let broken_link = state.broken_link.map(|broken| match broken {
        BrokenLink::Texts => "link-broken",
        BrokenLink::Example => "link-unknown-example",
    });
    let key = match (&state.finished, broken_link) {
        (Some(_), Some(key)) => key,
        (Some(_), None) if state.is_stale() && state.has_errors() => "run-stale",
        (Some(finished), None) if finished.is_cut => "run-stopped",
        (None, _) if state.has_errors() => "run-failed",
        (Some(_) | None, _) => return Html::default(),
    };
    html! { <p class="notice" role="status">{ icon(Icon::Warning) }<span>{ cx.text(key) }</span></p> }
}

/// Speaks each step to those who do not see it.
#[component]
fn Live(props: &CxProps) -> Html {
    let cx = &props.cx;
    let text = match cx.state.run() {
        Some(run) if !cx.state.is_playing => {
            let time = clock(cx.state.playhead.at);
            let title = run.title(cx.state.playhead.moment, &cx.say);
            cx.say.with("live-step", &[("time", Arg::from(&time)), ("title", Arg::from(&title))])
        }
        Some(_) | None => String::new(),
    };
    html! { <div class="unseen" aria-live="polite" aria-atomic="true">{ text }</div> }
}
