//! Backslash escapes of `echo -e`, `printf` and `$'...'`.

/// The bytes that `text` stands for, and whether `\c` ended it early. With `is_echo` octal numbers begin with a zero.
pub(crate) fn unescape(text: &str, is_echo: bool) -> (Vec<u8>, bool) {
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let Some(&next) = bytes.get(at).filter(|_| byte == b'\\') else {
            result.push(byte);
            continue;
        };
        at += 1;
        match next {
            b'a' => result.push(7),
            b'b' => result.push(8),
            b'e' => result.push(27),
            b'f' => result.push(12),
            b'n' => result.push(b'\n'),
            b'r' => result.push(b'\r'),
            b't' => result.push(b'\t'),
            b'v' => result.push(11),
            b'\\' => result.push(b'\\'),
            b'"' | b'\'' if !is_echo => result.push(next),
            b'c' => return (result, true),
            b'x' => at += number(&bytes[at..], 16, 2, &mut result),
            b'0' if is_echo => at += number(&bytes[at..], 8, 3, &mut result),
            b'0'..=b'7' => {
                at -= 1;
                at += number(&bytes[at..], 8, 3, &mut result);
            }
            other => result.extend([b'\\', other]),
        }
    }
    (result, false)
}

/// Pushes the number at the front of `digits`; returns its length.
fn number(digits: &[u8], radix: u32, most: usize, result: &mut Vec<u8>) -> usize {
    let values: Vec<u32> = digits.iter().take(most).map_while(|&byte| char::from(byte).to_digit(radix)).collect();
    let value = values.iter().fold(0, |sum, digit| sum * radix + digit);
    result.push((value & 0xff) as u8);
    values.len()
}
