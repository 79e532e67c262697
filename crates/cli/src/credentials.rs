//! The access keys of a development service, in the format of the AWS tools' shared credentials
//! file, so that `AWS_SHARED_CREDENTIALS_FILE` can name it. Reads only what it writes.

use claviger_types::Secret;
use std::fmt::Write as _;
use zeroize::Zeroize as _;

/// An access key under the name of its profile.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The name.
    pub(crate) name: String,
    /// The access key id.
    pub(crate) access_key_id: String,
    /// The secret access key.
    pub(crate) secret_access_key: Secret<String>,
}

/// The text of a credentials file.
pub(crate) fn write(profiles: &[Profile]) -> Secret<String> {
    let mut text = String::with_capacity(1024);
    text.push_str("# Written by claviger up. Whoever has these acts in the development service.\n");
    for profile in profiles {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            profile.name,
            profile.access_key_id,
            profile.secret_access_key.expose()
        );
    }
    Secret::new(text)
}

/// Reads a credentials file.
///
/// # Errors
/// What is wrong, and in which line.
pub(crate) fn read(text: &str) -> Result<Vec<Profile>, String> {
    let mut profiles = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            profiles.push(Profile {
                name: name.to_owned(),
                access_key_id: String::new(),
                secret_access_key: Secret::new(String::new()),
            });
            continue;
        }
        let (Some(profile), Some((name, value))) = (profiles.last_mut(), line.split_once('='))
        else {
            return Err(format!(
                "line {number} is neither a [profile] nor a setting of one"
            ));
        };
        match name.trim() {
            "aws_access_key_id" => value.trim().clone_into(&mut profile.access_key_id),
            "aws_secret_access_key" => {
                let secret = profile.secret_access_key.expose_mut();
                secret.zeroize();
                secret.push_str(value.trim());
            }
            other => return Err(format!("line {number} has the unknown setting '{other}'")),
        }
    }
    match profiles
        .iter()
        .find(|p| p.access_key_id.is_empty() || p.secret_access_key.expose().is_empty())
    {
        Some(half) => Err(format!("the profile '{}' is not whole", half.name)),
        None => Ok(profiles),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str, secret: &str) -> Profile {
        Profile {
            name: name.to_owned(),
            access_key_id: format!("AKIA{name}"),
            secret_access_key: Secret::new(secret.to_owned()),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written = write(&[profile("default", "a/b+c="), profile("outsider", "==")]);
        let read = read(written.expose()).unwrap();
        let all: Vec<_> = read
            .iter()
            .map(|p| {
                (
                    p.name.as_str(),
                    p.access_key_id.as_str(),
                    p.secret_access_key.expose().as_str(),
                )
            })
            .collect();
        assert_eq!(
            all,
            [
                ("default", "AKIAdefault", "a/b+c="),
                ("outsider", "AKIAoutsider", "==")
            ]
        );
    }

    #[test]
    fn anything_else_is_refused_by_its_line() {
        for (text, problem) in [
            (
                "aws_access_key_id = x",
                "line 1 is neither a [profile] nor a setting of one",
            ),
            (
                "[a]\nnonsense",
                "line 2 is neither a [profile] nor a setting of one",
            ),
            ("[a]\nregion = x", "line 2 has the unknown setting 'region'"),
            ("[a]\naws_access_key_id = x", "the profile 'a' is not whole"),
        ] {
            assert_eq!(read(text).unwrap_err(), problem);
        }
    }
}
