//! IAM Identity Center (`sso-admin`) over the state: instances and their encryption. Source: the
//! sso-admin service model (2020-07-20) and the IAM Identity Center User Guide. Creating and
//! deleting instances, permission sets and assignments are not served.

mod access;
mod data_key;
mod describe_instance;
mod kms_fault;
mod list_instances;
mod new_instance;
mod rekey;
mod update_instance;

pub use describe_instance::DescribeInstance;
pub use list_instances::ListInstances;
pub use update_instance::UpdateInstance;

pub(crate) use access::{Standing, standing};
pub(crate) use data_key::{Asker, Purpose, open_data_key};
pub(crate) use new_instance::new_instance;

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<DescribeInstance>(),
    Served::of::<ListInstances>(),
    Served::of::<UpdateInstance>(),
];
