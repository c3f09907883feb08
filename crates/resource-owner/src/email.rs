//! E-mail addresses: one spelling for one mailbox, and nothing that a mail server could read in two ways.

use unicode_normalization::UnicodeNormalization as _;
use url::Host;

/// An address that passed the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    /// The key: local part in lower case, `@`, domain in lower-case ASCII (IDNA).
    pub canonical: String,
    /// As the person wrote the local part; the domain in ASCII. Mail goes there.
    pub address: String,
}

/// Not an address that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address that is taken here")]
pub struct NotAnEmailAddress;

/// RFC 5321 §4.5.3.1.3: a path is 256 octets with its angle brackets.
const LONGEST: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64;

impl EmailAddress {
    /// Normalizes first, and validates what came out: no rule looks at another text than the one that is stored.
    ///
    /// # Errors
    /// When it is not `atoms@domain.tld`: quotes, comments, control characters, a second `@` or its look-alikes are refused.
    pub fn parse(text: &str) -> Result<Self, NotAnEmailAddress> {
        if text.len() > LONGEST * 4 {
            return Err(NotAnEmailAddress);
        }
        let text: String = text.trim_matches(' ').nfc().collect();
        let (local, domain) = text.split_once('@').ok_or(NotAnEmailAddress)?;
        check_local_part(local)?;
        let domain = ascii_domain(domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > LONGEST {
            return Err(NotAnEmailAddress);
        }
        Ok(Self { canonical: address.to_ascii_lowercase(), address })
    }
}

/// RFC 5322 §3.2.3: a dot-atom. Quoted strings (§3.2.4) and comments (§3.2.2) are legal in theory, and read differently by
/// different servers; letters beyond ASCII fold into each other, so that two people could own one key.
///
/// RFC 2047 §5: an encoded word has no place in an address, and some servers decode it all the same; with `%` (RFC 1123 §5.2.16) and `!`
/// old servers send mail on to another one. Such an address would be proven by whoever reads that other mailbox.
fn check_local_part(local: &str) -> Result<(), NotAnEmailAddress> {
    let atoms = local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte)) && !local.contains("=?");
    (atoms && local.len() <= LONGEST_LOCAL_PART).then_some(()).ok_or(NotAnEmailAddress)
}

fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"#$&'*+-/=?^_`{|}~".contains(&byte)
}

/// RFC 5891: the domain in its ASCII form, of two labels or more; no address literals.
fn ascii_domain(domain: &str) -> Result<String, NotAnEmailAddress> {
    // the URL parser would decode percent escapes: they have no place in a domain
    if domain.contains('%') || domain.contains('@') {
        return Err(NotAnEmailAddress);
    }
    let Ok(Host::Domain(ascii)) = Host::parse(domain) else {
        return Err(NotAnEmailAddress);
    };
    let plain = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (ascii.contains('.') && ascii.split('.').all(plain)).then_some(ascii).ok_or(NotAnEmailAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        EmailAddress::parse(text).ok().map(|email| email.canonical)
    }

    // req: em.parse
    #[test]
    fn what_two_servers_could_read_in_two_ways_is_refused() {
        let refused = [
            "",
            "@",
            "a@",
            "@b.test",
            "a",
            "a@b",
            "a@@b.test",
            "a@b@c.test",
            "a@b.test@c.test",
            "a\u{ff20}b.test",
            "a@b\u{ff20}c.test",
            "a\u{fe6b}b.test",
            "\"a\"@b.test",
            "\"a@b\"@c.test",
            "a(comment)@b.test",
            "a@(comment)b.test",
            "A <a@b.test>",
            "<a@b.test>",
            "a@b.test,c@d.test",
            "=?x?q?c=40d.test=3e=00?=a@b.test",
            "c%d.test@b.test",
            "d.test!c@b.test",
            "a@b.test;c@d.test",
            "a b@c.test",
            "a@b .test",
            "a@b.test\r\nbcc: c@d.test",
            "a\r\n@b.test",
            "a\n@b.test",
            "a\u{0}@b.test",
            "a\t@b.test",
            "\ta@b.test",
            ".a@b.test",
            "a.@b.test",
            "a..b@c.test",
            "a@.b.test",
            "a@b..test",
            "a@b.test.",
            "a@-b.test",
            "a@b-.test",
            "a@b_c.test",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@[::1]",
            "a@0x7f.1",
            "a@b%2etest",
            "a@b.test/x",
            "a@b.test?x",
            "a@b.test:25",
            "ı@b.test",
            "ſ@b.test",
            "é@b.test",
        ];
        for text in refused {
            assert_eq!(canonical(text), None, "{text:?}");
        }
        assert_eq!(canonical(&format!("{}@b.test", "a".repeat(65))), None);
        assert_eq!(canonical(&format!("a@{}.test", "b.".repeat(130))), None);
    }

    // req: bf.canon
    #[test]
    fn spellings_of_one_mailbox_have_one_key() {
        for text in ["ada@example.test", "ADA@EXAMPLE.TEST", " Ada@Example.Test ", "ada@ｅxample.test", "ada@example\u{3002}test"] {
            assert_eq!(canonical(text).as_deref(), Some("ada@example.test"), "{text:?}");
        }
    }

    #[test]
    fn a_domain_beyond_ascii_is_kept_in_its_ascii_form_however_it_was_composed() {
        assert_eq!(canonical("a@bücher.test").as_deref(), Some("a@xn--bcher-kva.test"));
        assert_eq!(canonical("a@bu\u{308}cher.test"), canonical("a@bücher.test"));
    }

    #[test]
    fn mail_goes_to_the_local_part_as_it_was_written() {
        assert_eq!(EmailAddress::parse("Ada.L+x@Example.test").unwrap().address, "Ada.L+x@example.test");
    }
}
