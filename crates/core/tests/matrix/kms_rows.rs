//! The rows of KMS. Source: KMS Developer Guide, "AWS KMS permissions"; KMS API Reference,
//! "Required permissions" of each operation. Keys are named by ARN, so that another account can
//! name them too.

use super::world::ALICE;
use super::{Abroad, Demand, Guard, Row, World, merged};
use serde_json::{Value, json};

/// A key that has no id yet.
const NEW_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/*";
const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

pub(super) fn rows(world: &World) -> Vec<Row> {
    [
        on_one_key(world),
        on_other_specs(world),
        on_ciphertexts(world),
        on_aliases(world),
        retirements(world),
        on_related_keys(world),
        on_imported_material(world),
        without_key(),
        key_stores(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An operation on a key, with its other members, and whether other accounts can be let in.
fn on_key(operation: &'static str, key: &str, more: Value, crosses: bool) -> Row {
    let demands = vec![Demand::on_key(format!("kms:{operation}"), key)];
    let input = merged(json!({"KeyId": key}), more);
    Row::of("kms", operation, input, demands).abroad(if crosses {
        Abroad::ByInvitation(0)
    } else {
        Abroad::Never(0)
    })
}

fn on_one_key(world: &World) -> Vec<Row> {
    let none = || json!({});
    let grant = json!({"GrantId": world.grant["GrantId"]});
    let data_key = json!({"KeySpec": "AES_256"});
    let grantee = json!({"GranteePrincipal": ALICE, "Operations": ["Encrypt"]});
    let tags = json!({"Tags": [{"TagKey": "team", "TagValue": "blue"}]});
    let mut rows: Vec<Row> = [
        ("CreateGrant", grantee, true),
        ("DescribeKey", none(), true),
        ("DisableKey", none(), false),
        ("DisableKeyRotation", none(), false),
        ("EnableKey", none(), false),
        ("EnableKeyRotation", none(), false),
        ("Encrypt", json!({"Plaintext": "eA=="}), true),
        ("GenerateDataKey", data_key.clone(), true),
        ("GenerateDataKeyWithoutPlaintext", data_key, true),
        ("GetKeyLastUsage", none(), false),
        ("GetKeyPolicy", none(), false),
        ("GetKeyRotationStatus", none(), true),
        ("ListGrants", none(), true),
        ("ListKeyPolicies", none(), false),
        ("ListKeyRotations", none(), false),
        ("ListResourceTags", none(), false),
        ("PutKeyPolicy", json!({"Policy": POLICY}), false),
        ("RevokeGrant", grant, true),
        ("RotateKeyOnDemand", none(), false),
        ("ScheduleKeyDeletion", none(), false),
        ("TagResource", tags, false),
        ("UntagResource", json!({"TagKeys": ["team"]}), false),
        ("UpdateKeyDescription", json!({"Description": "d"}), false),
    ]
    .into_iter()
    .map(|(operation, more, crosses)| on_key(operation, &world.key, more, crosses))
    .collect();
    rows.push(on_key(
        "CancelKeyDeletion",
        &world.leaving_key,
        none(),
        false,
    ));
    rows
}

/// Operations of keys of other specs, and those of symmetric keys with RSA.
fn on_other_specs(world: &World) -> Vec<Row> {
    let pairs = &world.pairs;
    let sign = json!({"Message": "eA==", "SigningAlgorithm": "ECDSA_SHA_256"});
    let mac = json!({"Message": "eA==", "MacAlgorithm": "HMAC_SHA_256"});
    let kem = json!({"EncapsulationAlgorithm": "ML_KEM"});
    let rsa = json!({"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"});
    let pair = json!({"KeyPairSpec": "ECC_NIST_P256"});
    let agree = json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": pairs.peer});
    let with = |one: &Value, other: Value| merged(one.clone(), other);
    [
        (
            "Decapsulate",
            &pairs.kem,
            with(
                &kem,
                json!({"SharedSecretCiphertextBlob": pairs.encapsulated}),
            ),
        ),
        ("DeriveSharedSecret", &pairs.agreement, agree),
        ("Encapsulate", &pairs.kem, kem),
        ("GenerateDataKeyPair", &world.key, pair.clone()),
        ("GenerateDataKeyPairWithoutPlaintext", &world.key, pair),
        ("GenerateMac", &pairs.mac_key, mac.clone()),
        ("GetPublicKey", &pairs.signer, json!({})),
        ("Sign", &pairs.signer, sign.clone()),
        (
            "Verify",
            &pairs.signer,
            with(&sign, json!({"Signature": pairs.signature})),
        ),
        (
            "VerifyMac",
            &pairs.mac_key,
            with(&mac, json!({"Mac": pairs.mac})),
        ),
        (
            "Encrypt",
            &pairs.rsa,
            with(&rsa, json!({"Plaintext": "eA=="})),
        ),
        (
            "Decrypt",
            &pairs.rsa,
            with(&rsa, json!({"CiphertextBlob": pairs.rsa_ciphertext})),
        ),
    ]
    .into_iter()
    .map(|(operation, key, more)| on_key(operation, key, more, true))
    .collect()
}

/// A key can be named by the ciphertext alone. ReEncrypt demands one action on each of two keys.
fn on_ciphertexts(world: &World) -> Vec<Row> {
    let (key, other) = (world.key.as_str(), world.other_key.as_str());
    let blob = json!({"CiphertextBlob": world.ciphertext});
    let to = json!({"CiphertextBlob": world.ciphertext, "DestinationKeyId": other});
    let decrypt = || Demand::on_key("kms:Decrypt", key);
    let from = || Demand::on_key("kms:ReEncryptFrom", key);
    let re_encrypt_to = || Demand::on_key("kms:ReEncryptTo", other);
    [
        (
            "Decrypt",
            merged(blob.clone(), json!({"KeyId": key})),
            vec![decrypt()],
        ),
        ("Decrypt", blob, vec![decrypt().by_ciphertext()]),
        (
            "ReEncrypt",
            merged(to.clone(), json!({"SourceKeyId": key})),
            vec![from(), re_encrypt_to()],
        ),
        (
            "ReEncrypt",
            to,
            vec![from().by_ciphertext(), re_encrypt_to()],
        ),
    ]
    .into_iter()
    .map(|(operation, input, demands)| {
        Row::of("kms", operation, input, demands).abroad(Abroad::ByInvitation(0))
    })
    .collect()
}

/// A change of an alias needs its action on the alias and on every key it touches. An alias name is
/// one of the caller's account, so another account can only point its own at our key.
fn on_aliases(world: &World) -> Vec<Row> {
    let (key, other) = (world.key.as_str(), world.other_key.as_str());
    let row = |operation: &'static str, name: &str, target: Option<&str>, keys: &[&str]| {
        let action = format!("kms:{operation}");
        let mut input = json!({"AliasName": format!("alias/{name}")});
        if let Some(target) = target {
            input["TargetKeyId"] = json!(target);
        }
        let mut demands = vec![Demand::on(&action, format!("{ALIAS}{name}"))];
        demands.extend(keys.iter().map(|k| Demand::on_key(&action, k)));
        Row::of("kms", operation, input, demands)
    };
    vec![
        row("CreateAlias", "new", Some(key), &[key]).abroad(Abroad::Never(1)),
        row("UpdateAlias", "matrix", Some(other), &[key, other]).abroad(Abroad::Never(2)),
        row("DeleteAlias", "matrix", None, &[key])
            .abroad(Abroad::Nothing("an alias is on a key of its own account")),
    ]
}

/// RetireGrant is decided by the grant: whom it names needs no policy, and the accounts concerned
/// hand the right on by identity policies. The key policy has no say, so that no other account can
/// be let in by it (KMS Developer Guide, "Retiring and revoking grants").
fn retirements(world: &World) -> Vec<Row> {
    let by_id = |grant: &Value| json!({"KeyId": world.key, "GrantId": grant["GrantId"]});
    let row = |input: Value| {
        let demand = Demand {
            guard: Guard::Grant(world.key.clone()),
            ..Demand::on("kms:RetireGrant", &world.key)
        };
        Row::of("kms", "RetireGrant", input, vec![demand]).abroad(Abroad::Never(0))
    };
    vec![
        row(by_id(&world.grant)),
        row(json!({"GrantToken": world.grant["GrantToken"]})),
        row(by_id(&world.own_grant)).free("the grant names the caller as its retiring principal"),
    ]
}

/// A replica needs permission on its primary key and to create a key in its own Region, by identity
/// policies; a new primary Region needs permission on both keys.
fn on_related_keys(world: &World) -> Vec<Row> {
    let (primary, replica) = (world.primary_key.as_str(), world.replica_key.as_str());
    let key = json!({"KeyId": primary});
    let replicate = || Demand::on_key("kms:ReplicateKey", primary);
    let create = || Demand::on("kms:CreateKey", "*");
    let made = replica.replace("eu-west-1", "us-west-2");
    let into = merged(key.clone(), json!({"ReplicaRegion": "us-west-2"}));
    let tags = json!({"Tags": [{"TagKey": "team", "TagValue": "blue"}]});
    let update = |key| Demand::on_key("kms:UpdatePrimaryRegion", key);
    [
        ("ReplicateKey", into.clone(), vec![replicate(), create()]),
        (
            "ReplicateKey",
            merged(into, tags),
            vec![replicate(), create(), Demand::on("kms:TagResource", made)],
        ),
        (
            "UpdatePrimaryRegion",
            merged(key, json!({"PrimaryRegion": "eu-west-1"})),
            vec![update(primary), update(replica)],
        ),
    ]
    .into_iter()
    .map(|(operation, input, demands)| {
        Row::of("kms", operation, input, demands).abroad(Abroad::Never(0))
    })
    .collect()
}

fn on_imported_material(world: &World) -> Vec<Row> {
    let wrapping =
        json!({"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    [
        ("GetParametersForImport", wrapping),
        ("ImportKeyMaterial", world.import.clone()),
        ("DeleteImportedKeyMaterial", json!({})),
    ]
    .into_iter()
    .map(|(operation, more)| on_key(operation, &world.imported_key, more, false))
    .collect()
}

/// Operations that identity policies alone decide.
fn without_key() -> Vec<Row> {
    let on_all = |action: &str| Demand::on(action, "*");
    let tags = json!({"Tags": [{"TagKey": "team", "TagValue": "blue"}]});
    [
        ("CreateKey", json!({}), vec![on_all("kms:CreateKey")]),
        (
            "CreateKey",
            tags,
            vec![
                on_all("kms:CreateKey"),
                Demand::on("kms:TagResource", NEW_KEY),
            ],
        ),
        (
            "GenerateRandom",
            json!({"NumberOfBytes": 1}),
            vec![on_all("kms:GenerateRandom")],
        ),
        ("ListAliases", json!({}), vec![on_all("kms:ListAliases")]),
        ("ListKeys", json!({}), vec![on_all("kms:ListKeys")]),
        // The resource is the principal that the request names; no key takes part.
        (
            "ListRetirableGrants",
            json!({"RetiringPrincipal": ALICE}),
            vec![Demand::on("kms:ListRetirableGrants", ALICE)],
        ),
    ]
    .into_iter()
    .map(|(operation, input, demands)| Row::of("kms", operation, input, demands))
    .collect()
}

/// Custom key stores: none can be reached, so none is there.
fn key_stores() -> Vec<Row> {
    let missing = "CustomKeyStoreNotFoundException";
    let id = || json!({"CustomKeyStoreId": "cks-1234567890abcdef0"});
    let proxy = json!({
        "CustomKeyStoreName": "n", "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": "https://xks.example.com", "XksProxyUriPath": "/kms/xks/v1",
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": "A".repeat(20), "RawSecretAccessKey": "s".repeat(43),
        },
    });
    [
        ("ConnectCustomKeyStore", id(), Some(missing)),
        (
            "CreateCustomKeyStore",
            proxy,
            Some("XksProxyUriUnreachableException"),
        ),
        ("DeleteCustomKeyStore", id(), Some(missing)),
        ("DescribeCustomKeyStores", json!({}), None),
        ("DisconnectCustomKeyStore", id(), Some(missing)),
        ("UpdateCustomKeyStore", id(), Some(missing)),
    ]
    .into_iter()
    .map(|(operation, input, ends_in)| {
        let demand = Demand::on(format!("kms:{operation}"), "*");
        let row = Row::of("kms", operation, input, vec![demand]);
        match ends_in {
            Some(code) => row.ends_in(code),
            None => row,
        }
    })
    .collect()
}
