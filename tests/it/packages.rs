//! The packages, installed into a root of their own: their files, what an upgrade keeps, and what a purge leaves.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The folder of the packages that `cargo xtask test` has made.
fn packages() -> PathBuf {
    std::env::var("MEDLANE_TEST_PACKAGES").expect("no packages were made: run `cargo xtask test`").into()
}

/// A root that holds only the package manager's own files.
struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("var/lib/dpkg");
        for folder in ["info", "updates", "triggers"] {
            fs::create_dir_all(own.join(folder)).unwrap();
        }
        fs::write(own.join("status"), "").unwrap();
        Self(root)
    }

    fn dpkg(&self, arguments: &[&str]) {
        let done = Command::new("dpkg")
            .arg(format!("--root={}", self.0.path().display()))
            // The dependencies are not in this root, and the packages' scripts notice that it is not the running
            // system.
            .args(["--force-depends", "--force-not-root", "--force-script-chrootless", "--log=/dev/null"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn install(&self) {
        let mut files: Vec<String> = fs::read_dir(packages())
            .unwrap()
            .map(|file| file.unwrap().path().display().to_string())
            .filter(|path| Path::new(path).extension().is_some_and(|end| end == "deb"))
            .collect();
        files.sort();
        assert_eq!(files.len(), 3, "{files:?}");
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        self.dpkg(&[&["--install"], &files[..]].concat());
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }
}

/// The packaged server while it runs.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn packages_are_installed_upgraded_and_removed() {
    let root = Root::new();
    root.install();
    for program in ["server", "workstation", "console", "kiosk"] {
        let mode = fs::metadata(root.at(&format!("usr/bin/medlane-{program}"))).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{program}");
    }
    for unit in ["medlane-server", "medlane-kiosk"] {
        let text = fs::read_to_string(root.at(&format!("usr/lib/systemd/system/{unit}.service"))).unwrap();
        // A unit starts a program of its own package or of a dependency.
        assert!(text.contains(&format!("/usr/bin/{unit}")));
    }
    for app in ["workstation", "console"] {
        let entry = root.at(&format!("usr/share/applications/medlane-{app}.desktop"));
        assert!(fs::read_to_string(entry).unwrap().contains(&format!("Exec=medlane-{app}\n")));
        assert!(root.at(&format!("usr/share/icons/hicolor/512x512/apps/medlane-{app}.png")).exists());
    }

    // The packaged server with its own settings; only settings that reach outside of the root differ.
    let folder = root.at("var/lib/medlane");
    fs::create_dir_all(&folder).unwrap();
    let settings = root.at("etc/medlane/medlane.toml");
    let mut server = Command::new(root.at("usr/bin/medlane-server"));
    server.arg("--config").arg(&settings).arg("serve");
    server.env("MEDLANE_HTTP__LISTEN", "127.0.0.1:0");
    server.env("MEDLANE_DATABASE__URL", format!("sqlite:{}", folder.join("medlane.db").display()));
    server.env("MEDLANE_KEYS__FILE", folder.join("medlane.key"));
    server.env("MEDLANE_WEB__DIR", root.at("usr/share/medlane/web"));
    let mut server = Server(server.stdout(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(server.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ready = said.find_map(|line| line.strip_prefix("ready http://").map(str::to_owned)).unwrap();
    let mut line = TcpStream::connect(&ready).unwrap();
    write!(line, "GET / HTTP/1.0\r\nHost: {ready}\r\n\r\n").unwrap();
    let mut page = String::new();
    line.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.0 200") && page.contains("companion"), "{page}");
    drop(server);

    // A setting that an administrator changed stays.
    fs::write(&settings, "# ours\n").unwrap();
    root.install();
    assert_eq!(fs::read_to_string(&settings).unwrap(), "# ours\n");
    root.dpkg(&["--remove", "medlane-server"]);
    assert!(!root.at("usr/bin/medlane-server").exists());
    assert!(settings.exists());
    root.dpkg(&["--purge", "medlane-server", "medlane-kiosk", "medlane-desktop"]);
    assert!(!settings.exists() && !root.at("usr/bin/medlane-kiosk").exists());
    assert!(folder.join("medlane.db").exists(), "records are nobody's to delete with a package");
}
