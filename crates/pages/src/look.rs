//! What makes one site's pages look other than another's: two colours, a logo, and the languages that it speaks.
//!
//! Colours and logo go into one small stylesheet of the site's own, beside the theme: no style stands in a page.

use crate::{Language, static_files::hash_of};

/// The name of the stylesheet among the static files.
pub const STYLESHEET: &str = "site.css";
/// The grounds of `theme.css` on which links and buttons stand, light and dark.
const LIGHT: [&str; 2] = ["#f1f4f2", "#ffffff"];
const DARK: [&str; 2] = ["#0f1513", "#18211e"];
/// WCAG 2.2 §1.4.3.
const LEAST_CONTRAST: f64 = 4.5;
/// A logo is sent with the stylesheet, and so to everybody.
const LARGEST_LOGO: usize = 48 * 1024;
/// Pictures that every browser shows, and that run nothing.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/svg+xml"];

/// A site's own look. Checked when it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    stylesheet: String,
    languages: Vec<Language>,
}

/// What is wrong with a look, in words that say how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALook {
    /// Not a colour.
    #[error("`{0}` is no colour: write six hexadecimal digits, such as #0f5c4d")]
    NotAColour(String),
    /// Nobody could read it.
    #[error("`{colour}` on {ground} has a contrast of {contrast}:1, and 4.5:1 is the least that people can read: choose a {mend} colour")]
    Contrast {
        /// The colour.
        colour: String,
        /// The ground of the pages.
        ground: &'static str,
        /// With one decimal.
        contrast: String,
        /// `darker` or `lighter`.
        mend: &'static str,
    },
    /// Not a picture.
    #[error("the logo must be a picture as a data URL, such as `data:image/png;base64,…` (png, jpeg, webp or svg)")]
    NotAPicture,
    /// Too large.
    #[error("the logo has {0} bytes as a data URL, and {LARGEST_LOGO} are the most: make the picture smaller")]
    TooLarge(usize),
    /// Not a language of ours.
    #[error("there are no pages in `{0}`; there are some in: {known}", known = known_languages())]
    NoSuchLanguage(String),
}

impl Look {
    /// Of these colours (`#rrggbb`; empty: the theme's), this logo (a data URL, or empty) and these languages (tags, the first for who asks
    /// for none of them; none: all).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(accent_light: &str, accent_dark: &str, logo: &str, languages: &[String]) -> Result<Self, NotALook> {
        let light = colour_rule(accent_light, &LIGHT, "#ffffff", "darker")?;
        let dark = colour_rule(accent_dark, &DARK, "#000000", "lighter")?;
        let mut stylesheet = light;
        if !dark.is_empty() {
            stylesheet.push_str(&format!("@media (prefers-color-scheme: dark) {{\n{dark}}}\n"));
        }
        if !logo.is_empty() {
            check_logo(logo)?;
            // a background with the room of the mark: the name of the site stays beside it as text
            stylesheet.push_str(&format!(
                ".site img {{ display: none; }}\n.site::before {{ content: \"\"; inline-size: 2.5rem; block-size: 2.5rem; flex: none; background: center / contain no-repeat url(\"{logo}\"); }}\n"
            ));
        }
        let languages = languages.iter().map(|tag| language(tag)).collect::<Result<_, _>>()?;
        Ok(Self { stylesheet, languages })
    }

    /// The languages that are spoken; empty: all.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The stylesheet; `None` where the theme is enough.
    #[must_use]
    pub fn stylesheet(&self) -> Option<&str> {
        Some(self.stylesheet.as_str()).filter(|text| !text.is_empty())
    }

    /// Its path below the static files, with a hash of what is in it: another look is another URL.
    pub(crate) fn stylesheet_path(&self) -> Option<String> {
        self.stylesheet().map(|text| format!("/static/chabi/{STYLESHEET}?v={}", hash_of(text.as_bytes())))
    }
}

/// One of ours, by exactly its tag.
fn language(tag: &str) -> Result<Language, NotALook> {
    Language::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| NotALook::NoSuchLanguage(tag.to_owned()))
}

fn known_languages() -> String {
    Language::ALL.map(Language::tag).join(", ")
}

/// The rule for a colour on these grounds, with `over` as the text on buttons of that colour; empty for no colour.
fn colour_rule(colour: &str, grounds: &[&'static str], over: &str, mend: &'static str) -> Result<String, NotALook> {
    if colour.is_empty() {
        return Ok(String::new());
    }
    let not_a_colour = || NotALook::NotAColour(colour.to_owned());
    let own = luminance(colour).ok_or_else(not_a_colour)?;
    for ground in grounds {
        let contrast = contrast(own, luminance(ground).ok_or_else(not_a_colour)?);
        if contrast < LEAST_CONTRAST {
            // rounded down, so that what is refused never reads as if it were enough
            let contrast = format!("{:.1}", (contrast * 10.0).floor() / 10.0);
            return Err(NotALook::Contrast { colour: colour.to_owned(), ground, contrast, mend });
        }
    }
    Ok(format!(":root {{ --brand: {colour}; --brand-over: {colour}; --on-brand: {over}; --link: {colour}; }}\n"))
}

/// WCAG 2.2, relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(from..from + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Base64 alone: nothing in it can end the text of the stylesheet in which it stands.
fn check_logo(logo: &str) -> Result<(), NotALook> {
    if logo.len() > LARGEST_LOGO {
        return Err(NotALook::TooLarge(logo.len()));
    }
    let (kind, data) = logo.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).ok_or(NotALook::NotAPicture)?;
    let plain = !data.is_empty() && data.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    (PICTURES.contains(&kind) && plain).then_some(()).ok_or(NotALook::NotAPicture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_can_be_read_is_taken_and_has_its_own_address() {
        let look = Look::new("#0b57d0", "#a8c7fa", "", &[]).unwrap();
        let css = look.stylesheet().unwrap();
        assert!(
            css.contains("--brand: #0b57d0") && css.contains("prefers-color-scheme: dark") && css.contains("--brand: #a8c7fa"),
            "{css}"
        );
        let other = Look::new("#0b57d1", "#a8c7fa", "", &[]).unwrap();
        assert_ne!(look.stylesheet_path(), other.stylesheet_path());
        assert_eq!(Look::default().stylesheet_path(), None);
    }

    #[test]
    fn a_colour_that_nobody_can_read_is_refused_with_the_mend() {
        let refused = Look::new("#ffcc00", "", "", &[]).unwrap_err().to_string();
        assert!(refused.contains("contrast of 1.3:1") && refused.contains("darker"), "{refused}");
        let refused = Look::new("", "#003366", "", &[]).unwrap_err().to_string();
        assert!(refused.contains("lighter"), "{refused}");
        for wrong in ["red", "#fff", "#12345g", "#0f5c4d;}", "url(x)"] {
            assert_eq!(Look::new(wrong, "", "", &[]), Err(NotALook::NotAColour(wrong.into())));
        }
    }

    #[test]
    fn black_on_white_is_21_to_1() {
        let ratio = contrast(luminance("#000000").unwrap(), luminance("#ffffff").unwrap());
        assert!((ratio - 21.0).abs() < 0.001, "{ratio}");
    }

    #[test]
    fn a_logo_is_a_picture_and_nothing_that_could_end_its_text() {
        assert!(
            Look::new("", "", "data:image/png;base64,iVBORw0KGgo=", &[])
                .unwrap()
                .stylesheet()
                .unwrap()
                .contains("url(\"data:image/png;base64,iVBORw0KGgo=\")")
        );
        for wrong in [
            "https://cdn.example/logo.png",
            "data:text/html;base64,AAAA",
            "data:image/png;base64,",
            "data:image/png;base64,AA\");x{",
            "data:image/svg+xml,<svg>",
        ] {
            assert_eq!(Look::new("", "", wrong, &[]), Err(NotALook::NotAPicture), "{wrong}");
        }
        let large = format!("data:image/png;base64,{}", "A".repeat(LARGEST_LOGO));
        assert!(matches!(Look::new("", "", &large, &[]), Err(NotALook::TooLarge(_))));
    }

    #[test]
    fn languages_are_ours() {
        assert_eq!(Look::new("", "", "", &["bn".into()]).unwrap().languages(), [Language::Bengali]);
        let refused = Look::new("", "", "", &["fr".into()]).unwrap_err().to_string();
        assert_eq!(refused, "there are no pages in `fr`; there are some in: en, bn");
    }
}
