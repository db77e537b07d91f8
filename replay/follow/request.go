package follow

import (
	"time"

	"github.com/carebase/deltatap/replay/plancache"
)

// refresh sends for the plan where the cache says that it is due.
func (f *follower) refresh() {
	if f.Plans == nil || f.Cache == nil || f.paused {
		return
	}
	switch r := f.Cache.Refresh(); r.State {
	case plancache.Due:
		f.send()
	case plancache.Waiting:
		if r.Attempt != f.retried {
			f.retried = r.Attempt
			f.background.Go(func() { f.after(r.Wait) })
		}
	}
}

// send asks for the plan.
func (f *follower) send() {
	f.Cache.Sent()
	f.background.Go(func() {
		answer, err := f.Plans.Plan(f.ctx, f.Days)
		f.hand(planAnswer{outcome{answer, err}})
	})
}

// snapshot asks for the plan, unless an answer is on its way already.
func (f *follower) snapshot() {
	if f.Plans != nil && f.Cache != nil && f.Cache.Refresh().State != plancache.InFlight {
		f.send()
	}
}

// after has the refresh tried again once the wait is over.
func (f *follower) after(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		f.hand(retryDue{})
	case <-f.ctx.Done():
	}
}

// tick has the version polled every so often.
func (f *follower) tick() {
	for {
		select {
		case <-f.ticker.C:
			f.hand(pollDue{})
		case <-f.ctx.Done():
			return
		}
	}
}

// poll asks for the version: the contract's safety net, which a mobile client uses only while its
// socket is down.
func (f *follower) poll() {
	if !f.mobile() || !f.fold.Online() {
		f.ask()
	}
}

// check asks for the version where the cache says that it is to be checked.
func (f *follower) check() {
	if f.Plans == nil || f.Cache == nil || f.asking {
		return
	}
	if _, due := f.Cache.CheckDue(); due {
		f.Cache.CheckSent()
		f.ask()
	}
}

// ask asks for the version, unless an answer is on its way already.
func (f *follower) ask() {
	if f.asking {
		return
	}
	f.asking = true
	f.background.Go(func() {
		answer, err := f.Plans.Version(f.ctx)
		f.hand(versionAnswer{outcome{answer, err}})
	})
}

// hand gives a note to the stream, unless the run is over: what ended by it is no answer of the
// server's.
func (f *follower) hand(note any) {
	if f.ctx.Err() == nil {
		f.Conn.Inject(note)
	}
}
