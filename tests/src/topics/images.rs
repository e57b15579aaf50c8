//! `functions/images`: references of images.

use podlapse_model::{ImageReference, default_pull_policy, with_default_tag};
use serde_json::{Value, json};

use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new("functions/images", vec![Lines::new("parse.jsonl", &["image"], parse)])
}

fn parse(input: &Input<'_>) -> Result<Value, String> {
    let image = input.text("image");
    let mut output = match ImageReference::parse(image) {
        Ok(reference) => json!({"repo": reference.repository, "tag": reference.tag, "digest": reference.digest}),
        Err(error) => json!({"error": error.to_string()}),
    };
    match with_default_tag(image) {
        Ok(complete) => output["withDefaultTag"] = complete.into(),
        Err(error) => output["applyDefaultTagError"] = error.to_string().into(),
    }
    output["defaultPullPolicy"] = default_pull_policy(image).into();
    Ok(output)
}
