//! Gathers passages on a walk over a body, with the place, the key and the setting that the walk stands in.

use std::borrow::Cow;
use std::fmt::Write;

use super::passage::{Editing, Form, Origin, Passage, Role, Source, Stored, Tool, Trust};
use crate::error::WireError;
use crate::json::{Document, Kind, Value, digits};
use crate::names;
use crate::opaque::{self, Held, Opaque, OpaqueKind};

/// What holds for everything below a point of the walk.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) role: Option<Role>,
    pub(crate) origin: Origin,
    pub(crate) trust: Trust,
    pub(crate) editing: Editing,
    /// Keys have the meaning that the provider's content blocks give them.
    pub(crate) blocks: bool,
}

impl Setting {
    pub(crate) fn of(origin: Origin) -> Self {
        Setting { role: None, origin, trust: origin.trust(), editing: Editing::Free, blocks: false }
    }

    pub(crate) fn in_message(role: Option<Role>) -> Self {
        let origin = role.map_or(Origin::Field, Role::origin);
        Setting { role, blocks: true, ..Setting::of(origin) }
    }

    pub(crate) fn origin(self, origin: Origin) -> Self {
        Setting { origin, trust: origin.trust(), ..self }
    }

    pub(crate) fn outside(self) -> Self {
        Setting { trust: Trust::Outside, ..self }
    }

    pub(crate) fn editing(self, editing: Editing) -> Self {
        Setting { editing, ..self }
    }

    pub(crate) fn plain(self) -> Self {
        Setting { blocks: false, ..self }
    }
}

/// The nearest key.
#[derive(Clone)]
enum Key<'b> {
    Known(&'static str),
    Own(Cow<'b, str>),
}

impl Key<'_> {
    fn kept(&self) -> Cow<'static, str> {
        match self {
            Key::Known(name) => Cow::Borrowed(name),
            Key::Own(name) => Cow::Owned(name.clone().into_owned()),
        }
    }
}

/// The passages found so far, and where the walk stands.
pub(crate) struct Collector<'b> {
    pub(crate) passages: Vec<Passage>,
    pub(crate) tools: Vec<Tool>,
    path: String,
    key: Option<Key<'b>>,
    limit: usize,
}

impl<'b> Collector<'b> {
    pub(crate) fn new(limit: usize, expected: usize) -> Self {
        Collector {
            passages: Vec::with_capacity(expected),
            tools: Vec::new(),
            path: String::with_capacity(64),
            key: None,
            limit,
        }
    }

    /// # Errors
    /// When there were more passages than allowed.
    pub(crate) fn done(self) -> Result<(Vec<Passage>, Vec<Tool>), WireError> {
        if self.passages.len() > self.limit {
            return Err(WireError::TooMany { limit: self.limit });
        }
        Ok((self.passages, self.tools))
    }

    /// Steps into a member; a key that the interface doesn't know is itself read.
    pub(crate) fn member(&mut self, key: Value<'b>, setting: Setting, then: impl FnOnce(&mut Self, &str)) {
        let name = key.string().unwrap_or_default();
        let known = names::known(&name);
        let mark = self.path.len();
        self.path.push('/');
        self.path.push_str(known.unwrap_or("*"));
        if known.is_none() {
            let before = self.key.take();
            self.push(key, name.clone(), setting.editing(Editing::Fixed), Form::String, None);
            self.key = before;
        }
        let before = self.key.replace(known.map_or_else(|| Key::Own(name.clone()), Key::Known));
        then(self, &name);
        self.key = before;
        self.path.truncate(mark);
    }

    /// Steps into each item of an array.
    pub(crate) fn items(&mut self, array: Value<'b>, mut then: impl FnMut(&mut Self, Value<'b>)) {
        for (at, item) in array.items().enumerate() {
            let mark = self.path.len();
            let _ = write!(self.path, "/{at}");
            then(self, item);
            self.path.truncate(mark);
        }
    }

    /// Steps into each item of an array; anything else is read as fields.
    pub(crate) fn items_or_fields(
        &mut self,
        value: Value<'b>,
        setting: Setting,
        then: impl FnMut(&mut Self, Value<'b>),
    ) {
        if value.kind() == Kind::Array { self.items(value, then) } else { self.fields(value, setting) }
    }

    /// Reads everything in a value.
    pub(crate) fn fields(&mut self, value: Value<'b>, setting: Setting) {
        match value.kind() {
            Kind::String | Kind::Number => self.text(value, setting),
            Kind::Array => self.items(value, |c, item| c.fields(item, setting)),
            Kind::Object => {
                let encoded = setting.blocks && value.get("type").is_some_and(|t| t.is("base64"));
                for (key, member) in value.members() {
                    self.member(key, setting, |c, name| c.field(name, member, setting, encoded));
                }
            }
            Kind::Key | Kind::True | Kind::False | Kind::Null => {}
        }
    }

    fn field(&mut self, name: &str, value: Value<'b>, setting: Setting, encoded: bool) {
        match name {
            "type" | "role" if is_known(value) => {}
            "signature" | "encrypted_content" | "encrypted_index" | "encrypted_stdout" if setting.blocks => {
                self.state(value, setting);
            }
            "data" if encoded => self.encoded(value, setting, media_kind(value)),
            _ => self.fields(value, setting),
        }
    }

    /// Reads everything in an object but the members that were read already.
    pub(crate) fn rest(&mut self, object: Value<'b>, setting: Setting, read: &[&str]) {
        for (key, member) in object.members() {
            if !read.iter().any(|name| key.is(name)) {
                self.member(key, setting, |c, name| c.field(name, member, setting, false));
            }
        }
    }

    /// Reads one string or number; anything nested is read as fields.
    pub(crate) fn text(&mut self, value: Value<'b>, setting: Setting) {
        match value.kind() {
            Kind::String => {
                let text = value.string().unwrap_or_default();
                match opaque::data_url_head(&text).filter(|_| setting.blocks) {
                    Some(head) => self.encoded_behind(value, &text, head, setting, OpaqueKind::Media),
                    None => self.push(value, text, setting, Form::String, None),
                }
            }
            Kind::Number => {
                let editing = if setting.editing == Editing::Free { Editing::Whole } else { setting.editing };
                self.push(value, digits(value.raw()), setting.editing(editing), Form::Number, None);
            }
            _ => self.fields(value, setting),
        }
    }

    /// Reads a text that a model reads joined to the one before, if there was one; true when there is one now.
    pub(crate) fn joined_text(&mut self, value: Value<'b>, setting: Setting, continues: bool) -> bool {
        let before = self.passages.len();
        self.text(value, setting);
        if let Some(passage) = self.passages.get_mut(before) {
            passage.continues = continues;
        }
        self.passages.len() > before
    }

    /// Reads what the structure hangs on.
    pub(crate) fn fixed(&mut self, value: Value<'b>, setting: Setting) {
        self.fields(value, setting.editing(Editing::Fixed));
    }

    /// Reads what only the provider can read.
    pub(crate) fn state(&mut self, value: Value<'b>, setting: Setting) {
        self.encoded(value, setting.editing(Editing::Sealed), OpaqueKind::ProviderState);
    }

    /// Reads a string that is expected to be base64.
    pub(crate) fn encoded(&mut self, value: Value<'b>, setting: Setting, kind: OpaqueKind) {
        match value.string() {
            Some(text) => {
                let head = opaque::data_url_head(&text).unwrap_or(0);
                self.encoded_behind(value, &text, head, setting, kind);
            }
            None => self.fields(value, setting),
        }
    }

    fn encoded_behind(
        &mut self,
        value: Value<'b>,
        text: &str,
        head: usize,
        setting: Setting,
        kind: OpaqueKind,
    ) {
        let run = text.get(head..).unwrap_or_default();
        let whole = if setting.editing == Editing::Free { Editing::Whole } else { setting.editing };
        let form = Form::Encoded(u32::try_from(head).unwrap_or(0));
        match opaque::held(run) {
            Some(Held::Text(decoded)) => {
                let opaque = Some(Opaque { readable: true, kind });
                self.push(value, Cow::Owned(decoded), setting.editing(whole), form, opaque);
            }
            Some(Held::Bytes) => {
                let opaque = Some(Opaque { readable: false, kind });
                self.push(value, value.string().unwrap_or_default(), setting.editing(whole), form, opaque);
            }
            None => self.push(value, value.string().unwrap_or_default(), setting, Form::String, None),
        }
    }

    /// Reads a string that holds a JSON document: its leaves if it is one, else its text.
    pub(crate) fn document(&mut self, value: Value<'b>, setting: Setting) {
        let Some(text) = value.string() else { return self.fields(value, setting) };
        let structured = text.trim_start().starts_with(['{', '[']);
        let Some(document) = Document::read(&text).ok().filter(|_| structured) else {
            return self.push(value, text, setting, Form::String, None);
        };
        for leaf in document.leaves() {
            let whole = leaf.is_number() && setting.editing == Editing::Free;
            let editing = if whole { Editing::Whole } else { setting.editing };
            let form = if leaf.is_number() { Form::Number } else { Form::String };
            let known = leaf.is_key().then(|| names::known(leaf.text())).flatten();
            if known.is_none() && !leaf.text().is_empty() {
                let at = leaf.span();
                let key = leaf
                    .key()
                    .map(|k| names::known(k).map_or_else(|| Cow::Owned(k.to_owned()), Cow::Borrowed));
                let source = Source {
                    host: narrow(&value.inner_span()),
                    nested: Some(narrow(&at)),
                    form,
                    text: Stored::Own(leaf.text().into()),
                };
                self.add(key, setting.editing(editing), source, None);
            }
        }
    }

    /// Reads a tool's or function's name, and remembers the tool when it is defined here.
    pub(crate) fn tool(&mut self, name: Value<'b>, setting: Setting) {
        if let Some(text) = name.string() {
            self.tools.push(Tool { name: text.into_owned(), place: self.path.clone() });
        }
        self.fixed(name, setting);
    }

    fn push(
        &mut self,
        value: Value<'b>,
        text: Cow<'_, str>,
        setting: Setting,
        form: Form,
        opaque: Option<Opaque>,
    ) {
        if text.is_empty() {
            return;
        }
        let host = value.inner_span();
        let text = match text {
            Cow::Borrowed(t) if t.len() == host.len() => Stored::Body(narrow(&host).0, narrow(&host).1),
            other => Stored::Own(other.into()),
        };
        let key = self.key.as_ref().map(Key::kept);
        let source = Source { host: narrow(&host), nested: None, form, text };
        self.add(key, setting, source, opaque);
    }

    fn add(
        &mut self,
        key: Option<Cow<'static, str>>,
        setting: Setting,
        source: Source,
        opaque: Option<Opaque>,
    ) {
        if self.passages.len() > self.limit {
            return;
        }
        self.passages.push(Passage {
            place: self.path.clone(),
            role: setting.role,
            origin: setting.origin,
            trust: setting.trust,
            key,
            continues: false,
            opaque,
            editing: setting.editing,
            source,
        });
    }
}

/// A string that the interface itself defines has nothing more to be read.
pub(crate) fn is_known(value: Value<'_>) -> bool {
    value.string().is_some_and(|s| names::known(&s).is_some())
}

fn media_kind(data: Value<'_>) -> OpaqueKind {
    let image = data
        .text
        .get(data.inner_span())
        .is_some_and(|run| ["iVBOR", "/9j/", "R0lGOD", "UklGR"].iter().any(|m| run.starts_with(m)));
    if image { OpaqueKind::Media } else { OpaqueKind::Document }
}

fn narrow(range: &std::ops::Range<usize>) -> (u32, u32) {
    let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
    (narrow(range.start), narrow(range.end))
}
