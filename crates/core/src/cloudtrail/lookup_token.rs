//! The token of a page of events: the place of the last one in the order of answers. It names nothing
//! that its holder could not see: a token of somebody else only skips.

use crate::chain::ServiceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_model::cloudtrail::error;
use claviger_types::Timestamp;

pub(super) fn write(time: Timestamp, id: &str) -> String {
    STANDARD.encode(format!("{}/{id}", time.millis()))
}

pub(super) fn read(token: &str) -> Result<(Timestamp, String), ServiceError> {
    let place = (|| {
        let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let (time, id) = text.split_once('/')?;
        Some((Timestamp::from_millis(time.parse().ok()?), id.to_owned()))
    })();
    place.ok_or_else(|| {
        ServiceError::new(
            &error::INVALID_NEXT_TOKEN_EXCEPTION,
            "The NextToken is not valid: give the one of the page before, with the same parameters.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let time = Timestamp::from_seconds(1_767_607_200);
        assert_eq!(
            read(&write(time, "a-b/c")).unwrap(),
            (time, "a-b/c".to_owned())
        );
        for bad in ["", "x", "eHh4", "MS8=/", "L2E="] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
