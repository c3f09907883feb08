//! Devices that ask far too often: answered from memory, since each poll that counts is a durable write.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chabi_store::device_grant::DeviceGrantId;
use chabi_token::{Seconds, Timestamp};

/// Nobody is told to wait less than five times as long.
const AT_LEAST: Seconds = Seconds(1);
/// The memory never holds more; then the store counts them all.
const MOST_REMEMBERED: usize = 10_000;

/// When each device asked this node last.
#[derive(Default)]
pub(crate) struct DevicePolls(Mutex<HashMap<DeviceGrantId, Timestamp>>);

impl DevicePolls {
    /// True for a device that asked this very moment: RFC 8628 §3.5 has it slow down, and nothing need be written for that.
    pub(super) fn is_too_soon(&self, device: DeviceGrantId, now: Timestamp) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.get(&device).is_some_and(|before| now.since(*before) < AT_LEAST) {
            return true;
        }
        if asked.len() >= MOST_REMEMBERED {
            asked.retain(|_, before| now.since(*before) < AT_LEAST);
        }
        if asked.len() < MOST_REMEMBERED {
            asked.insert(device, now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use chabi_token::Id;

    use super::*;

    fn device(number: u128) -> DeviceGrantId {
        DeviceGrantId(Id::from_bytes(number.to_be_bytes()))
    }

    // req: dv.code
    #[test]
    fn a_device_counts_once_a_second_and_others_are_not_touched_by_it() {
        let (polls, second) = (DevicePolls::default(), |seconds: i64| Timestamp(0) + Seconds(seconds));
        assert!(!polls.is_too_soon(device(1), second(0)));
        assert!(polls.is_too_soon(device(1), second(0)));
        assert!(!polls.is_too_soon(device(2), second(0)));
        assert!(!polls.is_too_soon(device(1), second(1)));
    }

    // req: dos.map
    #[test]
    fn the_memory_is_bounded() {
        let polls = DevicePolls::default();
        for number in 0..10_010 {
            polls.is_too_soon(device(number), Timestamp(0));
        }
        assert_eq!(polls.0.lock().unwrap().len(), MOST_REMEMBERED);
    }
}
