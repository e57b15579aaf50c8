//! What a container is made with: environment, command, mounts.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `makeEnvironmentVariables` and `makeMounts`, and
//! `k8s.io/kubernetes/third_party/forked/golang/expansion` (v1.36).

pub(super) mod downward_api;
pub(super) mod env_file;
pub(super) mod hook;
mod host_name;
pub mod key;
pub(super) mod pod_files;
pub(super) mod security;
pub(super) mod service_links;

use std::collections::BTreeMap;
use std::sync::Arc;

use podlapse_model::api::core::v1::{ConfigMap, Container, EnvVarSource, Pod, Secret};
use podlapse_model::{Kind, Metadata, Object, ObjectKey, Quantity, SortedSet};

use self::downward_api::{field, resource_value};
use self::env_file::from_file;
use self::host_name::kernel_name;
use self::key::container_hash;
use self::pod_files::pod_files;
use self::security::security;
use self::service_links::variables;
use crate::cri::{ContainerConfig, ImageOnNode, Mount, VolumeFiles};
use crate::kubelet::volumes::shows_objects;
use crate::store::Store;

/// Resolves a container.
///
/// # Errors
/// What the kubelet says in `CreateContainerConfigError`.
pub(super) fn container_config(
    store: &Store,
    pod: &Pod,
    container: &Container,
    pod_ips: &[Arc<str>],
    attempt: u32,
    image: &ImageOnNode,
    files: &VolumeFiles,
) -> Result<ContainerConfig, String> {
    let env = environment(store, pod, container, pod_ips, files)?;
    let expanded = |words: &Option<Vec<String>>| words.iter().flatten().map(|word| expand(word, &env)).collect::<Vec<String>>();
    let mounts = container.volume_mounts.iter().flatten().map(|mount| {
        let expression = mount.sub_path_expr.as_deref().filter(|expression| !expression.is_empty());
        let sub_path = match expression {
            Some(expression) => checked(expand_fully(expression, &env)?)?,
            None => mount.sub_path.clone().unwrap_or_default(),
        };
        let read_only = mount.read_only.unwrap_or(false) || is_read_only(pod, &mount.name);
        Ok(Mount { volume: mount.name.clone(), path: mount.mount_path.clone(), sub_path, read_only })
    });
    let mounts: Vec<Mount> = mounts.collect::<Result<_, String>>()?;
    let security = security(pod, container, image)?;
    let memory = container.resources.as_ref().and_then(|resources| resources.limits.as_ref()?.get("memory"));
    Ok(ContainerConfig {
        name: container.name.as_str().into(),
        image: container.image.as_deref().unwrap_or_default().into(),
        image_ref: image.digest.clone(),
        attempt,
        hash: container_hash(container),
        command: expanded(&container.command),
        args: expanded(&container.args),
        working_dir: container.working_dir.clone().unwrap_or_default(),
        open_input: container.stdin == Some(true) || container.tty == Some(true),
        mounts,
        termination_message_path: container.termination_message_path.clone().unwrap_or_default(),
        falls_back_to_logs: container.termination_message_policy.as_deref() == Some("FallbackToLogsOnError"),
        memory_limit: memory.and_then(|limit| u64::try_from(Quantity::of(limit).value()).ok()),
        security,
        files: pod_files(pod, pod_ips),
        hostname: kernel_name(pod),
        env,
    })
}

/// The configuration of a container that was made before. What its environment came from may be gone by now.
pub(crate) fn config_as_made(
    store: &Store,
    pod: &Pod,
    container: &Container,
    pod_ips: &[Arc<str>],
    image: &ImageOnNode,
) -> Option<ContainerConfig> {
    let files = VolumeFiles::new();
    let made = container_config(store, pod, container, pod_ips, 0, image, &files);
    let bare = || {
        let bare = Container { env: None, env_from: None, ..container.clone() };
        let config = container_config(store, pod, &bare, pod_ips, 0, image, &files).ok()?;
        Some(ContainerConfig { hash: container_hash(container), ..config })
    };
    made.ok().or_else(bare)
}

fn environment(
    store: &Store,
    pod: &Pod,
    container: &Container,
    pod_ips: &[Arc<str>],
    files: &VolumeFiles,
) -> Result<BTreeMap<String, String>, String> {
    let namespace = pod.namespace();
    let mut env = variables(store, pod);
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        if let Some(reference) = &source.config_map_ref {
            match config_map(store, namespace, &reference.name) {
                Some(map) => {
                    let data = map.data.iter().flatten();
                    env.extend(data.map(|(key, value)| (format!("{prefix}{key}"), value.clone())));
                }
                None if reference.optional == Some(true) => {}
                None => return Err(missing_config_map(&reference.name)),
            }
        }
        if let Some(reference) = &source.secret_ref {
            match secret(store, namespace, &reference.name) {
                Some(secret) => {
                    let data = secret.data.iter().flatten();
                    env.extend(
                        data.map(|(key, value)| (format!("{prefix}{key}"), String::from_utf8_lossy(&value.0).into_owned())),
                    );
                }
                None if reference.optional == Some(true) => {}
                None => return Err(missing_secret(&reference.name)),
            }
        }
    }
    for variable in container.env.iter().flatten() {
        let value = match (&variable.value, &variable.value_from) {
            (Some(value), _) if !value.is_empty() => Some(expand(value, &env)),
            (_, Some(EnvVarSource { file_key_ref: Some(file), .. })) => from_file(files, &pod.uid(), file)?,
            (_, Some(source)) => from_source(store, pod, namespace, container, pod_ips, source)?,
            (_, None) => Some(String::new()),
        };
        if let Some(value) = value {
            env.insert(variable.name.clone(), value);
        }
    }
    Ok(env)
}

/// The value of `valueFrom` where it is an object's; `None` for something optional that is missing.
fn from_source(
    store: &Store,
    pod: &Pod,
    namespace: &str,
    container: &Container,
    pod_ips: &[Arc<str>],
    source: &EnvVarSource,
) -> Result<Option<String>, String> {
    if let Some(reference) = &source.config_map_key_ref {
        let optional = reference.optional == Some(true);
        let Some(map) = config_map(store, namespace, &reference.name) else {
            return if optional { Ok(None) } else { Err(missing_config_map(&reference.name)) };
        };
        return match map.data.as_ref().and_then(|data| data.get(&reference.key)) {
            Some(value) => Ok(Some(value.clone())),
            None if optional => Ok(None),
            None => Err(format!("couldn't find key {} in ConfigMap {namespace}/{}", reference.key, reference.name)),
        };
    }
    if let Some(reference) = &source.secret_key_ref {
        let optional = reference.optional == Some(true);
        let Some(secret) = secret(store, namespace, &reference.name) else {
            return if optional { Ok(None) } else { Err(missing_secret(&reference.name)) };
        };
        return match secret.data.as_ref().and_then(|data| data.get(&reference.key)) {
            Some(value) => Ok(Some(String::from_utf8_lossy(&value.0).into_owned())),
            None if optional => Ok(None),
            None => Err(format!("couldn't find key {} in Secret {namespace}/{}", reference.key, reference.name)),
        };
    }
    if let Some(reference) = &source.field_ref {
        return Ok(Some(field(store, pod, &reference.field_path, pod_ips)));
    }
    if let Some(selector) = &source.resource_field_ref {
        return resource_value(store, pod, container, selector).map(Some);
    }
    Ok(Some(String::new()))
}

/// Replaces `$(NAME)` by the variable's value; `$$` is a dollar sign, an unknown name stays.
fn expand(text: &str, env: &BTreeMap<String, String>) -> String {
    expand_with(text, |name| env.get(name).cloned().unwrap_or_else(|| format!("$({name})")))
}

/// As [`expand`], but every name has to be known (`ExpandContainerVolumeMounts`).
fn expand_fully(text: &str, env: &BTreeMap<String, String>) -> Result<String, String> {
    let mut missing = SortedSet::new();
    let expanded = expand_with(text, |name| {
        let value = env.get(name).filter(|value| !value.is_empty()).cloned();
        if value.is_none() {
            missing.insert(name.to_owned());
        }
        value.unwrap_or_default()
    });
    if missing.is_empty() {
        return Ok(expanded);
    }
    Err(format!("missing value for {}", missing.iter().cloned().collect::<Vec<String>>().join(", ")))
}

/// A sub path that was expanded stays inside its volume.
fn checked(sub_path: String) -> Result<String, String> {
    if sub_path.starts_with('/') {
        return Err(format!("error SubPath `{sub_path}` must not be an absolute path"));
    }
    if sub_path.split('/').any(|part| part == "..") {
        return Err(format!("unable to provision SubPath `{sub_path}` with error: must not contain '..'"));
    }
    Ok(sub_path)
}

/// Whether nobody can write to a volume, because it shows objects of the API.
fn is_read_only(pod: &Pod, name: &str) -> bool {
    let mut volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.any(|volume| volume.name == name && shows_objects(volume))
}

fn expand_with(text: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            out.push_str(&value(name));
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn config_map<'a>(store: &'a Store, namespace: &str, name: &str) -> Option<&'a ConfigMap> {
    match store.get(&ObjectKey::new(Kind::ConfigMap, namespace, name)) {
        Some(Object::ConfigMap(map)) => Some(map),
        Some(_) | None => None,
    }
}

fn secret<'a>(store: &'a Store, namespace: &str, name: &str) -> Option<&'a Secret> {
    match store.get(&ObjectKey::new(Kind::Secret, namespace, name)) {
        Some(Object::Secret(secret)) => Some(secret),
        Some(_) | None => None,
    }
}

fn missing_config_map(name: &str) -> String {
    format!("configmap \"{name}\" not found")
}

fn missing_secret(name: &str) -> String {
    format!("secret \"{name}\" not found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_parentheses_are_expanded() {
        let env = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expand("x $(A) $$(A) $(B) $A $", &env), "x 1 $(A) $(B) $A $");
        assert_eq!(expand_fully("a/$(A)", &env), Ok("a/1".to_owned()));
        assert_eq!(expand_fully("$(C)/$(B)/$(C)", &env), Err("missing value for B, C".to_owned()));
    }
}
