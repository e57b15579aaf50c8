//! The page's entry point.

fn main() {
    podlapse_web::start();
}
