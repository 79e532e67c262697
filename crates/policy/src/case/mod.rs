//! The policy-case format of `docs/reference/policy-case.md`.
