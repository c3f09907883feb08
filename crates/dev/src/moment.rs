//! A moment as people read it: `2026-11-24 13:05:09 UTC`.

use chabi_token::Timestamp;

/// Seconds precision, UTC, proleptic Gregorian calendar.
pub(crate) fn text(at: Timestamp) -> String {
    let seconds = at.as_seconds();
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// Days since 1970-01-01 → year, month, day. Counts in eras of 400 years that begin on the first of March.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_read_right() {
        assert_eq!(text(Timestamp(0)), "1970-01-01 00:00:00 UTC");
        assert_eq!(text(Timestamp::from_seconds(951_782_399)), "2000-02-28 23:59:59 UTC");
        assert_eq!(text(Timestamp::from_seconds(951_782_400)), "2000-02-29 00:00:00 UTC");
        assert_eq!(text(Timestamp::from_seconds(1_795_525_509)), "2026-11-24 13:05:09 UTC");
    }
}
