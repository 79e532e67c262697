//! `claviger env`: the settings that point AWS tools at a running development service.

use crate::arguments::Env;
use crate::credentials::Profile;
use crate::directory::{Directory, RunningService};
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, shell_quoted};
use claviger_core::dispatch::SERVED;
use std::collections::BTreeMap;

/// Settings of other installations that would get in the way.
const UNSET: [&str; 4] = [
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];
/// Where AWS tools find the endpoint of whatever service has none of its own.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// No proxy leads to this machine; what the caller excludes stays excluded.
const NO_PROXY: &str = "export NO_PROXY=\"127.0.0.1,::1,localhost${NO_PROXY:+,$NO_PROXY}\"\n\
                        export no_proxy=\"$NO_PROXY\"\n";

pub(crate) fn run(arguments: &Env, format: Format) -> Result<Done, Failure> {
    let directory = Directory::new(&arguments.place.dir);
    let service = directory.running_service()?;
    let profile = find(&directory, &arguments.profile)?;
    let mut settings = settings(&service, &profile);
    if arguments.per_service {
        // Of S3 only the log archive is served here: buckets are the business of whoever has them.
        for name in endpoint_names().filter(|name| !name.ends_with("_S3")) {
            settings.insert(name, service.endpoint());
        }
    } else {
        settings.insert(ENDPOINT.to_owned(), service.endpoint());
    }
    if service.tls {
        let ca = directory.authority_path()?;
        settings.insert(
            "AWS_CA_BUNDLE".to_owned(),
            ca.to_string_lossy().into_owned(),
        );
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
            if names.is_empty() {
                return Failure::new("a production installation keeps no access keys")
                    .next("export the ones that claviger bootstrap printed, and AWS_ENDPOINT_URL");
            }
            Failure::wrong_use(format_args!("there is no profile '{name}'"))
                .next(format_args!("take one of: {}", names.join(", ")))
        })
}

/// The variables for the endpoint of each service that is served. Source: AWS SDKs and Tools
/// Reference Guide, "Service-specific endpoints".
fn endpoint_names() -> impl Iterator<Item = String> {
    let services = SERVED.iter().filter_map(|rows| rows.first());
    services.map(|row| {
        let service = row.service.id.to_uppercase().replace('-', "_");
        format!("{ENDPOINT}_{service}")
    })
}

/// Both names of the Region: the SDKs read the first, the AWS CLI and boto3 the second.
fn settings(service: &RunningService, profile: &Profile) -> BTreeMap<String, String> {
    let secret = profile.secret_access_key.expose();
    [
        ("AWS_ACCESS_KEY_ID", &profile.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", &service.region),
        ("AWS_DEFAULT_REGION", &service.region),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .collect()
}

fn exports(settings: &BTreeMap<String, String>) -> String {
    let names: Vec<String> = UNSET
        .map(str::to_owned)
        .into_iter()
        .chain(endpoint_names())
        .collect();
    let mut text = format!("unset {}\n", names.join(" "));
    for (name, value) in settings {
        text.push_str(&format!("export {name}={}\n", shell_quoted(value)));
    }
    text.push_str(NO_PROXY);
    text
}
