//! Tiles: the pieces of at most 256 hashes or entries that a tree is kept and published in, and their paths, as
//! C2SP `tlog-tiles` has them.

/// How many hashes or entries a full tile holds.
pub(crate) const WIDTH: u64 = 256;
const HEIGHT: u32 = 8;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Hashes at this level of tiles: 0 holds leaf hashes, each further one hashes of full tiles below.
    Hashes(u8),
    /// Entries: a bundle of leaves.
    Entries,
}

/// A tile's place and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub level: Level,
    /// Its index in the level, from 0.
    pub index: u64,
    /// How many hashes or entries it holds, 1 to 256; below 256 it is partial.
    pub width: u16,
}

impl Tile {
    /// The tile at a place in a tree of this size, as wide as it is there; nothing when it would be empty.
    #[must_use]
    pub fn at(level: Level, index: u64, size: u64) -> Option<Self> {
        let count = size.checked_shr(HEIGHT * u32::from(level.number())).unwrap_or(0);
        let width = count.saturating_sub(index.checked_mul(WIDTH)?).min(WIDTH);
        (width > 0).then(|| Self { level, index, width: u16::try_from(width).unwrap_or(u16::MAX) })
    }

    /// All tiles of a tree of this size: level by level from 0, each from the left, then the entry bundles.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let levels = (0..8).map(Level::Hashes).chain([Level::Entries]);
        levels.flat_map(move |level| (0..).map_while(move |index| Self::at(level, index, size)))
    }

    /// The tile's path below the log's folder, such as `tile/0/x001/234` or `tile/entries/000.p/12`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut number = format!("{:03}", self.index % 1000);
        let mut left = self.index / 1000;
        while left > 0 {
            number = format!("x{:03}/{number}", left % 1000);
            left /= 1000;
        }
        let level = match self.level {
            Level::Hashes(level) => level.to_string(),
            Level::Entries => "entries".to_owned(),
        };
        let partial =
            if u64::from(self.width) < WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{level}/{number}{partial}")
    }

    /// Reads a path; only the form that [`Tile::path`] writes is taken.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = if level == "entries" { Level::Entries } else { Level::Hashes(level.parse().ok()?) };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, 256),
        };
        let index = number.split('/').try_fold(0_u64, |index, part| {
            index.checked_mul(1000)?.checked_add(part.trim_start_matches('x').parse::<u64>().ok()?)
        })?;
        // Leading zeroes, missing marks and widths out of range all spell a path differently.
        let tile = Self { level, index, width };
        (width > 0 && level.number() < 64 && tile.path() == path).then_some(tile)
    }
}

impl Level {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Hashes(level) => level,
            Self::Entries => 0,
        }
    }
}
