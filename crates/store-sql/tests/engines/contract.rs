//! Every case of the contract, on every engine.

mod sqlite_in_memory {
    chabi_store::store_contract!(crate::in_memory);
}

mod sqlite_on_file {
    chabi_store::store_contract!(crate::on_file);
}

mod postgresql {
    chabi_store::store_contract!(crate::on_postgres);
}

mod postgresql_behind_pgbouncer {
    chabi_store::store_contract!(crate::on_pooled_postgres);
}

/// The macro that lists the cases names each one that is written.
#[test]
fn no_case_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../store/src/contract");
    let list = std::fs::read_to_string(format!("{folder}/mod.rs")).unwrap();
    let mut cases = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| line.ends_with("(subject: Subject) {")) {
            let name = line.strip_prefix("pub async fn ").unwrap().split('(').next().unwrap();
            assert!(list.contains(name), "{name} is not in the list of `store_contract!`");
            cases += 1;
        }
    }
    assert!(cases > 40, "{cases} cases were found");
}
