//! `cargo xtask package`: Debian packages of the server, the staff's apps and the kiosk, in `dist/packages`. Their
//! files are in `installers`.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    install,
    run::{Failed, cargo, output, program, root, run, step, target},
    web,
};

/// A package.
struct Package {
    name: &'static str,
    about: &'static str,
    /// What the package depends on, beside the libraries that its programs are linked with.
    needs: &'static str,
    programs: &'static [&'static str],
    /// Each file: its path in the workspace, and its path on the system.
    files: &'static [(&'static str, &'static str)],
    /// The files that an administrator edits. An upgrade keeps them.
    settings: &'static [&'static str],
    /// The folder of the scripts that run when the package is installed and removed.
    scripts: Option<&'static str>,
}

const PACKAGES: [Package; 3] = [
    Package {
        name: "medlane-server",
        about: "Medlane's server, and its faces for browsers",
        needs: "ca-certificates, passwd",
        programs: &["medlane-server"],
        files: &[
            ("dist/web", "usr/share/medlane/web"),
            ("installers/systemd/medlane-server.service", "usr/lib/systemd/system/medlane-server.service"),
            ("installers/deb/server/medlane.toml", "etc/medlane/medlane.toml"),
        ],
        settings: &["/etc/medlane/medlane.toml"],
        scripts: Some("installers/deb/server"),
    },
    Package {
        name: "medlane-desktop",
        about: "Medlane's apps for doctors, reception and administrators",
        needs: "gnome-keyring | kwalletmanager | keepassxc",
        programs: &["medlane-workstation", "medlane-console"],
        files: &[
            (
                "installers/deb/desktop/medlane-workstation.desktop",
                "usr/share/applications/medlane-workstation.desktop",
            ),
            (
                "installers/deb/desktop/medlane-console.desktop",
                "usr/share/applications/medlane-console.desktop",
            ),
            (
                "src-tauri/workstation/icon.png",
                "usr/share/icons/hicolor/512x512/apps/medlane-workstation.png",
            ),
            ("src-tauri/console/icon.png", "usr/share/icons/hicolor/512x512/apps/medlane-console.png"),
            ("installers/deb/desktop/60-medlane.conf", "etc/environment.d/60-medlane.conf"),
        ],
        settings: &["/etc/environment.d/60-medlane.conf"],
        scripts: None,
    },
    Package {
        name: "medlane-kiosk",
        about: "Medlane's kiosk and board, as the only program of a screen",
        needs: "cage, dbus, gnome-keyring, passwd",
        programs: &["medlane-kiosk"],
        files: &[
            ("installers/kiosk/medlane-kiosk.service", "usr/lib/systemd/system/medlane-kiosk.service"),
            ("installers/deb/kiosk/kiosk.env", "etc/medlane/kiosk.env"),
        ],
        settings: &["/etc/medlane/kiosk.env"],
        scripts: Some("installers/deb/kiosk"),
    },
];

/// The licences that every package carries.
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];

/// Builds everything in release mode, and packs it.
pub fn package() -> Result<(), Failed> {
    install::install(&[install::BUILD, install::DESKTOP, install::PACKAGE])?;
    install::rust_target("wasm32-unknown-unknown")?;
    web::build()?;
    step("the programs");
    run(cargo().args(["build", "--release", "-p", "medlane-server", "-p", "medlane-desktop"]))?;
    let folder = root().join("dist/packages");
    for package in pack(&target().join("release"), &folder, "xz")? {
        step(&format!("{}", package.display()));
    }
    Ok(())
}

/// Packs built programs into `folder`. Returns the packages.
pub fn pack(programs: &Path, folder: &Path, compression: &str) -> Result<Vec<PathBuf>, Failed> {
    let architecture = output(program("dpkg").arg("--print-architecture"))?;
    let staged = target().join("packages/debian");
    fs::create_dir_all(folder)?;
    clear(folder, &PACKAGES.map(|package| package.name), ".deb")?;
    let mut packed = Vec::new();
    for package in &PACKAGES {
        let stage = staged.join(package.name);
        if stage.exists() {
            fs::remove_dir_all(&stage)?;
        }
        fill(package, programs, &stage)?;
        control(package, &architecture, &stage)?;
        let version = env!("CARGO_PKG_VERSION");
        let file = folder.join(format!("{}_{version}_{architecture}.deb", package.name));
        let mut build = program("dpkg-deb");
        build.args(["--root-owner-group", &format!("-Z{compression}"), "--build"]).args([&stage, &file]);
        output(&mut build)?;
        fs::remove_dir_all(&stage)?;
        packed.push(file);
    }
    Ok(packed)
}

/// Removes the packages that an earlier run of the same command made. Those of other commands stay.
pub fn clear(folder: &Path, names: &[&str], ending: &str) -> Result<(), Failed> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let is_one = |name: &&str| file.strip_prefix(*name).is_some_and(|rest| rest.starts_with('_'));
        if file.ends_with(ending) && names.iter().any(is_one) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Unpacks packages below a folder. Returns the folder of their programs. Tests run these programs, because a program
/// that works in the build folder may fail in a package.
pub fn unpack(packages: &[PathBuf], folder: &Path) -> Result<PathBuf, Failed> {
    let system = folder.join("root");
    for package in packages {
        output(program("dpkg-deb").arg("--extract").args([package, &system]))?;
    }
    Ok(system.join("usr/bin"))
}

/// Copies a package's files to their final places below `stage`.
fn fill(package: &Package, programs: &Path, stage: &Path) -> Result<(), Failed> {
    for name in package.programs {
        place(&programs.join(name), &stage.join("usr/bin").join(name), 0o755)?;
    }
    for (from, to) in package.files {
        place(&root().join(from), &stage.join(to), 0o644)?;
    }
    let about = stage.join("usr/share/doc").join(package.name);
    let licences = LICENCES.map(|name| fs::read_to_string(root().join(name)));
    let [mit, apache] = licences;
    write(&about.join("copyright"), &format!("Either of:\n\n{}\n\n{}", mit?, apache?), 0o644)?;
    let Some(scripts) = package.scripts else { return Ok(()) };
    for name in ["postinst", "prerm", "postrm"] {
        let script = root().join(scripts).join(name);
        if script.exists() {
            place(&script, &stage.join("DEBIAN").join(name), 0o755)?;
        }
    }
    Ok(())
}

/// Writes the control files that the system's package manager reads.
fn control(package: &Package, architecture: &str, stage: &Path) -> Result<(), Failed> {
    let Package { name, about, needs, .. } = package;
    let version = env!("CARGO_PKG_VERSION");
    write(&stage.join("DEBIAN/conffiles"), &format!("{}\n", package.settings.join("\n")), 0o644)?;
    // `dpkg-shlibdeps` looks at the linked libraries. It needs a source control file in its working folder.
    let beside = target().join("packages");
    write(
        &beside.join("debian/control"),
        &format!("Source: {name}\n\nPackage: {name}\nArchitecture: any\n"),
        0o644,
    )?;
    let mut linked = program("dpkg-shlibdeps");
    linked.current_dir(&beside).arg("-O");
    for program in package.programs {
        linked.arg(format!("-e{}", stage.join("usr/bin").join(program).display()));
    }
    let linked = output(&mut linked)?;
    let linked = linked.lines().find_map(|line| line.strip_prefix("shlibs:Depends=")).unwrap_or_default();
    let kib = output(program("du").args(["-sk", "--apparent-size"]).arg(stage))?;
    let kib = kib.split_whitespace().next().unwrap_or("0");
    let control = format!(
        "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Medlane <packages@medlane.example>\n\
         Installed-Size: {kib}\nDepends: {linked}, {needs}\nSection: misc\nPriority: optional\nDescription: {about}\n"
    );
    write(&stage.join("DEBIAN/control"), &control, 0o644)
}

/// Copies a file, or a folder with all its contents.
fn place(from: &Path, to: &Path, mode: u32) -> Result<(), Failed> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            place(&entry.path(), &to.join(entry.file_name()), mode)?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(mode))?)
}

fn write(to: &Path, text: &str, mode: u32) -> Result<(), Failed> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, text)?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(mode))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_the_other_command_stay() {
        let folder = tempfile::tempdir().unwrap();
        let stays = ["medlane-kiosk_0.1.0_x64-setup.exe", "medlane-kiosk-notes_1_amd64.deb", "own.deb"];
        for name in stays.iter().chain(&["medlane-kiosk_0.1.0_amd64.deb", "medlane-server_0.0.9_arm64.deb"]) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        clear(folder.path(), &PACKAGES.map(|package| package.name), ".deb").unwrap();
        let left = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
        let mut left: Vec<String> = left.map(|name| name.to_string_lossy().into_owned()).collect();
        left.sort();
        assert_eq!(left, ["medlane-kiosk-notes_1_amd64.deb", "medlane-kiosk_0.1.0_x64-setup.exe", "own.deb"]);
    }
}
