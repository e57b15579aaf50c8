//! What an object's metadata say.

use crate::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use crate::{Object, Uid, Unmodelled};

/// What has metadata. A name that is not given reads as empty, as in Go.
pub trait Metadata {
    /// Its metadata.
    fn metadata(&self) -> &ObjectMeta;

    /// Its name.
    ///
    /// ```
    /// use podlapse_model::Metadata;
    /// use podlapse_model::api::core::v1::Pod;
    /// let mut pod = Pod::default();
    /// assert_eq!(pod.name(), "");
    /// pod.metadata.name = Some("web".to_owned());
    /// assert_eq!(pod.name(), "web");
    /// ```
    fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// Its namespace; empty where objects of its kind have none.
    fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or_default()
    }

    /// Its uid; empty before the API server gave it one.
    fn uid(&self) -> Uid {
        self.metadata().uid.as_deref().unwrap_or_default().into()
    }

    /// The value of an annotation.
    fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata().annotations.as_ref()?.get(key).map(String::as_str)
    }

    /// The value of a label.
    fn label(&self, key: &str) -> Option<&str> {
        self.metadata().labels.as_ref()?.get(key).map(String::as_str)
    }
}

impl Metadata for ObjectMeta {
    fn metadata(&self) -> &ObjectMeta {
        self
    }
}

impl Metadata for Unmodelled {
    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }
}

impl Metadata for Object {
    fn metadata(&self) -> &ObjectMeta {
        Object::metadata(self)
    }
}
