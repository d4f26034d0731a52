//! A registry on a real socket: `DELETE /units/SERIAL` makes it forget the unit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it was asked: the idempotency keys of each unit it forgot.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>);

impl Registry {
    /// Starts it; gives its address too.
    pub fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let registry = Self::default();
        let shared = registry.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A station that was killed leaves its question unfinished.
                let _ = stream.and_then(|stream| shared.answer(stream));
            }
        });
        (registry, url)
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            match line.trim_end() {
                "" => break,
                text => head.push(text.to_owned()),
            }
        }
        let header = |line: &String| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("idempotency-key")
                .then(|| value.to_owned())
        };
        let asked = head.first().and_then(|line| {
            let path = line.strip_prefix("DELETE /units/")?;
            path.split(' ').next()
        });
        let gone = match (asked, head.iter().find_map(header)) {
            (Some(serial), Some(key)) => {
                let mut units = self.0.lock().unwrap();
                units.entry(serial.to_owned()).or_default().insert(key);
                true
            }
            _ => head.first().is_some_and(|line| self.looked_up(line)),
        };
        let status = if asked.is_some() { 204 } else { 404 };
        let status = if gone { status } else { 400 };
        let answer =
            format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.get_mut().write_all(answer.as_bytes())
    }

    fn looked_up(&self, line: &str) -> bool {
        let serial = line.strip_prefix("GET /units/");
        let serial = serial.and_then(|path| path.split(' ').next());
        serial.is_some_and(|serial| self.has_forgotten(serial))
    }

    pub fn has_forgotten(&self, serial: &str) -> bool {
        self.0.lock().unwrap().contains_key(serial)
    }

    /// Units that were not named by one key at every try.
    pub fn units_under_two_keys(&self) -> usize {
        let units = self.0.lock().unwrap();
        units.values().filter(|keys| keys.len() > 1).count()
    }
}

/// Its entry in the station's configuration.
pub fn entry(url: &str) -> String {
    format!(
        r#"
[[registries.http]]
name = "fleet"
url = "{url}/units/{{serial}}"
success = [204]
look_url = "{url}/units/{{serial}}"
gone = [404]
connection = {{ retry = {{ attempts = 2, first_pause_ms = 1 }} }}
"#
    )
}
