//! The functions of a Rust file: where each begins, its name, and how many lines it has.

use crate::source::{Source, line_of, words};

/// A function with a body.
pub(crate) struct Function {
    /// Its name.
    pub name: String,
    /// Line of the word `fn`, from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
}

/// All functions with a body, in the order of the file.
pub(crate) fn functions(source: &Source) -> Vec<Function> {
    words(&source.code, "fn").filter_map(|at| function(&source.code, at)).collect()
}

/// The median of lengths, the upper one of two; 0 of none.
pub(crate) fn median(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

fn function(code: &str, at: usize) -> Option<Function> {
    let rest = code.get(at + 2..)?;
    // `fn(u8)` is a type and has no name.
    let name: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return None;
    }
    let open = body(rest)?;
    let close = closing(rest.get(open..)?)?;
    let whole = rest.get(..open + close)?;
    Some(Function { name, line: line_of(code, at), lines: whole.matches('\n').count() + 1 })
}

/// Where the body's brace is; nothing for a declaration without a body.
fn body(rest: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in rest.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn closing(from: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in from.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, usize, usize)> {
        functions(&Source::new("a.rs", text.as_bytes()))
            .into_iter()
            .map(|f| (f.name, f.line, f.lines))
            .collect()
    }

    #[test]
    fn lengths_are_counted_from_fn_to_brace() {
        let text = "/// x\npub fn a(b: [u8; 4]) -> u8\nwhere\n{\n    let c = \"}\";\n    1\n}\nfn d() {}\n";
        assert_eq!(found(text), [("a".into(), 2, 6), ("d".into(), 8, 1)]);
    }

    #[test]
    fn types_and_declarations_are_none() {
        assert!(found("type A = fn(u8) -> u8; trait B { fn c(&self); }").is_empty());
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![9, 1, 5]), 5);
        assert_eq!(median(vec![]), 0);
    }
}
