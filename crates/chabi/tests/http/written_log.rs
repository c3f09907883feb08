//! What is logged, kept in memory.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

/// Everything that a subscriber writes. Clones share it.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Until now.
    pub fn written(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}
