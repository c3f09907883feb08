//! The templates of one language, each compiled when it is first rendered.

use std::{collections::BTreeMap, sync::Arc};

use chabi_spec::Fault;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter,
    syntax::SyntaxConfig,
    value::{Kwargs, ValueKind},
};

use crate::{
    Moment, PagesSettings,
    admin::words,
    messages::{Argument, Messages, escaped},
    static_files,
};

macro_rules! templates {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../templates/", $name)))),*] };
}

pub(crate) const TEMPLATES: &[(&str, &str)] = &templates![
    "account.html",
    "add_email.html",
    "admin/blocks.html",
    "admin/form.html",
    "admin/screen.html",
    "application.html",
    "asked.html",
    "change_password.html",
    "choose_account.html",
    "confirm_device.html",
    "confirm_email.html",
    "connections.html",
    "consent.html",
    "device_done.html",
    "email_confirmed.html",
    "email_link_unusable.html",
    "enter_device_code.html",
    "enter_email_code.html",
    "fault.html",
    "forgot_password.html",
    "form.html",
    "form_post.html",
    "frame.html",
    "link_account_needed.html",
    "mail/already_registered.html",
    "mail/already_registered.txt",
    "mail/frame.html",
    "mail/notice.html",
    "mail/notice.txt",
    "mail/reset_password.html",
    "mail/reset_password.txt",
    "mail/verify_address.html",
    "mail/verify_address.txt",
    "new_password_set.html",
    "not_found.html",
    "page_expired.html",
    "password_mail_sent.html",
    "provider_answer_in_fragment.html",
    "provider_buttons.html",
    "provider_start.html",
    "provider_tested.html",
    "provider_trouble.html",
    "refused.html",
    "set_new_password.html",
    "sign_in.html",
    "sign_out.html",
    "sign_up.html",
    "signed_out.html",
    "too_many_requests.html",
];

/// All templates, with the functions that speak `messages`' language:
///
/// - `t(key, …)`: the message as text, escaped where it is printed;
/// - `rich(key, …)`: the message as HTML, its text arguments in `<bdi>`;
/// - `problem(value)`: a [`crate::Problem`] in words;
/// - `scope_text(word)`: a scope in words, or none;
/// - `claim_text(name)`: a claim of OpenID Connect in words, or none;
/// - `when(moment)`: a `<time>` element, and `when_text(moment)` for plain text;
/// - `say(words)`: [`crate::admin::Words`] as HTML, and `say_text(words)` as plain text;
/// - `at(url)`: a path of ours as browsers ask for it, and any other address as it is;
/// - `static_file(name)`: its path.
pub(crate) fn environment(messages: &Arc<Messages>, settings: &PagesSettings, mount: &str) -> Result<Environment<'static>, Fault> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(print);
    // Everything but plain text of mails is HTML.
    environment.set_auto_escape_callback(|name| if name.ends_with(".txt") { AutoEscape::None } else { AutoEscape::Html });
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    let syntax = syntax.map_err(|said| Fault::internal("choosing the syntax of templates").because(said))?;
    environment.set_syntax(syntax);
    environment.add_global("site_name", settings.site_name.clone());
    environment.add_global("prefix", format!("{mount}{}", settings.prefix));
    environment.add_global("development", settings.development);
    add_functions(&mut environment, messages);
    let own = mount.to_owned();
    environment.add_function("at", move |url: &str| if url.starts_with('/') { format!("{own}{url}") } else { url.to_owned() });
    let mount = mount.to_owned();
    environment.add_function("static_file", move |name: &str| {
        failing(static_files::path_of(name).map(|path| format!("{mount}{path}")).ok_or_else(|| format!("no file {name}")))
    });
    environment.set_loader(|name| Ok(TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, source)| (*source).to_owned())));
    Ok(environment)
}

/// Prints a value into a template: text is escaped in HTML, and what is absent is a mistake.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match (state.auto_escape(), value.kind(), value.as_str()) {
        (_, ValueKind::None, _) => Err(Error::new(ErrorKind::UndefinedError, "an absent value cannot be printed")),
        (AutoEscape::Html, ValueKind::String, Some(text)) if !value.is_safe() => out.write_str(&escaped(text)).map_err(Error::from),
        _ => escape_formatter(out, state, value),
    }
}

fn add_functions(environment: &mut Environment<'static>, messages: &Arc<Messages>) {
    let own = Arc::clone(messages);
    environment.add_function("t", move |key: &str, given: Kwargs| failing(own.text(key, &arguments(&given)?)));
    let own = Arc::clone(messages);
    environment
        .add_function("rich", move |key: &str, given: Kwargs| failing(own.rich(key, &arguments(&given)?)).map(Value::from_safe_string));
    let own = Arc::clone(messages);
    environment.add_function("problem", move |problem: Value| {
        let key = problem.get_attr("key")?;
        let given = problem.get_attr("arguments")?;
        let mut arguments = BTreeMap::new();
        for name in given.try_iter()? {
            arguments.insert(name.to_string(), argument(&given.get_item(&name)?));
        }
        failing(own.text(key.as_str().unwrap_or_default(), &arguments))
    });
    for (function, family) in [("scope_text", "scope"), ("claim_text", "claim")] {
        let own = Arc::clone(messages);
        environment.add_function(function, move |word: &str| {
            let key = format!("{family}-{}", word.replace([':', '_', '.'], "-"));
            match own.has(&key) {
                true => failing(own.text(&key, &BTreeMap::new())).map(Some),
                false => Ok(None),
            }
        });
    }
    let own = Arc::clone(messages);
    environment.add_function("when", move |seconds: i64| {
        let moment = Moment(seconds);
        let text = failing(own.moment(moment))?;
        Ok::<_, Error>(Value::from_safe_string(format!("<time datetime=\"{}\">{}</time>", moment.machine_text(), escaped(&text))))
    });
    let own = Arc::clone(messages);
    environment.add_function("when_text", move |seconds: i64| failing(own.moment(Moment(seconds))));
    let own = Arc::clone(messages);
    environment.add_function("say", move |said: Value| words::html(&own, &said).map(Value::from_safe_string));
    let own = Arc::clone(messages);
    environment.add_function("say_text", move |said: Value| words::plain(&own, &said));
}

fn arguments(given: &Kwargs) -> Result<BTreeMap<String, Argument>, Error> {
    given.args().map(|name| Ok((name.to_owned(), argument(&given.get::<Value>(name)?)))).collect()
}

fn argument(value: &Value) -> Argument {
    match (value.kind(), value.as_i64()) {
        (ValueKind::Number, Some(number)) => Argument::Number(number),
        _ => Argument::Text(value.to_string()),
    }
}

fn failing<T>(result: Result<T, String>) -> Result<T, Error> {
    result.map_err(|said| Error::new(ErrorKind::InvalidOperation, said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    /// None is compiled before it is needed, so that a mistake in one would show at its first page alone.
    #[test]
    fn every_template_compiles() {
        let settings = PagesSettings { site_name: "Chabi".into(), prefix: "/accounts".into(), development: false, secure: true };
        let environment = environment(&Messages::shared(Language::English).unwrap(), &settings, "").unwrap();
        for (name, _) in TEMPLATES {
            environment.get_template(name).unwrap();
        }
        assert!(environment.get_template("nowhere.html").is_err());
    }
}
