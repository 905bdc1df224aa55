//! The kinds of entries in the feed.

/// The kind of thing that an entry of the feed is about. Each room has constants for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity(&'static str);

impl Entity {
    /// The entity with this name in the feed. A released name never changes.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// Its name in the feed.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}
