//! Configurations and what becomes of them.

use super::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<ServeConfig, ConfigError> {
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    ServeConfig::read(Path::new("/etc/c/c.toml"), text, environment)
}

/// The problems of a configuration, one a line.
fn problems(text: &str, environment: &[(&str, &str)]) -> String {
    read(text, environment).unwrap_err().to_string()
}

#[test]
fn nothing_is_a_configuration() {
    let config = read("", &[("CLAVIGER_DIR", "/else"), ("HOME", "/root")]).unwrap();
    assert_eq!(config.directory, Path::new("/var/lib/claviger"));
    assert_eq!(config.listen, "127.0.0.1:4599".parse().unwrap());
    assert_eq!(config.admin_listen, Some("127.0.0.1:9464".parse().unwrap()));
    assert_eq!(config.drain_deadline, Duration::from_secs(10));
    assert_eq!(config.connections, 1024);
    assert_eq!(config.log_format, LogFormat::Text);
    assert!(!config.request_quotas);
    assert_eq!(config.quotas, Quotas::DEFAULT);
    assert!(config.tls_files.is_none());
    assert!(config.values.iter().all(|v| v.2 == Source::Default));
}

#[test]
fn everything_can_be_set() {
    let text = r#"
directory = "data"
listen = "0.0.0.0:443"
drain_deadline = "1m 30s"
connections = 2_000
tls = { certificate = "/c.pem", key = "k.pem" }
[admin]
listen = "off"
[log]
format = "json"
filter = "warn,claviger_server=debug"
"#;
    let config = read(text, &[]).unwrap();
    assert_eq!(config.directory, Path::new("/etc/c/data"));
    assert_eq!(config.listen, "0.0.0.0:443".parse().unwrap());
    assert_eq!(config.drain_deadline, Duration::from_secs(90));
    assert_eq!(config.connections, 2000);
    let (certificate, key) = config.tls_files.unwrap();
    assert_eq!(certificate, Path::new("/c.pem"));
    assert_eq!(key, Path::new("/etc/c/k.pem"));
    assert_eq!(config.admin_listen, None);
    assert_eq!(config.log_format, LogFormat::Json);
    let source = Source::File {
        line: 3,
        column: 10,
    };
    assert!(
        config
            .values
            .contains(&("listen", Some("0.0.0.0:443".to_owned()), source))
    );
}

#[test]
fn the_environment_overrides_the_file() {
    let text = "listen = \"127.0.0.1:1\"\nconnections = 5";
    let environment = [
        ("CLAVIGER_SERVE_LISTEN", "127.0.0.1:2"),
        ("CLAVIGER_SERVE_CONNECTIONS", "6"),
        ("CLAVIGER_SERVE_TLS_CERTIFICATE", "/c"),
        ("CLAVIGER_SERVE_TLS_KEY", "/k"),
        ("CLAVIGER_SERVE_DIRECTORY", "here"),
    ];
    let config = read(text, &environment).unwrap();
    assert_eq!(config.listen, "127.0.0.1:2".parse().unwrap());
    assert_eq!(config.connections, 6);
    assert!(config.tls_files.is_some());
    // From the working directory, not from the file's.
    assert_eq!(config.directory, Path::new("here"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, told) in [
        (
            "lisen = \"x\"",
            "/etc/c/c.toml:1:1: there is no setting lisen; did you mean listen?",
        ),
        (
            "\n[tls]\n  certificat = \"x\"",
            "/etc/c/c.toml:3:3: there is no setting tls.certificat; did you mean tls.certificate?",
        ),
        (
            "key = \"x\"",
            "/etc/c/c.toml:1:1: there is no setting key; did you mean tls.key?",
        ),
        (
            "[storage]\nengine = 1",
            "/etc/c/c.toml:2:1: there is no setting storage.engine; claviger config reference lists \
             all that there are",
        ),
        (
            "[server]\nlisten = \"127.0.0.1:1\"",
            "/etc/c/c.toml:2:1: there is no setting server.listen; did you mean listen?",
        ),
        (
            "tls = true",
            "/etc/c/c.toml:1:1: tls is a table: write [tls]",
        ),
        (
            "listen = 4599",
            "/etc/c/c.toml:1:10: listen is an IP address and a port, such as \"127.0.0.1:4599\", not \
             a number",
        ),
        (
            "listen = \"localhost:4599\"",
            "/etc/c/c.toml:1:10: listen is an IP address and a port, such as \"127.0.0.1:4599\", not \
             \"localhost:4599\"",
        ),
        (
            "connections = \"5\"",
            "/etc/c/c.toml:1:15: connections is a whole number from 1 to 65536, not a string",
        ),
        (
            "connections = 0",
            "/etc/c/c.toml:1:15: connections is a whole number from 1 to 65536, not \"0\"",
        ),
        (
            "drain_deadline = \"soon\"",
            "/etc/c/c.toml:1:18: drain_deadline is a duration of at most an hour, such as \"10s\" or \"2m\", not \"soon\"",
        ),
        (
            "drain_deadline = \"2h\"",
            "/etc/c/c.toml:1:18: drain_deadline is a duration of at most an hour, such as \"10s\" or \
             \"2m\", not \"2h\"",
        ),
        (
            "directory = \"\"",
            "/etc/c/c.toml:1:13: directory is a path, not \"\"",
        ),
        (
            "[log]\nformat = \"xml\"",
            "/etc/c/c.toml:2:10: log.format is \"text\" or \"json\", not \"xml\"",
        ),
        (
            "[log]\nfilter = \"inof\"",
            "/etc/c/c.toml:2:10: log.filter is a level (error, warn, info, debug, trace), or \
             target=level pairs separated by commas, not \"inof\"",
        ),
        (
            "[tls]\ncertificate = \"c.pem\"",
            "/etc/c/c.toml:2:15: tls.certificate needs tls.key beside it",
        ),
        (
            "listen = \"0.0.0.0:4599\"",
            "/etc/c/c.toml:1:10: 0.0.0.0:4599 can be reached from elsewhere, and there is no TLS: set \
             tls.certificate and tls.key, or listen on 127.0.0.1:4599",
        ),
        (
            "[admin]\nlisten = \"none\"",
            "/etc/c/c.toml:2:10: admin.listen is an IP address and a port, such as \"127.0.0.1:9464\", \
             or \"off\", not \"none\"",
        ),
    ] {
        assert_eq!(problems(text, &[]), told, "{text}");
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    for (text, place) in [
        ("listen = ", "/etc/c/c.toml:1:10: this is no TOML: "),
        ("a\nb = 1", "/etc/c/c.toml:1:2: this is no TOML: "),
        (
            "listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"",
            "/etc/c/c.toml:2:1: this is no TOML: duplicate key",
        ),
    ] {
        let told = problems(text, &[]);
        assert!(told.starts_with(place), "{told}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let told = problems(
        "lisen = \"x\"\nconnections = 0",
        &[
            ("CLAVIGER_SERVE_LOG_FORMATT", "json"),
            ("CLAVIGER_SERVE_LISTEN", "x"),
        ],
    );
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    assert_eq!(
        lines[1],
        "the environment variable CLAVIGER_SERVE_LOG_FORMATT: no setting has this name; did you mean \
         CLAVIGER_SERVE_LOG_FORMAT?"
    );
    assert!(
        lines[2].starts_with("CLAVIGER_SERVE_LISTEN: listen is an IP"),
        "{told}"
    );
}

/// What is set of `archive` for a bucket only.
const BUCKETS: [&str; 2] = ["region", "endpoint"];

#[test]
fn the_reference_is_a_configuration() {
    let reference = reference();
    assert!(read(&reference, &[]).is_ok(), "{reference}");
    // With every setting written out it says the same as without; those of a bucket exclude a directory.
    let written: String = reference
        .lines()
        .filter(|line| {
            !BUCKETS
                .iter()
                .any(|name| line.starts_with(&format!("#{name} =")))
        })
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let config = read(&written, &[]).unwrap();
    let of_bucket = |name: &str| BUCKETS.iter().any(|own| name == format!("archive.{own}"));
    for ((name, text, source), setting) in config.values.iter().zip(&SETTINGS) {
        if of_bucket(name) {
            continue;
        }
        assert!(matches!(source, Source::File { .. }), "{name}");
        let expected = setting.default.unwrap_or(setting.example);
        assert_eq!(text.as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn a_change_that_needs_a_restart_is_named() {
    let tls = "[tls]\ncertificate = \"/a\"\nkey = \"/b\"\n";
    for (before, after, named) in [
        ("", "", vec![]),
        ("", "listen = \"127.0.0.1:1\"", vec!["listen"]),
        ("", "[log]\nfilter = \"debug\"", vec![]),
        ("", "[log]\nformat = \"json\"", vec!["log.format"]),
        ("", "[quotas]\nrequests = \"aws\"", vec!["quotas.requests"]),
        (tls, "[tls]\ncertificate = \"/c\"\nkey = \"/d\"", vec![]),
        ("", tls, vec!["tls.certificate", "tls.key"]),
    ] {
        let (before, after) = (read(before, &[]).unwrap(), read(after, &[]).unwrap());
        assert_eq!(before.needing_restart(&after), named);
    }
}

#[test]
fn quotas_are_what_is_written() {
    for (text, requests, keys, aliases, grants, accounts) in [
        (
            "[quotas]\nrequests = \"aws\"",
            true,
            100_000,
            50,
            50_000,
            10,
        ),
        (
            "[quotas]\nkeys = 7\naliases_per_key = 3\ngrants_per_key = 5\naccounts_per_organization = 9",
            false,
            7,
            3,
            5,
            9,
        ),
    ] {
        let config = read(text, &[]).unwrap();
        let found = (
            config.request_quotas,
            config.quotas.keys,
            config.quotas.aliases_per_key,
            config.quotas.grants_per_key,
            config.quotas.accounts_per_organization,
        );
        assert_eq!(found, (requests, keys, aliases, grants, accounts), "{text}");
    }
    let refused = problems("[quotas]\nrequests = \"on\"", &[]);
    assert!(
        refused.contains("quotas.requests is \"off\" or \"aws\""),
        "{refused}"
    );
}

#[test]
fn an_archive_is_a_directory_or_a_bucket() {
    use crate::node::ArchiveTarget;
    use claviger_delivery::Layout;
    assert_eq!(read("", &[]).unwrap().archive, None);
    let text = "[archive]\ndirectory = \"a\"\nretention = \"400d\"\nlayout = \"organization\"";
    let archive = read(text, &[]).unwrap().archive.unwrap();
    let directory = ArchiveTarget::Directory("/etc/c/a".into());
    assert_eq!(archive.target, directory);
    assert_eq!(archive.trail.bucket, "claviger-audit-logs");
    assert_eq!(archive.trail.name, "claviger");
    assert_eq!(archive.trail.layout, Layout::Organization);
    assert_eq!(archive.retention_days, Some(400));
    assert_eq!(archive.interval, Duration::from_secs(300));
    let text = "[archive]\nbucket = \"logs\"\nregion = \"eu-west-1\"\nendpoint = \"http://127.0.0.1:9\"\n\
                prefix = \"a/b\"\ntrail = \"own\"\ninterval = \"1m\"";
    let archive = read(text, &[]).unwrap().archive.unwrap();
    let bucket = ArchiveTarget::S3(claviger_delivery::S3Place {
        bucket: "logs".to_owned(),
        region: Some("eu-west-1".to_owned()),
        endpoint: Some("http://127.0.0.1:9".to_owned()),
    });
    assert_eq!(archive.target, bucket);
    assert_eq!(archive.trail.prefix.as_deref(), Some("a/b"));
    assert_eq!(archive.trail.layout, Layout::Account);
    assert_eq!(archive.retention_days, None);
}

#[test]
fn archives_that_cannot_be_are_refused() {
    for (text, told) in [
        (
            "prefix = \"a\"",
            "archive.prefix needs archive.directory or archive.bucket beside it",
        ),
        (
            "retention = \"9d\"",
            "archive.retention needs archive.directory or archive.bucket",
        ),
        (
            "bucket = \"logs\"\nretention = \"9d\"",
            "give the bucket a lifecycle rule",
        ),
        (
            "directory = \"a\"\nregion = \"eu-west-1\"",
            "archive.region is for a bucket; leave it or archive.directory out",
        ),
        (
            "bucket = \"Logs\"",
            "archive.bucket is the name of a bucket",
        ),
        (
            "bucket = \"a..b\"",
            "archive.bucket is the name of a bucket",
        ),
        (
            "bucket = \"logs\"\nregion = \"here\"",
            "archive.region is the name of a Region",
        ),
        (
            "bucket = \"logs\"\nendpoint = \"s3\"",
            "archive.endpoint is an http or https URL",
        ),
        (
            "bucket = \"logs\"\nprefix = \"/a\"",
            "archive.prefix is up to 200 letters",
        ),
        (
            "bucket = \"logs\"\nprefix = \"a/../b\"",
            "archive.prefix is up to 200 letters",
        ),
        (
            "bucket = \"logs\"\ntrail = \"a\"",
            "archive.trail is the name of a trail",
        ),
        (
            "bucket = \"logs\"\ntrail = \"a_-b\"",
            "archive.trail is the name of a trail",
        ),
        (
            "bucket = \"logs\"\nlayout = \"flat\"",
            "archive.layout is \"account\" or \"organization\"",
        ),
        (
            "directory = \"a\"\nretention = \"0d\"",
            "archive.retention is a number of days",
        ),
        (
            "directory = \"a\"\nretention = \"7\"",
            "archive.retention is a number of days",
        ),
        (
            "directory = \"a\"\ninterval = \"2h\"",
            "archive.interval is a duration",
        ),
    ] {
        let found = problems(&format!("[archive]\n{text}"), &[]);
        assert!(found.contains(told), "{text}: {found}");
    }
}
