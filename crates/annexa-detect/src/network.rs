//! E-mail addresses, IP and hardware addresses, and URLs with credentials.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;

use crate::check::{Standing, placeholder};
use crate::find::{Raw, Scene};
use crate::rules::Finder;
use crate::settle::LEAST;
use crate::validate::Candidate;

const LONGEST_LABEL: usize = 64;
const LONGEST_URL: usize = 2_048;

/// E-mail addresses.
pub(crate) fn addresses(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let Some((id, _)) = scene.rules.finder(Finder::Email) else { return };
    for at in memchr::memchr_iter(b'@', scene.text.as_bytes()) {
        if let Some((start, end)) = address(scene.text, at) {
            out.extend(scene.weigh_span(id, start, end, 0.0));
        }
    }
}

fn address(text: &str, at: usize) -> Option<(usize, usize)> {
    let local = |c: char| c.is_alphanumeric() || "._%+-'&*=!#~".contains(c);
    let before = text.get(..at)?;
    let from = before.char_indices().rev().take(LONGEST_LABEL).take_while(|(_, c)| local(*c)).last()?.0;
    let name = before.get(from..)?;
    let start =
        from + (name.len() - name.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_').len());
    let after = text.get(at + 1..)?;
    let host = |c: char| c.is_alphanumeric() || ".-".contains(c);
    let end =
        after.char_indices().take(254).take_while(|(_, c)| host(*c)).last().map(|(i, c)| i + c.len_utf8())?;
    let domain = after.get(..end)?.trim_end_matches(['.', '-']);
    let top = domain.rsplit_once('.')?.1;
    let files = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "json", "ts", "py", "md"];
    let known = top.chars().count() >= 2 && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"));
    let clone = name == "git" && after.get(domain.len()..).is_some_and(|r| r.starts_with(':'));
    (start < at && known && !clone && !files.contains(&top) && !domain.starts_with('.'))
        .then_some((start, at + 1 + domain.len()))
}

/// IP version 4 at digits; IP version 6 and hardware addresses at colons and hyphens.
pub(crate) fn numbers(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let mut done = 0;
    for word in scene.survey.words.iter().filter(|w| w.digits > 0) {
        if word.start < done {
            continue;
        }
        if let Some(end) = version_four(scene.text, word.start) {
            done = end;
            let octets = scene.text.get(word.start..end).unwrap_or_default().split('.');
            let small = octets.filter_map(|o| o.parse::<u8>().ok()).all(|o| o < 30);
            let ip = scene.rules.finder(Finder::Ip);
            let found =
                ip.and_then(|(id, _)| scene.weigh_span(id, word.start, end, if small { 0.2 } else { 0.0 }));
            out.extend(found.map(|raw| of_network(scene.text, raw)));
            continue;
        }
        let (start, end) = run(scene.text, word.start, |b| b.is_ascii_hexdigit() || b":-.".contains(&b));
        done = end.max(word.end);
        let Some(token) = scene.text.get(start..end) else { continue };
        let token = token.trim_end_matches([':', '.', '-']);
        let finder = if hardware(token) {
            Finder::Mac
        } else if version_six(token) {
            Finder::Ip
        } else {
            continue;
        };
        out.extend(
            scene
                .rules
                .finder(finder)
                .and_then(|(id, _)| scene.weigh_span(id, start, start + token.len(), 0.0))
                .map(|raw| of_network(scene.text, raw)),
        );
    }
}

/// An address that no host on the internet has tells of nobody.
fn of_network(text: &str, raw: Raw) -> Raw {
    let address = text.get(raw.start..raw.end).and_then(|t| t.parse::<IpAddr>().ok());
    let local = match address {
        Some(IpAddr::V4(ip)) => {
            let [first, second, ..] = ip.octets();
            let carrier = first == 100 && second & 0xC0 == 64;
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation() || carrier
        }
        Some(IpAddr::V6(ip)) => {
            let documentation = matches!(ip.segments(), [0x2001, 0xDB8, ..]);
            ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_loopback() || documentation
        }
        None => false,
    };
    if local { Raw { confidence: LEAST, why: "private or documentation address".into(), ..raw } } else { raw }
}

/// The run of allowed bytes round a place, not glued to letters or digits.
fn run(text: &str, at: usize, allowed: impl Fn(u8) -> bool) -> (usize, usize) {
    let bytes = text.as_bytes();
    let before =
        bytes.get(..at).unwrap_or_default().iter().rev().take(48).take_while(|b| allowed(**b)).count();
    let after = bytes.get(at..).unwrap_or_default().iter().take(64).take_while(|b| allowed(**b)).count();
    let (mut start, end) = (at - before, at + after);
    let word = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
    if word(start.checked_sub(1)) || word(Some(end)) {
        return (at, at);
    }
    while bytes.get(start).is_some_and(|b| b".-".contains(b)) {
        start += 1;
    }
    (start, end)
}

pub(crate) fn version_four(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if start
        .checked_sub(1)
        .and_then(|i| bytes.get(i))
        .is_some_and(|b| b.is_ascii_alphanumeric() || b".-_".contains(b))
    {
        return None;
    }
    let (mut at, mut first) = (start, 0_u32);
    for part in 0..4 {
        let digits = bytes.get(at..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let octet: u32 = text.get(at..at + digits)?.parse().ok().filter(|o| *o < 256)?;
        if part == 0 {
            first = octet;
        }
        at += digits;
        if part < 3 {
            (bytes.get(at) == Some(&b'.')).then_some(())?;
            at += 1;
        }
    }
    let next = bytes.get(at).copied().unwrap_or(b' ');
    let beyond = bytes.get(at + 1).copied().unwrap_or(b' ');
    let ends = !(next.is_ascii_alphanumeric() || next == b'.' && beyond.is_ascii_digit());
    (ends && !matches!(first, 0 | 127 | 255)).then_some(at)
}

fn version_six(token: &str) -> bool {
    let groups = token.split(':').filter(|g| !g.is_empty()).count();
    groups >= 3 && token.bytes().any(|b| b.is_ascii_digit()) && token.parse::<Ipv6Addr>().is_ok()
}

fn hardware(token: &str) -> bool {
    let pairs = |mark| token.split(mark).count() == 6 && token.split(mark).all(|p| p.len() == 2 && hex(p));
    let quads = token.split('.').count() == 3 && token.split('.').all(|p| p.len() == 4 && hex(p));
    let letter = token.bytes().any(|b| b.is_ascii_alphabetic());
    pairs(':') || (pairs('-') && letter) || (quads && letter)
}

fn hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "cassandra",
    "couchbase",
    "couchdb",
    "ldap",
    "ldaps",
    "smtp",
    "smtps",
    "ftp",
    "ftps",
    "sftp",
    "kafka",
    "nats",
    "mqtt",
    "mqtts",
    "snowflake",
    "neo4j",
    "bolt",
    "cockroachdb",
    "db2",
    "influxdb",
    "elasticsearch",
    "memcached",
    "rabbitmq",
    "sqlite",
    "jdbc",
    "odbc",
    "redshift",
    "vertica",
    "presto",
    "trino",
    "hive",
    "imap",
    "imaps",
    "ssh",
    "smb",
];

/// URLs that carry a password: connection strings, and others.
pub(crate) fn urls(scene: &Scene<'_>, out: &mut Vec<Raw>) {
    let mut run = UrlRun::default();
    let schemes = &scene.survey.schemes;
    for (at, mark) in schemes.iter().enumerate() {
        if *mark >= run.end {
            run = UrlRun::read(scene.text, *mark + 3);
        }
        let next = schemes.get(at + 1..).unwrap_or_default();
        let Some((start, end)) = run.with_password(scene.text, *mark, next) else { continue };
        let Some(scheme) = scene.text.get(start..*mark) else { continue };
        let scheme = scheme.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let base = scheme.split('+').next().unwrap_or_default();
        let is_database = DATABASES.contains(&scheme.as_str()) || DATABASES.contains(&base);
        let finder = if is_database { Finder::ConnectionString } else { Finder::UrlCredentials };
        if let Some((id, rule)) = scene.rules.finder(finder) {
            let why = "password in a URL".into();
            out.push(Raw { start, end, rule: id, confidence: rule.cued.max(0.96), detector: "pattern", why });
        }
    }
}

/// What no blank or quote ends, read once for all the URLs that begin in it.
#[derive(Debug, Default)]
struct UrlRun {
    end: usize,
    /// Places of `@` before a host.
    hosts: Vec<usize>,
    /// Places of `?`.
    queries: Vec<usize>,
    /// Pairs of a query that hold a secret.
    secrets: Vec<(usize, usize)>,
}

impl UrlRun {
    fn read(text: &str, from: usize) -> Self {
        let stop = |c: char| c.is_whitespace() || "\"'`<>“”«»".contains(c);
        let rest = text.get(from..).unwrap_or_default();
        let rest = rest.get(..rest.find(stop).unwrap_or(rest.len())).unwrap_or_default();
        let mut run = Self { end: from + rest.len(), ..Self::default() };
        let mut piece = 0;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'@' => run.hosts.push(from + at),
                b'?' => run.queries.push(from + at),
                _ => {}
            }
            if b"?&;".contains(&byte) {
                run.add_pair(rest, from, piece..at);
                piece = at + 1;
            }
        }
        run.add_pair(rest, from, piece..rest.len());
        run
    }

    fn add_pair(&mut self, text: &str, from: usize, place: Range<usize>) {
        const SECRET: [&str; 7] = ["password", "pwd", "pass", "passwd", "secret", "sig", "accountkey"];
        let pair = text.get(place.clone()).and_then(|p| p.split_once('='));
        let secret = pair.is_some_and(|(key, value)| {
            SECRET.iter().any(|s| key.eq_ignore_ascii_case(s)) && value.len() >= 4 && !placeholder(value)
        });
        if secret {
            self.secrets.push((from + place.start, from + place.end));
        }
    }

    /// The URL of the scheme at `mark`, if it holds a password; `next` are the schemes after it.
    fn with_password(&self, text: &str, mark: usize, next: &[usize]) -> Option<(usize, usize)> {
        let start = scheme_start(text, mark)?;
        let body = mark + 3;
        let cap = text.floor_char_boundary(self.end.min(body + LONGEST_URL));
        // A secret that begins within the cap is taken whole.
        let end = match (self.user_password(text, body..cap, next), self.secret_pair(body, cap)) {
            (_, Some(end)) => end.max(cap),
            (true, None) => cap,
            (false, None) => return None,
        };
        let whole = text.get(body..end)?.trim_end_matches(['.', ',', ';', ')', ']', '}', '!', '?', ':']);
        (!whole.is_empty()).then_some((start, body + whole.len()))
    }

    /// Does `user:password@host` stand in this part? With another scheme in the password it does not.
    fn user_password(&self, text: &str, part: Range<usize>, next: &[usize]) -> bool {
        let last = self.hosts.partition_point(|at| *at < part.end).checked_sub(1);
        let Some(at) = last.and_then(|i| self.hosts.get(i)).copied().filter(|at| *at >= part.start) else {
            return false;
        };
        let host = text.get(at + 1..part.end).unwrap_or_default();
        let colon = text.get(part.start..at).and_then(|u| memchr::memchr(b':', u.as_bytes()));
        let Some(from) = colon.map(|i| part.start + i + 1) else { return false };
        // The first colon is at most the next scheme's, so that only the two after this one can be asked for.
        let nested = next.iter().take(2).any(|mark| *mark >= from && mark + 3 <= at);
        let named = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        let password = text.get(from..at).unwrap_or_default();
        named && !nested && password.len() >= 2 && !placeholder(password)
    }

    /// End of the last secret pair after a `?` that begins between these places.
    fn secret_pair(&self, body: usize, cap: usize) -> Option<usize> {
        let query = self.queries.get(self.queries.partition_point(|at| *at < body))?;
        let last = self.secrets.partition_point(|(start, _)| *start < cap).checked_sub(1)?;
        self.secrets.get(last).filter(|(start, _)| start > query).map(|(_, end)| *end)
    }
}

/// Where the name of the scheme at a mark begins, if it has one.
fn scheme_start(text: &str, mark: usize) -> Option<usize> {
    let scheme = |c: char| c.is_ascii_alphanumeric() || "+.-:".contains(c);
    let before = text.get(..mark)?;
    let from = before.char_indices().rev().take(32).take_while(|(_, c)| scheme(*c)).last()?.0;
    let name = before.get(from..)?.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    (!name.is_empty()).then_some(mark - name.len())
}

impl Scene<'_> {
    /// A span that code found, weighed by its rule.
    pub(crate) fn weigh_span(&self, id: u16, start: usize, end: usize, embedded: f32) -> Option<Raw> {
        let written = self.text.get(start..end)?;
        let compact: String =
            written.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        self.weigh(
            id,
            (start, end),
            &Candidate { compact: &compact, written },
            Standing { cued: false, embedded },
        )
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "offsets of the test's own texts")]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_name_and_a_domain() {
        let found = |text: &str| address(text, text.find('@').unwrap()).map(|(s, e)| text[s..e].to_owned());
        assert_eq!(found("to <ann.lee+x@mail.example.org>.").as_deref(), Some("ann.lee+x@mail.example.org"));
        assert_eq!(found("ü@bücher.de").as_deref(), Some("ü@bücher.de"));
        assert_eq!(found("git@host.org:repo"), None);
        assert_eq!(found("icon@2x.png"), None);
        assert_eq!(found("@handle is here"), None);
    }

    #[test]
    fn network_numbers_are_told_from_versions_and_times() {
        assert_eq!(version_four("10.20.30.40.", 0), Some(11));
        assert_eq!(version_four("10.20.30.40.50", 0), None);
        assert_eq!(version_four("10.20.300.4", 0), None);
        assert!(version_six("2001:db8::1:2") && version_six("554c:7638:d772:68bf:16b2:2607:867c:1bba"));
        assert!(!version_six("12:30:45") && !version_six("a::b"));
        assert!(hardware("be:cd:3f:44:33:dc") && hardware("be-cd-3f-44-33-dc") && hardware("becd.3f44.33dc"));
        assert!(!hardware("12-34-56-78-90-12"));
    }

    #[test]
    fn urls_with_passwords_are_told_from_others() {
        let check = |text: &str| {
            let marks: Vec<usize> = text.match_indices("://").map(|(at, _)| at).collect();
            UrlRun::read(text, marks[0] + 3).with_password(text, marks[0], &marks[1..]).is_some()
        };
        assert!(check("use postgresql://ann:p4ss$w/rd@db.internal:5432/crm please"));
        assert!(check("redis://:hunter22@cache:6379"));
        assert!(check("jdbc:mysql://db/x?user=a&password=b3tter"));
        assert!(!check("see https://example.org/a@b:c"));
        assert!(!check("postgres://user:${PASSWORD}@host/db"));
    }

    #[test]
    fn a_run_of_urls_is_read_once_and_its_secrets_whole() {
        let text = format!("{}http://u:pass12@h", "http://a/".repeat(2_000));
        let run = UrlRun::read(&text, 7);
        assert_eq!((run.end, run.hosts.len()), (text.len(), 1));
        let long = format!("https://h/?a=1&sig={}&b=2 end", "k3".repeat(4_000));
        let run = UrlRun::read(&long, 8);
        let (start, end) = run.with_password(&long, 5, &[]).unwrap();
        assert_eq!((start, &long[end - 4..end]), (0, "k3k3"));
    }

    #[test]
    fn private_addresses_are_found_and_say_little() {
        let detector = crate::Detector::builtin().unwrap();
        let sure = |text: &str| {
            let found = detector.scan(text, &crate::Around::default()).unwrap();
            found.iter().find(|f| &*f.kind == "IP_ADDRESS").map(|f| f.confidence)
        };
        for text in [
            "login from 10.20.30.41",
            "host 192.168.77.31",
            "ip 172.31.44.90",
            "ip 169.254.88.1",
            "ip 192.0.2.99",
        ] {
            assert_eq!(sure(text), Some(LEAST), "{text}");
        }
        for text in ["login from 111.72.152.155", "ip 172.32.44.90"] {
            assert!(sure(text).is_some_and(|c| c >= 0.7), "{text}");
        }
    }
}
