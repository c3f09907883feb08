//! Pictures of numbers: SVG, each served by itself, so that no page needs an inline style.

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use chabi_spec::Fault;
use http::{HeaderValue, StatusCode, header};
use plotters::{
    coord::ranged1d::{IntoSegmentedCoord as _, SegmentValue},
    prelude::*,
};

/// Width and height, in CSS pixels.
const SIZE: (u32, u32) = (720, 260);

/// The colours of a picture on a light or on a dark page, those of the theme.
struct Palette {
    ink: RGBColor,
    line: RGBColor,
    bars: [RGBColor; 2],
}

const LIGHT: Palette = Palette {
    ink: RGBColor(0x4a, 0x59, 0x53),
    line: RGBColor(0xd5, 0xdd, 0xd9),
    bars: [RGBColor(0x0f, 0x5c, 0x4d), RGBColor(0xa3, 0x23, 0x1b)],
};
const DARK: Palette = Palette {
    ink: RGBColor(0xa9, 0xb8, 0xb2),
    line: RGBColor(0x31, 0x40, 0x3a),
    bars: [RGBColor(0x86, 0xd8, 0xc1), RGBColor(0xff, 0xb4, 0xab)],
};

/// Bars for each moment in time, of one series or of two that stand beside each other.
pub(crate) struct Bars {
    /// What stands below each bar.
    pub labels: Vec<String>,
    /// One number for each label.
    pub series: Vec<Vec<i64>>,
}

/// The picture as an answer; `dark`: for a dark page.
pub(crate) fn respond(bars: &Bars, dark: bool) -> Result<Response, Fault> {
    let svg = draw(bars, if dark { &DARK } else { &LIGHT })?;
    let mut response = Response::new(Body::from(svg));
    *response.status_mut() = StatusCode::OK;
    for (name, value) in [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response.into_response())
}

fn draw(bars: &Bars, palette: &Palette) -> Result<String, Fault> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let most = bars.series.iter().flatten().copied().max().unwrap_or_default().max(4);
        let count = bars.labels.len().max(1);
        let places = (0..count).into_segmented();
        let mut builder = ChartBuilder::on(&root);
        let mut chart = builder
            .margin(8)
            .x_label_area_size(32)
            .y_label_area_size(44)
            .build_cartesian_2d(places, 0..most + most / 8 + 1)
            .map_err(drawing)?;
        let text = ("sans-serif", 13).into_font().color(&palette.ink);
        let label = |value: &SegmentValue<usize>| match value {
            SegmentValue::CenterOf(place) | SegmentValue::Exact(place) => bars.labels.get(*place).cloned().unwrap_or_default(),
            SegmentValue::Last => String::new(),
        };
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().y_labels(5).x_labels(count.min(8)).x_label_formatter(&label);
        mesh.label_style(text).axis_style(palette.line).bold_line_style(palette.line).light_line_style(TRANSPARENT);
        mesh.draw().map_err(drawing)?;
        for (series, colour) in bars.series.iter().zip(palette.bars).rev() {
            let rectangles = series.iter().enumerate().filter(|(_, number)| **number > 0).map(|(place, number)| {
                let corners = [(SegmentValue::Exact(place), *number), (SegmentValue::Exact(place + 1), 0)];
                let mut bar = Rectangle::new(corners, colour.filled());
                bar.set_margin(0, 0, 2, 2);
                bar
            });
            chart.draw_series(rectangles).map_err(drawing)?;
        }
        root.present().map_err(drawing)?;
    }
    Ok(svg)
}

fn drawing<E: std::error::Error + Send + Sync + 'static>(error: E) -> Fault {
    Fault::internal("drawing a chart").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: wb.csp
    #[test]
    fn a_picture_has_no_script_no_style_and_nothing_from_elsewhere() {
        let bars = Bars { labels: vec!["<b>".into(), "2".into()], series: vec![vec![3, 900], vec![1, 0]] };
        for palette in [&LIGHT, &DARK] {
            let svg = draw(&bars, palette).unwrap();
            for forbidden in ["<script", "style", "href", "url(", "<b>"] {
                assert!(!svg.contains(forbidden), "{forbidden} in {svg}");
            }
            assert!(svg.starts_with("<svg"));
        }
    }

    #[test]
    fn no_numbers_are_a_picture_too() {
        assert!(draw(&Bars { labels: vec![], series: vec![] }, &LIGHT).is_ok());
    }
}
