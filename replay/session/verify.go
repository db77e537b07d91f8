package session

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// SealState is what the seals of a recording show.
type SealState string

// The states, from good to bad. Changed and spliced say that what is there is not what was written;
// cut and unsealed, that it is not all there, or that nothing says so.
const (
	SealWhole   SealState = "whole"
	SealNone    SealState = "unsealed"
	SealCut     SealState = "cut"
	SealChanged SealState = "changed"
	SealSpliced SealState = "spliced"
)

// Verification is what came out of holding a recording against its seals. They show accidents and
// splices: who can write the file can write seals, too.
type Verification struct {
	State   SealState `json:"verdict"`
	Reason  string    `json:"reason,omitempty"` // why it is not whole; lower case
	Path    string    `json:"path,omitempty"`   // of which file, where there are several
	Records int64     `json:"records"`          // that were read, seals included
	Seals   int64     `json:"seals"`
	Lost    int64     `json:"lost"` // while it was recorded, as the end record says
}

// Doubtful says whether there are seals, and they do not fit.
func (v *Verification) Doubtful() bool { return v.Seals > 0 && v.State != SealWhole }

// Verify holds the parts of one recording, given in any order, against their seals.
func Verify(paths []string) (*Verification, error) {
	groups, err := Group(paths)
	if err != nil {
		return nil, err
	}
	if len(groups) != 1 {
		return nil, &FormatError{What: "single recording", Reason: fmt.Sprintf("%d of them", len(groups))}
	}
	c := &sealCheck{}
	for _, path := range groups[0].Paths {
		if len(paths) > 1 {
			c.path = path
		}
		if err := c.openFile(path); err != nil {
			return nil, err
		}
	}
	return c.conclude(), nil
}

// VerifyReader holds a session in one piece against its seals.
func VerifyReader(r io.Reader) (*Verification, error) {
	c := &sealCheck{}
	if err := c.file(r); err != nil {
		return nil, err
	}
	return c.conclude(), nil
}

// sealCheck holds the parts of a recording against their seals, one after the other.
type sealCheck struct {
	found Verification
	path  string
	last  *Seal // of the part before
	part  int   // its number
	n     int64 // the number of its last record
	goes  bool  // it says that the recording goes on in another part
}

func (c *sealCheck) openFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return c.file(file)
}

// rank is how bad a state is.
func rank(s SealState) int {
	for i, state := range [...]SealState{"", SealWhole, SealNone, SealCut, SealChanged, SealSpliced} {
		if s == state {
			return min(i, 4) // changed and spliced are equally bad
		}
	}
	return 0
}

// say notes what was found. The first of the worst counts.
func (c *sealCheck) say(state SealState, format string, args ...any) {
	if rank(state) > rank(c.found.State) {
		c.found.State, c.found.Reason, c.found.Path = state, fmt.Sprintf(format, args...), c.path
	}
}

func (c *sealCheck) conclude() *Verification {
	if c.goes {
		c.say(SealCut, "it goes on in another part")
	}
	c.say(SealWhole, "")
	return &c.found
}

// file holds one part against its seals.
func (c *sealCheck) file(r io.Reader) error {
	f := &sealedFile{check: c, sums: newSealer(), n: c.n}
	if err := f.read(r); err != nil {
		return err
	}
	c.last, c.n, c.goes = f.last, f.n, f.end.Reason == ReasonRotated
	return nil
}

// follow holds a part's header against the part before it.
func (c *sealCheck) follow(h *Header) {
	if jump := h.Part - c.part; jump > 1 {
		c.n = -1 // it may begin with any record
	}
	defer func() { c.part = h.Part }()
	switch missing := h.Part - c.part - 1; {
	case h.Part <= 1 && c.part == 0:
	case missing == 1:
		c.say(SealCut, "part %d is not there", c.part+1)
	case missing > 1:
		c.say(SealCut, "parts %d to %d are not there", c.part+1, h.Part-1)
	case c.last != nil && h.Seal == nil, c.last == nil && h.Seal != nil, c.last != nil && *c.last != *h.Seal:
		c.say(SealSpliced, "part %d does not go on from part %d", h.Part, c.part)
	}
}

// unreadable sorts out why a file could not be read to its end.
func (f *sealedFile) unreadable(err error) error {
	var damaged *DamageError
	switch {
	case errors.Is(err, io.EOF):
	case !errors.As(err, &damaged):
		return err
	case damaged.Cut:
		f.check.say(SealCut, "%s", damaged.Reason)
	default:
		f.check.say(SealChanged, "%s", damaged.Reason)
	}
	return nil
}
