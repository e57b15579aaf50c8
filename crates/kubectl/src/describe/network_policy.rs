//! Policies of the network. Models `describeNetworkPolicy` and what it calls.

use podlapse_model::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use podlapse_model::{Selector, Unmodelled};
use serde_json::Value;

use super::metadata::{labels_and_annotations, name};
use super::others::{or, texts};
use super::writer::{Writer, put};
use crate::printers::others::{list, text};

/// A direction of traffic.
struct Direction {
    /// The field with its rules.
    rules: &'static str,
    /// The word for it in `Allowing ... traffic`.
    word: &'static str,
    /// What a rule says of the other end: its field, its title, and the word for it.
    peers: (&'static str, &'static str, &'static str),
}

const INGRESS: Direction = Direction { rules: "/spec/ingress", word: "ingress", peers: ("/from", "From", "source") };
const EGRESS: Direction = Direction { rules: "/spec/egress", word: "egress", peers: ("/to", "To", "destination") };

pub(super) fn describe(w: &mut Writer, policy: &Unmodelled) {
    name(w, &policy.metadata);
    put!(w, 0, "Created on:\t{}\n", policy.metadata.creation_timestamp.as_ref().map(go_time).unwrap_or_default());
    labels_and_annotations(w, &policy.metadata);
    put!(w, 0, "Spec:\n");
    let pods = selector(policy.value.pointer("/spec/podSelector"));
    let pods = if pods == "<none>" { "<none> (Allowing the specific traffic to all pods in this namespace)" } else { &pods };
    put!(w, 1, "PodSelector:     {pods}\n");
    let types = types(&policy.value);
    for (kind, direction) in [("Ingress", &INGRESS), ("Egress", &EGRESS)] {
        let word = direction.word;
        if types.contains(&kind) {
            put!(w, 1, "Allowing {word} traffic:\n");
            rules(w, list(&policy.value, direction.rules), direction);
        } else {
            put!(w, 1, "Not affecting {word} traffic\n");
        }
    }
    put!(w, 1, "Policy Types: {}\n", or(&types.join(", "), "<none>"));
}

/// The directions that the policy is about, as the API server fills them in.
fn types(policy: &Value) -> Vec<&str> {
    match texts(policy, "/spec/policyTypes") {
        given if given.is_empty() && list(policy, "/spec/egress").is_empty() => vec!["Ingress"],
        given if given.is_empty() => vec!["Ingress", "Egress"],
        given => given,
    }
}

fn rules(w: &mut Writer, rules: &[Value], direction: &Direction) {
    let (field, title, end) = direction.peers;
    if rules.is_empty() {
        put!(w, 2, "<none> (Selected pods are isolated for {} connectivity)\n", direction.word);
    }
    for (index, rule) in rules.iter().enumerate() {
        let ports = list(rule, "/ports");
        if ports.is_empty() {
            put!(w, 2, "To Port: <any> (traffic allowed to all ports)\n");
        }
        for port in ports {
            let protocol = or(text(port, "/protocol"), "TCP");
            let number = port.get("port").map_or_else(|| "<nil>".to_owned(), crate::output::go_text);
            match port.get("endPort") {
                None => put!(w, 2, "To Port: {number}/{protocol}\n"),
                Some(last) => put!(w, 2, "To Port Range: {number}-{last}/{protocol}\n"),
            }
        }
        let peers = list(rule, field);
        if peers.is_empty() {
            put!(w, 2, "{title}: <any> (traffic not restricted by {end})\n");
        }
        for peer in peers {
            put!(w, 2, "{title}:\n");
            if let (None, None, Some(block)) = (peer.get("podSelector"), peer.get("namespaceSelector"), peer.get("ipBlock")) {
                put!(w, 3, "IPBlock:\n");
                put!(w, 4, "CIDR: {}\n", text(block, "/cidr"));
                put!(w, 4, "Except: {}\n", texts(block, "/except").join(", "));
            }
            for (title, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
                if let Some(given) = peer.get(field) {
                    put!(w, 3, "{title}: {}\n", selector(Some(given)));
                }
            }
        }
        if index + 1 < rules.len() {
            put!(w, 2, "----------\n");
        }
    }
}

fn selector(value: Option<&Value>) -> String {
    let selector: Option<LabelSelector> = value.and_then(|value| podlapse_model::from_json(value.clone()).ok());
    Selector::format_label_selector(selector.as_ref().or(Some(&LabelSelector::default())))
}

/// `Time.String`: `2026-01-01 00:00:00 +0000 UTC`.
fn go_time(time: &Time) -> String {
    format!("{} +0000 UTC", time.0.to_string().trim_end_matches('Z').replace('T', " "))
}
