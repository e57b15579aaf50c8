//! Warnings about what is neither a Pod nor has a template of Pods.
//!
//! Upstream: `pkg/api/{persistentvolume,persistentvolumeclaim,service,storage,job,node}` `GetWarningsFor*`, `pkg/registry/core`
//! `node`'s `fieldIsDeprecatedWarnings` and `serviceaccount`'s `WarningsOnCreate` (v1.36).

use podlapse_model::api::batch::v1::JobSpec;
use podlapse_model::api::core::v1::{NodeSpec, PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, Service};
use podlapse_model::api::storage::v1::StorageClass;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::{Metadata, Object};

use crate::warnings::{address, address_range, deprecated_label, fractional, selector_term, volume_advice};

const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";
const CLASS_ADVICE: &str = "deprecated since v1.8; use \"storageClassName\" attribute instead";
const OPTIONS_ANNOTATION: &str = "volume.beta.kubernetes.io/mount-options";
const OPTIONS_ADVICE: &str = "deprecated since v1.31; use \"mountOptions\" attribute instead";
const MOUNTABLE_ANNOTATION: &str = "kubernetes.io/enforce-mountable-secrets";
const MOUNTABLE_ADVICE: &str = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const MODE: &str = "service.kubernetes.io/topology-mode";

/// `claims` stands in the paths of a StatefulSet's claims, which are told in another way when it is updated.
pub(crate) fn warnings(object: &Object, claims: &str, out: &mut Vec<String>) {
    match object {
        Object::PersistentVolumeClaim(claim) => self::claim(claim, out),
        Object::PersistentVolume(found) => volume(found, out),
        Object::Service(found) => service(found, out),
        Object::StorageClass(class) => storage_class(class, out),
        Object::ServiceAccount(account) => annotation(&account.metadata, MOUNTABLE_ANNOTATION, MOUNTABLE_ADVICE, out),
        Object::RuntimeClass(class) => {
            let scheduling = class.scheduling.iter();
            let keys = scheduling.flat_map(|found| found.node_selector.iter().flat_map(|selector| selector.keys()));
            out.extend(keys.filter_map(|key| deprecated_label(key)).map(|advice| format!("scheduling.nodeSelector: {advice}")));
        }
        Object::Node(found) => found.spec.iter().for_each(|spec| node(spec, out)),
        Object::StatefulSet(found) => {
            let Some(spec) = &found.spec else { return };
            for (at, claim) in spec.volume_claim_templates.iter().flatten().enumerate() {
                claim_spec(claim.spec.as_ref(), &format!("spec.volumeClaimTemplates[{at}].{claims}"), out);
            }
            if spec.revision_history_limit.is_some_and(|limit| limit < 0) {
                let advice = "a negative value retains all historical revisions; a value >= 0 is recommended";
                out.push(format!("spec.revisionHistoryLimit: {advice}"));
            }
        }
        Object::Job(found) => found.spec.iter().for_each(|spec| job(spec, out)),
        Object::CronJob(found) => found.spec.job_template.spec.iter().for_each(|spec| job(spec, out)),
        Object::Namespace(_)
        | Object::Pod(_)
        | Object::Secret(_)
        | Object::ConfigMap(_)
        | Object::Event(_)
        | Object::LimitRange(_)
        | Object::ResourceQuota(_)
        | Object::ReplicationController(_)
        | Object::PriorityClass(_)
        | Object::PodDisruptionBudget(_)
        | Object::Deployment(_)
        | Object::ReplicaSet(_)
        | Object::DaemonSet(_)
        | Object::ControllerRevision(_)
        | Object::Lease(_)
        | Object::EndpointSlice(_)
        | Object::CSINode(_)
        | Object::Unmodelled(_) => {}
    }
}

fn annotation(metadata: &ObjectMeta, key: &str, advice: &str, out: &mut Vec<String>) {
    if metadata.annotation(key).is_some() {
        out.push(format!("metadata.annotations[{key}]: {advice}"));
    }
}

fn claim(claim: &PersistentVolumeClaim, out: &mut Vec<String>) {
    annotation(&claim.metadata, CLASS_ANNOTATION, CLASS_ADVICE, out);
    claim_spec(claim.spec.as_ref(), "spec.", out);
}

/// The storage that a claim asks for; `path` ends with a dot.
pub(crate) fn claim_spec(spec: Option<&PersistentVolumeClaimSpec>, path: &str, out: &mut Vec<String>) {
    let resources = spec.and_then(|spec| spec.resources.as_ref());
    for (field, list) in [
        ("requests", resources.and_then(|found| found.requests.as_ref())),
        ("limits", resources.and_then(|found| found.limits.as_ref())),
    ] {
        fractional(list.and_then(|list| list.get("storage")), &format!("{path}resources.{field}[storage]"), out);
    }
}

fn volume(volume: &PersistentVolume, out: &mut Vec<String>) {
    annotation(&volume.metadata, CLASS_ANNOTATION, CLASS_ADVICE, out);
    annotation(&volume.metadata, OPTIONS_ANNOTATION, OPTIONS_ADVICE, out);
    let Some(spec) = &volume.spec else { return };
    if spec.persistent_volume_reclaim_policy.as_deref() == Some("Recycle") {
        let advice =
            "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
        out.push(format!("spec.persistentVolumeReclaimPolicy: {advice}"));
    }
    let required = spec.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
    for (at, term) in required.iter().flat_map(|required| &required.node_selector_terms).enumerate() {
        selector_term(term, &format!("spec.nodeAffinity.required.nodeSelectorTerms[{at}]"), out);
    }
    let value = podlapse_model::to_json(spec);
    for source in ["cephfs", "photonPersistentDisk", "scaleIO", "storageos", "glusterfs", "flocker", "quobyte", "rbd"] {
        if let Some(advice) = volume_advice(source).filter(|_| value.get(source).is_some()) {
            out.push(format!("spec.{source}: {advice}"));
        }
    }
    fractional(spec.capacity.as_ref().and_then(|list| list.get("storage")), "spec.capacity[storage]", out);
}

fn service(service: &Service, out: &mut Vec<String>) {
    if service.annotation(HINTS).is_some() {
        out.push(format!("annotation {HINTS} is deprecated, please use {MODE} instead"));
    }
    let Some(spec) = &service.spec else { return };
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let has_external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    let is_headless = spec.cluster_ip.as_deref() == Some("None");
    for (at, ip) in spec.cluster_ips.iter().flatten().enumerate().filter(|_| !is_headless) {
        address(ip, &format!("spec.clusterIPs[{at}]"), out);
    }
    if is_headless {
        for (field, is_ignored) in [
            ("loadBalancerIP", is_set(&spec.load_balancer_ip)),
            ("externalIPs", has_external_ips),
            ("SessionAffinity", spec.session_affinity.as_deref().is_some_and(|affinity| affinity != "None")),
        ] {
            if is_ignored {
                out.push(format!("spec.{field} is ignored for headless services"));
            }
        }
    }
    let is_alias = spec.type_.as_deref() == Some("ExternalName");
    for (at, ip) in spec.external_ips.iter().flatten().enumerate() {
        address(ip, &format!("spec.externalIPs[{at}]"), out);
    }
    if has_external_ips && !is_headless && !is_alias {
        out.push("spec.externalIPs is deprecated".to_owned());
    }
    address(spec.load_balancer_ip.as_deref().unwrap_or_default(), "spec.loadBalancerIP", out);
    for (at, range) in spec.load_balancer_source_ranges.iter().flatten().enumerate() {
        address_range(range, &format!("spec.loadBalancerSourceRanges[{at}]"), out);
    }
    if is_alias && has_external_ips {
        out.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !is_alias && is_set(&spec.external_name) {
        out.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    if spec.traffic_distribution.as_deref() == Some("PreferClose") {
        out.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".to_owned());
    }
}

fn node(spec: &NodeSpec, out: &mut Vec<String>) {
    if spec.config_source.is_some() {
        out.push("spec.configSource: the feature is removed".to_owned());
    }
    if spec.external_id.as_ref().is_some_and(|id| !id.is_empty()) {
        out.push("spec.externalID: this field is deprecated, and is unused by Kubernetes".to_owned());
    }
}

fn storage_class(class: &StorageClass, out: &mut Vec<String>) {
    for (at, term) in class.allowed_topologies.iter().flatten().enumerate() {
        for (key_at, requirement) in term.match_label_expressions.iter().flatten().enumerate() {
            if let Some(advice) = deprecated_label(&requirement.key) {
                let path = format!("allowedTopologies[{at}].matchLabelExpressions[{key_at}].key");
                out.push(format!("{path}: {} is {advice}", requirement.key));
            }
        }
    }
}

fn job(spec: &JobSpec, out: &mut Vec<String>) {
    let is_large = spec.completions.is_some_and(|count| count > 100_000) && spec.parallelism.is_some_and(|count| count > 10_000);
    if is_large && spec.completion_mode.as_deref() == Some("Indexed") {
        out.push(
            "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be \
             able to track completedIndexes when a big number of indexes fail"
                .to_owned(),
        );
    }
}
