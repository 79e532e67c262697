//! Timestamps in shapes: epoch seconds, as AWS JSON 1.1 writes them.

use claviger_types::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// A moment in seconds since 1970-01-01T00:00:00Z, with a fraction where there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub f64);

impl From<Timestamp> for Epoch {
    fn from(moment: Timestamp) -> Self {
        Self(moment.as_json_seconds())
    }
}

/// To the nearest millisecond; what no timestamp can hold becomes the nearest end of time.
impl From<Epoch> for Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, which is what is wanted"
    )]
    fn from(epoch: Epoch) -> Self {
        Self::from_millis((epoch.0 * 1000.0).round() as i64)
    }
}

/// Whole seconds are written without a fraction.
impl Serialize for Epoch {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "guarded: only whole numbers far inside the range are cast"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}
