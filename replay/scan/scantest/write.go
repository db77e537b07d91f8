//go:build ignore

// Write writes the benchmark session to the file named, or the first lines of it.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/carebase/deltatap/replay/scan/scantest"
)

func main() {
	s := scantest.Full
	flag.IntVar(&s.Messages, "messages", s.Messages, "how many messages")
	flag.Parse()
	if err := write(s, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(s scantest.Session, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	facts, err := s.Write(f)
	fmt.Printf("%+v\n", facts)
	if err != nil {
		return err
	}
	return f.Close()
}
