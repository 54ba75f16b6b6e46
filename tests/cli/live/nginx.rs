//! A real nginx in front of `listen`, as on a customer's server.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::listening::*;
use crate::support::*;

struct Nginx(Child);

impl Nginx {
    /// Passes `/mango/` on, with the address of who asked as the PBX's servers would have it: nginx takes it from a header of the test's.
    fn start(directory: &Path, port: u16, to: &str) -> Nginx {
        let at = directory.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/pid; error_log stderr warn;
             events {{ worker_connections 64; }}
             http {{
                 access_log off;
                 client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;
                 set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;
                 server {{
                     listen 127.0.0.1:{port};
                     client_max_body_size 1m;
                     location /mango/ {{
                         proxy_pass http://{to}/mango/;
                         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                     }}
                 }}
             }}"
        );
        std::fs::write(directory.join("nginx.conf"), config).unwrap();
        let mut nginx = Command::new("/usr/sbin/nginx");
        nginx.arg("-p").arg(directory).arg("-c").arg(directory.join("nginx.conf")).arg("-e").arg("stderr");
        let mut child = nginx.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        awaited("nginx", || {
            if let Some(ended) = child.try_wait().unwrap() {
                let mut why = String::new();
                std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut why).unwrap();
                panic!("nginx ended, {ended}: {why}");
            }
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Nginx(child)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn events_come_through_nginx_from_the_pbx_and_from_nobody_else() {
    const TEST: &str = "events_come_through_nginx_from_the_pbx_and_from_nobody_else";
    if !Path::new("/usr/sbin/nginx").exists() {
        return not_run(TEST, "nginx missing (Debian package nginx-light)");
    }
    let home = Home::new();
    let mut listening = Listening::with(&home, &["--trusted-proxy", "127.0.0.1", "--allow-ip", "mango"]);
    let directory = home.path().join("nginx");
    std::fs::create_dir(&directory).unwrap();
    let port = nobodys().port();
    let _nginx = Nginx::start(&directory, port, &listening.address.to_string());
    let post = |from: &str, message: &Message, more: &[(&str, &str)]| {
        let headers = [&[("X-Test-Address", from)], more].concat();
        let path = format!("mango/{}", message.path);
        post(([127, 0, 0, 1], port).into(), &path, "application/x-www-form-urlencoded", message.form().as_bytes(), &headers)
    };
    let messages = messages();
    for message in &messages {
        assert_eq!(post("6.6.6.6", message, &[]), 403);
        assert_eq!(post("6.6.6.6", message, &[("X-Forwarded-For", "81.88.80.132")]), 403, "nginx appends the true address");
        assert_eq!(post("81.88.80.132", message, &[("X-Forwarded-For", "10.1.1.1")]), 200, "{}", message.name);
    }
    let told = listening.told_at_least(messages.len());
    assert_eq!(told.len(), messages.len());
    let sent: Vec<(String, String)> = messages.iter().map(|message| (message.path.clone(), message.json.clone())).collect();
    assert_eq!(recorded(&home), sent);
    // Past the proxy nobody gets in.
    assert_eq!(listening.send("events/call", &call("past", 1, "Appeared")), 403);
}
