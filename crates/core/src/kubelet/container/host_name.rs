//! What the host of a Pod's containers is called.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `GeneratePodHostNameAndDomain` and `truncatePodHostnameIfNeeded`, and
//! `pkg/kubelet/util/util.go` `GetNodenameForKernel` (v1.36). Not modelled: full names that are too long for Linux.

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::Pod;

/// The domain of the cluster.
pub(super) const CLUSTER_DOMAIN: &str = "cluster.local";
/// The most that Linux takes for one part of a name.
const MAX_LENGTH: usize = 63;

/// A Pod's name in the network.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostName {
    /// The first part, or what the Pod has in place of all.
    pub(super) name: String,
    /// The rest, for a Pod of a subdomain.
    pub(super) domain: Option<String>,
}

impl HostName {
    pub(super) fn of(pod: &Pod) -> Self {
        let spec = pod.spec.as_ref();
        let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        if let Some(name) = spec.and_then(|spec| given(spec.hostname_override.as_ref())) {
            return HostName { name, domain: None };
        }
        let own = spec.and_then(|spec| given(spec.hostname.as_ref())).unwrap_or_else(|| pod.name().to_owned());
        let subdomain = spec.and_then(|spec| given(spec.subdomain.as_ref()));
        let domain = subdomain.map(|subdomain| format!("{subdomain}.{}.svc.{CLUSTER_DOMAIN}", pod.namespace()));
        HostName { name: truncated(own), domain }
    }

    /// The name with its domain, if it has one.
    pub(super) fn full(&self) -> Option<String> {
        self.domain.as_ref().map(|domain| format!("{}.{domain}", self.name))
    }
}

/// What `hostname` says in the containers of a Pod that has a network of its own.
pub(super) fn kernel_name(pod: &Pod) -> String {
    let own = HostName::of(pod);
    let is_full = pod.spec.as_ref().and_then(|spec| spec.set_hostname_as_fqdn) == Some(true);
    own.full().filter(|_| is_full).unwrap_or(own.name)
}

fn truncated(name: String) -> String {
    match name.get(..MAX_LENGTH) {
        Some(start) if MAX_LENGTH < name.len() => start.trim_end_matches(['-', '.']).to_owned(),
        Some(_) | None => name,
    }
}

#[cfg(test)]
mod tests {
    use podlapse_model::api::core::v1::PodSpec;
    use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;

    fn pod(name: &str, spec: PodSpec) -> Pod {
        let metadata = ObjectMeta { name: Some(name.to_owned()), namespace: Some("ns".to_owned()), ..ObjectMeta::default() };
        Pod { metadata, spec: Some(spec), ..Pod::default() }
    }

    #[test]
    fn a_host_is_called_like_its_pod_unless_the_spec_says_otherwise() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(kernel_name(&pod("web", PodSpec::default())), "web");
        let own = PodSpec { hostname: text("a"), subdomain: text("b"), ..PodSpec::default() };
        assert_eq!(kernel_name(&pod("web", own.clone())), "a");
        let full = PodSpec { set_hostname_as_fqdn: Some(true), ..own.clone() };
        assert_eq!(kernel_name(&pod("web", full)), "a.b.ns.svc.cluster.local");
        let other = PodSpec { hostname_override: text("db.example.com"), ..own };
        assert_eq!(HostName::of(&pod("web", other)), HostName { name: "db.example.com".to_owned(), domain: None });
    }

    #[test]
    fn a_long_name_ends_where_linux_ends_it() {
        let name = format!("{}-b", "a".repeat(62));
        assert_eq!(kernel_name(&pod(&name, PodSpec::default())), "a".repeat(62));
        assert_eq!(kernel_name(&pod(&"a".repeat(63), PodSpec::default())), "a".repeat(63));
    }
}
