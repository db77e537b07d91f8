package socket

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/endpoint"
)

func TestEventPacket(t *testing.T) {
	for _, test := range []struct{ event, args, want string }{
		{"a", `[]`, `427["a"]`},
		{"a", ` [ ] `, `427["a"]`},
		{"a", `[{"z":1.0,"a":[ ]},2]`, `427["a",{"z":1.0,"a":[ ]},2]`},
		{`é"` + "\n<&", "[ 1 ]", `427["é\"\n<&", 1 ]`},
	} {
		got, err := eventPacket(7, test.event, []byte(test.args))
		if string(got) != test.want || err != nil {
			t.Errorf("%q %s: %s, %v; want %s", test.event, test.args, got, err, test.want)
		}
	}
	for _, test := range [][2]string{{"connect", `[]`}, {"disconnecting", `[]`}, {"a", `{}`}, {"a", ``}, {"a", `[`}, {"\xff", `[]`}} {
		var odd *NotEventError
		if got, err := eventPacket(7, test[0], []byte(test[1])); !errors.As(err, &odd) {
			t.Errorf("%q %s became %s, %v", test[0], test[1], got, err)
		}
	}
}

// What is emitted is read back as it was, by our own reader of packets.
func TestEventPacketIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := rapid.String().Draw(t, "event")
		args := rapid.SampledFrom([]string{`[]`, `[1]`, `[ "a" , {} ]`, `[[],null]`}).Draw(t, "args")
		text, err := eventPacket(7, event, []byte(args))
		if err != nil {
			t.Skip(err)
		}
		p, err := parsePacket(text[1:])
		if err != nil || string(p.id) != "7" {
			t.Fatalf("%s: %v", text, err)
		}
		token, got, err := splitEvent(p.payload)
		if err != nil || string(got) != args {
			t.Fatalf("%s: %s, %v", text, got, err)
		}
		if name, err := eventName(token); err != nil || name != event {
			t.Fatalf("%s: %q, %v", text, name, err)
		}
	})
}

// The official server gets what is emitted, in order, in messages that it takes, and its answers
// come back.
func TestInteropEmit(t *testing.T) {
	const events, limit = 2000, 4096
	transports(t, func(t *testing.T, transport endpoint.Transport) {
		recorder := nodetest.Start(t, "recorder.mjs", "--limit", fmt.Sprint(limit))
		cfg := to(parse(t, recorder.Await("url").Text("url")))
		cfg.Endpoint.Transport = transport
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c := New(cfg)
		emitted := make(chan error, 1)
		acks := 0
		err := c.Run(ctx, func(s Signal) error {
			switch s.Kind {
			case Connected:
				go func() { emitted <- emitMany(ctx, c, events) }()
			case Acked:
				if want := fmt.Sprintf(`[{"ok":true,"n":%d}]`, acks+1); s.ID != uint64(acks) || string(s.Args) != want {
					t.Errorf("answer %d is to %d: %s, want %s", acks, s.ID, s.Args, want)
				}
				if acks++; acks == events {
					return errEnough
				}
			case Disconnected:
				return errors.New(s.Reason)
			}
			return nil
		})
		if err != errEnough || <-emitted != nil {
			t.Fatalf("after %d answers: %v", acks, err)
		}
		for i := range events {
			want := fmt.Sprintf(`2%d["e",%d, {"b":1.0,"a":"%s"}]`, i, i, strings.Repeat("é", i%200))
			if got := recorder.Await("raw").Text("raw"); got != want {
				t.Fatalf("event %d arrived as %s, want %s", i, got, want)
			}
		}
		if err := c.Emit(ctx, 0, "late", []byte("[]")); err != ErrNotConnected {
			t.Errorf("emitted after the end: %v", err)
		}
	})
}

func emitMany(ctx context.Context, c *Client, events int) error {
	for i := range events {
		args := fmt.Appendf(nil, `[%d, {"b":1.0,"a":"%s"}]`, i, strings.Repeat("é", i%200))
		if err := c.Emit(ctx, uint64(i), "e", args); err != nil {
			return err
		}
	}
	var large *TooLargeError
	if err := c.Emit(ctx, 0, "large", []byte(`["`+strings.Repeat("x", 5000)+`"]`)); !errors.As(err, &large) || large.Limit != 4096 {
		return fmt.Errorf("a packet over the limit: %w", err)
	}
	return nil
}

// Acknowledgements are handed over as they came, whatever answers; one that is none ends the
// connection.
func TestAcknowledgements(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		_, _, _ = p.ReadMessage()
		p.send(`430[ 1.0 , "é" ]`, `4318446744073709551615[]`, `43/other,1[]`, `461-9[{"_placeholder":true,"num":0}]`, `431{}`)
		p.untilGone()
	})
	c := New(to(u))
	var seen []string
	err := c.Run(context.Background(), func(s Signal) error {
		switch s.Kind {
		case Connected:
			return c.Emit(context.Background(), 0, "e", []byte("[]"))
		case Acked:
			seen = append(seen, fmt.Sprintf("%d %s", s.ID, s.Args))
		case Disconnected:
			seen = append(seen, s.Reason)
			return errEnough
		}
		return nil
	})
	want := []string{`0 [ 1.0 , "é" ]`, `18446744073709551615 []`, `9 [{"_placeholder":true,"num":0}]`, ReasonParseError}
	if diff := cmp.Diff(want, seen); diff != "" || err != errEnough {
		t.Error(err, diff)
	}
}

// A connection that cannot be written to ends, and an Emit that waits ends with it.
func TestEmitEndsWithTheConnection(t *testing.T) {
	release := make(chan struct{})
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		<-release // reads nothing: the network's buffers fill
	})
	c := New(to(u))
	emitted := make(chan error, 1)
	big := []byte(`["` + strings.Repeat("x", 100_000) + `"]`)
	err := c.Run(context.Background(), func(s Signal) error {
		switch s.Kind {
		case Connected:
			go func() {
				var err error
				for n := uint64(0); err == nil; n++ {
					err = c.Emit(context.Background(), n, "e", big)
				}
				emitted <- err
			}()
			go func() {
				for packets := c.outbox.way().packets; len(packets) < cap(packets); {
					time.Sleep(time.Millisecond)
				}
				close(release)
			}()
		case Disconnected:
			return errEnough
		}
		return nil
	})
	if got := <-emitted; got != ErrNotConnected || err != errEnough {
		t.Errorf("emit: %v; run: %v", got, err)
	}
}

func TestEmitEndsWithItsContext(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		p.untilGone()
	})
	c := New(to(u))
	if err := c.Emit(context.Background(), 0, "early", []byte("[]")); err != ErrNotConnected {
		t.Errorf("emitted before there is a connection: %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errCause)
	_ = c.Run(context.Background(), func(s Signal) error {
		if s.Kind == Connected {
			if err := c.Emit(ctx, 0, "e", []byte("[]")); err != errCause {
				t.Errorf("emitted after the end of the context: %v", err)
			}
		}
		return errEnough
	})
}

func TestOneLineHoldsNoSecret(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		p.untilGone()
	})
	cfg := to(u)
	cfg.Endpoint.Token, _ = endpoint.Static("hunter2hunter2")
	cfg.Endpoint.Header = map[string][]string{"X-Key": {"letmein"}}
	c := New(cfg)
	_ = c.Run(context.Background(), until(1))
	if got, want := c.OneLine("hunter2hunter2 and\n\x1b letmein"), "[redacted] and  [redacted]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
