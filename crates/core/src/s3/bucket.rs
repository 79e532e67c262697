//! The bucket that a request names: whose it is, what must be allowed on it, whether it is there. It
//! belongs to the management account, or to the first account where there is no organisation.

use super::{S3, error};
use crate::chain::{
    Demand, Interrupt, Op, RecordParts, Request, ServiceError, Target, TrailAnswer, TrailQuestion,
    Turn,
};
use crate::state::Account;
use claviger_trail::{Json, Resource};
use claviger_types::AccountId;
use serde_json::{Map, Value};

/// A bucket by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    name: String,
    owner: AccountId,
}

impl Bucket {
    /// The bucket of a name, for an action. It has no policy of its own, so it lets nobody of another
    /// account in, whatever identity policies there say (IAM User Guide, "Cross-account policy
    /// evaluation logic").
    pub(super) fn named<O: Op>(
        name: &str,
        key: Option<&str>,
        action: &'static str,
        request: &Request<O>,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let bucket = Self::of(name, turn)?;
        if request.caller.account() == Some(bucket.owner) {
            return Ok(bucket);
        }
        let arn = key.map_or_else(|| bucket.arn(), |key| format!("{}/{key}", bucket.arn()));
        let text = format!(
            "User: {} is not authorized to perform: {action} on resource: {arn} because no \
             resource-based policy allows the {action} action",
            request.caller.arn()
        );
        Err(ServiceError::access_denied(S3, text))
    }

    fn of(name: &str, turn: &Turn<'_>) -> Result<Self, ServiceError> {
        let view = turn.view();
        let manager = view.installation().and_then(|i| i.management_account);
        let first = || view.all::<Account>().next().map(|account| account.id);
        Ok(Self {
            name: name.to_owned(),
            owner: manager.or_else(first).ok_or_else(error::no_such_bucket)?,
        })
    }

    fn arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.name)
    }

    pub(super) fn demand(&self, action: &'static str) -> Demand {
        self.on(action, self.arn())
    }

    pub(super) fn demand_on(&self, action: &'static str, key: &str) -> Demand {
        self.on(action, format!("{}/{key}", self.arn()))
    }

    fn on(&self, action: &'static str, arn: String) -> Demand {
        let account = self.owner;
        Demand::new(action, Target::Arn { arn, account })
    }

    /// The bucket must be the trail's.
    pub(super) fn is_there(&self, turn: &Turn<'_>) -> Result<(), Interrupt> {
        match turn.ask_trail(TrailQuestion::Delivery)? {
            TrailAnswer::Delivery(Some(delivery)) if delivery.bucket == self.name => Ok(()),
            TrailAnswer::Failed(why) => Err(error::internal(why.clone()).into()),
            _ => Err(error::no_such_bucket().into()),
        }
    }

    /// What a record shows: the request's parameters, bucket and object.
    pub(super) fn parts(
        bucket: &str,
        resolved: Option<&Self>,
        key: Option<&str>,
        others: &[(&'static str, Option<String>)],
    ) -> RecordParts {
        let mut members = Map::new();
        members.insert("bucketName".to_owned(), bucket.into());
        let key_member = ("key", key.map(str::to_owned));
        for (name, value) in [&key_member].into_iter().chain(others) {
            if let Some(value) = value {
                members.insert((*name).to_owned(), value.as_str().into());
            }
        }
        let resources = resolved.map_or_else(Vec::new, |own| {
            let resource = |kind, arn| Resource {
                account_id: own.owner,
                kind,
                arn,
            };
            let object = key.map(|key| resource("AWS::S3::Object", format!("{}/{key}", own.arn())));
            let own = resource("AWS::S3::Bucket", own.arn());
            object.into_iter().chain([own]).collect()
        });
        RecordParts {
            parameters: Some(Json::from_document(&Value::Object(members))),
            resources,
            ..RecordParts::default()
        }
    }
}
