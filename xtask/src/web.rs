//! `cargo xtask web`: builds the faces from Rust for browsers into `dist/web`, and for the desktop apps, which embed
//! them, into `dist/desktop`.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    run::{Failed, cargo, exists, output, program, root, run, step, target},
    words,
};

/// Each face and the page of all components, with the path that serves it.
const FACES: [(&str, &str); 5] =
    [("companion", ""), ("doctor", "/doctor"), ("console", "/console"), ("kiosk", "/kiosk"), ("kit", "/kit")];

/// The faces that patients use. They exist in more languages than the staff's.
const TO_PATIENTS: [&str; 3] = ["companion", "kiosk", "kit"];

/// The faces whose code is split into parts.
const IN_PARTS: [&str; 1] = ["companion"];

/// The faces that desktop apps embed.
const BUILT_IN: [&str; 3] = ["doctor", "console", "kiosk"];

/// The folders whose files go into the faces, beside the programs.
const INPUTS: [&str; 4] = ["ui/style", "ui/build", "ui/i18n", "shared/i18n"];

/// The first major version of Node.js that the packages of the front end run with.
const NODE_MIN: u32 = 20;

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
    let now = fingerprint(&root(), &wasm)?.to_string();
    if fs::read_to_string(&stamp).is_ok_and(|before| before == now) && is_whole(&root().join("dist")) {
        return Ok(web);
    }
    // A build that ends halfway must not look like the one before it.
    if stamp.exists() {
        fs::remove_file(&stamp)?;
    }
    step("the faces: what a browser loads");
    let css = target().join("medlane.css");
    run(program(ui.join("node_modules/.bin/tailwindcss"))
        .current_dir(&ui)
        .args(["--minify", "-i", "style/medlane.css", "-o"])
        .arg(&css))?;
    drop_others(&web, &FACES.map(|(face, _)| face))?;
    drop_others(&root().join("dist/desktop"), &BUILT_IN)?;
    let words = words::write(&ui.join("i18n"), &target().join("web/words"))?;
    for (face, base) in FACES {
        let bound = target().join("web").join(face);
        let whole = wasm.join(format!("{face}.wasm"));
        if bound.exists() {
            fs::remove_dir_all(&bound)?;
        }
        fs::create_dir_all(&bound)?;
        if IN_PARTS.contains(&face) {
            bind_parts(&whole, face, &bound)?;
        } else {
            bind(&whole, face, &bound, false)?;
        }
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
        if BUILT_IN.contains(&face) {
            pack(root().join("dist/desktop").join(face), "", "plain")?;
        }
    }
    fs::write(stamp, now)?;
    Ok(web)
}

/// The major version in what `node --version` says: `v20.20.2`.
fn major(said: &str) -> Option<u32> {
    said.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Removes the folders of faces that there are no more: packages would ship them.
fn drop_others(folder: &Path, faces: &[&str]) -> Result<(), Failed> {
    let Ok(found) = fs::read_dir(folder) else { return Ok(()) };
    for entry in found.flatten().filter(|entry| entry.path().is_dir()) {
        if !faces.iter().any(|face| entry.file_name() == *face) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Whether every face is there, for browsers and for the desktop apps.
fn is_whole(dist: &Path) -> bool {
    let web = FACES.iter().map(|(face, _)| dist.join("web").join(face));
    let desktop = BUILT_IN.iter().map(|face| dist.join("desktop").join(face));
    web.chain(desktop).all(|folder| folder.join("index.html").is_file())
}

/// Installs the packages of the lock file, if they are missing or older than it.
fn packages(ui: &Path) -> Result<(), Failed> {
    let node = output(program("node").arg("--version")).unwrap_or_default();
    if !exists("npm") || major(&node).is_none_or(|major| major < NODE_MIN) {
        let here = if node.is_empty() { String::new() } else { format!(" (here: {node})") };
        return Err(format!("please install Node.js {NODE_MIN} or later with npm{here}").into());
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
fn bind(wasm: &Path, face: &str, folder: &Path, has_parts: bool) -> Result<(), Failed> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(false).remove_producers_section(true).out_name(face);
    bindgen.keep_lld_exports(has_parts);
    bindgen.generate(folder)?;
    shrink(&folder.join(format!("{face}_bg.wasm")))
}

/// Splits a wasm file into the main one and its parts, and binds the main one. The parts and the JavaScript import each
/// other by name.
fn bind_parts(wasm: &Path, face: &str, folder: &Path) -> Result<(), Failed> {
    let whole = fs::read(wasm)?;
    let main = folder.join(format!("{face}.wasm"));
    let module = format!("./{face}.js");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &module;
    let split = wasm_split_cli_support::transform(options).map_err(|error| format!("{face}: {error:#}"))?;
    bind(&main, face, folder, true)?;
    fs::remove_file(&main)?;
    // The files that each part needs, for the limits of their sizes.
    let needed: serde_json::Map<String, serde_json::Value> =
        split.prefetch_map.into_iter().map(|(part, files)| (part, files.into())).collect();
    fs::write(folder.join("parts.json"), serde_json::Value::from(needed).to_string())?;
    split.split_modules.iter().try_for_each(|part| shrink(part))
}

fn shrink(bound: &Path) -> Result<(), Failed> {
    run(program(root().join("ui/node_modules/.bin/wasm-opt"))
        .args(["-Oz", "--strip-debug"])
        .arg(bound)
        .arg("-o")
        .arg(bound))
}

/// A hash that changes with any input of the faces.
fn fingerprint(root: &Path, wasm: &Path) -> Result<u64, Failed> {
    let mut hasher = DefaultHasher::new();
    // What this command does with the inputs.
    [include_str!("web.rs"), include_str!("words.rs")].hash(&mut hasher);
    for (face, _) in FACES {
        fs::read(wasm.join(format!("{face}.wasm")))?.hash(&mut hasher);
    }
    fs::read(root.join("ui/package-lock.json"))?.hash(&mut hasher);
    for folder in INPUTS {
        let mut files: Vec<PathBuf> =
            fs::read_dir(root.join(folder))?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            fs::read(file)?.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let (root, wasm) = (folder.path(), folder.path().join("wasm"));
        let mut files = vec![root.join("ui/package-lock.json")];
        files.extend(INPUTS.map(|input| root.join(input).join("en.ftl")));
        files.extend(FACES.map(|(face, _)| wasm.join(format!("{face}.wasm"))));
        for file in &files {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "before").unwrap();
        }
        let mut seen = vec![fingerprint(root, &wasm).unwrap()];
        for file in &files {
            fs::write(file, "after").unwrap();
            let now = fingerprint(root, &wasm).unwrap();
            assert!(!seen.contains(&now), "{}", file.display());
            seen.push(now);
        }
    }

    #[test]
    fn a_face_that_is_missing_is_built_again() {
        let folder = tempfile::tempdir().unwrap();
        let web = FACES.map(|(face, _)| folder.path().join("web").join(face));
        let desktop = BUILT_IN.map(|face| folder.path().join("desktop").join(face));
        let faces = [&web[..], &desktop].concat();
        for face in &faces {
            assert!(!is_whole(folder.path()));
            fs::create_dir_all(face).unwrap();
            fs::write(face.join("index.html"), "").unwrap();
        }
        assert!(is_whole(folder.path()));
        fs::remove_file(desktop[0].join("index.html")).unwrap();
        assert!(!is_whole(folder.path()));
    }

    #[test]
    fn a_face_of_an_earlier_build_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        for face in ["console", "setup"] {
            fs::create_dir_all(folder.path().join(face).join("assets")).unwrap();
        }
        fs::write(folder.path().join("stamp"), "").unwrap();
        drop_others(folder.path(), &["console"]).unwrap();
        let is_there = ["console", "setup", "stamp"].map(|name| folder.path().join(name).exists());
        assert_eq!(is_there, [true, false, true]);
    }

    #[test]
    fn the_container_has_what_the_build_asks_for() {
        let text = fs::read_to_string(root().join("installers/container/Containerfile")).unwrap();
        let node = text.split("/node:").nth(1).unwrap().split('-').next().unwrap();
        assert!(node.parse::<u32>().unwrap() >= NODE_MIN, "{node}");
        assert!(text.contains("ENV MEDLANE_HTTP__LISTEN=0.0.0.0:8080"), "it listens outside the container");
        assert!(!text.contains("nodejs"), "not the distribution's");
        let versions = ["v20.20.2", "v18.19.0", "", "20.1.0"].map(major);
        assert_eq!(versions, [Some(20), Some(18), None, None]);
    }
}
