//! The names by which kubectl knows kinds.
//!
//! Models what discovery tells kubectl of the resources: plural, singular, short names, group; and the categories (`all`).

use podlapse_model::{Kind, Object};

/// `pod`, `deployment.apps`: the kind in lower case with its group, as kubectl prints it before a name.
pub(crate) fn kind_name(object: &Object) -> String {
    match object {
        Object::Unmodelled(object) => {
            let kind = object.kind.to_lowercase();
            match object.api_version.split_once('/') {
                Some((group, _)) => format!("{kind}.{group}"),
                None => kind,
            }
        }
        _ => with_group(object.kind(), object.kind().singular()),
    }
}

/// A name of a kind followed by its group, as in `deployments.apps`.
pub(crate) fn with_group(kind: Kind, name: &str) -> String {
    match kind.group() {
        "" => name.to_owned(),
        group => format!("{name}.{group}"),
    }
}
