//! What the cryptography of each operation costs alone: the numbers that a request's latency is
//! compared with. A private key is read at its first use and stays so; "key read anew" is that first
//! use. Measured, never asserted (`docs/benchmarks.md`).
#![allow(clippy::unwrap_used, missing_docs)]

use claviger_crypto::{
    EncryptionAlgorithm, KeyMaterial, KeySpec, KeyUsage, MacAlgorithm, Message, MessageType,
    PublicKey, SigningAlgorithm,
};
use claviger_types::SeededEntropy;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

const MESSAGE: [u8; 64] = [7; 64];

fn entropy() -> SeededEntropy {
    SeededEntropy::new([5; 32])
}

fn signatures(bench: &mut Criterion) {
    for spec in KeySpec::ALL.iter().copied() {
        if !spec.usages().contains(&KeyUsage::SignVerify) {
            continue;
        }
        let algorithm = match spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                SigningAlgorithm::RsassaPssSha256
            }
            _ => *spec.signing_algorithms().first().unwrap(),
        };
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        let spki = key.public_key().unwrap().unwrap();
        let message = Message {
            kind: MessageType::Raw,
            bytes: &MESSAGE,
        };
        let signed = key.sign(algorithm, message, &mut entropy()).unwrap();
        bench.bench_function(&format!("Sign {spec}"), |b| {
            b.iter(|| {
                black_box(&key)
                    .sign(algorithm, message, &mut entropy())
                    .unwrap()
            });
        });
        bench.bench_function(&format!("Verify {spec}"), |b| {
            b.iter(|| {
                PublicKey::new(spec, &spki)
                    .verify(algorithm, message, black_box(&signed))
                    .unwrap();
            });
        });
    }
}

/// Signatures with a key that is read anew for each, as the first one after a start.
fn first_signatures(bench: &mut Criterion) {
    for (spec, algorithm) in [
        (KeySpec::Rsa2048, SigningAlgorithm::RsassaPssSha256),
        (KeySpec::Rsa3072, SigningAlgorithm::RsassaPssSha256),
        (KeySpec::Rsa4096, SigningAlgorithm::RsassaPssSha256),
        (KeySpec::EccNistP256, SigningAlgorithm::EcdsaSha256),
        (KeySpec::EccNistP521, SigningAlgorithm::EcdsaSha512),
        (KeySpec::EccSecgP256k1, SigningAlgorithm::EcdsaSha256),
    ] {
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        let message = Message {
            kind: MessageType::Raw,
            bytes: &MESSAGE,
        };
        bench.bench_function(&format!("Sign {spec}, key read anew"), |b| {
            b.iter(|| {
                let key = KeyMaterial::from_bytes(spec, black_box(key.bytes())).unwrap();
                key.sign(algorithm, message, &mut entropy()).unwrap()
            });
        });
    }
}

fn encryption(bench: &mut Criterion) {
    for spec in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096] {
        let algorithm = EncryptionAlgorithm::RsaesOaepSha256;
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        let spki = key.public_key().unwrap().unwrap();
        let public = PublicKey::new(spec, &spki);
        let blob = public.encrypt(algorithm, &MESSAGE).unwrap();
        bench.bench_function(&format!("Encrypt {spec}"), |b| {
            b.iter(|| public.encrypt(algorithm, black_box(&MESSAGE)).unwrap());
        });
        bench.bench_function(&format!("Decrypt {spec}"), |b| {
            b.iter(|| key.decrypt(algorithm, black_box(&blob)).unwrap());
        });
    }
}

fn others(bench: &mut Criterion) {
    for (spec, algorithm) in [
        (KeySpec::Hmac224, MacAlgorithm::HmacSha224),
        (KeySpec::Hmac512, MacAlgorithm::HmacSha512),
    ] {
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        bench.bench_function(&format!("GenerateMac {spec}"), |b| {
            b.iter(|| key.mac(algorithm, black_box(&MESSAGE)).unwrap());
        });
    }
    for spec in [
        KeySpec::EccNistP256,
        KeySpec::EccNistP384,
        KeySpec::EccNistP521,
    ] {
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        let peer = key.public_key().unwrap().unwrap();
        bench.bench_function(&format!("DeriveSharedSecret {spec}"), |b| {
            b.iter(|| key.derive_shared_secret(black_box(&peer)).unwrap());
        });
    }
    for spec in [KeySpec::MlKem512, KeySpec::MlKem768, KeySpec::MlKem1024] {
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        let spki = key.public_key().unwrap().unwrap();
        let public = PublicKey::new(spec, &spki);
        let made = public.encapsulate().unwrap();
        bench.bench_function(&format!("Encapsulate {spec}"), |b| {
            b.iter(|| public.encapsulate().unwrap());
        });
        bench.bench_function(&format!("Decapsulate {spec}"), |b| {
            b.iter(|| key.decapsulate(black_box(&made.ciphertext)).unwrap());
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).without_plots();
    targets = signatures, first_signatures, encryption, others
}
criterion_main!(benches);
