//! One caller: what it holds, what it has spent, what it was told.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chabi_testkit::Page;

use super::{Book, Dice};
use crate::{
    http,
    person::{self, Code, Tokens},
};

/// How long a caller rests after it did not learn what became of a request.
pub const REST: Duration = Duration::from_secs(1);
/// A caller that learns only after this time what became of its token may have missed the grace (30 s, counted from a rotation whose
/// answer it did not get): then a refusal is no loss. Happens on a machine that is too busy to bring anything back in time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than any trouble that is made here.
const HOPELESS: Duration = Duration::from_secs(120);
/// How such a refusal is counted.
pub const TOO_LATE: &str = "refusals after the grace was missed";

/// Holds one family of refresh tokens.
pub struct Caller {
    port: u16,
    code: Code,
    held: Tokens,
    /// Oldest first; the last one is that before the held one.
    spent: Vec<String>,
    /// What each token was answered with.
    successors: HashMap<String, String>,
    /// How its family ended, as the server acknowledged it.
    ended: Option<&'static str>,
    must_rest: bool,
    dice: Dice,
    book: Arc<Book>,
}

impl Caller {
    /// With what a code was exchanged for.
    pub fn new(port: u16, code: Code, held: Tokens, dice: Dice, book: Arc<Book>) -> Self {
        Self { port, code, held, spent: vec![], successors: HashMap::new(), ended: None, must_rest: false, dice, book }
    }

    /// Acts again and again, with pauses up to `leisure` between, until it is told to stop.
    pub async fn act(mut self, stopped: Arc<AtomicBool>, leisure: Duration) -> Self {
        let most = u64::try_from(leisure.as_millis()).unwrap().max(2);
        loop {
            let pause = self.dice.milliseconds(0, most);
            tokio::time::sleep(if std::mem::take(&mut self.must_rest) { pause.max(REST) } else { pause }).await;
            if stopped.load(Ordering::SeqCst) {
                return self;
            }
            self.act_once().await;
        }
    }

    async fn act_once(&mut self) {
        if self.ended.is_some() {
            return self.try_what_ended().await;
        }
        match self.dice.below(100) {
            0..50 => self.refresh().await,
            50..68 => self.lose_the_answer().await,
            68..84 => self.refresh_twice_at_once().await,
            84..92 => self.ask_who_it_is(200).await,
            92..97 => self.replay().await,
            _ => self.revoke().await,
        }
    }

    /// Presents what it holds, until it learns what it gets for it.
    pub async fn refresh(&mut self) {
        let held = self.held.refresh.clone();
        if let Some(tokens) = self.present(&held).await {
            self.keep(&held, tokens);
        }
    }

    async fn lose_the_answer(&mut self) {
        let request = person::refreshment(self.port, &self.held.refresh);
        let after = Duration::from_micros(self.dice.below(15_000));
        if http::ask_and_lose_the_answer(self.port, &request, after).await.is_ok() {
            self.book.note("answers lost on purpose");
            self.must_rest = true;
        }
        self.refresh().await;
    }

    async fn refresh_twice_at_once(&mut self) {
        let held = self.held.refresh.clone();
        let mut other = Self {
            dice: self.dice.clone(),
            held: self.held.clone(),
            ..Self::new(self.port, self.code.clone(), self.held.clone(), Dice::new(0), Arc::clone(&self.book))
        };
        let (mine, theirs) = tokio::join!(self.present(&held), other.present(&held));
        self.must_rest |= other.must_rest;
        self.ended = self.ended.or(other.ended);
        self.book.note("racing refreshes");
        for tokens in [mine, theirs].into_iter().flatten() {
            self.keep(&held, tokens);
        }
    }

    /// Refused, and the end of the family, whoever presents it.
    async fn replay(&mut self) {
        let Some(last_old) = self.spent.len().checked_sub(1).filter(|count| *count > 0) else { return self.refresh().await };
        let old = self.spent[usize::try_from(self.dice.below(u64::try_from(last_old).unwrap())).unwrap()].clone();
        let request = person::refreshment(self.port, &old);
        let Some(answer) = self.until_known(&request).await else { return };
        if is_refusal(&answer) {
            self.book.note("replays refused");
            self.ended = Some("reuse");
        } else {
            self.book.revived(format!("a token of {} generations back was answered {}: {}", last_old + 1, answer.status, answer.body));
        }
    }

    async fn revoke(&mut self) {
        let request = person::revocation(self.port, &self.held.refresh);
        let Some(answer) = self.until_known(&request).await else { return };
        if answer.status == 200 {
            self.book.note("revocations");
            self.ended = Some("revocation");
        } else {
            self.book.strange(format!("a revocation was answered {}: {}", answer.status, answer.body));
        }
    }

    async fn ask_who_it_is(&mut self, expected: u16) {
        let request = http::get(self.port, "/oauth2/userinfo", &self.held.access);
        let Some(answer) = self.until_known(&request).await else { return };
        if answer.status == expected {
            self.book.note("userinfo answers");
        } else if expected == 200 {
            self.book.lost(format!("userinfo answered {}: {} {:?}", answer.status, answer.body, answer.headers.get("www-authenticate")));
        } else {
            self.book.revived(format!("userinfo answered {} after {:?}", answer.status, self.ended));
        }
    }

    async fn try_what_ended(&mut self) {
        let tokens: Vec<String> = self.spent.iter().rev().take(1).chain([&self.held.refresh]).cloned().collect();
        for token in tokens {
            let Some(answer) = self.until_known(&person::refreshment(self.port, &token)).await else { continue };
            if is_refusal(&answer) {
                self.book.note("refusals of what had ended");
            } else {
                self.book.revived(format!("after {:?} a refresh was answered {}: {}", self.ended, answer.status, answer.body));
            }
        }
        self.ask_who_it_is(401).await;
    }

    /// At the end, when all is quiet: compares what it holds with what the server believes; then the code, which is long spent.
    pub async fn check(mut self) {
        if self.ended.is_some() {
            self.try_what_ended().await;
        } else {
            self.refresh().await;
            if self.ended.is_none() {
                self.ask_who_it_is(200).await;
            }
        }
        let request = person::redemption(self.port, &self.code);
        let Some(answer) = self.until_known(&request).await else { return };
        if is_refusal(&answer) {
            self.book.note("spent codes refused");
            self.ended = Some("replay of its code");
            self.try_what_ended().await;
        } else {
            self.book.revived(format!("a spent code was answered {}: {}", answer.status, answer.body));
        }
    }

    fn keep(&mut self, presented: &str, tokens: Tokens) {
        let known = self.successors.entry(presented.to_owned()).or_insert_with(|| tokens.refresh.clone());
        if *known != tokens.refresh {
            self.book.doubled(format!("after {} rotations", self.spent.len()));
        }
        if self.spent.last().is_none_or(|last| last != presented) {
            self.spent.push(presented.to_owned());
        }
        self.held = Tokens { id: String::new(), ..tokens };
    }

    /// What a token that should work is answered with; `None`: it does not, which is noted.
    async fn present(&mut self, refresh_token: &str) -> Option<Tokens> {
        let begun = Instant::now();
        let answer = self.until_known(&person::refreshment(self.port, refresh_token)).await?;
        if answer.status == 200 {
            self.book.note("refreshed");
            return Some(Tokens::of(&answer));
        }
        if begun.elapsed() > PATIENCE && is_refusal(&answer) {
            self.book.note(TOO_LATE);
            self.ended = Some("missing its grace");
            return None;
        }
        self.book.lost(format!("after {} rotations a refresh was answered {}: {}", self.spent.len(), answer.status, answer.body));
        self.ended = Some("loss");
        None
    }

    /// Sends it until somebody answers it for good.
    async fn until_known(&mut self, request: &[u8]) -> Option<Page> {
        let begun = Instant::now();
        loop {
            match http::ask(self.port, request).await {
                Ok(answer) if answer.status == 502 => self.book.note("times nobody answered (502)"),
                Ok(answer) if answer.status == 503 => {
                    self.book.note("times told to come back (503)");
                    if !answer.headers.contains_key("retry-after") {
                        self.book.strange(format!("a 503 without Retry-After: {}", answer.body));
                    }
                }
                Ok(answer) if answer.status.is_server_error() => {
                    self.book.strange(format!("{}: {}", answer.status, answer.body));
                    return None;
                }
                Ok(answer) => return Some(answer),
                Err(_) => self.book.note("answers broken off"),
            }
            self.must_rest = true;
            if begun.elapsed() > HOPELESS {
                self.book.strange(format!("nobody answers for {HOPELESS:?}"));
                return None;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn is_refusal(answer: &Page) -> bool {
    answer.status == 400 && answer.body.contains("invalid_grant")
}
