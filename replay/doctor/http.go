package doctor

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/rest"
)

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// checkHTTP asks the server how it is, without a token.
func (e *examination) checkHTTP(ctx context.Context) Line {
	asked := e.cfg.Now()
	answer, err := e.client.Health(ctx)
	_, refused := errors.AsType[*rest.RefusedError](err)
	if err != nil && !refused {
		return failure(err)
	}
	e.noteClock(answer, asked)
	facts := HTTPAnswer{Status: answer.Status}
	says := "/health answers " + itoa(int64(answer.Status)) + " in " + span(answer.Took)
	if answer.Says != "" {
		says += ": " + fit(answer.Says)
	}
	if answer.Status >= 400 {
		return warn(says, "the server's log tells why; what answers may be something in front of it").with(facts)
	}
	return ok(says).with(facts)
}

// noteClock keeps how far this clock is ahead of an answer's. Its Date is the second that it was
// made in: half a second is added, and what a cache has kept it for.
func (e *examination) noteClock(answer rest.Answer, asked time.Time) {
	if answer.Date.IsZero() {
		return
	}
	answered := e.cfg.Now()
	e.unsure = answered.Sub(asked) / 2
	ahead := asked.Add(e.unsure).Sub(answer.Date.Add(answer.Age + 500*time.Millisecond))
	e.skew = &ahead
}

const (
	// mostSkew is how far two clocks may be apart before anybody minds.
	mostSkew = 5 * time.Second
	nextSkew = "set the clock that is wrong (timedatectl, or NTP on the server): tokens expire by it, and sessions are dated by it"
)

// checkClock compares this machine's clock with the server's.
func (e *examination) checkClock(context.Context) Line {
	if e.skew == nil {
		return warn("the server does not say what its clock shows (no Date)", "a clock that is off makes good tokens expire: compare it by hand")
	}
	facts := Clock{Ahead: e.skew.Seconds()}
	ahead, word := *e.skew, "ahead of"
	if ahead < 0 {
		ahead, word = -ahead, "behind"
	}
	if ahead > mostSkew+e.unsure {
		return warn("this machine is "+span(ahead)+" "+word+" the server", nextSkew).with(facts)
	}
	return ok("within " + span(max((ahead+e.unsure).Round(time.Second), time.Second)) + " of the server's").with(facts)
}

// checkCache tells of answers that a cache on the way gave, though it was asked not to.
func (e *examination) checkCache(context.Context) Line {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.cached) == 0 {
		return ok("none answered in the server's place").with(Cache{})
	}
	oldest := e.cached[0]
	for _, answer := range e.cached {
		if answer.Age > oldest.Age {
			oldest = answer
		}
	}
	says := plural(len(e.cached), "answer") + " came from a cache on the way (" + fit(oldest.Cached) + ")"
	return warn(says, "a cache must not keep /api: Cache-Control: no-store on the server, or an exception in the cache").
		with(Cache{Answers: len(e.cached), Age: oldest.Age.Seconds()})
}
