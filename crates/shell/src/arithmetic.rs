//! `$((...))`: 64-bit integers that wrap, with C's operators, variables and assignments.
//!
//! Models busybox 1.35 `shell/math.c` (`evaluate_string`), which computes both sides of `&&`, `||` and `?:`, with all that they assign
//! and with their errors, and takes `++` and `--` before anything but a name for two signs.

/// Variables by name, as far as an expression needs them.
pub(crate) trait Variables {
    fn get(&self, name: &str) -> Option<String>;
    fn set(&mut self, name: &str, value: i64);
}

/// Brackets and unary operators within each other.
const MAX_DEPTH: usize = 64;

/// The value of `text`, or the message after `arithmetic: `.
pub(crate) fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, String> {
    let tokens = tokenize(text)?;
    if tokens.is_empty() {
        return Ok(0);
    }
    let mut parser = Parser { tokens: &tokens, at: 0, variables, depth: 0, is_branch: false };
    let value = parser.expression()?;
    if parser.at < tokens.len() { Err(syntax_error()) } else { Ok(value) }
}

const MALFORMED: &str = "malformed ?: operator";

fn syntax_error() -> String {
    "arithmetic syntax error".to_owned()
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(i64),
    Name(String),
    Operator(&'static str),
}

/// Longest first, so that the first match is the right one.
const OPERATORS: [&str; 38] = [
    "<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "+", "-", "*", "/", "%", "<", ">", "=", "!", "~", "&", "|", "^", "?", ":", "(", ")",
];

fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end_of = |accept: fn(char) -> bool| rest.find(|next: char| !accept(next)).unwrap_or(rest.len());
        let length = if first.is_ascii_digit() {
            let end = end_of(|next| next.is_ascii_alphanumeric());
            tokens.push(Token::Number(number(&rest[..end])?));
            end
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = end_of(|next| next.is_ascii_alphanumeric() || next == '_');
            tokens.push(Token::Name(rest[..end].to_owned()));
            end
        } else {
            let operator =
                OPERATORS.iter().chain(&[","]).find(|&&operator| rest.starts_with(operator)).ok_or_else(syntax_error)?;
            tokens.push(Token::Operator(operator));
            operator.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn number(text: &str) -> Result<i64, String> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    i64::from_str_radix(digits, radix).map_err(|_| syntax_error())
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    variables: &'a mut dyn Variables,
    depth: usize,
    /// Between `?` and `:`, where no other condition may stand without brackets.
    is_branch: bool,
}

/// The binary operators from loosest to tightest.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn operator_among(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        let Some(&Token::Operator(operator)) = self.peek() else { return None };
        operators.contains(&operator).then(|| {
            self.at += 1;
            operator
        })
    }

    fn expression(&mut self) -> Result<i64, String> {
        let mut value = self.assignment()?;
        while self.operator_among(&[","]).is_some() {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn assignment(&mut self) -> Result<i64, String> {
        if MAX_DEPTH <= self.depth {
            return Err("expression recursion loop detected".to_owned());
        }
        self.depth += 1;
        let value = self.assignment_inner();
        self.depth -= 1;
        value
    }

    fn assignment_inner(&mut self) -> Result<i64, String> {
        const ASSIGNMENTS: [&str; 11] = ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];
        if let (Some(Token::Name(name)), Some(&Token::Operator(operator))) = (self.peek().cloned(), self.tokens.get(self.at + 1))
            && ASSIGNMENTS.contains(&operator)
        {
            self.at += 2;
            let right = self.assignment()?;
            let value = match operator.strip_suffix('=') {
                Some("") | None => right,
                Some(binary) => {
                    let left = self.variable(&name)?;
                    self.binary(binary, left, right)?
                }
            };
            self.variables.set(&name, value);
            return Ok(value);
        }
        self.conditional()
    }

    fn conditional(&mut self) -> Result<i64, String> {
        let condition = self.level(0)?;
        if self.operator_among(&["?"]).is_none() {
            return Ok(condition);
        }
        if std::mem::replace(&mut self.is_branch, true) {
            return Err(MALFORMED.to_owned());
        }
        let yes = self.assignment()?;
        self.is_branch = false;
        if self.operator_among(&[":"]).is_none() {
            return Err(MALFORMED.to_owned());
        }
        let no = self.assignment()?;
        Ok(if condition != 0 { yes } else { no })
    }

    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator_among(operators) {
            let right = self.level(level + 1)?;
            left = self.binary(operator, left, right)?;
        }
        Ok(left)
    }

    fn binary(&self, operator: &str, left: i64, right: i64) -> Result<i64, String> {
        let shift = u32::try_from(right & 63).unwrap_or(0);
        Ok(match operator {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(shift),
            ">>" => left.wrapping_shr(shift),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "/" | "%" if right == 0 => return Err("divide by zero".to_owned()),
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            _ => return Err(syntax_error()),
        })
    }

    fn power(&mut self) -> Result<i64, String> {
        let base = self.unary()?;
        let mut exponents = Vec::new();
        while self.operator_among(&["**"]).is_some() {
            exponents.push(self.unary()?);
        }
        let Some(last) = exponents.pop() else { return Ok(base) };
        let raise = |exponent: i64, base: i64| {
            u32::try_from(exponent).map(|exponent| base.wrapping_pow(exponent)).map_err(|_| "exponent less than 0".to_owned())
        };
        let exponent = exponents.into_iter().rev().try_fold(last, raise)?;
        raise(exponent, base)
    }

    fn unary(&mut self) -> Result<i64, String> {
        let mut operators = Vec::new();
        let mut value = loop {
            let Some(operator) = self.operator_among(&["++", "--", "!", "~", "-", "+"]) else { break self.primary()? };
            let step = match operator {
                "++" => 1,
                "--" => -1,
                _ => {
                    operators.push(operator);
                    continue;
                }
            };
            // Two signs change nothing.
            if let Some(Token::Name(name)) = self.peek().cloned() {
                self.at += 1;
                let value = self.variable(&name)?.wrapping_add(step);
                self.variables.set(&name, value);
                break value;
            }
        };
        for operator in operators.into_iter().rev() {
            value = match operator {
                "!" => i64::from(value == 0),
                "~" => !value,
                "-" => value.wrapping_neg(),
                _ => value,
            };
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        let token = self.peek().cloned().ok_or_else(syntax_error)?;
        self.at += 1;
        match token {
            Token::Number(value) => Ok(value),
            Token::Name(name) => {
                let value = self.variable(&name)?;
                if let Some(operator) = self.operator_among(&["++", "--"]) {
                    self.variables.set(&name, value.wrapping_add(if operator == "++" { 1 } else { -1 }));
                }
                Ok(value)
            }
            Token::Operator("(") => {
                let is_branch = std::mem::take(&mut self.is_branch);
                let value = self.expression()?;
                self.is_branch = is_branch;
                if self.operator_among(&[")"]).is_some() { Ok(value) } else { Err(syntax_error()) }
            }
            Token::Operator(_) => Err(syntax_error()),
        }
    }

    /// A variable may hold a number, or the name of another variable.
    fn variable(&self, name: &str) -> Result<i64, String> {
        let mut name = name.to_owned();
        for _ in 0..MAX_DEPTH {
            let Some(text) = self.variables.get(&name) else { return Ok(0) };
            let text = text.trim();
            let (digits, is_negative) = text.strip_prefix('-').map_or((text, false), |digits| (digits, true));
            match digits.chars().next() {
                None => return Ok(0),
                Some('0'..='9') => return number(digits).map(|value| if is_negative { -value } else { value }),
                Some(first) if first.is_ascii_alphabetic() || first == '_' => name = digits.to_owned(),
                Some(_) => return Err(syntax_error()),
            }
        }
        Err("expression recursion loop detected".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    impl super::Variables for BTreeMap<String, String> {
        fn get(&self, name: &str) -> Option<String> {
            self.get(name).cloned()
        }
        fn set(&mut self, name: &str, value: i64) {
            self.insert(name.to_owned(), value.to_string());
        }
    }

    #[test]
    fn expressions_have_the_values_of_c() {
        let cases = [
            ("1+2*3", Ok(7)),
            ("(1+2)*3", Ok(9)),
            ("7/2", Ok(3)),
            ("-7%3", Ok(-1)),
            ("1?2:3", Ok(2)),
            ("x=5", Ok(5)),
            ("x+1", Ok(6)),
            ("x++", Ok(5)),
            ("x", Ok(6)),
            ("++x", Ok(7)),
            ("0x10", Ok(16)),
            ("010", Ok(8)),
            ("1<<4", Ok(16)),
            ("!0", Ok(1)),
            ("~0", Ok(-1)),
            ("2**10", Ok(1024)),
            ("1&&0||1", Ok(1)),
            ("0&&1/0", Err("divide by zero")),
            ("-3**2", Ok(9)),
            ("1?0?2:3:4", Err("malformed ?: operator")),
            ("1?(0?2:3):4", Ok(3)),
            ("0?2:1?3:4", Ok(3)),
            ("1||x++", Ok(1)),
            ("1/0", Err("divide by zero")),
            ("", Ok(0)),
            ("1+", Err("arithmetic syntax error")),
            ("x*=2", Ok(16)),
            ("unset", Ok(0)),
            ("3>2", Ok(1)),
            ("--5", Ok(5)),
        ];
        let mut variables = BTreeMap::new();
        for (text, expected) in cases {
            assert_eq!(super::evaluate(text, &mut variables), expected.map_err(str::to_owned), "{text}");
        }
    }
}
