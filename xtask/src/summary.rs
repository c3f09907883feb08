//! Adds up what the test runners say at their end.

/// How many tests passed and failed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

impl Sum {
    /// Reads a line of `cargo test`: `test result: ok. 3 passed; 0 failed; …`.
    pub fn add_cargo_line(&mut self, line: &str) {
        if !line.starts_with("test result: ") {
            return;
        }
        for part in line.split([';', '.']) {
            match part.split_whitespace().collect::<Vec<_>>().as_slice() {
                [number, "passed"] => self.passed += number.parse().unwrap_or(0),
                [number, "failed"] => self.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }

    /// Reads a line of `node --test` (TAP): `# pass 3`, `# fail 0`, `# cancelled 0`.
    pub fn add_node_line(&mut self, line: &str) {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["#", "pass", number] => self.passed += number.parse().unwrap_or(0),
            ["#", "fail" | "cancelled", number] => self.failed += number.parse().unwrap_or(0),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_lines_add_up() {
        let mut sum = Sum::default();
        sum.add_cargo_line("test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s");
        sum.add_cargo_line("running 12 passed; 2 failed");
        for line in ["# tests 5", "# pass 4", "# fail 1", "# cancelled 0"] {
            sum.add_node_line(line);
        }
        assert_eq!(sum, Sum { passed: 16, failed: 3 });
    }
}
