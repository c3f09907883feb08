use super::*;

const FRESH: i64 = NOW * 1_000_000;

// req: rs.revoke
#[tokio::test]
async fn what_the_issuer_takes_back_is_refused_by_the_layer_as_soon_as_it_is_told() {
    let mut rig = Rig::new().await;
    let builder = ResourceServer::builder(rig.shown.issuer.as_str()).audience(AUDIENCE).env(&rig.env);
    let server = builder.build().unwrap();
    let (token, other) = (rig.token_text(5, "a"), rig.token_text(6, "b"));
    assert!(server.verify(&token).await.is_ok());
    let stream = rig.next_stream().await;
    assert_eq!(stream.last_id, None);
    stream.send("snapshot", 1, &format!(r#"{{"lists":{{"0":[5]}},"jti":[],"until":{}}}"#, NOW + 600));
    let refused = async {
        while server.verify(&token).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    assert_eq!(*server.verify(&token).await.unwrap_err().reason(), crate::Reason::Revoked);
    assert!(server.verify(&other).await.is_ok());
    drop(server);
    // nobody is left who wants to know
    tokio::time::timeout(Duration::from_secs(20), stream.pen.closed()).await.unwrap();
}

#[tokio::test]
async fn nobody_is_asked_before_the_first_token_nor_when_it_is_switched_off() {
    let mut rig = Rig::new().await;
    let builder = || ResourceServer::builder(rig.shown.issuer.as_str()).audience(AUDIENCE).env(&rig.env);
    let (idle, off) = (builder().build().unwrap(), builder().without_revocations().build().unwrap());
    assert!(off.verify(&rig.token_text(5, "a")).await.is_ok());
    assert!(idle.verify("x").await.is_err());
    assert!(builder().build().unwrap().verify(&rig.token_text(5, "a")).await.is_ok());
    let used = builder().build().unwrap();
    assert!(used.verify(&rig.token_text(5, "a")).await.is_ok());
    rig.next_stream().await;
    while let Ok(stream) = rig.streams.try_recv() {
        // of the one that was dropped at once
        assert!(stream.pen.is_closed());
    }
    drop((idle, off));
}

#[tokio::test]
async fn single_tokens_and_places_of_every_list_are_told_apart() {
    let mut rig = Rig::new().await;
    let followed = rig.following();
    let stream = rig.next_stream().await;
    let place = 17 * chabi_token::status::LIST_LENGTH + 99;
    stream.send("snapshot", 1, &format!(r#"{{"lists":{{"17":[5,99]}},"jti":["one.x"],"until":{}}}"#, NOW + 600));
    rig.until(&followed, &rig.token(place, "a"), Standing::Revoked).await;
    for (index, jti, standing) in [
        (place - 1, "a", Standing::Good),
        (99, "a", Standing::Good),
        (place - 94, "a", Standing::Revoked),
        (1, "one.x", Standing::Revoked),
        (1, "one.y", Standing::Good),
    ] {
        assert_eq!(rig.standing(&followed, &rig.token(index, jti)), standing, "{index} {jti}");
    }
}

#[tokio::test]
async fn after_a_cut_the_stream_goes_on_where_it_was_and_nothing_is_forgotten_meanwhile() {
    let mut rig = Rig::new().await;
    let followed = rig.following();
    let first = rig.next_stream().await;
    first.revoke(0, 5, NOW + 600);
    first.alive(FRESH);
    rig.until(&followed, &rig.token(5, "a"), Standing::Revoked).await;
    until(&followed, || followed.shared.streaming.load(Ordering::SeqCst)).await;
    drop(first);
    let second = rig.next_stream().await;
    assert_eq!(second.last_id, Some(FRESH.to_string()));
    assert_eq!(rig.standing(&followed, &rig.token(5, "a")), Standing::Revoked);
    second.revoke(0, 6, NOW + 600);
    rig.until(&followed, &rig.token(6, "a"), Standing::Revoked).await;
}

#[tokio::test]
async fn an_issuer_that_falls_silent_is_asked_anew() {
    let mut rig = Rig::new().await;
    let _followed = rig.following();
    let silent = rig.next_stream().await;
    rig.next_stream().await;
    // it was the follower that went away
    tokio::time::timeout(Duration::from_secs(20), silent.pen.closed()).await.unwrap();
}

#[tokio::test]
async fn garbage_ends_the_stream_and_the_next_begins_anew_with_what_was_known() {
    let mut rig = Rig::new().await;
    let followed = rig.following();
    let stream = rig.next_stream().await;
    stream.revoke(0, 5, NOW + 600);
    rig.until(&followed, &rig.token(5, "a"), Standing::Revoked).await;
    let huge = format!("data: {}", "x".repeat(1024 * 1024));
    let mut stream = stream;
    for garbage in [
        "event: revoked\ndata: {\n\n",
        "event: revoked\ndata: {\"lists\":{\"x\":[1]},\"until\":1}\n\n",
        "event: alive\ndata: []\n\n",
        &huge,
    ] {
        stream.raw(garbage);
        stream = rig.next_stream().await;
        assert_eq!(rig.standing(&followed, &rig.token(5, "a")), Standing::Revoked);
    }
    stream.raw(": hello\n\nevent: later\ndata: anything\n\n");
    stream.revoke(0, 7, NOW + 600);
    rig.until(&followed, &rig.token(7, "a"), Standing::Revoked).await;
}

#[tokio::test]
async fn a_stream_of_another_origin_is_not_opened() {
    let other = Rig::new().await;
    let rig = Rig::new().await;
    *rig.shown.stream.lock().unwrap() = Some(format!("{}/oauth2/status/changes", other.shown.issuer));
    rig.publish(0, &[5], &[]);
    let followed = rig.following();
    // the lists are polled in its place
    rig.until(&followed, &rig.token(5, "a"), Standing::Revoked).await;
    let mut other = other;
    assert!(other.streams.try_recv().is_err());
}

// req: rs.revoke
#[tokio::test]
async fn without_a_stream_the_lists_are_polled_as_often_as_they_say_and_only_when_they_changed() {
    let rig = Rig::new().await.without_stream();
    rig.publish(0, &[5], &["one.x"]);
    let followed = rig.following();
    let (taken, denied, good) = (rig.token(5, "a"), rig.token(6, "one.x"), rig.token(6, "one.y"));
    rig.until(&followed, &taken, Standing::Revoked).await;
    assert_eq!([&denied, &good].map(|token| rig.standing(&followed, token)), [Standing::Revoked, Standing::Good]);
    assert_eq!(rig.shown.asked.load(Ordering::SeqCst), 1);
    rig.clock.advance(10);
    until(&followed, || rig.shown.unchanged.load(Ordering::SeqCst) == 1).await;
    assert_eq!(rig.standing(&followed, &taken), Standing::Revoked);
    rig.publish(0, &[5, 6, 1_000, 2_000, 3_000], &[]);
    rig.clock.advance(10);
    rig.until(&followed, &good, Standing::Revoked).await;
}

#[tokio::test]
async fn while_the_stream_is_broken_the_lists_are_polled() {
    let mut rig = Rig::new().await;
    rig.publish(0, &[5], &[]);
    let followed = rig.following();
    let _hanging = rig.next_stream().await;
    rig.until(&followed, &rig.token(5, "a"), Standing::Revoked).await;
}

#[tokio::test]
async fn a_forged_list_or_one_of_another_uri_says_nothing() {
    let rig = Rig::new().await.without_stream();
    rig.publish(1, &[5], &[]);
    let of_one = rig.shown.lists.lock().unwrap()[&1].clone();
    rig.shown.lists.lock().unwrap().insert(0, of_one);
    let followed = rig.following();
    let token = rig.token(5, "a");
    until(&followed, || {
        let _noted = rig.standing(&followed, &token);
        rig.shown.asked.load(Ordering::SeqCst) > 0
    })
    .await;
    assert_eq!(rig.standing(&followed, &token), Standing::Good);
    rig.publish(0, &[5], &[]);
    rig.clock.advance(5);
    rig.until(&followed, &token, Standing::Revoked).await;
}
