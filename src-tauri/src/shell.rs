//! A window around the core.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Parser;
use medlane_shared::identity::Face;
use tauri::{
    App, AppHandle, Context, Emitter as _, Manager as _, RunEvent, WebviewUrl, WebviewWindowBuilder,
    WindowEvent, Wry, async_runtime::block_on,
};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::{
    commands,
    kiosk::{Kiosk, Printer},
    secrets::Secrets,
    told::Told,
    workstation::Workstation,
};

/// The command-line options of an app.
#[derive(Debug, Parser)]
#[command(version, about = "A Medlane desktop app")]
struct Options {
    /// The server's address.
    #[arg(long, env = "MEDLANE_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// The folder for the app's files; by default the system's folder for it.
    #[arg(long, env = "MEDLANE_APP_DATA")]
    data: Option<PathBuf>,
    /// The kiosk only: show the board.
    #[arg(long)]
    board: bool,
    /// The one-time code that enrols this computer, if it is not enrolled yet.
    #[arg(long)]
    code: Option<String>,
    /// The kiosk only: the printer of its tickets, `tcp://HOST[:PORT]` or a device such as `/dev/usb/lp0`.
    #[arg(long, env = "MEDLANE_PRINTER")]
    printer: Option<Printer>,
    /// The kiosk only: in a window with a frame, to set it up.
    #[arg(long)]
    framed: bool,
}

/// Runs an app until its last window is closed.
#[must_use]
pub fn run(face: Face, context: Context<Wry>) -> ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let locked = face == Face::Kiosk && !options.framed;
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![
            commands::resume,
            commands::sign_in,
            commands::pass_factor,
            commands::confirm,
            commands::lock,
            commands::unlock,
            commands::sign_out,
            commands::enrol,
            commands::trust_clinic,
            commands::call,
            commands::follow,
            commands::unfollow,
            commands::note_save,
            commands::note_retry,
            commands::note_discard,
            commands::note_sign,
            commands::note_throw_away,
            commands::kiosk_prints,
            commands::kiosk_print,
            commands::kiosk_give,
            commands::kiosk_settle
        ])
        .setup(move |app| open(app, face, &options))
        .build(context);
    match app {
        Ok(app) => {
            app.run(move |_, event| {
                // A kiosk's window cannot be closed. To end the kiosk, its service is stopped.
                if let RunEvent::ExitRequested { api, code: None, .. } = event
                    && locked
                {
                    api.prevent_exit();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the app cannot start");
            ExitCode::FAILURE
        }
    }
}

fn open(app: &mut App, face: Face, options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let own = || {
        app.path().app_local_data_dir().map(|folder| folder.join(if options.board { "board" } else { "app" }))
    };
    let data = options.data.clone().map_or_else(own, Ok)?;
    let handle = app.handle().clone();
    let (line, is_up) = watch::channel(false);
    let tell = Arc::new(move |told: Told| {
        match told {
            Told::Restart => handle.request_restart(),
            Told::Online { online } => drop(line.send_replace(online)),
            _ => {}
        }
        tell(&handle, &told);
    });
    // A kiosk and a board on one computer are two devices, each with its own folder.
    let service = format!("{} {} {}", app.config().identifier, options.server, data.display());
    let (core, kiosk) = block_on(async {
        let secrets = Secrets::open(&service).await;
        // Without a keyring nothing is stored. A kiosk has nothing to store in a vault.
        let vaults = (face == Face::Doctor && secrets.are_kept()).then(|| data.join("vaults"));
        let core = Workstation::start(face, &options.server, secrets, vaults, tell)?;
        let gives = face == Face::Kiosk && !options.board;
        let kiosk = gives.then(|| Kiosk::start(core.session(), &data, options.printer.clone(), is_up));
        Ok::<_, Box<dyn std::error::Error>>((core, kiosk.transpose()?))
    })?;
    app.manage(core);
    app.manage(kiosk);
    let hash = options.code.as_ref().map_or_else(String::new, |code| format!("#code={code}"));
    let page = format!("{}{hash}", if options.board { "board" } else { "index.html" });
    let product = app.config().product_name.clone().unwrap_or_default();
    let title = if options.board { "Medlane Board".to_owned() } else { product };
    let mut window = WebviewWindowBuilder::new(app, "main", WebviewUrl::App(page.into()))
        .title(title)
        .inner_size(1280.0, 800.0)
        .min_inner_size(360.0, 480.0)
        .data_directory(data.join("webview"))
        .initialization_script(format!(
            "globalThis.medlaneServer = {};",
            serde_json::to_string(&options.server)?
        ));
    let locked = face == Face::Kiosk && !options.framed;
    if locked {
        window =
            window.fullscreen(true).decorations(false).always_on_top(true).closable(false).minimizable(false);
        // Without a window manager nothing else makes the window as large as the screen.
        if let Some(screen) = app.primary_monitor()? {
            let size = screen.size().to_logical(screen.scale_factor());
            window = window.inner_size(size.width, size.height).position(0.0, 0.0);
        }
    }
    let window = window.build()?;
    if locked {
        window.on_window_event(|event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
            }
        });
    }
    Ok(())
}

fn tell(handle: &AppHandle, told: &Told) {
    if let Err(error) = handle.emit("told", told) {
        tracing::error!(%error, "a message did not reach the page");
    }
}
