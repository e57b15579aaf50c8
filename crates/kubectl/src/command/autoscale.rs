//! `kubectl autoscale`. Models `k8s.io/kubectl/pkg/cmd/autoscale` (v1.36). A HorizontalPodAutoscaler is kept and not simulated.

use podlapse_core::client::Outcome;
use podlapse_model::{Kind, Object};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, Printing};
use super::flags::{Arguments, Flag, number, text};
use super::report::failed;
use super::targets::Targets;
use super::template::each;

/// The flags.
pub(super) const FLAGS: &[Flag] = &[
    number("min", None),
    number("max", None),
    text("cpu", None),
    text("cpu-percent", None),
    text("memory", None),
    text("name", None),
];

/// `kubectl autoscale TYPE NAME --max=N [--min=N] [--cpu=80%]`.
pub(super) fn parse(call: &Call<'_>) -> Result<Batch, Outcome> {
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
