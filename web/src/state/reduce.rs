//! What an action does to the page.

use std::rc::Rc;

use podlapse_view::example;

use crate::state::{
    Action, BrokenLink, Document, Edge, Finished, Fork, Go, Job, Pane, Playhead, Query, Sheet, Shown, State, Terminal, Text,
    View, Window,
};

/// The page after an action. An action that changes nothing gives back the same value, which is then not drawn again.
pub fn reduce(state: Rc<State>, action: Action) -> Rc<State> {
    let next = after((*state).clone(), action);
    if next == *state { state } else { Rc::new(next) }
}

fn after(mut state: State, action: Action) -> State {
    match action {
        Action::Open(query) => open(&mut state, query),
        Action::Restore(workload, cluster) => {
            state.example = None;
            state.tell = None;
            edit(&mut state, workload, cluster);
        }
        Action::OpenLink(document) => {
            state.is_awaited = false;
            state.broken_link = document.is_none().then_some(BrokenLink::Texts);
            if let Some(Document { workload, cluster, forks }) = document {
                state.example = None;
                state.tell = None;
                state.finished = None;
                edit(&mut state, workload, cluster);
                state.replay = forks;
            }
        }
        Action::OpenExample(slug) => open_example(&mut state, slug),
        Action::Edit(Text::Workload, text) => {
            let cluster = state.cluster.clone();
            edit(&mut state, text, cluster);
        }
        Action::Edit(Text::Cluster, text) => {
            let workload = state.workload.clone();
            edit(&mut state, workload, text);
        }
        // An answer about a text that has changed since says nothing.
        Action::Checked(edition, problems) if edition == state.edition => {
            state.problems = problems;
            state.checked = edition;
        }
        Action::Checked(..) => {}
        Action::RunBegun => state.job = Job::Running(0),
        Action::RunProgress(done) => state.job = Job::Running(done.min(1_000)),
        Action::RunDropped => state.job = Job::Idle,
        Action::RunFinished(edition, run, is_cut) => finish(&mut state, edition, run, is_cut),
        // What is found for a text that has changed since is of no use.
        Action::Sought(sought) if sought.edition == state.edition => state.sought = Some(sought),
        Action::Sought(_) => {}
        Action::Mend(text, [workload, cluster]) => {
            state.text = text;
            edit(&mut state, workload, cluster);
        }
        Action::Typed(entry) => {
            state.terminal.pending = None;
            state.terminal.push(entry);
        }
        Action::Ask(fork) => {
            state.is_playing = false;
            state.terminal.pending = fork;
        }
        Action::Forked(edition, run, is_cut, forks) => fork_to(&mut state, edition, run, is_cut, &forks),
        Action::Unfork => {
            let Some(original) = state.original.take() else { return state };
            state.forks.clear();
            state.job = Job::Idle;
            state.playhead = Playhead::at(&original.run, state.playhead.at);
            state.finished = Some(original);
        }
        Action::FocusPrompt => {
            state.view = View::Watch;
            state.pane = Pane::Views;
            state.terminal.focus += 1;
        }
        Action::ClearTerminal => state.terminal = Terminal { focus: state.terminal.focus, ..Terminal::default() },
        Action::Move(go) => {
            state.is_playing = false;
            go_to(&mut state, |playhead, run| playhead.gone(run, go));
        }
        Action::Play(is_playing) => play(&mut state, is_playing),
        Action::Tick(ms) => {
            let speed = state.speed;
            go_to(&mut state, |playhead, run| playhead.played(run, ms, speed));
            state.is_playing &= state.run().is_some_and(|run| state.playhead.at < run.end());
        }
        Action::Speed(speed) => state.speed = speed,
        Action::Zoom(thousandths, centre) => {
            let centre = centre.unwrap_or(state.playhead.at);
            move_window(&mut state, |window, whole| window.zoomed(thousandths, centre, whole));
        }
        Action::Pan(thousandths) => move_window(&mut state, |window, whole| window.moved(thousandths, whole)),
        Action::Fit => move_window(&mut state, |_, whole| whole),
        Action::View(view) => {
            state.view = view;
            state.pane = Pane::Views;
        }
        Action::Text(text) => state.text = text,
        Action::Pane(pane) => state.pane = pane,
        Action::Object(object) => {
            state.object = object;
            state.view = View::Object;
            state.pane = Pane::Views;
        }
        Action::Select(object) => state.object = object,
        Action::Language(language) => state.language = language,
        Action::Theme(theme) => state.theme = theme,
        Action::Resize(edge, size) => state.layout = state.layout.resized(edge, size),
        Action::Layout(layout) => state.layout = layout,
        Action::Fold(Edge::Left) => state.layout.is_left_folded = !state.layout.is_left_folded,
        Action::Fold(Edge::Right) => state.layout.is_right_folded = !state.layout.is_right_folded,
        // The dock holds the transport and is never folded away.
        Action::Fold(Edge::Dock) => {}
        Action::Sheet(sheet) => state.sheet = sheet,
        Action::OpenTerm(term) => {
            let Some((slug, tell)) = term.example else { return state };
            open_example(&mut state, slug);
            state.tell = Some(tell);
            state.sheet = Sheet::None;
        }
        Action::Viewport(width) => state.viewport = width,
    }
    state
}

fn open(state: &mut State, query: Query) {
    if let Some(slug) = query.example {
        open_example(state, slug);
    }
    if query.is_example_unknown {
        state.broken_link = Some(BrokenLink::Example);
    }
    state.opens_at = query.at;
    state.view = query.view.unwrap_or(state.view);
    state.mode = query.mode;
    state.theme = query.theme.unwrap_or(state.theme);
    state.language = query.language.unwrap_or(state.language);
}

fn open_example(state: &mut State, slug: &str) {
    let Some(example) = example(slug) else { return };
    state.example = Some(example.slug);
    state.broken_link = None;
    state.tell = Some(example.tell);
    state.workload = example.workload.into();
    state.cluster = example.cluster.into();
    state.edition += 1;
    state.problems = Rc::new([]);
    state.finished = None;
    forget_forks(state);
    state.replay = Rc::new([]);
    state.terminal = Terminal { focus: state.terminal.focus, ..Terminal::default() };
    state.object = None;
    state.opens_at = None;
    state.is_playing = false;
    state.text = Text::Workload;
}

fn edit(state: &mut State, workload: Rc<str>, cluster: Rc<str>) {
    if state.workload == workload && state.cluster == cluster {
        return;
    }
    state.workload = workload;
    state.cluster = cluster;
    state.edition += 1;
    state.is_playing = false;
    state.replay = Rc::new([]);
    state.terminal.pending = None;
}

fn forget_forks(state: &mut State) {
    state.forks.clear();
    state.original = None;
}

fn fork_to(state: &mut State, edition: u32, run: Shown, is_cut: bool, forks: &[Fork]) {
    // The texts have changed since: the change belongs to a run that is no longer shown.
    if edition != state.edition {
        return;
    }
    state.job = Job::Idle;
    let before = state.finished.replace(Finished { run, edition, is_cut });
    state.original = state.original.take().or(before);
    state.forks.extend_from_slice(forks);
    // The prompt comes back when the command has ended; the next line is typed then. What a link holds opens where the link says.
    let at = if state.replay.is_empty() { forks.last().map(|fork| fork.end) } else { state.opens_at.take() };
    state.replay = Rc::new([]);
    go_to(state, |playhead, run| Playhead::at(run, at.unwrap_or(playhead.at)));
}

fn finish(state: &mut State, edition: u32, run: Shown, is_cut: bool) {
    let is_first = state.finished.is_none();
    forget_forks(state);
    state.job = Job::Idle;
    state.window = Window::whole(&run);
    let opens_at = if state.replay.is_empty() { state.opens_at.take() } else { state.opens_at };
    state.playhead = match opens_at {
        Some(at) => Playhead::at(&run, at),
        None if is_first => {
            let told = state.tell.take().and_then(|tell| run.tells(tell));
            Playhead::on(&run, told.unwrap_or_else(|| run.telling_moment()))
        }
        None => Playhead::at(&run, state.playhead.at),
    };
    state.finished = Some(Finished { run, edition, is_cut });
}

fn go_to(state: &mut State, place: impl FnOnce(Playhead, &Shown) -> Playhead) {
    let Some(run) = state.run().cloned() else { return };
    state.playhead = place(state.playhead, &run);
    state.window = state.window.showing(state.playhead.at, Window::whole(&run));
}

fn play(state: &mut State, is_playing: bool) {
    let Some(run) = state.run().cloned() else { return };
    state.is_playing = is_playing;
    // Playing from the end begins anew, as players do.
    if is_playing && run.end() <= state.playhead.at {
        go_to(state, |playhead, run| playhead.gone(run, Go::Start));
    }
}

fn move_window(state: &mut State, place: impl FnOnce(Window, Window) -> Window) {
    let Some(whole) = state.run().map(|run| Window::whole(run)) else { return };
    state.window = place(state.window, whole);
}

#[cfg(test)]
mod tests {
    use podlapse_core::store::{Change, Revision};
    use podlapse_core::why::{Rule, Why};
    use podlapse_model::{Kind, Object, SimTime};
    use podlapse_view::{History, Language, Moment, RunView, Stage};
    use serde_json::json;

    use super::*;
    use crate::state::{Entry, Problem, Severity, Theme};

    /// A Pod that is created, scheduled, started and Ready, at 0, 1, 2 and 3 s of 10 s; a node's report lies between.
    fn run() -> Shown {
        let rules =
            [Rule::ObjectCreated, Rule::NodeChosen, Rule::NodeStatusReported, Rule::ContainerStarted, Rule::ProbeSucceeded];
        let mut before = None;
        let moments = rules.into_iter().zip([0, 1_000, 1_500, 2_000, 3_000]).enumerate().map(|(index, (rule, ms))| {
            let ready = if rule == Rule::ProbeSucceeded { "True" } else { "False" };
            let phase = if ms < 2_000 { "Pending" } else { "Running" };
            let pod = json!({
                "metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": [{"name": "app", "image": "nginx"}]},
                "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready}]}
            });
            let after = Some(Object::from_json(Kind::Pod, pod).unwrap());
            let key = after.as_ref().unwrap().key();
            let at = SimTime::from_nanos(ms * 1_000_000);
            let change = Change { revision: Revision(index as u64), at, key, before: before.clone(), after: after.clone() };
            before = after;
            let cause = (index as u64).checked_sub(1);
            Moment {
                id: index as u64,
                cause,
                at,
                changes: vec![change],
                whys: vec![Why { rule, facts: Vec::new() }],
                ..Moment::default()
            }
        });
        let moments = moments.collect();
        Shown::new(RunView::new(History {
            start_time_unix_ns: 0,
            end: SimTime::from_nanos(10_000_000_000),
            moments,
            ..History::default()
        }))
    }

    fn at(ms: i64) -> SimTime {
        SimTime::from_nanos(ms * 1_000_000)
    }

    fn play(state: Rc<State>, actions: impl IntoIterator<Item = Action>) -> Rc<State> {
        actions.into_iter().fold(state, reduce)
    }

    /// A page with a run on it.
    fn page() -> Rc<State> {
        let state = Rc::new(State::new(Language::English));
        let checked = Action::Checked(state.edition, Rc::new([]));
        let finished = Action::RunFinished(state.edition, run(), false);
        play(state, [checked, Action::RunBegun, finished])
    }

    fn error() -> Rc<[Problem]> {
        let problem = Problem {
            text: Text::Workload,
            line: 3,
            column: 1,
            severity: Severity::Error,
            message: "unknown field".to_owned(),
            hint: None,
            fix: None,
        };
        Rc::new([problem])
    }

    #[test]
    fn an_action_without_effect_keeps_the_value() {
        let state = page();
        assert!(Rc::ptr_eq(&reduce(state.clone(), Action::Theme(Theme::System)), &state));
        assert!(Rc::ptr_eq(&reduce(state.clone(), Action::Edit(Text::Workload, state.workload.clone())), &state));
    }

    #[test]
    fn the_first_run_opens_at_its_telling_moment_or_where_the_address_says() {
        assert_eq!(page().playhead.at, at(3_000));
        let state = Rc::new(State::new(Language::English));
        let open = Action::Open(Query { at: Some(at(1_200)), ..Query::default() });
        let state = play(state, [open, Action::RunFinished(1, run(), false)]);
        assert_eq!((state.playhead.at, state.playhead.moment), (at(1_200), 1));
    }

    #[test]
    fn steps_pass_over_what_nobody_asked_for() {
        let mut state = play(page(), [Action::Move(Go::Start)]);
        let mut seen = vec![state.playhead.at];
        for _ in 0..5 {
            state = reduce(state, Action::Move(Go::Forward));
            seen.push(state.playhead.at);
        }
        assert_eq!(seen, [0, 1_000, 2_000, 3_000, 10_000, 10_000].map(at));
        for _ in 0..5 {
            state = reduce(state, Action::Move(Go::Back));
        }
        assert_eq!(state.playhead.at, at(0));
    }

    #[test]
    fn stages_are_stepped_in_both_directions() {
        let mut state = play(page(), [Action::Move(Go::Start), Action::Move(Go::StageForward), Action::Move(Go::StageForward)]);
        assert_eq!(state.run().unwrap().stage(state.playhead.moment), Stage::Run);
        state = reduce(state, Action::Move(Go::StageBack));
        assert_eq!(state.run().unwrap().stage(state.playhead.moment), Stage::Schedule);
    }

    #[test]
    fn scrubbing_shows_the_last_step_before_the_instant() {
        let state = reduce(page(), Action::Move(Go::At(at(1_700))));
        assert_eq!((state.playhead.moment, state.playhead.at), (1, at(1_700)));
        assert_eq!(reduce(state, Action::Move(Go::At(at(99_000)))).playhead.at, at(10_000));
    }

    #[test]
    fn playing_skips_idle_time_and_ends_with_the_run() {
        let mut state = play(page(), [Action::Move(Go::Start), Action::Speed(1), Action::Play(true)]);
        let mut ticks = 0;
        while state.is_playing {
            state = reduce(state, Action::Tick(50));
            ticks += 1;
            assert!(ticks < 200, "playing ends");
        }
        assert_eq!(state.playhead.at, at(10_000));
        // Ten seconds at one second each would be 200 ticks.
        assert!(ticks < 100, "{ticks} ticks");
        assert_eq!(reduce(state, Action::Play(true)).playhead.at, at(0), "playing from the end begins anew");
    }

    #[test]
    fn the_last_good_run_stays_and_is_marked() {
        let state = play(page(), [Action::Edit(Text::Workload, "kind: Pod\nspecc: {}\n".into())]);
        assert_eq!(state.stage_word(), "running", "not yet checked");
        let state = play(state, [Action::Checked(2, error()), Action::RunDropped]);
        assert_eq!(state.stage_word(), "stale");
        assert!(state.run().is_some() && state.is_stale());
        let state = play(state, [Action::Edit(Text::Workload, "kind: Pod\n".into()), Action::Checked(2, Rc::new([]))]);
        assert_eq!(state.problems.len(), 1, "an answer about an earlier text says nothing");
        let state = play(state, [Action::Checked(3, Rc::new([])), Action::RunBegun, Action::RunFinished(3, run(), false)]);
        assert_eq!(state.stage_word(), "ready");
        assert!(state.is_own_text());
    }

    #[test]
    fn a_line_that_changes_the_run_waits_and_can_be_taken_back() {
        let fork = Fork { at: at(1_500), end: at(2_000), line: "kubectl delete pod web".into() };
        let state = play(page(), [Action::Play(true), Action::Ask(Some(fork.clone()))]);
        assert_eq!((state.terminal.pending.clone(), state.is_playing), (Some(fork.clone()), false));
        assert_eq!(reduce(state.clone(), Action::Ask(None)).terminal.pending, None);
        let before = state.finished.clone();
        let entry = Entry { at: at(1_500), line: fork.line.clone(), pieces: Rc::new([]), exit: 0 };
        let forked = play(state, [Action::Typed(entry), Action::Forked(1, run(), false, Rc::new([fork.clone()]))]);
        assert_eq!((forked.playhead.at, forked.terminal.pending.clone()), (at(2_000), None));
        assert!(forked.finished != before && forked.original == before && forked.forks == [fork]);
        let back = reduce(forked, Action::Unfork);
        assert!(back.finished == before && back.original.is_none() && back.forks.is_empty());
        assert_eq!(back.terminal.entries.len(), 1, "what was printed stays readable");
    }

    #[test]
    fn a_change_of_a_run_whose_text_was_edited_since_is_dropped() {
        let fork = Fork { at: at(1_500), end: at(2_000), line: "kubectl delete pod web".into() };
        let state = play(page(), [Action::Edit(Text::Cluster, "".into()), Action::Forked(1, run(), false, Rc::new([fork]))]);
        assert!(state.forks.is_empty() && state.original.is_none());
    }

    #[test]
    fn the_lines_of_a_link_are_carried_out_before_its_instant_is_shown() {
        let fork = Fork { at: at(1_500), end: at(2_000), line: "kubectl delete pod web".into() };
        let document = Document { workload: "kind: Pod".into(), cluster: "".into(), forks: Rc::new([fork.clone()]) };
        let query = Query { at: Some(at(3_200)), ..Query::default() };
        let state = play(page(), [Action::Open(query), Action::OpenLink(Some(document))]);
        let edition = state.edition;
        let state = reduce(state, Action::RunFinished(edition, run(), false));
        assert_eq!(state.replay.len(), 1);
        let state = reduce(state, Action::Forked(edition, run(), false, Rc::new([fork])));
        assert_eq!((state.playhead.at, state.replay.len(), state.forks.len()), (at(3_200), 0, 1));
    }

    #[test]
    fn what_is_selected_stays_in_every_view() {
        let pod = page().shown_object().unwrap();
        let state = play(page(), [Action::View(View::Cluster), Action::Select(Some(pod.clone()))]);
        assert_eq!((state.view, state.shown_pod()), (View::Cluster, Some(pod)));
    }

    #[test]
    fn a_run_of_a_changed_text_keeps_the_instant() {
        let state = play(page(), [Action::Move(Go::At(at(2_500))), Action::Edit(Text::Cluster, "".into())]);
        let state = reduce(state, Action::RunFinished(2, run(), false));
        assert_eq!(state.playhead.at, at(2_500));
    }

    #[test]
    fn an_example_replaces_everything_that_belonged_to_the_last_one() {
        let state = play(page(), [Action::Object(Some(page().shown_object().unwrap())), Action::OpenExample("nginx")]);
        assert_eq!((state.example, state.object.clone(), state.run().is_none()), (Some("nginx"), None, true));
        assert!(!state.is_own_text());
    }
}
