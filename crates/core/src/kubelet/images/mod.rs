//! Whether a container's image is used, pulled or waited for.
//!
//! Models `pkg/kubelet/images` `EnsureImageExists`, `imagePullPrecheck`, `pullImage` and `evalCRIPullErr` (v1.36). The decision is
//! split at the pull: [`ImagePulls::before`] says what to do, [`ImagePulls::after`] what became of the pull. Not modelled: the
//! limit on pulls for each second, runtime classes of images. Whether a present image needs another pull to prove that the Pod may
//! use it (`MustAttemptImagePull`) is an argument.

pub(super) mod pull_records;
pub(super) mod pull_secrets;

use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Metadata, SimDuration, SimTime, SortedMap};

use crate::events::{EventType, PodEvent};
use crate::kernel::go_duration;
use crate::kubelet::backoff::Backoff;

/// When an image is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullPolicy {
    /// Before every start.
    Always,
    /// When the node does not have it.
    IfNotPresent,
    /// Not at all.
    Never,
}

impl PullPolicy {
    /// The policy of a defaulted container; an unknown word counts as `IfNotPresent`.
    pub fn parse(text: Option<&str>) -> PullPolicy {
        match text {
            Some("Always") => PullPolicy::Always,
            Some("Never") => PullPolicy::Never,
            Some(_) | None => PullPolicy::IfNotPresent,
        }
    }
}

/// Why a container waits for its image; the word stands in its waiting state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFailure {
    /// The name cannot be read.
    InvalidImageName,
    /// The runtime could not say whether it has the image.
    ImageInspectError,
    /// The policy forbids the pull.
    ErrImageNeverPull,
    /// An earlier pull failed not long ago.
    ImagePullBackOff,
    /// The pull failed.
    ErrImagePull,
    /// The registry does not answer.
    RegistryUnavailable,
    /// The image's signature is not accepted.
    SignatureValidationFailed,
}

impl ImageFailure {
    /// The reason as statuses and events have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ImageFailure::InvalidImageName => "InvalidImageName",
            ImageFailure::ImageInspectError => "ImageInspectError",
            ImageFailure::ErrImageNeverPull => "ErrImageNeverPull",
            ImageFailure::ImagePullBackOff => "ImagePullBackOff",
            ImageFailure::ErrImagePull => "ErrImagePull",
            ImageFailure::RegistryUnavailable => "RegistryUnavailable",
            ImageFailure::SignatureValidationFailed => "SignatureValidationFailed",
        }
    }
}

/// What a container needs to start.
#[derive(Clone, Copy, Debug)]
pub struct ImageRequest<'a> {
    /// The Pod.
    pub pod: &'a Pod,
    /// The container's name.
    pub container: &'a str,
    /// The image as written in the Pod.
    pub image: &'a str,
    /// When to pull it.
    pub policy: PullPolicy,
}

/// What the node knows of the image.
#[derive(Clone, Copy, Debug)]
pub struct ImageLookup<'a> {
    /// What is wrong with the name, in the words of the image reference parser.
    pub name_error: Option<&'a str>,
    /// The image's reference on the node if it is there, or the runtime's error.
    pub present: Result<Option<&'a str>, &'a str>,
    /// Whether a present image has to be pulled again to prove that the Pod's credentials open it.
    pub must_attempt_pull: bool,
}

/// What to do about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// It is there and may be used.
    Present {
        /// The image's reference on the node.
        image_ref: Arc<str>,
        /// `Pulled`.
        event: PodEvent,
    },
    /// The container cannot start.
    Refused {
        /// Why.
        failure: ImageFailure,
        /// The message of its waiting state.
        message: String,
        /// What is told of it.
        event: PodEvent,
        /// For `ImagePullBackOff`: when the wait began and when the next pull is allowed.
        wait: Option<(SimTime, SimTime)>,
    },
    /// It is pulled now.
    Pull {
        /// `Pulling`.
        event: PodEvent,
    },
}

/// A pull that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Bytes.
    pub size: u64,
    /// How long the runtime took.
    pub took: SimDuration,
    /// How long it took with the wait for other pulls.
    pub took_with_waiting: SimDuration,
}

/// What became of a pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The image is there.
    Pulled {
        /// `Pulled`.
        event: PodEvent,
    },
    /// The container cannot start.
    Failed {
        /// Why.
        failure: ImageFailure,
        /// The message of its waiting state.
        message: String,
        /// `Failed`.
        event: PodEvent,
        /// How long the next pull has to wait.
        delay: SimDuration,
    },
}

/// The memory of failed pulls of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePulls {
    backoff: Backoff,
    last_errors: SortedMap<String, String>,
}

impl Default for ImagePulls {
    fn default() -> Self {
        ImagePulls { backoff: Backoff::image_pull(), last_errors: SortedMap::new() }
    }
}

impl ImagePulls {
    /// What to do about the image of `request` at `now`.
    pub fn before(&mut self, request: &ImageRequest<'_>, lookup: &ImageLookup<'_>, now: SimTime) -> Before {
        let image = request.image;
        if let Some(error) = lookup.name_error {
            let message = format!("Failed to apply default image tag {}: {error}", quote(image));
            return refuse(request, ImageFailure::InvalidImageName, EventType::Warning, "InspectFailed", message);
        }
        let present = match (request.policy, lookup.present) {
            (PullPolicy::Always, _) => None,
            (PullPolicy::IfNotPresent | PullPolicy::Never, Ok(present)) => present,
            (PullPolicy::IfNotPresent | PullPolicy::Never, Err(error)) => {
                // The reference is not known yet at this point, so the text names none.
                let message = format!("Failed to inspect image \"\": {error}");
                return refuse(request, ImageFailure::ImageInspectError, EventType::Warning, "InspectFailed", message);
            }
        };
        if let Some(image_ref) = present.filter(|_| !lookup.must_attempt_pull) {
            let message = format!("Container image {} already present on machine and can be accessed by the pod", quote(image));
            return Before::Present { image_ref: image_ref.into(), event: tell(request, EventType::Normal, "Pulled", message) };
        }
        if request.policy == PullPolicy::Never {
            let message = if present.is_some() {
                format!(
                    "Container image {} is present with pull policy of Never but does not have the proper credentials to access the \
                     image",
                    quote(image)
                )
            } else {
                format!("Container image {} is not present with pull policy of Never", quote(image))
            };
            return refuse(request, ImageFailure::ErrImageNeverPull, EventType::Warning, "ErrImageNeverPull", message);
        }
        self.pull_or_wait(request, now)
    }

    fn pull_or_wait(&mut self, request: &ImageRequest<'_>, now: SimTime) -> Before {
        let key = key(request);
        if self.backoff.is_in_backoff_since_update(&key, now) {
            let text = format!("Back-off pulling image {}", quote(request.image));
            let event = tell(request, EventType::Normal, "BackOff", text.clone());
            let message = self.last_errors.get(&key).map_or(text.clone(), |error| format!("{text}: {error}"));
            let wait = self.backoff.wait(&key);
            return Before::Refused { failure: ImageFailure::ImagePullBackOff, message, event, wait };
        }
        self.last_errors.remove(&key);
        Before::Pull { event: tell(request, EventType::Normal, "Pulling", format!("Pulling image {}", quote(request.image))) }
    }

    /// What became of the pull that [`ImagePulls::before`] asked for; an error is the runtime's text.
    pub fn after(&mut self, request: &ImageRequest<'_>, outcome: Result<Pulled, &str>, now: SimTime) -> After {
        let image = quote(request.image);
        match outcome {
            Ok(pulled) => {
                self.backoff.collect_garbage(now);
                let message = format!(
                    "Successfully pulled image {image} in {} ({} including waiting). Image size: {} bytes.",
                    whole_millis(pulled.took),
                    whole_millis(pulled.took_with_waiting),
                    pulled.size
                );
                After::Pulled { event: tell(request, EventType::Normal, "Pulled", message) }
            }
            Err(error) => {
                let event = tell(request, EventType::Warning, "Failed", format!("Failed to pull image {image}: {error}"));
                let (failure, message) = failure_of(request.image, error);
                let key = key(request);
                self.backoff.next(&key, now, now);
                let delay = self.backoff.get(&key);
                self.last_errors.insert(key, format!("{}: {message}", failure.as_str()));
                After::Failed { failure, message, event, delay }
            }
        }
    }
}

/// What the runtime's error means: it begins with the name of the error where the runtime knows one.
fn failure_of(image: &str, error: &str) -> (ImageFailure, String) {
    if let Some(rest) = error.strip_prefix("RegistryUnavailable") {
        (ImageFailure::RegistryUnavailable, format!("image pull failed for {image} because the registry is unavailable{rest}"))
    } else if let Some(rest) = error.strip_prefix("SignatureValidationFailed") {
        let message = format!("image pull failed for {image} because the signature validation failed{rest}");
        (ImageFailure::SignatureValidationFailed, message)
    } else {
        (ImageFailure::ErrImagePull, error.to_owned())
    }
}

fn key(request: &ImageRequest<'_>) -> String {
    format!("{}_{}", request.pod.uid(), request.image)
}

fn tell(request: &ImageRequest<'_>, event_type: EventType, reason: &'static str, message: String) -> PodEvent {
    PodEvent::container(request.pod, request.container, event_type, reason, message)
}

fn refuse(
    request: &ImageRequest<'_>,
    failure: ImageFailure,
    event_type: EventType,
    reason: &'static str,
    message: String,
) -> Before {
    let event = tell(request, event_type, reason, message.clone());
    Before::Refused { failure, message, event, wait: None }
}

fn whole_millis(span: SimDuration) -> String {
    go_duration(SimDuration::from_millis(span.as_millis()))
}

/// A text as Go's `%q` prints it, for what can stand in an image name.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
