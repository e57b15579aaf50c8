//! Objects that are kept and not simulated, of which kubectl knows more than of any object.
//!
//! Models `IngressDescriber`, `IngressClassDescriber`, `ServiceCIDRDescriber`, `IPAddressDescriber`, `describeEndpoints` and
//! `describeVolumeAttributesClass`. Not modelled: `CertificateSigningRequestDescriber`, which takes a certificate apart.

use std::collections::BTreeMap;

use podlapse_model::{Kind, Metadata, ObjectKey, Unmodelled};
use serde_json::Value;

use super::metadata::{head, labels, labels_and_annotations, name};
use super::object::Around;
use super::writer::{Writer, put};
use super::{autoscaler, network, network_policy, rbac};
use crate::printers::format_labels;
use crate::printers::others::{addresses, list, text};

/// Writes the description, and tells whether events follow; `None` for a kind that kubectl describes as it does any.
pub(super) fn describe(w: &mut Writer, other: &Unmodelled, around: &Around<'_>) -> Option<bool> {
    let group = other.api_version.split_once('/').map_or("", |(group, _)| group);
    match (group, other.kind.as_str()) {
        ("", "Endpoints") => endpoints(w, other),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler::describe(w, other),
        ("networking.k8s.io", "Ingress") => ingress(w, other, around),
        ("networking.k8s.io", "IngressClass") => ingress_class(w, other),
        ("networking.k8s.io", "IPAddress") => ip_address(w, other),
        ("networking.k8s.io", "ServiceCIDR") => service_cidr(w, other),
        ("storage.k8s.io", "VolumeAttributesClass") => attributes_class(w, other),
        // These are described without their events.
        ("networking.k8s.io", "NetworkPolicy") => {
            network_policy::describe(w, other);
            return Some(false);
        }
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            rbac::role(w, other);
            return Some(false);
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rbac::binding(w, other);
            return Some(false);
        }
        (_, _) => return None,
    }
    Some(true)
}

/// The texts of a list.
pub(super) fn texts<'a>(value: &'a Value, path: &str) -> Vec<&'a str> {
    list(value, path).iter().filter_map(Value::as_str).collect()
}

/// The text, or what stands for none.
pub(super) fn or<'a>(text: &'a str, none: &'a str) -> &'a str {
    if text.is_empty() { none } else { text }
}

fn ingress(w: &mut Writer, other: &Unmodelled, around: &Around<'_>) {
    let value = &other.value;
    let backend = |backend: &Value| backend_text(other, backend, around);
    put!(w, 0, "Name:\t{}\n", other.name());
    labels(w, "Labels", other.metadata.labels.as_ref());
    put!(w, 0, "Namespace:\t{}\n", other.namespace());
    put!(w, 0, "Address:\t{}\n", addresses(value));
    put!(w, 0, "Ingress Class:\t{}\n", or(text(value, "/spec/ingressClassName"), "<none>"));
    let default = value.pointer("/spec/defaultBackend").map_or_else(|| "<default>".to_owned(), backend);
    put!(w, 0, "Default backend:\t{default}\n");
    for (index, tls) in list(value, "/spec/tls").iter().enumerate() {
        if index == 0 {
            put!(w, 0, "TLS:\n");
        }
        let hosts = texts(tls, "/hosts").join(",");
        match text(tls, "/secretName") {
            "" => put!(w, 1, "SNI routes {hosts}\n"),
            secret => put!(w, 1, "{secret} terminates {hosts}\n"),
        }
    }
    put!(w, 0, "Rules:\n");
    head(w, 1, "Host\tPath\tBackends");
    let with_paths = || list(value, "/spec/rules").iter().filter(|rule| rule.get("http").is_some());
    for rule in with_paths() {
        put!(w, 1, "{}\t\n", or(text(rule, "/host"), "*"));
        for path in list(rule, "/http/paths") {
            put!(w, 2, "\t{} \t{}\n", text(path, "/path"), backend(&path["backend"]));
        }
    }
    if with_paths().next().is_none() {
        put!(w, 1, "*\t*\t{default}\n");
    }
    super::metadata::annotations(w, "Annotations", other.metadata.annotations.as_ref());
}

/// `describeBackendV1`: a Service's port with the endpoints behind it, or a resource.
fn backend_text(ingress: &Unmodelled, backend: &Value, around: &Around<'_>) -> String {
    if let Some(service) = backend.get("service") {
        let (named, number) =
            (text(service, "/name"), service.pointer("/port/number").and_then(Value::as_i64).unwrap_or_default());
        let port_name = text(service, "/port/name");
        let port = if number == 0 { port_name.to_owned() } else { number.to_string() };
        let namespace = ingress.namespace();
        let key = ObjectKey::new(Kind::Service, namespace, named);
        let Some(podlapse_model::Object::Service(found)) = around.store.get(&key) else {
            return format!("{named}:{port} (<error: services {named:?} not found>)");
        };
        let mut ports = found.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
        let is_meant = |of: &&podlapse_model::api::core::v1::ServicePort| match number {
            0 => !port_name.is_empty() && of.name.as_deref() == Some(port_name),
            number => i64::from(of.port) == number,
        };
        let of_port = ports.rfind(is_meant).and_then(|port| port.name.as_deref()).unwrap_or_default();
        let slices = network::slices(Some(namespace), Some(named), around);
        return format!("{named}:{port} ({})", network::endpoints(&slices, of_port));
    }
    match backend.get("resource") {
        None => String::new(),
        Some(resource) => format!(
            "APIGroup: {}, Kind: {}, Name: {}",
            or(text(resource, "/apiGroup"), "<none>"),
            text(resource, "/kind"),
            text(resource, "/name")
        ),
    }
}

fn ingress_class(w: &mut Writer, other: &Unmodelled) {
    put!(w, 0, "Name:\t{}\n", other.name());
    labels_and_annotations(w, &other.metadata);
    put!(w, 0, "Controller:\t{}\n", text(&other.value, "/spec/controller"));
    if let Some(parameters) = other.value.pointer("/spec/parameters") {
        put!(w, 0, "Parameters:\n");
        if let Some(group) = parameters.get("apiGroup").and_then(Value::as_str) {
            put!(w, 1, "APIGroup:\t{group}\n");
        }
        put!(w, 1, "Kind:\t{}\n", text(parameters, "/kind"));
        put!(w, 1, "Name:\t{}\n", text(parameters, "/name"));
    }
}

fn service_cidr(w: &mut Writer, other: &Unmodelled) {
    put!(w, 0, "Name:\t{}\n", other.name());
    labels_and_annotations(w, &other.metadata);
    put!(w, 0, "CIDRs:\t{}\n", texts(&other.value, "/spec/cidrs").join(", "));
    let conditions = list(&other.value, "/status/conditions");
    if !conditions.is_empty() {
        put!(w, 0, "Status:\nConditions:\n");
        head(w, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    }
    for condition in conditions {
        let at = podlapse_model::from_json(condition["lastTransitionTime"].clone()).ok();
        put!(
            w,
            1,
            "{}\t{}\t{}\t{}\t{}\n",
            text(condition, "/type"),
            text(condition, "/status"),
            super::metadata::rfc1123(at.as_ref()),
            text(condition, "/reason"),
            text(condition, "/message")
        );
    }
}

fn ip_address(w: &mut Writer, other: &Unmodelled) {
    put!(w, 0, "Name:\t{}\n", other.name());
    labels_and_annotations(w, &other.metadata);
    if let Some(parent) = other.value.pointer("/spec/parentRef") {
        put!(w, 0, "Parent Reference:\n");
        for (title, path) in [("Group", "/group"), ("Resource", "/resource"), ("Namespace", "/namespace"), ("Name", "/name")] {
            put!(w, 1, "{title}:\t{}\n", text(parent, path));
        }
    }
}

fn endpoints(w: &mut Writer, other: &Unmodelled) {
    name(w, &other.metadata);
    labels_and_annotations(w, &other.metadata);
    put!(w, 0, "Subsets:\n");
    for subset in list(&other.value, "/subsets") {
        for (title, path) in [("Addresses", "/addresses"), ("NotReadyAddresses", "/notReadyAddresses")] {
            let ips: Vec<&str> = list(subset, path).iter().map(|address| text(address, "/ip")).collect();
            put!(w, 1, "{title}:\t{}\n", or(&ips.join(","), "<none>"));
        }
        let ports = list(subset, "/ports");
        if !ports.is_empty() {
            put!(w, 1, "Ports:\n");
            head(w, 2, "Name\tPort\tProtocol");
        }
        for port in ports {
            let protocol = or(text(port, "/protocol"), "TCP");
            put!(w, 2, "{}\t{}\t{protocol}\n", or(text(port, "/name"), "<unset>"), port["port"].as_i64().unwrap_or_default());
        }
        put!(w, 0, "\n");
    }
}

fn attributes_class(w: &mut Writer, other: &Unmodelled) {
    let parameters: Option<BTreeMap<String, String>> = podlapse_model::from_json(other.value["parameters"].clone()).ok();
    put!(w, 0, "Name:\t{}\n", other.name());
    put!(w, 0, "Annotations:\t{}\n", format_labels(other.metadata.annotations.as_ref()));
    put!(w, 0, "DriverName:\t{}\n", text(&other.value, "/driverName"));
    put!(w, 0, "Parameters:\t{}\n", format_labels(parameters.as_ref()));
}
