//! `kubectl taint`, `cordon` and `uncordon`. Models `k8s.io/kubectl/pkg/cmd/taint` and `pkg/drain` (v1.36).

use std::sync::Arc;

use podlapse_core::client::Outcome;
use podlapse_manifest::Rejection;
use podlapse_model::api::core::v1::{Node, Taint};
use podlapse_model::field::{label_value_errors, qualified_name_errors};
use podlapse_model::{Kind, Metadata, Object};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::report::{failed, usage};
use super::targets::Targets;

/// `kubectl taint nodes NAME KEY=VALUE:EFFECT ...` and `KEY:EFFECT-`.
pub(super) fn parse_taint(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let is_taint = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let first = arguments.words.iter().position(is_taint).unwrap_or(arguments.words.len());
    let (words, specs) = arguments.words.split_at(first);
    if let Some(word) = specs.iter().find(|word| !is_taint(word)) {
        return Err(failed(format!("all resources must be specified before taint changes: {word}")));
    }
    if words.is_empty() {
        return Err(failed("one or more resources must be specified as <resource> <name>"));
    }
    if specs.is_empty() {
        return Err(failed("at least one taint update is required"));
    }
    if let [word, ..] = words
        && word.contains('/')
    {
        let stderr = format!("the server doesn't have a resource type {word:?}\n");
        return Err(Outcome { stdout: String::new(), stderr, exit: 1 });
    }
    if arguments.is_on("all") && arguments.is_given("selector") {
        return Err(failed("setting 'all' parameter with a non empty selector is prohibited"));
    }
    // Nodes that are selected need no names, and those that are named are passed over.
    let selects = arguments.is_on("all") || arguments.is_given("selector");
    let words = if selects { &words[..1] } else { words };
    let targets = Targets::parse(&arguments, words).map_err(failed)?;
    if targets.names.iter().map(|(kind, _)| kind).chain(&targets.kinds).any(|kind| *kind != Kind::Node) {
        let word = words.first().map_or("", String::as_str);
        return Err(failed(format!("invalid resource type {}, only node types are supported", word.to_lowercase())));
    }
    if targets.names.is_empty() && !targets.has_selector() && !arguments.is_on("all") {
        return Err(failed("at least one resource name must be specified since 'all' parameter is not set"));
    }
    let mut add = Vec::new();
    let mut remove = Vec::new();
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(spec) => {
                let (key, effect) = spec.split_once(':').map_or((spec, None), |(key, effect)| (key, Some(effect.to_owned())));
                remove.push((key.split('=').next().unwrap_or_default().to_owned(), effect));
            }
            None => {
                let new = read_taint(spec).map_err(|message| usage("taint", message))?;
                if add.iter().any(|known: &Taint| known.key == new.key && known.effect == new.effect) {
                    let (key, value, effect) = (new.key, new.value.unwrap_or_default(), new.effect);
                    let message = format!("duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}");
                    return Err(usage("taint", message));
                }
                add.push(new);
            }
        }
    }
    let both = remove.iter().filter(|(key, effect): &&(String, Option<String>)| {
        add.iter().any(|new: &Taint| new.key == *key && effect.as_ref().is_none_or(|effect| *effect == new.effect))
    });
    let both: Vec<String> = both.map(|(key, effect)| format!("{key}={}", effect.as_deref().unwrap_or_default())).collect();
    if !both.is_empty() {
        let both = both.join(", ");
        return Err(failed(format!("can not both modify and remove the following taint(s) in the same command: {both}")));
    }
    let overwrites = arguments.is_on("overwrite");
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        for object in plan.found(&targets, view) {
            if let Object::Node(node) = object {
                taint(&mut plan, node, &add, &remove, overwrites);
            }
        }
        plan
    }))
}

fn read_taint(spec: &str) -> Result<Taint, String> {
    let valid = |errors: Vec<String>| match errors.join("; ") {
        why if why.is_empty() => Ok(()),
        why => Err(format!("invalid taint spec: {spec}, {}", why.replace("a qualified name", "a valid label key"))),
    };
    let Some((pair, effect)) = spec.split_once(':') else {
        valid(qualified_name_errors(spec))?;
        return Err(format!("invalid taint spec: {spec}"));
    };
    let (key, value) = pair.split_once('=').map_or((pair, ""), |(key, value)| (key, value));
    valid(label_value_errors(value))?;
    valid(qualified_name_errors(key))?;
    if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
    }
    let value = (!value.is_empty()).then(|| value.to_owned());
    Ok(Taint { key: key.to_owned(), value, effect: effect.to_owned(), time_added: None })
}

fn taint(plan: &mut Plan, node: Arc<Node>, add: &[Taint], remove: &[(String, Option<String>)], overwrites: bool) {
    let name = node.name().to_owned();
    let old = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    let same = |a: &Taint, b: &Taint| a.key == b.key && a.effect == b.effect;
    let taken: Vec<&str> =
        add.iter().filter(|new| old.iter().any(|known| same(new, known))).map(|taint| taint.key.as_str()).collect();
    if !overwrites && !taken.is_empty() {
        let taken = taken.join(",");
        let message = format!("node {name} already has {taken} taint(s) with same effect(s) and --overwrite is false");
        plan.report.errors.push(Rejection::Client(message));
        return;
    }
    let mut taints = add.to_vec();
    taints.extend(old.iter().filter(|known| !add.iter().any(|new| same(new, known))).cloned());
    for (key, effect) in remove {
        let before = taints.len();
        taints.retain(|taint| taint.key != *key || effect.as_ref().is_some_and(|effect| taint.effect != *effect));
        if taints.len() == before {
            let effect = effect.as_ref().map_or_else(String::new, |effect| format!(":{effect}"));
            plan.report.errors.push(Rejection::Client(format!("taint \"{key}{effect}\" not found")));
            return;
        }
    }
    let done = match (add.is_empty(), remove.is_empty()) {
        _ if overwrites => "modified",
        (false, false) => "modified",
        (true, false) => "untainted",
        (_, true) => "tainted",
    };
    let mut node = Arc::unwrap_or_clone(node);
    node.spec.get_or_insert_default().taints = (!taints.is_empty()).then_some(taints);
    plan.update(node.into(), done);
}

/// `kubectl cordon NODE` and `kubectl uncordon NODE`.
pub(super) fn parse_cordon(call: &Call<'_>, cordons: bool) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let targets = nodes(call, &arguments)?;
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        for object in plan.all_found(&targets, view) {
            if let Object::Node(node) = object {
                cordon(&mut plan, node, cordons);
            }
        }
        plan
    }))
}

/// The nodes that are named without their type.
pub(super) fn nodes(call: &Call<'_>, arguments: &super::flags::Arguments) -> Result<Targets, Outcome> {
    let has_selector = arguments.is_given("selector");
    if arguments.words.is_empty() && !has_selector {
        return Err(failed(format!("USAGE: {} NODE [flags]\nSee 'kubectl {} -h' for help and examples", call.verb, call.verb)));
    }
    if has_selector && !arguments.words.is_empty() {
        return Err(usage(call.verb, "cannot specify both a node name and a --selector option"));
    }
    let mut targets = Targets::parse(arguments, &[]).map_err(failed)?;
    if arguments.words.is_empty() {
        targets.kinds.push(Kind::Node);
    }
    for word in &arguments.words {
        let name = word.strip_prefix("node/").or_else(|| word.strip_prefix("nodes/")).unwrap_or(word);
        targets.names.push((Kind::Node, name.to_owned()));
    }
    Ok(targets)
}

/// Makes a node schedulable or not, and says so.
pub(super) fn cordon(plan: &mut Plan, node: Arc<Node>, cordons: bool) {
    let is_cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
    let done = if cordons { "cordoned" } else { "uncordoned" };
    if is_cordoned == cordons {
        plan.say(&Object::Node(node), &format!("already {done}"));
        return;
    }
    let mut node = Arc::unwrap_or_clone(node);
    node.spec.get_or_insert_default().unschedulable = cordons.then_some(true);
    plan.update(node.into(), done);
}
