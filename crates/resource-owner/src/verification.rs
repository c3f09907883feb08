//! Proofs of e-mail addresses: a link and a code, of which only hashes are kept; the newest mail makes older ones void.

use chabi_store::{
    account::AccountId,
    email_verification::{EmailVerification, VerificationId},
};
use chabi_token::{Env, IdSecret, Seconds, SiteTag, Timestamp};

use crate::{ResourceOwner, Visit, continuation::Continuation};

/// A link is good for so long (NIST SP 800-63B-4 §4.2: 30 minutes).
pub(crate) const LINK_LIFETIME: Seconds = Seconds::minutes(30);
/// A code is shorter than a link's secret, and good for a shorter time.
pub(crate) const CODE_LIFETIME: Seconds = Seconds::minutes(10);
/// 10^8 codes and five tries: one guess in 20 million.
const CODE_DIGITS: usize = 8;

/// A verification before its mail is sent: the row to write, and what the mail says.
pub(crate) struct Prepared {
    /// To be written.
    pub row: EmailVerification,
    /// Absolute URL.
    pub link: String,
    /// To be typed.
    pub code: String,
}

/// Prepares a proof for an address of an account; the code may be typed in this browser alone.
pub(crate) fn prepare(owner: &ResourceOwner, visit: &Visit, account: AccountId, canonical: &str, continuation: &Continuation) -> Prepared {
    let secret = IdSecret::new(owner.settings.site, &owner.env);
    let id = VerificationId(secret.id);
    let code = new_code(&owner.env);
    let page = format!("confirm-email/{}/", secret.text("").expose());
    let link = owner.settings.url(&continuation.url(owner, &page));
    let row = EmailVerification {
        id,
        secret_hash: secret.secret_hash(),
        code_hash: code_hash(owner, id, &code),
        browser_hash: visit.browser.hash(),
        account,
        canonical: canonical.to_owned(),
        failures: 0,
        expires_at: owner.env.now() + LINK_LIFETIME,
    };
    Prepared { row, link, code }
}

/// The code's hash at this site, salted with the row's id.
pub(crate) fn code_hash(owner: &ResourceOwner, id: VerificationId, code: &str) -> [u8; 32] {
    salted(owner.settings.site, id, code)
}

fn salted(site: SiteTag, id: VerificationId, code: &str) -> [u8; 32] {
    site.hash(&[id.0.as_bytes().as_slice(), code.as_bytes()].concat())
}

/// What was typed, without the spaces and hyphens that people and mail programs add.
pub(crate) fn typed_code(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(CODE_DIGITS * 2).collect()
}

/// True while the code may be typed; the link is good for longer.
pub(crate) fn code_is_good(verification: &EmailVerification, now: Timestamp) -> bool {
    now < verification.expires_at - LINK_LIFETIME + CODE_LIFETIME
}

fn new_code(env: &Env) -> String {
    // 64 random bits modulo 10^8: the bias is below one in 10^11
    let number = u64::from_be_bytes(env.random()) % 10_u64.pow(8);
    format!("{number:0CODE_DIGITS$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_eight_digits_and_is_typed_with_or_without_spaces() {
        let code = new_code(&Env::system());
        assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        assert_eq!(typed_code(" 1234 56-78\n"), "12345678");
    }

    #[test]
    fn the_same_code_of_two_mails_has_two_hashes() {
        let env = Env::system();
        let ids = (VerificationId(env.new_id()), VerificationId(env.new_id()));
        assert_ne!(salted(SiteTag::MAIN, ids.0, "12345678"), salted(SiteTag::MAIN, ids.1, "12345678"));
    }
}
