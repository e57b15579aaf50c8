//! The prompt of kubectl at the shown instant, and what was typed there.

use podlapse_kubectl::Completion;
use podlapse_view::{Arg, clock};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::components::cx::{Cx, CxProps};
use crate::components::icon::{Icon, IconButton};
use crate::effects::page::use_last_in_sight;
use crate::state::{Action, Entry, Go};

/// The most bytes of an output that are shown.
const MOST_BYTES: usize = 60_000;

/// The most candidates that are listed.
const MOST_CANDIDATES: usize = 60;

#[component]
pub(crate) fn Terminal(props: &CxProps) -> Html {
    let cx = &props.cx;
    let terminal = &cx.state.terminal;
    let entries = terminal.entries.clone();
    let count = 2 * entries.iter().map(|entry| entry.pieces.len() + 1).sum::<usize>() + usize::from(terminal.pending.is_some());
    let scroller = use_last_in_sight(count);
    html! {
        <>
            if !entries.is_empty() {
                <div class="session-bar"><span>{ cx.text("prompt-session") }</span>
                    <IconButton icon={Icon::Close} name={cx.text("prompt-clear")} onclick={cx.act(Action::ClearTerminal)} /></div>
                <div class="terminal session" tabindex="0" role="log" aria-label={cx.text("prompt-session")} ref={scroller}>
                    { for entries.iter().map(|entry| shown(cx, entry)) }
                </div>
            }
            { pending(cx) }
            <PromptLine cx={cx.clone()} />
        </>
    }
}

fn shown(cx: &Cx, entry: &Entry) -> Html {
    let pieces = entry.pieces.iter().map(|(is_stderr, text)| {
        let end = (0..=MOST_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        html! { <span class={is_stderr.then_some("stderr")}>{ &text[..end] }if end < text.len() { { "…\n" } }</span> }
    });
    html! {
        <div class="entry" data-testid="prompt-entry">
            <p class="prompt"><button type="button" class="figure" onclick={cx.act(Action::Move(Go::At(entry.at)))}>{ clock(entry.at) }</button>
                <span aria-hidden="true">{ " $ " }</span><b>{ &*entry.line }</b></p>
            if !entry.pieces.is_empty() { <pre>{ for pieces }</pre> }
        </div>
    }
}

/// Says that a line would change the run, before it does.
fn pending(cx: &Cx) -> Html {
    let Some(fork) = &cx.state.terminal.pending else { return Html::default() };
    let (time, line) = (clock(fork.at), fork.line.to_string());
    let text = cx.say.with("prompt-changes", &[("time", Arg::from(&time)), ("line", Arg::from(&line))]);
    let confirm = {
        let cx = cx.clone();
        Callback::from(move |_| cx.console.confirm(&cx.state))
    };
    html! {
        <div class="notice pending" role="alert" data-testid="prompt-pending">
            <span>{ text }</span>
            <button type="button" class="small" data-testid="prompt-confirm" onclick={confirm}>{ cx.text("prompt-confirm") }</button>
            <button type="button" class="small" onclick={cx.act(Action::Ask(None))}>{ cx.text("prompt-cancel") }</button>
        </div>
    }
}

/// The line that is being typed.
#[component]
fn PromptLine(props: &CxProps) -> Html {
    let cx = &props.cx;
    let input = use_node_ref();
    let back = use_mut_ref(|| 0_usize);
    let completion = use_state(Completion::default);
    {
        let input = input.clone();
        use_effect_with(cx.state.terminal.focus, move |focus| {
            if let Some(input) = input.cast::<HtmlInputElement>().filter(|_| 0 < *focus) {
                input.focus().ok();
            }
        });
    }
    let take = {
        let (input, completion) = (input.clone(), completion.clone());
        move |start: usize, text: &str| {
            let Some(input) = input.cast::<HtmlInputElement>() else { return };
            let typed = input.value();
            input.set_value(&format!("{}{text}", typed.get(..start).unwrap_or(&typed)));
            completion.set(Completion::default());
            input.focus().ok();
        }
    };
    let onkeydown = {
        let (cx, input, completion, take) = (cx.clone(), input.clone(), completion.clone(), take.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(input) = input.cast::<HtmlInputElement>() else { return };
            let typed = input.value();
            let key = event.key();
            let is_plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
            match key.as_str() {
                "Enter" if typed.trim().is_empty() => cx.console.confirm(&cx.state),
                "Enter" => {
                    cx.console.enter(&cx.state, &typed);
                    input.set_value("");
                    *back.borrow_mut() = 0;
                }
                "ArrowUp" | "ArrowDown" if is_plain => {
                    let mut back = back.borrow_mut();
                    let next = if key == "ArrowUp" { *back + 1 } else { back.saturating_sub(1) };
                    match cx.console.earlier(next) {
                        Some(line) => input.set_value(&line),
                        None if next == 0 => input.set_value(""),
                        None => return event.prevent_default(),
                    }
                    *back = next;
                }
                "Tab" if is_plain && !event.shift_key() && !typed.is_empty() => {
                    let found = cx.console.complete(&cx.state, &typed);
                    let Some(common) = common(&found) else { return };
                    if typed.get(found.start..) == Some(common.as_str()) {
                        completion.set(found)
                    } else {
                        take(found.start, &common)
                    }
                }
                "Escape" if !completion.candidates.is_empty() => {}
                "Escape" if cx.state.terminal.pending.is_some() => cx.state.dispatch(Action::Ask(None)),
                "Escape" => {
                    input.blur().ok();
                    return;
                }
                "l" if event.ctrl_key() => cx.state.dispatch(Action::ClearTerminal),
                _ => {
                    if !completion.candidates.is_empty() {
                        completion.set(Completion::default());
                    }
                    return;
                }
            }
            if key != "Tab" && !completion.candidates.is_empty() {
                completion.set(Completion::default());
            }
            event.prevent_default();
        })
    };
    let choose = {
        let (start, completion) = (completion.start, completion.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<Element>().and_then(|target| target.get_attribute("data-index"));
            let candidate = target.and_then(|index| completion.candidates.get(index.parse::<usize>().ok()?));
            if let Some(candidate) = candidate {
                take(start, &ended(&candidate.text, candidate.is_whole));
            }
        })
    };
    let candidates = completion.candidates.iter().take(MOST_CANDIDATES).enumerate();
    let candidates =
        candidates.map(|(index, one)| html! { <button type="button" data-index={index.to_string()}>{ &one.text }</button> });
    let more = completion.candidates.len().saturating_sub(MOST_CANDIDATES);
    html! {
        <div class="prompt-line">
            if !completion.candidates.is_empty() {
                <div class="candidates" role="group" aria-label={cx.text("prompt-candidates")} onclick={choose}>{ for candidates }if 0 < more { <span>{ format!("+{more}") }</span> }</div>
            }
            <span class="figure" title={cx.text("prompt-at")}>{ clock(cx.state.playhead.at) }</span><span aria-hidden="true">{ "$" }</span>
            <input type="text" data-testid="prompt" ref={input} {onkeydown} autocomplete="off" autocapitalize="off" spellcheck="false"
                placeholder={cx.text("prompt-placeholder")} aria-label={cx.text("prompt-label")} />
        </div>
    }
}

/// A word, with a space after it if it is complete.
fn ended(text: &str, is_whole: bool) -> String {
    if is_whole { format!("{text} ") } else { text.to_owned() }
}

/// As far as all candidates agree.
fn common(found: &Completion) -> Option<String> {
    let (first, rest) = found.candidates.split_first()?;
    if rest.is_empty() {
        return Some(ended(&first.text, first.is_whole));
    }
    let same = |text: &str| {
        first
            .text
            .char_indices()
            .zip(text.chars())
            .find(|((_, a), b)| a != b)
            .map_or(text.len().min(first.text.len()), |((at, _), _)| at)
    };
    let length = rest.iter().map(|one| same(&one.text)).min()?;
    Some(first.text[..length].to_owned())
}

#[cfg(test)]
mod tests {
    use podlapse_kubectl::Candidate;

    use super::*;

    fn found(texts: &[&str]) -> Completion {
        let candidates = texts.iter().map(|text| Candidate { text: (*text).to_owned(), is_whole: true });
        Completion { start: 0, candidates: candidates.collect() }
    }

    #[test]
    fn a_word_is_completed_as_far_as_the_candidates_agree() {
        assert_eq!(common(&found(&[])), None);
        assert_eq!(common(&found(&["pods"])).as_deref(), Some("pods "));
        assert_eq!(common(&found(&["node-1", "node-12", "node-2"])).as_deref(), Some("node-"));
        assert_eq!(common(&found(&["部署", "部件"])).as_deref(), Some("部"));
    }
}
