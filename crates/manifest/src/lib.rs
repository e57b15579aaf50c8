//! Kubernetes manifests read, defaulted and validated as kubectl and the API server of 1.36 do.
//!
//! [`read`] turns YAML or JSON into documents with the place of every part, [`submit`] decodes them into the objects that kubectl
//! sends and the errors that it prints, and [`scenario`] reads a whole scenario.

mod amend;
mod app_armor;
mod audit;
mod check;
mod create;
mod cron;
mod decode;
mod defaults;
mod fix;
mod go_json;
mod go_time;
mod limits;
mod not_simulated;
mod place;
mod read;
mod references;
mod rejection;
mod scenario;
mod schema;
mod served;
mod similar;
mod submit;
mod template_hash;
mod tune;
mod validate;
mod volumes;
mod warnings;
mod yaml;

use podlapse_model::go_text;

pub use amend::{Amend, amend};
pub use check::{Checked, Diagnostic, Severity};
pub use create::{
    is_counted, pod_template, prepare_for_create, prepare_for_ephemeral, prepare_for_resize, prepare_for_update,
    prepare_metadata_with_status, prepare_status,
};
pub use cron::Schedule;
pub use decode::{decoded, kept, unknown_fields, written};
pub use defaults::default_object;
pub use fix::{Fix, Remedy, TextEdit};
pub use go_time::parse_time;
pub use limits::{MAX_BYTES, MAX_DEPTH, MAX_NODES};
pub use place::{Place, Places};
pub use read::{Document, ReadError, Stream, read, read_stream, read_yaml};
pub use references::{names_api_objects, names_secrets};
pub use rejection::{Cause, Rejection, Status, kubectl_stderr};
pub use schema::{SchemaField, schema_fields};

pub use scenario::{Scenario, scenario};
pub use similar::distance;
pub use submit::aggregate;
pub use submit::{FieldValidation, Submission, Submitted, submit, submit_stream, submit_with};
pub use template_hash::template_hash;
pub use tune::{ProbeNumber, TunedProbe, probes};

pub use validate::{
    FieldError, FieldErrorKind, Subresource, Taken, invalid, invalid_scale, validate, validate_allocation, validate_fields,
    validate_status_update, validate_update,
};

pub use volumes::sources as volume_sources;

pub use yaml::NOT_UTF8;

pub use warnings::{early_warnings, update_warnings, warnings};

#[cfg(test)]
mod corpus;
