//! What becomes of old files in an archive: they stay, unless its owner has said for how long files
//! are kept.

use crate::accounts::{Accounts, Trail};
use crate::target::{Target, TargetError};
use claviger_trail::archive::ObjectName;
use claviger_types::Timestamp;

/// Names that are looked at a time.
const PAGE: usize = 1000;

/// Takes away the trail's log files and digests from before a moment, and says how many there were.
/// Whatever else lies in the archive stays.
///
/// # Errors
/// When the archive cannot be used; what was taken away until then is gone.
pub async fn expire(
    target: &dyn Target,
    trail: &Trail,
    accounts: &Accounts,
    before: Timestamp,
) -> Result<u64, TargetError> {
    let mut gone = 0;
    for account in accounts.members.iter().chain(&accounts.standalone) {
        let Some(place) = trail.place(accounts, *account) else {
            continue;
        };
        for prefix in [place.log_prefix(*account), place.digest_prefix(*account)] {
            let mut after = String::new();
            loop {
                let page = target.list(prefix.clone(), after, PAGE).await?;
                let Some(last) = page.last() else {
                    break;
                };
                after = last.name.clone();
                for object in &page {
                    let time = match place.parse(&object.name) {
                        Some(ObjectName::LogFile(name)) => name.time,
                        Some(ObjectName::Digest(name)) => name.end,
                        None => continue,
                    };
                    if time < before {
                        target.remove(object.name.clone()).await?;
                        gone += 1;
                    }
                }
            }
        }
    }
    Ok(gone)
}
