//! A policy file cut into its statements, so that each is parsed, named and shown on its own.

/// One statement as it stands in the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Statement<'a> {
    /// Its text from its first character to its semicolon, without comments before it.
    pub(crate) text: &'a str,
    /// Line of its first character, from 1.
    pub(crate) line: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Code,
    Text,
    Escape,
    Comment,
}

/// Cuts a file at the semicolons that stand outside strings and comments.
pub(crate) fn split(file: &str) -> Vec<Statement<'_>> {
    let mut statements = Vec::new();
    let mut state = State::Code;
    let (mut begin, mut line) = (0, 1);
    let mut before = ' ';
    for (at, c) in file.char_indices() {
        state = next(state, before, c);
        before = c;
        if c == ';' && state == State::Code {
            let end = at + 1;
            statements.push(statement(file, begin, end, &mut line));
            begin = end;
        }
    }
    let rest = statement(file, begin, file.len(), &mut line);
    if !rest.text.is_empty() {
        statements.push(rest);
    }
    statements
}

/// Takes blanks and comments off the front of a piece and counts the lines up to its end.
fn statement<'a>(file: &'a str, begin: usize, end: usize, line: &mut usize) -> Statement<'a> {
    let piece = file.get(begin..end).unwrap_or_default();
    let mut text = piece.trim_start();
    while text.starts_with("//") {
        text = text.split_once('\n').map_or("", |(_, rest)| rest.trim_start());
    }
    let front = piece.get(..piece.len() - text.len()).unwrap_or_default();
    let first = *line + breaks(front);
    *line += breaks(piece);
    Statement { text: text.trim_end(), line: first }
}

fn breaks(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

fn next(state: State, before: char, c: char) -> State {
    match (state, c) {
        (State::Code, '"') => State::Text,
        (State::Code, '/') if before == '/' => State::Comment,
        (State::Text, '\\') => State::Escape,
        (State::Text, '"') => State::Code,
        (State::Escape, _) => State::Text,
        (State::Comment, '\n') => State::Code,
        (same, _) => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expected: &[(&str, usize)]) {
        let found: Vec<_> = split(file).into_iter().map(|s| (s.text, s.line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn statements_have_their_lines() {
        check("a; // x\n\nb\n;c;\n// end\n", &[("a;", 1), ("b\n;", 3), ("c;", 4)]);
        check("// head; \n// more\na;", &[("a;", 3)]);
    }

    #[test]
    fn semicolons_in_strings_and_comments_do_not_cut() {
        check(
            r#"a ";\";" // x; "y
            b;"#,
            &[("a \";\\\";\" // x; \"y\n            b;", 1)],
        );
    }

    #[test]
    fn an_open_end_is_kept_to_be_refused() {
        check("a;\nforbid(", &[("a;", 1), ("forbid(", 2)]);
        check("a \"", &[("a \"", 1)]);
    }
}
