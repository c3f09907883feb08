//! Writes every page and mail in every language to a folder, to be looked at: `cargo run -p chabi-pages --example gallery -- <folder>`.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for the people who work on the pages; it runs nowhere else")]

mod samples;

use std::{fs, path::PathBuf};

use chabi_pages::{Frame, Language, Page, Pages, PagesSettings, StaticFile, mail::MailTemplate};

struct Gallery {
    folder: PathBuf,
    pages: Pages,
    language: Language,
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
        self.write(name, &html);
    }

    fn mail<M: MailTemplate>(&mut self, name: &str, mail: &M) {
        let mail = self.pages.mail("ada@example.test", mail, self.language).expect("every mail renders");
        self.write(&format!("mail_{name}"), &mail.html);
        fs::write(self.folder.join(format!("mail_{name}.{}.txt", self.language.tag())), mail.text).expect("the folder can be written to");
    }
}

fn main() {
    let folder: PathBuf = std::env::args_os().nth(1).map_or_else(|| std::env::temp_dir().join("chabi-gallery"), PathBuf::from);
    fs::create_dir_all(&folder).expect("the folder can be made");
    for language in Language::ALL {
        let settings = PagesSettings { site_name: "Chabi".into(), prefix: "/accounts".into(), development: true, secure: false };
        let pages = Pages::new(settings).expect("the templates compile");
        samples::visit(samples::USUAL, &mut Gallery { folder: folder.clone(), pages, language });
    }
}
