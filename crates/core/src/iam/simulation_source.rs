//! The identity whose policies a request asks about by ARN, and the condition keys of policies:
//! `GetContextKeysForCustomPolicy`, `GetContextKeysForPrincipalPolicy`. Source: IAM API Reference.

use super::account::demand;
use super::entity::{account_of, required};
use super::managed::split;
use super::operation::operation;
use super::simulation_input::{Source, given, invalid};
use crate::caller::Caller;
use crate::chain::{Demand, ServiceError, Target, Turn};
use crate::state::{IdentityKind, entity_place};
use claviger_model::iam::error::NO_SUCH_ENTITY_EXCEPTION;
use claviger_model::iam::{
    GetContextKeysForCustomPolicyRequest, GetContextKeysForPolicyResponse,
    GetContextKeysForPrincipalPolicyRequest,
};
use claviger_policy::{Kind, Policy};
use claviger_types::{AccountId, Arn};

/// What the ARN of a user, group or role in a request stands for.
pub(crate) struct NamedSource {
    /// The caller's account.
    pub(super) account: AccountId,
    arn: Arn,
    kind: &'static str,
    found: Option<Source>,
}

impl NamedSource {
    /// What an ARN stands for in the caller's account.
    ///
    /// # Errors
    /// `InvalidInput` when it is not the ARN of a user, group or role.
    pub(super) fn find(
        caller: &Caller,
        arn: Option<&String>,
        turn: &Turn<'_>,
    ) -> Result<Self, ServiceError> {
        let account = account_of(caller)?;
        let text = required(arn, "policySourceArn")?;
        let unclear = || {
            invalid(format!(
                "Invalid Entity Arn: {text} does not clearly define entity type and name."
            ))
        };
        let arn: Arn = text.parse().map_err(|_| unclear())?;
        let kinds = [
            ("user", IdentityKind::User),
            ("group", IdentityKind::Group),
            ("role", IdentityKind::Role),
        ];
        let named = kinds.into_iter().find_map(|(word, kind)| {
            let (_, name) = split(arn.resource().strip_prefix(word)?)?;
            (arn.service() == "iam" && !name.is_empty()).then_some((word, kind, name))
        });
        let (word, kind, name) = named.ok_or_else(unclear)?;
        let found = Source::find(kind, &entity_place(account, name), turn.view());
        Ok(Self {
            account,
            found: found.filter(|source| source.arn() == text),
            kind: word,
            arn,
        })
    }

    /// The identity.
    ///
    /// # Errors
    /// `NoSuchEntity` when there is none.
    pub(super) fn existing(&self) -> Result<&Source, ServiceError> {
        self.found.as_ref().ok_or_else(|| {
            let name = split(self.arn.resource()).map_or("", |(_, name)| name);
            ServiceError::new(
                &NO_SUCH_ENTITY_EXCEPTION,
                format!("The {} with name {name} cannot be found.", self.kind),
            )
        })
    }

    /// A demand on it.
    pub(super) fn demand(&self, action: &'static str) -> Demand {
        let target = Target::Arn {
            arn: self.arn.to_string(),
            account: self.account,
        };
        Demand::new(action, target)
    }
}

/// Each key once, in the order of the policies, as it is written first.
fn keys(policies: &[Policy]) -> GetContextKeysForPolicyResponse {
    let mut names: Vec<String> = Vec::new();
    for name in policies.iter().flat_map(|p| p.document().context_keys()) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    }
    GetContextKeysForPolicyResponse {
        context_key_names: Some(names),
    }
}

operation! {
    /// Lists the condition keys that policies of the request ask for.
    GetContextKeysForCustomPolicy(GetContextKeysForCustomPolicyRequest)
        -> GetContextKeysForPolicyResponse, Read, on AccountId;
    resolve: |request, _| account_of(&request.caller);
    demands: |_, _| vec![demand("iam:GetContextKeysForCustomPolicy")];
    perform: |input, _, _| {
        let policies = input.policy_input_list.as_ref();
        Ok(keys(&given("PolicyInputList", policies, Kind::Identity)?))
    };
}

operation! {
    /// Lists the condition keys that the policies of a user, group or role ask for.
    GetContextKeysForPrincipalPolicy(GetContextKeysForPrincipalPolicyRequest)
        -> GetContextKeysForPolicyResponse, Read, on NamedSource;
    resolve: |request, turn| {
        NamedSource::find(&request.caller, request.input.policy_source_arn.as_ref(), turn)
    };
    demands: |_, named| vec![named.demand("iam:GetContextKeysForPrincipalPolicy")];
    perform: |input, named, turn| {
        let mut policies = named.existing()?.identity(turn.view())?;
        let further = input.policy_input_list.as_ref();
        policies.extend(given("PolicyInputList", further, Kind::Identity)?);
        Ok(keys(&policies))
    };
}
