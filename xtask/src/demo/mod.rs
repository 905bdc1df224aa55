//! `cargo xtask demo`: starts the whole system with a lifelike demo clinic.

mod home;
mod stop;

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use home::{Home, Place};

use serde_json::Value;
use stop::Stop;

use crate::{
    install,
    run::{Failed, cargo, program, root, run, shown, step, target},
    web,
};

/// The options of the command line.
struct Options {
    port: u16,
    data: PathBuf,
    database: Option<String>,
    reset: bool,
    release: bool,
    /// Whether to open the desktop apps.
    desktop: bool,
}

fn options(arguments: &[String]) -> Result<Options, Failed> {
    let mut options = Options {
        port: 8080,
        data: root().join("data"),
        database: None,
        reset: false,
        release: false,
        desktop: has_display(),
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--port" => options.port = value()?.parse().map_err(|_| "--port needs a number below 65536")?,
            "--data-dir" => options.data = std::path::absolute(value()?)?,
            "--database-url" => options.database = Some(value()?.clone()),
            "--reset" => options.reset = true,
            "--release" => options.release = true,
            "--no-desktop" => options.desktop = false,
            unknown => return Err(format!("unknown option {unknown}; see cargo xtask").into()),
        }
    }
    Ok(options)
}

/// Whether this computer can open a window.
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Builds what has changed, creates the clinic if there is none, and serves it until interrupted.
pub fn demo(arguments: &[String]) -> Result<(), Failed> {
    let options = options(arguments)?;
    let desktop = if options.desktop { install::DESKTOP } else { &[] };
    install::install(&[install::BUILD, desktop])?;
    install::rust_target("wasm32-unknown-unknown")?;
    let faces = web::build()?;
    step(if options.desktop { "the server and the desktop apps" } else { "the server" });
    let profile: &[&str] = if options.release { &["--release"] } else { &[] };
    let apps: &[&str] = if options.desktop { &["-p", "medlane-desktop"] } else { &[] };
    run(cargo().args(["build", "--bins", "-p", "medlane-server"]).args(apps).args(profile))?;
    let programs = target().join(if options.release { "release" } else { "debug" });
    let server = programs.join("medlane-server");
    let command = |place: &Place, subcommand: &[&str]| {
        let mut command = program(&server);
        command.args(subcommand);
        command.env("MEDLANE_DATABASE__URL", &place.database);
        command.env("MEDLANE_KEYS__FILE", place.key());
        command.env("MEDLANE_HTTP__LISTEN", format!("127.0.0.1:{}", options.port));
        command.env("MEDLANE_WEB__DIR", &faces).env("MEDLANE_WEB__KIT", "true");
        command.env("MEDLANE_HTTP__DOCS", "true");
        // A demo sends nothing: /outbox shows the messages instead. Limits are lifted, because people who try the
        // demo sign in often.
        command.env("MEDLANE_OUTBOX__SHOW", "true").env("MEDLANE_LIMITS__TRIES", "100000");
        command.env("MEDLANE_IDENTITY__MFA_ROLES", "");
        command.env("MEDLANE_LIMITS__ANONYMOUS", "0").env("MEDLANE_LIMITS__SIGNED_IN_A_MINUTE", "0");
        command
    };
    // From here on, a signal to this process also ends the processes that it started.
    let stop = Stop::new()?;
    let home = Home::new(&options.data, options.database.as_deref());
    let place = home.made(options.reset, |place| {
        step("the demo clinic");
        let mut fill = command(place, &["demo-data", "--accounts"]);
        // The command prints nothing: the demo shows the path of the sign-ins once they are in place.
        let mut filling = stop.spawn(fill.arg(place.accounts()).stdout(Stdio::null()))?;
        let ended = filling.wait()?;
        if ended.success() { Ok(()) } else { Err(format!("{} failed: {ended}", shown(&fill)).into()) }
    })?;
    let accounts = home.publish(&place)?;
    serve(&stop, &mut command(&place, &["serve"]), |address| {
        write!(std::io::stdout(), "{}", addresses(address, &accounts))?;
        if options.desktop { open(&programs, &place.apps(), address, &accounts) } else { Ok(()) }
    })
}

/// Opens the four windows. The user closes them.
fn open(programs: &Path, apps: &Path, address: &str, accounts: &Value) -> Result<(), Failed> {
    let windows: [(&str, &str, &[&str]); 4] = [
        ("medlane-workstation", "workstation", &[]),
        ("medlane-console", "console", &[]),
        // With a window frame: a real kiosk fills the screen and cannot be closed.
        ("medlane-kiosk", "kiosk", &["--framed"]),
        ("medlane-kiosk", "board", &["--framed", "--board"]),
    ];
    for (app, name, arguments) in windows {
        let mut command = program(programs.join(app));
        command.args(["--server", address]).args(arguments).arg("--data").arg(apps.join(name));
        command.args(["--code", device(accounts, name)]);
        command.spawn()?;
    }
    Ok(())
}

/// Starts the server, and calls `ready` with its address once it is ready.
fn serve(
    stop: &Stop,
    command: &mut Command,
    ready: impl Fn(&str) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let mut server = stop.spawn(command.stdout(Stdio::piped()))?;
    let followed = server.stdout.take().map_or(Ok(()), |said| follow(said, ready));
    if followed.is_err() {
        stop::end(&mut server)?;
    }
    let ended = server.wait()?;
    followed?;
    if ended.success() { Ok(()) } else { Err(format!("the server ended: {ended}").into()) }
}

/// Prints the server's output until it ends.
fn follow(said: impl Read, ready: impl Fn(&str) -> Result<(), Failed>) -> Result<(), Failed> {
    for line in BufReader::new(said).lines() {
        let line = line?;
        writeln!(std::io::stdout(), "{line}")?;
        if let Some(address) = line.strip_prefix("ready ") {
            ready(address)?;
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// The addresses of all programs, with a sign-in for each.
fn addresses(address: &str, accounts: &Value) -> String {
    let first = |group: &str| {
        let account = &accounts[group][0];
        let text = |field: &str| account[field].as_str().unwrap_or_default().to_owned();
        format!("{} / {}", text("email"), text("password"))
    };
    format!(
        "\n  companion    {address}/             {}\n  workstation  {address}/doctor       {}\n  \
           reception    {address}/console      {}\n  console      {address}/console      {}\n  \
           kiosk        {address}/kiosk#code={}\n  board        {address}/board#code={}\n  \
           outbox       {address}/outbox\n  \
           interface    {address}/api-docs\n\n  All sign-ins are in demo-accounts.json. Ctrl-C stops.\n",
        first("patients"),
        first("doctors"),
        first("reception"),
        first("admins"),
        device(accounts, "kiosk"),
        device(accounts, "board"),
    )
}

/// The one-time code of the first device of a kind.
fn device<'a>(accounts: &'a Value, kind: &str) -> &'a str {
    let mut devices = accounts["devices"].as_array().into_iter().flatten();
    devices
        .find(|device| device["kind"] == kind)
        .and_then(|device| device["code"].as_str())
        .unwrap_or_default()
}
