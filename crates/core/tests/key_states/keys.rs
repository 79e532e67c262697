//! A key in each state that a key can be in, reached by operations; with an alias, a grant and a
//! ciphertext that were made while it was enabled.

use super::requests::Kind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_core::state::{
    Import, Key, KeyPlace, KeyState, Material, MaterialInfo, Settling, SettlingKind, Stored,
};
use claviger_crypto::Place;
use claviger_testkit::installation::Installation;
use claviger_testkit::wrapping::wrap;
use claviger_types::{KeyArn, MaterialId, SeededEntropy};
use serde_json::{Value, json};

const OAEP: &str = "RSAES_OAEP_SHA_256";
const USER: &str = "arn:aws:iam::111122223333:user/admin";
/// Where the tested key is, and where its relatives are.
const HERE: &str = "us-east-1";
const THERE: &str = "eu-west-1";

pub(crate) struct Fixture {
    pub(crate) installation: Installation,
    made: usize,
}

/// A key, and what was made with it.
pub(crate) struct Made {
    pub(crate) arn: String,
    pub(crate) alias: String,
    pub(crate) grant: Option<Value>,
    pub(crate) policy: Value,
    /// What an operation of the key's kind made, for the operation that takes it back.
    pub(crate) product: Value,
}

impl Made {
    pub(crate) fn key_id(&self) -> &str {
        self.arn.split('/').next_back().unwrap()
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self {
            installation: Installation::new(),
            made: 0,
        }
    }

    pub(crate) fn call(
        &mut self,
        operation: &str,
        document: Value,
    ) -> Result<Value, (String, String)> {
        let admin = self.installation.admin.clone();
        self.installation
            .call(&admin, "kms", operation, document)
            .map_err(|e| {
                let message = e.message.unwrap_or_default().into_owned();
                (e.shape.code.to_owned(), message)
            })
    }

    fn done(&mut self, operation: &str, document: Value) -> Value {
        self.call(operation, document.clone())
            .unwrap_or_else(|e| panic!("{operation} {document}: {e:?}"))
    }

    fn done_in(&mut self, region: &str, operation: &str, document: Value) -> Value {
        region.clone_into(&mut self.installation.region);
        let reply = self.done(operation, document);
        HERE.clone_into(&mut self.installation.region);
        reply
    }

    /// A key of a kind in a state, with `replica` where the request needs one.
    pub(crate) fn key(&mut self, kind: Kind, state: &str, replica: bool) -> Made {
        let made = match state {
            "Creating" => self.replica(kind),
            "Updating" => self.new_primary(kind),
            "PendingImport" => self.imported(kind),
            _ if kind == Kind::Importing => self.imported(kind),
            _ => {
                let arn = self.create(kind, HERE, "AWS_KMS");
                self.furnished(kind, arn)
            }
        };
        let arn = made.arn.clone();
        let key = || json!({"KeyId": arn});
        if state == "PendingReplicaDeletion" || (replica && state == "Enabled") {
            self.replicate(&arn, HERE, THERE);
            self.installation.advance_seconds(60);
        }
        match state {
            "Disabled" => {
                self.done("DisableKey", key());
            }
            "PendingDeletion" | "PendingReplicaDeletion" => {
                self.done("ScheduleKeyDeletion", key());
            }
            "PendingImport" if kind == Kind::Importing => {
                self.done("DeleteImportedKeyMaterial", key());
            }
            "PendingImport" => self.lose_material(&arn),
            "Creating" => self.put_back_to_creating(&arn),
            "Updating" => {
                let input = json!({"KeyId": made.key_id(), "PrimaryRegion": HERE});
                self.done_in(THERE, "UpdatePrimaryRegion", input);
            }
            _ => {}
        }
        let now = self.done("DescribeKey", key());
        assert_eq!(now["KeyMetadata"]["KeyState"], state);
        assert_eq!(now["KeyMetadata"]["Enabled"], state == "Enabled");
        made
    }

    /// A multi-Region primary key.
    fn create(&mut self, kind: Kind, region: &str, origin: &str) -> String {
        let (spec, usage) = kind.spec_and_usage();
        let input = json!({"MultiRegion": true, "Origin": origin, "KeySpec": spec,
            "KeyUsage": usage});
        let made = self.done_in(region, "CreateKey", input);
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    fn replicate(&mut self, arn: &str, from: &str, to: &str) -> String {
        let input = json!({"KeyId": arn, "ReplicaRegion": to});
        let made = self.done_in(from, "ReplicateKey", input);
        let made = &made["ReplicaKeyMetadata"];
        assert_eq!(made["KeyState"], "Creating");
        made["Arn"].as_str().unwrap().to_owned()
    }

    /// A replica here of a key there, enabled.
    fn replica(&mut self, kind: Kind) -> Made {
        let primary = self.create(kind, THERE, "AWS_KMS");
        let arn = self.replicate(&primary, THERE, HERE);
        self.installation.advance_seconds(60);
        self.furnished(kind, arn)
    }

    /// A replica here that is to become the primary key.
    fn new_primary(&mut self, kind: Kind) -> Made {
        if kind != Kind::Importing {
            return self.replica(kind);
        }
        let primary = self.create(kind, THERE, "EXTERNAL");
        let primary = self.really_imported(THERE, primary);
        let arn = self.replicate(&primary.arn, THERE, HERE);
        self.installation.advance_seconds(60);
        self.really_imported(HERE, arn)
    }

    /// Nothing can be granted or encrypted while a key is being created, so what the requests name
    /// was made before; then it is as it was in that second.
    fn put_back_to_creating(&mut self, arn: &str) {
        let until = self.installation.now.plus_seconds(1);
        let key = Key {
            settling: Some(Settling {
                kind: SettlingKind::Creating,
                until,
            }),
            ..self.stored(arn)
        };
        self.installation.install(&key);
    }

    fn stored(&self, arn: &str) -> Key {
        let place = KeyPlace::of(&arn.parse::<KeyArn>().unwrap());
        let key = self.installation.snapshot.get::<Key>(&place);
        Key::clone(key.unwrap())
    }

    /// A key whose material was imported: put in place as the store would hold it.
    fn imported(&mut self, kind: Kind) -> Made {
        let arn = self.create(kind, HERE, "EXTERNAL");
        if kind == Kind::Importing {
            return self.really_imported(HERE, arn);
        }
        if kind != Kind::Symmetric {
            return self.bare(arn);
        }
        let mut key = self.stored(&arn);
        let mut entropy = SeededEntropy::new([3; 32]);
        let id = MaterialId::generate(&mut entropy);
        let row = Material::row(&(key.place(), id.clone()));
        let place = Place {
            collection: Material::COLLECTION,
            row: &row,
            version: 1,
        };
        let sealer = &self.installation.sealer;
        let sealed = sealer.seal(&place, &[7; 32], &mut entropy).unwrap();
        let material = Material {
            key: key.place(),
            id: id.clone(),
            sealed,
            public_key: None,
        };
        self.installation.install(&material);
        key.state = KeyState::Enabled;
        key.materials = vec![MaterialInfo {
            import: Some(Import {
                present: true,
                expires: None,
                description: None,
                public_key: None,
            }),
            ..MaterialInfo::first(id)
        }];
        self.installation.install(&key);
        self.furnished(kind, arn)
    }

    /// A key, and the request that brings its material.
    fn really_imported(&mut self, region: &str, arn: String) -> Made {
        let input = json!({"KeyId": arn, "WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"});
        let given = self.done_in(region, "GetParametersForImport", input);
        let public_key = given["PublicKey"].as_str().unwrap();
        let wrapped = wrap(OAEP, &STANDARD.decode(public_key).unwrap(), &[7; 32]);
        let input = json!({"KeyId": arn, "ImportToken": given["ImportToken"],
            "EncryptedKeyMaterial": STANDARD.encode(wrapped),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"});
        self.done_in(region, "ImportKeyMaterial", input.clone());
        region.clone_into(&mut self.installation.region);
        let made = self.bare(arn);
        HERE.clone_into(&mut self.installation.region);
        Made {
            product: input,
            ..made
        }
    }

    /// The material is gone again; a key that never had any is as it is.
    fn lose_material(&mut self, arn: &str) {
        let mut key = self.stored(arn);
        key.state = KeyState::PendingImport;
        for import in key.materials.iter_mut().filter_map(|m| m.import.as_mut()) {
            import.present = false;
        }
        self.installation.install(&key);
    }

    fn bare(&mut self, arn: String) -> Made {
        self.made += 1;
        let alias = format!("alias/a{}", self.made);
        let policy = self.done("GetKeyPolicy", json!({"KeyId": arn}))["Policy"].take();
        self.done(
            "CreateAlias",
            json!({"AliasName": alias, "TargetKeyId": arn}),
        );
        Made {
            arn,
            alias,
            grant: None,
            policy,
            product: json!("eA=="),
        }
    }

    fn furnished(&mut self, kind: Kind, arn: String) -> Made {
        let product = kind.product();
        let bare = self.bare(arn);
        let grant = json!({"KeyId": bare.arn, "GranteePrincipal": USER,
            "Operations": ["DescribeKey"]});
        let grant = self.done("CreateGrant", grant);
        let product = match product {
            Some((operation, member, mut input)) => {
                input["KeyId"] = json!(bare.arn);
                self.done(operation, input)[member].take()
            }
            None => bare.product,
        };
        Made {
            grant: Some(grant["GrantId"].clone()),
            product,
            ..bare
        }
    }
}
