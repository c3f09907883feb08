//! Hashes, the master secret, sealing, and the small secrets.

use chabi_token::{
    BrowserBinding, Id, IdSecret, MasterSecret, Sealer, SiteTag, Timestamp, base64url, client_secret,
    csrf::{self, CsrfKey},
    hash,
};
use proptest::prelude::*;

use crate::fixtures::env;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

mod rfc4231 {
    use super::*;

    #[test]
    fn test_case_2_comes_out_also_in_pieces() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&hash::hmac_sha256(b"Jefe", &[b"what do ya want for nothing?"])), expected);
        assert_eq!(hex(&hash::hmac_sha256(b"Jefe", &[b"what do ya ", b"", b"want for nothing?"])), expected);
        assert_eq!(hex(&hash::sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

mod master_secret {
    use super::*;

    #[test]
    fn it_reads_back_and_derives_the_same_keys() {
        let made = MasterSecret::generate(&env());
        let read = MasterSecret::parse(&format!("{}\n", made.to_text().expose())).unwrap();
        assert_eq!(read.derive("csrf"), made.derive("csrf"));
        assert_eq!(read.check_value(), made.check_value());
        assert_ne!(made.derive("csrf"), made.derive("seal"));
    }

    #[test]
    fn other_text_is_refused_and_its_check_value_differs() {
        let env = env();
        let (one, other) = (MasterSecret::generate(&env), MasterSecret::generate(&env));
        assert_ne!(one.check_value(), other.check_value());
        let text = one.to_text();
        let text = text.expose();
        for wrong in ["", "chabi_master_", &text[..text.len() - 1], &format!("{text}A"), text.trim_start_matches("chabi_")] {
            assert!(MasterSecret::parse(wrong).is_err(), "{wrong}");
        }
        assert!(!format!("{one:?}").contains(&text[20..40]));
    }
}

mod sealing {
    use super::*;

    // req: st.enc
    #[test]
    fn a_record_opens_at_its_own_place_with_its_own_secret_alone() {
        let env = env();
        let sealer = Sealer::new(&MasterSecret::generate(&env));
        let sealed = sealer.seal("signing_key", "kid-1", b"private", &env).unwrap();
        assert_eq!(&**sealer.open("signing_key", "kid-1", &sealed).unwrap(), b"private");
        for (purpose, owner) in [("signing_key", "kid-2"), ("upstream", "kid-1"), ("signing_keyk", "id-1"), ("", "signing_keykid-1")] {
            assert!(sealer.open(purpose, owner, &sealed).is_err(), "{purpose} {owner}");
        }
        assert!(Sealer::new(&MasterSecret::generate(&env)).open("signing_key", "kid-1", &sealed).is_err());
        assert!(sealer.open("signing_key", "kid-1", &[]).is_err());
    }

    // req: st.enc
    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let env = env();
        let sealer = Sealer::new(&MasterSecret::generate(&env));
        let (one, other) = (sealer.seal("p", "o", b"x", &env).unwrap(), sealer.seal("p", "o", b"x", &env).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.first(), Some(&1), "the version of key and layout stands first");
    }
}

mod small_ones {
    use super::*;

    // req: st.hash
    #[test]
    fn an_id_secret_reads_back_and_only_its_hash_is_for_the_store() {
        let made = IdSecret::new(SiteTag::MAIN, &env());
        let text = made.text("chabi_ac_");
        let read = IdSecret::parse("chabi_ac_", text.expose(), SiteTag::MAIN).unwrap();
        assert_eq!(read.id, made.id);
        assert!(read.matches(&made.secret_hash()));
        assert!(!read.matches(&[0; 32]));
        assert!(IdSecret::parse("", text.expose(), SiteTag::MAIN).is_none());
        let secret = text.expose().split_once('.').unwrap().1.to_owned();
        assert!(!format!("{made:?}").contains(&secret));
    }

    // req: az.csrf
    #[test]
    fn a_csrf_token_is_for_one_browser_one_session_and_one_purpose() {
        let env = env();
        let key = CsrfKey::new(&MasterSecret::generate(&env));
        let (browser, other) = (BrowserBinding::new(SiteTag::MAIN, &env), BrowserBinding::new(SiteTag::MAIN, &env));
        let token = csrf::token(&key, &browser, Some("session"), "consent");
        assert!(csrf::check(&key, &token, &browser, Some("session"), "consent"));
        assert!(!csrf::check(&key, &token, &other, Some("session"), "consent"));
        assert!(!csrf::check(&key, &token, &browser, Some("sessioN"), "consent"));
        assert!(!csrf::check(&key, &token, &browser, None, "consent"));
        assert!(!csrf::check(&key, &token, &browser, Some("session"), "logout"));
        assert!(!csrf::check(&key, "", &browser, Some("session"), "consent"));
    }

    // OAuth 2.1 §3.2.4
    // req: ca.entropy
    #[test]
    fn a_client_secret_has_256_bits_and_safe_characters_and_either_of_two_is_taken() {
        let env = env();
        let (one, one_hash) = client_secret::generate(&env);
        let (other, other_hash) = client_secret::generate(&env);
        let text = one.expose();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_eq!(base64url::decode(text.strip_prefix("chabi_cs_").unwrap()).unwrap().len(), 32);
        assert!(client_secret::verify(text, &[other_hash, one_hash]));
        assert!(client_secret::verify(other.expose(), &[other_hash]));
        assert!(!client_secret::verify(text, &[other_hash]));
        assert!(!client_secret::verify(text, &[]));
        assert!(!client_secret::verify("", &[one_hash]));
    }

    #[test]
    fn a_browser_binding_reads_back() {
        let made = BrowserBinding::new(SiteTag::MAIN, &env());
        assert_eq!(BrowserBinding::parse(&made.cookie_value(), SiteTag::MAIN).unwrap().hash(), made.hash());
        assert!(BrowserBinding::parse("", SiteTag::MAIN).is_none());
    }

    proptest! {
        #[test]
        fn ids_keep_their_order_as_bytes_and_read_back(one in 0..i64::MAX, other in 0..i64::MAX, random in any::<[u8; 8]>()) {
            let (a, b) = (Id::new(Timestamp(one), random), Id::new(Timestamp(other), random));
            prop_assert_eq!(a.as_bytes().cmp(b.as_bytes()), one.cmp(&other));
            prop_assert_eq!(a.to_string().parse::<Id>(), Ok(a));
            prop_assert_eq!(a.to_string().len(), 22);
        }

        #[test]
        fn an_id_has_one_text(text in "[A-Za-z0-9_-]{20,24}") {
            if let Ok(id) = text.parse::<Id>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
