//! `functions/quantities`: reading, arithmetic and sums of quantities.

use std::cmp::Ordering;

use podlapse_model::Quantity;
use serde_json::{Value, json};

use crate::{Input, Lines, LinesTopic};

pub(super) fn topic() -> LinesTopic {
    LinesTopic::new(
        "functions/quantities",
        vec![
            Lines::new("parse.jsonl", &["in"], parse),
            Lines::new("json_unmarshal.jsonl", &["json"], json_unmarshal),
            Lines::new("arith.jsonl", &["a", "b"], arith),
            Lines::new("sum.jsonl", &["in"], sum),
        ],
    )
}

fn parse(input: &Input<'_>) -> Result<Value, String> {
    let quantity = match Quantity::parse(input.text("in")) {
        Ok(quantity) => quantity,
        Err(error) => return Ok(json!({"error": error.to_string()})),
    };
    let mut output = json!({
        "canonical": quantity.to_string(),
        "format": quantity.format().name(),
        "value": quantity.value(),
        "milliValue": quantity.milli_value(),
        "sign": quantity.signum(),
        "isZero": quantity.is_zero(),
        "dec": quantity.to_decimal_text(),
        "float": quantity.as_approximate_f64(),
        "json": json!(quantity.to_string()).to_string(),
    });
    if let Some(value) = quantity.as_i64() {
        output["int64"] = value.into();
    }
    Ok(output)
}

fn json_unmarshal(input: &Input<'_>) -> Result<Value, String> {
    Ok(match Quantity::from_json(input.text("json")) {
        Ok(quantity) => json!({"out": json!(quantity.to_string()).to_string()}),
        Err(error) => json!({"error": error.to_string()}),
    })
}

fn read(text: &str) -> Result<Quantity, String> {
    Quantity::parse(text).map_err(|error| format!("{text}: {error}"))
}

fn arith(input: &Input<'_>) -> Result<Value, String> {
    let (a, b) = (read(input.text("a"))?, read(input.text("b"))?);
    let (mut sum, mut difference) = (a.clone(), a.clone());
    sum += &b;
    difference -= &b;
    let order = match a.cmp(&b) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    Ok(json!({
        "add": sum.to_string(),
        "addFormat": sum.format().name(),
        "sub": difference.to_string(),
        "cmp": order,
        "equal": a == b,
    }))
}

fn sum(input: &Input<'_>) -> Result<Value, String> {
    let mut sum = Quantity::ZERO;
    for term in input.get("in").as_array().into_iter().flatten() {
        sum += &read(term.as_str().unwrap_or_default())?;
    }
    Ok(json!({"sum": sum.to_string(), "value": sum.value(), "milliValue": sum.milli_value()}))
}
