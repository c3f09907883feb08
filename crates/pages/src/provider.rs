//! Buttons that lead to a provider, and the marks on them.

use serde::Serialize;

use crate::FormFields;

/// One provider as people see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProviderButton {
    /// The part of the path, such as `google`: the button posts to `{prefix}/{id}/login/`.
    pub id: String,
    /// The name in sentences, such as `Google`.
    pub name: String,
    /// Before the name.
    pub mark: ProviderMark,
}

impl ProviderButton {
    /// From id and name; its mark is the neutral one.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { id: id.into(), mark: ProviderMark::neutral(&name), name }
    }

    /// With a mark of its own.
    #[must_use]
    pub fn marked(self, mark: ProviderMark) -> Self {
        Self { mark, ..self }
    }
}

/// The mark of a provider: a tile in its colour with a letter or two, drawn by us. The few marks that are plain geometry are drawn as such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProviderMark {
    /// Whose it is, whatever the button's id is: `google`, `facebook`, `microsoft` and `x` are drawn, all others are tiles.
    shape: String,
    /// The tile: `#rrggbb`.
    colour: String,
    /// On it.
    letters: String,
    /// In black or white, whichever is read better on the tile.
    ink: &'static str,
}

const NEUTRAL: &str = "#5b6472";
const BLACK: &str = "#000000";
const WHITE: &str = "#ffffff";

impl ProviderMark {
    /// `colour`: `#rrggbb`; `letters`: one or two.
    #[must_use]
    pub fn new(shape: impl Into<String>, colour: impl Into<String>, letters: impl Into<String>) -> Self {
        let colour = colour.into();
        let ink = if contrast(&colour, BLACK) >= contrast(&colour, WHITE) { BLACK } else { WHITE };
        Self { shape: shape.into(), colour, letters: letters.into(), ink }
    }

    /// Of a provider whose colours nobody knows: its first letter.
    #[must_use]
    pub fn neutral(name: &str) -> Self {
        let first = name.trim().chars().next();
        Self::new("", NEUTRAL, first.map(|first| first.to_uppercase().to_string()).unwrap_or_default())
    }

    /// How well the letters are read on the tile (WCAG 2.2, contrast ratio): 4.5 at the least is wanted.
    #[must_use]
    pub fn contrast(&self) -> f64 {
        contrast(&self.colour, self.ink)
    }
}

/// WCAG 2.2, "contrast ratio" and "relative luminance". A colour that is none counts as black.
fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let digits = colour.get(at..at.saturating_add(2)).unwrap_or_default();
        let level = f64::from(u8::from_str_radix(digits, 16).unwrap_or_default()) / 255.0;
        if level <= 0.040_45 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

/// Provider buttons and the hidden fields of their forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProviderButtons {
    /// Hidden fields of each form; the token is the one that `{prefix}/<provider>/login/` checks.
    pub form: FormFields,
    /// In this order; empty: no buttons are shown.
    pub buttons: Vec<ProviderButton>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_black_or_white_whichever_is_read_better() {
        for (colour, ink) in [("#ffffff", BLACK), ("#fee500", BLACK), ("#000000", WHITE), ("#003087", WHITE), (NEUTRAL, WHITE)] {
            let mark = ProviderMark::new("", colour, "A");
            assert_eq!(mark.ink, ink, "{colour}");
            assert!(mark.contrast() >= 4.5, "{colour}: {}", mark.contrast());
        }
        assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 0.01);
    }

    #[test]
    fn a_provider_without_colours_of_its_own_has_its_first_letter() {
        assert_eq!(ProviderMark::neutral(" workplace").letters, "W");
        assert_eq!(ProviderMark::neutral("কর্মস্থল").letters, "ক");
        assert_eq!(ProviderMark::neutral("").letters, "");
    }
}
