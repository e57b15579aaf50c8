//! Verbs that make or change workloads without a file: `scale`, `set image`, `run`, `create deployment|job|configmap|...`, `expose`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/{scale,set,run,create,expose}` (v1.36) and their generators.

use podlapse_core::client::Outcome;
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Object};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, Plan};
use super::flags::{Arguments, Flag, FlagKind, number, on, text};
use super::report::{failed, usage};
use super::targets::{Targets, namespace_of};

/// The flags of verbs that make objects.
pub(super) const COMMON: &[Flag] = &[
    text("output", Some('o')),
    Flag { long: "dry-run", short: None, kind: FlagKind::Optional("unchanged") },
    Flag { long: "validate", short: None, kind: FlagKind::Optional("strict") },
    on("save-config", None),
];

/// Where the Pod template of a kind lies.
fn pod_spec(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Pod => Some("/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job | Kind::ReplicationController => {
            Some("/spec/template/spec")
        }
        Kind::Namespace
        | Kind::Node
        | Kind::Secret
        | Kind::ConfigMap
        | Kind::ServiceAccount
        | Kind::Service
        | Kind::Event
        | Kind::PersistentVolume
        | Kind::PersistentVolumeClaim
        | Kind::LimitRange
        | Kind::ResourceQuota
        | Kind::StorageClass
        | Kind::PriorityClass
        | Kind::RuntimeClass
        | Kind::PodDisruptionBudget
        | Kind::ControllerRevision
        | Kind::Lease
        | Kind::EndpointSlice
        | Kind::CSINode
        | Kind::Unmodelled => None,
    }
}

/// Asks for an object made from JSON.
pub(super) fn update_from(plan: &mut Plan, object: &Object, json: Value, done: &str) {
    match Object::from_json(object.kind(), json) {
        Ok(changed) => plan.update(changed, done),
        Err(error) => plan.report.errors.push(Rejection::Client(error.to_string())),
    }
}

/// Plans a change of each target.
pub(super) fn each(targets: Targets, change: impl Fn(&mut Plan, &Object) + Send + Sync + 'static) -> Batch {
    Batch::new(move |view| {
        let mut plan = Plan::default();
        for target in targets.resolve(view.store) {
            match target {
                Ok(object) => change(&mut plan, &object),
                Err(error) => plan.report.errors.push(error),
            }
        }
        plan
    })
}

/// The flags of `scale`.
pub(super) const SCALE: &[Flag] = &[
    number("replicas", None),
    number("current-replicas", None),
    text("resource-version", None),
    text("timeout", None),
    on("all", None),
];

/// `kubectl scale TYPE NAME --replicas=N`.
pub(super) fn parse_scale(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    let Some(replicas) = arguments.number("replicas").filter(|replicas| *replicas >= 0) else {
        return Err(failed(match arguments.number("replicas") {
            None => "required flag(s) \"replicas\" not set",
            Some(_) => "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        }));
    };
    if targets.is_empty() || (targets.names.is_empty() && !targets.has_selector() && !arguments.is_on("all")) {
        return Err(failed("resource(s) were provided, but no name was specified"));
    }
    let current = arguments.number("current-replicas").filter(|current| *current >= 0);
    Ok(each(targets, move |plan, object| {
        let mut json = object.to_json();
        let held = json.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
        if !matches!(object.kind(), Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::ReplicationController) {
            plan.report.errors.push(Rejection::Client("the server could not find the requested resource".to_owned()));
        } else if let Some(current) = current.filter(|current| *current != held) {
            let message = format!("Expected replicas to be {current}, was {held}");
            plan.report.errors.push(Rejection::Client(message));
        } else {
            json["spec"]["replicas"] = replicas.into();
            update_from(plan, object, json, "scaled");
        }
    }))
}

/// The flags of `set image`.
pub(super) const SET_IMAGE: &[Flag] =
    &[on("all", None), on("local", None), text("filename", Some('f')), text("field-manager", None)];

/// `kubectl set image TYPE/NAME CONTAINER=IMAGE ...`.
pub(super) fn parse_set_image(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let (images, words): (Vec<String>, Vec<String>) = arguments.words.iter().cloned().partition(|word| word.contains('='));
    let targets = Targets::parse(&arguments, &words).map_err(failed)?;
    if targets.is_empty() {
        return Err(failed("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    if images.is_empty() {
        return Err(failed("at least one image update is required"));
    }
    let images: Vec<(String, String)> =
        images.iter().filter_map(|word| word.split_once('=')).map(|(name, image)| (name.to_owned(), image.to_owned())).collect();
    Ok(each(targets, move |plan, object| set_images(plan, object, &images)))
}

fn set_images(plan: &mut Plan, object: &Object, images: &[(String, String)]) {
    let mut json = object.to_json();
    let Some(spec) = pod_spec(object.kind()).and_then(|path| json.pointer_mut(path)) else {
        let kind = object.kind().name();
        plan.report.errors.push(Rejection::Client(format!("the object is not a pod or does not have a pod template: {kind}")));
        return;
    };
    let mut changed = false;
    for (name, image) in images {
        let mut found = false;
        for list in ["initContainers", "containers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if name == "*" || container["name"] == **name {
                    found = true;
                    changed |= container["image"] != **image;
                    container["image"] = image.clone().into();
                }
            }
        }
        if !found {
            plan.report.errors.push(Rejection::Client(format!("unable to find container named {name:?}")));
        }
    }
    if changed && plan.report.errors.is_empty() {
        update_from(plan, object, json, "image updated");
    }
}

/// Plans the creation of an object made from JSON.
fn creation(kind: Kind, json: Value) -> Result<Batch, Outcome> {
    let object = Object::from_json(kind, json).map_err(|error| failed(error.to_string()))?;
    Ok(Batch::new(move |_| {
        let mut plan = Plan::default();
        plan.create(object.clone());
        plan
    }))
}

fn metadata(arguments: &Arguments, name: &str, labels: Option<Value>) -> Value {
    let mut metadata = json!({"name": name, "namespace": namespace_of(arguments)});
    if let Some(labels) = labels {
        metadata["labels"] = labels;
    }
    metadata
}

/// `--env KEY=VALUE` as an `env` list.
fn environment(arguments: &Arguments) -> Result<Vec<Value>, Outcome> {
    let pair = |text: &str| match text.split_once('=') {
        Some((name, value)) => Ok(json!({"name": name, "value": value})),
        None => Err(failed(format!("invalid env: {text}"))),
    };
    arguments.all("env").map(pair).collect()
}

/// The flags of `run`.
pub(super) const RUN: &[Flag] = &[
    text("image", None),
    text("port", None),
    text("env", None),
    text("labels", Some('l')),
    text("restart", None),
    text("image-pull-policy", None),
    text("overrides", None),
    text("annotations", None),
    on("command", None),
    on("stdin", Some('i')),
    on("tty", Some('t')),
    on("rm", None),
    on("attach", None),
    on("expose", None),
    on("quiet", Some('q')),
    on("privileged", None),
];

/// `kubectl run NAME --image=IMAGE`.
pub(super) fn parse_run(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let Some((name, rest)) = arguments.words.split_first() else {
        return Err(usage("run", "NAME is required for run"));
    };
    let Some(image) = arguments.get("image") else {
        return Err(failed("required flag(s) \"image\" not set"));
    };
    let mut container = json!({"name": name, "image": image});
    if !rest.is_empty() {
        container[if arguments.is_on("command") { "command" } else { "args" }] = rest.into();
    }
    let env = environment(&arguments)?;
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if let Some(port) = arguments.get("port") {
        let port: i32 = port.parse().map_err(|_| failed(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
        container["ports"] = json!([{"containerPort": port}]);
    }
    if let Some(policy) = arguments.get("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    let restart = arguments.get("restart").unwrap_or("Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(failed(format!("invalid restart policy: {restart}\nSee 'kubectl run -h' for help and examples")));
    }
    let labels = match arguments.get("labels") {
        None => json!({"run": name}),
        Some(text) => {
            text.split(',').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key, Value::from(value))).collect()
        }
    };
    let mut pod = json!({
        "metadata": metadata(&arguments, name, Some(labels)),
        "spec": {"containers": [container], "restartPolicy": restart, "dnsPolicy": "ClusterFirst"},
    });
    if let Some(overrides) = arguments.get("overrides") {
        let patch: Value = serde_json::from_str(overrides).map_err(|error| failed(format!("Invalid JSON Patch: {error}")))?;
        crate::merge::merge_patch(&mut pod, &patch);
    }
    creation(Kind::Pod, pod)
}

/// The flags of `create`.
pub(super) const CREATE: &[Flag] = &[
    text("image", None),
    number("replicas", Some('r')),
    number("port", None),
    text("from-literal", None),
    text("from-file", None),
    text("from", None),
    text("type", None),
    text("docker-server", None),
    text("docker-username", None),
    text("docker-password", None),
    text("docker-email", None),
    on("append-hash", None),
];

/// `kubectl create TYPE NAME ...`.
pub(super) fn parse_create(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut words = arguments.before_dash().iter().map(String::as_str);
    let what = call.verb.strip_prefix("create ").unwrap_or_default();
    let secret = if what == "secret" { words.next().unwrap_or_default() } else { "" };
    let Some(name) = words.next() else {
        return Err(failed("exactly one NAME is required, got 0\nSee 'kubectl create -h' for help and examples"));
    };
    match (what, secret) {
        ("namespace", _) => creation(Kind::Namespace, json!({"metadata": {"name": name}})),
        ("configmap", _) => {
            let data = literals(call, &arguments)?;
            let mut map = json!({"metadata": metadata(&arguments, name, None)});
            if !data.is_empty() {
                map["data"] = data.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
            }
            creation(Kind::ConfigMap, map)
        }
        ("secret", "generic" | "docker-registry") => create_secret(call, &arguments, secret, name),
        ("deployment", _) => create_deployment(&arguments, name),
        ("job", _) => create_job(&arguments, name),
        (_, _) => Err(failed(format!("kubectl create {what} {secret} is not simulated"))),
    }
}

/// `--from-literal` and `--from-file`.
fn literals(call: &Call<'_>, arguments: &Arguments) -> Result<Vec<(String, String)>, Outcome> {
    let mut data = Vec::new();
    for literal in arguments.all("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => data.push((key.to_owned(), value.to_owned())),
            Some(_) | None => {
                return Err(failed(format!("invalid literal source {literal}, expected key=value")));
            }
        }
    }
    for source in arguments.all("from-file") {
        let (key, path) = source.split_once('=').unwrap_or((source.rsplit('/').next().unwrap_or(source), source));
        let Some(text) = call.line.files.get(path) else {
            return Err(failed(format!("error reading {path}: no such file or directory")));
        };
        data.push((key.to_owned(), text.to_string()));
    }
    Ok(data)
}

fn create_secret(call: &Call<'_>, arguments: &Arguments, kind: &str, name: &str) -> Result<Batch, Outcome> {
    let mut data = Vec::new();
    let mut secret_type = arguments.get("type").unwrap_or("Opaque").to_owned();
    if kind == "docker-registry" {
        let given = |flag: &str| arguments.get(flag).unwrap_or_default().to_owned();
        let (user, password) = (given("docker-username"), given("docker-password"));
        if user.is_empty() || password.is_empty() {
            return Err(failed(
                "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
            ));
        }
        let server = arguments.get("docker-server").unwrap_or("https://index.docker.io/v1/").to_owned();
        let mut entry = json!({"username": user, "password": password, "auth": crate::base64::encode(format!("{user}:{password}").as_bytes())});
        if let Some(email) = arguments.get("docker-email") {
            entry["email"] = email.into();
        }
        let mut auths = json!({});
        auths[server.as_str()] = entry;
        data.push((".dockerconfigjson".to_owned(), json!({"auths": auths}).to_string()));
        secret_type = "kubernetes.io/dockerconfigjson".to_owned();
    } else {
        data = literals(call, arguments)?;
    }
    let data: Value = data.into_iter().map(|(key, value)| (key, Value::from(crate::base64::encode(value.as_bytes())))).collect();
    creation(Kind::Secret, json!({"metadata": metadata(arguments, name, None), "type": secret_type, "data": data}))
}

fn create_deployment(arguments: &Arguments, name: &str) -> Result<Batch, Outcome> {
    let images: Vec<&str> = arguments.all("image").flat_map(|images| images.split(',')).collect();
    if images.is_empty() {
        return Err(failed("required flag(s) \"image\" not set"));
    }
    let command = arguments.after_dash();
    if images.len() > 1 && !command.is_empty() {
        return Err(failed("cannot specify multiple --image options and command"));
    }
    let containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let mut container = json!({"name": container_name(image), "image": image, "resources": {}});
            if !command.is_empty() {
                container["command"] = command.into();
            }
            if let Some(port) = arguments.number("port") {
                container["ports"] = json!([{"containerPort": port}]);
            }
            container
        })
        .collect();
    let labels = json!({"app": name});
    let deployment = json!({
        "metadata": metadata(arguments, name, Some(labels.clone())),
        "spec": {
            "replicas": arguments.number("replicas").unwrap_or(1),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    });
    creation(Kind::Deployment, deployment)
}

/// The last part of an image's name without tag and digest.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last).replace('_', "-")
}

fn create_job(arguments: &Arguments, name: &str) -> Result<Batch, Outcome> {
    if let Some(from) = arguments.get("from") {
        return Err(failed(format!("kubectl create job --from={from} is not simulated")));
    }
    let Some(image) = arguments.get("image") else {
        return Err(failed("either --image or --from must be specified"));
    };
    let mut container = json!({"name": name, "image": image, "resources": {}});
    if !arguments.after_dash().is_empty() {
        container["command"] = arguments.after_dash().into();
    }
    let template = json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": "Never"}});
    creation(Kind::Job, json!({"metadata": metadata(arguments, name, None), "spec": {"template": template}}))
}

/// The flags of `expose`.
pub(super) const EXPOSE: &[Flag] = &[
    number("port", None),
    text("target-port", None),
    text("name", None),
    text("type", None),
    text("protocol", None),
    text("labels", Some('l')),
    text("external-ip", None),
    text("cluster-ip", None),
    text("filename", Some('f')),
];

/// `kubectl expose TYPE NAME --port=PORT`.
pub(super) fn parse_expose(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&Arguments::default(), &arguments.words).map_err(failed)?;
    targets.namespace = Some(namespace_of(&arguments));
    if targets.names.is_empty() {
        return Err(failed("You must provide one or more resources by argument or filename."));
    }
    Ok(each(targets, move |plan, object| match service_for(&arguments, object) {
        Ok(service) => {
            plan.create(service);
            if let Some(step) = plan.steps.last_mut() {
                step.done = "exposed".to_owned();
            }
        }
        Err(message) => plan.report.errors.push(Rejection::Client(message)),
    }))
}

fn service_for(arguments: &Arguments, object: &Object) -> Result<Object, String> {
    let json = object.to_json();
    let selector = match object.kind() {
        Kind::Pod => json.pointer("/metadata/labels"),
        Kind::Service | Kind::ReplicationController => json.pointer("/spec/selector"),
        _ => json.pointer("/spec/selector/matchLabels"),
    };
    let name = object.metadata().name.clone().unwrap_or_default();
    let selector = selector.cloned().ok_or_else(|| {
        format!(
            "couldn't retrieve selectors via --selector flag or introspection: the {} has no labels and cannot be exposed",
            object.kind().singular()
        )
    })?;
    let ports: Vec<i64> = match arguments.number("port") {
        Some(port) => vec![port],
        None => {
            let spec = pod_spec(object.kind()).and_then(|path| json.pointer(path)).cloned().unwrap_or_default();
            let containers = spec["containers"].as_array().cloned().unwrap_or_default();
            let ports = containers.iter().flat_map(|container| container["ports"].as_array().cloned().unwrap_or_default());
            ports.filter_map(|port| port["containerPort"].as_i64()).collect()
        }
    };
    if ports.is_empty() {
        return Err(
            "couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples".to_owned()
        );
    }
    let several = ports.len() > 1;
    let ports: Vec<Value> = ports
        .iter()
        .enumerate()
        .map(|(index, port)| {
            let target = arguments.get("target-port").map_or_else(|| port.to_string(), str::to_owned);
            let target = target.parse::<i64>().map_or_else(|_| Value::from(target.as_str()), Value::from);
            let mut entry = json!({"port": port, "protocol": arguments.get("protocol").unwrap_or("TCP"), "targetPort": target});
            if several {
                entry["name"] = format!("port-{}", index + 1).into();
            }
            entry
        })
        .collect();
    let mut service = json!({
        "metadata": {
            "name": arguments.get("name").unwrap_or(&name),
            "namespace": object.metadata().namespace,
            "labels": object.metadata().labels,
        },
        "spec": {"ports": ports, "selector": selector},
    });
    if let Some(kind) = arguments.get("type") {
        service["spec"]["type"] = kind.into();
    }
    Object::from_json(Kind::Service, service).map_err(|error| error.to_string())
}
