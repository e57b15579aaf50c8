//! `kubectl label` and `kubectl annotate`. Models `k8s.io/kubectl/pkg/cmd/label` and `pkg/cmd/annotate` (v1.36).

use std::collections::BTreeMap;

use podlapse_core::client::Outcome;
use podlapse_manifest::Rejection;
use podlapse_model::{Metadata, Object};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::report::failed;
use super::targets::Targets;

/// Which of the two maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Labels,
    Annotations,
}

/// What becomes of one key.
#[derive(Clone, Debug)]
enum Edit {
    Set(String, String),
    Remove(String),
}

/// Reads the line.
pub(super) fn parse(call: &Call<'_>, what: What) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let is_edit = |word: &String| word.find('=').is_some_and(|at| at > 0) || (word.ends_with('-') && word != "-");
    let first = arguments.words.iter().position(is_edit).unwrap_or(arguments.words.len());
    let (words, edits) = arguments.words.split_at(first);
    let noun = if what == What::Labels { "label" } else { "annotation" };
    if let Some(word) = edits.iter().find(|word| !is_edit(word)) {
        return Err(failed(format!("all resources must be specified before {noun} changes: {word}")));
    }
    let lists = arguments.is_on("list");
    let given = edits.iter().map(|word| read_edit(word, what)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    if lists && printing.format.is_some() {
        return Err(failed("--list and --output may not be specified together"));
    }
    let is_given = |flag: &str| arguments.is_given(flag);
    if let Some(flag) = ["selector", "field-selector"].into_iter().find(|flag| arguments.is_on("all") && is_given(flag)) {
        return Err(failed(format!("cannot set --all and --{flag} at the same time")));
    }
    let printing = printing.locally(&arguments, words)?;
    if words.is_empty() && !is_given("filename") {
        return Err(failed("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    if edits.is_empty() && !lists {
        return Err(failed(format!("at least one {noun} update is required")));
    }
    let edits = given;
    let mut targets = Targets::parse(&arguments, words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if !lists {
        targets.require_names(&arguments).map_err(failed)?;
    }
    let names_version = is_given("resource-version");
    contradiction(&edits, what).map_or(Ok(()), |message| Err(failed(message)))?;
    let overwrites = arguments.is_on("overwrite");
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.is_apart = what == What::Labels;
        let found: Vec<_> = targets.resolve(view.store).collect();
        let is_one = found.len() == 1;
        if names_version && !is_one {
            plan.fail("--resource-version may only be used with a single resource");
            return plan;
        }
        for target in found {
            match target {
                Ok(object) if lists => list(&mut plan, &object, what, is_one),
                Ok(object) => edit(&mut plan, object, what, &edits, overwrites),
                Err(error) => plan.report.errors.push(error),
            }
        }
        plan
    }))
}

/// `--list`.
fn list(plan: &mut Plan, object: &Object, what: What, is_one: bool) {
    let metadata = object.metadata();
    let (noun, held) = if what == What::Labels { ("labels", &metadata.labels) } else { ("annotations", &metadata.annotations) };
    let indent = if is_one { "" } else { " " };
    if !is_one {
        let (kind, name) = (object.kind(), metadata.name());
        plan.report.say(format!("Listing {noun} for {}.{}/{name}:", kind.name(), kind.group()));
    }
    for (key, value) in held.iter().flatten() {
        plan.report.say(format!("{indent}{key}={value}"));
    }
}

fn read_edit(word: &str, what: What) -> Result<Edit, String> {
    let noun = if what == What::Labels { "label" } else { "annotation" };
    match (word.split_once('='), word.strip_suffix('-')) {
        (Some((_, value)), _) if what == What::Labels && value.contains('=') => Err(format!("invalid label spec: {word}")),
        (Some((key, value)), _) => match podlapse_model::field::label_value_errors(value).join(";") {
            wrong if what == What::Labels && !wrong.is_empty() => Err(format!("invalid label value: {word:?}: {wrong}")),
            _ => Ok(Edit::Set(key.to_owned(), value.to_owned())),
        },
        (None, Some(key)) => Ok(Edit::Remove(key.to_owned())),
        (None, None) => Err(format!("unknown {noun} spec: {word}")),
    }
}

/// What is wrong with edits that set and remove the same keys.
fn contradiction(edits: &[Edit], what: What) -> Option<String> {
    let is_set = |key: &String| edits.iter().any(|edit| matches!(edit, Edit::Set(set, _) if set == key));
    let both: Vec<&str> = edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::Remove(key) if is_set(key) => Some(key.as_str()),
            Edit::Remove(_) | Edit::Set(..) => None,
        })
        .collect();
    match (both.is_empty(), what) {
        (true, _) => None,
        (false, What::Labels) => Some("can not both modify and remove a label in the same command".to_owned()),
        (false, What::Annotations) => {
            let both = both.join(", ");
            Some(format!("can not both modify and remove the following annotation(s) in the same command: {both}"))
        }
    }
}

fn edit(plan: &mut Plan, mut object: Object, what: What, edits: &[Edit], overwrites: bool) {
    let metadata = object.metadata();
    let held = if what == What::Labels { &metadata.labels } else { &metadata.annotations };
    let before = held.clone().unwrap_or_default();
    if !overwrites && let Some(message) = conflict(&before, edits, what) {
        plan.report.errors.push(Rejection::Client(message));
        return;
    }
    let mut after = before.clone();
    for edit in edits {
        match edit {
            Edit::Set(key, value) => _ = after.insert(key.clone(), value.clone()),
            Edit::Remove(key) if after.remove(key).is_some() => {}
            Edit::Remove(key) if what == What::Labels => plan.tell(format!("label {key:?} not found.")),
            Edit::Remove(_) => {}
        }
    }
    let is_added = after.iter().any(|(key, value)| before.get(key) != Some(value));
    let is_removed = before.keys().any(|key| !after.contains_key(key));
    let done = match (what, is_added, is_removed) {
        (What::Labels, false, false) => return plan.say(&object, "not labeled"),
        (What::Labels, true, true) => "modified",
        (What::Labels, true, false) => "labeled",
        (What::Labels, false, true) => "unlabeled",
        (What::Annotations, _, _) => "annotated",
    };
    let after = (!after.is_empty()).then_some(after);
    let metadata = object.metadata_mut();
    match what {
        What::Labels => metadata.labels = after,
        What::Annotations => metadata.annotations = after,
    }
    plan.update(object, done);
}

/// Why a value may not be changed without `--overwrite`.
fn conflict(before: &BTreeMap<String, String>, edits: &[Edit], what: What) -> Option<String> {
    let taken: Vec<String> = edits
        .iter()
        .filter_map(|edit| match edit {
            // What caused a change may always be told anew.
            Edit::Set(key, _) if what == What::Annotations && key == "kubernetes.io/change-cause" => None,
            Edit::Set(key, value) => before.get(key).filter(|old| *old != value).map(|old| match what {
                What::Labels => format!("'{key}' already has a value ({old}), and --overwrite is false"),
                What::Annotations => format!("'{key}' already has a value ({old})"),
            }),
            Edit::Remove(_) => None,
        })
        .collect();
    match (what, taken.as_slice()) {
        (_, []) => None,
        (What::Labels, [one]) => Some(one.clone()),
        (What::Labels, several) => Some(format!("[{}]", several.join(", "))),
        (What::Annotations, taken) => {
            Some(format!("--overwrite is false but found the following declared annotation(s): {}", taken.join("; ")))
        }
    }
}
