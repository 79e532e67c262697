//! The steps of the demo as they are told: what was tried, what came of it, and whether that is what
//! must come of it.

use crate::exit::{Done, Failure};
use crate::output::{Format, print, print_json, printable};
use crate::paint::{Look, Paint};
use crate::progress::Progress;
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use serde::Serialize;
use std::error::Error;

/// The story plays on a service of its own, so that what differs is the program's own fault.
const REPORT: &str = "this is a defect of claviger: report it, with what was printed";

/// One step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    chapter: &'static str,
    step: String,
    result: String,
    as_expected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
}

/// The story so far.
pub(super) struct Story {
    format: Format,
    chapter: &'static str,
    steps: Vec<Step>,
    progress: Option<Progress>,
}

/// A refusal as a caller is told it.
#[derive(Debug)]
pub(super) struct Refusal {
    code: String,
    text: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.text)
    }
}

/// What a call came to: a value, or a refusal.
pub(super) type Told<T> = Result<T, Refusal>;

/// Turns an SDK result into what the story compares.
pub(super) fn told<T, E, R>(result: Result<T, SdkError<E, R>>) -> Told<T>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    result.map_err(|error| match error.code() {
        Some(code) => Refusal {
            code: code.to_owned(),
            text: error.message().unwrap_or_default().to_owned(),
        },
        None => Refusal {
            code: "no answer".to_owned(),
            text: DisplayErrorContext(&error).to_string(),
        },
    })
}

impl Story {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            chapter: "",
            steps: Vec::new(),
            progress: None,
        }
    }

    pub(super) fn chapter(&mut self, title: &'static str) -> Result<(), Failure> {
        self.chapter = title;
        self.progress = Some(Progress::start(format!("playing: {title}")));
        let title = Paint::of_output().with(Look::Head, title);
        self.say(&format!("\n{title}\n"))
    }

    /// A step that must succeed, with what `show` makes of it. Its value, for the next steps.
    pub(super) fn works<T>(
        &mut self,
        step: &str,
        told: Told<T>,
        show: impl FnOnce(&T) -> String,
    ) -> Result<T, Failure> {
        match told {
            Ok(value) => {
                let result = show(&value);
                self.add(step, result, None)?;
                Ok(value)
            }
            Err(refusal) => {
                let what = refusal.to_string();
                self.add(step, what.clone(), Some("success".to_owned()))?;
                Err(Failure::new(format_args!("{step}: expected success, got {what}")).next(REPORT))
            }
        }
    }

    /// A step that must be refused, with this code and a text that contains this part.
    pub(super) fn refused<T>(
        &mut self,
        step: &str,
        told: Told<T>,
        code: &str,
        part: &str,
    ) -> Result<(), Failure> {
        let expected = || Some(format!("{code}: …{part}…"));
        match told {
            Ok(_) => self.add(step, "success".to_owned(), expected()),
            Err(refusal) => {
                let fits = refusal.code == code && refusal.text.contains(part);
                let result = refusal.to_string();
                self.add(step, result, expected().filter(|_| !fits))
            }
        }
    }

    /// A fact that must hold.
    pub(super) fn holds(&mut self, step: &str, fact: String, holds: bool) -> Result<(), Failure> {
        self.add(step, fact, (!holds).then(|| "otherwise".to_owned()))
    }

    fn add(&mut self, step: &str, result: String, expected: Option<String>) -> Result<(), Failure> {
        let paint = Paint::of_output();
        let mark = match expected {
            None => paint.with(Look::Good, "✓"),
            Some(_) => paint.with(Look::Bad, "✗"),
        };
        self.say(&format!("  {mark} {step}\n      {}\n", printable(&result)))?;
        if let Some(expected) = &expected {
            self.say(&format!("      expected {}\n", printable(expected)))?;
        }
        self.steps.push(Step {
            chapter: self.chapter,
            step: step.to_owned(),
            result,
            as_expected: expected.is_none(),
            expected,
        });
        Ok(())
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Table => print(text),
            Format::Json => Ok(()),
        }
    }

    /// The end: a step that differs makes the demo fail.
    pub(super) fn end(self, format: Format) -> Result<Done, Failure> {
        let differ = self.steps.iter().filter(|s| !s.as_expected).count();
        match format {
            Format::Json => print_json(&self.steps)?,
            Format::Table => {
                self.say(&format!("\n{} steps, {differ} differ\n", self.steps.len()))?
            }
        }
        match differ {
            0 => Ok(Done::Clean),
            n => Err(Failure::new(format_args!(
                "{n} steps of the demo differ from what must happen"
            ))
            .next(REPORT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, text: &str) -> Refusal {
        Refusal {
            code: code.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Plays one step and tells whether the story then ends well.
    fn check(play: impl FnOnce(&mut Story) -> Result<(), Failure>, good: bool) {
        let mut story = Story::new(Format::Table);
        play(&mut story).unwrap();
        assert_eq!(story.end(Format::Table).is_ok(), good);
    }

    #[test]
    fn a_step_that_differs_makes_the_story_fail() {
        let denied = || Err::<(), _>(refusal("Denied", "because of X"));
        check(
            |s| s.refused("step", denied(), "Denied", "because of X"),
            true,
        );
        check(
            |s| s.refused("step", denied(), "Denied", "because of Y"),
            false,
        );
        check(
            |s| s.refused("step", denied(), "Other", "because of X"),
            false,
        );
        check(|s| s.refused("step", Ok(()), "Denied", ""), false);
        check(|s| s.holds("step", String::new(), true), true);
        check(|s| s.holds("step", String::new(), false), false);
        let mut story = Story::new(Format::Table);
        assert!(story.works("step", denied(), |()| String::new()).is_err());
    }
}
