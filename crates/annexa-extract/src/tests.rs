//! Tests of each form: what is read, where it stands, and what is said not to be read.

use super::*;
use made::{deflated, docx, gzip, odt, pdf, pptx, shown, xlsx};

fn read(bytes: &[u8], name: &str) -> Extracted {
    extract(bytes, Some(name), &Limits::default()).unwrap()
}

fn texts(extracted: &Extracted) -> Vec<(String, &str)> {
    extracted.parts.iter().map(|p| (place(&p.place), p.text.as_str())).collect()
}

fn unread(extracted: &Extracted) -> Vec<(String, Reason)> {
    extracted.uninspected.iter().map(|u| (place(&u.place), u.reason)).collect()
}

/// Place of a text within its part.
fn place_of(extracted: &Extracted, needle: &str) -> String {
    let part = extracted.parts.iter().find(|p| p.text.contains(needle)).expect(needle);
    place(&part.place_of(part.text.find(needle).unwrap()))
}

#[test]
fn plain_text_is_itself_and_latin1_is_said() {
    let text = read("Grüezi\nFrau Keller".as_bytes(), "a.txt");
    assert_eq!((text.form, text.latin1), (Form::Text, false));
    assert_eq!(texts(&text), [(String::new(), "Grüezi\nFrau Keller")]);
    assert!(text.parts[0].has_lines());
    let latin = read(b"Gr\xFCezi", "");
    assert!(latin.latin1 && latin.parts[0].text == "Grüezi");
}

#[test]
fn json_keeps_keys_doubled_keys_and_long_numbers() {
    let json = read(br#"{"a/b":[{"iban":"CH93"},41111111111111111111111],"x":"one","x":"t\u0077o"}"#, "");
    assert_eq!(json.form, Form::Json);
    assert_eq!(json.parts[0].text, "iban: CH93\na/b: 41111111111111111111111\nx: one\nx: two\n");
    assert_eq!(place_of(&json, "CH93"), "/a~1b/0/iban");
    assert_eq!(place_of(&json, "two"), "/x");
    assert_eq!(read(b"{\"a\": broken", "a.json").form, Form::Text);
}

#[test]
fn json_lines_are_placed_by_line() {
    let lines = read(b"{\"a\":\"one\"}\n\nnot json\n", "a.jsonl");
    assert_eq!(place_of(&lines, "one"), "line 1 > /a");
    assert_eq!(place_of(&lines, "not json"), "line 3");
}

#[test]
fn rows_name_their_columns() {
    let csv = read(b"name;born\n\"Keller; Anna\";1980-03-12\nRoe;\n", "a.csv");
    let expected = [
        ("row 1", "name\nborn\n"),
        ("row 2", "name: Keller; Anna\nborn: 1980-03-12\n"),
        ("row 3", "name: Roe\n"),
    ];
    assert_eq!(texts(&csv), expected.map(|(place, text)| (place.to_owned(), text)));
    assert_eq!(place_of(&csv, "1980"), "row 2 > column born");
    assert_eq!(place_of(&read(b"1,2\n3,4\n", "a.csv"), "4"), "row 2 > column B");
    assert_eq!(place_of(&read(b"1\t2\n", "a.tsv"), "2"), "row 1 > column B");
}

#[test]
fn html_gives_text_comments_scripts_and_attributes() {
    let page = "<!doctype html><title>T &amp; U</title><p class=x>Anna <b>Kel</b>ler</p><!-- secret 1 -->\
        <script>let k = '<p>key';</script><img alt='a face' src=x.png><a href='https://e.org/?t=1'>go</a><td>1<td>2";
    let html = read(page.as_bytes(), "a");
    assert_eq!(html.form, Form::Html);
    let lines: Vec<&str> = html.parts[0].text.lines().collect();
    let expected = [
        "T & U",
        "Anna Keller",
        "secret 1",
        "let k = '<p>key';",
        "a face",
        "x.png",
        "https://e.org/?t=1",
        "go",
        "1",
        "2",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn pages_of_a_pdf_are_read_and_pictures_are_named() {
    let file = read(
        &pdf(&[&shown("Account 4711-2233"), "q 300 0 0 300 0 0 cm /I1 Do Q", &shown("last page")]),
        "a.pdf",
    );
    assert_eq!(file.form, Form::Pdf);
    assert_eq!(place_of(&file, "4711-2233"), "page 1");
    assert_eq!(place_of(&file, "last page"), "page 3");
    assert_eq!(unread(&file), [("page 2".to_owned(), Reason::ImageOnlyPage)]);
    let beside = place_of(&file, "Offer for Anna");
    assert_eq!(
        (beside.as_str(), place_of(&file, "Müller")),
        ("properties, notes and fields", beside.clone())
    );
}

#[test]
fn a_damaged_or_encrypted_pdf_is_named() {
    assert_eq!(unread(&read(b"%PDF-1.7\nnothing", "")), [(String::new(), Reason::Damaged)]);
    let encrypted = b"%PDF-1.7\ntrailer<</Encrypt 9 0 R/Root 1 0 R>>";
    assert_eq!(unread(&read(encrypted, "")), [(String::new(), Reason::Encrypted)]);
}

#[test]
fn word_gives_paragraphs_comments_links_and_properties() {
    let file = read(&docx(), "a.docx");
    assert_eq!(file.form, Form::Word);
    assert_eq!(file.parts[0].text, "Dear Anna Keller & Söhne,\ndeleted 4711\none\ttwo\n");
    assert_eq!(place_of(&file, "4711"), "word/document.xml > paragraph 2");
    assert_eq!(place_of(&file, "a remark"), "word/comments.xml > paragraph 1");
    assert_eq!(place_of(&file, "https://example.org/?k=v"), "word/_rels/document.xml.rels");
    assert_eq!(place_of(&file, "R. Roe\nOffer"), "properties");
    assert!(!file.parts.iter().any(|p| p.text.contains("not read") || p.text.contains("99")));
    let expected = [("word/vbaProject.bin", Reason::Macro), ("word/media/image1.png", Reason::Image)];
    assert_eq!(unread(&file), expected.map(|(place, reason)| (place.to_owned(), reason)));
}

#[test]
fn sheets_give_rows_with_names_and_dates() {
    let file = read(&xlsx(), "a.xlsx");
    assert_eq!(file.form, Form::Sheet);
    assert_eq!(file.parts[1].text, "name: Anna Keller\nborn: 1980-03-12\n");
    assert_eq!(place_of(&file, "1980-03-12"), "Clients > Clients!B2");
    assert_eq!(place_of(&file, "born: inline"), "Clients > Clients!B4");
    assert_eq!(place_of(&file, "4711"), "Clients > Clients!C4");
    assert_eq!(place_of(&file, "hidden remark"), "xl/comments1.xml");
}

#[test]
fn slides_and_open_documents_are_read() {
    let slides = read(&pptx(), "a.pptx");
    assert_eq!(place_of(&slides, "Quarterly plan"), "slide 2 > paragraph 1");
    assert_eq!(place_of(&slides, "say nothing"), "ppt/notesSlides/notesSlide2.xml > paragraph 1");
    let text = read(&odt(), "a.odt");
    assert_eq!(
        (text.form, place_of(&text, "Herr Müller")),
        (Form::OpenDocument, "content.xml > paragraph 2".into())
    );
}

#[test]
fn archives_are_read_to_their_innermost_file() {
    let inner = deflated(&[("b/letter.docx", &docx()), ("c.bin", &[0, 1, 2])]);
    let outer = read(&deflated(&[("inner.zip", &inner), ("log.csv.gz", &gzip(b"a,b\n1,99\n"))]), "o.zip");
    assert_eq!(outer.form, Form::Zip);
    assert_eq!(place_of(&outer, "4711"), "inner.zip > b/letter.docx > word/document.xml > paragraph 2");
    assert_eq!(place_of(&outer, "99"), "log.csv.gz > row 2 > column b");
    assert!(unread(&outer).contains(&("inner.zip > c.bin".to_owned(), Reason::Binary)));
}

#[test]
fn encrypted_and_damaged_members_are_named() {
    let mut archive = deflated(&[("a.txt", b"secret text")]);
    // The flag of encryption in the local header and in the directory.
    archive[6] |= 1;
    let directory = archive.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    archive[directory + 8] |= 1;
    assert_eq!(unread(&read(&archive, "a.zip")), [("a.txt".to_owned(), Reason::Encrypted)]);
    assert_eq!(unread(&read(b"PK\x03\x04 nothing", "a.zip")), [(String::new(), Reason::Damaged)]);
    assert_eq!(unread(&read(&gzip(b"abc")[..12], "a.gz")), [(String::new(), Reason::Damaged)]);
}

#[test]
//= iso27001-2022:A.8.12
fn two_members_of_one_name_hide_nothing() {
    let mut archive = deflated(&[("a.txt", b"one secret"), ("b.txt", b"another")]);
    for at in 0..archive.len() - 5 {
        if &archive[at..at + 5] == b"b.txt" {
            archive[at] = b'a';
        }
    }
    let file = read(&archive, "a.zip");
    assert!(file.parts.len() == 2 || unread(&file).contains(&(String::new(), Reason::Damaged)), "{file:?}");
}

#[test]
fn every_limit_is_named() {
    let limits = Limits { bytes_in: 1 << 20, bytes_out: 1 << 22, ratio: 10, depth: 3, parts: 50 };
    let refused = |bytes: &[u8], name: &str| extract(bytes, Some(name), &limits).unwrap_err();
    assert_eq!(
        refused(&[b'a'; (1 << 20) + 1], ""),
        ExtractError::BytesIn { bytes: (1 << 20) + 1, limit: 1 << 20 }
    );
    let bomb = gzip(&vec![b'a'; 2 << 20]);
    assert_eq!(refused(&bomb, ""), ExtractError::Ratio { limit: 10 });
    let plenty = Limits { ratio: 1_000_000, ..limits };
    let larger = gzip(&vec![b'a'; 5 << 20]);
    assert_eq!(extract(&larger, None, &plenty).unwrap_err(), ExtractError::BytesOut { limit: 1 << 22 });
    let nested = (0..4).fold(b"text".to_vec(), |inside, _| deflated(&[("x.zip", &inside)]));
    assert_eq!(refused(&nested, ""), ExtractError::Depth { limit: 3 });
    assert_eq!(refused(b"[[[[1]]]]", ""), ExtractError::Depth { limit: 3 });
    assert_eq!(refused("a\n".repeat(60).as_bytes(), "a.csv"), ExtractError::Parts { limit: 50 });
    for (error, name) in [(refused(&bomb, ""), "`ratio`"), (refused(&nested, ""), "`depth`")] {
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_string_that_many_cells_name_counts_each_time() {
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(100_000));
    let row = "<row>".to_owned() + &"<c t=\"s\"><v>0</v></c>".repeat(1_000) + "</row>";
    let sheet = format!("<worksheet>{row}</worksheet>");
    let file = deflated(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/sharedStrings.xml", long.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    let limits = Limits { bytes_out: 20 << 20, ..Limits::default() };
    assert_eq!(extract(&file, None, &limits).unwrap_err(), ExtractError::BytesOut { limit: 20 << 20 });
}

#[test]
fn names_from_files_are_printed_without_control_characters() {
    assert_eq!(Step::Member("a\u{1b}[2Jb".into()).to_string(), "a\u{FFFD}[2Jb");
}
