//! What the API's types say of their lists (`patchStrategy` and `patchMergeKey`).

use super::Fields;

/// Where a list stands and the field that tells its entries apart; none where plain values are merged.
const LISTS: &[(&str, &str)] = &[
    ("ServiceAccount", "secrets=name"),
    ("metadata", "finalizers= ownerReferences=uid"),
    (
        "spec",
        "containers=name initContainers=name ephemeralContainers=name volumes=name imagePullSecrets=name hostAliases=ip \
         topologySpreadConstraints=topologyKey schedulingGates=name resourceClaims=name ports=port podCIDRs= drivers=name",
    ),
    ("container", "env=name ports=containerPort volumeMounts=mountPath volumeDevices=devicePath"),
    ("status", "conditions=type addresses=type hostIPs=ip podIPs=ip resourceClaimStatuses=name"),
    ("containerStatus", "volumeMounts=mountPath allocatedResourcesStatus=name"),
];

/// The place of an object's own fields.
pub(super) fn root(object: &Fields) -> &'static str {
    match object.get("kind").and_then(|kind| kind.as_str()) {
        Some("ServiceAccount") => "ServiceAccount",
        Some("PodDisruptionBudget") => "PodDisruptionBudget",
        Some(_) | None => "",
    }
}

/// The place of the fields of a field's value.
pub(super) fn within(place: &'static str, field: &str) -> &'static str {
    match field {
        "spec" if place == "PodDisruptionBudget" => "budget",
        "metadata" | "spec" | "status" => match field {
            "metadata" => "metadata",
            "spec" => "spec",
            _ => "status",
        },
        "containers" | "initContainers" | "ephemeralContainers" if place == "spec" => "container",
        "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses" => "containerStatus",
        _ => "",
    }
}

/// The field that tells the entries of a list apart; `None` for a list that is replaced as a whole.
pub(super) fn merge_key(place: &str, field: &str) -> Option<&'static str> {
    let (_, fields) = LISTS.iter().find(|(known, _)| *known == place)?;
    fields.split(' ').find_map(|rule| rule.split_once('=').filter(|(name, _)| *name == field)).map(|(_, key)| key)
}

/// Whether a patch names all fields that are to stay in the value or in the entries of the list.
pub(super) fn retains_keys(place: &str, field: &str) -> bool {
    matches!((place, field), ("spec", "strategy" | "volumes" | "resourceClaims") | ("status", "resourceClaimStatuses"))
}

/// Whether the value is replaced as a whole, though it has fields.
pub(super) fn is_replaced(place: &str, field: &str) -> bool {
    (place, field) == ("budget", "selector")
}
