//! Compares engine and reference on many generated cases: `agree [COUNT] [FIRST_SEED]`. Prints every
//! disagreement cut down, with its seed, and exits 1 if there was one.
#![allow(clippy::print_stdout, clippy::expect_used)]

use claviger_policy_reference::{Tally, Trial, generate, shrink};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// After so many disagreements the rest is not worth the time.
const ENOUGH: usize = 20;

fn main() -> ExitCode {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|a| a.parse().expect("a number"));
    let count: u64 = numbers.next().unwrap_or(1_000_000);
    let first: u64 = numbers.next().unwrap_or(1_000_000);
    let tally = Tally::default();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut disagreements = 0;
    for seed in first..first + count {
        let trial = generate(seed);
        let (engine, reference) = (trial.engine(), trial.reference(&tally, None));
        let word = reference.map_or("unreadable", |o| o.decision);
        *outcomes.entry(word.to_owned()).or_default() += 1;
        if engine == reference {
            continue;
        }
        disagreements += 1;
        let small = shrink(trial, |t: &Trial| {
            t.engine() == engine && t.reference(&Tally::default(), None) == reference
        });
        println!("seed {seed}: the engine says {engine:?}, the reference {reference:?}\n{small}\n");
        if disagreements >= ENOUGH {
            break;
        }
    }
    println!("{count} cases from seed {first}: {disagreements} disagreements, {outcomes:?}");
    for (rule, [not, held]) in tally.one_sided() {
        println!("POL-{rule:?}: {not} times not, {held} times");
    }
    if disagreements == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
