//! Sign-in at providers, over HTTP, against a provider of our own making that can misbehave in every way.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod oauth2_only;
#[cfg(test)]
mod openid_connect_core;
#[cfg(test)]
mod openid_discovery;
#[cfg(test)]
mod outgoing_http;
#[cfg(test)]
mod rfc9207 {
    mod section_2_4;
}
