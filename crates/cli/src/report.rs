//! What a command leaves behind.

use podlapse_kubectl::Piece;

/// Something was asked for that cannot be: a missing file, a text that is no manifest, a wrong argument.
pub(crate) const BAD_INPUT: u8 = 2;
/// The run did not come out as was asked for.
pub(crate) const NOT_REACHED: u8 = 1;

/// What is printed, and the exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What follows in turns on both.
    pub(crate) rest: Vec<Piece>,
    pub(crate) exit: u8,
}

/// The lines that say why nothing could be done. They go to standard error, and the exit code is [`BAD_INPUT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl From<Failure> for Report {
    fn from(failure: Failure) -> Report {
        Report { stderr: failure.0, exit: BAD_INPUT, ..Report::default() }
    }
}
