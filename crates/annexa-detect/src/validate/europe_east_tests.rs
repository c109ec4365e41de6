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
fn pl_pesel_values() {
    check(pl_pesel, &["87020733004", "56060293441", "44110686253"], &["87090733004", "56060793441"]);
}

#[test]
fn pl_nip_values() {
    check(pl_nip, &["5754626708", "5988867157", "5514111465"], &["5754629708", "5988867154"]);
}

#[test]
fn cz_birth_number_values() {
    check(cz_birth_number, &["6110242006", "0307038149", "8811089034"], &["6110942006", "0367038149"]);
}

#[test]
fn ro_cnp_values() {
    check(ro_cnp, &["1990818408571", "1570727409749", "1920313405691"], &["1590818408571", "1572727409749"]);
}

#[test]
fn bg_egn_values() {
    check(bg_egn, &["4210107921", "9002186713", "0109011904"], &["4210107927", "9002186733"]);
}

#[test]
fn hr_oib_values() {
    check(hr_oib, &["49400192272", "58507119108", "37020807104"], &["47400192272", "58507169108"]);
}

#[test]
fn jmbg_values() {
    check(
        jmbg,
        &["0704961504349", "1606967503338", "0408980507113", "0101006500006"],
        &["0704961584349", "1606167503338", "0101006500007"],
    );
}

#[test]
fn tr_tckn_values() {
    check(tr_tckn, &["10245904476", "21409108678", "10043798710"], &["10245984476", "21209108678"]);
}

#[test]
fn ru_inn_values() {
    check(
        ru_inn,
        &["2318156282", "2854267388", "5003779338", "917081525536", "695299697395", "878741923491"],
        &["2318176282", "2854767388", "917081525533", "995299697395"],
    );
}

#[test]
fn ua_tax_values() {
    check(ua_tax, &["0248065132", "5031854181", "8418403654"], &["0348065132", "5031854189"]);
}

#[test]
fn il_id_values() {
    check(il_id, &["339131120", "464529247", "384196440"], &["339431120", "464520247"]);
}

#[test]
fn pl_identity_card_values() {
    check(pl_identity_card, &["ABA300000"], &["ABA300001", "AB3000000"]);
}

#[test]
fn hu_taj_values() {
    check(hu_taj, &["123456788"], &["123456789", "111111111"]);
}

#[test]
fn hu_tax_values() {
    check(hu_tax, &["8071592153"], &["8071592154", "7071592153"]);
}

#[test]
fn ru_snils_values() {
    check(ru_snils, &["11223344595", "08765430300"], &["11223344596"]);
}

#[test]
fn kz_iin_values() {
    check(kz_iin, &["850420301256"], &["850420301257", "851320301256"]);
}
