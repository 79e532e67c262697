//! Cuts a trial down to what is needed for something to hold of it, so that people can read it.

use crate::json::Json;
use crate::judge::Ids;
use crate::trial::Trial;
use claviger_policy::Switches;

/// The smallest trial found for which `holds`, beginning with one for which it does.
pub fn shrink(trial: Trial, holds: impl Fn(&Trial) -> bool) -> Trial {
    let mut best = trial;
    for plain in [
        Trial {
            switches: Switches::default(),
            ..best.clone()
        },
        Trial {
            ids: Ids::default(),
            ..best.clone()
        },
    ] {
        if holds(&plain) {
            best = plain;
        }
    }
    loop {
        let smaller = smaller(&best.case).into_iter().find_map(|case| {
            let trial = Trial {
                case,
                ..best.clone()
            };
            holds(&trial).then_some(trial)
        });
        match smaller {
            Some(trial) => best = trial,
            None => return best,
        }
    }
}

/// Every value that is one step smaller: a member or item less, a list of one as that one, or a
/// part of it one step smaller.
fn smaller(value: &Json) -> Vec<Json> {
    let mut found = Vec::new();
    match value {
        Json::List(items) => {
            for at in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(at);
                found.push(Json::List(fewer));
            }
            if let [one] = items.as_slice() {
                found.push(one.clone());
            }
            for (at, item) in items.iter().enumerate() {
                for part in smaller(item) {
                    let mut changed = items.clone();
                    changed[at] = part;
                    found.push(Json::List(changed));
                }
            }
        }
        Json::Object(members) => {
            for at in 0..members.len() {
                let mut fewer = members.clone();
                fewer.remove(at);
                found.push(Json::Object(fewer));
            }
            for (at, (_, member)) in members.iter().enumerate() {
                for part in smaller(member) {
                    let mut changed = members.clone();
                    changed[at].1 = part;
                    found.push(Json::Object(changed));
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
    found
}
