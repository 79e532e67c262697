//! The format of the SQLite file: whose it is, which version it has, and how an older one is
//! brought up to date.

use rusqlite::Connection;

/// Marks a SQLite file as Claviger's: `CLVG` in ASCII. Part of the format.
pub(super) const APPLICATION_ID: i32 = 0x434C_5647;

/// The newest format. The last migration sets it as the file's `user_version`.
pub(super) const FORMAT: i64 = 2;

mod migrations {
    //! The files of `migrations/`, each applied once and never changed after a release.
    #![allow(
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        reason = "made by the macro"
    )]
    refinery::embed_migrations!("migrations");
}

/// Applies what is missing.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), refinery::Error> {
    migrations::migrations::runner().run(connection).map(drop)
}
