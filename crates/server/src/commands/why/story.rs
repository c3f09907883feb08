//! One refused request, in words.

use std::fmt::Write as _;

use chabi::{KeptRefusal, Story, difference};

use super::{codes, mend};
use crate::http::access_log::Rfc3339;

/// What came from outside must not move the cursor of whoever reads it, nor turn round or hide what stands beside it.
fn plain(text: &str) -> String {
    let invisible = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    text.chars().map(|c| if c.is_control() || invisible(c) { '\u{fffd}' } else { c }).collect()
}

/// One line of the list.
pub fn line(refusal: &KeptRefusal) -> String {
    let Story { endpoint, error, rule, .. } = &refusal.story;
    let client = plain(refusal.client_id.as_deref().unwrap_or("-"));
    format!("{}  {}  {endpoint}  {client}  {error}  {rule}", refusal.request_id, Rfc3339(refusal.at))
}

/// All of it.
pub fn tell(refusal: &KeptRefusal) -> String {
    let KeptRefusal { request_id, at, client_id, story } = refusal;
    let mut text = String::new();
    // writing to a String cannot fail
    let _ = writeln!(text, "{} {} was refused with {}: {}", story.method, story.endpoint, story.error, story.hint);
    let _ = writeln!(text, "\nRequest      {request_id}  {}  answered {}", Rfc3339(*at), story.status);
    let _ = writeln!(text, "Application  {}", plain(client_id.as_deref().unwrap_or("(none was named)")));
    let _ = writeln!(text, "Rule         {}  ({})", story.rule, story.clause);
    path(&mut text, story);
    comparison(&mut text, story);
    if !story.parameters.is_empty() {
        let _ = writeln!(text, "\nParameters (what could be a secret or is about a person is shown as …)");
        for (name, value) in &story.parameters {
            let _ = writeln!(text, "  {} = {}", plain(name), plain(value));
        }
    }
    let mend = mend(refusal);
    if let Some(mend) = mend {
        let _ = writeln!(text, "\nWhat helps\n  {mend}");
    }
    text
}

/// What helps, where we know it.
pub fn mend(refusal: &KeptRefusal) -> Option<String> {
    let KeptRefusal { client_id, story, .. } = refusal;
    let known = mend::by_rule(&story.rule, client_id.as_deref().map(plain).as_deref());
    known.or_else(|| codes::what_to_look_at(&story.error).map(str::to_owned))
}

fn path(text: &mut String, story: &Story) {
    let _ = writeln!(text, "\nDecision path");
    for (rule, passed) in &story.steps {
        let _ = writeln!(text, "  {}  {rule}", if *passed { "passed " } else { "refused" });
    }
    if story.steps.iter().all(|(_, passed)| *passed) {
        let _ = writeln!(text, "  refused  {}", story.rule);
    }
}

fn comparison(text: &mut String, story: &Story) {
    let (Some(received), Some(expected)) = (&story.received, &story.expected) else { return };
    match difference::of_uris(received, expected) {
        Some(found) => {
            let [received, registered, marks] = found.lines();
            let _ = writeln!(text, "\nReceived     {}\nRegistered   {}\n             {marks}", plain(&received), plain(&registered));
            if let Some(words) = found.words {
                let _ = writeln!(text, "             {words}");
            }
            let others = expected.split(' ').filter(|one| *one != found.nearest);
            others.for_each(|other| {
                let _ = writeln!(text, "Also registered  {}", plain(other));
            });
        }
        None => {
            let _ = writeln!(text, "\nReceived     {}\nExpected     {}", plain(received), plain(expected));
        }
    }
}

#[cfg(test)]
mod tests {
    use chabi::Timestamp;

    use super::*;

    fn refusal() -> KeptRefusal {
        KeptRefusal {
            request_id: "AAZhBrzdyARvujud".into(),
            at: Timestamp(0),
            client_id: Some("app\u{1b}[2J".into()),
            story: Story {
                method: "GET".into(),
                endpoint: "/oauth2/authorize".into(),
                status: 400,
                parameters: vec![("client_id".into(), "app".into()), ("state".into(), "…".into())],
                steps: vec![("client::find_registered".into(), true), ("redirect_uri::trust".into(), false)],
                error: "invalid_request".into(),
                hint: "redirect_uri is not registered".into(),
                clause: "OAuth 2.1 §2.3.1".into(),
                rule: "redirect_uri_not_registered".into(),
                received: Some("https://app.example/callback/".into()),
                expected: Some("https://app.example/callback https://other.example/".into()),
            },
        }
    }

    #[test]
    fn what_turns_text_round_or_hides_it_is_shown_as_a_mark() {
        assert_eq!(plain("app\u{202e}moc\u{200b}\u{1b}[2J"), "app\u{fffd}moc\u{fffd}\u{fffd}[2J");
    }

    #[test]
    fn a_redirect_uri_is_shown_beside_the_registered_one_with_the_path_the_clause_and_the_mend() {
        let told = tell(&refusal());
        for words in [
            "was refused with invalid_request: redirect_uri is not registered",
            "AAZhBrzdyARvujud  1970-01-01T00:00:00",
            "  passed   client::find_registered\n  refused  redirect_uri::trust\n",
            "Received     https://app.example/callback/\nRegistered   https://app.example/callback\n                                         +\n",
            "a slash at the end",
            "Also registered  https://other.example/",
            "OAuth 2.1 §2.3.1",
            "state = …",
            "What helps\n  Send one of the registered",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    // req: lg.inj
    #[test]
    fn what_came_from_outside_moves_no_cursor() {
        assert!(!tell(&refusal()).contains('\u{1b}') && !line(&refusal()).contains('\u{1b}'));
    }
}
