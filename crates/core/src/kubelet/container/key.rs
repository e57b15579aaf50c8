//! What tells one version of a container from the next.
//!
//! Models `pkg/kubelet/container` `HashContainer` and `pkg/kubelet/kuberuntime` `GetBackoffKey` (v1.36). Both hash the text that Go
//! prints for the fields, so the texts are built here as Go prints them. Not modelled: quantities too precise for 64 bits, whose
//! text in Go holds a memory address.

use std::fmt::Write as _;

use podlapse_model::Metadata;
use podlapse_model::api::core::v1::{Container, Pod, ResourceRequirements};
use podlapse_model::apimachinery::pkg::api::resource::Quantity;

/// The hash of the fields whose change restarts a container: name and image.
pub fn container_hash(container: &Container) -> u64 {
    let fields = serde_json::json!({"image": container.image.as_deref().unwrap_or_default(), "name": container.name});
    let bytes: Vec<String> = html_escaped(&fields.to_string()).bytes().map(|byte| byte.to_string()).collect();
    u64::from(fnv32a(format!("([]uint8)[{}]", bytes.join(" ")).as_bytes()))
}

/// The key of a container's crash back-off. A change of image or resources makes another key, and so another back-off.
pub fn backoff_key(pod: &Pod, container: &Container) -> String {
    let uid = pod.uid();
    let parts = [
        pod.name(),
        pod.namespace(),
        uid.as_str(),
        &container.name,
        container.image.as_deref().unwrap_or_default(),
        &resources_text(container.resources.as_ref()),
    ];
    format!("{:x}", fnv64a(parts.join("/").as_bytes()))
}

/// A Pod as the kubelet's messages name it.
pub fn pod_format(pod: &Pod) -> String {
    format!("{}_{}({})", pod.name(), pod.namespace(), pod.uid())
}

/// Go's JSON encoder writes these characters as escapes.
fn html_escaped(json: &str) -> String {
    json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// The text of `ResourceRequirements.String()`.
fn resources_text(resources: Option<&ResourceRequirements>) -> String {
    let empty = ResourceRequirements::default();
    let resources = resources.unwrap_or(&empty);
    let mut text = String::from("&ResourceRequirements{");
    for (field, list) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        let _ = write!(text, "{field}:ResourceList{{");
        for (name, quantity) in list.iter().flatten() {
            let _ = write!(text, "{name}: {},", quantity_fields(quantity));
        }
        text.push_str("},");
    }
    text.push_str("Claims:[]ResourceClaim{");
    for claim in resources.claims.iter().flatten() {
        let _ = write!(text, "ResourceClaim{{Name:{},Request:{},}},", claim.name, claim.request.as_deref().unwrap_or_default());
    }
    text.push_str("},}");
    text
}

/// A quantity as Go prints the fields of the struct: value, decimal scale, big decimal, the text it was read from, format.
fn quantity_fields(quantity: &Quantity) -> String {
    let text = quantity.0.as_str();
    let number_len = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(number_len);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (exponent, factor, format) = match suffix {
        "n" => (-9, 1, "DecimalSI"),
        "u" => (-6, 1, "DecimalSI"),
        "m" => (-3, 1, "DecimalSI"),
        "" => (0, 1, "DecimalSI"),
        "k" => (3, 1, "DecimalSI"),
        "M" => (6, 1, "DecimalSI"),
        "G" => (9, 1, "DecimalSI"),
        "T" => (12, 1, "DecimalSI"),
        "P" => (15, 1, "DecimalSI"),
        "E" => (18, 1, "DecimalSI"),
        "Ki" => (0, 1 << 10, "BinarySI"),
        "Mi" => (0, 1 << 20, "BinarySI"),
        "Gi" => (0, 1 << 30, "BinarySI"),
        "Ti" => (0, 1 << 40, "BinarySI"),
        "Pi" => (0, 1 << 50, "BinarySI"),
        "Ei" => (0, 1i64 << 60, "BinarySI"),
        other => (other.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(0), 1, "DecimalExponent"),
    };
    let digits = format!("{}{fraction}", whole.trim_start_matches('+'));
    let number = digits.parse::<i64>().unwrap_or(0);
    let value = number.checked_mul(factor).unwrap_or(0);
    let scale = exponent - fraction.len() as i64;
    // Go keeps the text only where it is sure that formatting the amount would give it again.
    let keeps_text = match format {
        "BinarySI" => number & 7 != 0,
        _ => text == "0" || scale % 3 == 0 && !(number % 1000 == 0 && 3 <= digits.len()) && !whole.starts_with('0'),
    };
    format!("{{{{{value} {scale}}} {{<nil>}} {} {format}}}", if keeps_text { text } else { "" })
}

fn fnv32a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn fnv64a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
