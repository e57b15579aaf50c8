//! What the API server says of objects that no recording has, by its source.

mod decoding;
mod jobs;
mod metadata;
mod others;
mod pods;
mod status;
mod storage;
mod updates;
mod volumes;
mod warnings;
mod yaml;

use podlapse_manifest::{default_object, prepare_for_create, submit, validate};
use podlapse_model::Object;

/// The one object of a text, as the server has it before it looks at its fields.
fn object(text: &str) -> Object {
    let mut object = submit(text).entries.remove(0).outcome.expect("the text is an object of the API");
    default_object(&mut object);
    prepare_for_create(
        &mut object,
        &"11111111-2222-3333-4444-555555555555".into(),
        "2026-06-15T12:00:00Z".parse().expect("it is a time"),
    );
    object
}

fn pod(spec: &str, container: &str) -> Object {
    let (spec, container) = (spec.replace('\n', "\n  "), container.replace('\n', "\n    "));
    object(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  {spec}\n  containers:\n  - name: app\n    image: nginx\n    {container}\n"
    ))
}

fn errors(object: &Object) -> Vec<String> {
    validate(object).iter().map(ToString::to_string).collect()
}

/// What is wrong with an object as it is sent.
#[track_caller]
fn errors_of(text: &str) -> Vec<String> {
    let mut object = submit(text).entries.remove(0).outcome.expect("it decodes");
    default_object(&mut object);
    prepare_for_create(&mut object, &"uid-1".into(), jiff::Timestamp::UNIX_EPOCH);
    validate(&object).iter().map(ToString::to_string).collect()
}

fn pod_errors(spec: &str) -> Vec<String> {
    errors_of(&format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: default}}\nspec:\n{spec}"))
}
