//! The door: struct in, HTML or mail out.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chabi_spec::{
    Fault,
    cookie::{self, SetCookie},
};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use minijinja::{Environment, Value, context, value::Serde};

use crate::{
    FormFields, Frame, Language, Look, Page,
    admin::words,
    frame::address_in,
    headers, language,
    mail::{Mail, MailTemplate},
    messages::{Argument, Messages, made},
    static_files, template,
};

const LANGUAGE_COOKIE: &str = "chabi_language";
const A_YEAR: i64 = 31_536_000;

/// What all pages share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagesSettings {
    /// Shown in the frame, in titles and in mails.
    pub site_name: String,
    /// Where people's pages live, such as `/accounts`: no slash at the end.
    pub prefix: String,
    /// A line in the frame says that this is a development server.
    pub development: bool,
    /// The public URL is https: the language cookie is `Secure`, its name `__Host-…`.
    pub secure: bool,
}

/// All templates in all languages.
pub struct Pages {
    settings: PagesSettings,
    /// Below which path of the host all of it lives: empty, or `/…`.
    mount: String,
    /// In the order of the site.
    languages: Vec<Spoken>,
    look: Look,
}

/// A language, which costs nothing until the first page or mail in it.
struct Spoken {
    language: Language,
    loaded: OnceLock<Loaded>,
}

/// A language's words, and the templates that speak it.
struct Loaded {
    messages: Arc<Messages>,
    templates: Environment<'static>,
}

impl Pages {
    /// Reads nothing yet: a language is read, and a template compiled, when the first page needs it. Both are part of the program, and
    /// a test reads all of them.
    ///
    /// # Errors
    /// A fault when the prefix is not a path of plain words.
    pub fn new(settings: PagesSettings) -> Result<Self, Fault> {
        Self::below("", settings)
    }

    /// The same, where all of it lives below a path of the host, such as `/auth`: the issuer's. Requests come without it (whoever
    /// stands before us takes it away); every link has it.
    ///
    /// # Errors
    /// As [`Pages::new`].
    pub fn below(mount: &str, settings: PagesSettings) -> Result<Self, Fault> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_');
        if !settings.prefix.starts_with('/') || settings.prefix.ends_with('/') || !settings.prefix.chars().all(plain) {
            return Err(Fault::internal("reading the prefix of people's pages"));
        }
        let languages = Language::ALL.into_iter().map(|language| Spoken { language, loaded: OnceLock::new() }).collect();
        Ok(Self { settings, mount: mount.to_owned(), languages, look: Look::default() })
    }

    /// The same pages with a site's own look, in its own languages.
    #[must_use]
    pub fn dressed(mut self, look: Look) -> Self {
        if let Some(first) = look.languages().first() {
            self.languages.retain(|spoken| look.languages().contains(&spoken.language));
            self.languages.sort_by_key(|spoken| spoken.language != *first);
        }
        self.look = look;
        self
    }

    /// What is served as the site's own stylesheet; `None` where the theme is enough.
    #[must_use]
    pub fn stylesheet(&self) -> Option<&str> {
        self.look.stylesheet()
    }

    /// The path of the account page, as browsers ask for it: such as `/accounts/`.
    #[must_use]
    pub fn account_page(&self) -> String {
        format!("{}{}/", self.mount, self.settings.prefix)
    }

    /// Where a static file is, by its plain name.
    #[must_use]
    pub fn static_file(&self, name: &str) -> Option<String> {
        static_files::path_of(name).map(|path| format!("{}{path}", self.mount))
    }

    /// The name of the site.
    #[must_use]
    pub fn site_name(&self) -> &str {
        &self.settings.site_name
    }

    /// The frame for a request: its language by `ui_locales`, cookie and `Accept-Language`, and its address for the picker.
    #[must_use]
    pub fn frame(&self, uri: &Uri, headers: &HeaderMap) -> Frame {
        let address = uri.path_and_query().map_or("/", |address| address.as_str());
        self.frame_at(format!("{}{address}", self.mount), headers)
    }

    /// The same for an address (path and query) that stands as the browser asked for it.
    #[must_use]
    pub fn frame_at(&self, address: String, headers: &HeaderMap) -> Frame {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let wished = ui_locales(address.split_once('?').map_or("", |(_, query)| query));
        let cookie = text(header::COOKIE).and_then(|cookies| cookie::find(cookies, &cookie::name(LANGUAGE_COOKIE, self.settings.secure)));
        let spoken: Vec<Language> = self.languages.iter().map(|spoken| spoken.language).collect();
        Frame {
            language: language::choose_among(&spoken, wished.as_deref(), cookie, text(header::ACCEPT_LANGUAGE)),
            address,
            remember_language: wished.as_deref().and_then(|wished| language::by_ui_locales(&spoken, wished)).is_some(),
            signed_in: None,
        }
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// A fault when the template asks for what the page does not have; a test renders every page in every language.
    pub fn render<P: Page>(&self, page: &P, frame: &Frame) -> Result<String, Fault> {
        let loaded = self.load(frame.language)?;
        let title = match page.title_words() {
            Some(words) => words::plain(&loaded.messages, &Value::from(Serde(words))).map_err(rendering)?,
            None => {
                let arguments = page.title_arguments().into_iter().map(|(name, text)| (name.to_owned(), Argument::Text(text))).collect();
                loaded.messages.text(P::TITLE, &arguments).map_err(rendering)?
            }
        };
        let address = match page.carried() {
            Some(form) => format!("{}{}", frame.address.split('?').next().unwrap_or_default(), form.query()),
            None => frame.address.clone(),
        };
        let choices: Vec<_> = self
            .languages
            .iter()
            .map(|spoken| {
                let language = spoken.language;
                context! {
                    tag => language.tag(), name => language.own_name(), current => language == frame.language,
                    url => address_in(&address, language),
                }
            })
            .collect();
        let context = context! {
            page => Value::from(Serde(page)),
            title,
            language => frame.language.tag(),
            direction => frame.language.direction(),
            signed_in => frame.signed_in.as_deref(),
            choices,
            site_stylesheet => self.look.stylesheet_path().map(|path| format!("{}{path}", self.mount)),
            query => page.carried().map(FormFields::query).unwrap_or_default(),
        };
        loaded.templates.get_template(P::TEMPLATE).and_then(|template| template.render(context)).map_err(rendering)
    }

    /// The page as a whole answer: the status that fits it, the security headers, `Retry-After`, the cookie of the language.
    ///
    /// # Errors
    /// As [`Pages::render`].
    pub fn respond<P: Page>(&self, page: &P, frame: &Frame) -> Result<Response<String>, Fault> {
        self.respond_with(page.status(), page, frame)
    }

    /// As [`Pages::respond`], with another status.
    ///
    /// # Errors
    /// As [`Pages::render`].
    pub fn respond_with<P: Page>(&self, status: StatusCode, page: &P, frame: &Frame) -> Result<Response<String>, Fault> {
        let mut response = Response::new(self.render(page, frame)?);
        *response.status_mut() = status;
        let answer = response.headers_mut();
        answer.extend(headers::for_page(page.form_leaves()));
        if page.runs_our_scripts() {
            answer.insert(header::CONTENT_SECURITY_POLICY, headers::policy_with_our_scripts(page.form_leaves()));
        }
        if let Some(origin) = page.image_source() {
            let policy = headers::policy_with_pictures(P::FORM_LEAVES, &origin).map_err(rendering)?;
            answer.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(nonce) = page.script_nonce() {
            answer.insert(header::CONTENT_SECURITY_POLICY, headers::policy_with_script(nonce).map_err(rendering)?);
        }
        answer.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(frame.language.tag()));
        answer.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
        if let Some(seconds) = page.retry_after() {
            answer.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if frame.remember_language {
            let cookie = SetCookie::new(LANGUAGE_COOKIE, frame.language.tag(), self.settings.secure).max_age(A_YEAR).to_string();
            answer.append(header::SET_COOKIE, HeaderValue::try_from(cookie).map_err(rendering)?);
        }
        Ok(response)
    }

    /// A mail in a language, as text and as HTML.
    ///
    /// # Errors
    /// As [`Pages::render`].
    pub fn mail<M: MailTemplate>(&self, to: &str, mail: &M, language: Language) -> Result<Mail, Fault> {
        let loaded = self.load(language)?;
        let mut arguments: BTreeMap<_, _> =
            mail.subject_arguments().into_iter().map(|(name, text)| (name.to_owned(), Argument::Text(text))).collect();
        arguments.insert("site".to_owned(), Argument::Text(self.settings.site_name.clone()));
        let subject = loaded.messages.text(mail.subject(), &arguments).map_err(rendering)?;
        let render = |extension: &str| {
            let context = context! {
                mail => Value::from(Serde(mail)), subject => subject.as_str(), language => language.tag(), direction => language.direction(),
            };
            let name = format!("mail/{}.{extension}", M::TEMPLATE);
            loaded.templates.get_template(&name).and_then(|template| template.render(context)).map_err(rendering)
        };
        Ok(Mail { to: to.to_owned(), text: render("txt")?, html: render("html")?, subject: crate::mail::one_line(&subject) })
    }

    /// A language that the site does not speak is its first one.
    fn load(&self, language: Language) -> Result<&Loaded, Fault> {
        let found = self.languages.iter().find(|spoken| spoken.language == language).or_else(|| self.languages.first());
        let spoken = found.ok_or_else(|| Fault::internal("finding a language"))?;
        made(&spoken.loaded, || {
            let messages = Messages::shared(spoken.language)?;
            let templates = template::environment(&messages, &self.settings, &self.mount)?;
            Ok(Loaded { messages, templates })
        })
    }
}

fn rendering(said: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
    Fault::internal("rendering a page").because(said)
}

fn ui_locales(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ui_locales").map(|(_, value)| value.into_owned())
}
