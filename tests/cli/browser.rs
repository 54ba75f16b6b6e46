//! A real browser without a window: what it makes of a page, in words and in pixels.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// Programs that the browser may be called.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

pub struct Browser {
    program: &'static str,
    profile: tempfile::TempDir,
}

/// Three bytes a pixel.
pub struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Browser {
    /// `None` where there is none: the test says so and is not run.
    pub fn start(test: &str) -> Option<Browser> {
        let found = NAMES.into_iter().find(|name| super::support::installed(name));
        if found.is_none() {
            super::support::not_run(test, "chromium missing");
        }
        Some(Browser { program: found?, profile: tempfile::tempdir().unwrap() })
    }

    fn run(&self, page: &Path, flags: &[&str]) -> Vec<u8> {
        let quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"];
        let offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"];
        let mut browser = Command::new(self.program);
        browser.args(quiet).args(offline).arg(format!("--user-data-dir={}", self.profile.path().display()));
        // A proxy that nobody serves: a page that fetches something is seen to lack it.
        browser.args(["--proxy-server=127.0.0.1:9", "--window-size=1100,1800"]).args(flags).arg(format!("file://{}", page.display()));
        let said = browser.stdin(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        said.stdout
    }

    /// The page as the browser understood it.
    pub fn understood(&self, page: &Path) -> String {
        String::from_utf8(self.run(page, &["--dump-dom"])).unwrap()
    }

    /// The page as it is seen.
    pub fn seen(&self, page: &Path) -> Picture {
        let file = self.profile.path().join("seen.png");
        self.run(page, &[&format!("--screenshot={}", file.display())]);
        let picture = Picture::read(&std::fs::read(&file).unwrap());
        if let Some(directory) = std::env::var_os("MANGO_TESTS_PICTURES") {
            let name = page.with_extension("png");
            std::fs::copy(&file, Path::new(&directory).join(name.file_name().unwrap())).unwrap();
        }
        picture
    }
}

/// The visible text of a page: its tags taken out, its thin spaces plain.
pub fn words(page: &str) -> String {
    let body = page.split_once("<body>").map_or(page, |(_, body)| body);
    let without_tags = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    without_tags.collect::<Vec<_>>().join(" ").replace('\u{202f}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Picture {
    /// Reads a PNG of eight bits a colour, with or without transparency, as browsers write it.
    fn read(png: &[u8]) -> Picture {
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        let (width, height, kind) = (number(16), number(20), png[25]);
        assert!(png.starts_with(b"\x89PNG") && png[24] == 8 && matches!(kind, 2 | 6) && png[28] == 0, "an ordinary PNG");
        let mut packed = Vec::new();
        let mut at = 8;
        while at < png.len() {
            let length = number(at);
            if &png[at + 4..at + 8] == b"IDAT" {
                packed.extend_from_slice(&png[at + 8..at + 8 + length]);
            }
            at += length + 12;
        }
        let mut lines = Vec::new();
        flate2::read::ZlibDecoder::new(packed.as_slice()).read_to_end(&mut lines).unwrap();
        let step = if kind == 6 { 4 } else { 3 };
        let mut above = vec![0; width * step];
        let mut pixels = Vec::with_capacity(width * height);
        for line in lines.chunks_exact_mut(width * step + 1) {
            let (filter, line) = line.split_first_mut().unwrap();
            unfilter(*filter, line, &above, step);
            pixels.extend(line.chunks_exact(step).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
            above.copy_from_slice(line);
        }
        assert_eq!(pixels.len(), width * height);
        Picture { width, pixels }
    }

    /// How many pixels have exactly this colour.
    pub fn count(&self, color: [u8; 3]) -> usize {
        self.pixels.iter().filter(|pixel| **pixel == color).count()
    }

    /// The longest uninterrupted run of the colour in each line of pixels that has one.
    pub fn runs(&self, color: [u8; 3]) -> Vec<usize> {
        let longest = |line: &[[u8; 3]]| {
            let runs = line.chunk_by(|a, b| a == b).filter(|run| run[0] == color);
            runs.map(<[_]>::len).max()
        };
        self.pixels.chunks(self.width).filter_map(longest).collect()
    }

    /// How many colours there are.
    pub fn colors(&self) -> usize {
        self.pixels.iter().collect::<std::collections::HashSet<_>>().len()
    }
}

/// Each byte of a PNG is written as a difference from its neighbours.
fn unfilter(filter: u8, line: &mut [u8], above: &[u8], step: usize) {
    for n in 0..line.len() {
        let left = if n < step { 0 } else { line[n - step] };
        let corner = if n < step { 0 } else { above[n - step] };
        let expected = match filter {
            0 => 0,
            1 => left,
            2 => above[n],
            3 => ((u16::from(left) + u16::from(above[n])) / 2) as u8,
            4 => nearest(left, above[n], corner),
            other => panic!("filter {other}"),
        };
        line[n] = line[n].wrapping_add(expected);
    }
}

/// Paeth's choice among the neighbours.
fn nearest(left: u8, above: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(above) - i16::from(corner);
    let distance = |neighbour: &u8| (guess - i16::from(*neighbour)).abs();
    [left, above, corner].into_iter().min_by_key(distance).unwrap()
}
