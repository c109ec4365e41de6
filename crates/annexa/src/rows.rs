//! Rows of a table in CSV or Parquet, one at a time, every cell as text.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// Gives `on` the names of the columns and each row's cells.
pub(crate) fn each(path: &Path, on: impl FnMut(&[&str], &[&str]) -> Result<()>) -> Result<()> {
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    let mut start = [0; 4];
    let parquet = file.try_clone()?.read_exact(&mut start).is_ok() && &start == b"PAR1";
    // The clone moved the position that both share.
    let file = if parquet { file } else { File::open(path)? };
    let read = if parquet { parquet_rows(file, on) } else { csv_rows(file, on) };
    read.with_context(|| format!("in {}", path.display()))
}

fn csv_rows(file: File, mut on: impl FnMut(&[&str], &[&str]) -> Result<()>) -> Result<()> {
    let mut buffered = BufReader::with_capacity(1 << 20, file);
    let separator = separator(buffered.fill_buf()?);
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(buffered);
    let header = reader.headers().context("the first row must name the columns, in UTF-8")?.clone();
    let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{FEFF}')).collect();
    let mut row = csv::StringRecord::new();
    let mut cells: Vec<String> = Vec::new();
    while reader.read_record(&mut row).context("the table must be UTF-8; convert it, e.g. with iconv")? {
        cells.clear();
        cells.extend(row.iter().map(str::to_owned));
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        on(&names, &cells)?;
    }
    Ok(())
}

/// Whichever of comma, semicolon and tab the first line has most of.
fn separator(head: &[u8]) -> u8 {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| line.iter().filter(|b| *b == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn parquet_rows(file: File, mut on: impl FnMut(&[&str], &[&str]) -> Result<()>) -> Result<()> {
    let reader = SerializedFileReader::new(file)?;
    let fields = reader.metadata().file_metadata().schema().get_fields().to_vec();
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let rows = reader.get_row_iter(None);
    let hint = "only uncompressed, snappy and gzip are read: write it again as one of these, or as CSV";
    for row in rows.context(hint)? {
        let row = row.context(hint)?;
        let cells: Vec<String> = row.get_column_iter().map(|(_, field)| cell(field)).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        on(&names, &cells)?;
    }
    Ok(())
}

/// A cell as people write it: no quotes, whole numbers without a point, dates without a time.
fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Double(n) => n.to_string(),
        Field::Float(n) => n.to_string(),
        Field::Date(_) | Field::TimestampMillis(_) | Field::TimestampMicros(_) => {
            field.to_string().chars().take(10).collect()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn rows(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
        let (mut names, mut rows) = (Vec::new(), Vec::new());
        let own = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        each(path, |header, row| {
            names = own(header);
            rows.push(own(row));
            Ok(())
        })
        .unwrap();
        (names, rows)
    }

    #[test]
    fn csv_is_read_with_its_separator() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        for text in ["\u{FEFF}a;b\n\"x;1\";y\nz\n", "a\tb\nx;1\ty\nz\n", "a,b\r\nx;1,y\r\nz\r\n"] {
            std::fs::write(&path, text).unwrap();
            let (names, rows) = rows(&path);
            assert_eq!(names, ["a", "b"]);
            assert_eq!(rows, [vec!["x;1", "y"], vec!["z"]]);
        }
        std::fs::write(&path, b"a\nM\xFCller\n").unwrap();
        let error = format!("{:#}", each(&path, |_, _| Ok(())).unwrap_err());
        assert!(error.contains("a.csv") && error.contains("UTF-8"), "{error}");
    }

    fn write_parquet(path: &Path) {
        let schema = "message t { REQUIRED BYTE_ARRAY name (UTF8); REQUIRED INT64 number; REQUIRED INT32 born (DATE); REQUIRED DOUBLE n; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("Anna")], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[47_112_233], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[3_723], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[4_711.0], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
    }

    #[test]
    fn parquet_is_read_as_people_write_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        write_parquet(&path);
        let (names, rows) = rows(&path);
        assert_eq!(names, ["name", "number", "born", "n"]);
        assert_eq!(rows, [["Anna", "47112233", "1980-03-12", "4711"]]);
    }
}
