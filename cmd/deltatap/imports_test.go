package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/carebase/deltatap/"

// pkg is what `go list -json` tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// edge forbids the packages below from to import any of those below to. A path that ends in "/..."
// stands for all packages under it; "ours" stands for every package of this module, but those below
// from itself.
type edge struct {
	from   string
	to     []string
	except []string
	why    string
}

var forbidden = []edge{
	{"replay/...", []string{"render/...", "commands/...", "cmd/..."}, nil, "the engine knows nothing of its user interface"},
	{"replay/...", []string{"github.com/spf13/cobra", "github.com/charmbracelet/..."}, nil, "the engine knows nothing of a terminal"},
	{"render/...", []string{"commands/...", "cmd/...", "github.com/spf13/cobra"}, nil, "render takes results, it does not get them"},
	{"render/...", []string{"replay/socket", "replay/rest", "replay/follow", "replay/server/...", "replay/sink/...", "replay/endpoint"}, nil, "render imports value types only"},
	{"commands/...", []string{"cmd/..."}, nil, "imports point one way"},
	{"replay/rawjson", []string{"ours"}, nil, "rawjson is the ground floor"},
	{"replay/contract", []string{"ours"}, []string{"replay/rawjson"}, "contract stands on rawjson alone"},
	{"replay/endpoint", []string{"ours"}, nil, "endpoint is the ground floor"},
	{"replay/server/...", []string{"replay/plancache"}, nil, "client and server that share a bug agree on it"},
	{"replay/synth/...", []string{"replay/plancache"}, nil, "client and server that share a bug agree on it"},
	{"replay/witness/...", []string{"replay/server/..."}, nil, "a witness that shares a bug with who is accused agrees with them"},
	{"replay/server/...", []string{"replay/witness"}, nil, "a witness that shares a bug with who is accused agrees with them"},
	{"fixtures/...", []string{"commands/...", "render/...", "cmd/..."}, nil, "fixtures are data"},
}

// clientLibrary may be imported by one package alone.
const clientLibrary = "github.com/zishang520/socket.io/clients/socket/v3"

func TestImportEdges(t *testing.T) {
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			ours := strings.HasPrefix(imported, module)
			to := strings.TrimPrefix(imported, module)
			for _, e := range forbidden {
				if below(from, e.from) && e.forbids(from, to, ours) {
					t.Errorf("%s imports %s: %s", from, to, e.why)
				}
			}
			if imported == clientLibrary && from != "replay/socket" {
				t.Errorf("%s imports the Socket.IO client library: only replay/socket may", from)
			}
			if strings.HasPrefix(imported, "github.com/prometheus/") && from != "replay/metrics" {
				t.Errorf("%s imports %s: only replay/metrics may", from, imported)
			}
		}
	}
}

func (e edge) forbids(from, to string, ours bool) bool {
	for _, exception := range e.except {
		if below(to, exception) {
			return false
		}
	}
	for _, target := range e.to {
		if target == "ours" && ours && !below(to, from+"/...") || below(to, target) {
			return true
		}
	}
	return false
}

func below(path, pattern string) bool {
	prefix, all := strings.CutSuffix(pattern, "/...")
	return path == prefix || all && strings.HasPrefix(path, prefix+"/")
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	return packages
}

func TestEdgePatterns(t *testing.T) {
	for _, c := range []struct {
		path, pattern string
		want          bool
	}{
		{"replay/server", "replay/server/...", true},
		{"replay/server/store", "replay/server/...", true},
		{"replay/serverless", "replay/server/...", false},
		{"replay/contract", "replay/contract", true},
		{"replay/contract/x", "replay/contract", false},
	} {
		if got := below(c.path, c.pattern); got != c.want {
			t.Errorf("below(%q, %q) = %v, want %v", c.path, c.pattern, got, c.want)
		}
	}
}
