//! What the tests of keys of other specs share: such keys, and a request of each operation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_testkit::installation::Installation;
use serde_json::{Value, json};

/// Not a text: the error comes without one.
pub(crate) const BARE: &str = "";

pub(crate) fn kms(i: &mut Installation, operation: &str, document: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "kms", operation, document)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

pub(crate) fn refused(i: &mut Installation, operation: &str, document: Value) -> (String, String) {
    let admin = i.admin.clone();
    let error = i
        .call(&admin, "kms", operation, document.clone())
        .expect_err(&format!("{operation} {document}"));
    let message = error.message.unwrap_or_default().into_owned();
    (error.shape.code.to_owned(), message)
}

pub(crate) fn key(i: &mut Installation, spec: &str, usage: &str) -> String {
    let made = kms(i, "CreateKey", json!({"KeySpec": spec, "KeyUsage": usage}));
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

pub(crate) fn base64(bytes: &[u8]) -> Value {
    json!(STANDARD.encode(bytes))
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn merged(mut one: Value, other: &Value) -> Value {
    let members = other.as_object().unwrap().clone();
    one.as_object_mut().unwrap().extend(members);
    one
}

pub(crate) fn shown(json: Option<&claviger_trail::Json>) -> Value {
    json.map_or(Value::Null, |j| serde_json::from_str(j.as_str()).unwrap())
}

/// The keys of the table of refusals, by the words that stand for them there.
pub(crate) fn named_keys(i: &mut Installation) -> Vec<(&'static str, String)> {
    [
        ("RSA", "RSA_2048", "ENCRYPT_DECRYPT"),
        ("SIGNER", "ECC_NIST_P256", "SIGN_VERIFY"),
        ("ED", "ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
        ("MLDSA", "ML_DSA_44", "SIGN_VERIFY"),
        ("HMAC", "HMAC_224", "GENERATE_VERIFY_MAC"),
        ("AGREE", "ECC_NIST_P256", "KEY_AGREEMENT"),
        ("KEM", "ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
        ("SYM", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    ]
    .into_iter()
    .map(|(name, spec, usage)| (name, key(i, spec, usage)))
    .collect()
}

/// A request of every operation that succeeds, for keys by the words of `named_keys`.
pub(crate) fn good_requests(
    i: &mut Installation,
    keys: &[(&'static str, String)],
) -> Vec<(&'static str, &'static str, Value)> {
    let arn = |word: &str| &keys.iter().find(|(name, _)| *name == word).unwrap().1;
    let sign =
        json!({"KeyId": arn("SIGNER"), "Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
    let mac = json!({"KeyId": arn("HMAC"), "Message": "eA==", "MacAlgorithm": "HMAC_SHA_224"});
    let kem = json!({"KeyId": arn("KEM"), "EncapsulationAlgorithm": "ML_KEM"});
    let pair = json!({"KeyId": arn("SYM"), "KeyPairSpec": "ECC_NIST_P256"});
    let oaep = json!({"KeyId": arn("RSA"), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"});
    let signature = kms(i, "Sign", sign.clone())["Signature"].take();
    let made = kms(i, "GenerateMac", mac.clone())["Mac"].take();
    let carried = kms(i, "Encapsulate", kem.clone())["SharedSecretCiphertextBlob"].take();
    let peer = kms(i, "GetPublicKey", json!({"KeyId": arn("AGREE")}))["PublicKey"].take();
    let encrypt = merged(oaep.clone(), &json!({"Plaintext": "eA=="}));
    let blob = kms(i, "Encrypt", encrypt.clone())["CiphertextBlob"].take();
    vec![
        ("Sign", "SIGNER", sign.clone()),
        (
            "Verify",
            "SIGNER",
            merged(sign, &json!({"Signature": signature})),
        ),
        ("GenerateMac", "HMAC", mac.clone()),
        ("VerifyMac", "HMAC", merged(mac, &json!({"Mac": made}))),
        ("Encapsulate", "KEM", kem.clone()),
        (
            "Decapsulate",
            "KEM",
            merged(kem, &json!({"SharedSecretCiphertextBlob": carried})),
        ),
        (
            "DeriveSharedSecret",
            "AGREE",
            json!({"KeyId": arn("AGREE"), "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}),
        ),
        ("GenerateDataKeyPair", "SYM", pair.clone()),
        ("GenerateDataKeyPairWithoutPlaintext", "SYM", pair),
        ("Encrypt", "RSA", encrypt),
        (
            "Decrypt",
            "RSA",
            merged(oaep, &json!({"CiphertextBlob": blob})),
        ),
    ]
}
