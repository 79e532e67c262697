//! The keys of other specs on which the matrix is tried, and what was made with them.

use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

pub(crate) struct Pairs {
    pub(crate) signer: String,
    pub(crate) signature: Value,
    pub(crate) mac_key: String,
    pub(crate) mac: Value,
    pub(crate) agreement: String,
    pub(crate) peer: Value,
    pub(crate) kem: String,
    pub(crate) encapsulated: Value,
    pub(crate) rsa: String,
    pub(crate) rsa_ciphertext: Value,
}

fn call(i: &mut Installation, operation: &str, input: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "kms", operation, input)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn key(i: &mut Installation, spec: &str, usage: &str) -> String {
    let made = call(i, "CreateKey", json!({"KeySpec": spec, "KeyUsage": usage}));
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

impl Pairs {
    pub(crate) fn new(i: &mut Installation) -> Self {
        let signer = key(i, "ECC_NIST_P256", "SIGN_VERIFY");
        let mac_key = key(i, "HMAC_256", "GENERATE_VERIFY_MAC");
        let agreement = key(i, "ECC_NIST_P256", "KEY_AGREEMENT");
        let other = key(i, "ECC_NIST_P256", "KEY_AGREEMENT");
        let kem = key(i, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE");
        let rsa = key(i, "RSA_2048", "ENCRYPT_DECRYPT");
        let sign = json!({"KeyId": signer, "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
        let mac = json!({"KeyId": mac_key, "Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"});
        let encapsulate = json!({"KeyId": kem, "EncapsulationAlgorithm": "ML_KEM"});
        let encrypt = json!({"KeyId": rsa, "Plaintext": "eA==",
            "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"});
        Self {
            signature: call(i, "Sign", sign)["Signature"].take(),
            mac: call(i, "GenerateMac", mac)["Mac"].take(),
            peer: call(i, "GetPublicKey", json!({"KeyId": other}))["PublicKey"].take(),
            encapsulated: call(i, "Encapsulate", encapsulate)["SharedSecretCiphertextBlob"].take(),
            rsa_ciphertext: call(i, "Encrypt", encrypt)["CiphertextBlob"].take(),
            signer,
            mac_key,
            agreement,
            kem,
            rsa,
        }
    }
}
