//! The CRM on a real socket, asked the way a client asks. Numbers in comments are the rows of bpmsoft-odata §7.

mod effects;
mod failures;
mod querying;
mod rows;
mod signing_in;

use std::sync::Mutex;

use reqwest::header::HeaderMap;
use reqwest::{Method, redirect};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::{Sandbox, Settings, locked, serve};
use super::known;
use crate::credentials::Credentials;

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A sandbox that serves.
struct Stage {
    url: String,
    home: tempfile::TempDir,
    client: reqwest::Client,
}

impl Stage {
    async fn new() -> Stage {
        Stage::in_directory(tempfile::tempdir().unwrap()).await
    }

    async fn in_directory(home: tempfile::TempDir) -> Stage {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Stage { url: open_doors(home.path()).await, home, client }
    }

    /// A client of the .NET 8 build that has not signed in.
    fn stranger(&self) -> Visitor {
        self.visitor("crm", "odata")
    }

    fn visitor(&self, directory: &str, odata: &str) -> Visitor {
        let app = format!("{}/{directory}", self.url);
        Visitor { odata: format!("{app}/{odata}"), app, client: self.client.clone(), jar: Mutex::default(), forced: true, with_token: true }
    }

    async fn user(&self) -> Visitor {
        let visitor = self.stranger();
        assert_eq!(visitor.sign_in("demo", "demo-password").await.json()["Code"], 0);
        visitor
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let sent = self.client.post(format!("{}/sandbox/crm/{path}", self.url)).body(body.to_string()).send().await.unwrap();
        let (status, text) = (sent.status(), sent.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn look(&self) -> Value {
        let text = self.client.get(format!("{}/sandbox/crm", self.url)).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

async fn open_doors(directory: &std::path::Path) -> String {
    let sandbox = Sandbox::open(Settings {
        directory: directory.to_owned(),
        credentials: Credentials::new("demokey", "demosalt"),
        events_to: None,
        speed: 1.0,
        seed: 7,
        limits: false,
        allow_ips: Vec::new(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, sandbox.unwrap(), std::future::pending()));
    url
}

/// A client with a jar.
struct Visitor {
    app: String,
    odata: String,
    client: reqwest::Client,
    jar: Mutex<Vec<(String, String)>>,
    /// `ForceUseSession: true`
    forced: bool,
    with_token: bool,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.text()))
    }

    fn rows(&self) -> Vec<Value> {
        self.json()["value"].as_array().unwrap_or_else(|| panic!("{} {}", self.status, self.text())).clone()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
    }
}

impl Visitor {
    async fn sign_in(&self, user: &str, password: &str) -> Answer {
        let url = format!("{}/ServiceModel/AuthService.svc/Login", self.app);
        self.send(Method::POST, &url, json!({"UserName": user, "UserPassword": password}).to_string()).await.unwrap()
    }

    /// `path` with its query as a person would write it.
    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, &self.address(path), String::new()).await.unwrap()
    }

    async fn post(&self, set: &str, body: Value) -> Answer {
        self.send(Method::POST, &self.address(set), body.to_string()).await.unwrap()
    }

    async fn patch(&self, row: &str, body: Value) -> Answer {
        self.send(Method::PATCH, &self.address(row), body.to_string()).await.unwrap()
    }

    async fn delete(&self, row: &str) -> Answer {
        self.send(Method::DELETE, &self.address(row), String::new()).await.unwrap()
    }

    /// The id of a row that was made.
    async fn made(&self, set: &str, body: Value) -> String {
        let answer = self.post(set, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["Id"].as_str().unwrap().to_owned()
    }

    async fn row(&self, set: &str, id: &str) -> Value {
        self.get(&format!("{set}({id})")).await.json()
    }

    async fn names(&self, path: &str) -> Vec<String> {
        self.get(path).await.rows().iter().map(|row| row["Name"].as_str().unwrap().to_owned()).collect()
    }

    fn address(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let encoded: Vec<String> = query.split('&').filter(|option| !option.is_empty()).map(encoded).collect();
        format!("{}/{path}?{}", self.odata, encoded.join("&")).trim_end_matches('?').to_owned()
    }

    async fn send(&self, method: Method, url: &str, body: impl Into<reqwest::Body>) -> reqwest::Result<Answer> {
        let mut request = self.client.request(method, url).header("Content-Type", "application/json; charset=utf-8").body(body);
        if self.forced {
            request = request.header("ForceUseSession", "true");
        }
        let jar = locked(&self.jar).clone();
        let token = jar.iter().find(|(name, _)| name == "BPMCSRF").filter(|_| self.with_token);
        if let Some((_, token)) = token {
            request = request.header("BPMCSRF", token);
        }
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let sent = request.header("Cookie", cookies.join("; ")).send().await?;
        let (status, headers) = (sent.status().as_u16(), sent.headers().clone());
        let answer = Answer { status, headers, body: sent.bytes().await?.to_vec() };
        answer.cookies().iter().for_each(|cookie| self.keep(cookie));
        Ok(answer)
    }

    fn keep(&self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        let mut jar = locked(&self.jar);
        jar.retain(|(known, _)| known != name);
        jar.push((name.to_owned(), value.to_owned()));
    }

    fn cookie(&self, name: &str) -> Option<String> {
        locked(&self.jar).iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

fn encoded(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap();
    format!("{name}={}", form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20"))
}
