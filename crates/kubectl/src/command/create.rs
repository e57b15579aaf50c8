//! `kubectl create TYPE NAME`: objects from flags.
//!
//! Models the generators of `k8s.io/kubectl/pkg/cmd/create` (v1.36); those of roles and ingresses are in `rbac`. Not modelled:
//! `--append-hash`, `--save-config`, the check that a certificate fits its key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use podlapse_core::client::Outcome;
use podlapse_manifest::Rejection;
use podlapse_model::go_text::json_string;
use podlapse_model::{Kind, Metadata, Object, Selector};
use serde_json::{Map, Value, json};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::flags::Arguments;
use super::report::{failed, usage};
use super::shape::shape;
use super::targets::{Targets, named_one, namespace_of};

/// What is made, and what kubectl says before the API server's reason why it was not.
pub(super) type Made = Result<(Kind, Value, &'static str), Outcome>;

/// `kubectl create TYPE NAME ...`.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let what = call.verb.strip_prefix("create ").unwrap_or_default();
    let required: &[&str] = match what {
        "deployment" => &["image"],
        "cronjob" => &["image", "schedule"],
        "service externalname" => &["external-name"],
        _ => &[],
    };
    let missing: Vec<String> =
        required.iter().filter(|flag| arguments.get(flag).is_none()).map(|flag| format!("\"{flag}\"")).collect();
    if !missing.is_empty() {
        return Err(failed(format!("required flag(s) {} not set", missing.join(", "))));
    }
    let [name] = arguments.before_dash() else {
        return Err(usage(call.verb, format!("exactly one NAME is required, got {}", arguments.before_dash().len())));
    };
    super::apply::validation(&arguments)?;
    if what == "job"
        && let Some(from) = arguments.get("from").filter(|from| !from.is_empty())
    {
        return job_from(&arguments, printing, name, from);
    }
    let kept = super::rbac::made(what, &arguments, name).transpose()?;
    if let Some((kind, local, complaint)) = kept {
        let object = Object::from_json(kind, super::rbac::whole(&arguments, local.clone())).map_err(said)?;
        let warnings = super::rbac::warnings(&arguments);
        return Ok(Batch::new(move |_| {
            let mut plan = Plan::new(&printing);
            plan.report.stderr.clone_from(&warnings);
            plan.complaint = complaint;
            plan.create_shown(object.clone(), local.clone(), "created");
            plan
        }));
    }
    let (kind, local, complaint) = match what {
        "namespace" => Ok((Kind::Namespace, shape!(r#"{"metadata":{"name":"$0"},"spec":{},"status":{}}"#, name.as_str()), "")),
        "configmap" => config_map(call, &arguments, name),
        "secret generic" => generic_secret(call, &arguments, name),
        "secret docker-registry" => registry_secret(call, &arguments, name),
        "secret tls" => tls_secret(call, &arguments, name),
        "deployment" => deployment(&arguments, name),
        "job" => job(&arguments, name),
        "cronjob" => cron_job(&arguments, name),
        "serviceaccount" => Ok((
            Kind::ServiceAccount,
            shape!(r#"{"metadata":"$0"}"#, local_metadata(&arguments, name, None)),
            "failed to create serviceaccount: ",
        )),
        "quota" => quota(&arguments, name),
        "priorityclass" => priority_class(&arguments, name),
        "poddisruptionbudget" => budget(&arguments, name),
        service => super::services::create(&arguments, service.strip_prefix("service ").unwrap_or_default(), name),
    }?;
    let mut local = local;
    local["apiVersion"] = kind.api_version().into();
    local["kind"] = kind.name().into();
    let whole = if kind.is_namespaced() { namespaced(&arguments, local.clone()) } else { local.clone() };
    let object = Object::from_json(kind, whole).map_err(said)?;
    Ok(Batch::new(move |_| {
        let mut plan = Plan::new(&printing);
        plan.complaint = complaint;
        plan.create_shown(object.clone(), local.clone(), "created");
        plan
    }))
}

/// The metadata as kubectl itself makes it: the namespace only where the line names one.
pub(super) fn local_metadata(arguments: &Arguments, name: &str, labels: Option<Value>) -> Value {
    let mut metadata = shape!(r#"{"name":"$0"}"#, name);
    if let Some(namespace) = arguments.get("namespace") {
        metadata["namespace"] = namespace.into();
    }
    if let Some(labels) = labels {
        metadata["labels"] = labels;
    }
    metadata
}

/// The object in its namespace.
pub(super) fn namespaced(arguments: &Arguments, mut local: Value) -> Value {
    local["metadata"]["namespace"] = namespace_of(arguments).into();
    local
}

/// An object that cannot be made of what was given.
pub(super) fn said(error: impl ToString) -> Outcome {
    failed(error.to_string())
}

/// `a=b,c=d`.
///
/// # Errors
/// kubectl's words for a text of another form.
pub(super) fn labels(text: &str) -> Result<Value, String> {
    let pairs = text.split(',').filter(|_| !text.is_empty());
    let mut labels = Map::new();
    for pair in pairs {
        let parts = pair.split_once('=').filter(|(_, value)| !value.contains('='));
        let (key, value) = parts.ok_or_else(|| format!("unexpected label spec: {pair}"))?;
        if key.is_empty() {
            return Err("unexpected empty label key".to_owned());
        }
        labels.insert(key.to_owned(), value.into());
    }
    Ok(labels.into())
}

fn config_map(call: &Call<'_>, arguments: &Arguments, name: &str) -> Made {
    let data = sources(call, arguments, Some(name))?;
    let mut map = shape!(r#"{"metadata":"$0"}"#, local_metadata(arguments, name, None));
    if !data.is_empty() {
        map["data"] = data.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
    }
    Ok((Kind::ConfigMap, map, "failed to create configmap: "))
}

/// `--from-literal`, `--from-file` and `--from-env-file`, of the `ConfigMap` of a name or of a Secret, whose errors have other words.
fn sources(call: &Call<'_>, arguments: &Arguments, config_map: Option<&str>) -> Result<Vec<(String, String)>, Outcome> {
    let mut data: Vec<(String, String)> = Vec::new();
    let is_given = |flag: &str| arguments.get(flag).is_some();
    if is_given("from-env-file") && (is_given("from-file") || is_given("from-literal")) {
        return Err(failed("from-env-file cannot be combined with from-file or from-literal"));
    }
    for literal in arguments.all("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => data.push((key.to_owned(), value.to_owned())),
            Some(_) | None => return Err(failed(format!("invalid literal source {literal}, expected key=value"))),
        }
    }
    for source in arguments.all("from-file") {
        let (key, path) = file_source(source).map_err(failed)?;
        let path = path.trim_start_matches("./");
        let folder = format!("{}/", path.trim_end_matches('/'));
        if let Some(text) = call.line.files.get(path) {
            let base = path.rsplit('/').next().unwrap_or(path);
            data.push((key.unwrap_or(base).to_owned(), text.to_string()));
            continue;
        }
        let inside = call.line.files.iter().filter_map(|(file, text)| Some((file.strip_prefix(folder.as_str())?, text)));
        let before = data.len();
        data.extend(inside.filter(|(file, _)| !file.contains('/')).map(|(file, text)| (file.to_owned(), text.to_string())));
        match (data.len() == before, key) {
            (true, _) => return Err(failed(format!("error reading {path}: no such file or directory"))),
            (false, Some(_)) => return Err(failed("cannot give a key name for a directory path")),
            (false, None) => {}
        }
    }
    for path in arguments.all("from-env-file") {
        let text = file(call, path)?;
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            data.push((key.to_owned(), value.to_owned()));
        }
    }
    for (index, (key, _)) in data.iter().enumerate() {
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
            let of = if config_map.is_some() { "a valid key name for a ConfigMap:" } else { "valid key name for a Secret" };
            return Err(failed(format!(
                "{key:?} is not {of} a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
                 (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            )));
        }
        if data[..index].iter().any(|(other, _)| other == key) {
            let exists = "another key by that name already exists";
            return Err(failed(match config_map {
                Some(name) => format!("cannot add key {key:?}, {exists} in Data for ConfigMap {name:?}"),
                None => format!("cannot add key {key}, {exists}"),
            }));
        }
    }
    Ok(data)
}

/// The key and the path of a `--from-file` (`ParseFileSource`).
fn file_source(source: &str) -> Result<(Option<&str>, &str), String> {
    match source.split_once('=') {
        None => Ok((None, source)),
        Some((_, path)) if path.contains('=') => Err("key names or file paths cannot contain '='".to_owned()),
        Some(("", path)) => Err(format!("key name for file path {path} missing")),
        Some((key, "")) => Err(format!("file path for key name {key} missing")),
        Some((key, path)) => Ok((Some(key), path)),
    }
}

fn file(call: &Call<'_>, path: &str) -> Result<String, Outcome> {
    let found = call.line.files.get(path.trim_start_matches("./"));
    found.map(|text| text.to_string()).ok_or_else(|| failed(format!("open {path}: no such file or directory")))
}

const SECRET: &str = "failed to create secret ";

fn secret(arguments: &Arguments, name: &str, kind: Option<&str>, data: Vec<(String, String)>) -> Value {
    let mut secret = shape!(r#"{"metadata":"$0"}"#, local_metadata(arguments, name, None));
    if let Some(kind) = kind {
        secret["type"] = kind.into();
    }
    if !data.is_empty() {
        let encode = |(key, value): (String, String)| (key, Value::from(STANDARD.encode(value)));
        secret["data"] = data.into_iter().map(encode).collect();
    }
    secret
}

fn generic_secret(call: &Call<'_>, arguments: &Arguments, name: &str) -> Made {
    let data = sources(call, arguments, None)?;
    Ok((Kind::Secret, secret(arguments, name, arguments.get("type"), data), SECRET))
}

fn tls_secret(call: &Call<'_>, arguments: &Arguments, name: &str) -> Made {
    let (Some(key), Some(cert)) = (arguments.get("key"), arguments.get("cert")) else {
        return Err(failed("key and cert must be specified"));
    };
    let read =
        |path| file(call, path).map_err(|_| failed(format!("Cannot read file {path}, open {path}: no such file or directory")));
    let (cert, key) = (read(cert)?, read(key)?);
    for (text, what) in [(&cert, "certificate"), (&key, "key")] {
        if !text.contains("-----BEGIN ") || !text.contains("-----END ") {
            return Err(failed(format!("tls: failed to find any PEM data in {what} input")));
        }
    }
    let data = vec![("tls.crt".to_owned(), cert), ("tls.key".to_owned(), key)];
    Ok((Kind::Secret, secret(arguments, name, Some("kubernetes.io/tls"), data), SECRET))
}

fn registry_secret(call: &Call<'_>, arguments: &Arguments, name: &str) -> Made {
    let given = |flag: &str| arguments.get(flag).unwrap_or_default();
    let (user, password) = (given("docker-username"), given("docker-password"));
    let server = arguments.get("docker-server").unwrap_or("https://index.docker.io/v1/");
    let data = match sources(call, arguments, None)? {
        files if !files.is_empty() => files,
        _ if user.is_empty() || password.is_empty() || server.is_empty() => {
            return Err(failed(
                "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
            ));
        }
        _ => {
            let email = given("docker-email");
            let fields = [
                ("username", user.to_owned()),
                ("password", password.to_owned()),
                ("email", email.to_owned()),
                ("auth", STANDARD.encode(format!("{user}:{password}"))),
            ];
            // The order of the fields is that of Go's struct.
            let fields: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(field, value)| format!("\"{field}\":{}", json_string(value)))
                .collect();
            let text = format!("{{\"auths\":{{{}:{{{}}}}}}}", json_string(server), fields.join(","));
            vec![(".dockerconfigjson".to_owned(), text)]
        }
    };
    Ok((Kind::Secret, secret(arguments, name, Some("kubernetes.io/dockerconfigjson"), data), SECRET))
}

fn deployment(arguments: &Arguments, name: &str) -> Made {
    let images: Vec<&str> = arguments.all("image").collect();
    let command = arguments.after_dash();
    if images.len() > 1 && !command.is_empty() {
        return Err(failed("cannot specify multiple --image options and command"));
    }
    let mut containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let mut container = shape!(CONTAINER, container_name(image), *image);
            if !command.is_empty() {
                container["command"] = command.into();
            }
            container
        })
        .collect();
    if let (Some(port), Some(first)) = (arguments.number("port").filter(|port| *port >= 0), containers.first_mut()) {
        first["ports"] = shape!(r#"[{"containerPort":"$0"}]"#, port);
    }
    let labels = shape!(r#"{"app":"$0"}"#, name);
    let deployment = shape!(
        r#"{"metadata":"$0","spec":{"replicas":"$1","selector":{"matchLabels":"$2"},"strategy":{},"template":{"metadata":{"labels":"$2"},
            "spec":{"containers":"$3"}}},"status":{}}"#,
        local_metadata(arguments, name, Some(labels.clone())),
        arguments.number("replicas").unwrap_or(1),
        labels,
        containers,
    );
    Ok((Kind::Deployment, deployment, "failed to create deployment: "))
}

/// The last part of an image's name without tag and digest.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last).replace(['_', '.'], "-")
}

/// A container of a name and an image.
pub(super) const CONTAINER: &str = r#"{"name":"$0","image":"$1","resources":{}}"#;

/// The container of a Job.
fn job_container(arguments: &Arguments, name: &str) -> Value {
    let mut container = shape!(CONTAINER, name, arguments.get("image").unwrap_or_default());
    if !arguments.after_dash().is_empty() {
        container["command"] = arguments.after_dash().into();
    }
    container
}

fn job(arguments: &Arguments, name: &str) -> Made {
    if arguments.get("image").is_none_or(str::is_empty) {
        return Err(failed("either --image or --from must be specified"));
    }
    let container = job_container(arguments, name);
    let job = shape!(
        r#"{"metadata":"$0","spec":{"template":{"metadata":{},"spec":{"containers":["$1"],"restartPolicy":"Never"}}},"status":{}}"#,
        local_metadata(arguments, name, None),
        container,
    );
    Ok((Kind::Job, job, "failed to create job: "))
}

/// `kubectl create job NAME --from=cronjob/NAME`.
fn job_from(arguments: &Arguments, printing: Printing, name: &str, from: &str) -> Result<Batch, Outcome> {
    if arguments.is_given("image") {
        return Err(failed("either --image or --from must be specified"));
    }
    if !arguments.after_dash().is_empty() {
        return Err(failed("cannot specify --from and command"));
    }
    let (kind, source) = named_one(from).map_err(failed)?;
    if kind != Kind::CronJob {
        return Err(failed(format!("unknown object type *v1.{}", kind.name())));
    }
    let targets = Targets::parse(arguments, &[]).map_err(failed)?;
    let metadata = local_metadata(arguments, name, None);
    let arguments = arguments.clone();
    Ok(Batch::new(move |view| {
        let mut plan = Plan::new(&printing);
        plan.complaint = "failed to create job: ";
        let key = targets.key(Kind::CronJob, &source);
        let cron_job = match targets.get(view.store, &key) {
            Ok(cron_job) => cron_job,
            Err(error) => {
                plan.report.errors.push(error);
                return plan;
            }
        };
        let json = cron_job.to_json();
        let template = &json["spec"]["jobTemplate"];
        let mut local = shape!(
            r#"{"apiVersion":"batch/v1","kind":"Job","metadata":"$0","spec":"$1","status":{}}"#,
            metadata.clone(),
            template["spec"].clone(),
        );
        let mut annotations = template["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
        annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), "manual".into());
        local["metadata"]["annotations"] = annotations.into();
        if let Some(labels) = template["metadata"].get("labels") {
            local["metadata"]["labels"] = labels.clone();
        }
        local["metadata"]["ownerReferences"] = shape!(
            r#"[{"apiVersion":"batch/v1","controller":true,"kind":"CronJob","name":"$0","uid":"$1"}]"#,
            key.name.as_str(),
            cron_job.uid().as_str(),
        );
        match Object::from_json(Kind::Job, namespaced(&arguments, local.clone())) {
            Ok(job) => plan.create_shown(job, local, "created"),
            Err(error) => plan.report.errors.push(Rejection::Client(error.to_string())),
        }
        plan
    }))
}

fn cron_job(arguments: &Arguments, name: &str) -> Made {
    let container = job_container(arguments, name);
    let restart = arguments.get("restart").unwrap_or("OnFailure");
    let job = shape!(
        r#"{"metadata":"$0","spec":{"jobTemplate":{"metadata":{"name":"$1"},"spec":{"template":{"metadata":{},"spec":{"containers":["$2"],
            "restartPolicy":"$3"}}}},"schedule":"$4"},"status":{}}"#,
        local_metadata(arguments, name, None),
        name,
        container,
        restart,
        arguments.get("schedule").unwrap_or_default(),
    );
    Ok((Kind::CronJob, job, "failed to create cronjob: "))
}

fn quota(arguments: &Arguments, name: &str) -> Made {
    let hard = super::set::quantities(arguments.get("hard").unwrap_or_default()).map_err(failed)?;
    let mut spec = json!({});
    if !hard.is_empty() {
        spec["hard"] = hard.into_iter().map(|(resource, quantity)| (resource, Value::from(quantity))).collect();
    }
    if let Some(scopes) = arguments.get("scopes").filter(|scopes| !scopes.is_empty()) {
        if scopes.split(',').any(str::is_empty) {
            return Err(failed("invalid resource quota scope \"\""));
        }
        spec["scopes"] = scopes.split(',').collect::<Vec<_>>().into();
    }
    let quota = shape!(r#"{"metadata":"$0","spec":"$1","status":{}}"#, local_metadata(arguments, name, None), spec);
    Ok((Kind::ResourceQuota, quota, "failed to create quota: "))
}

fn priority_class(arguments: &Arguments, name: &str) -> Made {
    let mut class = shape!(
        r#"{"metadata":{"name":"$0"},"preemptionPolicy":"$1","value":"$2"}"#,
        name,
        arguments.get("preemption-policy").unwrap_or("PreemptLowerPriority"),
        arguments.number("value").unwrap_or_default(),
    );
    if let Some(description) = arguments.get("description") {
        class["description"] = description.into();
    }
    if arguments.is_on("global-default") {
        class["globalDefault"] = true.into();
    }
    Ok((Kind::PriorityClass, class, "failed to create priorityclass: "))
}

fn budget(arguments: &Arguments, name: &str) -> Made {
    let given = |flag: &str| arguments.get(flag).filter(|text| !text.is_empty());
    let Some(selector) = given("selector") else {
        return Err(failed("a selector must be specified"));
    };
    let (field, flag, bound) = match (given("min-available"), given("max-unavailable")) {
        (None, None) => return Err(failed("one of min-available or max-unavailable must be specified")),
        (Some(_), Some(_)) => return Err(failed("min-available and max-unavailable cannot be both specified")),
        (Some(bound), None) => ("minAvailable", "min-available", bound),
        (None, Some(bound)) => ("maxUnavailable", "max-unavailable", bound),
    };
    let digits = bound.strip_suffix('%').unwrap_or(bound);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(failed(format!("invalid format specified for {flag}")));
    }
    Selector::parse(selector).map_err(|error| failed(format!("couldn't parse the selector string {selector:?}: {error}")))?;
    let selector = labels(selector).map_err(failed)?;
    let mut budget = shape!(
        r#"{"metadata":"$0","spec":{"selector":{"matchLabels":"$1"}},
            "status":{"currentHealthy":0,"desiredHealthy":0,"disruptionsAllowed":0,"expectedPods":0}}"#,
        local_metadata(arguments, name, None),
        selector,
    );
    budget["spec"][field] = bound.parse::<i64>().map_or_else(|_| Value::from(bound), Value::from);
    Ok((Kind::PodDisruptionBudget, budget, "failed to create poddisruptionbudgets: "))
}
