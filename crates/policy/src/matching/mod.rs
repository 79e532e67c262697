//! Matching of single values: patterns with wildcards and variables, principals, numbers, dates,
//! addresses. It knows no statements and no layers.

pub(crate) mod address;
pub(crate) mod date;
pub(crate) mod number;
pub(crate) mod pattern;
pub(crate) mod principal;
