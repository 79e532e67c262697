//! Slips in a case that make its answer worthless: a permission or condition key that does not exist
//! matches no policy, and a test that expects a denial is then green whatever the policies say. It
//! changes no decision.

use super::Case;
use crate::lint::kms;

/// Something in a case that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// What it is, and what is near it.
    pub what: String,
    /// Whether it cannot be meant. AWS adds condition keys faster than this program learns them, so
    /// that a name unlike all others may be right.
    pub certain: bool,
}

impl Case {
    /// The slips of the case.
    #[must_use]
    pub fn slips(&self) -> Vec<Slip> {
        let certain = |what: String| Slip {
            what,
            certain: true,
        };
        let mut slips = Vec::new();
        slips.extend(self.slip_in_action().map(certain));
        slips.extend(self.slip_in_resource().map(certain));
        for (name, _) in &self.context {
            let Some(near) = kms::unknown_key(name) else {
                continue;
            };
            slips.push(match near {
                Some(near) => certain(format!(
                    "'{name}' is no condition key; the nearest is {near}"
                )),
                None => Slip {
                    what: format!("'{name}' is no condition key that this version knows"),
                    certain: false,
                },
            });
        }
        slips
    }

    fn slip_in_action(&self) -> Option<String> {
        let (service, name) = self.action.split_once(':').unwrap_or(("", &self.action));
        if name.is_empty() || service.is_empty() {
            let near = kms::unknown_permission(name).unwrap_or_else(|| Some(format!("kms:{name}")));
            let near = near.map_or_else(String::new, |near| format!("; {near} perhaps"));
            return Some(format!(
                "'{}' is no permission: it is a service, a colon and a name{near}",
                self.action
            ));
        }
        if !service.eq_ignore_ascii_case("kms") {
            return None;
        }
        if name.eq_ignore_ascii_case("ReEncrypt") {
            return Some(
                "'kms:ReEncrypt' is no permission: the operation needs kms:ReEncryptFrom and kms:ReEncryptTo"
                    .to_owned(),
            );
        }
        let near = kms::unknown_permission(name)?;
        let near = near.map_or_else(String::new, |near| format!("; the nearest is {near}"));
        Some(format!("KMS has no permission '{}'{near}", self.action))
    }

    /// What is decided on a key is never decided on an alias (`POL-E5`).
    fn slip_in_resource(&self) -> Option<String> {
        let (_, name) = self.action.split_once(':')?;
        let resource = self.resource.splitn(6, ':').nth(5)?;
        let is_kms = super::context::is_kms(&self.action);
        (is_kms && resource.starts_with("alias/") && !kms::is_on_alias(name)).then(|| {
            format!(
                "{} is decided on the key, never on an alias: put the key's ARN for '{}'",
                self.action, self.resource
            )
        })
    }
}
