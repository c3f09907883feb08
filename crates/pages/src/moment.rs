//! A moment as people read it.

use serde::Serialize;

/// Whole seconds since 1970-01-01 00:00 UTC. Shown as a date and time in UTC, in the words of the language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// The parts of a date in the Gregorian calendar, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
}

impl Moment {
    /// Days to a civil date, by eras of 400 years that begin in March (Howard Hinnant's algorithm).
    pub(crate) fn calendar(self) -> Calendar {
        let days = self.0.div_euclid(86_400) + 719_468;
        let in_day = self.0.rem_euclid(86_400);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Calendar {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: in_day / 3_600,
            minute: in_day % 3_600 / 60,
        }
    }

    /// RFC 3339, to the minute, for `<time datetime>`.
    #[must_use]
    pub fn machine_text(self) -> String {
        let Calendar { year, month, day, hour, minute } = self.calendar();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days_and_before_1970() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00Z"),
            (951_782_399, "2000-02-28T23:59Z"),
            (951_782_400, "2000-02-29T00:00Z"),
            (1_709_251_199, "2024-02-29T23:59Z"),
            (4_107_542_400, "2100-03-01T00:00Z"),
            (-1, "1969-12-31T23:59Z"),
        ] {
            assert_eq!(Moment(seconds).machine_text(), text);
        }
    }
}
