//! What the containers of the selected Pod have written up to the shown instant.

use podlapse_model::{Kind, ObjectKey};
use podlapse_view::{Arg, ContainerLogs, LogRun, clock};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::picker::picker;
use crate::effects::page::use_last_in_sight;
use crate::state::{Action, Go};

/// The most lines of a run that are shown; a person looks at the last ones.
const MOST_LINES: usize = 400;

#[component]
pub(crate) fn LogsView(props: &CxProps) -> Html {
    let cx = &props.cx;
    let playhead = cx.state.playhead;
    let pod = cx.state.shown_pod();
    let logs = match (cx.state.run(), &pod) {
        (Some(run), Some(pod)) => run.logs(pod, playhead.moment, playhead.at),
        _ => Vec::new(),
    };
    let scroller = use_last_in_sight(logs.iter().flat_map(|container| &container.runs).map(|run| run.lines.len()).sum());
    let (Some(run), Some(pod)) = (cx.state.run(), pod) else { return html! { <p class="empty">{ cx.text("watch-empty") }</p> } };
    let pods: Vec<ObjectKey> = run.objects(playhead.moment).filter(|key| key.kind == Kind::Pod).cloned().collect();
    let body: Html = if logs.is_empty() {
        let name = pod.to_string();
        html! { <p class="empty">{ cx.say.with("object-missing", &[("object", Arg::from(&name))]) }</p> }
    } else {
        logs.iter().map(|container| container_logs(cx, pod.name.as_str(), logs.len(), container)).collect()
    };
    html! {
        <div class="object">
            { picker(cx, "logs-choose", pods, &pod) }
            <div class="terminal logs" data-testid="logs" tabindex="0" role="region" aria-label={cx.text("view-logs")} ref={scroller}>{ body }</div>
        </div>
    }
}

fn container_logs(cx: &Cx, pod: &str, containers: usize, logs: &ContainerLogs) -> Html {
    let kind = cx.text(if logs.is_init { "lane-init" } else { "lane-container" });
    let runs = logs.runs.iter().map(|run| {
        let container = if 1 < containers { format!(" -c {}", logs.name) } else { String::new() };
        run_logs(cx, format!("kubectl logs {pod}{container}"), run)
    });
    html! {
        <section class="log-container">
            <h3><b>{ &logs.name }</b><span>{ kind }</span></h3>
            if logs.runs.is_empty() { <p class="log-note">{ cx.text("logs-not-started") }</p> }
            { for runs }
        </section>
    }
}

fn run_logs(cx: &Cx, command: String, run: &LogRun) -> Html {
    let commands = [run.is_previous.then(|| format!("{command} --previous")), run.is_current.then_some(command)];
    let number = (run.attempt + 1).to_string();
    let end = match &run.end {
        Some((code, reason)) => {
            let code = code.to_string();
            cx.say
                .with("logs-ended", &[("number", Arg::from(&number)), ("code", Arg::from(&code)), ("reason", Arg::from(reason))])
        }
        None => cx.say.with("logs-running", &[("number", Arg::from(&number))]),
    };
    let hidden = run.lines.len().saturating_sub(MOST_LINES);
    let lines = run.lines[hidden..].iter().map(|line| {
        html! {
            <tr data-testid="log-line" class={line.is_stderr.then_some("stderr")}>
                <td class="at"><button type="button" onclick={cx.act(Action::Move(Go::At(line.at)))}>{ clock(line.at) }</button></td>
                <td class="log-stream">if line.is_stderr { { "err" } }</td><td class="log-text">{ &line.text }</td>
            </tr>
        }
    });
    html! {
        <>
            <p class="prompt">{ for commands.into_iter().flatten().map(|line| html! { <><span aria-hidden="true">{ "$ " }</span>{ line }<br /></> }) }
                <em>{ end }</em></p>
            if 0 < hidden { <p class="log-note">{ cx.say.with("logs-earlier", &[("count", Arg::from(hidden))]) }</p> }
            if run.lines.is_empty() { <p class="log-note">{ cx.text("logs-empty") }</p> } else { <table class="log"><tbody>{ for lines }</tbody></table> }
        </>
    }
}
