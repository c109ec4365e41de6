//! Values that an independent implementation or the issuer's documents call valid, and the same with one wrong place.

use super::*;

/// `holds` on every valid value and on no wrong one.
fn check(holds: impl Fn(&str) -> bool, valid: &[&str], wrong: &[&str]) {
    for value in valid {
        assert!(holds(value), "{value} is valid");
    }
    for value in wrong {
        assert!(!holds(value), "{value} is wrong");
    }
}

#[test]
fn in_aadhaar_values() {
    check(in_aadhaar, &["518444884159", "549260072469", "383701298387"], &["718444884159", "549260072439"]);
}

#[test]
fn in_gstin_values() {
    check(
        in_gstin,
        &["27IQRPF7426N1ZX", "27USXPQ2828Q1ZY", "27XSPPJ6930W1ZV"],
        &["27I2RPF7426N1ZX", "37USXPQ2828Q1ZY"],
    );
}

#[test]
fn au_tfn_values() {
    check(au_tfn, &["452543941", "161302803", "565624571"], &["402543941", "161305803"]);
}

#[test]
fn au_abn_values() {
    check(au_abn, &["25397690131", "87496367406", "87501604504"], &["25397696131", "87496267406"]);
}

#[test]
fn nz_ird_values() {
    check(nz_ird, &["039617536", "130049605", "060242607"], &["035617536", "130041605"]);
}

#[test]
fn cn_resident_values() {
    check(
        cn_resident,
        &["110105199606171933", "110105195906058838", "110105200101242033"],
        &["110105199606171934", "110105495906058838"],
    );
}

#[test]
fn jp_my_number_values() {
    check(jp_my_number, &["315726951579", "825176976690", "070088330240"], &["315726951079", "825176376690"]);
}

#[test]
fn th_pin_values() {
    check(th_pin, &["4680888743774", "4515331290173", "4471070977453"], &["4680880743774", "4515331291173"]);
}

#[test]
fn za_id_values() {
    check(za_id, &["8106071193087", "8804070605081", "8702167758088"], &["8126071193087", "8804070606081"]);
}

#[test]
fn my_nric_values() {
    check(my_nric, &["750714104206", "691121108137", "750411100094"], &["750744104206", "691151108137"]);
}

#[test]
fn sg_nric_values() {
    check(sg_nric, &["S4265090J", "S5412391D", "S2572845I", "T0000001E"], &["S4265090A", "A4265090J"]);
}

#[test]
fn hk_id_values() {
    check(hk_id, &["G123456A", "AB9876543"], &["G1234561", "AB9876544"]);
}

#[test]
fn tw_id_values() {
    check(tw_id, &["A123456789"], &["A123456788", "A323456789"]);
}

#[test]
fn id_nik_values() {
    check(id_nik, &["3171011708450001"], &["3171993208450001", "9971011708450001"]);
}

#[test]
fn ae_emirates_values() {
    check(ae_emirates, &["784198537264016"], &["784198537264017", "785198537264016"]);
}

#[test]
fn sa_id_values() {
    check(sa_id, &["1084726353"], &["1084726354", "3084726353"]);
}

#[test]
fn eg_national_values() {
    check(eg_national, &["29501023201952"], &["29513023201952", "19501023201952"]);
}

#[test]
fn kr_rrn_is_proven_by_the_check_digit_of_before_2020() {
    assert_eq!(kr_rrn("8210101774643"), Verdict::Proven);
    assert_eq!(kr_rrn("8210101774644"), Verdict::Plausible);
    assert_eq!(kr_rrn("8213101774643"), Verdict::Invalid);
}
