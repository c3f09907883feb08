//! Tokens as others see them: vectors of the RFCs, what is refused, and what becomes of a changed token.

#[cfg(test)]
mod at_cross;
#[cfg(test)]
mod client_assertion;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod key_ring;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod oidc_core;
#[cfg(test)]
mod opaque_token;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod refresh_token;
#[cfg(test)]
mod rfc7515;
#[cfg(test)]
mod rfc7517;
#[cfg(test)]
mod rfc7519;
mod rfc7523;
#[cfg(test)]
mod rfc7636;
#[cfg(test)]
mod rfc8725;
#[cfg(test)]
mod rfc9068;
#[cfg(test)]
mod rfc9449;
#[cfg(test)]
mod secrets;
mod status_list;
