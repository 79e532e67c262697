//! Connections to AWS, or to what speaks its APIs, as the AWS CLI makes them: the standard chain of
//! credentials and settings, and the options that override it.

use crate::exit::Failure;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use clap::Args;
use claviger_types::RegionName;
use std::fmt::Display;

/// How to reach AWS.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsOptions {
    /// The endpoint of every AWS service asked, instead of AWS's own.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The profile of the AWS tools' configuration to use.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The Region to ask in.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<RegionName>,
}

impl AwsOptions {
    /// The configuration of SDK clients.
    pub(crate) async fn load(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.as_str().to_owned()));
        }
        loader.load().await
    }
}

/// A call to AWS that brought nothing.
pub(crate) fn refused(call: &str, error: impl Display) -> Failure {
    Failure::new(format_args!("{call}: {error}"))
        .next("see that credentials, Region and endpoint are right; --profile, --region and --endpoint-url set them")
}
