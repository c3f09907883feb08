//! A device without a browser is connected here (RFC 8628): the code, the question, and the end.

use http::StatusCode;
use serde::Serialize;

use super::{About, ConsentApi, ConsentLifetime, Page};
use crate::{FormFields, FormProblem, problem};

/// Asks for the code that a device shows. Posts `code` to `/device`; the button is `device-submit`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EnterDeviceCode {
    /// Hidden fields.
    pub form: FormFields,
    /// Path to post to.
    pub action: String,
    /// To be filled in: from a link or picture that the device showed, or as it was typed before.
    pub code: String,
    /// Field: `code`.
    pub problems: Vec<FormProblem>,
}

impl Page for EnterDeviceCode {
    const TEMPLATE: &'static str = "enter_device_code.html";
    const TITLE: &'static str = "device-title";

    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
    fn status(&self) -> StatusCode {
        problem::status_of(&self.problems)
    }
    fn retry_after(&self) -> Option<i64> {
        problem::retry_after(&self.problems)
    }
}

/// Asks whether to connect a device, and warns of those who send codes to others. Posts `decision` = `allow`, with a `scope` for each
/// ticked one, or `deny`; the buttons are `device-allow` and `device-deny`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConfirmDevice {
    /// Hidden fields.
    pub form: FormFields,
    /// Path to post to.
    pub action: String,
    /// The application on the device.
    pub application: String,
    /// What it says of itself.
    pub about: About,
    /// Must be what the device shows.
    pub code: String,
    /// What it may learn and do.
    pub apis: Vec<ConsentApi>,
    /// How long.
    pub lifetime: ConsentLifetime,
    /// Name of the account that will be used.
    pub account_name: String,
    /// Its address; empty when it has none.
    pub account_address: String,
    /// Path and query of "not you?".
    pub switch_url: String,
}

impl Page for ConfirmDevice {
    const TEMPLATE: &'static str = "confirm_device.html";
    const TITLE: &'static str = "device-confirm-title";

    fn image_source(&self) -> Option<String> {
        self.about.image_source()
    }
    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("application", self.application.clone())]
    }
}

/// Says what was decided; the device goes on by itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeviceDone {
    /// It was allowed.
    pub allowed: bool,
}

impl Page for DeviceDone {
    const TEMPLATE: &'static str = "device_done.html";
    const TITLE: &'static str = "device-done-title";
}
