package tap

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// RecordingConfig says where a Recording is kept.
type RecordingConfig struct {
	Path   string // a folder, which takes a session for each device, or a file, which takes one device
	Server string // for the headers
	Tool   string
	Say    func(string) // what went wrong, in a line; it must not block
	FS     session.FS   // the operating system's by default
}

// Recording keeps what apps got: a session for each device. It is safe for concurrent use.
type Recording struct {
	config RecordingConfig
	folder bool
	key    []byte
	queue  *Queue
	done   chan struct{}

	mu    sync.Mutex
	first Device // of a file
	lost  map[string]int64

	kept  map[string]*kept // the goroutine's own
	order []*kept
}

// kept is the session of one device.
type kept struct {
	device  Device
	file    *session.File // nil: it could not be made
	started time.Time
	at      time.Duration // of the last record
	failure error
}

// Kept tells of a session when it is over.
type Kept struct {
	Device Device
	Path   string // "" where it could not be made
	Stats  session.Stats
	Lost   int64 // records that passed and are not in the session
	Err    error // why not; may be nil
}

// keyName is the file with the key under which a folder names its devices.
const keyName = ".tap-key"

// OpenRecording prepares a recording. Nothing is written before the first device is there, but a
// folder and its key.
func OpenRecording(config RecordingConfig) (*Recording, error) {
	r := &Recording{config: config, folder: isFolder(config.Path), queue: NewQueue(), done: make(chan struct{}), lost: map[string]int64{}, kept: map[string]*kept{}}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	go r.run()
	return r, nil
}

// isFolder says whether a path is that of a folder: it is one, or its name is none of a session.
func isFolder(path string) bool {
	if info, err := os.Stat(path); err == nil {
		return info.IsDir()
	}
	for _, ending := range []string{".ndjson", ".jsonl", ".json", ".zst", ".gz"} {
		if strings.HasSuffix(path, ending) {
			return false
		}
	}
	return true
}

func (r *Recording) prepare() (err error) {
	if !r.folder {
		if _, err := os.Lstat(r.config.Path); err == nil {
			return fs.ErrExist
		}
		if _, err := os.Stat(filepath.Dir(r.config.Path)); err != nil {
			return err
		}
		r.key = NewKey()
		return nil
	}
	if err := os.MkdirAll(r.config.Path, 0o700); err != nil {
		return err
	}
	r.key, err = folderKey(filepath.Join(r.config.Path, keyName))
	return err
}

// NewKey makes a key to name devices by.
func NewKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	return key
}

// folderKey reads the key of a folder, or makes it.
func folderKey(path string) ([]byte, error) {
	key := NewKey()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.WriteString(hex.EncodeToString(key) + "\n")
		return key, errors.Join(err, file.Sync(), file.Close())
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err = hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < 16 {
		return nil, fmt.Errorf("%s holds no key", keyName)
	}
	return key, nil
}

// Key is the key under which devices are named.
func (r *Recording) Key() []byte { return r.key }

// SecondDeviceError says that a recording that is one file met another device.
type SecondDeviceError struct {
	Path          string
	First, Second Device
}

func (e *SecondDeviceError) Error() string {
	return fmt.Sprintf("%s is of %s, and %s came", e.Path, e.First.Name, e.Second.Name)
}

// Admit says whether a device can be recorded: a file takes one.
func (r *Recording) Admit(device Device) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.folder || r.first == device:
	case r.first.Name != "":
		return &SecondDeviceError{Path: r.config.Path, First: r.first, Second: device}
	default:
		r.first = device
	}
	return nil
}

// Hear keeps what a device got.
func (r *Recording) Hear(h Heard) {
	if !r.queue.Put(h) {
		r.Lose(h.Device)
	}
}

// Lose counts what passed and is not kept.
func (r *Recording) Lose(device Device) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost[device.Name]++
}

func (r *Recording) run() {
	defer close(r.done)
	for {
		heard := r.queue.Take()
		if heard == nil {
			return
		}
		for i := range heard {
			r.write(&heard[i])
		}
	}
}

func (r *Recording) write(h *Heard) {
	k := r.kept[h.Device.Name]
	if k == nil {
		k = r.begin(h)
		r.kept[h.Device.Name] = k
		r.order = append(r.order, k)
	}
	if k.file == nil {
		r.Lose(h.Device)
		return
	}
	k.at = max(k.at, h.At.Sub(k.started))
	h.Record.T = k.at
	if err := k.file.Write(&h.Record); err != nil {
		r.failed(k, err)
	}
}

// failed tells once why a session takes no more. The session counts what it lost itself.
func (r *Recording) failed(k *kept, err error) {
	if k.failure == nil {
		k.failure = err
		r.config.Say(fmt.Sprintf("%s is not recorded whole: %v", k.device.Name, err))
	}
}

// begin makes the session of a device. A session of before is left alone.
func (r *Recording) begin(h *Heard) *kept {
	k := &kept{device: h.Device, started: h.At}
	header := session.Header{
		Started: h.At, Server: r.config.Server, Tool: r.config.Tool, Origin: session.OriginTap, Client: h.Device.Name,
	}
	if h.Device.User > 0 {
		header.User = strconv.AppendInt(nil, h.Device.User, 10)
	}
	for try := 1; ; try++ {
		file, err := session.Create(r.name(h.Device, try), header, session.Options{Seal: true, FS: r.config.FS})
		switch {
		case err == nil:
			k.file = file
			return k
		case !errors.Is(err, fs.ErrExist) || !r.folder:
			r.failed(k, err)
			return k
		}
	}
}

func (r *Recording) name(device Device, try int) string {
	switch {
	case !r.folder:
		return r.config.Path
	case try == 1:
		return filepath.Join(r.config.Path, device.Name+".ndjson.zst")
	}
	return filepath.Join(r.config.Path, fmt.Sprintf("%s-%d.ndjson.zst", device.Name, try))
}

// Close ends the sessions, for a reason, and tells what became of them.
func (r *Recording) Close(at time.Time, reason string) []Kept {
	r.queue.Close()
	<-r.done
	var all []Kept
	for _, k := range r.order {
		all = append(all, r.end(k, at, reason))
	}
	return all
}

func (r *Recording) end(k *kept, at time.Time, reason string) Kept {
	r.mu.Lock()
	told := Kept{Device: k.device, Lost: r.lost[k.device.Name], Err: k.failure}
	r.mu.Unlock()
	if k.file == nil {
		return told
	}
	_ = k.file.Write(&session.Record{T: max(k.at, at.Sub(k.started)), Kind: session.KindEnd, Reason: reason, Lost: told.Lost})
	if err := k.file.Close(); err != nil {
		told.Err = err
	}
	told.Stats = k.file.Stats()
	told.Path = told.Stats.Path
	told.Lost += told.Stats.Lost
	return told
}
