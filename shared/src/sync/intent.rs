//! What an intent says: its name and the form of its arguments. Each room has its own; the server's room registers the
//! operation (`engine::IntentOp`), the device's room what it keeps and shows meanwhile.

use serde::{Serialize, de::DeserializeOwned};

/// The arguments of one kind of intent.
pub trait IntentArgs: Serialize + DeserializeOwned + Send {
    /// The name that travels: `note.save`. A released name never changes.
    const NAME: &'static str;
}
