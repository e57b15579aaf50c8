//! References of container images.
//!
//! Models `pkg/util/parsers` `ParseImageName` with `github.com/distribution/reference` `ParseNormalizedNamed` below it,
//! `pkg/kubelet/images` `applyDefaultImageTag`, and the defaulting of `imagePullPolicy` in `pkg/apis/core/v1` (v1.36).

use std::fmt;

use crate::go_text;

const DEFAULT_DOMAIN: &str = "docker.io";
const MAX_PATH_BYTES: usize = 255;

/// Why a text is no reference of an image, in Kubernetes' words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageError(String);

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ImageError {}

/// A reference of an image in its full form.
///
/// ```
/// use podlapse_model::ImageReference;
/// let image = ImageReference::parse("nginx")?;
/// assert_eq!(image.repository, "docker.io/library/nginx");
/// assert_eq!(image.tag, "latest");
/// assert_eq!(ImageReference::parse("NGINX").unwrap_err().to_string(),
///     "couldn't parse image name \"NGINX\": invalid reference format: repository name (library/NGINX) must be lowercase");
/// # Ok::<(), podlapse_model::ImageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// Registry and path, as in `docker.io/library/nginx`.
    pub repository: String,
    /// The tag; `latest` where neither a tag nor a digest was written, empty where only a digest was.
    pub tag: String,
    /// The digest with its algorithm; empty if none was written.
    pub digest: String,
}

impl ImageReference {
    /// The reference in full, as a runtime stores an image: `docker.io/library/busybox:latest`.
    ///
    /// ```
    /// use podlapse_model::ImageReference;
    /// assert_eq!(ImageReference::parse("busybox").unwrap().full_name(), "docker.io/library/busybox:latest");
    /// ```
    pub fn full_name(&self) -> String {
        match (self.tag.as_str(), self.digest.as_str()) {
            (tag, "") => format!("{}:{tag}", self.repository),
            (_, digest) => format!("{}@{digest}", self.repository),
        }
    }

    /// Reads a reference as it stands in a Pod.
    ///
    /// # Errors
    /// What is wrong with it, in Kubernetes' words.
    pub fn parse(image: &str) -> Result<ImageReference, ImageError> {
        let wrong = |error: String| ImageError(format!("couldn't parse image name {}: {error}", go_text::quote(image)));
        let mut reference = parse_normalized(image).map_err(wrong)?;
        if reference.tag.is_empty() && reference.digest.is_empty() {
            reference.tag = "latest".to_owned();
        }
        Ok(reference)
    }

    /// The registry's host, with its port if it has one.
    pub fn registry(&self) -> &str {
        self.repository.split_once('/').map_or("", |(registry, _)| registry)
    }

    /// The path below the registry, as in `library/nginx`.
    pub fn path(&self) -> &str {
        self.repository.split_once('/').map_or(&self.repository, |(_, path)| path)
    }
}

impl fmt::Display for ImageReference {
    /// The full form, as in `docker.io/library/nginx:latest`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |separator: &str, text: &str| if text.is_empty() { String::new() } else { format!("{separator}{text}") };
        write!(f, "{}{}{}", self.repository, part(":", &self.tag), part("@", &self.digest))
    }
}

/// The image as written, with the tag that the kubelet appends where neither a tag nor a digest was written.
///
/// # Errors
/// What is wrong with it, in Kubernetes' words.
pub fn with_default_tag(image: &str) -> Result<String, ImageError> {
    let reference = ImageReference::parse(image)?;
    let suffix = format!(":{}", reference.tag);
    let is_complete = !reference.digest.is_empty() || reference.tag.is_empty() || image.ends_with(&suffix);
    Ok(if is_complete { image.to_owned() } else { format!("{image}{suffix}") })
}

/// The `imagePullPolicy` that the API gives a container that names none.
pub fn default_pull_policy(image: &str) -> &'static str {
    if ImageReference::parse(image).is_ok_and(|reference| reference.tag == "latest") { "Always" } else { "IfNotPresent" }
}

fn parse_normalized(image: &str) -> Result<ImageReference, String> {
    if image.len() == 64 && image.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(format!("invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"));
    }
    let (domain, rest) = split_domain(image);
    let remote = rest.split(':').next().unwrap_or_default();
    if remote.to_lowercase() != remote {
        return Err(format!("invalid reference format: repository name ({remote}) must be lowercase"));
    }
    parse_full(&format!("{domain}/{rest}"))
}

/// The registry and what follows it; without a registry the default one, with `library/` before a single name.
fn split_domain(image: &str) -> (&str, String) {
    let (domain, rest) = match image.split_once('/') {
        Some((first, rest)) => match first {
            "localhost" => (first, rest),
            "index.docker.io" => (DEFAULT_DOMAIN, rest),
            _ if first.contains(['.', ':']) || first.to_lowercase() != first => (first, rest),
            _ => (DEFAULT_DOMAIN, image),
        },
        None => (DEFAULT_DOMAIN, image),
    };
    let is_official = domain == DEFAULT_DOMAIN && !rest.contains('/');
    (domain, if is_official { format!("library/{rest}") } else { rest.to_owned() })
}

fn parse_full(text: &str) -> Result<ImageReference, String> {
    let wrong_format =
        || if is_reference(&text.to_lowercase()) { "repository name must be lowercase" } else { "invalid reference format" };
    let Some((name, tag, digest)) = split_reference(text) else { return Err(wrong_format().to_owned()) };
    let path = match name.split_once('/') {
        Some((domain, path)) if is_domain(domain) && is_path(path) => path,
        Some(_) | None => name,
    };
    if path.len() > MAX_PATH_BYTES {
        return Err(format!("repository name must not be more than {MAX_PATH_BYTES} characters"));
    }
    if let Some(error) = digest.and_then(digest_error) {
        return Err(error.to_owned());
    }
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    Ok(ImageReference { repository: name.to_owned(), tag: text(tag), digest: text(digest) })
}

fn is_reference(text: &str) -> bool {
    split_reference(text).is_some()
}

/// Name, tag and digest, where the text has the form of a reference.
fn split_reference(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let (tagged, digest) = text.split_once('@').map_or((text, None), |(tagged, digest)| (tagged, Some(digest)));
    let last = tagged.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match tagged[last..].find(':') {
        Some(colon) => (&tagged[..last + colon], Some(&tagged[last + colon + 1..])),
        None => (tagged, None),
    };
    let has_domain = name.split_once('/').is_some_and(|(domain, path)| is_domain(domain) && is_path(path));
    let is_valid = (has_domain || is_path(name)) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    is_valid.then_some((name, tag, digest))
}

/// Lower-case components between slashes.
fn is_path(path: &str) -> bool {
    path.split('/').all(is_path_component)
}

/// Letters and digits with single separators inside: a point, one or two underscores, or any number of hyphens.
fn is_path_component(component: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut rest = component.as_bytes();
    loop {
        let word = rest.iter().take_while(|&&byte| alphanumeric(byte)).count();
        if word == 0 {
            return false;
        }
        rest = &rest[word..];
        let separator = rest.iter().take_while(|&&byte| !alphanumeric(byte)).count();
        let is_separator = match &rest[..separator] {
            [] => return rest.is_empty(),
            [b'.' | b'_'] | [b'_', b'_'] => true,
            hyphens => hyphens.iter().all(|&byte| byte == b'-'),
        };
        if !is_separator {
            return false;
        }
        rest = &rest[separator..];
    }
}

/// A host name or an address between brackets, with a port or without.
fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.is_empty() || !address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') {
                return false;
            }
            return port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        }
        None => domain.split_once(':').map_or((domain, None), |(host, port)| (host, Some(port))),
    };
    let is_label = |label: &str| {
        let (Some(first), Some(last)) = (label.bytes().next(), label.bytes().last()) else { return false };
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() && label.bytes().all(inner)
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.bytes().next().is_some_and(word) && tag.len() <= 128 && tag.bytes().all(|byte| word(byte) || b".-".contains(&byte))
}

/// An algorithm of words between separators, and at least 32 hexadecimal digits.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, digits)) = digest.split_once(':') else { return false };
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(is_word)
        && digits.len() >= 32
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest_error(digest: &str) -> Option<&'static str> {
    let (algorithm, digits) = digest.split_once(':')?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ if algorithm.bytes().any(|byte| byte.is_ascii_uppercase()) => return Some("invalid checksum digest format"),
        _ => return Some("unsupported digest algorithm"),
    };
    if digits.len() != length {
        return Some("invalid checksum digest length");
    }
    digits.bytes().any(|byte| byte.is_ascii_uppercase()).then_some("invalid checksum digest format")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(image: &str) -> String {
        let error = ImageReference::parse(image).unwrap_err().to_string();
        error.split_once("\": ").unwrap().1.to_owned()
    }

    #[test]
    fn digests_are_checked_by_their_algorithm() {
        let digits = "0123456789abcdef".repeat(4);
        assert!(ImageReference::parse(&format!("nginx@sha256:{digits}")).is_ok());
        assert_eq!(error(&format!("nginx@sha512:{digits}")), "invalid checksum digest length");
        assert_eq!(error(&format!("nginx:1@sha256:{}", digits.to_uppercase())), "invalid checksum digest format");
        assert_eq!(error(&format!("nginx:1@SHA256:{digits}")), "invalid checksum digest format");
        assert_eq!(error(&format!("nginx@md5:{digits}")), "unsupported digest algorithm");
    }

    #[test]
    fn a_reference_is_shown_in_full() {
        let image = ImageReference::parse("registry:5000/team/app:v1").unwrap();
        assert_eq!((image.registry(), image.path()), ("registry:5000", "team/app"));
        assert_eq!(ImageReference::parse("user/app").unwrap().to_string(), "docker.io/user/app:latest");
    }
}
