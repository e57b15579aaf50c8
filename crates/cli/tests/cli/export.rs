//! `podlapse export`.

use std::fs;
use std::path::Path;

use crate::common::podlapse;

#[test]
fn a_folder_has_what_a_real_control_plane_takes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export/taint");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let ran = podlapse(&["export", "--example", "taint", "--folder", folder.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    assert!(read("nodes.yaml").contains("kwok.x-k8s.io/node: fake"), "KWOK takes the node for its own");
    assert!(read("nodes.yaml").contains("key: dedicated"), "with its taints");
    assert_eq!(read("kind.yaml").matches("role: worker").count(), 1);
    assert!(
        !["cluster.yaml", "workload.yaml"].iter().any(|file| read(file).contains("podlapse.dev")),
        "what is ours stays behind"
    );
    assert!(read("run.sh").contains("\nsleep 30\nkubectl taint nodes node-1 dedicated-\nsleep 90\n"), "{}", read("run.sh"));
    let again = podlapse(&["export", "--example", "taint", "--folder", folder.to_str().unwrap()]);
    assert_eq!(again.code, 2, "nothing is overwritten");
}
