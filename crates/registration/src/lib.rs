//! How applications come to be registered: the rules that every registration must keep, registration by themselves (RFC 7591 and
//! 7592), and client ids that are the URL of their metadata.

pub mod sector;
