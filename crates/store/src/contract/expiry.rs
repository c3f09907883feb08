//! What has expired goes away.

use chabi_token::Seconds;

use super::{Subject, authorization_code, browser_session, device_grant};
use crate::{authorization_code::Redemption, token_family::FamilyId};

/// A spent code is kept for a day longer, so that a late replay still revokes what it gave.
pub async fn what_has_expired_goes_in_batches_and_the_rest_stays(subject: Subject) {
    let store = subject.store();
    for _ in 0..5 {
        store.insert_session(browser_session::session(&subject)).await.unwrap();
    }
    let code = authorization_code::code(&subject);
    store.insert_authorization_code(code.clone()).await.unwrap();
    let family = FamilyId(subject.env.new_id());
    let redemption = store.redeem_authorization_code(code.id, family, subject.env.new_id(), subject.now()).await.unwrap();
    assert_eq!(redemption, Redemption::Fresh);
    assert_eq!(store.delete_expired(subject.later(3_599), 3).await.unwrap(), 0);
    let over = subject.later(3_600);
    assert_eq!(store.delete_expired(over, 3).await.unwrap(), 3);
    assert_eq!(store.delete_expired(over, 3).await.unwrap(), 2);
    assert_eq!(store.delete_expired(over, 3).await.unwrap(), 0);
    assert!(store.find_authorization_code(code.id, over).await.unwrap().is_some());
    assert_eq!(store.delete_expired(code.expires_at + Seconds::days(1), 3).await.unwrap(), 1);
    assert_eq!(store.find_authorization_code(code.id, over).await.unwrap(), None);
}

/// As for codes: a device's row outlives its end, so that a late second use of its code is told whose family to revoke.
// req: dv.code
pub async fn a_spent_device_code_is_kept_for_a_day_longer(subject: Subject) {
    let store = subject.store();
    let device = device_grant::put(&subject).await;
    assert!(device_grant::allow(store, &device, &device_grant::approval(&subject), &subject).await);
    let family = FamilyId(subject.env.new_id());
    let redemption = store.redeem_device_grant(device.id, family, subject.env.new_id(), subject.now()).await.unwrap();
    assert_eq!(redemption, Redemption::Fresh);
    let late = device.expires_at + Seconds::hours(23);
    assert_eq!(store.delete_expired(late, 3).await.unwrap(), 0);
    let again = store.redeem_device_grant(device.id, FamilyId(subject.env.new_id()), subject.env.new_id(), late).await.unwrap();
    assert_eq!(again, Redemption::Replayed { family });
    assert_eq!(store.delete_expired(device.expires_at + Seconds::days(1), 3).await.unwrap(), 1);
    assert_eq!(store.find_device_grant(device.id).await.unwrap(), None);
}
