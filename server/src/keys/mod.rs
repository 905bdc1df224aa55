//! Keys (`docs/decisions/keys.md`). The root key wraps one key for each subject (a patient, or the clinic itself). A
//! subject's key wraps a new data key for each sealed text. Signing keys and token keys are derived from the root
//! key.

mod root;
mod seal;
mod store;

pub use root::{Root, RootError, mac};
pub use seal::{DoesNotOpen, DoesNotSeal, Place, SubjectKey, same};
pub use store::{
    SubjectKeys, clinic_key_insert, key_is_marked, key_mark, subject_key, subject_key_delete,
    subject_key_insert, subject_keys,
};
