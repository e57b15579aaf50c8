//! Limits of a namespace: what a Pod or a claim asks for when it says nothing, and what it may ask for.
//!
//! Models `plugin/pkg/admission/limitranger` `PodMutateLimitFunc`, `PodValidateLimitFunc` and
//! `PersistentVolumeClaimValidateLimitFunc` (v1.36). Where upstream walks a map its order is random; here it is alphabetical.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_manifest::aggregate;
use podlapse_model::api::core::v1::{Container, LimitRange, LimitRangeItem, Pod, ResourceRequirements};
use podlapse_model::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use podlapse_model::{Kind, Metadata, Object, Quantity, ResourceList, ResourceOptions, pod_limits, pod_requests, resource_list};

use super::Attributes;
use crate::store::{ApiError, Store};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";
/// Amounts up to here are compared in thousandths.
const MAX_MILLI_VALUE: i64 = i64::MAX / 1000;

type Amounts = BTreeMap<String, ApiQuantity>;

fn ranges<'a>(store: &'a Store, namespace: &'a str) -> impl Iterator<Item = &'a LimitRange> {
    store.all_in(Some(namespace)).map(Arc::as_ref)
}

fn items(range: &LimitRange) -> impl Iterator<Item = &LimitRangeItem> {
    range.spec.iter().flat_map(|spec| &spec.limits)
}

/// Fills in the requests and limits that the containers leave open, and notes what it did.
pub(super) fn set_defaults(store: &Store, pod: &mut Pod) {
    let namespace = pod.namespace().to_owned();
    for range in ranges(store, &namespace) {
        let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
        for item in items(range).filter(|item| item.type_ == "Container") {
            requests.extend(item.default_request.clone().unwrap_or_default());
            limits.extend(item.default.clone().unwrap_or_default());
        }
        let Some(spec) = &mut pod.spec else { continue };
        let mut notes = Vec::new();
        for container in &mut spec.containers {
            complete(container, "container", &requests, &limits, &mut notes);
        }
        for container in spec.init_containers.iter_mut().flatten() {
            complete(container, "init container", &requests, &limits, &mut notes);
        }
        if !notes.is_empty() {
            let note = format!("LimitRanger plugin set: {}", notes.join("; "));
            pod.metadata.annotations.get_or_insert_default().insert(ANNOTATION.to_owned(), note);
        }
    }
}

fn complete(container: &mut Container, what: &str, requests: &Amounts, limits: &Amounts, notes: &mut Vec<String>) {
    if requests.is_empty() && limits.is_empty() {
        return;
    }
    let resources: &mut ResourceRequirements = container.resources.get_or_insert_default();
    for (word, own, defaults) in [("request", &mut resources.requests, requests), ("limit", &mut resources.limits, limits)] {
        let own = own.get_or_insert_default();
        let open: Vec<&str> = defaults.keys().filter(|name| !own.contains_key(*name)).map(String::as_str).collect();
        if !open.is_empty() {
            notes.push(format!("{} {word} for {what} {}", open.join(", "), container.name));
        }
        for (name, amount) in defaults {
            own.entry(name.clone()).or_insert_with(|| amount.clone());
        }
    }
}

/// Refuses what asks for too much or too little.
pub(super) fn check(store: &Store, attributes: Attributes<'_>) -> Result<(), ApiError> {
    let namespace = attributes.key.namespace.as_str();
    // A claim that is on its way out may let go of its finalizers.
    let is_leaving = attributes.old.is_some_and(|old| old.metadata().deletion_timestamp.is_some());
    if is_leaving && attributes.key.kind == Kind::PersistentVolumeClaim {
        return Ok(());
    }
    for range in ranges(store, namespace) {
        let mut errors = Vec::new();
        if let Object::Pod(pod) = attributes.object {
            if !attributes.is_asking() {
                return Ok(());
            }
            check_pod(range, pod, &mut errors);
        } else if let Object::PersistentVolumeClaim(claim) = attributes.object {
            let resources = claim.spec.as_ref().and_then(|spec| spec.resources.as_ref());
            let requests = resource_list(resources.and_then(|resources| resources.requests.as_ref()));
            for item in items(range).filter(|item| item.type_ == "PersistentVolumeClaim") {
                let bound = Bound { what: &item.type_, requests: &requests, limits: &ResourceList::new() };
                each(&item.min, &mut errors, |name, amount| bound.min(name, amount));
                each(&item.max, &mut errors, |name, amount| bound.max_request(name, amount));
            }
        }
        if !errors.is_empty() {
            return Err(ApiError::forbidden(attributes.key, aggregate(&errors)));
        }
    }
    Ok(())
}

fn check_pod(range: &LimitRange, pod: &Pod, errors: &mut Vec<String>) {
    let Some(spec) = &pod.spec else { return };
    for item in items(range) {
        match item.type_.as_str() {
            "Container" => {
                for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
                    let resources = container.resources.as_ref();
                    let requests = resource_list(resources.and_then(|resources| resources.requests.as_ref()));
                    let limits = resource_list(resources.and_then(|resources| resources.limits.as_ref()));
                    check_item(item, &requests, &limits, errors);
                }
            }
            "Pod" => {
                let options = ResourceOptions { exclude_overhead: true, skip_pod_level: true, ..ResourceOptions::default() };
                let (mut requests, mut limits) = (pod_requests(pod, &options), pod_limits(pod, &options));
                if let Some(whole) = &spec.resources {
                    requests.extend(of_the_whole(whole.requests.as_ref()));
                    limits.extend(of_the_whole(whole.limits.as_ref()));
                }
                check_item(item, &requests, &limits, errors);
            }
            _ => {}
        }
    }
}

/// What counts of the Pod's own resources: CPU and memory, and unlike elsewhere no huge pages (`isSupportedPodLevelResource`).
fn of_the_whole(list: Option<&Amounts>) -> ResourceList {
    let mut list = resource_list(list);
    list.retain(|name, _| matches!(name.as_str(), "cpu" | "memory"));
    list
}

fn check_item(item: &LimitRangeItem, requests: &ResourceList, limits: &ResourceList, errors: &mut Vec<String>) {
    let bound = Bound { what: &item.type_, requests, limits };
    each(&item.min, errors, |name, amount| bound.min(name, amount));
    each(&item.max, errors, |name, amount| bound.max(name, amount));
    each(&item.max_limit_request_ratio, errors, |name, amount| bound.ratio(name, amount));
}

fn each(amounts: &Option<Amounts>, errors: &mut Vec<String>, check: impl Fn(&str, &Quantity) -> Option<String>) {
    for (name, amount) in amounts.iter().flatten() {
        errors.extend(check(name, &Quantity::of(amount)));
    }
}

/// What is asked for, of a container, a Pod or a claim.
struct Bound<'a> {
    what: &'a str,
    requests: &'a ResourceList,
    limits: &'a ResourceList,
}

impl Bound<'_> {
    fn min(&self, name: &str, least: &Quantity) -> Option<String> {
        let rule = format!("minimum {name} usage per {} is {least}", self.what);
        match (self.requests.get(name), self.limits.get(name)) {
            (None, _) => Some(format!("{rule}.  No request is specified")),
            (Some(request), _) if is_less(request, least) => Some(format!("{rule}, but request is {request}")),
            (Some(_), Some(limit)) if is_less(limit, least) => Some(format!("{rule}, but limit is {limit}")),
            (Some(_), _) => None,
        }
    }

    fn max(&self, name: &str, most: &Quantity) -> Option<String> {
        let rule = format!("maximum {name} usage per {} is {most}", self.what);
        match (self.limits.get(name), self.requests.get(name)) {
            (None, _) => Some(format!("{rule}.  No limit is specified")),
            (Some(limit), _) if is_less(most, limit) => Some(format!("{rule}, but limit is {limit}")),
            (Some(_), Some(request)) if is_less(most, request) => Some(format!("{rule}, but request is {request}")),
            (Some(_), _) => None,
        }
    }

    fn max_request(&self, name: &str, most: &Quantity) -> Option<String> {
        let rule = format!("maximum {name} usage per {} is {most}", self.what);
        match self.requests.get(name) {
            None => Some(format!("{rule}.  No request is specified")),
            Some(request) if is_less(most, request) => Some(format!("{rule}, but request is {request}")),
            Some(_) => None,
        }
    }

    fn ratio(&self, name: &str, most: &Quantity) -> Option<String> {
        let rule = format!("{name} max limit to request ratio per {} is {most}", self.what);
        let Some(request) = self.requests.get(name).filter(|request| request.milli_value() != 0) else {
            return Some(format!("{rule}, but no request is specified or request is 0"));
        };
        let Some(limit) = self.limits.get(name).filter(|limit| limit.milli_value() != 0) else {
            return Some(format!("{rule}, but no limit is specified or limit is 0"));
        };
        let (limit, request, most) =
            (i128::from(limit.milli_value()), i128::from(request.milli_value()), i128::from(most.milli_value()));
        (most * request < limit * 1000).then(|| format!("{rule}, but provided ratio is {}", six_places(limit, request)))
    }
}

/// A ratio as `%f` prints it.
fn six_places(dividend: i128, divisor: i128) -> String {
    let millionths = (dividend * 2_000_000 / divisor + 1) / 2;
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// Whether an amount is less than another, in thousandths where they are small enough for that.
fn is_less(one: &Quantity, other: &Quantity) -> bool {
    if one.value() <= MAX_MILLI_VALUE && other.value() <= MAX_MILLI_VALUE {
        one.milli_value() < other.milli_value()
    } else {
        one.value() < other.value()
    }
}
