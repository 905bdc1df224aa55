//! The apps as web pages, if the configuration serves them.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    handler::HandlerWithoutStateExt as _,
    response::Redirect,
    routing::{any, get},
};
use medlane_shared::pages;
use tower_http::services::{ServeDir, ServeFile};

use super::refusal::not_found;
use crate::{app::App, config::Web};

/// Adds the apps' pages to the interface's routes. Any other address gets the companion's page with the status 404, which
/// says so.
pub fn serve(api: Router<Arc<App>>, web: &Web) -> Router<Arc<App>> {
    let robots = robots(web.dir.is_some());
    let mut router =
        api.route("/api/{*rest}", any(not_found)).route("/robots.txt", get(move || async move { robots }));
    let Some(dir) = &web.dir else { return router.fallback(not_found) };
    if web.staff {
        router = pages(router, dir, "doctor", &[pages::WORKSTATION]);
        router = pages(router, dir, "console", &pages::CONSOLE);
        for (before, page) in pages::CONSOLE_BEFORE {
            for path in [before.to_owned(), format!("{before}/")] {
                router = router.route(&path, get(move || async move { Redirect::permanent(page) }));
            }
        }
    }
    if web.kit {
        router = pages(router, dir, "kit", &["/kit"]);
    }
    router = pages(router, dir, "kiosk", &pages::KIOSK);
    let shell = ServeFile::new(dir.join("companion/index.html")).precompressed_br();
    for path in pages::ACCOUNT {
        router = router.route_service(path, shell.clone()).route_service(&format!("{path}/"), shell.clone());
    }
    router
        .route_service(&format!("{}{{secret}}", pages::TICKET), shell.clone())
        .nest_service("/assets", assets(dir, "companion"))
        .fallback_service(ServeDir::new(dir.join("companion")).precompressed_br().not_found_service(shell))
}

/// What search engines may read (RFC 9309; the longest rule counts): the public pages, with the files that these load.
fn robots(has_pages: bool) -> String {
    let pages = pages::PUBLIC.map(|path| format!("Allow: {path}$\n")).concat();
    let allowed = if has_pages { pages + "Allow: /assets/\n" } else { String::new() };
    format!("User-agent: *\n{allowed}Disallow: /\n")
}

/// The pages of an app, and its files below the first of them.
fn pages(mut router: Router<Arc<App>>, dir: &Path, app: &str, paths: &[&str]) -> Router<Arc<App>> {
    let shell = ServeFile::new(dir.join(app).join("index.html")).precompressed_br();
    for path in paths {
        router = router.route_service(path, shell.clone()).route_service(&format!("{path}/"), shell.clone());
    }
    let base = paths.first().copied().unwrap_or_default();
    router.nest_service(&format!("{base}/assets"), assets(dir, app))
}

/// An app's files. One that is missing is no page: a browser must not cache a page in place of another release's file.
fn assets(dir: &Path, app: &str) -> Router {
    let files = ServeDir::new(dir.join(app).join("assets"))
        .precompressed_br()
        .append_index_html_on_directories(false)
        .fallback(not_found.into_service());
    Router::new().fallback_service(files)
}
