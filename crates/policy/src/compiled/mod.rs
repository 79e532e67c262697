//! Policies compiled for deciding: patterns, operators and principals made ready once, so that a
//! decision only compares. Layers and accounts are `decide`'s.

mod condition;
mod operator;
mod statement;

pub(crate) use statement::{Keys, Parts, Reach, Scene, Statement};

use crate::document::{Document, StatementEffect};
use claviger_types::{Arn, UniqueId};
use std::sync::Arc;

/// What a user's or role's ARN in a document means (`POL-E7`).
pub trait Resolve {
    /// The unique id that the ARN meant when the document was stored; `None` compares the ARN as
    /// text, as for principals of accounts that are not known here.
    fn unique_id(&self, arn: &Arn) -> Option<UniqueId>;
}

/// Resolves nothing: every ARN compares as text.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoIds;

impl Resolve for NoIds {
    fn unique_id(&self, _: &Arn) -> Option<UniqueId> {
        None
    }
}

/// A policy ready to decide. Holds the document it came from, for its text and places.
#[derive(Debug, Clone)]
pub struct Policy {
    name: Arc<str>,
    document: Document,
    first_line: u32,
    allows: Vec<Statement>,
    denies: Vec<Statement>,
}

impl Policy {
    pub(crate) fn compile(document: &Document, name: &str, resolve: &dyn Resolve) -> Self {
        let mut policy = Self {
            name: name.into(),
            document: document.clone(),
            first_line: 1,
            allows: Vec::new(),
            denies: Vec::new(),
        };
        for (index, written) in document.statements().iter().enumerate() {
            // POL-E6, POL-O9: what AWS would not store never applies.
            if written.broken {
                continue;
            }
            let compiled =
                Statement::compile(written, index, document.version(), document.kind(), resolve);
            match written.effect {
                StatementEffect::Allow => policy.allows.push(compiled),
                StatementEffect::Deny => policy.denies.push(compiled),
            }
        }
        policy
    }

    /// The same policy with its lines counted from another number: for a document that stands
    /// inside a larger file.
    #[must_use]
    pub fn at_line(mut self, first_line: u32) -> Self {
        let shift = first_line.max(1) - 1;
        let old = self.first_line - 1;
        for statement in self.allows.iter_mut().chain(&mut self.denies) {
            statement.line = statement.line.saturating_sub(old).saturating_add(shift);
        }
        self.first_line = shift.saturating_add(1);
        self
    }

    /// The name it was compiled under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The document it was compiled from.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The line of a byte of the document, counted as its statements' are.
    pub(crate) fn line_of(&self, offset: usize) -> u32 {
        let line = self.document.place(offset).line;
        line.saturating_add(self.first_line - 1)
    }

    pub(crate) fn name_shared(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    pub(crate) fn allows(&self) -> &[Statement] {
        &self.allows
    }

    pub(crate) fn denies(&self) -> &[Statement] {
        &self.denies
    }
}
