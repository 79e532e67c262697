//! Keys in the three Regions of an installation, and calls to each of these.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_core::state::{Key, KeyPlace, Material};
use claviger_testkit::installation::{Installation, Login};
use claviger_testkit::wrapping::wrap;
use claviger_trail::Json;
use claviger_types::KeyArn;
use serde_json::{Value, json};

const OAEP: &str = "RSAES_OAEP_SHA_256";

pub(crate) const EAST: &str = "us-east-1";
pub(crate) const WEST: &str = "us-west-2";
pub(crate) const IRELAND: &str = "eu-west-1";
pub(crate) const PLAINTEXT: &str = "aGVsbG8=";

pub(crate) struct Regions {
    pub(crate) i: Installation,
}

/// The Region of a key's ARN.
pub(crate) fn of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap()
}

/// The id in a key's ARN.
pub(crate) fn key_id(arn: &str) -> &str {
    arn.split('/').next_back().unwrap()
}

/// A part of a record.
pub(crate) fn shown(json: &Option<Json>) -> Value {
    serde_json::to_value(json).unwrap()
}

impl Regions {
    pub(crate) fn new() -> Self {
        Self {
            i: Installation::new(),
        }
    }

    pub(crate) fn call(
        &mut self,
        region: &str,
        operation: &str,
        document: Value,
    ) -> Result<Value, (String, String)> {
        let before = std::mem::replace(&mut self.i.region, region.to_owned());
        let admin = self.i.admin.clone();
        let reply = self.i.call(&admin, "kms", operation, document);
        self.i.region = before;
        reply.map_err(|e| {
            let message = e.message.unwrap_or_default().into_owned();
            (e.shape.code.to_owned(), message)
        })
    }

    pub(crate) fn done(&mut self, region: &str, operation: &str, document: Value) -> Value {
        self.call(region, operation, document.clone())
            .unwrap_or_else(|e| panic!("{operation} {document} in {region}: {e:?}"))
    }

    /// A new primary key in us-east-1.
    pub(crate) fn primary(&mut self) -> String {
        let made = self.done(EAST, "CreateKey", json!({"MultiRegion": true}));
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// A replica, enabled.
    pub(crate) fn replica(&mut self, primary: &str, region: &str) -> String {
        self.replica_in_state(primary, region, "Enabled")
    }

    pub(crate) fn replica_in_state(&mut self, primary: &str, region: &str, state: &str) -> String {
        let input = json!({"KeyId": primary, "ReplicaRegion": region});
        let made = self.done(of(primary), "ReplicateKey", input);
        let arn = made["ReplicaKeyMetadata"]["Arn"]
            .as_str()
            .unwrap()
            .to_owned();
        if state != "Creating" {
            self.i.advance_seconds(1);
        }
        let key = json!({"KeyId": arn});
        match state {
            "Disabled" => {
                self.done(region, "DisableKey", key);
            }
            "PendingDeletion" => {
                self.done(region, "ScheduleKeyDeletion", key);
            }
            _ => {}
        }
        assert_eq!(self.describe(&arn)["KeyState"], state);
        arn
    }

    pub(crate) fn describe(&mut self, arn: &str) -> Value {
        self.done(of(arn), "DescribeKey", json!({"KeyId": arn}))["KeyMetadata"].take()
    }

    pub(crate) fn encrypt(&mut self, arn: &str) -> Value {
        let input = json!({"KeyId": arn, "Plaintext": PLAINTEXT});
        self.done(of(arn), "Encrypt", input)["CiphertextBlob"].take()
    }

    /// A ciphertext under new material.
    pub(crate) fn rotated(&mut self, arn: &str) -> Value {
        self.done(of(arn), "RotateKeyOnDemand", json!({"KeyId": arn}));
        self.encrypt(arn)
    }

    /// Each key lists the primary Region and the replicas' in this order.
    pub(crate) fn check_lists(&mut self, keys: &[&str], primary: &str, replicas: &[&str]) {
        let id = key_id(keys[0]).to_owned();
        let key = |region: &&str| json!({"Arn": format!("arn:aws:kms:{region}:111122223333:key/{id}"), "Region": region});
        for arn in keys {
            let kind = if of(arn) == primary {
                "PRIMARY"
            } else {
                "REPLICA"
            };
            let wanted = json!({
                "MultiRegionKeyType": kind,
                "PrimaryKey": key(&primary),
                "ReplicaKeys": replicas.iter().map(key).collect::<Vec<_>>(),
            });
            assert_eq!(
                self.describe(arn)["MultiRegionConfiguration"],
                wanted,
                "{arn}"
            );
        }
    }

    /// Everything that is a key's own.
    pub(crate) fn own(&mut self, arn: &str) -> Value {
        let region = of(arn).to_owned();
        let key = || json!({"KeyId": arn});
        json!({
            "metadata": self.describe(arn),
            "policy": self.done(&region, "GetKeyPolicy", key()),
            "tags": self.done(&region, "ListResourceTags", key()),
            "aliases": self.done(&region, "ListAliases", key()),
            "grants": self.done(&region, "ListGrants", key()),
            "use": self.done(&region, "GetKeyLastUsage", key()),
        })
    }

    /// A user `alice` with one policy.
    pub(crate) fn alice(&mut self, statements: &[Value]) -> Login {
        let admin = self.i.admin.clone();
        let user = json!({"UserName": "alice"});
        let mut iam =
            |operation: &str, input: Value| self.i.call(&admin, "iam", operation, input).unwrap();
        iam("CreateUser", user.clone());
        let made = iam("CreateAccessKey", user);
        if !statements.is_empty() {
            let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
            let input = json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": document});
            iam("PutUserPolicy", input);
        }
        let text = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
        Login {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: None,
        }
    }

    fn stored(&self, arn: &str) -> Key {
        let place = KeyPlace::of(&arn.parse::<KeyArn>().unwrap());
        Key::clone(self.i.snapshot.get::<Key>(&place).unwrap())
    }

    /// A primary key that waits for its owner's material.
    pub(crate) fn waiting(&mut self) -> String {
        let input = json!({"MultiRegion": true, "Origin": "EXTERNAL"});
        let made = self.done(EAST, "CreateKey", input);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// Brings material into a key, which does not expire but for what `more` says.
    pub(crate) fn bring(
        &mut self,
        arn: &str,
        material: u8,
        more: Value,
    ) -> Result<Value, (String, String)> {
        let region = of(arn);
        let input = json!({"KeyId": arn, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"});
        let given = self.done(region, "GetParametersForImport", input);
        let public_key = STANDARD.decode(given["PublicKey"].as_str().unwrap());
        let wrapped = wrap(OAEP, &public_key.unwrap(), &[material; 32]);
        let mut input = json!({"KeyId": arn, "ImportToken": given["ImportToken"],
            "EncryptedKeyMaterial": STANDARD.encode(wrapped),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        self.call(region, "ImportKeyMaterial", input)
    }

    /// Puts the sealed bytes of one key's material into the row of another's.
    pub(crate) fn swap_material(&mut self, from: &str, to: &str) {
        let material = |r: &Self, arn: &str| {
            let key = r.stored(arn);
            let id = key.materials[0].id.clone();
            Material::clone(r.i.snapshot.get::<Material>(&(key.place(), id)).unwrap())
        };
        let swapped = Material {
            sealed: material(self, from).sealed,
            ..material(self, to)
        };
        self.i.install(&swapped);
    }
}
