//! Files of one volume of which one lies where another lies, or within it.
//!
//! Upstream: `pkg/api/pod/warnings.go` `warningsForOverlappingVirtualPaths`. It goes through a set in no order, this in the
//! order of the names.

use podlapse_model::SortedSet;
use podlapse_model::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume, VolumeProjection};
use podlapse_model::field::quote;

/// The warnings of all volumes.
pub(crate) fn overlaps(volumes: &[Volume], out: &mut Vec<String>) {
    for volume in volumes {
        let name = quote(&volume.name);
        if let Some(source) = &volume.config_map {
            let about = format!("volume {name} (ConfigMap {})", quote(&source.name));
            collisions(&keys(source.items.as_deref()), &about, out);
        }
        if let Some(source) = &volume.secret {
            let about = format!("volume {name} (Secret {})", quote(source.secret_name.as_deref().unwrap_or_default()));
            collisions(&keys(source.items.as_deref()), &about, out);
        }
        if let Some(source) = &volume.downward_api {
            collisions(&files(source.items.as_deref()), &format!("volume {name} (DownwardAPI)"), out);
        }
        if let Some(source) = &volume.projected {
            projected(source, &name, out);
        }
    }
}

fn projected(volume: &ProjectedVolumeSource, name: &str, out: &mut Vec<String>) {
    let mut known: SortedSet<String> = SortedSet::new();
    // A source that lists no files is looked at with those of the source before it, as upstream does.
    let (mut paths, mut about) = (Vec::new(), String::new());
    for source in volume.sources.iter().flatten() {
        if *source == VolumeProjection::default() {
            out.push(format!("volume {name} (Projected) has no sources provided"));
            continue;
        }
        if let Some((found, what)) = files_of(source) {
            (paths, about) = (found, format!("volume {name} (Projected {what})"));
        }
        if paths.is_empty() {
            continue;
        }
        collisions(&paths, &about, out);
        let own: SortedSet<String> = paths.iter().cloned().collect();
        let mut all: Vec<String> = own.iter().chain(&known).cloned().collect();
        podlapse_model::sort(&mut all);
        collisions(&all, &about, out);
        known.extend(own);
    }
}

/// The files that a source lists, and what it is.
fn files_of(source: &VolumeProjection) -> Option<(Vec<String>, String)> {
    if let Some(map) = source.config_map.as_ref().filter(|map| map.items.is_some()) {
        return Some((keys(map.items.as_deref()), format!("ConfigMap {}", quote(&map.name))));
    }
    if let Some(secret) = source.secret.as_ref().filter(|secret| secret.items.is_some()) {
        return Some((keys(secret.items.as_deref()), format!("Secret {}", quote(&secret.name))));
    }
    if let Some(downward) = source.downward_api.as_ref().filter(|downward| downward.items.is_some()) {
        return Some((files(downward.items.as_deref()), "DownwardAPI".to_owned()));
    }
    source.service_account_token.as_ref().map(|token| (vec![token.path.clone()], "ServiceAccountToken".to_owned()))
}

fn keys(items: Option<&[KeyToPath]>) -> Vec<String> {
    items.into_iter().flatten().map(|item| item.path.clone()).collect()
}

fn files(items: Option<&[DownwardAPIVolumeFile]>) -> Vec<String> {
    items.into_iter().flatten().map(|item| item.path.clone()).collect()
}

fn collisions(paths: &[String], about: &str, out: &mut Vec<String>) {
    let mut seen: SortedSet<&str> = SortedSet::new();
    for path in paths.iter().map(|path| path.trim_end_matches('/')) {
        if let Some(other) = overlap(&seen, path) {
            out.push(format!("{about}: overlapping paths: {} with {}", quote(path), quote(other)));
        }
        seen.insert(path);
    }
}

/// The first path that begins as this one, or as which this one begins: whole names are not compared.
fn overlap<'a>(seen: &SortedSet<&'a str>, path: &str) -> Option<&'a str> {
    if path.is_empty() || seen.iter().next().is_some_and(|first| first.is_empty()) {
        return None;
    }
    seen.iter().copied().find(|other| other.starts_with(path) || path.starts_with(other))
}
