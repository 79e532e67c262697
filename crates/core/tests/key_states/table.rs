//! `testdata/kms/key-states.tsv` read, and what its codes mean for one key.

/// The columns, in their order.
pub(crate) const STATES: [&str; 8] = [
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingReplicaDeletion",
    "PendingImport",
    "Unavailable",
    "Creating",
    "Updating",
];

/// One operation.
pub(crate) struct Row {
    pub(crate) operation: String,
    /// As they stand in the file, by column.
    cells: Vec<String>,
}

/// What a cell expects of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Allowed,
    /// The exception, and how its text goes on after the key's ARN.
    Refused(&'static str, String),
    /// The key cannot be in the state.
    Never,
    /// AWS's pages do not settle it.
    Unsettled,
}

pub(crate) fn table() -> Vec<Row> {
    let text = include_str!("../../../../testdata/kms/key-states.tsv");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    assert_eq!(head[0], "operation");
    assert_eq!(head[1..], STATES);
    let row = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        let row = Row {
            operation: parts.next().unwrap(),
            cells: parts.collect(),
        };
        assert_eq!(row.cells.len(), STATES.len(), "{line}");
        row
    };
    lines.map(row).collect()
}

impl Row {
    /// What the table says of a state. `origin` is the key's; `pointed_at` says that the request
    /// points an alias at the key, where others take it away.
    pub(crate) fn cell(&self, state: &str, origin: &str, pointed_at: bool) -> Cell {
        let at = STATES.iter().position(|s| *s == state).unwrap();
        let code = self.cells[at].as_str();
        // For a key that rotates; what is in brackets is for others.
        let code = code.split('(').next().unwrap();
        match code {
            "ok" | "7" | "12" => Cell::Allowed,
            "1" => refused("DisabledException", "is disabled"),
            "3" | "2|3" => pending(state),
            "4" => invalid_state("is not pending deletion"),
            "5" => invalid_state("is pending import"),
            "6" => wrong_origin("EXTERNAL"),
            "9" if origin == "EXTERNAL" => Cell::Allowed,
            "8|9" if origin == "EXTERNAL" => pending(state),
            "9" | "8|9" => wrong_origin(origin),
            "10" if pointed_at => pending(state),
            "10" => Cell::Allowed,
            "11" => invalid_state("is unavailable"),
            "14" => invalid_state("is creating"),
            "15" => invalid_state("is updating"),
            "na" => Cell::Never,
            "?" => Cell::Unsettled,
            other => panic!("{}: {other} is no code of the table", self.operation),
        }
    }
}

fn refused(exception: &'static str, words: &str) -> Cell {
    Cell::Refused(exception, format!(" {words}."))
}

fn invalid_state(words: &str) -> Cell {
    refused("KMSInvalidStateException", words)
}

fn pending(state: &str) -> Cell {
    invalid_state(match state {
        "PendingReplicaDeletion" => "is pending replica deletion",
        _ => "is pending deletion",
    })
}

fn wrong_origin(origin: &str) -> Cell {
    let words = format!("origin is {origin} which is not valid for this operation");
    refused("UnsupportedOperationException", &words)
}
