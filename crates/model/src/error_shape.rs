//! What the model says of an error: its names and its status. The message is the thrower's.

/// An error that an operation of a service may answer with.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorShape {
    /// The shape's name: `NotFoundException`. The JSON protocol sends it as `__type`.
    pub name: &'static str,
    /// The code that the query protocol sends, `NoSuchEntity` of IAM; elsewhere the name.
    pub code: &'static str,
    /// The HTTP status: the model's, else 400, or 500 for a fault of the service.
    pub status: u16,
    /// Whether the service is at fault, not the caller.
    pub fault: bool,
    /// The member that carries the text: `message` with KMS, `Message` with Identity Center.
    pub message_member: &'static str,
}
