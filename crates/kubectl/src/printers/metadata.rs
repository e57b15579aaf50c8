//! The rows of kinds of which little but the name is shown.
//!
//! Models `printNamespace`, `printConfigMap`, `printSecret`, `printServiceAccount`, `printControllerRevision`, `printLease`,
//! and the columns of a custom resource that defines none.

use podlapse_model::api::apps::v1::ControllerRevision;
use podlapse_model::api::coordination::v1::Lease;
use podlapse_model::api::core::v1::{ConfigMap, Namespace, Secret, ServiceAccount};
use podlapse_model::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use super::format::name;
use super::{cells, shown};
use crate::duration::age;
use crate::table::{Cell, Column};

pub(super) const NAMESPACE: &[Column] = &[shown("Name"), shown("Status"), shown("Age")];
pub(super) const CONFIG_MAP: &[Column] = &[shown("Name"), shown("Data"), shown("Age")];
pub(super) const SECRET: &[Column] = &[shown("Name"), shown("Type"), shown("Data"), shown("Age")];
pub(super) const CONTROLLER_REVISION: &[Column] = &[shown("Name"), shown("Controller"), shown("Revision"), shown("Age")];
pub(super) const LEASE: &[Column] = &[shown("Name"), shown("Holder"), shown("Age")];
pub(super) const ANY: &[Column] = &[shown("Name"), shown("Age")];

pub(super) fn namespace_row(namespace: &Namespace, now: &Time) -> Vec<Cell<'static>> {
    let phase = namespace.status.as_ref().and_then(|status| status.phase.as_deref());
    cells![name(&namespace.metadata), phase.unwrap_or_default(), created(&namespace.metadata, now)]
}

pub(super) fn config_map_row(map: &ConfigMap, now: &Time) -> Vec<Cell<'static>> {
    let count = map.data.as_ref().map_or(0, |data| data.len()) + map.binary_data.as_ref().map_or(0, |data| data.len());
    cells![name(&map.metadata), count, created(&map.metadata, now)]
}

pub(super) fn secret_row(secret: &Secret, now: &Time) -> Vec<Cell<'static>> {
    cells![
        name(&secret.metadata),
        secret.type_.as_deref().unwrap_or_default(),
        secret.data.as_ref().map_or(0, |data| data.len()),
        created(&secret.metadata, now),
    ]
}

pub(super) fn service_account_row(account: &ServiceAccount, now: &Time) -> Vec<Cell<'static>> {
    cells![name(&account.metadata), created(&account.metadata, now)]
}

pub(super) fn controller_revision_row(revision: &ControllerRevision, now: &Time) -> Vec<Cell<'static>> {
    let owner = revision.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
    let controller = owner.map(|owner| {
        let group = owner.api_version.split_once('/').map(|(group, _)| group);
        match group {
            Some(group) => format!("{}.{group}/{}", owner.kind.to_lowercase(), owner.name),
            None => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        }
    });
    cells![
        name(&revision.metadata),
        controller.unwrap_or_else(|| "<none>".to_owned()),
        revision.revision,
        created(&revision.metadata, now),
    ]
}

pub(super) fn lease_row(lease: &Lease, now: &Time) -> Vec<Cell<'static>> {
    let holder = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
    cells![name(&lease.metadata), holder.unwrap_or_default(), created(&lease.metadata, now)]
}

fn created(metadata: &ObjectMeta, now: &Time) -> String {
    age(metadata.creation_timestamp.as_ref(), now)
}
