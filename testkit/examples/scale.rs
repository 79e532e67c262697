//! How decisions and pages grow with what there is: an installation in memory with many keys,
//! aliases and grants, whose rows are made as the store would hold them. Prints times and memory;
//! asserts none of them (`docs/benchmarks.md`).
//!
//!     cargo run --release -p claviger-testkit --example scale
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement, not a part of the service"
)]

use claviger_core::state::{RowDecoder, Snapshot};
use claviger_testkit::installation::{Installation, Login, service_of};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const MANY: usize = 100_000;
const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

fn main() {
    decisions();
    grants_of_one_key();
    many_of_everything();
}

fn user(i: &mut Installation, name: &str) -> Login {
    let admin = i.admin.clone();
    i.call(&admin, "iam", "CreateUser", json!({"UserName": name}))
        .expect("a user");
    let made = i
        .call(&admin, "iam", "CreateAccessKey", json!({"UserName": name}))
        .expect("an access key");
    let text = |member: &str| made["AccessKey"][member].as_str().expect("text").to_owned();
    Login {
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    }
}

fn admin(i: &mut Installation, operation: &str, document: Value) -> Value {
    let admin = i.admin.clone();
    i.call(&admin, "kms", operation, document)
        .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
}

fn key(i: &mut Installation) -> String {
    let made = admin(i, "CreateKey", json!({}));
    made["KeyMetadata"]["Arn"]
        .as_str()
        .expect("an ARN")
        .to_owned()
}

/// The newest row of a collection, as a pattern for more.
fn pattern(i: &Installation, collection: &str) -> (String, Value) {
    let of = |((kind, _), _): &(&(String, String), &Vec<u8>)| kind == collection;
    let ((_, row), value) = i.rows.iter().rfind(of).expect("a row");
    let value = serde_json::from_slice(value).expect("JSON");
    (row.clone(), value)
}

fn load(snapshot: &mut Snapshot, decoder: &mut RowDecoder, row: &(String, String, Vec<u8>)) {
    let (collection, name, value) = row;
    let decoded = decoder.decode(collection, name, 1, value).expect("a row");
    snapshot.load(decoded);
}

/// The grant `at` after the pattern of `grant`: its grantee is of another account and has ten.
fn grant_row(row: &str, grant: &Value, at: usize) -> (String, String, Vec<u8>) {
    let place = row.rsplit_once('/').expect("a grant's row").0;
    let mut grant = grant.clone();
    let id = format!("{:064x}", at + 1);
    grant["id"] = json!(id);
    grant["grantee"] = json!({"arn": format!("arn:aws:iam::999900001111:role/r{}", at / 10)});
    grant["retiring"] = json!({"arn": format!("arn:aws:iam::999900001111:user/u{at}")});
    let value = serde_json::to_vec(&grant).expect("JSON");
    ("kms.grant".to_owned(), format!("{place}/{id}"), value)
}

/// The fastest and the median of many calls that change nothing.
fn measure(i: &mut Installation, login: &Login, operation: &str, document: &Value) -> String {
    let mut times: Vec<Duration> = Vec::new();
    let begin = Instant::now();
    while times.len() < 11 || (begin.elapsed() < Duration::from_millis(700) && times.len() < 5000) {
        let service = service_of("kms");
        let caller = i.caller(login, service).expect("a login");
        let start = Instant::now();
        let outcome = i.decide(caller, service, operation, document.clone());
        times.push(start.elapsed());
        let error = outcome.result.err();
        let dry = |e: &claviger_core::chain::ServiceError| {
            e.shape.code == "DryRunOperationException" || e.shape.code == "AccessDeniedException"
        };
        assert!(error.is_none_or(|e| dry(&e)), "{operation}");
    }
    times.sort();
    let micros = |d: &Duration| format!("{:.1}", d.as_secs_f64() * 1e6);
    let least = times.first().map(micros).unwrap_or_default();
    let median = times.get(times.len() / 2).map(micros).unwrap_or_default();
    format!("{least} µs fastest, {median} µs median of {}", times.len())
}

fn decisions() {
    println!("decisions on a key, by the number of its grants");
    for count in [0, 1_000, 50_000] {
        let mut i = Installation::new();
        let (alice, bob) = (user(&mut i, "alice"), user(&mut i, "bob"));
        let key = key(&mut i);
        let asked = json!({"KeyId": key, "GranteePrincipal": ALICE, "RetiringPrincipal": ALICE,
            "Operations": ["Encrypt", "Decrypt", "DescribeKey"]});
        admin(&mut i, "CreateGrant", asked);
        let (row, grant) = pattern(&i, "kms.grant");
        let mut decoder = RowDecoder::default();
        for at in 0..count {
            load(&mut i.snapshot, &mut decoder, &grant_row(&row, &grant, at));
        }
        let document = json!({"KeyId": key, "Plaintext": "eA=="});
        let root = i.admin.clone();
        for (who, login) in [("policy", &root), ("grant", &alice), ("nothing", &bob)] {
            let found = measure(&mut i, login, "Encrypt", &document);
            println!("  {count:>6} others, Encrypt allowed by {who:<7}: {found}");
        }
    }
}

/// The document that asks for the last page.
fn last_page(i: &mut Installation, operation: &str, mut document: Value) -> Value {
    loop {
        let page = admin(i, operation, document.clone());
        if page["Truncated"] != json!(true) {
            return document;
        }
        document["Marker"] = page["NextMarker"].clone();
    }
}

fn pages(i: &mut Installation, operation: &str, first: &Value) {
    let root = i.admin.clone();
    let found = measure(i, &root, operation, first);
    println!("  {operation}, first page: {found}");
    let last = last_page(i, operation, first.clone());
    let found = measure(i, &root, operation, &last);
    println!("  {operation}, last page:  {found}");
}

fn grants_of_one_key() {
    println!("one key with 49,998 grants");
    let mut i = Installation::new();
    user(&mut i, "alice");
    let key = key(&mut i);
    let named = json!({"KeyId": key, "GranteePrincipal": ALICE, "RetiringPrincipal": ALICE,
        "Operations": ["Encrypt", "Decrypt", "DescribeKey"], "Name": "again"});
    admin(&mut i, "CreateGrant", named.clone());
    let (row, grant) = pattern(&i, "kms.grant");
    let mut decoder = RowDecoder::default();
    for at in 0..49_997 {
        load(&mut i.snapshot, &mut decoder, &grant_row(&row, &grant, at));
    }
    pages(&mut i, "ListGrants", &json!({"KeyId": key, "Limit": 100}));
    let one = json!({"KeyId": key, "GranteePrincipal": ALICE});
    let root = i.admin.clone();
    let found = measure(&mut i, &root, "ListGrants", &one);
    println!("  ListGrants of one grantee: {found}");
    let found = measure(
        &mut i,
        &root,
        "ListRetirableGrants",
        &json!({"RetiringPrincipal": ALICE}),
    );
    println!("  ListRetirableGrants: {found}");
    let found = measure(&mut i, &root, "CreateGrant", &named);
    println!("  CreateGrant again under its name: {found}");
    let mut new = named;
    new["Name"] = json!("new");
    let found = measure(&mut i, &root, "CreateGrant", &new);
    println!("  CreateGrant: {found}");
}

/// Rows of keys (with their materials), of aliases, and of a grant on each key.
fn rows_of_everything(i: &Installation) -> [Vec<(String, String, Vec<u8>)>; 3] {
    let (key_row, key) = pattern(i, "kms.key");
    let (_, material) = pattern(i, "kms.material");
    let (_, alias) = pattern(i, "kms.alias");
    let (_, grant) = pattern(i, "kms.grant");
    let (place, old) = key_row.rsplit_once('/').expect("a key's row");
    let mut all: [Vec<(String, String, Vec<u8>)>; 3] = Default::default();
    for at in 0..MANY {
        let id = format!("{at:08x}-0000-4000-8000-000000000000");
        let text = |value: &Value| value.to_string().replace(old, &id);
        let key_place = format!("{place}/{id}");
        let material_id = material["id"].as_str().expect("an id");
        all[0].push(("kms.key".to_owned(), key_place.clone(), text(&key).into()));
        let row = format!("{key_place}/{material_id}");
        all[0].push(("kms.material".to_owned(), row, text(&material).into()));
        let mut alias: Value = serde_json::from_str(&text(&alias)).expect("JSON");
        let name = format!("alias/a{at}");
        alias["name"] = json!(name);
        let row = format!("{place}/{name}");
        all[1].push(("kms.alias".to_owned(), row, alias.to_string().into()));
        let grant: Value = serde_json::from_str(&text(&grant)).expect("JSON");
        all[2].push(grant_row(&format!("{key_place}/x"), &grant, at));
    }
    all
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|l| l.starts_with("VmRSS"))
        .expect("RSS");
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a number");
    kib / 1024.0
}

fn many_of_everything() {
    println!("100,000 keys, 100,000 aliases, 100,000 grants");
    let mut i = Installation::new();
    user(&mut i, "alice");
    let key = key(&mut i);
    admin(
        &mut i,
        "CreateAlias",
        json!({"AliasName": "alias/first", "TargetKeyId": key}),
    );
    let asked = json!({"KeyId": key, "GranteePrincipal": ALICE, "RetiringPrincipal": ALICE,
        "Operations": ["Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey"],
        "Constraints": {"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::bucket"}}});
    admin(&mut i, "CreateGrant", asked);
    let rows = rows_of_everything(&i);
    let mut decoder = RowDecoder::default();
    for (kind, rows) in ["keys with materials", "aliases", "grants"]
        .iter()
        .zip(&rows)
    {
        let (before, start) = (resident_mib(), Instant::now());
        for row in rows {
            load(&mut i.snapshot, &mut decoder, row);
        }
        let (took, grown) = (start.elapsed(), resident_mib() - before);
        let each = grown * 1024.0 * 1024.0 / MANY as f64;
        println!("  {kind}: read in {took:.2?}, {grown:.0} MiB, {each:.0} bytes each");
    }
    drop(rows);
    pages(&mut i, "ListKeys", &json!({"Limit": 1000}));
    pages(&mut i, "ListAliases", &json!({"Limit": 100}));
    let one = json!({"KeyId": key});
    let root = i.admin.clone();
    let found = measure(&mut i, &root, "ListAliases", &one);
    println!("  ListAliases of one key: {found}");
    let retiring = json!({"RetiringPrincipal": ALICE});
    let found = measure(&mut i, &root, "ListRetirableGrants", &retiring);
    println!("  ListRetirableGrants: {found}");
}
