//! The words on the wire, by the documents that they come from.

#[cfg(test)]
mod authorization_request;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod redirect_uri;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod rfc6749;
#[cfg(test)]
mod rfc6750;
#[cfg(test)]
mod rfc7636;
#[cfg(test)]
mod rfc9449;
#[cfg(test)]
mod token_request;
