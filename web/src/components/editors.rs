//! The two texts, and what is wrong with them.

use podlapse_manifest::Remedy;
use podlapse_view::Arg;
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::expectations::Expectations;
use crate::components::tuning::Tuning;
use crate::effects::editor::{Editor, use_editor};
use crate::state::{Action, Problem, Text};

const fn slug(text: Text) -> &'static str {
    match text {
        Text::Workload => "workload",
        Text::Cluster => "cluster",
    }
}

#[component]
pub(crate) fn Editors(props: &CxProps) -> Html {
    let cx = &props.cx;
    let workload = use_text(cx, Text::Workload);
    let cluster = use_text(cx, Text::Cluster);
    let testid = |text: Text, kind: &str| {
        let name = match text {
            Text::Workload => "pod",
            Text::Cluster => "cluster",
        };
        format!("{kind}-{name}")
    };
    let tabs = Text::ALL.into_iter().map(|text| {
        let count = cx.state.problems.iter().filter(|problem| problem.text == text && !problem.is_note()).count();
        let pressed = (cx.state.text == text).to_string();
        html! {
            <button type="button" data-testid={testid(text, "tab")} aria-pressed={pressed} onclick={cx.act(Action::Text(text))}>
                { cx.text(&format!("editor-{}", slug(text))) }
                if 0 < count { <span class="badge" aria-label={problem_count(cx, count)}>{ count }</span> }
            </button>
        }
    });
    let hosts = [(Text::Workload, &workload), (Text::Cluster, &cluster)].map(|(text, editor)| {
        html! { <div class="editor" key={slug(text)} data-testid={testid(text, "editor")} hidden={cx.state.text != text} ref={editor.host()}></div> }
    });
    let reveal = {
        let dispatcher = cx.state.dispatcher();
        Callback::from(move |problem: Problem| {
            dispatcher.dispatch(Action::Text(problem.text));
            match problem.text {
                Text::Workload => workload.reveal(problem.line, problem.column),
                Text::Cluster => cluster.reveal(problem.line, problem.column),
            }
        })
    };
    html! {
        <section class="editors" aria-label={cx.text("editor-heading")}>
            <div class="editor-tabs tabs" role="group" aria-label={cx.text("editor-heading")}>
                { for tabs }
                <span class="spacer"></span>
                if let Some(slug) = cx.state.example.filter(|_| cx.state.is_own_text()) {
                    <button type="button" class="quiet" onclick={cx.act(Action::OpenExample(slug))}>{ cx.text("editor-reset") }</button>
                }
            </div>
            { for hosts }
            <Tuning cx={cx.clone()} />
            <Expectations cx={cx.clone()} />
            { problems(cx, &reveal) }
        </section>
    }
}

/// An editor that follows the state, and the state it.
#[hook]
fn use_text(cx: &Cx, text: Text) -> Editor {
    let dispatcher = cx.state.dispatcher();
    let on_change = use_callback((), move |value: String, ()| dispatcher.dispatch(Action::Edit(text, value.into())));
    let label = cx.text(&format!("editor-{}-label", slug(text)));
    use_editor(text, cx.state.text_of(text).clone(), label, cx.state.problems.clone(), on_change)
}

fn problem_count(cx: &Cx, count: usize) -> String {
    cx.say.with("problems-count", &[("count", Arg::from(count))])
}

/// How much is wrong, and how much is worth knowing, which is no problem.
fn heading(cx: &Cx) -> String {
    let found = &cx.state.problems;
    let notes = found.iter().filter(|problem| problem.is_note()).count();
    let problems = found.len() - notes;
    let shown = |count: usize, text: String| (0 < count).then_some(text);
    let parts =
        [shown(problems, problem_count(cx, problems)), shown(notes, cx.say.with("notes-count", &[("count", Arg::from(notes))]))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { cx.text("problems-none") } else { parts.join(" · ") }
}

/// The offer to mend a problem, where there is one way to do it.
fn fix(cx: &Cx, problem: &Problem) -> Html {
    let Some(fix) = &problem.fix else { return html! {} };
    let message = match fix.remedy {
        Remedy::Rename(_) | Remedy::Rewrite(_) => "problem-fix-change",
        Remedy::AddField(_, _) => "problem-fix-add",
    };
    let label = cx.say.with(message, &[("what", Arg::from(&fix.label()))]);
    let onclick = {
        let (state, which, fix) = (cx.state.clone(), problem.text, fix.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(mended) = fix.apply(state.text_of(which)) {
                state.dispatch(Action::Edit(which, mended.into()));
            }
        })
    };
    html! { <button type="button" class="quiet" data-testid="problem-fix" {onclick}>{ label }</button> }
}

fn problems(cx: &Cx, reveal: &Callback<Problem>) -> Html {
    let found = &cx.state.problems;
    let lines = found.iter().map(|problem| {
        let (line, column) = (problem.line.to_string(), problem.column.to_string());
        let place = cx.say.with("problem-place", &[("line", Arg::from(&line)), ("column", Arg::from(&column))]);
        let name = cx.text(&format!("editor-{}", slug(problem.text)));
        let onclick = reveal.reform({
            let problem = problem.clone();
            move |_: MouseEvent| problem.clone()
        });
        html! {
            <li>
                <button type="button" class={classes!("problem", problem.severity.slug())} data-testid="problem" data-line={line} {onclick}>
                    <span class="problem-place"><b>{ cx.text(&format!("severity-{}", problem.severity.slug())) }</b>{ format!(" {name}, {place}") }</span>
                    <span class="problem-message">{ &problem.message }</span>
                    if let Some(hint) = &problem.hint { <span class="problem-hint">{ hint }</span> }
                </button>
                { fix(cx, problem) }
            </li>
        }
    });
    html! {
        <section class={classes!("problems", found.is_empty().then_some("none"))} aria-label={cx.text("problems-heading")}>
            <h2 aria-live="polite">{ heading(cx) }</h2>
            if !found.is_empty() { <ul tabindex="0" aria-label={cx.text("problems-heading")}>{ for lines }</ul> }
        </section>
    }
}
