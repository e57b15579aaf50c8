//! The name that Kubernetes gives to a template of Pods.
//!
//! Upstream: `pkg/controller/controller_utils.go` `ComputeHash`, which hashes the text that `github.com/davecgh/go-spew` makes of the
//! Go value, with the names and types of all its fields, absent ones too. A struct that `schema/order.txt` does not list is printed in
//! the order of the schema. Left out: quantities of more digits than 64 bits hold.

use podlapse_model::SortedMap;
use std::sync::OnceLock;

use podlapse_model::api::core::v1::PodTemplateSpec;
use serde_json::{Map, Value};

use crate::schema::{Field, Presence, Type, fields};

/// The hash of a template as it stands in the name of a ReplicaSet or in the label of a DaemonSet's Pods. `collisions` is the owner's
/// `status.collisionCount`.
///
/// ```
/// use podlapse_model::api::core::v1::PodTemplateSpec;
/// assert_eq!(podlapse_manifest::template_hash(&PodTemplateSpec::default(), None).len(), 10);
/// ```
pub fn template_hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    let value = podlapse_model::to_json(template);
    let mut hash = Fnv(0x811c_9dc5);
    hash.text("(v1.PodTemplateSpec)");
    structure("PodTemplateSpec", value.as_object().unwrap_or(&Map::new()), &mut hash);
    if let Some(collisions) = collisions {
        hash.bytes(&collisions.to_le_bytes());
        hash.bytes(&[0; 4]);
    }
    safe_encode(hash.0)
}

/// Digits in letters that spell no words (`rand.SafeEncodeString`).
fn safe_encode(hash: u32) -> String {
    const ALPHANUMS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    hash.to_string().bytes().map(|digit| char::from(ALPHANUMS[usize::from(digit) % ALPHANUMS.len()])).collect()
}

/// FNV-1a of 32 bits.
struct Fnv(u32);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

type Orders = SortedMap<&'static str, Vec<&'static str>>;

/// The fields of a struct in Go's order and spelling.
fn order(name: &str) -> Option<&'static [&'static str]> {
    static ORDERS: OnceLock<Orders> = OnceLock::new();
    let orders = ORDERS.get_or_init(|| {
        let lines = include_str!("schema/order.txt").lines().filter(|line| !line.starts_with('#'));
        let words = |line: &'static str| {
            let mut words = line.split(' ');
            Some((words.next()?, words.collect()))
        };
        lines.filter_map(words).collect()
    });
    orders.get(name).map(Vec::as_slice)
}

/// The key that a field of Go has in JSON.
fn json_name(go_name: &str) -> &str {
    match go_name {
        "ObjectMeta" => "metadata",
        "DeprecatedServiceAccount" => "serviceAccount",
        other => other,
    }
}

fn structure(name: &'static str, value: &Map<String, Value>, out: &mut Fnv) {
    let own = fields(name);
    out.text("{");
    match order(name) {
        None => {
            for (at, field) in own.iter().enumerate() {
                out.text(if at == 0 { "" } else { " " });
                out.text(field.name);
                out.text(":");
                typed(field, value.get(field.name), out);
            }
        }
        Some(order) => {
            for (at, go_name) in order.iter().enumerate() {
                out.text(if at == 0 { "" } else { " " });
                out.text(go_name);
                out.text(":");
                member(go_name, own, value, out);
            }
        }
    }
    out.text("}");
}

/// A field by its name in Go; an embedded struct is printed as a field of its own.
fn member(go_name: &'static str, own: &'static [Field], value: &Map<String, Value>, out: &mut Fnv) {
    if own.iter().any(|field| field.embed == go_name) {
        out.text("(v1.");
        out.text(go_name);
        out.text("){");
        let mut names: Vec<&str> = own.iter().filter(|field| field.embed == go_name).map(|field| field.name).collect();
        if let Some(order) = order(go_name) {
            names = order.to_vec();
        }
        for (at, name) in names.into_iter().enumerate() {
            out.text(if at == 0 { "" } else { " " });
            let mut letters = name.chars();
            // A lone embedded field is spelt as JSON has it, but for its first letter.
            out.text(&letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>());
            out.text(":");
            if let Some(field) = own.iter().find(|field| field.embed == go_name && field.name.eq_ignore_ascii_case(name)) {
                typed(field, value.get(field.name), out);
            }
        }
        out.text("}");
        return;
    }
    let key = json_name(go_name);
    match own.iter().find(|field| field.name.eq_ignore_ascii_case(key)) {
        // Of the two times in the metadata only the deletion's is a pointer, and a template has neither.
        Some(_) if go_name == "CreationTimestamp" => {
            out.text("(v1.Time){Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}");
        }
        Some(field) if go_name == "Divisor" => {
            out.text("(resource.Quantity)");
            quantity(value.get(field.name).and_then(Value::as_str).unwrap_or("0"), out);
        }
        Some(field) => typed(field, value.get(field.name), out),
        None => {}
    }
}

/// A value after its type.
fn typed(field: &Field, value: Option<&Value>, out: &mut Fnv) {
    let is_struct = matches!(field.kind, Type::Struct(_) | Type::Quantity | Type::IntOrString | Type::Time | Type::MicroTime);
    let is_pointer = if is_struct { field.presence != Presence::Always } else { field.presence == Presence::Pointer };
    out.text(if is_pointer { "(*" } else { "(" });
    let name = match field.kind {
        Type::Time => "v1.Time".to_owned(),
        Type::MicroTime => "v1.MicroTime".to_owned(),
        Type::IntOrString => "intstr.IntOrString".to_owned(),
        Type::Text
        | Type::Bool
        | Type::Int32
        | Type::Int64
        | Type::Float
        | Type::Quantity
        | Type::Bytes
        | Type::Any
        | Type::Named(_)
        | Type::Struct(_)
        | Type::List(_)
        | Type::Map(_)
        | Type::ResourceList => field.kind.go_name(),
    };
    out.text(&name);
    out.text(")");
    match value.filter(|value| !value.is_null()) {
        None if is_pointer => out.text("<nil>"),
        value => untyped(field.kind, value.unwrap_or(&Value::Null), out),
    }
}

fn untyped(kind: Type, value: &Value, out: &mut Fnv) {
    match kind {
        Type::Text | Type::Named(_) => out.text(value.as_str().unwrap_or_default()),
        Type::Bool => out.text(if value.as_bool() == Some(true) { "true" } else { "false" }),
        Type::Int32 | Type::Int64 => out.text(&value.as_i64().unwrap_or(0).to_string()),
        Type::Quantity => quantity(value.as_str().unwrap_or("0"), out),
        Type::IntOrString => match value.as_str() {
            Some(text) => {
                out.text("{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)");
                out.text(text);
                out.text("}");
            }
            None => {
                out.text("{Type:(intstr.Type)0 IntVal:(int32)");
                out.text(&value.as_i64().unwrap_or(0).to_string());
                out.text(" StrVal:(string)}");
            }
        },
        Type::Struct(name) => structure(name, value.as_object().unwrap_or(&Map::new()), out),
        Type::List(item) => match value.as_array().filter(|items| !items.is_empty()) {
            None => out.text("<nil>"),
            Some(items) => {
                for (at, value) in items.iter().enumerate() {
                    out.text(if at == 0 { "[" } else { " " });
                    untyped(*item, value, out);
                }
                out.text("]");
            }
        },
        Type::Map(item) => map(*item, value, out),
        Type::ResourceList => map(Type::Quantity, value, out),
        // No template holds these.
        Type::Float | Type::Time | Type::MicroTime | Type::Bytes | Type::Any => {}
    }
}

fn map(item: Type, value: &Value, out: &mut Fnv) {
    let Some(entries) = value.as_object().filter(|entries| !entries.is_empty()) else { return out.text("<nil>") };
    let sorted: SortedMap<&String, &Value> = entries.iter().collect();
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        out.text(if at == 0 { "map[" } else { " " });
        out.text(key);
        out.text(":");
        untyped(item, value, out);
    }
    out.text("]");
}

/// A quantity as its parser leaves it: digits and a power of ten, and the text itself.
fn quantity(text: &str, out: &mut Fnv) {
    const DECIMAL: [(&str, i32); 9] =
        [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
    let (digits, suffix) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number: i64 = format!("{whole}{fraction}").parse().unwrap_or(0);
    let places = i32::try_from(fraction.len()).unwrap_or(0);
    let binary = BINARY.iter().find(|(known, _)| *known == suffix);
    let exponent = suffix.strip_prefix(['e', 'E']).and_then(|exponent| exponent.parse::<i32>().ok());
    let (value, scale, format) = match (binary, exponent) {
        (Some((_, shift)), _) => (number.checked_shl(*shift).unwrap_or(0), 0, "BinarySI"),
        (None, Some(exponent)) => (number, exponent - places, "DecimalExponent"),
        (None, None) => {
            let power = DECIMAL.iter().find(|(known, _)| *known == suffix).map_or(0, |(_, power)| *power);
            (number, power - places, "DecimalSI")
        }
    };
    out.text(&format!(
        "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} Format:(resource.Format){format}}}"
    ));
}

#[cfg(test)]
mod tests {
    use super::template_hash;

    fn check(labels: &str, seconds: i64, container: serde_json::Value, expected: &str) {
        let mut full = serde_json::json!({
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "imagePullPolicy": "IfNotPresent", "resources": {}, "image": "nginx:1.27",
        });
        full.as_object_mut().unwrap().append(&mut container.as_object().unwrap().clone());
        let (key, value) = labels.split_once('=').unwrap();
        let template = serde_json::json!({
            "metadata": {"labels": {key: value}},
            "spec": {
                "containers": [full], "restartPolicy": "Always", "terminationGracePeriodSeconds": seconds,
                "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler",
            },
        });
        assert_eq!(template_hash(&podlapse_model::from_json(template).unwrap(), None), expected);
    }

    #[test]
    fn templates_have_the_names_that_a_real_cluster_gave_them() {
        check("app=web", 10, serde_json::json!({"name": "app"}), "5d94dc6899");
        check("name=fluentd", 30, serde_json::json!({"name": "fluentd"}), "7cc664988b");
        let probe = serde_json::json!({
            "tcpSocket": {"port": 2181}, "initialDelaySeconds": 10, "periodSeconds": 5, "timeoutSeconds": 1,
            "successThreshold": 1, "failureThreshold": 3,
        });
        check("app=zk", 5, serde_json::json!({"name": "app", "readinessProbe": probe}), "54657ccc57");
    }
}
