//! Engine and reference on 10,000 generated cases: they agree, every rule is seen both ways, and a
//! fault planted in any one rule of the reference is noticed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use claviger_policy_reference::{Rule, Tally, Trial, Verdict, generate, shrink};
use std::path::PathBuf;

const CASES: u64 = 10_000;

/// The trials with the engine's verdicts.
fn trials() -> Vec<(u64, Trial, Verdict)> {
    (0..CASES)
        .map(|seed| {
            let trial = generate(seed);
            let engine = trial.engine();
            (seed, trial, engine)
        })
        .collect()
}

/// What is said of a disagreement: the seed, and the case cut down.
fn report(seed: u64, trial: Trial) -> String {
    let small = shrink(trial, |t| t.disagreement().is_some());
    let (engine, reference) = small.disagreement().unwrap();
    format!("seed {seed}: the engine says {engine:?}, the reference {reference:?}\n{small}")
}

#[test]
fn on_generated_cases() {
    let trials = trials();
    let tally = Tally::default();
    for (seed, trial, engine) in &trials {
        if trial.reference(&tally, None) != *engine {
            panic!("{}", report(*seed, trial.clone()));
        }
    }
    let one_sided = tally.one_sided();
    assert!(one_sided.is_empty(), "not seen both ways: {one_sided:?}");
    let none = Tally::default();
    let survives = |rule: &&Rule| {
        let mut noticed = trials.iter();
        !noticed.any(|(_, trial, engine)| trial.reference(&none, Some(**rule)) != *engine)
    };
    let survivors: Vec<&Rule> = Rule::ALL.iter().filter(survives).collect();
    assert!(survivors.is_empty(), "not noticed: {survivors:?}");
}

/// The rules here are those of the page, but for G6, which is no part of a decision.
#[test]
fn every_rule_of_the_page_is_here() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/reference/rules.md")).unwrap();
    let mut on_page: Vec<&str> = page
        .split("**POL-")
        .skip(1)
        .filter_map(|rest| rest.split_once("**"))
        .map(|(rule, _)| rule)
        .filter(|rule| *rule != "G6")
        .collect();
    on_page.sort_unstable();
    let mut here: Vec<String> = Rule::ALL.iter().map(|r| format!("{r:?}")).collect();
    here.sort();
    assert_eq!(here, on_page);
}

/// Seeds that once showed a disagreement.
#[test]
fn on_kept_seeds() {
    let seeds = include_str!("../seeds.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next());
    for seed in seeds {
        let seed = seed.parse().unwrap();
        let trial = generate(seed);
        if trial.disagreement().is_some() {
            panic!("{}", report(seed, trial));
        }
    }
}

/// A disagreement is cut down to what it needs.
#[test]
fn cases_are_cut_down() {
    let noticed = |t: &Trial| {
        let tally = Tally::default();
        t.reference(&tally, Some(Rule::L4)) != t.engine()
    };
    let trial = (0..).map(generate).find(noticed).unwrap();
    let before = trial.case.to_string().len();
    let small = shrink(trial, noticed);
    assert!(noticed(&small));
    let after = small.case.to_string().len();
    assert!(after < before && after < 600, "{before} {after} {small}");
}
