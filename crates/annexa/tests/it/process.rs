//! A gateway as a process, with its data directory.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::client::{self, Reply};

const BINARY: &str = env!("CARGO_BIN_EXE_annexa");

/// A gateway that runs; it is killed when dropped.
pub(crate) struct Gateway {
    child: Child,
    ready: Value,
    data: PathBuf,
    _scratch: tempfile::TempDir,
}

/// Runs a command of the binary.
pub(crate) fn annexa(args: &[&str]) -> Output {
    Command::new(BINARY).args(args).env("ANNEXA_LOG", "warn").output().expect("the binary runs")
}

/// Standard output of a command that must succeed.
pub(crate) fn output(args: &[&str]) -> String {
    let out = annexa(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Standard error of a command that must fail.
pub(crate) fn failure(args: &[&str]) -> String {
    let out = annexa(args);
    assert!(!out.status.success(), "{args:?} succeeded: {}", String::from_utf8_lossy(&out.stdout));
    String::from_utf8(out.stderr).unwrap()
}

impl Gateway {
    /// The demo without traffic, against its practice provider.
    pub(crate) fn demo(more: &[&str]) -> Gateway {
        let scratch = tempfile::tempdir().unwrap();
        let data = scratch.path().join("data");
        let data_text = data.display().to_string();
        let mut args = vec!["demo", "--no-traffic", "--port", "0", "--data", &data_text];
        args.extend_from_slice(more);
        Self::start(&args, data, scratch)
    }

    /// The demo with one upstream for both dialects.
    pub(crate) fn with_upstream(address: &str, more: &[&str]) -> Gateway {
        let (openai, anthropic) = (format!("openai=http://{address}"), format!("anthropic=http://{address}"));
        let mut args = vec!["--upstream", openai.as_str(), "--upstream", anthropic.as_str()];
        args.extend_from_slice(more);
        Self::demo(&args)
    }

    /// `annexa serve` with a configuration of one openai provider, one tenant, one application; its key in `ready`.
    pub(crate) fn serve(upstream: &str, more: &str) -> Gateway {
        let scratch = tempfile::tempdir().unwrap();
        let data = scratch.path().join("data");
        let config = scratch.path().join("annexa.toml");
        std::fs::write(scratch.path().join("admin.key"), "annexa-admin-0123456789abcdef").unwrap();
        let text = format!(
            "author = \"test\"\n[data]\ndir = \"data\"\n[gateway]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"127.0.0.1:0\"\n\
             admin_key = \"file:admin.key\"\n{more}\n[[provider]]\nname = \"openai\"\ndialect = \"openai_chat\"\nbase_url = \"http://{upstream}\"\n"
        );
        std::fs::write(&config, text).unwrap();
        let mut gateway = Self::start(&["serve", "--config", &config.display().to_string()], data, scratch);
        let dir = gateway.data().to_owned();
        output(&["tenant", "create", "--data", &dir, "bank"]);
        output(&["app", "create", "--data", &dir, "--tenant", "bank", "desk"]);
        let issued: Value = serde_json::from_str(&output(&[
            "key", "issue", "--data", &dir, "--tenant", "bank", "--app", "desk",
        ]))
        .unwrap();
        gateway.ready["gateway_key"] = issued["secret"].clone();
        gateway
    }

    /// The demo with one upstream, whose writes fail once a file has so many bytes.
    pub(crate) fn with_upstream_and_largest_file(address: &str, bytes: u64, durability: &str) -> Gateway {
        let scratch = tempfile::tempdir().unwrap();
        let data = scratch.path().join("data");
        let run = format!(
            "trap '' XFSZ; ulimit -f {}; exec {BINARY} demo --no-traffic --port 0 --durability {durability} --upstream openai=http://{address} --data {}",
            bytes / 1024,
            data.display()
        );
        let mut command = Command::new("bash");
        command.args(["-c", &run]);
        Self::spawn(command, data, scratch)
    }

    /// The demo once more on the data of one that has ended.
    pub(crate) fn again(&self) -> Gateway {
        let mut command = Command::new(BINARY);
        command.args(["demo", "--no-traffic", "--port", "0", "--data", self.data()]);
        Self::spawn(command, self.data.clone(), tempfile::tempdir().unwrap())
    }

    fn start(args: &[&str], data: PathBuf, scratch: tempfile::TempDir) -> Gateway {
        let mut command = Command::new(BINARY);
        command.args(args);
        Self::spawn(command, data, scratch)
    }

    fn spawn(mut command: Command, data: PathBuf, scratch: tempfile::TempDir) -> Gateway {
        let mut child = command
            .env("ANNEXA_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut why = String::new();
            child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("the gateway did not start: {why}");
        }
        // Nobody reads standard error, and little is written there.
        Gateway { child, ready: serde_json::from_str(&line).unwrap(), data, _scratch: scratch }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &str {
        self.data.to_str().unwrap()
    }

    /// The folder of the data directory.
    pub(crate) fn folder(&self) -> &Path {
        self.data.parent().unwrap()
    }

    /// Host and port of the data plane.
    pub(crate) fn address(&self) -> String {
        let url = self.ready["openai_base_url"].as_str().unwrap();
        url.trim_start_matches("http://").split('/').next().unwrap().to_owned()
    }

    /// The gateway key that was printed.
    pub(crate) fn key(&self) -> &str {
        self.ready["gateway_key"].as_str().unwrap()
    }

    /// Process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A chat request with one user message.
    pub(crate) fn chat(&self, text: &str, stream: bool) -> Reply {
        self.post("/openai/v1/chat/completions", &chat_body(text, stream))
    }

    /// A messages request with one user message.
    pub(crate) fn messages(&self, text: &str, stream: bool) -> Reply {
        let body = json!({"model": "practice", "max_tokens": 256, "stream": stream, "messages": [{"role": "user", "content": text}]});
        self.post("/anthropic/v1/messages", &body)
    }

    /// Posts a body with the gateway key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_bytes(path, body.to_string().as_bytes(), &[])
    }

    /// Posts bytes with the gateway key and more headers.
    pub(crate) fn post_bytes(&self, path: &str, body: &[u8], more: &[(&str, &str)]) -> Reply {
        let bearer = format!("Bearer {}", self.key());
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend_from_slice(more);
        client::ask(&self.address(), "POST", path, &headers, body)
    }

    /// The events of a tenant, from an export.
    pub(crate) fn events(&self, tenant: &str) -> Vec<Value> {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("export");
        output(&["log", "export", "--data", self.data(), "--tenant", tenant, &folder.display().to_string()]);
        let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
        let event = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            serde_json::from_str(line["event"].as_str().unwrap()).unwrap()
        };
        text.lines().map(event).collect()
    }

    /// The events of one exchange.
    pub(crate) fn exchange(&self, tenant: &str, id: &str) -> Vec<Value> {
        self.events(tenant).into_iter().filter(|e| e["exchange"] == id).collect()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end, and says whether it ended well.
    pub(crate) fn wait(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

/// A chat body with one user message.
pub(crate) fn chat_body(text: &str, stream: bool) -> Value {
    json!({"model": "practice", "stream": stream, "messages": [{"role": "user", "content": text}]})
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
