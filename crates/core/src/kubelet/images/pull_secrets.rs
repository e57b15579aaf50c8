//! The credentials with which an image is pulled.
//!
//! Models `pkg/kubelet/kubelet_pods.go` `getPullSecretsForPod` and `pkg/credentialprovider` `DockerKeyring` (v1.36). Not modelled:
//! credential provider plugins, the node's own docker config.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlapse_model::api::core::v1::{Pod, Secret};
use podlapse_model::{ImageReference, Kind, Metadata, Object, ObjectKey};
use serde_json::Value;

use crate::cri::Auth;
use crate::store::Store;

/// Credentials, and the secret that they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct PullSecret {
    /// Namespace, name and uid.
    pub(in crate::kubelet) id: Arc<str>,
    /// What it holds.
    pub(in crate::kubelet) auth: Auth,
}

/// The credentials of a Pod's pull secrets that are meant for an image, the most specific first.
pub(in crate::kubelet) fn secrets_for(store: &Store, pod: &Pod, image: &str) -> Vec<PullSecret> {
    let Ok(reference) = ImageReference::parse(image) else { return Vec::new() };
    let repository = reference.full_name();
    let mut found: Vec<(usize, PullSecret)> = Vec::new();
    for secret in pull_secrets(store, pod) {
        let metadata = &secret.metadata;
        let parts = [&metadata.namespace, &metadata.name, &metadata.uid].map(|part| part.as_deref().unwrap_or_default());
        let id: Arc<str> = parts.join("/").into();
        let meant = entries(secret).into_iter().filter_map(|(key, auth)| Some((match_length(&key, &repository)?, auth)));
        found.extend(meant.map(|(length, auth)| (length, PullSecret { id: id.clone(), auth })));
    }
    podlapse_model::sort_by_key(&mut found, |(length, _)| std::cmp::Reverse(*length));
    found.into_iter().map(|(_, secret)| secret).collect()
}

/// The names of pull secrets that do not exist.
pub(in crate::kubelet) fn missing_pull_secrets(store: &Store, pod: &Pod) -> Vec<String> {
    let namespace = pod.namespace();
    let names = pod.spec.iter().flat_map(|spec| spec.image_pull_secrets.iter().flatten()).map(|reference| reference.name.clone());
    names.filter(|name| !name.is_empty() && store.get(&ObjectKey::new(Kind::Secret, namespace, name)).is_none()).collect()
}

fn pull_secrets<'a>(store: &'a Store, pod: &'a Pod) -> impl Iterator<Item = &'a Secret> {
    let namespace = pod.namespace();
    let references = pod.spec.iter().flat_map(|spec| spec.image_pull_secrets.iter().flatten());
    references.filter_map(move |reference| match store.get(&ObjectKey::new(Kind::Secret, namespace, &reference.name)) {
        Some(Object::Secret(secret)) => Some(secret.as_ref()),
        Some(_) | None => None,
    })
}

/// The hosts and credentials in a docker config.
fn entries(secret: &Secret) -> Vec<(String, Auth)> {
    let field = |name: &str| secret.data.as_ref().and_then(|data| data.get(name)).map(|bytes| bytes.0.clone());
    let config = match secret.type_.as_deref() {
        Some("kubernetes.io/dockerconfigjson") => {
            let parsed: Option<Value> = field(".dockerconfigjson").and_then(|bytes| serde_json::from_slice(&bytes).ok());
            parsed.and_then(|value| value.get("auths").cloned())
        }
        Some("kubernetes.io/dockercfg") => field(".dockercfg").and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        Some(_) | None => None,
    };
    let Some(Value::Object(hosts)) = config else { return Vec::new() };
    hosts.into_iter().filter_map(|(host, entry)| Some((host, auth(&entry)?))).collect()
}

fn auth(entry: &Value) -> Option<Auth> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(encoded) = text("auth").filter(|encoded| !encoded.is_empty()) {
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        return Some(Auth { username: username.to_owned(), password: password.to_owned() });
    }
    Some(Auth { username: text("username")?, password: text("password")? })
}

/// How much of the repository a key of a docker config covers; `None` if it is for another one.
fn match_length(key: &str, repository: &str) -> Option<usize> {
    let key = key.trim_start_matches("https://").trim_start_matches("http://");
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    let path = path.trim_matches('/');
    let path = if matches!(path, "v1" | "v2") { "" } else { path };
    let host = if matches!(host, "index.docker.io" | "registry-1.docker.io") { "docker.io" } else { host };
    let (wanted_host, wanted_path) = repository.split_once('/')?;
    let is_host = host.split('.').count() == wanted_host.split('.').count()
        && host.split('.').zip(wanted_host.split('.')).all(|(pattern, part)| is_part(pattern, part));
    (is_host && wanted_path.starts_with(path)).then_some(host.len() + path.len())
}

/// `*` in one part of a host stands for any characters.
fn is_part(pattern: &str, part: &str) -> bool {
    match pattern.split_once('*') {
        Some((front, back)) => front.len() + back.len() <= part.len() && part.starts_with(front) && part.ends_with(back),
        None => pattern == part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_covers_its_host_and_path() {
        assert!(match_length("https://index.docker.io/v1/", "docker.io/library/nginx:1").is_some());
        assert!(match_length("*.example.com", "registry.example.com/team/app:v1").is_some());
        assert!(match_length("registry.example.com/other", "registry.example.com/team/app:v1").is_none());
        assert!(match_length("gcr.io", "registry.example.com/team/app:v1").is_none());
    }
}
