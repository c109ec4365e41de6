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
fn se_personnummer_values() {
    check(se_personnummer, &["5811175073", "6604144318", "5310032882"], &["5811175071", "6674144318"]);
}

#[test]
fn no_fodselsnummer_values() {
    check(no_fodselsnummer, &["18060177739", "23080127014", "20045752357"], &["18062177739", "23880127014"]);
}

#[test]
fn is_kennitala_values() {
    check(
        is_kennitala,
        &["2601513639", "0210865689", "1405827519", "1201743399"],
        &["2601513629", "0210865687", "1201743389"],
    );
}

#[test]
fn baltic_code_values() {
    check(
        baltic_code,
        &["38502233942", "35310257945", "39712181103", "45302272447", "49403101139", "40207169022"],
        &["38502234942", "35310257948", "45309272447", "69403101139"],
    );
}

#[test]
fn lv_code_values() {
    check(
        lv_code,
        &["27085412151", "12096510370", "17070016720", "16117519997", "32123456789"],
        &["27025412151", "12094510370", "16117519998", "30123456789"],
    );
}

#[test]
fn fi_hetu_values() {
    check(fi_hetu, &["131052308T", "131052A308T", "010594Y9032"], &["131052308U", "131352308T"]);
}

#[test]
fn dk_cpr_is_proven_by_modulus_eleven() {
    assert_eq!(dk_cpr("2110625629"), Verdict::Proven);
    assert_eq!(dk_cpr("2110625620"), Verdict::Plausible);
    assert_eq!(dk_cpr("3113625629"), Verdict::Invalid);
}

#[test]
fn century_and_coordination_numbers() {
    assert!(se_personnummer("198112189876") && se_personnummer("8112189876"));
    assert!(!se_personnummer("178112189876") && !se_personnummer("8113189876"));
}
