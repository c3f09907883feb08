//! Writes every page and mail in every language to a folder, to be looked at: `cargo run -p chabi-pages --example gallery -- <folder>`.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for the people who work on the pages; it runs nowhere else")]

mod samples;

use std::{collections::BTreeSet, fs, path::PathBuf};

use chabi_pages::{Frame, Language, Page, Pages, PagesSettings, StaticFile, mail::MailTemplate, page::FormPost};

struct Gallery {
    folder: PathBuf,
    pages: Pages,
    language: Language,
    templates: BTreeSet<&'static str>,
}

impl Gallery {
    fn write(&self, name: &str, html: &str) {
        let html = html.replace("\"/static/chabi/", "\"");
        for file in html.split('"').filter(|text| text.ends_with(".css") || text.ends_with(".svg")) {
            if let Some(found) = StaticFile::find(file) {
                fs::write(self.folder.join(file), found.content).expect("the folder can be written to");
            }
        }
        let path = self.folder.join(format!("{name}.{}.html", self.language.tag()));
        fs::write(&path, html).expect("the folder can be written to");
        println!("{}", path.display());
    }
}

impl samples::Visitor for Gallery {
    fn page<P: Page>(&mut self, name: &str, page: &P) {
        let frame = Frame { address: "/accounts/login/".into(), ..Frame::in_language(self.language) };
        let frame = if name.starts_with("account") { frame.signed_in_as("Ada Rahman") } else { frame };
        let html = self.pages.render(page, &frame).expect("every page renders");
        self.templates.insert(P::TEMPLATE);
        self.write(name, &html);
    }

    fn mail<M: MailTemplate>(&mut self, name: &str, mail: &M) {
        let mail = self.pages.mail("ada@example.test", mail, self.language).expect("every mail renders");
        self.write(&format!("mail_{name}"), &mail.html);
        fs::write(self.folder.join(format!("mail_{name}.{}.txt", self.language.tag())), mail.text).expect("the folder can be written to");
    }
}

/// No sample of the tests: a form without a token of ours, as it goes to the application.
fn form_post() -> FormPost {
    let target = "https://app.example.com/callback".to_owned();
    let fields = vec![("code", "chabi_code_0".to_owned()), ("state", "s".to_owned())];
    FormPost { target, fields, application: samples::USUAL.application.to_owned(), nonce: "n-1".to_owned() }
}

fn main() {
    let folder: PathBuf = std::env::args_os().nth(1).map_or_else(|| std::env::temp_dir().join("chabi-gallery"), PathBuf::from);
    fs::create_dir_all(&folder).expect("the folder can be made");
    for language in Language::ALL {
        let settings = PagesSettings { site_name: "Chabi".into(), prefix: "/accounts".into(), development: true, secure: false };
        let pages = Pages::new(settings).expect("the templates compile");
        let mut gallery = Gallery { folder: folder.clone(), pages, language, templates: BTreeSet::new() };
        samples::visit(samples::USUAL, &mut gallery);
        samples::Visitor::page(&mut gallery, "form_post", &form_post());
        // what has a sample, for whoever looks for what has none
        fs::write(folder.join("templates.json"), format!("{:?}", gallery.templates.iter().collect::<Vec<_>>())).expect("as above");
    }
}
