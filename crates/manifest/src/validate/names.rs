//! The rules for names of all sorts.
//!
//! Upstream: `k8s.io/apimachinery/pkg/util/validation`. Each function returns one message for each broken rule.

pub(super) use podlapse_model::field::{label_value_errors, qualified_name_errors};

const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
    with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const UNDERSCORE_SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const CONFIG_KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
    'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const HEADER_RULE: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for \
    validation is '[-A-Za-z0-9]+')";
const ENV_RULE: &str = "a valid environment variable name must consist only of printable ASCII characters other than '='";

const REASON_RULE: &str = "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric \
    characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or \
    'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

/// The reason of a condition (`isValidConditionReason`).
pub(super) fn condition_reason_errors(text: &str) -> Vec<String> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_reason = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| is_word(b) || matches!(b, b',' | b':'))
        && text.bytes().last().is_some_and(is_word);
    if is_reason { Vec::new() } else { vec![REASON_RULE.to_owned()] }
}

/// Names of objects are measured in characters, prefixes of keys in bytes.
pub(super) fn subdomain_errors(text: &str) -> Vec<String> {
    let rename = |message: String| if message.ends_with(" bytes") { too_long(253) } else { message };
    podlapse_model::field::subdomain_errors(text).into_iter().map(rename).collect()
}

pub(super) fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

pub(super) fn range(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

fn is_lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(|b| is_lower(*b)) && bytes.last().is_some_and(|b| is_lower(*b));
    ends && bytes.iter().all(|b| is_lower(*b) || *b == b'-')
}

pub(super) fn label_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 63 {
        errors.push(too_long(63));
    }
    if !is_label(text) {
        let is_subdomain = text.split('.').all(is_label);
        errors.push(if is_subdomain { "must not contain dots".to_owned() } else { LABEL_RULE.to_owned() });
    }
    errors
}

/// A name that a suffix will follow may end with a dash.
pub(super) fn prefix_errors(text: &str, errors: fn(&str) -> Vec<String>) -> Vec<String> {
    match text.strip_suffix('-') {
        Some(stem) => errors(&format!("{stem}a")),
        None => errors(text),
    }
}

pub(super) fn underscore_subdomain_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 253 {
        errors.push(too_long(253));
    }
    let is_part = |part: &str| {
        let rest = part.strip_prefix('_').unwrap_or(part).as_bytes();
        let ends = rest.first().is_some_and(|b| is_lower(*b)) && rest.last().is_some_and(|b| is_lower(*b));
        ends && rest.iter().all(|b| is_lower(*b) || matches!(b, b'-' | b'_'))
    };
    if !text.split('.').all(is_part) {
        errors.push(UNDERSCORE_SUBDOMAIN_RULE.to_owned());
    }
    errors
}

pub(super) fn config_key_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 253 {
        errors.push(too_long(253));
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
        errors.push(CONFIG_KEY_RULE.to_owned());
    }
    match text {
        "." => errors.push("must not be '.'".to_owned()),
        ".." => errors.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => errors.push("must not start with '..'".to_owned()),
        _ => {}
    }
    errors
}

pub(super) fn header_errors(text: &str) -> Vec<String> {
    let is_header = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_header { Vec::new() } else { vec![HEADER_RULE.to_owned()] }
}

pub(super) fn env_name_errors(text: &str) -> Vec<String> {
    let is_name = !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=');
    if is_name { Vec::new() } else { vec![ENV_RULE.to_owned()] }
}

pub(super) fn port_number_errors(port: i64) -> Vec<String> {
    if (1..=65_535).contains(&port) { Vec::new() } else { vec![range(1, 65_535)] }
}

pub(super) fn port_name_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 15 {
        errors.push(too_long(15));
    }
    if text.is_empty() || !text.bytes().all(|b| is_lower(b) || b == b'-') {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|b| b.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        errors.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        errors.push("must not begin or end with a hyphen".to_owned());
    }
    errors
}

/// What keeps a text from being an IPv4 or IPv6 address.
///
/// Gate StrictIPCIDRValidation: parts of an IPv4 address have no leading zeros, and no IPv6 address stands for an IPv4 one.
pub(super) fn ip_errors(text: &str) -> Vec<String> {
    let rule = match text.parse::<std::net::Ipv6Addr>() {
        Ok(address) if address.to_ipv4_mapped().is_some() => "must not be an IPv4-mapped IPv6 address",
        Ok(_) => return Vec::new(),
        Err(_) if text.parse::<std::net::Ipv4Addr>().is_ok() => return Vec::new(),
        Err(_) if is_sloppy_ipv4(text) => "must not have leading 0s",
        Err(_) => "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    };
    vec![rule.to_owned()]
}

/// The family of an address, however loosely it is written (`IPFamilyOf`, `ParseIPSloppy` of `k8s.io/utils/net`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IpFamily {
    V4,
    V6,
}

impl IpFamily {
    pub(super) fn of(text: &str) -> Option<Self> {
        match text.parse::<std::net::Ipv6Addr>() {
            Ok(address) if address.to_ipv4_mapped().is_none() => Some(IpFamily::V6),
            Ok(_) => Some(IpFamily::V4),
            Err(_) => is_sloppy_ipv4(text).then_some(IpFamily::V4),
        }
    }
}

fn is_sloppy_ipv4(text: &str) -> bool {
    let is_part = |part: &str| {
        let digits = part.trim_start_matches('0');
        let is_number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        is_number && digits.len() <= 3 && digits.parse::<u16>().unwrap_or(0) <= 255
    };
    text.split('.').count() == 4 && text.split('.').all(is_part)
}

/// What keeps a text from being a range of addresses such as `10.0.0.0/8`.
///
/// Gate StrictIPCIDRValidation, as for single addresses; the bits behind the prefix are zero.
pub(super) fn cidr_errors(text: &str) -> Vec<String> {
    const RULE: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    const ZEROS: &str = "must not have leading 0s in IP or prefix length";
    let Some((ip, length)) = text.split_once('/') else { return vec![RULE.to_owned()] };
    let is_plain = !length.is_empty() && length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
    let (Ok(bits), true) = (length.parse::<u32>(), is_plain) else { return vec![RULE.to_owned()] };
    let has_zeros = length.len() > 1 && length.starts_with('0');
    let address = ip.parse::<std::net::IpAddr>();
    let host = match address {
        Ok(std::net::IpAddr::V4(address)) if bits <= 32 => {
            u128::from(address.to_bits()).checked_shl(96 + bits).unwrap_or_default()
        }
        Ok(std::net::IpAddr::V6(address)) if bits <= 128 => address.to_bits().checked_shl(bits).unwrap_or_default(),
        Err(_) if is_sloppy_ipv4(ip) && bits <= 32 => return vec![ZEROS.to_owned()],
        Ok(_) | Err(_) => return vec![RULE.to_owned()],
    };
    let is_mapped = matches!(address, Ok(std::net::IpAddr::V6(address)) if address.to_ipv4_mapped().is_some());
    let rule = match (has_zeros, is_mapped, host) {
        (true, ..) => ZEROS,
        (false, true, _) => "must not have an IPv4-mapped IPv6 address",
        (false, false, 0) => return Vec::new(),
        (false, false, _) => "must not have bits set beyond the prefix length",
    };
    vec![rule.to_owned()]
}

/// `IsValidPathSegmentName`.
pub(super) fn path_segment_errors(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"].iter().filter(|part| name.contains(**part)).map(|part| format!("may not contain '{part}'")).collect()
}
