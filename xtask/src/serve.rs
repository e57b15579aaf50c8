//! `cargo xtask serve`: from a fresh clone to the playground in a browser.

use crate::{server, site};

const PORT: u16 = 8080;

/// Sets up, builds and serves until it is interrupted.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let port = match arguments {
        [] => PORT,
        [flag, port] if flag == "--port" => port.parse().map_err(|_| format!("`{port}` is not a port"))?,
        _ => return Err("usage: cargo xtask serve [--port N]".to_owned()),
    };
    // A port that is taken is found before the build, not after it.
    let (listener, address) = server::bind(port)?;
    println!("==> Setting up and building the playground");
    site::build()?;
    println!("==> Podlapse is served on http://{address}  (Ctrl+C ends it)");
    server::serve(&listener, &site::folder());
    Ok(())
}
