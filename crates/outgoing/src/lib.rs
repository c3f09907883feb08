//! The one way out of the process: guarded HTTP, for everything that somebody else's word makes us fetch or deliver: a provider's
//! documents, an application's keys, its metadata, its logout URI.

pub mod documents;
pub mod guarded_http;
pub mod remembered;
pub mod roots;
pub mod special_addresses;

pub use documents::{Document, DocumentLimits, DocumentTrouble, Documents};
pub use guarded_http::{Answer, GuardedHttp, HttpSettings, HttpTrouble};
