//! One line a request: what was asked for, by whom, how it went. Neither query nor headers nor bodies: codes and tokens stand there.

use std::{io::Write as _, net::IpAddr, time::Instant};

use axum::response::Response;
use chabi::{Env, Timestamp, printable_path};
use http::{Method, Request};

use crate::telemetry;

/// Asked every few seconds by those who watch over us: no line each.
const OF_HEALTH: [&str; 3] = ["/healthz", "/livez", "/readyz"];

/// A line in the making.
pub struct Line {
    begun: Instant,
    method: Method,
    path: String,
    address: IpAddr,
}

impl Line {
    /// Before a request is answered; `None`: nobody wants a line.
    pub fn begin<B>(request: &Request<B>, address: IpAddr) -> Option<Self> {
        let wanted = tracing::enabled!(target: "chabi::access", tracing::Level::INFO) && !OF_HEALTH.contains(&request.uri().path());
        let line = || Self { begun: Instant::now(), method: request.method().clone(), path: printable_path(request.uri().path()), address };
        wanted.then(line)
    }

    /// Logs it, after the request was answered.
    pub fn end(self, answer: &Response, env: &Env) {
        if let Some(mut lines) = telemetry::json_lines() {
            // a log that cannot be written has nobody to tell
            let _ = lines.write(self.json(answer, env.uncorrected_now()).as_bytes());
            return;
        }
        tracing::info!(
            target: "chabi::access",
            method = self.method.as_str(),
            path = self.path,
            status = answer.status().as_u16(),
            milliseconds = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            address = %self.address,
            request_id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()),
            "answered"
        );
    }

    /// As `tracing` would write it, for a sixth of the CPU: it is the one line that every request has.
    fn json(&self, answer: &Response, now: Timestamp) -> String {
        let (method, address, status) = (self.method.as_str(), self.address, answer.status().as_u16());
        // the one value that a stranger chooses
        let path = serde_json::to_string(&self.path).unwrap_or_default();
        let milliseconds = self.begun.elapsed().as_millis();
        let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        let time = Rfc3339(now);
        format!(
            "{{\"timestamp\":\"{time}\",\"level\":\"INFO\",\"message\":\"answered\",\"method\":\"{method}\",\"path\":{path},\"status\":{status},\
             \"milliseconds\":{milliseconds},\"address\":\"{address}\",\"request_id\":\"{id}\",\"target\":\"chabi::access\"}}\n"
        )
    }
}

/// RFC 3339, in UTC and microseconds.
pub struct Rfc3339(pub Timestamp);

impl std::fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Timestamp(micros) = self.0;
        let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // days of the proleptic Gregorian calendar, counted in years that begin in March and eras of 400 years
        let since_march = days + 719_468;
        let (era, of_era) = (since_march.div_euclid(146_097), since_march.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        if !(0..=9_999).contains(&year) {
            return write!(f, "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z");
        }
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        // each number's last digit stands here; formatting seven of them one by one costs ten times as much
        for (last, number) in [(3, year), (6, month), (9, day), (12, hour), (15, minute), (18, second), (25, micros)] {
            put(&mut text, last, number);
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Writes the digits of a number, the last of them at `last`, over zeros.
fn put(text: &mut [u8], last: usize, mut number: i64) {
    for digit in text.iter_mut().take(last + 1).rev() {
        if number == 0 || !digit.is_ascii_digit() {
            return;
        }
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (1_795_535_523_094_326, "2026-11-24T15:52:03.094326Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (253_402_300_800_000_000, "10000-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(Rfc3339(Timestamp(micros)).to_string(), text);
        }
    }

    // req: lg.inj
    #[test]
    fn a_line_is_one_json_object_whatever_the_path_holds() {
        let request = Request::get("/a\"},{\\b?secret=1").body(()).unwrap();
        let path = printable_path(request.uri().path());
        let line = Line { begun: Instant::now(), method: Method::GET, path: path.clone(), address: IpAddr::from([192, 0, 2, 1]) };
        let text = line.json(&Response::new(axum::body::Body::empty()), Timestamp(0));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (read["path"].as_str(), read["status"].as_u64(), read["address"].as_str()),
            (Some(path.as_str()), Some(200), Some("192.0.2.1"))
        );
        assert!(text.ends_with("}\n") && text.matches('\n').count() == 1 && !text.contains("secret"));
    }
}
