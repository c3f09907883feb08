//! Pages of signing in by a provider.

use chabi_pages::{ProviderButton, ProviderButtons, page::*};

use super::{Visitor, Words, buttons, form, google};

pub(super) fn providers(words: Words, visitor: &mut impl Visitor) {
    let start = ProviderStart { form: form(words), provider: google(), application: Some(words.application.into()), connecting: false };
    visitor.page("provider_start", &start);
    visitor.page("provider_start_connecting", &ProviderStart { application: None, connecting: true, ..start });
    let other = ProviderButtons { buttons: vec![ProviderButton::new("facebook", "Facebook")], ..buttons(words) };
    let trouble = ProviderTrouble {
        provider: google(),
        reason: ProviderTroubleReason::Cancelled,
        again: Some(form(words)),
        other_ways_url: "/accounts/login/".into(),
        others: other,
        request_id: "0193a2b4c5".into(),
    };
    for reason in [
        ProviderTroubleReason::Cancelled,
        ProviderTroubleReason::Refused,
        ProviderTroubleReason::Unreachable,
        ProviderTroubleReason::Untrusted,
        ProviderTroubleReason::Expired,
        ProviderTroubleReason::ConnectedElsewhere,
        ProviderTroubleReason::NotAllowed,
    ] {
        let name = format!("provider_trouble_{reason:?}").to_lowercase();
        visitor.page(&name, &ProviderTrouble { reason, ..trouble.clone() });
    }
    let workplace = ProviderButton::new("workplace", words.application);
    let bare = ProviderButtons::default();
    visitor.page("provider_trouble_bare", &ProviderTrouble { provider: workplace, again: None, others: bare, ..trouble });
    let link = LinkAccountNeeded {
        provider: google(),
        address: words.address.into(),
        sign_in_url: "/accounts/login/".into(),
        application: Some(words.application.into()),
    };
    visitor.page("link_account_needed", &link);
    tested(words, visitor);
}

fn tested(words: Words, visitor: &mut impl Visitor) {
    let claim = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let page = ProviderTested {
        provider: google(),
        claims: vec![claim("iss", "https://accounts.google.com"), claim("email", words.address), claim("name", words.person)],
        keeps_tokens: true,
        back_url: "/admin/".into(),
        ..ProviderTested::default()
    };
    for decision in [
        ForeseenDecision::Enter,
        ForeseenDecision::Join,
        ForeseenDecision::TakeOver,
        ForeseenDecision::Create,
        ForeseenDecision::SignInFirst,
        ForeseenDecision::Shut,
        ForeseenDecision::SignUpClosed,
    ] {
        let name = format!("provider_tested_{decision:?}").to_lowercase();
        visitor.page(&name, &ProviderTested { decision: Some(decision), ..page.clone() });
    }
    let refusal = Some(format!("id_token_aud: {}", words.host));
    visitor.page("provider_tested_refused", &ProviderTested { claims: Vec::new(), refusal, ..page });
    let provider = ProviderButton::new("telegram", words.application);
    let answer = ProviderAnswerInFragment { provider, name: "answer".into(), other_ways_url: "/accounts/login/".into() };
    visitor.page("provider_answer_in_fragment", &answer);
}
