//! Key pairs for use outside KMS, as `GenerateDataKeyPair` hands them out. Encrypting the private
//! half is the caller's.

use crate::key_der;
use crate::material::{KeyMaterial, MaterialError};
use crate::spec::KeySpec;
use claviger_types::{Entropy, Secret};

/// A data key pair.
pub struct DataKeyPair {
    /// PKCS#8 v1 DER; of ML-KEM in the seed form, so that it is as long for all three
    /// (KMS API reference, `GenerateDataKeyPair`; RFC 9935, section 6).
    pub private_key: Secret<Vec<u8>>,
    /// SPKI DER.
    pub public_key: Vec<u8>,
}

impl DataKeyPair {
    /// A new pair; see [`KeyMaterial::generate`] for where its bytes come from and how long RSA
    /// takes.
    ///
    /// # Errors
    /// [`MaterialError::Failed`], also for specs that are none of key pairs
    /// ([`KeySpec::is_data_key_pair`]).
    pub fn generate(spec: KeySpec, entropy: &mut dyn Entropy) -> Result<Self, MaterialError> {
        let failed = MaterialError::Failed(spec);
        if !spec.is_data_key_pair() {
            return Err(failed);
        }
        let material = KeyMaterial::generate(spec, entropy)?;
        Self::of(&material)
    }

    /// The pair of material that was already made.
    ///
    /// # Errors
    /// [`MaterialError`], also for specs that are none of key pairs.
    pub fn of(material: &KeyMaterial) -> Result<Self, MaterialError> {
        let failed = MaterialError::Failed(material.spec());
        let public_key = material.public_key()?.ok_or(failed)?;
        let private_key = key_der::private_key(material.spec(), material.bytes()).ok_or(failed)?;
        Ok(Self {
            private_key,
            public_key,
        })
    }
}
