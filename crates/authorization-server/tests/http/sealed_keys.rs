//! Private keys at rest: what is sealed opens at its own place alone.

use std::mem;

use chabi_authorization_server::SigningKeys;
use chabi_testkit::databases;

use crate::rig::Rig;

// req: st.enc
#[tokio::test]
async fn keys_that_changed_places_in_the_database_open_nothing_and_sign_nothing() {
    let rig = Rig::new(1).await;
    let mut records = rig.store.list_signing_keys(rig.env.now()).await.unwrap();
    let (first, others) = records.split_first_mut().unwrap();
    // one of the same algorithm would be best hidden: the place is bound by the key's id, whatever the algorithm
    mem::swap(&mut first.sealed_private_key, &mut others[0].sealed_private_key);
    let store = databases::sqlite_in_memory(&rig.env).await;
    for record in records {
        assert!(store.insert_signing_key(record, true).await.unwrap());
    }
    let keys = SigningKeys::new(store, rig.sealer.clone(), rig.env.clone());
    assert!(keys.prepare().await.is_err());
    assert!(!keys.is_ready() && keys.ring().is_err());
}

// req: st.enc
// req: st.mac
#[tokio::test]
async fn a_key_that_was_changed_by_one_bit_or_cut_short_is_not_opened() {
    let rig = Rig::new(2).await;
    let records = rig.store.list_signing_keys(rig.env.now()).await.unwrap();
    let sealed = &records[0].sealed_private_key;
    let opens = |sealed: &[u8]| rig.sealer.open("signing_key", &records[0].kid, sealed).is_ok();
    assert!(opens(sealed));
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert!(!opens(&changed), "byte {index}");
        assert!(!opens(&sealed[..index]), "cut at {index}");
    }
    assert!(!opens(&[sealed.as_slice(), &[0]].concat()));
}
