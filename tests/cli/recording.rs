//! `mango recording`: an archive that is whole whatever happens, and what can be done with one recording.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::support::*;

/// A PBX with a history of so many calls, half of them recorded.
fn with_history(calls: u32) -> Pbx {
    let pbx = Pbx::start();
    pbx.generate(calls);
    pbx
}

/// An archive below the home.
fn archive(pbx: &Pbx) -> PathBuf {
    pbx.home.path().join("records")
}

fn sync(pbx: &Pbx, more: &[&str]) -> Mango {
    let directory = archive(pbx).display().to_string();
    pbx.customer(["-o", "json", "recording", "sync", "--since", "21d", "--dir", &directory].iter().copied().chain(more.iter().copied()))
}

/// Every file of a directory and those below it that is no manifest, with its size.
fn files(directory: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            // A file that is being renamed may be gone by now.
            false => found.extend(entry.metadata().ok().map(|data| (entry.path(), data.len()))),
        }
    }
    found.retain(|path, _| path.file_name().unwrap() != "recordings.ndjson");
    found
}

fn whole_files(directory: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = files(directory);
    found.retain(|path, _| path.extension().is_some_and(|extension| extension == "mp3"));
    found
}

/// The lines of the manifest, by recording; the last one counts.
fn manifest(directory: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(directory.join("recordings.ndjson")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.map(|line| (line["recording_id"].as_str().unwrap().to_owned(), line)).collect()
}

/// The recordings whose files were fetched, forgetting everything that was asked.
fn fetched(pbx: &Pbx) -> Vec<String> {
    let asked = pbx.asked().into_iter().filter(|(path, _)| path == "files");
    asked.filter_map(|(_, json)| json["recording_id"].as_str().map(str::to_owned)).collect()
}

fn count(summary: &Value, key: &str) -> u64 {
    summary[key].as_u64().unwrap()
}

/// An archive is what its manifest says, and holds nothing that is not whole.
#[track_caller]
fn is_sound(directory: &Path) {
    let said = manifest(directory);
    let sizes: BTreeMap<PathBuf, u64> = said
        .values()
        .filter(|line| line["size"].is_u64())
        .map(|line| (directory.join(line["file"].as_str().unwrap()), line["size"].as_u64().unwrap()))
        .collect();
    assert_eq!(files(directory), sizes);
}

#[test]
fn an_archive_is_filled_and_every_file_can_be_played() {
    const TEST: &str = "an_archive_is_filled_and_every_file_can_be_played";
    let pbx = with_history(30);
    let summary = sync(&pbx, &[]).said().exits(0).json();
    let directory = archive(&pbx);
    let said = manifest(&directory);
    let (found, bytes) = (count(&summary, "found"), files(&directory).values().sum::<u64>());
    assert!(found > 10, "{summary}");
    assert_eq!((count(&summary, "fetched"), said.len() as u64, count(&summary, "bytes")), (found, found, bytes), "{summary}");
    is_sound(&directory);
    let listed = pbx.customer(["-o", "json", "recording", "list", "--since", "21d", "--offline"]).said().exits(0).json();
    let ids: BTreeSet<&str> = listed.as_array().unwrap().iter().map(|row| row["recording_id"].as_str().unwrap()).collect();
    assert_eq!(ids, said.keys().map(String::as_str).collect());
    for line in said.values() {
        for key in ["entry_id", "file", "size", "type", "started_at", "direction", "employee", "talk", "fetched_at"] {
            assert!(!line[key].is_null(), "{key}: {line}");
        }
        let (file, day) = (line["file"].as_str().unwrap(), &line["started_at"].as_str().unwrap()[..10]);
        assert!(file.starts_with(&format!("{day}/")) && file.ends_with(".mp3"), "{file}");
    }
    if !can_run(TEST, &["ffprobe"]) {
        return;
    }
    for line in said.values() {
        let file = directory.join(line["file"].as_str().unwrap());
        let asked = ["-v", "error", "-show_entries", "format=format_name,duration", "-of", "csv=p=0"];
        let probe = Command::new("ffprobe").args(asked).arg(&file).output().unwrap();
        let told = String::from_utf8(probe.stdout).unwrap();
        assert!(probe.status.success() && probe.stderr.is_empty(), "{}: {}", file.display(), String::from_utf8_lossy(&probe.stderr));
        let (format, duration) = told.trim().split_once(',').unwrap();
        let (duration, talk): (f64, f64) = (duration.parse().unwrap(), line["talk"].as_f64().unwrap());
        assert!(format == "mp3" && (duration - talk).abs() < 0.1, "{}: {told}, talked for {talk}", file.display());
    }
}

#[test]
fn killed_three_times_it_ends_complete_and_fetches_nothing_twice() {
    let pbx = with_history(90);
    // Long enough on their way to be hit in the middle.
    pbx.fault(json!({"path": "files", "times": 0, "trickle": 0.05}));
    let directory = archive(&pbx);
    let mut whole = BTreeSet::new();
    for kill in 0..3 {
        pbx.asked();
        let mut child = sync(&pbx, &[]).start();
        let enough = whole.len() + fastrand::usize(1..8);
        while whole_files(&directory).len() < enough || fastrand::u8(..) < 200 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before kill {kill}");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        check_nothing_twice(&whole, &fetched(&pbx), &directory);
        whole = whole_files(&directory).into_keys().collect();
    }
    pbx.control("DELETE", "faults", json!({}));
    let summary = sync(&pbx, &[]).said().exits(0).json();
    check_nothing_twice(&whole, &fetched(&pbx), &directory);
    let found = count(&summary, "found");
    assert!(found > 40 && count(&summary, "present") >= 3, "{summary}");
    assert_eq!(count(&summary, "present") + count(&summary, "fetched"), found, "{summary}");
    assert_eq!(whole_files(&directory).len() as u64, found);
    is_sound(&directory);
    // And again there is nothing to do.
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!((count(&summary, "present"), count(&summary, "fetched"), fetched(&pbx).len()), (found, 0, 0));
    for (path, size) in files(&directory) {
        assert_eq!(whole_frames(&path), size, "{}", path.display());
    }
}

/// Of the files that were whole, none was fetched.
#[track_caller]
fn check_nothing_twice(whole: &BTreeSet<PathBuf>, fetched: &[String], directory: &Path) {
    let said = manifest(directory);
    let again = fetched.iter().filter_map(|id| said.get(id)?["file"].as_str()).find(|file| whole.contains(&directory.join(file)));
    assert_eq!(again, None);
}

/// Bytes of a file up to where its frames stop being frames: all of it, when it is one of the sandbox's.
fn whole_frames(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    72 * bytes.chunks(72).take_while(|frame| frame.len() == 72 && frame.starts_with(&[0xff, 0xf3, 0x28])).count() as u64
}

#[test]
fn a_file_that_breaks_off_is_asked_for_anew_whatever_the_byte() {
    let pbx = with_history(1);
    let mut seed = 2;
    while count(&sync(&pbx, &[]).said().exits(0).json(), "found") == 0 {
        pbx.control("POST", "generate", json!({"calls": 1, "days": 20, "seed": seed}));
        forget(&pbx);
        seed += 1;
    }
    let directory = archive(&pbx);
    let (path, size) = files(&directory).into_iter().next().unwrap();
    let (whole, id) = (std::fs::read(&path).unwrap(), some_call(&pbx));
    for cut in [0, 1, 71, 72, 4096, size / 2, size - 1] {
        std::fs::remove_dir_all(&directory).unwrap();
        pbx.fault(json!({"path": "files", "cut": cut}));
        pbx.asked();
        assert_eq!(count(&sync(&pbx, &[]).said().exits(0).json(), "fetched"), 1, "{cut}");
        assert_eq!((fetched(&pbx).len(), std::fs::read(&path).unwrap() == whole), (2, true), "{cut}");
    }
    for fault in [
        json!({"path": "files", "times": 0, "cut": size - 1}),
        json!({"path": "files", "times": 0, "content_length": size + 1}),
        json!({"path": "files", "times": 0, "close": true}),
    ] {
        std::fs::remove_dir_all(&directory).unwrap();
        pbx.fault(fault.clone());
        pbx.asked();
        let said = sync(&pbx, &[]).said().exits(5);
        assert_eq!((said.error()["kind"].as_str(), count(&said.json(), "failed")), (Some("not_archived"), 1), "{fault}");
        assert_eq!((fetched(&pbx).len(), files(&directory)), (3, BTreeMap::new()), "{fault}");
        let said = pbx.customer(["-o", "json", "recording", "get", &id, "--to", "one.mp3"]).said().exits(5);
        assert_eq!(said.error()["kind"], "no_reply", "{fault}");
        assert!(!pbx.home.path().join("one.mp3").exists());
        pbx.control("DELETE", "faults", json!({}));
        assert_eq!(count(&sync(&pbx, &[]).said().exits(0).json(), "fetched"), 1, "{fault}");
        is_sound(&directory);
    }
}

/// The journal asks the PBX again for what it has asked before.
fn forget(pbx: &Pbx) {
    let db = rusqlite::Connection::open(pbx.home.journal("default")).unwrap();
    db.execute("DELETE FROM synced", []).unwrap();
}

#[test]
fn a_page_instead_of_sound_is_no_recording() {
    let pbx = with_history(12);
    let page = "<html><body>Sign in \u{1b}[31m</body></html>";
    pbx.fault(json!({"path": "files", "times": 2, "status": 200, "content_type": "text/html", "body": page}));
    let said = sync(&pbx, &[]).said().exits(5);
    let (summary, error) = (said.json(), said.error());
    assert_eq!((count(&summary, "failed"), count(&summary, "fetched") + 2), (2, count(&summary, "found")), "{summary}");
    assert_eq!(error["kind"], "not_archived");
    assert!(error["message"].as_str().unwrap().contains("text/html: <html>") && !said.whole().contains('\u{1b}'), "{said}");
    is_sound(&archive(&pbx));
    // The same with a type that lies, and with none.
    for kind in ["audio/mpeg", "application/octet-stream"] {
        pbx.fault(json!({"path": "files", "times": 2, "status": 200, "content_type": kind, "body": page}));
        assert_eq!(count(&sync(&pbx, &[]).said().exits(5).json(), "failed"), 2, "{kind}");
    }
    let said = sync(&pbx, &[]).in_russian().said().exits(0);
    assert_eq!(count(&said.json(), "fetched"), 2);
}

#[test]
fn nothing_is_fetched_from_a_foreign_host_unless_it_is_configured() {
    let pbx = with_history(6);
    let elsewhere = Wire::replying("200 OK", "audio/mpeg", "ID3 a sound from elsewhere");
    let away = json!({"path": "queries/recording/post", "times": 0, "status": 302, "location": format!("http://{}/x", elsewhere.address)});
    pbx.fault(away.clone());
    pbx.asked();
    let error = sync(&pbx, &[]).said().exits(5).error();
    assert_eq!(error["kind"], "foreign_address");
    assert!(elsewhere.heard().is_empty() && files(&archive(&pbx)).is_empty());
    assert_eq!(pbx.asked().iter().filter(|(path, _)| path == "queries/recording/post").count(), 1, "it would be so every time");
    sync(&pbx, &[]).in_russian().said().exits(5).says("чужой адрес");
    pbx.home.mango(["config", "set", "recordings_host", &format!("http://{}", elsewhere.address)]).said().exits(0);
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!(elsewhere.heard().len() as u64, count(&summary, "fetched"));
    assert!(elsewhere.heard().iter().all(|heard| heard.starts_with("GET /x ") && !heard.contains(KEY)), "{:?}", elsewhere.heard());
    // A second redirect is not followed.
    let further = Wire::answering("HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    pbx.home.mango(["config", "set", "recordings_host", &format!("http://{}", further.address)]).said().exits(0);
    pbx.control("DELETE", "faults", json!({}));
    pbx.fault(json!({"path": "queries/recording/post", "status": 302, "location": format!("http://{}/x", further.address)}));
    let id = some_call(&pbx);
    let error = pbx.customer(["-o", "json", "recording", "get", &id, "--to", "one.mp3"]).said().exits(5).error();
    assert_eq!(error["kind"], "garbled");
    for bad in ["https://", "a b", "me@host"] {
        pbx.home.mango(["config", "set", "recordings_host", bad]).said().exits(2);
    }
}

/// A call of the history that was recorded.
fn some_call(pbx: &Pbx) -> String {
    let listed = pbx.customer(["-o", "json", "recording", "list", "-n", "1"]).said().exits(0).json();
    listed[0]["entry_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_changed_file_is_fetched_again_and_a_foreign_one_stays() {
    let pbx = with_history(12);
    sync(&pbx, &[]).said().exits(0);
    let directory = archive(&pbx);
    let before = files(&directory);
    let mut paths = before.keys();
    let (short, long, lost) = (paths.next().unwrap(), paths.next().unwrap(), paths.next().unwrap());
    std::fs::write(short, "cut").unwrap();
    std::fs::write(long, [std::fs::read(long).unwrap(), vec![0]].concat()).unwrap();
    std::fs::remove_file(lost).unwrap();
    pbx.asked();
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!((count(&summary, "fetched"), fetched(&pbx).len(), files(&directory)), (3, 3, before.clone()));

    // Without a manifest, what is sound is known again, and what is not is somebody else's.
    std::fs::remove_file(directory.join("recordings.ndjson")).unwrap();
    std::fs::write(short, "my diary").unwrap();
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!((count(&summary, "present"), count(&summary, "fetched"), fetched(&pbx).len()), (before.len() as u64 - 1, 1, 1), "{summary}");
    assert_eq!((std::fs::read(short).unwrap(), files(&directory).len()), (b"my diary".to_vec(), before.len() + 1));
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!((count(&summary, "present"), count(&summary, "fetched")), (before.len() as u64, 0), "{summary}");

    // A line that was torn is a file that is found again.
    let manifest = std::fs::read(directory.join("recordings.ndjson")).unwrap();
    std::fs::write(directory.join("recordings.ndjson"), &manifest[..manifest.len() - 20]).unwrap();
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!((count(&summary, "present"), count(&summary, "fetched")), (before.len() as u64, 0), "{summary}");
}

#[test]
fn names_come_from_the_template_and_stay_in_the_archive() {
    let pbx = with_history(12);
    let call = pbx.customer(["-o", "json", "recording", "list", "-n", "1"]).said().exits(0).json();
    let number = format!("+{}", call[0]["number"].as_str().unwrap());
    let hostile = "../../../tmp/\u{1b}[31mЗлой\u{202e}/..";
    pbx.home.mango(["contact", "create", hostile, &number]).said().exits(0);
    sync(&pbx, &["--name", "{employee_name}/{name} {number}.mp3"]).said().exits(0);
    let directory = archive(&pbx);
    is_sound(&directory);
    let names: Vec<String> = files(&directory).keys().map(|path| path.strip_prefix(&directory).unwrap().display().to_string()).collect();
    assert!(names.iter().all(|name| name.split('/').count() == 2 && !name.contains(['\u{1b}', '\u{202e}'])), "{names:?}");
    assert!(names.iter().any(|name| name.contains("Злой")), "{names:?}");
    let outside = std::fs::read_dir(pbx.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert!(outside.iter().all(|name| !name.to_string_lossy().ends_with(".mp3")), "{outside:?}");

    // All of one name, and yet all there.
    let found = files(&directory).len();
    std::fs::remove_dir_all(&directory).unwrap();
    let summary = sync(&pbx, &["--name", "same.mp3"]).said().exits(0).json();
    assert_eq!((count(&summary, "fetched"), files(&directory).len()), (found as u64, found));
    is_sound(&directory);
    assert_eq!(count(&sync(&pbx, &["--name", "another.mp3"]).said().exits(0).json(), "fetched"), 0, "what is there keeps its name");
    for bad in ["../{name}.mp3", "/tmp/x.mp3", "{nonsense}.mp3", "a//b", ""] {
        assert_eq!(sync(&pbx, &["--name", bad]).said().exits(2).error()["kind"], "usage", "{bad}");
    }
    assert_eq!(pbx.customer(["-o", "json", "recording", "sync", "--dir", "x"]).said().exits(2).error()["kind"], "usage", "no --since");
}

#[test]
fn what_is_not_ready_is_left_for_the_next_time_without_a_wrong_question() {
    let pbx = Pbx::start();
    let directory = archive(&pbx).display().to_string();
    let sync = || pbx.mango(["-o", "json", "recording", "sync", "--since", "1d", "--dir", &directory]);
    pbx.control("POST", "settings", json!({"recording_delay": 86_400}));
    pbx.mango(["call", "Иванова", "--wait"]).said().exits(0);
    pbx.asked();
    let summary = sync().said().exits(0).json();
    assert_eq!((count(&summary, "found"), count(&summary, "later"), count(&summary, "failed")), (1, 1, 0), "{summary}");
    for args in [&["get"][..], &["play"]] {
        let error = pbx.mango(["-o", "json", "recording"].iter().chain(args)).said().exits(5).error();
        assert_eq!(error["kind"], "no_file");
    }
    pbx.mango(["recording", "get"]).in_russian().said().exits(5).says("запись ещё не готова");
    assert!(pbx.asked().iter().all(|(path, _)| path != "queries/recording/post"), "it cost no invalid request");

    // The PBX says that it is there, and when asked does not have it: a day long that may change.
    pbx.control("POST", "settings", json!({"recording_delay": 0}));
    pbx.mango(["call", "Смирнов", "--wait"]).said();
    pbx.mango(["call", "+74950000025", "--wait"]).said();
    pbx.mango(["call", "+74950000030", "--wait"]).said().exits(0);
    is_announced(&pbx);
    pbx.fault(json!({"path": "queries/recording/post", "result": 3340}));
    let summary = sync().said().exits(0).json();
    assert_eq!((count(&summary, "found"), count(&summary, "later"), count(&summary, "gone")), (2, 2, 0), "{summary}");
}

/// Waits until the last call's recording was said to be there.
fn is_announced(pbx: &Pbx) {
    let told = || pbx.mango(["-o", "json", "show"]).said().exits(0).out.contains("events/record/added");
    awaited("the word of the recording", || told().then_some(()));
}

#[test]
fn what_has_been_announced_is_fetched_at_once() {
    let pbx = Pbx::start();
    pbx.mango(["call", "Иванова", "--wait"]).said().exits(0);
    is_announced(&pbx);
    let said = pbx.mango(["-o", "json", "recording", "get", "@1", "--to", "talk.mp3"]).said().exits(0).json();
    let file = pbx.home.path().join("talk.mp3");
    assert_eq!(
        (&said[0]["file"], said[0]["size"].as_u64(), said[0]["type"].as_str()),
        (&json!("talk.mp3"), Some(whole_frames(&file)), Some("audio/mp3"))
    );
    assert!(whole_frames(&file) > 0);
    pbx.mango(["recording", "get", "@1", "--to", "talk.mp3"]).in_russian().said().exits(2).says("файл уже есть");
    pbx.mango(["recording", "get", "@1", "--to", "talk.mp3", "--force"]).said().exits(0);
    pbx.mango(["recording", "get"]).said().exits(0).on_stdout("_outgoing_101_74950000020_Иванова Мария.mp3");
    let mut piped = pbx.mango(["recording", "get", "@1", "--to", "-"]).command();
    assert_eq!(piped.output().unwrap().stdout, std::fs::read(file).unwrap());
    pbx.mango(["show"]).in_russian().said().exits(0);
    let shown = pbx.mango(["-o", "json", "show"]).in_russian().said().exits(0).json();
    assert!(shown["feed"].as_array().unwrap().iter().any(|event| event["words"] == "запись можно скачать"), "{shown}");
}

#[test]
fn what_the_pbx_does_not_have_any_more_is_not_asked_for_again() {
    let pbx = with_history(40);
    let listed = pbx.customer(["-o", "json", "recording", "list", "--since", "20d", "--until", "3d"]).said().exits(0).json();
    let at = listed[0]["started_at"].as_str().unwrap();
    let until = at.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_secs(1);
    let directory = archive(&pbx).display().to_string();
    let one = || pbx.customer(["-o", "json", "recording", "sync", "--dir", &directory, "--since", at, "--until", &until.to_string()]);
    pbx.fault(json!({"path": "queries/recording/post", "result": 3320}));
    let summary = one().said().exits(0).json();
    assert_eq!((count(&summary, "found"), count(&summary, "gone"), count(&summary, "fetched")), (1, 1, 0), "{summary}");
    pbx.asked();
    let summary = one().said().exits(0).json();
    assert_eq!((count(&summary, "gone"), count(&summary, "fetched")), (1, 0), "{summary}");
    assert!(pbx.asked().iter().all(|(path, _)| path != "queries/recording/post"));
    assert!(manifest(&archive(&pbx)).values().all(|line| line["gone_at"].is_string()));
    // One more invalid request within two minutes would shut the API: they are waited for.
    let get = ["-o", "tsv", "recording", "get", listed[0]["entry_id"].as_str().unwrap()];
    let all = ["-o", "tsv", "recording", "sync", "--since", "21d", "--dir", &directory];
    for args in [&get[..], &all[..]] {
        let mut waiting = pbx.customer(args.iter().copied()).start();
        let said = BufReader::new(waiting.stderr.take().unwrap()).lines().map_while(Result::ok).find(|line| line.contains("tolerates"));
        assert!(said.is_some() && waiting.try_wait().unwrap().is_none(), "{args:?}");
        waiting.kill().and_then(|()| waiting.wait()).unwrap();
    }
    assert!(pbx.asked().iter().all(|(path, _)| path != "queries/recording/post"));
    // One that is asked for by name is asked for.
    let limits = rusqlite::Connection::open(pbx.home.journal("default").with_file_name("limits.db")).unwrap();
    limits.execute("DELETE FROM refusals", []).unwrap();
    pbx.fault(json!({"path": "queries/recording/post", "result": 3320}));
    let error = pbx.customer(["-o", "json"].into_iter().chain(get.into_iter().skip(2))).said().exits(6).error();
    assert_eq!((&error["kind"], &error["code"]), (&json!("no_file"), &json!(3320)));
}

#[test]
fn what_is_old_is_removed_and_stays_so() {
    let pbx = with_history(60);
    let found = count(&sync(&pbx, &[]).said().exits(0).json(), "fetched");
    let directory = archive(&pbx);
    std::fs::write(directory.join("notes.txt"), "mine").unwrap();
    let old = pbx.customer(["-o", "json", "recording", "list", "--since", "21d", "--until", "10d", "--offline"]).said().exits(0);
    let summary = sync(&pbx, &["--prune-after", "10d"]).said().exits(0).json();
    let pruned = count(&summary, "pruned");
    assert!(pruned > 0 && pruned.abs_diff(old.json().as_array().unwrap().len() as u64) <= 1, "{summary}");
    assert_eq!(files(&directory).len() as u64, found - pruned + 1, "and what is not ours stays");
    pbx.asked();
    let summary = sync(&pbx, &["--prune-after", "10d"]).said().exits(0).json();
    assert_eq!((count(&summary, "pruned"), count(&summary, "fetched"), fetched(&pbx).len()), (0, 0, 0), "{summary}");
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!((count(&summary, "fetched"), count(&summary, "gone")), (0, pruned), "{summary}");
}

#[test]
fn a_directory_that_cannot_be_written_is_said_before_anything_is_asked() {
    let pbx = with_history(6);
    std::fs::write(pbx.home.path().join("a-file"), "").unwrap();
    pbx.asked();
    let error = pbx.customer(["-o", "json", "recording", "sync", "--since", "21d", "--dir", "a-file/records"]).said().exits(1).error();
    assert_eq!(error["kind"], "io");
    const TEST: &str = "a_directory_that_cannot_be_written_is_said_before_anything_is_asked";
    if !namespaces() {
        return not_run(TEST, "no mount namespaces here (unshare -rm)");
    }
    let script = "mkdir -p records && mount -t tmpfs -o ro tmpfs records && exec \"$@\"";
    let said = sync(&pbx, &[]).under("unshare", &["-rm", "sh", "-c", script, "sh"]).said().exits(1);
    assert_eq!(said.error()["kind"], "store");
    assert!(said.error()["message"].as_str().unwrap().contains("cannot be written"), "{said}");
    assert!(pbx.asked().is_empty());
}

#[test]
fn a_full_disk_leaves_whole_files_and_says_so() {
    const TEST: &str = "a_full_disk_leaves_whole_files_and_says_so";
    if !namespaces() {
        return not_run(TEST, "no mount namespaces here (unshare -rm)");
    }
    let pbx = with_history(40);
    // A disk of its own, which lives as long as the script; what is on it is copied before that.
    let script = r#"mkdir -p records && mount -t tmpfs -o size=3m tmpfs records || exit 99
        "$@"; code=$?; cp -r records copy; exit $code"#;
    let said = sync(&pbx, &[]).under("unshare", &["-rm", "sh", "-c", script, "sh"]).said().exits(1);
    assert_eq!(said.error()["kind"], "store", "{said}");
    assert!(said.error()["message"].as_str().unwrap().starts_with("no room on the disk"), "{said}");
    let copy = pbx.home.path().join("copy");
    assert!(!files(&copy).is_empty());
    // A file may be there whose line found no room; there is no line without its file, and nothing that is not whole.
    let there = files(&copy);
    assert!(there.iter().all(|(path, size)| whole_frames(path) == *size), "{there:?}");
    for line in manifest(&copy).values() {
        assert_eq!(there.get(&copy.join(line["file"].as_str().unwrap())), line["size"].as_u64().as_ref(), "{line}");
    }
    sync(&pbx, &[]).in_russian().under("unshare", &["-rm", "sh", "-c", script, "sh"]).said().exits(1);
    std::fs::rename(&copy, archive(&pbx).join("x")).unwrap_or_default();
    let _ = std::fs::remove_dir_all(archive(&pbx));
    let summary = sync(&pbx, &[]).said().exits(0).json();
    assert_eq!(count(&summary, "fetched"), count(&summary, "found"));
}

#[test]
fn one_archive_is_filled_by_one_process_at_a_time() {
    let pbx = with_history(30);
    pbx.fault(json!({"path": "files", "times": 0, "trickle": 0.15}));
    let mut first = sync(&pbx, &[]).start();
    awaited("a file", || files(&archive(&pbx)).into_iter().next());
    let directory = archive(&pbx).display().to_string();
    let mut second = pbx.customer(["-o", "csv", "recording", "sync", "--since", "21d", "--dir", &directory]).start();
    let said =
        BufReader::new(second.stderr.take().unwrap()).lines().map_while(Result::ok).find(|line| line.contains("waiting for its end"));
    assert!(said.is_some() && first.try_wait().unwrap().is_none());
    pbx.control("DELETE", "faults", json!({}));
    let summary = Said::of(first.wait_with_output().unwrap()).exits(0).json();
    assert_eq!(count(&summary, "fetched"), count(&summary, "found"));
    Said::of(second.wait_with_output().unwrap()).exits(0);
    let fetched = fetched(&pbx);
    assert_eq!(fetched.len(), fetched.iter().collect::<BTreeSet<_>>().len(), "none of them twice");
    is_sound(&archive(&pbx));
}

#[test]
fn a_slow_file_may_take_longer_than_an_answer() {
    let pbx = with_history(6);
    let id = some_call(&pbx);
    let size = pbx.customer(["-o", "json", "recording", "get", &id, "--to", "one.mp3"]).said().exits(0).json()[0]["size"].as_u64().unwrap();
    // About ten pieces of a second and a half in all, while an answer may take a second.
    let pieces = size.div_ceil(16 * 1024 / 72 * 72);
    pbx.fault(json!({"path": "files", "trickle": 4.5 / pieces as f64}));
    pbx.customer(["--timeout", "3", "recording", "get", &id, "--to", "one.mp3", "--force"]).said().exits(if pieces > 1 { 0 } else { 5 });
    pbx.fault(json!({"path": "files", "trickle": 3600}));
    let error = pbx.customer(["-o", "json", "--timeout", "1", "recording", "get", &id, "--to", "two.mp3"]).said().exits(5).error();
    assert_eq!(error["kind"], "no_reply");
    assert!(!pbx.home.path().join("two.mp3").exists());
}

#[test]
fn the_limit_of_the_pbx_is_kept() {
    let pbx = Pbx::with(&["--speed", "50"]);
    pbx.generate(30);
    pbx.home.write_config("");
    let directory = archive(&pbx).display().to_string();
    let said = pbx.customer(["-v", "recording", "sync", "--since", "21d", "--dir", &directory]).said().exits(0);
    assert!(!said.err.contains("← 429") && said.err.contains("queries/recording/post"), "{said}");
    assert!(files(&archive(&pbx)).len() > 10);
}

#[test]
fn a_link_opens_for_anybody_until_it_expires() {
    let pbx = with_history(6);
    let id = some_call(&pbx);
    pbx.asked();
    let links = pbx.customer(["-o", "json", "recording", "link", &id, "--expires", "2h"]).said().exits(0).json();
    assert!(pbx.asked().is_empty(), "a link is made here");
    let url = links[0]["url"].as_str().unwrap();
    assert!(url.contains(KEY) && !url.contains(SALT), "the key belongs to it, the salt does not");
    let (kind, sound) = opened(url);
    assert_eq!((kind.as_str(), sound.len() % 72), ("audio/mpeg", 0));
    let (kind, _) = opened(&url.replace("/play/", "/download/"));
    assert_eq!(kind, "audio/mpeg", "the action is not signed");
    pbx.control("POST", "settings", json!({"recording_links": false}));
    assert_eq!(opened(url).0, "application/json");
    for (bad, kind) in [("yesterday", "period"), ("soon", "time"), ("0d", "period"), ("2020-01-01", "period"), ("", "time")] {
        let error = pbx.customer(["-o", "json", "recording", "link", &id, "--expires", bad]).said().exits(2).error();
        assert_eq!(error["kind"], kind, "{bad}");
    }
    pbx.customer(["recording", "link", &id, "--expires", "завтра"]).said().exits(0);
}

/// As a browser does: the type, and the bytes.
fn opened(url: &str) -> (String, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let answer = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    })
}

#[test]
fn what_was_said_is_read_where_the_service_is_enabled() {
    let pbx = with_history(12);
    let id = some_call(&pbx);
    let read = |what: &str| pbx.customer(["-o", "json", "recording", what, &id]);
    let phrases = read("transcript").said().exits(0).json();
    let spoken_by = phrases[0]["role"].as_str().unwrap();
    assert!(phrases.as_array().unwrap().len() >= 4 && ["operator", "client"].contains(&spoken_by), "{phrases}");
    let topics = read("topics").said().exits(0).json();
    assert!(topics[0]["topic"].is_string() && topics[0]["terms"][0]["count"].as_i64() > Some(0), "{topics}");
    let summary = read("summary").said().exits(0).json();
    assert!(summary[0]["summary"].as_str().unwrap().contains("\n2. "), "{summary}");
    // Every call has its own.
    let calls = pbx.customer(["-o", "json", "recording", "list", "-n", "4"]).said().exits(0).json();
    let of_call = |call: &Value| {
        let id = call["entry_id"].as_str().unwrap();
        let said = pbx.customer(["-o", "json", "recording", "summary", id]).said().exits(0).json();
        said[0]["communication_id"].as_str().unwrap().to_owned()
    };
    let ids: BTreeSet<String> = calls.as_array().unwrap().iter().map(of_call).collect();
    assert_eq!(ids.len(), calls.as_array().unwrap().len());

    pbx.control("POST", "settings", json!({"speech": false}));
    for what in ["transcript", "topics", "summary"] {
        let error = read(what).said().exits(6).error();
        assert_eq!((&error["kind"], &error["code"]), (&json!("no_speech"), &json!(2230)), "{what}");
        let said = pbx.customer(["recording", what, &id]).in_russian().said().exits(6);
        said.says("не подключена речевая аналитика");
    }
    pbx.control("POST", "settings", json!({"speech": true}));
    for (path, what) in
        [("queries/recording_transcripts", "transcript"), ("queries/recording_categories", "topics"), ("s2t/queries/records", "summary")]
    {
        pbx.fault(json!({"path": path, "status": 200, "content_type": "application/json", "body": r#"{"result":1000,"data":[]}"#}));
        assert_eq!(read(what).said().exits(0).json(), json!([]), "{what}");
    }
}

#[test]
fn a_call_without_a_recording_is_said_to_have_none() {
    let pbx = with_history(30);
    let calls = pbx.customer(["-o", "json", "history", "-n", "30"]).said().exits(0).json();
    let without = calls.as_array().unwrap().iter().find(|call| call["recordings"] == json!([])).unwrap();
    let id = without["entry_id"].as_str().unwrap();
    for what in ["get", "link", "play", "transcript", "summary", "topics"] {
        assert_eq!(pbx.customer(["-o", "json", "recording", what, id]).said().exits(3).error()["kind"], "no_recording", "{what}");
        assert_eq!(pbx.customer(["-o", "json", "recording", what, "nonsense"]).said().exits(3).error()["kind"], "no_call", "{what}");
    }
}

#[test]
fn a_recording_is_played_by_the_program_that_is_there() {
    let pbx = with_history(6);
    let id = some_call(&pbx);
    let scratch = pbx.home.path().join("scratch");
    let heard = pbx.home.path().join("heard");
    for directory in [&scratch, &heard] {
        std::fs::create_dir(directory).unwrap();
    }
    let play = || pbx.customer(["-o", "json", "recording", "play", &id]).env("TMPDIR", &scratch);
    let set = |player: &str| pbx.home.mango(["config", "set", "player", player]).said().exits(0);
    set(&format!("cp -t {}", heard.display()));
    assert_eq!(play().said().exits(0).out, "");
    assert!(whole_frames(&heard.join("recording.mp3")) > 0);
    set("false");
    assert_eq!(play().said().exits(1).error()["kind"], "player");
    set("no-such-player");
    assert_eq!(play().said().exits(1).error()["kind"], "player");
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "nothing stays behind");
    set("");
    assert_eq!(play().env("PATH", &scratch).said().exits(2).error()["kind"], "no_player");
    // From an archive nothing is fetched.
    sync(&pbx, &[]).said().exits(0);
    set(&format!("cp -t {}", heard.display()));
    pbx.asked();
    let directory = archive(&pbx).display().to_string();
    pbx.customer(["recording", "play", &id, "--dir", &directory]).said().exits(0);
    assert!(fetched(&pbx).is_empty());
    assert_eq!(std::fs::read_dir(&heard).unwrap().count(), 2);
}

#[test]
fn no_one_time_address_and_no_secret_is_logged() {
    let pbx = with_history(6);
    let id = some_call(&pbx);
    let said = pbx.customer(["-v", "recording", "get", &id, "--to", "one.mp3"]).said().exits(0);
    assert!(said.err.contains("→ GET 127.0.0.1/…"), "{said}");
    let words: Vec<&str> = said.err.split(|letter: char| !letter.is_ascii_hexdigit()).filter(|word| word.len() >= 32).collect();
    assert!(words.is_empty() && !said.whole().contains(KEY) && !said.whole().contains(SALT), "{words:?}: {said}");
}
