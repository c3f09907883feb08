//! One installation of ours with a database of a given size; what its callers hold lives here, from one window to the next.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::{Context as _, Result};
use chabi_testkit::databases::Cluster;
use chabi_token::{Env, MasterSecret, RefreshTokenKeys};

use super::{
    fill::{self, Mould, Rows},
    multiply::multiply,
};
use crate::{
    cpu::Cpu,
    http::{self, Answer},
    installation::{self, API, Application, Database, Operator},
    lists::fill::index_addresses,
    load::{self, Caller},
    server::{self, Pinning, ServerProcess},
};

/// As many as the scenario of refreshing has.
const CALLERS: u32 = 64;
/// Access tokens that introspection chooses from.
const SAMPLE: usize = 4_096;

/// Rows by the thousand, and a server that is started and stopped.
pub struct Place {
    /// Accounts, and living families.
    pub count: u32,
    folder: tempfile::TempDir,
    database: Database,
    config: PathBuf,
    address: SocketAddr,
    machine: Application,
    web: Application,
    mould: Rc<Mould>,
    server: Option<ServerProcess>,
    held: Held,
    seen: Rc<RefCell<Vec<String>>>,
}

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Each refreshes another family each time, chosen at random.
    Refresh,
    /// Access tokens of families at random.
    Introspection,
    /// The same as ever: nothing in it depends on the number of people.
    ClientCredentials,
}

/// Size of the file, and how much of it is free.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSize {
    /// Megabytes.
    pub all: f64,
    /// Megabytes in pages that wait to be used again.
    pub free: f64,
}

/// The newest refresh token of each family that was ever refreshed.
type Held = Rc<RefCell<HashMap<u32, String>>>;

impl Asked {
    /// In this order, since introspection needs what refreshing gave.
    pub const ALL: [Self; 3] = [Self::Refresh, Self::Introspection, Self::ClientCredentials];

    /// As tables name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Introspection => "introspection",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

impl Place {
    /// Makes it below `folder`, on SQLite or in this cluster, with places for `more` families beside the living.
    ///
    /// # Errors
    /// Whatever an operator would be told, or the store's fault.
    pub async fn make(chabi: &Path, folder: &Path, cluster: Option<&Cluster>, count: u32, more: u32) -> Result<Self> {
        let database = cluster.map_or(Database::Sqlite, |cluster| empty_database(cluster, count));
        let folder = tempfile::tempdir_in(folder)?;
        let address = server::free_address()?;
        let origin = format!("http://localhost:{}", address.port());
        let config = installation::configure(folder.path(), &origin, address, &database)?;
        let operator = Operator { chabi, config: config.clone() };
        operator.run(&["api", "add", API, "--scope", "notes:read"], "")?;
        let machine = operator.application("machine", &["--machine", "--audience", API, "--scope", "notes:read"])?;
        let web = operator.application("web", &["--redirect-uri", "http://localhost:9/callback", "--first-party", "--audience", API])?;
        let env = Env::system();
        let secret = MasterSecret::parse(&fs::read_to_string(folder.path().join("secret"))?)?;
        let store = open(&database, folder.path(), &env).await?;
        let mould = Mould::new(&store, RefreshTokenKeys::new(&secret), count.saturating_add(more), &env).await?;
        let by_verbs = if cluster.is_some() { 1 } else { count };
        fill::fill(&store, &mould, 0..by_verbs, Rows::Living).await?;
        index_addresses(&store).await?;
        if let Some(cluster) = cluster {
            multiply(cluster, &database_name(count), by_verbs..count);
        }
        drop(store);
        let (held, seen) = (Held::default(), Rc::default());
        Ok(Self { count, folder, database, config, address, machine, web, mould: Rc::new(mould), server: None, held, seen })
    }

    /// CPU of the server, and of its database.
    ///
    /// # Errors
    /// One of them is gone.
    pub fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu { server: self.server()?.cpu()?, database: self.database.cpu()? })
    }

    /// Waits until what was made is on disk: nothing of it is written while a window is measured.
    ///
    /// # Errors
    /// The disk's.
    pub fn settle(&self) -> Result<()> {
        self.file()?.map_or(Ok(()), |file| Ok(file.sync_all()?))
    }

    /// Reads the file once: the system's memory holds it then, as far as it can. It may give pages away that nobody touched for a minute,
    /// while another size was measured.
    ///
    /// # Errors
    /// The disk's.
    pub fn read_once(&self) -> Result<()> {
        if let Some(mut file) = self.file()? {
            std::io::copy(&mut file, &mut std::io::sink())?;
        }
        Ok(())
    }

    /// The database's file; `None` on PostgreSQL.
    fn file(&self) -> Result<Option<fs::File>> {
        match self.database {
            Database::Postgres { .. } => Ok(None),
            _ => Ok(Some(fs::File::open(self.folder.path().join("chabi.db"))?)),
        }
    }

    /// Bytes that the server had to have from the disk itself.
    ///
    /// # Errors
    /// It is gone.
    pub fn read_from_disk(&self) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/io", self.server()?.pid()))?;
        let bytes = text.lines().find_map(|line| line.strip_prefix("read_bytes: ")).context("read_bytes")?;
        Ok(bytes.parse()?)
    }

    /// Starts the server on its core.
    ///
    /// # Errors
    /// It is not ready within a minute.
    pub async fn serve(&mut self, chabi: &Path, pinning: Pinning) -> Result<()> {
        let mut command = pinning.command(chabi);
        command.arg("serve").env("CHABI_CONFIG", &self.config).current_dir(self.folder.path());
        self.server = Some(ServerProcess::start(&mut command, self.address, "/readyz", Path::new("/dev/null")).await?);
        Ok(())
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// The server.
    ///
    /// # Errors
    /// It was not started.
    pub fn server(&self) -> Result<&ServerProcess> {
        self.server.as_ref().context("the server was not started")
    }

    /// Opens its database beside the server.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn store(&self, env: &Env) -> Result<chabi_store::Store> {
        open(&self.database, self.folder.path(), env).await
    }

    /// Adds expired families, in the order in which the sweep takes them. The server must be stopped: it waits for nobody that long.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn expire(&self, more: u32) -> Result<()> {
        let store = self.store(&Env::system()).await?;
        fill::fill(&store, &self.mould, self.count..self.count.saturating_add(more), Rows::Expired).await
    }

    /// Of the database's file, once nobody has it open.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn file_size(&self) -> Result<FileSize> {
        // whoever closes it last copies the log back
        drop(self.store(&Env::system()).await?);
        let path = self.folder.path().join("chabi.db");
        let header = fs::File::open(&path).and_then(|mut file| {
            let mut bytes = [0; 100];
            std::io::Read::read_exact(&mut file, &mut bytes)?;
            Ok(bytes)
        })?;
        // https://www.sqlite.org/fileformat.html §1.3: page size at 16, number of free pages at 36
        let number =
            |from: usize, length: usize| header.iter().skip(from).take(length).fold(0_u32, |sum, byte| sum * 256 + u32::from(*byte));
        let page = f64::from(if number(16, 2) == 1 { 65_536 } else { number(16, 2) });
        let kilobytes = u32::try_from(fs::metadata(&path)?.len() / 1024)?;
        Ok(FileSize { all: f64::from(kilobytes) / 1024.0, free: f64::from(number(36, 4)) * page / 1024.0 / 1024.0 })
    }

    /// Callers for one window.
    ///
    /// # Errors
    /// Nothing was refreshed before there is something to introspect.
    pub fn callers(&self, asked: Asked) -> Result<Vec<Box<dyn Caller>>> {
        let host = format!("localhost:{}", self.address.port());
        let Application { id, secret } = if asked == Asked::ClientCredentials { &self.machine } else { &self.web };
        let credentials = [("client_id", *id), ("client_secret", secret.as_str())];
        match asked {
            Asked::ClientCredentials => {
                let form = http::form(&[&[("grant_type", "client_credentials")], credentials.as_slice()].concat());
                Ok(load::same(&http::post("/oauth2/token", &host, &form, &[]), 32))
            }
            Asked::Introspection => {
                let tokens = Rc::new(self.seen.take());
                anyhow::ensure!(!tokens.is_empty(), "nothing was refreshed before");
                let form = http::form(&credentials);
                let one = || -> Box<dyn Caller> {
                    Box::new(Introspecting { host: host.clone(), form: form.clone(), tokens: Rc::clone(&tokens) })
                };
                Ok((0..32).map(|_| one()).collect())
            }
            Asked::Refresh => {
                self.seen.borrow_mut().clear();
                let form = http::form(&[&[("grant_type", "refresh_token")], credentials.as_slice()].concat());
                let one = |number| -> Box<dyn Caller> {
                    Box::new(Refreshing {
                        host: host.clone(),
                        form: form.clone(),
                        mould: Rc::clone(&self.mould),
                        held: Rc::clone(&self.held),
                        seen: Rc::clone(&self.seen),
                        own: number,
                        each: (self.count / CALLERS).max(1),
                        family: 0,
                    })
                };
                Ok((0..CALLERS.min(self.count)).map(one).collect())
            }
        }
    }
}

async fn open(database: &Database, folder: &Path, env: &Env) -> Result<chabi_store::Store> {
    Ok(chabi_store_sql::open(&database.url(folder), env).await?)
}

/// As [`Place::make`] names it in its cluster.
#[must_use]
pub fn database_name(count: u32) -> String {
    format!("grown{count}")
}

fn empty_database(cluster: &Cluster, count: u32) -> Database {
    let name = database_name(count);
    cluster.create_database(&name);
    Database::Postgres { url: cluster.url(&name), pid: cluster.server_pid() }
}

/// A number below `end`, as good as any.
fn below(end: u32) -> u32 {
    let random = u32::from_be_bytes(Env::system().random());
    random.checked_rem(end).unwrap_or(0)
}

/// Refreshes the families from `own * each` on, in no order.
struct Refreshing {
    host: String,
    form: String,
    mould: Rc<Mould>,
    held: Held,
    seen: Rc<RefCell<Vec<String>>>,
    own: u32,
    each: u32,
    family: u32,
}

impl Caller for Refreshing {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        self.family = self.own * self.each + below(self.each);
        let held = self.held.borrow_mut().remove(&self.family);
        let token = held.unwrap_or_else(|| self.mould.first_token(self.family));
        *request = http::post("/oauth2/token", &self.host, &format!("{}&refresh_token={token}", self.form), &[]);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        answer.succeeded()?;
        let token = answer.member("refresh_token").context("a refresh gave no refresh token")?;
        self.held.borrow_mut().insert(self.family, token.to_owned());
        let mut seen = self.seen.borrow_mut();
        if seen.len() < SAMPLE {
            seen.push(answer.member("access_token").context("a refresh gave no access token")?.to_owned());
        }
        Ok(())
    }
}

struct Introspecting {
    host: String,
    form: String,
    tokens: Rc<Vec<String>>,
}

impl Caller for Introspecting {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let place = usize::try_from(below(u32::try_from(self.tokens.len()).unwrap_or(u32::MAX))).unwrap_or(0);
        let Some(token) = self.tokens.get(place) else { return false };
        *request = http::post("/oauth2/introspect", &self.host, &format!("{}&token={token}", self.form), &[]);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        answer.succeeded()?;
        anyhow::ensure!(answer.body.windows(13).any(|window| window == b"\"active\":true"), "a good token is not active");
        Ok(())
    }
}
