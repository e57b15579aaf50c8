//! The files that every container of a Pod finds in `/etc`.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `managedHostsFileContent` and `hostsEntriesFromHostAliases`, and `pkg/kubelet/network/dns`
//! `GetPodDNS` (v1.36) on a cluster whose DNS has its usual address. Not modelled: the node's own files, that Pods on its network see.

use std::fmt::Write as _;
use std::sync::Arc;

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::Pod;

use super::host_name::{CLUSTER_DOMAIN, HostName, kernel_name};

/// The cluster's DNS server: the tenth address of the usual range.
const DNS: &str = "10.96.0.10";

/// Path and content of each.
pub(in crate::kubelet) fn pod_files(pod: &Pod, pod_ips: &[Arc<str>]) -> Vec<(&'static str, String)> {
    let spec = pod.spec.as_ref();
    if spec.and_then(|spec| spec.host_network) == Some(true) {
        return Vec::new();
    }
    vec![
        ("/etc/hosts", hosts(pod, pod_ips)),
        ("/etc/resolv.conf", resolv_conf(pod)),
        ("/etc/hostname", format!("{}\n", kernel_name(pod))),
    ]
}

fn hosts(pod: &Pod, pod_ips: &[Arc<str>]) -> String {
    let mut text = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\t\
                    ip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
        .to_owned();
    let host = HostName::of(pod);
    for ip in pod_ips {
        let _ = match host.full() {
            Some(full) => writeln!(text, "{ip}\t{full}\t{}", host.name),
            None => writeln!(text, "{ip}\t{}", host.name),
        };
    }
    let spec = pod.spec.as_ref();
    let aliases = spec.map(|spec| spec.host_aliases.as_deref().unwrap_or_default()).unwrap_or_default();
    if !aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
        for alias in aliases {
            let names = alias.hostnames.as_deref().unwrap_or_default().join("\t");
            let _ = writeln!(text, "{}\t{names}", alias.ip);
        }
    }
    text
}

fn resolv_conf(pod: &Pod) -> String {
    let spec = pod.spec.as_ref();
    let namespace = pod.namespace();
    let own = spec.and_then(|spec| spec.dns_config.as_ref());
    let is_of_cluster = spec.and_then(|spec| spec.dns_policy.as_deref()).unwrap_or("ClusterFirst").starts_with("ClusterFirst");
    let mut servers: Vec<String> = Vec::new();
    let mut searches: Vec<String> = Vec::new();
    let mut options: Vec<String> = Vec::new();
    if is_of_cluster {
        servers.push(DNS.to_owned());
        searches.extend([
            format!("{namespace}.svc.{CLUSTER_DOMAIN}"),
            format!("svc.{CLUSTER_DOMAIN}"),
            CLUSTER_DOMAIN.to_owned(),
        ]);
        options.push("ndots:5".to_owned());
    }
    if let Some(own) = own {
        servers.extend(own.nameservers.iter().flatten().cloned());
        searches.extend(own.searches.iter().flatten().cloned());
        for option in own.options.iter().flatten() {
            let name = option.name.clone().unwrap_or_default();
            options.retain(|known| known.split(':').next() != Some(&name));
            options.push(option.value.as_ref().map_or(name.clone(), |value| format!("{name}:{value}")));
        }
    }
    let mut text: String = if searches.is_empty() { String::new() } else { format!("search {}\n", searches.join(" ")) };
    text.extend(servers.iter().map(|server| format!("nameserver {server}\n")));
    if !options.is_empty() {
        let _ = writeln!(text, "options {}", options.join(" "));
    }
    text
}
