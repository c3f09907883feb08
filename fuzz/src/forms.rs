//! Requests, as they come in a query or a body.

use chabi_client::Callback;
use chabi_spec::{
    AuthorizationRequest, TokenRequest, authorization_request::ReturnAddress, client_credentials::PresentedClient, form::Form,
    introspection::IntrospectionRequest, logout_request::LogoutRequest, revocation_request::RevocationRequest,
};

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "form", seeds: &["a=1&b=2&resource=x&resource=y", "a=%C3%BC+%2B&=&&b", "a=%zz"], run: form },
    Target {
        name: "authorization_request",
        seeds: &[
            "client_id=app&response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=openid+profile&state=x&nonce=n\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&prompt=login+consent&max_age=60",
            "client_id=app&response_type=code&claims=%7B%22userinfo%22%3A%7B%22name%22%3A%7B%22essential%22%3Atrue%7D%7D%7D&acr_values=1+2",
        ],
        run: authorization_request,
    },
    Target {
        name: "token_request",
        seeds: &[
            "grant_type=authorization_code&code=chabi_ac_x&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "grant_type=refresh_token&refresh_token=chabi_rt_x&scope=openid&resource=https%3A%2F%2Fapi.example%2F",
            "grant_type=client_credentials&scope=notes",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=x",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=x&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c",
        ],
        run: token_request,
    },
    Target {
        name: "client_credentials",
        seeds: &["Basic YXBwOnNlY3JldA==\nclient_id=app", "Basic JTNBOiUyNQ==\n", "\nclient_id=app&client_secret=secret"],
        run: client_credentials,
    },
    Target {
        name: "other_requests",
        seeds: &[
            "token=x&token_type_hint=refresh_token",
            "id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&state=s",
        ],
        run: other_requests,
    },
    Target {
        name: "provider_callback",
        seeds: &["code=x&state=y&iss=https%3A%2F%2Fop.example", "error=access_denied&state=y"],
        run: callback,
    },
];

fn parsed(bytes: &[u8], repeatable: &[&str]) -> Option<Form> {
    Form::parse(bytes, repeatable).ok()
}

fn form(bytes: &[u8]) {
    let Some(form) = parsed(bytes, &["resource"]) else { return };
    // what is kept of a request is parsed again at every step: it must be the same request
    let again = parsed(form.to_encoded().as_bytes(), &["resource"]);
    assert_eq!(again.map(|again| again.to_encoded()), Some(form.to_encoded()), "a form that was kept reads the same again");
}

fn authorization_request(bytes: &[u8]) {
    let Some(form) = parsed(bytes, &chabi_spec::authorization_request::REPEATABLE) else { return };
    let address = ReturnAddress::parse(&form);
    if let Ok(request) = AuthorizationRequest::parse(&form) {
        let returns = address.map(|address| (address.client_id, address.state));
        assert_eq!(returns.ok(), Some((request.client_id, request.state)), "a whole request has its return address");
        assert!(request.max_age.is_none_or(|age| age >= 0));
    }
}

fn token_request(bytes: &[u8]) {
    if let Some(form) = parsed(bytes, &chabi_spec::token_request::REPEATABLE) {
        let _ = TokenRequest::parse(&form);
    }
}

fn client_credentials(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (header, body) = text.split_once('\n').unwrap_or((&text, ""));
    let Some(form) = parsed(body.as_bytes(), &[]) else { return };
    let header = (!header.is_empty()).then_some(header);
    if let Ok(presented) = PresentedClient::parse(header, &form) {
        assert!(!presented.client_id().is_empty(), "an application that names itself has a name");
    }
}

fn other_requests(bytes: &[u8]) {
    let Some(form) = parsed(bytes, &[]) else { return };
    let _ = RevocationRequest::parse(&form);
    let _ = IntrospectionRequest::parse(&form);
    let _ = LogoutRequest::parse(&form);
}

fn callback(bytes: &[u8]) {
    let _ = Callback::parse(&String::from_utf8_lossy(bytes));
}
