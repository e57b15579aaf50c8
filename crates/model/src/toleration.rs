//! Taints of nodes and what tolerates them.
//!
//! Models `k8s.io/component-helpers/scheduling/corev1` `TolerationsTolerateTaint`, `FindMatchingUntoleratedTaint` and
//! `k8s.io/api/core/v1` `Toleration.ToleratesTaint` (v1.36).

use k8s_openapi::api::core::v1::{Taint, Toleration};

/// Whether the operators `Lt` and `Gt` work, which are behind the gate TaintTolerationComparisonOperators, off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparisonOperators {
    /// They tolerate nothing.
    #[default]
    Off,
    /// They compare integers.
    On,
}

/// Whether a toleration tolerates a taint.
pub fn tolerates(toleration: &Toleration, taint: &Taint, comparison: ComparisonOperators) -> bool {
    let part = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted.is_empty() || wanted == found);
    if !part(&toleration.effect, &taint.effect) || !part(&toleration.key, &taint.key) {
        return false;
    }
    let (wanted, found) = (toleration.value.as_deref().unwrap_or_default(), taint.value.as_deref().unwrap_or_default());
    let compare = |holds: fn(&i64, &i64) -> bool| match (found.parse(), wanted.parse()) {
        (Ok(found), Ok(wanted)) => comparison == ComparisonOperators::On && holds(&found, &wanted),
        (Err(_), _) | (_, Err(_)) => false,
    };
    match toleration.operator.as_deref().unwrap_or_default() {
        "" | "Equal" => wanted == found,
        "Exists" => true,
        "Lt" => compare(i64::lt),
        "Gt" => compare(i64::gt),
        _ => false,
    }
}

/// The first taint that `counts` and that nothing tolerates.
///
/// ```
/// use podlapse_model::{api::core::v1::Taint, find_untolerated};
/// let taints = [Taint { key: "gpu".to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() }];
/// assert_eq!(find_untolerated(&taints, &[], |taint| taint.effect == "NoSchedule"), Some(&taints[0]));
/// ```
pub fn find_untolerated<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
    counts: impl Fn(&Taint) -> bool,
) -> Option<&'a Taint> {
    let tolerated = |taint: &Taint| tolerations.iter().any(|toleration| tolerates(toleration, taint, ComparisonOperators::Off));
    taints.iter().find(|taint| counts(taint) && !tolerated(taint))
}
