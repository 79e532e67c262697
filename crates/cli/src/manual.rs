//! `claviger man`, and the reference page of the command line: both made from the arguments
//! themselves.

use crate::arguments::{Arguments, Man};
use crate::exit::{Done, Failure};
use clap::CommandFactory as _;

pub(crate) fn run(arguments: &Man) -> Result<Done, Failure> {
    let mut command = Arguments::command();
    command.build();
    clap_mangen::generate_to(command, &arguments.out)
        .map_err(|e| Failure::file(&arguments.out, &e))?;
    Ok(Done::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;
    use std::path::Path;

    /// Set to write the page instead of comparing it.
    const WRITE: &str = "CLAVIGER_WRITE_REFERENCE";

    fn page() -> String {
        let mut text = String::from(
            "# The command line\n\nMade from the program's own help; a test keeps it current \
             (`CLAVIGER_WRITE_REFERENCE=1 cargo test -p claviger-cli --bin claviger reference` writes it).\n",
        );
        let mut command = shown_alike(Arguments::command()).term_width(100);
        command.build();
        section(&mut command, &mut text);
        text
    }

    /// Without what the environment of whoever runs this holds.
    fn shown_alike(command: Command) -> Command {
        command
            .mut_args(|argument| argument.hide_env_values(true))
            .mut_subcommands(shown_alike)
    }

    /// A command and those beneath it.
    fn section(command: &mut Command, text: &mut String) {
        let name = command.get_bin_name().unwrap_or("claviger").to_owned();
        let help = command.render_long_help().to_string();
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        text.push_str(&format!(
            "\n## `{name}`\n\n```\n{}\n```\n",
            lines.join("\n").trim_end()
        ));
        for inner in command
            .get_subcommands_mut()
            .filter(|c| c.get_name() != "help")
        {
            section(inner, text);
        }
    }

    /// Holds a page against what the program says of itself, or writes it.
    fn check_current(name: &str, page: &str) {
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        let path = reference.join(name);
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(&path, page).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        // Without the texts: both are long, and `git diff` after writing shows it better.
        assert!(
            known == page,
            "docs/reference/{name} is not current: {WRITE}=1 writes it"
        );
    }

    #[test]
    fn the_reference_is_current() {
        check_current("cli.md", &page());
        check_current("claviger.toml", &claviger_server::reference());
    }

    #[test]
    fn every_command_has_a_manual_page() {
        let out = tempfile::tempdir().unwrap();
        run(&Man {
            out: out.path().to_owned(),
        })
        .unwrap();
        for page in [
            "claviger.1",
            "claviger-up.1",
            "claviger-trail-query.1",
            "claviger-clock-advance.1",
        ] {
            let text = std::fs::read_to_string(out.path().join(page)).unwrap();
            assert!(text.contains(".SH NAME"), "{page}");
        }
    }
}
