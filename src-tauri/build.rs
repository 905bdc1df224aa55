//! Names every command, so that a window can call only those of its capability file.

fn main() {
    if std::env::var_os("CARGO_FEATURE_WINDOW").is_none() {
        return;
    }
    let commands = &[
        "resume",
        "sign_in",
        "pass_factor",
        "confirm",
        "lock",
        "unlock",
        "sign_out",
        "enrol",
        "trust_clinic",
        "call",
        "follow",
        "unfollow",
        "note_save",
        "note_sign",
        "note_throw_away",
        "note_retry",
        "note_discard",
        "kiosk_prints",
        "kiosk_print",
        "kiosk_give",
        "kiosk_settle",
    ];
    let manifest = tauri_build::AppManifest::new().commands(commands);
    let windows = tauri_build::WindowsAttributes::new().window_icon_path("workstation/icon.ico");
    let attributes = tauri_build::Attributes::new().app_manifest(manifest).windows_attributes(windows);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
