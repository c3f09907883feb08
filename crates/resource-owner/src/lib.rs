//! People: their accounts, passwords, browser sessions, e-mail addresses, sign-in by other providers, and consent.
//!
//! Everything a person sees lives under one prefix (`/accounts`), with the route names of django-allauth. The authorization server
//! asks this crate through its port alone: [`ResourceOwner`] implements `ResourceOwnerGate`.
//!
//! A handler reads as the ordered list of its checks: form, CSRF token, throttle, rule, one transaction, mail, answer.

pub mod accounts;
mod audit;
pub mod browser;
mod browser_state;
mod continuation;
pub mod email;
mod gate;
mod mails;
pub mod next;
mod page;
pub mod password;
pub mod respond;
mod router;
pub mod session;
mod settings;
pub mod social;
mod state;
mod throttle;
mod user_agent;
mod verification;
mod visit;

pub use router::{router, router_from_elsewhere, with_visits};
pub use settings::{PasswordSettings, SessionSettings, Settings, ThrottleSettings};
pub use state::{Parts, ResourceOwner};
pub use visit::{SignedIn, Visit};
