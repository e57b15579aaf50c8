//! Where in the text a key or value stands.

use podlapse_model::SortedMap;

/// A position in the pasted text, both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

impl Place {
    /// Where a text begins.
    pub(crate) const START: Place = Place { line: 1, column: 1 };

    /// Where one stands behind a text that begins here.
    pub(crate) fn after(self, text: &str) -> Place {
        let columns = |text: &str| text.chars().count() as u32;
        match text.rsplit_once('\n') {
            None => Place { line: self.line, column: self.column + columns(text) },
            Some((lines, last)) => Place { line: self.line + lines.matches('\n').count() as u32 + 1, column: columns(last) + 1 },
        }
    }
}

/// The places of a value and of everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Where its key stands, for the value of a field.
    pub key: Option<Place>,
    /// Where the value stands.
    pub value: Place,
    /// Its fields, for a mapping.
    pub fields: SortedMap<String, Places>,
    /// Its items, for a sequence.
    pub items: Vec<Places>,
}

impl Places {
    pub(crate) fn new(value: Place) -> Self {
        Places { key: None, value, fields: SortedMap::new(), items: Vec::new() }
    }

    /// The places of what a field path names, as far as it exists: a path to something absent yields what holds it.
    ///
    /// ```
    /// let documents = podlapse_manifest::read("spec:\n  containers:\n  - name: a\n").value.unwrap();
    /// let places = documents[0].places.find("spec.containers[0].image");
    /// assert_eq!((places.value.line, places.value.column), (3, 5));
    /// ```
    pub fn find(&self, path: &str) -> &Places {
        self.find_exact(path).0
    }

    /// As [`Places::find`], and whether all of the path exists.
    pub fn find_exact(&self, path: &str) -> (&Places, bool) {
        let mut here = self;
        let mut rest = path;
        while !rest.is_empty() {
            let (found, left) = match here.step(rest) {
                Some(step) => step,
                None => return (here, false),
            };
            here = found;
            rest = left;
        }
        (here, true)
    }

    fn step<'a>(&self, path: &'a str) -> Option<(&Places, &'a str)> {
        if let Some(inner) = path.strip_prefix('[') {
            let end = inner.find(']')?;
            let (key, rest) = (&inner[..end], &inner[end + 1..]);
            let found = match key.parse::<usize>() {
                Ok(index) if !self.items.is_empty() => self.items.get(index)?,
                Ok(_) | Err(_) => self.fields.get(key)?,
            };
            return Some((found, rest.strip_prefix('.').unwrap_or(rest)));
        }
        // A key may hold dots, so the longest one that exists is taken.
        let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at).chain([path.len()]);
        let end = ends.filter(|end| self.fields.contains_key(&path[..*end])).max()?;
        let rest = &path[end..];
        Some((&self.fields[&path[..end]], rest.strip_prefix('.').unwrap_or(rest)))
    }

    /// Where to point at: the key of a field, else the value.
    pub fn point(&self) -> Place {
        self.key.unwrap_or(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_moves_on_with_the_text() {
        let place = Place { line: 3, column: 4 };
        assert_eq!(place.after("ab"), Place { line: 3, column: 6 });
        assert_eq!(place.after("a\nbcd\ne"), Place { line: 5, column: 2 });
    }
}
