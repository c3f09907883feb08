//! The order of the buttons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{SocialApplication, shown};
use crate::{
    Call, OperationError, Permission,
    changing::Change,
    operation::{Method, Operation, PageOf},
};

/// Puts their buttons in an order.
#[derive(Debug)]
pub struct OrderSocialApplications;

/// The order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderSocialApplicationsInput {
    /// The order.
    pub body: SocialApplicationOrder,
}

/// The order of buttons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialApplicationOrder {
    /// Ids, the first button first; those that are not named follow as they are.
    pub ids: Vec<String>,
}

impl Operation for OrderSocialApplications {
    const NAME: &'static str = "social_applications.order";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/social-application-order";
    const PERMISSION: Permission = Permission::ChangeSocialApplications;
    const ABOUT: &'static str = "Puts the buttons of social applications in an order.";
    type Input = OrderSocialApplicationsInput;
    type Output = PageOf<SocialApplication>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        // an order is one for all sites
        call.check_at_all_sites()?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, ids) = (owned.clone(), input.body.ids.clone());
            Box::pin(async move {
                let mut rows = verbs.list_social_applications().await?;
                let before: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
                if let Some(unknown) = ids.iter().find(|id| !before.contains(id)) {
                    return Err(OperationError::invalid("ids", format!("there is no social application `{unknown}`")));
                }
                let places: BTreeMap<&String, usize> = ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
                rows.sort_by_key(|row| places.get(&row.id).copied().unwrap_or(usize::MAX));
                let mut items = Vec::new();
                for (position, mut row) in (0_i64..).zip(rows) {
                    row.position = position;
                    items.push(shown(&call, &row)?);
                    verbs.update_social_application(row).await?;
                }
                let after: Vec<&String> = items.iter().map(|item| &item.id).collect();
                let change = Change::of("order of social applications").from(json!(before), json!(after));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(PageOf { items, next_cursor: None })
            })
        })
        .await
    }
}
