-- The tables of format 1; docs/formats.md tells what they mean.

CREATE TABLE "row" (
    collection TEXT    NOT NULL,
    "key"      TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    value      BLOB    NOT NULL,
    PRIMARY KEY (collection, "key")
) STRICT;

CREATE TABLE merged (
    collection TEXT    NOT NULL,
    "key"      TEXT    NOT NULL,
    rank       INTEGER NOT NULL,
    value      BLOB    NOT NULL,
    PRIMARY KEY (collection, "key")
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    "key"          TEXT    NOT NULL PRIMARY KEY,
    parameter_hash BLOB    NOT NULL,
    reply          BLOB    NOT NULL,
    expires        INTEGER NOT NULL
) STRICT;

CREATE INDEX token_expires ON token (expires);

CREATE TABLE batch (
    revision INTEGER NOT NULL PRIMARY KEY,
    id       BLOB    NOT NULL,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE chain (
    number    INTEGER NOT NULL PRIMARY KEY,
    writer    BLOB    NOT NULL UNIQUE,
    left_seq  INTEGER NOT NULL,
    left_hash BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    hash      BLOB    NOT NULL
) STRICT;

-- No secondary index: this table is written with every call.
CREATE TABLE record (
    position INTEGER NOT NULL PRIMARY KEY,
    chain    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    previous BLOB    NOT NULL,
    hash     BLOB    NOT NULL,
    body     BLOB    NOT NULL
) STRICT;

PRAGMA user_version = 1;
