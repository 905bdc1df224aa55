//! The root key, from a file that only its owner can read, or from the environment. Every other key derives from it.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The root key and its derived wrapping key.
pub struct Root {
    secret: Zeroizing<[u8; 32]>,
    wrapping: Zeroizing<[u8; 32]>,
}

/// Why the root key cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The file cannot be read or created.
    #[error("keys.file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The text is not a key.
    #[error("{0} must hold 32 bytes in base64")]
    Form(&'static str),
    /// Other users can read the file.
    #[error("keys.file {0} can be read by others: allow its owner alone (chmod 400)")]
    Open(PathBuf),
}

impl Root {
    /// From 32 bytes.
    #[must_use]
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        let mut root = Self { secret: Zeroizing::new(secret), wrapping: Zeroizing::default() };
        root.wrapping = root.derive("subject key wrapping", &[]);
        root
    }

    /// From base64 text, as the environment holds it.
    ///
    /// # Errors
    /// [`RootError::Form`].
    pub fn from_text(setting: &'static str, text: &str) -> Result<Self, RootError> {
        let bytes =
            Zeroizing::new(BASE64_STANDARD.decode(text.trim()).map_err(|_| RootError::Form(setting))?);
        bytes.as_slice().try_into().map(Self::from_bytes).map_err(|_| RootError::Form(setting))
    }

    /// From a file. A missing file is created, readable only by its owner.
    ///
    /// # Errors
    /// [`RootError`]. An existing file is never overwritten.
    pub fn from_file(path: &Path) -> Result<Self, RootError> {
        let failed = |source| RootError::File { path: path.to_owned(), source };
        match fs::read_to_string(path) {
            Ok(text) => {
                private(path)?;
                Self::from_text("keys.file", &Zeroizing::new(text))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder).map_err(failed)?;
                }
                let secret = Zeroizing::new(rand::random::<[u8; 32]>());
                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o400);
                let mut file = options.open(path).map_err(failed)?;
                let text = Zeroizing::new(BASE64_STANDARD.encode(&secret[..]));
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
                Ok(Self::from_bytes(*secret))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A key for one purpose: the HMAC-SHA256 of the purpose and its context.
    ///
    /// It is the expand step of HKDF for one block, without HKDF's counter byte. The crate `hkdf` would derive other keys, and
    /// nothing that existing installations have sealed would open.
    #[must_use]
    pub fn derive(&self, purpose: &str, context: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut message = purpose.as_bytes().to_vec();
        message.push(0);
        message.extend_from_slice(context);
        Zeroizing::new(mac(&self.secret, &message))
    }

    pub(super) fn wrapping(&self) -> &[u8; 32] {
        &self.wrapping
    }
}

/// HMAC-SHA256.
#[must_use]
pub fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // HMAC pads a shorter key with zeros to the block size of its hash.
    let mut block = Zeroizing::new([0; 64]);
    block[..key.len()].copy_from_slice(key);
    Hmac::<Sha256>::new(&(*block).into()).chain_update(message).finalize().into_bytes().into()
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root(…)")
    }
}

#[cfg(unix)]
fn private(path: &Path) -> Result<(), RootError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)
        .map_err(|source| RootError::File { path: path.to_owned(), source })?
        .permissions()
        .mode();
    if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(RootError::Open(path.to_owned())) }
}

#[cfg(not(unix))]
fn private(_path: &Path) -> Result<(), RootError> {
    Ok(())
}
