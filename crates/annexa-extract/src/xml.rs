//! XML of office files as a row of openings, closings and texts. Entities other than XML's own aren't expanded.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use crate::error::ExtractError;
use crate::plain;

/// What stands in the XML, names without their prefix.
pub(crate) enum Piece<'x> {
    Open(&'x str, Attributes<'x>),
    Close(&'x str),
    Text(Cow<'x, str>),
}

/// The attributes of an element.
pub(crate) struct Attributes<'x>(&'x BytesStart<'x>);

impl Attributes<'_> {
    /// Value of an attribute by its name without a prefix.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        attributes.with_checks(false);
        let found = attributes.flatten().find(|a| local(a.key.into_inner()) == name)?;
        Some(unescape(&found.value).map_or_else(|_| found.value.to_string(), Cow::into_owned))
    }
}

/// Gives each piece to `on`; false when the XML is damaged, after the pieces before the damage.
pub(crate) fn each(
    bytes: &[u8],
    mut on: impl FnMut(Piece<'_>) -> Result<(), ExtractError>,
) -> Result<bool, ExtractError> {
    let (text, _) = plain::decode(bytes);
    let mut reader = Reader::from_str(&text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => on(Piece::Open(local(start.name().into_inner()), Attributes(&start)))?,
            Ok(Event::Empty(start)) => {
                on(Piece::Open(local(start.name().into_inner()), Attributes(&start)))?;
                on(Piece::Close(local(start.name().into_inner())))?;
            }
            Ok(Event::End(end)) => on(Piece::Close(local(end.name().into_inner())))?,
            Ok(Event::Text(text)) => on(Piece::Text(text.xml10_content()))?,
            Ok(Event::CData(text)) => on(Piece::Text(text.xml10_content()))?,
            Ok(Event::GeneralRef(name)) => {
                let character = name.resolve_char_ref().ok().flatten().map(|c| Cow::Owned(c.to_string()));
                let named = || resolve_predefined_entity(&name).map(Cow::Borrowed);
                on(Piece::Text(character.or_else(named).unwrap_or(Cow::Borrowed("\u{FFFD}"))))?;
            }
            Ok(Event::Eof) => return Ok(true),
            Ok(_) => {}
            Err(_) => return Ok(false),
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
