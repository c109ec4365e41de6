//! Tests of lists: what is found, however it is written, and what is not.

use proptest::prelude::*;

use super::super::{Columns, ListBuilder, Own, Refused};
use super::*;

fn key() -> OwnKey {
    OwnKey::new(b"0123456789abcdef0123456789abcdef").unwrap()
}

fn list(columns: &str, header: &[&str], rows: &[&[&str]]) -> (ExactList, Refused) {
    let mut builder = ListBuilder::new("customers", &key(), Columns::parse(columns, header).unwrap());
    rows.iter().for_each(|row| builder.push(row));
    builder.finish().unwrap()
}

fn customers() -> ExactList {
    let header = ["account", "email", "name", "born"];
    let rows: [&[&str]; 2] = [
        &["4711-2233-90", "anna.keller@bluewin.ch", "Anna Müller", "1980-03-12"],
        &["CH93 0076 2011 6238 5295 7", "r.roe@example.org", "Richard Roe", "24.12.1975"],
    ];
    list("account,email,name+born", &header, &rows).0
}

fn found<'t>(list: &ExactList, text: &'t str) -> Vec<&'t str> {
    list.find(text).iter().map(|f| text.get(f.start..f.end).unwrap()).collect()
}

#[test]
//= iso27001-2022:A.8.12
fn values_are_found_however_they_are_written() {
    let list = customers();
    for written in ["4711-2233-90", "4711 2233 90", "4711223390", "４７１１ 2233\u{200b}90", "4711.2233.90"]
    {
        assert_eq!(found(&list, &format!("account {written}, please")), [written]);
    }
    assert_eq!(found(&list, "Mail ANNA.KELLER@bluewin.ch."), ["ANNA.KELLER@bluewin.ch"]);
    assert_eq!(found(&list, "iban ch9300762011623852957"), ["ch9300762011623852957"]);
    assert!(found(&list, "4711-2233-91 and anna.keller@bluewin.de").is_empty());
    assert!(found(&list, "14711223390").is_empty());
}

#[test]
fn combinations_need_all_parts_of_one_row_nearby() {
    let list = customers();
    let text = "The client Anna Muller (born 12.03.1980) called";
    assert_eq!(found(&list, text), ["Anna Muller", "12.03.1980"]);
    assert_eq!(found(&list, "1975-12-24: ROE? no, RICHARD ROE"), ["1975-12-24", "RICHARD ROE"]);
    assert!(found(&list, "Anna Müller was there").is_empty());
    assert!(found(&list, "Anna Müller, born 24.12.1975").is_empty());
    let far = format!("Anna Müller {} 12.03.1980", "and so on ".repeat(20));
    assert!(found(&list, &far).is_empty());
}

#[test]
fn why_names_list_and_column_and_never_the_value() {
    let list = customers();
    let finding = list.find("4711 2233 90").remove(0);
    assert_eq!(&*finding.why, "value of list customers, column account");
    assert_eq!((&*finding.kind, finding.category), (EXACT_MATCH, crate::Category::Confidential));
}

#[test]
fn what_would_flag_everything_is_refused_and_counted() {
    let rows: [&[&str]; 8] = [
        &["abc"],
        &["2024"],
        &["about"],
        &["1980-03-12"],
        &[" - "],
        &["a b c d e f g h i"],
        &["kept value"],
        &[],
    ];
    let (list, refused) = list("v", &["v"], &rows);
    assert_eq!(refused, Refused { empty: 2, short: 2, common: 1, date: 1, long: 1 });
    assert_eq!(list.columns().collect::<Vec<_>>(), [("v".to_owned(), 1)]);
    let mut builder = ListBuilder::new("none", &key(), Columns::parse("v", &["v"]).unwrap());
    builder.push(&["abc"]);
    assert!(builder.finish().unwrap_err().to_string().contains("none"));
}

#[test]
fn columns_are_named_in_errors() {
    let error = Columns::parse("iban,nam+born", &["iban", "name"]).unwrap_err().to_string();
    assert!(error.contains("`nam`") && error.contains("iban, name"), "{error}");
    assert!(Columns::parse("a+a+a+a", &["a"]).is_err() && Columns::parse(",", &["a"]).is_err());
}

#[test]
fn a_file_keeps_no_plaintext_and_needs_its_key() {
    let list = customers();
    let bytes = list.to_bytes().unwrap();
    let lower = String::from_utf8_lossy(&bytes).to_lowercase();
    for value in ["4711", "keller", "muller", "müller", "roe", "0123456789abcdef"] {
        assert!(!lower.contains(value), "{value}");
    }
    let other = OwnKey::new(&[9; 32]).unwrap();
    let error = ExactList::read("c.edm", &bytes, &other).unwrap_err().to_string();
    assert!(error.contains("c.edm") && error.contains(other.id()), "{error}");
    let again = Own::read("c.edm", &bytes, &key()).unwrap();
    assert_eq!((again.name(), again.digest()), ("customers", list.digest()));
    assert_eq!(again.find(&Words::of("4711 2233 90")).len(), 1);
}

#[test]
fn a_text_of_nothing_but_names_stays_cheap() {
    let rows: Vec<[String; 2]> = (0..50).map(|n| [format!("first{n}"), format!("last{n}")]).collect();
    let mut builder = ListBuilder::new("n", &key(), Columns::parse("f+l", &["f", "l"]).unwrap());
    rows.iter().for_each(|r| builder.push(&[&r[0], &r[1]]));
    let list = builder.finish().unwrap().0;
    let text: String = (0..20_000).map(|n| format!("first{} last{} ", n % 50, (n + 25) % 50)).collect();
    let begin = std::time::Instant::now();
    let _ = list.find(&text);
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No false negative: every value that was taken is found in any text, in other case and spacing.
    #[test]
    fn every_value_is_found(
        values in prop::collection::vec("[a-zA-ZäéÜß]{2,9}([ .@-][a-z]{2,9}){0,3}|[0-9]{3,5}([ -]?[0-9]{3,5}){1,3}", 1..20),
        before in "[a-z ,]{0,30}", after in "[ ,.][a-z ,]{0,30}",
    ) {
        let mut builder = ListBuilder::new("n", &key(), Columns::parse("v", &["v"]).unwrap());
        values.iter().for_each(|v| builder.push(&[v]));
        let Ok((list, refused)) = builder.finish() else { return Ok(()) };
        let list = ExactList::read("f", &list.to_bytes().unwrap(), &key()).unwrap();
        let mut missed = 0;
        for value in &values {
            let spaced = value.replace(['-', '.'], " ").to_uppercase();
            for written in [value, &spaced] {
                let text = format!("{before} {written}{after}");
                let at = before.len() + 1;
                let covered = list.find(&text).iter().any(|f| f.start <= at && at + written.len() <= f.end);
                missed += usize::from(!covered);
            }
        }
        let refused = refused.short + refused.common + refused.date;
        prop_assert!(missed as u64 <= 2 * refused, "{missed} missed, {refused} refused");
    }

    #[test]
    fn any_text_is_read_and_spans_lie_on_characters(text in any::<String>()) {
        for f in customers().find(&text) {
            prop_assert!(text.get(f.start..f.end).is_some());
        }
    }
}
