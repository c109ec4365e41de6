//! Envelopes open for what they were made for, and for nothing else.

use aws_lc_rs::hkdf;
use proptest::prelude::*;

use super::*;
use crate::TenantKey;
use crate::counting::Counting;

const OF: Binding<'_> = Binding { id: "x1", sequence: 7 };

/// The construction written again from its description, with the library's own HKDF.
#[test]
fn the_construction_is_the_documented_one() {
    let sealing = SealingKey::new(&[3; 64], Purpose::Record, "acme");
    let envelope = sealing.seal(OF, b"hello", &Counting::from(1)).unwrap();
    assert_eq!(envelope[..3], [1, 1, 2]);
    let context =
        [&[1, 1, 2][..], &4_u64.to_be_bytes(), b"acme", &2_u64.to_be_bytes(), b"x1", &7_u64.to_be_bytes()]
            .concat();
    let info = [b"annexa-seal frame", &envelope[3..27], context.as_slice()];
    let mut block = [0; 64];
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA512, &[3; 64]);
    prk.expand(&info, hkdf::HKDF_SHA512.hmac_algorithm()).unwrap().fill(&mut block).unwrap();
    assert_eq!(envelope[27..59], block[32..]);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &block[..32]).unwrap());
    let mut content = envelope[59..].to_vec();
    let zero = Nonce::assume_unique_for_key([0; 12]);
    assert_eq!(cipher.open_in_place(zero, Aad::from(context), &mut content).unwrap(), b"hello");
}

#[test]
fn a_version_or_algorithm_of_later_is_named() {
    let mut envelope = key(1, Purpose::Event, "acme").seal(OF, b"", &Counting::from(1)).unwrap();
    envelope[0] = 2;
    let opened = key(1, Purpose::Event, "acme").open(OF, &envelope);
    assert_eq!(opened.err(), Some(SealError::Unknown { version: 2, algorithm: 1 }));
}

#[test]
fn two_envelopes_of_the_same_have_nothing_in_common_but_their_head() {
    let (key, random) = (key(1, Purpose::Event, "acme"), Counting::from(1));
    let (a, b) = (key.seal(OF, &[0; 64], &random).unwrap(), key.seal(OF, &[0; 64], &random).unwrap());
    assert!(a[3..].chunks(8).zip(b[3..].chunks(8)).all(|(a, b)| a != b));
}

#[test]
fn parts_cannot_wander_between_tenant_and_id() {
    let random = Counting::from(1);
    let envelope =
        key(1, Purpose::Event, "ab").seal(Binding { id: "c", sequence: 0 }, b"x", &random).unwrap();
    let secret = SealingKey::new(&[1; 64], Purpose::Event, "a");
    assert_eq!(secret.open(Binding { id: "bc", sequence: 0 }, &envelope).err(), Some(SealError::Key));
}

proptest! {
    //= iso27001-2022:A.8.24
    #[test]
    fn what_is_sealed_opens_again(tenant in ".{0,20}", id in ".{0,40}", sequence: u64, plain: Vec<u8>, before: Vec<u8>) {
        let of = Binding { id: &id, sequence };
        let key = key(1, Purpose::Event, &tenant);
        let mut out = before.clone();
        key.seal_into(of, &plain, &Counting::from(1), &mut out).unwrap();
        prop_assert_eq!(&out[..before.len()], &before);
        let envelope = &out[before.len()..];
        prop_assert_eq!(envelope.len(), plain.len() + OVERHEAD);
        prop_assert_eq!(&**key.open(of, envelope).unwrap(), &plain);
        prop_assert!(plain.len() < 8 || !envelope.windows(plain.len()).any(|bytes| bytes == plain));
    }

    //= iso27001-2022:A.8.24
    #[test]
    fn any_flipped_byte_is_refused(plain: Vec<u8>, at: prop::sample::Index, flip in 1..=255_u8) {
        let key = key(1, Purpose::Event, "acme");
        let mut envelope = key.seal(OF, &plain, &Counting::from(1)).unwrap();
        let at = at.index(envelope.len());
        envelope[at] ^= flip;
        prop_assert!(key.open(OF, &envelope).is_err());
    }

    #[test]
    fn any_cut_is_refused(plain: Vec<u8>, at: prop::sample::Index) {
        let key = key(1, Purpose::Event, "acme");
        let envelope = key.seal(OF, &plain, &Counting::from(1)).unwrap();
        prop_assert!(key.open(OF, &envelope[..at.index(envelope.len())]).is_err());
        prop_assert!(key.open(OF, &envelope[at.index(envelope.len()).max(1)..]).is_err());
    }

    //= iso27001-2022:A.8.24
    #[test]
    fn anything_else_asked_for_is_refused(seed in 2..u64::MAX >> 32, tenant in "[a-d]{1,4}", id in "[a-z]{0,4}", sequence in 0..9_u64) {
        let envelope = key(1, Purpose::Event, "acme").seal(OF, b"plain", &Counting::from(1)).unwrap();
        let refused = |key: SealingKey, of: Binding<'_>| key.open(of, &envelope).err() == Some(SealError::Key);
        prop_assert!(refused(key(seed, Purpose::Event, "acme"), OF));
        prop_assert!(refused(SealingKey::new(&block(1), Purpose::Record, "acme"), OF));
        prop_assert!(refused(SealingKey::new(&block(1), Purpose::Event, &tenant), OF));
        let (elsewhere, other) = (Binding { sequence, ..OF }, Binding { id: &id, ..OF });
        prop_assert!(sequence == 7 || refused(key(1, Purpose::Event, "acme"), elsewhere));
        prop_assert!(id == OF.id || refused(key(1, Purpose::Event, "acme"), other));
    }

    /// An attacker who holds two keys can forge a GCM tag that fits both. The commitment fits one alone.
    #[test]
    fn an_envelope_with_a_tag_made_for_another_key_still_opens_under_one_alone(seed in 2..u64::MAX >> 32) {
        let (one, two) = (key(1, Purpose::Event, "acme"), key(seed, Purpose::Event, "acme"));
        let mut envelope = one.seal(OF, &[0; 32], &Counting::from(1)).unwrap();
        let nonce: [u8; NONCE] = envelope[3..27].try_into().unwrap();
        let frame = two.frame(OF, &nonce).unwrap();
        let mut content = vec![0; 32];
        let tag = frame.encrypt(&mut content).unwrap();
        envelope.splice(HEAD.., content.into_iter().chain(tag.as_ref().iter().copied()));
        // Content and tag are right under the second key, and the commitment says that it is not the one.
        prop_assert!(frame.decrypt(&envelope[HEAD..]).is_ok());
        prop_assert_eq!(two.open(OF, &envelope).err(), Some(SealError::Key));
        prop_assert_eq!(one.open(OF, &envelope).err(), Some(SealError::Damaged));
        envelope.splice(27..HEAD, frame.commitment().iter().copied());
        prop_assert!(two.open(OF, &envelope).is_ok());
        prop_assert_eq!(one.open(OF, &envelope).err(), Some(SealError::Key));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(key(1, Purpose::Event, "acme").open(OF, &bytes).is_err());
        let headed = [&[1, 1, 1], bytes.as_slice()].concat();
        prop_assert!(key(1, Purpose::Event, "acme").open(OF, &headed).is_err());
    }

    //= iso27001-2022:A.8.10
    #[test]
    fn keys_of_other_purposes_scopes_salts_labels_and_tenants_differ(salt: [u8; 32], other: [u8; 32], name in "[a-z]{1,8}") {
        prop_assume!(salt != other);
        let random = Counting::from(1);
        let tenant = TenantKey::generate("acme", &random);
        let same_bytes = TenantKey::generate("beta", &Counting::from(1));
        let scoped = tenant.scoped(Purpose::Event, &name, &salt).unwrap();
        let envelope = scoped.seal(OF, b"plain", &random).unwrap();
        prop_assert!(tenant.scoped(Purpose::Event, &name, &salt).unwrap().open(OF, &envelope).is_ok());
        let others = [
            tenant.scoped(Purpose::Event, &name, &other),
            tenant.scoped(Purpose::Event, &format!("{name}x"), &salt),
            tenant.scoped(Purpose::Record, &name, &salt),
            tenant.sealing(Purpose::Event),
            same_bytes.scoped(Purpose::Event, &name, &salt),
        ];
        for other in others {
            prop_assert_eq!(other.unwrap().open(OF, &envelope).err(), Some(SealError::Key));
        }
        let derive = |tenant: &TenantKey, purpose| *tenant.derive(purpose, &name).unwrap().expose();
        let derived = derive(&tenant, Purpose::Tokens);
        prop_assert_eq!(derived, derive(&tenant, Purpose::Tokens));
        prop_assert_ne!(derived, derive(&tenant, Purpose::State));
        prop_assert_ne!(derived, derive(&same_bytes, Purpose::Tokens));
    }
}

fn key(seed: u64, purpose: Purpose, tenant: &str) -> SealingKey {
    SealingKey::new(&block(seed), purpose, tenant)
}

fn block(seed: u64) -> [u8; 64] {
    let mut block = [0; 64];
    Counting::from(seed).fill(&mut block);
    block
}
