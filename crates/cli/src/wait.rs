//! `claviger wait`: for scripts, until a development service is ready.

use crate::arguments::Wait;
use crate::directory::Directory;
use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, printable};
use crate::progress::Progress;
use serde_json::json;
use std::time::Duration;

/// How often the directory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(crate) fn run(arguments: &Wait, format: Format) -> Result<Done, Failure> {
    let directory = Directory::new(&arguments.place.dir);
    let place = directory.path().to_string_lossy();
    let waiting = format!("waiting for a development service in {}", printable(&place));
    let _waiting = Progress::start(waiting);
    let mut waited = Duration::ZERO;
    loop {
        // The note is written last, so whoever finds it finds a service that is ready.
        if let Some(service) = directory.service()?.filter(|service| service.answers()) {
            match format {
                Format::Json => print_json(&json!({"endpoint": service.endpoint()}))?,
                Format::Table => print(&format!("{}\n", service.endpoint()))?,
            }
            return Ok(Done::Clean);
        }
        if waited >= arguments.timeout {
            let path = directory.path().display();
            let limit = humantime::format_duration(arguments.timeout);
            return Err(Failure::new(format_args!(
                "no development service was ready in {path} within {limit}"
            ))
            .next("look at the output of claviger up; a longer --timeout waits longer"));
        }
        std::thread::sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
    }
}
