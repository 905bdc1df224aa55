//! The faces as web pages, if the configuration serves them.

use std::{path::Path, sync::Arc};

use axum::{Router, handler::HandlerWithoutStateExt as _, routing::any};
use tower_http::services::{ServeDir, ServeFile};

use super::refusal::not_found;
use crate::{app::App, config::Web};

/// Adds the faces to the interface's routes: the companion at `/`, the others under their names.
pub fn serve(api: Router<Arc<App>>, web: &Web) -> Router<Arc<App>> {
    let mut router = api.route("/api/{*rest}", any(not_found));
    let Some(dir) = &web.dir else { return router.fallback(not_found) };
    if web.staff {
        for (path, face) in
            [("/doctor", "doctor"), ("/admin", "admin"), ("/manage", "manage"), ("/setup", "setup")]
        {
            router = router.nest_service(path, face_of(dir, face));
        }
    }
    if web.kit {
        router = router.nest_service("/kit", face_of(dir, "kit"));
    }
    for path in ["/kiosk", "/board"] {
        router = router.nest_service(path, face_of(dir, "kiosk"));
    }
    for path in ["/account", "/register", "/forgot", "/invited"] {
        router = router.nest_service(path, face_of(dir, "account"));
    }
    router.fallback_service(face_of(dir, "companion"))
}

/// A face's files. Any other path below it is a page of its router. Paths below `/assets` are not: the bundle of
/// another release is missing then, and a browser must not cache a page in its place.
fn face_of(dir: &Path, face: &str) -> Router {
    let dir = dir.join(face);
    let shell = ServeFile::new(dir.join("index.html")).precompressed_br();
    let assets = ServeDir::new(dir.join("assets"))
        .precompressed_br()
        .append_index_html_on_directories(false)
        .fallback(not_found.into_service());
    Router::new()
        .nest_service("/assets", assets)
        .fallback_service(ServeDir::new(&dir).precompressed_br().fallback(shell))
}
