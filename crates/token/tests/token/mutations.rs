//! A token that was cut, flipped or extended is refused, whatever kind it is (RFC 8725 §3.3 and our own rule for opaque ones).

use chabi_token::{
    BrowserBinding, Env, IdSecret, MasterSecret, RefreshTokenKeys, Sealer, SiteTag, access_token, base64url, client_secret,
    csrf::{self, CsrfKey},
    hash, id_token,
};
use proptest::prelude::*;

use crate::{
    fixtures::{EDDSA, ES256, ISSUER, RS256, claims, env, keys, verify},
    oidc_core,
};

#[derive(Clone, Debug)]
enum Mutation {
    Truncate(prop::sample::Index),
    Flip(prop::sample::Index, u8),
    Replace(prop::sample::Index, char),
    Insert(prop::sample::Index, char),
    Extend(String),
    Swap(prop::sample::Index, prop::sample::Index),
}

impl Mutation {
    /// The changed text; `None` when nothing changed, or it is no text any more.
    fn apply(&self, token: &str) -> Option<String> {
        let mut bytes = token.as_bytes().to_vec();
        match self {
            Self::Truncate(at) => bytes.truncate(at.index(bytes.len())),
            Self::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << (bit % 8);
            }
            Self::Replace(at, with) => {
                let at = at.index(bytes.len());
                bytes[at] = u8::try_from(*with).unwrap();
            }
            Self::Insert(at, what) => bytes.insert(at.index(bytes.len()), u8::try_from(*what).unwrap()),
            Self::Extend(with) => bytes.extend_from_slice(with.as_bytes()),
            Self::Swap(one, other) => {
                let (one, other) = (one.index(bytes.len()), other.index(bytes.len()));
                bytes.swap(one, other);
            }
        }
        String::from_utf8(bytes).ok().filter(|changed| changed != token)
    }
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    let character = || prop::char::ranges(vec!['!'..='~'].into());
    prop_oneof![
        index().prop_map(Mutation::Truncate),
        (index(), any::<u8>()).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (index(), character()).prop_map(|(at, with)| Mutation::Replace(at, with)),
        (index(), character()).prop_map(|(at, what)| Mutation::Insert(at, what)),
        "[A-Za-z0-9_.=~-]{1,8}".prop_map(Mutation::Extend),
        (index(), index()).prop_map(|(one, other)| Mutation::Swap(one, other)),
    ]
}

fn master() -> (MasterSecret, Env) {
    let env = env();
    (MasterSecret::generate(&env), env)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    // req: st.mac
    #[test]
    fn a_changed_jwt_is_refused(mutation in mutations(), which in 0..4_usize) {
        let token = match which {
            0 => access_token::issue(&claims(), &ES256, "at+jwt").unwrap(),
            1 => access_token::issue(&claims(), &RS256, "at+jwt").unwrap(),
            2 => access_token::issue(&claims(), &EDDSA, "at+jwt").unwrap(),
            _ => id_token::issue(&oidc_core::claims(), &RS256).unwrap(),
        };
        let accepted = |token: &str| if which < 3 { verify(token).is_ok() } else { id_token::verify_hint(token, &keys(), ISSUER).is_ok() };
        prop_assert!(accepted(&token));
        if let Some(changed) = mutation.apply(&token) {
            prop_assert!(!accepted(&changed), "{changed}");
        }
    }

    // req: st.mac
    #[test]
    fn a_changed_refresh_token_is_not_ours(mutation in mutations(), successor in any::<bool>()) {
        let (master, env) = master();
        let keys = RefreshTokenKeys::new(&master);
        let mut token = keys.first(env.new_id(), &env).0;
        if successor {
            token = keys.successor(&keys.parse(token.expose()).unwrap(), &[7; 16]).0;
        }
        if let Some(changed) = mutation.apply(token.expose()) {
            prop_assert!(keys.parse(&changed).is_err(), "{changed}");
        }
    }

    // req: st.mac
    #[test]
    fn a_changed_code_cookie_or_link_is_refused_or_another_row(mutation in mutations()) {
        let env = env();
        let made = IdSecret::new(SiteTag::MAIN, &env);
        let stored = made.secret_hash();
        if let Some(changed) = mutation.apply(made.text("chabi_ac_").expose()) {
            let right = IdSecret::parse("chabi_ac_", &changed, SiteTag::MAIN).is_some_and(|parsed| parsed.id == made.id && parsed.matches(&stored));
            prop_assert!(!right, "{changed}");
        }
    }

    // req: st.mac
    #[test]
    fn a_changed_client_secret_csrf_token_or_browser_binding_is_refused(mutation in mutations()) {
        let (master, env) = master();
        let (secret, stored) = client_secret::generate(&env);
        let browser = BrowserBinding::new(SiteTag::MAIN, &env);
        let key = CsrfKey::new(&master);
        let form = csrf::token(&key, &browser, Some("session"), "consent");
        if let Some(changed) = mutation.apply(secret.expose()) {
            prop_assert!(!client_secret::verify(&changed, &[stored]));
        }
        if let Some(changed) = mutation.apply(&form) {
            prop_assert!(!csrf::check(&key, &changed, &browser, Some("session"), "consent"));
        }
        if let Some(changed) = mutation.apply(&browser.cookie_value()) {
            prop_assert!(BrowserBinding::parse(&changed, SiteTag::MAIN).is_none_or(|parsed| parsed.hash() != browser.hash()));
        }
    }

    // req: st.mac
    #[test]
    fn a_changed_sealed_record_does_not_open(plain in prop::collection::vec(any::<u8>(), 0..64), at in any::<prop::sample::Index>(), bit in 0..8_u8, cut in any::<bool>()) {
        let (master, env) = master();
        let sealer = Sealer::new(&master);
        let mut sealed = sealer.seal("signing_key", "kid", &plain, &env).unwrap();
        prop_assert_eq!(&*sealer.open("signing_key", "kid", &sealed).unwrap(), &plain);
        let at = at.index(sealed.len());
        if cut { sealed.truncate(at) } else { sealed[at] ^= 1 << bit }
        prop_assert!(sealer.open("signing_key", "kid", &sealed).is_err());
    }

    #[test]
    fn base64url_has_one_text_for_each_run_of_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[A-Za-z0-9_=+/-]{0,24}") {
        prop_assert_eq!(base64url::decode(base64url::encode(&bytes)).unwrap(), bytes);
        if let Ok(decoded) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(decoded), text);
        }
    }

    #[test]
    fn whatever_comes_as_a_token_nothing_panics(text in ".{0,200}", segments in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 3)) {
        prop_assert!(verify(&text).is_err());
        prop_assert!(verify(&segments.join(".")).is_err());
        prop_assert_eq!(hash::constant_time_eq(text.as_bytes(), segments.concat().as_bytes()), text == segments.concat());
    }
}
