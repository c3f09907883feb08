//! Roles that people and applications were given.

use super::Subject;
use crate::{
    account::Insertion,
    role_grant::{RoleGrant, RoleGrantId},
};

fn grant(subject: &Subject, holder: &str, role: &str, site: Option<&str>) -> RoleGrant {
    RoleGrant {
        id: RoleGrantId(subject.env.new_id()),
        holder: holder.into(),
        role: role.into(),
        site: site.map(str::to_owned),
        created_at: subject.now(),
        created_by: "operator".into(),
    }
}

/// Listed by holder and all together; the same one is there once; taken back one by one or all at once.
pub async fn roles_are_given_once_listed_and_taken_back(subject: Subject) {
    let store = subject.store();
    let (first, second) = (grant(&subject, "account:ada", "owner", None), grant(&subject, "account:ada", "support", Some("shop")));
    let other = grant(&subject, "application:tool", "auditor", None);
    for one in [&first, &second, &other] {
        assert_eq!(store.insert_role_grant(one.clone()).await.unwrap(), Insertion::Done);
    }
    assert_eq!(store.insert_role_grant(grant(&subject, "account:ada", "owner", None)).await.unwrap(), Insertion::Taken);
    assert_eq!(store.list_role_grants_of("account:ada").await.unwrap().len(), 2);
    assert_eq!(store.list_role_grants().await.unwrap().len(), 3);
    assert!(store.list_role_grants_of("account:ada").await.unwrap().contains(&second));
    assert!(store.delete_role_grant(second.id).await.unwrap());
    assert!(!store.delete_role_grant(second.id).await.unwrap());
    assert_eq!(store.delete_role_grants_of("account:ada").await.unwrap(), 1);
    assert_eq!(store.list_role_grants().await.unwrap(), [other]);
}
