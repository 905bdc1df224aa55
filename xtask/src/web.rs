//! `cargo xtask web`: builds the faces from Rust for browsers into `dist/web`, and for the desktop apps, which embed
//! them, into `dist/desktop`.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    run::{Failed, cargo, exists, program, root, run, step, target},
    words,
};

/// Each face and the page of all components, with the path that serves it.
const FACES: [(&str, &str); 8] = [
    ("companion", ""),
    ("account", "/account"),
    ("doctor", "/doctor"),
    ("admin", "/admin"),
    ("manage", "/manage"),
    ("setup", "/setup"),
    ("kiosk", "/kiosk"),
    ("kit", "/kit"),
];

/// The faces that patients use. They exist in more languages than the staff's.
const TO_PATIENTS: [&str; 4] = ["companion", "account", "kiosk", "kit"];

/// The faces that desktop apps embed: the face, the folder and the path.
const BUILT_IN: [(&str, &str, &str); 5] = [
    ("doctor", "doctor", ""),
    ("admin", "admin", ""),
    ("manage", "admin/manage", "/manage"),
    ("setup", "admin/setup", "/setup"),
    ("kiosk", "kiosk", ""),
];

/// Builds what has changed. Returns the folder `dist/web`.
pub fn build() -> Result<PathBuf, Failed> {
    let ui = root().join("ui");
    packages(&ui)?;
    step("the faces: Rust to wasm");
    run(cargo().args([
        "build",
        "-p",
        "medlane-ui",
        "--bins",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
    ]))?;
    let wasm = target().join("wasm32-unknown-unknown/wasm");
    let web = root().join("dist/web");
    let stamp = web.join("stamp");
    let now = fingerprint(&ui, &wasm)?.to_string();
    if fs::read_to_string(&stamp).is_ok_and(|before| before == now) {
        return Ok(web);
    }
    step("the faces: what a browser loads");
    let css = target().join("medlane.css");
    run(program(ui.join("node_modules/.bin/tailwindcss"))
        .current_dir(&ui)
        .args(["--minify", "-i", "style/medlane.css", "-o"])
        .arg(&css))?;
    let words = words::write(&ui.join("i18n"), &target().join("web/words"))?;
    for (face, base) in FACES {
        let bound = target().join("web").join(face);
        bind(&wasm.join(format!("{face}.wasm")), face, &bound)?;
        let pack = |folder: PathBuf, base: &str, how: &str| {
            let pack = [ui.join("build/pack.mjs").as_os_str(), face.as_ref()].map(ToOwned::to_owned);
            let spoken = words.iter().filter(|path| {
                let for_patients = path
                    .file_stem()
                    .and_then(|tag| tag.to_str())
                    .is_some_and(|tag| words::PATIENTS.contains(&tag));
                !for_patients || TO_PATIENTS.contains(&face)
            });
            run(program("node").args(pack).arg(&bound).arg(&css).arg(folder).args([base, how]).args(spoken))
        };
        pack(web.join(face), base, "compressed")?;
        if let Some((_, folder, base)) = BUILT_IN.iter().find(|(name, ..)| *name == face) {
            pack(root().join("dist/desktop").join(folder), base, "plain")?;
        }
    }
    fs::write(stamp, now)?;
    Ok(web)
}

/// Installs the packages of the lock file, if they are missing or older than it.
fn packages(ui: &Path) -> Result<(), Failed> {
    if !exists("npm") {
        return Err("please install Node.js 20 or later with npm".into());
    }
    let age = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let (locked, installed) =
        (age(ui.join("package-lock.json")), age(ui.join("node_modules/.package-lock.json")));
    if installed.is_none() || installed < locked {
        step("the packages of the front end");
        run(program("npm").current_dir(ui).args(["ci", "--no-audit", "--no-fund"]))?;
    }
    Ok(())
}

/// Makes the JavaScript side of a wasm file, and shrinks the file.
fn bind(wasm: &Path, face: &str, folder: &Path) -> Result<(), Failed> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(false).remove_producers_section(true).out_name(face);
    bindgen.generate(folder)?;
    let bound = folder.join(format!("{face}_bg.wasm"));
    run(program(root().join("ui/node_modules/.bin/wasm-opt"))
        .args(["-Oz", "--strip-debug"])
        .arg(&bound)
        .arg("-o")
        .arg(&bound))
}

/// A hash that changes with any input of the faces.
fn fingerprint(ui: &Path, wasm: &Path) -> Result<u64, Failed> {
    let mut hasher = DefaultHasher::new();
    for (face, _) in FACES {
        fs::read(wasm.join(format!("{face}.wasm")))?.hash(&mut hasher);
    }
    fs::read(ui.join("package-lock.json"))?.hash(&mut hasher);
    for folder in ["style", "build", "i18n"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(ui.join(folder))?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            fs::read(file)?.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}
