//! The identity store over the state: users, encrypted under a data key that only KMS unwraps.
//! Source: the identitystore service model (2020-06-15) and the IAM Identity Center User Guide.
//! Groups and memberships are not served.

mod attribute_path;
mod create_user;
mod delete_user;
mod describe_user;
mod get_user_id;
mod list_users;
mod named;
mod profile;
mod record;
mod uniqueness;
mod update_user;
mod vault;

pub use create_user::CreateUser;
pub use delete_user::DeleteUser;
pub use describe_user::DescribeUser;
pub use get_user_id::GetUserId;
pub use list_users::ListUsers;
pub use named::{NamedStore, NamedUser};
pub use update_user::UpdateUser;

pub(crate) use vault::{Vault, encrypt_anew};

use crate::chain::Served;

/// The operations served.
pub static SERVED: &[Served] = &[
    Served::of::<CreateUser>(),
    Served::of::<DeleteUser>(),
    Served::of::<DescribeUser>(),
    Served::of::<GetUserId>(),
    Served::of::<ListUsers>(),
    Served::of::<UpdateUser>(),
];
