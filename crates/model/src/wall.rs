//! Moments of the calendar in words.

use jiff::Timestamp;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment as Go's `time.RFC1123Z` writes it, in UTC.
///
/// ```
/// let at = "2026-01-02T03:04:05Z".parse()?;
/// assert_eq!(podlapse_model::rfc1123(at), "Fri, 02 Jan 2026 03:04:05 +0000");
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn rfc1123(at: Timestamp) -> String {
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    let day = DAYS[at.weekday().to_monday_zero_offset() as usize % 7];
    let month = MONTHS[(at.month() - 1) as usize % 12];
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{day}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} +0000", at.day(), at.year())
}
