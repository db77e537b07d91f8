package commands

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const storedPlan = `{"recipient":{"id":7,"displayName":"Alex"},"appointments":[],"bills":[],"planVersion":3,"collaborators":[]}`

// A stand-in serves what diff compares: a plan, or what an app's store keeps one in.
func TestLoadStoredPlan(t *testing.T) {
	quoted := strconv.Quote(storedPlan)
	for name, file := range map[string]string{
		"plain": storedPlan, "marked": "\ufeff" + storedPlan, "a string": quoted,
		"a dump": `{"plan_cache_v1":` + quoted + `}`, "an object in a dump": `{"plan_cache_v1":` + storedPlan + `}`,
		"pairs": `[["theme","dark"],["plan_cache_v1",` + quoted + `]]`, "a dump in a list": `[{"plan_cache_v1":` + quoted + `}]`,
		"rows":    `[{"key":"theme","value":"dark"},{"key":"plan_cache_v1","value":` + quoted + `}]`,
		"values":  `[{"value":` + quoted + `}]`,
		"gzip":    zipped(t, storedPlan),
		"deep":    strconv.Quote(`{"plan_cache_v1":` + strconv.Quote(quoted) + `}`),
		"spacing": "\r\n  " + storedPlan + "\r\n",
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

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestStoresAreNamed holds that the way to the plan is told where a file holds none, or none that can be read here.
func TestStoresAreNamed(t *testing.T) {
	const sqlite = "SQLite format 3\x00\x10\x00"
	for _, test := range []struct{ name, file, want, hint string }{
		{"Android", sqlite + "CREATE TABLE catalystLocalStorage(key text)", "not a plan: it is an SQLite database", "from catalystLocalStorage where key = 'plan_cache_v1'"},
		{"Android, later", sqlite + "CREATE TABLE `Storage` (`key` TEXT)", "not a plan: it is an SQLite database", "from Storage where key = 'plan_cache_v1'"},
		{"property list", "bplist00\xd1\x01\x02", "not a plan: it is a binary property list", "plutil"},
		{"zip", "PK\x03\x04\x14", "not a plan: it is a zip archive", "unpack it"},
		{"manifest alone", `{"plan_cache_v1":null,"theme":"dark"}`, "6ecd541ea614da9af5c0ea3d047c5296, which is not beside it", "copy 6ecd541ea614da9af5c0ea3d047c5296"},
		{"no plan in pairs", `[["plan_cache_v1",null]]`, "the store holds none under plan_cache_v1", "had read no plan"},
		{"other pairs", `[["theme","dark"]]`, "not a plan: a plan must be an object", wantPlan},
		{"HAR", `{"log":{"entries":[]}}`, "not a plan: it is a recording (har)", "inspect SESSION"},
		{"cut gzip", zipped(t, strings.Repeat(storedPlan, 40))[:40], "breaks off", ""},
	} {
		path := filepath.Join(t.TempDir(), "cache.json")
		if err := os.WriteFile(path, []byte(test.file), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readPlanFile(newDesk(t).App, path)
		told := explain(err)
		if told.Code != ExitUsage || !strings.Contains(told.Error(), test.want) || !strings.Contains(told.Hint, test.hint) {
			t.Errorf("%s: %d %v, hint %s", test.name, told.Code, told, told.Hint)
		}
	}
}

// TestManifestWithItsFile holds that the value beside an iPhone's manifest is read.
func TestManifestWithItsFile(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"manifest.json": `{"plan_cache_v1":null}`, "6ecd541ea614da9af5c0ea3d047c5296": storedPlan} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read, err := readPlanFile(newDesk(t).App, filepath.Join(folder, "manifest.json"))
	if err != nil || read.plan.Version != 3 {
		t.Errorf("got %v, %v", read, err)
	}
	desk := newDesk(t)
	desk.App.In = strings.NewReader(`{"plan_cache_v1":null}`)
	if _, err := readPlanFile(desk.App, "-"); err == nil || !strings.Contains(err.Error(), "it is in the file 6ecd541ea614da9af5c0ea3d047c5296 beside it") {
		t.Errorf("standard input: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "6ecd541ea614da9af5c0ea3d047c5296"), []byte(`{"plan_cache_v1":null}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readPlanFile(newDesk(t).App, filepath.Join(folder, "manifest.json")); err == nil {
		t.Error("a file that names itself was read")
	}
}

func FuzzPlanText(f *testing.F) {
	f.Add([]byte(storedPlan))
	f.Add([]byte(`[["plan_cache_v1",` + strconv.Quote(storedPlan) + `]]`))
	f.Add([]byte(`[{"key":"plan_cache_v1","value":"{}"}]`))
	f.Add([]byte(`{"plan_cache_v1":null}`))
	f.Add([]byte("SQLite format 3\x00"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = parsePlan(standardInput, text)
	})
}
