//! The pages of the documentation that are written from the catalogue.

#[cfg(test)]
mod page;
