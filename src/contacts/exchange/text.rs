//! A file as numbered lines of text, whatever it is written in.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1251};

use crate::error::{Error, Result};
use crate::text::tr;

/// The longest line; a photograph in a card may be one.
const LONGEST: u64 = 16 << 20;

/// Reads a file line by line.
pub struct Lines {
    input: Box<dyn BufRead + Send>,
    /// Lines that were read and put back
    again: VecDeque<(u64, String)>,
    line: u64,
    /// Bytes of the file that have been read
    read: Arc<AtomicU64>,
}

/// The encoding of this name, as browsers and people know it: `cp1251`, `windows-1251`, `koi8-r`, `utf-16le`.
pub fn encoding(name: &str) -> Result<&'static Encoding> {
    let known = match name.to_ascii_lowercase().as_str() {
        "cp866" | "dos" => Some(encoding_rs::IBM866),
        name => Encoding::for_label(name.as_bytes()),
    };
    known.ok_or_else(|| {
        Error::Usage(tr(
            format!("нет кодировки «{name}»; есть utf-8, cp1251, koi8-r, cp866, utf-16le"),
            format!("no encoding '{name}'; there are utf-8, cp1251, koi8-r, cp866, utf-16le"),
        ))
    })
}

impl Lines {
    /// Of a file in this encoding; `None` for what the file says itself, else UTF-8.
    pub fn of(file: impl Read + Send + 'static, encoding: Option<&'static Encoding>) -> Result<Lines> {
        let read = Arc::new(AtomicU64::new(0));
        let mut raw = BufReader::with_capacity(1 << 16, Counted { file, read: read.clone() });
        let (marked, mark) = Encoding::for_bom(raw.fill_buf().map_err(lost)?).map_or((None, 0), |(encoding, mark)| (Some(encoding), mark));
        raw.consume(mark);
        let input: Box<dyn BufRead + Send> = match marked.or(encoding) {
            None => Box::new(raw),
            Some(encoding) if encoding == UTF_8 => Box::new(raw),
            Some(encoding) => Box::new(BufReader::new(Decoded {
                raw,
                decoder: encoding.new_decoder_without_bom_handling(),
                left: Vec::new(),
                at: 0,
                ended: false,
            })),
        };
        Ok(Lines { input, again: VecDeque::new(), line: 0, read })
    }

    /// How many bytes of the file have been read; another thread may look.
    pub fn read(&self) -> Arc<AtomicU64> {
        self.read.clone()
    }

    /// The next line with its number, without its end. Bytes that are no text are an error that says what they may be.
    pub fn line(&mut self) -> Result<Option<(u64, String)>> {
        if let Some(again) = self.again.pop_front() {
            return Ok(Some(again));
        }
        let mut bytes = Vec::new();
        let length = (&mut self.input).take(LONGEST).read_until(b'\n', &mut bytes).map_err(lost)?;
        if length == 0 {
            return Ok(None);
        }
        self.line += 1;
        if length as u64 == LONGEST {
            return Err(Error::NotText { line: self.line, looks_like: None });
        }
        let end = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let end = end.strip_suffix(b"\r").unwrap_or(end).len();
        bytes.truncate(end);
        if bytes.contains(&0) {
            return Err(Error::NotText { line: self.line, looks_like: None });
        }
        let text = String::from_utf8(bytes);
        text.map(|text| Some((self.line, text))).map_err(|error| Error::NotText { line: self.line, looks_like: guess(error.as_bytes()) })
    }

    /// Lines to be read once more, in their order.
    pub fn put_back(&mut self, lines: impl DoubleEndedIterator<Item = (u64, String)>) {
        lines.rev().for_each(|line| self.again.push_front(line));
    }
}

/// Text of one byte a letter is Russian when it gives Russian words in that encoding: capitals inside words are the sign of a wrong one.
fn guess(bytes: &[u8]) -> Option<&'static str> {
    let words = |encoding: &'static Encoding| {
        let text = encoding.decode_without_bom_handling(bytes).0.into_owned();
        let is_russian = |c: char| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
        let letters = text.chars().filter(|c| !c.is_ascii()).count();
        let russian = text.chars().filter(|&c| is_russian(c)).count();
        let odd = text.chars().zip(text.chars().skip(1)).filter(|(one, next)| one.is_lowercase() && next.is_uppercase()).count();
        (russian * 10 >= letters * 9).then_some(odd)
    };
    let likely = [("cp1251", WINDOWS_1251), ("koi8-r", encoding_rs::KOI8_R), ("cp866", encoding_rs::IBM866)];
    likely.into_iter().filter_map(|(name, encoding)| Some((words(encoding)?, name))).min_by_key(|(odd, _)| *odd).map(|(_, name)| name)
}

fn lost(source: io::Error) -> Error {
    Error::Io { path: tr("файл импорта", "the file to import").into(), source }
}

/// Counts what is read.
struct Counted<R> {
    file: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Makes UTF-8 of another encoding on the way.
struct Decoded<R> {
    raw: R,
    decoder: Decoder,
    left: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.left.len() && !self.ended {
            let raw = self.raw.fill_buf()?;
            self.ended = raw.is_empty();
            let mut text = String::with_capacity(self.decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16));
            let (result, length, _) = self.decoder.decode_to_string(raw, &mut text, self.ended);
            debug_assert_eq!(result, CoderResult::InputEmpty);
            self.raw.consume(length);
            (self.left, self.at) = (text.into_bytes(), 0);
        }
        let length = buffer.len().min(self.left.len() - self.at);
        buffer[..length].copy_from_slice(&self.left[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &'static [u8], encoding: Option<&'static Encoding>) -> Result<Vec<(u64, String)>> {
        let mut lines = Lines::of(bytes, encoding)?;
        std::iter::from_fn(|| lines.line().transpose()).collect()
    }

    #[test]
    fn a_mark_at_the_beginning_says_what_the_file_is() {
        let expected = [(1, "Имя".to_owned()), (2, "Ёлкин".to_owned())];
        assert_eq!(lines("\u{feff}Имя\r\nЁлкин".as_bytes(), None).unwrap(), expected);
        let wide: Vec<u8> = "\u{feff}Имя\nЁлкин\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(wide.leak(), None).unwrap(), expected);
    }

    #[test]
    fn another_encoding_is_recognised_and_read_when_it_is_named() {
        let text = "Имя;Компания\nЁлкин Пётр;ООО «Ромашка»\n";
        for name in ["cp1251", "koi8-r", "cp866"] {
            let bytes: &'static [u8] = encoding(name).unwrap().encode(&text.replace(['«', '»'], "")).0.into_owned().leak();
            let error = lines(bytes, None).unwrap_err();
            assert!(matches!(error, Error::NotText { line: 1, looks_like: Some(guessed) } if guessed == name), "{name}: {error:?}");
            assert_eq!(lines(bytes, Some(encoding(name).unwrap())).unwrap()[1].1, "Ёлкин Пётр;ООО Ромашка");
        }
        assert!(encoding("utf-77").is_err());
    }

    #[test]
    fn a_picture_is_no_text() {
        assert!(matches!(lines(b"\x89PNG\r\n\x1a\n\0\0", None).unwrap_err(), Error::NotText { .. }));
        assert!(matches!(lines(b"a\0b", None).unwrap_err(), Error::NotText { line: 1, looks_like: None }));
    }

    #[test]
    fn what_is_put_back_comes_again() {
        let mut lines = Lines::of(&b"a\nb\nc"[..], None).unwrap();
        let (a, b) = (lines.line().unwrap().unwrap(), lines.line().unwrap().unwrap());
        lines.put_back([a.clone(), b.clone()].into_iter());
        assert_eq!([lines.line().unwrap().unwrap(), lines.line().unwrap().unwrap()], [a, b]);
        assert_eq!(lines.line().unwrap().unwrap(), (3, "c".to_owned()));
    }
}
