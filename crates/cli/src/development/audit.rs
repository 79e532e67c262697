//! What the audit trail says at the start: that its chain is whole, and when each service of
//! Identity Center last used the key for itself.

use crate::directory::Directory;
use crate::exit::Failure;
use crate::progress::Progress;
use claviger_server::{Node, RecordsError, Search, count_records, verify_records};
use claviger_store::StoredRecord;
use claviger_trail::{ErrorFilter, Filter, RecordView};
use claviger_types::{KeyArn, Timestamp};
use memchr::memmem::find;
use serde::Serialize;
use std::sync::Arc;

/// The services that hold data keys under the key (IAM Identity Center User Guide, "Customer
/// managed KMS keys", key policy statements).
const SERVICES: [&str; 2] = ["sso.amazonaws.com", "identitystore.amazonaws.com"];

/// The kind of identity of a service that calls as itself.
const KIND: &str = "AWSService";

/// What was found.
#[derive(Debug)]
pub(crate) struct Audit {
    /// How many records there are in the database.
    pub(crate) records: u64,
    /// Each service's newest successful use of the key.
    pub(crate) uses: Vec<ServiceUse>,
}

/// A use of the key by a service for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServiceUse {
    /// The service principal.
    pub(crate) service: &'static str,
    /// The operation.
    pub(crate) event: String,
    /// When.
    pub(crate) time: String,
}

/// Reads and verifies the trail as far as it is in the database; of what has left for the archive it
/// only looks for uses.
pub(crate) async fn audit(
    directory: &Directory,
    node: &Node,
    key_arn: Option<&str>,
) -> Result<Audit, Failure> {
    let (directory, key) = (directory.clone(), key_arn.map(str::to_owned));
    let walk = move || read(&directory, key);
    let mut audit = tokio::task::spawn_blocking(walk)
        .await
        .map_err(Failure::defect)??;
    for service in SERVICES {
        if audit.uses.iter().all(|known| known.service != service) {
            audit.uses.extend(delivered(node, service, key_arn).await?);
        }
    }
    Ok(audit)
}

/// The newest use by a service that is in the archive.
async fn delivered(
    node: &Node,
    service: &'static str,
    key_arn: Option<&str>,
) -> Result<Option<ServiceUse>, Failure> {
    let arn: Option<KeyArn> = key_arn.and_then(|arn| arn.parse().ok());
    let Some(arn) = arn else {
        return Ok(None);
    };
    let filter = uses_of(key_arn.map(str::to_owned));
    let search = Search {
        account: arn.account(),
        region: arn.region().clone(),
        from: Timestamp::from_millis(0),
        until: node.state().now(&node.snapshot()),
        after: None,
        limit: 1,
        wanted: Arc::new(move |view| use_of(view, &filter).is_some_and(|u| u.service == service)),
    };
    let found = node.find_records(search).await.map_err(Failure::new)?;
    let Some(found) = found.first() else {
        return Ok(None);
    };
    let view = RecordView::read(&found.body).map_err(Failure::new)?;
    Ok(use_of(&view, &uses_of(key_arn.map(str::to_owned))))
}

/// Successful uses of the key.
fn uses_of(key: Option<String>) -> Filter {
    Filter {
        error: Some(ErrorFilter::None),
        event_source: Some("kms".to_owned()),
        key,
        ..Filter::default()
    }
}

fn read(directory: &Directory, key: Option<String>) -> Result<Audit, Failure> {
    let mut newest: [Option<ServiceUse>; 2] = [None, None];
    let filter = uses_of(key);
    let mut source = directory.records()?;
    let total = count_records(&mut source).map_err(not_whole)?;
    let progress = Progress::counting("verifying audit records", total);
    let report = verify_records(&mut source, &[], |record| {
        progress.step();
        if let Some(found) = service_use(record, &filter)
            && let Some(at) = SERVICES.iter().position(|s| *s == found.service)
            && let Some(newest) = newest.get_mut(at)
        {
            *newest = Some(found);
        }
    })
    .map_err(not_whole)?;
    Ok(Audit {
        records: report.records,
        uses: newest.into_iter().flatten().collect(),
    })
}

fn not_whole(error: RecordsError) -> Failure {
    Failure::new(error).next(
        "keep the directory for examination, and restore it from its last backup or start anew with \
         another --dir",
    )
}

/// The use of a key that a record tells of, if a service made it for itself.
fn service_use(record: &StoredRecord, filter: &Filter) -> Option<ServiceUse> {
    // Most records are of other callers, and reading one costs more than verifying it.
    find(&record.body, KIND.as_bytes())?;
    use_of(&RecordView::read(&record.body).ok()?, filter)
}

fn use_of(view: &RecordView<'_>, filter: &Filter) -> Option<ServiceUse> {
    let who = &view.user_identity;
    let service = who
        .invoked_by
        .as_deref()
        .filter(|_| who.kind.as_deref() == Some(KIND));
    let service = SERVICES.into_iter().find(|s| Some(*s) == service)?;
    filter.matches(view).then(|| ServiceUse {
        service,
        event: view.event_name.to_string(),
        time: view.event_time.to_string(),
    })
}
