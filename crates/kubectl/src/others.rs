//! Resources that the API server has and the engine does not simulate: their names, and the columns of their tables.
//!
//! Models what discovery tells of them, and the rows of `pkg/printers/internalversion/printers.go` (v1.36) that are more than a name
//! and an age.

use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use podlapse_model::{Selector, SortedSet, Unmodelled};
use serde_json::Value;

use crate::duration::age;
use crate::table::{Cell, Column};

/// A resource.
#[derive(Debug)]
pub(crate) struct Other {
    /// The plural.
    pub(crate) resource: &'static str,
    /// Further names, with spaces between.
    pub(crate) short: &'static str,
    pub(crate) api_version: &'static str,
    pub(crate) is_namespaced: bool,
    pub(crate) kind: &'static str,
    /// Whether objects can be listed, and not only created.
    pub(crate) is_kept: bool,
}

impl Other {
    /// The group; empty for the core's.
    pub(crate) fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The resource with its group.
    pub(crate) fn qualified(&self) -> String {
        match self.group() {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }
}

/// The resources of one group: each with its short names, its kind, and whether it is namespaced and kept.
macro_rules! others {
    ($($version:literal: $($resource:literal $short:literal $kind:literal $namespaced:literal $kept:literal),* ;)*) => {
        /// Every resource.
        pub(crate) const OTHERS: &[Other] = &[$($(Other {
            resource: $resource,
            short: $short,
            api_version: $version,
            is_namespaced: $namespaced,
            kind: $kind,
            is_kept: $kept,
        },)*)*];
    };
}

others! {
    "v1": "bindings" "" "Binding" true false, "componentstatuses" "cs" "ComponentStatus" false true,
        "endpoints" "ep" "Endpoints" true true, "podtemplates" "" "PodTemplate" true true;
    "admissionregistration.k8s.io/v1":
        "mutatingadmissionpolicies" "" "MutatingAdmissionPolicy" false true,
        "mutatingadmissionpolicybindings" "" "MutatingAdmissionPolicyBinding" false true,
        "mutatingwebhookconfigurations" "" "MutatingWebhookConfiguration" false true,
        "validatingadmissionpolicies" "" "ValidatingAdmissionPolicy" false true,
        "validatingadmissionpolicybindings" "" "ValidatingAdmissionPolicyBinding" false true,
        "validatingwebhookconfigurations" "" "ValidatingWebhookConfiguration" false true;
    "apiextensions.k8s.io/v1": "customresourcedefinitions" "crd crds" "CustomResourceDefinition" false true;
    "apiregistration.k8s.io/v1": "apiservices" "" "APIService" false true;
    "authentication.k8s.io/v1": "selfsubjectreviews" "" "SelfSubjectReview" false false, "tokenreviews" "" "TokenReview" false false;
    "authorization.k8s.io/v1":
        "localsubjectaccessreviews" "" "LocalSubjectAccessReview" true false,
        "selfsubjectaccessreviews" "" "SelfSubjectAccessReview" false false,
        "selfsubjectrulesreviews" "" "SelfSubjectRulesReview" false false,
        "subjectaccessreviews" "" "SubjectAccessReview" false false;
    "autoscaling/v2": "horizontalpodautoscalers" "hpa" "HorizontalPodAutoscaler" true true;
    "certificates.k8s.io/v1": "certificatesigningrequests" "csr" "CertificateSigningRequest" false true;
    "flowcontrol.apiserver.k8s.io/v1":
        "flowschemas" "" "FlowSchema" false true, "prioritylevelconfigurations" "" "PriorityLevelConfiguration" false true;
    "networking.k8s.io/v1":
        "ingressclasses" "" "IngressClass" false true, "ingresses" "ing" "Ingress" true true,
        "ipaddresses" "ip" "IPAddress" false true, "networkpolicies" "netpol" "NetworkPolicy" true true,
        "servicecidrs" "" "ServiceCIDR" false true;
    "rbac.authorization.k8s.io/v1":
        "clusterrolebindings" "" "ClusterRoleBinding" false true, "clusterroles" "" "ClusterRole" false true,
        "rolebindings" "" "RoleBinding" true true, "roles" "" "Role" true true;
    "resource.k8s.io/v1":
        "deviceclasses" "" "DeviceClass" false true, "resourceclaims" "" "ResourceClaim" true true,
        "resourceclaimtemplates" "" "ResourceClaimTemplate" true true, "resourceslices" "" "ResourceSlice" false true;
    "storage.k8s.io/v1":
        "csidrivers" "" "CSIDriver" false true, "csistoragecapacities" "" "CSIStorageCapacity" true true,
        "volumeattachments" "" "VolumeAttachment" false true, "volumeattributesclasses" "vac" "VolumeAttributesClass" false true;
}

/// The resource of this name: plural, singular or short.
pub(crate) fn named(name: &str) -> Option<&'static Other> {
    let is =
        |other: &&Other| name == other.resource || name == other.kind.to_lowercase() || other.short.split(' ').any(|s| s == name);
    OTHERS.iter().filter(|other| other.is_kept).find(is)
}

/// The resource of an object.
pub(crate) fn of_object(object: &Unmodelled) -> Option<&'static Other> {
    OTHERS
        .iter()
        .find(|other| other.kind == object.kind && other.group() == object.api_version.split_once('/').map_or("", |v| v.0))
}

/// Where the text of a cell comes from.
#[derive(Clone, Copy)]
enum Source {
    /// A field, and what stands for none.
    Field(&'static str, &'static str),
    /// How many elements a field has.
    Count(&'static str),
    Made(fn(&Value) -> String),
    Age,
    Created,
}

use Source::{Age, Count, Created, Field, Made};

const fn shown(name: &'static str) -> Column {
    Column { name, wide: false }
}

const fn wide(name: &'static str) -> Column {
    Column { name, wide: true }
}

/// A kind with its columns after the name.
type Printer = (&'static str, &'static [Column], &'static [Source]);

const PRINTERS: &[Printer] = &[
    ("Endpoints", &[shown("Name"), shown("Endpoints"), shown("Age")], &[Made(endpoints), Age]),
    (
        "HorizontalPodAutoscaler",
        &[
            shown("Name"),
            shown("Reference"),
            shown("Targets"),
            shown("MinPods"),
            shown("MaxPods"),
            shown("Replicas"),
            shown("Age"),
        ],
        &[
            Made(reference),
            Made(metrics),
            Field("/spec/minReplicas", "<unset>"),
            Field("/spec/maxReplicas", "0"),
            Field("/status/currentReplicas", "0"),
            Age,
        ],
    ),
    (
        "Ingress",
        &[shown("Name"), shown("Class"), shown("Hosts"), shown("Address"), shown("Ports"), shown("Age")],
        &[Field("/spec/ingressClassName", "<none>"), Made(hosts), Made(addresses), Made(ports), Age],
    ),
    (
        "IngressClass",
        &[shown("Name"), shown("Controller"), shown("Parameters"), shown("Age")],
        &[Field("/spec/controller", ""), Made(parameters), Age],
    ),
    ("NetworkPolicy", &[shown("Name"), shown("Pod-Selector"), shown("Age")], &[Made(pod_selector), Age]),
    ("Role", &[shown("Name"), shown("Created At")], &[Created]),
    ("ClusterRole", &[shown("Name"), shown("Created At")], &[Created]),
    ("RoleBinding", BINDING, &[Made(role), Age, Made(users), Made(groups), Made(accounts)]),
    ("ClusterRoleBinding", BINDING, &[Made(role), Age, Made(users), Made(groups), Made(accounts)]),
    ("CustomResourceDefinition", &[shown("Name"), shown("Created At")], &[Created]),
    (
        "CSIDriver",
        &[
            shown("Name"),
            shown("AttachRequired"),
            shown("PodInfoOnMount"),
            shown("StorageCapacity"),
            shown("TokenRequests"),
            shown("RequiresRepublish"),
            shown("Modes"),
            shown("Age"),
        ],
        &[
            Field("/spec/attachRequired", "true"),
            Field("/spec/podInfoOnMount", "false"),
            Field("/spec/storageCapacity", "false"),
            Made(audiences),
            Field("/spec/requiresRepublish", "false"),
            Made(modes),
            Age,
        ],
    ),
    (
        "CSIStorageCapacity",
        &[shown("Name"), shown("StorageClassName"), shown("Capacity")],
        &[Field("/storageClassName", ""), Field("/capacity", "<unset>")],
    ),
    (
        "VolumeAttachment",
        &[shown("Name"), shown("Attacher"), shown("PV"), shown("Node"), shown("Attached"), shown("Age")],
        &[
            Field("/spec/attacher", ""),
            Field("/spec/source/persistentVolumeName", ""),
            Field("/spec/nodeName", ""),
            Field("/status/attached", "false"),
            Age,
        ],
    ),
    ("VolumeAttributesClass", &[shown("Name"), shown("DriverName"), shown("Age")], &[Field("/driverName", ""), Age]),
    ("MutatingWebhookConfiguration", WEBHOOKS, &[Count("/webhooks"), Age]),
    ("ValidatingWebhookConfiguration", WEBHOOKS, &[Count("/webhooks"), Age]),
];

const BINDING: &[Column] = &[shown("Name"), shown("Role"), shown("Age"), wide("Users"), wide("Groups"), wide("ServiceAccounts")];
const WEBHOOKS: &[Column] = &[shown("Name"), shown("Webhooks"), shown("Age")];
const PLAIN: &[Column] = &[shown("Name"), shown("Age")];

fn printer(object: &Unmodelled) -> Printer {
    let known = of_object(object).and_then(|other| PRINTERS.iter().find(|(kind, _, _)| *kind == other.kind));
    known.copied().unwrap_or(("", PLAIN, &[Age]))
}

/// The columns of an object's table.
pub(crate) fn columns(object: &Unmodelled) -> &'static [Column] {
    printer(object).1
}

/// The cells of an object, one for each of [`columns`].
pub(crate) fn row(object: &Unmodelled, now: &Time) -> Vec<Cell> {
    let (_, _, sources) = printer(object);
    let created = object.metadata.creation_timestamp.as_ref();
    let cell = |source: &Source| -> Cell {
        match source {
            Field(path, default) => match object.value.pointer(path) {
                None | Some(Value::Null) => (*default).into(),
                Some(Value::String(text)) => text.as_str().into(),
                Some(other) => other.to_string().into(),
            },
            Count(path) => object.value.pointer(path).and_then(Value::as_array).map_or(0, Vec::len).into(),
            Made(make) => make(&object.value).into(),
            Age => age(created, now).into(),
            Created => created.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.0.to_string()).into(),
        }
    };
    let name = object.metadata.name.as_deref().unwrap_or_default();
    std::iter::once(name.into()).chain(sources.iter().map(cell)).collect()
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn or_none(texts: &[String], separator: &str) -> String {
    if texts.is_empty() { "<none>".to_owned() } else { texts.join(separator) }
}

/// `formatEndpoints`.
fn endpoints(value: &Value) -> String {
    const NAMED: usize = 3;
    let subsets = list(value, "/subsets");
    let mut all = Vec::new();
    for subset in subsets {
        let addresses = || list(subset, "/addresses").iter().map(|address| text(address, "/ip").to_owned());
        let ports = list(subset, "/ports");
        if ports.is_empty() {
            all.extend(addresses());
        }
        for port in ports {
            let number = port["port"].as_i64().unwrap_or_default();
            all.extend(
                addresses().map(|ip| if ip.contains(':') { format!("[{ip}]:{number}") } else { format!("{ip}:{number}") }),
            );
        }
    }
    match all.len() {
        0 if subsets.is_empty() => "<none>".to_owned(),
        count if NAMED < count => format!("{} + {} more...", all[..NAMED].join(","), count - NAMED),
        _ => all.join(","),
    }
}

fn reference(value: &Value) -> String {
    format!("{}/{}", text(value, "/spec/scaleTargetRef/kind"), text(value, "/spec/scaleTargetRef/name"))
}

/// `formatHPAMetrics` of resources; nobody measures them here unless the status says otherwise.
fn metrics(value: &Value) -> String {
    const NAMED: usize = 2;
    let current = list(value, "/status/currentMetrics");
    let amount = |value: Option<&Value>, is_percent: bool, none: &str| match value {
        None | Some(Value::Null) => none.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(number) => format!("{number}{}", if is_percent { "%" } else { "" }),
    };
    let each = |(index, metric): (usize, &Value)| {
        let (source, field) = match text(metric, "/type") {
            "Resource" => ("resource", true),
            "ContainerResource" => ("containerResource", true),
            "Pods" => ("pods", false),
            "Object" => ("object", false),
            "External" => ("external", false),
            _ => return "<unknown type>".to_owned(),
        };
        let target = &metric[source]["target"];
        let held = current.get(index).map_or(&Value::Null, |held| &held[source]["current"]);
        let by_value = target.get("averageValue").is_some();
        let key = match (by_value, field) {
            (true, _) => "averageValue",
            (false, true) => "averageUtilization",
            (false, false) => "value",
        };
        let none = if field && !by_value { "<auto>" } else { "<unknown>" };
        let (now, wanted) = (amount(held.get(key), field, "<unknown>"), amount(target.get(key), field, none));
        if field { format!("{}: {now}/{wanted}", text(metric, &format!("/{source}/name"))) } else { format!("{now}/{wanted}") }
    };
    let all: Vec<String> = list(value, "/spec/metrics").iter().enumerate().map(each).collect();
    match all.len() {
        count if NAMED < count => format!("{} + {} more...", all[..NAMED].join(", "), count - NAMED),
        _ => or_none(&all, ", "),
    }
}

/// `formatHosts`.
fn hosts(value: &Value) -> String {
    const NAMED: usize = 3;
    let rules = list(value, "/spec/rules");
    let mut hosts = Vec::new();
    let mut is_more = false;
    for rule in rules {
        is_more |= hosts.len() == NAMED;
        let host = text(rule, "/host");
        if !is_more && !host.is_empty() {
            hosts.push(host);
        }
    }
    match hosts.len() {
        0 => "*".to_owned(),
        _ if is_more => format!("{} + {} more...", hosts.join(","), rules.len() - NAMED),
        _ => hosts.join(","),
    }
}

fn addresses(value: &Value) -> String {
    let ingress = list(value, "/status/loadBalancer/ingress").iter();
    let addresses: SortedSet<&str> = ingress
        .map(|entry| if text(entry, "/ip").is_empty() { text(entry, "/hostname") } else { text(entry, "/ip") })
        .filter(|address| !address.is_empty())
        .collect();
    addresses.into_iter().collect::<Vec<_>>().join(",")
}

fn ports(value: &Value) -> String {
    if list(value, "/spec/tls").is_empty() { "80" } else { "80, 443" }.to_owned()
}

fn parameters(value: &Value) -> String {
    let Some(parameters) = value.pointer("/spec/parameters").filter(|parameters| parameters.is_object()) else {
        return "<none>".to_owned();
    };
    let group = match text(parameters, "/apiGroup") {
        "" => String::new(),
        group => format!(".{group}"),
    };
    format!("{}{group}/{}", text(parameters, "/kind"), text(parameters, "/name"))
}

fn pod_selector(value: &Value) -> String {
    let selector = value.pointer("/spec/podSelector").cloned().unwrap_or_default();
    let selector: Option<LabelSelector> = podlapse_model::from_json(selector).ok();
    Selector::format_label_selector(selector.as_ref())
}

fn role(value: &Value) -> String {
    format!("{}/{}", text(value, "/roleRef/kind"), text(value, "/roleRef/name"))
}

/// `SubjectsStrings`: the subjects of a kind.
fn subjects(value: &Value, kind: &str) -> String {
    let of_kind = list(value, "/subjects").iter().filter(|subject| text(subject, "/kind") == kind);
    let name = |subject: &Value| match text(subject, "/namespace") {
        "" => text(subject, "/name").to_owned(),
        namespace => format!("{namespace}/{}", text(subject, "/name")),
    };
    of_kind.map(name).collect::<Vec<_>>().join(", ")
}

fn users(value: &Value) -> String {
    subjects(value, "User")
}

fn groups(value: &Value) -> String {
    subjects(value, "Group")
}

fn accounts(value: &Value) -> String {
    subjects(value, "ServiceAccount")
}

fn audiences(value: &Value) -> String {
    match value.pointer("/spec/tokenRequests") {
        None | Some(Value::Null) => "<unset>".to_owned(),
        Some(_) => {
            let requests = list(value, "/spec/tokenRequests").iter();
            requests.map(|request| text(request, "/audience").to_owned()).collect::<Vec<_>>().join(",")
        }
    }
}

fn modes(value: &Value) -> String {
    let modes = list(value, "/spec/volumeLifecycleModes").iter();
    // What is not given is defaulted by the API server.
    let modes: Vec<String> = modes.filter_map(Value::as_str).map(str::to_owned).collect();
    if modes.is_empty() { "Persistent".to_owned() } else { modes.join(",") }
}
