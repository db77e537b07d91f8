package commands

import (
	"errors"
	"io/fs"
	"os"

	"github.com/carebase/deltatap/replay/fault"
)

// faultLog is the file that lists what was done to which delta, and the tally of it. Each fault is
// written before what came of it is sent, so that the file never misses one.
type faultLog struct {
	path string
	file *os.File // nil: nobody wants one
	log  func(fault.Entry) error
	faultTally
}

// openFaultLog makes the file of --fault-log, where there is to be one.
func (p *replayPlan) openFaultLog() (*faultLog, error) {
	l := &faultLog{path: p.faultLog, faultTally: newFaultTally()}
	if l.path == "" {
		return l, nil
	}
	file, err := p.createFaultLog()
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, usage("--force overwrites it", "%s: it exists already", l.path)
	case err != nil:
		return nil, usage("", "%s: %s", l.path, whyFile(err))
	}
	l.file, l.log = file, fault.Log(file)
	return l, nil
}

// createFaultLog makes the file, or opens what is none.
func (p *replayPlan) createFaultLog() (*os.File, error) {
	if special(p.faultLog) {
		return openSpecial(p.faultLog)
	}
	if p.force {
		if err := os.Remove(p.faultLog); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return os.OpenFile(p.faultLog, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (l *faultLog) write(entries []fault.Entry) error {
	for i := range entries {
		l.count(&entries[i])
		if l.file == nil {
			continue
		}
		if err := l.log(entries[i]); err != nil {
			return l.broken(err)
		}
	}
	return nil
}

// close sees the file on disk.
func (l *faultLog) close() error {
	if l.file == nil {
		return nil
	}
	var synced error
	if !special(l.path) {
		synced = l.file.Sync()
	}
	if err := errors.Join(synced, l.file.Close()); err != nil {
		return l.broken(err)
	}
	return nil
}

// discard takes the file of a replay that never began away again: it has nothing to tell.
func (l *faultLog) discard() {
	if l.file != nil && !special(l.path) {
		_ = l.file.Close() // there is nothing in it
		l.file = nil
		clearFile(l.path)
	}
}

func (l *faultLog) broken(err error) error {
	return &Error{Code: ExitInconclusive, What: l.path, Err: errors.New(whyFile(err)), Hint: "what it lists is good; nothing was sent after that"}
}
