//! `kubectl expose` and `kubectl create service`. Models `k8s.io/kubectl/pkg/cmd/expose` and `pkg/cmd/create` (v1.36).

use podlapse_core::client::Outcome;
use podlapse_model::{Kind, Metadata, Object};
use serde_json::{Value, json};

use super::Call;
use super::batch::{Batch, Printing};
use super::create::{labels, local_metadata};
use super::flags::Arguments;
use super::report::failed;
use super::shape::shape;
use super::targets::Targets;
use super::template::each;
use crate::resources::with_group;

/// `kubectl create service TYPE NAME --tcp=PORT:TARGET`.
pub(super) fn create(arguments: &Arguments, kind: &str, name: &str) -> Result<(Kind, Value, &'static str), Outcome> {
    let (kind, complaint) = match kind {
        "clusterip" => ("ClusterIP", "failed to create ClusterIP service: "),
        "nodeport" => ("NodePort", "failed to create NodePort service: "),
        "loadbalancer" => ("LoadBalancer", "failed to create LoadBalancer service: "),
        _ => ("ExternalName", "failed to create ExternalName service: "),
    };
    let mut ports = Vec::new();
    for text in arguments.all("tcp") {
        let (port, target) = text.split_once(':').unwrap_or((text, text));
        let target = target.split(':').next().unwrap_or_default();
        let number: i64 = port.parse().map_err(|_| failed(format!("strconv.ParseUint: parsing {port:?}: invalid syntax")))?;
        if !(0..=65_535).contains(&number) {
            return Err(failed(format!("strconv.ParseUint: parsing {port:?}: value out of range")));
        }
        let target = target.parse::<i64>().map_or_else(|_| Value::from(target), Value::from);
        if target.as_i64().is_some_and(|target| text.contains(':') && !(1..=65_535).contains(&target)) {
            return Err(failed("must be between 1 and 65535, inclusive"));
        }
        let mut entry =
            shape!(r#"{"name":"$0","port":"$1","protocol":"TCP","targetPort":"$2"}"#, text.replace(':', "-"), number, target);
        if let Some(node_port) = arguments.number("node-port").filter(|port| *port != 0) {
            entry["nodePort"] = node_port.into();
        }
        ports.push(entry);
    }
    let is_headless = arguments.get("clusterip") == Some("None");
    if is_headless && kind != "ClusterIP" {
        return Err(failed("ClusterIP=None can only be used with ClusterIP service type"));
    }
    if !is_headless && ports.is_empty() && kind != "ExternalName" {
        return Err(failed("at least one tcp port specifier must be provided"));
    }
    let selector = shape!(r#"{"app":"$0"}"#, name);
    let mut service = shape!(
        r#"{"metadata":"$0","spec":{"selector":"$1","type":"$2"},"status":{"loadBalancer":{}}}"#,
        local_metadata(arguments, name, Some(selector.clone())),
        selector,
        kind,
    );
    if !ports.is_empty() {
        service["spec"]["ports"] = ports.into();
    }
    for (flag, field) in [("clusterip", "clusterIP"), ("external-name", "externalName")] {
        if let Some(value) = arguments.get(flag).filter(|value| !value.is_empty()) {
            service["spec"][field] = value.into();
        }
    }
    Ok((Kind::Service, service, complaint))
}

/// `kubectl expose TYPE NAME --port=PORT`.
pub(super) fn parse_expose(call: &Call<'_>) -> Result<Batch, Outcome> {
    let arguments = call.arguments()?;
    let printing = Printing::read(call, &arguments)?;
    // A selector here is that of the Service, not of what is exposed.
    let mut targets = Targets::parse(&arguments.without("selector"), &arguments.words).map_err(failed)?;
    targets.add_files(call, &arguments)?;
    if targets.is_empty() {
        return Err(failed(super::targets::NOTHING));
    }
    targets.require_names(&Arguments::default()).map_err(failed)?;
    Ok(each(targets, printing, move |plan, object| match service_for(&arguments, object) {
        Ok(local) => match Object::from_json(Kind::Service, local.clone()) {
            Ok(mut service) => {
                service.metadata_mut().namespace.clone_from(&object.metadata().namespace);
                plan.create_shown(service, local, "exposed");
            }
            Err(error) => plan.fail(error.to_string()),
        },
        Err(message) => plan.fail(message),
    }))
}

/// What can be exposed, and where the labels of its Pods stand.
const EXPOSED: &[(Kind, &str)] = &[
    (Kind::Pod, "/metadata/labels"),
    (Kind::Service, "/spec/selector"),
    (Kind::ReplicationController, "/spec/selector"),
    (Kind::Deployment, "/spec/selector/matchLabels"),
    (Kind::ReplicaSet, "/spec/selector/matchLabels"),
];

fn service_for(arguments: &Arguments, object: &Object) -> Result<Value, String> {
    let kind = object.kind();
    let json = object.to_json();
    let Some((_, pointer)) = EXPOSED.iter().find(|(exposed, _)| *exposed == kind) else {
        return Err(format!("cannot expose a {}", with_group(kind, kind.name())));
    };
    let expressions = json.pointer("/spec/selector/matchExpressions").and_then(Value::as_array);
    if expressions.is_some_and(|expressions| !expressions.is_empty()) {
        return Err("couldn't convert expressions to map-based selector format".to_owned());
    }
    let found = json.pointer(pointer);
    let selector = match arguments.get("selector").filter(|text| !text.is_empty()) {
        Some(text) => labels(text)?,
        None => found.cloned().ok_or_else(|| {
            "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed"
                .to_owned()
        })?,
    };
    let name = object.name().to_owned();
    let ports = ports(arguments, kind, &json)?;
    let mut service = shape!(
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"$0"},"spec":{"ports":"$1","selector":"$2"},
            "status":{"loadBalancer":{}}}"#,
        arguments.get("name").unwrap_or(&name),
        ports,
        selector,
    );
    match arguments.get("labels") {
        Some(text) => service["metadata"]["labels"] = labels(text)?,
        None if object.metadata().labels.is_some() => service["metadata"]["labels"] = json!(object.metadata().labels),
        None => {}
    }
    for (flag, field) in [
        ("type", "type"),
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
        ("cluster-ip", "clusterIP"),
    ] {
        let is_meant = flag != "load-balancer-ip" || arguments.get("type") == Some("LoadBalancer");
        if let Some(value) = arguments.get(flag).filter(|value| is_meant && !value.is_empty()) {
            service["spec"][field] = value.into();
        }
    }
    match arguments.get("session-affinity") {
        None | Some("" | "None" | "ClientIP") => {}
        Some(other) => return Err(format!("unknown session affinity: {other}")),
    }
    if let Some(address) = arguments.get("external-ip") {
        service["spec"]["externalIPs"] = json!([address]);
    }
    super::run::override_with(&mut service, arguments)?;
    Ok(service)
}

/// The ports of the Service: those of the line, or those of the containers.
fn ports(arguments: &Arguments, kind: Kind, json: &Value) -> Result<Vec<Value>, String> {
    let declared: Vec<Value> = match kind.pod_spec() {
        None => json.pointer("/spec/ports").and_then(Value::as_array).cloned().unwrap_or_default(),
        Some(path) => {
            let spec = json.pointer(path).cloned().unwrap_or_default();
            let containers = spec["containers"].as_array().cloned().unwrap_or_default();
            containers.iter().flat_map(|container| container["ports"].as_array().cloned().unwrap_or_default()).collect()
        }
    };
    let number = |entry: &Value| entry["containerPort"].as_i64().or_else(|| entry["port"].as_i64());
    let ports: Vec<i64> = match arguments.get("port") {
        Some(text) => {
            let parse = |port: &str| port.parse::<i64>().map_err(|_| format!("strconv.Atoi: parsing {port:?}: invalid syntax"));
            text.split(',').map(parse).collect::<Result<_, _>>()?
        }
        None => declared.iter().filter_map(number).collect(),
    };
    if ports.is_empty() {
        return Err("couldn't find port via --port flag or introspection".to_owned());
    }
    let several = ports.len() > 1;
    let entry = |(index, port): (usize, &i64)| {
        let of_container = declared.iter().find(|entry| number(entry) == Some(*port));
        let declared = of_container.and_then(|entry| entry["protocol"].as_str()).unwrap_or("TCP");
        let protocol = arguments.get("protocol").unwrap_or(declared);
        let target = arguments.get("target-port").map_or_else(|| port.to_string(), str::to_owned);
        let target = target.parse::<i64>().map_or_else(|_| Value::from(target.as_str()), Value::from);
        let mut entry = shape!(r#"{"port":"$0","protocol":"$1","targetPort":"$2"}"#, *port, protocol, target);
        if several {
            entry["name"] = format!("port-{}", index + 1).into();
        }
        entry
    };
    Ok(ports.iter().enumerate().map(entry).collect())
}
