//! What the commands need beside Rust and Node: installed by apt on Debian and Ubuntu, named elsewhere.

use crate::run::{Failed, exists, output, program, run, step};

/// A thing that has to be there, and the package that brings it.
#[derive(Clone)]
pub struct Need {
    /// Is it there?
    pub met: fn() -> bool,
    /// Debian's and Ubuntu's name.
    pub package: &'static str,
}

/// The other database, for tests and benchmarks.
pub const POSTGRES: &[Need] = &[Need { met: || crate::postgres::folder().is_some(), package: "postgresql" }];

/// What the tests need beside that and what building does.
pub const TEST: &[Need] = &[
    Need { met: browser, package: "chromium" },
    Need { met: || exists("chromedriver"), package: "chromium-driver" },
    Need { met: || exists("WebKitWebDriver"), package: "webkit2gtk-driver" },
    Need { met: || exists("Xvfb"), package: "xvfb" },
    Need { met: || exists("openbox"), package: "openbox" },
    Need { met: || exists("wmctrl"), package: "wmctrl" },
    Need { met: || exists("dbus-run-session"), package: "dbus" },
    Need { met: || exists("gnome-keyring-daemon"), package: "gnome-keyring" },
];

/// What making packages needs.
pub const PACKAGE: &[Need] = &[
    Need { met: || exists("dpkg-deb"), package: "dpkg" },
    Need { met: || exists("dpkg-shlibdeps"), package: "dpkg-dev" },
];

/// What building the apps for Windows needs.
pub const WINDOWS: &[Need] = &[
    Need { met: || exists("x86_64-w64-mingw32-gcc"), package: "gcc-mingw-w64-x86-64" },
    Need { met: || exists("x86_64-w64-mingw32-windres"), package: "binutils-mingw-w64-x86-64" },
];

/// What making installers for Windows needs.
pub const NSIS: &[Need] = &[Need { met: || exists("makensis"), package: "nsis" }];

/// What building the server needs.
pub const BUILD: &[Need] = &[Need { met: || exists("cc"), package: "build-essential" }];

/// What building the desktop apps needs.
pub const DESKTOP: &[Need] = &[
    Need { met: || exists("pkg-config"), package: "pkg-config" },
    Need { met: webkit, package: "libwebkit2gtk-4.1-dev" },
];

fn browser() -> bool {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().any(exists)
}

fn webkit() -> bool {
    exists("pkg-config")
        && program("pkg-config")
            .args(["--exists", "webkit2gtk-4.1"])
            .status()
            .is_ok_and(|status| status.success())
}

/// Installs what is missing, or says what is.
pub fn install(needs: &[&[Need]]) -> Result<(), Failed> {
    let needs = needs.concat();
    let missing: Vec<&str> = needs.iter().filter(|need| !(need.met)()).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !exists("apt-get") {
        return Err(format!("please install: {}", missing.join(", ")).into());
    }
    step(&format!("installing {}", missing.join(", ")));
    let sudo = output(program("id").arg("-u"))? != "0";
    let apt = |arguments: &[&str]| {
        let mut command = if sudo { program("sudo") } else { program("apt-get") };
        if sudo {
            command.arg("apt-get");
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        run(&mut command)
    };
    apt(&["update", "-q"])?;
    apt(&[&["install", "-y", "-q", "--no-install-recommends"], &missing[..]].concat())?;
    match needs.iter().find(|need| !(need.met)()) {
        None => Ok(()),
        Some(need) => Err(format!("{} was installed and is still not found", need.package).into()),
    }
}

/// A target of Rust.
pub fn rust_target(name: &str) -> Result<(), Failed> {
    let installed = output(program("rustup").args(["target", "list", "--installed"]))?;
    if !installed.lines().any(|line| line == name) {
        run(program("rustup").args(["target", "add", name]))?;
    }
    Ok(())
}

/// The test runner, where it is not there yet.
pub fn nextest() -> Result<(), Failed> {
    if !exists("cargo-nextest") && output(program("cargo").args(["nextest", "--version"])).is_err() {
        step("installing cargo-nextest");
        run(program("cargo").args(["install", "cargo-nextest", "--locked"]))?;
    }
    Ok(())
}
