//! The policies that come with the program.

/// One built-in set of policies.
pub(crate) struct Pack {
    pub(crate) name: &'static str,
    pub(crate) enforced: &'static str,
    pub(crate) monitor: &'static str,
    /// Whether cards and credentials may leave: for tests alone, and shown wherever the policy's name is shown.
    pub(crate) exempt: bool,
}

const DEFAULT: &str =
    concat!(include_str!("../policies/requests.cedar"), include_str!("../policies/answers.cedar"));

/// All of them.
pub(crate) const PACKS: [Pack; 3] = [
    Pack { name: "default", enforced: DEFAULT, monitor: "", exempt: false },
    Pack {
        name: "answers-only",
        enforced: concat!(
            include_str!("../policies/requests-open.cedar"),
            include_str!("../policies/answers.cedar")
        ),
        monitor: DEFAULT,
        exempt: true,
    },
    Pack {
        name: "monitor",
        enforced: include_str!("../policies/monitor.cedar"),
        monitor: DEFAULT,
        exempt: false,
    },
];

/// The pack with a name.
pub(crate) fn named(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|p| p.name == name)
}

/// The pack with exactly this text: its name, and any exemption, belong to the text.
pub(crate) fn with_text(enforced: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|p| p.enforced == enforced)
}
