//! `kubectl set image|env|resources|serviceaccount|selector`. Models `k8s.io/kubectl/pkg/cmd/set` (v1.36).

use podlapse_core::client::Outcome;
use podlapse_core::store::Store;
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Metadata, Object, Quantity};
use serde_json::{Map, Value, json};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::flags::Arguments;
use super::report::failed;
use super::targets::{NOTHING, Targets, named_one};
use super::template::{each_of_all, update_from};

/// The targets that these words and files name.
fn targets(call: &Call<'_>, arguments: &Arguments, words: &[String], printing: &mut Printing) -> Result<Targets, Outcome> {
    *printing = std::mem::take(printing).locally(arguments, words)?;
    let mut targets = Targets::parse(arguments, words).map_err(failed)?;
    targets.add_files(call, arguments)?;
    if targets.is_empty() {
        return Err(failed(NOTHING));
    }
    targets.require_names(arguments).map_err(failed)?;
    Ok(targets)
}

/// Changes the spec of the Pods of an object, or says why it has none.
fn with_pod_spec(plan: &mut Plan, object: &Object, done: &str, change: impl FnOnce(&mut Plan, &mut Value)) {
    let before = object.to_json();
    let mut json = before.clone();
    let Some(spec) = object.kind().pod_spec().and_then(|path| json.pointer_mut(path)) else {
        let name = object.name().to_owned();
        let resource = object.kind().resource();
        let kind = object.kind().name();
        plan.fail(format!("error: {resource}/{name} the object is not a pod or does not have a pod template: *v1.{kind}"));
        return;
    };
    change(plan, spec);
    if json != before {
        update_from(plan, object, json, done);
    }
}

/// The containers whose names match a pattern, those of the second list after those of the first.
fn containers<'a>(spec: &'a mut Value, lists: [&str; 2], pattern: &str) -> Vec<&'a mut Value> {
    let mut first = Vec::new();
    let mut second = Vec::new();
    let Some(fields) = spec.as_object_mut() else { return first };
    for (name, list) in fields.iter_mut() {
        let into = if name == lists[0] {
            &mut first
        } else if name == lists[1] {
            &mut second
        } else {
            continue;
        };
        let named = |container: &&mut Value| container["name"].as_str().is_some_and(|name| is_like(pattern, name));
        into.extend(list.as_array_mut().into_iter().flatten().filter(named));
    }
    first.append(&mut second);
    first
}

/// A pattern with `*` for any text: its first part begins the name, its last one ends it, and the others follow each other between.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let (middle, end) = rest.rsplit_once('*').map_or(("", rest), |(middle, end)| (middle, end));
    let Some(mut left) = name.strip_prefix(start).and_then(|name| name.strip_suffix(end)) else { return false };
    for part in middle.split('*') {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// `kubectl set image TYPE/NAME CONTAINER=IMAGE ...`.
pub(super) fn parse_image(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut printing = Printing::read(call, &arguments)?;
    let first = arguments.words.iter().position(|word| word.contains('=')).unwrap_or(arguments.words.len());
    let (words, pairs) = arguments.words.split_at(first);
    if let Some(word) = pairs.iter().find(|word| !word.contains('=')) {
        return Err(failed(format!("all resources must be specified before image changes: {word}")));
    }
    let targets = targets(call, &arguments, words, &mut printing)?;
    if pairs.is_empty() {
        return Err(failed("at least one image update is required"));
    }
    let images: Vec<(String, String)> =
        pairs.iter().filter_map(|word| word.split_once('=')).map(|(name, image)| (name.to_owned(), image.to_owned())).collect();
    if images.len() > 1 && images.iter().any(|(name, _)| name == "*") {
        return Err(failed(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        ));
    }
    Ok(each_of_all(targets, printing, move |plan, object| {
        plan.complaint = "failed to patch image update to pod template: ";
        with_pod_spec(plan, object, "image updated", |plan, spec| {
            for (name, image) in &images {
                let found = containers(spec, ["initContainers", "containers"], name);
                if found.is_empty() {
                    plan.fail(format!("error: unable to find container named {name:?}"));
                }
                for container in found {
                    container["image"] = image.clone().into();
                }
            }
        });
    }))
}

/// `kubectl set env TYPE/NAME NAME=VALUE ... NAME- ...`.
pub(super) fn parse_env(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut printing = Printing::read(call, &arguments)?;
    let is_env = |word: &String| word.contains('=') || word.ends_with('-');
    let first = arguments.words.iter().position(is_env).unwrap_or(arguments.words.len());
    let (words, pairs) = arguments.words.split_at(first);
    let targets = targets(call, &arguments, words, &mut printing)?;
    let from = arguments.get("from").map(named_one).transpose().map_err(failed)?;
    if arguments.get("keys").is_some() && from.is_none() {
        return Err(failed("when specifying --keys, a configmap or secret must be provided with --from"));
    }
    let mut set: Vec<Value> = Vec::new();
    let mut remove: Vec<String> = Vec::new();
    for word in arguments.all("env").chain(pairs.iter().map(String::as_str)) {
        match (word.split_once('='), word.strip_suffix('-')) {
            (Some((name, value)), _) if !name.is_empty() => {
                let wrong = env_name_error(name);
                wrong.map_or(Ok(()), |wrong| Err(failed(format!("{name:?} is not a valid key name: {wrong}"))))?;
                set.push(json!({"name": name, "value": value}));
            }
            (None, Some(name)) => remove.push(name.to_owned()),
            (_, _) => return Err(failed(format!("unknown environment variable: {word}"))),
        }
    }
    if set.iter().any(|new| remove.iter().any(|gone| new["name"] == **gone)) {
        return Err(failed("can not both modify and remove the same environment variable in the same command"));
    }
    let lists = arguments.is_on("list");
    if lists && printing.format.is_some() {
        return Err(failed("--list and --output may not be specified together"));
    }
    let overwrites = arguments.is_on_by_default("overwrite");
    let pattern = arguments.get("containers").unwrap_or("*").to_owned();
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.complaint = "failed to patch env update to pod template: ";
        let mut set = set.clone();
        if let Some((kind, name)) = &from {
            match from_object(&targets, *kind, name, &arguments, view.store) {
                Ok(variables) => set.extend(variables),
                Err(error) => {
                    plan.report.errors.push(error);
                    return plan;
                }
            }
        }
        let prefix = arguments.get("prefix").unwrap_or_default();
        for variable in set.iter_mut().filter(|_| !prefix.is_empty()) {
            variable["name"] = format!("{prefix}{}", variable["name"].as_str().unwrap_or_default()).into();
        }
        for variable in set.iter().filter(|variable| !variable["valueFrom"].is_null()) {
            let source = variable["valueFrom"].as_object().into_iter().flat_map(Map::values).next();
            let key = source.and_then(|source| source["key"].as_str()).unwrap_or_default();
            let name = variable["name"].as_str().unwrap_or_default();
            if key != name {
                plan.report.stderr.push_str(&format!("Warning: key {key} transferred to {name}\n"));
            }
        }
        for object in plan.all_found(&targets, view) {
            if lists {
                list_env(&mut plan, &object, &pattern);
                continue;
            }
            with_pod_spec(&mut plan, &object, "env updated", |plan, spec| {
                let kind = object.kind().name();
                let name = object.name().to_owned();
                let found = containers(spec, ["containers", "initContainers"], &pattern);
                if found.is_empty() {
                    let warning = format!("Warning: {kind}/{name} does not have any containers matching {pattern:?}\n");
                    plan.report.stderr.push_str(&warning);
                }
                let taken = (!overwrites).then(|| found.iter().find_map(|container| taken(container, &set))).flatten();
                if let Some(taken) = taken {
                    let resource = object.kind().resource();
                    return plan.fail(format!("error: {resource}/{name} {taken}"));
                }
                for container in found {
                    update_env(container, &set, &remove);
                }
            });
        }
        plan
    }))
}

/// The variables that refer to the keys of a ConfigMap or Secret.
fn from_object(targets: &Targets, kind: Kind, name: &str, arguments: &Arguments, store: &Store) -> Result<Vec<Value>, Rejection> {
    let key = targets.key(kind, name);
    let object = targets.get(store, &key)?;
    let (keys, reference): (Vec<String>, &str) = if let Object::ConfigMap(map) = &object {
        (map.data.iter().flatten().map(|(key, _)| key.clone()).collect(), "configMapKeyRef")
    } else if let Object::Secret(secret) = &object {
        (secret.data.iter().flatten().map(|(key, _)| key.clone()).collect(), "secretKeyRef")
    } else {
        return Err(Rejection::Client("unsupported resource specified in --from".to_owned()));
    };
    let wanted: Vec<&str> = arguments.all("keys").collect();
    let variable = |key: &String| {
        let spelt = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let source = Map::from_iter([(reference.to_owned(), json!({"name": name, "key": key}))]);
        json!({"name": key.chars().map(spelt).collect::<String>(), "valueFrom": source})
    };
    Ok(keys.iter().filter(|key| wanted.is_empty() || wanted.contains(&key.as_str())).map(variable).collect())
}

/// Why a variable may not be set where none may be overwritten.
fn taken(container: &Value, set: &[Value]) -> Option<String> {
    let mut held = container["env"].as_array().into_iter().flatten();
    let held = held.find(|variable| set.iter().any(|new| new["name"] == variable["name"]))?;
    let text = |field: &str| held[field].as_str().unwrap_or_default();
    Some(format!("'{}' already has a value ({}), and --overwrite is false", text("name"), text("value")))
}

/// Why this is no name of a variable on kubectl's line (`IsEnvVarName`).
fn env_name_error(name: &str) -> Option<&'static str> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let starts_well = name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    (!starts_well || !name.bytes().all(is_good)).then_some(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a \
         digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
    )
}

fn update_env(container: &mut Value, set: &[Value], remove: &[String]) {
    let held = container["env"].as_array().cloned().unwrap_or_default();
    let mut left: Vec<&Value> = set.iter().collect();
    let mut env = Vec::new();
    for variable in held {
        let name = variable["name"].as_str().unwrap_or_default();
        if remove.iter().any(|gone| gone == name) {
            continue;
        }
        match left.iter().position(|new| new["name"] == *name) {
            Some(at) => env.push(left.remove(at).clone()),
            None => env.push(variable),
        }
    }
    env.extend(left.into_iter().cloned());
    match container.as_object_mut() {
        Some(fields) if env.is_empty() => _ = fields.remove("env"),
        Some(fields) => _ = fields.insert("env".to_owned(), env.into()),
        None => {}
    }
}

/// `--list`.
fn list_env(plan: &mut Plan, object: &Object, pattern: &str) {
    let mut json = object.to_json();
    let Some(spec) = object.kind().pod_spec().and_then(|path| json.pointer_mut(path)) else { return };
    let (kind, name) = (object.kind().name(), object.name().to_owned());
    for container in containers(spec, ["containers", "initContainers"], pattern) {
        let container_name = container["name"].as_str().unwrap_or_default();
        plan.report.say(format!("# {kind} {name}, container {container_name}"));
        for variable in container["env"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str().unwrap_or_default();
            let text = |pointer: &str| variable.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let source = &variable["valueFrom"];
            if source.is_null() {
                plan.report.say(format!("{name}={}", text("/value")));
                continue;
            }
            let has = |field: &str| !source[field].is_null();
            let reference = if has("configMapKeyRef") {
                let (name, key) = (text("/valueFrom/configMapKeyRef/name"), text("/valueFrom/configMapKeyRef/key"));
                format!("configmap {name}, key {key}")
            } else if has("secretKeyRef") {
                format!("secret {}, key {}", text("/valueFrom/secretKeyRef/name"), text("/valueFrom/secretKeyRef/key"))
            } else if has("fieldRef") {
                format!("field path {}", text("/valueFrom/fieldRef/fieldPath"))
            } else if has("resourceFieldRef") {
                format!("resource field {}", text("/valueFrom/resourceFieldRef/resource"))
            } else {
                "invalid valueFrom".to_owned()
            };
            plan.report.say(format!("# {name} from {reference}"));
        }
    }
}

/// `kubectl set resources TYPE/NAME --limits=... --requests=...`.
pub(super) fn parse_resources(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut printing = Printing::read(call, &arguments)?;
    let targets = targets(call, &arguments, &arguments.words, &mut printing)?;
    let mut wanted = Vec::new();
    for side in ["limits", "requests"] {
        let list = quantities(arguments.get(side).unwrap_or_default()).map_err(failed)?;
        if !list.is_empty() {
            wanted.push((side, list));
        }
    }
    if wanted.is_empty() {
        return Err(failed("you must specify an update to requests or limits (in the form of --requests/--limits)"));
    }
    let pattern = arguments.get("containers").unwrap_or("*").to_owned();
    Ok(each_of_all(targets, printing, move |plan, object| {
        plan.complaint = "failed to patch resources update to pod template ";
        with_pod_spec(plan, object, "resource requirements updated", |plan, spec| {
            let found = containers(spec, ["containers", "initContainers"], &pattern);
            if found.is_empty() {
                plan.fail(format!("error: unable to find container named {pattern}"));
            }
            for container in found {
                for (side, list) in &wanted {
                    for (resource, quantity) in list {
                        container["resources"][*side][resource] = quantity.clone().into();
                    }
                }
            }
        });
    }))
}

/// `cpu=100m,memory=256Mi`.
///
/// # Errors
/// kubectl's words for a text of another form.
pub(super) fn quantities(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text.split(',').filter(|_| !text.is_empty());
    pairs
        .map(|pair| match pair.split('=').collect::<Vec<_>>().as_slice() {
            [resource, quantity] => {
                let quantity: Quantity = quantity.parse().map_err(|error| format!("{error}"))?;
                Ok(((*resource).to_owned(), quantity.to_string()))
            }
            _ => Err(format!("Invalid argument syntax {pair}, expected <resource>=<value>")),
        })
        .collect()
}

/// `kubectl set serviceaccount TYPE NAME ACCOUNT`.
pub(super) fn parse_service_account(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut printing = Printing::read(call, &arguments)?;
    let Some((account, words)) = arguments.words.split_last() else {
        return Err(failed("serviceaccount is required"));
    };
    let targets = targets(call, &arguments, words, &mut printing)?;
    let account = account.clone();
    Ok(each_of_all(targets, printing, move |plan, object| {
        plan.complaint = "failed to patch ServiceAccountName ";
        with_pod_spec(plan, object, "serviceaccount updated", |_, spec| {
            spec["serviceAccountName"] = account.clone().into();
            if let Some(fields) = spec.as_object_mut() {
                // The old name of the field follows the new one.
                fields.insert("serviceAccount".to_owned(), account.clone().into());
            }
        });
    }))
}

/// `kubectl set selector service/NAME KEY=VALUE,...`.
pub(super) fn parse_selector(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut printing = Printing::read(call, &arguments)?;
    let has_file = arguments.get("filename").is_some();
    let split = arguments.words.split_last().filter(|_| arguments.words.len() > 1 || has_file);
    let Some((selector, words)) = split.filter(|(last, _)| last.contains('=')) else {
        return Err(failed(if split.is_some() { super::targets::NO_NAME } else { NOTHING }));
    };
    let targets = targets(call, &arguments, words, &mut printing)?;
    let selector: Map<String, Value> =
        selector.split(',').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.into())).collect();
    Ok(each_of_all(targets, printing, move |plan, object| {
        if object.kind() != Kind::Service {
            return plan.fail("setting a selector is only supported for Services");
        }
        let mut json = object.to_json();
        json["spec"]["selector"] = selector.clone().into();
        update_from(plan, object, json, "selector updated");
    }))
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name) in [("*", "app"), ("a*", "app"), ("*p", "app"), ("a*p", "app"), ("*p*", "app"), ("app", "app")] {
            assert!(is_like(pattern, name), "{pattern}");
        }
        for pattern in ["b*", "*b", "a*b*p", "apps", "app*app"] {
            assert!(!is_like(pattern, "app"), "{pattern}");
        }
    }
}
