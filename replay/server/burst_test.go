package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestBurst: both encodings hold every event, in order.
func TestBurst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b burst
		var want []string
		for range rapid.IntRange(1, 10).Draw(t, "events") {
			name := rapid.SampledFrom([]string{"n", `"q" ü`}).Draw(t, "name")
			args := strings.Repeat("7", rapid.SampledFrom([]int{0, 1, 110, 126, 65530, 65540}).Draw(t, "size"))
			b.add(name, []byte(args))
			packet := string(appendEvent(nil, name, []byte(args)))
			want = append(want, packet)
		}
		if got := strings.Split("4"+string(b.text), "\x1e"); !slices.Equal(got, prefixed(want)) {
			t.Fatalf("a poll gets %.200q", got)
		}
		if got := unframed(b.frames); !slices.Equal(got, prefixed(want)) {
			t.Fatalf("a websocket gets %.200q", got)
		}
	})
}

func prefixed(packets []string) []string {
	all := make([]string, len(packets))
	for i, p := range packets {
		all[i] = "4" + p
	}
	return all
}

func unframed(frames []byte) (texts []string) {
	for len(frames) > 0 {
		size, head := int(frames[1]), 2
		switch size {
		case 126:
			size, head = int(binary.BigEndian.Uint16(frames[2:])), 4
		case 127:
			size, head = int(binary.BigEndian.Uint64(frames[2:])), 10
		}
		texts = append(texts, string(frames[head:head+size]))
		frames = frames[head+size:]
	}
	return texts
}

// TestDirectEventsLeaveInOrder, whoever holds the outbox, and none is left when nobody does.
func TestDirectEventsLeaveInOrder(t *testing.T) {
	var mu sync.Mutex
	var got bytes.Buffer
	waiting := new(backlog)
	box := newOutbox(waiting, nil, func(b *burst) {
		mu.Lock()
		defer mu.Unlock()
		for _, text := range unframed(b.frames) {
			fmt.Fprintln(&got, text)
		}
	})
	var want bytes.Buffer
	var holding sync.WaitGroup
	for n := range 20_000 {
		if n%100 == 0 {
			holding.Go(func() { box.hold()() })
		}
		args := fmt.Append(nil, n)
		box.direct("n", args)
		clear(args) // it is the caller's again
		fmt.Fprintf(&want, "42[\"n\",%d]\n", n)
	}
	holding.Wait()
	if err := waiting.empty(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%d events left, want %d", bytes.Count(got.Bytes(), []byte("\n")), 20_000)
	}
}

// TestABurstOfOneIsLikeAnyOther: its text is shared, and is the same.
func TestABurstOfOneIsLikeAnyOther(t *testing.T) {
	for _, args := range []string{"", `{"deltas":[]}`, `"` + strings.Repeat("x", 200) + `"`, `"` + strings.Repeat("é", 1<<16) + `"`} {
		var want burst
		want.add("plan:item-delta", []byte(args))
		got := burstOf("plan:item-delta", []byte(args))
		if !bytes.Equal(got.frames, want.frames) || !bytes.Equal(got.text, want.text) {
			t.Errorf("%.30s: %.60q and %.60q, want %.60q and %.60q", args, got.frames, got.text, want.frames, want.text)
		}
	}
}
