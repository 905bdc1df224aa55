//! The reverse proxy of `installers`: Debian's nginx with our file, and TLS by a private authority.

use std::{fs, net::SocketAddr, path::Path, process::Stdio, time::Duration};

use reqwest::{Certificate, Client, StatusCode, header};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::{
    tidy::root,
    world::{World, port},
};

const NAME: &str = "clinic.example";

async fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    let done = command.current_dir(folder).args(arguments.split(' ')).output().await.unwrap();
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// An authority, and its certificate for the clinic's name.
async fn certificates(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(folder, &format!("req -x509 {key} -days 2 -subj /CN=Clinic -keyout ca.key -out ca.pem")).await;
    openssl(folder, &format!("req {key} -subj /CN={NAME} -keyout key.pem -out request.pem")).await;
    fs::write(folder.join("names"), format!("subjectAltName=DNS:{NAME}\n")).unwrap();
    let sign = "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem";
    openssl(folder, sign).await;
}

/// nginx with our file, in front of a server.
async fn nginx(folder: &Path, server: &str, listen: u16) -> Child {
    let ours = fs::read_to_string(root().join("installers/proxy/nginx.conf")).unwrap();
    let mut site = ours.clone();
    for (theirs, here) in [
        ("127.0.0.1:8080", server.to_owned()),
        ("listen 443", format!("listen 127.0.0.1:{listen}")),
        ("listen [::]:443", format!("listen [::1]:{listen}")),
        ("/etc/ssl/clinic.example/fullchain.pem", folder.join("cert.pem").display().to_string()),
        ("/etc/ssl/clinic.example/privkey.pem", folder.join("key.pem").display().to_string()),
    ] {
        assert!(site.contains(theirs), "nginx.conf has no {theirs}");
        site = site.replace(theirs, &here);
    }
    let at = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = kinds.map(|kind| format!("{kind}_temp_path {at}/{kind};\n")).concat();
    let all = format!(
        "daemon off; master_process off; pid {at}/nginx.pid; error_log {at}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n"
    );
    fs::write(folder.join("nginx.conf"), all).unwrap();
    let program = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    let mut command = Command::new(program);
    command.arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("error.log"));
    let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    while TcpStream::connect(("127.0.0.1", listen)).await.is_err() {
        if let Some(ended) = child.try_wait().unwrap() {
            let log = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            panic!("nginx ended with {ended}: {log}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child
}

#[tokio::test]
async fn the_proxy_of_the_installers_serves_pages_and_sockets() {
    let mut world = World::sqlite().await;
    world
        .restart(|config| {
            config.http.proxies = vec!["127.0.0.1".parse().unwrap()];
            config.http.https = true;
            config.outbox.show = false;
            config.metrics.token = Some("a token of figures".to_owned());
            config.limits.anonymous = 20;
        })
        .await;
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path()).await;
    let listen = port();
    let server = world.node.base.trim_start_matches("http://").to_owned();
    let mut child = nginx(folder.path(), &server, listen).await;

    medlane_desktop::session::tls();
    let authority = Certificate::from_pem(&fs::read(folder.path().join("ca.pem")).unwrap()).unwrap();
    let there = SocketAddr::from(([127, 0, 0, 1], listen));
    let builder = || Client::builder().add_root_certificate(authority.clone()).resolve(NAME, there);
    let (client, one) = (builder().build().unwrap(), builder().http1_only().build().unwrap());
    let base = format!("https://{NAME}:{listen}");

    let ready = client.get(format!("{base}/ready")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(ready.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    // A client behind the proxy cannot see the metrics, with or without the token.
    let figures =
        client.get(format!("{base}/metrics")).bearer_auth("a token of figures").send().await.unwrap();
    assert_eq!(figures.status(), StatusCode::NOT_FOUND);

    let socket = |origin: &str| {
        one.get(format!("{base}/api/v1/sync"))
            .header(header::ORIGIN, origin)
            .header(header::UPGRADE, "websocket")
            .header(header::CONNECTION, "Upgrade")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let own = socket(&format!("https://{NAME}")).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::SWITCHING_PROTOCOLS);
    let foreign = socket("https://elsewhere.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);

    // An address that the client makes up does not count: the server trusts the proxy, and the limit holds.
    let mut statuses = Vec::new();
    for n in 0..30 {
        let asked =
            client.get(format!("{base}/api/v1/branches")).header("x-forwarded-for", format!("192.0.2.{n}"));
        statuses.push(asked.send().await.unwrap().status());
    }
    assert_eq!(statuses[0], StatusCode::OK);
    assert_eq!(statuses[29], StatusCode::TOO_MANY_REQUESTS);
    child.kill().await.unwrap();
}
