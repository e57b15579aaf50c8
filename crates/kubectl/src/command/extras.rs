//! `kubectl autoscale` and `kubectl debug` of a Pod. Models `k8s.io/kubectl/pkg/cmd/autoscale` and `pkg/cmd/debug` (v1.36).
//!
//! A HorizontalPodAutoscaler is kept and not simulated. Not modelled: debugging with a copy of the Pod, or of a node.

use podlapse_core::client::Outcome;
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Object};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, Plan, Printing};
use super::flags::{Arguments, Flag, number, on, text};
use super::report::failed;
use super::targets::Targets;
use super::template::{each, update_from};

/// The flags of `autoscale`.
pub(super) const AUTOSCALE: &[Flag] = &[
    number("min", None),
    number("max", None),
    text("cpu", None),
    text("cpu-percent", None),
    text("memory", None),
    text("name", None),
];

/// The flags of `debug`.
pub(super) const DEBUG: &[Flag] = &[
    text("image", None),
    text("container", Some('c')),
    text("target", None),
    text("profile", None),
    text("env", None),
    text("image-pull-policy", None),
    text("copy-to", None),
    on("arguments-only", None),
    on("attach", None),
    on("quiet", Some('q')),
    on("stdin", Some('i')),
    on("tty", Some('t')),
];

/// `kubectl autoscale TYPE NAME --max=N [--min=N] [--cpu=80%]`.
pub(super) fn parse_autoscale(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    let mut targets = Targets::parse(&arguments, &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    let Some(max) = arguments.number("max") else {
        return Err(failed("required flag(s) \"max\" not set"));
    };
    if max < 1 {
        return Err(failed(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    let min = arguments.number("min").filter(|min| *min > 0);
    if min.is_some_and(|min| max < min) {
        let min = min.unwrap_or_default();
        return Err(failed(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}")));
    }
    targets.require_names(&Arguments::default()).map_err(failed)?;
    Ok(each(targets, printing, move |plan, object| {
        let local = autoscaler(&arguments, object, min, max);
        // What is not given is defaulted by the API server.
        let mut whole = local.clone();
        let spec = &mut whole["spec"];
        if spec["minReplicas"].is_null() {
            spec["minReplicas"] = 1.into();
        }
        if spec["metrics"].is_null() {
            spec["metrics"] = json!([metric("cpu", 80)]);
        }
        match Object::from_json(Kind::Unmodelled, whole) {
            Ok(whole) => plan.create_shown(whole, local, "autoscaled"),
            Err(error) => plan.fail(error.to_string()),
        }
    }))
}

/// A target for the use of a resource, in percent of what is requested.
fn metric(resource: &str, percent: i64) -> Value {
    json!({"type": "Resource", "resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": percent}}})
}

fn autoscaler(arguments: &Arguments, object: &Object, min: Option<i64>, max: i64) -> Value {
    let kind = object.kind();
    let name = object.metadata().name.clone().unwrap_or_default();
    let mut spec =
        json!({"maxReplicas": max, "scaleTargetRef": {"apiVersion": kind.api_version(), "kind": kind.name(), "name": name}});
    if let Some(min) = min {
        spec["minReplicas"] = min.into();
    }
    let percent = |flag: &str| arguments.get(flag).and_then(|text| text.trim_end_matches('%').parse::<i64>().ok());
    let cpu = percent("cpu").or_else(|| percent("cpu-percent")).map(|percent| metric("cpu", percent));
    let metrics: Vec<Value> = cpu.into_iter().chain(percent("memory").map(|percent| metric("memory", percent))).collect();
    if !metrics.is_empty() {
        spec["metrics"] = metrics.into();
    }
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": arguments.get("name").unwrap_or(&name), "namespace": object.metadata().namespace},
        "spec": spec,
    })
}

/// `kubectl debug POD --image=IMAGE [-- COMMAND]`: an ephemeral container in a running Pod.
pub(super) fn parse_debug(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let mut targets = Targets::parse(&arguments, &[]).map_err(failed)?;
    match arguments.before_dash() {
        [pod] => targets.names.push((Kind::Pod, pod.strip_prefix("pod/").unwrap_or(pod).to_owned())),
        _ => return Err(failed("NAME or filename is required for debug")),
    }
    if arguments.get("copy-to").is_some() || arguments.before_dash()[0].starts_with("node/") {
        return Err(failed("kubectl debug with a copy of the Pod or of a node is not simulated"));
    }
    let Some(image) = arguments.get("image").map(str::to_owned) else {
        return Err(failed("you must specify --image when not using --copy-to."));
    };
    if arguments.is_on("tty") && !arguments.is_on("stdin") {
        return Err(failed("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let name = arguments.get("container").map(str::to_owned);
    Ok(each(targets, Printing::default(), move |plan, object| {
        let is_quiet = arguments.is_on("quiet");
        if let Some(target) = arguments.get("target").filter(|_| !is_quiet) {
            plan.report.say(format!(
                "Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime \
                 doesn't support this feature."
            ));
        }
        let name = name.clone().unwrap_or_else(|| {
            let name = format!("debugger-{}", suffix(object));
            if !is_quiet {
                plan.report.say(format!("Defaulting debug container name to {name}."));
            }
            name
        });
        add_ephemeral(plan, object, &arguments, &name, &image);
    }))
}

/// Five letters that stand for a name's random part: drawn from the Pod as it is, as kubectl has no stream of its own.
fn suffix(object: &Object) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let metadata = object.metadata();
    let seed = [&metadata.uid, &metadata.resource_version].into_iter().flatten().flat_map(|text| text.bytes());
    let mut state = seed.fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut letter = || {
        let index = usize::try_from(state % LETTERS.len() as u64).unwrap_or_default();
        state = state.wrapping_mul(0x0100_0000_01b3).rotate_left(17);
        char::from(LETTERS[index])
    };
    (0..5).map(|_| letter()).collect()
}

fn add_ephemeral(plan: &mut Plan, object: &Object, arguments: &Arguments, name: &str, image: &str) {
    let mut json = object.to_json();
    let mut container = json!({"name": name, "image": image, "resources": {}, "terminationMessagePolicy": "File"});
    if !arguments.after_dash().is_empty() {
        container[if arguments.is_on("arguments-only") { "args" } else { "command" }] = arguments.after_dash().into();
    }
    if let Some(target) = arguments.get("target") {
        container["targetContainerName"] = target.into();
    }
    if let Some(policy) = arguments.get("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    for (flag, field) in [("stdin", "stdin"), ("tty", "tty")] {
        if arguments.is_on(flag) {
            container[field] = true.into();
        }
    }
    if matches!(arguments.get("profile"), None | Some("general")) {
        container["securityContext"] = json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    }
    let Some(spec) = json.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let list = spec.entry("ephemeralContainers").or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    if list.iter().any(|known| known["name"] == *name) {
        plan.report.errors.push(Rejection::Client(format!("container name {name:?} is already in use")));
        return;
    }
    list.push(container);
    update_from(plan, object, json, "");
}
