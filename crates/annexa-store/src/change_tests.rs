//! Changes of state: what is allowed, what exchanges see of them at once, and what is left after erasing.

use annexa_evidence::What;
use tempfile::TempDir;

use crate::testing::{START, application, intent, open, options, outcome, store};
use crate::{ExceptionRequest, Store, StoreError, verify};

const DAY_MS: i64 = 86_400_000;

//= iso27001-2022:A.5.17
#[test]
fn keys_are_known_by_their_hash_until_revoked() {
    let dir = TempDir::new().unwrap();
    let first = store(dir.path(), 50);
    assert!(first.authenticate(&[7; 32]).is_none());
    let id = first.issue_key("acme", "desk", [7; 32], Some(START + 5), "admin:ada").unwrap();
    let grant = first.authenticate(&[7; 32]).unwrap();
    assert_eq!(
        (grant.key.as_str(), grant.tenant.as_str(), grant.system.as_str()),
        (id.as_str(), "acme", "help")
    );
    assert_eq!((grant.revoked, grant.expires), (false, Some(START + 5)));
    assert!(first.issue_key("acme", "desk", [7; 32], None, "admin:ada").is_err());
    assert!(matches!(first.issue_key("acme", "none", [8; 32], None, "b"), Err(StoreError::NotFound { .. })));
    assert!(matches!(first.revoke_key("none", "b"), Err(StoreError::NotFound { .. })));
    first.revoke_key(&id, "admin:ada").unwrap();
    assert!(first.authenticate(&[7; 32]).unwrap().revoked);
    first.close().unwrap();
    let again = open(dir.path(), 50).store;
    assert!(again.authenticate(&[7; 32]).unwrap().revoked);
    let kinds: Vec<_> = again.events("acme", 0, 100).unwrap().iter().map(|l| l.event.what.kind()).collect();
    assert_eq!(kinds, ["tenant_created", "application_created", "key_issued", "key_revoked"]);
    assert_eq!(again.keys().unwrap().len(), 1);
}

//= iso27001-2022:A.5.3
#[test]
fn an_exception_takes_two_people_and_ends() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    let wish = ExceptionRequest {
        tenant: "acme".to_owned(),
        application: Some("desk".to_owned()),
        kinds: vec!["IBAN_CODE".to_owned()],
        provider: None,
        owner: "Olga".to_owned(),
        reason: "migration".to_owned(),
        until_ms: START + 100,
    };
    let id = store.request_exception(wish.clone(), "admin:ada").unwrap();
    assert!(store.active_exceptions("acme", "desk", START).is_empty());
    for same in ["admin:ada", "Ada", "admin:olga", " "] {
        assert!(matches!(store.decide_exception(&id, true, same), Err(StoreError::Refused(_))), "{same}");
    }
    store.decide_exception(&id, true, "admin:bob").unwrap();
    assert!(store.decide_exception(&id, false, "admin:bob").is_err());
    assert_eq!(store.active_exceptions("acme", "desk", START + 99).len(), 1);
    assert!(store.active_exceptions("acme", "desk", START + 100).is_empty());
    assert!(store.active_exceptions("acme", "other", START).is_empty());
    assert!(store.active_exceptions("other", "desk", START).is_empty());
    let late = ExceptionRequest { until_ms: START, ..wish.clone() };
    assert!(store.request_exception(late, "admin:ada").is_err());
    let nobody = ExceptionRequest { application: Some("none".to_owned()), ..wish };
    assert!(matches!(store.request_exception(nobody, "b"), Err(StoreError::NotFound { .. })));
}

#[test]
fn ids_are_plain_and_given_once() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    for id in ["", "A", "a/b", "../x", "annexa", "acme"] {
        assert!(store.create_tenant(id, "x", "b").is_err(), "{id}");
    }
    assert!(matches!(
        store.create_application(application("acme", "desk"), "b"),
        Err(StoreError::Exists { .. })
    ));
    assert!(matches!(
        store.create_application(application("none", "desk"), "b"),
        Err(StoreError::NotFound { .. })
    ));
    assert_eq!(store.tenants().unwrap().len(), 1);
    assert_eq!(store.applications().unwrap().len(), 1);
}

//= iso27001-2022:A.8.10
#[test]
fn an_erased_person_is_gone_and_every_proof_still_holds() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    let eve = store.pseudonym("acme", "eve@acme.example").unwrap();
    assert_eq!(store.pseudonym("acme", "eve@acme.example").unwrap(), eve);
    let bob = store.pseudonym("acme", "bob").unwrap();
    for (exchange, person) in [("e", &eve), ("b", &bob)] {
        store.append(intent("acme", exchange, Some(person))).unwrap();
        store.append(outcome("acme", exchange, b"content")).unwrap();
    }
    assert_eq!(store.erase_person("acme", "eve@acme.example", "request", "admin:ada").unwrap(), 2);
    assert!(store.exchange("acme", "e").unwrap().is_empty());
    assert!(store.open_record("acme", "e", "r", "b").is_err());
    assert_eq!(store.open_record("acme", "b", "r", "admin:ada").unwrap(), b"content");
    assert!(matches!(
        store.erase_person("acme", "eve@acme.example", "r", "b"),
        Err(StoreError::NotFound { .. })
    ));
    assert_ne!(store.pseudonym("acme", "eve@acme.example").unwrap(), eve);
    assert!(store.prove(3).is_ok());
    store.close().unwrap();
    let verified = verify(dir.path()).unwrap();
    assert_eq!(verified.events, verified.size);
}

//= iso27001-2022:A.8.10
#[test]
fn masked_records_end_after_thirty_days_and_events_stay() {
    let dir = TempDir::new().unwrap();
    let (options, clock) = options();
    let store = Store::open(dir.path(), options).unwrap().store;
    store.create_tenant("acme", "Acme", "b").unwrap();
    store.append(intent("acme", "x", None)).unwrap();
    store.append(outcome("acme", "x", b"content")).unwrap();
    clock.0.store(START + 30 * DAY_MS, std::sync::atomic::Ordering::Relaxed);
    store.inner.retain().unwrap();
    assert!(store.open_record("acme", "x", "r", "b").is_ok());
    clock.0.store(START + 31 * DAY_MS, std::sync::atomic::Ordering::Relaxed);
    store.inner.retain().unwrap();
    store.inner.retain().unwrap();
    assert!(matches!(store.open_record("acme", "x", "r", "b"), Err(StoreError::Erased)));
    let events = store.events("acme", 0, 100).unwrap();
    assert_eq!(events.iter().filter(|l| matches!(l.event.what, What::Erased { .. })).count(), 1);
    assert_eq!(
        store.exchange("acme", "x").unwrap().first().map(|l| l.event.what.kind()),
        Some("exchange_intent")
    );
}

//= iso27001-2022:A.8.24
#[test]
fn a_destroyed_tenant_can_not_be_read_and_the_log_still_verifies() {
    let dir = TempDir::new().unwrap();
    let store = store(dir.path(), 50);
    store.issue_key("acme", "desk", [7; 32], None, "b").unwrap();
    store.pseudonym("acme", "eve").unwrap();
    store.append(outcome("acme", "x", b"content")).unwrap();
    store.destroy_tenant("acme", "contract ended", "admin:ada").unwrap();
    assert!(store.events("acme", 0, 10).unwrap().is_empty());
    assert!(store.authenticate(&[7; 32]).unwrap().revoked);
    assert!(matches!(store.append(intent("acme", "y", None)), Err(StoreError::Erased)));
    assert!(matches!(store.key_for_tokens("acme"), Err(StoreError::Erased)));
    assert!(store.create_tenant("acme", "Acme", "b").is_err());
    store.close().unwrap();
    assert_eq!(verify(dir.path()).unwrap().size, 5);
    assert_eq!(open(dir.path(), 50).notices, []);
}
