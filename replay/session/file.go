package session

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// Options say how Create makes a recording.
type Options struct {
	Force bool // replace what is at the path; it stays until the first record of the new recording is durable
	Whole bool // leave what is at the path, or nothing, until Close: for what is of no use in half

	// A new part begins once the file holds about so many bytes, or so much of the records' time. 0 is
	// never.
	RotateSize  int64
	RotateEvery time.Duration

	// Snapshot is called when a new part is due, to ask for a fresh plan. The part begins with the
	// next plan record of status 200, or without one when none has come after SnapshotWait of the
	// records' time (10 s by default). It must not block, nor call the File. Where it is nil a part
	// begins as soon as it is due.
	Snapshot     func()
	SnapshotWait time.Duration

	// Seal has each part sealed before its end record, with a seal of all that the part holds.
	Seal bool

	Group time.Duration // how long records are gathered before they are synced together; 10 ms by default
	FS    FS            // the operating system's by default
}

// Stats are the numbers of a recording.
type Stats struct {
	Received int64 // records given to Write
	Written  int64 // of them, those that are durable
	Lost     int64 // of them, those that will never be
	Bytes    int64 // of all parts, durable
	Part     int   // the part that is being written, from 1
	Path     string
}

// File is a recording on disk that survives. Records are gathered, and made durable together by a
// goroutine of its own, every 10 ms or when there are many; what Synced says is safe stays,
// whatever happens to the program or the machine. It is safe for concurrent use.
type File struct {
	options Options
	header  Header
	path    string

	mu        sync.Mutex
	changed   sync.Cond // synced, queue or err
	queue     []*batch  // what is to be written, in order
	pending   int       // bytes in queue
	spare     []byte    // memory for another batch
	urgent    bool      // do not gather any longer
	closed    bool
	discarded bool
	n         int64 // the number of the last record
	t         time.Duration
	lines     int64 // records, those included that the File made itself
	safe      int64 // of them, those that are durable
	synced    int64 // the number of the last of those
	stats     Stats
	err       error // why nothing is written any more
	ended     bool  // the goroutine does nothing any more
	asked     int64 // how often somebody asked for a look at the file
	looked    int64 // of these, those that were answered
	rotate    rotation

	wake chan struct{} // there is something in queue, or it is urgent
	done chan struct{} // the goroutine has ended

	// The goroutine's own.
	part   *part
	at     int      // its number
	made   []*part  // the parts before it
	whole  int64    // their size
	stale  []string // parts of the recording that is replaced
	sealed *Seal    // of the part before
}

// batch is text that is written and synced in one go.
type batch struct {
	part  int
	text  []byte
	lines int64
	given int64 // of its lines, those that came through Write
	last  int64 // the number of its last record
	seal  *sealDue
}

const (
	defaultGroup        = 10 * time.Millisecond
	defaultSnapshotWait = 10 * time.Second
	// Pending text beyond which a batch is not gathered any longer, and beyond which Write waits for
	// the disk.
	enoughPending = 2 << 20
	mostPending   = 8 << 20
)

// Create starts a recording at path, compressed as the name's ending says, and returns when its
// header is durable. The file is readable by its owner alone. An existing file is an error that is
// fs.ErrExist, unless o.Force is set; so is, for a recording that rotates, a part that is left of
// another.
func Create(path string, h Header, o Options) (*File, error) {
	o.setDefaults()
	if err := h.complete(); err != nil {
		return nil, err
	}
	if o.rotates() {
		h = h.withPart(1, nil)
	}
	first, stale, err := createFirst(path, h, o)
	if err != nil {
		return nil, err
	}
	path = first.path
	f := &File{
		options: o, header: h, path: path, part: first, at: 1, stale: stale,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
		stats: Stats{Part: 1, Path: path, Bytes: first.good},
	}
	f.rotate.size = first.size
	f.changed.L = &f.mu
	go f.run()
	return f, nil
}

func (o *Options) setDefaults() {
	if o.Group == 0 {
		o.Group = defaultGroup
	}
	if o.SnapshotWait == 0 {
		o.SnapshotWait = defaultSnapshotWait
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
}

func (o *Options) rotates() bool { return o.RotateSize > 0 || o.RotateEvery > 0 }

// createFirst makes the first part, and lists what is there of the parts of another recording.
func createFirst(path string, h Header, o Options) (_ *part, stale []string, err error) {
	path, replace, err := place(path, o)
	if err != nil {
		return nil, nil, err
	}
	stale, err = staleParts(path, o)
	var first *part
	if err == nil {
		first, err = createPart(o.FS, path, replace != nil || o.Whole, h)
	}
	switch {
	case err == nil:
		first.old = replace
		return first, stale, nil
	case replace != nil:
		_ = replace.lock.Close()
	case o.Force && errors.Is(err, fs.ErrExist): // since a moment ago
		return createFirst(path, h, o)
	}
	return nil, nil, err
}

// place finds where a recording goes, and locks what is there that it replaces; nil where nothing
// is.
func place(path string, o Options) (_ string, replace *old, err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil && o.Force {
		path = real // the link stays, and what it points to is replaced
	}
	info, err := o.FS.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, nil, nil
	case err != nil:
		return "", nil, err
	case !info.Mode().IsRegular() && o.Force:
		return "", nil, &fs.PathError{Op: "replace", Path: path, Err: errors.New("not a regular file")}
	case !o.Force:
		return "", nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	held, err := o.FS.Lock(path)
	if err != nil {
		return "", nil, err
	}
	return path, &old{info: info, lock: held}, nil
}

// staleParts lists what is there of the parts of another recording.
func staleParts(path string, o Options) ([]string, error) {
	if !o.rotates() {
		return nil, nil
	}
	parts, err := o.FS.Glob(partPattern(path))
	if err == nil && len(parts) > 0 && !o.Force {
		err = &fs.PathError{Op: "create", Path: parts[0], Err: fs.ErrExist}
	}
	return parts, err
}
