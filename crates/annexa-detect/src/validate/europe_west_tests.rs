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
fn uk_utr_values() {
    check(uk_utr, &["3171671234", "1601062049", "1877669715"], &["3111671234", "1601062349"]);
}

#[test]
fn ie_pps_values() {
    check(
        ie_pps,
        &["9726762F", "0663621J", "8403657V", "6433435OA", "6433435F"],
        &["6726762F", "0663626J", "6433435E", "643343F"],
    );
}

#[test]
fn fr_nir_values() {
    check(
        fr_nir,
        &["166055996031241", "176094521737507", "198100707338612"],
        &["166055996039241", "176094521737547"],
    );
}

#[test]
fn fr_spi_values() {
    check(fr_spi, &["0186021600226", "0956333337414", "0532427250509"], &["0187021600226", "0456333337414"]);
}

#[test]
fn es_dni_values() {
    check(
        es_dni,
        &["61275223A", "97068891J", "03670017E", "X6645671M", "12345678Z"],
        &["61275226A", "97068991J", "X6645671N", "12345678A", "A2345678Z"],
    );
}

#[test]
fn es_cif_values() {
    check(es_cif, &["A90928003", "A13443924", "A88811831"], &["A90925003", "A13443994"]);
}

#[test]
fn it_fiscal_code_values() {
    check(
        it_fiscal_code,
        &["FRPGVF49P07H501I", "LVDNMT02M05H501G", "LLMCCL55R16H501J"],
        &["FRP5VF49P07H501I", "LVDNMT08M05H501G"],
    );
}

#[test]
fn it_vat_values() {
    check(it_vat, &["32999630687", "79366490047", "09818450091"], &["32929630687", "59366490047"]);
}

#[test]
fn nl_bsn_values() {
    check(nl_bsn, &["984365850", "574422961", "446690971"], &["984065850", "574427961"]);
}

#[test]
fn be_register_values() {
    check(be_register, &["99081464503", "59110473969", "74101353520"], &["99087464503", "69110473969"]);
}

#[test]
fn ch_ahv_values() {
    check(ch_ahv, &["7568716658081", "7561444448764", "7561659879919"], &["7568715658081", "7563444448764"]);
}

#[test]
fn at_svnr_values() {
    check(at_svnr, &["6290171269", "8910191156", "6453130462"], &["6290171569", "8910191116"]);
}

#[test]
fn pt_nif_values() {
    check(pt_nif, &["142215015", "180700790", "120420945"], &["142225015", "180760790"]);
}

#[test]
fn pt_citizen_card_values() {
    check(
        pt_citizen_card,
        &["338307256UG9", "089855259RA3", "925122128KO1"],
        &["338307266UG9", "089855252RA3"],
    );
}

#[test]
fn gr_afm_values() {
    check(gr_afm, &["068072927", "025183130", "014340969"], &["068072917", "025183131"]);
}

#[test]
fn gr_amka_values() {
    check(gr_amka, &["17118521370", "01096865207", "28086799807"], &["17118581370", "01096865227"]);
}

#[test]
fn uk_nino_values() {
    check(
        uk_nino,
        &["AB123456C", "WK746364B", "PX123456"],
        &["GB123456A", "QQ123456C", "AB12345", "DA123456A", "AB123456E"],
    );
}

#[test]
fn de_document_values() {
    check(de_document, &["T220001293"], &["T220001294", "A220001293", "T22000129"]);
}

#[test]
fn de_pension_values() {
    check(de_pension, &["15070649C103", "65170839J003"], &["15070649C104", "15990649C103", "150706491103"]);
}

#[test]
fn es_nass_values() {
    check(es_nass, &["281234567840"], &["281234567841", "991234567840"]);
}

#[test]
fn lu_matricule_values() {
    check(lu_matricule, &["1893120105732"], &["1893120105733", "1893130105732"]);
}

#[test]
fn de_tax_id_is_proven_by_its_one_repeated_digit() {
    assert_eq!(de_tax_id("36574261809"), Verdict::Proven);
    assert_eq!(de_tax_id("19396859650"), Verdict::Plausible, "two digits repeat");
    assert_eq!(de_tax_id("36574261808"), Verdict::Invalid);
    assert_eq!(de_tax_id("06574261809"), Verdict::Invalid);
}
