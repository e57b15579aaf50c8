//! What well-known servers say and show.

use podlapse_model::SimDuration;
use podlapse_model::apimachinery::pkg::apis::meta::v1::Time;
use podlapse_model::simulation::{LogLine, RunSpec};

use super::image_store::normalised;
use super::program::is_tag_of;

/// A server of the catalogue.
#[derive(Debug)]
pub(super) struct Server {
    image: &'static str,
    /// Where its documents lie.
    pub(super) root: &'static str,
    /// The page that its image comes with.
    pub(super) page: &'static str,
    /// What it writes when its port is somebody else's; `{port}` and `{now}` are filled in.
    complaint: &'static [&'static str],
    /// How often it tries, half a second after one another.
    tries: u64,
    last_words: &'static [&'static str],
}

const SERVERS: &[Server] = &[
    Server {
        image: "nginx",
        root: "/usr/share/nginx/html",
        page: "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n",
        complaint: &[
            "{now} [emerg] 1#1: bind() to 0.0.0.0:{port} failed (98: Address already in use)",
            "nginx: [emerg] bind() to 0.0.0.0:{port} failed (98: Address already in use)",
            "{now} [notice] 1#1: try again to bind() after 500ms",
        ],
        tries: 5,
        last_words: &["{now} [emerg] 1#1: still could not bind()", "nginx: [emerg] still could not bind()"],
    },
    Server {
        image: "httpd",
        root: "/usr/local/apache2/htdocs",
        page: "<html><body><h1>It works!</h1></body></html>\n",
        complaint: &[],
        tries: 0,
        last_words: &[
            "(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:{port}",
            "no listening sockets available, shutting down",
            "AH00015: Unable to open logs",
        ],
    },
    Server {
        image: "redis",
        root: "",
        page: "",
        complaint: &[],
        tries: 0,
        last_words: &[
            "# Warning: Could not create server TCP listening socket *:{port}: bind: Address already in use",
            "# Failed listening on port {port} (tcp), aborting.",
        ],
    },
];

/// The server of an image.
pub(super) fn web_server(image: &str) -> Option<&'static Server> {
    let name = normalised(image)?;
    SERVERS.iter().find(|server| is_tag_of(&name, server.image))
}

/// What the server of an image does that does not get its port: it tries, complains and ends with 1.
pub(super) fn cannot_listen(image: &str, port: u16, now: Time) -> RunSpec {
    let server = web_server(image);
    let tries = server.map_or(0, |server| server.tries);
    let last_words = server.map_or(["bind: Address already in use"].as_slice(), |server| server.last_words);
    let now = now.0.to_string();
    let now = now.trim_end_matches('Z').replace('-', "/").replace('T', " ");
    let line = |after: SimDuration, text: &&str| LogLine {
        after,
        line: text.replace("{port}", &port.to_string()).replace("{now}", &now),
    };
    let after = |count: u64| SimDuration::from_millis(500 * count);
    let mut logs = Vec::new();
    for count in 0..tries {
        logs.extend(server.iter().flat_map(|server| server.complaint).map(|text| line(after(count), text)));
    }
    logs.extend(last_words.iter().map(|text| line(after(tries), text)));
    RunSpec { exit_after: Some(after(tries)), exit_code: 1, logs, ..RunSpec::default() }
}
