//! HTML: text, comments, scripts, and attributes that people or machines read. Tokens are those of HTML 5; no tree is
//! built, since order is all that matters here.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};

use crate::error::ExtractError;
use crate::gather::{Draft, Gather};

/// Elements within a line: no break before or after.
const INLINE: [&str; 26] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "mark", "q",
    "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];
/// Attributes that hold no text.
const SILENT: [&str; 12] =
    ["class", "style", "id", "width", "height", "rel", "type", "lang", "dir", "role", "colspan", "rowspan"];

/// Reads a page.
pub(crate) fn read(text: &str, gather: &mut Gather<'_>) -> Result<bool, ExtractError> {
    let sink = Sink { gather: RefCell::new(gather), draft: RefCell::default(), error: RefCell::default() };
    let tokenizer = Tokenizer::new(sink, Default::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let Sink { gather, draft, error } = tokenizer.sink;
    if let Some(error) = error.into_inner() {
        return Err(error);
    }
    gather.into_inner().add(draft.into_inner())?;
    Ok(true)
}

struct Sink<'g, 'l> {
    gather: RefCell<&'g mut Gather<'l>>,
    draft: RefCell<Draft>,
    /// The first limit that was passed; nothing is kept after.
    error: RefCell<Option<ExtractError>>,
}

impl TokenSink for Sink<'_, '_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(text) => self.write(&text),
            Token::CommentToken(text) => self.on_own_line(&text),
            Token::TagToken(tag) => return self.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink<'_, '_> {
    fn write(&self, text: &str) {
        let mut error = self.error.borrow_mut();
        if error.is_none() {
            *error = self.gather.borrow_mut().write(&mut self.draft.borrow_mut(), text).err();
        }
    }

    fn break_line(&self) {
        if !self.draft.borrow().at_line_start() {
            self.write("\n");
        }
    }

    fn on_own_line(&self, text: &str) {
        if !text.trim().is_empty() {
            self.break_line();
            self.write(text.trim());
            self.write("\n");
        }
    }

    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if !INLINE.contains(&name) {
            self.break_line();
        }
        for attribute in tag.attrs.iter().filter(|a| !SILENT.contains(&&*a.name.local)) {
            self.on_own_line(&attribute.value);
        }
        match name {
            _ if tag.kind == TagKind::EndTag => TokenSinkResult::Continue,
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}
