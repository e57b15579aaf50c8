//! `base64 [-d] [-w COLUMNS] [FILE]`.

use super::filter::{Filter, Kind, MAX_KEPT_BYTES};
use super::{invalid_option, options};
use crate::shell::Step;
use crate::system::System;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[derive(Clone, Debug)]
pub(super) struct Base64 {
    data: Vec<u8>,
    decodes: bool,
    columns: usize,
}

impl Base64 {
    pub(super) fn feed(&mut self, data: &[u8]) {
        let room = MAX_KEPT_BYTES.saturating_sub(self.data.len());
        self.data.extend(&data[..data.len().min(room)]);
    }

    pub(super) fn end(&mut self, system: &mut System<'_, '_>) -> i32 {
        if !self.decodes {
            let text = encode(&self.data);
            let columns = if self.columns == 0 { text.len().max(1) } else { self.columns };
            for line in text.as_bytes().chunks(columns) {
                system.write(1, line);
                if self.columns > 0 {
                    system.write(1, b"\n");
                }
            }
            return 0;
        }
        let (decoded, is_whole) = decode(&self.data);
        system.write(1, &decoded);
        if !is_whole {
            system.complain("base64: truncated base64 input");
        }
        i32::from(!is_whole)
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let index = bits >> (18 - 6 * place) & 63;
            text.push(if place <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}

/// The bytes, and whether the text was whole; what is no letter of the alphabet is passed over, as busybox does.
fn decode(text: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        if *byte == b'=' {
            break;
        }
        let Some(value) = ALPHABET.iter().position(|known| known == byte) else { continue };
        bits = bits << 6 | u32::try_from(value).unwrap_or_default();
        count += 1;
        if count == 4 {
            bytes.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        2 => bytes.push((bits >> 4) as u8),
        3 => bytes.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
    (bytes, count != 1)
}

pub(super) fn base64(args: &[String], system: &mut System<'_, '_>) -> Step {
    let args: Vec<String> = args.iter().map(|arg| if arg == "--decode" { "-d".to_owned() } else { arg.clone() }).collect();
    let (found, files) = match options(&args, "dDi", "w") {
        Ok(split) => split,
        Err(letter) => return invalid_option("base64", letter, system),
    };
    let decodes = found.iter().any(|(letter, _)| matches!(letter, 'd' | 'D'));
    let columns = found.iter().find(|(letter, _)| *letter == 'w').and_then(|(_, value)| value.parse().ok()).unwrap_or(76);
    Filter::start("base64", files, Kind::Base64(Base64 { data: Vec::new(), decodes, columns }))
}
