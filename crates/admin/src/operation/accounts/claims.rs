//! The standard claims of a person as administrators read and write them, and their rules.

use chabi_store::account::{Address, Profile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// What can be changed of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccountValues {
    /// Their name; may be empty.
    pub name: String,
    /// Preferred language (BCP 47); may be empty.
    pub locale: String,
    /// What else applications may be told of them.
    pub claims: Claims,
}

/// The standard claims (OpenID Connect Core §5.1) beside name and language. Empty: unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Claims {
    /// `given_name`.
    pub given_name: String,
    /// `family_name`.
    pub family_name: String,
    /// `middle_name`.
    pub middle_name: String,
    /// `nickname`.
    pub nickname: String,
    /// `[A-Za-z0-9._-]+`; empty: made from the name or the address.
    pub preferred_username: String,
    /// URL of a page about the person.
    pub profile: String,
    /// URL of a picture.
    pub picture: String,
    /// URL.
    pub website: String,
    /// `gender`.
    pub gender: String,
    /// `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD`.
    pub birthdate: String,
    /// IANA time zone, such as `Asia/Dhaka`.
    pub zoneinfo: String,
    /// E.164, such as `+8801712345678`.
    pub phone_number: String,
    /// Whether it was proven.
    pub phone_number_verified: bool,
    /// Postal address.
    pub address: PostalAddress,
}

/// A postal address (OpenID Connect Core §5.1.1). Empty: unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PostalAddress {
    /// All of it, with line breaks.
    pub formatted: String,
    /// Street and house.
    pub street_address: String,
    /// City.
    pub locality: String,
    /// State or province.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// Country.
    pub country: String,
}

impl Claims {
    /// Whether nothing is known.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&Profile> for Claims {
    fn from(profile: &Profile) -> Self {
        let Profile {
            given_name,
            family_name,
            middle_name,
            nickname,
            preferred_username,
            profile: page,
            picture,
            website,
            gender,
            birthdate,
            zoneinfo,
            phone_number,
            phone_number_verified,
            address,
        } = profile.clone();
        Self {
            given_name,
            family_name,
            middle_name,
            nickname,
            preferred_username,
            profile: page,
            picture,
            website,
            gender,
            birthdate,
            zoneinfo,
            phone_number,
            phone_number_verified,
            address: address.map(PostalAddress::from).unwrap_or_default(),
        }
    }
}

impl From<Claims> for Profile {
    fn from(claims: Claims) -> Self {
        let address = (claims.address != PostalAddress::default()).then(|| Address::from(claims.address));
        Self {
            given_name: claims.given_name,
            family_name: claims.family_name,
            middle_name: claims.middle_name,
            nickname: claims.nickname,
            preferred_username: claims.preferred_username,
            profile: claims.profile,
            picture: claims.picture,
            website: claims.website,
            gender: claims.gender,
            birthdate: claims.birthdate,
            zoneinfo: claims.zoneinfo,
            // nothing was proven of a number that is not there
            phone_number_verified: claims.phone_number_verified && !claims.phone_number.is_empty(),
            phone_number: claims.phone_number,
            address,
        }
    }
}

impl From<Address> for PostalAddress {
    fn from(address: Address) -> Self {
        let Address { formatted, street_address, locality, region, postal_code, country } = address;
        Self { formatted, street_address, locality, region, postal_code, country }
    }
}

impl From<PostalAddress> for Address {
    fn from(address: PostalAddress) -> Self {
        let PostalAddress { formatted, street_address, locality, region, postal_code, country } = address;
        Self { formatted, street_address, locality, region, postal_code, country }
    }
}

/// Most letters of a text.
const LONGEST: usize = 200;
/// Most bytes of a URL, and of an address written out.
const LONGEST_URL: usize = 2_000;
/// Most letters of a language tag.
const LONGEST_LANGUAGE: usize = 35;

impl AccountValues {
    /// Every rule that they break, each by the name of its field.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut check = |field: &str, good: bool, words: &str| {
            if !good {
                problems.push(Problem { field: field.to_owned(), words: words.to_owned() });
            }
        };
        let claims = &self.claims;
        for (field, text) in self.texts() {
            check(field, text.chars().count() <= LONGEST && !text.chars().any(char::is_control), "200 letters at the most, in one line");
        }
        for (field, url) in [("profile", &claims.profile), ("picture", &claims.picture), ("website", &claims.website)] {
            check(&format!("claims.{field}"), is_url(url), "a web address, such as https://example.org/ada");
        }
        check("locale", is_language(&self.locale), "a language tag, such as `en` or `bn-BD`");
        check("claims.preferred_username", is_user_name(&claims.preferred_username), "ASCII letters, digits, `.`, `_` and `-`");
        check("claims.birthdate", is_birthdate(&claims.birthdate), "`YYYY-MM-DD`, `YYYY`, or `0000-MM-DD` without the year");
        check("claims.zoneinfo", is_zone(&claims.zoneinfo), "a time zone, such as `Asia/Dhaka`");
        check("claims.phone_number", is_phone_number(&claims.phone_number), "a number with its country, such as `+8801712345678`");
        let formatted = &claims.address.formatted;
        check("claims.address.formatted", formatted.len() <= LONGEST_URL, "2000 bytes at the most");
        problems
    }

    /// What is a line of words.
    fn texts(&self) -> [(&'static str, &String); 12] {
        let (claims, address) = (&self.claims, &self.claims.address);
        [
            ("name", &self.name),
            ("claims.given_name", &claims.given_name),
            ("claims.family_name", &claims.family_name),
            ("claims.middle_name", &claims.middle_name),
            ("claims.nickname", &claims.nickname),
            ("claims.gender", &claims.gender),
            ("claims.preferred_username", &claims.preferred_username),
            ("claims.address.street_address", &address.street_address),
            ("claims.address.locality", &address.locality),
            ("claims.address.region", &address.region),
            ("claims.address.postal_code", &address.postal_code),
            ("claims.address.country", &address.country),
        ]
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |rest: &str| !rest.is_empty() && !rest.starts_with('/') && !rest.chars().any(|c| c.is_whitespace() || c.is_control());
    text.is_empty() || text.len() <= LONGEST_URL && rest.is_some_and(plain)
}

fn is_language(tag: &str) -> bool {
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.is_empty() || tag.len() <= LONGEST_LANGUAGE && tag.split('-').all(part)
}

fn is_user_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

// OpenID Connect Core §5.1: YYYY-MM-DD, 0000 where the year is left out, or the year alone
fn is_birthdate(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let within = |text: &str, most: u8| digits(text, 2) && text.parse().is_ok_and(|number: u8| (1..=most).contains(&number));
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [""] => true,
        [year] => digits(year, 4),
        [year, month, day] => digits(year, 4) && within(month, 12) && within(day, 31),
        _ => false,
    }
}

fn is_zone(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+'))
}

// OpenID Connect Core §5.1: E.164, which has 15 digits at the most
fn is_phone_number(text: &str) -> bool {
    let digits = |rest: &str| (4..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
    text.is_empty() || text.strip_prefix('+').is_some_and(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(claims: Claims) -> Vec<String> {
        AccountValues { claims, ..AccountValues::default() }.problems().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn what_is_well_written_is_taken_and_nothing_is_unknown() {
        let claims = Claims {
            preferred_username: "ada_1".into(),
            website: "https://ada.example".into(),
            birthdate: "0000-12-10".into(),
            zoneinfo: "Asia/Dhaka".into(),
            phone_number: "+8801712345678".into(),
            ..Claims::default()
        };
        assert_eq!(wrong(claims), Vec::<String>::new());
        assert_eq!(wrong(Claims::default()), Vec::<String>::new());
    }

    #[test]
    fn each_rule_names_its_field() {
        let told = [
            (Claims { given_name: "a\nb".into(), ..Claims::default() }, "claims.given_name"),
            (Claims { nickname: "a".repeat(201), ..Claims::default() }, "claims.nickname"),
            (Claims { website: "javascript:alert(1)".into(), ..Claims::default() }, "claims.website"),
            (Claims { picture: "https://".into(), ..Claims::default() }, "claims.picture"),
            (Claims { preferred_username: "a b".into(), ..Claims::default() }, "claims.preferred_username"),
            (Claims { birthdate: "2000-13-01".into(), ..Claims::default() }, "claims.birthdate"),
            (Claims { zoneinfo: "Asia Dhaka".into(), ..Claims::default() }, "claims.zoneinfo"),
            (Claims { phone_number: "01712".into(), ..Claims::default() }, "claims.phone_number"),
        ];
        for (claims, field) in told {
            assert_eq!(wrong(claims), [field]);
        }
        assert_eq!(AccountValues { locale: "en_GB".into(), ..AccountValues::default() }.problems().len(), 1);
    }

    #[test]
    fn claims_read_back_from_what_is_kept() {
        let claims = Claims {
            phone_number: "+8801712345678".into(),
            phone_number_verified: true,
            address: PostalAddress { country: "BD".into(), ..PostalAddress::default() },
            ..Claims::default()
        };
        assert_eq!(Claims::from(&Profile::from(claims.clone())), claims);
        assert_eq!(Profile::from(Claims { phone_number_verified: true, ..Claims::default() }), Profile::default());
    }
}
