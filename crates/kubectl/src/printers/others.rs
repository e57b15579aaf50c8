//! The rows of objects that are kept and not simulated: those that are more than a name and an age.

use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use podlapse_model::{Metadata, Selector, SortedSet, Unmodelled};
use serde_json::Value;

use super::autoscalers::{metrics, reference};
use super::{shown, wide};
use crate::duration::{age, human_duration};
use crate::others::of_object;
use crate::table::{Cell, Column};

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
            Field("/spec/minReplicas", "1"),
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
    (
        "Scale",
        &[shown("Name"), shown("Desired"), shown("Available"), shown("Age")],
        &[Field("/spec/replicas", "0"), Field("/status/replicas", "0"), Age],
    ),
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
    (
        "CertificateSigningRequest",
        &[shown("Name"), shown("Age"), shown("SignerName"), shown("Requestor"), shown("RequestedDuration"), shown("Condition")],
        &[Age, Field("/spec/signerName", "<none>"), Field("/spec/username", ""), Made(requested), Made(request_status)],
    ),
    ("ValidatingAdmissionPolicy", VALIDATIONS, &[Count("/spec/validations"), Made(parameter_kind), Age]),
    ("MutatingAdmissionPolicy", MUTATIONS, &[Count("/spec/mutations"), Made(parameter_kind), Age]),
    ("ValidatingAdmissionPolicyBinding", POLICY_BINDING, &[Field("/spec/policyName", ""), Made(parameter), Age]),
    ("MutatingAdmissionPolicyBinding", POLICY_BINDING, &[Field("/spec/policyName", ""), Made(parameter), Age]),
    (
        "FlowSchema",
        &[
            shown("Name"),
            shown("PriorityLevel"),
            shown("MatchingPrecedence"),
            shown("DistinguisherMethod"),
            shown("Age"),
            shown("MissingPL"),
        ],
        &[
            Field("/spec/priorityLevelConfiguration/name", ""),
            Field("/spec/matchingPrecedence", "1000"),
            Field("/spec/distinguisherMethod/type", "<none>"),
            Age,
            Made(dangling),
        ],
    ),
    (
        "PriorityLevelConfiguration",
        &[
            shown("Name"),
            shown("Type"),
            shown("NominalConcurrencyShares"),
            shown("Queues"),
            shown("HandSize"),
            shown("QueueLengthLimit"),
            shown("Age"),
        ],
        &[
            Field("/spec/type", ""),
            Field("/spec/limited/nominalConcurrencyShares", "<none>"),
            Field("/spec/limited/limitResponse/queuing/queues", "<none>"),
            Field("/spec/limited/limitResponse/queuing/handSize", "<none>"),
            Field("/spec/limited/limitResponse/queuing/queueLengthLimit", "<none>"),
            Age,
        ],
    ),
    ("ServiceCIDR", &[shown("Name"), shown("CIDRs"), shown("Age")], &[Made(cidrs), Age]),
    ("IPAddress", &[shown("Name"), shown("ParentRef")], &[Made(parent)]),
    ("ResourceClaim", &[shown("Name"), shown("State"), shown("Age")], &[Made(claim_state), Age]),
    (
        "ResourceSlice",
        &[shown("Name"), shown("Node"), shown("Driver"), shown("Pool"), shown("Age")],
        &[Field("/spec/nodeName", ""), Field("/spec/driver", ""), Field("/spec/pool/name", ""), Age],
    ),
    ("MutatingWebhookConfiguration", WEBHOOKS, &[Count("/webhooks"), Age]),
    ("ValidatingWebhookConfiguration", WEBHOOKS, &[Count("/webhooks"), Age]),
];

const BINDING: &[Column] = &[shown("Name"), shown("Role"), shown("Age"), wide("Users"), wide("Groups"), wide("ServiceAccounts")];
const WEBHOOKS: &[Column] = &[shown("Name"), shown("Webhooks"), shown("Age")];
const VALIDATIONS: &[Column] = &[shown("Name"), shown("Validations"), shown("ParamKind"), shown("Age")];
const MUTATIONS: &[Column] = &[shown("Name"), shown("Mutations"), shown("ParamKind"), shown("Age")];
const DEFAULT_INGRESS_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const POLICY_BINDING: &[Column] = &[shown("Name"), shown("PolicyName"), shown("ParamRef"), shown("Age")];
const PLAIN: &[Column] = &[shown("Name"), shown("Age")];

fn printer(object: &Unmodelled) -> Printer {
    // A scale has no resource of its own.
    let kind = of_object(object).map(|other| other.kind).or((object.kind == "Scale").then_some("Scale"));
    let known = kind.and_then(|kind| PRINTERS.iter().find(|(of, _, _)| *of == kind));
    known.copied().unwrap_or(("", PLAIN, &[Age]))
}

/// The columns of an object's table.
pub(crate) fn columns(object: &Unmodelled) -> &'static [Column] {
    printer(object).1
}

/// The cells of an object, one for each of [`columns`].
pub(crate) fn row(object: &Unmodelled, now: &Time) -> Vec<Cell<'static>> {
    let (_, _, sources) = printer(object);
    let created = object.metadata.creation_timestamp.as_ref();
    let cell = |source: &Source| -> Cell<'static> {
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
    let is_default = object.annotation(DEFAULT_INGRESS_CLASS) == Some("true") && object.kind == "IngressClass";
    let name = if is_default { format!("{} (default)", object.name()) } else { object.name().to_owned() };
    std::iter::once(name.into()).chain(sources.iter().map(cell)).collect()
}

/// The elements of a list; none where there is none.
pub(crate) fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text; empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn or_none(texts: &[String], separator: &str) -> String {
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

/// `ingressLoadBalancerStatusStringer`.
pub(crate) fn addresses(value: &Value) -> String {
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

fn requested(value: &Value) -> String {
    let seconds = value.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
    seconds.map_or_else(|| "<none>".to_owned(), |seconds| human_duration(seconds.saturating_mul(1_000_000_000)))
}

/// `extractCSRStatus`.
fn request_status(value: &Value) -> String {
    let has = |kind: &str| list(value, "/status/conditions").iter().any(|condition| text(condition, "/type") == kind);
    let decided = if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    };
    let failed = if has("Failed") { ",Failed" } else { "" };
    let issued = if text(value, "/status/certificate").is_empty() { "" } else { ",Issued" };
    format!("{decided}{failed}{issued}")
}

fn parameter_kind(value: &Value) -> String {
    match value.pointer("/spec/paramKind") {
        None | Some(Value::Null) => "<unset>".to_owned(),
        Some(kind) => format!("{}/{}", text(kind, "/apiVersion"), text(kind, "/kind")),
    }
}

fn parameter(value: &Value) -> String {
    let part = |path: &str| text(value, path);
    match (part("/spec/paramRef/name"), part("/spec/paramRef/namespace")) {
        ("", _) => "<unset>".to_owned(),
        (name, "") => format!("*/{name}"),
        (name, namespace) => format!("{namespace}/{name}"),
    }
}

fn dangling(value: &Value) -> String {
    let condition = list(value, "/status/conditions").iter().find(|condition| text(condition, "/type") == "Dangling");
    condition.map_or("?", |condition| text(condition, "/status")).to_owned()
}

fn cidrs(value: &Value) -> String {
    list(value, "/spec/cidrs").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

fn parent(value: &Value) -> String {
    let Some(parent) = value.pointer("/spec/parentRef") else { return "<none>".to_owned() };
    let joined = |path: &str, sign: char| match text(parent, path) {
        "" => String::new(),
        part => format!("{sign}{part}"),
    };
    format!("{}{}{}/{}", text(parent, "/resource"), joined("/group", '.'), joined("/namespace", '/'), text(parent, "/name"))
}

/// `resourceClaimState`.
fn claim_state(value: &Value) -> String {
    let is_deleted = value.pointer("/metadata/deletionTimestamp").is_some();
    let is_reserved = !list(value, "/status/reservedFor").is_empty();
    match (is_deleted, value.pointer("/status/allocation").is_some(), is_reserved) {
        (true, false, _) => "deleted",
        (false, false, _) => "pending",
        (true, true, false) => "deleted,allocated",
        (true, true, true) => "deleted,allocated,reserved",
        (false, true, false) => "allocated",
        (false, true, true) => "allocated,reserved",
    }
    .to_owned()
}
