//! The variables by which a container finds the Services of its namespace.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `getServiceEnvVarMap` and `pkg/kubelet/envvars` `FromServices` (v1.36).

use std::collections::BTreeMap;

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::{Pod, Service};

use crate::store::Store;

/// The variables, without those that the container sets itself.
pub(in crate::kubelet) fn variables(store: &Store, pod: &Pod) -> BTreeMap<String, String> {
    let namespace = pod.namespace();
    let links = pod.spec.as_ref().and_then(|spec| spec.enable_service_links).unwrap_or(true);
    let mut variables = BTreeMap::new();
    for service in store.all::<Service>() {
        let metadata = &service.metadata;
        let is_master = metadata.namespace.as_deref() == Some("default") && metadata.name.as_deref() == Some("kubernetes");
        if is_master || links && metadata.namespace.as_deref() == Some(namespace) {
            of_service(service, &mut variables);
        }
    }
    variables
}

fn of_service(service: &Service, variables: &mut BTreeMap<String, String>) {
    let Some(spec) = &service.spec else { return };
    let Some(address) = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "None") else { return };
    let name = service.name().to_uppercase().replace('-', "_");
    let ports: Vec<(&str, &str, i32)> = spec
        .ports
        .iter()
        .flatten()
        .map(|port| (port.name.as_deref().unwrap_or_default(), port.protocol.as_deref().unwrap_or("TCP"), port.port))
        .collect();
    one(&name, address, &ports, variables);
}

/// `NAME_SERVICE_HOST` and the like, and what Docker's links looked like.
fn one(name: &str, address: &str, ports: &[(&str, &str, i32)], variables: &mut BTreeMap<String, String>) {
    let mut set = |suffix: String, value: String| variables.insert(format!("{name}_{suffix}"), value);
    set("SERVICE_HOST".to_owned(), address.to_owned());
    for (index, (port_name, protocol, port)) in ports.iter().enumerate() {
        if index == 0 {
            set("SERVICE_PORT".to_owned(), port.to_string());
        }
        if !port_name.is_empty() {
            set(format!("SERVICE_PORT_{}", port_name.to_uppercase().replace('-', "_")), port.to_string());
        }
        let scheme = protocol.to_lowercase();
        let url = format!("{scheme}://{address}:{port}");
        if index == 0 {
            set("PORT".to_owned(), url.clone());
        }
        let link = format!("PORT_{port}_{protocol}");
        set(format!("{link}_PROTO"), scheme);
        set(format!("{link}_PORT"), port.to_string());
        set(format!("{link}_ADDR"), address.to_owned());
        set(link, url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_by_its_variables() {
        let mut variables = BTreeMap::new();
        one("MY_DB", "10.96.0.7", &[("pg", "TCP", 5432)], &mut variables);
        let lines: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            lines,
            [
                "MY_DB_PORT=tcp://10.96.0.7:5432",
                "MY_DB_PORT_5432_TCP=tcp://10.96.0.7:5432",
                "MY_DB_PORT_5432_TCP_ADDR=10.96.0.7",
                "MY_DB_PORT_5432_TCP_PORT=5432",
                "MY_DB_PORT_5432_TCP_PROTO=tcp",
                "MY_DB_SERVICE_HOST=10.96.0.7",
                "MY_DB_SERVICE_PORT=5432",
                "MY_DB_SERVICE_PORT_PG=5432",
            ]
        );
    }
}
