//! The verbs of kubectl: what each is called, what it takes, and where it begins.

use super::flags::{Flag, GLOBAL};
use super::targets::SELECTION;
use super::{Call, Outcome, Running};
use super::{apply, cluster, delete, describe, drain, extras, get, logs, metadata, patch, rollout, workloads};

/// A verb.
pub(super) struct Verb {
    /// With its second word where it has one, as in `rollout undo`.
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) flags: &'static [&'static [Flag]],
    pub(super) start: fn(&Call<'_>) -> Result<Running, Outcome>,
}

/// What a verb's arguments name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing that the cluster knows.
    Nothing,
    /// `TYPE NAME` or `TYPE/NAME`.
    Types,
    /// A Pod, or something that has Pods.
    Pod,
    Nodes,
}

const fn verb(
    name: &'static str,
    takes: Takes,
    flags: &'static [&'static [Flag]],
    start: fn(&Call<'_>) -> Result<Running, Outcome>,
) -> Verb {
    Verb { name, takes, flags, start }
}

const CREATE: &[&[Flag]] = &[workloads::CREATE, workloads::COMMON];

/// Every verb that is simulated.
const VERBS: &[Verb] = &[
    verb("get", Takes::Types, &[get::FLAGS, SELECTION], |call| get::parse(call).map(Running::Get)),
    verb("describe", Takes::Types, &[describe::FLAGS, SELECTION], |call| describe::parse(call).map(Running::Describe)),
    verb("logs", Takes::Pod, &[logs::FLAGS], |call| logs::parse(call).map(Running::Logs)),
    verb("events", Takes::Nothing, &[get::EVENTS, get::FLAGS, SELECTION], |call| get::parse_events(call).map(Running::Get)),
    verb("apply", Takes::Nothing, &[apply::FLAGS, apply::FILE_FLAGS], |call| {
        apply::parse(call, apply::Doing::Apply).map(Running::Batch)
    }),
    verb("create", Takes::Nothing, &[apply::FLAGS, apply::FILE_FLAGS], |call| {
        apply::parse(call, apply::Doing::Create).map(Running::Batch)
    }),
    verb("create configmap", Takes::Nothing, CREATE, |call| workloads::parse_create(call).map(Running::Batch)),
    verb("create deployment", Takes::Nothing, CREATE, |call| workloads::parse_create(call).map(Running::Batch)),
    verb("create job", Takes::Nothing, CREATE, |call| workloads::parse_create(call).map(Running::Batch)),
    verb("create namespace", Takes::Nothing, CREATE, |call| workloads::parse_create(call).map(Running::Batch)),
    verb("create secret", Takes::Nothing, CREATE, |call| workloads::parse_create(call).map(Running::Batch)),
    verb("delete", Takes::Types, &[delete::FLAGS, SELECTION, apply::FILE_FLAGS], |call| delete::parse(call).map(Running::Delete)),
    verb("run", Takes::Nothing, &[workloads::RUN, workloads::COMMON], |call| workloads::parse_run(call).map(Running::Batch)),
    verb("expose", Takes::Types, &[workloads::EXPOSE, workloads::COMMON], |call| {
        workloads::parse_expose(call).map(Running::Batch)
    }),
    verb("scale", Takes::Types, &[workloads::SCALE, workloads::COMMON, SELECTION], |call| {
        workloads::parse_scale(call).map(Running::Batch)
    }),
    verb("autoscale", Takes::Types, &[extras::AUTOSCALE], |call| extras::parse_autoscale(call).map(Running::Batch)),
    verb("debug", Takes::Pod, &[extras::DEBUG], |call| extras::parse_debug(call).map(Running::Batch)),
    verb("patch", Takes::Types, &[patch::FLAGS, SELECTION], |call| patch::parse(call).map(Running::Batch)),
    verb("label", Takes::Types, &[metadata::FLAGS, SELECTION], |call| {
        metadata::parse(call, metadata::What::Labels).map(Running::Batch)
    }),
    verb("annotate", Takes::Types, &[metadata::FLAGS, SELECTION], |call| {
        metadata::parse(call, metadata::What::Annotations).map(Running::Batch)
    }),
    verb("taint", Takes::Types, &[cluster::FLAGS, SELECTION], |call| cluster::parse_taint(call).map(Running::Batch)),
    verb("cordon", Takes::Nodes, &[cluster::FLAGS, SELECTION], |call| cluster::parse_cordon(call, true).map(Running::Batch)),
    verb("uncordon", Takes::Nodes, &[cluster::FLAGS, SELECTION], |call| cluster::parse_cordon(call, false).map(Running::Batch)),
    verb("drain", Takes::Nodes, &[drain::FLAGS, SELECTION], |call| drain::parse(call).map(Running::Drain)),
    verb("wait", Takes::Types, &[rollout::WAIT, SELECTION], |call| rollout::parse_wait(call).map(Running::Wait)),
    verb("rollout status", Takes::Types, &[rollout::ROLLOUT_STATUS, SELECTION], |call| {
        rollout::parse_status(call).map(Running::Wait)
    }),
    verb("rollout restart", Takes::Types, &[rollout::ROLLOUT, SELECTION], |call| {
        rollout::parse_restart(call).map(Running::Batch)
    }),
    verb("rollout undo", Takes::Types, &[rollout::ROLLOUT, SELECTION], |call| rollout::parse_undo(call).map(Running::Batch)),
    verb("set image", Takes::Types, &[workloads::SET_IMAGE, workloads::COMMON, SELECTION], |call| {
        workloads::parse_set_image(call).map(Running::Batch)
    }),
];

/// Second words that stand for others.
const ALIASES: &[(&str, &str)] = &[("cm", "configmap"), ("ns", "namespace"), ("deploy", "deployment")];

/// Commands that kubectl has and that are not simulated.
pub(super) const NOT_SIMULATED: &[&str] = &[
    "alpha",
    "api-resources",
    "api-versions",
    "attach",
    "auth",
    "certificate",
    "cluster-info",
    "completion",
    "config",
    "cp",
    "diff",
    "edit",
    "exec",
    "explain",
    "help",
    "kuberc",
    "kustomize",
    "options",
    "plugin",
    "port-forward",
    "proxy",
    "replace",
    "rollout",
    "set",
    "top",
    "version",
];

/// The verb that these words call, and how many of them it is.
pub(super) fn find(first: &str, second: &str) -> Option<(&'static Verb, usize)> {
    let second = ALIASES.iter().find(|(short, _)| *short == second).map_or(second, |(_, long)| long);
    let of_two = |verb: &&Verb| verb.name.split_once(' ') == Some((first, second));
    let found = VERBS.iter().find(of_two).map(|verb| (verb, 2));
    found.or_else(|| VERBS.iter().find(|verb| verb.name == first).map(|verb| (verb, 1)))
}

/// Whether a word is a command of kubectl.
pub(crate) fn is_verb(word: &str) -> bool {
    VERBS.iter().any(|verb| verb.name.split(' ').next() == Some(word)) || NOT_SIMULATED.contains(&word)
}

/// The words that may follow: first words after nothing, second words after a first.
pub(crate) fn verbs(before: &[&str]) -> Vec<&'static str> {
    let mut words: Vec<&str> = match before {
        [] => VERBS.iter().filter_map(|verb| verb.name.split(' ').next()).collect(),
        [first, ..] => VERBS
            .iter()
            .filter_map(|verb| verb.name.split_once(' '))
            .filter(|(word, _)| word == first)
            .map(|(_, second)| second)
            .collect(),
    };
    podlapse_model::sort(&mut words);
    words.dedup();
    words
}

/// The flags of a verb.
pub(crate) fn flags_of(name: &str) -> Vec<Flag> {
    let verb = VERBS.iter().find(|verb| verb.name == name);
    verb.map_or(&[][..], |verb| verb.flags).iter().copied().chain([GLOBAL]).flatten().copied().collect()
}

/// What a verb's arguments name.
pub(crate) fn takes(name: &str) -> Takes {
    VERBS.iter().find(|verb| verb.name == name).map_or(Takes::Nothing, |verb| verb.takes)
}
