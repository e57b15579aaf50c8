//! Which objects a command line speaks of.
//!
//! Models `k8s.io/cli-runtime/pkg/resource.Builder`: `TYPE`, `TYPE NAME...`, `TYPE,TYPE`, `TYPE/NAME...`, label and field selectors,
//! and the messages for what does not fit together.

use podlapse_core::client::Outcome;
use podlapse_core::store::{ApiError, Store};
use podlapse_manifest::{Rejection, Status};
use podlapse_model::{Kind, Object, ObjectKey, Selector};
use serde_json::Value;

use super::Call;
use super::apply::read_files;
use super::flags::{Arguments, Flag, on, text};
use super::report::{Report, failed, refusal};
use crate::resources::{kinds_named, with_group};

/// The flags by which objects are chosen.
pub(super) const SELECTION: &[Flag] =
    &[text("selector", Some('l')), text("field-selector", None), on("all-namespaces", Some('A'))];

/// The objects that are meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    /// Kinds of which all that are selected are meant.
    pub(super) kinds: Vec<Kind>,
    /// Objects by name.
    pub(super) names: Vec<(Kind, String)>,
    /// Objects of files.
    pub(super) keys: Vec<ObjectKey>,
    /// The namespace; `None` means all.
    pub(super) namespace: Option<String>,
    selector: Option<Selector>,
    label_text: String,
    fields: Vec<FieldRequirement>,
    field_text: String,
}

#[derive(Clone, Debug)]
struct FieldRequirement {
    path: String,
    equals: bool,
    value: String,
}

/// The namespace that the flags choose.
pub(super) fn namespace_of(arguments: &Arguments) -> String {
    arguments.get("namespace").filter(|namespace| !namespace.is_empty()).unwrap_or("default").to_owned()
}

impl Targets {
    /// The targets that these words name. None without words.
    ///
    /// # Errors
    /// What does not fit, as kubectl says it after `error: `.
    pub(super) fn parse(arguments: &Arguments, words: &[String]) -> Result<Targets, String> {
        let mut targets =
            Targets { namespace: (!arguments.is_on("all-namespaces")).then(|| namespace_of(arguments)), ..Targets::default() };
        if let Some(text) = arguments.get("selector").filter(|text| !text.is_empty()) {
            targets.selector = Some(Selector::parse(text).map_err(|error| error.to_string())?);
            targets.label_text = text.to_owned();
        }
        if let Some(text) = arguments.get("field-selector").filter(|text| !text.is_empty()) {
            targets.fields = parse_fields(text)?;
            targets.field_text = text.to_owned();
        }
        match words {
            [] => {}
            [first, ..] if first.contains('/') => {
                for word in words {
                    let (kind, name) = type_and_name(word)?;
                    targets.names.push((kind, name));
                }
            }
            [kinds] => targets.kinds = each_kind(kinds)?,
            [kinds, names @ ..] => {
                if names.iter().any(|name| name.contains('/')) {
                    return Err(SEPARATE_TYPE.to_owned());
                }
                for kind in each_kind(kinds)? {
                    targets.names.extend(names.iter().map(|name| (kind, name.clone())));
                }
            }
        }
        if !targets.names.is_empty() && (targets.selector.is_some() || !targets.fields.is_empty()) {
            return Err("name cannot be provided when a selector is specified".to_owned());
        }
        if !targets.names.is_empty() && targets.namespace.is_none() && targets.names.iter().any(|(kind, _)| kind.is_namespaced())
        {
            return Err("a resource cannot be retrieved by name across all namespaces".to_owned());
        }
        Ok(targets)
    }

    /// Whether a label or field selector was given.
    pub(super) fn has_selector(&self) -> bool {
        self.selector.is_some() || !self.fields.is_empty()
    }

    /// Whether nothing was named at all.
    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.names.is_empty() && self.keys.is_empty()
    }

    /// Refuses types without names, unless the flags choose among their objects.
    ///
    /// # Errors
    /// kubectl's words for it.
    pub(super) fn require_names(&self, arguments: &Arguments) -> Result<(), String> {
        let chooses = self.has_selector() || arguments.is_on("all");
        if self.kinds.is_empty() || chooses { Ok(()) } else { Err(NO_NAME.to_owned()) }
    }

    /// Adds the objects that the files of `-f` name.
    ///
    /// # Errors
    /// The end of the command where a file cannot be read.
    pub(super) fn add_files(&mut self, call: &Call<'_>, arguments: &Arguments) -> Result<(), Outcome> {
        if arguments.get("filename").is_none() {
            return Ok(());
        }
        if !self.is_empty() {
            return Err(failed(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        let mut report = Report::default();
        self.keys = read_files(call, arguments, &mut report)?.iter().map(Object::key).collect();
        if report.errors.is_empty() { Ok(()) } else { Err(report.end("", "")) }
    }

    /// Where an object of this name is.
    pub(super) fn key(&self, kind: Kind, name: &str) -> ObjectKey {
        let namespace = if kind.is_namespaced() { self.namespace.as_deref().unwrap_or("default") } else { "" };
        ObjectKey::new(kind, namespace, name)
    }

    /// The objects that are there, each kind by namespace and name, or why one is not.
    pub(super) fn resolve(&self, store: &Store) -> Vec<Result<Object, Rejection>> {
        let named = self.names.iter().map(|(kind, name)| {
            let key = self.key(*kind, name);
            store.get(&key).cloned().ok_or_else(|| refusal(&ApiError::not_found(&key)))
        });
        let keyed = self.keys.iter().map(|key| store.get(key).cloned().ok_or_else(|| refusal(&ApiError::not_found(key))));
        named.chain(keyed).chain(self.kinds.iter().flat_map(|kind| self.list(store, *kind))).collect()
    }

    /// The selected objects of a kind.
    pub(super) fn list(&self, store: &Store, kind: Kind) -> Vec<Result<Object, Rejection>> {
        if let Some(field) = self.fields.iter().find(|field| !is_field_of(kind, &field.path)) {
            let message = format!(
                "Unable to find {:?} that match label selector {:?}, field selector {:?}: {}",
                with_group_version(kind),
                self.label_text,
                self.field_text,
                unknown_field(kind, &field.path)
            );
            return vec![Err(Rejection::Server(Status::bad_request(message)))];
        }
        store.list(kind).filter(|object| self.selects(object)).cloned().map(Ok).collect()
    }

    /// Whether an object has the labels that were asked for.
    pub(super) fn has_labels_of(&self, object: &Object) -> bool {
        let labels = object.metadata().labels.clone().unwrap_or_default();
        self.selector.as_ref().is_none_or(|selector| selector.matches(&labels))
    }

    /// Whether an object of one of the kinds is in the namespace and selected.
    pub(super) fn selects(&self, object: &Object) -> bool {
        let metadata = object.metadata();
        let in_namespace = match &self.namespace {
            Some(namespace) if object.kind().is_namespaced() => metadata.namespace.as_ref() == Some(namespace),
            Some(_) | None => true,
        };
        let labels = metadata.labels.clone().unwrap_or_default();
        in_namespace
            && self.selector.as_ref().is_none_or(|selector| selector.matches(&labels))
            && self.fields.iter().all(|field| (field_value(object, &field.path) == field.value) == field.equals)
    }
}

/// Types were named, and no objects.
pub(super) const NO_NAME: &str = "resource(s) were provided, but no name was specified";

const SEPARATE_TYPE: &str = "there is no need to specify a resource type as a separate argument when passing arguments in resource/name \
                             form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

/// `TYPE/NAME`.
///
/// # Errors
/// kubectl's words for another form or an unknown type.
pub(super) fn type_and_name(word: &str) -> Result<(Kind, String), String> {
    match word.split_once('/') {
        None => Err(SEPARATE_TYPE.to_owned()),
        Some((_, name)) if name.contains('/') => {
            Err("arguments in resource/name form may not have more than one slash".to_owned())
        }
        Some((kind, name)) if kind.is_empty() || name.is_empty() => {
            Err("arguments in resource/name form must have a single resource and name".to_owned())
        }
        Some((kind, name)) => match each_kind(kind)?.as_slice() {
            [kind] => Ok((*kind, name.to_owned())),
            _ => Err("arguments in resource/name form must have a single resource and name".to_owned()),
        },
    }
}

/// The kinds of a list such as `pods,svc`.
fn each_kind(words: &str) -> Result<Vec<Kind>, String> {
    let mut kinds: Vec<Kind> = Vec::new();
    for word in words.split(',') {
        let found = kinds_named(word);
        if found.is_empty() {
            return Err(format!("the server doesn't have a resource type {word:?}"));
        }
        for kind in found {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

/// `fields.ParseSelector`.
fn parse_fields(text: &str) -> Result<Vec<FieldRequirement>, String> {
    let terms = text.split(',').filter(|term| !term.is_empty());
    terms
        .map(|term| {
            let (path, equals, value) = if let Some((path, value)) = term.split_once("!=") {
                (path, false, value)
            } else if let Some((path, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                (path, true, value)
            } else {
                return Err(format!("invalid field selector: {text:?}; can't understand {term:?}"));
            };
            Ok(FieldRequirement { path: path.to_owned(), equals, value: value.to_owned() })
        })
        .collect()
}

/// The fields that the API server selects objects of a kind by, beside name and namespace.
fn selectable_fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Pod => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Kind::Node => &["spec.unschedulable"],
        Kind::Event => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Kind::Secret => &["type"],
        Kind::Namespace => &["status.phase"],
        Kind::Job => &["status.successful"],
        Kind::ReplicaSet | Kind::ReplicationController => &["status.replicas"],
        Kind::Service => &["spec.clusterIP", "spec.type"],
        Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::LimitRange
        | Kind::ResourceQuota
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::PodDisruptionBudget
        | Kind::Deployment
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::ControllerRevision
        | Kind::CronJob
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode
        | Kind::Unmodelled => &[],
    }
}

fn is_field_of(kind: Kind, path: &str) -> bool {
    matches!(path, "metadata.name" | "metadata.namespace") || selectable_fields(kind).contains(&path)
}

fn with_group_version(kind: Kind) -> String {
    match kind.group() {
        "" => kind.resource().to_owned(),
        _ => format!("{}, Resource={}", kind.api_version(), kind.resource()),
    }
}

fn unknown_field(kind: Kind, path: &str) -> String {
    if selectable_fields(kind).is_empty() {
        format!("{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    } else {
        format!("field label not supported: {path}")
    }
}

/// The text of a field, as selectors compare it.
fn field_value(object: &Object, path: &str) -> String {
    let json = object.to_json();
    let pointer = match (object.kind(), path) {
        (Kind::Event, "source") => "/source/component".to_owned(),
        (Kind::Job, "status.successful") => "/status/succeeded".to_owned(),
        _ => format!("/{}", path.replace('.', "/")),
    };
    match json.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None if matches!(path, "spec.unschedulable" | "spec.hostNetwork") => "false".to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// `deployment.apps/web`: how kubectl names an object in what it has done.
pub(super) fn title(object: &Object) -> String {
    format!("{}/{}", crate::resources::kind_name(object), object.metadata().name.as_deref().unwrap_or_default())
}

/// `pods`, `deployments.apps`: the resource as conditions and errors name it.
pub(super) fn resource(kind: Kind) -> String {
    with_group(kind, kind.resource())
}
