//! The languages of messages, and how one is chosen.

/// A language that every part of the product speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Arabic, written from right to left.
    Ar,
    /// Hindi, for patients. The screens of staff exist in English and Arabic.
    Hi,
}

impl Language {
    /// Every language.
    pub const ALL: &[Self] = &[Self::En, Self::Ar, Self::Hi];
}

impl Language {
    /// The best match for an `Accept-Language` header or a BCP 47 tag; English if none fits.
    ///
    /// It is written by hand: a crate would give the sorted tags, which is half of this, and the browser has this code too.
    #[must_use]
    pub fn negotiate(accepted: &str) -> Self {
        let mut wanted: Vec<(&str, f32)> = accepted
            .split(',')
            .filter_map(|part| {
                let mut pieces = part.split(';');
                let tag = pieces.next()?.trim();
                let quality = pieces.find_map(|p| p.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse);
                Some((tag, quality.ok()?))
            })
            .filter(|(tag, quality)| !tag.is_empty() && *quality > 0.0)
            .collect();
        wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
        wanted.into_iter().find_map(|(tag, _)| Self::from_tag(tag)).unwrap_or_default()
    }

    /// The language of a BCP 47 tag; `None` if the product does not speak it.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "ar" => Some(Self::Ar),
            "hi" => Some(Self::Hi),
            _ => None,
        }
    }

    /// Its name, in the language itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ar => "العربية",
            Self::Hi => "हिन्दी",
        }
    }

    /// Whether the language is written from right to left.
    #[must_use]
    pub const fn is_rtl(self) -> bool {
        matches!(self, Self::Ar)
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
            Self::Hi => "hi",
        }
    }
}
