//! All mutants in one build: a function that has guards becomes a choice between its bodies, made by a variable of the environment each
//! time it is called. To build once and run many times takes an hour where a build for each guard took a day.

use std::collections::BTreeMap;

use super::Mutant;

/// Says by its number which mutant a test is to meet; unset: none.
pub const VARIABLE: &str = "CHABI_MUTANT";

/// The text of a file with its mutants in it, and the numbers of those that can be chosen. The others stand outside of functions, or in
/// one whose answer has no name.
pub fn written(text: &str, mutants: &[(usize, &Mutant)]) -> (String, Vec<usize>) {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut functions: BTreeMap<Function, Vec<(usize, String)>> = BTreeMap::new();
    for (number, mutant) in mutants {
        if let Some((function, body)) = spoiled(text, &lines, mutant) {
            functions.entry(function).or_default().push((*number, body));
        }
    }
    // one inside another would be written twice
    let all: Vec<Function> = functions.keys().copied().collect();
    functions.retain(|outer, _| !all.iter().any(|inner| outer.body <= inner.body && inner.end <= outer.end && inner != outer));
    let chosen = functions.values().flatten().map(|(number, _)| *number).collect();
    let mut done = Vec::new();
    let mut next = 0;
    for (function, bodies) in &functions {
        done.extend(lines.get(next..function.body).unwrap_or_default().iter().map(|line| (*line).to_owned()));
        let original = lines.get(function.body..function.end).unwrap_or_default().join("\n");
        done.push(format!("let __mutant = ::std::env::var(\"{VARIABLE}\").unwrap_or_default();\nmatch __mutant.parse::<usize>() {{"));
        done.extend(bodies.iter().map(|(number, body)| format!("Ok({number}) => {{\n{body}\n}}")));
        done.push(format!("_ => {{\n{original}\n}}\n}}"));
        next = function.end;
    }
    done.extend(lines.get(next..).unwrap_or_default().iter().map(|line| (*line).to_owned()));
    (done.join("\n"), chosen)
}

/// The function that has the guard, and its body without it.
fn spoiled(text: &str, lines: &[&str], mutant: &Mutant) -> Option<(Function, String)> {
    let function = Function::around(lines, line_of_change(text, mutant)?)?;
    let changed = text.replacen(&mutant.with, &mutant.without, 1);
    let changed: Vec<&str> = changed.split('\n').collect();
    let after = lines.get(function.end..)?;
    let end = changed.len().checked_sub(after.len())?;
    let is_inside = changed.get(..function.body)? == lines.get(..function.body)? && changed.get(end..)? == after;
    is_inside.then_some((function, changed.get(function.body..end)?.join("\n")))
}

/// Where the text with the guard and the one without begin to differ. `None`: it is not there exactly once.
fn line_of_change(text: &str, mutant: &Mutant) -> Option<usize> {
    let mut places = text.match_indices(mutant.with.as_str());
    let (start, _) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let same: usize =
        mutant.with.chars().zip(mutant.without.chars()).take_while(|(one, other)| one == other).map(|(c, _)| c.len_utf8()).sum();
    let rest = text.get(start.saturating_add(same)..)?;
    let blank = rest.len().saturating_sub(rest.trim_start().len());
    Some(text.get(..start.saturating_add(same).saturating_add(blank))?.matches('\n').count())
}

/// Lines of the set form of `cargo fmt`: the first one of the body, and the one of the brace that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    body: usize,
    end: usize,
}

impl Function {
    /// The innermost one whose body holds the line.
    fn around(lines: &[&str], line: usize) -> Option<Self> {
        (0..=line).rev().find_map(|first| {
            let start = lines.get(first).filter(|start| begins_function(start))?;
            let indentation = start.len().saturating_sub(start.trim_start().len());
            let opening = (first..lines.len()).find(|at| lines.get(*at).is_some_and(|line| line.ends_with(['{', ';'])))?;
            let closes = |line: &&str| line.trim_start() == "}" && line.len() == indentation.saturating_add(1);
            let end = (opening..lines.len()).find(|at| lines.get(*at).is_some_and(closes))?;
            let signature = lines.get(first..=opening)?.join(" ");
            // bodies of one type only: two closures never have the same
            let has_name = signature.split_once("->").is_none_or(|(_, answer)| !answer.contains("impl "));
            let is_plain = signature.ends_with('{') && !signature.contains("const fn ") && signature.matches("fn ").count() == 1;
            (opening < line && line < end && has_name && is_plain).then_some(Self { body: opening.saturating_add(1), end })
        })
    }
}

fn begins_function(line: &str) -> bool {
    let line = line.trim_start();
    let shown = line.strip_prefix("pub").and_then(|rest| rest.split_once(' ')).map_or(line, |(_, rest)| rest);
    ["fn ", "async fn ", "const fn "].iter().any(|start| shown.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "const LIFE: u8 = 1;\n\nimpl A {\n    pub(crate) async fn one(\n        &self,\n    ) -> bool {\n        self.a && self.b\n    }\n\n    fn two(&self) -> impl Fn() -> bool {\n        || self.c\n    }\n}\n";

    fn mutant(with: &str, without: &str) -> Mutant {
        Mutant { name: String::new(), path: String::new(), with: with.to_owned(), without: without.to_owned() }
    }

    #[test]
    fn a_function_becomes_a_choice_between_its_bodies() {
        let (a, b) = (mutant("self.a && self.b", "self.b"), mutant(" && self.b", ""));
        let (text, chosen) = written(TEXT, &[(3, &a), (4, &b)]);
        assert_eq!(chosen, [3, 4]);
        let (before, rest) = text.split_once("let __mutant").unwrap();
        assert!(before.ends_with(") -> bool {\n") && rest.ends_with("|| self.c\n    }\n}\n"), "{text}");
        for body in ["Ok(3) => {\n        self.b\n}", "Ok(4) => {\n        self.a\n}", "_ => {\n        self.a && self.b\n}\n}\n    }"] {
            assert!(rest.contains(body), "{body} in {rest}");
        }
    }

    #[test]
    fn what_stands_outside_of_functions_or_in_one_of_no_name_or_more_than_once_is_left() {
        let left = [mutant("u8 = 1", "u8 = 2"), mutant("self.c", "true"), mutant("self.", "this."), mutant("fn one", "fn three")];
        let numbered: Vec<(usize, &Mutant)> = left.iter().enumerate().collect();
        assert_eq!(written(TEXT, &numbered), (TEXT.to_owned(), Vec::new()));
    }
}
