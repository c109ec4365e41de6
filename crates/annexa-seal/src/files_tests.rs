//! The file holder: what it keeps, what it refuses, and what is gone after a destruction.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::counting::Counting;
use crate::{Purpose, TenantKey};

#[test]
fn a_wrapped_key_opens_after_a_restart() {
    let (folder, holder) = holder();
    holder.create("acme").unwrap();
    let key = TenantKey::generate("acme", &Counting::from(9));
    let wrapped = key.wrap(&holder).unwrap();
    let before = key.derive(Purpose::Tokens, "t").unwrap();
    let reopened = open(&folder).unwrap();
    let key = TenantKey::unwrap(&reopened, "acme", &wrapped).unwrap();
    assert_eq!(key.derive(Purpose::Tokens, "t").unwrap().expose(), before.expose());
    assert_eq!((key.tenant(), reopened.root_id()), ("acme", holder.root_id()));
}

//= iso27001-2022:A.8.24
#[test]
fn the_root_key_is_private_and_neither_overwritten_nor_made_up() {
    let (folder, _holder) = holder();
    let root = folder.path().join(ROOT);
    assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(folder.path().join(TENANTS)).unwrap().permissions().mode() & 0o777, 0o700);
    let again = FileHolder::create(folder.path(), Arc::new(Counting::from(2)));
    assert!(matches!(again, Err(HolderError::Exists(path)) if path == root));
    fs::remove_file(&root).unwrap();
    assert!(!FileHolder::exists(folder.path()));
    assert!(matches!(open(&folder), Err(HolderError::Missing(path)) if path == root));
}

//= iso27001-2022:A.8.24
#[test]
fn a_root_key_that_others_may_read_is_refused() {
    let (folder, holder) = holder();
    let root = folder.path().join(ROOT);
    for mode in [0o640, 0o604, 0o620, 0o601, 0o666] {
        fs::set_permissions(&root, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(open(&folder), Err(HolderError::Exposed { mode: found, .. }) if found == mode));
        assert_eq!(holder.check().len(), 1);
    }
    fs::set_permissions(&root, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(open(&folder).is_ok());
}

#[test]
fn a_tenant_without_an_object_is_told_from_a_destroyed_one() {
    let (_folder, holder) = holder();
    let key = Secret::generate(&Counting::from(5));
    assert!(matches!(holder.wrap("acme", &key), Err(HolderError::NoTenant(_))));
    assert!(matches!(holder.destroy("acme"), Err(HolderError::NoTenant(_))));
    holder.create("acme").unwrap();
    assert!(matches!(holder.create("acme"), Err(HolderError::Exists(_))));
    assert_eq!(holder.state("acme").unwrap(), TenantState::Held);
    assert_eq!(holder.state("Acme").unwrap(), TenantState::Absent);
}

//= iso27001-2022:A.8.10
#[test]
fn what_a_destroyed_tenant_sealed_is_gone_and_others_are_not() {
    let (folder, holder) = holder();
    let wrapped = |tenant: &str| {
        holder.create(tenant).unwrap();
        TenantKey::generate(tenant, &Counting::from(9)).wrap(&holder).unwrap()
    };
    let (acme, beta) = (wrapped("acme"), wrapped("beta"));
    let object = fs::read(holder.path("acme", OBJECT)).unwrap();
    holder.destroy("acme").unwrap();
    holder.destroy("acme").unwrap();
    for holder in [&holder, &open(&folder).unwrap()] {
        assert!(matches!(TenantKey::unwrap(holder, "acme", &acme), Err(HolderError::Destroyed(_))));
        assert!(matches!(holder.create("acme"), Err(HolderError::Destroyed(_))));
        assert!(TenantKey::unwrap(holder, "beta", &beta).is_ok());
        assert_eq!(holder.tenants().unwrap(), ["beta"]);
    }
    // A copy put back doesn't bring the tenant back, and is erased at the next start.
    fs::write(holder.path("acme", OBJECT), object).unwrap();
    let mut holder = open(&folder).unwrap();
    assert!(matches!(TenantKey::unwrap(&holder, "acme", &acme), Err(HolderError::Destroyed(_))));
    assert!(holder.check().is_empty() && holder.tenants().unwrap() == ["beta"]);
    holder.settle().unwrap();
    assert!(!holder.path("acme", OBJECT).exists());
}

#[test]
fn one_tenants_wrapped_key_or_object_does_not_open_for_another() {
    let (_folder, holder) = holder();
    ["acme", "beta"].iter().for_each(|tenant| holder.create(tenant).unwrap());
    let wrapped = TenantKey::generate("acme", &Counting::from(9)).wrap(&holder).unwrap();
    assert!(matches!(TenantKey::unwrap(&holder, "beta", &wrapped), Err(HolderError::Sealed { .. })));
    fs::copy(holder.path("acme", OBJECT), holder.path("beta", OBJECT)).unwrap();
    assert!(matches!(TenantKey::unwrap(&holder, "beta", &wrapped), Err(HolderError::Damaged { .. })));
}

#[test]
fn a_tenants_name_cannot_reach_out_of_the_folder() {
    let (folder, holder) = holder();
    for tenant in ["../../x", "/etc/x", "", "a\nb", "ü\u{0}"] {
        holder.create(tenant).unwrap();
        assert!(holder.path(tenant, OBJECT).parent() == Some(&folder.path().join(TENANTS)));
    }
    assert_eq!(holder.tenants().unwrap().len(), 5);
}

//= iso27001-2022:A.8.24
#[test]
fn after_a_rotation_all_opens_and_the_old_root_key_opens_nothing() {
    let (folder, mut holder) = holder();
    holder.create("acme").unwrap();
    let wrapped = TenantKey::generate("acme", &Counting::from(9)).wrap(&holder).unwrap();
    let old_root = fs::read(folder.path().join(ROOT)).unwrap();
    let old_object = fs::read(holder.path("acme", OBJECT)).unwrap();
    let old_id = holder.root_id();
    let mut old_file = fs::File::open(folder.path().join(ROOT)).unwrap();
    holder.rotate().unwrap();
    let mut left = Vec::new();
    old_file.read_to_end(&mut left).unwrap();
    assert!(
        left.len() == old_root.len() && left.iter().all(|byte| *byte == 0),
        "the old key was overwritten"
    );
    assert_ne!(holder.root_id(), old_id);
    for holder in [&holder, &open(&folder).unwrap()] {
        assert!(TenantKey::unwrap(holder, "acme", &wrapped).is_ok() && holder.check().is_empty());
    }
    // An object from before, say of a backup, is told apart from a damaged one.
    fs::write(holder.path("acme", OBJECT), old_object).unwrap();
    let unwrapped = TenantKey::unwrap(&holder, "acme", &wrapped);
    assert!(matches!(unwrapped, Err(HolderError::OtherRoot { root, .. }) if root == old_id));
    holder.rotate().unwrap_err();
    assert_ne!(fs::read(folder.path().join(ROOT)).unwrap(), old_root);
}

#[test]
fn an_interrupted_rotation_is_finished() {
    let (folder, mut holder) = holder();
    ["acme", "beta"].iter().for_each(|tenant| holder.create(tenant).unwrap());
    let wrapped = TenantKey::generate("acme", &Counting::from(9)).wrap(&holder).unwrap();
    // As far as a rotation gets that is cut off after its first object.
    holder.ring.push(RootKey::generate(&Counting::from(77)));
    fs::write(folder.path().join(ROOT), holder.ring.text().as_bytes()).unwrap();
    let object = holder.object(&holder.path("acme", OBJECT)).unwrap();
    fs::write(holder.path("acme", OBJECT), holder.text(&object).unwrap()).unwrap();
    let mut reopened = open(&folder).unwrap();
    assert!(TenantKey::unwrap(&reopened, "acme", &wrapped).is_ok() && reopened.check().is_empty());
    reopened.settle().unwrap();
    assert_eq!(fs::read_to_string(folder.path().join(ROOT)).unwrap().lines().count(), 2);
    assert!(open(&folder).unwrap().check().is_empty());
    assert_eq!(reopened.tenants().unwrap(), ["acme", "beta"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    //= iso27001-2022:A.8.24
    #[test]
    fn any_flipped_byte_of_any_file_is_named(file in 0..3_usize, at: prop::sample::Index, flip in 1..=255_u8) {
        let (folder, holder) = holder();
        ["acme", "beta"].iter().for_each(|tenant| holder.create(tenant).unwrap());
        holder.destroy("beta").unwrap();
        let paths = [folder.path().join(ROOT), holder.path("acme", OBJECT), holder.path("beta", TOMBSTONE)];
        let mut bytes = fs::read(&paths[file]).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        fs::write(&paths[file], bytes).unwrap();
        let found = holder.check();
        prop_assert_eq!(found.len(), 1);
        prop_assert!(found[0].to_string().contains(paths[file].to_str().unwrap()), "{}", found[0]);
        prop_assert_eq!(open(&folder).is_err(), file == 0);
    }

    #[test]
    fn arbitrary_files_are_refused_without_panic(file in 0..2_usize, bytes: Vec<u8>) {
        let (folder, holder) = holder();
        holder.create("acme").unwrap();
        let paths = [folder.path().join(ROOT), holder.path("acme", OBJECT)];
        fs::write(&paths[file], bytes).unwrap();
        prop_assert_eq!(holder.check().len(), 1);
    }
}

#[test]
fn no_file_shows_a_key() {
    let (folder, holder) = holder();
    holder.create("acme").unwrap();
    let error = format!("{:?}", holder.unwrap("acme", &[1, 1, 5]).err().unwrap());
    let root = fs::read_to_string(folder.path().join(ROOT)).unwrap();
    let key = root.split(' ').nth(3).unwrap();
    assert!(key.len() == 44 && !error.contains(key));
    assert!(!fs::read_to_string(holder.path("acme", OBJECT)).unwrap().contains(key));
}

fn holder() -> (TempDir, FileHolder) {
    let folder = TempDir::new().unwrap();
    let holder = FileHolder::create(folder.path(), Arc::new(Counting::from(1))).unwrap();
    (folder, holder)
}

fn open(folder: &TempDir) -> Result<FileHolder, HolderError> {
    FileHolder::open(folder.path(), Arc::new(Counting::from(3)))
}
