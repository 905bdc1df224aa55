//! The tools that the commands need beside Rust and Node. On Debian and Ubuntu apt installs them; elsewhere the
//! command names what is missing.

use crate::run::{Failed, exists, output, program, run, step};

/// A tool that has to be present, and the package that brings it.
#[derive(Clone)]
pub struct Need {
    /// Whether it is present.
    pub met: fn() -> bool,
    /// The name of the package in Debian and Ubuntu.
    pub package: &'static str,
}

/// PostgreSQL, for tests and benchmarks.
pub const POSTGRES: &[Need] = &[Need { met: || crate::postgres::folder().is_some(), package: "postgresql" }];

/// The tools that the tests need beside those of the build and PostgreSQL.
pub const TEST: &[Need] = &[
    Need { met: browser, package: "chromium" },
    Need { met: || exists("chromedriver"), package: "chromium-driver" },
    Need { met: || exists("WebKitWebDriver"), package: "webkit2gtk-driver" },
    Need { met: || exists("Xvfb"), package: "xvfb" },
    Need { met: || exists("openbox"), package: "openbox" },
    Need { met: || exists("wmctrl"), package: "wmctrl" },
    Need { met: || exists("dbus-run-session"), package: "dbus" },
    Need { met: || exists("gnome-keyring-daemon"), package: "gnome-keyring" },
    Need { met: nginx, package: "nginx-light" },
    Need { met: || exists("openssl"), package: "openssl" },
];

/// The tools that build packages.
pub const PACKAGE: &[Need] = &[
    Need { met: || exists("dpkg-deb"), package: "dpkg" },
    Need { met: || exists("dpkg-shlibdeps"), package: "dpkg-dev" },
];

/// The tools that build the apps for Windows.
pub const WINDOWS: &[Need] = &[
    Need { met: || exists("x86_64-w64-mingw32-gcc"), package: "gcc-mingw-w64-x86-64" },
    Need { met: || exists("x86_64-w64-mingw32-windres"), package: "binutils-mingw-w64-x86-64" },
];

/// The tools that build installers for Windows.
pub const NSIS: &[Need] = &[Need { met: || exists("makensis"), package: "nsis" }];

/// The needs of the API tester.
pub const PYTHON: &[Need] = &[
    Need { met: || exists("python3"), package: "python3" },
    Need { met: has_venv, package: "python3-venv" },
];

/// The tools that build the server.
pub const BUILD: &[Need] = &[Need { met: || exists("cc"), package: "build-essential" }];

/// The tools that build the desktop apps.
pub const DESKTOP: &[Need] = &[
    Need { met: || exists("pkg-config"), package: "pkg-config" },
    Need { met: webkit, package: "libwebkit2gtk-4.1-dev" },
];

fn has_venv() -> bool {
    exists("python3") && output(program("python3").args(["-c", "import ensurepip"])).is_ok()
}

fn browser() -> bool {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().any(exists)
}

/// Debian keeps it outside of the path of ordinary users.
fn nginx() -> bool {
    exists("nginx") || std::path::Path::new("/usr/sbin/nginx").exists()
}

fn webkit() -> bool {
    exists("pkg-config")
        && program("pkg-config")
            .args(["--exists", "webkit2gtk-4.1"])
            .status()
            .is_ok_and(|status| status.success())
}

/// Installs the missing packages. Without apt the error names them.
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

/// Adds a Rust target, if it is missing.
pub fn rust_target(name: &str) -> Result<(), Failed> {
    let installed = output(program("rustup").args(["target", "list", "--installed"]))?;
    if !installed.lines().any(|line| line == name) {
        run(program("rustup").args(["target", "add", name]))?;
    }
    Ok(())
}

/// Installs the test runner, if it is missing.
pub fn nextest() -> Result<(), Failed> {
    if !exists("cargo-nextest") && output(program("cargo").args(["nextest", "--version"])).is_err() {
        step("installing cargo-nextest");
        run(program("cargo").args(["install", "cargo-nextest", "--locked"]))?;
    }
    Ok(())
}
