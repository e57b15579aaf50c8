//! What an action does to the page.

use std::rc::Rc;

use podlapse_view::example;

use crate::state::{Action, Edge, Finished, Go, Job, Pane, Playhead, Query, Shown, State, Text, View, Window};

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
            edit(&mut state, workload, cluster);
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
        Action::Language(language) => state.language = language,
        Action::Theme(theme) => state.theme = theme,
        Action::Resize(edge, size) => state.layout = state.layout.resized(edge, size),
        Action::Layout(layout) => state.layout = layout,
        Action::Fold(Edge::Left) => state.layout.is_left_folded = !state.layout.is_left_folded,
        Action::Fold(Edge::Right) => state.layout.is_right_folded = !state.layout.is_right_folded,
        // The dock holds the transport and is never folded away.
        Action::Fold(Edge::Dock) => {}
        Action::Help(is_open) => state.is_help_open = is_open,
        Action::Viewport(width) => state.viewport = width,
    }
    state
}

fn open(state: &mut State, query: Query) {
    if let Some(slug) = query.example {
        open_example(state, slug);
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
    state.workload = example.workload.into();
    state.cluster = example.cluster.into();
    state.edition += 1;
    state.problems = Rc::new([]);
    state.finished = None;
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
}

fn finish(state: &mut State, edition: u32, run: Shown, is_cut: bool) {
    let is_first = state.finished.is_none();
    state.job = Job::Idle;
    state.window = Window::whole(&run);
    state.playhead = match state.opens_at.take() {
        Some(at) => Playhead::at(&run, at),
        None if is_first => Playhead::on(&run, run.telling_moment()),
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
