//! Quotas: how much the objects of a namespace may use together.
//!
//! Models `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota` `CheckRequest` and the evaluators of
//! `pkg/quota/v1/evaluator/core` (v1.36). Left out: resource claims, and limits that the server's own configuration sets.

use std::sync::Arc;

use podlapse_model::api::core::v1::{Container, Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service};
use podlapse_model::{
    Format, Kind, Metadata, Object, QosClass, Quantity, ResourceList, ResourceOptions, SimTime, SortedMap, SortedSet,
    add_resources, pod_limits, pod_requests, resource_list,
};

use super::Attributes;
use crate::kernel::WallClock;
use crate::store::{ApiContext, ApiError, Store};

/// A quota with what a new object uses.
pub(super) type Charged = Object;

/// Kinds that a quota counts by their plain plural too.
const COUNTED: [Kind; 6] =
    [Kind::ConfigMap, Kind::PersistentVolumeClaim, Kind::ReplicationController, Kind::ResourceQuota, Kind::Secret, Kind::Service];
/// What every container must name where a quota limits it.
const REQUIRED: [&str; 6] = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Refuses what a quota does not cover; else the quotas with what the object uses.
pub(super) fn check(store: &Store, attributes: Attributes<'_>, cx: &ApiContext<'_>) -> Result<Vec<Charged>, ApiError> {
    let is_counted_once = !matches!(attributes.object, Object::PersistentVolumeClaim(_) | Object::Service(_));
    if is_counted_once && !attributes.is_asking() {
        return Ok(Vec::new());
    }
    let quotas: Vec<&Arc<ResourceQuota>> =
        quotas(store, attributes.key.namespace.as_str()).filter(|quota| matches(quota, attributes.object)).collect();
    let delta = delta(attributes, cx);
    let mut charged = Vec::new();
    for quota in quotas {
        let name = quota.name();
        let status = quota.status.clone().unwrap_or_default();
        let hard = resource_list(status.hard.as_ref());
        if let Object::Pod(pod) = attributes.object {
            missing(pod, &hard).map_err(|missing| {
                ApiError::forbidden(attributes.key, format!("failed quota: {name}: must specify {missing}"))
            })?;
        }
        let used = resource_list(status.used.as_ref());
        let unknown: Vec<&str> = hard
            .keys()
            .filter(|resource| delta.contains_key(*resource) && !used.contains_key(*resource))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            let why = format!("status unknown for quota: {name}, resources: {}", unknown.join(","));
            return Err(ApiError::forbidden(attributes.key, why));
        }
        let asked: ResourceList =
            delta.iter().filter(|(resource, _)| hard.contains_key(*resource)).map(|(a, b)| (a.clone(), b.clone())).collect();
        if asked.is_empty() {
            continue;
        }
        let mut sum = used.clone();
        add_resources(&mut sum, &asked);
        let exceeded: SortedSet<&str> =
            asked.iter().filter(|(resource, _)| hard[*resource] < sum[*resource]).map(|(name, _)| name.as_str()).collect();
        if !exceeded.is_empty() {
            let shown = |list: &ResourceList| {
                let texts: Vec<String> =
                    exceeded.iter().filter_map(|name| Some(format!("{name}={}", list.get(*name)?))).collect();
                texts.join(",")
            };
            let (requested, used, limited) = (shown(&asked), shown(&used), shown(&hard));
            let why = format!("exceeded quota: {name}, requested: {requested}, used: {used}, limited: {limited}");
            return Err(ApiError::forbidden(attributes.key, why));
        }
        let mut quota = ResourceQuota::clone(quota);
        quota.status.get_or_insert_default().used =
            Some(sum.iter().map(|(name, amount)| (name.clone(), amount.to_api())).collect());
        charged.push(quota.into());
    }
    Ok(charged)
}

fn quotas<'a>(store: &'a Store, namespace: &'a str) -> impl Iterator<Item = &'a Arc<ResourceQuota>> {
    store.all_in(Some(namespace))
}

/// What the request uses more than before; what it uses less is found when the quota is counted again.
fn delta(attributes: Attributes<'_>, cx: &ApiContext<'_>) -> ResourceList {
    let mut delta = usage(attributes.object, cx.wall, cx.now);
    for (resource, amount) in attributes.old.map(|old| usage(old, cx.wall, cx.now)).into_iter().flatten() {
        *delta.entry(resource).or_default() -= &amount;
    }
    delta.retain(|_, amount| 0 < amount.signum());
    delta
}

/// The resources that containers should name and do not, as the refusal lists them.
fn missing(pod: &Pod, hard: &ResourceList) -> Result<(), String> {
    let Some(spec) = &pod.spec else { return Ok(()) };
    let of_pod = spec.resources.as_ref().map(|found| named(found.requests.as_ref(), found.limits.as_ref())).unwrap_or_default();
    let required: Vec<&str> = REQUIRED.into_iter().filter(|name| hard.contains_key(*name) && !of_pod.contains(*name)).collect();
    let mut missing: SortedMap<&str, SortedSet<&str>> = SortedMap::new();
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    for container in containers {
        let own = of_container(container);
        for name in required.iter().filter(|name| !own.contains(**name)) {
            missing.entry(name).or_default().insert(&container.name);
        }
    }
    let texts: Vec<String> = missing
        .iter()
        .map(|(resource, names)| format!("{resource} for: {}", names.iter().copied().collect::<Vec<_>>().join(",")))
        .collect();
    if texts.is_empty() { Ok(()) } else { Err(texts.join("; ")) }
}

fn of_container(container: &Container) -> SortedSet<String> {
    container.resources.as_ref().map(|found| named(found.requests.as_ref(), found.limits.as_ref())).unwrap_or_default()
}

type ApiList = std::collections::BTreeMap<String, podlapse_model::apimachinery::pkg::api::resource::Quantity>;

fn named(requests: Option<&ApiList>, limits: Option<&ApiList>) -> SortedSet<String> {
    compute(&resource_list(requests), &resource_list(limits)).into_keys().collect()
}

/// Whether a quota has to do with an object: it limits something that the object uses, and all its scopes hold.
pub(crate) fn matches(quota: &ResourceQuota, object: &Object) -> bool {
    let Some(spec) = &quota.spec else { return false };
    let limits_it = spec.hard.iter().flatten().any(|(name, _)| concerns(name, object));
    let scopes = spec.scopes.iter().flatten().map(|scope| ScopedResourceSelectorRequirement {
        scope_name: scope.clone(),
        operator: "Exists".to_owned(),
        values: None,
    });
    let selected = spec.scope_selector.iter().flat_map(|selector| selector.match_expressions.iter().flatten().cloned());
    limits_it && scopes.chain(selected).all(|scope| holds(&scope, object))
}

/// Whether a limited resource is one that objects of this kind use.
fn concerns(resource: &str, object: &Object) -> bool {
    let kind = object.kind();
    if resource == counted_as(kind) || (COUNTED.contains(&kind) && resource == kind.resource()) {
        return true;
    }
    if kind == Kind::Service {
        return matches!(resource, "services.nodeports" | "services.loadbalancers");
    }
    if kind == Kind::PersistentVolumeClaim {
        return resource == "requests.storage" || resource.contains(".storageclass.storage.k8s.io/");
    }
    if kind != Kind::Pod {
        return false;
    }
    let plain = resource.strip_prefix("requests.").or(resource.strip_prefix("limits.")).unwrap_or(resource);
    resource == "pods"
        || matches!(plain, "cpu" | "memory" | "ephemeral-storage")
        || plain.starts_with("hugepages-")
        || (resource.starts_with("requests.") && plain.contains('/'))
}

/// As in `count/deployments.apps`.
fn counted_as(kind: Kind) -> String {
    match kind.group() {
        "" => format!("count/{}", kind.resource()),
        group => format!("count/{}.{group}", kind.resource()),
    }
}

fn holds(scope: &ScopedResourceSelectorRequirement, object: &Object) -> bool {
    let Object::Pod(pod) = object else { return false };
    let Some(spec) = &pod.spec else { return false };
    let is_terminating = spec.active_deadline_seconds.is_some_and(|seconds| 0 <= seconds);
    let is_best_effort = QosClass::of(spec) == QosClass::BestEffort;
    let exists = match scope.scope_name.as_str() {
        "Terminating" => is_terminating,
        "NotTerminating" => !is_terminating,
        "BestEffort" => is_best_effort,
        "NotBestEffort" => !is_best_effort,
        "PriorityClass" => return of_class(scope, spec.priority_class_name.as_deref().unwrap_or_default()),
        "CrossNamespacePodAffinity" => crosses_namespaces(pod),
        _ => false,
    };
    exists == (scope.operator != "DoesNotExist")
}

fn of_class(scope: &ScopedResourceSelectorRequirement, class: &str) -> bool {
    let is_listed = scope.values.iter().flatten().any(|value| value == class);
    match scope.operator.as_str() {
        "Exists" => !class.is_empty(),
        "DoesNotExist" => class.is_empty(),
        "In" => !class.is_empty() && is_listed,
        "NotIn" => !is_listed,
        _ => false,
    }
}

fn crosses_namespaces(pod: &Pod) -> bool {
    let Some(affinity) = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()) else { return false };
    let near = affinity.pod_affinity.as_ref().map(|found| {
        (&found.required_during_scheduling_ignored_during_execution, &found.preferred_during_scheduling_ignored_during_execution)
    });
    let far = affinity.pod_anti_affinity.as_ref().map(|found| {
        (&found.required_during_scheduling_ignored_during_execution, &found.preferred_during_scheduling_ignored_during_execution)
    });
    let terms = near.into_iter().chain(far).flat_map(|(required, preferred)| {
        required.iter().flatten().chain(preferred.iter().flatten().map(|weighted| &weighted.pod_affinity_term))
    });
    terms
        .into_iter()
        .any(|term| term.namespaces.as_ref().is_some_and(|names| !names.is_empty()) || term.namespace_selector.is_some())
}

fn one() -> Quantity {
    Quantity::new(1, Format::DecimalSI)
}

/// What an object uses of everything that a quota can limit.
pub(crate) fn usage(object: &Object, wall: WallClock, now: SimTime) -> ResourceList {
    let kind = object.kind();
    let mut usage = ResourceList::from([(counted_as(kind), one())]);
    if COUNTED.contains(&kind) {
        usage.insert(kind.resource().to_owned(), one());
    }
    if let Object::Pod(pod) = object
        && is_alive(pod, wall, now)
    {
        let options = ResourceOptions::default();
        usage.extend(compute(&pod_requests(pod, &options), &pod_limits(pod, &options)));
        usage.insert("pods".to_owned(), one());
    } else if let Object::Service(service) = object {
        service_usage(service, &mut usage);
    } else if let Object::PersistentVolumeClaim(claim) = object
        && let Some(spec) = &claim.spec
    {
        let storage = spec.resources.as_ref().and_then(|found| found.requests.as_ref()?.get("storage")).map(Quantity::of);
        let class = spec.storage_class_name.as_deref().filter(|class| !class.is_empty());
        if let Some(storage) = storage {
            if let Some(class) = class {
                usage.insert(format!("{class}.storageclass.storage.k8s.io/requests.storage"), storage.clone());
            }
            usage.insert("requests.storage".to_owned(), storage);
        }
        if let Some(class) = class {
            usage.insert(format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"), one());
        }
    }
    usage
}

/// Requests and limits by the names under which quotas know them.
fn compute(requests: &ResourceList, limits: &ResourceList) -> ResourceList {
    let mut usage = ResourceList::new();
    for (name, amount) in requests {
        let is_plain = matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
        if is_plain {
            usage.insert(name.clone(), amount.clone());
        }
        if is_plain || name.contains('/') {
            usage.insert(format!("requests.{name}"), amount.clone());
        }
    }
    for (name, amount) in limits.iter().filter(|(name, _)| matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage")) {
        usage.insert(format!("limits.{name}"), amount.clone());
    }
    usage
}

/// Whether a Pod still uses anything: it is neither over nor past its grace period.
fn is_alive(pod: &Pod, wall: WallClock, now: SimTime) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    let is_late = pod
        .metadata
        .deletion_timestamp
        .as_ref()
        .is_some_and(|time| pod.metadata.deletion_grace_period_seconds.is_some() && wall.sim_time(time) < now);
    !matches!(phase, "Succeeded" | "Failed") && !is_late
}

fn service_usage(service: &Service, usage: &mut ResourceList) {
    let Some(spec) = &service.spec else { return };
    let ports = i64::try_from(spec.ports.as_ref().map_or(0, Vec::len)).unwrap_or(i64::MAX);
    let kind = spec.type_.as_deref().unwrap_or_default();
    let is_balanced = kind == "LoadBalancer";
    let takes_ports = kind == "NodePort" || (is_balanced && spec.allocate_load_balancer_node_ports != Some(false));
    usage.insert("services.nodeports".to_owned(), Quantity::new(if takes_ports { ports } else { 0 }, Format::DecimalSI));
    usage.insert("services.loadbalancers".to_owned(), Quantity::new(i64::from(is_balanced), Format::DecimalSI));
}
