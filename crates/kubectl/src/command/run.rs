//! `kubectl run`. Models `k8s.io/kubectl/pkg/cmd/run` (v1.36).

use podlapse_core::client::Outcome;
use podlapse_model::{Kind, Object};
use serde_json::Value;

use super::attach::{Attach, notice};
use super::batch::{Batch, DryRun, Plan, Printing};
use super::create::{labels, local_metadata, namespaced, said};
use super::flags::Arguments;
use super::report::{failed, usage};
use super::shape::shape;
use super::{Call, Running};
use crate::output::Format;

/// `kubectl run NAME --image=IMAGE`.
pub(super) fn parse(call: &Call<'_>) -> Result<Running, Outcome> {
    let arguments = call.arguments()?;
    let Some(image) = arguments.get("image") else {
        return Err(failed("required flag(s) \"image\" not set"));
    };
    let Some((name, rest)) = arguments.words.split_first() else {
        return Err(usage("run", "NAME is required for run"));
    };
    if image.is_empty() {
        return Err(failed("--image is required"));
    }
    let printing = Printing::read(call, &arguments)?;
    if image.contains(char::is_whitespace) {
        return Err(failed(format!("Invalid image name {image:?}: invalid reference format")));
    }
    let attaches = arguments.is_on("stdin") || arguments.is_on("tty") || arguments.is_on("attach");
    if arguments.is_on("rm") && !attaches {
        return Err(usage("run", "--rm should only be used for attached containers"));
    }
    if attaches && printing.dry_run != DryRun::No {
        let flags = "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)";
        return Err(usage("run", flags));
    }
    if arguments.is_on("tty") && !arguments.is_on("stdin") {
        return Err(usage("run", "-i/--stdin is required for containers with -t/--tty=true"));
    }
    let container = container(&arguments, name, image, rest)?;
    let restart = arguments.get("restart").unwrap_or("Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(usage("run", format!("invalid restart policy: {restart}")));
    }
    let labels = match arguments.get("labels") {
        None => shape!(r#"{"run":"$0"}"#, name.as_str()),
        Some(text) => labels(text).map_err(failed)?,
    };
    let mut pod = shape!(
        r#"{"apiVersion":"v1","kind":"Pod","metadata":"$0","spec":{"containers":["$1"],"restartPolicy":"$2","dnsPolicy":"ClusterFirst"},
            "status":{}}"#,
        local_metadata(&arguments, name, Some(labels.clone())),
        container,
        restart,
    );
    for text in arguments.all("annotations") {
        let pair = text.split_once('=').ok_or_else(|| failed(format!("invalid annotations format: {text}")))?;
        pod["metadata"]["annotations"][pair.0] = pair.1.into();
    }
    override_with(&mut pod, &arguments).map_err(failed)?;
    let service = arguments.is_on("expose").then(|| service(&arguments, name, labels)).transpose()?;
    let pod_object = Object::from_json(Kind::Pod, namespaced(&arguments, pod.clone())).map_err(said)?;
    let key = pod_object.key();
    let create = Batch::new(move |_| {
        let mut plan = Plan::new(&printing);
        if let Some((object, local)) = &service {
            plan.create_shown(object.clone(), local.clone(), "created");
            if printing.format.as_ref().is_some_and(Format::is_yaml) {
                plan.tell("---");
            }
        }
        plan.create_shown(pod_object.clone(), pod.clone(), "created");
        plan
    });
    Ok(match attaches {
        true => {
            let notice = notice(arguments.is_on("quiet"), arguments.is_on("tty"));
            Running::Attach(Attach::new(create, key, restart != "Always", arguments.is_on("rm"), notice))
        }
        false => Running::Batch(create),
    })
}

/// `--overrides` and `--override-type` (`NewOverrider`).
///
/// # Errors
/// kubectl's words for what cannot be laid over the object.
pub(super) fn override_with(object: &mut Value, arguments: &Arguments) -> Result<(), String> {
    let Some(overrides) = arguments.get("overrides").filter(|text| !text.is_empty()) else { return Ok(()) };
    let patch: Value = serde_json::from_str(overrides).map_err(|_| "Invalid JSON Patch")?;
    match arguments.get("override-type").unwrap_or("merge") {
        "json" => crate::merge::json_patch(object, &patch),
        _ if !patch.is_object() => Err("Invalid JSON Patch".to_owned()),
        "strategic" => crate::strategic::strategic_patch(object, &patch).map_err(|problem| problem.to_string()),
        _ => {
            crate::merge::merge_patch(object, &patch);
            Ok(())
        }
    }
}

fn container(arguments: &Arguments, name: &str, image: &str, rest: &[String]) -> Result<Value, Outcome> {
    let mut container = shape!(super::create::CONTAINER, name, image);
    if !rest.is_empty() {
        container[if arguments.is_on("command") { "command" } else { "args" }] = rest.into();
    }
    let mut env = Vec::new();
    for text in arguments.all("env") {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => env.push(shape!(r#"{"name":"$0","value":"$1"}"#, name, value)),
            Some(_) | None => return Err(failed(format!("invalid env: {text}"))),
        }
    }
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if let Some(port) = arguments.get("port") {
        let port: i32 = port.parse().map_err(|_| failed(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
        container["ports"] = shape!(r#"[{"containerPort":"$0"}]"#, port);
    }
    if let Some(policy) = arguments.get("image-pull-policy").filter(|policy| !policy.is_empty()) {
        if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
            return Err(usage("run", format!("invalid image pull policy: {policy}")));
        }
        container["imagePullPolicy"] = policy.into();
    }
    for (flag, field) in [("stdin", "stdin"), ("tty", "tty")] {
        if arguments.is_on(flag) {
            container[field] = true.into();
        }
    }
    if arguments.is_on("stdin") && !arguments.is_on("leave-stdin-open") {
        container["stdinOnce"] = true.into();
    }
    if arguments.is_on("privileged") {
        container["securityContext"] = shape!(r#"{"privileged":true}"#);
    }
    Ok(container)
}

/// The Service of `--expose`.
fn service(arguments: &Arguments, name: &str, selector: Value) -> Result<(Object, Value), Outcome> {
    let Some(port) = arguments.number("port").or_else(|| arguments.get("port").and_then(|port| port.parse().ok())) else {
        return Err(usage("run", "--port must be set when exposing a service"));
    };
    let local = shape!(
        r#"{"apiVersion":"v1","kind":"Service","metadata":"$0","spec":{"ports":[{"port":"$1","protocol":"TCP","targetPort":"$1"}],
            "selector":"$2"},"status":{"loadBalancer":{}}}"#,
        local_metadata(arguments, name, None),
        port,
        selector,
    );
    let object = Object::from_json(Kind::Service, namespaced(arguments, local.clone())).map_err(said)?;
    Ok((object, local))
}
