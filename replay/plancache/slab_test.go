package plancache

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// The slab holds what a map of copies would.
func TestSlab(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type held struct {
			at   block
			text []byte
		}
		var s slab
		var blocks []held
		sizes := rapid.OneOf(rapid.IntRange(1, 64), rapid.IntRange(1, 70), rapid.IntRange(4000, 4200), rapid.IntRange(100_000, 300_000))
		used := 0
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			text := bytes.Repeat([]byte{byte(i)}, sizes.Draw(t, "size"))
			k := rapid.IntRange(0, len(blocks)).Draw(t, "which")
			switch {
			case k == len(blocks):
				blocks = append(blocks, held{s.put(text), text})
			case rapid.Bool().Draw(t, "drop"):
				s.drop(blocks[k].at, len(blocks[k].text))
				blocks = append(blocks[:k], blocks[k+1:]...)
			default:
				blocks[k] = held{s.change(blocks[k].at, len(blocks[k].text), text), text}
			}
			used = 0
			for _, b := range blocks {
				used += sizeClass(len(b.text)) * blockStep
				if got := s.get(b.at, len(b.text)); !bytes.Equal(got, b.text) {
					t.Fatalf("step %d: a block of %d bytes holds something else", i, len(b.text))
				}
			}
		}
		if s.used != used {
			t.Errorf("%d bytes in use by the slab's count, %d are", s.used, used)
		}
	})
}

// held returns how many bytes a slab keeps from the garbage collector.
func (s *slab) held() int {
	n := 0
	for _, chunk := range s.chunks {
		n += cap(chunk)
	}
	return n
}

func TestMemoryStaysBounded(t *testing.T) {
	c := New(Contract)
	long := func(id, version, size int) string {
		return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"action":"created","version":%d,"data":{"bill":{"id":%d,"note":"%0*d"}}}`, id, version, id, size, 0)
	}
	version := 0
	for round := range 60 { // each round's items are of another length than those before
		for id := range 400 {
			version++
			c.Apply(message(long(id, version, 20*(round+1))), nil)
			if round%3 == 2 {
				version++
				c.Apply(message(deletion(id, version)), nil)
			}
		}
	}
	if held, used := c.slab.held(), c.slab.used; held > 2*used+6*chunkSize {
		t.Errorf("%d bytes are held for %d in use", held, used)
	}
	if n := len(c.bills.entries); n > 2*400+1 {
		t.Errorf("%d entries for 400 items", n)
	}
	for id := range 400 {
		e := c.bills.find(int64(id))
		if e == nil || e.id != int64(id) {
			t.Fatalf("item %d has the entry of %v", id, e)
		}
	}
}

func TestDeletionsFreeTheirBytes(t *testing.T) {
	c := New(Mobile)
	for id := range 1000 {
		c.Apply(message(delta("created", id+1, 2*id+1, "todo")), nil)
		c.Apply(message(deletion(id+1, 2*id+2)), nil)
	}
	if c.slab.used != 0 {
		t.Errorf("%d bytes are in use for no item", c.slab.used)
	}
}
