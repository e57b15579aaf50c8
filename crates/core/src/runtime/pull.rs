//! What becomes of a pull.
//!
//! Not modelled: layers, bandwidth that pulls share, mirrors.

use podlapse_model::SimDuration;

use super::image_store::{Registries, normalised, on_disk, pull_duration};
use super::text;
use crate::cri::{Auth, CriError, GrpcCode, ImageOnNode};

/// How long a registry takes to say that it has no such image.
const NOT_FOUND_AFTER: SimDuration = SimDuration::from_secs(1);
/// The longest a refused login takes.
const DENIED_AFTER: SimDuration = SimDuration::from_secs(1);

/// A pull, decided when it begins.
#[derive(Clone, Debug)]
pub(super) struct PullOutcome {
    /// How long it takes.
    pub(super) takes: SimDuration,
    /// What comes of it.
    pub(super) result: Result<ImageOnNode, CriError>,
}

/// Decides a pull of `image` with one of `auths`, or anonymously if there are none.
pub(super) fn pull(registries: &Registries, image: &str, auths: &[Auth]) -> PullOutcome {
    let Some(reference) = normalised(image) else {
        let error =
            CriError::new(GrpcCode::Unknown, format!("failed to parse image reference \"{image}\": invalid reference format"));
        return PullOutcome { takes: SimDuration::ZERO, result: Err(error) };
    };
    let host = reference.split('/').next().unwrap_or_default();
    if let Some(registry) = registries.registry(host).filter(|registry| registry.unreachable) {
        return PullOutcome { takes: registry.timeout, result: Err(text::unreachable(&reference, host)) };
    }
    let Some(found) = registries.find(&reference) else {
        return PullOutcome { takes: NOT_FOUND_AFTER, result: Err(text::not_found(&reference)) };
    };
    let takes = pull_duration(found);
    if let Some(wanted) = &found.requires_auth {
        let opens = auths.iter().any(|auth| auth.username == wanted.username && auth.password == wanted.password);
        if !opens {
            let error = text::access_denied(&reference, host, !auths.is_empty());
            return PullOutcome { takes: takes.min(DENIED_AFTER), result: Err(error) };
        }
    }
    match &found.pull_error {
        Some(error) => PullOutcome { takes, result: Err(text::pull_error(&reference, error)) },
        None => PullOutcome { takes, result: Ok(on_disk(&reference, found)) },
    }
}
