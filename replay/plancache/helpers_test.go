package plancache

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
)

// message decodes a message of these deltas, each the JSON of one.
func message(deltas ...string) *contract.Message {
	var m contract.Message
	contract.Decode([]byte(`[{"deltas":[`+strings.Join(deltas, ",")+`]}]`), &m)
	return &m
}

// bill is a bill as a plan answer holds it, bare as a delta carries it.
func bill(id int, status string) string {
	return fmt.Sprintf(`{"id":%d,"status":%q,"googleSync":{"syncStatus":"idle"}}`, id, status)
}

func bare(id int, status string) string {
	return fmt.Sprintf(`{"id":%d,"status":%q,"googleSync":null}`, id, status)
}

func delta(action string, id, version int, status string) string {
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"action":%q,"version":%d,"data":{"bill":%s}}`, id, action, version, bare(id, status))
}

func deletion(id, version int) string {
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"action":"deleted","version":%d}`, id, version)
}

const planDelta = `{"itemType":"plan","entityId":0,"action":"updated","version":50}`

func answer(version int, bills ...string) []byte {
	return fmt.Appendf(nil, `{"appointments":[],"bills":[%s],"planVersion":%d}`, strings.Join(bills, ","), version)
}

func load(t *testing.T, c *Cache, text []byte) {
	t.Helper()
	if err := c.Load(text); err != nil {
		t.Fatalf("Load: %v", err)
	}
}

// apply returns the outcomes by index, in the order in which they were told: "0 applied".
func apply(c *Cache, m *contract.Message) string {
	var told []string
	c.Apply(m, func(i int, o Outcome, _, _ []byte) {
		told = append(told, fmt.Sprintf("%d %s", i, o))
	})
	return strings.Join(told, ", ")
}

// state is what a cache holds of bills: "1 todo, 2 paid".
func state(t interface{ Fatalf(string, ...any) }, c *Cache) string {
	var plan struct {
		Bills []struct {
			ID     int
			Status string
		}
	}
	text := c.AppendJSON(nil)
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatalf("AppendJSON wrote %s: %v", text, err)
	}
	var held []string
	for _, b := range plan.Bills {
		held = append(held, fmt.Sprintf("%d %s", b.ID, b.Status))
	}
	return strings.Join(held, ", ")
}
