//! Durations as Go prints them.
//!
//! Models Go's `time.Duration.String`: hours, minutes and seconds with a fraction as short as it can be; below one second the unit
//! shrinks to `ms`, `µs` or `ns`.

use podlapse_model::SimDuration;

/// The text of a duration, as in `1m20s`, `2.345s`, `10ms`.
pub fn go_duration(span: SimDuration) -> String {
    let ns = span.as_nanos();
    match ns {
        0 => "0s".to_owned(),
        1..1_000 => format!("{ns}ns"),
        1_000..1_000_000 => format!("{}µs", with_fraction(ns, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", with_fraction(ns, 1_000_000)),
        1_000_000_000.. => {
            let minutes = ns / 60_000_000_000;
            let seconds = with_fraction(ns % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

fn with_fraction(ns: u64, unit: u64) -> String {
    let whole = ns / unit;
    match ns % unit {
        0 => whole.to_string(),
        rest => {
            let digits = unit.ilog10() as usize;
            let fraction = format!("{rest:0digits$}");
            format!("{whole}.{}", fraction.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_follows_the_size() {
        let texts = [0, 17, 1_500, 2_000_000, 10_500_000, 1_000_000_000, 80_000_000_000, 300_000_000_000, 3_723_004_000_000]
            .map(|ns| go_duration(SimDuration::from_nanos(ns)));
        assert_eq!(texts, ["0s", "17ns", "1.5µs", "2ms", "10.5ms", "1s", "1m20s", "5m0s", "1h2m3.004s"]);
    }
}
