//! Answers, and the four shapes of errors (bpmsoft-odata §3.10).

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// An answer before it goes out; a batch puts it into its own.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: vec![("content-type", kind.to_owned())], body: body.into() }
    }

    pub(super) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn json(status: u16, body: &Value) -> Reply {
        Reply::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// What the OData endpoint says.
    pub(super) fn odata(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(status, "application/json; odata.metadata=minimal", body).with("odata-version", "4.0")
    }

    /// A single value as text; it begins with a byte order mark.
    pub(super) fn text(value: &str) -> Reply {
        Reply::new(200, "text/plain", format!("\u{feff}{value}")).with("odata-version", "4.0")
    }

    pub(super) fn page(status: u16, title: &str) -> Reply {
        let html = format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
        Reply::new(status, "text/html; charset=utf-8", html)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Why a request is not carried out.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The OData library refuses the request: 400.
    Request(String),
    /// The platform behind it fails: 500, with the reason inside.
    Platform(&'static str, String),
    /// No such row, or nothing at this address.
    Missing,
    /// No such set (shape 3).
    NoSet(String),
    /// The user may not.
    Forbidden(String),
    /// Nobody does this here.
    Method(&'static str),
    TooLarge,
}

pub(super) type Done<T> = Result<T, Wrong>;

impl Wrong {
    /// `Column by path … not found in schema …`
    pub(super) fn no_column(path: &str, schema: &str) -> Wrong {
        Wrong::Platform("ItemNotFoundException", format!("Column by path {path} not found in schema {schema}."))
    }

    pub(super) fn no_property(name: &str, entity: &str) -> Wrong {
        Wrong::Request(format!("Could not find a property named '{name}' on type 'BPMSoft.Configuration.OData.{entity}'."))
    }

    /// `missing_set` is the status of shape 3.
    pub(super) fn reply(self, missing_set: u16) -> Reply {
        let odata = |status: u16, body: Value| Reply::odata(status, body.to_string());
        match self {
            Wrong::Request(message) => odata(400, json!({"error": {"code": "", "message": message}})),
            Wrong::Platform(kind, message) => odata(500, failed(kind, &message)),
            Wrong::Missing => odata(404, json!({"error": {"code": "", "message": "Not found"}})),
            Wrong::Forbidden(message) => odata(403, json!({"error": {"code": "", "message": message}})),
            Wrong::NoSet(name) => Reply::json(
                missing_set,
                &json!({
                    "Message": "No HTTP resource was found that matches the request URI.",
                    "MessageDetail": format!("No type was found that matches the controller named '{name}'."),
                }),
            ),
            Wrong::Method(method) => {
                Reply::json(405, &json!({"Message": format!("The requested resource does not support http method '{method}'.")}))
            }
            Wrong::TooLarge => Reply::page(413, "Request Entity Too Large"),
        }
    }
}

/// Shape 1: the useful text is the deepest one.
fn failed(kind: &str, message: &str) -> Value {
    let trace = "   at BPMSoft.Core.Entities.Entity";
    json!({"error": {
        "code": "",
        "message": "An error has occurred.",
        "innererror": {"message": message, "type": format!("BPMSoft.Common.{kind}"), "stacktrace": trace},
    }})
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Wrong {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Wrong::Platform("DbOperationException", "duplicate key value violates unique constraint".to_owned())
            }
            _ => Wrong::Platform("DbOperationException", error.to_string()),
        }
    }
}
