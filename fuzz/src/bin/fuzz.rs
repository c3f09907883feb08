//! One target under libFuzzer, named by `CHABI_FUZZ_TARGET`: built and run by `cargo xtask fuzz`.
#![no_main]

use std::sync::LazyLock;

use chabi_fuzz::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("CHABI_FUZZ_TARGET").unwrap_or_default();
    chabi_fuzz::find(&name).unwrap_or_else(|| panic!("CHABI_FUZZ_TARGET names no target: {name:?}"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
