-- A batch says where the chain of its writer then ended, so that a commit need not write a page of
-- "chain" for it; docs/formats.md tells what the columns mean.

ALTER TABLE batch ADD COLUMN chain INTEGER;
ALTER TABLE batch ADD COLUMN seq INTEGER;
ALTER TABLE batch ADD COLUMN hash BLOB;

-- Where each chain ends: as the newest batch of its writer says, or, where those are no longer kept,
-- as the chain itself does.
CREATE VIEW chain_end AS
SELECT chain.number, chain.writer, chain.left_seq, chain.left_hash,
       coalesce(batch.seq, chain.seq) AS seq, coalesce(batch.hash, chain.hash) AS hash
FROM chain LEFT JOIN batch ON batch.revision =
    (SELECT max(revision) FROM batch WHERE batch.chain = chain.number);

PRAGMA user_version = 2;
