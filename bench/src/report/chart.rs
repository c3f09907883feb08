//! A chart: each scenario as a bar, as long as its ratio to its ceiling. Plain SVG, readable on light and on dark ground.

const WIDTH: f64 = 760.0;
const LEFT: f64 = 230.0;
const FULL: f64 = 430.0;
const ROW: f64 = 26.0;
const TOP: f64 = 56.0;

/// One bar.
pub struct Bar {
    /// To its left.
    pub name: String,
    /// Of its ceiling: 1 is all of it.
    pub ratio: f64,
    /// What it must reach, as a mark.
    pub target: Option<f64>,
    /// To its right.
    pub note: String,
}

/// The whole picture.
#[must_use]
pub fn draw(title: &str, bars: &[Bar]) -> String {
    let mut rows = String::new();
    let mut y = TOP;
    for bar in bars {
        let long = FULL * bar.ratio.clamp(0.0, 1.1);
        let middle = y + ROW / 2.0;
        rows.push_str(&format!(
            "<text class=\"ink\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>\n",
            LEFT - 10.0,
            middle + 4.0,
            escaped(&bar.name)
        ));
        rows.push_str(&format!(
            "<rect class=\"bar\" x=\"{LEFT:.0}\" y=\"{:.0}\" width=\"{long:.1}\" height=\"16\" rx=\"2\"/>\n",
            middle - 8.0
        ));
        if let Some(target) = bar.target {
            let x = LEFT + FULL * target;
            rows.push_str(&format!(
                "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.0}\" y2=\"{:.0}\"/>\n",
                middle - 11.0,
                middle + 11.0
            ));
        }
        let text = format!("{:.2} · {}", bar.ratio, bar.note);
        rows.push_str(&format!(
            "<text class=\"soft\" x=\"{:.0}\" y=\"{:.0}\">{}</text>\n",
            LEFT + long.max(FULL * bar.target.unwrap_or(0.0)) + 8.0,
            middle + 4.0,
            escaped(&text)
        ));
        y += ROW;
    }
    let (height, full) = (y + 30.0, LEFT + FULL);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{0}\">\n<style>\n\
         text {{ font: 13px system-ui, sans-serif }} .ink, .title {{ fill: #1c1c1c }} .title {{ font-weight: 600; font-size: 15px }} .soft {{ fill: #595959 }}\n\
         .ground {{ fill: #ffffff }} .bar {{ fill: #2a6f97 }} .mark {{ stroke: #b3541e; stroke-width: 2 }} .all {{ stroke: #8a8a8a; stroke-dasharray: 3 3 }}\n\
         @media (prefers-color-scheme: dark) {{ .ink, .title {{ fill: #f0f0f0 }} .soft {{ fill: #b8b8b8 }} .ground {{ fill: #16181b }} .bar {{ fill: #61a5c2 }} .mark {{ stroke: #f4a261 }} }}\n\
         </style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n<text class=\"title\" x=\"16\" y=\"26\">{0}</text>\n\
         <line class=\"all\" x1=\"{full:.0}\" x2=\"{full:.0}\" y1=\"{1:.0}\" y2=\"{y:.0}\"/>\n\
         <text class=\"soft\" x=\"{full:.0}\" y=\"{1:.0}\" text-anchor=\"middle\">ceiling</text>\n{rows}\
         <text class=\"soft\" x=\"16\" y=\"{2:.0}\">The upright mark is the target.</text>\n</svg>\n",
        escaped(title),
        TOP - 6.0,
        y + 18.0,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_ratio_and_names_cannot_break_out() {
        let svg = draw("A <b>", &[Bar { name: "x\"".into(), ratio: 0.5, target: Some(0.7), note: String::new() }]);
        assert!(svg.contains("width=\"215.0\"") && svg.contains("A &lt;b>") && svg.contains("x&quot;"));
        assert!(svg.contains("prefers-color-scheme: dark") && !svg.contains("<script"));
    }
}
