//! What may change in a Service.
//!
//! Upstream: `ValidateServiceUpdate` in `pkg/apis/core/validation/validation.go` (v1.36).

use podlapse_model::api::core::v1::{Service, ServiceSpec};
use serde_json::Value;

use crate::validate::error::{Errors, Shown};

const FIXED: &str = "may not change once set";

fn is_headless(spec: &ServiceSpec) -> bool {
    spec.cluster_ips.as_deref().unwrap_or_default() == ["None"]
}

fn list(list: Option<&Vec<String>>) -> Shown {
    Shown::from(&list.map_or(Value::Null, |list| Value::from(list.as_slice())))
}

fn policy(spec: &ServiceSpec) -> Shown {
    Shown::from(&spec.ip_family_policy.as_deref().map_or(Value::Null, Value::from))
}

pub(super) fn update(new: &Service, old: &Service, out: &mut Errors) {
    let (Some(new), Some(old)) = (&new.spec, &old.spec) else { return };
    let kind = |spec: &ServiceSpec| spec.type_.clone().unwrap_or_default();
    let is_external = kind(new) == "ExternalName" || kind(old) == "ExternalName";
    let both_headless = is_headless(new) && is_headless(old);
    if !is_external && !both_headless {
        addresses(new, old, out);
    }
    if !is_external && !both_headless && is_headless(new) == is_headless(old) {
        families(new, old, out);
    }
    let both_balance = kind(new) == "LoadBalancer" && kind(old) == "LoadBalancer";
    if both_balance && new.load_balancer_class != old.load_balancer_class {
        let shown = new.load_balancer_class.as_deref().map_or(Value::Null, Value::from);
        out.invalid("spec.loadBalancerClass", &shown, FIXED);
    }
    let is_local = |spec: &ServiceSpec| spec.external_traffic_policy.as_deref() == Some("Local");
    if both_balance && is_local(new) && is_local(old) && new.health_check_node_port != old.health_check_node_port {
        out.forbidden("spec.healthCheckNodePort", "field is immutable");
    }
}

fn addresses(new: &ServiceSpec, old: &ServiceSpec, out: &mut Errors) {
    let (own, before) = (new.cluster_ips.as_deref().unwrap_or_default(), old.cluster_ips.as_deref().unwrap_or_default());
    let shown = || list(new.cluster_ips.as_ref());
    if own.len() == before.len() {
        for (at, _) in own.iter().zip(before).enumerate().filter(|(_, (new, old))| new != old) {
            out.invalid(&format!("spec.clusterIPs[{at}]"), shown(), FIXED);
        }
        return;
    }
    if own.is_empty() {
        out.invalid("spec.clusterIPs[0]", shown(), "primary clusterIP can not be unset");
    }
    if let (Some(new), Some(old)) = (own.first(), before.first())
        && new != old
    {
        out.invalid("spec.clusterIPs[0]", shown(), FIXED);
    }
    if own.len() == 1 && before.len() > 1 && new.ip_family_policy.as_deref() != Some("SingleStack") {
        let detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        out.invalid("spec.ipFamilyPolicy", policy(new), detail);
    }
}

fn families(new: &ServiceSpec, old: &ServiceSpec, out: &mut Errors) {
    let (own, before) = (new.ip_families.as_deref().unwrap_or_default(), old.ip_families.as_deref().unwrap_or_default());
    if own.len() == before.len() {
        for _ in own.iter().zip(before).filter(|(new, old)| new != old) {
            out.invalid("spec.ipFamilies[0]", list(new.ip_families.as_ref()), FIXED);
        }
        return;
    }
    if own.len() < before.len() && new.cluster_ips.as_ref().is_none_or(Vec::is_empty) {
        out.invalid("spec.ipFamilies[0]", list(new.ip_families.as_ref()), "primary ipFamily can not be unset");
    }
    if let (Some(one), Some(other)) = (own.first(), before.first())
        && one != other
    {
        out.invalid("spec.ipFamilies[0]", list(new.cluster_ips.as_ref()), FIXED);
    }
    if own.len() == 1 && before.len() > 1 && new.ip_family_policy.as_deref() != Some("SingleStack") {
        let detail = "must be set to 'SingleStack' when releasing the secondary ipFamily";
        out.invalid("spec.ipFamilyPolicy", policy(new), detail);
    }
}
