//! The signed form in which everything travels, in both directions (vpbx-core §1.2, §1.3).

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::credentials::Credentials;

/// Three form fields: who (`vpbx_api_key`), proof (`sign`), what (`json`).
///
/// `sign` is the lower-case hex SHA-256 of key + json + salt, over the exact UTF-8 bytes of the `json` field.
#[derive(Clone)]
pub struct Envelope {
    key: String,
    sign: String,
    json: String,
}

/// Why an envelope was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// Made for another PBX, or by somebody who does not know our key.
    ForeignKey,
    /// The signature does not fit the text.
    WrongSign,
}

impl Envelope {
    /// Signs the very bytes that will be sent.
    pub fn seal(credentials: &Credentials, json: impl Into<String>) -> Envelope {
        let json = json.into();
        let key = credentials.key.expose_secret().to_owned();
        Envelope { sign: sign(&[&key, &json, credentials.salt.expose_secret()]), key, json }
    }

    /// An envelope as it came, not yet believed: only [`Envelope::open`] gives the text inside.
    pub fn received(key: impl Into<String>, sign: impl Into<String>, json: impl Into<String>) -> Envelope {
        Envelope { key: key.into(), sign: sign.into(), json: json.into() }
    }

    /// The key it claims, which is a secret as well: never print it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The proof, which is nobody else's business either.
    pub fn sign(&self) -> &str {
        &self.sign
    }

    /// The JSON text, after key and signature have been compared in constant time.
    pub fn open(self, credentials: &Credentials) -> Result<String, Forged> {
        let salt = credentials.salt.expose_secret();
        if !same(&self.key, credentials.key.expose_secret()) {
            return Err(Forged::ForeignKey);
        }
        if !same(&self.sign.to_ascii_lowercase(), &sign(&[&self.key, &self.json, salt])) {
            return Err(Forged::WrongSign);
        }
        Ok(self.json)
    }

    /// The body of an `application/x-www-form-urlencoded` request. Keys with `+`, `/`, `=` survive.
    pub fn form(&self) -> String {
        form_urlencoded::Serializer::new(String::with_capacity(self.json.len() * 2 + 128))
            .append_pair("vpbx_api_key", &self.key)
            .append_pair("sign", &self.sign)
            .append_pair("json", &self.json)
            .finish()
    }
}

/// Lower-case hex SHA-256 of the parts joined without separators (vpbx-core §1.3; also signs recording links).
pub fn sign(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part.as_bytes()));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(key: &str, salt: &str, json: &str, expected: &str) {
        let credentials = Credentials::new(key, salt);
        assert_eq!(Envelope::seal(&credentials, json).sign, expected);
        assert_eq!(Envelope::received(key, expected, json).open(&credentials).as_deref(), Ok(json));
    }

    /// The vendor's own samples (vpbx-core §1.3).
    #[test]
    fn the_vendors_vectors_hold() {
        let official = |json, sign| signs("<YOUR_API_KEY>", "<YOUR_API_SALT>", json, sign);
        official(r#"{"key":"<REQUEST_KEY>"}"#, "515069b8c079df62f408e36dd7933912b8e86d833c5927ee77eb4b68d766c4f5");
        official(
            r#"{"command_id":"your-command-id","call_id":"<CALL_ID>"}"#,
            "2d1d01246f52cec1fdb44f2a4d7091dc54f67e318369c0628201d66b5d336ef0",
        );
        official(
            r#"{"command_id":"your-command-id","from":{"extension":"<extension>","number":""},"to_number":"<to_number>"}"#,
            "afdeb462cd5e0e422a9c9220390124608df06a4472cb1add6ebd6e24184bd15a",
        );
        official(
            r#"{"date_from":"1445288400","date_to":"1445374859","from":{"extension":"","number":""},"to":{"extension":"","number":""}}"#,
            "94e263aa0aa65d77481b86e9224fa2230265faa387322e40716389406982c0fb",
        );
    }

    #[test]
    fn other_vectors_hold() {
        let demo = |json, sign| signs("demokey00000000000000000000000001", "demosalt0000000000000000000000001", json, sign);
        demo("{}", "9adbf87b59caac96544f45d43a081101c182bf7917d516d72db382a64ea79171");
        demo(
            r#"{"command_id":"cmd-2","text":"Привет","from_extension":"101","to_number":"74950000020"}"#,
            "46e28ef5885b3e4db4f89350e3ed3fe94cef054f831a13c91e34172786187d15",
        );
        demo(r#"{"key":"aB+c/9=="}"#, "621807451d9950152936128b9f0d4a5846089b8c23f8f18676fc17aa47139021");
        demo(r#"{"key":"aB+c\/9=="}"#, "a5e865178033dedfb81fb8de0f6e9f236301820bbe268b30faadd6f3ff369ef9");
        let test = |json, sign| signs("testkey0000000000000000000000001", "testsalt000000000000000000000001", json, sign);
        test("{}", "7297f66e078a10125e6e73398fb600690a41b2cbe81353e261377ac4f1ca3203");
        test(r#"{"number":"74950000011"}"#, "57f0b0619033c7d9aea97f17a5882428a127f9802c8b4a0e18901e4d71b03e15");
    }

    #[test]
    fn a_recording_link_is_signed_over_key_time_id_and_salt() {
        let signed = sign(&[
            "demokey00000000000000000000000001",
            "1790000000",
            "MToyMDAwMDAwMTo5MDAwMDAwMDAxOjA=",
            "demosalt0000000000000000000000001",
        ]);
        assert_eq!(signed, "ae7883d35442f8939099e4e2c5c06277116bb8e8823d7dfaf2c8932ef2f92f59");
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let ours = Credentials::new("key", "salt");
        let Envelope { key, sign, .. } = Envelope::seal(&ours, r#"{"a":1}"#);
        assert_eq!(Envelope::received(&key, &sign, r#"{"a":2}"#).open(&ours), Err(Forged::WrongSign));
        assert_eq!(Envelope::received("kez", &sign, r#"{"a":1}"#).open(&ours), Err(Forged::ForeignKey));
        assert_eq!(Envelope::received(&key, "", r#"{"a":1}"#).open(&ours), Err(Forged::WrongSign));
    }

    #[test]
    fn keys_with_plus_and_slash_survive_the_form() {
        let credentials = Credentials::new("a+b/c=", "s");
        let body = Envelope::seal(&credentials, r#"{"text":"Привет + мир"}"#).form();
        let fields: std::collections::HashMap<_, _> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let again = Envelope::received(&fields["vpbx_api_key"], &fields["sign"], &fields["json"]);
        assert_eq!(again.open(&credentials).as_deref(), Ok(r#"{"text":"Привет + мир"}"#));
    }
}
