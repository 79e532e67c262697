//! The chapters of the demo.

use super::cast::{Cast, text, unexpected, workload_role};
use super::story::{Story, told};
use crate::directory::Directory;
use crate::exit::Failure;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::GrantOperation;
use claviger_core::bootstrap::{MANAGEMENT_ACCOUNT, WORKLOAD_ACCOUNT};
use claviger_server::{Node, newest_records, verify_records};
use claviger_trail::{ErrorFilter, Filter};
use serde_json::json;
use std::time::Duration;

const DENIED: &str = "AccessDeniedException";
const YEAR: Duration = Duration::from_secs(365 * 86_400);

pub(super) async fn use_and_refusal(story: &mut Story, cast: &Cast) -> Result<(), Failure> {
    story.chapter("A key, and who may use it")?;
    let blob = story.works(
        "the administrator encrypts",
        cast.encrypt(&cast.kms).await,
        |blob| format!("{} bytes of ciphertext", blob.as_ref().len()),
    )?;
    let opened = cast.decrypt(&cast.kms, &blob).await;
    story.works("and decrypts", opened, Clone::clone)?;
    story.refused(
        "a user outside the organisation does not",
        cast.decrypt(&cast.outsider, &blob).await,
        DENIED,
        "because no resource-based policy allows the kms:Decrypt action",
    )
}

pub(super) async fn encryption_context(story: &mut Story, cast: &Cast) -> Result<(), Failure> {
    story.chapter("Encryption context")?;
    let call = cast
        .kms
        .encrypt()
        .key_id(&cast.key)
        .plaintext(Blob::new("hello"));
    let sealed = told(call.encryption_context("tenant", "a").send().await);
    let sealed = story.works("encrypted for tenant a", sealed, |_| "done".to_owned())?;
    let blob = sealed.ciphertext_blob.unwrap_or_else(|| Blob::new(""));
    let decrypt = |tenant: &str| {
        let call = cast.kms.decrypt().ciphertext_blob(blob.clone());
        call.encryption_context("tenant", tenant).send()
    };
    let opened = told(decrypt("a").await).map(|reply| text(reply.plaintext));
    story.works("it opens for tenant a", opened, Clone::clone)?;
    let other = told(decrypt("b").await);
    story.refused(
        "and for nobody else",
        other,
        "InvalidCiphertextException",
        "",
    )
}

pub(super) async fn both_sides(story: &mut Story, cast: &Cast) -> Result<(), Failure> {
    story.chapter("Another account needs both sides")?;
    let workload = cast.workload(None).await?;
    story.refused(
        "an administrator of the workload account, before the key policy says so",
        cast.encrypt(&workload).await,
        DENIED,
        "because no resource-based policy allows the kms:Encrypt action",
    )?;
    put_policy(cast, &[MANAGEMENT_ACCOUNT, WORKLOAD_ACCOUNT]).await?;
    story.works(
        "the key policy lets the account in",
        cast.encrypt(&workload).await,
        |_| "encrypted".to_owned(),
    )?;
    let narrow = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}]});
    let narrowed = cast.workload(Some(&narrow.to_string())).await?;
    story.refused(
        "a session there whose own policy does not allow it",
        cast.encrypt(&narrowed).await,
        DENIED,
        "because no session policy allows the kms:Encrypt action",
    )?;
    put_policy(cast, &[MANAGEMENT_ACCOUNT]).await
}

async fn put_policy(cast: &Cast, accounts: &[&str]) -> Result<(), Failure> {
    let roots: Vec<_> = accounts
        .iter()
        .map(|a| format!("arn:aws:iam::{a}:root"))
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Accounts", "Effect": "Allow", "Principal": {"AWS": roots},
        "Action": "kms:*", "Resource": "*"}]});
    let call = cast
        .kms
        .put_key_policy()
        .key_id(&cast.key)
        .policy(policy.to_string());
    told(call.send().await).map_err(unexpected("PutKeyPolicy"))?;
    Ok(())
}

pub(super) async fn a_grant_that_ends(story: &mut Story, cast: &Cast) -> Result<(), Failure> {
    story.chapter("A grant that ends")?;
    let workload = cast.workload(None).await?;
    let call = cast
        .kms
        .create_grant()
        .key_id(&cast.key)
        .grantee_principal(workload_role());
    let grant = told(call.operations(GrantOperation::Encrypt).send().await);
    let grant = story.works("the workload's role is granted Encrypt", grant, |g| {
        format!("grant {}", g.grant_id().unwrap_or_default())
    })?;
    let blob = story.works("it encrypts", cast.encrypt(&workload).await, |_| {
        "done".to_owned()
    })?;
    story.refused(
        "it does not decrypt",
        cast.decrypt(&workload, &blob).await,
        DENIED,
        "because no resource-based policy allows the kms:Decrypt action",
    )?;
    let id = grant.grant_id().unwrap_or_default();
    let revoke = cast
        .kms
        .revoke_grant()
        .key_id(&cast.key)
        .grant_id(id)
        .send()
        .await;
    story.works("the grant is revoked", told(revoke), |_| "done".to_owned())?;
    story.refused(
        "and ends at once",
        cast.encrypt(&workload).await,
        DENIED,
        "because no resource-based policy allows the kms:Encrypt action",
    )
}

pub(super) async fn rotation(story: &mut Story, cast: &Cast) -> Result<(), Failure> {
    story.chapter("Rotation")?;
    let old = cast
        .encrypt(&cast.kms)
        .await
        .map_err(unexpected("Encrypt"))?;
    let rotate = cast
        .kms
        .rotate_key_on_demand()
        .key_id(&cast.key)
        .send()
        .await;
    story.works("the key is rotated on demand", told(rotate), |_| {
        "done".to_owned()
    })?;
    let opened = cast.decrypt(&cast.kms, &old).await;
    story.works(
        "what was encrypted before still opens",
        opened,
        Clone::clone,
    )?;
    Ok(())
}

pub(super) async fn identity_center(story: &mut Story, cast: &Cast) -> Result<(), Failure> {
    story.chapter("Identity Center under its key")?;
    let users = aws_sdk_identitystore::Client::new(&cast.admin);
    let name = aws_sdk_identitystore::types::Name::builder()
        .given_name("Ford")
        .family_name("Prefect")
        .build();
    let made = users
        .create_user()
        .identity_store_id(&cast.identity_store)
        .user_name("ford")
        .display_name("Ford Prefect")
        .name(name)
        .send()
        .await;
    story.works("a user is created", told(made), |u| {
        format!("user {}", u.user_id())
    })?;
    let list = || {
        users
            .list_users()
            .identity_store_id(&cast.identity_store)
            .send()
    };
    let disable = cast.kms.disable_key().key_id(&cast.center_key).send().await;
    story.works("the key is disabled", told(disable), |_| "done".to_owned())?;
    let listed = told(list().await);
    story.refused(
        "nobody can be read",
        listed,
        "ValidationException",
        "is disabled.",
    )?;
    let enable = cast.kms.enable_key().key_id(&cast.center_key).send().await;
    story.works("the key is enabled", told(enable), |_| "done".to_owned())?;
    let listed = told(list().await);
    let listed = story.works("everything is back", listed, |l| {
        let names = l.users().iter().filter_map(|u| u.user_name());
        names.collect::<Vec<_>>().join(", ")
    })?;
    story.holds(
        "nothing was lost",
        "one user".to_owned(),
        listed.users().len() == 1,
    )
}

pub(super) async fn ten_years(story: &mut Story, cast: &Cast, node: &Node) -> Result<(), Failure> {
    story.chapter("Ten years")?;
    let old = cast
        .encrypt(&cast.kms)
        .await
        .map_err(unexpected("Encrypt"))?;
    let enable = cast
        .kms
        .enable_key_rotation()
        .key_id(&cast.key)
        .send()
        .await;
    story.works("the key rotates every year", told(enable), |_| {
        "done".to_owned()
    })?;
    let mut done = 0;
    for _ in 0..10 {
        done += node.advance_clock(YEAR).await.map_err(Failure::defect)?;
    }
    let now = node.state().now(&node.snapshot());
    story.holds(
        "the clock is moved",
        format!("it is {now}; {done} rotations"),
        done == 10,
    )?;
    let listed = cast.kms.list_key_rotations().key_id(&cast.key).send().await;
    let listed = told(listed).map_err(unexpected("ListKeyRotations"))?;
    let automatic = listed
        .rotations()
        .iter()
        .filter(|r| r.rotation_type().is_some_and(|t| t.as_str() == "AUTOMATIC"));
    let automatic = automatic.count();
    story.holds(
        "KMS lists them",
        format!("{automatic} by schedule"),
        automatic == 10,
    )?;
    let opened = cast.decrypt(&cast.kms, &old).await;
    story.works(
        "what was encrypted ten years ago still opens",
        opened,
        Clone::clone,
    )?;
    Ok(())
}

pub(super) async fn audit(
    story: &mut Story,
    cast: &Cast,
    directory: &Directory,
) -> Result<(), Failure> {
    story.chapter("All of it is recorded")?;
    let mut source = directory.records()?;
    let report = verify_records(&mut source, &[], |_| {}).map_err(Failure::defect)?;
    story.holds(
        "the hash chain",
        format!("{} records, intact", report.records),
        report.records > 0,
    )?;
    let mut count = |filter: Filter| {
        newest_records(&mut source, &filter, usize::MAX)
            .map(|records| records.len())
            .map_err(Failure::defect)
    };
    let refused = count(Filter {
        key: Some(cast.key.clone()),
        error: Some(ErrorFilter::Code("AccessDenied".to_owned())),
        ..Filter::default()
    })?;
    story.holds(
        "the refusals of this story",
        format!("{refused} records"),
        refused == 5,
    )?;
    let rotations = count(Filter {
        key: Some(cast.key.clone()),
        event_name: Some("RotateKey".to_owned()),
        ..Filter::default()
    })?;
    story.holds(
        "its rotations",
        format!("{rotations} records"),
        rotations == 11,
    )?;
    let reads = count(Filter {
        principal: Some("identitystore.amazonaws.com".to_owned()),
        event_name: Some("Decrypt".to_owned()),
        ..Filter::default()
    })?;
    story.holds(
        "Identity Center's own use of its key",
        format!("{reads} records"),
        reads > 0,
    )
}
