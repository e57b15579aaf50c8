//! Where each Pod ended, and why.

use std::collections::BTreeMap;

use podlapse_core::Simulation;
use podlapse_core::why::{Fact, Rule, Why};
use podlapse_kubectl::{PodRow, pod_row};
use podlapse_model::api::core::v1::{ContainerState, ContainerStatus, Pod};
use podlapse_model::{Kind, Object, ObjectKey, is_pod_ready};
use podlapse_view::{Messages, Reason, RunView, Tone, explain};

use crate::style::Style;
use crate::watch::instant;

/// Nobody reads the paragraphs of more Pods than these.
const MOST_TOLD: usize = 500;

/// When each Pod last had news, and what.
type News<'v> = BTreeMap<&'v ObjectKey, (usize, [&'v str; 2])>;

/// A paragraph for one Pod; empty if it is gone.
pub(crate) fn of(run: &Simulation, view: &RunView, messages: &Messages, style: Style, key: &ObjectKey) -> String {
    let since = news(view).1.get(key).map_or(0, |(moment, _)| *moment);
    match view.object(key, view.len().saturating_sub(1)) {
        Some(Object::Pod(pod)) => Ending { run, view, messages, style, key, pod, since }.text(),
        Some(_) | None => String::new(),
    }
}

/// The Pods in the order in which they appeared, and when each took on what is shown of it.
fn news(view: &RunView) -> (Vec<&ObjectKey>, News<'_>) {
    let mut pods: Vec<&ObjectKey> = Vec::new();
    let mut last_news: News<'_> = BTreeMap::new();
    for row in view.rows() {
        if !last_news.contains_key(&row.pod) {
            pods.push(&row.pod);
        }
        // RESTARTS also says how long ago the last one was, which is no news.
        let restarts = row.cells[3].split(' ').next().unwrap_or_default();
        let news = [row.cells[2].as_str(), restarts];
        if last_news.get(&row.pod).is_none_or(|(_, known)| *known != news) {
            last_news.insert(&row.pod, (row.moment, news));
        }
    }
    (pods, last_news)
}

/// A paragraph for each Pod, in the order in which they appeared.
pub(crate) fn all(run: &Simulation, view: &RunView, messages: &Messages, style: Style) -> String {
    let (mut pods, last_news) = news(view);
    let mut text = String::new();
    let untold = pods.len().saturating_sub(MOST_TOLD);
    pods.truncate(MOST_TOLD);
    for key in pods {
        let since = last_news.get(key).map_or(0, |(moment, _)| *moment);
        text.push('\n');
        match view.object(key, view.len().saturating_sub(1)) {
            Some(Object::Pod(pod)) => text.push_str(&Ending { run, view, messages, style, key, pod, since }.text()),
            Some(_) | None => {
                let gone = view.rows().iter().rfind(|row| row.pod == *key).map_or(view.end(), |row| row.at);
                text.push_str(&format!("{} is gone since {}.\n", style.bold(&name(key)), instant(gone)));
            }
        }
    }
    if 0 < untold {
        text.push_str(&format!("\n{untold} more Pods are not told of one by one.\n"));
    }
    text
}

fn name(key: &ObjectKey) -> String {
    match key.namespace.as_str() {
        "default" => format!("pod/{}", key.name),
        namespace => format!("pod/{} in {namespace}", key.name),
    }
}

/// A Pod that is still there at the end.
struct Ending<'a> {
    run: &'a Simulation,
    view: &'a RunView,
    messages: &'a Messages,
    style: Style,
    key: &'a ObjectKey,
    pod: &'a Pod,
    /// The moment at which it took on its last STATUS, or was last restarted.
    since: usize,
}

impl Ending<'_> {
    fn text(&self) -> String {
        let end = self.view.end();
        let row = pod_row(self.pod, &self.run.wall().time(end));
        let tone = Tone::of_status(&row.status, is_pod_ready(self.pod));
        let mut text = self.headline(&row, tone);
        for container in self.containers() {
            text.push_str(&container_lines(container));
        }
        if tone == Tone::Waiting
            && let Some(message) = self.condition_message("PodScheduled")
        {
            text.push_str(&format!("  {message}\n"));
        }
        if let Some(reason) = self.reason(tone, row.restarts) {
            text.push_str(&self.reason_lines(&reason, &text));
        }
        text
    }

    fn headline(&self, row: &PodRow, tone: Tone) -> String {
        let status = self.style.state(tone, &row.status);
        let is_ready = if tone == Tone::Ready { " and ready" } else { "" };
        let node = match row.node.as_str() {
            "<none>" => String::new(),
            node => format!(" on {node}"),
        };
        let restarts = match row.restarts {
            0 => String::new(),
            1 => ", restarted once".to_owned(),
            count => format!(", restarted {count} times"),
        };
        let since = instant(self.view.at(self.since));
        let (name, end) = (self.style.bold(&name(self.key)), instant(self.view.end()));
        format!("{name} is {status}{is_ready}{node} at {end}, since {since}{restarts}.\n")
    }

    fn containers(&self) -> impl Iterator<Item = &ContainerStatus> {
        let status = self.pod.status.as_ref();
        let init = status.and_then(|status| status.init_container_statuses.as_deref()).unwrap_or_default();
        let main = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
        init.iter().chain(main)
    }

    fn condition_message(&self, name: &str) -> Option<&str> {
        let conditions = self.pod.status.as_ref()?.conditions.as_deref()?;
        conditions.iter().find(|condition| condition.type_ == name)?.message.as_deref()
    }

    /// The rule behind the Pod's last change: the nearest telling one among its causes, else behind the change before, and so on.
    /// A Pod that is well needs none, unless it was restarted on the way.
    fn reason(&self, tone: Tone, restarts: i64) -> Option<Reason> {
        let is_well = matches!(tone, Tone::Ready | Tone::Completed);
        if is_well && restarts == 0 {
            return None;
        }
        // A Pod that has finished is stopped too, which is no reason for how it ended.
        let is_deleted = self.pod.metadata.deletion_timestamp.is_some();
        let is_telling = |rule: Rule| {
            let is_own = is_deleted || rule != Rule::PodTerminating;
            is_own && if is_well { is_restart(rule) } else { is_trouble(rule) }
        };
        let changes = self.view.rows().iter().rev().filter(|row| row.pod == *self.key).map(|row| row.moment);
        let causes = changes.flat_map(|moment| std::iter::once(moment).chain(self.view.causes(moment)));
        let mut found =
            causes.filter_map(|moment| Some((moment, self.telling(moment, is_telling, |why| !self.is_of_another(why))?)));
        let all = (0..self.view.len()).rev();
        let mut named = all.filter_map(|moment| Some((moment, self.telling(moment, is_telling, |why| self.is_named(why))?)));
        let (moment, index) = found.next().or_else(|| named.next())?;
        explain(self.view, moment, self.messages).reasons.into_iter().nth(index)
    }

    fn reason_lines(&self, reason: &Reason, above: &str) -> String {
        let mut text = format!("  Why: {}. {}\n", reason.title, reason.sentence);
        let message = self.messages.text("fact-message");
        for fact in &reason.facts {
            // Kubernetes' own message mostly stands above already.
            if fact.label != message || !above.contains(&fact.value) {
                text.push_str(&format!("    {}: {}\n", fact.label, fact.value));
            }
        }
        text.push_str(&self.style.dim(&format!("    {}\n    {}", reason.source, reason.docs)));
        text.push('\n');
        text
    }

    /// The last of a moment's reasons that counts.
    fn telling(&self, moment: usize, is_telling: impl Fn(Rule) -> bool, counts: impl Fn(&Why) -> bool) -> Option<usize> {
        let whys = &self.view.history().moments.get(moment)?.whys;
        whys.iter().rposition(|why| is_telling(why.rule) && counts(why))
    }

    /// Whether a reason is that of another Pod, which one step can deal with too.
    fn is_of_another(&self, why: &Why) -> bool {
        why.facts.iter().filter_map(Fact::object).any(|key| key.kind == Kind::Pod && key != self.key)
    }

    /// Whether a reason names the Pod or one of its containers.
    fn is_named(&self, why: &Why) -> bool {
        let is_container = |name: &str| self.containers().any(|container| container.name == name);
        why.facts.iter().any(|fact| fact.object() == Some(self.key) || fact.container().is_some_and(is_container))
    }
}

/// Whether a rule says what keeps a Pod from being well.
fn is_trouble(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::Unschedulable
            | Rule::SchedulingGated
            | Rule::Preempted
            | Rule::VolumesNotReady
            | Rule::NetworkNotReady
            | Rule::SandboxFailed
            | Rule::ImagePullFailed
            | Rule::ImagePullBackOff
            | Rule::ImageNeverPulled
            | Rule::ImageNameInvalid
            | Rule::ContainerConfigFailed
            | Rule::ContainerStartFailed
            | Rule::ContainerExited
            | Rule::CrashLoopBackOff
            | Rule::ContainerKilled
            | Rule::HookFailed
            | Rule::ProbeFailed
            | Rule::PodFinished
            | Rule::PodTerminating
            | Rule::DeadlineExceeded
            | Rule::PodEvicted
            | Rule::PodPreemptedByKubelet
            | Rule::PodNotAdmitted
    )
}

/// Whether a rule says why a container was restarted.
fn is_restart(rule: Rule) -> bool {
    matches!(rule, Rule::ContainerKilled | Rule::ProbeFailed | Rule::ContainerExited)
}

/// How a container is, if that is worth a line, and how its last run ended.
fn container_lines(container: &ContainerStatus) -> String {
    let state = container.state.as_ref();
    let has_ended_well = state.and_then(|state| state.terminated.as_ref()).is_some_and(|ended| ended.exit_code == 0);
    let is_fine = has_ended_well || (container.ready && state.is_some_and(|state| state.running.is_some()));
    let mut text = String::new();
    if let Some(state) = state.filter(|_| !is_fine).and_then(state_words) {
        text.push_str(&format!("  {}: {state}\n", container.name));
    }
    if let Some(last) = container.last_state.as_ref().and_then(state_words) {
        text.push_str(&format!("  {}, last run: {last}\n", container.name));
    }
    text
}

fn state_words(state: &ContainerState) -> Option<String> {
    if let Some(waiting) = &state.waiting {
        return Some(joined(waiting.reason.as_deref(), None, waiting.message.as_deref()));
    }
    if let Some(ended) = &state.terminated {
        let code = format!("exit code {}", ended.exit_code);
        return Some(joined(ended.reason.as_deref(), Some(&code), ended.message.as_deref()));
    }
    state.running.as_ref().map(|_| "running, not ready".to_owned())
}

fn joined(reason: Option<&str>, detail: Option<&str>, message: Option<&str>) -> String {
    let words: Vec<&str> =
        [reason, detail, message].into_iter().flatten().map(str::trim).filter(|word| !word.is_empty()).collect();
    words.join(", ").replace('\n', " ")
}
