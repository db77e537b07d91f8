package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/replay/sink"
)

// fake is a Publisher that answers as it is told to, and waits for it.
type fake struct {
	got     []string
	answers chan int // so many messages are answered for; fewer than there are: then the target is gone
	closed  chan struct{}
	once    sync.Once
}

func newFake() *fake { return &fake{answers: make(chan int), closed: make(chan struct{})} }

var errGone = errors.New("gone")

func (f *fake) Publish(batch []Message, answer func(int, error)) error {
	for i := range batch {
		f.got = append(f.got, string(batch[i].Body))
	}
	select {
	case n := <-f.answers:
		for range min(n, len(batch)) {
			answer(2, nil)
		}
		if n < len(batch) {
			return errGone
		}
		return nil
	case <-f.closed:
		return errGone
	}
}

func (f *fake) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}

// account is a ledger that knows what was taken.
type account struct {
	*sink.Ledger
	t *testing.T
	q *Queue
	n int64
}

func begin(t *testing.T, f *fake) *account {
	a := &account{Ledger: sink.NewLedger(), t: t}
	a.q = NewQueue(f, a.Tell)
	return a
}

func (a *account) add(ctx context.Context) error {
	err := a.q.Add(ctx, Message{N: a.n + 1}, func(dst []byte, m *Message) ([]byte, error) { return fmt.Appendf(dst, "body %d", m.N), nil })
	if err == nil {
		a.n++
		a.Taken(a.n)
	}
	return err
}

func (a *account) must(messages int) {
	a.t.Helper()
	for range messages {
		if err := a.add(a.t.Context()); err != nil {
			a.t.Fatal(err)
		}
	}
	synctest.Wait()
}

func (a *account) want(acknowledged, failed, unsure int64) {
	a.t.Helper()
	got := a.Account()
	if got.Acknowledged != acknowledged || got.Failed != failed || got.Unsure != unsure || got.OpenAt.Len() != 0 {
		a.t.Errorf("%d acknowledged, %d failed, %d unsure, open: %s; want %d, %d, %d and none",
			got.Acknowledged, got.Failed, got.Unsure, got.OpenAt.String(), acknowledged, failed, unsure)
	}
}

func TestMessagesGatherWhileABatchIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := begin(t, f)
		a.must(1)
		a.must(mostMessages) // as many as may wait
		enough, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(errGone) })
		if err := a.add(enough); err != errGone {
			t.Errorf("one more: %v, want the context's cause", err)
		}
		f.answers <- 1
		a.must(1)
		f.answers <- mostMessages
		f.answers <- 1
		if err := a.q.Settle(t.Context()); err != nil {
			t.Error(err)
		}
		a.want(mostMessages+2, 0, 0)
		for i, body := range f.got {
			if want := fmt.Sprintf("body %d", i+1); body != want {
				t.Fatalf("message %d is %q", i, body)
			}
		}
		if err := a.q.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Large messages wait for room before there are many of them.
func TestLargeMessagesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := begin(t, f)
		a.must(1) // under way
		large := func(ctx context.Context) error {
			return a.q.Add(ctx, Message{N: a.n + 1}, func(dst []byte, _ *Message) ([]byte, error) {
				return append(dst, make([]byte, mostBytes/2)...), nil
			})
		}
		for range 2 {
			if err := large(t.Context()); err != nil {
				t.Fatal(err)
			}
			a.n++
			a.Taken(a.n)
		}
		enough, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(errGone) })
		if err := large(enough); err != errGone {
			t.Errorf("one more: %v, want the context's cause", err)
		}
		f.answers <- 1
		f.answers <- 2
		if err := a.q.Close(); err != nil {
			t.Error(err)
		}
		a.want(3, 0, 0)
	})
}

func TestTargetIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := begin(t, f)
		a.must(1)
		a.must(5)
		f.answers <- 1
		synctest.Wait()
		a.must(3)
		f.answers <- 2 // of 5
		if err := a.q.Settle(t.Context()); err != errGone {
			t.Errorf("settle: %v", err)
		}
		if err := a.add(t.Context()); err != errGone {
			t.Errorf("add: %v", err)
		}
		if err := a.q.Close(); err != nil {
			t.Error(err)
		}
		a.want(3, 3, 3)
		if got := a.Account(); got.UnsureAt.String() != "4-6" || got.FailedAt.String() != "7-9" || got.Resume() != 4 {
			t.Errorf("unsure: %s, failed: %s, it goes on at %d", got.UnsureAt.String(), got.FailedAt.String(), got.Resume())
		}
	})
}

func TestCloseWaitsForMomentsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := begin(t, f)
		a.must(1)
		a.must(2)
		began := time.Now()
		if err := a.q.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != grace {
			t.Errorf("close took %v", took)
		}
		a.want(0, 0, 3) // nobody knows, and a replay goes on at the first
		if got := a.Account(); got.FirstFailure != sink.ErrNoAnswer || got.Resume() != 1 {
			t.Errorf("%v, it goes on at %d", got.FirstFailure, got.Resume())
		}
	})
}

func TestCloseWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := begin(t, f)
		a.must(1)
		a.must(2)
		go func() {
			f.answers <- 1
			f.answers <- 2
		}()
		if err := a.q.Close(); err != nil {
			t.Error(err)
		}
		a.want(3, 0, 0)
	})
}

func TestMessageThatIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := begin(t, newFake())
		err := a.q.Add(t.Context(), Message{N: 1}, func(dst []byte, _ *Message) ([]byte, error) { return append(dst, "half"...), ErrArguments })
		if err != ErrArguments {
			t.Errorf("add: %v", err)
		}
		if err := a.q.Close(); err != nil {
			t.Error(err)
		}
		a.want(0, 0, 0)
	})
}
