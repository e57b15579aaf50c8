//! `kubectl apply -f`, `create -f`, `replace -f` and `diff -f`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/{apply,create,replace,diff}` (v1.36), `apply` with client-side patches: what is not there is created;
//! what is there is patched with the difference between the last applied configuration, the file and the live object. Not modelled:
//! kustomizations, the conflicts of server-side apply.

use podlapse_core::client::{ClientView, Outcome, Turn};
use podlapse_core::store::{ApiError, Reason, Store};
use podlapse_manifest::{FieldValidation, Rejection, Submission, decoded, submit_with};
use podlapse_model::{Kind, Metadata, Object, SortedSet, go_text};
use serde_json::{Map, Value, json};

use super::batch::{Batch, DryRun, Plan, Printing};
use super::delete::Delete;
use super::flags::Arguments;
use super::report::{Report, failed, refusal, usage};
use super::subresource::Part;
use super::targets::{Targets, namespace_of};
use super::{Call, Running};
use crate::resources::{identified, is_namespaced};
use crate::strategic::{Problem, strategic_patch, three_way_patch};

/// Where `apply` remembers what it applied.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Which of the verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Apply,
    Create,
    Replace,
    Diff,
}

/// An object of a file.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) object: Object,
    /// As it stands in the file.
    written: Value,
    pub(super) source: String,
}

impl Given {
    /// What `apply` remembers of the file.
    pub(super) fn configuration(&self) -> String {
        let mut written = self.local();
        if written["metadata"]["annotations"].is_null() {
            written["metadata"]["annotations"] = json!({});
        }
        format!("{written}\n")
    }

    /// The object without what the API server would add.
    pub(super) fn into_written(self) -> Object {
        Object::from_json(self.object.kind(), self.written).unwrap_or(self.object)
    }

    /// The object as kubectl has it: as it stands in the file, in its namespace.
    fn local(&self) -> Value {
        let mut written = self.written.clone();
        if let (Some(fields), Some(namespace)) = (written.as_object_mut(), &self.object.metadata().namespace) {
            let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
            metadata["namespace"] = namespace.clone().into();
        }
        written
    }

    /// Plans that the object is created, with what `apply` remembers of it where that is asked for.
    fn create(&self, plan: &mut Plan, remembers: bool) {
        let (mut object, mut local) = (self.object.clone(), self.local());
        if remembers {
            let text = self.configuration();
            local["metadata"]["annotations"][LAST_APPLIED] = text.clone().into();
            object.metadata_mut().annotations.get_or_insert_default().insert(LAST_APPLIED.to_owned(), text);
        }
        plan.create_shown(object, local, "created");
    }
}

/// `kubectl diff -f FILE`, whose exit code 1 means that there is a difference: that of an error is a greater one.
pub(super) fn parse_diff(call: &Call<'_>) -> Result<Batch, Outcome> {
    parse(call, Doing::Diff).map_err(|outcome| Outcome { exit: 2, ..outcome })
}

/// Reads the line and the files.
pub(super) fn parse(call: &Call<'_>, doing: Doing) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    if !arguments.words.is_empty() {
        return Err(usage(call.verb, format!("Unexpected args: [{}]", arguments.words.join(" "))));
    }
    if arguments.get("filename").is_none() && arguments.get("kustomize").is_none() {
        return Err(match doing {
            Doing::Apply => failed("must specify one of -f and -k"),
            Doing::Create => failed("must specify one of -f and -k"),
            Doing::Replace => failed("must specify one of -f and -k"),
            Doing::Diff => failed("must specify one of -f and -k"),
        });
    }
    if let Some(flag) = ["edit", "raw"].into_iter().find(|flag| arguments.get(flag).is_some()) {
        return Err(failed(format!("kubectl {} --{flag} is not simulated", call.verb)));
    }
    let printing = Printing::read(call, &arguments)?;
    if let Some(wrong) = unfit(&arguments, printing.dry_run).filter(|_| doing == Doing::Apply) {
        return Err(failed(wrong));
    }
    let mut report = Report::default();
    let objects = read_sources(call, &arguments, &mut report)?;
    let selector = Targets::parse(&arguments, &[]).map_err(failed)?;
    let is_server_side = arguments.is_on("server-side");
    let part = Part::of(&arguments);
    let prunes = doing == Doing::Apply && super::prune::is_asked(&arguments)?;
    Ok(Batch::in_rounds(move |view, mut plan| {
        if plan.dealt == 0 {
            plan = Plan::new(&printing);
            plan.report = report.clone();
            plan.as_list = doing == Doing::Apply;
            plan.report.error_exit = if doing == Doing::Diff { 2 } else { 1 };
        }
        let meant: Vec<&Given> = objects.iter().filter(|given| selector.has_labels_of(&given.object)).collect();
        let mut looked_at = SortedSet::new();
        for given in meant.iter().skip(plan.dealt) {
            let object = &given.object;
            // What the file holds twice is looked at again once it is as it stands there first.
            if matches!(doing, Doing::Apply | Doing::Replace) && !looked_at.insert(object.key()) {
                plan.goes_on = true;
                return plan;
            }
            plan.dealt += 1;
            plan.source.clone_from(&given.source);
            if matches!(doing, Doing::Apply | Doing::Diff)
                && let Err(refused) = selector.caller.may(view.store, "get", &object.key())
            {
                plan.report.errors.push(super::authorize::unseen(refused, object, &given.source));
                continue;
            }
            match doing {
                Doing::Apply if is_server_side => apply_on_server(&mut plan, object, view.store),
                Doing::Apply => apply(&mut plan, given, view.store),
                Doing::Create => given.create(&mut plan, arguments.is_on("save-config")),
                Doing::Replace => replace(&mut plan, object, part, view.store),
                Doing::Diff => diff(&mut plan, given, view),
            }
        }
        if prunes && !plan.is_empty() {
            // Nothing is pruned where something was refused.
            plan.goes_on = true;
            return plan;
        }
        if prunes && plan.report.errors.is_empty() {
            let given: Vec<&Object> = meant.iter().map(|given| &given.object).collect();
            super::prune::prune(&mut plan, &given, &selector, view);
        }
        if plan.report.errors.is_empty() && objects.is_empty() {
            plan.fail(format!("no objects passed to {}", if doing == Doing::Replace { "replace" } else { "apply" }));
        }
        plan
    }))
}

/// What does not go together among the flags of `apply` (`ApplyOptions.Validate`).
fn unfit(arguments: &Arguments, dry_run: DryRun) -> Option<&'static str> {
    let [server, force, conflicts] = ["server-side", "force", "force-conflicts"].map(|flag| arguments.is_on(flag));
    match (server, force, dry_run) {
        (false, _, _) if conflicts => Some("--force-conflicts only works with --server-side"),
        (true, _, DryRun::Client) => {
            Some("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
        }
        (true, true, _) => Some("--force cannot be used with --server-side"),
        (_, true, DryRun::Server) => Some("--dry-run=server cannot be used with --force"),
        (_, _, _) if arguments.is_on("all") && arguments.get("selector").is_some() => {
            Some("cannot set --all and --selector at the same time")
        }
        (false, _, _) if arguments.get("subresource").is_some() => Some("--subresource can only be specified for --server-side"),
        (_, _, _) => None,
    }
}

/// `kubectl replace`, which with `--force` deletes first.
pub(super) fn parse_replace(call: &Call<'_>) -> Result<Running, Outcome> {
    let arguments = call.arguments()?;
    let replace = parse(call, Doing::Replace)?;
    if !arguments.is_on("force") {
        return Ok(Running::Batch(replace));
    }
    let create = parse(call, Doing::Create)?;
    let mut report = Report::default();
    let keys = read_files(call, &arguments, &mut report)?.iter().map(Object::key).collect();
    let grace = arguments.number("grace-period").filter(|seconds| *seconds >= 0).map(|seconds| seconds.max(1));
    Ok(Running::Replace(Replace { delete: Delete::of(keys, grace), create, said: None }))
}

/// `kubectl replace --force` in progress.
#[derive(Clone, Debug)]
pub(super) struct Replace {
    delete: Delete,
    create: Batch,
    /// What the deletion said, once it is over.
    said: Option<String>,
}

impl Replace {
    pub(super) fn resume(&mut self, view: &ClientView<'_>, answers: Vec<Result<Object, ApiError>>) -> Turn {
        let (said, answers) = match &self.said {
            Some(said) => (said.clone(), answers),
            None => {
                let turn = self.delete.resume(view, answers);
                let Turn::Done(Outcome { exit: 0, stdout, .. }) = turn else { return turn };
                (stdout, Vec::new())
            }
        };
        self.said = Some(said.clone());
        let turn = self.create.resume(view, answers);
        let Turn::Done(outcome) = turn else { return turn };
        let stdout = said + &outcome.stdout.replace(" created\n", " replaced\n");
        Turn::Done(Outcome { stdout, ..outcome })
    }
}

/// The objects of the files that the line names, in the namespace that it chooses. What cannot be read goes to the report.
///
/// # Errors
/// The end of the command where a file does not exist.
pub(super) fn read_files(call: &Call<'_>, arguments: &Arguments, report: &mut Report) -> Result<Vec<Object>, Outcome> {
    Ok(read_sources(call, arguments, report)?.into_iter().map(|given| given.object).collect())
}

/// As [`read_files`], each object with its file.
pub(super) fn read_sources(call: &Call<'_>, arguments: &Arguments, report: &mut Report) -> Result<Vec<Given>, Outcome> {
    if arguments.get("kustomize").is_some() {
        return Err(failed(format!("kubectl {} -k is not simulated: give the files with -f", call.verb)));
    }
    let validation = validation(arguments)?;
    let mut objects = Vec::new();
    for (path, text) in sources(call, arguments)? {
        let submission: Submission = submit_with(&text, validation);
        if submission.entries.is_empty() && submission.end.is_none() {
            return Err(failed(format!("no objects passed to {}", call.verb)));
        }
        report.stderr.extend(submission.warnings.iter().map(|warning| format!("Warning: {warning}\n")));
        let verb = if call.verb == "replace" { "replacing" } else { "creating" };
        for entry in submission.entries {
            let asked = (call.verb == "apply").then(|| unaskable(&entry.written, arguments, &path)).flatten();
            let outcome = match (entry.outcome, asked) {
                (Ok(_) | Err(Rejection::Server(_)), Some(refused)) => Err(refused),
                (outcome, _) => outcome,
            };
            match outcome.and_then(|object| in_namespace(object, &entry.written, arguments)) {
                Ok(object) => objects.push(Given { object, written: entry.written, source: path.clone() }),
                Err(error) => report.errors.push(sourced(error, verb, &path)),
            }
        }
        report.errors.extend(submission.end.map(|error| sourced(error, verb, &path)));
    }
    Ok(objects)
}

/// `--validate`.
///
/// # Errors
/// The end of the command for other values than kubectl knows.
pub(super) fn validation(arguments: &Arguments) -> Result<FieldValidation, Outcome> {
    match arguments.get("validate") {
        None | Some("true" | "strict") => Ok(FieldValidation::Strict),
        Some("warn") => Ok(FieldValidation::Warn),
        Some("false" | "ignore") => Ok(FieldValidation::Ignore),
        Some(other) => {
            Err(failed(format!("invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)")))
        }
    }
}

/// Why `apply` cannot ask for an object as it is now, for the sake of its name (`applyOneObject`, `Request.Name`).
fn unaskable(written: &Value, arguments: &Arguments, source: &str) -> Option<Rejection> {
    let text = |field: &str| written["metadata"][field].as_str().unwrap_or_default();
    let name = text("name");
    let problem = match (name, ['/', '%'].into_iter().find(|sign| name.contains(*sign))) {
        ("", _) if !text("generateName").is_empty() => {
            return Some(Rejection::Client(format!("from {}: cannot use generate name with apply", text("generateName"))));
        }
        ("", _) => "resource name may not be empty".to_owned(),
        (_, Some(sign)) => format!("invalid resource name {name:?}: [may not contain '{sign}']"),
        (_, None) => return None,
    };
    let is_it = |kind: &&Kind| written["kind"] == kind.name() && written["apiVersion"] == kind.api_version();
    let kind = Kind::MODELLED.iter().find(is_it)?;
    let namespace = match text("namespace") {
        _ if !kind.is_namespaced() => String::new(),
        "" => namespace_of(arguments),
        own => own.to_owned(),
    };
    let which = identified(kind.api_version(), kind.resource(), kind.name(), name, &namespace);
    Some(Rejection::Client(format!(
        "error when retrieving current configuration of:\n{which}\nfrom server for: {source:?}: {problem}"
    )))
}

/// An error with the file that it is about.
pub(super) fn sourced(error: Rejection, doing: &str, source: &str) -> Rejection {
    let Rejection::Server(mut status) = error else { return Rejection::Client(error.message(source)) };
    status.message = format!("error when {doing} {source:?}: {}", status.message);
    Rejection::Server(status)
}

/// Refuses files that are not there.
///
/// # Errors
/// kubectl's words for the first of them.
pub(super) fn check_paths(call: &Call<'_>, arguments: &Arguments) -> Result<(), Outcome> {
    sources(call, arguments).map(|_| ())
}

/// The texts of the files, by the names that kubectl uses for them.
fn sources(call: &Call<'_>, arguments: &Arguments) -> Result<Vec<(String, String)>, Outcome> {
    let mut sources = Vec::new();
    for path in arguments.all("filename") {
        if path == "-" {
            sources.push(("STDIN".to_owned(), call.line.stdin.as_deref().unwrap_or_default().to_owned()));
            continue;
        }
        if path.starts_with("http://") || path.starts_with("https://") {
            return Err(failed(format!("unable to read URL {path:?}: there is no network here, save it as a file first")));
        }
        let place = path.strip_prefix("./").unwrap_or(path);
        if let Some(text) = call.line.files.get(place) {
            sources.push((path.to_owned(), text.to_string()));
            continue;
        }
        let folder = match place.trim_end_matches('/') {
            "" | "." => String::new(),
            folder => format!("{folder}/"),
        };
        let is_deep = arguments.is_on("recursive");
        let inside = call.line.files.iter().filter(|(file, _)| {
            file.strip_prefix(folder.as_str()).is_some_and(|rest| !rest.starts_with('/') && (is_deep || !rest.contains('/')))
        });
        let manifests = |file: &str| [".json", ".yaml", ".yml"].iter().any(|ending| file.ends_with(ending));
        let before = sources.len();
        sources.extend(inside.filter(|(file, _)| manifests(file)).map(|(file, text)| (file.to_string(), text.to_string())));
        let is_folder = !folder.is_empty() && call.line.files.keys().any(|file| file.starts_with(folder.as_str()));
        if sources.len() == before && !is_folder {
            return Err(failed(format!("the path {path:?} does not exist")));
        }
    }
    if sources.is_empty() {
        let paths: Vec<&str> = arguments.all("filename").collect();
        return Err(failed(format!("error reading [{}]: recognized file extensions are [.json .yaml .yml]", paths.join(" "))));
    }
    Ok(sources)
}

/// The object in its namespace: its own, the one of the line, or `default`.
/// The object in the namespace that the line or the context chooses, unless the file names one.
fn in_namespace(mut object: Object, written: &Value, arguments: &Arguments) -> Result<Object, Rejection> {
    if !is_namespaced(&object) {
        return Ok(object);
    }
    let wanted = arguments.get("namespace");
    let own = written["metadata"]["namespace"].as_str().filter(|namespace| !namespace.is_empty());
    match (own, wanted) {
        (Some(own), Some(wanted)) if own != wanted => Err(Rejection::Client(format!(
            "the namespace from the provided object {own:?} does not match the namespace {wanted:?}. You must pass '--namespace={own}' \
             to perform this operation."
        ))),
        (Some(_), _) => Ok(object),
        (None, _) => {
            object.metadata_mut().namespace = Some(namespace_of(arguments));
            Ok(object)
        }
    }
}

fn apply(plan: &mut Plan, given: &Given, store: &Store) {
    let object = &given.object;
    let configuration = given.configuration();
    let mut modified: Value = serde_json::from_str(&configuration).unwrap_or_default();
    modified["metadata"]["annotations"][LAST_APPLIED] = configuration.into();
    let Some(live) = store.get(&object.key()) else {
        plan.doing.clear();
        return given.create(plan, true);
    };
    let current = live.to_json();
    let last = live.annotation(LAST_APPLIED);
    if last.is_none() {
        plan.report.stderr.push_str(&missing_annotation(live));
    }
    let original = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let merged = || -> Result<(Value, Value), Problem> {
        let patch = three_way_patch(&original, &modified, &current)?;
        let mut merged = current.clone();
        strategic_patch(&mut merged, &patch)?;
        Ok((patch, merged))
    };
    let (patch, merged) = match merged() {
        Ok(merged) => merged,
        Err(problem) => return plan.fail(problem.to_string()),
    };
    if patch.as_object().is_some_and(Map::is_empty) && plan.printing.dry_run != DryRun::Client {
        plan.say(live, "unchanged");
        return;
    }
    plan.doing = patching(live, &patch);
    let conflict = |changed: &Object| Part::conflict(changed, live).filter(|_| plan.printing.dry_run != DryRun::Client);
    match decoded(object.kind(), &merged) {
        Ok(changed) => match conflict(&changed) {
            Some(error) => plan.report.errors.push(sourced(refusal(&error), &plan.doing, &plan.source)),
            None => plan.update(changed, "configured"),
        },
        Err(error) => plan.fail(error),
    }
}

/// What is told of a patch that is refused, before the name of the file.
fn patching(live: &Object, patch: &Value) -> String {
    let (version, resource, kind) = if let Object::Unmodelled(other) = live {
        let resource = other.resource();
        (&*other.api_version, resource.split('.').next().unwrap_or_default().to_owned(), &*other.kind)
    } else {
        let kind = live.kind();
        (kind.api_version(), kind.resource().to_owned(), kind.name())
    };
    let (name, namespace) = (live.metadata().name.as_deref(), live.metadata().namespace.as_deref());
    let (name, namespace) = (name.unwrap_or_default(), namespace.unwrap_or_default());
    format!("applying patch:\n{}\nto:\n{}\nfor:", go_text::json(patch), identified(version, &resource, kind, name, namespace))
}

/// `apply --server-side`: every field of the file becomes the object's.
fn apply_on_server(plan: &mut Plan, object: &Object, store: &Store) {
    match store.get(&object.key()) {
        None => plan.create(object.clone(), "serverside-applied"),
        Some(live) => {
            let mut merged = live.to_json();
            if let Err(problem) = strategic_patch(&mut merged, &object.to_json()) {
                return plan.fail(problem.to_string());
            }
            update(plan, object, merged, "serverside-applied");
        }
    }
}

fn replace(plan: &mut Plan, object: &Object, part: Part, store: &Store) {
    plan.doing = "replacing".to_owned();
    let key = object.key();
    match store.get(&key) {
        None => {
            let source = plan.source.clone();
            plan.report.errors.push(sourced(missing(&key), "replacing", &source));
        }
        Some(live) => {
            let unfit = || (part == Part::Scale && part.is_served(live)).then(|| no_scale(object));
            if let Some(error) = Part::other(object, live).or_else(unfit) {
                let source = plan.source.clone();
                plan.report.errors.push(sourced(refusal(&error), "replacing", &source));
            } else if part.is_found(live, plan) {
                part.change(object.clone(), "replaced", plan);
            }
        }
    }
}

/// An object is not its scale: what the API server says of one that it cannot convert (`transformDecodeError`).
fn no_scale(object: &Object) -> ApiError {
    let (kind, version) = (object.kind().name(), object.kind().api_version());
    let version = version.rsplit('/').next().unwrap_or_default();
    let why = format!("converting ({version}.{kind}) to (autoscaling.Scale): unknown conversion");
    ApiError::new(Reason::BadRequest, format!("{kind} in version {version:?} cannot be handled as a Scale: {why}"))
}

fn update(plan: &mut Plan, object: &Object, json: Value, done: &str) {
    match Object::from_json(object.kind(), json) {
        Ok(changed) => plan.update(changed, done),
        Err(error) => plan.fail(error.to_string()),
    }
}

/// The lines that `apply` would change, as `diff -u` shows them.
fn diff(plan: &mut Plan, given: &Given, view: &ClientView<'_>) {
    let object = &given.object;
    let live = view.store.get(&object.key());
    let mut trial = Plan::default();
    trial.printing.dry_run = DryRun::Server;
    apply(&mut trial, given, view.store);
    let mut merged = match trial.outcome(view) {
        Ok(Some(merged)) => merged,
        Ok(None) => return,
        Err(error) => {
            plan.report.errors.push(error);
            return;
        }
    };
    if let Some(live) = live {
        // A trial leaves no revision behind.
        merged.metadata_mut().resource_version.clone_from(&live.metadata().resource_version);
    }
    let text = |object: Option<&Object>| object.map(crate::output::yaml_of).unwrap_or_default();
    let key = object.key();
    let kind = key.kind;
    let version = kind.api_version().replace('/', ".");
    let name = format!("{version}.{}.{}.{}", kind.name(), key.namespace, key.name);
    let (left, right) = (text(live), text(Some(&merged)));
    let lines = crate::output::unified(&left, &right);
    if lines.is_empty() {
        return;
    }
    // Its text begins as 2026-01-01T00:00:30; formats of jiff's would weigh more than all of diff.
    let now = view.wall.time(view.now).0.to_string();
    let stamp = format!("{}.000000000 +0000", now.get(..19).unwrap_or(&now).replace('T', " "));
    plan.report.say(format!("diff -u -N /tmp/LIVE-1/{name} /tmp/MERGED-2/{name}"));
    plan.report.say(format!("--- /tmp/LIVE-1/{name}\t{stamp}\n+++ /tmp/MERGED-2/{name}\t{stamp}"));
    plan.report.stdout.push_str(&lines);
    plan.report.exit = 1;
}

fn missing_annotation(live: &Object) -> String {
    let kind = live.kind().resource();
    let name = live.name();
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
