//! The sources of a new project. They are part of the binary and compile as they stand.

use rust_embed::RustEmbed;

use crate::ground::ids::TextPath;

#[derive(RustEmbed)]
#[folder = "src/template"]
struct Template;

/// The files of a new project, relative to `scitex/writer`.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    Template::iter()
        .filter_map(|path| {
            let file = Template::get(&path)?;
            Some((path.into_owned(), file.data.into_owned()))
        })
        .collect()
}

/// True if this is the text that a new project has at `path`.
pub(super) fn is(path: &TextPath, content: &str) -> bool {
    Template::get(path.as_str()).is_some_and(|file| *file.data == *content.as_bytes())
}
