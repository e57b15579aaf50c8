//! The names by which kubectl knows kinds.
//!
//! Models what discovery tells kubectl of the resources: plural, singular, short names, group; and the categories (`all`).

use podlapse_model::{Kind, Object};

use crate::others::{self, Other};

/// `pod`, `deployment.apps`: the kind in lower case with its group, as kubectl prints it before a name.
pub(crate) fn kind_name(object: &Object) -> String {
    let Object::Unmodelled(object) = object else { return with_group(object.kind(), object.kind().singular()) };
    let kind = object.kind.to_lowercase();
    match object.api_version.split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind,
    }
}

/// Whether two objects are of one kind.
pub(crate) fn is_of_kind(one: &Object, other: &Object) -> bool {
    match (one, other) {
        (Object::Unmodelled(_), Object::Unmodelled(_)) => kind_name(one) == kind_name(other),
        (one, other) => one.kind() == other.kind(),
    }
}

/// A name of a kind followed by its group, as in `deployments.apps`.
pub(crate) fn with_group(kind: Kind, name: &str) -> String {
    match kind.group() {
        "" => name.to_owned(),
        group => format!("{name}.{group}"),
    }
}

/// An API version as Go prints it, with its group apart even where that is empty: `/v1`, `apps/v1`.
pub(crate) fn group_version(api_version: &str) -> String {
    if api_version.contains('/') { api_version.to_owned() } else { format!("/{api_version}") }
}

/// An object as kubectl tells of it where something goes wrong (`Info.String`).
pub(crate) fn identified(api_version: &str, resource: &str, kind: &str, name: &str, namespace: &str) -> String {
    let version = group_version(api_version);
    format!(
        "Resource: \"{version}, Resource={resource}\", GroupVersionKind: \"{version}, Kind={kind}\"\nName: {name:?}, Namespace: \
         {namespace:?}"
    )
}

/// The kinds with the short names of their resources.
const SHORT_NAMES: &[(&str, Kind)] = &[
    ("po", Kind::Pod),
    ("no", Kind::Node),
    ("ns", Kind::Namespace),
    ("ev", Kind::Event),
    ("svc", Kind::Service),
    ("cm", Kind::ConfigMap),
    ("sa", Kind::ServiceAccount),
    ("pv", Kind::PersistentVolume),
    ("pvc", Kind::PersistentVolumeClaim),
    ("limits", Kind::LimitRange),
    ("quota", Kind::ResourceQuota),
    ("rc", Kind::ReplicationController),
    ("deploy", Kind::Deployment),
    ("rs", Kind::ReplicaSet),
    ("sts", Kind::StatefulSet),
    ("ds", Kind::DaemonSet),
    ("cj", Kind::CronJob),
    ("sc", Kind::StorageClass),
    ("pc", Kind::PriorityClass),
    ("pdb", Kind::PodDisruptionBudget),
];

/// The kinds of the category `all`, in the order in which they are printed.
const ALL: &[Kind] = &[
    Kind::Pod,
    Kind::ReplicationController,
    Kind::Service,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::CronJob,
    Kind::Job,
];

/// What a word on the command line names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named {
    Kind(Kind),
    /// A resource that is kept and not simulated.
    Other(&'static Other),
}

/// What a word on the command line stands for: plural, singular, kind or short name, with or without group; or `all`.
/// Empty for a word that the server does not know.
pub(crate) fn named(word: &str) -> Vec<Named> {
    if word.is_empty() {
        return Vec::new();
    }
    let word = word.to_lowercase();
    let kinds = kinds_named(&word);
    if !kinds.is_empty() {
        return kinds.into_iter().map(Named::Kind).collect();
    }
    let (name, rest) = word.split_once('.').unwrap_or((&word, ""));
    let other = others::named(name).filter(|other| group_fits(other.api_version, rest));
    other.into_iter().map(Named::Other).collect()
}

/// The kinds of the engine among [`named`].
pub(crate) fn kinds_named(word: &str) -> Vec<Kind> {
    let word = word.to_lowercase();
    if word == "all" {
        return ALL.to_vec();
    }
    let (name, rest) = word.split_once('.').unwrap_or((&word, ""));
    let named = |kind: &Kind| name == kind.resource() || name == kind.singular();
    let found = Kind::MODELLED.iter().copied().find(named);
    let found = found.or_else(|| SHORT_NAMES.iter().find(|(short, _)| *short == name).map(|(_, kind)| *kind));
    found.filter(|kind| group_fits(kind.api_version(), rest)).into_iter().collect()
}

/// The short name of a kind's resource; empty for none.
pub(crate) fn short_name(kind: Kind) -> &'static str {
    SHORT_NAMES.iter().find(|(_, known)| *known == kind).map_or("", |(short, _)| short)
}

/// The categories of a kind.
pub(crate) fn categories(kind: Kind) -> &'static str {
    if ALL.contains(&kind) { "all" } else { "" }
}

/// The words for kinds that a line may name, for completion.
pub(crate) fn type_words() -> Vec<&'static str> {
    let short = SHORT_NAMES.iter().map(|(short, _)| *short).filter(|short| short.len() > 2);
    let mut words: Vec<&str> = Kind::MODELLED.iter().map(|kind| kind.resource()).chain(short).chain(["all"]).collect();
    words.extend(others::OTHERS.iter().filter(|other| other.is_kept).map(|other| other.resource));
    podlapse_model::sort(&mut words);
    words
}

/// Whether what follows the resource is its group, or version and group.
fn group_fits(api_version: &str, rest: &str) -> bool {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    rest.is_empty() || rest == group || rest == format!("{version}.{group}")
}

/// Whether an object lives in a namespace.
pub(crate) fn is_namespaced(object: &Object) -> bool {
    let Object::Unmodelled(other) = object else { return object.kind().is_namespaced() };
    others::of_object(other).map_or(other.metadata.namespace.is_some(), |other| other.is_namespaced)
}
