//! Guards against who comes too often, and those that came with several sites: who is told of a logout, and whose registration it is.

use super::guards::{Guard, SERVER};

const LAYERS: &str = "crates/chabi/src/layers/";

/// Folder, file, the text with the guard, the text without it.
pub const LIST: &[Guard] = &[
    (SERVER, "dpop/strangers.rs", "return *count <= MOST;", "return *count > 0;"),
    (SERVER, "dpop/strangers.rs", ".filter(|(ends, _)| now < *ends)", ""),
    (SERVER, "dpop/strangers.rs", "if sent.len() < MOST_REMEMBERED {", "if true {"),
    (SERVER, "dpop.rs", "incoming.network().filter(|_| !client.is_confidential())", "incoming.network()"),
    (
        SERVER,
        "dpop.rs",
        "incoming.network().filter(|_| !client.is_confidential())",
        "incoming.network().filter(|_| client.is_confidential())",
    ),
    (SERVER, "grant/device_polls.rs", "if asked.get(&device).is_some_and(", "if false && asked.get(&device).is_some_and("),
    (SERVER, "grant/device_polls.rs", "if asked.len() < MOST_REMEMBERED {", "if true {"),
    (SERVER, "grant/device_code.rs", "device.decision == DeviceDecision::Pending && shared", "shared"),
    (SERVER, "grant/device_code.rs", "shared.device_polls.is_too_soon(device.id, now)", "false"),
    (SERVER, "endpoint/device_authorization.rs", "[(of_application, MOST),", "[(of_application, i64::MAX),"),
    (SERVER, "endpoint/device_authorization.rs", "MOST_OF_A_NETWORK)] {", "i64::MAX)] {"),
    (SERVER, "logout/back_channel.rs", "of_one_application: MOST_OF_ONE", "of_one_application: i64::MAX"),
    (
        SERVER,
        "logout/back_channel.rs",
        "None => Told::NotNow(\"its site does not answer\".to_owned()),",
        "None => tell(delivery, shared).await?,",
    ),
    (SERVER, "registering/mod.rs", "Some(token).filter(|_| copied.is_none())", "Some(token)"),
    (SERVER, "registering/mod.rs", "copied.filter(|copied| copied.token_hash.is_none())", "copied"),
    (
        SERVER,
        "registering/mod.rs",
        "shared.settings.site.mark(network.as_deref().unwrap_or_default())",
        "network.clone().unwrap_or_default()",
    ),
    (SERVER, "registering/mod.rs", "sites: SiteIds(vec![shared.settings.site_id.clone()]),", "sites: SiteIds::default(),"),
    (LAYERS, "site.rs", "if sites.are_several() && request", "if false && request"),
    (LAYERS, "site.rs", "    keep::<ClientAddress>(&head.extensions, &mut kept);\n", ""),
    (LAYERS, "mount.rs", "format!(\"{name}{mount}{below}\")", "format!(\"{name}{below}{mount}\")"),
];
