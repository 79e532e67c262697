//! What of a request or reply may stand in a record.
