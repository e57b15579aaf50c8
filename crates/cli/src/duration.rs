//! Spans of time as they are typed: `5m`, `1m30s`, `250ms`.

use podlapse_model::SimDuration;

/// Reads a span of whole or decimal numbers with units, as Go does.
pub(crate) fn parse_duration(text: &str) -> Result<SimDuration, String> {
    SimDuration::parse(text).map_err(|_| format!("{text:?} is no span of time such as 90s, 5m or 1h30m"))
}

/// A Pod's STATUS or the type of a condition; a span of time is none, and belongs to another flag.
pub(crate) fn parse_state(text: &str) -> Result<String, String> {
    if SimDuration::parse(text).is_ok() {
        return Err(format!("a state such as Running or Ready ends the run there; --for {text} gives its length"));
    }
    Ok(text.to_owned())
}
