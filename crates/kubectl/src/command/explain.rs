//! `kubectl explain`. Models `k8s.io/kubectl/pkg/explain/v2` with its plain text template (v1.36).
//!
//! Structure and types are those of the API. The descriptions are our own, short and only for what Podlapse is about.

use podlapse_core::client::Outcome;
use podlapse_manifest::{SchemaField, schema_fields};
use podlapse_model::Kind;

use super::Call;
use super::about::api_versions;
use super::report::failed;
use crate::resources::{Named, group_version, kinds_named, named};

/// Columns of a description beside its indentation.
const WIDTH: usize = 76;
/// How deep `--recursive` goes, as some structs hold themselves.
const DEPTH: usize = 12;

/// The texts, one a line: a struct, or a struct and a field with a dot between.
const TEXTS: &str = include_str!("explain.txt");

/// The values of text types that are closed.
const ENUMS: &[(&str, &str)] = &[
    ("CompletionMode", "Indexed, NonIndexed"),
    ("ConcurrencyPolicy", "Allow, Forbid, Replace"),
    ("ContainerRestartPolicy", "Always"),
    ("DNSPolicy", "ClusterFirst, ClusterFirstWithHostNet, Default, None"),
    ("DaemonSetUpdateStrategyType", "OnDelete, RollingUpdate"),
    ("DeploymentStrategyType", "Recreate, RollingUpdate"),
    ("NodeSelectorOperator", "DoesNotExist, Exists, Gt, In, Lt, NotIn"),
    ("PersistentVolumeReclaimPolicy", "Delete, Recycle, Retain"),
    ("PodManagementPolicyType", "OrderedReady, Parallel"),
    ("PodPhase", "Failed, Pending, Running, Succeeded, Unknown"),
    ("PodQOSClass", "BestEffort, Burstable, Guaranteed"),
    ("PreemptionPolicy", "Never, PreemptLowerPriority"),
    ("Protocol", "SCTP, TCP, UDP"),
    ("PullPolicy", "Always, IfNotPresent, Never"),
    ("RestartPolicy", "Always, Never, OnFailure"),
    ("ServiceType", "ClusterIP, ExternalName, LoadBalancer, NodePort"),
    ("StatefulSetUpdateStrategyType", "OnDelete, RollingUpdate"),
    ("TaintEffect", "NoExecute, NoSchedule, PreferNoSchedule"),
    ("TerminationMessagePolicy", "FallbackToLogsOnError, File"),
    ("TolerationOperator", "Equal, Exists"),
    ("URIScheme", "HTTP, HTTPS"),
    ("UnsatisfiableConstraintAction", "DoNotSchedule, ScheduleAnyway"),
];

/// Carries out the line, which needs nothing of the cluster.
pub(super) fn run(call: &Call<'_>) -> Result<Outcome, Outcome> {
    let arguments = call.arguments()?;
    let [path] = arguments.words.as_slice() else {
        return Err(failed(match arguments.words.len() {
            0 => {
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources."
            }
            _ => "We accept only this format: explain RESOURCE",
        }));
    };
    let mut parts = path.split('.');
    let resource = parts.next().unwrap_or_default();
    // The group of a resource may stand before the fields, as in `deployments.apps.spec`.
    let Some(kind) = kinds_named(resource).into_iter().next() else {
        if let Some(Named::Other(other)) = named(resource).first() {
            return Err(failed(format!(
                "kubectl explain: {} are kept here and not simulated: their schema is not known",
                other.qualified()
            )));
        }
        let stderr = format!("the server doesn't have a resource type {resource:?}\n");
        return Err(Outcome { stdout: String::new(), stderr, exit: 1 });
    };
    let mut fields: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let group = kind.group();
    if !group.is_empty() && fields.join(".").starts_with(group) {
        fields.drain(..group.split('.').count().min(fields.len()));
    }
    if let Some(output) = arguments.get("output").filter(|output| !matches!(*output, "plaintext" | "plaintext-openapiv2")) {
        return Err(failed(format!("unrecognized format: {output}")));
    }
    if let Some(version) = arguments.get("api-version").filter(|version| *version != kind.api_version()) {
        let named = format!("{}, Resource={}", group_version(version), kind.resource());
        return Err(failed(match api_versions().contains(&version) {
            true => format!("GVR ({named}) not found in OpenAPI schema"),
            false => format!("couldn't find resource for {named:?}"),
        }));
    }
    text_of(kind, &fields, arguments.is_on("recursive")).map(|stdout| Outcome { stdout, ..Outcome::default() }).map_err(failed)
}

fn text_of(kind: Kind, path: &[&str], is_recursive: bool) -> Result<String, String> {
    let mut owner = kind.name();
    let mut found: Option<(&str, SchemaField)> = None;
    for name in path {
        let field = schema_fields(owner).into_iter().find(|field| field.name == *name);
        let field = field.ok_or_else(|| format!("field {name:?} does not exist"))?;
        let holder = owner;
        owner = field.inner;
        found = Some((holder, field));
    }
    let version = kind.api_version().rsplit('/').next().unwrap_or_default();
    let mut out = String::new();
    if !kind.group().is_empty() {
        out.push_str(&format!("GROUP:      {}\n", kind.group()));
    }
    out.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", kind.name()));
    let mut description = description(owner, "");
    if let Some((holder, field)) = &found {
        let required = if field.is_required { " -required-" } else { "" };
        out.push_str(&format!("FIELD: {} <{}>{required}\n", field.name, field.kind));
        if let Some(values) = values(field) {
            out.push_str(&format!("ENUM:\n    {}\n", values.replace(", ", "\n    ")));
        }
        out.push('\n');
        let own = self::description(holder, field.name);
        description = [own, description].into_iter().flatten().collect::<Vec<_>>().join(" ").into();
        description = description.filter(|text| !text.is_empty());
    }
    out.push_str(&format!("DESCRIPTION:\n{}    \n", wrapped(description.as_deref().unwrap_or("<empty>"))));
    let all = schema_fields(owner);
    if !all.is_empty() {
        out.push_str("FIELDS:\n");
        list(&all, owner, 1, is_recursive, &mut out);
    }
    out.push('\n');
    Ok(out)
}

fn list(fields: &[SchemaField], owner: &str, level: usize, is_recursive: bool, out: &mut String) {
    let indent = "  ".repeat(level);
    for field in fields {
        let required = if field.is_required { " -required-" } else { "" };
        out.push_str(&format!("{indent}{}\t<{}>{required}\n", field.name, field.kind));
        if let Some(values) = values(field) {
            out.push_str(&format!("{indent}enum: {values}\n"));
        }
        if is_recursive {
            if level < DEPTH && !field.inner.is_empty() && field.inner != owner {
                list(&schema_fields(field.inner), field.inner, level + 1, true, out);
            }
            continue;
        }
        let text = description(owner, field.name).or_else(|| description(field.inner, ""));
        out.push_str(&format!("{}\n", wrapped(text.as_deref().unwrap_or("<no description>"))));
    }
}

fn values(field: &SchemaField) -> Option<&'static str> {
    ENUMS.iter().find(|(name, _)| *name == field.text_type).map(|(_, values)| *values)
}

/// The text of a struct, or of a field of it; every kind's own fields share theirs.
fn description(owner: &str, field: &str) -> Option<String> {
    let find = |key: &str| {
        let text = |line: &'static str| line.strip_prefix(key)?.strip_prefix(' ');
        TEXTS.lines().find_map(text).map(str::to_owned)
    };
    match field {
        "" => find(owner),
        field => find(&format!("{owner}.{field}")).or_else(|| find(&format!("*.{field}"))),
    }
}

fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        if length > 0 && length + 1 + word.len() > WIDTH {
            out.push('\n');
            length = 0;
        }
        if length == 0 {
            out.push_str("    ");
        } else {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word.len();
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_of_something_in_the_schema() {
        for line in TEXTS.lines() {
            let (key, text) = line.split_once(' ').unwrap();
            let is_known = match key.split_once('.') {
                None => !schema_fields(key).is_empty(),
                Some(("*", field)) => schema_fields("Pod").iter().any(|known| known.name == field),
                Some((owner, field)) => schema_fields(owner).iter().any(|known| known.name == field),
            };
            assert!(is_known && text.ends_with('.'), "{line}");
        }
    }

    #[test]
    fn a_field_is_explained_with_those_below_it() {
        let text = text_of(Kind::Pod, &["spec", "containers", "livenessProbe"], false).unwrap();
        assert!(text.starts_with(
            "KIND:       Pod\nVERSION:    v1\n\nFIELD: livenessProbe <Probe>\n\nDESCRIPTION:\n    When it fails, the container is restarted. A check that the kubelet repeats\n    \
             to learn whether a container has started, is ready or is alive.\n    \nFIELDS:\n  exec\t<ExecAction>\n"
        ), "{text}");
        assert!(text.contains("\n\n  failureThreshold\t<integer>\n    Failures in a row"), "{text}");
        assert!(text_of(Kind::Pod, &["spec"], false).unwrap().contains("  containers\t<[]Container> -required-\n"));
        let policy = text_of(Kind::Pod, &["spec", "restartPolicy"], false).unwrap();
        assert!(policy.contains("FIELD: restartPolicy <string>\nENUM:\n    Always\n    Never\n    OnFailure\n"), "{policy}");
        assert_eq!(text_of(Kind::Pod, &["foo"], false).unwrap_err(), "field \"foo\" does not exist");
        let deep = text_of(Kind::Deployment, &[], true).unwrap();
        assert!(deep.starts_with("GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n"));
        assert!(deep.contains("      spec\t<PodSpec>\n        activeDeadlineSeconds\t<integer>\n"), "{deep}");
    }
}
