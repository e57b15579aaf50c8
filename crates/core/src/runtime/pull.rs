//! What becomes of a pull.
//!
//! Not modelled: layers, bandwidth that pulls share, mirrors.

use podlapse_model::SimDuration;

use super::image_store::{Registries, normalised, on_disk, pull_duration};
use super::text;
use crate::cri::{Auth, CriError, GrpcCode, PulledImage};

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
    pub(super) result: Result<PulledImage, CriError>,
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
    let mut takes = pull_duration(found);
    let mut opened_by = (!auths.is_empty()).then_some(0);
    if let Some(wanted) = &found.requires_auth {
        let opens = |auth: &Auth| auth.username == wanted.username && auth.password == wanted.password;
        opened_by = auths.iter().position(opens);
        // Credentials are tried one after the other; with none there is one anonymous try.
        let denied = opened_by.unwrap_or(auths.len().max(1));
        let refused = takes.min(DENIED_AFTER).times(denied as u64);
        if opened_by.is_none() {
            let error = text::access_denied(&reference, host, !auths.is_empty());
            return PullOutcome { takes: refused, result: Err(error) };
        }
        takes = takes + refused;
    }
    let result = match &found.pull_error {
        Some(error) => Err(text::pull_error(&reference, error)),
        None => Ok(PulledImage { image: on_disk(&reference, found), opened_by }),
    };
    PullOutcome { takes, result }
}
