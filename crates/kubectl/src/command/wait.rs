//! `kubectl wait` and `kubectl rollout status`. Models `k8s.io/kubectl/pkg/cmd/wait` and `pkg/cmd/rollout` (v1.36).

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_manifest::Rejection;
use podlapse_model::{Metadata, Object, ObjectKey, SimDuration, SimTime, Uid};
use serde_json::Value;

use super::Call;
use super::flags::Arguments;
use super::report::{Report, failed};
use super::status::status;
use super::targets::{Targets, title};
use crate::output::JsonPath;

const WEEK: SimDuration = SimDuration::from_secs(7 * 24 * 3_600);

/// What is waited for.
#[derive(Clone, Debug)]
enum Until {
    Deleted,
    Created,
    Condition {
        kind: String,
        status: String,
    },
    /// A value at a path; any where none is given.
    Path {
        path: JsonPath,
        value: Option<String>,
    },
    RolledOut {
        revision: i64,
        watches: bool,
    },
}

/// A command that waits for a state of some objects, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    targets: Targets,
    /// Of each object in this order.
    until: Vec<Until>,
    /// How many of them are met by the first of those that are left.
    met: usize,
    timeout: SimDuration,
    deadline: Option<SimTime>,
    left: Vec<(ObjectKey, Uid)>,
    seen: Option<String>,
    /// `-o name`.
    prints_names: bool,
    report: Report,
}

impl Wait {
    fn new(targets: Targets, until: Vec<Until>, timeout: SimDuration) -> Wait {
        Wait {
            targets,
            until,
            met: 0,
            timeout,
            deadline: None,
            left: Vec::new(),
            seen: None,
            prints_names: false,
            report: Report::default(),
        }
    }
}

/// A timeout; a negative one means a week.
fn timeout(arguments: &Arguments, default: SimDuration) -> SimDuration {
    arguments.get("timeout").map_or(default, |_| arguments.duration("timeout").unwrap_or(WEEK))
}

/// `kubectl wait --for=... TYPE/NAME`.
pub(super) fn parse_wait(call: &Call<'_>) -> Result<Wait, Outcome> {
    let arguments = call.arguments()?;
    let timeout = timeout(&arguments, SimDuration::from_secs(30));
    let until: Vec<Until> = arguments.all("for").map(until).collect::<Result<_, _>>().map_err(failed)?;
    if until.is_empty() {
        return Err(failed("unrecognized condition: []"));
    }
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if targets.is_empty() {
        return Err(failed(super::targets::NOTHING));
    }
    targets.require_names(&arguments).map_err(failed)?;
    let prints_names = arguments.get("output") == Some("name");
    Ok(Wait { prints_names, ..Wait::new(targets, until, timeout) })
}

/// `conditionFuncFor`.
fn until(word: &str) -> Result<Until, String> {
    if word.eq_ignore_ascii_case("delete") {
        return Ok(Until::Deleted);
    }
    if word.eq_ignore_ascii_case("create") {
        return Ok(Until::Created);
    }
    if let Some(condition) = word.strip_prefix("condition=") {
        let (kind, status) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(Until::Condition { kind: kind.to_owned(), status: status.to_owned() });
    }
    let Some(input) = word.strip_prefix("jsonpath=") else { return Err(format!("unrecognized condition: {word:?}")) };
    // A single `=` parts path and value, a double one belongs to a filter.
    let parts: Vec<String> = input.replace("==", "\u{0}").split('=').map(|part| part.replace('\u{0}', "==")).collect();
    match parts.as_slice() {
        [path] => Ok(Until::Path { path: JsonPath::parse_relaxed(path)?, value: None }),
        [path, value] => {
            let value = value.trim_matches(['\'', '"']);
            if value.is_empty() {
                return Err(
                    "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"
                        .to_owned(),
                );
            }
            Ok(Until::Path { path: JsonPath::parse_relaxed(path)?, value: Some(value.to_owned()) })
        }
        _ => Err("jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                  --for=jsonpath='{.status.readyReplicas}'"
            .to_owned()),
    }
}

/// `kubectl rollout status deployment/NAME`.
pub(super) fn parse_status(call: &Call<'_>) -> Result<Wait, Outcome> {
    let arguments = call.arguments()?;
    let timeout = timeout(&arguments, SimDuration::ZERO);
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if targets.is_empty() {
        return Err(failed("required resource not specified"));
    }
    let revision = arguments.number("revision").unwrap_or_default();
    if revision < 0 {
        return Err(failed(format!("revision must be a positive integer: {revision}")));
    }
    let until = vec![Until::RolledOut { revision, watches: arguments.is_on_by_default("watch") }];
    Ok(Wait::new(targets, until, if timeout == SimDuration::ZERO { WEEK } else { timeout }))
}

fn is_rollout(until: &Until) -> bool {
    matches!(until, Until::RolledOut { .. })
}

fn is_creation(until: &Until) -> bool {
    matches!(until, Until::Created)
}

fn is_deletion(until: &Until) -> bool {
    matches!(until, Until::Deleted)
}

impl Wait {
    /// What has been printed so far.
    pub(super) fn printed(&self) -> Outcome {
        Outcome { stdout: self.report.stdout.clone(), ..Outcome::default() }
    }

    pub(super) fn resume(&mut self, view: &ClientView<'_>) -> Turn {
        let deadline = match self.deadline {
            Some(deadline) => deadline,
            None => {
                let deadline = view.now + self.timeout;
                self.deadline = Some(deadline);
                if let Some(end) = self.begin(view) {
                    return Turn::Done(end);
                }
                deadline
            }
        };
        // The objects are waited for one after the other; when the time is up, each is looked at once more.
        let is_late = deadline <= view.now;
        for (key, uid) in std::mem::take(&mut self.left) {
            if !self.left.is_empty() {
                self.left.push((key, uid));
            } else if self.are_met(&key, &uid, view) || !self.report.errors.is_empty() {
                self.met = 0;
                if self.is_for(is_rollout) && !self.report.errors.is_empty() {
                    break;
                }
            } else if is_late || self.looks_once() {
                self.give_up(&key);
                self.met = 0;
            } else {
                self.left.push((key, uid));
            }
        }
        if self.left.is_empty() {
            return Turn::Done(std::mem::take(&mut self.report).end("", ""));
        }
        Turn::Wait { until: Some(deadline) }
    }

    /// `rollout status --watch=false`.
    fn looks_once(&self) -> bool {
        self.is_for(|until| matches!(until, Until::RolledOut { watches: false, .. }))
    }

    /// Whether one of the things that are waited for is such.
    fn is_for(&self, such: fn(&Until) -> bool) -> bool {
        self.until.iter().any(such)
    }

    /// Whether an object is by now as each part of the line wants it.
    fn are_met(&mut self, key: &ObjectKey, uid: &Uid, view: &ClientView<'_>) -> bool {
        while let Some(until) = self.until.get(self.met).cloned() {
            if !self.is_met(&until, key, uid, view) {
                return false;
            }
            self.met += 1;
        }
        true
    }

    fn give_up(&mut self, key: &ObjectKey) {
        let name = format!("{}/{}", key.kind.resource(), key.name);
        let Some(until) = self.until.get(self.met) else { return };
        let message = match until {
            Until::RolledOut { watches: false, .. } => return,
            Until::RolledOut { .. } | Until::Created => "timed out waiting for the condition".to_owned(),
            _ if self.timeout == SimDuration::ZERO => format!("condition not met for {name}"),
            Until::Deleted | Until::Condition { .. } | Until::Path { .. } => {
                format!("timed out waiting for the condition on {name}")
            }
        };
        self.report.errors.push(Rejection::Client(message));
    }

    /// Finds the objects; an outcome ends the command at once.
    fn begin(&mut self, view: &ClientView<'_>) -> Option<Outcome> {
        let (creates, deletes) = (self.is_for(is_creation), self.is_for(is_deletion));
        if creates && !self.targets.names.is_empty() {
            self.left = self.targets.names.iter().map(|(kind, name)| (self.targets.key(*kind, name), Uid::default())).collect();
            return None;
        }
        let mut report = Report::default();
        for target in self.targets.resolve(view.store) {
            match target {
                Ok(object) => self.left.push((object.key(), object.uid())),
                Err(Rejection::Server(status)) if deletes && status.reason == "NotFound" => {}
                Err(error) => report.errors.push(error),
            }
        }
        if self.left.is_empty() && report.errors.is_empty() && self.is_for(is_rollout) {
            return Some(Outcome { stderr: self.targets.nothing(), ..Outcome::default() });
        }
        if self.left.is_empty() && report.errors.is_empty() && !deletes {
            return Some(failed("no matching resources found"));
        }
        if self.left.is_empty() && !report.errors.is_empty() {
            return Some(report.end("", ""));
        }
        self.report = report;
        None
    }

    fn is_met(&mut self, until: &Until, key: &ObjectKey, uid: &Uid, view: &ClientView<'_>) -> bool {
        let object = view.store.get(key).filter(|object| object.uid() == *uid || uid.as_str().is_empty());
        let line = match (until, object) {
            (Until::Deleted, None) => {
                format!("{}/{} condition met", crate::resources::with_group(key.kind, key.kind.singular()), key.name)
            }
            (Until::Deleted, Some(_)) => return false,
            (Until::RolledOut { revision, .. }, Some(object)) => return self.rolled_out(object, *revision),
            (Until::Created, Some(object)) => format!("{} condition met", title(object)),
            (Until::Condition { kind, status }, Some(object)) if has_condition(object, kind, status) => {
                format!("{} condition met", title(object))
            }
            (Until::Path { path, value }, Some(object)) if has_value(object, path, value.as_deref()) => {
                format!("{} condition met", title(object))
            }
            (Until::Condition { .. } | Until::Path { .. }, Some(_)) | (Until::Created, None) => return false,
            (Until::RolledOut { .. }, None) => {
                self.report.errors.push(Rejection::Client("object has been deleted".to_owned()));
                return false;
            }
            (Until::Condition { .. } | Until::Path { .. }, None) => {
                self.report.errors.push(super::apply::missing(key));
                return false;
            }
        };
        let line = if self.prints_names { line.strip_suffix(" condition met").unwrap_or(&line) } else { &line };
        self.report.say(line);
        true
    }

    /// Says how far the rollout is, once for each change of the object.
    fn rolled_out(&mut self, object: &Object, revision: i64) -> bool {
        match status(object, revision) {
            Err(message) => {
                self.report.errors.push(Rejection::Client(message));
                false
            }
            Ok((text, done)) => {
                let version = &object.metadata().resource_version;
                if version.is_none() || *version != self.seen {
                    self.report.say(&text);
                    self.seen.clone_from(version);
                }
                done
            }
        }
    }
}

/// `checkCondition`: a condition that speaks of an older generation is passed over.
fn has_condition(object: &Object, kind: &str, status: &str) -> bool {
    let json = object.to_json();
    let conditions = json.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    let Some(condition) = conditions.iter().find(|condition| text(condition, "type").eq_ignore_ascii_case(kind)) else {
        return false;
    };
    let observed = condition["observedGeneration"].as_i64().or_else(|| json.pointer("/status/observedGeneration")?.as_i64());
    let is_old =
        json.pointer("/metadata/generation").and_then(Value::as_i64).is_some_and(|now| observed.is_some_and(|o| o < now));
    !is_old && text(condition, "status").eq_ignore_ascii_case(status)
}

fn has_value(object: &Object, path: &JsonPath, value: Option<&str>) -> bool {
    let found = path.find(&object.to_json());
    match (found.as_slice(), value) {
        ([], _) => false,
        (_, None) => true,
        ([one], Some(value)) => crate::output::plain(one) == value,
        (_, Some(_)) => false,
    }
}
