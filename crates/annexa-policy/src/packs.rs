//! The named packs that come with the product.

/// A pack: the policies in force and those that are only watched.
pub(crate) struct Pack {
    pub(crate) name: &'static str,
    pub(crate) enforced: &'static str,
    pub(crate) watched: &'static str,
}

const DEFAULT: &str = include_str!("../policies/default.cedar");

/// All packs.
pub(crate) const PACKS: [Pack; 3] = [
    Pack { name: "default", enforced: DEFAULT, watched: "" },
    Pack { name: "answers-only", enforced: include_str!("../policies/answers-only.cedar"), watched: DEFAULT },
    Pack { name: "monitor", enforced: include_str!("../policies/monitor.cedar"), watched: DEFAULT },
];

/// The pack of a name.
pub(crate) fn named(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|p| p.name == name)
}
