//! Why a step happened, in sentences.

use podlapse_core::store::Change;
use podlapse_core::why::{Fact, Rule, Why};
use podlapse_model::api::core::v1::Event;
use podlapse_model::{ObjectKey, SimTime};
use serde::Serialize;

use crate::i18n::{Arg, Messages};
use crate::{RunView, clock, span};

/// A value that went into a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactLine {
    /// What it is.
    pub label: String,
    /// Its value, in Kubernetes' notation.
    pub value: String,
}

/// One rule that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The rule in a few words.
    pub title: String,
    /// What the rule says.
    pub sentence: String,
    /// What it was applied to.
    pub facts: Vec<FactLine>,
    /// The place in the Kubernetes source that it models.
    pub source: &'static str,
    /// The address of its page in the documentation.
    pub docs: String,
}

/// A step in a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The index of the moment.
    pub moment: usize,
    /// When.
    #[serde(serialize_with = "crate::time::seconds")]
    pub at: SimTime,
    /// What it was.
    pub title: String,
    /// How many steps of that title in a row stand for it.
    pub count: usize,
}

/// What a step wrote to one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    /// The object.
    #[serde(skip)]
    pub key: ObjectKey,
    /// `kind/name`.
    pub object: String,
    /// Created, changed or removed, in words.
    pub what: String,
}

/// Everything that is told of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The step in one line.
    pub title: String,
    /// Why, rule by rule.
    pub reasons: Vec<Reason>,
    /// What was written.
    pub changes: Vec<ChangeLine>,
    /// Calls to the runtime as `name`, `about`, outcome.
    pub calls: Vec<[String; 3]>,
    /// What caused it, the nearest cause first, back to the user's own action.
    pub chain: Vec<Link>,
}

/// Chains longer than this are cut: nobody reads on.
const LONGEST_CHAIN: usize = 24;

/// What there is to tell of a moment.
pub fn explain(run: &RunView, moment: usize, messages: &Messages) -> Explanation {
    let Some(shown) = run.history().moments.get(moment) else {
        let title = messages.text("why-nothing");
        return Explanation { title, reasons: Vec::new(), changes: Vec::new(), calls: Vec::new(), chain: Vec::new() };
    };
    let mut chain: Vec<Link> = Vec::new();
    for index in run.causes(moment).filter(|index| run.is_stop(*index)) {
        let title = title(run, index, messages);
        let is_full = LONGEST_CHAIN <= chain.len();
        match chain.last_mut() {
            Some(last) if last.title == title => last.count += 1,
            Some(_) if is_full => break,
            Some(_) | None => chain.push(Link { moment: index, at: run.at(index), title, count: 1 }),
        }
    }
    let calls = shown.calls.iter().map(|call| {
        let outcome = match (&call.error, call.took) {
            (Some(error), _) => error.clone(),
            (None, Some(took)) => span(took),
            (None, None) => String::new(),
        };
        [call.name.clone(), call.about.clone(), outcome]
    });
    Explanation {
        title: title(run, moment, messages),
        reasons: run.whys(moment).iter().map(|why| reason(why, messages)).collect(),
        changes: shown.changes.iter().map(|change| change_line(change, messages)).collect(),
        calls: calls.collect(),
        chain,
    }
}

/// A moment in one line.
pub(crate) fn title(run: &RunView, moment: usize, messages: &Messages) -> String {
    let Some(shown) = run.history().moments.get(moment) else { return messages.text("why-nothing") };
    if let Some(status) = run.new_status(moment) {
        return messages.with("title-status", &[("status", Arg::from(status))]);
    }
    if let Some(why) = run.whys(moment).first().filter(|_| !shown.changes.is_empty() || !shown.whys.is_empty()) {
        return rule_title(why, messages);
    }
    match shown.changes.first() {
        Some(change) => {
            let line = change_line(change, messages);
            format!("{} {}", line.object, line.what)
        }
        None => shown.calls.first().map_or_else(|| messages.text("why-nothing"), |call| call.name.clone()),
    }
}

/// The rule in a few words; some name what they are about.
fn rule_title(why: &Why, messages: &Messages) -> String {
    let word = why.facts.iter().find_map(|fact| if let Fact::Word(word) = fact { Some(&**word) } else { None });
    messages.with(&format!("rule-{}", why.rule.slug()), &[("word", Arg::from(word.unwrap_or_default()))])
}

/// What the word of a rule is; "value" would say too little.
const WORDS: [(Rule, &str); 15] = [
    (Rule::EventRecorded, "fact-reason"),
    (Rule::NodeStatusReported, "fact-reason"),
    (Rule::ContainerExited, "fact-reason"),
    (Rule::Reconciled, "fact-controller"),
    (Rule::PodFinished, "fact-phase"),
    (Rule::StatusGenerated, "fact-phase"),
    (Rule::SandboxCreated, "fact-address"),
    (Rule::ImagePresent, "fact-pull-policy"),
    (Rule::ContainerRestarted, "fact-restart-policy"),
    (Rule::HookFailed, "fact-hook"),
    (Rule::ProbeSucceeded, "fact-probe"),
    (Rule::ProbeFailed, "fact-probe"),
    (Rule::ContainerConfigFailed, "fact-reason"),
    (Rule::ContainerStartFailed, "fact-reason"),
    (Rule::PodNotAdmitted, "fact-reason"),
];

fn word_label(rule: Rule) -> &'static str {
    WORDS.iter().find(|(named, _)| *named == rule).map_or("fact-word", |(_, label)| label)
}

fn reason(why: &Why, messages: &Messages) -> Reason {
    let model = why.model();
    Reason {
        title: rule_title(why, messages),
        sentence: messages.text(&format!("rule-{}-why", why.rule.slug())),
        facts: why.facts.iter().map(|fact| fact_line(why.rule, fact, messages)).collect(),
        source: model.source,
        docs: format!("https://kubernetes.io/docs/{}", model.docs),
    }
}

fn fact_line(rule: Rule, fact: &Fact, messages: &Messages) -> FactLine {
    let line = |key: &str, value: String| FactLine { label: messages.text(key), value };
    match fact {
        Fact::Object(key) => line("fact-object", object_name(key)),
        Fact::Container(name) => line("fact-container", name.to_string()),
        Fact::Node(name) => line("fact-node", name.to_string()),
        Fact::Image(image) => line("fact-image", image.to_string()),
        Fact::ExitCode(code) => line("fact-exit-code", code.to_string()),
        Fact::RestartCount(count) => line("fact-restart-count", count.to_string()),
        Fact::Backoff { from, to, cap } => {
            let (length, until, cap) = (span(to.since(*from)), clock(*to), span(*cap));
            let args = [("length", Arg::from(&length)), ("until", Arg::from(&until)), ("cap", Arg::from(&cap))];
            line("fact-backoff", messages.with("fact-backoff-value", &args))
        }
        Fact::Drawn { value, min, max } => {
            let (value, min, max) = (span(*value), span(*min), span(*max));
            let args = [("value", Arg::from(&value)), ("min", Arg::from(&min)), ("max", Arg::from(&max))];
            line("fact-drawn", messages.with("fact-drawn-value", &args))
        }
        Fact::Grace(grace) => line("fact-grace", span(*grace)),
        Fact::Takes(takes) => line("fact-takes", span(*takes)),
        Fact::Count { have, want } => {
            let (have, want) = (have.to_string(), want.to_string());
            line("fact-count", messages.with("fact-count-value", &[("have", Arg::from(&have)), ("want", Arg::from(&want))]))
        }
        Fact::Field(path) => line("fact-field", (*path).to_owned()),
        Fact::Word(word) => line(word_label(rule), word.to_string()),
        Fact::Message(message) => line("fact-message", message.to_string()),
    }
}

pub(crate) fn object_name(key: &ObjectKey) -> String {
    match key.namespace.as_str() {
        "" | "default" => format!("{}/{}", key.kind.singular(), key.name),
        namespace => format!("{}/{} ({namespace})", key.kind.singular(), key.name),
    }
}

fn change_line(change: &Change, messages: &Messages) -> ChangeLine {
    let what = match (&change.before, &change.after) {
        (None, _) => "change-created",
        (Some(_), Some(_)) => "change-updated",
        (Some(_), None) => "change-removed",
    };
    let object = match change.object().typed::<Event>() {
        Some(event) => format!("event {}", event.reason.as_deref().unwrap_or_default()),
        None => object_name(&change.key),
    };
    ChangeLine { key: change.key.clone(), object, what: messages.text(what) }
}
