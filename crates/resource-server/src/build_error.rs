//! Why rules cannot be.

use chabi_spec::issuer::NotAnIssuer;

/// Why a [`crate::ResourceServer`] cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The issuer's text.
    #[error(transparent)]
    Issuer(#[from] NotAnIssuer),
    /// No audience was named: a token for anybody is a token for nobody.
    #[error("name the audience of your API, as its tokens have it in `aud`")]
    AudienceMissing,
    /// More than a minute.
    #[error("the skew must be between 0 and 60 seconds")]
    Skew,
    /// An empty list.
    #[error("name at least one algorithm")]
    NoAlgorithm,
    /// Not https, and not http on loopback for an issuer on loopback.
    #[error("the URL of the keys must be https (http is for an issuer on loopback alone)")]
    JwksUri,
    /// The audience is no http(s) URL, or has a query.
    #[error("an API that publishes metadata has its own URL, without a query, as audience")]
    NoPlaceForMetadata,
    /// Built without the feature `fetch`.
    #[error("name a key source, or build with the feature `fetch`")]
    NoKeySource,
}
