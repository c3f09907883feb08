//! Writes the seeds of every target, a folder each, into the directory that it is given: where a fuzzer begins.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let corpus = PathBuf::from(env::args().nth(1).ok_or_else(|| io::Error::other("it takes a directory"))?);
    for target in chabi_fuzz::targets() {
        let folder = corpus.join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in target.seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
