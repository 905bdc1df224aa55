//! Reads what each source of a crate uses: its `use` declarations, and the paths in its code. Tests inside the
//! sources are left out, because they may use everything.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};

use super::sources;

/// The segments of a path, such as `["identity", "store"]`.
pub type Path = Vec<String>;

/// A name that a `use` brings into a source.
struct Import {
    path: Path,
    name: String,
    is_public: bool,
}

/// A source.
pub struct Source {
    /// The file below the crate's `src`.
    pub file: String,
    module: Path,
    imports: Vec<Import>,
    paths: Vec<Path>,
}

/// A use of one source by another.
pub struct Use<'a> {
    pub by: &'a Source,
    pub of: &'a Source,
    /// It only hands the name on: `pub use` in a room's `mod.rs`.
    pub is_handed_on: bool,
}

/// The sources of a crate by their modules.
pub struct Imports(BTreeMap<Path, Source>);

impl Imports {
    /// Reads the sources of a crate.
    pub fn read(folder: &str) -> Self {
        let sources = sources(folder);
        Self::of(sources.iter().map(|(name, text)| (&name[folder.len() + 1..], text.as_str())))
    }

    /// Of files below a crate's `src`, and their texts.
    pub fn of<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        // Long tests have a file of their own.
        let files = files.filter(|(file, _)| *file != "tests.rs" && !file.ends_with("/tests.rs"));
        Self(files.map(|(file, text)| Source::of(file, text)).map(|one| (one.module.clone(), one)).collect())
    }

    /// All sources.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }

    /// Every use of one source by another. A name that a `mod.rs` hands on leads to the source that defines it.
    pub fn uses(&self) -> Vec<Use<'_>> {
        let mut found = Vec::new();
        for by in self.0.values() {
            let mut add = |path: Path, is_handed_on: bool| {
                if let Some(of) = self.definer(&path).filter(|of| of.file != by.file) {
                    found.push(Use { by, of, is_handed_on });
                }
            };
            for import in &by.imports {
                if let Some(path) = self.absolute(by, &import.path) {
                    add(path, import.is_public);
                }
            }
            for path in &by.paths {
                if let Some(path) = self.absolute(by, path).or_else(|| self.brought_in(by, path)) {
                    add(path, false);
                }
            }
        }
        found
    }

    /// The paths inside the crate that a source names, from the crate's root.
    pub fn inside<'a>(&self, of: &'a Source) -> impl Iterator<Item = Path> + use<'_, 'a> {
        let imported = of.imports.iter().filter_map(|import| self.absolute(of, &import.path));
        let named = of.paths.iter();
        let named = named.filter_map(|path| self.absolute(of, path).or_else(|| self.brought_in(of, path)));
        imported.chain(named)
    }

    /// The last module that a path passes through: the one whose name it asks for.
    pub fn asked(&self, path: &[String]) -> Option<&Source> {
        (0..path.len()).rev().find_map(|length| self.0.get(&path[..length]))
    }

    /// The paths into other crates that a source names, also through an import: `use tokio::time; time::sleep` names
    /// `tokio::time::sleep`.
    pub fn outside<'a>(&self, of: &'a Source) -> impl Iterator<Item = Path> + use<'_, 'a> {
        let imported = of.imports.iter().map(|import| import.path.clone());
        let named = of.paths.iter().map(|path| {
            let import = of.imports.iter().find(|import| import.name == path[0]);
            import.map_or_else(|| path.clone(), |import| [&import.path[..], &path[1..]].concat())
        });
        imported.chain(named).filter(|path| self.absolute(of, path).is_none())
    }

    /// A path from the root of the crate; `None` for a path that leads out of it.
    fn absolute(&self, by: &Source, path: &[String]) -> Option<Path> {
        match path.first()?.as_str() {
            "crate" | "medlane_server" => Some(path[1..].to_vec()),
            "self" | "super" => {
                let ups = path.iter().take_while(|part| *part == "self" || *part == "super");
                let (named, ups) = (ups.clone().count(), ups.filter(|part| *part == "super").count());
                let around = &by.module[..by.module.len().checked_sub(ups)?];
                Some([around, &path[named..]].concat())
            }
            first => {
                let inner = [&by.module[..], &[first.to_owned()]].concat();
                self.0.contains_key(&inner).then(|| [&by.module[..], path].concat())
            }
        }
    }

    /// A path whose first segment is a name that the source imports.
    fn brought_in(&self, by: &Source, path: &[String]) -> Option<Path> {
        let import = by.imports.iter().find(|import| import.name == path[0])?;
        Some([&self.absolute(by, &import.path)?[..], &path[1..]].concat())
    }

    /// The source that defines what a path names; `None` for a path to a module.
    fn definer(&self, path: &[String]) -> Option<&Source> {
        let mut at = 0;
        loop {
            let source = self.0.get(&path[..at])?;
            let next = path.get(at)?;
            let handed_on = source.imports.iter().find(|import| import.name == *next);
            let is_module = self.0.contains_key(&path[..=at]);
            // A function may have the name of a module beside it: `pub use routes::routes`.
            if is_module && (at + 1 < path.len() || handed_on.is_none()) {
                at += 1;
                continue;
            }
            let Some(import) = handed_on else { return Some(source) };
            let onward = self.absolute(source, &import.path)?;
            if is_module && onward == path[..=at] {
                at += 1;
                continue;
            }
            return self.definer(&[&onward[..], &path[at + 1..]].concat());
        }
    }
}

impl Source {
    fn of(file: &str, text: &str) -> Self {
        let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
        let module = if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() };
        let mut source = Self { file: file.to_owned(), module, imports: Vec::new(), paths: Vec::new() };
        let tokens = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        source.read(tokens);
        source
    }

    /// The module at the top of the crate that the source belongs to.
    pub fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Punct(_) if is_test(&tokens[at..]) => {
                    let ends =
                        |token: &TokenTree| token.to_string() == ";" || token.to_string().starts_with('{');
                    at += 1 + tokens[at..].iter().position(ends).unwrap();
                }
                // In a type, `use<…>` names what is captured.
                TokenTree::Ident(word) if word == "use" && tokens[at + 1].to_string() != "<" => {
                    let is_public = is_visibility(&tokens[..at]);
                    let length = tokens[at..].iter().position(|token| token.to_string() == ";").unwrap();
                    self.import(&tokens[at + 1..at + length], &[], is_public);
                    at += length;
                }
                TokenTree::Ident(word) => {
                    let mut path = vec![word.to_string()];
                    while let [_, colon, second, TokenTree::Ident(next), ..] = &tokens[at..]
                        && colon.to_string() == ":"
                        && second.to_string() == ":"
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if path.len() > 1 {
                        self.paths.push(path);
                    }
                    at += 1;
                }
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// The tree of a `use`, from the segments before it.
    fn import(&mut self, tokens: &[TokenTree], before: &[String], is_public: bool) {
        for one in tokens.split(|token| token.to_string() == ",") {
            let mut path = before.to_vec();
            let mut name = None;
            let mut words = one.iter();
            while let Some(token) = words.next() {
                match token {
                    TokenTree::Ident(word) if word == "as" => name = words.next().map(ToString::to_string),
                    TokenTree::Ident(word) => path.push(word.to_string()),
                    TokenTree::Group(group) => {
                        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                        self.import(&inner, &path, is_public);
                        path.clear();
                    }
                    _ => {}
                }
            }
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            if let Some(last) = path.last() {
                let name = name.unwrap_or_else(|| last.clone());
                self.imports.push(Import { path, name, is_public });
            }
        }
    }
}

/// Whether an attribute says that what follows is only for tests.
fn is_test(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [hash, TokenTree::Group(said), ..]
        if hash.to_string() == "#" && said.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Whether tokens end with `pub` or `pub(…)`.
fn is_visibility(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(word)] | [.., TokenTree::Ident(word), TokenTree::Group(_)] => word == "pub",
        _ => false,
    }
}

/// What is left of a graph once everything that nothing leads to, or that leads nowhere, is taken away again and
/// again: circles, and what lies between them.
pub fn circles<'a>(arrows: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeSet<(&'a str, &'a str)> {
    let mut left: BTreeSet<(&str, &str)> = arrows.filter(|(from, to)| from != to).collect();
    loop {
        let from: BTreeSet<&str> = left.iter().map(|(from, _)| *from).collect();
        let to: BTreeSet<&str> = left.iter().map(|(_, to)| *to).collect();
        let before = left.len();
        left.retain(|(one, other)| to.contains(one) && from.contains(other));
        if left.len() == before {
            return left;
        }
    }
}
