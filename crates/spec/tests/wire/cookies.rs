//! Cookies (RFC 6265 §4).

use chabi_spec::cookie::{self, SetCookie};
use proptest::prelude::*;

// RFC 6265 §4.2.1
#[test]
fn a_cookie_is_found_by_its_whole_name() {
    let header = "other=1; chabi_session=a.b; xchabi_session=no; chabi_sessionx=no; __Host-chabi_session=host; quoted=\"q\"; empty=; bare";
    assert_eq!(cookie::find(header, "chabi_session"), Some("a.b"));
    assert_eq!(cookie::find(header, "__Host-chabi_session"), Some("host"));
    assert_eq!(cookie::find(header, "quoted"), Some("q"));
    assert_eq!(cookie::find(header, "empty"), Some(""));
    assert_eq!(cookie::find(header, "bare"), None);
    assert_eq!(cookie::find(header, "Chabi_session"), None);
    assert_eq!(cookie::find("a=1;b=2", "b"), Some("2"));
    assert_eq!(cookie::find("a=b=c", "a"), Some("b=c"));
}

#[test]
fn names_have_the_host_prefix_exactly_when_the_public_url_is_https() {
    assert_eq!(cookie::name("chabi_browser", true), "__Host-chabi_browser");
    assert_eq!(cookie::name("chabi_browser", false), "chabi_browser");
}

#[test]
fn a_cookie_is_for_this_host_and_out_of_reach_of_scripts() {
    let cookie = SetCookie::new("chabi_session", "id.secret", true).max_age(60_i64);
    assert_eq!(cookie.to_string(), "__Host-chabi_session=id.secret; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax");
    assert!(!format!("{cookie:?}").contains("secret"));
    assert_eq!(SetCookie::new("c", "v", false).to_string(), "c=v; Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(SetCookie::removal("c", false).to_string(), "c=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    assert_eq!(SetCookie::new("l", "bn", false).strict().readable_by_scripts().to_string(), "l=bn; Path=/; SameSite=Strict");
}

proptest! {
    // RFC 6265 §4.1.1
    // req: wb.crlf
    #[test]
    fn no_value_gets_out_of_its_place(name in ".{0,20}", value in ".{0,60}", secure in any::<bool>()) {
        let text = SetCookie::new(&name, value, secure).to_string();
        prop_assert!(text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
        let (pair, attributes) = text.split_once("; ").unwrap();
        prop_assert!(!pair.contains([';', ',', '"', '\\', ' ']));
        let expected = if secure { "Path=/; HttpOnly; Secure; SameSite=Lax" } else { "Path=/; HttpOnly; SameSite=Lax" };
        prop_assert_eq!(attributes, expected);
    }

    #[test]
    fn what_we_set_is_what_we_find(value in "[A-Za-z0-9._-]{0,60}", secure in any::<bool>()) {
        let text = SetCookie::new("chabi_session", value.clone(), secure).to_string();
        let header = format!("a=1; {}; z=2", text.split(';').next().unwrap());
        let name = cookie::name("chabi_session", secure);
        prop_assert_eq!(cookie::find(&header, &name), Some(value.as_str()));
    }

    #[test]
    fn whatever_header_comes_nothing_panics(header in ".{0,120}", name in ".{0,12}") {
        if let Some(value) = cookie::find(&header, &name) {
            prop_assert!(header.contains(value));
        }
    }
}
