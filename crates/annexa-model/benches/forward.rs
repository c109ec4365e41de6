//! CPU time of the forward pass over 4 layers of 192, per window of 128 tokens and per kilobyte, for each kernel.
//!
//! The weights are random, which changes the findings and not the work. `cargo bench -p annexa-model`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark may stop where a test may"
)]

#[path = "../tests/it/random.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod random;

use std::hint::black_box;
use std::time::Duration;

use annexa_model::{Kernel, Model, Scratch};
use random::{Dice, Dimensions, Writer};
use rustix::time::{ClockId, clock_gettime};

const OF_THE_PRODUCT: Dimensions = Dimensions { layers: 4, hidden: 192, heads: 3, ffn: 768, tags: 34 };

/// Bytes of running text in a piece, on average: 286 pieces in a kilobyte of English.
const PIECES_IN_A_KILOBYTE: usize = 286;

fn main() {
    let vocab = words();
    let container = Writer::new(OF_THE_PRODUCT, vocab.lines().count(), 7).bytes();
    let load = || Model::load(&container, &vocab).expect("the writer writes what the model reads");
    let started = cpu();
    let model = load();
    println!("load and pack: {:.1} ms", milliseconds(cpu() - started));
    tokenizer(&model);
    let kernels = [
        ("f32 loops", Some(Kernel::reference())),
        ("scalar", Some(Kernel::scalar())),
        ("avx2", Kernel::avx2()),
    ];
    let mut plain = None;
    for (name, kernel) in kernels {
        let Some(kernel) = kernel else { continue };
        let time = window(&load().with_kernel(kernel));
        let kilobyte = text(&load().with_kernel(kernel));
        let ratio = plain.get_or_insert(time).as_secs_f64() / time.as_secs_f64();
        println!(
            "{name:>10}: {:.2} ms a window of 128 tokens, {:.2} ms a kilobyte, {ratio:.1} times the f32 loops",
            milliseconds(time),
            milliseconds(kilobyte)
        );
    }
}

/// A vocabulary in which each word of the text is one piece.
fn words() -> String {
    let mut vocab = random::vocab();
    (0..19_600).for_each(|at| vocab.push_str(&format!("{}\n", word(at))));
    vocab
}

fn word(at: u64) -> String {
    let letter = |n: u64| char::from(b'a' + (n % 26) as u8);
    [letter(at / 17_576), letter(at / 676), letter(at / 26), letter(at), 'x'].iter().collect()
}

fn prose(words: usize) -> String {
    let mut dice = Dice::new(3);
    let sentence = |at| if at % 17 == 16 { ". " } else { " " };
    (0..words).map(|at| word(dice.next() % 19_600) + sentence(at)).collect()
}

fn window(model: &Model) -> Duration {
    let (text, mut scratch) = (prose(119), Scratch::default());
    let windows = model.windows(&text, &mut scratch);
    assert_eq!(windows.len(), 1, "119 words and 7 full stops fill a window");
    least(|| drop(black_box(model.read_window(&text, &windows[0], &mut scratch))))
}

/// Time of as many pieces as a kilobyte has, all windows and their contexts counted.
fn text(model: &Model) -> Duration {
    let kilobytes = 4;
    let (text, mut scratch) = (prose(PIECES_IN_A_KILOBYTE * kilobytes * 17 / 18), Scratch::default());
    least(|| drop(black_box(model.read(&text, &mut scratch)))) / kilobytes as u32
}

fn tokenizer(model: &Model) {
    let (text, mut scratch) = (prose(200_000), Scratch::default());
    let time = least(|| drop(black_box(model.windows(&text, &mut scratch))));
    println!("tokenize and cut: {:.0} MB/s", text.len() as f64 / 1e6 / time.as_secs_f64());
}

/// The least of several runs: what the work takes where nothing else disturbs it.
fn least(mut work: impl FnMut()) -> Duration {
    let runs = (0..30).map(|_| {
        let started = cpu();
        work();
        cpu() - started
    });
    let started = cpu();
    runs.take_while(|_| cpu() - started < Duration::from_secs(3)).min().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// CPU time of this thread: other work on the machine does not count.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}
