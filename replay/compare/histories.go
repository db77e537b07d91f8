// Package compare holds a client's plan against a server's: which history the client's evidence
// fits, how the server's plan is read so that it holds still, and what the verdict is.
//
// It must not know command lines, terminals, nor how a report is shown.
package compare

import (
	"fmt"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// Client is whose rules a client is taken to follow. The zero value tries both policies, and takes
// the one that the evidence fits.
type Client string

// The clients.
const (
	Auto     Client = "auto"
	Contract Client = "contract"
	Mobile   Client = "mobile"
)

// ParseClient reads the name of a client: "auto", "contract" or "mobile".
func ParseClient(name string) (Client, error) {
	switch c := Client(name); c {
	case Auto, Contract, Mobile:
		return c, nil
	}
	return Auto, fmt.Errorf("client %q is neither auto, contract nor mobile", name)
}

// Histories are the histories that one session may tell: of a client of either policy, or of the
// phone beside which somebody recorded. Fold the records into all of them, and choose.
type Histories struct {
	asked Client
	file  bool // the cache is a file
	all   []history
}

type history struct {
	*diagnose.Timeline
	client Client
	beside bool
}

// NewHistories starts the histories of a client. File is the plan that was saved; nil where the
// cache is what the session itself tells.
func NewHistories(client Client, file *plan.Plan) *Histories {
	h := &Histories{asked: client, file: file != nil}
	if client != Mobile {
		h.add(Contract, plancache.Contract, fold.AsRecorded, file)
	}
	if client != Contract {
		h.add(Mobile, plancache.Mobile, fold.AsRecorded, file)
		if file != nil {
			h.add(Mobile, plancache.Mobile, fold.OnlyAsked, file)
		}
	}
	return h
}

func (h *Histories) add(client Client, policy plancache.Policy, answers fold.Answers, file *plan.Plan) {
	t := diagnose.NewTimelineBeside(policy, answers)
	if file != nil {
		t.Saved(file)
	}
	h.all = append(h.all, history{t, client, answers == fold.OnlyAsked})
}

// Header takes the session's header.
func (h *Histories) Header(header session.Header) {
	for i := range h.all {
		h.all[i].Header(header)
	}
}

// Record folds the next record in.
func (h *Histories) Record(rec *session.Record) {
	for i := range h.all {
		h.all[i].Record(rec)
	}
}

// Other passes over a record of another client.
func (h *Histories) Other(rec *session.Record) {
	for i := range h.all {
		h.all[i].Other(rec)
	}
}

// Damaged notes that what comes next cannot be read.
func (h *Histories) Damaged() {
	for i := range h.all {
		h.all[i].Damaged()
	}
}

// CutOff notes that the session breaks off without an end.
func (h *Histories) CutOff() {
	for i := range h.all {
		h.all[i].CutOff()
	}
}

// First is the first of the histories, by which a session is followed to a version or a moment.
func (h *Histories) First() *diagnose.Timeline { return h.all[0].Timeline }

// Chosen is the history that the evidence fits.
type Chosen struct {
	*diagnose.Timeline
	Client Client
	Why    string               // why that one, in one sentence without a full stop
	Also   []*diagnose.Timeline // the others that fit as well: what is certain has to hold under them, too
}

// Choose takes the history that the evidence fits: where the cache is a file, the one that is all
// of it at a record, else the one that is nearest to it. The contract's is taken where both fit.
func (h *Histories) Choose() Chosen {
	if !h.file {
		c := Chosen{Timeline: h.all[0].Timeline, Client: h.all[0].client, Why: "a client follows the contract, or the policy that is asked for, where the cache is a session"}
		for i := 1; i < len(h.all); i++ {
			c.Also = append(c.Also, h.all[i].Timeline)
		}
		if len(h.all) > 1 {
			c.Why = "the session does not tell the policies apart, and what is certain holds under both"
		}
		return c
	}
	best := -1
	for i := range h.all {
		if best < 0 || h.nearer(i, best) {
			best = i
		}
	}
	c := Chosen{Timeline: h.all[best].Timeline, Client: h.all[best].client, Why: h.why(best)}
	_, fits, _ := c.Fits()
	for i := range h.all {
		if _, also, _ := h.all[i].Fits(); i != best && also && fits {
			c.Also = append(c.Also, h.all[i].Timeline)
		}
	}
	return c
}

// nearer tells whether a history is nearer to the file than another.
func (h *Histories) nearer(i, k int) bool {
	_, fitsI, wrongI := h.all[i].Fits()
	_, fitsK, wrongK := h.all[k].Fits()
	if fitsI != fitsK {
		return fitsI
	}
	return !fitsI && wrongI < wrongK
}

func (h *Histories) why(best int) string {
	place, fits, wrong := h.all[best].Fits()
	who := "a client that follows the contract"
	if h.all[best].client == Mobile {
		who = "the app"
	}
	if h.all[best].beside {
		who = "the app, beside which the session was recorded,"
	}
	switch {
	case fits:
		return fmt.Sprintf("the file is what %s held after record %d", who, place)
	case wrong == 0:
		return fmt.Sprintf("the file's items are what %s held after record %d, under another version", who, place)
	case wrong == 1:
		return fmt.Sprintf("the file is nearest to what %s held after record %d: one item differs", who, place)
	}
	return fmt.Sprintf("the file is nearest to what %s held after record %d: %d items differ", who, place, wrong)
}
