//! Which objects a command line speaks of.
//!
//! Models `k8s.io/cli-runtime/pkg/resource.Builder`: `TYPE`, `TYPE NAME...`, `TYPE,TYPE`, `TYPE/NAME...`, label and field selectors,
//! and the messages for what does not fit together.

use std::cell::OnceCell;
use std::rc::Rc;

use podlapse_core::client::Outcome;
use podlapse_core::store::authorization::built_in;
use podlapse_core::store::{ApiError, Store};
use podlapse_manifest::{Rejection, Status};
use podlapse_model::{Kind, Labels, Metadata, Object, ObjectKey, Selector};
use serde_json::Value;

use super::Call;
use super::apply::read_sources;
use super::caller::Caller;
use super::flags::Arguments;
use super::report::{Report, failed, refusal};
use crate::others::{OTHERS, Other, of_object};
use crate::resources::{Named, is_namespaced, named, with_group};

/// The objects that are meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    /// Kinds of which all that are selected are meant.
    pub(super) kinds: Vec<Kind>,
    /// Resources that are not modelled, of which the same holds.
    others: Vec<&'static Other>,
    /// Objects by name; what is not modelled with its resource before it.
    pub(super) names: Vec<(Kind, String)>,
    /// Objects of files.
    pub(super) keys: Vec<ObjectKey>,
    /// Objects of files that are looked at as they stand there.
    local: Vec<Object>,
    /// The namespace; `None` means all.
    pub(super) namespace: Option<String>,
    selector: Option<Selector>,
    label_text: String,
    fields: Vec<FieldRequirement>,
    field_text: String,
    /// What the API server says of selectors that it cannot read.
    wrong: Option<String>,
    /// Who asks.
    pub(super) caller: Caller,
    /// The verb by which an object is asked for by its name; empty for `get`.
    pub(super) verb: &'static str,
}

#[derive(Clone, Debug)]
struct FieldRequirement {
    path: String,
    equals: bool,
    value: String,
}

/// The namespace that the flags choose.
pub(super) fn namespace_of(arguments: &Arguments) -> String {
    let given = arguments.get("namespace").filter(|namespace| !namespace.is_empty());
    given.or(arguments.context_namespace.as_deref()).unwrap_or("default").to_owned()
}

impl Targets {
    /// The targets that these words name. None without words.
    ///
    /// # Errors
    /// What does not fit, as kubectl says it after `error: `.
    pub(super) fn parse(arguments: &Arguments, words: &[String]) -> Result<Targets, String> {
        let mut targets =
            Targets { namespace: (!arguments.is_on("all-namespaces")).then(|| namespace_of(arguments)), ..Targets::default() };
        targets.caller = Caller::of(arguments);
        if let Some(text) = arguments.get("selector").filter(|text| !text.is_empty()) {
            let selector = Selector::parse(text).map_err(|error| targets.wrong = Some(error.to_string()));
            targets.selector = Some(selector.unwrap_or(Selector::nothing()));
            targets.label_text = text.to_owned();
        }
        if let Some(text) = arguments.get("field-selector").filter(|text| !text.is_empty()) {
            match parse_fields(text) {
                Ok(fields) => targets.fields = fields,
                Err(message) => _ = targets.wrong.get_or_insert(message),
            }
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
            [kinds] if kinds.split(',').any(str::is_empty) => {
                return Err("the server doesn't have a resource type \"\"".to_owned());
            }
            [kinds] => {
                for named in each_named(kinds)? {
                    match named {
                        Named::Kind(kind) if !targets.kinds.contains(&kind) => targets.kinds.push(kind),
                        Named::Kind(_) => {}
                        Named::Other(other) => {
                            if targets.others.is_empty() {
                                targets.kinds.push(Kind::Unmodelled);
                            }
                            targets.others.push(other);
                        }
                    }
                }
            }
            [kinds, names @ ..] => {
                if names.iter().any(|name| name.contains('/')) {
                    return Err(SEPARATE_TYPE.to_owned());
                }
                let all = each_named(kinds)?;
                if all.len() > 1 && !kinds.contains(',') {
                    return Err("you must specify only one resource".to_owned());
                }
                for named in all {
                    targets.names.extend(names.iter().map(|name| whole_name(named, name)));
                }
            }
        }
        let selects_all = matches!(arguments.verb, "delete" | "wait" | "apply view-last-applied") && arguments.is_on("all");
        if !targets.names.is_empty() && (targets.has_selector() || selects_all) {
            return Err(match words.first() {
                Some(first) if first.contains(['/', ',']) => SELECTED_BY_NAME.to_owned(),
                _ => "name cannot be provided when a selector is specified".to_owned(),
            });
        }
        if !targets.names.is_empty()
            && targets.namespace.is_none()
            && targets.names.iter().any(|(kind, name)| !targets.key(*kind, name).namespace.as_str().is_empty())
        {
            return Err("a resource cannot be retrieved by name across all namespaces".to_owned());
        }
        Ok(targets)
    }

    /// Of how many resources all objects that are selected are meant.
    pub(super) fn lists(&self) -> usize {
        self.kinds.iter().filter(|kind| **kind != Kind::Unmodelled).count() + self.others.len()
    }

    /// What is said where nothing was found.
    pub(super) fn nothing(&self) -> String {
        let is_namespaced = |kind: &Kind| {
            if *kind == Kind::Unmodelled { self.others.iter().all(|other| other.is_namespaced) } else { kind.is_namespaced() }
        };
        match &self.namespace {
            Some(namespace) if self.kinds.iter().all(is_namespaced) => format!("No resources found in {namespace} namespace.\n"),
            Some(_) | None => "No resources found\n".to_owned(),
        }
    }

    /// What the API server warns of whom asks for a resource that it means to do without.
    pub(super) fn warnings(&self) -> Vec<String> {
        let named = self.names.iter().filter(|(kind, _)| *kind == Kind::Unmodelled);
        let named = named.filter_map(|(_, name)| name.split_once('/').map(|(resource, _)| resource.to_owned()));
        let mut asked: Vec<String> = self.others.iter().map(|other| other.qualified()).chain(named).collect();
        podlapse_model::sort(&mut asked);
        asked.dedup();
        let warning = |resource: &String| match resource.as_str() {
            "componentstatuses" => Some("v1 ComponentStatus is deprecated in v1.19+".to_owned()),
            "endpoints" => Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned()),
            _ => None,
        };
        asked.iter().filter_map(warning).collect()
    }

    /// Whether a label or field selector was given.
    pub(super) fn has_selector(&self) -> bool {
        !self.label_text.is_empty() || !self.field_text.is_empty()
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

    /// Refuses words beside files.
    ///
    /// # Errors
    /// The end of the command.
    pub(super) fn refuse_words(&self, arguments: &Arguments) -> Result<(), Outcome> {
        match arguments.words.first() {
            _ if self.is_empty() => Ok(()),
            Some(first) if first.contains('/') => {
                Err(failed("resource/name arguments cannot be provided when a path is specified"))
            }
            Some(_) | None => {
                Err(failed("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"))
            }
        }
    }

    /// Adds the objects that the files of `-f` name.
    ///
    /// # Errors
    /// The end of the command where a file cannot be read.
    pub(super) fn add_files(&mut self, call: &Call<'_>, arguments: &Arguments) -> Result<(), Outcome> {
        if arguments.get("filename").is_none() {
            return Ok(());
        }
        super::apply::check_paths(call, arguments)?;
        self.refuse_words(arguments)?;
        let mut report = Report::default();
        let sources = read_sources(call, arguments, &mut report)?;
        self.keys = sources.iter().map(|given| given.object.key()).collect();
        if arguments.is_on("local") {
            self.local = sources.into_iter().map(|given| given.into_written()).collect();
        }
        if report.errors.is_empty() { Ok(()) } else { Err(report.end("", "")) }
    }

    /// Where an object of this name is.
    pub(super) fn key(&self, kind: Kind, name: &str) -> ObjectKey {
        let resource = name.split_once('/').filter(|_| kind == Kind::Unmodelled).map(|(resource, _)| resource);
        let is_namespaced = match OTHERS.iter().find(|other| resource == Some(other.qualified().as_str())) {
            Some(other) => other.is_namespaced,
            None => kind.is_namespaced(),
        };
        ObjectKey::new(kind, if is_namespaced { self.namespace.as_deref().unwrap_or("default") } else { "" }, name)
    }

    /// The objects that are there, each kind by namespace and name, or why one is not.
    pub(super) fn resolve<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = Result<Object, Rejection>> + 'a {
        let built_in = Rc::new(OnceCell::new());
        let also = built_in.clone();
        let named = self.names.iter().map(move |(kind, name)| self.find(store, &self.key(*kind, name), &built_in));
        let keyed = self.keys.iter().enumerate().map(move |(at, key)| match self.local.get(at) {
            Some(object) => Ok(object.clone()),
            None => self.find(store, key, &also),
        });
        named.chain(keyed).chain(self.kinds.iter().flat_map(move |kind| self.list(store, *kind)))
    }

    /// One object.
    pub(super) fn get(&self, store: &Store, key: &ObjectKey) -> Result<Object, Rejection> {
        self.find(store, key, &OnceCell::new())
    }

    /// One object of many; the roles of every cluster are made once for all of them.
    fn find(&self, store: &Store, key: &ObjectKey, roles: &OnceCell<Vec<Object>>) -> Result<Object, Rejection> {
        self.caller.may(store, if self.verb.is_empty() { "get" } else { self.verb }, key)?;
        let found = match store.get(key) {
            None if key.kind == Kind::Unmodelled && key.name.as_str().starts_with("clusterrole") => {
                roles.get_or_init(|| built_in(store)).iter().find(|object| object.key() == *key)
            }
            found => found,
        };
        found.cloned().ok_or_else(|| {
            // Of a namespace that is not there, kubectl says so.
            let namespace = ObjectKey::new(Kind::Namespace, "", key.namespace.as_str());
            let looks = self.verb.is_empty() && !matches!(key.namespace.as_str(), "" | "default");
            let is_there = !looks || store.get(&namespace).is_some();
            refusal(&ApiError::not_found(if is_there { key } else { &namespace }))
        })
    }

    /// Why the caller may not list a kind.
    fn forbidden(&self, store: &Store, kind: Kind) -> Vec<Result<Object, Rejection>> {
        let others = self.others.iter().map(|other| format!("{}/", other.qualified()));
        let names = if kind == Kind::Unmodelled { others.collect() } else { vec![String::new()] };
        let namespace = |name: &str| {
            let key = self.key(kind, name);
            if key.namespace.as_str().is_empty() { String::new() } else { self.namespace.clone().unwrap_or_default() }
        };
        let keys = names.iter().map(|name| ObjectKey::new(kind, &namespace(name), name));
        keys.filter_map(|key| self.caller.may(store, "list", &key).err().map(Err)).collect()
    }

    /// The selected objects of a kind.
    pub(super) fn list<'a>(&'a self, store: &'a Store, kind: Kind) -> impl Iterator<Item = Result<Object, Rejection>> + 'a {
        let unknown = || self.fields.iter().find(|field| !is_field_of(kind, &field.path));
        let wrong = self.wrong.clone().or_else(|| unknown().map(|field| unknown_field(kind, &field.path))).map(|wrong| {
            let other = self.others.first().filter(|_| kind == Kind::Unmodelled);
            let resource = other.map_or_else(
                || with_group_version(kind),
                |other| format!("{}, Resource={}", crate::resources::group_version(other.api_version), other.resource),
            );
            let message = format!(
                "Unable to find {resource:?} that match label selector {:?}, field selector {:?}: {wrong}",
                self.label_text, self.field_text
            );
            Err(Rejection::Server(Status::bad_request(message)))
        });
        let wrong: Vec<Result<Object, Rejection>> = wrong.map_or_else(|| self.forbidden(store, kind), |wrong| vec![wrong]);
        let is_listed = wrong.is_empty();
        let is_meant = move |object: &&Object| {
            let Object::Unmodelled(other) = object else { return true };
            of_object(other).is_some_and(|it| self.others.iter().any(|o| o.kind == it.kind))
        };
        // Only the objects of the namespace are gone through, where the kind has one.
        let namespace = self.namespace.as_deref().filter(|_| kind.is_namespaced() && kind != Kind::Unmodelled);
        let built_in = match kind == Kind::Unmodelled && self.others.iter().any(|other| other.kind.starts_with("ClusterRole")) {
            true => built_in(store),
            false => Vec::new(),
        };
        let is_selected = move |object: &&Object| is_listed && is_meant(object) && self.selects(object);
        let mut objects: Vec<Object> = store.list_in(kind, namespace).filter(is_selected).cloned().collect();
        if !built_in.is_empty() {
            objects.extend(built_in.iter().filter(is_selected).cloned());
            podlapse_model::sort_by_key(&mut objects, |object| object.key());
        }
        wrong.into_iter().chain(objects.into_iter().map(Ok))
    }

    /// Whether an object has the labels that were asked for.
    pub(super) fn has_labels_of(&self, object: &Object) -> bool {
        let none = Labels::new();
        let labels = object.metadata().labels.as_ref().unwrap_or(&none);
        self.selector.as_ref().is_none_or(|selector| selector.matches(labels))
    }

    /// Whether an object of one of the kinds is in the namespace and selected.
    pub(super) fn selects(&self, object: &Object) -> bool {
        let metadata = object.metadata();
        let in_namespace = match &self.namespace {
            Some(namespace) if is_namespaced(object) => metadata.namespace.as_ref() == Some(namespace),
            Some(_) | None => true,
        };
        in_namespace
            && self.has_labels_of(object)
            && self.fields.iter().all(|field| (field_value(object, &field.path) == field.value) == field.equals)
    }
}

/// Nothing was named.
pub(super) const NOTHING: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications \
                                  include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

const SELECTED_BY_NAME: &str = "selectors and the all flag cannot be used when passing resource/name arguments";

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
        Some((kind, name)) => match each_named(kind)?.as_slice() {
            [named] => Ok(whole_name(*named, name)),
            _ => Err("arguments in resource/name form must have a single resource and name".to_owned()),
        },
    }
}

/// A single object, from a word that a builder takes for the only one: a type without a name is none.
///
/// # Errors
/// As [`type_and_name`].
pub(super) fn named_one(word: &str) -> Result<(Kind, String), String> {
    if word.contains('/') { type_and_name(word) } else { Err(each_named(word).err().unwrap_or_else(|| NO_NAME.to_owned())) }
}

/// The name under which the store has an object of a resource.
fn whole_name(named: Named, name: &str) -> (Kind, String) {
    match named {
        Named::Kind(kind) => (kind, name.to_owned()),
        Named::Other(other) => (Kind::Unmodelled, format!("{}/{name}", other.qualified())),
    }
}

/// What a list such as `pods,svc` names.
fn each_named(words: &str) -> Result<Vec<Named>, String> {
    let mut all = Vec::new();
    for word in words.split(',') {
        let found = named(word);
        if found.is_empty() {
            return Err(match word.split('.').next().unwrap_or_default() {
                "" => "arguments in resource/name form must have a single resource and name".to_owned(),
                resource => format!("the server doesn't have a resource type {resource:?}"),
            });
        }
        all.extend(found);
    }
    Ok(all)
}

/// `fields.ParseSelector`.
fn parse_fields(text: &str) -> Result<Vec<FieldRequirement>, String> {
    let terms = text.split(',').filter(|term| !term.is_empty());
    terms
        .map(|term| {
            let Some(at) = term.find('=') else { return Err(format!("invalid selector: '{text}'; can't understand '{term}'")) };
            let (path, value) = (&term[..at], &term[at + 1..]);
            let (path, equals) = path.strip_suffix('!').map_or((path, true), |path| (path, false));
            let value = if equals { value.strip_prefix('=').unwrap_or(value) } else { value };
            Ok(FieldRequirement { path: path.to_owned(), equals, value: value.to_owned() })
        })
        .collect()
}

/// The fields that the API server selects objects of a kind by, beside name and namespace.
const SELECTABLE: &[(Kind, &[&str])] = &[
    (
        Kind::Pod,
        &[
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
    ),
    (Kind::Node, &["spec.unschedulable"]),
    (
        Kind::Event,
        &[
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
    ),
    (Kind::Secret, &["type"]),
    (Kind::Namespace, &["status.phase"]),
    (Kind::Job, &["status.successful"]),
    (Kind::ReplicaSet, &["status.replicas"]),
    (Kind::ReplicationController, &["status.replicas"]),
    (Kind::Service, &["spec.clusterIP", "spec.type"]),
];

fn selectable_fields(kind: Kind) -> &'static [&'static str] {
    SELECTABLE.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, fields)| fields)
}

fn is_field_of(kind: Kind, path: &str) -> bool {
    matches!(path, "metadata.name" | "metadata.namespace") || selectable_fields(kind).contains(&path)
}

/// `schema.GroupVersionResource` as text.
fn with_group_version(kind: Kind) -> String {
    format!("{}, Resource={}", crate::resources::group_version(kind.api_version()), kind.resource())
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
    let path = match (object.kind(), path) {
        (Kind::Event, "source") => "source.component",
        (Kind::Job, "status.successful") => "status.succeeded",
        (_, path) => path,
    };
    // What is asked most often is read without JSON.
    let spec_or_status = match (object, path) {
        (Object::Pod(pod), "spec.nodeName") => Some(pod.spec.as_ref().and_then(|spec| spec.node_name.clone())),
        (Object::Pod(pod), "status.phase") => Some(pod.status.as_ref().and_then(|status| status.phase.clone())),
        (_, _) => None,
    };
    if let Some(text) = spec_or_status {
        return text.unwrap_or_default();
    }
    match object.part(&path.split('.').collect::<Vec<_>>()) {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None if matches!(path, "spec.unschedulable" | "spec.hostNetwork") => "false".to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// `deployment.apps/web`: how kubectl names an object in what it has done.
pub(super) fn title(object: &Object) -> String {
    format!("{}/{}", crate::resources::kind_name(object), object.name())
}

/// `pods`, `deployments.apps`: the resource as conditions and errors name it.
pub(super) fn resource(kind: Kind) -> String {
    with_group(kind, kind.resource())
}
