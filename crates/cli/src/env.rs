//! `claviger env`: the settings that point AWS tools at a running development service.

use crate::arguments::Env;
use crate::credentials::Profile;
use crate::directory::{Directory, RunningService};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, shell_quoted};
use std::collections::BTreeMap;

/// Settings of other installations that would get in the way.
const UNSET: &str = "unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE \
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_ENDPOINT_URL_KMS AWS_ENDPOINT_URL_STS AWS_ENDPOINT_URL_IAM \
    AWS_ENDPOINT_URL_SSO_ADMIN AWS_ENDPOINT_URL_IDENTITYSTORE\n";

/// No proxy leads to this machine; what the caller excludes stays excluded.
const NO_PROXY: &str = "export NO_PROXY=\"127.0.0.1,::1,localhost${NO_PROXY:+,$NO_PROXY}\"\n\
                        export no_proxy=\"$NO_PROXY\"\n";

pub(crate) fn run(arguments: &Env, format: Format) -> Result<Done, Failure> {
    let directory = Directory::new(&arguments.place.dir);
    let service = directory.running_service()?;
    let profile = find(&directory, &arguments.profile)?;
    let mut settings = settings(&service, &profile);
    if service.tls {
        let ca = directory.authority_path()?;
        settings.insert("AWS_CA_BUNDLE", ca.to_string_lossy().into_owned());
    }
    match format {
        Format::Json => print_json(&settings)?,
        Format::Table => print(&exports(&settings))?,
    }
    Ok(Done::Clean)
}

fn find(directory: &Directory, name: &str) -> Result<Profile, Failure> {
    let profiles = directory.credentials()?.unwrap_or_default();
    let names: Vec<_> = profiles.iter().map(|p| p.name.clone()).collect();
    profiles
        .into_iter()
        .find(|p| p.name == name)
        .ok_or_else(|| {
            Failure::wrong_use(format_args!("there is no profile '{name}'"))
                .next(format_args!("take one of: {}", names.join(", ")))
        })
}

/// Both names of the Region: the SDKs read the first, the AWS CLI and boto3 the second.
fn settings(service: &RunningService, profile: &Profile) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("AWS_ENDPOINT_URL", service.endpoint()),
        ("AWS_ACCESS_KEY_ID", profile.access_key_id.clone()),
        (
            "AWS_SECRET_ACCESS_KEY",
            profile.secret_access_key.expose().clone(),
        ),
        ("AWS_REGION", service.region.clone()),
        ("AWS_DEFAULT_REGION", service.region.clone()),
    ])
}

fn exports(settings: &BTreeMap<&'static str, String>) -> String {
    let mut text = UNSET.to_owned();
    for (name, value) in settings {
        text.push_str(&format!("export {name}={}\n", shell_quoted(value)));
    }
    text.push_str(NO_PROXY);
    text
}
