//! The timeline as a picture: `podlapse run --output svg`.
//!
//! The lanes are those of the playground, with its colours and patterns in light and dark. The style sheet names plain colours, as few
//! programs beside browsers know variables.

mod palette;

use podlapse_model::SimTime;
use podlapse_view::{Backoff, ContainerLane, EventRow, Messages, PodLanes, ProbeTick, RunView, Segment, Tone, span};

/// The width of the picture, and where the lanes begin and end.
const WIDTH: f64 = 1_200.0;
const LEFT: f64 = 208.0;
const RIGHT: f64 = 1_180.0;
/// Pods beyond these are counted only.
const MOST_PODS: usize = 40;
/// Times on the axis at most.
const MOST_MARKS: i64 = 10;
/// Letters of the monospaced face are less than so wide at 12 pixels.
const LETTER: f64 = 7.3;

/// Distances between times on the axis, in milliseconds.
const STEPS: [i64; 18] = [
    10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
    21_600_000,
];

/// A run as SVG.
pub(crate) fn svg(name: &str, view: &RunView, messages: &Messages) -> String {
    let mut picture = Picture { view, body: String::new(), y: 76.0, used: Vec::new() };
    picture.actions();
    let (shown, untold) = view.lanes().split_at(view.lanes().len().min(MOST_PODS));
    shown.iter().for_each(|pod| picture.pod(pod, messages));
    if !untold.is_empty() {
        picture.name(&format!("and {} more Pods", untold.len()), "", "quiet");
        picture.y += 24.0;
    }
    picture.whole(name, messages)
}

struct Picture<'a> {
    view: &'a RunView,
    body: String,
    /// Where the next lane begins.
    y: f64,
    /// The looks that occur.
    used: Vec<Tone>,
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

impl Picture<'_> {
    fn x(&self, at: SimTime) -> f64 {
        let (start, end) = (self.view.start().as_secs_f64(), self.view.end().as_secs_f64());
        let share = (at.as_secs_f64() - start) / (end - start).max(f64::EPSILON);
        LEFT + (RIGHT - LEFT) * share.clamp(0.0, 1.0)
    }

    /// The name of a lane, and what kind of lane it is.
    fn name(&mut self, name: &str, kind: &str, class: &str) {
        let baseline = self.y + 14.0;
        let name = escaped(&short(name));
        self.body.push_str(&format!("<text class=\"{class}\" x=\"20\" y=\"{baseline}\">{name}</text>\n"));
        if !kind.is_empty() {
            let x = LEFT - 12.0;
            self.body.push_str(&format!("<text class=\"kind\" x=\"{x}\" y=\"{baseline}\" text-anchor=\"end\">{kind}</text>\n"));
        }
    }

    fn bar(&mut self, segment: &Segment, height: f64) {
        let (left, right) = (self.x(segment.from), self.x(segment.to));
        let width = (right - left).max(1.0);
        let (slug, y) = (segment.tone.slug(), self.y);
        // An outline lies within its bar.
        let inset = if segment.tone == Tone::Running { 0.75 } else { 0.0 };
        let (x, top) = (left + inset, y + inset);
        let (w, h) = ((width - 2.0 * inset).max(0.5), height - 2.0 * inset);
        let tip = escaped(&format!("{}, {} to {}", segment.label, time(segment.from), time(segment.to)));
        self.body.push_str(&format!(
            "<rect class=\"bar {slug}\" x=\"{x:.1}\" y=\"{top}\" width=\"{w:.1}\" height=\"{h}\" rx=\"2\"><title>{tip}</title></rect>\n"
        ));
        if segment.label.chars().count() as f64 * LETTER + 10.0 <= width {
            let (x, baseline) = (left + 6.0, y + height / 2.0 + 4.0);
            let label = escaped(&segment.label);
            self.body.push_str(&format!("<text class=\"on {slug}\" x=\"{x:.1}\" y=\"{baseline}\">{label}</text>\n"));
        }
        if !self.used.contains(&segment.tone) {
            self.used.push(segment.tone);
        }
    }

    /// What a user did, with as much of its words as there is room for.
    fn actions(&mut self) {
        let actions: Vec<_> = self.view.actions().iter().filter(|action| SimTime::ZERO < action.at).collect();
        if actions.is_empty() {
            return;
        }
        self.name("Actions", "", "quiet");
        for (index, action) in actions.iter().enumerate() {
            let x = self.x(action.at);
            let next = actions.get(index + 1).map_or(WIDTH, |next| self.x(next.at));
            let words = if action.is_kubectl { format!("kubectl {}", action.label) } else { action.label.clone() };
            let class = if action.failed { "action failed" } else { "action" };
            let (top, tip) = (self.y + 3.0, escaped(&format!("{} {words}", time(action.at))));
            self.body.push_str(&format!(
                "<path class=\"{class}\" transform=\"translate({x:.1} {top})\" d=\"M0 0l5 6-5 6-5-6z\"><title>{tip}</title></path>\n"
            ));
            let width = words.chars().count() as f64 * LETTER + 14.0;
            let baseline = self.y + 13.0;
            let words = escaped(&words);
            if x + width <= next {
                self.body.push_str(&format!("<text class=\"words\" x=\"{:.1}\" y=\"{baseline}\">{words}</text>\n", x + 9.0));
            } else if index + 1 == actions.len() && LEFT + width <= x {
                // The last one may stand before its mark.
                let x = x - 9.0;
                self.body.push_str(&format!(
                    "<text class=\"words\" x=\"{x:.1}\" y=\"{baseline}\" text-anchor=\"end\">{words}</text>\n"
                ));
            }
        }
        self.y += 28.0;
    }

    fn pod(&mut self, pod: &PodLanes, messages: &Messages) {
        let line = self.y - 5.0;
        self.body.push_str(&format!("<path class=\"line\" d=\"M20 {line}H{RIGHT}\"/>\n<g>\n"));
        self.name(&pod.name, &messages.text("lane-status"), "name");
        pod.status.iter().for_each(|segment| self.bar(segment, 20.0));
        self.y += 24.0;
        if !pod.events.is_empty() {
            self.name("", &messages.text("view-events"), "quiet");
            let events: Vec<&EventRow> = pod.events.iter().map(|index| &self.view.events()[*index]).collect();
            events.into_iter().for_each(|event| self.event(event));
            self.y += 20.0;
        }
        for container in &pod.containers {
            self.container(container, messages);
        }
        self.body.push_str("</g>\n");
        self.y += 12.0;
    }

    fn event(&mut self, event: &EventRow) {
        let (class, path) =
            if event.is_warning { ("mark warning", "M0 0l5 9h-10z") } else { ("mark", "M0 1.5a3.2 3.2 0 1 1-.01 0z") };
        let (x, y) = (self.x(event.at), self.y + 5.0);
        let tip = escaped(&format!("{} {}", event.reason, time(event.at)));
        self.body.push_str(&format!(
            "<path class=\"{class}\" transform=\"translate({x:.1} {y})\" d=\"{path}\"><title>{tip}</title></path>\n"
        ));
    }

    fn container(&mut self, container: &ContainerLane, messages: &Messages) {
        let kind = match (container.is_sidecar, container.is_init) {
            (true, _) => "lane-sidecar",
            (false, true) => "lane-init",
            (false, false) => "lane-container",
        };
        self.name(&container.name, &messages.text(kind), "quiet");
        container.states.iter().filter(|segment| !segment.label.is_empty()).for_each(|segment| self.bar(segment, 17.0));
        self.y += 17.0;
        container.pulls.iter().for_each(|pull| {
            let (left, width) = (self.x(pull.from), (self.x(pull.to) - self.x(pull.from)).max(1.0));
            let (slug, y) = (pull.tone.slug(), self.y + 4.0);
            let tip = escaped(&pull.label);
            self.body.push_str(&format!(
                "<rect class=\"thin {slug}\" x=\"{left:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"4\"><title>{tip}</title></rect>\n"
            ));
        });
        // The length of a wait stands on a plate, which covers what would run through it.
        container.probes.iter().for_each(|probe| self.probe(probe));
        container.backoffs.iter().for_each(|wait| self.wait(wait, "wait"));
        container.graces.iter().for_each(|wait| self.wait(wait, "grace"));
        let has_more = !(container.pulls.is_empty()
            && container.backoffs.is_empty()
            && container.graces.is_empty()
            && container.probes.is_empty());
        self.y += if has_more { 20.0 } else { 7.0 };
    }

    /// A bracket with its length.
    fn wait(&mut self, wait: &Backoff, class: &str) {
        let (left, right, y) = (self.x(wait.from), self.x(wait.to), self.y + 5.0);
        let middle = y + 4.0;
        self.body.push_str(&format!("<path class=\"{class}\" d=\"M{left:.1} {y}v8m0-4H{right:.1}m0-4v8\"/>\n"));
        if wait.label.chars().count() as f64 * LETTER + 16.0 <= right - left {
            let (x, baseline) = ((left + right) / 2.0, middle + 4.0);
            let label = escaped(&wait.label);
            self.body.push_str(&format!("<text class=\"{class}-text\" x=\"{x:.1}\" y=\"{baseline}\">{label}</text>\n"));
        }
    }

    fn probe(&mut self, probe: &ProbeTick) {
        // A success is a tick upright, a failure a cross: the sign tells them apart as well as the colour.
        let (class, path) = if probe.succeeded { ("probe ok", "m0-3v6") } else { ("probe bad", "m-3-3l6 6m0-6l-6 6") };
        let (x, y) = (self.x(probe.at), self.y + 9.0);
        self.body.push_str(&format!("<path class=\"{class}\" d=\"M{x:.1} {y}{path}\"/>\n"));
    }

    fn axis(&self, bottom: f64) -> String {
        let (start, end) = (self.view.start().as_nanos() / 1_000_000, self.view.end().as_nanos() / 1_000_000);
        let length = (end - start).max(1);
        let step = STEPS.into_iter().find(|step| length / step <= MOST_MARKS).unwrap_or(length / MOST_MARKS + 1);
        let marks = (start.div_euclid(step)..).map(|index| index * step).skip_while(|ms| *ms < start).take_while(|ms| *ms <= end);
        marks
            .map(|ms| {
                let at = SimTime::from_nanos(ms * 1_000_000);
                let (x, label) = (self.x(at), time(at));
                // At the edge there is no room for the other half.
                let anchor = if RIGHT - 20.0 < x { "end" } else { "middle" };
                format!(
                    "<path class=\"line\" d=\"M{x:.1} 66V{bottom}\"/><text class=\"kind\" x=\"{x:.1}\" y=\"60\" text-anchor=\"{anchor}\">{label}</text>\n"
                )
            })
            .collect()
    }

    /// The looks that occur, with their names.
    fn legend(&self, messages: &Messages) -> String {
        let mut x = 20.0;
        let mut legend = String::new();
        let baseline = self.y + 22.0;
        for tone in Tone::ALL.into_iter().filter(|tone| self.used.contains(tone)) {
            let (slug, top) = (tone.slug(), baseline - 10.0);
            let words = messages.text(&format!("tone-{slug}"));
            legend
                .push_str(&format!("<rect class=\"bar {slug}\" x=\"{x:.1}\" y=\"{top}\" width=\"18\" height=\"12\" rx=\"2\"/>"));
            legend.push_str(&format!("<text class=\"legend\" x=\"{:.1}\" y=\"{baseline}\">{words}</text>\n", x + 24.0));
            x += 24.0 + words.chars().count() as f64 * 6.5 + 20.0;
        }
        legend
    }

    fn whole(self, name: &str, messages: &Messages) -> String {
        let height = self.y + 40.0;
        let told = self.view.lanes().iter().take(MOST_PODS).map(|pod| {
            let states = pod.status.iter().map(|segment| format!("{} at {}", segment.label, time(segment.from)));
            format!("{}: {}.", pod.name, states.collect::<Vec<_>>().join(", "))
        });
        let told = escaped(&told.collect::<Vec<_>>().join(" "));
        let (name, end) = (escaped(name), time(self.view.end()));
        let styles = palette::styles();
        let patterns = palette::patterns();
        let (axis, legend) = (self.axis(self.y), self.legend(messages));
        let credit = WIDTH - 20.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title told\">\n\
             <title id=\"title\">{name}</title>\n<desc id=\"told\">{told}</desc>\n<style>\n{styles}</style>\n<defs>{patterns}</defs>\n\
             <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n<text class=\"title\" x=\"20\" y=\"30\">{name}</text>\n\
             <text class=\"kind\" x=\"{credit}\" y=\"30\" text-anchor=\"end\">Kubernetes 1.36, {end} of virtual time, simulated by Podlapse</text>\n\
             {axis}{}{legend}</svg>\n",
            self.body
        )
    }
}

fn time(at: SimTime) -> String {
    span(at.since(SimTime::ZERO))
}

/// The two ends of a long name: generated names differ in their last letters.
fn short(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    match letters.len() {
        0..18 => name.to_owned(),
        length => letters[..8].iter().chain(&['…']).chain(&letters[length - 7..]).collect(),
    }
}
