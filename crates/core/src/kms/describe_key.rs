//! `DescribeKey`: a key's metadata, in every state. Asked for a predefined alias of an AWS service
//! that has no key yet, it makes the AWS managed key (KMS API reference, `DescribeKey`).

use super::key_name::{self, Forms, NamedKey};
use super::parameters::{record_on_key, required, shown};
use super::{aws_managed, grant_token, metadata};
use crate::chain::{
    Authorized, Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, Turn,
};
use claviger_model::kms::{DescribeKeyRequest, DescribeKeyResponse};
use claviger_model::{KMS, Service};
use claviger_types::AliasArn;
use std::sync::Arc;

/// Shows a key's metadata.
pub struct DescribeKey;

/// The key that DescribeKey is about.
pub enum Described {
    /// One that is there.
    Known(NamedKey),
    /// The AWS managed key that is to be made.
    Unmade(NamedKey),
}

impl Described {
    fn named(&self) -> &NamedKey {
        match self {
            Self::Known(named) | Self::Unmade(named) => named,
        }
    }
}

impl Op for DescribeKey {
    type Input = DescribeKeyRequest;
    type Output = DescribeKeyResponse;
    type Resolved = Described;
    const SERVICE: &'static Service = KMS;
    const NAME: &'static str = "DescribeKey";
    const READ_ONLY: bool = true;

    fn resolve(request: &Request<Self>, turn: &Turn<'_>) -> Result<Described, ServiceError> {
        grant_token::check(request.input.grant_tokens.as_deref(), turn)?;
        let name: &str = required(&request.input.key_id, "keyId")?;
        if let Some((key, alias)) = aws_managed::unmade(name, request, turn)? {
            return Ok(Described::Unmade(NamedKey {
                key: Arc::new(key),
                alias: Some(alias),
            }));
        }
        let (caller, meta) = (&request.caller, &request.meta);
        let forms = Forms::KeyOrAlias;
        key_name::find(name, forms, "kms:DescribeKey", caller, meta, turn).map(Described::Known)
    }

    fn demands(
        _: &Request<Self>,
        described: &Described,
        _: &Turn<'_>,
    ) -> Result<Vec<Demand>, ServiceError> {
        let NamedKey { key, alias } = described.named();
        let demand =
            Demand::new("kms:DescribeKey", Target::Key(Arc::clone(key))).by_alias(alias.as_ref());
        Ok(vec![match (described, alias) {
            // A refusal must not name a key that is not made then.
            (Described::Unmade(_), Some(alias)) => demand
                .shown_as(AliasArn::new(key.arn.region(), key.arn.account(), alias).to_string()),
            _ => demand,
        }])
    }

    fn perform(
        authorized: &Authorized<Self>,
        turn: &mut Turn<'_>,
    ) -> Result<DescribeKeyResponse, Interrupt> {
        let described = authorized.resolved();
        let NamedKey { key, alias } = described.named();
        let shown = match (described, alias) {
            (Described::Unmade(_), Some(alias)) => {
                metadata::of(&aws_managed::make(key, alias, turn)?)
            }
            _ => metadata::of(key),
        };
        Ok(DescribeKeyResponse {
            key_metadata: Some(shown),
        })
    }

    fn record(
        request: &Request<Self>,
        described: Option<&Described>,
        output: Option<&DescribeKeyResponse>,
    ) -> RecordParts {
        let there = described.filter(|d| matches!(d, Described::Known(_)) || output.is_some());
        record_on_key(shown(request), there.map(|d| d.named().key.as_ref()))
    }
}
