//! Small files of each form, made here: no content of others.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A ZIP archive.
pub(crate) fn zip(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn deflated(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip(members, CompressionMethod::Deflated)
}

const TYPES: &[u8] = b"<Types/>";

pub(crate) fn docx() -> Vec<u8> {
    let document = br#"<?xml version="1.0"?><w:document xmlns:w="w"><w:body>
        <w:p><w:r><w:t>Dear Anna </w:t></w:r><w:r><w:t>Keller &amp; S&#246;hne,</w:t></w:r></w:p>
        <w:p><w:r><w:delText>deleted 4711</w:delText></w:r><wp:posOffset>99</wp:posOffset></w:p>
        <w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t></w:r></w:p></w:body></w:document>"#;
    let comments =
        br#"<w:comments><w:comment><w:p><w:r><w:t>a remark</w:t></w:r></w:p></w:comment></w:comments>"#;
    let links =
        br#"<Relationships><Relationship Id="r1" Target="https://example.org/?k=v" TargetMode="External"/>
        <Relationship Id="r2" Target="styles.xml"/></Relationships>"#;
    let core = br#"<cp:coreProperties><dc:creator>R. Roe</dc:creator><dc:title>Offer</dc:title></cp:coreProperties>"#;
    deflated(&[
        ("[Content_Types].xml", TYPES),
        ("word/document.xml", document),
        ("word/comments.xml", comments),
        ("word/styles.xml", b"<w:styles><w:t>not read</w:t></w:styles>"),
        ("word/_rels/document.xml.rels", links),
        ("word/vbaProject.bin", b"\x00program"),
        ("word/media/image1.png", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("docProps/core.xml", core),
    ])
}

pub(crate) fn xlsx() -> Vec<u8> {
    let book = br#"<workbook><sheets><sheet name="Clients" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let links = br#"<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let strings = br#"<sst><si><t>name</t></si><si><t>born</t></si><si><r><t>Anna </t></r><r><t>Keller</t></r></si></sst>"#;
    let styles = br#"<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd\.mm\.yyyy"/></numFmts>
        <cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>"#;
    let sheet = br#"<worksheet><sheetData>
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
        <row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>29292</v></c></row>
        <row r="4"><c r="B4" t="inlineStr"><is><t>inline</t></is></c><c r="C4"><v>4711</v></c></row>
        </sheetData></worksheet>"#;
    deflated(&[
        ("[Content_Types].xml", TYPES),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", links),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", styles),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/comments1.xml", b"<comments><text><t>hidden remark</t></text></comments>"),
    ])
}

pub(crate) fn pptx() -> Vec<u8> {
    let slide = b"<p:sld><p:txBody><a:p><a:r><a:t>Quarterly plan</a:t></a:r></a:p></p:txBody></p:sld>";
    deflated(&[
        ("[Content_Types].xml", TYPES),
        ("ppt/presentation.xml", b"<p:presentation/>"),
        ("ppt/slides/slide2.xml", slide),
        ("ppt/notesSlides/notesSlide2.xml", b"<p:notes><a:p><a:t>say nothing</a:t></a:p></p:notes>"),
    ])
}

pub(crate) fn odt() -> Vec<u8> {
    let content = "<office:text><text:h>Title</text:h><text:p>Herr <text:span>Müller</text:span></text:p></office:text>";
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in [("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content)] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A PDF with a page for each content stream.
pub(crate) fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|n| format!("{} 0 R", 10 + 2 * n)).collect();
    let mut objects = vec![
        (1, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
        (2, format!("<</Type/Pages/Kids[{}]/Count {}>>", kids.join(" "), pages.len())),
        (3, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned()),
        (4, "<</Title(Offer for Anna)/Author<FEFF004D00FC006C006C00650072>>>".to_owned()),
        (5, "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>stream\n0\nendstream".to_owned()),
    ];
    for (n, content) in pages.iter().enumerate() {
        let (page, stream) = (10 + 2 * n, 11 + 2 * n);
        objects.push((page, format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<</Font<</F1 3 0 R>>/XObject<</I1 5 0 R>>>>/Contents {stream} 0 R>>")));
        objects.push((stream, format!("<</Length {}>>stream\n{content}\nendstream", content.len())));
    }
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (number, object) in &objects {
        table += &format!("{number} 1\n{:010} 00000 n \n", file.len());
        file.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = file.len();
    let size = objects.iter().map(|(n, _)| n + 1).max().unwrap();
    file.extend(format!("xref\n0 1\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R/Info 4 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    file
}

/// A line of text on a page.
pub(crate) fn shown(text: &str) -> String {
    format!("BT /F1 12 Tf 20 200 Td ({text}) Tj ET")
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
