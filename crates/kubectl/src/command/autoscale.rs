//! `kubectl autoscale`. Models `k8s.io/kubectl/pkg/cmd/autoscale` (v1.36).

use podlapse_core::client::Outcome;
use podlapse_model::{Kind, Metadata, Object, Quantity};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, DryRun, Printing};
use super::flags::Arguments;
use super::report::failed;
use super::shape::shape;
use super::subresource::Part;
use super::targets::Targets;
use super::template::each;
use crate::resources::group_version;

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
    let metrics = metrics(&arguments).map_err(failed)?;
    let is_tried = printing.dry_run == DryRun::Client;
    Ok(each(targets, printing, move |plan, object| {
        if !Part::Scale.is_served(object) {
            let kind = object.kind();
            let (name, version, resource) = (kind.name(), group_version(kind.api_version()), kind.resource());
            plan.fail(format!(
                "cannot autoscale a {name}: could not find scale subresource for {version}, Resource={resource} in discovery \
                 information"
            ));
            return;
        }
        let local = autoscaler(&arguments, object, min, max, &metrics);
        // What is not given is defaulted by the API server.
        let mut whole = local.clone();
        whole["metadata"]["namespace"] = object.metadata().namespace.clone().into();
        let spec = &mut whole["spec"];
        if spec["minReplicas"].is_null() {
            spec["minReplicas"] = 1.into();
        }
        if spec["metrics"].is_null() {
            spec["metrics"] = json!([metric("cpu", share(80))]);
        }
        match Object::from_json(Kind::Unmodelled, whole) {
            Ok(whole) => plan.create_shown(whole, local, if is_tried { "created" } else { "autoscaled" }),
            Err(error) => plan.fail(error.to_string()),
        }
    }))
}

fn metric(resource: &str, target: Value) -> Value {
    shape!(r#"{"type":"Resource","resource":{"name":"$0","target":"$1"}}"#, resource, target)
}

/// A target in percent of what is requested.
fn share(percent: i64) -> Value {
    shape!(r#"{"type":"Utilization","averageUtilization":"$0"}"#, percent)
}

/// What the flags ask to be measured.
fn metrics(arguments: &Arguments) -> Result<Vec<Value>, String> {
    let mut metrics = Vec::new();
    let given = |flag: &str| arguments.get(flag).map(str::trim).filter(|text| !text.is_empty());
    if let Some(percent) = arguments.number("cpu-percent").filter(|percent| *percent > 0) {
        if given("cpu").is_some() {
            return Err("--cpu-percent and --cpu are mutually exclusive".to_owned());
        }
        metrics.push(metric("cpu", share(percent)));
    }
    for (resource, unit) in [("cpu", "m"), ("memory", "Mi")] {
        let Some(text) = given(resource) else { continue };
        let target = if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse::<u32>().map_err(|_| format!("invalid percentage value: {percent}"))?;
            share(percent.into())
        } else {
            let is_bare = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let with_unit = format!("{text}{}", if is_bare { unit } else { "" });
            let amount = Quantity::parse(&with_unit).map_err(|_| format!("invalid resource {resource} value: {text}"))?;
            shape!(r#"{"type":"AverageValue","averageValue":"$0"}"#, amount.to_string())
        };
        metrics.push(metric(resource, target));
    }
    Ok(metrics)
}

fn autoscaler(arguments: &Arguments, object: &Object, min: Option<i64>, max: i64, metrics: &[Value]) -> Value {
    let kind = object.kind();
    let name = object.name().to_owned();
    let mut spec = shape!(
        r#"{"maxReplicas":"$0","scaleTargetRef":{"apiVersion":"$1","kind":"$2","name":"$3"}}"#,
        max,
        kind.api_version(),
        kind.name(),
        name.as_str(),
    );
    if let Some(min) = min {
        spec["minReplicas"] = min.into();
    }
    if !metrics.is_empty() {
        spec["metrics"] = metrics.into();
    }
    shape!(
        r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"$0"},"spec":"$1",
            "status":{"currentMetrics":null,"desiredReplicas":0}}"#,
        arguments.get("name").unwrap_or(&name),
        spec,
    )
}
