//! `kubectl apply -f` and `kubectl create -f`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/apply` with client-side patches (v1.36) and `pkg/cmd/create`: what is not there is created; what is
//! there is, by `apply`, patched with the difference between the last applied configuration, the file and the live object.

use podlapse_core::client::Outcome;
use podlapse_core::store::{ApiError, Store};
use podlapse_manifest::{Rejection, submit};
use podlapse_model::Object;
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, CLIENT_DRY_RUN, Plan};
use super::flags::{Arguments, Flag, FlagKind, on, text};
use super::report::{Report, failed, refusal};
use crate::merge::three_way;

/// The flags that name files.
pub(super) const FILE_FLAGS: &[Flag] = &[text("filename", Some('f')), on("recursive", Some('R'))];

/// The flags beside those that choose objects.
pub(super) const FLAGS: &[Flag] = &[
    Flag { long: "dry-run", short: None, kind: FlagKind::Optional("unchanged") },
    Flag { long: "validate", short: None, kind: FlagKind::Optional("strict") },
    on("server-side", None),
    on("force", None),
    on("save-config", None),
    on("wait", None),
    text("selector", Some('l')),
    text("output", Some('o')),
    text("field-manager", None),
];

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Which of the two verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Apply,
    Create,
}

/// Reads the line and the files.
pub(super) fn parse(call: &Call<'_>, doing: Doing) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let Some(file) = arguments.get("filename").map(str::to_owned) else {
        return Err(failed("must specify one of -f and -k"));
    };
    if !arguments.words.is_empty() {
        let words = arguments.words.join(" ");
        return Err(failed(format!("Unexpected args: [{words}]\nSee 'kubectl {} -h' for help and examples", call.verb)));
    }
    let mut report = Report::default();
    let objects = read_files(call, &arguments, &mut report)?;
    let dry_run = match arguments.get("dry-run") {
        None | Some("none") => None,
        Some("server") => Some("(server dry run)"),
        Some("client" | "unchanged") => Some(CLIENT_DRY_RUN),
        Some(other) => {
            return Err(failed(format!("Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\".")));
        }
    };
    Ok(Batch::new(move |view| {
        let mut plan = Plan {
            report: report.clone(),
            steps: Vec::new(),
            doing: "creating",
            file: if file == "-" { "STDIN".to_owned() } else { file.clone() },
        };
        for object in &objects {
            match doing {
                Doing::Apply => apply(&mut plan, object, view.store),
                Doing::Create => plan.create(object.clone()),
            }
        }
        if let Some(dry_run) = dry_run {
            plan.do_as_if(dry_run);
        }
        plan
    }))
}

/// The objects of the files that the line names, in the namespace that it chooses. What cannot be read goes to the report.
///
/// # Errors
/// The end of the command where a file does not exist.
pub(super) fn read_files(call: &Call<'_>, arguments: &Arguments, report: &mut Report) -> Result<Vec<Object>, Outcome> {
    let mut objects = Vec::new();
    for path in arguments.all("filename") {
        let text = match path {
            "-" => call.line.stdin.as_deref().unwrap_or_default(),
            _ => call.line.files.get(path).ok_or_else(|| failed(format!("the path {path:?} does not exist")))?,
        };
        let submission = submit(text);
        if submission.entries.is_empty() && submission.end.is_none() {
            return Err(failed(format!("no objects passed to {}", call.verb)));
        }
        for entry in submission.entries {
            match entry.outcome.map(|object| in_namespace(object, arguments.get("namespace"))) {
                Ok(Ok(object)) => objects.push(object),
                Ok(Err(error)) | Err(error) => report.errors.push(error),
            }
        }
        report.errors.extend(submission.end);
    }
    Ok(objects)
}

/// The object in its namespace: its own, the one of the line, or `default`.
fn in_namespace(mut object: Object, wanted: Option<&str>) -> Result<Object, Rejection> {
    if !object.kind().is_namespaced() {
        return Ok(object);
    }
    let own = object.metadata().namespace.clone().filter(|namespace| !namespace.is_empty());
    match (own, wanted) {
        (Some(own), Some(wanted)) if own != wanted => Err(Rejection::Client(format!(
            "the namespace from the provided object {own:?} does not match the namespace {wanted:?}. You must pass '--namespace={own}' \
             to perform this operation."
        ))),
        (Some(_), _) => Ok(object),
        (None, wanted) => {
            object.metadata_mut().namespace = Some(wanted.unwrap_or("default").to_owned());
            Ok(object)
        }
    }
}

fn apply(plan: &mut Plan, object: &Object, store: &Store) {
    let mut modified = object.to_json();
    modified["metadata"].as_object_mut().map(|metadata| metadata.entry("annotations").or_insert_with(|| json!({})));
    let configuration = format!("{modified}\n");
    modified["metadata"]["annotations"][LAST_APPLIED] = configuration.clone().into();
    let read = |value: Value| Object::from_json(object.kind(), value);
    let Some(live) = store.get(&object.key()) else {
        match read(modified) {
            Ok(object) => plan.create(object),
            Err(error) => plan.report.errors.push(Rejection::Client(error.to_string())),
        }
        return;
    };
    let current = live.to_json();
    let last = live.metadata().annotations.as_ref().and_then(|annotations| annotations.get(LAST_APPLIED));
    if last.is_none() {
        plan.report.stderr.push_str(&missing_annotation(live));
    }
    let original = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let merged = three_way(&original, &modified, &current);
    if merged == current {
        plan.say(live, "unchanged");
        return;
    }
    match read(merged) {
        Ok(merged) => plan.update(merged, "configured"),
        Err(error) => plan.report.errors.push(Rejection::Client(error.to_string())),
    }
}

fn missing_annotation(live: &Object) -> String {
    let kind = live.kind().resource();
    let name = live.metadata().name.as_deref().unwrap_or_default();
    format!(
        "Warning: resource {kind}/{name} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply \
         should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing \
         annotation will be patched automatically.\n"
    )
}

/// The objects of these keys, or that they are not there.
pub(super) fn missing(key: &podlapse_model::ObjectKey) -> Rejection {
    refusal(&ApiError::not_found(key))
}
