//! The generated modules, one for each service. `cargo xtask generate` writes them; this file is
//! written by hand and holds nothing but their lints.
#![allow(
    missing_docs,
    reason = "names are AWS's own; its documentation texts are not carried over"
)]

pub mod cloudtrail;
pub mod iam;
pub mod identitystore;
pub mod kms;
pub mod organizations;
pub mod sso_admin;
pub mod sts;
