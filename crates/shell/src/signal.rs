//! Signals by number and by name.
//!
//! Models what `kill` and `trap` of busybox accept. Real-time signals have numbers, but no names.

use std::fmt;

/// A signal of Linux by its number on x86-64.
///
/// ```
/// use podlapse_shell::Signal;
/// assert_eq!(Signal::parse("SIGTERM"), Some(Signal::TERM));
/// assert_eq!(Signal::TERM.exit_code(), 143);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
    "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL", "PWR", "SYS",
];

impl Signal {
    /// Hang-up.
    pub const HUP: Signal = Signal(1);
    /// Interrupt, as from Ctrl-C.
    pub const INT: Signal = Signal(2);
    /// The signal that no process can handle.
    pub const KILL: Signal = Signal(9);
    /// A write to a pipe that nobody reads.
    pub const PIPE: Signal = Signal(13);
    /// A request to end: what a container is stopped with unless its image says otherwise.
    pub const TERM: Signal = Signal(15);
    pub(crate) const CHLD: Signal = Signal(17);
    pub(crate) const CONT: Signal = Signal(18);
    pub(crate) const STOP: Signal = Signal(19);
    pub(crate) const URG: Signal = Signal(23);
    pub(crate) const WINCH: Signal = Signal(28);

    /// The signal with `number` 1 to 64.
    pub fn from_number(number: u8) -> Option<Signal> {
        (1..=64).contains(&number).then_some(Signal(number))
    }

    /// The signal that `text` names: `TERM`, `SIGTERM`, `term` or `15`.
    pub fn parse(text: &str) -> Option<Signal> {
        if let Ok(number) = text.parse() {
            return Signal::from_number(number);
        }
        let upper = text.to_ascii_uppercase();
        let name = match upper.strip_prefix("SIG").unwrap_or(&upper) {
            "IO" => "POLL",
            name => name,
        };
        let position = NAMES.iter().position(|&known| known == name)?;
        Signal::from_number(u8::try_from(position).ok()? + 1)
    }

    /// The number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The name without `SIG`, or the number for a real-time signal.
    pub fn name(self) -> String {
        NAMES.get(usize::from(self.0) - 1).map_or_else(|| self.0.to_string(), |name| (*name).to_owned())
    }

    /// The exit code that a shell and a container runtime report for a process that this signal ended: 128 + number.
    pub fn exit_code(self) -> i32 {
        128 + i32::from(self.0)
    }

    /// Whether a process without a handler survives it.
    pub(crate) fn is_ignored_by_default(self) -> bool {
        [Signal::CHLD, Signal::CONT, Signal::URG, Signal::WINCH].contains(&self)
    }

    /// What a shell prints about a foreground command that the signal ended, if anything.
    pub(crate) fn description(self) -> Option<&'static str> {
        match self.0 {
            1 => Some("Hangup"),
            3 => Some("Quit"),
            6 => Some("Aborted"),
            9 => Some("Killed"),
            11 => Some("Segmentation fault"),
            15 => Some("Terminated"),
            _ => None,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIG{}", self.name())
    }
}
