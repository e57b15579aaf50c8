//! The verbs of kubectl: what each is called, what it takes, and where it begins.

use super::{Call, Outcome, Running};
use super::{
    about, apply, authorize, autoscale, cluster, config, create, debug, delete, describe, drain, edit, events, exec, explain,
    get, help, logs, metadata, patch,
};
use super::{last_applied, rollout, run, scale, services, set, stream, token, wait};

/// A verb.
pub(super) struct Verb {
    /// With its further words where it has some, as in `rollout undo`.
    pub(super) name: &'static str,
    pub(super) takes: Takes,
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

const fn verb(name: &'static str, takes: Takes, start: fn(&Call<'_>) -> Result<Running, Outcome>) -> Verb {
    Verb { name, takes, start }
}

/// The verbs that `kubectl create` has for objects from flags.
const fn creation(name: &'static str) -> Verb {
    verb(name, Takes::Nothing, |call| create::parse(call).map(Running::Batch))
}

/// A verb that looks at the configuration.
const fn configuration(name: &'static str) -> Verb {
    verb(name, Takes::Nothing, |call| config::run(call).map(Running::Over))
}

/// A verb of which only the answer is simulated.
const fn told(name: &'static str, takes: Takes) -> Verb {
    verb(name, takes, |call| about::honest(call).map(Running::Over))
}

/// Every verb.
const VERBS: &[Verb] = &[
    verb("explain", Takes::Types, |call| explain::run(call).map(Running::Over)),
    verb("api-resources", Takes::Nothing, |call| about::resources(call).map(Running::Over)),
    verb("api-versions", Takes::Nothing, |call| about::versions(call).map(Running::Over)),
    verb("version", Takes::Nothing, |call| about::version(call).map(Running::Over)),
    verb("cluster-info", Takes::Nothing, |call| about::cluster_info(call).map(Running::Over)),
    verb("auth can-i", Takes::Nothing, |call| authorize::can_i(call).map(Running::Batch)),
    verb("auth whoami", Takes::Nothing, |call| authorize::whoami(call).map(Running::Over)),
    verb("help", Takes::Nothing, |call| help::run(call).map(Running::Over)),
    verb("options", Takes::Nothing, |call| help::options(call).map(Running::Over)),
    told("alpha", Takes::Nothing),
    verb("attach", Takes::Pod, |call| stream::parse_attach(call).map(|stream| Running::Stream(Box::new(stream)))),
    told("auth reconcile", Takes::Nothing),
    told("certificate", Takes::Nothing),
    told("completion", Takes::Nothing),
    configuration("config current-context"),
    configuration("config delete-cluster"),
    configuration("config delete-context"),
    configuration("config delete-user"),
    configuration("config get-clusters"),
    configuration("config get-contexts"),
    configuration("config get-users"),
    configuration("config rename-context"),
    configuration("config set"),
    configuration("config set-cluster"),
    configuration("config set-context"),
    configuration("config set-credentials"),
    configuration("config unset"),
    configuration("config use-context"),
    configuration("config view"),
    told("cp", Takes::Pod),
    verb("create token", Takes::Nothing, |call| token::parse(call).map(Running::Batch)),
    verb("edit", Takes::Types, |call| edit::parse(call).map(Running::Batch)),
    told("kuberc", Takes::Nothing),
    told("kustomize", Takes::Nothing),
    told("plugin", Takes::Nothing),
    verb("port-forward", Takes::Pod, |call| stream::parse_forward(call).map(|stream| Running::Stream(Box::new(stream)))),
    told("proxy", Takes::Nothing),
    told("set subject", Takes::Nothing),
    told("top node", Takes::Nodes),
    told("top pod", Takes::Pod),
    verb("get", Takes::Types, get::start),
    verb("describe", Takes::Types, |call| describe::parse(call).map(Running::Describe)),
    verb("logs", Takes::Pod, |call| logs::parse(call).map(Running::Logs)),
    verb("exec", Takes::Pod, |call| exec::parse(call).map(Running::Exec)),
    verb("events", Takes::Nothing, |call| events::parse(call).map(Running::Events)),
    verb("apply", Takes::Nothing, |call| apply::parse(call, apply::Doing::Apply).map(Running::Batch)),
    verb("apply set-last-applied", Takes::Nothing, |call| last_applied::set(call).map(Running::Batch)),
    verb("apply view-last-applied", Takes::Types, |call| last_applied::view(call).map(Running::Batch)),
    told("apply edit-last-applied", Takes::Types),
    verb("create", Takes::Nothing, |call| apply::parse(call, apply::Doing::Create).map(Running::Batch)),
    verb("replace", Takes::Nothing, apply::parse_replace),
    verb("diff", Takes::Nothing, |call| apply::parse_diff(call).map(Running::Batch)),
    creation("create clusterrole"),
    creation("create clusterrolebinding"),
    creation("create ingress"),
    creation("create role"),
    creation("create rolebinding"),
    creation("create configmap"),
    creation("create cronjob"),
    creation("create deployment"),
    creation("create job"),
    creation("create namespace"),
    creation("create poddisruptionbudget"),
    creation("create priorityclass"),
    creation("create quota"),
    creation("create secret docker-registry"),
    creation("create secret generic"),
    creation("create secret tls"),
    creation("create service clusterip"),
    creation("create service externalname"),
    creation("create service loadbalancer"),
    creation("create service nodeport"),
    creation("create serviceaccount"),
    verb("delete", Takes::Types, |call| delete::parse(call).map(Running::Delete)),
    verb("run", Takes::Nothing, run::parse),
    verb("expose", Takes::Types, |call| services::parse_expose(call).map(Running::Batch)),
    verb("scale", Takes::Types, |call| scale::parse(call).map(Running::Batch)),
    verb("autoscale", Takes::Types, |call| autoscale::parse(call).map(Running::Batch)),
    verb("debug", Takes::Pod, |call| debug::parse(call).map(Running::Batch)),
    verb("patch", Takes::Types, |call| patch::parse(call).map(Running::Batch)),
    verb("label", Takes::Types, |call| metadata::parse(call, metadata::What::Labels).map(Running::Batch)),
    verb("annotate", Takes::Types, |call| metadata::parse(call, metadata::What::Annotations).map(Running::Batch)),
    verb("taint", Takes::Types, |call| cluster::parse_taint(call).map(Running::Batch)),
    verb("cordon", Takes::Nodes, |call| cluster::parse_cordon(call, true).map(Running::Batch)),
    verb("uncordon", Takes::Nodes, |call| cluster::parse_cordon(call, false).map(Running::Batch)),
    verb("drain", Takes::Nodes, |call| drain::parse(call).map(Running::Drain)),
    verb("wait", Takes::Types, |call| wait::parse_wait(call).map(Running::Wait)),
    verb("rollout history", Takes::Types, |call| rollout::parse_history(call).map(Running::Batch)),
    verb("rollout pause", Takes::Types, |call| rollout::parse_pause(call, true).map(Running::Batch)),
    verb("rollout restart", Takes::Types, |call| rollout::parse_restart(call).map(Running::Batch)),
    verb("rollout resume", Takes::Types, |call| rollout::parse_pause(call, false).map(Running::Batch)),
    verb("rollout status", Takes::Types, |call| wait::parse_status(call).map(Running::Wait)),
    verb("rollout undo", Takes::Types, |call| rollout::parse_undo(call).map(Running::Batch)),
    verb("set env", Takes::Types, |call| set::parse_env(call).map(Running::Batch)),
    verb("set image", Takes::Types, |call| set::parse_image(call).map(Running::Batch)),
    verb("set resources", Takes::Types, |call| set::parse_resources(call).map(Running::Batch)),
    verb("set selector", Takes::Types, |call| set::parse_selector(call).map(Running::Batch)),
    verb("set serviceaccount", Takes::Types, |call| set::parse_service_account(call).map(Running::Batch)),
];

/// Words that stand for others after a first word.
const ALIASES: &[(&str, &str)] = &[
    ("cm", "configmap"),
    ("ns", "namespace"),
    ("deploy", "deployment"),
    ("cj", "cronjob"),
    ("pdb", "poddisruptionbudget"),
    ("pc", "priorityclass"),
    ("resourcequota", "quota"),
    ("svc", "service"),
    ("sa", "serviceaccount"),
    ("nodes", "node"),
    ("no", "node"),
    ("pods", "pod"),
    ("po", "pod"),
    ("ing", "ingress"),
    ("use", "use-context"),
];

/// The verb that these words call, and how many of them it is.
pub(super) fn find(words: &[impl AsRef<str>]) -> Option<(&'static Verb, usize)> {
    let plain = |index: usize| {
        let word = words.get(index).map_or("", |word| word.as_ref());
        ALIASES.iter().find(|(short, _)| index > 0 && *short == word).map_or(word, |(_, long)| long)
    };
    let name: Vec<&str> = (0..3).map(plain).collect();
    let called = |count: usize| VERBS.iter().find(|verb| verb.name.split(' ').eq(name[..count].iter().copied()));
    (1..=3).rev().find_map(|count| called(count).map(|verb| (verb, count)))
}

/// Whether a word is a command of kubectl.
pub(crate) fn is_verb(word: &str) -> bool {
    VERBS.iter().any(|verb| verb.name.split(' ').next() == Some(word))
}

/// The words that may follow those of a verb.
pub(crate) fn verbs(before: &str) -> Vec<&'static str> {
    let next = |verb: &'static Verb| match before {
        "" => verb.name.split(' ').next(),
        before => verb.name.strip_prefix(before)?.strip_prefix(' ')?.split(' ').next(),
    };
    let mut words: Vec<&str> = VERBS.iter().filter_map(next).collect();
    podlapse_model::sort(&mut words);
    words.dedup();
    words
}

/// What a verb's arguments name.
pub(crate) fn takes(name: &str) -> Takes {
    VERBS.iter().find(|verb| verb.name == name).map_or(Takes::Nothing, |verb| verb.takes)
}
