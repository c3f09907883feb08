//! The dashboard: figures, charts with their tables, and what is still to be set up.

use axum::{
    extract::{Path, State},
    response::Response,
};
use chabi_admin::{
    Admin,
    operation::statistics::{Checked, Counted, Statistics, StatisticsInput, StatisticsOf},
};
use chabi_client::catalogue;
use chabi_pages::admin::{Block, Cell, Chart, Link, Screen, Section, Table, Tile, Tone, Words};
use chabi_resource_owner::respond::{self, Halt, Handled, Trouble};

use crate::{
    charts::{self, Bars},
    desk::Desk,
    form,
    names::Names,
    screen,
};

const HERE: &str = "/admin/";
const PERIODS: [i64; 4] = [1, 7, 30, 90];
const SIGN_INS: &str = "sign-ins";
const SIGN_UPS: &str = "sign-ups";

/// GET of the path without its slash.
pub(crate) async fn to_console(State(admin): State<Admin>) -> Response {
    respond::see_other(&admin.owner.settings.mounted(HERE))
}

fn days(desk: &Desk) -> i64 {
    desk.asked("days").parse().ok().filter(|days| PERIODS.contains(days)).unwrap_or(7)
}

async fn read(desk: &Desk) -> Result<Statistics, Halt> {
    desk.read::<StatisticsOf>(StatisticsInput { days: days(desk) }).await
}

/// GET: all of it; who may not see it goes on to the first area that they may see.
pub(crate) async fn show(desk: Desk) -> Handled {
    let first = screen::first_area(&desk);
    if first != HERE {
        return Ok(desk.go(first));
    }
    let numbers = read(&desk).await?;
    let [sign_ins, sign_ups] = over_time(&desk, &numbers);
    let page = Screen::new(Words::said("admin-dashboard-title"))
        .section(figures(&desk, &numbers))
        .section(sign_ins)
        .section(sign_ups)
        .section(checklist(&numbers))
        .section(counted("methods", "admin-dashboard-methods", "admin-column-method", &numbers.methods, method))
        .section(applications(&desk, &numbers).await)
        .section(counted("errors", "admin-dashboard-errors", "admin-column-code", &numbers.errors, Words::code))
        .section(keys(&numbers));
    desk.show(page)
}

fn figures(desk: &Desk, numbers: &Statistics) -> Section {
    let chosen = days(desk);
    let periods = PERIODS.into_iter().map(|days| {
        let link = Link::new(Words::said(format!("admin-period-{days}")), format!("{HERE}?days={days}")).current(days == chosen);
        if days == chosen { link.primary() } else { link }
    });
    let tile = |label, number| Tile { label: Words::said(label), value: Words::number(number) };
    let tiles = vec![
        tile("admin-tile-sign-ins", numbers.sign_ins),
        tile("admin-tile-failures", numbers.failures),
        tile("admin-tile-sign-ups", numbers.sign_ups),
        tile("admin-tile-active", numbers.active_people),
    ];
    Section::new("figures", Words::said("admin-dashboard-figures")).with(Block::Links(periods.collect())).with(Block::Tiles(tiles))
}

fn over_time(desk: &Desk, numbers: &Statistics) -> [Section; 2] {
    let days = days(desk).to_string();
    let picture = |name: &str, dark: &str| format!("{HERE}charts/{name}.svg{}", form::query(&[("days", days.as_str()), ("dark", dark)]));
    let chart =
        |name: &str, alt: &'static str, table| Chart { alt: Words::said(alt), light: picture(name, ""), dark: picture(name, "1"), table };
    let moments = || numbers.over_time.iter();
    let sign_ins = Table::new(
        Words::said("admin-chart-sign-ins"),
        &["admin-column-when", "admin-column-sign-ins", "admin-column-failures"],
        "admin-dashboard-nothing",
    )
    .numbers_from(1)
    .rows(moments().map(|at| vec![Words::when(at.from).into(), Words::number(at.sign_ins).into(), Words::number(at.failures).into()]));
    let sign_ups =
        Table::new(Words::said("admin-chart-sign-ups"), &["admin-column-when", "admin-column-sign-ups"], "admin-dashboard-nothing")
            .numbers_from(1)
            .rows(moments().map(|at| vec![Words::when(at.from).into(), Words::number(at.sign_ups).into()]));
    let section = |name: &str, title: &'static str, table| Section::new(name, Words::said(title)).with(chart(name, title, table));
    [section(SIGN_INS, "admin-chart-sign-ins", sign_ins), section(SIGN_UPS, "admin-chart-sign-ups", sign_ups)]
}

fn checklist(numbers: &Statistics) -> Section {
    let row = |checked: &Checked| {
        let (word, tone) = if checked.done { ("admin-checklist-done", Tone::Good) } else { ("admin-checklist-open", Tone::Warning) };
        vec![Cell::from(Words::named("admin-check", &checked.what)), Cell::from(Words::said(word)).badge(tone)]
    };
    let title = || Words::said("admin-dashboard-checklist");
    let table = Table::new(title(), &["admin-column-object", "admin-column-state"], "admin-dashboard-nothing");
    Section::new("checklist", title()).with(table.rows(numbers.checklist.iter().map(row)))
}

fn counted(id: &'static str, title: &'static str, column: &'static str, counted: &[Counted], say: impl Fn(String) -> Words) -> Section {
    let rows = counted.iter().map(|one| vec![Cell::from(say(one.name.clone())), Words::number(one.count).into()]);
    let table = Table::new(Words::said(title), &[column, "admin-column-number"], "admin-dashboard-nothing").numbers_from(1).rows(rows);
    Section::new(id, Words::said(title)).with(table)
}

async fn applications(desk: &Desk, numbers: &Statistics) -> Section {
    let (mut names, mut rows) = (Names::new(desk), Vec::with_capacity(numbers.applications.len()));
    for one in &numbers.applications {
        rows.push(vec![names.application(&one.name).await, Words::number(one.count).into()]);
    }
    let title = || Words::said("admin-dashboard-applications");
    let columns = ["admin-column-application", "admin-column-number"];
    let table = Table::new(title(), &columns, "admin-dashboard-nothing").numbers_from(1).rows(rows);
    Section::new("applications", title()).with(table)
}

/// `pwd`, or `fed` and the provider.
fn method(word: String) -> Words {
    match word.strip_prefix("fed ") {
        Some(provider) => {
            Words::said("admin-method-provider").text("provider", catalogue::find(provider).map_or(provider, |entry| &entry.name))
        }
        None => Words::named("admin-method", word),
    }
}

fn keys(numbers: &Statistics) -> Section {
    let rows = numbers.keys.iter().map(|key| vec![Cell::from(Words::code(&key.alg)), Words::number(key.age_days).into()]);
    let title = || Words::said("admin-dashboard-keys");
    let table = Table::new(title(), &["admin-column-algorithm", "admin-column-age"], "admin-keys-none").numbers_from(1).rows(rows);
    Section::new("keys", title()).with(table)
}

/// GET: one of the charts, as a picture.
pub(crate) async fn chart(desk: Desk, Path(name): Path<String>) -> Handled {
    let numbers = read(&desk).await?;
    let of = |count: fn(&chabi_admin::operation::statistics::Span) -> i64| numbers.over_time.iter().map(count).collect::<Vec<_>>();
    let series = match name.strip_suffix(".svg") {
        Some(SIGN_INS) => vec![of(|span| span.sign_ins), of(|span| span.failures)],
        Some(SIGN_UPS) => vec![of(|span| span.sign_ups)],
        _ => return Err(Trouble::NotFound.into()),
    };
    let by_hour = days(&desk) == 1;
    let labels = numbers.over_time.iter().map(|span| label(span.from, by_hour)).collect();
    Ok(charts::respond(&Bars { labels, series }, desk.query.get("dark").is_some())?)
}

/// Digits that every language reads: the hour, or month and day, UTC.
fn label(at: i64, by_hour: bool) -> String {
    let text = chabi_pages::Moment(at).machine_text();
    match by_hour {
        true => text.get(11..16).unwrap_or_default().to_owned(),
        false => text.get(5..10).unwrap_or_default().to_owned(),
    }
}
