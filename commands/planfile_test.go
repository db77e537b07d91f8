package commands

import (
	"os"
	"path/filepath"
	"testing"
)

// A stand-in serves what diff compares: a plan, or what an app's store keeps one in.
func TestLoadStoredPlan(t *testing.T) {
	const text = `{"recipient":{"id":7,"displayName":"Alex"},"appointments":[],"bills":[],"planVersion":3,"collaborators":[]}`
	const quoted = `"{\"recipient\":{\"id\":7,\"displayName\":\"Alex\"},\"appointments\":[],\"bills\":[],\"planVersion\":3,\"collaborators\":[]}"`
	for name, file := range map[string]string{
		"plain": text, "marked": "\ufeff" + text, "a string": quoted, "a dump": `{"plan_cache_v1":` + quoted + `}`, "an object in a dump": `{"plan_cache_v1":` + text + `}`,
	} {
		path := filepath.Join(t.TempDir(), "cache.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		plan, err := loadPlan(newDesk(t).App, path)
		if err != nil || plan.Version.Number != 3 || plan.Recipient.ID != 7 {
			t.Errorf("%s: version %d of recipient %d, %v", name, plan.Version.Number, plan.Recipient.ID, err)
		}
	}
}
