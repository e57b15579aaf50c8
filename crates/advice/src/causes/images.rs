//! Images that do not come.

use podlapse_core::runtime::Registries;
use podlapse_manifest::{Amend, distance};
use podlapse_model::simulation::ImageSpec;
use podlapse_model::{ImageReference, Kind, Metadata, Object};
use serde_json::json;

use super::{Case, Container, change, items, text};
use crate::change::{Change, Remedy};

/// Images beyond these are not offered.
const MOST_OFFERED: usize = 3;
const WAITING: [&str; 4] = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"];

pub(super) fn look(case: &Case<'_>, out: &mut Vec<Change>) {
    let waits = |container: &Container<'_>| WAITING.contains(&text(case.status(container), "/state/waiting/reason"));
    for container in case.containers().filter(waits) {
        other_images(case, &container, out);
        if text(container.spec, "/imagePullPolicy") != "IfNotPresent" {
            let edit = case.edit(&container.path("imagePullPolicy"), Amend::Set("IfNotPresent".into()));
            let policy = text(container.spec, "/imagePullPolicy");
            out.push(change(Remedy::PullPolicy, container.name(), [policy, "IfNotPresent"], vec![edit]));
        }
        secrets(case, &container, out);
    }
}

/// The image that a container asks for, with that of the registries if they have it.
fn known(case: &Case<'_>) -> Vec<String> {
    let registries = Registries::new(&case.run.scenario().simulation);
    registries.images().filter(|image| !image.removed && image.pull_error.is_none()).map(|image| image.name.clone()).collect()
}

fn other_images(case: &Case<'_>, container: &Container<'_>, out: &mut Vec<Change>) {
    let image = text(container.spec, "/image");
    // A name that cannot be read may still be like one.
    let is_readable = ImageReference::parse(image).is_ok();
    let asked = ImageReference::parse(&image.to_lowercase()).ok();
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    // Of equals those come first that the scenario names itself.
    let own = &case.run.scenario().simulation.images;
    let is_common = |name: &str| !own.iter().any(|image| image.name == name);
    let mut near: Vec<(usize, bool, String)> = Vec::new();
    for name in known(case) {
        let Ok(other) = ImageReference::parse(&name) else { continue };
        let Some(asked) = &asked else {
            near.push((distance(image, &name), is_common(&name), name));
            continue;
        };
        if is_readable && asked.full_name() == other.full_name() {
            continue;
        }
        let (one, two) = (last(asked.path()), last(other.path()));
        let apart = distance(&one, &two);
        if one.len().max(two.len()) < apart.saturating_mul(2) {
            continue;
        }
        // Another name weighs more than another host, and that more than another tag.
        let is_elsewhere = usize::from(asked.repository != other.repository);
        near.push((apart * 16 + is_elsewhere * 4 + distance(&asked.tag, &other.tag).min(3), is_common(&name), name));
    }
    podlapse_model::sort(&mut near);
    for (.., name) in near.into_iter().take(MOST_OFFERED) {
        // Who wrote no tag need not write the default one.
        let is_plain = !image.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
        let name = name.strip_suffix(":latest").filter(|_| is_plain).map_or(name.clone(), str::to_owned);
        let edit = case.edit(&container.path("image"), Amend::Set(name.clone().into()));
        out.push(change(Remedy::Image, container.name(), [image, &name], vec![edit]));
    }
}

fn secrets(case: &Case<'_>, container: &Container<'_>, out: &mut Vec<Change>) {
    let set = |name: &str| case.edit("imagePullSecrets", Amend::Set(json!([{"name": name}])));
    let has = |name: &str| items(&case.pod, "/spec/imagePullSecrets").any(|(_, secret)| text(secret, "/name") == name);
    for object in case.lives.list(Kind::Secret) {
        let Object::Secret(secret) = object else { continue };
        let name = secret.name();
        let is_here = secret.metadata.namespace.as_deref() == Some(case.namespace());
        let is_for_pulls =
            secret.type_.as_deref().is_some_and(|kind| kind.contains("dockercfg") || kind.contains("dockerconfigjson"));
        if is_here && is_for_pulls && !has(name) {
            out.push(change(Remedy::PullSecret, name, ["", ""], vec![set(name)]));
        }
    }
    let asked = ImageReference::parse(text(container.spec, "/image")).ok();
    let registries = Registries::new(&case.run.scenario().simulation);
    let same = |image: &&ImageSpec| {
        let other = ImageReference::parse(&image.name).ok();
        other.map(|other| other.full_name()) == asked.as_ref().map(ImageReference::full_name)
    };
    let auth = registries.images().find(same).and_then(|image| image.requires_auth.clone());
    let (Some(auth), Some(asked)) = (auth, &asked) else { return };
    let config = json!({"auths": {asked.registry(): {"password": auth.password, "username": auth.username}}});
    let secret = format!(
        "apiVersion: v1\nkind: Secret\n{}type: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{}'\n",
        case.metadata("registry"),
        config.to_string().replace('\'', "''")
    );
    let edits = vec![case.create(secret), set("registry")];
    out.push(change(Remedy::CreatePullSecret, "registry", ["", asked.registry()], edits));
}
