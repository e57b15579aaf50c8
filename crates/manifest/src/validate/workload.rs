//! Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers.
//!
//! Upstream: `pkg/apis/apps/validation/validation.go`, and `ValidateReplicationController` in `pkg/apis/core/validation`.

use podlapse_model::Selector;
use podlapse_model::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use podlapse_model::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, PodTemplateSpec, ReplicationController, Volume,
};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use podlapse_model::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::error::{Errors, Shown};
use super::metadata::{label_selector, object_meta};
use super::names::{label_errors, subdomain_errors};
use super::{internal, name_label_errors, others, pod};

const PERCENT_RULE: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used \
    for validation is '[0-9]+%')";
const SELECTOR_RULE: &str = "`selector` does not match template `labels`";

pub(super) fn labels_of(template: &PodTemplateSpec) -> Value {
    let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
    labels.map_or(Value::Null, |labels| podlapse_model::to_json(labels))
}

/// A selector in the form in which messages show it.
pub(super) fn shown_selector(selector: &LabelSelector) -> Shown {
    internal::compact("LabelSelector", &podlapse_model::to_json(selector))
}

/// Whether the object has a selector at all; decoding marks an empty one, because the model has no other place for it.
fn is_absent(selector: &LabelSelector) -> bool {
    selector.match_labels.is_none() && selector.match_expressions.is_none()
}

fn has_requirements(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_some_and(|labels| !labels.is_empty())
        || selector.match_expressions.as_ref().is_some_and(|expressions| !expressions.is_empty())
}

/// The selector itself; `kind` as the message about an empty one names it.
fn selector(selector: &LabelSelector, kind: &str, path: &str, out: &mut Errors) {
    if is_absent(selector) {
        return out.required(path, "");
    }
    label_selector(Some(selector), path, out);
    if !has_requirements(selector) {
        out.invalid(path, shown_selector(selector), &format!("empty selector is invalid for {kind}"));
    }
}

fn matches(selector: &Selector, template: &PodTemplateSpec) -> bool {
    let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.clone()).unwrap_or_default();
    selector.matches(&labels)
}

/// The template, its restart policy, and that the selector finds its Pods.
fn template_of(template: &PodTemplateSpec, selector: &LabelSelector, no_deadline_in: &str, path: &str, out: &mut Errors) {
    if let Ok(parsed) = Selector::of_label_selector(Some(selector)) {
        if is_absent(selector) || !(parsed.is_empty() || matches(&parsed, template)) {
            out.invalid(&format!("{path}.metadata.labels"), &labels_of(template), SELECTOR_RULE);
        }
        pod::template(template, path, out);
    }
    restart_always(template, path, out);
    if !no_deadline_in.is_empty() && template.spec.as_ref().is_some_and(|spec| spec.active_deadline_seconds.is_some()) {
        let detail = format!("activeDeadlineSeconds in {no_deadline_in} is not Supported");
        out.forbidden(&format!("{path}.spec.activeDeadlineSeconds"), &detail);
    }
}

fn restart_always(template: &PodTemplateSpec, path: &str, out: &mut Errors) {
    let policy = template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or_default();
    out.one_of(&format!("{path}.spec.restartPolicy"), policy, &["Always"]);
}

fn counts(fields: &[(&str, Option<i32>)], out: &mut Errors) {
    for (field, value) in fields {
        out.non_negative(&format!("spec.{field}"), i64::from(value.unwrap_or_default()));
    }
}

/// A number, or a percentage.
pub(super) fn positive_int_or_percent(value: &IntOrString, path: &str, out: &mut Errors) {
    match value {
        IntOrString::Int(number) => out.non_negative(path, i64::from(*number)),
        IntOrString::String(text) => {
            let digits = text.strip_suffix('%').unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                out.invalid(path, text, PERCENT_RULE);
            }
        }
    }
}

fn percent(value: &IntOrString) -> Option<i64> {
    match value {
        IntOrString::Int(_) => None,
        IntOrString::String(text) => text.strip_suffix('%')?.parse().ok(),
    }
}

pub(super) fn not_more_than_hundred_percent(value: &IntOrString, path: &str, out: &mut Errors) {
    if let (IntOrString::String(text), Some(101..)) = (value, percent(value)) {
        out.invalid(path, text, "must not be greater than 100%");
    }
}

/// Whether Go takes it for zero, as it does what it cannot read.
fn is_zero(value: &IntOrString) -> bool {
    match value {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(text) => percent(value).or_else(|| text.parse().ok()).is_none_or(|number: i64| number == 0),
    }
}

fn shown(value: &IntOrString) -> Shown {
    match value {
        IntOrString::Int(number) => Shown::from(*number),
        IntOrString::String(text) => Shown::from(text),
    }
}

const ZERO: IntOrString = IntOrString::Int(0);

pub(super) fn deployment(deployment: &Deployment, out: &mut Errors) {
    object_meta(&deployment.metadata, true, subdomain_errors, "metadata", out);
    deployment_spec(deployment, out);
}

pub(super) fn deployment_spec(deployment: &Deployment, out: &mut Errors) {
    let Some(spec) = &deployment.spec else { return };
    counts(&[("replicas", spec.replicas)], out);
    selector(&spec.selector, "deployment", "spec.selector", out);
    template_of_replicas(&spec.template, &spec.selector, out);
    let strategy = spec.strategy.clone().unwrap_or_default();
    let kind = strategy.type_.as_deref().unwrap_or_default();
    match kind {
        "Recreate" => {
            if strategy.rolling_update.is_some() {
                let detail = "may not be specified when strategy `type` is 'Recreate'";
                out.forbidden("spec.strategy.rollingUpdate", detail);
            }
        }
        "RollingUpdate" => match &strategy.rolling_update {
            None => out.required("spec.strategy.rollingUpdate", "this should be defaulted and never be nil"),
            Some(update) => {
                let unavailable = update.max_unavailable.as_ref().unwrap_or(&ZERO);
                let surge = update.max_surge.as_ref().unwrap_or(&ZERO);
                let path = "spec.strategy.rollingUpdate.maxUnavailable";
                positive_int_or_percent(unavailable, path, out);
                positive_int_or_percent(surge, "spec.strategy.rollingUpdate.maxSurge", out);
                if is_zero(unavailable) && is_zero(surge) {
                    out.invalid(path, shown(unavailable), "may not be 0 when `maxSurge` is 0");
                }
                not_more_than_hundred_percent(unavailable, path, out);
            }
        },
        _ => {
            let shown = internal::compact("ReplicaStrategy", &podlapse_model::to_json(&strategy));
            out.not_supported("spec.strategy", shown, &["Recreate", "RollingUpdate"]);
        }
    }
    counts(&[("minReadySeconds", spec.min_ready_seconds), ("revisionHistoryLimit", spec.revision_history_limit)], out);
    if let Some(deadline) = spec.progress_deadline_seconds {
        counts(&[("progressDeadlineSeconds", Some(deadline))], out);
        if deadline <= spec.min_ready_seconds.unwrap_or_default() {
            out.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
        }
    }
}

/// The template of a Deployment or ReplicaSet.
fn template_of_replicas(template: &PodTemplateSpec, selector: &LabelSelector, out: &mut Errors) {
    match Selector::of_label_selector(Some(selector)) {
        Err(_) => {
            out.invalid("spec.selector", shown_selector(selector), "invalid label selector");
        }
        Ok(parsed) => {
            // A selector that is not there selects nothing.
            if is_absent(selector) || !(parsed.is_empty() || matches(&parsed, template)) {
                out.invalid("spec.template.metadata.labels", &labels_of(template), SELECTOR_RULE);
            }
            pod::template(template, "spec.template", out);
            restart_always(template, "spec.template", out);
            if template.spec.as_ref().is_some_and(|spec| spec.active_deadline_seconds.is_some()) {
                let detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
                out.forbidden("spec.template.spec.activeDeadlineSeconds", detail);
            }
        }
    }
}

pub(super) fn replica_set(replica_set: &ReplicaSet, out: &mut Errors) {
    object_meta(&replica_set.metadata, true, subdomain_errors, "metadata", out);
    replica_set_spec(replica_set, out);
}

pub(super) fn replica_set_spec(replica_set: &ReplicaSet, out: &mut Errors) {
    let Some(spec) = &replica_set.spec else { return };
    counts(&[("replicas", spec.replicas), ("minReadySeconds", spec.min_ready_seconds)], out);
    // The message says deployment here too.
    selector(&spec.selector, "deployment", "spec.selector", out);
    template_of_replicas(&spec.template.clone().unwrap_or_default(), &spec.selector, out);
}

pub(super) fn stateful_set(stateful_set: &StatefulSet, out: &mut Errors) {
    object_meta(&stateful_set.metadata, true, label_errors, "metadata", out);
    stateful_set_spec(stateful_set, out);
}

pub(super) fn stateful_set_spec(stateful_set: &StatefulSet, out: &mut Errors) {
    let Some(spec) = &stateful_set.spec else { return };
    match spec.pod_management_policy.as_deref().unwrap_or_default() {
        "" => out.required("spec.podManagementPolicy", ""),
        "OrderedReady" | "Parallel" => {}
        other => out.invalid("spec.podManagementPolicy", other, "must be 'OrderedReady' or 'Parallel'"),
    }
    update_strategy(spec, out);
    if let Some(retention) = &spec.persistent_volume_claim_retention_policy {
        for (field, policy) in [("whenDeleted", &retention.when_deleted), ("whenScaled", &retention.when_scaled)] {
            let path = format!("spec.persistentVolumeClaimRetentionPolicy.{field}");
            out.one_of(&path, policy.as_deref().unwrap_or_default(), &["Retain", "Delete"]);
        }
    }
    counts(&[("replicas", spec.replicas), ("minReadySeconds", spec.min_ready_seconds)], out);
    if let Some(ordinals) = &spec.ordinals {
        out.non_negative("spec.ordinals.start", i64::from(ordinals.start.unwrap_or_default()));
    }
    selector(&spec.selector, "statefulset", "spec.selector", out);
    if Selector::of_label_selector(Some(&spec.selector)).is_err() {
        out.invalid("spec.selector", shown_selector(&spec.selector), "");
    }
    for (at, claim) in spec.volume_claim_templates.iter().flatten().enumerate() {
        let path = format!("spec.volumeClaimTemplates[{at}]");
        others::claim_spec(claim.spec.as_ref().unwrap_or(&Default::default()), &format!("{path}.spec"), out);
    }
    if let Some(name) = spec.service_name.as_deref().filter(|name| !name.is_empty()) {
        out.each("spec.serviceName", name, label_errors(name));
    }
    let template = with_claims(&spec.template, spec.volume_claim_templates.as_deref().unwrap_or_default());
    template_of(&template, &spec.selector, "StatefulSet", "spec.template", out);
}

/// The template with the volumes that the StatefulSet makes of its claims, so that containers can mount them.
fn with_claims(template: &PodTemplateSpec, claims: &[PersistentVolumeClaim]) -> PodTemplateSpec {
    let mut template = template.clone();
    let volumes = template.spec.get_or_insert_default().volumes.get_or_insert_default();
    for name in claims.iter().filter_map(|claim| claim.metadata.name.as_ref()) {
        if !name_label_errors(name).is_empty() || volumes.iter().any(|volume| volume.name == *name) {
            continue;
        }
        let claim = PersistentVolumeClaimVolumeSource { claim_name: name.clone(), ..Default::default() };
        volumes.push(Volume { name: name.clone(), persistent_volume_claim: Some(claim), ..Volume::default() });
    }
    template
}

fn update_strategy(spec: &podlapse_model::api::apps::v1::StatefulSetSpec, out: &mut Errors) {
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    let partition = strategy.rolling_update.as_ref().map(|update| update.partition.unwrap_or_default());
    match strategy.type_.as_deref().unwrap_or_default() {
        "" => out.required("spec.updateStrategy", ""),
        "OnDelete" => {
            if let Some(partition) = partition {
                let text = format!("{{\"Partition\":{partition},\"MaxUnavailable\":null}}");
                let detail = "only allowed for updateStrategy 'RollingUpdate'";
                out.invalid("spec.updateStrategy.rollingUpdate", Shown(text), detail);
            }
        }
        "RollingUpdate" => {
            if let Some(partition) = partition {
                out.non_negative("spec.updateStrategy.rollingUpdate.partition", i64::from(partition));
            }
        }
        other => {
            let kind = crate::go_text::json(&other.into());
            let update =
                partition.map_or("null".to_owned(), |partition| format!("{{\"Partition\":{partition},\"MaxUnavailable\":null}}"));
            let text = format!("{{\"Type\":{kind},\"RollingUpdate\":{update}}}");
            out.invalid("spec.updateStrategy", Shown(text), "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

pub(super) fn daemon_set(daemon_set: &DaemonSet, out: &mut Errors) {
    object_meta(&daemon_set.metadata, true, subdomain_errors, "metadata", out);
    daemon_set_spec(daemon_set, out);
}

pub(super) fn daemon_set_spec(daemon_set: &DaemonSet, out: &mut Errors) {
    let Some(spec) = &daemon_set.spec else { return };
    label_selector(Some(&spec.selector), "spec.selector", out);
    let parsed = Selector::of_label_selector(Some(&spec.selector));
    let is_match = parsed.is_ok_and(|parsed| !is_absent(&spec.selector) && matches(&parsed, &spec.template));
    if !is_match && Selector::of_label_selector(Some(&spec.selector)).is_ok() {
        out.invalid("spec.template.metadata.labels", &labels_of(&spec.template), SELECTOR_RULE);
    }
    if !is_absent(&spec.selector) && !has_requirements(&spec.selector) {
        let detail = "empty selector is invalid for daemonset";
        out.invalid("spec.selector", shown_selector(&spec.selector), detail);
    }
    pod::template(&spec.template, "spec.template", out);
    restart_always(&spec.template, "spec.template", out);
    if spec.template.spec.as_ref().is_some_and(|spec| spec.active_deadline_seconds.is_some()) {
        let detail = "activeDeadlineSeconds in DaemonSet is not Supported";
        out.forbidden("spec.template.spec.activeDeadlineSeconds", detail);
    }
    counts(&[("minReadySeconds", spec.min_ready_seconds)], out);
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    match strategy.type_.as_deref().unwrap_or_default() {
        "OnDelete" => {}
        "RollingUpdate" => match &strategy.rolling_update {
            None => out.required("spec.updateStrategy.rollingUpdate", ""),
            Some(update) => {
                let unavailable = update.max_unavailable.as_ref().unwrap_or(&ZERO);
                let surge = update.max_surge.as_ref().unwrap_or(&ZERO);
                let path = "spec.updateStrategy.rollingUpdate.maxUnavailable";
                let surge_path = "spec.updateStrategy.rollingUpdate.maxSurge";
                positive_int_or_percent(unavailable, path, out);
                positive_int_or_percent(surge, surge_path, out);
                not_more_than_hundred_percent(unavailable, path, out);
                not_more_than_hundred_percent(surge, surge_path, out);
                match (is_zero(unavailable), is_zero(surge)) {
                    (false, false) => {
                        out.invalid(surge_path, shown(surge), "may not be set when maxUnavailable is non-zero");
                    }
                    (true, true) => out.required(path, "cannot be 0 when maxSurge is 0"),
                    (true, false) | (false, true) => {}
                }
            }
        },
        _ => {
            let shown = internal::compact("ReplicaStrategy", &podlapse_model::to_json(&strategy));
            out.not_supported("spec.updateStrategy", shown, &["RollingUpdate", "OnDelete"]);
        }
    }
    if spec.revision_history_limit.is_some() {
        counts(&[("revisionHistoryLimit", spec.revision_history_limit)], out);
    }
}

pub(super) fn replication_controller(controller: &ReplicationController, out: &mut Errors) {
    object_meta(&controller.metadata, true, subdomain_errors, "metadata", out);
    replication_controller_spec(controller, out);
}

pub(super) fn replication_controller_spec(controller: &ReplicationController, out: &mut Errors) {
    let Some(spec) = &controller.spec else { return };
    counts(&[("minReadySeconds", spec.min_ready_seconds)], out);
    let labels = spec.selector.clone().unwrap_or_default();
    if labels.is_empty() {
        out.required("spec.selector", "");
    }
    counts(&[("replicas", spec.replicas)], out);
    let Some(template) = &spec.template else { return out.required("spec.template", "") };
    let own = template.metadata.as_ref().and_then(|metadata: &ObjectMeta| metadata.labels.clone()).unwrap_or_default();
    if !labels.is_empty() && !labels.iter().all(|(key, value)| own.get(key) == Some(value)) {
        out.invalid("spec.template.metadata.labels", &labels_of(template), SELECTOR_RULE);
    }
    pod::template(template, "spec.template", out);
    restart_always(template, "spec.template", out);
    if template.spec.as_ref().is_some_and(|spec| spec.active_deadline_seconds.is_some()) {
        let detail = "activeDeadlineSeconds in ReplicationController is not Supported";
        out.forbidden("spec.template.spec.activeDeadlineSeconds", detail);
    }
}
