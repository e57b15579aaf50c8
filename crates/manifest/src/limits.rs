//! Limits of our own on what is read, so that no text can exhaust time or memory.
//!
//! Kubernetes has limits too (3 MiB for a request, 1.5 MiB in etcd), all of them above what a manifest needs.

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting of collections in a document. A Pod template in a CronJob nests about 20 deep.
pub const MAX_DEPTH: usize = 100;
/// The most values that one document may hold once its aliases are expanded.
pub const MAX_NODES: usize = 200_000;

pub(crate) fn too_long(bytes: usize) -> String {
    format!("the text is {bytes} bytes long; at most {MAX_BYTES} are read")
}

pub(crate) fn too_deep() -> String {
    format!("the document nests more than {MAX_DEPTH} levels deep")
}

pub(crate) fn too_many_nodes() -> String {
    format!("the document holds more than {MAX_NODES} values once its aliases are expanded")
}
