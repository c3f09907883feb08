use super::*;

// req: rs.401
#[tokio::test]
async fn without_a_token_the_challenge_names_the_scheme_and_no_error() {
    let app = app(&server(&new_key()));
    for path in ["/strict", "/scoped", "/guest-to-strict"] {
        let answer = ask(&app, path, &[]).await;
        assert_eq!((answer.status, answer.challenge(), answer.text.as_str()), (StatusCode::UNAUTHORIZED, "Bearer", ""), "{path}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
}

// req: rs.401
#[tokio::test]
async fn malformed_expired_and_forged_tokens_look_alike() {
    let key = new_key();
    let app = app(&server(&key));
    let expired = token_of(&AccessTokenClaims { exp: NOW - 3_600, ..claims() }, &key);
    let foreign = token_of(&AccessTokenClaims { aud: vec!["https://other.example.test".into()], ..claims() }, &key);
    let forged = good_token(&new_key());
    let mut answers = Vec::new();
    for token in ["x", &expired, &foreign, &forged] {
        let answer = with_token(&app, "/strict", token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.challenge().starts_with("Bearer error=\"invalid_token\""), "{}", answer.challenge());
        answers.push((answer.challenge().to_owned(), answer.text));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

// req: rs.401
#[tokio::test]
async fn a_good_token_without_the_scope_is_403_and_told_which_scope() {
    let key = new_key();
    let app = app(&server(&key));
    let answer = with_token(&app, "/two-scopes", &good_token(&key)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.challenge().contains("error=\"insufficient_scope\""));
    assert!(answer.challenge().contains("scope=\"notes:read notes:write\""), "{}", answer.challenge());
}

// req: rs.401
#[tokio::test]
async fn the_metadata_of_the_resource_is_told_with_every_challenge() {
    let key = new_key();
    let url = "https://api.example.test/.well-known/oauth-protected-resource";
    let (_, env) = ManualClock::env();
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[&key])));
    let app = app(&builder.resource_metadata(url).env(&env).build().unwrap());
    let told = format!("resource_metadata=\"{url}\"");
    assert_eq!(ask(&app, "/strict", &[]).await.challenge(), format!("Bearer {told}"));
    assert_eq!(ask(&app, "/guest-to-strict", &[]).await.challenge(), format!("Bearer {told}"));
    assert!(with_token(&app, "/strict", "x").await.challenge().contains(&told));
    assert!(with_token(&app, "/two-scopes", &good_token(&key)).await.challenge().contains(&told));
}

// req: rs.scope
#[tokio::test]
async fn scope_words_match_whole() {
    let key = new_key();
    let app = app(&server(&key));
    for (scope, status) in [
        ("notes:read", StatusCode::OK),
        ("a notes:read b", StatusCode::OK),
        ("notes:readonly", StatusCode::FORBIDDEN),
        ("notes", StatusCode::FORBIDDEN),
        ("xnotes:read", StatusCode::FORBIDDEN),
        ("NOTES:READ", StatusCode::FORBIDDEN),
        ("notes:read,openid", StatusCode::FORBIDDEN),
        ("", StatusCode::FORBIDDEN),
    ] {
        let token = token_of(&AccessTokenClaims { scope: Some(scope.into()), ..claims() }, &key);
        assert_eq!(with_token(&app, "/scoped", &token).await.status, status, "{scope}");
    }
    let none = token_of(&AccessTokenClaims { scope: None, ..claims() }, &key);
    assert_eq!(with_token(&app, "/scoped", &none).await.status, StatusCode::FORBIDDEN);
}

// req: rs.header
#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    let key = new_key();
    let app = app(&server(&key));
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = ask(&app, "/strict", &[format!("{scheme} {}", good_token(&key)).as_bytes()]).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "ada"), "{scheme}");
    }
}

// req: rs.header
#[tokio::test]
async fn two_headers_a_list_and_a_broken_header_are_refused_even_where_guests_pass() {
    let key = new_key();
    let app = app(&server(&key));
    let good = format!("Bearer {}", good_token(&key));
    let list = format!("{good}, {good}");
    let spaced = format!("Bearer {} x", good_token(&key));
    let quoted = format!("Bearer \"{}\"", good_token(&key));
    let cases: [&[&[u8]]; 8] = [
        &[good.as_bytes(), good.as_bytes()],
        &[b"Basic YTpi", good.as_bytes()],
        &[list.as_bytes()],
        &[spaced.as_bytes()],
        &[quoted.as_bytes()],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"Bearer \xff\xfe"],
    ];
    for case in cases {
        for path in ["/strict", "/guest"] {
            let answer = ask(&app, path, case).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {}", String::from_utf8_lossy(case[0]));
        }
    }
}

// req: rs.header
#[tokio::test]
async fn a_token_in_the_query_or_in_a_form_is_not_accepted() {
    let key = new_key();
    let app = app(&server(&key));
    let token = good_token(&key);
    for path in [format!("/strict?access_token={token}"), format!("/guest?a=b&access_token={token}"), "/strict?access_token".to_owned()] {
        let answer = ask(&app, &path, &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.challenge().contains("error=\"invalid_request\""));
    }
    let both = ask(&app, &format!("/strict?access_token={token}"), &[format!("Bearer {token}").as_bytes()]).await;
    assert_eq!(both.status, StatusCode::BAD_REQUEST);

    let server = server(&key);
    let posting = Router::new().route("/strict", axum::routing::post(async || "in").layer(server.bearer_layer()));
    let request = Request::post("/strict").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = posting.oneshot(request.body(Body::from(format!("access_token={token}"))).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

// req: rs.closed
#[tokio::test]
async fn an_optional_token_may_be_absent_but_not_bad() {
    let key = new_key();
    let app = app(&server(&key));
    let expired = token_of(&AccessTokenClaims { exp: NOW - 3_600, ..claims() }, &key);
    assert_eq!(ask(&app, "/guest", &[]).await.text, "guest");
    assert_eq!(ask(&app, "/guest", &[b"Basic YTpi"]).await.text, "guest");
    assert_eq!(with_token(&app, "/guest", &good_token(&key)).await.text, "ada");
    for token in ["x", "..", &expired, &good_token(&new_key())] {
        assert_eq!(with_token(&app, "/guest", token).await.status, StatusCode::UNAUTHORIZED, "{token}");
    }
}

// req: rs.closed
#[tokio::test]
async fn without_the_layer_nobody_passes_not_even_as_a_guest() {
    let key = new_key();
    let app = app(&server(&key));
    for path in ["/bare", "/bare-guest"] {
        assert_eq!(ask(&app, path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(with_token(&app, path, &good_token(&key)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn what_an_outer_layer_found_counts_for_nothing_at_an_inner_one() {
    let key = new_key();
    let (_, env) = ManualClock::env();
    let other = ResourceServer::builder(ISSUER).audience("https://other.example.test").keys(FixedKeys::new(set_of(&[&key])));
    let other = other.env(&env).build().unwrap();
    let app = app(&other).layer(server(&key).bearer_layer());
    assert_eq!(with_token(&app, "/strict", &good_token(&key)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(with_token(&app, "/guest", &good_token(&key)).await.status, StatusCode::UNAUTHORIZED);
}

// req: rs.revoke
#[tokio::test]
async fn a_revoked_token_is_refused_when_its_lifetime_and_the_skew_are_over_and_not_later() {
    let key = new_key();
    let (clock, env) = ManualClock::env();
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[&key])));
    let app = app(&builder.env(&env).build().unwrap());
    let token = good_token(&key);
    clock.advance(300 + 29);
    assert_eq!(with_token(&app, "/strict", &token).await.status, StatusCode::OK);
    clock.advance(1);
    assert_eq!(with_token(&app, "/strict", &token).await.status, StatusCode::UNAUTHORIZED);
}
