//! A PostgreSQL server for the tests: in a folder of its own, on a free port of the loopback address. It is removed
//! afterwards.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use crate::run::{Failed, output, program, run};

/// A running server.
pub struct Server {
    folder: PathBuf,
    data: PathBuf,
    binaries: PathBuf,
    as_root: bool,
    /// Its URL without the name of a database.
    pub url: String,
}

/// The folder with the programs of the newest server version. Debian's folder comes first, because it holds all of
/// them.
pub fn folder() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file())
}

impl Server {
    /// Creates and starts a server.
    pub fn start() -> Result<Self, Failed> {
        let binaries = folder().ok_or("PostgreSQL is not installed")?;
        let folder = std::env::temp_dir().join(format!("medlane-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let as_root = output(program("id").arg("-u"))? == "0";
        if as_root {
            // The server refuses to run as root.
            run(program("chown").arg("postgres").arg(&folder))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let data = folder.join("data");
        let url = format!("postgres://medlane@127.0.0.1:{port}");
        let server = Self { folder, data, binaries, as_root, url };
        let quiet = |command: &mut Command| output(command).map(drop);
        quiet(
            server
                .tool("initdb")
                .args(["-U", "medlane", "-A", "trust", "-E", "UTF8", "--no-locale", "-D"])
                .arg(&server.data),
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=400"
        );
        let log = server.folder.join("log");
        run(server
            .tool("pg_ctl")
            .args(["start", "-w", "-s", "-o", &options, "-l"])
            .arg(log)
            .arg("-D")
            .arg(&server.data))?;
        Ok(server)
    }

    fn tool(&self, name: &str) -> Command {
        let path = self.binaries.join(name);
        let mut command = if self.as_root {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", "postgres", "--"]).arg(path);
            runuser
        } else {
            Command::new(path)
        };
        command.current_dir(Path::new("/"));
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) =
            run(self.tool("pg_ctl").args(["stop", "-s", "-m", "immediate", "-D"]).arg(&self.data))
        {
            eprintln!("xtask: {error}");
        }
        // Files that remain are in the temporary folder.
        drop(fs::remove_dir_all(&self.folder));
    }
}
