//! Reads server-sent events (HTML §9.2) as they come, in pieces of any size.

/// One event, or what has come of it. A thousand entries take some 60 KB.
const LARGEST_EVENT: usize = 512 * 1024;
/// Ids are short numbers.
const LONGEST_ID: usize = 64;

/// What came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// `event`; empty when it was not said.
    pub(super) name: String,
    /// All `data` lines.
    pub(super) data: String,
    /// `id` of this event.
    pub(super) id: Option<String>,
}

/// Not a stream that we can read; it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAStream {
    #[error("an event is too large")]
    TooLarge,
    #[error("an event is not UTF-8")]
    NotText,
}

/// Puts pieces together.
#[derive(Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
}

impl Reader {
    /// The events that are complete with this piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<Event>, NotAStream> {
        let mut events = Vec::new();
        let mut lines = piece.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = lines.next() {
            if self.line.len() + self.event.data.len() + part.len() > LARGEST_EVENT {
                return Err(NotAStream::TooLarge);
            }
            self.line.extend_from_slice(part);
            // the last part has no end yet
            if lines.peek().is_some() {
                events.extend(self.end_of_line()?);
            }
        }
        Ok(events)
    }

    fn end_of_line(&mut self) -> Result<Option<Event>, NotAStream> {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).map_err(|_| NotAStream::NotText)?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return Ok(std::mem::take(&mut self.has_data).then_some(event));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event.name = value.to_owned(),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.has_data = true;
            }
            "id" if value.len() <= LONGEST_ID && value.bytes().all(|byte| byte.is_ascii_graphic()) => {
                self.event.id = Some(value.to_owned())
            }
            // comments, `retry`, and what will be thought of later
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str, id: Option<&str>) -> Event {
        Event { name: name.into(), data: data.into(), id: id.map(str::to_owned) }
    }

    #[test]
    fn events_read_alike_however_they_are_cut() {
        let text = ": hello\n\nid: 7\r\nevent: revoked\r\ndata: {\"a\":1}\r\n\r\ndata:x\ndata: y\nretry: 1\nnonsense\n\nevent: empty\n\nid:\ndata\n\ndata: unfinished\n";
        let expected = [event("revoked", "{\"a\":1}", Some("7")), event("", "x\ny", None), event("", "", Some(""))];
        for size in [1, 2, 3, 7, text.len()] {
            let mut reader = Reader::default();
            let read: Vec<_> = text.as_bytes().chunks(size).flat_map(|piece| reader.push(piece).unwrap()).collect();
            assert_eq!(read, expected, "{size}");
        }
    }

    #[test]
    fn a_line_or_an_event_without_end_is_given_up() {
        let piece = vec![b'x'; 64 * 1024];
        let mut reader = Reader::default();
        assert_eq!((0..20).find_map(|_| reader.push(&piece).err()), Some(NotAStream::TooLarge));
        let mut reader = Reader::default();
        let line = [b"data: ", piece.as_slice(), b"\n"].concat();
        assert_eq!((0..20).find_map(|_| reader.push(&line).err()), Some(NotAStream::TooLarge));
    }

    #[test]
    fn what_is_not_text_is_given_up_and_an_odd_id_is_not_taken() {
        assert_eq!(Reader::default().push(b"data: \xff\xfe\n"), Err(NotAStream::NotText));
        for id in ["a b", "\u{0}", "é", &"1".repeat(65)] {
            let events = Reader::default().push(format!("id: {id}\ndata: x\n\n").as_bytes()).unwrap();
            assert_eq!(events, [event("", "x", None)], "{id}");
        }
    }
}
