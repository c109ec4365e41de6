//! The encoder as the detectors' tagger: the weights that are compiled in, room for each thread that reads, and windows
//! that were read before.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use annexa_detect::{DetectError, Reading, Stretch, Tag, Tagger};

use crate::cache::Cache;
use crate::decode::Span;
use crate::error::ModelError;
use crate::model::{Model, Scratch, WindowReading};
use crate::shards;
use crate::window::Window;

const MANIFEST: &[u8] = include_bytes!("../weights/manifest.json");
const VOCABULARY: &str = include_str!("../weights/vocab.txt");
const SHARDS: [(&str, &[u8]); 3] = [
    ("weights.00", include_bytes!("../weights/weights.00")),
    ("weights.01", include_bytes!("../weights/weights.01")),
    ("weights.02", include_bytes!("../weights/weights.02")),
];
/// Rooms that are kept for the next readers; more are made where more read at once.
const ROOMS: usize = 8;
/// Digits of the digest in the version.
const DIGITS: usize = 12;

/// Runs the reading of one window, a few milliseconds of work: here, or where such work may be done.
pub type Work = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

/// A model that reads for the detectors.
pub struct Reader {
    model: Model,
    version: String,
    rooms: Mutex<Vec<Scratch>>,
    cache: Option<(Cache, fn() -> Duration)>,
    work: Option<Work>,
}

impl Model {
    /// The model whose weights are compiled in.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn builtin() -> Result<Model, ModelError> {
        let container = shards::join(MANIFEST, &SHARDS, VOCABULARY.as_bytes())?;
        Model::load(&container, VOCABULARY)
    }
}

impl Reader {
    /// A reader of the weights that are compiled in.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn builtin() -> Result<Reader, ModelError> {
        Ok(Reader::new(Model::builtin()?))
    }

    /// A reader that remembers nothing and works on the thread that asks.
    #[must_use]
    pub fn new(model: Model) -> Reader {
        let digits: String = model.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        let version = format!("encoder-{}", digits.get(..DIGITS).unwrap_or_default());
        Reader { model, version, rooms: Mutex::default(), cache: None, work: None }
    }

    /// With windows remembered; `clock` tells a time that never goes back.
    #[must_use]
    pub fn with_cache(self, cache: Cache, clock: fn() -> Duration) -> Reader {
        Reader { cache: Some((cache, clock)), ..self }
    }

    /// With windows read by `work`, one at a time: so a long text takes turns with others.
    #[must_use]
    pub fn with_work(self, work: Work) -> Reader {
        Reader { work: Some(work), ..self }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    fn read_window(
        &self,
        text: &str,
        window: &Window,
        scope: &str,
        room: &mut Scratch,
    ) -> (Vec<Span>, WindowReading) {
        let mut read = || self.at_work(text, window, room);
        match &self.cache {
            Some((cache, clock)) => cache.read_window(&self.model, text, window, (scope, clock()), read),
            None => read(),
        }
    }

    fn at_work(&self, text: &str, window: &Window, room: &mut Scratch) -> (Vec<Span>, WindowReading) {
        let Some(work) = &self.work else { return self.model.read_window(text, window, room) };
        let mut read = None;
        work(&mut || read = Some(self.model.read_window(text, window, room)));
        // What does not run its work would leave text unread; then it is run here.
        read.unwrap_or_else(|| self.model.read_window(text, window, room))
    }

    fn room(&self) -> Scratch {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, room: Scratch) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.len() < ROOMS {
            rooms.push(room);
        }
    }
}

impl Tagger for Reader {
    fn version(&self) -> &str {
        &self.version
    }

    fn tags(&self) -> &[String] {
        self.model.tags()
    }

    fn classes(&self) -> &[String] {
        self.model.classes()
    }

    fn languages(&self) -> &[String] {
        self.model.languages()
    }

    fn read(&self, text: &str, scope: &str) -> Result<Reading, DetectError> {
        let mut room = self.room();
        let windows = self.model.windows(text, &mut room);
        let read = Model::join(windows.iter().map(|window| self.read_window(text, window, scope, &mut room)));
        self.give_back(room);
        let tag = |s: Span| Tag { start: s.start, end: s.end, tag: s.tag, confidence: s.confidence };
        let stretch =
            |w: WindowReading| Stretch { range: w.fresh, classes: w.classes.into(), injection: w.injection };
        Ok(Reading {
            tags: read.spans.into_iter().map(tag).collect(),
            stretches: read.windows.into_iter().map(stretch).collect(),
        })
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("version", &self.version).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use annexa_detect::{Around, Detector, Language};

    use super::*;

    const TEXT: &str =
        "Please write to Maria Schneider in Hamburg, born on 3 May 1961. Her card is 4111 1111 1111 1111.";
    static WINDOWS: AtomicUsize = AtomicUsize::new(0);

    fn kinds(detector: &Detector, text: &str) -> Vec<String> {
        let language = Some(Language { scope: "t", whole: true });
        let found = detector.scan(text, &Around { language, ..Around::default() }).unwrap();
        found.iter().map(|f| format!("{} {}", f.kind, &text[f.start..f.end])).collect()
    }

    //= iso27001-2022:A.8.12
    #[test]
    fn all_layers_give_one_verdict() {
        let detector = Detector::builtin().unwrap();
        assert_eq!(kinds(&detector, TEXT).last().unwrap(), "CREDIT_CARD 4111 1111 1111 1111");
        let version = detector.version().to_owned();
        let detector = detector.with_tagger(std::sync::Arc::new(Reader::builtin().unwrap()));
        assert!(detector.version().starts_with(&version) && detector.version().contains("+encoder-"));
        let found = kinds(&detector, TEXT);
        assert!(found.iter().any(|f| f.ends_with("Maria Schneider")), "{found:?}");
        assert!(found.iter().any(|f| f == "CREDIT_CARD 4111 1111 1111 1111"), "{found:?}");
    }

    #[test]
    fn work_is_done_window_by_window_and_what_is_remembered_is_no_work() {
        let work: Work = Box::new(|read| {
            WINDOWS.fetch_add(1, Ordering::Relaxed);
            read();
        });
        let cache = Cache::new([1; 32], 64, Duration::from_secs(60));
        let reader = Reader::builtin().unwrap().with_work(work).with_cache(cache, || Duration::ZERO);
        let plain = Reader::builtin().unwrap();
        let long = TEXT.repeat(12);
        assert_eq!(reader.read(&long, "t").unwrap(), plain.read(&long, "t").unwrap());
        let done = WINDOWS.load(Ordering::Relaxed);
        assert!(done > 2, "{done}");
        assert_eq!(reader.read(&long, "t").unwrap(), plain.read(&long, "t").unwrap());
        assert_eq!(WINDOWS.load(Ordering::Relaxed), done);
    }

    #[test]
    fn work_that_is_not_done_elsewhere_is_done_here() {
        let lazy = Reader::builtin().unwrap().with_work(Box::new(|_| {}));
        let plain = Reader::builtin().unwrap();
        assert_eq!(lazy.read(TEXT, "t").unwrap(), plain.read(TEXT, "t").unwrap());
    }
}
