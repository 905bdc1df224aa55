//! `cargo xtask package windows`: cross-builds the Windows installers of the staff's apps and the kiosk, into
//! `dist/packages`. The scripts in `installers/windows` say what they do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    install,
    package::clear,
    run::{Failed, cargo, output, program, root, run, step, target},
    web,
};

const TARGET: &str = "x86_64-pc-windows-gnu";
/// Each package with the script of its installer.
const INSTALLERS: [(&str, &str); 2] = [("medlane-desktop", "desktop.nsi"), ("medlane-kiosk", "kiosk.nsi")];

/// Builds the apps in release mode, and packs them.
pub fn package() -> Result<(), Failed> {
    install::install(&[install::BUILD, install::WINDOWS, install::NSIS])?;
    install::rust_target("wasm32-unknown-unknown")?;
    install::rust_target(TARGET)?;
    web::build()?;
    step("the programs");
    run(cargo().args(["build", "--release", "--target", TARGET, "-p", "medlane-desktop"]))?;
    let folder = root().join("dist/packages");
    for package in pack(&target().join(TARGET).join("release"), &folder)? {
        step(&format!("{}", package.display()));
    }
    Ok(())
}

/// Packs built programs into `folder`. Returns the installers. `MEDLANE_SIGN` is a command that signs a file.
pub fn pack(programs: &Path, folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    fs::create_dir_all(folder)?;
    clear(folder, &INSTALLERS.map(|(name, _)| name), "-setup.exe")?;
    let version = env!("CARGO_PKG_VERSION");
    let mut packed = Vec::new();
    for (name, script) in INSTALLERS {
        let file = folder.join(format!("{name}_{version}_x64-setup.exe"));
        let mut make = program("makensis");
        make.args(["-V2", "-WX", "-INPUTCHARSET", "UTF8"]);
        make.arg(format!("-DVERSION={version}"));
        make.arg(format!("-DPROGRAMS={}", programs.display()));
        make.arg(format!("-DROOT={}", root().display()));
        make.arg(format!("-DOUT={}", file.display()));
        if let Ok(sign) = std::env::var("MEDLANE_SIGN") {
            make.arg(format!("-DSIGN={sign}"));
        }
        output(make.arg(root().join("installers/windows").join(script)))?;
        packed.push(file);
    }
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both installers are made, and each holds only its own programs.
    #[test]
    fn each_installer_brings_its_own() {
        let folder = std::env::temp_dir().join(format!("medlane-installers-{}", std::process::id()));
        let programs = folder.join("programs");
        fs::create_dir_all(&programs).unwrap();
        let sizes = [("medlane-workstation", 3), ("medlane-console", 2), ("medlane-kiosk", 4)];
        for (name, size) in sizes {
            // Bytes that cannot be compressed, so that an installer's size shows which programs it holds.
            let mut state = size;
            let noise = std::iter::repeat_with(|| {
                state = u64::wrapping_add(
                    u64::wrapping_mul(state, 6_364_136_223_846_793_005),
                    1_442_695_040_888_963_407,
                );
                state.to_be_bytes()[0]
            });
            let bytes: Vec<u8> = noise.take(usize::try_from(size).unwrap() << 20).collect();
            fs::write(programs.join(name).with_extension("exe"), bytes).unwrap();
        }
        fs::write(programs.join("WebView2Loader.dll"), "").unwrap();
        let made = pack(&programs, &folder).unwrap();
        let sizes: Vec<u64> = made.iter().map(|file| fs::metadata(file).unwrap().len() >> 20).collect();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(sizes, [5, 4]);
    }
}
