//! A short fingerprint of a run, by which native, wasm and replay agree.

use std::fmt;

use super::Timeline;

/// 64 bits over every change of a run: when, what, and the object as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u64);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Digest {
    pub(super) fn of(timeline: &Timeline) -> Self {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        for change in timeline.changes() {
            hash.bytes(&change.revision.0.to_le_bytes());
            hash.bytes(&change.at.as_nanos().to_le_bytes());
            hash.bytes(change.key.to_string().as_bytes());
            if let Some(object) = &change.after {
                hash.bytes(object.to_json().to_string().as_bytes());
            }
        }
        Digest(hash.0)
    }
}

/// FNV-1a.
struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
