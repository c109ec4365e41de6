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
fn ca_sin_values() {
    check(ca_sin, &["624453494", "425720786", "268558533"], &["624453414", "425720789"]);
}

#[test]
fn br_cpf_values() {
    check(br_cpf, &["39416718807", "08258941151", "26276276600"], &["39316718807", "08258931151"]);
}

#[test]
fn br_cnpj_values() {
    check(
        br_cnpj,
        &["72864146000196", "75164082000109", "35999909000180", "12ABC34501DE35"],
        &["42864146000196", "75164082010109", "12ABC34501DE36"],
    );
}

#[test]
fn mx_curp_values() {
    check(
        mx_curp,
        &["DAMM410628HDFLFD06", "CANM881108HDFCDG08", "GAFD031016HDFMMB04"],
        &["DAMM410628HDF8FD06", "CANM881108HDF8DG08"],
    );
}

#[test]
fn ar_cuit_values() {
    check(ar_cuit, &["20485214977", "20888238116", "20364970952"], &["20485214947", "20888298116"]);
}

#[test]
fn cl_rut_values() {
    check(cl_rut, &["900326564", "592117630", "575688810"], &["900326566", "592117639"]);
}

#[test]
fn co_nit_values() {
    check(co_nit, &["5586794983", "4218043178", "8599239889"], &["5586764983", "7218043178"]);
}

#[test]
fn ec_ci_values() {
    check(ec_ci, &["1704162948", "1751340637", "1722811815"], &["1774162948", "1751340635"]);
}

#[test]
fn pe_ruc_values() {
    check(pe_ruc, &["20579527979", "20874627675", "20069458751"], &["20579523979", "20874624675"]);
}

#[test]
fn do_cedula_values() {
    check(do_cedula, &["00111699468", "00104552195", "00167949403"], &["00111699268", "00104552165"]);
}

#[test]
fn uy_ci_values() {
    check(uy_ci, &["38726404"], &["38726405", "11111111"]);
}

#[test]
fn mx_rfc_values() {
    check(mx_rfc, &["GODE561231GR8", "MAB9307148T4"], &["GODE561231GR9", "GODE561331GR8", "MAB9307148T5"]);
}
