//! The companion. Its parts are split off here, because the splitter knows them by the names that the program exports.
#![expect(clippy::unnecessary_wraps, reason = "the wrapper around a part fails if the part does not come")]

use medlane_ui::{
    account,
    companion::{
        self,
        parts::{Parts, View},
    },
};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

#[wasm_split(home, fallible)]
fn home() -> Result<View, SplitLoaderError> {
    Ok(companion::view)
}

#[wasm_split(beside, fallible)]
fn beside() -> Result<View, SplitLoaderError> {
    Ok(companion::beside)
}

#[wasm_split(account, fallible)]
fn everybody() -> Result<View, SplitLoaderError> {
    Ok(account::view)
}

fn main() {
    companion::start(Parts {
        home: || Box::pin(async { home().await.ok() }),
        beside: || Box::pin(async { beside().await.ok() }),
        account: || Box::pin(async { everybody().await.ok() }),
    });
}
