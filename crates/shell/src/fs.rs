//! The file system of a container and the volumes that containers share.
//!
//! A tree is an ordered map from path to node behind an `Arc`: cloning a world for a checkpoint copies a pointer, and the first
//! write after it copies the map, not the contents. Models what `kubelet` mounts into a container (`pkg/kubelet/kubelet_pods.go`
//! `makeMounts`): volumes with sub paths and read-only flags. Left out: symbolic links, owners, modes other than the executable
//! bit, and the `..data` indirection of projected volumes.

use podlapse_model::SortedMap;
use std::fmt;
use std::sync::Arc;

use podlapse_model::SimTime;

/// The bytes that one tree may hold; a write beyond them fails with "No space left on device".
pub const TREE_CAPACITY_BYTES: usize = 16 << 20;
/// The files and directories that one tree may hold.
pub const TREE_CAPACITY_NODES: usize = 16_384;

/// The name of a shared directory: unique among the volumes of one node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeId(pub Arc<str>);

impl From<&str> for VolumeId {
    fn from(id: &str) -> Self {
        VolumeId(id.into())
    }
}

/// Why an operation on a file failed; displays as the C library's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FsError {
    /// The path, or a directory on the way to it, does not exist.
    NotFound,
    /// Something is there already.
    Exists,
    /// A file is needed, but the path is a directory.
    IsADirectory,
    /// A directory is needed, but the path, or part of it, is a file.
    NotADirectory,
    /// `rmdir` of a directory with entries.
    NotEmpty,
    /// The mount is read-only.
    ReadOnly,
    /// The file belongs to somebody else.
    Denied,
    /// The tree is full.
    NoSpace,
    /// A mount point cannot be removed.
    Busy,
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FsError::NotFound => "No such file or directory",
            FsError::Exists => "File exists",
            FsError::IsADirectory => "Is a directory",
            FsError::NotADirectory => "Not a directory",
            FsError::NotEmpty => "Directory not empty",
            FsError::ReadOnly => "Read-only file system",
            FsError::Denied => "Permission denied",
            FsError::NoSpace => "No space left on device",
            FsError::Busy => "Resource busy",
        })
    }
}

impl std::error::Error for FsError {}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Whether it may be executed.
    pub is_executable: bool,
    /// The length of a file in bytes, 0 for a directory.
    pub len: usize,
    /// When it was last written.
    pub modified: SimTime,
}

#[derive(Clone, Debug)]
struct Node {
    /// The contents of a file; a directory has none.
    data: Option<Arc<Vec<u8>>>,
    /// Zero bytes after the contents: they count, and are not held.
    zeros: u64,
    is_executable: bool,
    modified: SimTime,
}

/// Paths relative to the root of the tree, without a leading slash; the root itself is "".
#[derive(Clone, Debug)]
struct Tree {
    nodes: Arc<SortedMap<String, Node>>,
    bytes: usize,
    /// The zero bytes of all files, which are not held.
    zeros: u64,
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn join(base: &str, rest: &str) -> String {
    match (base.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => base.to_owned(),
        (false, false) => format!("{base}/{rest}"),
    }
}

impl Tree {
    fn new() -> Tree {
        let root = Node { data: None, zeros: 0, is_executable: true, modified: SimTime::ZERO };
        Tree { nodes: Arc::new(SortedMap::from([(String::new(), root)])), bytes: 0, zeros: 0 }
    }

    /// The names directly below `path` with their nodes.
    fn children<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let skip = prefix.len();
        self.nodes
            .from_key(prefix.as_str())
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .filter_map(move |(key, node)| key.get(skip..).map(|name| (name, node)))
            .filter(|(name, _)| !name.is_empty() && !name.contains('/'))
    }

    fn require_parent(&self, path: &str) -> Result<(), FsError> {
        match self.nodes.get(parent_of(path)) {
            Some(Node { data: None, .. }) => Ok(()),
            Some(_) => Err(FsError::NotADirectory),
            None => Err(FsError::NotFound),
        }
    }

    fn write(&mut self, path: &str, data: Vec<u8>, now: SimTime) -> Result<(), FsError> {
        let old = match self.nodes.get(path) {
            Some(Node { data: None, .. }) => return Err(FsError::IsADirectory),
            Some(Node { data: Some(old), .. }) => old.len(),
            None => {
                self.require_parent(path)?;
                if TREE_CAPACITY_NODES <= self.nodes.len() {
                    return Err(FsError::NoSpace);
                }
                0
            }
        };
        let bytes = self.bytes - old + data.len();
        if TREE_CAPACITY_BYTES < bytes {
            return Err(FsError::NoSpace);
        }
        self.bytes = bytes;
        let data = Some(Arc::new(data));
        let nodes = Arc::make_mut(&mut self.nodes);
        match nodes.get_mut(path) {
            Some(node) => {
                self.zeros -= node.zeros;
                (node.data, node.zeros, node.modified) = (data, 0, now);
            }
            None => {
                nodes.insert(path.to_owned(), Node { data, zeros: 0, is_executable: false, modified: now });
            }
        }
        Ok(())
    }

    /// Adds to the end of a file that exists, in place when no checkpoint shares it.
    fn append(&mut self, path: &str, more: &[u8], now: SimTime) -> Result<(), FsError> {
        if TREE_CAPACITY_BYTES < self.bytes + more.len() {
            return Err(FsError::NoSpace);
        }
        let node = Arc::make_mut(&mut self.nodes).get_mut(path).ok_or(FsError::NotFound)?;
        let data = node.data.as_mut().ok_or(FsError::IsADirectory)?;
        Arc::make_mut(data).extend_from_slice(more);
        node.modified = now;
        self.bytes += more.len();
        Ok(())
    }

    fn used(&self) -> u64 {
        self.zeros + self.bytes as u64
    }

    fn mkdir(&mut self, path: &str, now: SimTime) -> Result<(), FsError> {
        if self.nodes.contains_key(path) {
            return Err(FsError::Exists);
        }
        self.require_parent(path)?;
        if TREE_CAPACITY_NODES <= self.nodes.len() {
            return Err(FsError::NoSpace);
        }
        Arc::make_mut(&mut self.nodes).insert(path.to_owned(), Node { data: None, zeros: 0, is_executable: true, modified: now });
        Ok(())
    }

    fn mkdir_all(&mut self, path: &str, now: SimTime) -> Result<(), FsError> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            match self.mkdir(&path[..end], now) {
                Ok(()) | Err(FsError::Exists) => {}
                Err(error) => return Err(error),
            }
        }
        match self.nodes.get(path) {
            Some(Node { data: Some(_), .. }) => Err(FsError::Exists),
            Some(_) | None => Ok(()),
        }
    }

    fn remove(&mut self, path: &str) -> Result<(), FsError> {
        let node = self.nodes.get(path).ok_or(FsError::NotFound)?;
        if node.data.is_none() && self.children(path).next().is_some() {
            return Err(FsError::NotEmpty);
        }
        self.bytes -= node.data.as_ref().map_or(0, |data| data.len());
        self.zeros -= node.zeros;
        Arc::make_mut(&mut self.nodes).remove(path);
        Ok(())
    }
}

/// The directories that containers share, by id: emptyDirs, and the contents of ConfigMaps, Secrets and the like.
///
/// ```
/// use podlapse_model::SimTime;
/// use podlapse_shell::Volumes;
/// let mut volumes = Volumes::new();
/// volumes.create("pod-1/config".into());
/// volumes.fill(&"pod-1/config".into(), [("key", "value".into(), false)], SimTime::ZERO);
/// assert_eq!(volumes.read(&"pod-1/config".into(), "key").as_deref(), Some(&b"value"[..]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    trees: SortedMap<VolumeId, Tree>,
}

impl Volumes {
    /// No volumes.
    pub fn new() -> Volumes {
        Volumes::default()
    }

    /// Adds an empty volume; one that exists stays as it is.
    pub fn create(&mut self, id: VolumeId) {
        self.trees.entry(id).or_insert_with(Tree::new);
    }

    /// Deletes a volume and what it holds.
    pub fn remove(&mut self, id: &VolumeId) {
        self.trees.remove(id);
    }

    /// Whether there is such a volume.
    pub fn contains(&self, id: &VolumeId) -> bool {
        self.trees.contains_key(id)
    }

    /// Replaces all that the volume holds by `files` (path relative to the volume, contents, whether they may be executed), making
    /// directories as needed.
    ///
    /// The volume is created if it is not there. A file that does not fit, or whose path is no path, is left out.
    pub fn fill<'a>(&mut self, id: &VolumeId, files: impl IntoIterator<Item = (&'a str, Vec<u8>, bool)>, now: SimTime) {
        let mut tree = Tree::new();
        for (path, data, is_executable) in files {
            let path = normalize("/", path);
            let path = path.trim_start_matches('/');
            if tree.mkdir_all(parent_of(path), now).is_ok() {
                // A file that does not fit is left out, as documented.
                let _ = tree.write(path, data, now);
                if let Some(node) = Arc::make_mut(&mut tree.nodes).get_mut(path) {
                    node.is_executable = is_executable;
                }
            }
        }
        self.trees.insert(id.clone(), tree);
    }

    /// The bytes that the files of a volume take.
    pub fn used(&self, id: &VolumeId) -> u64 {
        self.trees.get(id).map_or(0, Tree::used)
    }

    /// The contents of the file at `path` relative to the volume.
    pub fn read(&self, id: &VolumeId, path: &str) -> Option<Vec<u8>> {
        let data = self.trees.get(id)?.nodes.get(path.trim_matches('/'))?.data.as_ref()?;
        Some(data.as_ref().clone())
    }

    /// Whether the file at `path` relative to the volume may be executed.
    pub fn is_executable(&self, id: &VolumeId, path: &str) -> bool {
        self.trees.get(id).and_then(|tree| tree.nodes.get(path.trim_matches('/'))).is_some_and(|node| node.is_executable)
    }

    /// Makes the directory `path` (relative to the volume) and its parents, as the kubelet does for a `subPath`.
    ///
    /// # Errors
    /// `FsError::NotFound` when there is no such volume, else what `mkdir` reports.
    pub fn mkdir_all(&mut self, id: &VolumeId, path: &str, now: SimTime) -> Result<(), FsError> {
        self.trees.get_mut(id).ok_or(FsError::NotFound)?.mkdir_all(path.trim_matches('/'), now)
    }
}

#[derive(Clone, Debug)]
struct Mount {
    volume: VolumeId,
    sub_path: String,
    read_only: bool,
}

/// The root tree of one container and the volumes mounted into it. Paths are absolute.
///
/// ```
/// use podlapse_model::SimTime;
/// use podlapse_shell::{FileSystem, Volumes};
/// let (mut fs, mut volumes) = (FileSystem::new(), Volumes::new());
/// volumes.create("scratch".into());
/// fs.mount("/scratch", "scratch".into(), "", false);
/// fs.write(&mut volumes, "/scratch/file", b"shared".to_vec(), SimTime::ZERO).unwrap();
/// assert_eq!(volumes.read(&"scratch".into(), "file").as_deref(), Some(&b"shared"[..]));
/// ```
#[derive(Clone, Debug)]
pub struct FileSystem {
    root: Tree,
    mounts: Arc<SortedMap<String, Mount>>,
    access: RootAccess,
}

/// Who may write to the files of the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RootAccess {
    /// The user of the container, who is root.
    #[default]
    Root,
    /// Another user, whom only `/tmp` is open to.
    User,
    /// Nobody (`readOnlyRootFilesystem`).
    Nobody,
}

impl Default for FileSystem {
    fn default() -> Self {
        FileSystem::new()
    }
}

/// `path` made absolute from `cwd`, without `.`, `..` and double slashes.
pub(crate) fn normalize(cwd: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let base = if path.starts_with('/') { "" } else { cwd };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Where a path lies once mounts are followed.
enum Place {
    Root(String),
    Volume { id: VolumeId, path: String, read_only: bool },
}

impl FileSystem {
    /// The directories that every image has, and nothing else.
    pub fn new() -> FileSystem {
        let mut root = Tree::new();
        const DIRECTORIES: &str =
            "bin dev etc home proc root sys tmp usr/bin usr/sbin usr/share usr/local/bin var/cache var/lib var/log var/run";
        for dir in DIRECTORIES.split(' ') {
            root.mkdir_all(dir, SimTime::ZERO).expect("an empty tree has room for these");
        }
        FileSystem { root, mounts: Arc::default(), access: RootAccess::default() }
    }

    /// Says who may write to what is not a volume. Devices are open to all.
    pub fn restrict(&mut self, access: RootAccess) {
        self.access = access;
    }

    fn may_write_root(&self, path: &str) -> Result<(), FsError> {
        let is_below = |dir: &str| path == dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        match self.access {
            RootAccess::Root => Ok(()),
            RootAccess::User if is_below("tmp") || is_below("dev") => Ok(()),
            RootAccess::User => Err(FsError::Denied),
            RootAccess::Nobody if is_below("dev") => Ok(()),
            RootAccess::Nobody => Err(FsError::ReadOnly),
        }
    }

    /// Mounts the part of a volume at `sub_path` ("" is all of it; it may be a single file) at `path`.
    ///
    /// The mount point is made if it is missing. A later mount at the same path replaces an earlier one.
    pub fn mount(&mut self, path: &str, volume: VolumeId, sub_path: &str, read_only: bool) {
        let path = normalize("/", path);
        let sub_path = sub_path.trim_matches('/').to_owned();
        // The mount is found by its path alone; the directory below it only matters for listings of its parent.
        let _ = self.root.mkdir_all(path.trim_start_matches('/'), SimTime::ZERO);
        Arc::make_mut(&mut self.mounts).insert(path, Mount { volume, sub_path, read_only });
    }

    fn place(&self, path: &str) -> Place {
        let path = normalize("/", path);
        let mut end = path.len();
        loop {
            if let Some(mount) = self.mounts.get(&path[..end]) {
                let rest = path[end..].trim_start_matches('/');
                let path = join(&mount.sub_path, rest);
                return Place::Volume { id: mount.volume.clone(), path, read_only: mount.read_only };
            }
            match path[..end].rfind('/') {
                Some(at) if 0 < at => end = at,
                Some(_) | None => return Place::Root(path[1..].to_owned()),
            }
        }
    }

    fn find<'a>(&'a self, volumes: &'a Volumes, path: &str) -> Option<(&'a Tree, String)> {
        match self.place(path) {
            Place::Root(path) => Some((&self.root, path)),
            Place::Volume { id, path, .. } => volumes.trees.get(&id).map(|tree| (tree, path)),
        }
    }

    fn find_mut<'a>(&'a mut self, volumes: &'a mut Volumes, path: &str) -> Result<(&'a mut Tree, String), FsError> {
        match self.place(path) {
            Place::Root(path) => self.may_write_root(&path).map(|()| (&mut self.root, path)),
            Place::Volume { read_only: true, .. } => Err(FsError::ReadOnly),
            Place::Volume { id, path, read_only: false } => {
                volumes.trees.get_mut(&id).map(|tree| (tree, path)).ok_or(FsError::NotFound)
            }
        }
    }

    /// Whether `path` lies in a volume.
    pub fn is_in_volume(&self, path: &str) -> bool {
        matches!(self.place(path), Place::Volume { .. })
    }

    /// What is at `path`.
    ///
    /// # Errors
    /// `FsError::NotFound`, or `FsError::NotADirectory` when a file stands where a directory is needed.
    pub fn metadata(&self, volumes: &Volumes, path: &str) -> Result<Metadata, FsError> {
        let (tree, key) = self.find(volumes, path).ok_or(FsError::NotFound)?;
        let node = tree.nodes.get(&key).ok_or(FsError::NotFound)?;
        if path.ends_with('/') && node.data.is_some() {
            return Err(FsError::NotADirectory);
        }
        let zeros = usize::try_from(node.zeros).unwrap_or(usize::MAX);
        let len = node.data.as_ref().map_or(0, |data| data.len()).saturating_add(zeros);
        Ok(Metadata { is_dir: node.data.is_none(), is_executable: node.is_executable, len, modified: node.modified })
    }

    /// Whether something is at `path`.
    pub fn exists(&self, volumes: &Volumes, path: &str) -> bool {
        self.metadata(volumes, path).is_ok()
    }

    /// The contents of the file at `path`.
    ///
    /// # Errors
    /// `FsError::NotFound`, `FsError::IsADirectory`.
    pub fn read(&self, volumes: &Volumes, path: &str) -> Result<Arc<Vec<u8>>, FsError> {
        self.metadata(volumes, path)?;
        let (tree, key) = self.find(volumes, path).ok_or(FsError::NotFound)?;
        tree.nodes.get(&key).and_then(|node| node.data.clone()).ok_or(FsError::IsADirectory)
    }

    /// Replaces the contents of the file at `path`, or makes it.
    ///
    /// # Errors
    /// `FsError::NotFound` when its directory is missing, `FsError::IsADirectory`, `FsError::ReadOnly`, `FsError::NoSpace`.
    pub fn write(&mut self, volumes: &mut Volumes, path: &str, data: Vec<u8>, now: SimTime) -> Result<(), FsError> {
        let (tree, key) = self.find_mut(volumes, path)?;
        tree.write(&key, data, now)
    }

    /// Adds to the file at `path`, which must exist.
    ///
    /// # Errors
    /// As [`FileSystem::write`].
    pub fn append(&mut self, volumes: &mut Volumes, path: &str, more: &[u8], now: SimTime) -> Result<(), FsError> {
        let (tree, key) = self.find_mut(volumes, path)?;
        tree.append(&key, more, now)
    }

    /// Lets the file at `path`, which must exist, end with so many zero bytes. They count and are not held, so that they cannot be
    /// read; there may be any number of them.
    ///
    /// # Errors
    /// As [`FileSystem::write`].
    pub fn extend(&mut self, volumes: &mut Volumes, path: &str, zeros: u64) -> Result<(), FsError> {
        let (tree, key) = self.find_mut(volumes, path)?;
        let node = Arc::make_mut(&mut tree.nodes).get_mut(&key).ok_or(FsError::NotFound)?;
        tree.zeros = tree.zeros - node.zeros + zeros;
        node.zeros = zeros;
        Ok(())
    }

    /// The bytes that files outside of volumes take.
    pub fn used(&self) -> u64 {
        self.root.used()
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// `FsError::Exists`, `FsError::NotFound` when its parent is missing, `FsError::ReadOnly`, `FsError::NoSpace`.
    pub fn mkdir(&mut self, volumes: &mut Volumes, path: &str, now: SimTime) -> Result<(), FsError> {
        if self.exists(volumes, path) {
            return Err(FsError::Exists);
        }
        let (tree, key) = self.find_mut(volumes, path)?;
        tree.mkdir(&key, now)
    }

    /// Makes a directory and its parents; no error if it is there.
    ///
    /// # Errors
    /// As [`FileSystem::mkdir`]; `FsError::Exists` only when a file is at `path`.
    pub fn mkdir_all(&mut self, volumes: &mut Volumes, path: &str, now: SimTime) -> Result<(), FsError> {
        if let Ok(found) = self.metadata(volumes, path) {
            return if found.is_dir { Ok(()) } else { Err(FsError::Exists) };
        }
        let (tree, key) = self.find_mut(volumes, path)?;
        tree.mkdir_all(&key, now)
    }

    /// Removes a file or an empty directory.
    ///
    /// # Errors
    /// `FsError::NotFound`, `FsError::NotEmpty`, `FsError::ReadOnly`, and `FsError::Busy` for a mount point.
    pub fn remove(&mut self, volumes: &mut Volumes, path: &str) -> Result<(), FsError> {
        let absolute = normalize("/", path);
        if absolute == "/" || self.mounts.contains_key(&absolute) {
            return Err(FsError::Busy);
        }
        self.metadata(volumes, path)?;
        let (tree, key) = self.find_mut(volumes, path)?;
        tree.remove(&key)
    }

    /// Says that the file was written `now`, or sets whether it may be executed.
    ///
    /// # Errors
    /// `FsError::NotFound`, `FsError::ReadOnly`.
    pub fn set_attributes(
        &mut self,
        volumes: &mut Volumes,
        path: &str,
        modified: Option<SimTime>,
        is_executable: Option<bool>,
    ) -> Result<(), FsError> {
        let (tree, key) = self.find_mut(volumes, path)?;
        let node = Arc::make_mut(&mut tree.nodes).get_mut(&key).ok_or(FsError::NotFound)?;
        node.modified = modified.unwrap_or(node.modified);
        node.is_executable = is_executable.unwrap_or(node.is_executable);
        Ok(())
    }

    /// The names in the directory at `path`, in order; mount points included.
    ///
    /// # Errors
    /// `FsError::NotFound`, `FsError::NotADirectory`.
    pub fn list(&self, volumes: &Volumes, path: &str) -> Result<Vec<String>, FsError> {
        if !self.metadata(volumes, path)?.is_dir {
            return Err(FsError::NotADirectory);
        }
        let (tree, key) = self.find(volumes, path).ok_or(FsError::NotFound)?;
        let mut names: Vec<String> = tree.children(&key).map(|(name, _)| name.to_owned()).collect();
        let absolute = normalize("/", path);
        for mount in self.mounts.keys() {
            let (parent, name) = mount.rsplit_once('/').unwrap_or(("", mount));
            if (if parent.is_empty() { "/" } else { parent }) == absolute && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        podlapse_model::sort(&mut names);
        Ok(names)
    }
}
