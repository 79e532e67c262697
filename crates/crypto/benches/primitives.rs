//! What the cryptography of each operation costs alone: the numbers that a request's latency is
//! compared with. `bare` is aws-lc-rs with the key already parsed; the others read the key anew, as
//! every request does. Measured, never asserted (`docs/benchmarks.md`).
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(
    clippy::disallowed_types,
    reason = "the bare primitives are called as the library has them"
)]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{rsa, signature};
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

fn bare_signatures(bench: &mut Criterion) {
    let random = SystemRandom::new();
    for spec in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096] {
        let key = KeyMaterial::generate(spec, &mut entropy()).unwrap();
        let pair = rsa::KeyPair::from_pkcs8(key.bytes()).unwrap();
        let mut out = vec![0; pair.public_modulus_len()];
        bench.bench_function(&format!("Sign {spec}, bare"), |b| {
            b.iter(|| {
                let encoding = &signature::RSA_PSS_SHA256;
                pair.sign(encoding, &random, black_box(&MESSAGE), &mut out)
                    .unwrap();
            });
        });
    }
    let key = KeyMaterial::generate(KeySpec::EccNistP256, &mut entropy()).unwrap();
    let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let pair = signature::EcdsaKeyPair::from_pkcs8(algorithm, key.bytes()).unwrap();
    bench.bench_function("Sign ECC_NIST_P256, bare", |b| {
        b.iter(|| pair.sign(&random, black_box(&MESSAGE)).unwrap());
    });
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
    targets = signatures, bare_signatures, encryption, others
}
criterion_main!(benches);
