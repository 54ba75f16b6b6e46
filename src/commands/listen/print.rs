//! What `--print-setup` and `--print-unit` print: the way to a first event, and the same command as a service.

use std::path::{Path, PathBuf};

use super::{Allowed, Args};
use crate::error::{Error, Result};
use crate::text::tr;

/// From the personal account to the first card.
pub(super) fn setup(args: &Args) -> String {
    let (reach, flags) = if args.tls_cert.is_some() { (directly(args), own_flags(args)) } else { (behind_nginx(args), proxied(args)) };
    let listen = ["mango listen".to_owned()].into_iter().chain(flags.iter().map(|flag| shell(flag))).collect::<Vec<_>>().join(" ");
    tr(
        format!(
            "{reach}\
             2. Личный кабинет MANGO OFFICE → Интеграции → API-коннектор → Настроить. «Адрес внешней системы»: https://ваш.сервер/mango/\n\
             3. Оттуда же возьмите «Уникальный код вашей АТС» (ключ) и «Ключ для создания подписи» (соль): mango login\n\
             4. {listen}\n\
             5. Нажмите «Проверить подключение»: mango listen ответит на ping\n\
             6. Запустите в другом терминале mango watch и позвоните на свою линию: карточка появится ещё до ответа\n"
        ),
        format!(
            "{reach}\
             2. MANGO OFFICE personal account → Integrations → API connector → Set up. Address of the external system: https://your.server/mango/\n\
             3. Take the PBX's unique code (key) and the signing key (salt) from the same page: mango login\n\
             4. {listen}\n\
             5. Press Check connection: mango listen answers the ping\n\
             6. Run mango watch in another terminal and call your line: the card appears before anybody answers\n"
        ),
    )
}

fn directly(args: &Args) -> String {
    let at = args.bind;
    tr(
        format!("1. Пусть {at} будет виден из интернета как https://ваш.сервер/\n"),
        format!("1. Let {at} be reachable from the internet as https://your.server/\n"),
    )
}

fn behind_nginx(args: &Args) -> String {
    let at = args.bind;
    let what = tr("1. Пусть nginx передаёт один из путей вашего HTTPS-сервера:", "1. Let nginx pass a path of your HTTPS server on:");
    format!(
        "{what}\n\n\
         \x20      location /mango/ {{\n\
         \x20          proxy_pass http://{at};\n\
         \x20          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n\
         \x20      }}\n\n"
    )
}

/// Behind a proxy that nobody has named, nginx on this machine is meant.
fn proxied(args: &Args) -> Vec<String> {
    let mut flags = own_flags(args);
    if args.trusted_proxy.is_empty() {
        flags.extend(["--trusted-proxy", "127.0.0.1"].map(str::to_owned));
    }
    if args.allow_ip.is_empty() {
        flags.extend(["--allow-ip", "mango"].map(str::to_owned));
    }
    flags
}

/// What was typed, as it would be typed again.
fn own_flags(args: &Args) -> Vec<String> {
    let mut flags = Vec::new();
    let mut flag = |name: &str, value: String| flags.extend([name.to_owned(), value]);
    if args.bind.to_string() != super::BIND {
        flag("--bind", args.bind.to_string());
    }
    for ip in &args.allow_ip {
        flag("--allow-ip", ip_text(ip));
    }
    for proxy in &args.trusted_proxy {
        flag("--trusted-proxy", proxy.to_string());
    }
    for (name, file) in [("--tls-cert", &args.tls_cert), ("--tls-key", &args.tls_key)] {
        if let Some(file) = file {
            flag(name, file.display().to_string());
        }
    }
    if let Some(command) = &args.exec {
        flag("--exec", command.clone());
    }
    if !args.on.is_empty() {
        flag("--on", args.on.iter().map(|moment| moment.key()).collect::<Vec<_>>().join(","));
    }
    if let Some(url) = &args.forward_to {
        flag("--forward-to", url.clone());
    }
    flags.extend(args.me.then(|| "--me".to_owned()));
    flags.extend(args.notify.then(|| "--notify".to_owned()));
    flags
}

fn ip_text(ip: &Allowed) -> String {
    match ip {
        Allowed::Ip(ip) => ip.to_string(),
        Allowed::Mango => "mango".to_owned(),
    }
}

fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@[]".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A hardened unit of systemd that runs the same command. Errors: 2 where a service cannot do what was asked.
pub(super) fn unit(args: &Args) -> Result<String> {
    if args.notify || args.me {
        let flag = if args.notify { "--notify" } else { "--me" };
        return Err(Error::Usage(tr(
            format!("службе незачем {flag}: на неё никто не смотрит"),
            format!("a service has no use for {flag}: nobody looks at it"),
        )));
    }
    let (start, secrets) = command(args);
    let first = tr(
        "# sudo install -m 755 \"$(command -v mango)\" /usr/local/bin/mango\n\
         # Ключ и соль: /etc/mango/api_key и /etc/mango/api_salt, доступные только root\n\
         # Журнал службы: sudo MANGO_HOME=/var/lib/mango mango watch\n",
        "# sudo install -m 755 \"$(command -v mango)\" /usr/local/bin/mango\n\
         # Key and salt: /etc/mango/api_key and /etc/mango/api_salt, readable by root alone\n\
         # The service's journal: sudo MANGO_HOME=/var/lib/mango mango watch\n",
    );
    let low_port = if args.bind.port() < 1024 { "AmbientCapabilities=CAP_NET_BIND_SERVICE\n" } else { "" };
    Ok(format!(
        "{first}\
         [Unit]\n\
         Description=MANGO OFFICE events (mango listen)\n\
         After=network-online.target\n\
         Wants=network-online.target\n\n\
         [Service]\n\
         ExecStart={start}\n\
         Environment=MANGO_HOME=%S/mango\n\
         StateDirectory=mango\n\
         {secrets}\
         DynamicUser=yes\n\
         {low_port}\
         Restart=always\n\
         RestartSec=2\n\
         NoNewPrivileges=yes\n\
         ProtectSystem=strict\n\
         ProtectHome=yes\n\
         PrivateTmp=yes\n\
         PrivateDevices=yes\n\
         ProtectKernelTunables=yes\n\
         ProtectControlGroups=yes\n\
         RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n\
         MemoryDenyWriteExecute=yes\n\
         SystemCallArchitectures=native\n\n\
         [Install]\n\
         WantedBy=multi-user.target\n"
    ))
}

/// The same command as `ExecStart=` has it, and a `LoadCredential=` for every file that only root can read.
fn command(args: &Args) -> (String, String) {
    let mut secrets = vec![
        ("mango_api_key".to_owned(), PathBuf::from("/etc/mango/api_key")),
        ("mango_api_salt".to_owned(), PathBuf::from("/etc/mango/api_salt")),
    ];
    let mut flags = own_flags(args);
    // A user of the unit's own cannot read the key of a certificate: systemd hands it over.
    for flag in ["--tls-cert", "--tls-key"] {
        if let Some(at) = flags.iter().position(|one| one == flag) {
            let name = flag.trim_start_matches("--").replace('-', "_");
            secrets.push((name.clone(), absolute(&flags[at + 1])));
            flags[at + 1] = format!("${{CREDENTIALS_DIRECTORY}}/{name}");
        }
    }
    let words = flags.iter().map(|flag| if flag.starts_with("${CREDENTIALS_DIRECTORY}") { flag.clone() } else { quoted(flag) });
    let start = ["/usr/local/bin/mango listen -o ndjson".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ");
    let secrets = secrets.iter().map(|(name, path)| format!("LoadCredential={name}:{}\n", path.display())).collect();
    (start, secrets)
}

fn absolute(path: &str) -> PathBuf {
    std::path::absolute(Path::new(path)).unwrap_or_else(|_| path.into())
}

/// A word of `ExecStart=`: systemd expands `%` and `$` even between quotes.
fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%").replace('$', "$$");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@[]%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word } else { format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\"")) }
}
