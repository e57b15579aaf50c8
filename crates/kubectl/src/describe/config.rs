//! Configuration and policy. Models `ConfigMapDescriber`, `describeSecret`, `describeServiceAccount`, `describeNamespace`,
//! `describeQuota`, `describeLimitRange`, `describePodDisruptionBudgetV1` and `describePriorityClass`.
//!
//! The order of a LimitRange's resources is random in kubectl; here they are sorted.

use podlapse_model::api::core::v1::{
    ConfigMap, LimitRange, LimitRangeSpec, Namespace, ResourceQuota, ResourceQuotaStatus, Secret, ServiceAccount,
};
use podlapse_model::api::policy::v1::PodDisruptionBudget;
use podlapse_model::api::scheduling::v1::PriorityClass;
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use podlapse_model::{Kind, Metadata, Object, Quantity, Selector};

use super::metadata::{labels_and_annotations, name, rfc1123};
use super::object::Around;
use super::writer::{Writer, put};
use crate::printers::format_labels;

pub(super) fn config_map(w: &mut Writer, map: &ConfigMap) -> bool {
    name(w, &map.metadata);
    labels_and_annotations(w, &map.metadata);
    put!(w, 0, "\nData\n====\n");
    for (key, value) in map.data.iter().flatten() {
        put!(w, 0, "{key}:\n----\n{value}\n\n");
    }
    put!(w, 0, "\nBinaryData\n====\n");
    for (key, value) in map.binary_data.iter().flatten() {
        put!(w, 0, "{key}: {} bytes\n", value.0.len());
    }
    put!(w, 0, "\n");
    true
}

pub(super) fn secret(w: &mut Writer, secret: &Secret) -> bool {
    name(w, &secret.metadata);
    labels_and_annotations(w, &secret.metadata);
    let kind = secret.type_.as_deref().unwrap_or_default();
    put!(w, 0, "\nType:\t{kind}\n");
    put!(w, 0, "\nData\n====\n");
    for (key, value) in secret.data.iter().flatten() {
        if key == "token" && kind == "kubernetes.io/service-account-token" {
            put!(w, 0, "{key}:\t{}\n", String::from_utf8_lossy(&value.0));
        } else {
            put!(w, 0, "{key}:\t{} bytes\n", value.0.len());
        }
    }
    false
}

pub(super) fn service_account(w: &mut Writer, account: &ServiceAccount) -> bool {
    name(w, &account.metadata);
    labels_and_annotations(w, &account.metadata);
    let secrets = account.image_pull_secrets.as_deref().unwrap_or_default();
    if secrets.is_empty() {
        put!(w, 0, "Image pull secrets:\t<none>\n");
    }
    for (index, secret) in secrets.iter().enumerate() {
        let title = if index == 0 { "Image pull secrets:" } else { "                   " };
        put!(w, 0, "{title}\t{}\n", secret.name);
    }
    true
}

pub(super) fn namespace(w: &mut Writer, namespace: &Namespace, around: &Around<'_>) -> bool {
    let own = namespace.metadata.name.as_deref();
    let status = namespace.status.clone().unwrap_or_default();
    name(w, &namespace.metadata);
    labels_and_annotations(w, &namespace.metadata);
    put!(w, 0, "Status:\t{}\n", status.phase.as_deref().unwrap_or_default());
    for (index, condition) in status.conditions.iter().flatten().enumerate() {
        if index == 0 {
            put!(w, 0, "Conditions:\n");
            put!(w, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
            put!(w, 1, "----\t------\t------------------\t------\t-------\n");
        }
        put!(
            w,
            1,
            "{}\t{}\t{}\t{}\t{}\n",
            condition.type_,
            condition.status,
            rfc1123(condition.last_transition_time.as_ref()),
            condition.reason.as_deref().unwrap_or_default(),
            condition.message.as_deref().unwrap_or_default()
        );
    }
    let inside = |kind: Kind| around.store.list(kind).filter(move |object| object.metadata().namespace.as_deref() == own);
    put!(w, 0, "\n");
    let mut is_first = true;
    for object in inside(Kind::ResourceQuota) {
        let Object::ResourceQuota(quota) = object else { continue };
        if std::mem::take(&mut is_first) {
            put!(w, 0, "Resource Quotas\n");
        }
        put!(w, 1, "Name:\t{}\n", quota.name());
        scopes(w, quota, 1, "* ");
        put!(w, 1, "Resource\tUsed\tHard\n");
        put!(w, 1, "--------\t---\t---\n");
        amounts(w, 1, &quota.status.clone().unwrap_or_default(), false);
    }
    if is_first {
        put!(w, 0, "No resource quota.\n");
    }
    put!(w, 0, "\n");
    let mut is_first = true;
    for object in inside(Kind::LimitRange) {
        let Object::LimitRange(range) = object else { continue };
        if std::mem::take(&mut is_first) {
            put!(w, 0, "Resource Limits\n{}", limit_head(" "));
        }
        limits(w, range.spec.as_ref(), " ");
    }
    if is_first {
        put!(w, 0, "No LimitRange resource.\n");
    }
    false
}

fn scopes(w: &mut Writer, quota: &ResourceQuota, level: usize, bullet: &str) {
    let mut scopes = quota.spec.as_ref().and_then(|spec| spec.scopes.clone()).unwrap_or_default();
    if scopes.is_empty() {
        return;
    }
    podlapse_model::sort(&mut scopes);
    put!(w, level, "Scopes:\t{}\n", scopes.join(", "));
    for scope in scopes {
        let text = match scope.as_str() {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively \
                 terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container \
                 command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality \
                 of service."
            }
            _ => continue,
        };
        put!(w, level, "{bullet}{text}\n");
    }
}

/// The amounts of a quota; `alike` where what is used is told in the units of what is allowed.
fn amounts(w: &mut Writer, level: usize, status: &ResourceQuotaStatus, alike: bool) {
    let held = status.used.clone().unwrap_or_default();
    for (resource, hard) in status.hard.iter().flatten() {
        let hard = Quantity::of(hard);
        let used = held.get(resource).map(Quantity::of).unwrap_or_default();
        let used = if alike && used.format() != hard.format() { Quantity::new(used.value(), hard.format()) } else { used };
        put!(w, level, "{resource}\t{used}\t{hard}\n");
    }
}

pub(super) fn quota(w: &mut Writer, quota: &ResourceQuota) -> bool {
    name(w, &quota.metadata);
    scopes(w, quota, 0, " * ");
    put!(w, 0, "Resource\tUsed\tHard\n");
    put!(w, 0, "--------\t----\t----\n");
    amounts(w, 0, &quota.status.clone().unwrap_or_default(), true);
    false
}

fn limit_head(prefix: &str) -> String {
    format!(
        "{prefix}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n\
         {prefix}----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n"
    )
}

fn limits(w: &mut Writer, spec: Option<&LimitRangeSpec>, prefix: &str) {
    for item in spec.iter().flat_map(|spec| &spec.limits) {
        let lists = [&item.min, &item.max, &item.default_request, &item.default, &item.max_limit_request_ratio];
        let resources: podlapse_model::SortedSet<&String> =
            lists.iter().flat_map(|list| list.iter().flatten().map(|(key, _)| key)).collect();
        for resource in resources {
            let amounts = lists.map(|list| {
                let amount = list.as_ref().and_then(|list| list.get(resource));
                amount.map_or_else(|| "-".to_owned(), |amount| Quantity::of(amount).to_string())
            });
            put!(w, 0, "{prefix}{}\t{resource}\t{}\n", item.type_, amounts.join("\t"));
        }
    }
}

pub(super) fn limit_range(w: &mut Writer, range: &LimitRange) -> bool {
    name(w, &range.metadata);
    put!(w, 0, "{}", limit_head(""));
    limits(w, range.spec.as_ref(), "");
    false
}

pub(super) fn budget(w: &mut Writer, budget: &PodDisruptionBudget) -> bool {
    let spec = budget.spec.clone().unwrap_or_default();
    let status = budget.status.clone().unwrap_or_default();
    let bound = |bound: &IntOrString| match bound {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(text) => text.clone(),
    };
    name(w, &budget.metadata);
    if let Some(min) = &spec.min_available {
        put!(w, 0, "Min available:\t{}\n", bound(min));
    } else if let Some(max) = &spec.max_unavailable {
        put!(w, 0, "Max unavailable:\t{}\n", bound(max));
    }
    let selector = spec.selector.as_ref().map(|selector| Selector::format_label_selector(Some(selector)));
    put!(w, 0, "Selector:\t{}\n", selector.unwrap_or_else(|| "<unset>".to_owned()));
    put!(w, 0, "Status:\n");
    put!(w, 2, "Allowed disruptions:\t{}\n", status.disruptions_allowed.unwrap_or_default());
    put!(w, 2, "Current:\t{}\n", status.current_healthy.unwrap_or_default());
    put!(w, 2, "Desired:\t{}\n", status.desired_healthy.unwrap_or_default());
    put!(w, 2, "Total:\t{}\n", status.expected_pods.unwrap_or_default());
    true
}

pub(super) fn priority_class(w: &mut Writer, class: &PriorityClass) -> bool {
    name(w, &class.metadata);
    put!(w, 0, "Value:\t{}\n", class.value.unwrap_or_default());
    put!(w, 0, "GlobalDefault:\t{}\n", class.global_default == Some(true));
    put!(w, 0, "PreemptionPolicy:\t{}\n", class.preemption_policy.as_deref().unwrap_or_default());
    put!(w, 0, "Description:\t{}\n", class.description.as_deref().unwrap_or_default());
    put!(w, 0, "Annotations:\t{}\n", format_labels(class.metadata.annotations.as_ref()));
    true
}
