//! Sign-in at providers, over HTTP, against a provider of our own making that can misbehave in every way.

#[cfg(test)]
mod demand;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod kept_tokens;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod native;
#[cfg(test)]
mod oauth2_only;
#[cfg(test)]
mod openid_connect_core;
#[cfg(test)]
mod openid_discovery;
#[cfg(test)]
mod openid_vendors;
#[cfg(test)]
mod outgoing_http;
#[cfg(test)]
mod recorder;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod signed_form;
#[cfg(test)]
mod steam;
#[cfg(test)]
mod rfc9207 {
    mod section_2_4;
}
