//! Key specs, key usages and the algorithms that go with them, under AWS's names. What an algorithm
//! does stands elsewhere. SM2 and its algorithms belong to the China Regions and are left out.
//! Source: KMS Developer Guide, "Key spec reference"; KMS API reference, `CreateKey`.

use serde::{Deserialize, Serialize};

/// Declares an enum whose members have one name each on the wire and at rest.
macro_rules! wire_names {
    ($(#[$doc:meta])* $name:ident { $($member:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $(
            #[doc = concat!("`", $text, "`.")]
            #[serde(rename = $text)]
            $member,
        )* }

        impl $name {
            /// All of them, in the order of the service model.
            pub const ALL: &'static [Self] = &[$(Self::$member),*];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)* }
            }

            /// The one of a name; `None` for a name that this service does not know.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$member),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

wire_names! {
    /// The kind of material a KMS key has.
    KeySpec {
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
        EccNistP256 = "ECC_NIST_P256",
        EccNistP384 = "ECC_NIST_P384",
        EccNistP521 = "ECC_NIST_P521",
        EccSecgP256k1 = "ECC_SECG_P256K1",
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        Hmac224 = "HMAC_224",
        Hmac256 = "HMAC_256",
        Hmac384 = "HMAC_384",
        Hmac512 = "HMAC_512",
        MlDsa44 = "ML_DSA_44",
        MlDsa65 = "ML_DSA_65",
        MlDsa87 = "ML_DSA_87",
        EccNistEdwards25519 = "ECC_NIST_EDWARDS25519",
        MlKem512 = "ML_KEM_512",
        MlKem768 = "ML_KEM_768",
        MlKem1024 = "ML_KEM_1024",
    }
}

wire_names! {
    /// What a KMS key is for; chosen at its creation and never changed.
    KeyUsage {
        SignVerify = "SIGN_VERIFY",
        EncryptDecrypt = "ENCRYPT_DECRYPT",
        GenerateVerifyMac = "GENERATE_VERIFY_MAC",
        KeyAgreement = "KEY_AGREEMENT",
        EncapsulateDecapsulate = "ENCAPSULATE_DECAPSULATE",
    }
}

wire_names! {
    /// How `Encrypt` encrypts.
    EncryptionAlgorithm {
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
    }
}

wire_names! {
    /// How `Sign` signs.
    SigningAlgorithm {
        RsassaPssSha256 = "RSASSA_PSS_SHA_256",
        RsassaPssSha384 = "RSASSA_PSS_SHA_384",
        RsassaPssSha512 = "RSASSA_PSS_SHA_512",
        RsassaPkcs1V15Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
        RsassaPkcs1V15Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
        RsassaPkcs1V15Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
        EcdsaSha256 = "ECDSA_SHA_256",
        EcdsaSha384 = "ECDSA_SHA_384",
        EcdsaSha512 = "ECDSA_SHA_512",
        MlDsaShake256 = "ML_DSA_SHAKE_256",
        Ed25519Sha512 = "ED25519_SHA_512",
        Ed25519PhSha512 = "ED25519_PH_SHA_512",
    }
}

wire_names! {
    /// What the `Message` of `Sign` and `Verify` is.
    MessageType {
        Raw = "RAW",
        Digest = "DIGEST",
        ExternalMu = "EXTERNAL_MU",
    }
}

wire_names! {
    /// How `GenerateMac` authenticates.
    MacAlgorithm {
        HmacSha224 = "HMAC_SHA_224",
        HmacSha256 = "HMAC_SHA_256",
        HmacSha384 = "HMAC_SHA_384",
        HmacSha512 = "HMAC_SHA_512",
    }
}

wire_names! {
    /// How `DeriveSharedSecret` agrees.
    KeyAgreementAlgorithm {
        Ecdh = "ECDH",
    }
}

wire_names! {
    /// How `Encapsulate` encapsulates.
    EncapsulationAlgorithm {
        MlKem = "ML_KEM",
    }
}

wire_names! {
    /// The pair of a wrapping key; SM2 belongs to the China Regions.
    WrappingKeySpec {
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
    }
}

impl WrappingKeySpec {
    /// Length of the modulus, in bytes.
    #[must_use]
    pub const fn modulus_len(self) -> usize {
        match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
        }
    }
}

wire_names! {
    /// How imported material is wrapped. `RSAES_PKCS1_V1_5` has been refused since October 2023.
    WrappingAlgorithm {
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
        RsaAesKeyWrapSha1 = "RSA_AES_KEY_WRAP_SHA_1",
        RsaAesKeyWrapSha256 = "RSA_AES_KEY_WRAP_SHA_256",
    }
}

const OAEP: &[EncryptionAlgorithm] = &[
    EncryptionAlgorithm::RsaesOaepSha1,
    EncryptionAlgorithm::RsaesOaepSha256,
];

const RSASSA: &[SigningAlgorithm] = &[
    SigningAlgorithm::RsassaPkcs1V15Sha256,
    SigningAlgorithm::RsassaPkcs1V15Sha384,
    SigningAlgorithm::RsassaPkcs1V15Sha512,
    SigningAlgorithm::RsassaPssSha256,
    SigningAlgorithm::RsassaPssSha384,
    SigningAlgorithm::RsassaPssSha512,
];

const ED25519: &[SigningAlgorithm] = &[
    SigningAlgorithm::Ed25519Sha512,
    SigningAlgorithm::Ed25519PhSha512,
];

/// The families of key specs: what UpdateAlias keeps together, and what imports, rotates and
/// encrypts alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFamily {
    /// A symmetric encryption key.
    Symmetric,
    /// A key pair.
    Asymmetric,
    /// An HMAC key.
    Hmac,
}

impl EncryptionAlgorithm {
    /// The most bytes of plaintext that it encrypts under a key of a spec; `None` where they do not
    /// go together. RSA: the modulus less two hashes and two bytes (RFC 8017, section 7.1.1).
    #[must_use]
    pub const fn most_plaintext(self, spec: KeySpec) -> Option<usize> {
        match (self, spec, spec.modulus_len()) {
            (Self::SymmetricDefault, KeySpec::SymmetricDefault, _) => Some(4096),
            (Self::RsaesOaepSha1, _, Some(modulus)) => Some(modulus - 42),
            (Self::RsaesOaepSha256, _, Some(modulus)) => Some(modulus - 66),
            _ => None,
        }
    }
}

impl KeySpec {
    /// Whether the spec is a symmetric encryption key, a key pair or an HMAC key.
    #[must_use]
    pub const fn family(self) -> KeyFamily {
        match self {
            Self::SymmetricDefault => KeyFamily::Symmetric,
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => KeyFamily::Hmac,
            _ => KeyFamily::Asymmetric,
        }
    }

    /// The usages that a key of this spec can have.
    #[must_use]
    pub const fn usages(self) -> &'static [KeyUsage] {
        match self {
            Self::SymmetricDefault => &[KeyUsage::EncryptDecrypt],
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => {
                &[KeyUsage::EncryptDecrypt, KeyUsage::SignVerify]
            }
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 => {
                &[KeyUsage::SignVerify, KeyUsage::KeyAgreement]
            }
            Self::EccSecgP256k1
            | Self::EccNistEdwards25519
            | Self::MlDsa44
            | Self::MlDsa65
            | Self::MlDsa87 => &[KeyUsage::SignVerify],
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => {
                &[KeyUsage::GenerateVerifyMac]
            }
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => {
                &[KeyUsage::EncapsulateDecapsulate]
            }
        }
    }

    /// The encryption algorithms of a key of this spec that encrypts; in the order of
    /// `KeyMetadata$EncryptionAlgorithms`.
    #[must_use]
    pub const fn encryption_algorithms(self) -> &'static [EncryptionAlgorithm] {
        match self {
            Self::SymmetricDefault => &[EncryptionAlgorithm::SymmetricDefault],
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => OAEP,
            _ => &[],
        }
    }

    /// The signing algorithms of a key of this spec that signs.
    #[must_use]
    pub const fn signing_algorithms(self) -> &'static [SigningAlgorithm] {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => RSASSA,
            Self::EccNistP256 | Self::EccSecgP256k1 => &[SigningAlgorithm::EcdsaSha256],
            Self::EccNistP384 => &[SigningAlgorithm::EcdsaSha384],
            Self::EccNistP521 => &[SigningAlgorithm::EcdsaSha512],
            Self::EccNistEdwards25519 => ED25519,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => &[SigningAlgorithm::MlDsaShake256],
            _ => &[],
        }
    }

    /// The MAC algorithms of a key of this spec.
    #[must_use]
    pub const fn mac_algorithms(self) -> &'static [MacAlgorithm] {
        match self {
            Self::Hmac224 => &[MacAlgorithm::HmacSha224],
            Self::Hmac256 => &[MacAlgorithm::HmacSha256],
            Self::Hmac384 => &[MacAlgorithm::HmacSha384],
            Self::Hmac512 => &[MacAlgorithm::HmacSha512],
            _ => &[],
        }
    }

    /// The key agreement algorithms of a key of this spec that agrees.
    #[must_use]
    pub const fn key_agreement_algorithms(self) -> &'static [KeyAgreementAlgorithm] {
        match self {
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 => {
                &[KeyAgreementAlgorithm::Ecdh]
            }
            _ => &[],
        }
    }

    /// The encapsulation algorithms of a key of this spec.
    #[must_use]
    pub const fn encapsulation_algorithms(self) -> &'static [EncapsulationAlgorithm] {
        match self {
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => &[EncapsulationAlgorithm::MlKem],
            _ => &[],
        }
    }

    /// Length of the modulus of an RSA key, in bytes.
    #[must_use]
    pub const fn modulus_len(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(256),
            Self::Rsa3072 => Some(384),
            Self::Rsa4096 => Some(512),
            _ => None,
        }
    }

    /// Length of an HMAC key that KMS generates, in bytes: that of the hash (KMS Developer Guide,
    /// "HMAC keys").
    #[must_use]
    pub const fn hmac_len(self) -> Option<usize> {
        match self {
            Self::Hmac224 => Some(28),
            Self::Hmac256 => Some(32),
            Self::Hmac384 => Some(48),
            Self::Hmac512 => Some(64),
            _ => None,
        }
    }

    /// Whether `GenerateDataKeyPair` makes pairs of this spec (`DataKeyPairSpec` of the model).
    #[must_use]
    pub const fn is_data_key_pair(self) -> bool {
        !matches!(
            self,
            Self::SymmetricDefault
                | Self::Hmac224
                | Self::Hmac256
                | Self::Hmac384
                | Self::Hmac512
                | Self::MlDsa44
                | Self::MlDsa65
                | Self::MlDsa87
        )
    }

    /// Whether material of this spec can be imported (KMS Developer Guide, "Importing key
    /// material": ML-DSA and ML-KEM cannot).
    #[must_use]
    pub const fn imports(self) -> bool {
        !matches!(
            self,
            Self::MlDsa44
                | Self::MlDsa65
                | Self::MlDsa87
                | Self::MlKem512
                | Self::MlKem768
                | Self::MlKem1024
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a key of a spec and usage can do, as `KeyMetadata` lists it.
    fn algorithms(spec: KeySpec, usage: KeyUsage) -> Vec<&'static str> {
        match usage {
            KeyUsage::EncryptDecrypt => spec
                .encryption_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
            KeyUsage::SignVerify => spec
                .signing_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
            KeyUsage::GenerateVerifyMac => {
                spec.mac_algorithms().iter().map(|a| a.as_str()).collect()
            }
            KeyUsage::KeyAgreement => spec
                .key_agreement_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
            KeyUsage::EncapsulateDecapsulate => spec
                .encapsulation_algorithms()
                .iter()
                .map(|a| a.as_str())
                .collect(),
        }
    }

    #[test]
    fn every_usage_of_every_spec_has_an_algorithm_and_every_name_reads_back() {
        for spec in KeySpec::ALL.iter().copied() {
            assert_eq!(KeySpec::named(spec.as_str()), Some(spec));
            for usage in spec.usages().iter().copied() {
                assert_eq!(KeyUsage::named(usage.as_str()), Some(usage));
                assert!(!algorithms(spec, usage).is_empty(), "{spec} {usage}");
            }
        }
        assert_eq!(KeySpec::named("SM2"), None);
    }
}
