//! Policies made from a few facts, and the proof by cases that they do what they should. It makes
//! texts and judges decisions; it asks no service and reads no file.

mod call;
mod identity_center;
mod proof;
mod unnamed;

pub(crate) use call::{Held, same};
pub use identity_center::{Form, Generated, identity_center, identity_center_baseline};
pub(crate) use proof::prove_at;
pub use proof::{Group, Proof, ProofCase, Setting, prove};
pub(crate) use unnamed::Unnamed;
