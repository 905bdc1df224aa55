//! Tests from outside: a real server on a free port, on SQLite and PostgreSQL, over HTTP and sockets.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod acts;
mod ages;
mod attempts;
mod audit;
mod audited;
mod bad_input;
mod broken;
mod browser;
mod caches;
mod calling;
mod calls;
mod commands;
mod connections;
mod contacts;
mod contract;
mod correct;
mod crash;
mod day;
mod demo;
mod denial;
mod dependants;
mod desk;
mod devices;
mod discard;
mod documents;
mod erased;
mod estimates;
mod faces;
mod factor;
mod foreign;
mod halfway;
mod kept;
mod kiosk;
mod line;
mod loaded;
mod looks;
mod merge;
mod messages;
mod nodes;
mod origins;
mod packages;
mod pages;
mod parts;
mod people;
mod phones;
mod policy;
mod printer;
mod profile;
mod program;
mod proxy;
mod push;
mod queue;
mod records;
mod register;
mod restored;
mod rush;
mod screens;
mod search;
mod secrecy;
mod sending;
mod sessions;
mod settings;
mod shell;
mod staff;
mod stolen;
mod sync;
mod taken;
mod tidy;
mod titles;
mod traced;
mod transfers;
mod turns;
mod upgrade;
mod urgent;
mod who;
mod whose;
mod windows;
mod wire;
mod workstation;
mod world;
mod writing;

/// Declares one test for each database.
macro_rules! both {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name($crate::world::World::sqlite().await).await;
            }
            #[tokio::test]
            async fn postgres() {
                super::$name($crate::world::World::postgres().await).await;
            }
        }
    )* };
}
pub(crate) use both;
