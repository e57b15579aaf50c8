//! Fields that are kept and shown as any other, but change nothing in the simulation: nobody shall believe that they were tried.
//!
//! What only the rules of the API server look at (`allowPrivilegeEscalation`) is not named here, nor what says what is so anyway.

use podlapse_model::{Kind, Object};
use serde_json::Value;

/// Which value of a field would make a difference in a cluster.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Any.
    Set,
    /// Only this one, as JSON.
    Is(&'static str),
    /// Any but this one, as JSON.
    IsNot(&'static str),
    /// A mode of files that not everybody may read; who may execute them is simulated.
    Unreadable,
}

use When::{Is, IsNot, Set, Unreadable};

/// A field by its path, in which `[]` stands for every item of a list.
type Field = (&'static str, When);

const POD: &[Field] = &[
    ("shareProcessNamespace", Is("true")),
    ("hostPID", Is("true")),
    ("hostIPC", Is("true")),
    ("hostUsers", Is("false")),
    ("resourceClaims", Set),
    ("securityContext.sysctls", Set),
    ("securityContext.seLinuxOptions", Set),
    ("securityContext.windowsOptions", Set),
    ("securityContext.supplementalGroupsPolicy", Is("\"Strict\"")),
    ("volumes[].configMap.defaultMode", Unreadable),
    ("volumes[].configMap.items[].mode", Unreadable),
    ("volumes[].secret.defaultMode", Unreadable),
    ("volumes[].secret.items[].mode", Unreadable),
    ("volumes[].projected.defaultMode", Unreadable),
    ("volumes[].projected.sources[].clusterTrustBundle", Set),
    ("volumes[].projected.sources[].podCertificate", Set),
    ("volumes[].emptyDir.medium", Is("\"Memory\"")),
    ("volumes[].awsElasticBlockStore", Set),
    ("volumes[].azureDisk", Set),
    ("volumes[].azureFile", Set),
    ("volumes[].cephfs", Set),
    ("volumes[].cinder", Set),
    ("volumes[].fc", Set),
    ("volumes[].flexVolume", Set),
    ("volumes[].gcePersistentDisk", Set),
    ("volumes[].iscsi", Set),
    ("volumes[].nfs", Set),
    ("volumes[].rbd", Set),
    ("volumes[].vsphereVolume", Set),
];
const CONTAINER: &[Field] = &[
    ("resources.claims", Set),
    ("securityContext.capabilities", Set),
    ("securityContext.seLinuxOptions", Set),
    ("securityContext.windowsOptions", Set),
    ("securityContext.procMount", IsNot("\"Default\"")),
    ("volumeDevices", Set),
    ("volumeMounts[].mountPropagation", IsNot("\"None\"")),
];
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
const OTHERS: &[(Kind, &[Field])] = &[
    (
        Kind::Service,
        &[
            ("spec.sessionAffinity", Is("\"ClientIP\"")),
            ("spec.internalTrafficPolicy", Is("\"Local\"")),
            ("spec.externalTrafficPolicy", Is("\"Local\"")),
            ("spec.trafficDistribution", Set),
        ],
    ),
    (
        Kind::PersistentVolumeClaim,
        &[
            ("spec.dataSource", Set),
            ("spec.dataSourceRef", Set),
            ("spec.volumeAttributesClassName", Set),
            ("spec.volumeMode", Is("\"Block\"")),
        ],
    ),
    (Kind::PersistentVolume, &[("spec.volumeMode", Is("\"Block\"")), ("spec.mountOptions", Set)]),
    (Kind::StorageClass, &[("mountOptions", Set)]),
];

/// The paths of such fields of an object, each under its name in the table.
pub(crate) fn not_simulated(object: &Object) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let others = OTHERS.iter().filter(|(kind, _)| *kind == object.kind()).flat_map(|(_, fields)| *fields);
    let others: Vec<Field> = others.copied().collect();
    if !others.is_empty() {
        collect(&object.to_json(), "", &others, &mut found);
    }
    let Some(pointer) = object.kind().pod_spec() else { return found };
    let steps: Vec<&str> = pointer.trim_start_matches('/').split('/').collect();
    let Some(spec) = object.part(&steps) else { return found };
    let prefix = format!("{}.", steps.join("."));
    collect(&spec, &prefix, POD, &mut found);
    for list in CONTAINERS {
        for (at, container) in spec.get(list).and_then(Value::as_array).into_iter().flatten().enumerate() {
            collect(container, &format!("{prefix}{list}[{at}]."), CONTAINER, &mut found);
        }
    }
    found
}

fn collect(value: &Value, prefix: &str, fields: &[Field], found: &mut Vec<(&'static str, String)>) {
    for (name, when) in fields {
        if let Some(path) = first(value, name, *when) {
            found.push((name, format!("{prefix}{path}")));
        }
    }
}

/// Where a field first has a value that matters.
fn first(value: &Value, name: &str, when: When) -> Option<String> {
    let (step, rest) = name.split_once('.').map_or((name, None), |(step, rest)| (step, Some(rest)));
    let below = |value: &Value| match rest {
        Some(rest) => first(value, rest, when).map(|path| format!(".{path}")),
        None => matters(value, when).then(String::new),
    };
    if let Some(list) = step.strip_suffix("[]") {
        let items = value.get(list)?.as_array()?.iter().enumerate();
        return items.filter_map(|(at, item)| Some(format!("{list}[{at}]{}", below(item)?))).next();
    }
    Some(format!("{step}{}", below(value.get(step)?)?))
}

fn matters(value: &Value, when: When) -> bool {
    match when {
        Set => !value.is_null(),
        Is(text) => value.to_string().as_str() == text,
        IsNot(text) => !value.is_null() && value.to_string().as_str() != text,
        Unreadable => value.as_i64().is_some_and(|mode| mode & 0o444 != 0o444),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let object = crate::submit(text).entries.remove(0).outcome.unwrap();
        not_simulated(&object).into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn what_changes_nothing_is_found_where_it_first_stands() {
        let deployment = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      shareProcessNamespace: true
      hostPID: false
      containers:
      - {name: a, image: nginx}
      - {name: b, image: nginx, securityContext: {capabilities: {drop: [ALL]}}}
      volumes:
      - {name: c, configMap: {name: c, defaultMode: 420}}
      - {name: d, configMap: {name: c, defaultMode: 0700}}
";
        let expected = [
            "spec.template.spec.shareProcessNamespace",
            "spec.template.spec.volumes[1].configMap.defaultMode",
            "spec.template.spec.containers[1].securityContext.capabilities",
        ];
        assert_eq!(paths(deployment), expected);
        let service =
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {sessionAffinity: ClientIP, ports: [{port: 80}]}\n";
        assert_eq!(paths(service), ["spec.sessionAffinity"]);
        assert_eq!(paths("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"), [""; 0]);
    }
}
