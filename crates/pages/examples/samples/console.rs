//! Pages of the console: every kind of block and field, with strangers' words in each.

use chabi_pages::admin::{
    Block, Card, Cell, Chart, Choice, Copy, Fact, Field, FieldKind, FieldProblem, Form, Link, Press, Screen, Section, Step, Table, Tile,
    Tone, Words,
};

use super::{Visitor, Words as Chosen, google};

pub fn console(words: Chosen, visitor: &mut impl Visitor) {
    visitor.page("console_bare", &Screen::new(Words::said("admin-no-role-title")).with(Words::said("admin-no-role-what")));
    visitor.page("console", &full(words));
    let mut form = Screen::new(Words::said("admin-application-edit-title").text("application", words.application)).with(every_field(words));
    form.problems = vec![
        FieldProblem { field: Some("name".into()), words: Words::hint(words.host) },
        FieldProblem { field: Some("redirect_uris".into()), words: Words::said("admin-problem-missing") },
        FieldProblem { field: Some("grant_types".into()), words: Words::hint(words.person) },
        FieldProblem { field: Some("issuer".into()), words: Words::about(words.host, Words::said("admin-problem-missing")) },
        FieldProblem { field: None, words: Words::hint(words.application) },
    ];
    visitor.page("console_form", &form);
}

fn full(words: Chosen) -> Screen {
    let table = Table::new(Words::said("admin-accounts-title"), &["admin-column-name", "admin-column-number"], "admin-accounts-none")
        .numbers_from(1)
        .rows([vec![
            Cell::from(Words::typed(words.person)).to("/admin/accounts/").over(Words::typed(words.address)),
            Cell::from(vec![Words::number(42), Words::code(words.host)]),
        ]]);
    let paged = Table { next: Some("/admin/accounts/?cursor=c".into()), first: Some("/admin/accounts/".into()), ..table.clone() };
    let press = Form::post("/admin/accounts/a/block/", "csrf-token", "admin-remove").press(Press::Plain).about(words.person);
    let facts = vec![
        Fact::new("admin-column-name", Words::typed(words.application)),
        Fact::new("admin-column-state", Cell::from(Words::said("admin-on")).badge(Tone::Good)),
        Fact::new("admin-column-client-id", press),
        Fact::new("admin-fact-created", Words::when(1_795_527_000)),
    ];
    let card = Card {
        title: Words::typed(words.application),
        about: Some(Words::hint(words.host)),
        url: "/admin/social/new/google/".into(),
        mark: Some(google().mark),
        badge: Some(Words::said("admin-on")),
    };
    let steps = vec![
        Step { words: Words::hint(words.host), link: Some(Link::new(Words::typed(words.host), "https://console.example/")) },
        Step { words: Words::said("admin-no-role-what"), link: None },
    ];
    let chart = Chart {
        alt: Words::said("admin-accounts-title"),
        light: "/admin/charts/entrances.svg?days=7".into(),
        dark: "/admin/charts/entrances.svg?days=7&dark=1".into(),
        table: table.clone(),
    };
    let section = Section::new("everything", Words::said("admin-snippets"))
        .with(Block::Facts(facts))
        .with(paged)
        .with(Table::new(Words::said("admin-keys-title"), &["admin-column-name"], "admin-accounts-none"))
        .with(Block::Tiles(vec![Tile { label: Words::said("admin-column-number"), value: Words::number(7) }]))
        .with(Block::Cards(vec![card]))
        .with(Block::Steps(steps))
        .with(Copy::new("client-id", Words::said("admin-column-client-id"), words.host))
        .with(Copy { lines: true, ..Copy::new("lines", Words::typed(words.application), words.host) })
        .with(Block::Lines(Words::said("admin-token-answer"), words.host.into()));
    let tones = [Tone::Note, Tone::Warning, Tone::Good, Tone::Bad, Tone::Small];
    let said = tones.into_iter().fold(Section::bare(), |section, tone| section.with(Block::Text(Words::typed(words.person), tone)));
    let mut page = Screen::new(Words::said("admin-accounts-title"))
        .below(Words::typed(words.application), "/admin/")
        .section(said)
        .section(section.with(chart))
        .with(Block::Links(vec![
            Link::new(Words::said("admin-edit"), "/admin/").primary(),
            Link::new(Words::said("admin-remove"), "/admin/"),
        ]));
    page.navigation = vec![Link::new(Words::said("admin-accounts-title"), "/admin/accounts/").current(true)];
    page.notice = Some(Words::said("admin-done-saved"));
    page
}

fn every_field(words: Chosen) -> Form {
    let choices = || [Choice { hint: Some(Words::hint(words.host)), ..Choice::new(words.host, Words::typed(words.person), true) }];
    Form::post("/admin/applications/edit/?id=a", "csrf-token", "admin-save")
        .id("save")
        .hidden("kind", words.host)
        .field(Field::text("name", "admin-field-name", words.application).hint("admin-hint-application-name"))
        .field(Field::code("client_id", "admin-column-client-id", words.host))
        .field(Field::new(FieldKind::Lines, "redirect_uris", "admin-redirect-uris").value(words.host))
        .field(Field::new(FieldKind::Secret, "client_secret", "admin-field-secret"))
        .field(Field::new(FieldKind::SecretLines, "key", "admin-field-secret"))
        .field(Field::new(FieldKind::Number, "minutes", "admin-column-number").value("5"))
        .field(Field::new(FieldKind::Search, "search", "admin-search").value(words.host))
        .field(Field::new(FieldKind::Date, "day", "admin-fact-created").value("2026-01-01"))
        .field(Field::tick("first_party", "admin-field-first-party", true).hint("admin-hint-first-party"))
        .field(Field::new(FieldKind::Paragraph, "address", "admin-claim-address").value(words.person))
        .more([Field::code("issuer", "admin-field-issuer", words.host).optional().hint("admin-hint-site-issuer")])
        .field(Field::new(FieldKind::Radio, "profile", "admin-field-profile").choices(choices()))
        .field(Field::new(FieldKind::Ticks, "grant_types", "admin-fact-grant-types").choices(choices()))
        .field(Field::new(FieldKind::Select, "alg", "admin-fact-id-token-alg").choices(choices()))
        .back(Words::said("admin-cancel"), "/admin/")
}
