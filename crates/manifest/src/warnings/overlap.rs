//! Files of one volume of which one lies where another lies, or within it.
//!
//! Upstream: `pkg/api/pod/warnings.go` `warningsForOverlappingVirtualPaths`.

use podlapse_model::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume, VolumeProjection};
use podlapse_model::go_text::quote;

/// The warnings of all volumes.
pub(crate) fn overlaps(volumes: &[Volume], out: &mut Vec<String>) {
    for volume in volumes {
        let name = quote(&volume.name);
        if let Some(source) = &volume.config_map {
            let about = format!("{name} (ConfigMap {})", quote(&source.name));
            collisions(keys(source.items.as_deref(), ""), &about, &mut Vec::new(), out);
        }
        if let Some(source) = &volume.secret {
            let about = format!("{name} (Secret {})", quote(source.secret_name.as_deref().unwrap_or_default()));
            collisions(keys(source.items.as_deref(), ""), &about, &mut Vec::new(), out);
        }
        if let Some(source) = &volume.downward_api {
            collisions(files(source.items.as_deref(), ""), &format!("{name} (DownwardAPI)"), &mut Vec::new(), out);
        }
        if let Some(source) = &volume.projected {
            projected(source, &name, out);
        }
    }
}

fn projected(volume: &ProjectedVolumeSource, name: &str, out: &mut Vec<String>) {
    let mut seen = Vec::new();
    for source in volume.sources.iter().flatten() {
        if *source == VolumeProjection::default() {
            out.push(format!("volume {name} (Projected) has no sources provided"));
        } else {
            collisions(files_of(source), &format!("{name} (Projected)"), &mut seen, out);
        }
    }
}

/// A file, and what it comes from where a volume has several sources.
struct File {
    path: String,
    source: String,
}

impl File {
    fn shown(&self) -> String {
        let path = quote(&self.path);
        if self.source.is_empty() { path } else { format!("{path} ({})", self.source) }
    }

    /// Whether one is the other, or lies in it.
    fn meets(&self, other: &File) -> bool {
        let (own, other) = (format!("{}/", self.path), format!("{}/", other.path));
        own.len() > 1 && other.len() > 1 && (own.starts_with(&other) || other.starts_with(&own))
    }
}

/// The files that a source lists.
fn files_of(source: &VolumeProjection) -> Vec<File> {
    if let Some(map) = source.config_map.as_ref().filter(|map| map.items.is_some()) {
        return keys(map.items.as_deref(), &format!("ConfigMap {}", quote(&map.name)));
    }
    if let Some(secret) = source.secret.as_ref().filter(|secret| secret.items.is_some()) {
        return keys(secret.items.as_deref(), &format!("Secret {}", quote(&secret.name)));
    }
    if let Some(downward) = source.downward_api.as_ref().filter(|downward| downward.items.is_some()) {
        return files(downward.items.as_deref(), "DownwardAPI");
    }
    let token = source.service_account_token.iter();
    token.map(|token| File { path: token.path.clone(), source: "ServiceAccountToken".to_owned() }).collect()
}

fn keys(items: Option<&[KeyToPath]>, source: &str) -> Vec<File> {
    items.into_iter().flatten().map(|item| File { path: item.path.clone(), source: source.to_owned() }).collect()
}

fn files(items: Option<&[DownwardAPIVolumeFile]>, source: &str) -> Vec<File> {
    items.into_iter().flatten().map(|item| File { path: item.path.clone(), source: source.to_owned() }).collect()
}

fn collisions(files: Vec<File>, about: &str, seen: &mut Vec<File>, out: &mut Vec<String>) {
    for mut file in files {
        file.path.truncate(file.path.trim_end_matches('/').len());
        for other in seen.iter().filter(|other| file.meets(other)) {
            out.push(format!("volume {about}: overlapping paths: {} with {}", file.shown(), other.shown()));
        }
        seen.push(file);
    }
}
