//go:build ignore

// Write writes the benchmark plans into the directory named: server.json, and cached.json and
// respelled.json, which differ from it in 1 % of the items, the second in key order and spacing as
// well.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/carebase/deltatap/replay/plan/plantest"
)

func main() {
	n := flag.Int("items", 100_000, "how many appointments, and how many bills")
	flag.Parse()
	if err := write(*n, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(n int, dir string) error {
	cached := plantest.Plan(n, 7, func(int64) uint64 { return 0 })
	server := plantest.Plan(n, 7, func(id int64) uint64 {
		if id%100 == 0 {
			return 1
		}
		return 0
	})
	for name, text := range map[string][]byte{"cached": cached, "respelled": plantest.Respell(cached), "server": server} {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
