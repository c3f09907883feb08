//! `chabi serve` with a certificate of its own.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chabi_testkit::certificates::Authority;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    version::{TLS12, TLS13},
};

use crate::process::{chabi, failure, free_port, success};

const PATIENCE: Duration = Duration::from_secs(60);

/// A server with TLS; killed when it is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configure(folder: &Path, authority: &Authority) -> u16 {
    let port = free_port();
    authority.certify(&["localhost"]).write(&folder.join("certificate.pem"), &folder.join("key.pem"));
    let text = format!(
        "public_url = \"https://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n"
    );
    std::fs::write(folder.join("chabi.toml"), text).unwrap();
    port
}

fn start(folder: &Path, authority: &Authority) -> Server {
    let port = configure(folder, authority);
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = chabi(folder, &["serve", "--config", "chabi.toml"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let server = Server { child, port };
    let deadline = Instant::now() + PATIENCE;
    while !chabi(folder, &["healthcheck", "--config", "chabi.toml"]).stdout(Stdio::null()).status().unwrap().success() {
        assert!(Instant::now() < deadline, "not ready in time: {}", std::fs::read_to_string(folder.join("log")).unwrap());
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

type Connection = StreamOwned<ClientConnection, TcpStream>;

/// A connection that trusts this authority alone, and speaks this version alone; the handshake is done.
fn connect(port: u16, authority: &Authority, version: &'static rustls::SupportedProtocolVersion) -> std::io::Result<Connection> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// The head of the answer to one request; the connection stays open.
fn ask(connection: &mut Connection, path: &str) -> String {
    connection.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() == 1 {
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    connection.read_exact(&mut vec![0; length]).unwrap();
    head
}

#[test]
fn both_versions_are_spoken_and_the_answer_is_http_1_1_with_strict_transport_security() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let server = start(folder.path(), &authority);
    for version in [&TLS12, &TLS13] {
        let mut connection = connect(server.port, &authority, version).unwrap();
        assert_eq!(connection.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        let head = ask(&mut connection, "/.well-known/openid-configuration");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("strict-transport-security"), "{head}");
    }
    assert!(connect(server.port, &Authority::new(), &TLS13).is_err(), "the test trusts one authority alone");
}

/// A ClientHello of a client whose newest version is this one: no `supported_versions`.
fn client_hello(version: [u8; 2]) -> Vec<u8> {
    let mut hello = version.to_vec();
    hello.extend([7; 32]);
    hello.push(0);
    // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 for TLS 1.2; TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA for the older ones
    hello.extend([0, 4, 0xc0, 0x2b, 0xc0, 0x09]);
    hello.extend([1, 0]);
    // supported_groups: secp256r1; ec_point_formats: uncompressed; signature_algorithms: ecdsa_secp256r1_sha256
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 4, 0, 2, 4, 3];
    hello.extend([0, u8::try_from(extensions.len()).unwrap()]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    record
}

// OpenID conformance suite: DisallowTLS10, DisallowTLS11; RFC 8996
#[test]
fn tls_1_0_and_1_1_are_refused_with_an_alert_and_1_2_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &Authority::new());
    let answer = |version| {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&client_hello(version)).unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).unwrap();
        answer
    };
    for version in [[3, 1], [3, 2]] {
        // alert, fatal, protocol_version
        let [kind, _, _, _, _, level, description] = answer(version);
        assert_eq!((kind, level, description), (21, 2, 70), "{version:?}");
    }
    assert_eq!(answer([3, 3])[0], 22, "the same client, but for its version, is answered with a ServerHello");
}

#[test]
fn a_new_certificate_is_used_by_new_connections_while_the_older_ones_go_on_and_a_broken_one_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Authority::new(), Authority::new());
    let server = start(folder.path(), &first);
    let mut kept = connect(server.port, &first, &TLS13).unwrap();
    assert!(ask(&mut kept, "/healthz").starts_with("HTTP/1.1 200"));
    std::fs::write(folder.path().join("certificate.pem"), "broken").unwrap();
    until_log(folder.path(), "cannot be used, so the older one stays");
    assert!(connect(server.port, &first, &TLS13).is_ok(), "the older one stays");
    second.certify(&["localhost"]).write(&folder.path().join("certificate.pem"), &folder.path().join("key.pem"));
    until_log(folder.path(), "the new certificate is used from now on");
    assert!(connect(server.port, &second, &TLS12).is_ok());
    assert!(connect(server.port, &first, &TLS12).is_err());
    assert!(ask(&mut kept, "/healthz").starts_with("HTTP/1.1 200"), "a connection outlives the certificate that it began with");
}

fn until_log(folder: &Path, words: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !std::fs::read_to_string(folder.join("log")).unwrap().contains(words) {
        assert!(Instant::now() < deadline, "the log does not say `{words}`: {}", std::fs::read_to_string(folder.join("log")).unwrap());
        std::thread::sleep(Duration::from_millis(50));
    }
}

// req: op.term
#[test]
fn sigterm_ends_a_server_with_tls_although_somebody_never_finished_a_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start(folder.path(), &Authority::new());
    let mut unfinished = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    unfinished.write_all(&[22, 3, 1]).unwrap();
    assert!(Command::new("kill").arg("-TERM").arg(server.child.id().to_string()).status().unwrap().success());
    let deadline = Instant::now() + PATIENCE;
    while server.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

// req: cf.doctor
#[test]
fn config_check_reads_the_files_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    configure(folder.path(), &authority);
    let check = ["config", "check", "--config", "chabi.toml"];
    success(folder.path(), &check);
    std::fs::write(folder.path().join("key.pem"), authority.certify(&["localhost"]).key).unwrap();
    let said = failure(folder.path(), &check);
    assert!(said.contains("is not that of the certificate"), "{said}");
    assert!(failure(folder.path(), &["serve", "--config", "chabi.toml"]).contains("is not that of the certificate"));
}
