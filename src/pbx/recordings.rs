//! Recordings of conversations (vpbx-data §1): asked for by their id, fetched once from an address that dies of it, or by a link.
//!
//! An address is good for one visit: it is never logged, kept or tried with HEAD, and a file that breaks off is asked for anew.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::{Response, StatusCode, Url};
use secrecy::ExposeSecret;
use serde_json::json;

use super::client::{Client, Kind, Method, reason, silence};
use super::envelope::sign;
use crate::error::{Error, Result};
use crate::text::{excerpt, printable, tr};

const WHERE: Method =
    Method { path: "queries/recording/post", limit: "recordings", spacing: Duration::from_millis(100), kind: Kind::Whereabouts };

/// A file as a whole may take this long; that it goes on is watched separately.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// Where a recording can be fetched, once: at the PBX's own hosts and nowhere else.
pub struct Address(Url);

/// A recording on its way.
pub struct Download {
    response: Response,
    timeout: Duration,
    /// Its beginning, which was looked at
    begun: Option<Box<[u8]>>,
    /// Bytes, where the PBX says it
    pub length: Option<u64>,
    /// `audio/mpeg`
    pub kind: String,
    /// The name that the PBX gives it: not to be trusted
    pub name: Option<String>,
}

impl Client {
    /// Asks where a recording is. `host` is [`super::addresses::RECORDINGS_HOST`] or another that was configured; the API's own origin is good, too.
    ///
    /// Errors: `Refused` with 3320 or 3340 when there is none, or not yet; each of them is an invalid request (vpbx-core §2).
    pub async fn recording(&self, recording_id: &str, host: &str) -> Result<Address> {
        let reply = self.post(&WHERE, &json!({ "recording_id": recording_id, "action": "download" })).await?;
        let base = Url::parse(&self.base).map_err(|error| Error::Unexpected(error.to_string()))?;
        let location = reply.location.as_deref().ok_or_else(|| Error::Garbled { detail: reply.summary() })?;
        let address = base.join(location).map_err(|_| Error::Garbled { detail: reply.summary() })?;
        match is_ours(&address, &base, host) {
            true => Ok(Address(address)),
            false => Err(Error::ForeignAddress { host: address.host_str().map(|host| printable(host).into_owned()).unwrap_or_default() }),
        }
    }

    /// Goes there and sees that it is sound: a page instead of it is an error.
    pub async fn fetch(&self, Address(address): Address) -> Result<Download> {
        let host = address.host_str().unwrap_or_default().to_owned();
        tracing::debug!("→ GET {host}/…");
        let asked = self.http.get(address).timeout(LONGEST).send();
        let broken = |error: reqwest::Error| match error.is_connect() {
            true => Error::Unreachable { host: host.clone(), detail: reason(&error) },
            false => Error::NoReply { detail: reason(&error) },
        };
        let answer = tokio::time::timeout(self.timeout, asked).await;
        let response = answer.map_err(|_| Error::NoReply { detail: silence(self.timeout) })?.map_err(broken)?;
        let length = response.content_length().map_or_else(|| "?".to_owned(), |length| length.to_string());
        tracing::debug!("← {} {length} bytes", response.status().as_u16());
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let mut download = Download {
            kind: header(CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase(),
            name: header(CONTENT_DISPOSITION).and_then(file_name),
            length: response.content_length(),
            timeout: self.timeout,
            begun: None,
            response,
        };
        download.begun = download.next().await?;
        match download.response.status() {
            StatusCode::OK if is_sound(&download.kind, download.begun.as_deref().unwrap_or_default()) => Ok(download),
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(Error::NotFound { path: host }),
            status if status.is_server_error() => Err(Error::NoReply { detail: download.summary() }),
            _ => Err(Error::Garbled { detail: download.summary() }),
        }
    }

    /// A link that opens a recording without a signature until it expires, for whoever has it (vpbx-data §1.3).
    /// It holds the key, though not the salt; the account must allow such links.
    pub fn recording_link(&self, recording_id: &str, action: &str, until: Timestamp) -> String {
        let (key, until) = (self.credentials.key.expose_secret(), until.as_second().to_string());
        let sign = sign(&[key, &until, recording_id, self.credentials.salt.expose_secret()]);
        let part =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20").replace("%3D", "=");
        let (id, key) = (part(recording_id), part(key));
        format!("{}queries/recording/link/{id}/{action}/{key}/{until}/{sign}", self.base)
    }
}

impl Download {
    /// The next piece; `None` when that was all. A file that breaks off is an error.
    pub async fn chunk(&mut self) -> Result<Option<Box<[u8]>>> {
        match self.begun.take() {
            Some(begun) => Ok(Some(begun)),
            None => self.next().await,
        }
    }

    async fn next(&mut self) -> Result<Option<Box<[u8]>>> {
        let piece = tokio::time::timeout(self.timeout, self.response.chunk()).await;
        let piece = piece.map_err(|_| Error::NoReply { detail: silence(self.timeout) })?;
        let piece = piece.map_err(|error| Error::NoReply { detail: reason(&error) })?;
        Ok(piece.map(|bytes| Vec::from(bytes).into_boxed_slice()))
    }

    fn summary(&self) -> String {
        let start = excerpt(&String::from_utf8_lossy(self.begun.as_deref().unwrap_or_default()));
        let (status, kind) = (self.response.status().as_u16(), printable(&self.kind));
        match start.is_empty() {
            true => format!("HTTP {status}, {}", tr("пустой файл", "an empty file")),
            false => format!("HTTP {status}, {kind}: {start}"),
        }
    }
}

/// Whether files may be fetched there: from the host for files, or from wherever the API itself is. A host may stand in the
/// settings with its own scheme and port.
fn is_ours(address: &Url, base: &Url, host: &str) -> bool {
    let files = Url::parse(host).or_else(|_| Url::parse(&format!("https://{host}/")));
    let is_at = |known: &Url| known.has_host() && address.origin() == known.origin();
    address.username().is_empty() && address.password().is_none() && (is_at(base) || files.is_ok_and(|files| is_at(&files)))
}

/// Sound says so in its type; a server that names no type, or none in particular, is believed by the first bytes.
pub(crate) fn is_sound(kind: &str, begun: &[u8]) -> bool {
    let is_page = matches!(begun.iter().find(|byte| !byte.is_ascii_whitespace()), None | Some(b'<' | b'{'));
    let known = [&b"ID3"[..], b"RIFF", b"OggS", b"fLaC"];
    let is_known = known.iter().any(|magic| begun.starts_with(magic)) || matches!(begun, [0xff, second, ..] if second & 0xe0 == 0xe0);
    match kind.split(';').next().unwrap_or_default().trim() {
        kind if kind.starts_with("audio/") => !is_page,
        "" | "application/octet-stream" | "binary/octet-stream" => is_known,
        _ => false,
    }
}

/// The `filename` of a Content-Disposition.
fn file_name(disposition: &str) -> Option<String> {
    let rest = disposition.split("filename=").nth(1)?.trim_start();
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(';').next()?.trim(),
    };
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;
    use crate::pbx::addresses::RECORDINGS_HOST;
    use crate::pbx::limits::Limits;

    #[test]
    fn files_are_fetched_from_the_pbx_alone() {
        let ours = |address: &str, host: &str| {
            is_ours(&Url::parse(address).unwrap(), &Url::parse("https://app.mango-office.ru/vpbx/").unwrap(), host)
        };
        for good in ["https://files.mango-office.ru/0a1b", "https://FILES.mango-office.ru:443/x", "https://app.mango-office.ru/files/x"] {
            assert!(ours(good, RECORDINGS_HOST), "{good}");
        }
        for bad in [
            "http://files.mango-office.ru/0a1b",
            "https://files.mango-office.ru:8443/0a1b",
            "https://files.mango-office.ru.example.com/x",
            "https://files.mango-office.ru@example.com/x",
            "https://me@files.mango-office.ru/x",
            "https://example.com/files.mango-office.ru",
            "https://xn--80ak6aa92e.com/x",
            "file:///etc/passwd",
            "data:audio/mpeg;base64,AAAA",
            "ftp://files.mango-office.ru/x",
        ] {
            assert!(!ours(bad, RECORDINGS_HOST), "{bad}");
        }
        assert!(ours("https://files.example.com/x", "files.example.com"));
        assert!(ours("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"));
        assert!(!ours("http://127.0.0.1:8081/x", "http://127.0.0.1:8080") && !ours("https://files.mango-office.ru/x", "files.example.com"));
    }

    #[test]
    fn sound_is_told_from_everything_else() {
        for (kind, begun, expected) in [
            ("audio/mp3", &b"\xff\xf3\x28"[..], true),
            ("audio/mpeg; charset=binary", b"ID3", true),
            ("audio/x-wav", b"RIFF", true),
            ("application/octet-stream", b"ID3\x04", true),
            ("", b"\xff\xfb", true),
            ("application/octet-stream", b"PK\x03\x04", false),
            ("audio/mpeg", b"<html>", false),
            ("audio/mpeg", b"\r\n {\"result\":3320}", false),
            ("audio/mpeg", b"", false),
            ("text/html", b"\xff\xf3", false),
            ("application/json", b"{}", false),
        ] {
            assert_eq!(is_sound(kind, begun), expected, "{kind} {begun:?}");
        }
    }

    #[test]
    fn a_name_is_read_from_the_header() {
        for (header, name) in [
            ("attachment; filename=\"a b.mp3\"", Some("a b.mp3")),
            ("inline; filename=a.mp3; size=3", Some("a.mp3")),
            ("attachment", None),
            ("attachment; filename=\"\"", None),
        ] {
            assert_eq!(file_name(header).as_deref(), name);
        }
    }

    /// The vector of vpbx-data §0.3.
    #[test]
    fn a_link_is_the_documented_one() {
        let home = tempfile::tempdir().unwrap();
        let credentials = Credentials::new("testkey0000000000000000000000001", "testsalt000000000000000000000001");
        let limits = Limits::open(&home.path().join("limits.db"), false);
        let client = Client::nearby("https://app.mango-office.ru/vpbx", credentials, limits, Duration::from_secs(1)).unwrap();
        let until = Timestamp::from_second(1_767_225_600).unwrap();
        let link = client.recording_link("MToxMDAwMDAwMTo1MDAwMDAwMDAxOjA=", "play", until);
        let id = "MToxMDAwMDAwMTo1MDAwMDAwMDAxOjA=";
        let sign = "be6a5afad690d2121b7d3c8541033e57e733de0d62ab663206db3115280f3fb4";
        let base = "https://app.mango-office.ru/vpbx/queries/recording/link";
        assert_eq!(link, format!("{base}/{id}/play/testkey0000000000000000000000001/1767225600/{sign}"));
        assert!(client.recording_link("a/b c+d", "play", until).contains("/link/a%2Fb%20c%2Bd/play/"));
    }
}
