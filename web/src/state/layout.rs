//! The sizes of the columns and of the dock.

/// Something that is drawn to resize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The right edge of the editors.
    Left,
    /// The left edge of the inspector.
    Right,
    /// The upper edge of the dock.
    Dock,
}

impl Edge {
    /// Its name in translations and style sheets.
    pub const fn slug(self) -> &'static str {
        match self {
            Edge::Left => "left",
            Edge::Right => "right",
            Edge::Dock => "dock",
        }
    }

    /// The least and the most that it can be moved to, in CSS pixels.
    pub const fn range(self) -> (i32, i32) {
        match self {
            Edge::Left => (240, 720),
            Edge::Right => (240, 560),
            Edge::Dock => (150, 560),
        }
    }
}

/// Sizes in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Width of the editors.
    pub left: i32,
    /// Width of the inspector.
    pub right: i32,
    /// Height of the dock.
    pub dock: i32,
    /// Whether the editors are folded away.
    pub is_left_folded: bool,
    /// Whether the inspector is folded away.
    pub is_right_folded: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { left: 400, right: 340, dock: 276, is_left_folded: false, is_right_folded: false }
    }
}

impl Layout {
    /// The size at an edge.
    pub fn size(self, edge: Edge) -> i32 {
        match edge {
            Edge::Left => self.left,
            Edge::Right => self.right,
            Edge::Dock => self.dock,
        }
    }

    /// With another size, kept within what can be used.
    pub fn resized(mut self, edge: Edge, size: i32) -> Layout {
        let (least, most) = edge.range();
        let size = size.clamp(least, most);
        match edge {
            Edge::Left => self.left = size,
            Edge::Right => self.right = size,
            Edge::Dock => self.dock = size,
        }
        self
    }

    /// As text to be remembered.
    pub fn to_text(self) -> String {
        let fold = |is_folded| u8::from(is_folded);
        format!("{},{},{},{},{}", self.left, self.right, self.dock, fold(self.is_left_folded), fold(self.is_right_folded))
    }

    /// From text that was remembered; anything else is passed over.
    pub fn from_text(text: &str) -> Option<Layout> {
        let numbers: Vec<i32> = text.split(',').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let [left, right, dock, left_folded, right_folded] = numbers[..] else { return None };
        let folded = Layout { is_left_folded: left_folded == 1, is_right_folded: right_folded == 1, ..Layout::default() };
        Some(folded.resized(Edge::Left, left).resized(Edge::Right, right).resized(Edge::Dock, dock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_survive_a_reload_and_stay_within_bounds() {
        let layout = Layout::default().resized(Edge::Left, 10_000).resized(Edge::Dock, 1);
        assert_eq!((layout.left, layout.dock), (720, 150));
        assert_eq!(Layout::from_text(&layout.to_text()), Some(layout));
        assert_eq!(Layout::from_text("1,2,x"), None);
    }
}
