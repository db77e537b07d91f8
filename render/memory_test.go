package render

import (
	"bytes"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
)

func TestMemory(t *testing.T) {
	var m memory
	bill := func(id int64) contract.Item { return contract.Item{Type: contract.TypeBill, ID: id} }
	m.put(bill(1), []byte("one"))
	m.put(bill(2), []byte("two"))
	m.put(bill(1), []byte("one again"))
	if got := string(m.get(bill(1))); got != "one again" {
		t.Errorf("the latest is %q", got)
	}
	if got := m.get(bill(3)); got != nil {
		t.Errorf("an unknown item is %q", got)
	}
	m.put(bill(2), bytes.Repeat([]byte("x"), rememberedBytes+1))
	if got := m.get(bill(2)); len(got) != 0 {
		t.Errorf("an item that has grown too large is still held as %q", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	payload := []byte("{}")
	for id := range int64(3 * rememberedItems) {
		m.put(contract.Item{Type: contract.TypeBill, ID: id}, payload)
	}
	if len(m.slots) != rememberedItems || len(m.where) != rememberedItems {
		t.Errorf("%d slots and %d names are held, want %d", len(m.slots), len(m.where), rememberedItems)
	}
	newest := contract.Item{Type: contract.TypeBill, ID: 3*rememberedItems - 1}
	if got := m.get(newest); got == nil {
		t.Error("the newest item was forgotten")
	}
	recent := contract.Item{Type: contract.TypeBill, ID: 2*rememberedItems + rememberedItems/2}
	if got := m.get(recent); got == nil {
		t.Error("an item was forgotten before older ones")
	}
	oldest := contract.Item{Type: contract.TypeBill, ID: 2*rememberedItems - 1}
	if got := m.get(oldest); got != nil {
		t.Error("the oldest item is still there")
	}
}
