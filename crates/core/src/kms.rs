//! AWS KMS: its operations over the state. Source: the KMS service model (2014-11-01), API
//! reference and Developer Guide. What an operation may do is decided by the chain.

mod cipher;
mod decrypt;
mod delete_key;
mod encrypt;
mod generate;
mod grant_token;
mod key_name;
mod parameters;
mod re_encrypt;
mod request_facts;
mod state_check;
mod store_blob;

pub use decrypt::Decrypt;
pub use encrypt::Encrypt;
pub use generate::{GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom};
pub use re_encrypt::ReEncrypt;

pub(crate) use delete_key::delete as delete_key;
pub(crate) use grant_token::{engine_child, engine_grant};

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<Decrypt>(),
    Served::of::<Encrypt>(),
    Served::of::<GenerateDataKey>(),
    Served::of::<GenerateDataKeyWithoutPlaintext>(),
    Served::of::<GenerateRandom>(),
    Served::of::<ReEncrypt>(),
];
