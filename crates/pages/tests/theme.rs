//! The theme: what can be computed of how it looks.
#![expect(clippy::unwrap_used, reason = "tests; clippy sees only functions marked as such")]

use std::collections::BTreeMap;

const THEME: &str = include_str!("../static/theme.css");

/// The colours of the light and of the dark theme, by name.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let declarations = block.split('{').nth(1).unwrap().split('}').next().unwrap().split(';');
    declarations
        .filter_map(|declaration| declaration.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, hex)| (name, [0, 2, 4].map(|start| f64::from(u8::from_str_radix(&hex[start..start + 2], 16).unwrap()) / 255.0)))
        .collect()
}

/// WCAG 2.2, relative luminance and contrast ratio.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    let luminance = |[red, green, blue]: [f64; 3]| 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn themes() -> [BTreeMap<&'static str, [f64; 3]>; 2] {
    let dark = THEME.split("@media (prefers-color-scheme: dark) {").nth(1).unwrap();
    [colours(THEME), colours(dark)]
}

#[test]
fn text_has_a_contrast_of_at_least_4_5_in_light_and_dark() {
    for theme in themes() {
        for (ink, grounds) in [
            ("ink", &["card", "ground", "tint"][..]),
            ("soft", &["card", "ground", "tint"]),
            ("link", &["card", "ground", "tint"]),
            ("on-brand", &["brand", "brand-over"]),
            ("bad", &["card", "bad-ground"]),
            ("good", &["good-ground"]),
            ("care", &["care-ground"]),
            ("provider-ink", &["provider", "provider-over"]),
            ("microsoft-ink", &["microsoft", "microsoft-over"]),
        ] {
            for ground in grounds {
                let ratio = contrast(theme[ink], theme[ground]);
                assert!(ratio >= 4.5, "{ink} on {ground}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn edges_of_fields_and_focus_have_a_contrast_of_at_least_3() {
    for theme in themes() {
        for mark in ["edge", "focus", "brand", "provider-edge", "microsoft-edge", "bad"] {
            let ratio = contrast(theme[mark], theme["card"]);
            assert!(ratio >= 3.0, "{mark}: {ratio:.2}");
        }
    }
}

#[test]
fn the_dark_theme_has_every_colour_of_the_light_one() {
    let [light, dark] = themes();
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
}

#[test]
fn nothing_is_fetched_and_no_side_is_called_left_or_right() {
    for forbidden in ["url(", "@import", "@font-face", "left:", "right:", "-left", "-right"] {
        let found = THEME.matches(forbidden).count();
        let allowed = THEME.matches(&format!("safe-area-inset{forbidden}")).count();
        assert_eq!(found, allowed, "{forbidden}");
    }
}
