//! The whole of Chabi over HTTP, in process: the real router on a real store, with a clock moved by hand and seeded randomness.
//!
//! Tests of a standard stand in folders by RFC and section; what belongs to no standard has a file of its own.

mod building;
mod journey;
mod server;
mod surroundings;
