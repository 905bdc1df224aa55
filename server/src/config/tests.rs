use super::*;

#[test]
fn the_defaults_hold_and_a_bad_value_is_named() {
    let mut config = Config::load(None).unwrap();
    config.identity.access_s = 5;
    assert!(config.check().unwrap_err().to_string().contains("identity.access_s"));
}

#[test]
fn what_cannot_be_right_is_named() {
    for (name, value, says) in [
        ("HTTP__LISTEN", "8080", "http.listen must be an address and port"),
        ("HTTP__HTTPS", "perhaps", "http.https"),
        ("HTTP__ORIGINS", "https://*", "http.origins are origins"),
        ("HTTP__PROXIES", "10.0.0.5:80", "http.proxies"),
        ("DATABASE__URL", "mysql://hunter2", "database.url must begin"),
        ("WEB__DIR", "/gone", "web.dir holds no companion/index.html"),
        ("IDENTITY__ACCESS_S", "5", "identity.access_s must be 60 to 3600"),
        ("IDENTITY__REFRESH_S", "60", "identity.refresh_s must not be shorter"),
        ("IDENTITY__PATIENT_S", "60", "identity.patient_s must not be shorter"),
        ("IDENTITY__STAFF_S", "60", "identity.staff_s must not be shorter"),
        ("HTTP__PUBLIC_URL", "clinic.example", "http.public_url must be an address"),
        ("HTTP__PUBLIC_URL", "https://clinic.example/x", "http.public_url must be an address"),
        ("IDENTITY__GRACE_S", "-1", "identity.grace_s must be 0 to 3600"),
        ("IDENTITY__CHECKS", "65", "identity.checks must be at most 64"),
        ("IDENTITY__PATIENT_SESSIONS", "0", "identity.patient_sessions must be at least 1"),
        ("IDENTITY__MFA_ROLES", "patient", "identity.mfa_roles are of staff"),
        ("IDENTITY__MFA_ROLES", "surgeon", "identity.mfa_roles"),
        ("LIMITS__WINDOW_S", "0", "limits.window_s must be at least 1"),
        ("LIMITS__FAILURES", "0", "limits.failures must be at least 1"),
        ("LIMITS__TRIES", "0", "limits.tries must be at least 1"),
        ("LIMITS__TRIES", "-1", "limits.tries"),
        ("LIMITS__ANONYMOUS", "many", "limits.anonymous"),
        ("AUDIT__CHECKPOINT_S", "0", "audit.checkpoint_s must be at least 1"),
        ("MAIL__URL", "mail.example", "mail.url"),
        ("SMS__KIND", "pigeon", "sms.kind"),
        ("SMS__URL", "https://sms.example", "sms.from is needed"),
        ("SMS__URL", "sms.example", "sms.url must be an address"),
        ("SMS__COUNTRIES", "968, Oman", "sms.countries are calling codes"),
        ("MESSAGES__TEXT_HOUR", "0", "messages.text_hour must be at least 1"),
        ("PUSH__CONTACT", "it", "push.contact begins with"),
        ("HTTP__CONNECTIONS", "3", "http.connections must be 0, or at least 10"),
        ("HTTP__CONNECTIONS_PER_ADDRESS", "0", "http.connections_per_address must be at least 1"),
        ("HTTP__SOCKETS_PER_ADDRESS", "0", "http.sockets_per_address must be at least 1"),
        ("HTTP__ANONYMOUS_SOCKETS", "0", "http.anonymous_sockets must be at least 1"),
        ("HTTP__ANONYMOUS_PER_ADDRESS", "0", "http.anonymous_per_address must be at least 1"),
        ("HTTP__HEAD_S", "0", "http.head_s must be 1 to 600"),
        ("HTTP__BODY_S", "601", "http.body_s must be 1 to 600"),
        ("HTTP__IDLE_S", "0", "http.idle_s must be 1 to 3600"),
        ("HTTP__SEND_S", "0", "http.send_s must be 1 to 600"),
        ("METRICS__TOKEN", "short", "metrics.token must be at least 16 characters"),
        ("METRICS__LISTEN", "9100", "metrics.listen must be an address and port"),
        ("HTTP__PORT", "80", "port"),
    ] {
        let variable = format!("MEDLANE_{name}");
        let error = from_variables(&[(&variable, value)]).unwrap_err().to_string();
        assert!(error.starts_with("configuration: ") && error.contains(says), "{name}={value}: {error}");
    }
    let mail = [("MEDLANE_MAIL__URL", "smtp://localhost"), ("MEDLANE_MAIL__FROM", "nobody")];
    let error = from_variables(&mail).unwrap_err().to_string();
    assert!(error.contains("mail.from"), "{error}");
    let shown = [("MEDLANE_OUTBOX__SHOW", "true"), ("MEDLANE_HTTP__HTTPS", "true")];
    let error = from_variables(&shown).unwrap_err().to_string();
    assert!(error.contains("outbox.show"), "{error}");
}

fn from_variables(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::layered(None, owned.collect())
}

#[test]
fn a_variable_is_read_as_what_its_setting_is() {
    let read = from_variables(&[
        ("MEDLANE_HTTP__HTTPS", "true"),
        ("MEDLANE_HTTP__PROXIES", "10.0.0.5, ::1"),
        ("MEDLANE_HTTP__ORIGINS", "https://a.example,https://b.example"),
        ("MEDLANE_IDENTITY__ACCESS_S", "120"),
        ("MEDLANE_IDENTITY__MFA_ROLES", "admin, doctor"),
        ("MEDLANE_PUSH__SERVICES", "push.example"),
        ("MEDLANE_SMS__FROM", "+96800000000"),
        ("MEDLANE_SMS__TOKEN", "0123"),
        ("MEDLANE_SMS__ACCOUNT", "1e5"),
        ("MEDLANE_MAIL__FROM", "true"),
        ("MEDLANE_SMS__KIND", "http"),
        ("MEDLANE_KEYS__ROOT", "007"),
        ("MEDLANE_SERVER", "is of the apps"),
    ]);
    let read = read.unwrap();
    assert!(read.http.https);
    let proxies: Vec<String> = read.http.proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.5", "::1"]);
    assert_eq!(read.http.origins, ["https://a.example", "https://b.example"]);
    assert_eq!((read.identity.access_s, read.sms.kind), (120, SmsKind::Http));
    assert_eq!(read.identity.mfa_roles, [Role::Admin, Role::Doctor]);
    assert_eq!(read.push.services, ["push.example"]);
    let texts = [&read.sms.from, &read.sms.token, &read.sms.account, &read.mail.from];
    assert_eq!(texts, ["+96800000000", "0123", "1e5", "true"]);
    assert_eq!(read.keys.root.as_deref(), Some("007"));
}

#[test]
fn texts_go_to_the_countries_that_are_set() {
    let every = from_variables(&[]).unwrap().sending();
    assert!(every.serves("+96892123456") && every.serves("+14155550100"));
    let some = from_variables(&[("MEDLANE_SMS__COUNTRIES", "+968,971")]).unwrap().sending();
    assert!(some.serves("+96892123456") && some.serves("+971501234567"));
    assert!(!some.serves("+14155550100") && !some.serves("+96170123456"));
}

#[test]
fn a_variable_of_a_list_that_is_empty_has_none() {
    let read = from_variables(&[
        ("MEDLANE_HTTP__PROXIES", ""),
        ("MEDLANE_HTTP__ORIGINS", ""),
        ("MEDLANE_IDENTITY__MFA_ROLES", ""),
        ("MEDLANE_PUSH__SERVICES", ""),
    ]);
    let read = read.unwrap();
    assert!(read.http.proxies.is_empty() && read.http.origins.is_empty());
    assert!(read.identity.mfa_roles.is_empty() && read.push.services.is_empty());
}

#[test]
fn every_setting_is_shown_and_no_secret() {
    let secret = "hunter2";
    let with = from_variables(&[
        ("MEDLANE_DATABASE__URL", "postgres://medlane:hunter2@db.internal/medlane?password=hunter2"),
        ("MEDLANE_KEYS__ROOT", secret),
        ("MEDLANE_MAIL__URL", "smtps://clinic:hunter2@mail.example"),
        ("MEDLANE_SMS__URL", "https://clinic:hunter2@sms.example/send"),
        ("MEDLANE_SMS__FROM", "+96800000000"),
        ("MEDLANE_SMS__TOKEN", secret),
        ("MEDLANE_METRICS__TOKEN", "hunter2 hunter2 hunter2"),
    ]);
    let shown = serde_json::to_value(with.unwrap()).unwrap();
    assert!(!shown.to_string().contains(secret), "{shown}");
    assert_eq!(shown["database"]["url"], "postgres://medlane:***@db.internal/medlane?password=***");
    assert_eq!(shown["sms"]["url"], "https://clinic:***@sms.example/send");
    for (section, name) in [("keys", "root"), ("mail", "url"), ("sms", "token"), ("metrics", "token")] {
        assert_eq!(shown[section][name], "***", "{section}.{name}");
    }
    let without = serde_json::to_value(from_variables(&[]).unwrap()).unwrap();
    assert_eq!(without["database"]["url"], "sqlite:medlane.db");
    assert_eq!((&without["mail"]["url"], &without["sms"]["token"]), (&"".into(), &"".into()));
    assert!(without["keys"].as_object().unwrap()["root"].is_null());
}

#[test]
fn an_unknown_setting_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("medlane.toml");
    std::fs::write(&file, "[http]\nlissten = 1\n").unwrap();
    let error = Config::load(Some(&file)).unwrap_err().to_string();
    assert!(error.contains("lissten"), "{error}");
}
