//! `medlane-server`: the command line.

use std::{
    error::Error,
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use medlane_server::{
    audit, config::Config, core_open, db, demo, engine::wall_clock, restored, said::said, serve,
};
use medlane_shared::fault::{Fault, Language};
use mimalloc::MiMalloc;
use tokio::{net::TcpListener, signal};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Medlane's central server.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// A TOML file that overrides the defaults; `MEDLANE_SECTION__KEY` variables override both.
    #[arg(long, short, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until it is asked to stop.
    Serve,
    /// Migrates the database's schema to this release.
    Migrate,
    /// Fills an empty database with a lifelike demo clinic.
    DemoData {
        /// The seed: the same seed gives the same clinic.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The file that the sign-ins are written to.
        #[arg(long, default_value = "demo-accounts.json")]
        accounts: PathBuf,
    },
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Adds an administrator. The password is asked for, or is the first line of the standard input.
    CreateAdmin {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// The clinic's name, if the clinic has to be created.
        #[arg(long, default_value = "Clinic")]
        clinic: String,
    },
    /// Tells the server that a copy of its database was put back: the log goes on, and devices send again what was lost. Stop the
    /// server before, and run it once after each restore.
    Restored {
        /// Why, for readers of the log.
        #[arg(long)]
        why: String,
    },
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Checks the whole log, and names the first bad entry.
    Verify,
    /// Continues a log that is not signed to its end, for example after a backup was restored on purpose. The log
    /// records this. Stop the server before.
    Resume {
        /// Why, for readers of the log.
        #[arg(long)]
        why: String,
    },
    /// Prints the public keys that verify checkpoints, in the form for tools that read C2SP signed notes.
    Keys,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Prints the settings in force, without secrets.
    Print,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            let said = error.downcast_ref::<Fault>().map(words);
            eprintln!("medlane-server: {}", said.unwrap_or_else(|| error.to_string()));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let config = Config::load(arguments.config.as_deref())?;
    logs(&config);
    match arguments.command {
        Command::Serve => {
            let core = core_open(&config, wall_clock()).await?;
            let listen = &config.http.listen;
            let listener = TcpListener::bind(listen).await;
            let listener = listener.map_err(|error| format!("http.listen {listen}: {error}"))?;
            say(&format!("ready http://{}", listener.local_addr()?))?;
            serve(config, core, listener, asked_to_stop()).await?;
        }
        Command::Migrate => {
            let open = db::Db::open(&config.database.url).await?;
            let ran = db::migrate(&open).await?;
            say(&format!("schema {}, {ran} migrations ran", db::SCHEMA_VERSION))?;
        }
        Command::DemoData { seed, accounts } => {
            let core = core_open(&config, wall_clock()).await?;
            let made = demo::fill(&core, seed).await?;
            std::fs::write(&accounts, serde_json::to_string_pretty(&made)?)?;
            say(&format!("the demo clinic is made; sign-ins in {}", accounts.display()))?;
        }
        Command::Audit(AuditCommand::Verify) => return verify(&config).await,
        Command::Audit(AuditCommand::Resume { why }) => {
            let core = core_open(&config, wall_clock()).await?;
            for clinic in core.clinics.all() {
                let recorded = audit::resume(&core, &clinic, &why, &account()).await?;
                if recorded.is_empty() {
                    say(&format!("{}: there is nothing to resume; nothing was changed", clinic.name))?;
                }
                for bad in recorded {
                    let what = bad.tampering.text();
                    say(&format!("{}: signs on; entry {} [{what}] is recorded", clinic.name, bad.seq))?;
                }
            }
            core.db.close().await;
            return verify(&config).await;
        }
        Command::Restored { why } => {
            let core = core_open(&config, wall_clock()).await?;
            for clinic in core.clinics.all() {
                let epoch = restored(&core, &clinic, &why, &account()).await?;
                say(&format!("{}: restored; devices take what there is now (epoch {epoch})", clinic.name))?;
            }
            core.db.close().await;
            return verify(&config).await;
        }
        Command::Audit(AuditCommand::Keys) => {
            let core = core_open(&config, wall_clock()).await?;
            for clinic in core.clinics.all() {
                say(&format!("{}: {}", clinic.name, audit::verifier(clinic.id, clinic.trust.verifier())))?;
            }
        }
        Command::CreateAdmin { email, name, clinic } => {
            let core = core_open(&config, wall_clock()).await?;
            let email = demo::admin_create(&core, &clinic, &email, &name, &password()?).await?;
            say(&format!("{email} can sign in"))?;
        }
        Command::Config(ConfigCommand::Print) => {
            say(&serde_json::to_string_pretty(&config)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(config: &Config) -> Result<ExitCode, Box<dyn Error>> {
    let core = core_open(config, wall_clock()).await?;
    let mut holds = true;
    for clinic in core.clinics.all() {
        let verdict = audit::verify(&core, &clinic).await?;
        holds &= verdict.ok;
        for line in audit::told(&verdict, language()) {
            say(&format!("{}: {line}", clinic.name))?;
        }
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The account at the terminal, as the system names it.
fn account() -> String {
    let named =
        ["SUDO_USER", "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// The language of the terminal.
fn language() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
    set.and_then(|set| Language::from_tag(set.split(['_', '.']).next()?)).unwrap_or_default()
}

/// What is wrong: each field, such as `email is an e-mail address`, or the fault's message if no field is named.
fn words(fault: &Fault) -> String {
    let fault = said(fault.clone(), Language::En);
    let fields: Vec<String> =
        fault.fields.iter().map(|(name, why)| format!("{name} {}", why.message)).collect();
    if fields.is_empty() { fault.message } else { fields.join("; ") }
}

/// Asks for a password without showing it. If the input is not a terminal, the password is its first line.
fn password() -> Result<String, Box<dyn Error>> {
    if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password("password: ")?;
        if rpassword::prompt_password("once more: ")? == password {
            return Ok(password);
        }
        return Err("the two passwords differ".into());
    }
    let mut password = String::new();
    std::io::stdin().read_line(&mut password)?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn logs(config: &Config) {
    // These limits always apply: at a lower level these crates would log the traffic, including tokens.
    let filter =
        format!("{},tungstenite=info,tokio_tungstenite=info,hyper=info,lettre=info", config.log.filter);
    let filter = tracing_subscriber::EnvFilter::new(filter);
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log.json { logs.json().init() } else { logs.init() }
}

async fn asked_to_stop() {
    let interrupted = async {
        drop(signal::ctrl_c().await);
    };
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
