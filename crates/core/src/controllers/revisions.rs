//! ControllerRevisions: the templates that a StatefulSet or a DaemonSet has had.
//!
//! Models `pkg/controller/history/controller_history.go` and the `getPatch` of both controllers (v1.36). Not modelled: collisions of
//! names.

use std::sync::Arc;

use podlapse_model::api::apps::v1::ControllerRevision;
use podlapse_model::api::core::v1::PodTemplateSpec;
use podlapse_model::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podlapse_model::apimachinery::pkg::runtime::RawExtension;
use podlapse_model::{Kind, Metadata, Object, Selector};
use serde_json::Value;

use super::owned::{controller_of, controller_reference, is_controlled_by};
use super::{Plan, View};
use crate::store::Request;

/// The label by which a Pod names its revision.
pub(crate) const REVISION_LABEL: &str = "controller-revision-hash";

/// What a revision holds: the patch that brings its template back.
pub(crate) fn patch(template: &PodTemplateSpec) -> Value {
    let mut template = podlapse_model::to_json(template);
    if let Some(fields) = template.as_object_mut() {
        fields.insert("$patch".to_owned(), "replace".into());
    }
    serde_json::json!({ "spec": { "template": template } })
}

/// The template that a revision brings back.
pub(crate) fn template_of(revision: &ControllerRevision) -> Option<PodTemplateSpec> {
    podlapse_model::from_json(revision.data.as_ref()?.0.pointer("/spec/template")?.clone()).ok()
}

/// The revisions of an owner, the oldest first. It takes in those that it selects and that nobody controls
/// (`ControllerRevisionControllerRefManager`).
pub(crate) fn claim(
    kind: Kind,
    owner: &ObjectMeta,
    selector: &Selector,
    view: View<'_>,
    plan: &mut Plan,
) -> Vec<Arc<ControllerRevision>> {
    let no_labels = Default::default();
    let mut own = Vec::new();
    for revision in view.store.all::<ControllerRevision>() {
        let metadata = &revision.metadata;
        if is_controlled_by(metadata, owner) {
            own.push(revision.clone());
        } else if controller_of(metadata).is_none()
            && metadata.namespace == owner.namespace
            && owner.deletion_timestamp.is_none()
            && selector.matches(metadata.labels.as_ref().unwrap_or(&no_labels))
        {
            let mut revision = ControllerRevision::clone(revision);
            revision.metadata.owner_references.get_or_insert_default().push(controller_reference(kind, owner));
            plan.send(Request::Update(revision.clone().into()));
            own.push(Arc::new(revision));
        }
    }
    podlapse_model::sort_by_key(&mut own, |revision| revision.revision);
    own
}

/// The revision of the template as it is now, which is recorded where it is new and comes last where it is used again. `own` are
/// those of before; `name` makes its name and labels.
pub(crate) fn current(
    kind: Kind,
    owner: &ObjectMeta,
    template: &PodTemplateSpec,
    own: &[Arc<ControllerRevision>],
    new: impl FnOnce(&Value) -> (String, ObjectMeta),
    plan: &mut Plan,
) -> Arc<ControllerRevision> {
    let patch = patch(template);
    let equal = own.iter().rfind(|revision| revision.data.as_ref().is_some_and(|data| data.0 == patch));
    let next = own.last().map_or(1, |last| last.revision + 1);
    match equal {
        Some(revision) if revision.revision + 1 == next => revision.clone(),
        Some(revision) => {
            let revision = ControllerRevision { revision: next, ..ControllerRevision::clone(revision) };
            plan.send(Request::Update(revision.clone().into()));
            Arc::new(revision)
        }
        None => {
            let (name, given) = new(&patch);
            let metadata = ObjectMeta {
                name: Some(name),
                namespace: owner.namespace.clone(),
                annotations: owner.annotations.clone(),
                owner_references: Some(vec![controller_reference(kind, owner)]),
                ..given
            };
            let revision = ControllerRevision { metadata, data: Some(RawExtension(patch)), revision: next };
            plan.send(Request::Create(revision.clone().into()));
            Arc::new(revision)
        }
    }
}

/// Deletes the oldest revisions that nothing uses, beyond a limit.
pub(crate) fn truncate(own: &[Arc<ControllerRevision>], limit: Option<i32>, is_live: impl Fn(&str) -> bool, plan: &mut Plan) {
    let name = |revision: &ControllerRevision| revision.name().to_owned();
    let history: Vec<&Arc<ControllerRevision>> = own.iter().filter(|revision| !is_live(&name(revision))).collect();
    let limit = usize::try_from(limit.unwrap_or(10)).unwrap_or(0);
    for revision in history.iter().take(history.len().saturating_sub(limit)) {
        let object = Object::ControllerRevision(ControllerRevision::clone(revision).into());
        plan.send(Request::delete(object.key(), object.uid()));
    }
}
