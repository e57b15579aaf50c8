//! `kubectl get --raw PATH`: what the API server answers to a bare request.

use podlapse_core::store::authorization::Access;
use podlapse_core::store::{ApiError, Reason, Store};
use podlapse_manifest::Rejection;
use podlapse_model::{Kind, Object, ObjectKey, go_text};
use serde_json::{Value, json};

use super::batch::{Batch, Plan};
use super::caller::Caller;

/// Answers the request for a path.
pub(super) fn get(path: &str, caller: Caller) -> Batch {
    let path = path.to_owned();
    Batch::new(move |view| {
        let mut plan = Plan::default();
        match answer(&path, view.store, &caller) {
            Ok(text) => plan.report.stdout = text,
            Err(error) => plan.report.errors.push(error),
        }
        plan
    })
}

fn nothing() -> Rejection {
    super::report::refusal(&ApiError::new(Reason::NotFound, "the server could not find the requested resource".to_owned()))
}

fn answer(path: &str, store: &Store, caller: &Caller) -> Result<String, Rejection> {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let line = |value: &Value| Ok(go_text::json(value) + "\n");
    let versions = |group: &str| json!({"groupVersion": group, "version": group.rsplit('/').next()});
    if !matches!(parts.as_slice(), ["api", _, _, ..] | ["apis", _, _, _, ..]) {
        let access = Access { verb: "get".to_owned(), path: path.to_owned(), ..Access::default() };
        caller.may_access(store, &access)?;
    }
    match parts.as_slice() {
        ["healthz" | "livez" | "readyz", ..] => Ok("ok".to_owned()),
        ["version"] => Ok(format!("{:#}", super::about::server_version())),
        ["api"] => line(&json!({"kind": "APIVersions", "versions": ["v1"]})),
        ["apis"] => {
            let mut groups: Vec<&str> =
                super::about::api_versions().into_iter().filter(|version| version.contains('/')).collect();
            groups.dedup_by_key(|version| version.split('/').next().unwrap_or_default());
            let group = |version: &&str| {
                let name = version.split('/').next().unwrap_or_default();
                json!({"name": name, "versions": [versions(version)], "preferredVersion": versions(version)})
            };
            line(&json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups.iter().map(group).collect::<Vec<_>>()}))
        }
        ["api", version, rest @ ..] => line(&resource(version, rest, store, caller)?),
        ["apis", group, version, rest @ ..] => line(&resource(&format!("{group}/{version}"), rest, store, caller)?),
        _ => Err(nothing()),
    }
}

/// A list or an object, as in `namespaces/default/pods/web`.
fn resource(version: &str, rest: &[&str], store: &Store, caller: &Caller) -> Result<Value, Rejection> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let kind_of = |resource: &str| {
        let kinds = Kind::MODELLED.iter().copied();
        kinds.into_iter().find(|kind| kind.resource() == resource && kind.api_version() == version).ok_or_else(nothing)
    };
    match rest {
        [resource] => {
            let kind = kind_of(resource)?;
            caller.may(store, "list", &ObjectKey::new(kind, namespace.unwrap_or_default(), ""))?;
            let is_in = |object: &&Object| namespace.is_none() || object.metadata().namespace.as_deref() == namespace;
            let items: Vec<Value> = store
                .list(kind)
                .filter(is_in)
                .map(|object| {
                    let mut item = object.to_json();
                    if let Some(fields) = item.as_object_mut() {
                        fields.remove("kind");
                        fields.remove("apiVersion");
                    }
                    item
                })
                .collect();
            let revision = store.revision().0.to_string();
            Ok(
                json!({"kind": format!("{}List", kind.name()), "apiVersion": version, "metadata": {"resourceVersion": revision}, "items": items}),
            )
        }
        [resource, name] | [resource, name, "status"] => {
            let key = ObjectKey::new(kind_of(resource)?, namespace.unwrap_or_default(), name);
            caller.may(store, "get", &key)?;
            let object = store.get(&key).ok_or_else(|| super::report::refusal(&ApiError::not_found(&key)))?;
            Ok(object.to_json())
        }
        _ => Err(nothing()),
    }
}
