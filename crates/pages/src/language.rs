//! Which languages there are, and which one a person gets.

/// A language of the pages and mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English; what everybody gets who asks for none that we have.
    #[default]
    English,
    /// Bengali, বাংলা.
    Bengali,
}

/// Longer headers and parameters are not read at all: nobody speaks so many languages.
const LONGEST_WISH: usize = 1_000;
/// No more wishes than this are looked at.
const MOST_WISHES: usize = 20;

impl Language {
    /// All, in the order of the picker.
    pub const ALL: [Self; 2] = [Self::English, Self::Bengali];

    /// BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Bengali => "bn",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Bengali => "বাংলা",
        }
    }

    /// `dir` of the page.
    #[must_use]
    pub fn direction(self) -> &'static str {
        "ltr"
    }

    /// The language whose primary subtag this tag has, in any case of letters: `bn-BD` is Bengali.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// Chooses by `ui_locales` (OpenID Connect Core §3.1.2.1: space-separated, the most wanted first), then the cookie of the language
/// picker, then `Accept-Language` (RFC 9110 §12.5.4), then English.
#[must_use]
pub fn choose(ui_locales: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Language {
    choose_among(&Language::ALL, ui_locales, cookie, accept_language)
}

/// The same for a site that speaks these alone, and the first of them to who asks for none of them.
pub(crate) fn choose_among(spoken: &[Language], ui_locales: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Language {
    ui_locales
        .and_then(|wished| by_ui_locales(spoken, wished))
        .or_else(|| cookie.and_then(Language::of_tag).filter(|language| spoken.contains(language)))
        .or_else(|| accept_language.and_then(|header| by_accept_language(spoken, header)))
        .or_else(|| spoken.first().copied())
        .unwrap_or_default()
}

/// The first of `ui_locales` that is spoken.
pub(crate) fn by_ui_locales(spoken: &[Language], ui_locales: &str) -> Option<Language> {
    let wishes = short_enough(ui_locales)?.split_ascii_whitespace().take(MOST_WISHES);
    wishes.filter_map(Language::of_tag).find(|language| spoken.contains(language))
}

fn by_accept_language(spoken: &[Language], header: &str) -> Option<Language> {
    let wishes = short_enough(header)?.split(',').take(MOST_WISHES).filter_map(wish).filter(|(language, _)| spoken.contains(language));
    // The first of several with the same weight wins, so `>` and not `>=`.
    let mut best: Option<(Language, u16)> = None;
    for (language, weight) in wishes {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

/// `bn-BD;q=0.8` → Bengali, 800. Weight zero means "not this one"; `*` means nothing that we could choose by.
fn wish(text: &str) -> Option<(Language, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let language = Language::of_tag(parts.next()?)?;
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        Some(weight) => thousandths(weight)?,
        None => 1_000,
    };
    (weight > 0).then_some((language, weight))
}

fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
    }
}

fn short_enough(text: &str) -> Option<&str> {
    (text.len() <= LONGEST_WISH).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_locales_beats_the_cookie_which_beats_the_header() {
        assert_eq!(choose(Some("fr bn-BD en"), Some("en"), Some("en")), Language::Bengali);
        assert_eq!(choose(Some("fr"), Some("bn"), Some("en")), Language::Bengali);
        assert_eq!(choose(None, Some("xx"), Some("fr, BN;q=0.5")), Language::Bengali);
        assert_eq!(choose(None, None, None), Language::English);
    }

    #[test]
    fn weights_order_the_header_and_zero_excludes() {
        for (header, language) in [
            ("en;q=0.3, bn;q=0.7", Language::Bengali),
            ("bn;q=0.70, en;q=0.701", Language::English),
            ("bn;q=0, fr", Language::English),
            ("bn, en", Language::Bengali),
            ("*", Language::English),
            ("bn;q=2, en;q=0.1", Language::English),
            ("bn;q=0.1234", Language::English),
        ] {
            assert_eq!(choose(None, None, Some(header)), language, "{header}");
        }
    }

    #[test]
    fn a_site_of_one_language_speaks_it_to_everybody() {
        let bengali = [Language::Bengali];
        assert_eq!(choose_among(&bengali, Some("en"), Some("en"), Some("en, bn;q=0.1")), Language::Bengali);
        assert_eq!(choose_among(&[Language::Bengali, Language::English], None, None, Some("fr")), Language::Bengali);
    }

    #[test]
    fn endless_wishes_are_not_read() {
        assert_eq!(choose(Some(&format!("{} bn", "fr ".repeat(400))), None, None), Language::English);
        assert_eq!(choose(None, None, Some(&format!("{}bn", "fr,".repeat(30)))), Language::English);
    }
}
