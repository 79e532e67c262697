//! Imported material of multi-Region keys: new material comes into the primary key, then into each
//! replica, and only then can it become current.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod importing;

use importing::{Importing, OAEP, Parameters, Told, code};
use serde_json::{Value, json};

const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";

const NEW: &str = "NEW_KEY_MATERIAL";
const EXISTING: &str = "EXISTING_KEY_MATERIAL";
const STATE: &str = "KMSInvalidStateException";
const WRONG: &str = "IncorrectKeyMaterialException";

/// A primary key in the east, a replica in the west, each with its import parameters.
struct Pair {
    s: Importing,
    keys: [(&'static str, String, Parameters); 2],
}

impl Pair {
    /// Both have the first material.
    fn new() -> Self {
        let mut s = Importing::new();
        let input = json!({"Origin": "EXTERNAL", "MultiRegion": true});
        let made = s.done("CreateKey", input);
        let primary = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let given = s.parameters(&primary, OAEP);
        s.import(&primary, &given, &[1; 32], json!({})).unwrap();
        let input = json!({"KeyId": primary, "ReplicaRegion": WEST});
        let made = s.done("ReplicateKey", input);
        let replica = made["ReplicaKeyMetadata"]["Arn"]
            .as_str()
            .unwrap()
            .to_owned();
        s.i.advance_seconds(60);
        WEST.clone_into(&mut s.i.region);
        let theirs = s.parameters(&replica, OAEP);
        let mut pair = Self {
            s,
            keys: [(EAST, primary, given), (WEST, replica, theirs)],
        };
        assert_eq!(pair.state(WEST), "PendingImport");
        pair.import(WEST, 1, EXISTING).unwrap();
        assert_eq!(pair.state(WEST), "Enabled");
        pair
    }

    fn at(&mut self, region: &str) -> (String, Parameters) {
        region.clone_into(&mut self.s.i.region);
        let found = self.keys.iter().find(|(r, ..)| *r == region).unwrap();
        (found.1.clone(), found.2.clone())
    }

    fn import(&mut self, region: &str, material: u8, kind: &str) -> Told {
        let (key, given) = self.at(region);
        let more = json!({"ImportType": kind});
        self.s.import(&key, &given, &[material; 32], more)
    }

    fn call(&mut self, region: &str, operation: &str, more: Value) -> Told {
        let (key, _) = self.at(region);
        let mut input = more;
        input["KeyId"] = json!(key);
        self.s.call(operation, input)
    }

    fn state(&mut self, region: &str) -> String {
        let (key, _) = self.at(region);
        self.s.state(&key)
    }

    /// State and presence of each material.
    fn materials(&mut self, region: &str) -> Vec<(String, String)> {
        let (key, _) = self.at(region);
        let text = |m: &Value, name: &str| m[name].as_str().unwrap().to_owned();
        let listed = self.s.materials(&key);
        listed
            .iter()
            .map(|m| (text(m, "KeyMaterialState"), text(m, "ImportState")))
            .collect()
    }

    fn check(&mut self, east: &[(&str, &str)], west: &[(&str, &str)], title: &str) {
        for (region, wanted) in [(EAST, east), (WEST, west)] {
            let wanted: Vec<_> = wanted
                .iter()
                .map(|(state, import)| ((*state).to_owned(), (*import).to_owned()))
                .collect();
            assert_eq!(self.materials(region), wanted, "{title}, {region}");
        }
    }
}

const HERE: &str = "IMPORTED";
const AWAY: &str = "PENDING_IMPORT";
const CURRENT: &str = "CURRENT";
const OLD: &str = "NON_CURRENT";
const WAITS: &str = "PENDING_ROTATION";
const SPREADS: &str = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION";

#[test]
fn new_material_reaches_every_region_before_it_rotates() {
    let mut p = Pair::new();
    let unsupported = "UnsupportedOperationException";
    // New material never comes in by a replica.
    assert_eq!(code(p.import(WEST, 2, NEW)), unsupported);
    p.import(EAST, 2, NEW).unwrap();
    p.check(
        &[(CURRENT, HERE), (SPREADS, HERE)],
        &[(CURRENT, HERE), (SPREADS, AWAY)],
        "announced",
    );
    assert_eq!(
        (p.state(EAST), p.state(WEST)),
        ("Enabled".into(), "Enabled".into())
    );
    assert_eq!(code(p.call(EAST, "RotateKeyOnDemand", json!({}))), STATE);
    assert_eq!(code(p.import(WEST, 3, EXISTING)), WRONG);
    p.import(WEST, 2, EXISTING).unwrap();
    p.check(
        &[(CURRENT, HERE), (WAITS, HERE)],
        &[(CURRENT, HERE), (WAITS, HERE)],
        "everywhere",
    );
    // Imported again at the primary key, it stays where it is.
    p.import(EAST, 2, EXISTING).unwrap();
    p.check(
        &[(CURRENT, HERE), (WAITS, HERE)],
        &[(CURRENT, HERE), (WAITS, HERE)],
        "again",
    );
    assert_eq!(
        code(p.call(WEST, "RotateKeyOnDemand", json!({}))),
        unsupported
    );
    let plain = json!({"Plaintext": "eA=="});
    let old = p.call(WEST, "Encrypt", plain.clone()).unwrap()["CiphertextBlob"].take();
    p.call(EAST, "RotateKeyOnDemand", json!({})).unwrap();
    p.check(
        &[(OLD, HERE), (CURRENT, HERE)],
        &[(OLD, HERE), (CURRENT, HERE)],
        "rotated",
    );
    let new = p.call(WEST, "Encrypt", plain).unwrap()["CiphertextBlob"].take();
    for region in [EAST, WEST] {
        for blob in [&old, &new] {
            p.call(region, "Decrypt", json!({"CiphertextBlob": blob}))
                .unwrap();
        }
    }
    // Each Region loses its own.
    p.call(WEST, "DeleteImportedKeyMaterial", json!({}))
        .unwrap();
    p.check(
        &[(OLD, HERE), (CURRENT, HERE)],
        &[(OLD, HERE), (CURRENT, AWAY)],
        "lost in the west",
    );
    assert_eq!(
        (p.state(EAST), p.state(WEST)),
        ("Enabled".into(), "PendingImport".into())
    );
}

/// What waits is given up for all Regions at the primary key, for one at a replica.
#[test]
fn waiting_material_is_given_up() {
    for (region, east, west) in [
        (EAST, vec![(CURRENT, HERE)], vec![(CURRENT, HERE)]),
        (
            WEST,
            vec![(CURRENT, HERE), (SPREADS, HERE)],
            vec![(CURRENT, HERE), (SPREADS, AWAY)],
        ),
    ] {
        let mut p = Pair::new();
        let id = p.import(EAST, 2, NEW).unwrap()["KeyMaterialId"].take();
        p.import(WEST, 2, EXISTING).unwrap();
        let more = json!({"KeyMaterialId": id});
        p.call(region, "DeleteImportedKeyMaterial", more).unwrap();
        p.check(&east, &west, region);
        for region in [EAST, WEST] {
            assert_eq!(p.state(region), "Enabled");
        }
        assert_eq!(code(p.call(EAST, "RotateKeyOnDemand", json!({}))), STATE);
    }
}

/// A replica that comes later knows what waits, and has to get it too.
#[test]
fn a_later_replica_needs_what_waits() {
    let mut p = Pair::new();
    p.import(EAST, 2, NEW).unwrap();
    p.import(WEST, 2, EXISTING).unwrap();
    p.call(EAST, "ReplicateKey", json!({"ReplicaRegion": "eu-west-1"}))
        .unwrap();
    p.s.i.advance_seconds(60);
    p.check(
        &[(CURRENT, HERE), (SPREADS, HERE)],
        &[(CURRENT, HERE), (SPREADS, HERE)],
        "a third",
    );
    assert_eq!(code(p.call(EAST, "RotateKeyOnDemand", json!({}))), STATE);
}
