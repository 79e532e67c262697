//! What tests of imported material share: an installation, calls as its administrator, and the
//! client's side of an import.
#![allow(dead_code, reason = "each test file uses a part")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_testkit::installation::Installation;
use claviger_testkit::wrapping::wrap;
use claviger_trail::{Json, Record};
use serde_json::{Value, json};

pub(crate) type Told = Result<Value, (String, String)>;

/// The wrapping that fits every spec but RSA.
pub(crate) const OAEP: &str = "RSAES_OAEP_SHA_256";
/// The wrapping that fits private keys of any length.
pub(crate) const BY_AES: &str = "RSA_AES_KEY_WRAP_SHA_256";

pub(crate) struct Importing {
    pub(crate) i: Installation,
}

/// What GetParametersForImport gave.
#[derive(Clone)]
pub(crate) struct Parameters {
    pub(crate) algorithm: &'static str,
    pub(crate) public_key: Vec<u8>,
    pub(crate) token: Value,
}

impl Importing {
    pub(crate) fn new() -> Self {
        Self {
            i: Installation::new(),
        }
    }

    pub(crate) fn call(&mut self, operation: &str, document: Value) -> Told {
        let admin = self.i.admin.clone();
        self.i
            .call(&admin, "kms", operation, document)
            .map_err(|e| {
                let message = e.message.unwrap_or_default().into_owned();
                (e.shape.code.to_owned(), message)
            })
    }

    pub(crate) fn done(&mut self, operation: &str, document: Value) -> Value {
        self.call(operation, document.clone())
            .unwrap_or_else(|e| panic!("{operation} {document}: {e:?}"))
    }

    /// The ARN of a new key that waits for material.
    pub(crate) fn key(&mut self, spec: &str, usage: &str) -> String {
        let input = json!({"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage});
        let made = self.done("CreateKey", input);
        assert_eq!(made["KeyMetadata"]["KeyState"], "PendingImport");
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    pub(crate) fn symmetric(&mut self) -> (String, Parameters) {
        let key = self.key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
        let parameters = self.parameters(&key, OAEP);
        (key, parameters)
    }

    pub(crate) fn parameters(&mut self, key: &str, algorithm: &'static str) -> Parameters {
        let input =
            json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
        let given = self.done("GetParametersForImport", input);
        Parameters {
            algorithm,
            public_key: STANDARD
                .decode(given["PublicKey"].as_str().unwrap())
                .unwrap(),
            token: given["ImportToken"].clone(),
        }
    }

    /// Imports material that does not expire, but for what `more` says.
    pub(crate) fn import(
        &mut self,
        key: &str,
        parameters: &Parameters,
        material: &[u8],
        more: Value,
    ) -> Told {
        let input = parameters.input(key, material, more);
        self.call("ImportKeyMaterial", input)
    }

    pub(crate) fn metadata(&mut self, key: &str) -> Value {
        self.done("DescribeKey", json!({"KeyId": key}))["KeyMetadata"].take()
    }

    pub(crate) fn state(&mut self, key: &str) -> String {
        self.metadata(key)["KeyState"].as_str().unwrap().to_owned()
    }

    pub(crate) fn encrypt(&mut self, key: &str) -> Value {
        self.done("Encrypt", json!({"KeyId": key, "Plaintext": "eA=="}))["CiphertextBlob"].take()
    }

    pub(crate) fn decrypts(&mut self, blob: &Value) -> Told {
        self.call("Decrypt", json!({"CiphertextBlob": blob}))
    }

    pub(crate) fn materials(&mut self, key: &str) -> Vec<Value> {
        let input = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        let listed = self.done("ListKeyRotations", input);
        listed["Rotations"].as_array().unwrap().clone()
    }

    pub(crate) fn last(&self, event: &str) -> &Record {
        self.i.records_of(event).last().copied().unwrap()
    }
}

impl Parameters {
    pub(crate) fn input(&self, key: &str, material: &[u8], more: Value) -> Value {
        let wrapped = wrap(self.algorithm, &self.public_key, material);
        let mut input = json!({
            "KeyId": key, "ImportToken": self.token,
            "EncryptedKeyMaterial": STANDARD.encode(wrapped),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }
}

pub(crate) fn code(told: Told) -> String {
    told.map_or_else(|(code, _)| code, |_| "ok".to_owned())
}

pub(crate) fn shown(json: Option<&Json>) -> Value {
    json.map_or(Value::Null, |j| serde_json::from_str(j.as_str()).unwrap())
}
