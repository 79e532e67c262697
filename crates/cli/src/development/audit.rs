//! What the audit trail says at the start: that its chain is whole, and when each service of
//! Identity Center last used the key for itself.

use crate::directory::Directory;
use crate::exit::Failure;
use crate::progress::Progress;
use claviger_server::{RecordsError, count_records, verify_records};
use claviger_store::StoredRecord;
use claviger_trail::{ErrorFilter, Filter, RecordView};
use memchr::memmem::find;
use serde::Serialize;

/// The services that hold data keys under the key (IAM Identity Center User Guide, "Customer
/// managed KMS keys", key policy statements).
const SERVICES: [&str; 2] = ["sso.amazonaws.com", "identitystore.amazonaws.com"];

/// The kind of identity of a service that calls as itself.
const KIND: &str = "AWSService";

/// What was found.
#[derive(Debug)]
pub(crate) struct Audit {
    /// How many records there are.
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

/// Reads and verifies the whole trail.
pub(crate) async fn audit(directory: &Directory, key_arn: Option<&str>) -> Result<Audit, Failure> {
    let (directory, key) = (directory.clone(), key_arn.map(str::to_owned));
    let walk = move || read(&directory, key);
    tokio::task::spawn_blocking(walk)
        .await
        .map_err(Failure::defect)?
}

fn read(directory: &Directory, key: Option<String>) -> Result<Audit, Failure> {
    let mut newest: [Option<ServiceUse>; 2] = [None, None];
    let filter = Filter {
        error: Some(ErrorFilter::None),
        event_source: Some("kms".to_owned()),
        key,
        ..Filter::default()
    };
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
    let view = RecordView::read(&record.body).ok()?;
    let who = &view.user_identity;
    let service = who
        .invoked_by
        .as_deref()
        .filter(|_| who.kind.as_deref() == Some(KIND));
    let service = SERVICES.into_iter().find(|s| Some(*s) == service)?;
    filter.matches(&view).then(|| ServiceUse {
        service,
        event: view.event_name.to_string(),
        time: view.event_time.to_string(),
    })
}
