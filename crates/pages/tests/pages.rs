//! Every page in every language: what must be true of all of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests; clippy sees only functions marked as such")]

#[path = "../examples/samples/mod.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};

use chabi_pages::{Frame, Language, Page, Pages, PagesSettings, mail::MailTemplate};
use samples::{USUAL, Visitor, Words};

fn pages() -> Pages {
    Pages::new(PagesSettings { site_name: "Chabi".into(), prefix: "/accounts".into(), development: true, secure: true }).unwrap()
}

/// Calls back for each page with its name, the template's name and the HTML.
struct Each<F> {
    pages: Pages,
    language: Language,
    then: F,
}

impl<F: FnMut(&str, &str, &str)> Visitor for Each<F> {
    fn page<P: Page>(&mut self, name: &str, page: &P) {
        let frame = Frame { address: "/accounts/login/?transaction=t".into(), ..Frame::in_language(self.language).signed_in_as("Ada") };
        let html = self.pages.render(page, &frame).unwrap_or_else(|fault| panic!("{name} in {:?}: {fault}", self.language));
        (self.then)(name, P::TEMPLATE, &html);
    }
    fn mail<M: MailTemplate>(&mut self, name: &str, mail: &M) {
        let sent = self.pages.mail("ada@example.test", mail, self.language);
        let sent = sent.unwrap_or_else(|fault| panic!("{name} in {:?}: {fault}", self.language));
        assert!(!sent.text.trim().is_empty() && !sent.subject.is_empty(), "{name}");
    }
}

fn for_each(words: Words, mut then: impl FnMut(Language, &str, &str, &str)) {
    for language in Language::ALL {
        samples::visit(
            words,
            &mut Each {
                pages: pages(),
                language,
                then: |name: &str, template: &str, html: &str| {
                    then(language, name, template, html);
                },
            },
        );
    }
}

/// The text of every tag, without attributes' values: the structure of the page.
fn structure(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|rest| rest.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default().to_owned()).collect()
}

fn count(html: &str, text: &str) -> usize {
    html.matches(text).count()
}

#[test]
fn every_page_renders_in_every_language_with_one_title_of_its_own() {
    let mut titles: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for_each(USUAL, |language, name, template, html| {
        assert_eq!(count(html, "<h1"), 1, "{name}");
        let title = html.split("<h1 id=\"page-title\" tabindex=\"-1\">").nth(1).and_then(|rest| rest.split("</h1>").next());
        let title = title.unwrap_or_else(|| panic!("{name} has no title"));
        assert!(html.contains(&format!("<title>{title} · Chabi</title>")), "{name}");
        assert!(html.contains(&format!("<html lang=\"{}\" dir=\"ltr\">", language.tag())), "{name}");
        titles.entry((language.tag().into(), title.into())).or_default().insert(template.into());
    });
    for ((language, title), templates) in &titles {
        let expected: BTreeSet<String> = templates.iter().take(1).cloned().collect();
        // "Continue with Google" and the like would be found by their templates; each has one title, and no other has it.
        assert_eq!(templates, &expected, "{title} in {language}");
    }
}

// req: wb.csp
#[test]
fn no_page_has_a_script_a_style_or_a_handler_in_it() {
    for_each(USUAL, |_, name, _, html| {
        // a file of ours, which the policy allows by its origin, is no script in the page
        let html = &html.replace("<script src=\"/static/chabi/", "");
        for forbidden in ["<script", " style=", "<style", " onclick", " onload", "javascript:"] {
            assert_eq!(count(html, forbidden), 0, "{name}: {forbidden}");
        }
    });
}

// req: az.ref
#[test]
fn no_page_loads_anything_from_elsewhere() {
    for_each(USUAL, |_, name, _, html| {
        // an application's own picture is allowed by the policy of this very page, and told nothing of where it stands
        let picture = "<img src=\"https://app.example.com/logo.png\" alt=\"\" width=\"64\" height=\"64\" referrerpolicy=\"no-referrer\">";
        let html = &html.replace(picture, "");
        // and the frames by which applications are told of a logout, by the policy of that page
        let html = &html.replace("<iframe src=\"https://app.example.com/", "<iframe ");
        for attribute in ["src=\"", "<link rel=\"stylesheet\" href=\""] {
            for rest in html.split(attribute).skip(1) {
                let ours = ["/static/chabi/", "/admin/charts/"].iter().any(|path| rest.starts_with(path));
                assert!(ours, "{name}: {attribute}{}", &rest[..30]);
            }
        }
        for rest in html.split("<a ").skip(1).filter(|rest| rest.split('>').next().unwrap_or_default().contains("href=\"http")) {
            assert!(rest.split('>').next().unwrap_or_default().contains("rel=\"noopener noreferrer\""), "{name}");
        }
    });
}

// req: wb.csrf
#[test]
fn every_form_is_a_post_with_the_token() {
    for_each(USUAL, |_, name, _, html| {
        // what searches changes nothing, and its token would stand in the address
        let html = &html.replace("<form method=\"get\" action=\"/admin/", "");
        let ours = ["/accounts/", "/device", "/admin/"].map(|path| count(html, &format!("<form method=\"post\" action=\"{path}")));
        assert_eq!(count(html, "<form"), ours.into_iter().sum::<usize>(), "{name}");
        assert_eq!(count(html, "<form"), count(html, "name=\"csrf\" value=\"csrf-token\""), "{name}");
    });
}

#[test]
fn every_field_has_a_label_and_a_described_problem_is_there() {
    for_each(USUAL, |_, name, _, html| {
        for tag in html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            if tag.contains("type=\"hidden\"") || (tag.contains("type=\"checkbox\"") && !tag.contains(" id=")) {
                continue;
            }
            let id = tag.split("id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            assert!(html.contains(&format!("<label for=\"{id}\">")), "{name}: {id}");
            let described = tag.split("aria-describedby=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            for id in described.split_whitespace() {
                assert!(html.contains(&format!("id=\"{id}\"")), "{name}: {id}");
            }
        }
    });
}

#[test]
fn ids_stand_once_on_a_page() {
    for_each(USUAL, |_, name, _, html| {
        let ids: Vec<_> = html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
        let once: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), once.len(), "{name}: {ids:?}");
    });
}

#[test]
fn bengali_pages_have_no_english_sentence_but_the_integrators_hint() {
    for_each(USUAL, |language, name, _, html| {
        if language == Language::Bengali && !name.starts_with("refused") {
            for word in [" the ", " your ", "Sign in", " you ", " is "] {
                assert!(!html.contains(word), "{name}: {word}");
            }
        }
    });
}

const XSS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'\"></title></style></textarea></noscript><svg/onload=alert(1)>",
    "javascript:alert(1)//",
    "{{ 7*191 }}{% raw %}",
    "\u{e000}0\u{e001}<b>",
    "&lt;script&gt;&#x3c;b&#x3e;",
    "</bdi><a href=//evil.test>click</a><!--",
];

// req: wb.xss
#[test]
fn hostile_text_in_every_place_adds_no_element_and_no_attribute() {
    let mut usual = Vec::new();
    for_each(USUAL, |_, name, _, html| usual.push((name.to_owned(), structure(html), count(html, "=\""))));
    for payload in XSS {
        let mut position = 0;
        let words = Words { application: payload, person: payload, address: payload, host: payload };
        for_each(words, |_, name, _, html| {
            let (expected_name, expected, attributes) = &usual[position];
            position += 1;
            assert_eq!(name, expected_name);
            assert_eq!(&structure(html), expected, "{name}: {payload}");
            assert_eq!(count(html, "=\""), *attributes, "{name}: {payload}");
            assert!(!html.contains("1337"), "{name}: a template ran inside text");
        });
    }
}

#[test]
fn the_sign_in_page_has_the_promised_ids() {
    let mut seen = BTreeSet::new();
    for_each(USUAL, |_, _, _, html| {
        for id in ["username", "password", "login-submit", "consent-allow", "consent-deny", "logout-confirm"] {
            if html.contains(&format!(" id=\"{id}\"")) {
                seen.insert(id);
            }
        }
    });
    assert_eq!(seen.len(), 6, "{seen:?}");
}

/// The button of a provider on the sign-in page, without its words.
fn button(html: &str, id: &str) -> String {
    let form = html.split("<form ").find(|form| form.contains(&format!("id=\"provider-{id}\""))).unwrap();
    form.split("<button ").nth(1).unwrap().split("<span>").next().unwrap().to_owned()
}

#[test]
fn a_button_bears_the_mark_and_the_colours_that_the_owner_of_the_brand_wants() {
    let mut looked_at = 0;
    for_each(USUAL, |_, name, _, html| {
        if name != "sign_in" {
            return;
        }
        looked_at += 1;
        // four squares in four colours of their own; who has no plain geometry has a tile in their colour
        for fill in ["#f25022", "#7fba00", "#00a4ef", "#ffb900"] {
            assert_eq!(count(&button(html, "microsoft"), fill), 1, "{fill}");
        }
        for (id, class) in [("apple-2", "provider"), ("microsoft", "provider microsoft"), ("github", "provider"), ("x", "provider")] {
            let button = button(html, id);
            assert!(button.starts_with(&format!("class=\"{class}\"")) && button.contains("aria-hidden=\"true\""), "{button}");
            assert_eq!(button.contains("currentColor"), id != "microsoft", "{button}");
        }
        for (id, colour, letters) in [("apple-2", "#000000", ">A<"), ("github", "#24292f", ">GH<"), ("own", "#5b6472", ">W<")] {
            let button = button(html, id);
            assert!(button.contains(&format!("fill=\"{colour}\"")) && button.contains(letters), "{button}");
        }
    });
    assert_eq!(looked_at, Language::ALL.len());
}
