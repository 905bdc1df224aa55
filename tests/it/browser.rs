//! A headless Chromium for one test, driven over the loopback.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    str::FromStr,
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    elements::Element,
    error::CmdError,
    wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle},
};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::world::{PASSWORD, port};

/// How long to wait for something. It is generous, because only a failure waits this long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two checks.
const BETWEEN: Duration = Duration::from_millis(50);

/// The smallest width of a Chromium window. A narrower page gets its width from the driver.
const WINDOW_MIN: u32 = 500;

/// The size of a window.
pub const PHONE: (u32, u32) = (390, 844);
/// The size of a window.
pub const DESKTOP: (u32, u32) = (1280, 800);
/// The size of a window.
pub const KIOSK: (u32, u32) = (1080, 1920);

/// One page of a browser, or a desktop app's window. Dropping the value closes it.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    page: Client,
}

impl Browser {
    /// Opens an address. A missing browser is a failure, because `cargo xtask test` installs it.
    pub async fn open(address: &str, size: (u32, u32), language: &str) -> Self {
        let browser = Self::blank(size, language).await;
        browser.goes_to(address).await;
        browser
    }

    /// An empty page.
    pub async fn blank((width, height): (u32, u32), language: &str) -> Self {
        assert!(
            std::env::var_os("MEDLANE_TEST_FACES").is_some(),
            "no faces were built: run `cargo xtask test`"
        );
        let port = port();
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("chromedriver is not installed: run `cargo xtask test`");
        let said = BufReader::new(driver.stdout.take().unwrap());
        let listens = said.lines().map_while(Result::ok).any(|line| line.contains("started successfully"));
        assert!(listens, "chromedriver listens");
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-background-networking".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--lang={language}"),
        ];
        let options = json!({ "args": arguments, "prefs": { "intl.accept_languages": language } });
        let browser = Self::begin(driver, port, "goog:chromeOptions", options).await;
        if width < WINDOW_MIN {
            let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        }
        browser
    }

    /// Goes to an address.
    pub async fn goes_to(&self, address: &str) {
        self.page.goto(address).await.unwrap();
    }

    /// Waits about as long as a user, because a press on a row that has just moved asks first.
    pub async fn is_still(&self) {
        self.script_async("setTimeout(arguments[arguments.length - 1], 600)").await;
    }

    /// The present tab.
    pub async fn tab(&self) -> WindowHandle {
        self.page.window().await.unwrap()
    }

    /// Opens an address in a new tab of the same browser, and switches to it.
    pub async fn opens_tab(&self, address: &str) {
        let tab = self.page.new_window(true).await.unwrap().handle;
        self.page.switch_to_window(tab).await.unwrap();
        self.goes_to(address).await;
    }

    /// Switches to a tab.
    pub async fn goes_to_tab(&self, tab: WindowHandle) {
        self.page.switch_to_window(tab).await.unwrap();
    }

    /// From now on the system prefers the dark or the light scheme.
    pub async fn prefers(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// From now on addresses with these patterns cannot be loaded.
    pub async fn loads_all_but(&self, patterns: &[&str]) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        self.devtools("Network.setBlockedURLs", json!({ "urls": patterns })).await;
    }

    /// On every page that is loaded from now on, no timer takes longer than `most_ms`.
    pub async fn hurries(&self, most_ms: u32) {
        let source = format!(
            "const later = setTimeout; globalThis.setTimeout = (what, ms) => later(what, Math.min(ms ?? 0, {most_ms}));"
        );
        self.begins_with(&source).await;
    }

    /// On every page that is loaded from now on, this script runs first.
    pub async fn begins_with(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    async fn devtools(&self, name: &'static str, parameters: Value) {
        self.page.issue_cmd(Devtools { name, parameters }).await.unwrap();
    }

    /// Starts a session with a running driver.
    pub async fn begin(driver: Child, port: u16, key: &str, options: Value) -> Self {
        let capabilities = Capabilities::from_iter([(key.to_owned(), options)]);
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        let session = page.session_id().await.unwrap().unwrap();
        Self { driver, port, session, page }
    }

    /// Waits until an element exists.
    pub async fn sees(&self, css: &str) {
        self.with(css, |_| std::future::ready(Ok(()))).await;
    }

    /// The text of an element, once it exists.
    pub async fn says(&self, css: &str) -> String {
        self.with(css, |found| async move { found.text().await }).await
    }

    /// Presses an element, once it exists, can be pressed, and is not covered.
    pub async fn press(&self, css: &str) {
        let css = format!(":is({css}):not(:disabled)");
        self.with(&css, |found| async move { found.click().await }).await;
    }

    /// Types into a field, or presses keys on the page (`body`).
    pub async fn types(&self, css: &str, text: &str) {
        self.with(css, |found| async move { found.send_keys(text).await }).await;
    }

    /// Does something with an element, once it exists and can be used. The page may render again or reload meanwhile.
    async fn with<T, F: Future<Output = Result<T, CmdError>>>(
        &self,
        css: &str,
        what: impl Fn(Element) -> F,
    ) -> T {
        let start = Instant::now();
        loop {
            let error = match self.page.find(Locator::Css(css)).await {
                Ok(found) => match what(found).await {
                    Err(error) if is_elsewhere(&error) => error,
                    done => return done.unwrap(),
                },
                Err(error) => error,
            };
            if start.elapsed() > PATIENCE {
                let page = "return document.body.innerText + '\\n' + \
                    [...document.querySelectorAll('input, textarea')].map(field => field.name + '=' + field.value)";
                panic!(
                    "never saw {css}: {error}; the page says:\n{:?}",
                    self.page.execute(page, Vec::new()).await
                );
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// Confirms the person's identity in the page's dialog.
    pub async fn confirms(&self, password: &str) {
        self.types("#confirm-password", &format!("\u{E009}a\u{E000}{password}")).await;
        self.press("#confirm-go").await;
        self.sees("body:not(:has(#confirm))").await;
    }

    /// Signs in.
    pub async fn signs_in(&self, email: &str) {
        self.signs_in_with(email, PASSWORD).await;
    }

    pub async fn signs_in_with(&self, email: &str, password: &str) {
        self.types("#email", email).await;
        self.types("#password", password).await;
        self.press("#sign-in").await;
    }

    /// The result of a script.
    pub async fn script(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// The value that a script passes to its last argument.
    pub async fn script_async(&self, script: &str) -> Value {
        self.page.execute_async(script, Vec::new()).await.unwrap()
    }

    /// Asserts that the accessibility checker finds nothing. If `MEDLANE_TEST_PICTURES` names a folder, a picture of
    /// the screen is saved there.
    pub async fn is_accessible(&self, screen: &str) {
        if let Some(folder) = std::env::var_os("MEDLANE_TEST_PICTURES") {
            let picture = std::path::Path::new(&folder).join(format!("{}.png", screen.replace(' ', "-")));
            std::fs::write(picture, self.page.screenshot().await.unwrap()).unwrap();
        }
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
        self.page.execute(&std::fs::read_to_string(axe).unwrap(), Vec::new()).await.unwrap();
        // Wait until animations end, because colours in transition would be measured wrongly.
        let run = "const done = arguments[arguments.length - 1]; \
            const ending = document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < Infinity); \
            Promise.allSettled(ending.map(one => one.finished)).then(() => axe.run()).then(found => done(found.violations.map(\
            violation => [violation.id, violation.help, violation.nodes.map(node => node.html).join(' ')])));";
        let found = self.script_async(run).await;
        assert_eq!(found, json!([]), "{screen}");
    }
}

/// A command of Chromium's debugging protocol.
#[derive(Debug)]
struct Devtools {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.name, "params": self.parameters }).to_string()))
    }
}

/// The element has moved, was rendered again or is not on the screen yet, so certainly nothing was done to it.
fn is_elsewhere(error: &CmdError) -> bool {
    error.is_stale_element_reference()
        || error.is_element_not_interactable()
        || error.to_string().contains("click intercepted")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver closes the browser with the session. A killed driver would leave the browser running.
        let end = || -> std::io::Result<()> {
            let mut line = TcpStream::connect(("127.0.0.1", self.port))?;
            write!(
                line,
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                self.session
            )?;
            // The driver answers once the browser is closed, and keeps the connection open.
            line.set_read_timeout(Some(PATIENCE))?;
            line.read(&mut [0; 64]).map(drop)
        };
        drop(end());
        // The processes that the driver started are in its group.
        drop(Command::new("kill").args(["-9", "--", &format!("-{}", self.driver.id())]).status());
        drop(self.driver.wait());
    }
}
