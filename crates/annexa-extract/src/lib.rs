//! Text out of files: plain text, JSON, CSV, HTML, PDF, office files and archives, within limits.
//!
//! [`extract`] is a function over bytes: no files, no clock, no network. What it can't read it names
//! ([`Uninspected`]), so that policy decides and nothing passes unread; what would cost more than the limits allow is
//! an error that names the limit. The content decides what a file is, its name only where the content leaves it open.
//!
//! Bytes go to `sniff`, then to the reader of their form; all readers write through one `gather`, which holds the
//! limits across nested archives.

mod archive;
mod delimited;
mod error;
mod gather;
mod html;
mod json;
mod limits;
mod office;
mod part;
mod pdf;
mod plain;
mod serial;
mod sheet;
mod sniff;
mod xml;

pub use error::ExtractError;
pub use limits::Limits;
pub use part::{Extracted, Form, Part, Reason, Step, Uninspected, place};

use gather::Gather;

/// The text of a file. `name` is the file's name where it has one; it decides between forms that look alike, such as
/// CSV and plain text.
///
/// # Errors
/// When a limit is passed; the error names the limit. Content that can't be read is no error but part of the result.
//= iso27001-2022:A.8.12
pub fn extract(bytes: &[u8], name: Option<&str>, limits: &Limits) -> Result<Extracted, ExtractError> {
    let mut gather = Gather::new(bytes.len(), limits)?;
    let form = read(bytes, name.unwrap_or_default(), &mut gather)?;
    Ok(gather.finish(form))
}

/// Reads content of any form at the place where `gather` stands.
fn read(bytes: &[u8], name: &str, gather: &mut Gather<'_>) -> Result<Form, ExtractError> {
    let form = sniff::sniff(bytes, name);
    match form {
        Form::Pdf => pdf::read(bytes, gather)?,
        Form::Word | Form::Slides | Form::OpenDocument => office::read(bytes, form, gather)?,
        Form::Sheet => sheet::read(bytes, gather)?,
        Form::Zip => archive::read(bytes, gather)?,
        Form::Gzip => archive::read_gzip(bytes, name, gather)?,
        Form::Image => gather.opaque(Reason::Image),
        Form::OldOffice => gather.opaque(Reason::OldOffice),
        Form::Encrypted => gather.opaque(Reason::Encrypted),
        Form::Unknown => gather.opaque(Reason::Binary),
        Form::Text | Form::Json | Form::JsonLines | Form::Csv | Form::Tsv | Form::Html => {
            return plain::read(bytes, form, gather);
        }
    }
    Ok(form)
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
