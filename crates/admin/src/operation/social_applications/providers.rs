//! The catalogue of providers: what each needs.

use std::collections::BTreeMap;

use chabi_client::catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Call, OperationError, Permission,
    operation::{Method, Operation, PageOf, applications::page_of, page_size},
};

/// The catalogue of providers.
#[derive(Debug)]
pub struct ListProviders;

/// Which.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProvidersInput {
    /// Those whose name or id holds this.
    #[serde(default)]
    pub search: Option<String>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

/// A provider of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// `settings.catalogue` of its social applications.
    pub id: String,
    /// On the button.
    pub name: String,
    /// What `settings.values` must or may hold, with words and an example.
    pub places: BTreeMap<String, ProviderPlace>,
    /// What the provider's word on an e-mail address is worth.
    pub email: String,
    /// Where our id and secret are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_url: Option<String>,
    /// What to do there.
    pub steps: Vec<String>,
    /// About the callback URL.
    pub callback: String,
}

/// Something that a provider's settings have a place for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderPlace {
    /// What it is.
    pub about: String,
    /// How it looks.
    pub example: String,
    /// When it is left out; absent: it must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

impl Operation for ListProviders {
    const NAME: &'static str = "providers.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/providers";
    const PERMISSION: Permission = Permission::SeeSocialApplications;
    const ABOUT: &'static str = "Lists the providers of the catalogue, with what each needs.";
    type Input = ListProvidersInput;
    type Output = PageOf<Provider>;

    async fn run(_call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let search = input.search.unwrap_or_default().to_lowercase();
        let wanted = |entry: &&catalogue::Entry| entry.id.contains(&search) || entry.name.to_lowercase().contains(&search);
        let after = match &input.cursor {
            None => 0,
            Some(cursor) => {
                let place = catalogue::all().iter().position(|entry| entry.id == *cursor);
                place.ok_or_else(|| OperationError::invalid("cursor", "it is not one of ours"))?.saturating_add(1)
            }
        };
        let found: Vec<&catalogue::Entry> = catalogue::all().iter().skip(after).filter(wanted).collect();
        Ok(page_of(found, limit, |entry| entry.id.clone(), |entry| provider(entry)))
    }
}

fn provider(entry: &catalogue::Entry) -> Provider {
    let place = |place: &catalogue::Place| ProviderPlace {
        about: place.about.clone(),
        example: place.example.clone(),
        default: place.default.clone(),
    };
    Provider {
        id: entry.id.clone(),
        name: entry.name.clone(),
        places: entry.places.iter().map(|(name, it)| (name.clone(), place(it))).collect(),
        email: entry.email_words.clone(),
        console_url: entry.console_url.clone(),
        steps: entry.steps.clone(),
        callback: entry.callback.clone(),
    }
}
